//! Where a job runs and on whose account: sites, accelerators, the proxy server, tags.

use super::print::{Printer, list, quoted};
use super::read::Reader;
use super::sweep;
use super::syntax::{Entry, Kind};
use pelago_job::description::{Accelerator, Credential, Job, Range, Text};

pub(super) fn read_sites(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let sites = reader.raws(entry);
    // DIRAC's word for no wish.
    if sites.iter().any(|(site, _)| site.eq_ignore_ascii_case("ANY")) {
        reader.keep("Site", entry, true, job);
        return;
    }
    job.resources.candidate_hosts = sites.into_iter().map(|(site, _)| reader.sweep.fill(&site)).collect();
}

pub(super) fn print_sites(printer: &mut Printer<'_>) {
    let hosts = std::mem::take(&mut printer.job.resources.candidate_hosts);
    let any = hosts.iter().any(|host| printer.raw(host).eq_ignore_ascii_case("ANY"));
    if any || hosts.is_empty() {
        printer.job.resources.candidate_hosts = hosts;
        return;
    }
    let items: Vec<String> = hosts.iter().map(|host| quoted(&printer.raw(host))).collect();
    printer.line("Site", list(&items));
}

pub(super) fn read_gpus(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let Some(count) = sweep::number(&entry.value).filter(|n| *n >= 1.0 && n.fract() == 0.0) else {
        let message = format!("`{}` takes a number of 1 or more", entry.name);
        reader.diagnostics.error(entry.value.span.clone(), message);
        return;
    };
    let model = reader.other("GPUModel").and_then(|entry| reader.text(&entry));
    let kind = Some(Text::literal("gpu"));
    job.resources.accelerators.push(Accelerator {
        kind,
        model,
        per_host: Some(Range::exactly(count)),
        ..Accelerator::default()
    });
}

pub(super) fn print_gpus(printer: &mut Printer<'_>) {
    let mut accelerators = std::mem::take(&mut printer.job.resources.accelerators);
    if let Some(gpu) = accelerators.first_mut() {
        let kind = gpu.kind.as_ref().map(|kind| printer.raw(kind));
        let count = gpu.per_host.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0);
        if let Some(count) = count.filter(|_| kind.as_deref().is_none_or(|kind| kind == "gpu")) {
            gpu.per_host = None;
            printer.line("GPUNumber", format!("{count}"));
            if let Some(model) = gpu.model.take() {
                printer.line("GPUModel", quoted(&printer.raw(&model)));
            }
            if gpu.kind.take().is_none() {
                printer.changed("/resources/accelerators/0/kind", "gpu", "JDL counts graphics cards");
            }
        }
    }
    printer.job.resources.accelerators = accelerators;
}

pub(super) fn read_proxy(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let subject = reader.text(entry);
    job.policy.credential = Some(Credential { kind: Some("myproxy".into()), subject, ..Credential::default() });
}

pub(super) fn print_proxy(printer: &mut Printer<'_>) {
    if let Some(credential) = &mut printer.job.policy.credential
        && credential.kind.as_deref() == Some("myproxy")
        && let Some(server) = credential.subject.take()
    {
        credential.kind = None;
        let server = quoted(&printer.raw(&server));
        printer.line("MyProxyServer", server);
    }
}

/// `UserTags = [ name = "value" ]`: remarks, as `name=value`.
pub(super) fn read_tags(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let mut tags = Vec::new();
    let Kind::Record(record) = &entry.value.kind else { return reader.keep("UserTags", entry, true, job) };
    for tag in &record.entries {
        let Kind::Text(value) = &tag.value.kind else { return reader.keep("UserTags", entry, true, job) };
        tags.push(reader.sweep.fill(&format!("{}={value}", tag.name)));
    }
    job.annotations.extend(tags);
}

pub(super) fn print_tags(printer: &mut Printer<'_>) {
    let annotations = std::mem::take(&mut printer.job.annotations);
    let mut tags: Vec<String> = Vec::new();
    let (mut carried, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    for annotation in &annotations {
        let raw = printer.raw(annotation);
        let Some((name, value)) = raw.split_once('=') else { continue };
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if begins && word && seen.insert(name.to_ascii_lowercase()) {
            tags.push(format!("{name} = {}", quoted(value)));
            carried.push(annotation.clone());
        }
    }
    if carried.len() != annotations.len() {
        let why = "tags of JDL are `name=value`, each name once";
        match carried.is_empty() {
            true => {
                printer.job.annotations = annotations;
                printer.because("/annotations", why);
            }
            false => printer.changed("/annotations", &carried, why),
        }
    }
    if !tags.is_empty() {
        printer.line("UserTags", format!("[ {} ]", tags.join("; ")));
    }
}
