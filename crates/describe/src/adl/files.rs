//! `InputFile` and `OutputFile`: two lists in the language, one in the model.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{Element, Writer, plain, take_plain};
use pelago_job::Text;
use pelago_job::description::{Creation, Credential, Location, Staging, When};
use std::collections::BTreeMap;
use std::ops::Range;

const INPUT: [&str; 3] = ["Name", "Source", "IsExecutable"];
const TARGET: [&str; 8] =
    ["URI", "Option", "DelegationID", "Mandatory", "CreationFlag", "UseIfFailure", "UseIfCancel", "UseIfSuccess"];
const CREATION: [(&str, Creation); 3] =
    [("overwrite", Creation::Overwrite), ("append", Creation::Append), ("dontOverwrite", Creation::DontOverwrite)];
/// The kind of credential that is named by a delegation's id.
const DELEGATION: &str = "delegation";

/// Files that come, and files that go, one entry for each target.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// Where each file that comes stood first.
    names: BTreeMap<String, Range<usize>>,
    come: Vec<(Staging, Range<usize>)>,
    go: Vec<(Staging, Range<usize>)>,
}

impl Lists {
    /// The model's list. A file that comes, and goes as a thing that must be there, is one entry.
    fn files(&self) -> Vec<(Staging, Range<usize>)> {
        let mut files = self.come.clone();
        let key = |staging: &Staging| (staging.file.as_ref().map(Text::to_string), staging.directory);
        let mut free: BTreeMap<_, usize> = BTreeMap::new();
        for (position, (staging, _)) in files.iter().enumerate() {
            free.entry(key(staging)).or_insert(position);
        }
        for (staging, span) in &self.go {
            let came = if staging.optional { None } else { free.remove(&key(staging)) };
            match came.and_then(|position| files.get_mut(position)) {
                Some((came, _)) => {
                    came.target = staging.target.clone();
                    came.creation = staging.creation;
                    came.when = staging.when;
                }
                None => files.push((staging.clone(), span.clone())),
            }
        }
        files
    }
}

/// A file's name, and whether it is a directory.
fn name(reading: &mut Reading<'_>, element: &Element) -> Option<Staging> {
    let name = element.elements().find(|inner| inner.name == "Name");
    let Some(name) = name.and_then(|name| reading.text(name)) else {
        let message = format!("this `{}` has no `Name`", element.name);
        reading.diagnostics.error(element.name_span.clone(), message);
        return None;
    };
    // `/` alone is the session directory itself.
    let (name, directory) = match name.strip_suffix('/') {
        Some(path) if !path.is_empty() => (path.to_string(), true),
        _ => (name, false),
    };
    Some(Staging { file: Some(Text::literal(name)), directory, ..Staging::default() })
}

/// The place of a `Source` or `Target`. `None` if it has no address, which was said then.
fn location(reading: &mut Reading<'_>, element: &Element) -> Option<Location> {
    let mut location = Location::default();
    for inner in element.elements() {
        match inner.name.as_str() {
            "URI" => location.uri = reading.text(inner).map(Text::literal),
            "DelegationID" => {
                let subject = reading.text(inner).map(Text::literal);
                let kind = Some(DELEGATION.to_string());
                location.credential = subject.map(|s| Credential { kind, subject: Some(s), ..Credential::default() });
            }
            "Option" => {
                let part = |name: &str| inner.elements().find(|part| part.name == name);
                let name = part("Name").and_then(|part| reading.text(part));
                let value = part("Value").map(|value| value.text().trim().to_string()).unwrap_or_default();
                match name {
                    Some(name) => location.options.push((Text::literal(name), Text::literal(value))),
                    None => {
                        reading.diagnostics.error(inner.name_span.clone(), "this option has no `Name`");
                    }
                }
            }
            name if element.name == "Target" && TARGET.contains(&name) => {}
            _ if element.name == "Target" => reading.left_out(inner, "Target", &TARGET),
            _ => reading.left_out(inner, "Source", &TARGET[..3]),
        }
    }
    if location.uri.is_none() {
        let message = format!("this `{}` has no `URI`", element.name);
        reading.diagnostics.error(element.name_span.clone(), message);
        return None;
    }
    Some(location)
}

/// `InputFile`. Without a source the user's client brings it.
pub(super) fn read_input(reading: &mut Reading<'_>, element: &Element) {
    let Some(mut staging) = name(reading, element) else { return };
    let mut source: Option<Location> = None;
    for inner in element.elements() {
        match inner.name.as_str() {
            "Name" => {}
            "Source" => {
                let Some(next) = location(reading, inner) else { continue };
                match &mut source {
                    None => source = Some(next),
                    Some(first) if next.options.is_empty() && next.credential.is_none() => {
                        first.alternatives.extend(next.uri);
                    }
                    // The model's further places have neither options nor credentials of their own.
                    Some(_) => {
                        let place = format!("/staging/{}/source", reading.files.come.len());
                        reading.keep(inner, "InputFile/Source".into(), false, Some(place));
                    }
                }
            }
            "IsExecutable" => {
                let text = inner.text();
                let known = matches!(text.trim(), "" | "true" | "1" | "false" | "0");
                if !known {
                    let message = format!("`{}` is neither `true` nor `false`; ARC takes it as `true`", text.trim());
                    reading.diagnostics.warning(inner.text_span(), message);
                }
                staging.executable = !matches!(text.trim(), "" | "false" | "0");
            }
            _ => reading.left_out(inner, "InputFile", &INPUT),
        }
    }
    staging.source = Some(source.unwrap_or_default());
    let known = staging.file.as_ref().and_then(Text::as_literal).unwrap_or_default();
    if let Some(first) = reading.files.names.get(&known).cloned() {
        let message = "this file comes twice";
        reading.diagnostics.warning(element.name_span.clone(), message).related(first, "here first");
    } else {
        reading.files.names.insert(known, element.name_span.clone());
    }
    reading.files.come.push((staging, element.span.clone()));
}

/// `OutputFile`: an entry for each of its targets. Without a target it stays for the user's client to fetch.
pub(super) fn read_output(reading: &mut Reading<'_>, element: &Element) {
    let Some(staging) = name(reading, element) else { return };
    let mut targets = 0;
    for inner in element.elements() {
        match inner.name.as_str() {
            "Name" => {}
            "Target" => {
                targets += 1;
                if let Some(one) = target(reading, inner, staging.clone()) {
                    reading.files.go.push((one, inner.span.clone()));
                }
            }
            _ => reading.left_out(inner, "OutputFile", &["Name", "Target"]),
        }
    }
    if targets == 0 {
        let target = Some(Location::default());
        reading.files.go.push((Staging { target, ..staging }, element.span.clone()));
    }
}

fn target(reading: &mut Reading<'_>, element: &Element, mut staging: Staging) -> Option<Staging> {
    let place = location(reading, element);
    // Not mandatory unless it is said.
    let mut mandatory = false;
    let mut when = When { success: true, failure: false, cancel: false };
    let mut said = false;
    for inner in element.elements() {
        let slot = match inner.name.as_str() {
            "Mandatory" => &mut mandatory,
            "UseIfFailure" => &mut when.failure,
            "UseIfCancel" => &mut when.cancel,
            "UseIfSuccess" => &mut when.success,
            "CreationFlag" => {
                if let Some(text) = reading.text(inner) {
                    staging.creation = CREATION.iter().find(|(name, _)| *name == text).map(|(_, flag)| *flag);
                    if staging.creation.is_none() {
                        let near = crate::spelling::nearest(&text, CREATION.map(|(name, _)| name));
                        let message = format!("`{text}` is no creation flag");
                        let error = reading.diagnostics.error(inner.text_span(), message);
                        error.note("it is `overwrite`, `append` or `dontOverwrite`").did_you_mean(near);
                    }
                }
                continue;
            }
            _ => continue,
        };
        said |= inner.name != "Mandatory";
        let what = format!("`{}`", inner.name);
        if let Some(flag) = reading.flag(&inner.text(), inner.text_span(), &what) {
            *slot = flag;
        }
    }
    staging.optional = !mandatory;
    staging.when = said.then_some(when);
    staging.target = Some(place?);
    Some(staging)
}

/// Puts the files of both lists into the job.
pub(super) fn finish(reading: &mut Reading<'_>, lists: Lists) {
    for (position, (staging, span)) in lists.files().into_iter().enumerate() {
        reading.job.staging.push(staging);
        reading.note(&format!("/staging/{position}"), span);
    }
}

/// Takes what the language can say of a place.
fn take_location(location: &mut Location) -> Location {
    let uri = take_plain(&mut location.uri).map(Text::literal);
    let mut taken = Location { uri, ..Location::default() };
    if taken.uri.is_none() {
        return taken;
    }
    if location.alternatives.iter().all(|other| plain(other).is_some()) {
        taken.alternatives = std::mem::take(&mut location.alternatives);
    }
    let sayable = |(name, value): &(Text, Text)| plain(name).is_some() && (value.is_empty() || plain(value).is_some());
    if location.options.iter().all(sayable) {
        taken.options = std::mem::take(&mut location.options);
    }
    if let Some(credential) = location.credential.as_mut().filter(|c| c.kind.as_deref() == Some(DELEGATION))
        && let Some(subject) = take_plain(&mut credential.subject)
    {
        let (kind, subject) = (credential.kind.take(), Some(Text::literal(subject)));
        taken.credential = Some(Credential { kind, subject, ..Credential::default() });
    }
    taken
}

/// Takes what the two lists can say of the job's files.
fn collect(printing: &mut Printing<'_>) -> Lists {
    let mut lists = Lists::default();
    let mut said: Vec<Staging> = Vec::new();
    for staging in &mut printing.job.staging {
        let Some(file) = staging.file.as_ref().and_then(plain).filter(|file| file == "/" || !file.ends_with('/'))
        else {
            continue;
        };
        if staging.source.is_none() && staging.target.is_none() {
            continue;
        }
        let base = Staging {
            file: staging.file.take(),
            directory: file != "/" && std::mem::take(&mut staging.directory),
            ..Staging::default()
        };
        let mut one = base.clone();
        if let Some(source) = &mut staging.source {
            one.source = Some(take_location(source));
            one.executable = std::mem::take(&mut staging.executable);
            lists.come.push((Staging { source: one.source.clone(), executable: one.executable, ..base.clone() }, 0..0));
        }
        if let Some(target) = &mut staging.target {
            let mut place = take_location(target);
            if !place.alternatives.is_empty() {
                // Several targets are several copies here, not a choice.
                target.alternatives = std::mem::take(&mut place.alternatives);
            }
            let mut out = Staging { target: Some(place.clone()), ..base };
            if place.uri.is_some() {
                out.creation = staging.creation.take();
                out.when = staging.when.take();
                out.optional = std::mem::take(&mut staging.optional);
            }
            (one.creation, one.when, one.optional) = (out.creation, out.when, out.optional);
            one.target = Some(place);
            lists.go.push((out, 0..0));
        }
        said.push(one);
    }
    let back: Vec<Staging> = lists.files().into_iter().map(|(staging, _)| staging).collect();
    if in_order(&back) != in_order(&said) {
        printing.changed("/staging", back, "files that come and files that go are two lists");
    }
    lists
}

/// Files in the order in which readings are compared: what comes, what goes, the rest; a place without anything said of it
/// does not count.
fn in_order(files: &[Staging]) -> Vec<Staging> {
    let mut files = files.to_vec();
    let says = |location: &Option<Location>| location.as_ref().is_some_and(|l| *l != Location::default());
    files.sort_by_key(|file| (!says(&file.source), !says(&file.source) && !says(&file.target)));
    files
}

fn write_location(out: &mut Writer, location: &Location) {
    if let Some(uri) = &location.uri {
        out.leaf("URI", &[], &uri.as_literal().unwrap_or_default());
    }
    for (name, value) in &location.options {
        out.open("Option", &[]);
        out.leaf("Name", &[], &name.as_literal().unwrap_or_default());
        out.leaf("Value", &[], &value.as_literal().unwrap_or_default());
        out.close();
    }
    if let Some(subject) = location.credential.as_ref().and_then(|credential| credential.subject.as_ref()) {
        out.leaf("DelegationID", &[], &subject.as_literal().unwrap_or_default());
    }
}

fn write_name(out: &mut Writer, staging: &Staging) {
    let name = staging.file.as_ref().and_then(Text::as_literal).unwrap_or_default();
    let slash = if staging.directory { "/" } else { "" };
    out.leaf("Name", &[], &format!("{name}{slash}"));
}

/// Prints the files that come; those that go are remembered.
pub(super) fn print_inputs(printing: &mut Printing<'_>) {
    let lists = collect(printing);
    let mut further = printing.kept_by_place("InputFile/Source");
    for (position, (staging, _)) in lists.come.iter().enumerate() {
        printing.out.open("InputFile", &[]);
        write_name(printing.out, staging);
        let further = further.remove(&format!("/staging/{position}/source")).unwrap_or_default();
        let source = staging.source.as_ref().filter(|source| source.uri.is_some());
        if let Some(source) = source {
            printing.out.open("Source", &[]);
            write_location(printing.out, source);
            printing.out.close();
            for uri in &source.alternatives {
                printing.out.open("Source", &[]);
                printing.out.leaf("URI", &[], &uri.as_literal().unwrap_or_default());
                printing.out.close();
            }
            further.iter().for_each(|text| printing.out.verbatim(text));
        }
        if staging.executable {
            printing.out.leaf("IsExecutable", &[], "true");
        }
        printing.out.close();
    }
    printing.files = lists;
}

/// Prints the files that go, with all targets of a file together.
pub(super) fn print_outputs(printing: &mut Printing<'_>) {
    let lists = std::mem::take(&mut printing.files);
    let mut rest = &lists.go[..];
    while let Some(((first, _), others)) = rest.split_first() {
        printing.out.open("OutputFile", &[]);
        write_name(printing.out, first);
        rest = others;
        write_target(printing.out, first);
        if first.target.as_ref().is_some_and(|target| target.uri.is_some()) {
            while let Some(((next, _), others)) = rest.split_first() {
                let same = next.file == first.file && next.directory == first.directory;
                if !same || next.target.as_ref().is_none_or(|target| target.uri.is_none()) {
                    break;
                }
                write_target(printing.out, next);
                rest = others;
            }
        }
        printing.out.close();
    }
}

fn write_target(out: &mut Writer, staging: &Staging) {
    let Some(target) = staging.target.as_ref().filter(|target| target.uri.is_some()) else { return };
    out.open("Target", &[]);
    write_location(out, target);
    if !staging.optional {
        out.leaf("Mandatory", &[], "true");
    }
    if let Some((name, _)) = CREATION.iter().find(|(_, flag)| Some(*flag) == staging.creation) {
        out.leaf("CreationFlag", &[], name);
    }
    if let Some(when) = staging.when {
        out.leaf("UseIfFailure", &[], &when.failure.to_string());
        out.leaf("UseIfCancel", &[], &when.cancel.to_string());
        out.leaf("UseIfSuccess", &[], &when.success.to_string());
    }
    out.close();
}
