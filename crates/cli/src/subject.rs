//! What is to be run: a plan file, or a command with parameters; read, with its problems shown.

use crate::beside::Folder;
use crate::ending::bad_input;
use crate::machine;
use crate::render::style::Style;
use crate::state::DirArg;
use crate::terminal;
use clap::Args;
use pelago_describe::dagman::{self, Assembly};
use pelago_describe::diagnostic::{self, Diagnostic, Severity};
use pelago_describe::ground::Grounded;
use pelago_describe::{Language, Reading, Source, bare};
use pelago_job::{Description, Domain, Experiment, GroupNo, Role};
use pelago_plan::Plan;
use pelago_plan::PlanError;
use pelago_site::submit;
use pelago_wire::message::Refusal;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The arguments that say what is to be run.
#[derive(Args, Clone, Debug)]
pub struct SubjectArgs {
    /// The plan; `-` reads it from standard input
    #[arg(value_name = "FILE", required_unless_present = "command", conflicts_with = "command")]
    pub file: Option<PathBuf>,

    /// Values of a parameter: 1:10, 1:10:2 (from, to inclusive, step), 0..1/5 (five points, both ends), a,b,c,
    /// @FILE (one on each line), 'data/*.csv' (files). Parameters cross: every value of one with every value of the others
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUES", value_parser = pair)]
    pub parameters: Vec<(String, String)>,

    /// Values of a seqameter: each task waits for the one with the value before it
    #[arg(short = 's', long = "seqameter", value_name = "NAME=VALUES", value_parser = pair)]
    pub seqameters: Vec<(String, String)>,

    /// A file that the command reads, relative to this directory; may contain {name}. With --input or --output each task
    /// runs in a working directory of its own, and one whose command and inputs are as before is not run again
    #[arg(long = "input", value_name = "FILE", conflicts_with = "file")]
    pub inputs: Vec<String>,

    /// A file that the command makes; may contain {name}. It comes home to this directory
    #[arg(long = "output", value_name = "FILE", conflicts_with = "file")]
    pub outputs: Vec<String>,

    /// The language that the file is in; recognised by its content if not said
    #[arg(long, value_name = "NAME", value_parser = language, conflicts_with = "command")]
    pub language: Option<Language>,

    /// A command instead of a plan; {name} becomes the value of that parameter, {} that of the only one, {{name}} gives
    /// {name}
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `NAME=VALUES`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, values) = text.split_once('=').ok_or("write NAME=VALUES, for example x=1:10")?;
    Ok((name.trim().to_string(), values.to_string()))
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The experiment; globs and random values not yet resolved.
    pub experiment: Experiment,
    /// The experiment directory, absolute.
    pub root: PathBuf,
    /// For each parameter given on the command line, how many values it has.
    pub lines: Vec<String>,
    /// The plan's text, if it is a plan.
    pub source: Option<Source>,
    /// Warnings and notes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum Unusable {
    /// The text has errors: exit code 2; or it asks for what this machine cannot give: exit code 4.
    Rejected(Source, Vec<Diagnostic>, u8),
    /// Anything else.
    Refused(Refusal),
}

impl From<Refusal> for Unusable {
    fn from(refusal: Refusal) -> Self {
        Unusable::Refused(refusal)
    }
}

impl SubjectArgs {
    /// Reads it; nothing is made on disk.
    pub fn read(&self, dir: &DirArg) -> Result<Subject, Unusable> {
        match &self.file {
            Some(path) => self.read_document(path, dir),
            None => Ok(self.read_command()?),
        }
    }

    fn read_command(&self) -> Result<Subject, Refusal> {
        let (experiment, lines) = bare::experiment(
            &self.parameters,
            &self.seqameters,
            &self.inputs,
            &self.outputs,
            &self.command,
            &read_values,
        )
        .map_err(|error| {
            bad_input(error.to_string(), "`pelago run --help` shows all forms of values, with examples")
        })?;
        let root = std::env::current_dir().map_err(|error| no_directory(Path::new("."), &error))?;
        let lines = lines.into_iter().map(|line| with_count(line, &experiment, &root)).collect();
        Ok(Subject { experiment, root, lines, source: None, diagnostics: Vec::new() })
    }

    fn read_document(&self, path: &Path, dir: &DirArg) -> Result<Subject, Unusable> {
        let source = read_source(path)?;
        let root = directory_of(path)?;
        let reading = pelago_describe::read_beside(&source, self.language, &mut Folder(&root));
        let Reading { said, mut diagnostics, language } = reading;
        let Some(mut said) = said else {
            return Err(Unusable::Rejected(source, diagnostics, 2));
        };
        let mut assembly = None;
        if language == Some(Language::Dag) {
            match put_together(&source, &root) {
                Ok((description, whole)) => {
                    // Where nothing was put in, the DAG's own statements are known more closely.
                    let names = |of: &Description| of.jobs.iter().map(|job| job.name.clone()).collect::<Vec<_>>();
                    if names(&said.description) != names(&description) {
                        said.origins = whole.origins.clone();
                    }
                    said.description = description;
                    for doubt in doubts(&whole) {
                        if !diagnostics.contains(&doubt) {
                            diagnostics.push(doubt);
                        }
                    }
                    assembly = Some(whole);
                }
                Err(found) => {
                    diagnostics.extend(found);
                    return Err(Unusable::Rejected(source, diagnostics, 2));
                }
            }
        }
        let grounds = said.experiment.is_none();
        if grounds {
            submit::look_up_files(&mut said.description.parameters, &root);
        }
        let mut experiment = match machine::grounded(&said, language, source.stem(), &root, &dir.place(&root))? {
            Ok(Grounded { experiment, notes }) => {
                diagnostics.extend(notes.iter().map(|note| note.diagnostic(&said.origins)));
                experiment
            }
            Err(refusals) => {
                let refused = refusals.iter().map(|refusal| {
                    let mut shown = refusal.diagnostic(&said.origins, language);
                    let inside = assembly.as_ref().and_then(|assembly| assembly.inside(&refusal.part));
                    shown.notes.extend(inside.map(|line| format!("it is asked for in {line}")));
                    shown
                });
                diagnostics.extend(refused);
                return Err(Unusable::Rejected(source, diagnostics, 4));
            }
        };
        let mut lines = Vec::new();
        let mut given = std::collections::BTreeSet::new();
        let mut named = self.parameters.iter().chain(&self.seqameters);
        if let Some((name, _)) = named.find(|(name, _)| !given.insert(name.as_str())) {
            let hint = "give all its values at once, for example -p x=1,2";
            return Err(bad_input(format!("parameter `{name}` is given twice"), hint).into());
        }
        for (name, spec) in self.parameters.iter().chain(&self.seqameters) {
            let line = pelago_describe::override_domain(&mut experiment, name, spec, &read_values)
                .map_err(|error| bad_input(error.to_string(), format!("the plan is {}", path.display())))?;
            lines.push(line);
        }
        // What the site resolves (patterns, random values) it also checks.
        if let Err(errors) = if resolved(&experiment) { plan(&experiment).map(drop) } else { Ok(()) } {
            diagnostics.extend(plan_diagnostics(&errors, &source));
            return Err(Unusable::Rejected(source, diagnostics, 2));
        }
        let lines = lines.into_iter().map(|line| with_count(line, &experiment, &root)).collect();
        Ok(Subject { experiment, root, lines, source: Some(source), diagnostics })
    }
}

/// How many files a pattern has found, beside the pattern.
fn with_count(line: String, experiment: &Experiment, root: &Path) -> String {
    let globs = experiment.parameters.iter().filter_map(|parameter| match &parameter.domain {
        Domain::Glob(patterns) => Some((&parameter.name, patterns)),
        _ => None,
    });
    let mut of_line = globs.filter(|(name, _)| line.split_once(':').is_some_and(|(of, _)| of == name.as_str()));
    let Some((name, patterns)) = of_line.next() else { return line };
    let found = submit::glob(patterns, root);
    match (found.first(), found.last()) {
        (Some(one), _) if found.len() == 1 => format!("{name}: 1 value ({one})"),
        (Some(first), Some(last)) => format!("{name}: {} values ({first} … {last})", found.len()),
        // That it is none is an error, which says more.
        _ => line,
    }
}

/// A workflow with all files that it names. What is wrong in those is said at once, with their lines.
fn put_together(source: &Source, root: &Path) -> Result<(Description, Assembly), Vec<Diagnostic>> {
    let mut assembly = dagman::assemble(source, &mut Folder(root));
    if let Some(description) = assembly.description.take() {
        return Ok((description, assembly));
    }
    let (own, others): (Vec<_>, Vec<_>) = assembly.files.drain(..).enumerate().partition(|(number, _)| *number == 0);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    let mut found: Vec<Diagnostic> = own.into_iter().flat_map(|(_, (_, found))| found).filter(is_error).collect();
    let colour = terminal::colour(terminal::Stream::Err);
    for (_, (file, wrong)) in others.into_iter().filter(|(_, (_, wrong))| wrong.iter().any(is_error)) {
        terminal::tell(&(diagnostic::render(&wrong, &file, Style::of(colour).coloured()) + "\n"));
        let what = format!("`{}`, which the workflow names, has errors", file.name);
        found.push(Diagnostic::new(Severity::Error, 0..0, what));
    }
    Err(found)
}

/// What is doubtful about the files of a workflow. Reading the workflow itself has said what is so about its own text, but not
/// what the files that it names make of it.
fn doubts(assembly: &Assembly) -> Vec<Diagnostic> {
    let warning = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Warning;
    let mut doubts = Vec::new();
    for (number, (file, found)) in assembly.files.iter().enumerate() {
        for diagnostic in found.iter().filter(warning) {
            let mut shown = diagnostic.clone();
            if number > 0 {
                shown.message = format!("in `{}`: {}", file.name, shown.message);
                (shown.span, shown.related) = (0..0, Vec::new());
            }
            doubts.push(shown);
        }
    }
    doubts
}

/// The absolute directory of a plan; of `-`, the one we are in.
pub fn directory_of(path: &Path) -> Result<PathBuf, Refusal> {
    let parent = match path.parent() {
        Some(parent) if path != Path::new("-") && parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    parent.canonicalize().map_err(|error| no_directory(parent, &error))
}

fn no_directory(path: &Path, error: &std::io::Error) -> Refusal {
    bad_input(
        format!("the experiment directory `{}` cannot be used: {error}", path.display()),
        "give a plan in a directory that exists and that you may enter",
    )
}

/// The text of a plan; `-` is standard input. Of a file without end no more is read than a text may be long.
pub fn read_source(path: &Path) -> Result<Source, Refusal> {
    let stdin = path == Path::new("-");
    let name = if stdin { "<stdin>".to_string() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let limit = pelago_describe::MAX_TEXT as u64;
    let too_large = |size: String| {
        let help = "keep long lists of values in files of their own, as `-p NAME=@FILE`, or divide the document";
        bad_input(format!("`{name}` is too large: {size}, and the limit is {limit} bytes"), help)
    };
    let unreadable = |error| {
        bad_input(format!("`{name}` cannot be read: {error}"), "give the path of a plan, or `-` for standard input")
    };
    match stdin {
        true => std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?,
        false => {
            let file = std::fs::File::open(path).map_err(unreadable)?;
            let size = file.metadata().map_or(0, |metadata| metadata.len());
            if size > limit {
                return Err(too_large(format!("{size} bytes")));
            }
            file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?
        }
    };
    // What has no end, or no size, is only known to be too large.
    if bytes.len() as u64 > limit {
        return Err(too_large(format!("more than {limit} bytes")));
    }
    Source::from_bytes(name, &bytes).map_err(|error| Refusal { what: error.to_string(), hint: None, code: 2 })
}

/// The file of `-p x=@FILE`.
fn read_values(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(pelago_describe::MAX_TEXT as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether every parameter has its values already.
pub fn resolved(experiment: &Experiment) -> bool {
    !experiment.parameters.iter().any(|p| matches!(p.domain, Domain::Glob(_) | Domain::Random { .. }))
}

/// The plan of an experiment.
pub fn plan(experiment: &Experiment) -> Result<Plan, Vec<PlanError>> {
    Plan::compile(Arc::new(experiment.clone()))
}

/// An experiment whose values can be counted without looking at a disk or drawing anything: a pattern stands for one
/// file, random values for even ones.
pub fn imagined(experiment: &Experiment) -> Experiment {
    let mut experiment = experiment.clone();
    for parameter in &mut experiment.parameters {
        let domain = match &parameter.domain {
            Domain::Glob(patterns) => Some(Domain::List(vec![patterns.join(",")])),
            Domain::Random { from, to, count, integer: false } => {
                let step = (to - from) / (*count).max(1) as f64;
                Some(Domain::Floats {
                    from: *from,
                    step,
                    last: from + step * count.saturating_sub(1) as f64,
                    count: *count,
                    point: true,
                })
            }
            Domain::Random { from, count, integer: true, .. } => {
                Some(Domain::Integers { from: *from as i64, step: 1, count: *count })
            }
            _ => None,
        };
        if let Some(domain) = domain {
            parameter.domain = domain;
        }
    }
    experiment
}

/// Errors of planning as diagnostics, at the line they are about.
pub fn plan_diagnostics(errors: &[PlanError], source: &Source) -> Vec<Diagnostic> {
    errors.iter().map(|error| diagnostic(Severity::Error, &error.to_string(), task_of(error), source)).collect()
}

/// Warnings of planning as diagnostics.
pub fn warnings(plan: &Plan, source: &Source) -> Vec<Diagnostic> {
    plan.warnings().iter().map(|warning| diagnostic(Severity::Warning, &warning.to_string(), None, source)).collect()
}

/// A diagnostic of a message that says what to do after its last semicolon.
fn diagnostic(severity: Severity, text: &str, task: Option<&str>, source: &Source) -> Diagnostic {
    let (what, help) = match text.rsplit_once("; ") {
        Some((what, help)) => (what, Some(help)),
        None => (text, None),
    };
    let mut diagnostic = Diagnostic::new(severity, place(text, task, source), what);
    diagnostic.help.extend(help.map(str::to_string));
    diagnostic
}

/// The task that an error is about, if it names one by its values: `main(x=3)`.
fn task_of(error: &PlanError) -> Option<&str> {
    match error {
        PlanError::Cycle { needs } => needs.first().map(|need| need.task.as_str()),
        PlanError::SameFile { first, .. } | PlanError::SameName { first, .. } => Some(first),
        PlanError::Forward { reader, .. } => Some(reader),
        _ => None,
    }
}

/// Where what a message is about is declared: a task, else a parameter, that it quotes; the whole text if it names neither.
fn place(text: &str, task: Option<&str>, source: &Source) -> Range<usize> {
    let end = ['`', '(', ' '];
    let quoted = |word: &str| text.split_once(word).and_then(|(_, rest)| rest.split(end).next());
    let task = task.and_then(|label| label.split(end).next()).or_else(|| quoted("task `"));
    let declaration = |words: &[&str], name: &str| {
        let mut start = 0;
        source.text.split_inclusive('\n').find_map(|line| {
            let begins = start + (line.len() - line.trim_start().len());
            start += line.len();
            let mut parts = line.split_whitespace();
            let declares = parts.next().is_some_and(|word| words.contains(&word))
                && parts.next().is_some_and(|word| word.trim_end_matches(';') == name);
            declares.then(|| begins..begins + line.trim().len())
        })
    };
    let task = task.and_then(|name| declaration(&["task"], name));
    let parameter = || quoted("parameter `").and_then(|name| declaration(&["parameter", "seqameter"], name));
    task.or_else(parameter).unwrap_or(0..0)
}

/// How many tasks a plan is about: those of all combinations, not those that run first, last or on events.
pub fn tasks(plan: &Plan) -> u64 {
    let groups = (0..).map(GroupNo).zip(&plan.experiment().groups);
    let counted = groups.filter(|(_, group)| matches!(group.role, Role::Main | Role::Other));
    counted.fold(0, |sum, (number, _)| sum.saturating_add(plan.size(number)))
}

/// The language of an option.
pub fn language(name: &str) -> Result<Language, String> {
    name.parse().map_err(|error: pelago_describe::UnknownLanguage| error.to_string())
}
