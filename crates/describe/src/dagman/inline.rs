//! Submit descriptions of nodes: a submit file's text becomes the job that the node is.

use super::line::same;
use crate::{Beside, Diagnostic, Diagnostics, Origins, Said, Severity, Source};
use pelago_job::description::{Job, Reference};
use pelago_job::{Description, ParamNo, Parameter, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// Macros that DAGMan defines for each job while it runs (`dagman_submit.cpp`), apart from the node's name.
const RUNNING: [&str; 5] = ["RETRY", "FAILED_COUNT", "DAG_STATUS", "DAGManJobId", "DAG_PARENT_NAMES"];

/// A submit description with the macros of a node around it.
pub(super) struct Composed {
    /// The text for the reader of submit files.
    pub text: String,
    /// Where the description itself stands in it.
    body: Range<usize>,
    /// The macros of the node; when it was read, those that it does not use.
    macros: Reference,
}

/// Whether a submit description uses a macro that only a running DAG has a value for: `$(RETRY)` and the like.
pub(super) fn runs(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        let open = rest.find('(').filter(|at| rest.bytes().take(*at).all(|b| b.is_ascii_alphabetic()));
        let name = open.and_then(|at| rest.get(at + 1..)).and_then(|rest| rest.split([')', ':', ',']).next());
        name.is_some_and(|name| RUNNING.iter().any(|running| running.eq_ignore_ascii_case(name.trim())))
    })
}

/// Puts a node's macros around a submit description: those that come before it, it, those that replace its own.
pub(super) fn compose(body: &str, node: &str, reference: &Reference) -> Composed {
    let lines = |list: &[(String, Text)]| -> String {
        let line = |(name, value): &(String, Text)| format!("{name} = {}\n", value.as_literal().unwrap_or_default());
        list.iter().map(line).collect()
    };
    let mut text = format!("JOB = {node}\n");
    if runs(body) {
        RUNNING.iter().for_each(|name| text.push_str(&format!("{name} = 0\n")));
    }
    text.push_str(&lines(&reference.macros));
    let start = text.len();
    // What replaces the description's own definitions has to stand before its `queue`.
    let all: Vec<&str> = body.split_inclusive('\n').collect();
    let queue = all.iter().position(|line| queues(line.trim_start()));
    let (definitions, queued) = all.split_at(queue.unwrap_or(all.len()));
    let overrides = lines(&reference.overrides);
    let end = if overrides.is_empty() { body.len() } else { definitions.iter().map(|line| line.len()).sum() };
    definitions.iter().for_each(|line| text.push_str(line));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&overrides);
    queued.iter().for_each(|line| text.push_str(line));
    if queue.is_none() {
        text.push_str("queue\n");
    }
    Composed { text, body: start..start + end, macros: reference.clone() }
}

/// Whether a line is a `queue` statement.
fn queues(line: &str) -> bool {
    let word = line.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    same(word, "queue") && !line.get(word.len()..).unwrap_or("").trim_start().starts_with('=')
}

impl Composed {
    /// Reads it. What is found is placed where the description stands: `place` gives the place of some of its bytes,
    /// and `whole` is the place of everything else. Files that it names are opened if somebody does.
    pub fn read(
        &mut self,
        whole: &Range<usize>,
        place: &dyn Fn(Range<usize>) -> Range<usize>,
        beside: Option<&mut dyn Beside>,
    ) -> (Option<Said>, Vec<Diagnostic>) {
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("", self.text.as_str());
        let said = crate::submit::read_with(&source, beside, &mut diagnostics).filter(|_| !diagnostics.failed());
        let body = self.body.clone();
        let inside = |span: &Range<usize>| span.start >= body.start && span.end <= body.end;
        let moved = |span: &Range<usize>| match inside(span) {
            true => place(span.start - body.start..span.end - body.start),
            false => whole.clone(),
        };
        let mut found = diagnostics.finish(&source.text);
        // Macros that a node has for nothing are no fault of the description.
        found.retain(|diagnostic| diagnostic.severity == Severity::Error || inside(&diagnostic.span));
        for diagnostic in &mut found {
            diagnostic.span = moved(&diagnostic.span);
            diagnostic.related.iter_mut().for_each(|(span, _)| *span = moved(span));
        }
        let said = said.map(|mut said| {
            let mut origins = Origins::default();
            said.origins
                .iter()
                .filter(|(_, span)| inside(span))
                .for_each(|(part, span)| origins.note(part, moved(span)));
            said.origins = origins;
            self.sort_out(&mut said.description);
            said
        });
        (said, found)
    }

    /// Takes what was put around the description and not used out of what was read, and keeps just that as the
    /// node's macros.
    fn sort_out(&mut self, description: &mut Description) {
        let own = self.macros.macros.iter().chain(&self.macros.overrides).map(|(name, _)| name.as_str());
        let own: BTreeSet<String> = own.chain(RUNNING).chain(["JOB"]).map(str::to_ascii_lowercase).collect();
        let mut unused = BTreeSet::new();
        description.extensions.retain(|extension| {
            let name = extension.name.to_ascii_lowercase();
            let ours = own.contains(&name);
            if ours {
                unused.insert(name);
            }
            !ours
        });
        for list in [&mut self.macros.macros, &mut self.macros.overrides] {
            list.retain(|(name, _)| unused.contains(&name.to_ascii_lowercase()));
        }
    }
}

/// Whether a description is one job and nothing else, so that a node can be it.
pub(super) fn is_one_job(description: &Description) -> bool {
    let Description { name, description, parameters: _, jobs, edges, throttles, queries, proof_variables, extensions } =
        description;
    let rest =
        name.is_none() && description.is_none() && edges.is_empty() && throttles.is_empty() && queries.is_empty();
    rest && proof_variables.is_empty() && extensions.is_empty() && jobs.len() == 1
}

/// Makes a job of the only job of another description: everything but its name and what it is as a node, unless the
/// node says that itself. `false` when there are too many parameters.
pub(super) fn adopt(
    job: &mut Job,
    parameters: &mut Vec<Parameter>,
    composed: &Composed,
    mut inner: Description,
) -> bool {
    let Some(mut made) = inner.jobs.pop() else { return true };
    let Some(numbers) = merge(parameters, inner.parameters) else { return false };
    made.renumber(&|number| numbers.get(usize::from(number.0)).copied().unwrap_or(number));
    let mut place = job.node.take();
    if let Some(reference) = place.as_mut().and_then(|place| place.reference.as_mut()) {
        reference.file = None;
        reference.macros.clone_from(&composed.macros.macros);
        reference.overrides.clone_from(&composed.macros.overrides);
        if *reference == Reference::default()
            && let Some(place) = &mut place
        {
            place.reference = None;
        }
    }
    let policy = std::mem::take(&mut job.policy);
    made.name = job.name.take();
    made.node = place;
    made.extensions.extend(std::mem::take(&mut job.extensions));
    made.policy.retries = policy.retries.or(made.policy.retries);
    made.policy.priority = made.policy.priority.or(policy.priority);
    *job = made;
    true
}

/// Puts parameters to others; gives the number of each. The same parameter of several nodes is one. `None` when there
/// are too many.
pub(super) fn merge(parameters: &mut Vec<Parameter>, others: Vec<Parameter>) -> Option<Vec<ParamNo>> {
    let mut numbers = Vec::new();
    for parameter in others {
        let known = parameters.iter().position(|known| *known == parameter);
        let number = known.unwrap_or_else(|| {
            parameters.push(parameter);
            parameters.len() - 1
        });
        numbers.push(ParamNo(u16::try_from(number).ok()?));
    }
    Some(numbers)
}
