//! Files of an xRSL job: `inputfiles` and `outputfiles` with the options of their URLs, `executables`, `cache` and
//! `ftpthreads`, which say something of all files.

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::files::is_url;
use super::super::parse::shortened;
use super::super::print::Printer;
use super::super::read::Reader;
use pelago_job::description::{Credential, Location, Staging, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What ARC calls the id of a credential that was handed over before.
const DELEGATION: &str = "delegation";

/// `inputfiles`
pub(super) fn read_inputs(reader: &mut Reader<'_>, clause: &Clause) {
    let files = rows(reader, clause, true);
    reader.draft.inputs.extend(files);
}

/// `outputfiles`
pub(super) fn read_outputs(reader: &mut Reader<'_>, clause: &Clause) {
    let files = rows(reader, clause, false);
    reader.draft.outputs.extend(files);
}

fn rows(reader: &mut Reader<'_>, clause: &Clause, incoming: bool) -> Vec<Staging> {
    let (form, other) = match incoming {
        true => ("(name source)", "\"\" as the source is a file of yours with that name"),
        false => ("(name destination)", "\"\" as the destination keeps the file for you to fetch"),
    };
    let mut files = Vec::new();
    for item in &clause.items {
        let words: Option<Vec<&Word>> = match item {
            Item::Word(_) => None,
            Item::List(list, _) => {
                list.iter().map(|item| if let Item::Word(word) = item { Some(word) } else { None }).collect()
            }
        };
        let problem = match words.as_deref() {
            None => Some(format!("`{}` takes files in brackets, each `{form}`", clause.written)),
            Some([]) => Some("there is nothing between the brackets".to_string()),
            Some([name]) => Some(format!("`{}` has no second word", shortened(&name.shown()))),
            Some([name, ..]) if name.shown().is_empty() => Some("the file has no name".to_string()),
            Some(_) => None,
        };
        if let Some(problem) = problem {
            reader.diagnostics.error(item.span(), problem).help(format!("write `{form}`; {other}"));
            continue;
        }
        if let Some([name, place, options @ ..]) = words.as_deref() {
            files.extend(entry(reader, name, place, options, incoming));
        }
    }
    files
}

fn entry(reader: &mut Reader<'_>, name: &Word, place: &Word, options: &[&Word], incoming: bool) -> Option<Staging> {
    let file = name.shown();
    let mut entry = Staging { file: Some(reader.text(name)), ..Staging::default() };
    entry.directory = !incoming && file.ends_with('/');
    let shown = place.shown();
    let kept = !incoming && (!is_url(&shown) || shown.starts_with("file:"));
    if shown.is_empty() || kept {
        if !shown.is_empty() {
            let message = format!("`{}` is no URL of another machine", shortened(&shown));
            reader.diagnostics.warning(place.span.clone(), message).note("ARC keeps the file for you to fetch");
        }
        if let Some(option) = options.first() {
            reader.diagnostics.warning(option.span.clone(), "options have no effect without a URL before them");
        }
        let location = Some(Location { uri: entry.file.clone(), ..Location::default() });
        match incoming {
            true => entry.source = location,
            false => entry.target = location,
        }
        return Some(entry);
    }
    let (uri, embedded) = without_options(&shown);
    let mut location = Location { uri: Some(Text::literal(uri)), ..Location::default() };
    let set = |entry: &mut Staging, location: &mut Location, name: &str, value: &str| match (name, value) {
        ("cache", "yes" | "no") if incoming => entry.cache = Some(value == "yes"),
        _ => {
            let (name, value) = (Text::literal(name), Text::literal(value));
            location.options.retain(|(known, _)| *known != name);
            location.options.push((name, value));
        }
    };
    embedded.iter().for_each(|(name, value)| set(&mut entry, &mut location, name, value));
    for option in options {
        let text = option.shown();
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let message = format!("`{}` is no option of a URL", shortened(&text));
            // It has no value, so it asks for nothing.
            reader.diagnostics.warning(option.span.clone(), message).help("write `\"name=value\"`");
            continue;
        };
        match (name, location.alternatives.last_mut()) {
            ("location", _) => location.alternatives.push(Text::literal(value)),
            ("delegationid", _) => {
                let (kind, subject) = (Some(DELEGATION.into()), Some(Text::literal(value)));
                location.credential = Some(Credential { kind, subject, ..Credential::default() });
            }
            (_, Some(last)) => *last = with_option(last, name, value),
            (_, None) => set(&mut entry, &mut location, name, value),
        }
    }
    match incoming {
        true => entry.source = Some(location),
        false => entry.target = Some(location),
    }
    Some(entry)
}

/// Where the options of a URL stand: behind the host, `protocol://host;a=b;c=d/path`.
fn authority(url: &str) -> Option<std::ops::Range<usize>> {
    let start = url.find("://")? + 3;
    let end = url.get(start..)?.find('/').map_or(url.len(), |at| start + at);
    Some(start..end)
}

/// A URL without the options in it, and those options.
fn without_options(url: &str) -> (String, Vec<(String, String)>) {
    let none = || (url.to_string(), Vec::new());
    let Some(place) = authority(url) else { return none() };
    let (before, inside, after) = (url.get(..place.start), url.get(place.clone()), url.get(place.end..));
    let (Some(before), Some(inside), Some(after)) = (before, inside, after) else { return none() };
    let mut parts = inside.split(';');
    let host = parts.next().unwrap_or("");
    let options: Option<Vec<(String, String)>> = parts
        .map(|part| part.split_once('=').filter(|(n, _)| !n.is_empty()).map(|(n, v)| (n.to_string(), v.to_string())))
        .collect();
    match options {
        Some(options) if !options.is_empty() && !inside.contains(['@', '|']) => {
            (format!("{before}{host}{after}"), options)
        }
        _ => none(),
    }
}

fn with_option(url: &Text, name: &str, value: &str) -> Text {
    let url = url.as_literal().unwrap_or_default();
    let end = authority(&url).map_or(url.len(), |place| place.end);
    let (before, after) = url.split_at(end);
    Text::literal(format!("{before};{name}={value}{after}"))
}

/// `executables`
pub(super) fn read_executables(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.executables = clause.words().cloned().collect();
}

/// `cache`
pub(super) fn read_cache(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.cache = clause.word().map(Word::shown);
}

/// `ftpthreads`
pub(super) fn read_threads(reader: &mut Reader<'_>, clause: &Clause) {
    let number = clause.number().filter(|number| *number >= 1.0 && number.fract() == 0.0);
    if !number.is_some_and(|number| number <= 10.0) {
        let message =
            format!("`ftpthreads` takes a number from 1 to 10, found `{}`", super::super::read::values(&clause.items));
        match number {
            // How a file travels does not change what the job is.
            Some(_) => reader.diagnostics.warning(clause.values_span(), message).note("10 are taken"),
            None => reader.diagnostics.error(clause.values_span(), message),
        };
    }
    reader.draft.threads = number.map(|number| format!("{:.0}", number.min(10.0)));
}

/// What is said of all files, and the list of them.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let mut inputs = std::mem::take(&mut reader.draft.inputs);
    let mut outputs = std::mem::take(&mut reader.draft.outputs);
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, entry) in inputs.iter().enumerate() {
        names.entry(entry.file.as_ref().map(Text::to_string).unwrap_or_default()).or_default().push(position);
    }
    for word in std::mem::take(&mut reader.draft.executables) {
        let name = Text::literal(word.shown()).to_string();
        let Some(positions) = names.get(&name) else {
            if !reader.draft.partial {
                let near = crate::spelling::nearest(&name, names.keys().take(500).map(String::as_str));
                reader
                    .diagnostics
                    .warning(word.span.clone(), format!("`{}` is not among the `inputfiles`", shortened(&name)))
                    .did_you_mean(near)
                    .note("`executables` names files that come with the job: nothing is made executable by this");
            }
            continue;
        };
        for position in positions {
            inputs[*position].executable = true;
        }
    }
    let option = |location: &mut Location, name: &str, value: &str| {
        location.options.retain(|(known, _)| known.as_literal().as_deref() != Some(name));
        location.options.push((Text::literal(name), Text::literal(value)));
    };
    let remote =
        |location: &&mut Location| location.uri.as_ref().and_then(Text::as_literal).is_some_and(|uri| is_url(&uri));
    if let Some(threads) = reader.draft.threads.take() {
        let sources = inputs.iter_mut().filter_map(|entry| entry.source.as_mut());
        let targets = outputs.iter_mut().filter_map(|entry| entry.target.as_mut());
        sources.chain(targets).filter(remote).for_each(|location| option(location, "threads", &threads));
    }
    if let Some(cache) = reader.draft.cache.take() {
        for entry in inputs.iter_mut().filter(|entry| !entry.executable) {
            match (cache.as_str(), entry.source.as_mut()) {
                ("yes" | "no", _) => entry.cache = Some(cache == "yes"),
                (_, Some(source)) => option(source, "cache", &cache),
                _ => {}
            }
        }
    }
    inputs.append(&mut outputs);
    reader.job.staging = inputs;
}

/// `inputfiles`, `executables` and `outputfiles`
pub(super) fn print_inputs(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    printer.because("/staging", "xRSL has no word for it");
    let count = printer.job().staging.len();
    let (mut incoming, mut outgoing, mut both) = (Vec::new(), Vec::new(), Vec::new());
    // Names of inputs: `executables` is about all that have the name.
    let (mut executable, mut plain) = (Vec::new(), BTreeSet::new());
    for position in 0..count {
        let original = printer.job().staging[position].clone();
        let name = original.file.as_ref().and_then(Text::as_literal).filter(|name| !name.is_empty());
        let Some(name) = name else { continue };
        let mut entry = original.clone();
        let source = print_source(&mut entry, &name);
        let target = print_target(printer, &mut entry, &name, position, source.is_some());
        if source.is_some() || target.is_some() {
            entry.file = None;
        }
        printer.job().staging[position] = entry;
        let row = |name: &str, words: Vec<String>| {
            let words = std::iter::once(name.to_string()).chain(words);
            Item::List(words.map(|word| Item::Word(Word::literal(word))).collect(), 0..0)
        };
        if let Some(words) = &source {
            match original.executable {
                true => executable.push((name.clone(), position)),
                false => drop(plain.insert(name.clone())),
            }
            incoming.push(row(&name, words.clone()));
        }
        if let Some((words, written, now)) = target {
            match source {
                Some(_) => both.push((row(&written, words), position, now)),
                None => outgoing.push(row(&written, words)),
            }
        }
    }
    if !incoming.is_empty() {
        printer.say(attribute.shown, &incoming);
    }
    let mut names = BTreeSet::new();
    for (name, position) in executable {
        if !plain.contains(&name) {
            printer.job().staging[position].executable = false;
            names.insert(name);
        }
    }
    if !names.is_empty() {
        let words: Vec<Item> = names.into_iter().map(|name| Item::Word(Word::literal(name))).collect();
        printer.say("executables", &words);
    }
    for (place, (row, position, now)) in both.into_iter().enumerate() {
        const WHY: &str = "a file that comes and goes is said twice";
        printer.changed(&format!("/staging/{position}/target"), (), WHY);
        printer.changed(&format!("/staging/{}", count + place), now, WHY);
        outgoing.push(row);
    }
    if !outgoing.is_empty() {
        printer.say("outputfiles", &outgoing);
    }
}

/// The second and further words of an input; what they say is taken.
fn print_source(entry: &mut Staging, name: &str) -> Option<Vec<String>> {
    let source = entry.source.as_mut()?;
    let uri = source.uri.as_ref()?.as_literal().filter(|uri| !uri.is_empty() && without_options(uri).1.is_empty())?;
    let mut options = print_options(source);
    if let Some(cache) = entry.cache.take() {
        options.insert(0, format!("cache={}", if cache { "yes" } else { "no" }));
    }
    source.uri = None;
    match uri == name && options.is_empty() {
        true => Some(vec![String::new()]),
        false => Some(std::iter::once(uri).chain(options).collect()),
    }
}

/// Takes the options of a place, its other locations and its credential.
fn print_options(location: &mut Location) -> Vec<String> {
    let mut out = Vec::new();
    let literal = |text: &Text| text.as_literal().filter(|text| !text.is_empty());
    let mut names = BTreeSet::new();
    let pairs: Option<Vec<(String, String)>> =
        location.options.iter().map(|(name, value)| Some((literal(name)?, value.as_literal()?))).collect();
    let special = |(name, value): &(String, String)| {
        name.contains('=')
            || name == "location"
            || name == "delegationid"
            || name == "cache" && matches!(value.as_str(), "yes" | "no")
    };
    let pairs = pairs.filter(|pairs| pairs.iter().all(|pair| !special(pair) && names.insert(pair.0.clone())));
    if let Some(pairs) = pairs {
        location.options.clear();
        out.extend(pairs.into_iter().map(|(name, value)| format!("{name}={value}")));
    }
    if let Some(credential) = location.credential.as_mut()
        && credential.kind.as_deref() == Some(DELEGATION)
        && let Some(id) = credential.subject.as_ref().and_then(literal)
    {
        (credential.kind, credential.subject) = (None, None);
        out.push(format!("delegationid={id}"));
    }
    let others: Option<Vec<String>> = location.alternatives.iter().map(literal).collect();
    if let Some(others) = others {
        location.alternatives.clear();
        out.extend(others.into_iter().map(|other| format!("location={other}")));
    }
    out
}

/// The second and further words of an output, its name as printed, and the entry as it is read back.
fn print_target(
    printer: &mut Printer<'_>,
    entry: &mut Staging,
    name: &str,
    position: usize,
    comes: bool,
) -> Option<(Vec<String>, String, Staging)> {
    let target = entry.target.as_mut()?;
    let uri = target.uri.as_ref()?.as_literal()?;
    let remote = is_url(&uri) && !uri.starts_with("file:");
    if remote && !without_options(&uri).1.is_empty() {
        return None;
    }
    let slash = name.ends_with('/');
    let written = if entry.directory && !slash && !comes { format!("{name}/") } else { name.to_string() };
    let file = Text::literal(written.clone());
    let directory = written.ends_with('/');
    let mut now =
        Location { uri: Some(if remote { Text::literal(uri.clone()) } else { file.clone() }), ..Location::default() };
    let before = target.clone();
    let options = if remote { print_options(target) } else { Vec::new() };
    if remote {
        // What was taken is what is read back.
        if target.options.is_empty() {
            now.options = before.options;
        }
        if target.alternatives.is_empty() {
            now.alternatives = before.alternatives;
        }
        if target.credential.as_ref().is_some_and(|credential| credential.kind.is_none()) {
            let taken = before.credential.unwrap_or_default();
            now.credential = Some(Credential { kind: taken.kind, subject: taken.subject, ..Credential::default() });
        }
    }
    target.uri = None;
    if !comes {
        let part = |part: &str| format!("/staging/{position}{part}");
        if written != name {
            printer.changed(&part("/file"), &written, "a slash says that it is a directory");
        }
        if directory && !entry.directory {
            printer.changed(&part("/directory"), true, "a slash says that it is a directory");
        }
        entry.directory = false;
        if !remote && uri != written {
            let why = "ARC keeps the file under its own name for the user to fetch";
            printer.changed(&part("/target/uri"), &written, why);
        }
    }
    let words = std::iter::once(if remote { uri } else { String::new() }).chain(options).collect();
    let now = Staging { file: Some(file), directory, target: Some(now), ..Staging::default() };
    Some((words, written, now))
}
