//! The jobs of a `queue` statement, with all tasks at once or each apart.

use super::expand::Variable;
use super::job::{Build, Remark};
use super::queue::{self, Mode, Queue};
use super::read::Reader;
use super::rows::{self, Column};
use super::space::{Items, Scope};
use pelago_job::description::{Extension, Job};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most tasks that are built one by one, and most definitions that are looked at for that.
const MAX_APART: u64 = 5000;
const MAX_LOOKS: u64 = 2_000_000;

impl Reader<'_> {
    pub(super) fn jobs(&mut self, queue: &Queue, times: u64, text: &str, span: Range<usize>) {
        let mut names = queue.variables.clone();
        if queue.mode != Mode::Count && names.is_empty() {
            names.push("Item".into());
        }
        let items = match queue.mode {
            Mode::Count if !queue.uncounted() => Items::None,
            Mode::Matching => Items::Unknown(queue.items.clone()),
            _ if queue.source.is_some() || queue.table.is_some() || queue.uncounted() => Items::Unknown(Vec::new()),
            _ => {
                let slice = queue.slice.unwrap_or_default();
                let (start, step, count) = slice.positions(queue.items.len());
                let mut columns = vec![Vec::new(); names.len()];
                for item in queue.items.iter().skip(start).step_by(step.max(1)).take(count) {
                    for (column, value) in columns.iter_mut().zip(queue::cut(item, names.len())) {
                        column.push(value);
                    }
                }
                Items::Known { columns, start, step: step.max(1) }
            }
        };
        let column = |number: usize| match &items {
            Items::Known { columns, .. } => columns.get(number).map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        let variable = |(number, name): (usize, &String)| Variable {
            name: name.clone(),
            integer: !column(number).is_empty() && column(number).iter().all(|v| v.parse::<i64>().is_ok()),
            empty: column(number).iter().any(String::is_empty),
        };
        let variables: Vec<Variable> = names.iter().enumerate().map(variable).collect();
        let dollars =
            matches!(&items, Items::Known { columns, .. } if columns.iter().flatten().any(|v| v.contains('$')));
        let known = !matches!(items, Items::Unknown(_));
        let tasks = match &items {
            Items::Known { columns, .. } => times.saturating_mul(columns.first().map_or(0, |c| c.len() as u64)),
            _ => times,
        };
        if tasks == 0 {
            self.diagnostics.warning(span, "this statement queues no job");
            return;
        }
        if self.diagnostics.crowded(self.description.jobs.len(), &span) {
            return;
        }
        let before = self.description.parameters.len();
        let first = self.first;
        let parameters = &mut self.description.parameters;
        let mut scope = Scope::new(first, times, variables.clone(), items.clone(), parameters);
        let live = scope.live(&mut self.symbols);
        let (mut build, mut extra) = (self.build(&mut scope, &live), Vec::new());
        let apart = (build.apart || dollars) && known;
        let looks = tasks.saturating_mul(self.macros.iter().count() as u64 + 200);
        let open = build.apart && !known;
        let jobs = if apart && tasks <= MAX_APART && looks <= MAX_LOOKS {
            self.description.parameters.truncate(before);
            extra = std::mem::take(&mut build.origins);
            self.apart(first, times, &variables, &items)
        } else {
            let macros = &self.macros;
            let places = |name: &str| macros.get(name).map_or(0, |m| m.span.start);
            if scope.settle(&self.symbols, &mut self.description.parameters, &places) {
                build = self.build(&mut scope, &live);
            }
            let mut job = build.job;
            job.space = scope.space();
            if let Some(extension) = self.source(queue, text) {
                job.extensions.push(extension);
            }
            if open || apart {
                let why = match open {
                    true => "the items are only known when files are looked at",
                    false => "there are too many tasks to look at each",
                };
                self.diagnostics
                    .warning(span.clone(), "values that depend on the items are kept as they are written")
                    .note(why);
            }
            self.remarks(build.remarks);
            self.undefined(build.undefined);
            extra.extend(build.origins);
            vec![job]
        };
        for job in jobs {
            let number = self.description.jobs.len();
            self.origins.push((format!("/jobs/{number}"), span.clone()));
            self.origins.extend(extra.iter().map(|(part, span)| (format!("/jobs/{number}/{part}"), span.clone())));
            self.description.jobs.push(job);
        }
        self.first = self.first.saturating_add(if known { tasks } else { 0 });
        self.advise(&span);
    }

    /// The statement itself, where its items are elsewhere.
    fn source(&mut self, queue: &Queue, text: &str) -> Option<Extension> {
        let plain = queue.mode == Mode::Matching && queue.variables.len() <= 1 && queue.only.is_none();
        let elsewhere = queue.mode == Mode::Matching && !(plain && queue.slice.is_none() && !queue.open)
            || queue.source.is_some()
            || queue.table.is_some()
            || queue.uncounted();
        let text = match queue.open {
            true => format!("{}{})", text, queue.items.join(" ")),
            false => text.to_string(),
        };
        let name = "queue".to_string();
        elsewhere.then(|| Extension { language: "submit".into(), name, text, ..Extension::default() })
    }

    /// Builds a job whose tasks are its scope's.
    fn build(&mut self, scope: &mut Scope, live: &BTreeMap<String, String>) -> Built {
        let mut build = Build {
            macros: &self.macros,
            live,
            symbols: &mut self.symbols,
            scope,
            parameters: &mut self.description.parameters,
            made: &mut self.made,
            job: Job::default(),
            remarks: Vec::new(),
            undefined: Vec::new(),
            apart: false,
            consumed: Vec::new(),
            unknown: self.unknown,
            fragment: self.queues == 0,
            origins: Vec::new(),
        };
        build.commands();
        let Build { job, remarks, undefined, apart, origins, .. } = build;
        Built { job, remarks, undefined, apart, origins }
    }

    /// Builds each task apart.
    fn apart(&mut self, first: u64, times: u64, variables: &[Variable], items: &Items) -> Vec<Job> {
        let (columns, start, step) = match items {
            Items::Known { columns, start, step } => (columns.as_slice(), *start, *step),
            _ => (&[][..], 0, 1),
        };
        let rows = columns.first().map_or(1, Vec::len);
        let mut known: Vec<Column> = Vec::new();
        for (variable, column) in variables.iter().zip(columns) {
            let repeated =
                column.iter().flat_map(|v| std::iter::repeat_n(v.clone(), usize::try_from(times).unwrap_or(0)));
            known.push(Column { name: variable.name.clone(), values: repeated.collect(), counts: false });
        }
        let mut processes = Vec::new();
        let mut jobs = Vec::new();
        let mut parameters = std::mem::take(&mut self.description.parameters);
        let mut clustered = None;
        for row in 0..rows {
            for number in 0..times {
                let process = first + jobs.len() as u64;
                let mut scope = Scope::new(process, 1, Vec::new(), Items::None, &mut self.description.parameters);
                let mut live = scope.live(&mut self.symbols);
                let index = (start + row * step).to_string();
                let fixed = [("step", number.to_string()), ("row", index.clone()), ("itemindex", index)];
                live.extend(fixed.map(|(name, value)| (name.to_string(), value)));
                for (variable, column) in variables.iter().zip(columns) {
                    let value = column.get(row).cloned().unwrap_or_default();
                    live.insert(variable.name.to_ascii_lowercase(), value);
                }
                let built = self.build(&mut scope, &live);
                clustered = clustered.or(scope.cluster());
                self.remarks(built.remarks);
                self.undefined(built.undefined);
                jobs.push(built.job);
                processes.push(process.to_string());
            }
        }
        known.push(Column { name: "Process".into(), values: processes, counts: true });
        let jobs = rows::together(jobs, &known, clustered, &mut parameters);
        self.description.parameters = parameters;
        jobs
    }

    /// Warns of what is legal but surely not meant, once.
    fn advise(&mut self, span: &Range<usize>) {
        let Some(job) = self.description.jobs.last() else { return };
        let command = job.application.commands.first();
        let front = job.application.launcher.at_front_end();
        let output = command.is_some_and(|c| c.output.is_some());
        if command.is_some_and(|c| c.output.is_none()) && !front && self.warned.insert((0, "output".into())) {
            self.diagnostics
                .note(span.clone(), "the job has no `output`, so what it prints goes to /dev/null")
                .help("write for example `output = job.$(Process).out`");
        }
        let several = job.space.as_ref().is_some_and(|s| s.len(&self.description.parameters) > 1);
        let same = command.and_then(|c| c.output.as_ref()?.path.as_ref()?.as_literal());
        let directory =
            command.and_then(|c| c.directory.as_ref()?.text.as_ref()).is_some_and(|d| d.as_literal().is_none());
        if let Some(name) = same.filter(|n| several && output && !directory && n != "/dev/null" && !n.contains('$')) {
            let at = self.macros.get("output").map_or(span.clone(), |m| m.span.clone());
            if self.warned.insert((at.start, "overwritten".into())) {
                self.diagnostics
                    .warning(at, format!("all tasks write to the same file `{name}`, and one overwrites another"))
                    .help("put `$(Process)` into the name");
            }
        }
    }
}

/// What a build gives.
struct Built {
    job: Job,
    remarks: Vec<Remark>,
    undefined: Vec<(String, Range<usize>)>,
    apart: bool,
    origins: Vec<(String, Range<usize>)>,
}
