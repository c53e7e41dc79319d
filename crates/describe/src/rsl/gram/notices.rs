//! Mail about a job, as GRAM's adapters for PBS and Grid Engine send it.

use super::super::attribute::{Attribute, Field, with_another};
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::Printer;
use super::super::read::Reader;
use pelago_job::description::{Notice, Occasion};

/// What mail can be about, in the order of the model's lists, and the attribute for it.
const OCCASIONS: [(Occasion, &str); 4] = [
    (Occasion::Failure, "email_on_abort"),
    (Occasion::Start, "email_on_execution"),
    (Occasion::Success, "email_on_termination"),
    (Occasion::Held, "email_on_suspend"),
];

/// `email_address`
pub(super) const ADDRESS: Field = Field::Own(|reader, clause| reader.draft.address = clause.word().cloned(), print);
/// `email_on_abort`
pub(super) const ABORT: Field = Field::Own(|reader, clause| on(reader, clause, Occasion::Failure), with_another);
/// `email_on_execution`
pub(super) const EXECUTION: Field = Field::Own(|reader, clause| on(reader, clause, Occasion::Start), with_another);
/// `email_on_termination`
pub(super) const TERMINATION: Field = Field::Own(|reader, clause| on(reader, clause, Occasion::Success), with_another);
/// `email_on_suspend`
pub(super) const SUSPEND: Field = Field::Own(|reader, clause| on(reader, clause, Occasion::Held), with_another);

fn on(reader: &mut Reader<'_>, clause: &Clause, occasion: Occasion) {
    if clause.text() == Some("yes") {
        reader.draft.occasions.push(occasion);
    }
}

/// Puts the notice together.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let address = reader.draft.address.take();
    let said = std::mem::take(&mut reader.draft.occasions);
    let on: Vec<Occasion> = OCCASIONS.iter().map(|(on, _)| *on).filter(|on| said.contains(on)).collect();
    if on.is_empty() && address.is_none() {
        return;
    }
    let to = address.map(|address| reader.text(&address)).into_iter().collect();
    reader.job.policy.notices.push(Notice { on, to });
}

fn print(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    const PART: &str = "/policy/notices/0/on";
    let Some(notice) = printer.job().policy.notices.first().cloned() else { return };
    printer.because("/policy/notices", "GRAM has one notice, by mail, on abort, start, end and suspension");
    let to = match notice.to.as_slice() {
        [] => None,
        [only] => match printer.word(only) {
            Some(word) => Some(word),
            None => return,
        },
        _ => return,
    };
    let said: Vec<_> = OCCASIONS.iter().filter(|(on, _)| notice.on.contains(on)).collect();
    if said.is_empty() && (to.is_none() || !notice.on.is_empty()) {
        return;
    }
    let now: Vec<Occasion> = said.iter().map(|(on, _)| *on).collect();
    if now != notice.on {
        printer.changed(PART, &now, "only what GRAM's adapters know, in their order");
    }
    printer.job().policy.notices[0] = Notice::default();
    if let Some(to) = to {
        printer.say(attribute.shown, &[Item::Word(to)]);
    }
    for (_, name) in said {
        printer.say(name, &[Item::Word(Word::literal("yes"))]);
    }
}
