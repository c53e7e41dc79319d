//! From jobs to text: what is common to the dialects. Rows of the tables take what they say from the rest.

use super::attribute::{Attribute, Field, Shape};
use super::dialect::{ALTERNATIVES, Dialect, VARIABLE};
use super::evaluate::{Item, Part, Word, may_stand};
use super::files::{DIRECTORIES, SCRATCH, is_url};
use super::read::{command, first_alternative, kept_clause};
use super::tree::canonical;
use super::{infogram, write};
use crate::Rest;
use pelago_job::description::{Extension, Path, Range, Text, Variable};
use pelago_job::{Description, Job};
use std::collections::{BTreeMap, BTreeSet};

/// Prints a description in a dialect.
pub(super) fn print(dialect: &'static Dialect, rest: &mut Rest) -> String {
    let mut requests = Vec::new();
    let queries = if dialect.asks { rest.left.queries.len() } else { 0 };
    if queries == 0 {
        rest.some_job();
    }
    let count = rest.left.jobs.len();
    let several = count + queries > 1;
    let mut asked = 0;
    for job in 0..=count {
        while asked < queries && (job == count || infogram::is_due(rest, asked, job)) {
            requests.push(infogram::print_query(rest, asked, job));
            asked += 1;
        }
        if job < count {
            rest.first_task(job, "RSL has no sweeps: this is the first task");
            requests.push(Printer::new(dialect, rest, job, several).job_text());
        }
    }
    let request = |clauses: &Vec<String>, indent: &str| format!("&{}", clauses.join(&format!("\n{indent}")));
    match requests.as_slice() {
        [only] => format!("{}\n", request(only, " ")),
        several => {
            let parts = several.iter().map(|clauses| format!("({})", request(clauses, "   ")));
            format!("+{}\n", parts.collect::<Vec<_>>().join("\n "))
        }
    }
}

/// Prints one job.
pub(super) struct Printer<'a> {
    /// What is left to say.
    pub rest: &'a mut Rest,
    /// Which job.
    pub index: usize,
    /// The dialect.
    pub dialect: &'static Dialect,
    /// Whether it is part of a multi-request.
    pub several: bool,
    /// Names that are variables in texts.
    variables: BTreeSet<String>,
    /// The name of the attribute that is printed.
    attribute: &'static str,
    /// Attributes that are kept clauses of the job.
    kept: BTreeSet<String>,
    /// Whether there is a scratch directory.
    scratch: bool,
    clauses: Vec<String>,
    /// Used by the table's rows to leave notes for each other.
    pub memory: Memory,
}

/// What one row of a table tells another.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Files that are said already: their positions and the names that they have when they are read.
    pub said: BTreeMap<usize, String>,
    /// Where the next file that only goes, and the next that comes, is looked for.
    pub next: [usize; 2],
    /// Whether `count` was said.
    pub counted: bool,
    /// Whether only a part of a job is printed, which needs no program.
    pub partial: bool,
}

impl<'a> Printer<'a> {
    fn new(dialect: &'static Dialect, rest: &'a mut Rest, index: usize, several: bool) -> Self {
        let (variables, kept, clauses) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let (attribute, memory) = ("", Memory::default());
        Self { rest, index, dialect, several, variables, attribute, kept, scratch: false, clauses, memory }
    }

    fn job_text(mut self) -> Vec<String> {
        let dialect = self.dialect;
        let strict = dialect.strict;
        let mut variables = BTreeSet::new();
        let names = |e: &&mut Extension| strict && e.name == VARIABLE && e.language == "rsl";
        for extension in self.job().extensions.iter_mut().filter(names) {
            variables.insert(std::mem::take(extension).text);
        }
        self.variables = variables;
        let kept: Vec<(usize, String, String)> = self.kept();
        self.kept = kept.iter().map(|(_, name, _)| name.clone()).collect();
        self.scratch = self.job().resources.filesystems.iter().any(is_scratch);
        self.shell();
        (dialect.prepare)(&mut self);
        for attribute in dialect.attributes() {
            self.attribute(attribute);
        }
        for (position, name, text) in kept {
            if name == ALTERNATIVES && !self.alternatives(&text) {
                self.because("/extensions", "the first of the alternatives is not what the job says now");
                continue;
            }
            if let Some(extension) = self.job().extensions.get_mut(position) {
                *extension = Extension::default();
            }
            self.clauses.push(text);
        }
        self.clauses
    }

    /// Makes a program and arguments of a line for a shell.
    fn shell(&mut self) {
        const WHY: &str = "RSL has programs and arguments: the shell is the program";
        const AT: &str = "/application/commands/0";
        let first = command(self.job());
        let line = first.shell.clone().filter(|line| line.as_literal().is_some());
        let Some(line) = line.filter(|_| first.executable.is_none() && first.arguments.is_empty()) else { return };
        let path = |text: Text| Path { text: Some(text), filesystem: None };
        first.shell = None;
        first.executable = Some(path("/bin/sh".into()));
        first.arguments = vec![path("-c".into()), path(line)];
        let (executable, arguments) = (first.executable.clone(), first.arguments.clone());
        self.changed(&format!("{AT}/shell"), (), WHY);
        self.changed(&format!("{AT}/executable"), executable, WHY);
        self.changed(&format!("{AT}/arguments"), arguments, WHY);
    }

    /// A program where none can be said: the application's name, or one that fails.
    pub(super) fn stand_in(&mut self, attribute: &'static Attribute) {
        if self.memory.partial {
            return;
        }
        let name = self.job().application.name.as_ref().and_then(Text::as_literal);
        let name = name.filter(|name| !name.is_empty() && !is_url(name) && !name.contains("$("));
        let (stands, why) = match &name {
            Some(name) => (name.as_str(), "RSL needs a program: the application's name stands for it"),
            None => (NOTHING, "RSL needs a program, and there is none"),
        };
        self.changed(attribute.part, Path { text: Some(Text::literal(stands)), filesystem: None }, why);
        self.say(attribute.shown, &[Item::Word(Word::literal(stands))]);
    }

    /// The clauses that an earlier reading kept: position, attribute, text.
    fn kept(&mut self) -> Vec<(usize, String, String)> {
        let dialect = self.dialect;
        let extensions = self.job().extensions.iter().enumerate();
        let own = extensions.filter(|(_, e)| dialect.owns(e) && e.name != VARIABLE && e.place.is_none());
        own.filter_map(|(position, e)| {
            let (name, _) = kept_clause(dialect, &e.text)?;
            (name == e.name).then(|| (position, name, e.text.clone()))
        })
        .collect()
    }

    /// Takes the clauses of the first alternative away again, since the alternatives say them; whether they were there.
    fn alternatives(&mut self, text: &str) -> bool {
        let Some(job) = first_alternative(self.dialect, text) else { return false };
        let description = Description { jobs: vec![job], ..Description::default() };
        let mut rest = Rest::new(&description);
        let mut printer = Printer::new(self.dialect, &mut rest, 0, self.several);
        printer.memory = Memory { counted: true, partial: true, ..Memory::default() };
        let first = printer.job_text();
        let first: BTreeSet<String> = first.into_iter().collect();
        let said: BTreeSet<&String> = self.clauses.iter().collect();
        if !first.iter().all(|clause| said.contains(clause)) {
            return false;
        }
        self.clauses.retain(|clause| !first.contains(clause));
        true
    }

    /// The job, to take from.
    pub(super) fn job(&mut self) -> &mut Job {
        // The printer is made for positions that exist.
        &mut self.rest.left.jobs[self.index]
    }

    /// The pointer of a part of the job.
    pub(super) fn part(&self, part: &str) -> String {
        format!("/jobs/{}{part}", self.index)
    }

    /// Notes a change of a part of the job.
    pub(super) fn changed(&mut self, part: &str, instead: impl serde::Serialize, why: &str) {
        let part = self.part(part);
        self.rest.changed(part, instead, why);
    }

    /// Gives a reason for what is left of a part.
    pub(super) fn because(&mut self, part: &str, why: &str) {
        let part = self.part(part);
        self.rest.because(part, why);
    }

    /// Whether the job has a kept clause with this attribute.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.kept.contains(name)
    }

    /// Adds a clause.
    pub(super) fn say(&mut self, name: &str, values: &[Item]) {
        self.say_with(name, "=", values);
    }

    /// Adds a clause with another sign than `=`.
    pub(super) fn say_with(&mut self, name: &str, sign: &str, values: &[Item]) {
        self.clauses.push(write::clause(name, sign, values));
    }

    /// A text as a word, its variables found again; `None` where it has holes.
    pub(super) fn word(&self, text: &Text) -> Option<Word> {
        let literal = text.as_literal()?;
        let (mut word, mut rest) = (Word::default(), literal.as_str());
        while let Some(at) = rest.find("$(") {
            let (before, after) = rest.split_at(at);
            let name = after[2..].split(')').next().unwrap_or("");
            let closed = after.len() > name.len() + 2;
            word.push(Part::Text(before.into()));
            // Where it may not stand it was no variable: a text in quotes has that name in it.
            if closed && self.variables.contains(name) && may_stand(name, &canonical(self.attribute)) {
                word.push(Part::Late(name.into()));
                rest = &after[name.len() + 3..];
            } else {
                word.push(Part::Text("$(".into()));
                rest = &after[2..];
            }
        }
        word.push(Part::Text(rest.into()));
        Some(word)
    }

    /// A path in a file system as a word, and whether the file system is said.
    pub(super) fn located(&self, text: &Text, filesystem: Option<&str>) -> Option<(Word, bool)> {
        let word = self.word(text)?;
        let variable = DIRECTORIES.iter().find(|(_, name)| Some(*name) == filesystem);
        let Some((variable, name)) = variable.filter(|_| self.dialect.strict) else { return Some((word, false)) };
        let fits = match word.parts.first() {
            Some(Part::Text(first)) => !first.starts_with('/'),
            Some(Part::Late(_)) => false,
            None => false,
        };
        if !fits || *name == SCRATCH && !self.scratch {
            return Some((word, false));
        }
        let mut all = Word::default();
        all.push(Part::Late((*variable).into()));
        if word.text() != Some(".") {
            all.push(Part::Text("/".into()));
            word.parts.into_iter().for_each(|part| all.push(part));
        }
        Some((all, true))
    }

    /// Takes a path, but for a file system that cannot be said.
    pub(super) fn take_path(&self, path: &mut Path) -> Option<Word> {
        let (word, said) = self.located(path.text.as_ref()?, path.filesystem.as_deref())?;
        path.text = None;
        if said {
            path.filesystem = None;
        }
        Some(word)
    }

    fn attribute(&mut self, attribute: &'static Attribute) {
        self.attribute = attribute.name;
        if self.keeps(attribute.name) && !matches!(attribute.field, Field::Own(..)) {
            return;
        }
        let words = |words: Vec<Word>| words.into_iter().map(Item::Word).collect::<Vec<_>>();
        match attribute.field {
            Field::Kept(_) => {}
            Field::Own(_, print) => print(self, attribute),
            Field::Text(field) => {
                let Some(text) = field(self.job()).clone() else { return };
                if let Some(word) = self.word(&text) {
                    *field(self.job()) = None;
                    self.say(attribute.shown, &[Item::Word(word)]);
                }
            }
            Field::Path(field) => {
                let Some(mut path) = field(self.job()).take() else { return };
                if let Some(word) = self.take_path(&mut path) {
                    self.say(attribute.shown, &[Item::Word(word)]);
                }
                *field(self.job()) = Some(path).filter(|path| *path != Path::default());
            }
            Field::Texts(field) => {
                let mut texts = std::mem::take(field(self.job()));
                let found: Option<Vec<Word>> = texts.iter().map(|text| self.word(text)).collect();
                match found {
                    Some(found) if !found.is_empty() => {
                        texts.clear();
                        self.say(attribute.shown, &words(found));
                    }
                    _ => {}
                }
                *field(self.job()) = texts;
            }
            Field::First(field) => {
                let Some(text) = field(self.job()).first().cloned() else { return };
                let Some(word) = self.word(&text) else { return };
                // The others keep their places: what is taken is the empty text of a list, which would still be said.
                let others = field(self.job()).split_off(1);
                field(self.job()).clear();
                if !others.is_empty() {
                    self.changed(attribute.part, [text], "there can be one only: the first");
                }
                self.say(attribute.shown, &[Item::Word(word)]);
            }
            Field::Paths(field) => self.paths(attribute, field),
            Field::Variables(_) => self.variables(attribute),
            Field::Number(unit, field) => {
                let Some(number) = *field(self.job()) else { return };
                let least = if let Shape::Whole(least) = attribute.shape { least as f64 } else { 0.0 };
                let Some(whole) = whole(number / unit, least) else { return };
                *field(self.job()) = None;
                if whole * unit != number {
                    self.changed(attribute.part, whole * unit, "rounded up to whole units");
                }
                self.say(attribute.shown, &[number_item(whole)]);
            }
            Field::Least(unit, field) => {
                let Some(range) = field(self.job()).clone() else { return };
                let least = if let Shape::Whole(least) = attribute.shape { least as f64 } else { 0.0 };
                let Some(whole) = range.needs().and_then(|needs| whole(needs / unit, least)) else { return };
                *field(self.job()) = None;
                if range.least() != Some(whole * unit) {
                    self.changed(attribute.part, Range::at_least(whole * unit), "only the least amount can be said");
                }
                self.say(attribute.shown, &[number_item(whole)]);
            }
        }
    }

    fn paths(&mut self, attribute: &'static Attribute, field: fn(&mut Job) -> &mut Vec<Path>) {
        let mut paths = std::mem::take(field(self.job()));
        let mut items = Vec::new();
        if paths.iter().all(|path| path.text.as_ref().is_some_and(|text| self.word(text).is_some())) {
            for path in &mut paths {
                items.extend(self.take_path(path).map(Item::Word));
            }
        }
        *field(self.job()) = paths;
        if !items.is_empty() {
            self.say(attribute.shown, &items);
        }
    }

    /// The variables of the application, and those of its only command as if they were of all its commands.
    fn variables(&mut self, attribute: &'static Attribute) {
        const WHY: &str = "said for all commands, of which there is one";
        let mut items = Vec::new();
        let mut variables = std::mem::take(&mut self.job().application.environment);
        for variable in &mut variables {
            items.extend(self.variable(variable));
        }
        let mut place = variables.len();
        self.job().application.environment = variables;
        let mut own = std::mem::take(&mut command(self.job()).environment);
        for (position, variable) in own.iter_mut().enumerate() {
            let mut now = variable.clone();
            let Some(item) = self.variable(variable) else { continue };
            now.filesystem = now.filesystem.filter(|_| variable.filesystem.is_none());
            items.push(item);
            self.changed(&format!("{}/{place}", attribute.part), now, WHY);
            self.changed(&format!("/application/commands/0/environment/{position}"), (), WHY);
            place += 1;
        }
        command(self.job()).environment = own;
        if !items.is_empty() {
            self.say(attribute.shown, &items);
        }
    }

    /// Takes a name and its value.
    fn variable(&self, variable: &mut Variable) -> Option<Item> {
        let (value, said) = self.located(variable.value.as_ref()?, variable.filesystem.as_deref())?;
        let name = self.word(variable.name.as_ref()?)?;
        (variable.name, variable.value) = (None, None);
        if said {
            variable.filesystem = None;
        }
        Some(Item::List(vec![Item::Word(name), Item::Word(value)], 0..0))
    }
}

/// What stands for a program where there is none.
const NOTHING: &str = "/bin/false";

/// A number of units, rounded up, if it is one that can be said.
pub(super) fn whole(number: f64, least: f64) -> Option<f64> {
    let rounded = number.ceil().max(least);
    (number.is_finite() && number >= 0.0 && rounded < 1e15).then_some(rounded)
}

/// A whole number as a value.
pub(super) fn number_item(number: f64) -> Item {
    Item::Word(Word::literal(format!("{number:.0}")))
}

/// Whether a file system is the scratch directory that GRAM makes.
pub(super) fn is_scratch(filesystem: &pelago_job::description::FileSystem) -> bool {
    filesystem.name.as_deref() == Some(SCRATCH)
        && filesystem.kind.as_deref() == Some("temporary")
        && filesystem.mount_source.as_ref().is_some_and(|source| source.as_literal().is_some())
}
