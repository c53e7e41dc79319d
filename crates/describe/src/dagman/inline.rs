//! Submit descriptions of nodes: a submit file's text becomes the job that the node is.

use super::line::same;
use crate::language::Language;
use crate::{Diagnostic, Diagnostics, Source};
use pelago_job::description::{Job, Reference};
use pelago_job::{Description, ParamNo, Parameter, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// Macros that DAGMan defines for each job while it runs (`dagman_submit.cpp`), apart from the node's name.
pub(super) const RUNNING: [&str; 5] = ["RETRY", "FAILED_COUNT", "DAG_STATUS", "DAGManJobId", "DAG_PARENT_NAMES"];

/// A submit description with the macros of a node around it.
pub(super) struct Composed {
    /// The text for the reader of submit files.
    pub text: String,
    /// Where the description itself stands in it.
    body: Range<usize>,
    /// The macros of the node that it does not mention.
    unused: Reference,
}

/// Names that texts mention, in lower case.
#[derive(Default)]
pub(super) struct Mentioned(BTreeSet<String>);

impl Mentioned {
    /// Adds every name in a text.
    pub fn add(&mut self, text: &str) {
        let apart = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        self.0.extend(text.split(apart).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase));
    }

    /// Whether a macro may be used. Attributes are, whether mentioned or not, and so may odd names be.
    pub fn has(&self, name: &str) -> bool {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        !plain || self.0.contains(&name.to_ascii_lowercase())
    }
}

/// Puts a node's macros around a submit description: those that come before it, it, those that replace its own.
/// `running` are the values for [`RUNNING`].
pub(super) fn compose(body: &str, node: &str, reference: &Reference, running: &[(&str, &str)]) -> Composed {
    let mut mentioned = Mentioned::default();
    mentioned.add(body);
    // Values may use other macros.
    for (_, value) in reference.macros.iter().chain(&reference.overrides) {
        mentioned.add(&value.as_literal().unwrap_or_default());
    }
    let mut text = String::new();
    for (name, value) in std::iter::once(&("JOB", node)).chain(running) {
        if mentioned.has(name) {
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    let split = |list: &[(String, Text)]| -> (String, Vec<(String, Text)>) {
        let (used, unused): (Vec<_>, Vec<_>) = list.iter().cloned().partition(|(name, _)| mentioned.has(name));
        let line = |(name, value): (String, Text)| format!("{name} = {}\n", value.as_literal().unwrap_or_default());
        (used.into_iter().map(line).collect(), unused)
    };
    let (before, macros) = split(&reference.macros);
    let (replacing, overrides) = split(&reference.overrides);
    text.push_str(&before);
    let start = text.len();
    // What replaces the description's own definitions has to stand before its `queue`.
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let queue = lines.iter().position(|line| queues(line.trim_start()));
    let (definitions, queued) = lines.split_at(queue.unwrap_or(lines.len()));
    let body_end = if replacing.is_empty() { body.len() } else { definitions.iter().map(|line| line.len()).sum() };
    definitions.iter().for_each(|line| text.push_str(line));
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&replacing);
    queued.iter().for_each(|line| text.push_str(line));
    if queue.is_none() {
        text.push_str("queue\n");
    }
    Composed { text, body: start..start + body_end, unused: Reference { macros, overrides, ..Reference::default() } }
}

/// Whether a line is a `queue` statement.
fn queues(line: &str) -> bool {
    let word = line.split([' ', '\t', '(']).next().unwrap_or("");
    same(word, "queue") && !line.get(word.len()..).unwrap_or("").trim_start().starts_with('=')
}

impl Composed {
    /// Reads it, and puts it into the job. What is found is placed where the description stands: `place` gives the
    /// place of one of its bytes, and `whole` is the place of everything else.
    pub fn read(
        &self,
        whole: &Range<usize>,
        place: &dyn Fn(Range<usize>) -> Range<usize>,
    ) -> (Option<Description>, Vec<Diagnostic>) {
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("", self.text.as_str());
        let said = Language::Submit.read(&source, &mut diagnostics).filter(|_| !diagnostics.failed());
        let moved =
            |span: Range<usize>| match span.start >= self.body.start && span.end <= self.body.end && span != (0..0) {
                true => place(span.start - self.body.start..span.end - self.body.start),
                false => whole.clone(),
            };
        let mut found = diagnostics.finish();
        for diagnostic in &mut found {
            diagnostic.span = moved(diagnostic.span.clone());
            diagnostic.related.iter_mut().for_each(|(span, _)| *span = moved(span.clone()));
        }
        (said.map(|said| said.description), found)
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
    let mut numbers = Vec::new();
    for parameter in inner.parameters {
        // The same parameter of several nodes is one.
        let known = parameters.iter().position(|known| *known == parameter);
        let number = known.unwrap_or_else(|| {
            parameters.push(parameter);
            parameters.len() - 1
        });
        let Ok(number) = u16::try_from(number) else { return false };
        numbers.push(ParamNo(number));
    }
    made.renumber(&|number| numbers.get(usize::from(number.0)).copied().unwrap_or(number));
    let mut place = job.node.take();
    if let Some(reference) = place.as_mut().and_then(|place| place.reference.as_mut()) {
        reference.file = None;
        reference.macros.clone_from(&composed.unused.macros);
        reference.overrides.clone_from(&composed.unused.overrides);
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
