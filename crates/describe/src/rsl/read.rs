//! From a tree to jobs: what is common to the dialects.

use super::attribute::{Again, Attribute, Field, RESTART, SUBMIT, UPDATE};
use super::clause::Clause;
use super::dialect::{ALTERNATIVES, Dialect, VARIABLE};
use super::draft::Draft;
use super::evaluate::{Item, Scopes, Unknown, Word, may_stand};
use super::parse::{parse, shortened};
use super::tree::{Combine, Operator, Relation, Spec};
use super::{evaluate, infogram, write};
use crate::{Diagnostics, Origins, Said, Source, spelling};
use pelago_job::description::{Command, Extension, Path, Range as Numbers, Text, Variable};
use pelago_job::{Description, Job};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Reads a text in a dialect.
pub(super) fn read(dialect: &'static Dialect, source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let spec = parse(&source.text, dialect.syntax, dialect.asks, diagnostics)?;
    let (mut description, mut origins) = (Description::default(), Origins::default());
    for request in requests(&spec) {
        let clauses = Clauses::of(request, dialect, diagnostics);
        if diagnostics.crowded(description.jobs.len() + description.queries.len(), &clauses.span) {
            break;
        }
        if dialect.asks && infogram::is_query(&clauses.list) {
            let query = infogram::query(&clauses, description.jobs.len(), diagnostics);
            origins.note(format!("/queries/{}", description.queries.len()), clauses.span.clone());
            description.queries.push(query);
            continue;
        }
        let at = format!("/jobs/{}", description.jobs.len());
        let several = matches!(spec, Spec::Combined { how: Combine::Each, .. });
        let mut reader = Reader::new(dialect, diagnostics, &mut origins, at, several);
        reader.origins.note(reader.at.clone(), clauses.span.clone());
        reader.request(&clauses);
        description.jobs.push(reader.job);
    }
    Some(Said { description, origins, experiment: None })
}

/// The single requests of a multi-request.
fn requests(spec: &Spec) -> Vec<&Spec> {
    match spec {
        Spec::Combined { how: Combine::Each, items, .. } => items.iter().flat_map(requests).collect(),
        other => vec![other],
    }
}

/// The clauses of one request, evaluated; of each `|` those of its first branch.
pub(super) struct Clauses {
    /// The clauses, in the order of the text; those of alternatives after the others, as they are printed.
    pub list: Vec<Clause>,
    chosen: Vec<Clause>,
    /// Each `|` as text, with where it stands.
    pub alternatives: Vec<(String, Range<usize>)>,
    /// Variables that nothing defines.
    pub unknown: Vec<Unknown>,
    /// Where the request stands.
    pub span: Range<usize>,
}

impl Clauses {
    fn of(request: &Spec, dialect: &'static Dialect, diagnostics: &mut Diagnostics) -> Self {
        let mut scopes = Scopes::new(dialect.undefined);
        let (list, chosen, alternatives, unknown) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut all = Self { list, chosen, alternatives, unknown, span: 0..0 };
        if let Some(span) = evaluate::each_below(request) {
            let help = "write `+(&(…))(&(…))`, each request whole";
            diagnostics.error(span, "`+` can only stand at the top of a request").help(help);
        }
        all.collect(request, &mut scopes, diagnostics);
        let chosen = std::mem::take(&mut all.chosen);
        all.list.extend(chosen);
        let spans = all.list.iter().map(|clause| &clause.span);
        let (start, end) = (spans.clone().map(|s| s.start).min(), spans.map(|s| s.end).max());
        all.span = start.unwrap_or(0)..end.unwrap_or(0);
        all.unknown = scopes.unknown;
        all
    }

    fn collect(&mut self, spec: &Spec, scopes: &mut Scopes, diagnostics: &mut Diagnostics) {
        match spec {
            Spec::Relation(relation) => self.list.extend(clause(relation, scopes, diagnostics)),
            Spec::Combined { how: Combine::All | Combine::Each, items, .. } => {
                scopes.open(items, diagnostics);
                items.iter().for_each(|item| self.collect(item, scopes, diagnostics));
                scopes.close();
            }
            Spec::Combined { how: Combine::Any, items, span } => {
                self.alternatives.push((format!("({})", shown(spec, scopes, diagnostics)), span.clone()));
                if let Some(first) = items.first() {
                    // What lies in it is part of the text above.
                    let (count, before) = (self.alternatives.len(), std::mem::take(&mut self.list));
                    self.collect(first, scopes, diagnostics);
                    self.alternatives.truncate(count);
                    let chosen = std::mem::replace(&mut self.list, before);
                    self.chosen.extend(chosen);
                }
            }
        }
    }
}

fn clause(relation: &Relation, scopes: &mut Scopes, diagnostics: &mut Diagnostics) -> Option<Clause> {
    if relation.name == "rslsubstitution" {
        return None;
    }
    let items = scopes.items(&relation.values, diagnostics);
    let Relation { name, written, operator, name_span, span, .. } = relation.clone();
    Some(Clause { name, written, operator, items, name_span, span })
}

/// A specification as text, its variables put in.
fn shown(spec: &Spec, scopes: &mut Scopes, diagnostics: &mut Diagnostics) -> String {
    match spec {
        Spec::Relation(relation) => {
            let inside = clause(relation, scopes, diagnostics).map(|clause| clause.shown());
            let text = inside.unwrap_or_default();
            text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or("").to_string()
        }
        Spec::Combined { how, items, .. } => {
            scopes.open(items, diagnostics);
            let sign = match how {
                Combine::All => "&",
                Combine::Any => "|",
                Combine::Each => "+",
            };
            let parts = items.iter().map(|item| shown(item, scopes, diagnostics));
            let parts: String = parts.filter(|part| !part.is_empty()).map(|part| format!("({part})")).collect();
            scopes.close();
            format!("{sign}{parts}")
        }
    }
}

/// Reads the clauses of one job.
pub(super) struct Reader<'a> {
    /// The dialect.
    pub dialect: &'static Dialect,
    /// Where problems go.
    pub diagnostics: &'a mut Diagnostics,
    /// Where each part stood.
    pub origins: &'a mut Origins,
    /// The job's pointer.
    pub at: String,
    /// The job.
    pub job: Job,
    /// What several attributes say together.
    pub draft: Draft,
    /// Whether it is part of a multi-request.
    pub several: bool,
    variables: BTreeSet<String>,
    seen: BTreeMap<&'static str, Range<usize>>,
    /// Where the last clause of each attribute is among those that are kept.
    kept: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(super) fn new(
        dialect: &'static Dialect,
        diagnostics: &'a mut Diagnostics,
        origins: &'a mut Origins,
        at: String,
        several: bool,
    ) -> Self {
        let (job, draft) = (Job::default(), Draft::default());
        let (variables, seen, kept) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Self { dialect, diagnostics, origins, at, job, draft, several, variables, seen, kept }
    }

    /// Reads all clauses of a job.
    pub(super) fn request(&mut self, clauses: &Clauses) {
        self.draft.span = clauses.span.clone();
        let said = |name: &str| clauses.list.iter().any(|clause| clause.name == name);
        let when = match (said("restart"), said("executable")) {
            (true, _) => RESTART,
            (false, false) if said("stdoutposition") || said("stderrposition") => UPDATE,
            _ => SUBMIT,
        };
        self.draft.when = if self.dialect.strict { when } else { SUBMIT };
        self.undefined(clauses);
        for clause in &clauses.list {
            self.clause(clause);
        }
        for (text, span) in &clauses.alternatives {
            if self.dialect.strict {
                self.diagnostics
                    .warning(span.clone(), "GRAM takes no `|`: a broker has to choose")
                    .note("the first alternative is taken, the others are kept for printing");
            }
            self.keep(ALTERNATIVES, text.clone(), true);
        }
        (self.dialect.finish)(self);
        // What a later clause took the place of.
        self.job.extensions.retain(|kept| !kept.name.is_empty());
        for name in std::mem::take(&mut self.variables) {
            self.job.extensions.push(Extension {
                language: "rsl".into(),
                name: VARIABLE.into(),
                text: name,
                ..Extension::default()
            });
        }
    }

    /// Variables that nothing defines.
    fn undefined(&mut self, clauses: &Clauses) {
        let mut told = BTreeSet::new();
        for Unknown { name, span, near } in &clauses.unknown {
            let around =
                clauses.list.iter().find(|clause| clause.span.start <= span.start && span.end <= clause.span.end);
            let place = around.is_some_and(|clause| may_stand(name, &clause.name));
            if !told.insert((name, place)) {
                continue;
            }
            let message = format!("nothing defines `{}`", shortened(name));
            let found = match place {
                true => self.diagnostics.warning(span.clone(), format!("{message}: the client that submits has to")),
                false => self.diagnostics.error(span.clone(), message),
            };
            found
                .did_you_mean(near.as_deref())
                .help("define it with `(rsl_substitution = (NAME value))`, or quote the `$`");
        }
    }

    fn clause(&mut self, clause: &Clause) {
        let Some(attribute) = self.dialect.attribute(&clause.name) else { return self.unknown(clause) };
        if attribute.when & self.draft.when == 0 {
            let message = match self.draft.when {
                RESTART => "cannot stand beside `restart`: the job has it already",
                UPDATE => "cannot change while the job runs",
                _ => "is only for restarting a job manager",
            };
            self.diagnostics.error(clause.name_span.clone(), format!("`{}` {message}", clause.written));
            return;
        }
        if clause.operator != Operator::Equal && !attribute.signs {
            let sign = clause.operator.sign();
            let message = format!("`{}` takes only `=`, found `{sign}`", clause.written);
            if self.dialect.strict {
                self.diagnostics.error(clause.name_span.clone(), message);
                return;
            }
            self.diagnostics
                .warning(clause.name_span.clone(), message)
                .note(format!("{} takes it as `=`", self.dialect.reader));
        }
        if let Some(first) = self.seen.get(attribute.name).cloned() {
            let message = format!("`{}` is said twice", clause.written);
            let found = match attribute.again {
                Again::Both => None,
                Again::Refused => Some(self.diagnostics.error(clause.name_span.clone(), message)),
                Again::First => {
                    Some(self.diagnostics.warning(clause.name_span.clone(), format!("{message}: the first counts")))
                }
                Again::Last => {
                    Some(self.diagnostics.warning(clause.name_span.clone(), format!("{message}: the last counts")))
                }
            };
            if let Some(found) = found {
                found.related(first, "the first one");
            }
            match attribute.again {
                Again::Refused | Again::First => return,
                Again::Last => {
                    let earlier = self.kept.remove(attribute.name);
                    if let Some(kept) = earlier.and_then(|position| self.job.extensions.get_mut(position)) {
                        *kept = Extension::default();
                    }
                }
                Again::Both => {}
            }
        }
        self.seen.entry(attribute.name).or_insert_with(|| clause.name_span.clone());
        if clause.fits(attribute.shape, self.diagnostics) {
            self.origins.note(format!("{}{}", self.at, attribute.part), clause.span.clone());
            self.field(attribute, clause);
        }
    }

    fn field(&mut self, attribute: &'static Attribute, clause: &Clause) {
        let number = clause.number();
        match attribute.field {
            Field::Text(field) => *field(&mut self.job) = clause.word().map(|word| self.text(word)),
            Field::Path(field) => *field(&mut self.job) = clause.word().map(|word| self.path(word)),
            Field::Texts(field) | Field::First(field) => {
                for word in clause.words() {
                    let text = self.text(word);
                    field(&mut self.job).push(text);
                }
            }
            Field::Paths(field) => {
                for word in clause.words() {
                    let path = self.path(word);
                    field(&mut self.job).push(path);
                }
            }
            Field::Variables(field) => {
                for (row, _) in clause.rows() {
                    if let [name, value] = row.as_slice() {
                        let (name, place) = (self.text(name), self.path(value));
                        let variable = Variable { name: Some(name), value: place.text, filesystem: place.filesystem };
                        field(&mut self.job).push(variable);
                    }
                }
            }
            Field::Number(unit, field) => *field(&mut self.job) = number.map(|number| number * unit),
            Field::Least(unit, field) => {
                *field(&mut self.job) = number.map(|number| Numbers::at_least(number * unit));
            }
            Field::Kept(remark) => self.keep(attribute.name, clause.shown(), remark),
            Field::Own(read, _) => read(self, clause),
        }
    }

    fn unknown(&mut self, clause: &Clause) {
        let names = self.dialect.attributes().flat_map(|attribute| [attribute.name, attribute.shown]);
        let near = if self.diagnostics.full() { None } else { spelling::nearest(&clause.written, names) };
        let near = near.map(str::to_string);
        let (span, written) = (clause.name_span.clone(), shortened(&clause.written));
        if self.dialect.strict {
            let message = format!("`{written}` is no attribute of {}", self.dialect.reader);
            let note = "what exists is listed in the job manager's validation files (*.rvf)";
            self.diagnostics.error(span, message).did_you_mean(near.as_deref()).note(note);
            return;
        }
        if self.dialect.foreign.contains(&clause.name.as_str()) {
            let message = format!("`{written}` is of Globus RSL: {} ignores it", self.dialect.reader);
            self.diagnostics.warning(span, message);
        } else {
            let message = format!("{} knows no `{written}` and ignores it", self.dialect.reader);
            let close = near.filter(|near| spelling::one_edit(&clause.name, near));
            match close {
                Some(near) => self.diagnostics.warning(span, message).did_you_mean(Some(&near)),
                None => self.diagnostics.note(span, message),
            };
        }
        self.keep(&clause.name, clause.shown(), true);
    }

    /// Keeps a clause that the model has no place for.
    pub(super) fn keep(&mut self, name: &str, text: String, remark: bool) {
        let language = match self.dialect.strict && infogram::own(name).is_none() {
            true => "rsl",
            false => self.dialect.name,
        };
        let (language, name) = (language.to_string(), name.to_string());
        self.kept.insert(name.clone(), self.job.extensions.len());
        self.job.extensions.push(Extension { language, name, text, remark, place: None });
    }

    /// The job's command.
    pub(super) fn command(&mut self) -> &mut Command {
        command(&mut self.job)
    }

    /// A word as a text; its variables are noted.
    pub(super) fn text(&mut self, word: &Word) -> Text {
        self.variables.extend(word.late().map(str::to_string));
        Text::literal(word.shown())
    }

    /// A word as a path: what begins with the home or scratch directory lies in that file system.
    pub(super) fn path(&mut self, word: &Word) -> Path {
        for (variable, filesystem) in super::files::DIRECTORIES {
            let Some(rest) = word.after(variable) else { continue };
            let shown = rest.shown();
            let inside = shown.trim_start_matches('/');
            if shown.is_empty() || inside.len() < shown.len() {
                let late: Vec<String> = rest.late().map(str::to_string).collect();
                self.variables.extend(late);
                let text = if inside.is_empty() { "." } else { inside };
                return Path { text: Some(Text::literal(text)), filesystem: Some(filesystem.into()) };
            }
        }
        Path { text: Some(self.text(word)), filesystem: None }
    }
}

/// The only command of a job.
pub(super) fn command(job: &mut Job) -> &mut Command {
    let commands = &mut job.application.commands;
    if commands.is_empty() {
        commands.push(Command::default());
    }
    &mut commands[0]
}

/// Reads one clause that was kept, to see whether it still is one; gives its attribute and its canonical text.
pub(super) fn kept_clause(dialect: &'static Dialect, text: &str) -> Option<(String, String)> {
    let mut scratch = Diagnostics::default();
    let spec = parse(&format!("&{text}"), dialect.syntax, false, &mut scratch)?;
    if scratch.failed() {
        return None;
    }
    match &spec {
        Spec::Combined { items, .. } => match items.as_slice() {
            [Spec::Relation(relation)] => {
                let mut scopes = Scopes::new(dialect.undefined);
                let clause = clause(relation, &mut scopes, &mut scratch)?;
                Some((clause.name.clone(), clause.shown()))
            }
            [Spec::Combined { how: Combine::Any, .. }] => Some((ALTERNATIVES.into(), text.to_string())),
            _ => None,
        },
        Spec::Relation(_) => None,
    }
}

/// The job that the first alternatives of a kept `|` describe.
pub(super) fn first_alternative(dialect: &'static Dialect, text: &str) -> Option<Job> {
    let mut scratch = Diagnostics::default();
    let spec = parse(&format!("&{text}"), dialect.syntax, false, &mut scratch)?;
    let mut origins = Origins::default();
    let clauses = Clauses::of(&spec, dialect, &mut scratch);
    let mut reader = Reader::new(dialect, &mut scratch, &mut origins, "/jobs/0".into(), false);
    reader.draft.when = SUBMIT;
    reader.draft.partial = true;
    for clause in &clauses.list {
        reader.clause(clause);
    }
    (dialect.finish)(&mut reader);
    Some(reader.job)
}

/// Values of a relation as text, for messages.
pub(super) fn values(items: &[Item]) -> String {
    shortened(&write::items(items))
}
