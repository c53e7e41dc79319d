//! InfoGram's requests (von Laszewski, Foster and others, HPDC 2002): Globus RSL for jobs, with a time limit and what to do
//! at it, Java archives as programs, and the same form for questions to the information service.

use super::attribute::{Attribute, Field, Shape, with_another};
use super::clause::Clause;
use super::dialect::Dialect;
use super::evaluate::{Item, Undefined, Word};
use super::parse::shortened;
use super::print::{Printer, number_item, whole};
use super::read::{Clauses, Reader, command};
use super::token::Syntax;
use super::{gram, write};
use crate::{Diagnostics, Rest, spelling};
use pelago_job::description::{Launcher, Query, Response, Starter, Text};

/// Milliseconds of a second: times are in milliseconds, like the configuration's times to live.
const MILLIS: f64 = 1000.0;

/// The dialect.
pub(super) static INFOGRAM: Dialect = Dialect {
    name: "infogram",
    reader: "InfoGram",
    syntax: Syntax::Globus,
    undefined: Undefined::Late,
    strict: true,
    asks: true,
    tables: &[&OWN, &gram::TABLE, &gram::REST],
    foreign: &[],
    finish,
    prepare,
};

/// What jobs have beyond Globus RSL. The times come before GRAM's minutes, which say less.
static OWN: [Attribute; 2] = [
    Attribute::new(
        "timeout",
        "timeout",
        Shape::Whole(1),
        "/application/limits/wall_time",
        Field::Own(read_timeout, print_timeout),
    ),
    Attribute::new(
        "action",
        "action",
        Shape::OneOf(&["cancel", "exception"]),
        "/application/limits/wall_time",
        Field::Own(read_action, with_another),
    ),
];

/// What questions are made of.
const TAGS: [&str; 7] = ["info", "schema", "response", "quality", "performance", "filter", "format"];

/// The attribute of jobs that only this dialect has.
pub(super) fn own(name: &str) -> Option<&'static Attribute> {
    OWN.iter().find(|attribute| attribute.name == name)
}

/// Whether clauses ask for information.
pub(super) fn is_query(clauses: &[Clause]) -> bool {
    clauses.iter().any(|clause| TAGS.contains(&clause.name.as_str())) || clauses.is_empty()
}

/// Whether the names of attributes are surely of this dialect.
pub(super) fn recognise(names: &[String]) -> bool {
    let said = |name: &str| names.iter().any(|known| known == name);
    let asks = ["info", "response", "quality", "performance"].into_iter().any(said);
    asks || said("timeout") && said("action")
}

fn read_timeout(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.timeout = clause.number().map(|number| (number, clause.name_span.clone()));
}

fn read_action(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.action = clause.text().map(|text| (text.to_string(), clause.name_span.clone()));
}

fn finish(reader: &mut Reader<'_>) {
    gram::finish(reader);
    let executable = reader.job.application.commands.first().and_then(|command| command.executable.as_ref());
    let executable = executable.and_then(|path| path.text.clone());
    if executable.as_ref().is_some_and(is_archive) {
        let class_path = executable.into_iter().collect();
        reader.job.application.launcher = Launcher { class_path, ..Launcher::by(Starter::Java) };
    }
    let exception = matches!(&reader.draft.action, Some((action, _)) if action == "exception");
    match (reader.draft.timeout.clone(), reader.draft.action.clone()) {
        (None, None) => {}
        (None, Some((_, span))) => {
            let warning =
                reader.diagnostics.warning(span, "`action` says what happens at the `timeout`, and there is none");
            warning.help("add for example `(timeout=1000)`: milliseconds");
        }
        // The job goes on after its time, so it is no limit.
        (Some((time, _)), Some(_)) if exception => {
            reader.keep("timeout", write::clause("timeout", "=", &[number_item(time)]), false);
            let exception = Item::Word(Word::literal("exception"));
            reader.keep("action", write::clause("action", "=", &[exception]), false);
        }
        (Some((time, span)), action) => {
            if action.is_none() {
                reader.diagnostics.note(span.clone(), "no `action` is said: the job is cancelled at its `timeout`");
            }
            if reader.job.application.limits.wall_time.is_some() {
                let message = "`timeout` counts, the other limits on the time by the clock do not";
                reader.diagnostics.warning(span, message);
            }
            reader.job.application.limits.wall_time = Some(time / MILLIS);
        }
    }
}

fn is_archive(text: &Text) -> bool {
    text.as_literal().is_some_and(|text| text.ends_with(".jar"))
}

fn prepare(printer: &mut Printer<'_>) {
    gram::prepare(printer);
    const PART: &str = "/application/launcher";
    let executable = command(printer.job()).executable.as_ref().and_then(|path| path.text.clone());
    let archive = executable.filter(is_archive).map(|archive| {
        let class_path = vec![archive];
        Launcher { class_path, ..Launcher::by(Starter::Java) }
    });
    if let Some(java) = archive {
        let launcher = std::mem::take(&mut printer.job().application.launcher);
        if launcher != java {
            printer.changed(PART, java, "InfoGram runs whatever is named `.jar` by its Java machine");
        }
    }
}

/// `timeout` and `action`
fn print_timeout(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    if printer.keeps("timeout") {
        return;
    }
    let Some(seconds) = printer.job().application.limits.wall_time else { return };
    let Some(millis) = whole(seconds * MILLIS, 1.0) else { return };
    printer.job().application.limits.wall_time = None;
    if millis / MILLIS != seconds {
        printer.changed(attribute.part, millis / MILLIS, "rounded up to whole milliseconds");
    }
    printer.say(attribute.shown, &[number_item(millis)]);
    printer.say("action", &[Item::Word(Word::literal("cancel"))]);
}

/// Reads a question.
pub(super) fn query(clauses: &Clauses, jobs: usize, diagnostics: &mut Diagnostics) -> Query {
    let mut query = Query { after: u32::try_from(jobs).ok().filter(|jobs| *jobs > 0), ..Query::default() };
    let mut everything = None;
    for (text, span) in &clauses.alternatives {
        diagnostics.error(span.clone(), "a question has no alternatives").label(shortened(text));
    }
    for clause in &clauses.list {
        let before = diagnostics.errors();
        let fits = clause.fits(if clause.name == "filter" { Shape::Words } else { Shape::Word }, diagnostics);
        let (span, value) = (clause.values_span(), clause.word().map(Word::shown).unwrap_or_default());
        let text = || Text::literal(value.clone());
        let twice = match clause.name.as_str() {
            _ if !fits || diagnostics.errors() > before => false,
            "info" => {
                query.keywords.push(text());
                false
            }
            "schema" => {
                query.keywords.push(Text::literal("schema"));
                query.others.push(("schema".into(), text()));
                false
            }
            "response" => {
                let response = match value.to_ascii_lowercase().as_str() {
                    "immediate" => Some(Response::Immediate),
                    "cached" => Some(Response::Cached),
                    "last" => Some(Response::Last),
                    _ => {
                        let near = spelling::nearest(&value, ["immediate", "cached", "last"]);
                        let message =
                            format!("`response` takes `immediate`, `cached` or `last`, found `{}`", shortened(&value));
                        diagnostics.error(span, message).did_you_mean(near);
                        None
                    }
                };
                response.is_some_and(|response| query.response.replace(response).is_some())
            }
            "quality" => {
                let number = value.trim_end_matches('%').parse::<f64>().ok();
                if !number.is_some_and(|number| (0.0..=100.0).contains(&number)) {
                    let message = format!("`quality` takes percent, from 0 to 100, found `{}`", shortened(&value));
                    diagnostics.error(span, message);
                }
                query.quality.replace(text()).is_some()
            }
            "performance" => {
                match value.to_ascii_lowercase().as_str() {
                    "yes" | "" => everything = Some(span),
                    "no" => {}
                    _ => query.performance.push(text()),
                }
                false
            }
            "filter" => {
                let words: Vec<String> = clause.words().map(Word::shown).collect();
                query.filter.replace(Text::literal(words.join(" "))).is_some()
            }
            "format" => {
                if !["xml", "ldif", "json", "dsml"].contains(&value.to_ascii_lowercase().as_str()) {
                    let near = spelling::nearest(&value, ["xml", "ldif", "json"]);
                    let message = format!("`format` takes `xml`, `ldif` or `json`, found `{}`", shortened(&value));
                    diagnostics.error(span, message).did_you_mean(near);
                }
                query.format.replace(text()).is_some()
            }
            _ => {
                foreign(clause, diagnostics);
                false
            }
        };
        if twice {
            let message = format!("`{}` is said twice: the last counts", clause.written);
            diagnostics.warning(clause.name_span.clone(), message);
        }
    }
    if everything.is_some() {
        query.performance = query.keywords.clone();
    }
    checked(&query, clauses, diagnostics);
    query
}

/// An attribute that no question has: one of jobs, or an unknown one.
fn foreign(clause: &Clause, diagnostics: &mut Diagnostics) {
    let span = clause.name_span.clone();
    if INFOGRAM.attribute(&clause.name).is_some() {
        diagnostics
            .error(span, format!("a request either asks or runs a job, and `{}` is of jobs", clause.written))
            .help("write two requests: `+(&(info=CPU))(&(executable=/bin/date))`");
        return;
    }
    let near = spelling::nearest(&clause.written, TAGS);
    let message = format!("`{}` is no tag of a question", shortened(&clause.written));
    diagnostics.error(span, message).did_you_mean(near);
}

fn checked(query: &Query, clauses: &Clauses, diagnostics: &mut Diagnostics) {
    let place = |name: &str| {
        let found = clauses.list.iter().find(|clause| clause.name == name);
        found.map_or(clauses.span.clone(), |clause| clause.name_span.clone())
    };
    if clauses.list.is_empty() {
        diagnostics.error(clauses.span.clone(), "the request says nothing");
    } else if query.keywords.is_empty() && query.performance.is_empty() {
        diagnostics
            .error(clauses.span.clone(), "the question names no keyword")
            .help("say what you want to know: `(info=CPU)`, `(info=all)`, or `(info=schema)` for what there is");
    }
    match query.response {
        Some(Response::Immediate) if query.quality.is_some() => {
            diagnostics.warning(place("quality"), "`quality` has no effect: the answer is measured anew");
        }
        Some(Response::Last) if query.quality.is_some() => {
            let message = "`quality` has no effect: the last answer is given, with its quality";
            diagnostics.warning(place("quality"), message);
        }
        _ => {}
    }
}

/// Whether a question has its turn before a job.
pub(super) fn is_due(rest: &Rest, query: usize, job: usize) -> bool {
    let after = rest.left.queries.get(query).and_then(|query| query.after).unwrap_or(0);
    usize::try_from(after).is_ok_and(|after| after <= job)
}

/// Prints a question; `jobs` stand before it.
pub(super) fn print_query(rest: &mut Rest, position: usize, jobs: usize) -> Vec<String> {
    let Some(query) = rest.left.queries.get_mut(position) else { return Vec::new() };
    let mut out = Vec::new();
    let literal = |text: &Text| text.as_literal();
    let mut say = |name: &str, text: String| out.push(write::clause(name, "=", &[Item::Word(Word::literal(text))]));
    // `schema` may have been a tag of its own.
    let schema: Option<Vec<String>> = query.others.iter().map(|(_, text)| literal(text)).collect();
    let schema = schema.filter(|_| query.others.iter().all(|(name, _)| name == "schema")).unwrap_or_default();
    let keywords: Option<Vec<String>> = query.keywords.iter().map(literal).collect();
    if let Some(keywords) = keywords {
        let mut tags = schema.into_iter();
        for keyword in keywords {
            match tags.next().filter(|_| keyword == "schema") {
                Some(value) => say("schema", value),
                None => say("info", keyword),
            }
        }
        query.keywords.clear();
        query.others.clear();
    }
    if let Some(response) = query.response.take() {
        let word = match response {
            Response::Immediate => "immediate",
            Response::Cached => "cached",
            Response::Last => "last",
        };
        say("response", word.into());
    }
    for (name, field) in [("quality", &mut query.quality), ("filter", &mut query.filter), ("format", &mut query.format)]
    {
        if let Some(text) = field.as_ref().and_then(literal) {
            *field = None;
            say(name, text);
        }
    }
    let performance: Option<Vec<String>> = query.performance.iter().map(literal).collect();
    if let Some(performance) = performance {
        performance.into_iter().for_each(|keyword| say("performance", keyword));
        query.performance.clear();
    }
    let after = query.after.take();
    let now = u32::try_from(jobs).ok().filter(|jobs| *jobs > 0);
    if after != now {
        rest.changed(format!("/queries/{position}/after"), now, "questions come in the order of the document");
    }
    out
}
