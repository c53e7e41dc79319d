//! Files of a job: sandboxes that travel with it, data that stands in catalogues, data that it makes.
//!
//! The model has one list for all. It is read in this order: input sandbox, input data, output sandbox, output data.

use super::print::{Printer, list, quoted};
use super::read::Reader;
use super::syntax::{Entry, Kind};
use pelago_classad::Expr;
use pelago_job::description::{Job, Location, Staging, Text};
use std::collections::BTreeSet;

/// The option of a transfer that names a storage element.
const STORAGE: &str = "StorageElement";

/// The last part of a path or URI; a pattern stays one, GridFTP's `?DN=` goes.
fn base(path: &str) -> &str {
    let path = path.split_once("?DN=").map_or(path, |(path, _)| path);
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// A name below a URI: a pattern only names the directory.
fn below(directory: &str, name: &str) -> String {
    let name = if is_pattern(name) { "" } else { base(name) };
    format!("{}/{name}", directory.trim_end_matches('/'))
}

pub(super) fn read_input(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let prefix = reader.other("InputSandboxBaseURI").and_then(|entry| reader.raw(&entry));
    let program = reader.other("Executable").filter(|e| matches!(e.value.kind, Kind::Text(_)));
    let program = program.and_then(|entry| reader.raw(&entry)).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (raw, span) in sandbox(reader, entry) {
        let place = format!("{}/staging/{}", reader.at, job.staging.len());
        reader.origins.note(place, span.clone());
        if raw.is_empty() {
            reader.diagnostics.warning(span, "an empty name of a file; it is left out");
            continue;
        }
        let file = base(&raw);
        if !seen.insert(file.to_string()) {
            let warning = reader.diagnostics.warning(span, format!("two files of the sandbox are called `{file}`"));
            warning.note("they arrive in one directory, so one takes the place of the other");
        }
        let simple = !raw.starts_with('/') && !raw.contains("://");
        let uri = match &prefix {
            Some(prefix) if simple => format!("{}/{raw}", prefix.trim_end_matches('/')),
            _ => raw.clone(),
        };
        let executable = program.strip_prefix("./").unwrap_or(&program) == file;
        let source = Some(Location { uri: Some(reader.sweep.fill(&uri)), ..Location::default() });
        job.staging.push(Staging { file: Some(reader.sweep.fill(file)), source, executable, ..Staging::default() });
    }
}

/// The elements of a sandbox; `root.InputSandbox[0]` in a node stands for one of the document around it.
fn sandbox(reader: &mut Reader<'_>, entry: &Entry) -> Vec<(String, std::ops::Range<usize>)> {
    let Kind::List(items) = &entry.value.kind else { return reader.raws(entry) };
    let mut found = Vec::new();
    for item in items {
        let (name, name_span) = (entry.name.clone(), entry.name_span.clone());
        let single = Entry { name, name_span, value: item.clone() };
        let Kind::Expression(expr) = &item.kind else {
            found.extend(reader.raws(&single));
            continue;
        };
        match from_root(expr) {
            Some(Some(index)) => match reader.root_sandbox.get(index) {
                Some(raw) => found.push((raw.clone(), item.span.clone())),
                None => {
                    let count = reader.root_sandbox.len();
                    let message = format!("the sandbox around the nodes has no element {index}");
                    let error = reader.diagnostics.error(item.span.clone(), message);
                    error.note(format!("it has {count}, counted from 0"));
                }
            },
            Some(None) => found.extend(reader.root_sandbox.iter().map(|raw| (raw.clone(), item.span.clone()))),
            None => found.extend(reader.raws(&single)),
        }
    }
    found
}

/// Whether an expression is `root.InputSandbox`, and with which index.
fn from_root(expr: &Expr) -> Option<Option<usize>> {
    match expr {
        Expr::Subscript(list, index) if from_root(list) == Some(None) => match index.as_literal() {
            Some(pelago_classad::Value::Integer(index)) => Some(usize::try_from(*index).ok()),
            _ => None,
        },
        Expr::Attribute { base: Some(base), name, .. } if name.key() == "inputsandbox" => match &**base {
            Expr::Attribute { base: None, name, .. } if name.key() == "root" => Some(None),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn read_data(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    // A list for each job of a sweep has no place among files.
    if let Some(raw) =
        Some(reader.outline.slice(&entry.value.span)).filter(|_| !matches!(entry.value.kind, Kind::List(_)))
        && (!reader.sweep.fill(raw).0.params().is_empty() || super::read::is_placeholder(raw))
        && !matches!(entry.value.kind, Kind::Text(_))
    {
        reader.keep("InputData", entry, false, job);
        return;
    }
    for (raw, span) in reader.raws(entry) {
        if raw.is_empty() {
            continue;
        }
        reader.origins.note(format!("{}/staging/{}", reader.at, job.staging.len()), span);
        let source = Some(Location { uri: Some(reader.sweep.fill(&raw)), ..Location::default() });
        let file = Some(reader.sweep.fill(data_base(&raw)));
        job.staging.push(Staging { file, source, streamable: true, ..Staging::default() });
    }
}

/// The name of catalogue data: without its kind and directories.
fn data_base(raw: &str) -> &str {
    let path = raw.split_once(':').map_or(raw, |(_, path)| path);
    base(path)
}

pub(super) fn read_output(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let targets = reader.other("OutputSandboxDestURI").map(|entry| (reader.raws(&entry), entry));
    let directory =
        reader.other("OutputSandboxBaseDestURI").and_then(|entry| reader.raw(&entry).map(|raw| (raw, entry)));
    let files = reader.raws(entry);
    if let (Some((_, uris)), Some((_, directory))) = (&targets, &directory) {
        let message = "`OutputSandboxDestURI` and `OutputSandboxBaseDestURI` exclude each other";
        let error = reader.diagnostics.error(directory.name_span.clone(), message);
        error.related(uris.name_span.clone(), "the other one");
    }
    if let Some((uris, other)) = &targets
        && uris.len() != files.len()
    {
        let message = format!("{} targets for {} files of the output sandbox", uris.len(), files.len());
        let error = reader.diagnostics.error(other.value.span.clone(), message);
        error.related(entry.value.span.clone(), "the files").note("each file has its own target, in the same order");
    }
    for (position, (raw, span)) in files.into_iter().enumerate() {
        if raw.is_empty() {
            reader.diagnostics.warning(span, "an empty name of a file; it is left out");
            continue;
        }
        let uri = match (&targets, &directory) {
            (Some((uris, _)), _) => uris.get(position).map(|(uri, _)| uri.clone()).filter(|uri| !uri.is_empty()),
            (None, Some((directory, _))) => Some(below(directory, &raw)),
            (None, None) => None,
        };
        reader.origins.note(format!("{}/staging/{}", reader.at, job.staging.len()), span);
        let target = Some(Location { uri: uri.map(|uri| reader.sweep.fill(&uri)), ..Location::default() });
        job.staging.push(Staging { file: Some(reader.sweep.fill(&raw)), target, ..Staging::default() });
    }
}

pub(super) fn read_output_data(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let items = match &entry.value.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![&entry.value],
    };
    let known = ["outputfile", "storageelement", "logicalfilename"];
    let mut found = Vec::new();
    for item in items {
        // DIRAC's names of files, and what is not known, are kept.
        let Kind::Record(record) = &item.kind else { return reader.keep("OutputData", entry, false, job) };
        let mut values = [None, None, None];
        for part in &record.entries {
            let position = known.iter().position(|name| part.name.eq_ignore_ascii_case(name));
            let Some(place) = position.and_then(|position| values.get_mut(position)) else {
                return reader.keep("OutputData", entry, false, job);
            };
            *place = reader.raw(part);
        }
        let [file, element, name] = values;
        let Some(file) = file else {
            reader.diagnostics.error(item.span.clone(), "output data without `OutputFile`");
            continue;
        };
        let uri = name.map(|name| reader.sweep.fill(&name));
        let options = match (&uri, element) {
            (Some(_), None) => Vec::new(),
            (_, element) => vec![(Text::literal(STORAGE), reader.sweep.fill(&element.unwrap_or_default()))],
        };
        let target = Some(Location { uri, options, ..Location::default() });
        found.push(Staging { file: Some(reader.sweep.fill(&file)), target, ..Staging::default() });
    }
    job.staging.extend(found);
}

/// A file that is printed: its texts, and what reading gives for it.
struct Item {
    position: usize,
    text: String,
    uri: Option<String>,
    read_back: Staging,
}

/// Prints all files; what no list can hold stays.
pub(super) fn print(printer: &mut Printer<'_>) {
    let mut staging = std::mem::take(&mut printer.job.staging);
    let (mut inputs, mut data, mut outputs, mut made) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (position, entry) in staging.iter_mut().enumerate() {
        if entry.source.as_ref().is_some_and(|source| source.uri.is_some()) {
            let item = input(printer, position, entry);
            if item.read_back.streamable { data.push(item) } else { inputs.push(item) }
        }
        let Some(target) = &mut entry.target else { continue };
        let catalogue = target.options.iter().any(|(name, _)| name.as_literal().as_deref() == Some(STORAGE))
            || target.uri.as_ref().is_some_and(|uri| printer.raw(uri).starts_with("lfn:"));
        let name = entry.file.as_ref().map(|file| printer.raw(file));
        // An input that is taken home again too has had its name taken.
        let name = name.or_else(|| {
            Some(inputs.last().filter(|i| i.position == position)?.read_back.file.as_ref()?).map(|f| printer.raw(f))
        });
        let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
        let file = entry.file.take().or_else(|| inputs.last().and_then(|item| item.read_back.file.clone()));
        let uri = target.uri.take();
        let text = uri.as_ref().map(|uri| printer.raw(uri));
        let options = if catalogue { std::mem::take(&mut target.options) } else { Vec::new() };
        let read_back =
            Staging { file, target: Some(Location { uri, options, ..Location::default() }), ..Staging::default() };
        let item = Item { position, text: name, uri: text, read_back };
        if catalogue { made.push(item) } else { outputs.push(item) }
    }
    targets(printer, &mut outputs);
    let all: Vec<&Item> = inputs.iter().chain(&data).chain(&outputs).chain(&made).collect();
    let sorted = all.windows(2).all(|pair| matches!(pair, [a, b] if a.position < b.position));
    if !sorted {
        let instead: Vec<&Staging> = all.iter().map(|item| &item.read_back).collect();
        let instead = serde_json::to_value(instead).unwrap_or_default();
        printer.changed("/staging", instead, "JDL lists what comes apart from what goes");
    }
    let texts = |items: &[Item]| list(&items.iter().map(|item| quoted(&item.text)).collect::<Vec<_>>());
    if !inputs.is_empty() {
        printer.line("InputSandbox", texts(&inputs));
    }
    if !data.is_empty() {
        printer.line("InputData", texts(&data));
    }
    if !outputs.is_empty() {
        printer.line("OutputSandbox", texts(&outputs));
    }
    if !made.is_empty() {
        let ads: Vec<String> = made.iter().map(|item| made_ad(printer, item)).collect();
        printer.line("OutputData", list(&ads));
    }
    printer.job.staging = staging;
}

fn input(printer: &mut Printer<'_>, position: usize, entry: &mut Staging) -> Item {
    let uri = entry.source.as_mut().and_then(|source| source.uri.take()).unwrap_or_default();
    let raw = printer.raw(&uri);
    let streamable = std::mem::take(&mut entry.streamable);
    let name = if streamable { data_base(&raw) } else { base(&raw) };
    let file = printer.hole(name);
    let at = format!("/staging/{position}");
    if entry.file.take().as_ref() != Some(&file) {
        printer.changed(&format!("{at}/file"), &file, "JDL keeps the names of files that it brings");
    }
    let executable = !streamable && !printer.program.is_empty() && printer.program == name;
    if executable && !entry.executable {
        printer.changed(&format!("{at}/executable"), true, "the program is made executable");
    }
    if executable {
        entry.executable = false;
    }
    let source = Some(Location { uri: Some(uri), ..Location::default() });
    let read_back = Staging { file: Some(file), source, executable, streamable, ..Staging::default() };
    Item { position, text: raw, uri: None, read_back }
}

/// Where the output sandbox goes: one directory for all, or a list.
fn targets(printer: &mut Printer<'_>, outputs: &mut [Item]) {
    if outputs.iter().all(|item| item.uri.is_none()) {
        return;
    }
    // Files that wait for their owner stay at the computing element in CREAM's way.
    for item in outputs.iter_mut().filter(|item| item.uri.is_none()) {
        let uri = below("gsiftp://localhost", &item.text);
        let hole = printer.hole(&uri);
        printer.changed(
            &format!("/staging/{}/target/uri", item.position),
            &hole,
            "all files go somewhere, or none does",
        );
        item.read_back.target = Some(Location { uri: Some(hole), ..Location::default() });
        item.uri = Some(uri);
    }
    let uris: Vec<&str> = outputs.iter().filter_map(|item| item.uri.as_deref()).collect();
    let directory = uris.first().and_then(|uri| uri.rsplit_once('/')).map_or("", |(directory, _)| directory);
    let directory = directory.to_string();
    let one = !directory.is_empty()
        && outputs.iter().all(|item| item.uri.as_deref() == Some(below(&directory, &item.text).as_str()));
    if one {
        printer.line("OutputSandboxBaseDestURI", quoted(&directory));
    } else {
        let uris: Vec<String> = uris.iter().map(|uri| quoted(uri)).collect();
        printer.line("OutputSandboxDestURI", list(&uris));
    }
}

fn made_ad(printer: &Printer<'_>, item: &Item) -> String {
    let mut parts = vec![format!("OutputFile = {}", quoted(&item.text))];
    let options = item.read_back.target.as_ref().map_or(&[][..], |target| &target.options);
    for (name, value) in options.iter().filter(|(_, value)| !value.is_empty()) {
        let name = name.as_literal().unwrap_or_default();
        parts.push(format!("{name} = {}", quoted(&printer.raw(value))));
    }
    if let Some(uri) = &item.uri {
        parts.push(format!("LogicalFileName = {}", quoted(uri)));
    }
    format!("[{}]", parts.join("; "))
}
