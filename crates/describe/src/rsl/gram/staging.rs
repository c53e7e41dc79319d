//! Files of a GRAM job: those that are fetched for the program and its input, the places of its streams, the three
//! lists of files, and those that are removed at the end.

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Part, Word};
use super::super::files::{DIRECTORIES, file, is_url, place, printed_place, same};
use super::super::parse::shortened;
use super::super::print::Printer;
use super::super::read::{Reader, command};
use super::super::write;
use super::print_list::printed_location;
use pelago_job::description::{Command, Location, Path, Staging, Stdio, Text};

/// The files that streams are kept in until they are sent.
const STREAMS: [&str; 2] = ["stdout", "stderr"];
/// The file that fetched input is kept in.
const INPUT: &str = "stdin";
/// The scheme of GRAM's own cache; only there a destination may have a tag.
const CACHE: &str = "x-gass-cache://";

/// Whether a word is a place on the network (a path on the site's machines otherwise).
fn is_remote(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Text(text)) => is_url(text),
        Some(Part::Late(name)) => !DIRECTORIES.iter().any(|(variable, _)| variable == name),
        None => false,
    }
}

/// The last component of a place.
fn last_name(place: &Text) -> Option<Text> {
    let text = place.as_literal()?;
    let last = text.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    (!last.is_empty() && !last.ends_with(':')).then(|| Text::literal(last))
}

fn from(uri: Text) -> Option<Location> {
    Some(Location { uri: Some(uri), ..Location::default() })
}

fn fetched_program(uri: Text) -> Option<Staging> {
    let file = Some(last_name(&uri)?);
    let source = from(uri);
    Some(Staging { file, source, executable: true, delete_on_termination: true, ..Staging::default() })
}

fn fetched_input(uri: Text) -> Staging {
    let file = Some(Text::literal(INPUT));
    Staging { file, source: from(uri), delete_on_termination: true, ..Staging::default() }
}

/// `executable`: a URL is fetched, made executable and removed afterwards.
pub(in super::super) fn read_executable(reader: &mut Reader<'_>, clause: &Clause) {
    let Some(word) = clause.word() else { return };
    if is_remote(word) && !is_site_path(word) {
        let uri = place(reader, word);
        if let Some(fetched) = fetched_program(uri) {
            let text = fetched.file.clone();
            reader.draft.fetched.insert(0, fetched);
            reader.command().executable = Some(Path { text, filesystem: None });
            return;
        }
    }
    let path = reader.path(word);
    reader.command().executable = Some(path);
}

/// Whether a word begins with a directory of the site (`$(GLOBUS_LOCATION)/bin/x`).
fn is_site_path(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Late(name)) if !name.ends_with("_URL"))
}

/// `stdin`: a URL is fetched; an empty word redirects nothing.
pub(in super::super) fn read_stdin(reader: &mut Reader<'_>, clause: &Clause) {
    let Some(word) = clause.word().filter(|word| !word.parts.is_empty()) else { return };
    if is_remote(word) && !is_site_path(word) {
        let uri = place(reader, word);
        reader.draft.fetched.push(fetched_input(uri));
        reader.command().input = Some(Stdio { path: Some(Text::literal(INPUT)), ..Stdio::default() });
        return;
    }
    let path = reader.path(word);
    reader.command().input = Some(Stdio { path: path.text, filesystem: path.filesystem, ..Stdio::default() });
}

/// `stdout`
pub(in super::super) fn read_stdout(reader: &mut Reader<'_>, clause: &Clause) {
    reader.command().output = stream(reader, clause, 0);
}

/// `stderr`
pub(in super::super) fn read_stderr(reader: &mut Reader<'_>, clause: &Clause) {
    reader.command().error = stream(reader, clause, 1);
}

/// Reads the destinations of a stream: `DESTINATION [TAG]` or `(DESTINATION [TAG]) …`.
fn stream(reader: &mut Reader<'_>, clause: &Clause, which: usize) -> Option<Stdio> {
    let whole = [Item::List(clause.items.clone(), clause.values_span())];
    let lists = match clause.items.first() {
        Some(Item::List(..)) => clause.items.as_slice(),
        _ => whole.as_slice(),
    };
    let mut destinations: Vec<(&Word, Option<&Word>)> = Vec::new();
    for item in lists {
        let words: &[Item] = if let Item::List(words, _) = item { words } else { &[] };
        match words {
            [Item::Word(to)] => destinations.push((to, None)),
            [Item::Word(to), Item::Word(tag)] if to.shown().starts_with(CACHE) => destinations.push((to, Some(tag))),
            _ => {
                let message = format!("`{}` takes a file or URL, or such in brackets for several", clause.written);
                reader
                    .diagnostics
                    .error(item.span(), message)
                    .label(format!("found `{}`", shortened(&write::items(words))))
                    .note(format!("a second word, the tag, can stand behind a `{CACHE}` URL only"));
                return None;
            }
        }
    }
    if let [(only, None)] = destinations.as_slice()
        && !is_remote(only)
    {
        if only.parts.is_empty() {
            return None;
        }
        let path = reader.path(only);
        return Some(Stdio { path: path.text, filesystem: path.filesystem, ..Stdio::default() });
    }
    for (to, tag) in destinations {
        let uri = match to.text() {
            Some(path) if !is_remote(to) && path.starts_with('/') => Text::literal(format!("file://{path}")),
            Some(path) if !is_remote(to) => Text::literal(format!("file:{path}")),
            _ => place(reader, to),
        };
        let tag = tag.map(|tag| (Text::literal("tag"), reader.text(tag)));
        let target = Some(Location { uri: Some(uri), options: tag.into_iter().collect(), ..Location::default() });
        let file = Some(Text::literal(STREAMS[which]));
        reader.draft.streams[which].push(Staging { file, target, ..Staging::default() });
    }
    Some(Stdio { path: Some(Text::literal(STREAMS[which])), stream: true, ..Stdio::default() })
}

fn pairs(reader: &mut Reader<'_>, clause: &Clause, incoming: bool) -> Vec<Staging> {
    let mut files = Vec::new();
    for (row, _) in clause.rows() {
        let [first, second] = row.as_slice() else { continue };
        let (remote, local) = if incoming { (first, second) } else { (second, first) };
        if !is_remote(remote) {
            let shown = shortened(&remote.shown());
            let message = format!("`{shown}` is no URL: `{}` copies to and from URLs", clause.written);
            let error = reader.diagnostics.warning(remote.span.clone(), message);
            if is_remote(local) {
                let order = if incoming { "(URL file)" } else { "(file URL)" };
                error.help(format!("the order is `{order}`"));
            } else {
                error
                    .help("write `$(GLOBUSRUN_GASS_URL)/path` for a file of yours, `file:///path` for one of the site");
            }
        }
        let mut entry = file(reader, local);
        let location = from(place(reader, remote));
        match incoming {
            true => entry.source = location,
            false => entry.target = location,
        }
        files.push(entry);
    }
    files
}

/// `file_stage_in`
pub(in super::super) fn read_in(reader: &mut Reader<'_>, clause: &Clause) {
    let files = pairs(reader, clause, true);
    reader.draft.inputs.extend(files);
}

/// `file_stage_in_shared`
pub(in super::super) fn read_shared(reader: &mut Reader<'_>, clause: &Clause) {
    let files = pairs(reader, clause, true);
    reader.draft.inputs.extend(files.into_iter().map(|entry| Staging { cache: Some(true), ..entry }));
}

/// `file_stage_out`
pub(in super::super) fn read_out(reader: &mut Reader<'_>, clause: &Clause) {
    let files = pairs(reader, clause, false);
    reader.draft.outputs.extend(files);
}

/// `file_clean_up`
pub(in super::super) fn read_removed(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.removed.extend(clause.words().cloned());
}

/// Puts the list of files together: what comes, what goes, what is only removed.
pub(in super::super) fn finish(reader: &mut Reader<'_>) {
    let mut files = std::mem::take(&mut reader.draft.fetched);
    files.append(&mut reader.draft.inputs);
    let [mut out, mut error] = std::mem::take(&mut reader.draft.streams);
    files.append(&mut out);
    files.append(&mut error);
    files.append(&mut reader.draft.outputs);
    // By name, so that long lists stay linear.
    let key = |entry: &Staging| (entry.file.as_ref().map(Text::to_string), entry.filesystem.clone());
    let mut places = std::collections::BTreeMap::new();
    for (position, entry) in files.iter().enumerate() {
        places.entry(key(entry)).or_insert(position);
    }
    for word in std::mem::take(&mut reader.draft.removed) {
        let mut removed = file(reader, &word);
        removed.delete_on_termination = true;
        match places.get(&key(&removed)).and_then(|position| files.get_mut(*position)) {
            Some(entry) if same(entry, &removed) => entry.delete_on_termination = true,
            _ => {
                places.insert(key(&removed), files.len());
                files.push(removed);
            }
        }
    }
    for (position, entry) in files.iter().enumerate() {
        if entry.source.is_none() && entry.target.is_none() {
            continue;
        }
        let at = format!("{}/staging/{position}", reader.at);
        let span = reader.origins.of(&format!("{}/staging", reader.at)).unwrap_or(0..0);
        reader.origins.note(at, span);
    }
    reader.job.staging = files;
}

/// The position of the first file that comes (or only goes) and is not said yet.
fn next(printer: &mut Printer<'_>, incoming: bool) -> Option<(usize, Staging)> {
    // What lies before the last one found is said or not of the kind.
    let from = printer.memory.next[usize::from(incoming)];
    let said = &printer.memory.said;
    let staging = printer.rest.left.jobs.get(printer.index).map_or(&[][..], |job| &job.staging);
    let mut files = staging.iter().enumerate().skip(from).filter(|(position, _)| !said.contains_key(position));
    let (position, entry) = files.find(|(_, entry)| match incoming {
        true => entry.source.is_some(),
        false => entry.source.is_none() && entry.target.is_some(),
    })?;
    let found = (position, entry.clone());
    printer.memory.next[usize::from(incoming)] = position;
    Some(found)
}

fn take(printer: &mut Printer<'_>, position: usize) {
    let entry = std::mem::take(&mut printer.job().staging[position]);
    let name = entry.file.as_ref().and_then(|file| printer.word(file)).unwrap_or_default();
    printer.memory.said.insert(position, write::word(&name));
}

/// The program: fetched, a path, a line for a shell, the name of an application, or nothing at all.
pub(in super::super) fn print_executable(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let mut path = command(printer.job()).executable.take().unwrap_or_default();
    if let Some((position, entry)) = next(printer, true)
        && let Some(uri) = entry.source.as_ref().and_then(|source| source.uri.clone())
        && fetched_program(uri.clone()).as_ref() == Some(&entry)
        && (entry.file.as_ref(), None) == (path.text.as_ref(), path.filesystem.as_ref())
        && let Some(word) = printed_place(printer, &uri)
        && is_remote(&word)
        && !is_site_path(&word)
    {
        take(printer, position);
        printer.say(attribute.shown, &[Item::Word(word)]);
        return;
    }
    let plain = |word: &Word| !is_remote(word) || is_site_path(word);
    let local = path.text.clone().and_then(|text| printer.word(&text)).filter(plain);
    let word = local.and_then(|_| printer.take_path(&mut path));
    command(printer.job()).executable = Some(path).filter(|path| *path != Path::default());
    if let Some(word) = word {
        printer.say(attribute.shown, &[Item::Word(word)]);
        return;
    }
    if !printer.keeps("restart") && !printer.keeps("stdoutposition") && !printer.keeps("stderrposition") {
        printer.stand_in(attribute);
    }
}

/// Standard input: fetched or a path.
pub(in super::super) fn print_stdin(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(stdio) = command(printer.job()).input.clone() else { return };
    let fetched = Stdio { path: Some(Text::literal(INPUT)), ..Stdio::default() };
    if stdio == fetched
        && let Some((position, entry)) = next(printer, true)
        && let Some(uri) = entry.source.as_ref().and_then(|source| source.uri.clone())
        && fetched_input(uri.clone()) == entry
        && let Some(word) = printed_place(printer, &uri)
        && is_remote(&word)
        && !is_site_path(&word)
    {
        take(printer, position);
        command(printer.job()).input = None;
        printer.say(attribute.shown, &[Item::Word(word)]);
        return;
    }
    print_stdio(printer, attribute, |word| !is_remote(word) || is_site_path(word), |command| &mut command.input);
}

/// `stdout`
pub(in super::super) fn print_stdout(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    print_stream(printer, attribute, 0, |command| &mut command.output);
}

/// `stderr`
pub(in super::super) fn print_stderr(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    print_stream(printer, attribute, 1, |command| &mut command.error);
}

fn print_stream(
    printer: &mut Printer<'_>,
    attribute: &'static Attribute,
    which: usize,
    field: fn(&mut Command) -> &mut Option<Stdio>,
) {
    let name = Text::literal(STREAMS[which]);
    let streamed = Stdio { path: Some(name.clone()), stream: true, ..Stdio::default() };
    let mut destinations = Vec::new();
    if *field(command(printer.job())) == Some(streamed) {
        while let Some((position, entry)) = next(printer, false)
            && let Some(target) = entry.target.clone()
            && entry == (Staging { file: Some(name.clone()), target: Some(target.clone()), ..Staging::default() })
            && let Some(words) = printed_location(printer, &target)
        {
            take(printer, position);
            destinations.push(Item::List(words, 0..0));
        }
    }
    if destinations.is_empty() {
        return print_stdio(printer, attribute, |word| !is_remote(word), field);
    }
    *field(command(printer.job())) = None;
    printer.say(attribute.shown, &destinations);
}

/// A stream that is a file of the site.
fn print_stdio(
    printer: &mut Printer<'_>,
    attribute: &'static Attribute,
    is_file: fn(&Word) -> bool,
    field: fn(&mut Command) -> &mut Option<Stdio>,
) {
    let Some(stdio) = field(command(printer.job())).clone() else { return };
    let mut path = Path { text: stdio.path, filesystem: stdio.filesystem };
    let local = path
        .text
        .as_ref()
        .and_then(|text| printer.word(text))
        .is_some_and(|word| is_file(&word) && !word.parts.is_empty());
    let word = if local { printer.take_path(&mut path) } else { None };
    let left = Stdio { path: path.text, filesystem: path.filesystem, ..stdio };
    *field(command(printer.job())) = Some(left).filter(|left| *left != Stdio::default());
    if let Some(word) = word {
        printer.say(attribute.shown, &[Item::Word(word)]);
    }
}
