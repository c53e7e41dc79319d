//! Printing a GRAM job's lists of files, in the order that reading puts them together again.

use super::super::attribute::Attribute;
use super::super::evaluate::{Item, Word};
use super::super::files::printed_place;
use super::super::print::Printer;
use super::super::write;
use pelago_job::description::{Location, Staging};
use std::collections::BTreeMap;

/// The words of a stream's destination: the place, and a tag where it has one; nothing else can be said of it.
pub(super) fn printed_location(printer: &Printer<'_>, location: &Location) -> Option<Vec<Item>> {
    let place = printed_place(printer, location.uri.as_ref()?)?;
    let cached = place.shown().starts_with("x-gass-cache://");
    let tag = match location.options.as_slice() {
        [] => None,
        [(name, tag)] if cached && name.as_literal().as_deref() == Some("tag") => Some(printer.word(tag)?),
        _ => return None,
    };
    let plain = Location { uri: location.uri.clone(), options: location.options.clone(), ..Location::default() };
    (plain == *location).then(|| std::iter::once(place).chain(tag).map(Item::Word).collect())
}

/// One file as it is printed: its position, both places, and whether it may be shared.
struct Line {
    position: usize,
    words: [Word; 2],
    shared: bool,
}

/// The lists of files.
pub(in super::super) fn print_files(printer: &mut Printer<'_>, _: &'static Attribute) {
    printer
        .because("/staging", "GRAM copies plain files between the site and URLs, and has nothing more to say of them");
    let count = printer.job().staging.len();
    let (mut incoming, mut outgoing, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let mut removed = Vec::new();
    for position in (0..count).filter(|position| !printer.memory.said.contains_key(position)).collect::<Vec<_>>() {
        let entry = printer.job().staging[position].clone();
        let local = entry.file.as_ref().and_then(|file| printer.located(file, entry.filesystem.as_deref()));
        let Some((local, said)) = local else { continue };
        let place = |location: &Option<Location>| printed_place(printer, location.as_ref()?.uri.as_ref()?);
        let (source, target) = (place(&entry.source), place(&entry.target));
        let (comes, goes) = (source.is_some(), target.is_some());
        let shared = comes && entry.cache == Some(true);
        let taken = &mut printer.job().staging[position];
        if comes || goes {
            taken.file = None;
            taken.filesystem = entry.filesystem.clone().filter(|_| !said);
        }
        if let Some(source) = source {
            taken.source.as_mut().and_then(|location| location.uri.take());
            taken.cache = entry.cache.filter(|_| !shared);
            incoming.push(Line { position, words: [source, local.clone()], shared });
        }
        if let Some(target) = target {
            taken.target.as_mut().and_then(|location| location.uri.take());
            let line = Line { position, words: [local.clone(), target], shared: false };
            match comes {
                true => both.push((line, said, entry.clone())),
                false => outgoing.push(line),
            }
        }
        if entry.delete_on_termination {
            removed.push((position, local, said, comes || goes));
        }
    }
    let first = first_of_each(printer, &incoming, &outgoing);
    for lines in incoming.chunk_by(|a, b| a.shared == b.shared) {
        let name = if lines.iter().any(|line| line.shared) { "file_stage_in_shared" } else { "file_stage_in" };
        say(printer, name, lines);
    }
    for (place, (line, said, entry)) in both.into_iter().enumerate() {
        const WHY: &str = "a file that comes and goes is said twice";
        let target = entry.target.and_then(|location| location.uri);
        let target = Some(Location { uri: target, ..Location::default() });
        let filesystem = entry.filesystem.filter(|_| said);
        let now = Staging { file: entry.file, filesystem, target, ..Staging::default() };
        printer.changed(&format!("/staging/{}/target", line.position), (), WHY);
        printer.changed(&format!("/staging/{}", count + place), now, WHY);
        outgoing.push(line);
    }
    say(printer, "file_stage_out", &outgoing);
    print_removed(printer, removed, first);
}

fn say(printer: &mut Printer<'_>, name: &str, lines: &[Line]) {
    let pair = |line: &Line| Item::List(line.words.iter().cloned().map(Item::Word).collect(), 0..0);
    let pairs: Vec<Item> = lines.iter().map(pair).collect();
    if !pairs.is_empty() {
        printer.say(name, &pairs);
    }
}

/// The position of the first file of each name, in the order of reading: that is the one that `file_clean_up` finds.
fn first_of_each(printer: &Printer<'_>, incoming: &[Line], outgoing: &[Line]) -> BTreeMap<String, usize> {
    let mut first = BTreeMap::new();
    let streams = |name: &str| name == "stdout" || name == "stderr";
    let said = || printer.memory.said.iter().map(|(position, name)| (name.clone(), *position));
    let incoming = incoming.iter().map(|line| (write::word(&line.words[1]), line.position));
    let outgoing = outgoing.iter().map(|line| (write::word(&line.words[0]), line.position));
    let fetched = said().filter(|(name, _)| !streams(name));
    let sent = said().filter(|(name, _)| streams(name));
    for (name, position) in fetched.chain(incoming).chain(sent).chain(outgoing) {
        first.entry(name).or_insert(position);
    }
    first
}

fn print_removed(
    printer: &mut Printer<'_>,
    removed: Vec<(usize, Word, bool, bool)>,
    mut first: BTreeMap<String, usize>,
) {
    let mut words = Vec::new();
    for (position, word, said, printed) in removed {
        let found = first.get(&write::word(&word)).copied();
        if printed && found != Some(position) || !printed && found.is_some() {
            continue;
        }
        first.insert(write::word(&word), position);
        let entry = &mut printer.job().staging[position];
        entry.delete_on_termination = false;
        if !printed {
            entry.file = None;
            entry.filesystem = entry.filesystem.take().filter(|_| !said);
        }
        words.push(Item::Word(word));
    }
    if !words.is_empty() {
        printer.say("file_clean_up", &words);
    }
}
