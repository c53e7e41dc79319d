//! HTCondor DAGMan files: nodes, what they wait for, scripts around them, splices and files within files.
//!
//! The text is cut into lines and words ([`line`]), those into statements ([`statement`], by the table of [`command`]),
//! which become the model ([`lower`], [`node`]). What DAGMan takes but nobody means is said by [`doubts`].

mod assemble;
mod body;
mod command;
mod document;
mod doubts;
mod graft;
mod inline;
mod line;
mod lower;
mod node;
mod print;
mod rescue;
mod statement;

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};
pub use assemble::{Assembly, assemble};
use command::Word;
use line::Lines;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Dag,
    name: "dag",
    title: "HTCondor DAGMan file",
    extensions: &["dag"],
    recognise,
    read,
    print: Some(print::print),
};

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let document = document::read(&source.text, 0, diagnostics);
    let said = lower::lower(&document, std::slice::from_mut(diagnostics));
    if document.lost.is_empty() {
        doubts::say(&document.statements, &said, diagnostics);
    }
    Some(said)
}

/// How many statements of a text are looked at to recognise it.
const LOOKED_AT: usize = 40;

/// Whether most of the first statements are DAGMan's, and one of them is surely nothing else.
fn recognise(head: &str) -> bool {
    let mut lines = Lines::new(head);
    let (mut seen, mut ours, mut sure) = (0, 0, false);
    while let Some(line) = lines.next().filter(|_| seen < LOOKED_AT) {
        let mut words = line.words();
        let found: Vec<String> = std::iter::from_fn(|| words.next()).take(4).map(|word| word.text).collect();
        seen += 1;
        let Some(word) = found.first().and_then(|word| Word::of(word)) else { continue };
        let other = |number: usize| found.get(number).map_or("", String::as_str);
        if other(1).starts_with(['=', ':']) {
            continue;
        }
        let is = |number: usize, names: &[&str]| names.iter().any(|name| other(number).eq_ignore_ascii_case(name));
        ours += 1;
        sure |= match word {
            Word::Job | Word::Final | Word::Provisioner | Word::Service | Word::Splice | Word::SubmitDescription => {
                found.len() >= 3 && !other(2).starts_with(['=', ':'])
            }
            Word::Subdag => is(1, &["EXTERNAL"]),
            Word::Script => ["PRE", "POST", "HOLD", "DEFER", "DEBUG"].iter().any(|when| is(1, &[when])),
            Word::Parent => found.len() >= 4 || is(2, &["CHILD"]),
            Word::Weak => is(1, &["PARENT"]),
            Word::Retry | Word::MaxJobs | Word::Priority | Word::PinIn | Word::PinOut | Word::PreSkip => {
                other(2).parse::<i64>().is_ok()
            }
            Word::AbortDagOn | Word::NodeStatusFile | Word::JobstateLog | Word::SetJobAttr => found.len() >= 2,
            Word::Done => found.len() == 2,
            Word::Vars | Word::Category | Word::Connect => found.len() >= 3,
            _ => false,
        };
        // The lines of a submit description are no statements of this language.
        let end = match (found.len(), other(2)) {
            (3, "{") => Some("}".to_string()),
            (3, text) => text.strip_prefix("@=").map(|tag| format!("@{tag}")),
            _ => None,
        };
        if end.is_some_and(|end| lines.body(&end).is_none()) {
            break;
        }
    }
    sure && ours * 3 >= seen * 2
}
