//! From the model to a batch script: directives in the order of the table, lines that give the script its variables,
//! the script.

use super::compose::{interpreter_of, is_shell};
use super::read::{self, fields_command, split};
use super::spread::{Spread, spread};
use super::table::{Meaning, Row, Takes};
use super::{Dialect, amount, directive, fields, paths};
use crate::loss::Rest;
use crate::{Diagnostics, Source};
use pelago_job::description::{Bound, Command, Extension, Interval, Job, Range, Text};
use serde::Serialize;
use serde_json::Value;

/// A job while it is printed.
pub(super) struct Printer<'a> {
    pub rest: &'a mut Rest,
    pub dialect: Dialect,
    /// The job, taken out of the rest and put back.
    pub job: Job,
    /// Whether it is an array whose index is the first parameter.
    pub array: bool,
    /// Whether the array is Torque's.
    pub torque: bool,
    /// The array's numbers, until they are printed.
    pub numbers: Option<String>,
    /// Signs in names of files that stay signs.
    pub signs: Vec<String>,
    /// The interpreter, where the script names one without options.
    pub interpreter: Option<String>,
    lines: Vec<String>,
}

/// A word of letters, digits and a few signs that mean nothing to any batch system.
pub(super) fn word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Prints the first job; a script is one.
pub(super) fn print(rest: &mut Rest, dialect: Dialect) -> String {
    if rest.left.jobs.is_empty() {
        rest.left.jobs.push(Job::default());
    }
    let space = spread(rest, dialect);
    let job = rest.left.jobs.first_mut().map(std::mem::take).unwrap_or_default();
    rest.because("/jobs", "a batch script is one job");
    let torque = matches!(&space, Spread::Array { torque: true, .. });
    let numbers = match &space {
        Spread::Array { numbers, .. } | Spread::Computed { numbers, .. } => Some(numbers.clone()),
        Spread::One => None,
    };
    let array = matches!(space, Spread::Array { .. });
    let (signs, interpreter, lines) = (Vec::new(), None, Vec::new());
    let mut printer = Printer { rest, dialect, job, array, torque, numbers, signs, interpreter, lines };
    printer.take_signs();
    printer.requests();
    let script = printer.script(&space);
    let (head, rest_of_script) = match script.starts_with("#!") {
        true => script.split_at(script.find('\n').map_or(script.len(), |at| at + 1)),
        false => ("", script.as_str()),
    };
    let shell = is_shell(&script);
    printer.interpreter = interpreter_of(head);
    let before = printer.before(shell, (head, rest_of_script), matches!(space, Spread::Computed { .. }));
    for row in dialect.table() {
        printer.row(row);
    }
    printer.extensions();
    let Printer { rest, job, lines, .. } = printer;
    if let Some(place) = rest.left.jobs.first_mut() {
        *place = job;
    }
    let mut out = head.to_string();
    if !head.is_empty() && !head.ends_with('\n') {
        out.push('\n');
    }
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out + &before + rest_of_script
}

impl Printer<'_> {
    /// The job's first command.
    pub fn command(&mut self) -> &mut Command {
        fields_command(&mut self.job)
    }

    pub fn changed(&mut self, part: &str, instead: impl Serialize, why: &str) {
        self.rest.changed(format!("/jobs/0{part}"), instead, why);
    }

    pub fn because(&mut self, part: &str, why: &str) {
        self.rest.because(format!("/jobs/0{part}"), why);
    }

    /// A directive with an option and its value. The value must fit into a line.
    pub fn option(&mut self, row: &Row, value: &str) {
        let nothing = row.takes == Takes::Nothing || row.takes == Takes::Maybe && value.is_empty();
        match (nothing, row.takes) {
            (true, _) => self.lines.push(format!("{} {}", self.dialect.prefix(), row.name)),
            (false, Takes::Two) => self.lines.push(format!("{} {} {value}", self.dialect.prefix(), row.name)),
            _ => self.line(row.name, value),
        }
    }

    /// A directive with an option by its name.
    pub fn line(&mut self, name: &str, value: &str) {
        let value = directive::quoted(value).unwrap_or_default();
        let sign = if self.dialect == Dialect::Slurm { '=' } else { ' ' };
        self.lines.push(format!("{} {name}{sign}{value}", self.dialect.prefix()));
    }

    /// A resource of `-l`, or an option.
    pub fn resource(&mut self, row: &Row, value: &str) {
        match row.name.starts_with('-') {
            true => self.option(row, value),
            false => self.line("-l", &format!("{}={value}", row.name)),
        }
    }

    /// A literal text that fits where the row prints it.
    fn literal(&self, text: &Text, row: &Row) -> Option<String> {
        let text = text.as_literal().filter(|text| directive::quoted(text).is_some())?;
        let resource = !row.name.starts_with('-');
        let plain = !text.is_empty() && text.trim() == text && !text.contains([',', '[', ']']);
        (!resource || plain).then_some(text)
    }

    /// Prints what a row says, and takes it.
    pub fn row(&mut self, row: &Row) {
        let dialect = self.dialect;
        match &row.meaning {
            Meaning::Text(place) => {
                let text = place(&mut self.job).clone().and_then(|text| self.literal(&text, row));
                if let Some(text) = text {
                    *place(&mut self.job) = None;
                    self.resource(row, &text);
                }
            }
            Meaning::First(place) => {
                let texts = place(&mut self.job).clone();
                let Some(text) = texts.first().and_then(|text| self.literal(text, row)) else { return };
                place(&mut self.job).clear();
                if texts.len() > 1 {
                    self.changed(row.part, vec![Text::from(text.as_str())], "the batch system takes one");
                }
                self.resource(row, &text);
            }
            Meaning::Texts(place, sign) => {
                let texts: Vec<Option<String>> = place(&mut self.job).iter().map(Text::as_literal).collect();
                let Some(texts) = texts.into_iter().collect::<Option<Vec<String>>>().filter(|texts| !texts.is_empty())
                else {
                    return;
                };
                let joined = texts.join(&sign.to_string());
                let whole: Text = joined.as_str().into();
                if split(&joined, *sign) == texts && self.literal(&whole, row).is_some() {
                    place(&mut self.job).clear();
                    self.resource(row, &joined);
                }
            }
            Meaning::Count(place) => {
                let count = |text: &String| text.parse::<u32>().is_ok_and(|n| n > 0 && n.to_string() == *text);
                let present = self.job.application.parallel.is_some();
                let text = if present { place(&mut self.job).as_ref().and_then(Text::as_literal) } else { None };
                if let Some(text) = text.filter(count) {
                    *place(&mut self.job) = None;
                    self.resource(row, &text);
                }
            }
            Meaning::Time(place) => {
                let Some(seconds) = *place(&mut self.job) else { return };
                if let Some((text, rounded)) = amount::time(seconds, dialect).filter(|(_, rounded)| *rounded > 0.0) {
                    *place(&mut self.job) = None;
                    if rounded != seconds {
                        self.changed(row.part, rounded, "batch systems count whole seconds");
                    }
                    self.resource(row, &text);
                }
            }
            Meaning::MostTime(place) => {
                let Some(range) = place(&mut self.job).clone() else { return };
                let Some(seconds) = range.most().or_else(|| upper(&range)) else { return };
                let Some((text, rounded)) = amount::time(seconds, dialect).filter(|(_, rounded)| *rounded > 0.0) else {
                    return;
                };
                *place(&mut self.job) = None;
                if range != Range::at_most(rounded) {
                    self.changed(
                        row.part,
                        Range::at_most(rounded),
                        "the batch system takes a time that is not exceeded",
                    );
                }
                self.resource(row, &text);
            }
            Meaning::Bytes(place) => {
                let Some(bytes) = *place(&mut self.job) else { return };
                if let Some((text, rounded)) = amount::memory(bytes, dialect) {
                    *place(&mut self.job) = None;
                    if rounded != bytes {
                        self.changed(row.part, rounded, "rounded up to what the batch system can say");
                    }
                    self.resource(row, &text);
                }
            }
            Meaning::LeastBytes(place) => {
                let excluded = dialect == Dialect::Slurm
                    && row.name == "--mem-per-cpu"
                    && self.lines.iter().any(|l| l.contains("--mem="));
                if excluded {
                    self.because(row.part, "sbatch takes memory of each node or of each CPU, not both");
                } else if let Some(text) = self.memory(place, row.part) {
                    self.resource(row, &text);
                }
            }
            Meaning::Exactly(place) => {
                let Some(range) = place(&mut self.job).clone() else { return };
                if let Some((text, instead)) = count(&range, dialect) {
                    *place(&mut self.job) = None;
                    if instead != range {
                        self.changed(row.part, instead, "the batch system takes a number");
                    }
                    self.resource(row, &text);
                }
            }
            Meaning::Least(place) => {
                let Some(range) = place(&mut self.job).clone() else { return };
                let least = range.needs().map(f64::ceil).filter(|n| (1.0..4e9).contains(n));
                if let Some(least) = least {
                    *place(&mut self.job) = None;
                    if range != Range::at_least(least) {
                        self.changed(row.part, Range::at_least(least), "the batch system takes the least number");
                    }
                    self.resource(row, &format!("{least}"));
                }
            }
            Meaning::Flag(place, value) => {
                if place(&mut self.job).take_if(|flag| flag == value).is_some() {
                    self.option(row, "");
                }
            }
            Meaning::Own(_, print) => print(self, row),
            Meaning::Keep | Meaning::Remark => {}
        }
    }

    /// An amount of memory that is at least asked for, as a word; taken from the job.
    pub fn memory(&mut self, place: impl Fn(&mut Job) -> &mut Option<Range>, part: &str) -> Option<String> {
        let range = place(&mut self.job).clone()?;
        let bytes = range.needs().filter(|n| n.is_finite()).or_else(|| range.most())?;
        let (text, rounded) = amount::memory(bytes, self.dialect)?;
        *place(&mut self.job) = None;
        if range != Range::at_least(rounded) {
            self.changed(
                part,
                Range::at_least(rounded),
                "the batch system takes the least amount, rounded up to what it can say",
            );
        }
        Some(text)
    }

    /// Says in other words what the dialect has no words for.
    fn requests(&mut self) {
        let limits = &mut self.job.application.limits;
        if limits.wall_time.is_none()
            && let Some(range) = &self.job.resources.wall_time
            && let Some(seconds) =
                range.most().or_else(|| upper(range)).or_else(|| range.needs()).filter(|s| *s > 0.0 && s.is_finite())
        {
            limits.wall_time = Some(seconds);
            self.job.resources.wall_time = None;
            let rounded = seconds.ceil();
            self.changed("/resources/wall_time", Value::Null, "asked for as the limit of the run time");
            self.changed(
                "/application/limits/wall_time",
                rounded,
                "batch systems limit the run time to what a job needs",
            );
        }
        let whole = |range: &Option<Range>| {
            range.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0 && *n < 4e9)
        };
        let parallel = self.job.application.parallel.clone().unwrap_or_default();
        let total = whole(&self.job.resources.total_cpu_count);
        let hosts = whole(&self.job.resources.total_resource_count);
        let processes =
            parallel.processes.as_ref().and_then(Text::as_literal).and_then(|text| text.parse::<u32>().ok());
        match self.dialect {
            Dialect::Slurm | Dialect::GridEngine => {
                if let (Some(total), None, None, None) =
                    (total, &parallel.processes, &parallel.threads, &parallel.per_host)
                {
                    self.job.resources.total_cpu_count = None;
                    let text = format!("{total}");
                    fields::parallel(&mut self.job.application).processes = Some(text.as_str().into());
                    let why = "a CPU for each process";
                    self.changed("/resources/total_cpu_count", Value::Null, why);
                    self.changed("/application/parallel/processes", &text, why);
                }
            }
            Dialect::Pbs => {
                let named = self.job.resources.individual_cpu_count.is_some() || parallel.per_host.is_some();
                match processes.map(f64::from) {
                    Some(processes) if hosts.is_none() && total.is_none() && !named && processes >= 1.0 => {
                        let parallel = fields::parallel(&mut self.job.application);
                        parallel.processes = None;
                        self.job.resources.total_cpu_count = Some(Range::exactly(processes));
                        let why = "a CPU for each process";
                        self.changed("/application/parallel/processes", Value::Null, why);
                        self.changed("/resources/total_cpu_count", Range::exactly(processes), why);
                    }
                    Some(processes)
                        if parallel.per_host.is_none() && hosts.is_some_and(|hosts| processes % hosts == 0.0) =>
                    {
                        let each = format!("{}", processes / hosts.unwrap_or(1.0));
                        let parallel = fields::parallel(&mut self.job.application);
                        (parallel.processes, parallel.per_host) = (None, Some(each.as_str().into()));
                        let why = "PBS counts the processes of each host";
                        self.changed("/application/parallel/processes", Value::Null, why);
                        self.changed("/application/parallel/per_host", &each, why);
                    }
                    _ => {}
                }
            }
        }
        let resources = &mut self.job.resources;
        let one = hosts.is_none_or(|hosts| hosts == 1.0);
        if self.dialect != Dialect::Pbs
            && one
            && resources.individual_physical_memory.is_none()
            && let Some(range) = resources.total_physical_memory.take()
        {
            let why = "memory of the one host";
            let bytes =
                range.needs().filter(|n| n.is_finite() && *n > 0.0).and_then(|n| amount::memory(n, self.dialect));
            match bytes {
                Some((_, bytes)) => {
                    resources.individual_physical_memory = Some(Range::at_least(bytes));
                    self.changed("/resources/total_physical_memory", Value::Null, why);
                    self.changed("/resources/individual_physical_memory", Range::at_least(bytes), why);
                }
                None => resources.total_physical_memory = Some(range),
            }
        }
    }

    fn ours(&self, extension: &Extension) -> bool {
        extension.language == self.dialect.language().name() && extension.place.is_none()
    }

    fn take_signs(&mut self) {
        let mut extensions = std::mem::take(&mut self.job.extensions);
        for extension in &mut extensions {
            if extension.name != "names of files" || !self.ours(extension) {
                continue;
            }
            let used: Vec<String> = extension.text.split(' ').map(str::to_string).collect();
            // Those that no name has, or only one that is not printed, would not be read back.
            let streams = self.job.application.commands.first();
            let texts: Vec<String> = streams
                .iter()
                .flat_map(|c| [&c.output, &c.error, &c.input])
                .flatten()
                .filter_map(|s| s.path.as_ref())
                .filter(|path| paths::name(path, self.dialect, self.array, &used).is_some())
                .map(ToString::to_string)
                .collect();
            if used.iter().all(|sign| texts.iter().any(|text| text.contains(sign.as_str()))) {
                self.signs = used;
                *extension = Extension::default();
            }
        }
        self.job.extensions = extensions;
    }

    /// What was kept of this dialect, if a line gives exactly that again.
    fn extensions(&mut self) {
        let mut extensions = std::mem::take(&mut self.job.extensions);
        for component in [false, true] {
            for extension in extensions.iter_mut() {
                if !self.ours(extension) || (extension.name == "hetjob") != component {
                    continue;
                }
                let lines = self.kept(extension);
                if reads_back(&lines, extension, self.dialect) {
                    self.lines.extend(lines);
                    *extension = Extension::default();
                }
            }
        }
        self.job.extensions = extensions;
    }

    fn kept(&self, extension: &Extension) -> Vec<String> {
        let prefix = self.dialect.prefix();
        if extension.name == "hetjob" {
            let first = std::iter::once("hetjob");
            return first.chain(extension.text.split('\n')).map(|line| format!("{prefix} {line}")).collect();
        }
        let row = self.dialect.table().iter().find(|row| row.name == extension.name);
        let (Some(row), Some(value)) = (row, directive::quoted(&extension.text)) else { return Vec::new() };
        let sign = if self.dialect == Dialect::Slurm { '=' } else { ' ' };
        vec![match row.takes {
            Takes::Nothing => format!("{prefix} {}", row.name),
            Takes::Maybe if extension.text.is_empty() => format!("{prefix} {}", row.name),
            Takes::Two => format!("{prefix} {} {}", row.name, extension.text),
            _ => format!("{prefix} {}{sign}{value}", row.name),
        }]
    }
}

/// The greatest number of a range, if it has one.
fn upper(range: &Range) -> Option<f64> {
    let ends = range.0.iter().filter(|interval| !interval.is_empty()).map(|interval| interval.ends().1);
    ends.reduce(f64::max).filter(|end| end.is_finite())
}

/// A number, or for Slurm two; and the range that it is read back as.
fn count(range: &Range, dialect: Dialect) -> Option<(String, Range)> {
    let good = |n: f64| (1.0..4e9).contains(&n) && n.fract() == 0.0;
    if let [
        Interval::Between { lower: Bound { value: a, exclusive: false }, upper: Bound { value: b, exclusive: false } },
    ] = range.0[..]
        && good(a)
        && good(b)
        && a <= b
        && dialect == Dialect::Slurm
    {
        return Some((format!("{a}-{b}"), range.clone()));
    }
    let number = range.exact().or_else(|| range.needs().map(f64::ceil)).filter(|n| good(*n))?;
    Some((format!("{number}"), Range::exactly(number)))
}

/// Whether lines give exactly this extension and nothing else.
fn reads_back(lines: &[String], extension: &Extension, dialect: Dialect) -> bool {
    if lines.is_empty() || lines.iter().any(|line| line.contains(['\n', '\r', '\0'])) {
        return false;
    }
    let text = format!("#!/bin/sh\n{}\n:\n", lines.join("\n"));
    let mut diagnostics = Diagnostics::default();
    let said = read::read(&Source::new("", text), dialect, &mut diagnostics);
    let Some(said) = said.filter(|_| !diagnostics.failed()) else { return false };
    let Some(mut job) = said.description.jobs.into_iter().next() else { return false };
    let same = job.extensions == [extension.clone()];
    job.extensions.clear();
    job.application.script = None;
    job.application.commands.clear();
    same && job == Job::default() && said.description.parameters.is_empty()
}
