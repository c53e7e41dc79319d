//! Who is told what by mail.

use super::Dialect;
use super::print::Printer;
use super::read::{Given, Reader};
use super::table::Row;
use crate::spelling;
use pelago_job::description::{Notice, Occasion, Text};
use std::collections::BTreeSet;
use std::ops;

/// What was said of it so far.
#[derive(Default)]
pub(super) struct Mail {
    on: BTreeSet<Occasion>,
    to: Vec<String>,
    /// Words that the model has no occasion for.
    kept: Vec<String>,
    said: Option<ops::Range<usize>>,
}

/// Slurm's words. A word stands for all of its occasions.
const SLURM: [(&str, &[Occasion]); 6] = [
    ("BEGIN", &[Occasion::Start]),
    ("END", &[Occasion::Success, Occasion::Failure]),
    ("FAIL", &[Occasion::Failure]),
    ("REQUEUE", &[Occasion::Requeued]),
    ("TIME_LIMIT", &[Occasion::TimeLimit]),
    ("ALL", &[Occasion::Start, Occasion::Success, Occasion::Failure, Occasion::Requeued]),
];
/// Slurm's further words.
const MORE: [&str; 6] =
    ["ARRAY_TASKS", "INVALID_DEPEND", "STAGE_OUT", "TIME_LIMIT_50", "TIME_LIMIT_80", "TIME_LIMIT_90"];
/// Letters of PBS and Grid Engine.
const LETTERS: [(char, &[Occasion]); 4] = [
    ('b', &[Occasion::Start]),
    ('e', &[Occasion::Success, Occasion::Failure]),
    ('a', &[Occasion::Cancelled]),
    ('s', &[Occasion::Held]),
];

pub(super) fn read_types(reader: &mut Reader<'_>, given: &Given) {
    reader.mail.said = Some(given.span.clone());
    for word in given.text.split(',').map(|word| word.trim().to_ascii_uppercase()) {
        match SLURM.iter().find(|(known, _)| *known == word) {
            Some((_, occasions)) => reader.mail.on.extend(*occasions),
            None if MORE.contains(&word.as_str()) => reader.mail.kept.push(word),
            None if word == "NONE" => reader.mail.on.clear(),
            None => {
                let known = SLURM.iter().map(|(known, _)| *known).chain(MORE);
                let near = spelling::nearest(&word, known);
                let error = reader.diagnostics.error(given.span.clone(), format!("`{word}` is no occasion for a mail"));
                error.did_you_mean(near);
            }
        }
    }
}

pub(super) fn read_letters(reader: &mut Reader<'_>, given: &Given) {
    reader.mail.said = Some(given.span.clone());
    for letter in given.text.chars() {
        let suspended = letter != 's' || reader.dialect == Dialect::GridEngine;
        match LETTERS.iter().find(|(known, _)| *known == letter && suspended) {
            Some((_, occasions)) => reader.mail.on.extend(*occasions),
            None if letter == 'n' => reader.mail.on.clear(),
            // PBS: never, not even of errors of the system; tasks of an array each for themselves.
            None if matches!(letter, 'p' | 'f' | 'j') && reader.dialect == Dialect::Pbs => {
                reader.mail.kept.push(letter.to_string());
            }
            None => {
                let message = format!("`{letter}` is no occasion for a mail");
                let error = reader.diagnostics.error(given.span.clone(), message);
                error.help("write `b` for the beginning, `e` for the end, `a` for an abort, or `n` for none");
            }
        }
    }
}

pub(super) fn read_users(reader: &mut Reader<'_>, given: &Given) {
    reader.mail.said.get_or_insert(given.span.clone());
    reader.mail.to =
        given.text.split(',').map(|user| user.trim().to_string()).filter(|user| !user.is_empty()).collect();
}

/// Makes one notice of everything.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let mail = std::mem::take(&mut reader.mail);
    if !mail.kept.is_empty() {
        reader.keep("mail", &mail.kept.join(","), true);
    }
    if let Some(span) = mail.said {
        reader.origins.note("/jobs/0/policy/notices", span);
        let to = mail.to.into_iter().map(Text::from).collect();
        reader.job.policy.notices.push(Notice { on: mail.on.into_iter().collect(), to });
    }
}

/// The occasions in the words of a table, and those that no word has.
fn words<'a>(
    on: &BTreeSet<Occasion>,
    table: impl Iterator<Item = (&'a str, &'a [Occasion])>,
) -> (Vec<&'a str>, BTreeSet<Occasion>) {
    let mut said = BTreeSet::new();
    let mut words = Vec::new();
    for (word, occasions) in table {
        let all = occasions.iter().all(|occasion| on.contains(occasion));
        if all && word != "ALL" && occasions.iter().any(|occasion| !said.contains(occasion)) {
            said.extend(occasions.iter().copied());
            words.push(word);
        }
    }
    (words, said)
}

pub(super) fn print(printer: &mut Printer<'_>, row: &Row) {
    let slurm = printer.dialect == Dialect::Slurm;
    let mut kept: Vec<String> = Vec::new();
    let language = printer.dialect.language().name();
    for extension in printer.job.extensions.iter_mut().filter(|e| e.language == language && e.name == "mail") {
        kept.push(std::mem::take(extension).text);
    }
    let mut on = BTreeSet::new();
    let mut before = Vec::new();
    if let Some(notice) = printer.job.policy.notices.first_mut() {
        before = std::mem::take(&mut notice.on);
        on.extend(before.iter().copied());
    }
    let grid = printer.dialect == Dialect::GridEngine;
    let letters = ["b", "e", "a", "s"];
    let (words, said) = match slurm {
        true => words(&on, SLURM.into_iter()),
        false => {
            words(&on, letters.into_iter().zip(LETTERS.map(|(_, o)| o)).filter(|(letter, _)| grid || *letter != "s"))
        }
    };
    let mut words: Vec<String> = words.into_iter().map(str::to_string).collect();
    words.extend(kept);
    let instead: Vec<Occasion> = said.into_iter().collect();
    if instead != before {
        printer.changed("/policy/notices/0/on", &instead, "the occasions that the batch system knows");
    }
    if !words.is_empty() {
        let sign = if slurm { "," } else { "" };
        printer.option(row, &words.join(sign).replace(',', sign));
    }
}

pub(super) fn print_users(printer: &mut Printer<'_>, row: &Row) {
    let Some(notice) = printer.job.policy.notices.first_mut() else { return };
    let to = std::mem::take(&mut notice.to);
    let users: Vec<String> = to.iter().filter_map(Text::as_literal).collect();
    let good = |user: &String| !user.is_empty() && !user.contains([',', '\n', '\r', '\0']) && user.trim() == user;
    if users.len() == to.len() && users.iter().all(good) && !users.is_empty() {
        printer.option(row, &users.join(","));
    } else if let Some(notice) = printer.job.policy.notices.first_mut() {
        notice.to = to;
    }
}
