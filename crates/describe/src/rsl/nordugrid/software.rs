//! Software, operating system and architecture in xRSL, with ARC's way to cut a name from its version (`Software.cpp`).

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::Printer;
use super::super::read::Reader;
use super::super::tree::Operator;
use pelago_job::description::{OperatingSystem, Software, Text};

/// JSDL's word, which ARC writes in small letters.
const LINUX: &str = "LINUX";

/// A name and its version, which begins behind the first dash that a digit follows.
fn cut(text: &str) -> (&str, Option<&str>) {
    let dash = text.match_indices('-').map(|(at, _)| at).find(|at| {
        let after = text.as_bytes().get(at + 1);
        after.is_some_and(u8::is_ascii_digit)
    });
    match dash {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at + 1..)),
        None => (text, None),
    }
}

/// Name and version as one word, if they would be cut there again.
fn joined(name: &Option<Text>, version: &Option<Text>) -> Option<String> {
    let name = name.as_ref()?.as_literal().filter(|name| !name.is_empty())?;
    let version = match version {
        Some(version) => Some(version.as_literal()?),
        None => None,
    };
    let text = match &version {
        Some(version) => format!("{name}-{version}"),
        None => name.clone(),
    };
    (cut(&text) == (name.as_str(), version.as_deref())).then_some(text)
}

/// `runtimeenvironment`
pub(super) fn read_environment(reader: &mut Reader<'_>, clause: &Clause) {
    let mut words = clause.words();
    let Some(first) = words.next().map(Word::shown).filter(|name| !name.is_empty()) else {
        reader.diagnostics.error(clause.span.clone(), "`runtimeenvironment` needs the name of one");
        return;
    };
    let (name, version) = cut(&first);
    let relation = (clause.operator != Operator::Equal).then(|| clause.operator.sign().to_string());
    reader.job.resources.software.push(Software {
        name: Some(Text::literal(name)),
        relation,
        version: version.map(Text::literal),
        options: words.map(|word| Text::literal(word.shown())).collect(),
    });
}

/// All of them, a clause each.
pub(super) fn print_environments(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    const SIGNS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
    for position in 0..printer.job().resources.software.len() {
        let software = printer.job().resources.software[position].clone();
        let sign = software.relation.as_deref().unwrap_or("=");
        let options: Option<Vec<Word>> = software.options.iter().map(|option| printer.word(option)).collect();
        let (Some(text), Some(options)) = (joined(&software.name, &software.version), options) else { continue };
        if !SIGNS.contains(&sign) {
            continue;
        }
        if software.relation.as_deref() == Some("=") {
            printer.changed(&format!("{}/{position}/relation", attribute.part), (), "it means the same unsaid");
        }
        printer.job().resources.software[position] = Software::default();
        let words: Vec<Item> = std::iter::once(Word::literal(text)).chain(options).map(Item::Word).collect();
        printer.say_with(attribute.shown, sign, &words);
    }
}

/// `opsys`: the first one, if it is said with `=`; ARC wants all of several, the model takes them for alternatives.
pub(super) fn read_system(reader: &mut Reader<'_>, clause: &Clause) {
    let shown = clause.word().map(Word::shown).unwrap_or_default();
    if clause.operator != Operator::Equal || !reader.job.resources.operating_systems.is_empty() || shown.is_empty() {
        return reader.keep("opsys", clause.shown(), false);
    }
    let (name, version) = cut(&shown);
    let name = if name.eq_ignore_ascii_case(LINUX) { LINUX } else { name };
    let (name, version) = (Some(Text::literal(name)), version.map(Text::literal));
    reader.job.resources.operating_systems.push(OperatingSystem { name, version, description: None });
}

/// `opsys`
pub(super) fn print_system(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    printer.because(attribute.part, "xRSL has no alternatives for one attribute: of several the first is said");
    let Some(system) = printer.job().resources.operating_systems.first().cloned() else { return };
    let Some(text) = joined(&system.name, &system.version) else { return };
    let name = system.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
    let text = match name.eq_ignore_ascii_case(LINUX) {
        true => format!("linux{}", text.get(LINUX.len()..).unwrap_or("")),
        false => text,
    };
    if name.eq_ignore_ascii_case(LINUX) && name != LINUX {
        printer.changed(&format!("{}/0/name", attribute.part), LINUX, "in JSDL's spelling");
    }
    if let Some(first) = printer.job().resources.operating_systems.first_mut() {
        (first.name, first.version) = (None, None);
    }
    printer.say(attribute.shown, &[Item::Word(Word::literal(text))]);
}

/// `architecture`
pub(super) fn read_machine(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.architectures = clause.word().map(|word| reader.text(word)).into_iter().collect();
}

/// `architecture`
pub(super) fn print_machine(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let machines = printer.job().resources.architectures.clone();
    let Some(word) = machines.first().filter(|text| !text.is_empty()).and_then(|first| printer.word(first)) else {
        return;
    };
    printer.job().resources.architectures = Vec::new();
    if machines.len() > 1 {
        let first: Vec<&Text> = machines.iter().take(1).collect();
        printer.changed(attribute.part, first, "xRSL has no alternatives for one attribute: the first is said");
    }
    printer.say(attribute.shown, &[Item::Word(word)]);
}

/// `middleware`
pub(super) fn read_middleware(reader: &mut Reader<'_>, clause: &Clause) {
    reader.keep("middleware", clause.shown(), false);
}
