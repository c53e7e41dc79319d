//! `notify` in xRSL: flags for the states that are told, and mail addresses.

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::Printer;
use super::super::read::Reader;
use super::super::{parse::shortened, write};
use pelago_job::description::{Notice, Occasion, Text};

/// The flags and what they tell, in the order of printing. `e` is the end of the job, good or bad.
const FLAGS: [(char, &[Occasion]); 5] = [
    ('b', &[Occasion::Preparing]),
    ('q', &[Occasion::Queued]),
    ('f', &[Occasion::Finishing]),
    ('e', &[Occasion::Success, Occasion::Failure]),
    ('c', &[Occasion::Cancelled]),
];
/// The flag for the job's removal from the service, which the model does not know.
const DELETED: char = 'd';

/// `notify`
pub(super) fn read(reader: &mut Reader<'_>, clause: &Clause) {
    for word in clause.words() {
        let shown = word.shown();
        let mut parts = shown.split([' ', '\t']).filter(|part| !part.is_empty()).peekable();
        let flags = parts.next_if(|part| !part.contains('@')).unwrap_or("be");
        let addresses: Vec<&str> = parts.collect();
        let problem = match addresses.iter().find(|address| !address.contains('@')) {
            Some(address) => Some(format!("`{}` is no mail address", shortened(address))),
            None if addresses.is_empty() => Some(format!("`{}` has no mail address", shortened(&shown))),
            None => None,
        };
        let unknown = flags.chars().find(|flag| *flag != DELETED && !FLAGS.iter().any(|(known, _)| known == flag));
        let problem = problem.or_else(|| unknown.map(|flag| format!("`{flag}` is no flag of a notice")));
        if let Some(problem) = problem {
            // The job itself is clear, so this is kept as it stands; whoever runs it has to say that nobody is told.
            reader
                .diagnostics
                .warning(word.span.clone(), problem)
                .note("flags: b preparing, q queued, f finishing, e finished, c cancelled, d deleted")
                .help("write for example `(notify = \"be ann@example.org\")`");
            reader.keep("notify", write::clause("notify", "=", &[Item::Word(word.clone())]), false);
            continue;
        }
        let to: Vec<Text> = addresses.iter().map(|address| Text::literal(*address)).collect();
        let on = FLAGS.iter().filter(|(flag, _)| flags.contains(*flag)).flat_map(|(_, on)| on.iter().copied());
        let on: Vec<Occasion> = on.collect();
        if flags.contains(DELETED) {
            let values = [Item::Word(Word::literal(format!("{DELETED} {}", addresses.join(" "))))];
            reader.keep("notify", write::clause("notify", "=", &values), true);
        }
        if !on.is_empty() {
            reader.job.policy.notices.push(Notice { on, to });
        }
    }
}

/// All notices that can be told by mail.
pub(super) fn print(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    printer.because(attribute.part, "ARC tells states by mail, and not this one");
    let mut values = Vec::new();
    for position in 0..printer.job().policy.notices.len() {
        let notice = printer.job().policy.notices[position].clone();
        let said = FLAGS.iter().filter(|(_, on)| on.iter().any(|on| notice.on.contains(on)));
        let said: Vec<_> = said.collect();
        let to: Option<Vec<String>> = notice.to.iter().map(Text::as_literal).collect();
        let mail = |to: &String| to.contains('@') && !to.contains([' ', '\t']);
        let Some(to) = to.filter(|to| !to.is_empty() && to.iter().all(mail) && !said.is_empty()) else { continue };
        let now: Vec<Occasion> = said.iter().flat_map(|(_, on)| on.iter().copied()).collect();
        if now != notice.on {
            let why = "ARC tells only some states, and both kinds of end together";
            printer.changed(&format!("{}/{position}/on", attribute.part), &now, why);
        }
        let flags: String = said.iter().map(|(flag, _)| *flag).collect();
        printer.job().policy.notices[position] = Notice::default();
        values.push(Item::Word(Word::literal(format!("{flags} {}", to.join(" ")))));
    }
    if !values.is_empty() {
        printer.say(attribute.shown, &values);
    }
}
