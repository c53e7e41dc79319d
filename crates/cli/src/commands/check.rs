//! `pelago check`: accepts files, or says what is wrong with them, with line and column.

use super::{print, style};
use crate::ending::{End, Failure};
use crate::render::json;
use crate::render::words::count;
use crate::subject;
use clap::Args;
use pelago_describe::diagnostic::{self, Diagnostic, Severity};
use pelago_describe::{Language, Source};
use pelago_job::{Domain, Parameter};
use pelago_plan::{Plan, PlanError, RowsFault};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Say whether files are right; if not, where and why
///
/// No other file is opened and nothing is run. The exit code is 0 if all are accepted, else 2.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The files; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "languages")]
    pub files: Vec<PathBuf>,
    /// The language they are in; recognised by their content if not said
    #[arg(long, value_name = "NAME", value_parser = subject::language)]
    pub language: Option<Language>,
    /// List the languages that are known
    #[arg(long)]
    pub languages: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &CheckArgs) -> Result<End, Failure> {
    if args.languages {
        print(&languages(args.json))?;
        return Ok(End::GOOD);
    }
    let (mut documents, mut rejected) = (Vec::new(), false);
    for path in &args.files {
        let verdict = match subject::read_source(path) {
            Ok(source) => check(source, args.language),
            Err(refusal) => {
                let name = path.display().to_string();
                let mut error = Diagnostic::new(Severity::Error, 0..0, refusal.what);
                error.help.extend(refusal.hint);
                Verdict {
                    source: Source::new(name, ""),
                    language: args.language,
                    diagnostics: vec![error],
                    plan: None,
                    tasks: 0,
                    accepted: false,
                    patterns: Vec::new(),
                }
            }
        };
        rejected |= !verdict.accepted;
        match args.json {
            true => documents.push(verdict.json()),
            false => print(&verdict.text())?,
        }
    }
    if args.json {
        print(&json::document(&json!({ "files": documents })))?;
    }
    Ok(End::Code(if rejected { 2 } else { 0 }))
}

/// The languages that are known, by name.
fn languages(json: bool) -> String {
    let mut all: Vec<Language> = Language::all().collect();
    all.sort_by_key(|language| language.name());
    if json {
        let one = |language: &Language| json!({ "name": language.name(), "title": language.title(), "written": language.prints() });
        return json::document(&json!({ "languages": all.iter().map(one).collect::<Vec<_>>() }));
    }
    let line = |language: &Language| {
        let only = if language.prints() { "" } else { " (only read)" };
        format!("{:<18}{}{only}\n", language.name(), language.title())
    };
    all.iter().map(line).collect()
}

/// What is to be said of one file.
struct Verdict {
    source: Source,
    language: Option<Language>,
    diagnostics: Vec<Diagnostic>,
    accepted: bool,
    /// Absent if it is rejected, or there is nothing to run.
    plan: Option<Plan>,
    /// How many tasks it describes.
    tasks: u64,
    /// Parameters whose values are the names of files.
    patterns: Vec<String>,
}

fn check(source: Source, language: Option<Language>) -> Verdict {
    // A script with plan lines in it holds a plan: whoever says `plan` of it is right.
    let language = match (language, Language::recognise(&source)) {
        (Some(Language::Plan), Some(Language::Embedded)) => Some(Language::Embedded),
        (language, _) => language,
    };
    let reading = pelago_describe::read(&source, language);
    let mut diagnostics = reading.diagnostics;
    let (mut patterns, mut accepted) = (Vec::new(), reading.said.is_some());
    let described = reading.said.as_ref().filter(|said| said.experiment.is_none());
    let described = described.map_or(0, |said| said.description.tasks());
    let plan = reading.said.and_then(|said| said.experiment).and_then(|experiment| {
        match subject::plan(&subject::imagined(&experiment)) {
            Ok(plan) => {
                let pattern = |p: &&Parameter| matches!(p.domain, Domain::Glob(_));
                patterns.extend(experiment.parameters.iter().filter(pattern).map(|p| p.name.clone()));
                diagnostics.extend(subject::warnings(&plan, &source));
                Some(plan)
            }
            // A `jobs` block without rows is legal; that nothing will run has been said.
            Err(errors) if errors.iter().all(|e| matches!(e, PlanError::BadRows { fault: RowsFault::Empty, .. })) => {
                None
            }
            Err(errors) => {
                accepted = false;
                diagnostics.extend(subject::plan_diagnostics(&errors, &source));
                None
            }
        }
    });
    let tasks = plan.as_ref().map_or(described, subject::tasks);
    Verdict { source, language: reading.language, diagnostics, plan, tasks, accepted, patterns }
}

impl Verdict {
    fn text(&self) -> String {
        let mut out = diagnostic::render(&self.diagnostics, &self.source, style().coloured());
        if !out.is_empty() {
            out.push('\n');
        }
        let language = self.language.map(|language| language.to_string()).unwrap_or_default();
        let name = crate::render::words::clean(&self.source.name);
        match self.accepted {
            true => {
                let by_pattern =
                    |plan: &Plan| plan.experiment().parameters.iter().any(|p| self.patterns.contains(&p.name));
                let exact = !self.plan.as_ref().is_some_and(by_pattern);
                let about = if exact { "" } else { " for each file that a pattern matches" };
                let said = format!("{language}, {}{about}", count(self.tasks, "task"));
                out.push_str(&format!("{name}: {} ({said})\n", style().good("ok")));
            }
            false => {
                let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count() as u64;
                out.push_str(&format!("{name}: {} ({})\n", style().bad("rejected"), count(errors, "error")));
            }
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "file": self.source.name,
            "language": self.language.map(|language| language.name()),
            "accepted": self.accepted,
            "tasks": self.accepted.then_some(self.tasks),
            "diagnostics": diagnostic::located(&self.diagnostics, &self.source),
        })
    }
}

/// Says why a document that was to be run is not, and ends with `code`: 2 if it is bad, 4 if it is refused here.
pub fn rejected(source: &Source, diagnostics: &[Diagnostic], as_json: bool, code: u8) -> Result<End, Failure> {
    if as_json {
        let diagnostics = diagnostic::located(diagnostics, source);
        print(&json::document(
            &json!({ "event": if code == 4 { "refused" } else { "rejected" }, "file": source.name, "diagnostics": diagnostics }),
        ))?;
        return Ok(End::Code(code));
    }
    let style = crate::render::style::Style::of(crate::terminal::colour(crate::terminal::Stream::Err));
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count() as u64;
    let shown = diagnostic::render(diagnostics, source, style.coloured());
    let name = crate::render::words::clean(&source.name);
    let said = match code {
        4 => format!("this machine refuses {name}, for {}", count(errors, "reason")),
        _ => format!("{name} has {}", count(errors, "error")),
    };
    let text = format!("{shown}\n{} {said}; nothing was run\n", style.bad("error:"));
    crate::terminal::tell(&text);
    Ok(End::Code(code))
}
