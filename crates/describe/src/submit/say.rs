//! The commands of one job, as far as the language has them.

use super::command::{self, Kind, Own};
use super::own::NOTICES;
use super::print::{NOTHING, escaped, sayable};
use super::sweep::Sweep;
use super::words;
use super::{kept, names};
use crate::loss::Rest;
use pelago_job::description::{Job, Launcher, Occasion, Range, Starter, Text};

/// A job that is being written.
pub(super) struct Saying<'a> {
    rest: &'a mut Rest,
    number: usize,
    sweep: &'a Sweep,
    /// Whether an included document may define what texts name.
    unknown: bool,
    /// Names and values, in their order.
    pub lines: Vec<(String, String)>,
    /// Words that go before the arguments.
    class: Option<String>,
}

impl<'a> Saying<'a> {
    /// Nothing said yet.
    pub fn new(rest: &'a mut Rest, number: usize, sweep: &'a Sweep, unknown: bool) -> Self {
        Self { rest, number, sweep, unknown, lines: Vec::new(), class: None }
    }

    /// Says everything that can be said.
    pub fn job(&mut self) {
        for entry in command::TABLE {
            match entry.kind {
                Kind::Text(field) | Kind::Expression(field) => {
                    let value = self.peek(|job| field(job).clone()).and_then(|text| self.plain(&text));
                    if let Some(value) = value.filter(|v| self.comes_back(entry.name, v)) {
                        self.line(entry.name, value);
                        self.take(|job| *field(job) = None);
                    }
                }
                Kind::Flag(field) => {
                    if let Some(flag) = self.peek(|job| *field(job)) {
                        self.line(entry.name, if flag { "True" } else { "False" });
                        self.take(|job| *field(job) = None);
                    }
                }
                Kind::Number(field) => {
                    if let Some(number) = self.peek(|job| *field(job)) {
                        let whole = number.ceil();
                        if whole.abs() < 9e15 {
                            self.line(entry.name, format!("{whole}"));
                            self.take(|job| *field(job) = None);
                            if whole != number {
                                self.changed(entry.part, whole, "it is a whole number here");
                            }
                        }
                    }
                }
                Kind::Amount(field, unit) => {
                    if let Some(value) =
                        self.peek(|job| field(job).clone()).and_then(|r| self.amount(&r, entry.part, unit))
                    {
                        self.line(entry.name, value);
                        self.take(|job| *field(job) = None);
                    }
                }
                Kind::List(field) => {
                    let texts = self.peek(|job| field(job).clone());
                    let mut items = Vec::new();
                    for (at, text) in texts.iter().enumerate() {
                        if let Some(item) = self.plain(text).filter(|item| !item.contains(',')) {
                            items.push(item);
                            self.take(|job| {
                                if let Some(text) = field(job).get_mut(at) {
                                    *text = Text::default();
                                }
                            });
                        }
                    }
                    if !items.is_empty() {
                        self.taken_list(field, items.len() == texts.len());
                        self.line(entry.name, items.join(", "));
                    }
                }
                Kind::Own(which) => self.own(which, entry.part),
            }
        }
        self.others();
        self.extensions();
    }

    /// A list of scalars goes as a whole: what is left of it is said anew as a change.
    fn taken_list(&mut self, field: fn(&mut Job) -> &mut Vec<Text>, all: bool) {
        self.take(|job| {
            if all {
                field(job).clear();
            }
        });
    }

    fn left(&mut self) -> Option<&mut Job> {
        self.rest.left.jobs.get_mut(self.number)
    }

    pub(super) fn peek<T: Default>(&mut self, look: impl FnOnce(&mut Job) -> T) -> T {
        self.left().map(look).unwrap_or_default()
    }

    pub(super) fn take(&mut self, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.left() {
            change(job);
        }
    }

    pub(super) fn line(&mut self, name: &str, value: impl Into<String>) {
        self.lines.push((name.to_string(), value.into()));
    }

    pub(super) fn changed(&mut self, part: &str, instead: impl serde::Serialize, why: &str) {
        let part = format!("/jobs/{}/{part}", self.number);
        self.rest.changed(part, instead, why);
    }

    pub(super) fn because(&mut self, part: &str, why: &str) {
        let part = format!("/jobs/{}/{part}", self.number);
        self.rest.because(part, why);
    }

    /// A text as it is written, whatever its literals are.
    pub(super) fn write(&self, text: &Text) -> Option<String> {
        let mut out = String::new();
        for piece in &text.0.0 {
            match piece {
                pelago_job::Piece::Text(text) => out.push_str(&escaped(text, self.unknown)),
                other => out.push_str(&self.sweep.hole(other)?),
            }
        }
        Some(out)
    }

    /// A text that stands alone in a line.
    fn plain(&self, text: &Text) -> Option<String> {
        self.write(text).filter(|value| sayable(value) || value.contains('\n'))
    }

    /// A text whose quotation marks around would be taken off.
    fn unquoted(&self, text: &Text) -> Option<String> {
        let whole = |v: &String| sayable(v) && !(v.starts_with('"') && v.ends_with('"'));
        self.write(text).filter(whole)
    }

    /// Whether a value of a command is read as it is.
    fn comes_back(&self, name: &str, value: &str) -> bool {
        if super::must::expected(name, value).is_some() {
            return false;
        }
        match name {
            "batch_name" => !(value.starts_with('"') && value.ends_with('"')) && sayable(value),
            "requirements" | "rank" | "deferral_time" | "retry_until" | "leave_in_queue" => expression(value),
            name if name.starts_with("periodic") || name.starts_with("on_exit") => expression(value),
            _ => sayable(value) || value.split('\n').all(|l| sayable(l) && !l.starts_with(['#', '@'])),
        }
    }

    /// A size or count; rounds up, and notes what is not a lower bound.
    fn amount(&mut self, range: &Range, part: &str, unit: Option<f64>) -> Option<String> {
        let need = range.needs().filter(|n| n.is_finite() && *n > 0.0 && *n < 9e15)?;
        let step = unit.unwrap_or(1.0);
        let units = (need / step).ceil();
        let size = units * step;
        let instead = Range::at_least(size);
        if *range != instead {
            self.changed(part, &instead, "HTCondor asks for at least so much");
        }
        Some(match unit {
            None => format!("{units}"),
            Some(_) => match [(1_073_741_824.0, "G"), (1_048_576.0, "M"), (1024.0, "K")]
                .into_iter()
                .find(|(scale, _)| size % scale == 0.0 && size / scale >= 1.0)
            {
                Some((scale, suffix)) => format!("{}{suffix}", size / scale),
                None => format!("{units}"),
            },
        })
    }

    fn own(&mut self, which: Own, part: &str) {
        match which {
            Own::Universe => self.universe(),
            Own::Image(_) | Own::JavaOptions | Own::MachineCount | Own::GpuMemory => {}
            Own::Executable => self.executable(),
            Own::Arguments => self.arguments(),
            Own::Java => self.java(),
            Own::Environment => self.environment(),
            Own::GetEnv => self.getenv(),
            Own::Input | Own::Output | Own::Error => self.stream(which),
            Own::InitialDir => {
                let directory = self.peek(|job| job.application.commands.first()?.directory.as_ref()?.text.clone());
                if let Some(value) = directory.and_then(|text| self.unquoted(&text)).filter(|d| !d.ends_with('/')) {
                    if self.all_within(&value) {
                        self.line("initialdir", value);
                        self.take(|job| {
                            if let Some(path) = command::program(job).directory.as_mut() {
                                path.text = None;
                            }
                        });
                    } else {
                        self.because(part, "`initialdir` would also move the files that are transferred");
                    }
                }
            }
            Own::Gpus => self.gpus(),
            Own::TransferInput => self.transfer_input(),
            Own::TransferOutput => self.transfer_output(),
            Own::Notification => self.notification(),
            Own::Success => {
                let codes =
                    self.peek(|job| job.application.commands.first().map(|c| c.success.clone()).unwrap_or_default());
                if let [code] = codes[..] {
                    self.line("success_exit_code", code.to_string());
                    self.take(|job| command::program(job).success.clear());
                }
            }
            Own::Project => {
                let project = self.peek(|job| job.projects.first().cloned());
                if let Some(value) = project.and_then(|text| self.plain(&text)).filter(|v| sayable(v)) {
                    self.line("accounting_group", value);
                    self.rest_of_list("projects", |job| &mut job.projects);
                }
            }
            Own::Schedule(field) => {
                let found = self.peek(|job| job.policy.schedule.iter().position(|(name, _)| name == field));
                let text =
                    found.and_then(|at| self.peek(|job| job.policy.schedule.get(at).map(|(_, text)| text.clone())));
                if let (Some(at), Some(value)) = (found, text.and_then(|text| self.unquoted(&text))) {
                    self.line(&format!("cron_{field}"), value);
                    self.take(|job| {
                        if at < job.policy.schedule.len() {
                            job.policy.schedule.remove(at);
                        }
                    });
                }
            }
            Own::Proxy => {
                let proxy = self.peek(|job| {
                    let credential = job.policy.credential.as_ref()?;
                    (credential.kind.as_deref() == Some("proxy")).then(|| credential.subject.clone())?
                });
                if let Some(value) = proxy.and_then(|text| self.plain(&text)).filter(|v| sayable(v)) {
                    self.line("x509userproxy", value);
                    self.take(|job| {
                        if let Some(credential) = job.policy.credential.as_mut() {
                            (credential.kind, credential.subject) = (None, None);
                        }
                    });
                }
            }
        }
    }

    /// The first of a list of texts was said; the list is a whole, so what more there is in it is noted.
    fn rest_of_list(&mut self, part: &str, field: fn(&mut Job) -> &mut Vec<Text>) {
        let texts = self.peek(|job| std::mem::take(field(job)));
        if texts.len() > 1 {
            let first: Vec<Text> = texts.into_iter().take(1).collect();
            self.changed(part, first, "there is place for one");
        }
    }

    fn universe(&mut self) {
        if self.peek(|job| job.extensions.iter().any(|e| e.language == "submit" && e.name == "universe")) {
            return;
        }
        let Launcher { kind, main_class, image, runtime, .. } = self.peek(|job| job.application.launcher.clone());
        match kind {
            Some(Starter::Java) => {
                let Some(class) = main_class.as_ref().and_then(|class| self.word(class)) else {
                    self.because("application/launcher", "the java universe needs the class to run");
                    return;
                };
                self.class = Some(class);
                self.line("universe", "java");
                self.launched(|launcher| (launcher.kind, launcher.main_class) = (None, None));
            }
            Some(Starter::Container) => {
                let Some(image) = image.and_then(|image| self.unquoted(&image)) else { return };
                let docker = runtime.as_deref() == Some("docker");
                self.line("universe", if docker { "docker" } else { "container" });
                self.line(if docker { "docker_image" } else { "container_image" }, image);
                self.launched(|launcher| {
                    (launcher.kind, launcher.image) = (None, None);
                    launcher.runtime.take_if(|runtime| runtime == "docker");
                });
            }
            Some(kind @ (Starter::FrontEnd | Starter::Scheduler)) => {
                self.line("universe", if kind == Starter::Scheduler { "scheduler" } else { "local" });
                self.launched(|launcher| launcher.kind = None);
            }
            None => {
                let processes = self.peek(|job| job.application.parallel.as_ref()?.processes.clone());
                if let Some(value) = processes.and_then(|text| self.plain(&text)).filter(|v| sayable(v)) {
                    self.line("universe", "parallel");
                    self.line("machine_count", value);
                    self.take(|job| {
                        if let Some(parallel) = job.application.parallel.as_mut() {
                            parallel.processes = None;
                        }
                    });
                }
            }
        }
    }

    fn java(&mut self) {
        if self.class.is_none() {
            return;
        }
        let java = self.peek(|job| job.application.launcher.clone());
        let jars: Option<Vec<String>> = java.class_path.iter().map(|jar| self.plain(jar)).collect();
        let fits = |jar: &String| sayable(jar) && !jar.contains([',', ' ', '\t']);
        if let Some(jars) = jars.filter(|jars| !jars.is_empty() && jars.iter().all(fits)) {
            self.line("jar_files", jars.join(","));
            self.launched(|launcher| launcher.class_path.clear());
        }
        let options: Option<Vec<String>> = java.options.iter().map(|word| self.word(word)).collect();
        if let Some(options) = options.filter(|options| !options.is_empty()) {
            self.line("java_vm_args", words::write_new(&options));
            self.launched(|launcher| launcher.options.clear());
        }
    }

    /// Takes what was said of the launcher.
    fn launched(&mut self, taken: impl Fn(&mut Launcher)) {
        self.take(|job| taken(&mut job.application.launcher));
    }

    fn executable(&mut self) {
        let container = self.lines.iter().any(|(name, _)| name.ends_with("_image"));
        let program = self.peek(|job| job.application.commands.first()?.executable.as_ref()?.text.clone());
        if let Some(value) = program.and_then(|text| self.unquoted(&text)) {
            self.line("executable", value);
            self.take(|job| {
                if let Some(path) = command::program(job).executable.as_mut() {
                    path.text = None;
                }
            });
        } else if !container
            && !self.peek(|job| {
                let own = job.extensions.iter().filter(|extension| extension.language == "submit");
                let mut own = own.map(|extension| (extension.name.as_str(), extension.text.as_str()));
                own.any(|(name, text)| name == "shell" || name == "grid_resource" && super::own::is_machine(text))
            })
        {
            self.line("executable", NOTHING);
            self.take(|job| {
                if let Some(path) = job.application.commands.first_mut().and_then(|c| c.executable.as_mut()) {
                    path.text = None;
                }
            });
            let part = "application/commands/0/executable/text";
            self.changed(part, NOTHING, "the language insists on a program, and there is none that it can say");
        }
    }

    /// A word of a command in the new syntax.
    fn word(&self, text: &Text) -> Option<String> {
        let open = text.0.params().iter().any(|p| self.sweep.open.contains(p));
        let word = self.write(text)?;
        let fits = !word.contains(['\n', '\r']) && !super::symbol::has_symbol(&word);
        fits.then(|| words::quote(&word, open))
    }

    fn arguments(&mut self) {
        let mut words: Vec<String> = self.class.take().into_iter().collect();
        let texts = self.peek(|job| job.application.commands.first().map(|c| c.arguments.clone()).unwrap_or_default());
        for (at, argument) in texts.iter().enumerate() {
            let Some(word) = argument.text.as_ref().and_then(|text| self.word(text)) else { continue };
            words.push(word);
            self.take(|job| {
                if let Some(argument) = command::program(job).arguments.get_mut(at) {
                    argument.text = None;
                }
            });
        }
        if words.is_empty() {
            return;
        }
        // Words without quotes are the same in the old syntax, which people know better.
        let value = match words.iter().any(|word| word.contains(['\'', '"', ' '])) {
            true => words::write_new(&words),
            false => words.join(" "),
        };
        if sayable(&value) {
            self.line("arguments", value);
        } else {
            self.line("arguments", words::write_new(&words));
        }
    }

    fn environment(&mut self) {
        let variables = self.peek(|job| job.application.environment.clone());
        let mut words = Vec::new();
        for (at, variable) in variables.iter().enumerate() {
            let name = variable.name.as_ref().and_then(|name| self.write(name));
            let Some(name) = name.filter(|n| !n.is_empty() && !n.contains(['=', '\n', '\r', '\''])) else { continue };
            let empty = Text::default();
            let text = variable.value.as_ref().unwrap_or(&empty);
            let Some(value) = self.write(text).filter(|v| !v.contains(['\n', '\r'])) else { continue };
            if variable.value.is_none() {
                continue;
            }
            words.push(words::quote(&format!("{name}={value}"), text.as_literal().is_none()));
            self.take(|job| {
                if let Some(variable) = job.application.environment.get_mut(at) {
                    (variable.name, variable.value) = (None, None);
                }
            });
        }
        if !words.is_empty() {
            self.line("environment", words::write_new(&words));
        }
    }

    fn getenv(&mut self) {
        let patterns = self.peek(|job| job.application.inherit.clone());
        let fits = |p: &String| sayable(p) && !p.contains([',', ' ', '\t', ';', '$']) && super::job::flag(p).is_none();
        if patterns.as_slice() == ["*"] {
            self.line("getenv", "True");
        } else if !patterns.is_empty() && patterns.iter().all(fits) {
            self.line("getenv", patterns.join(", "));
        } else {
            return;
        }
        self.take(|job| job.application.inherit.clear());
    }

    fn stream(&mut self, which: Own) {
        let (name, field): (
            _,
            fn(&mut pelago_job::description::Command) -> &mut Option<pelago_job::description::Stdio>,
        ) = match which {
            Own::Input => ("input", |c| &mut c.input),
            Own::Output => ("output", |c| &mut c.output),
            _ => ("error", |c| &mut c.error),
        };
        let path = self.peek(|job| field(job.application.commands.first_mut()?).as_ref()?.path.clone());
        if let Some(value) = path.and_then(|text| self.unquoted(&text)) {
            self.line(name, value);
            self.take(|job| {
                if let Some(stream) = field(command::program(job)) {
                    stream.path = None;
                }
            });
        }
    }

    fn gpus(&mut self) {
        let Some(gpu) = self.peek(|job| job.resources.accelerators.first().cloned()) else { return };
        let kind = gpu.kind.as_ref().and_then(Text::as_literal);
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("gpu")) {
            return;
        }
        let part = "resources/accelerators/0/per_host";
        if let Some(value) = gpu.per_host.as_ref().and_then(|range| self.amount(range, part, None)) {
            self.line("request_gpus", value);
            self.take(|job| job.resources.accelerators[0].per_host = None);
        }
        let part = "resources/accelerators/0/memory";
        if let Some(value) = gpu.memory.as_ref().and_then(|range| self.amount(range, part, Some(1_048_576.0))) {
            self.line("gpus_minimum_memory", value);
            self.take(|job| job.resources.accelerators[0].memory = None);
        }
    }

    fn notification(&mut self) {
        let notices = self.peek(|job| job.policy.notices.clone());
        let Some(notice) = notices.first() else { return };
        let exact = NOTICES.iter().find(|(_, on)| *on == notice.on);
        let wider = || {
            let holds = |on: &[Occasion]| notice.on.iter().all(|o| on.contains(o));
            NOTICES.iter().find(|(_, on)| holds(on)).or(NOTICES.last())
        };
        let Some((word, on)) = exact.or_else(wider) else { return };
        self.line("notification", *word);
        if exact.is_none() {
            self.changed("policy/notices/0/on", on, "the nearest word for it");
        }
        let to = match notice.to.as_slice() {
            [to] => self.plain(to).filter(|v| sayable(v)),
            _ => None,
        };
        if let Some(to) = &to {
            self.line("notify_user", to.clone());
        }
        self.take(|job| {
            if let Some(left) = job.policy.notices.first_mut() {
                left.on.clear();
                if to.is_some() {
                    left.to.clear();
                }
            }
        });
    }

    /// Other countable things.
    fn others(&mut self) {
        let others = self.peek(|job| job.resources.others.clone());
        let mut left = Vec::new();
        for (name, value) in others {
            let word = name.as_literal().filter(|n| names::is_name(n) && !command::is_known(&format!("request_{n}")));
            match (word, self.plain(&value).filter(|v| sayable(v))) {
                (Some(word), Some(value)) if !self.has(&format!("request_{word}")) => {
                    self.line(&format!("request_{word}"), value);
                    left.push((Text::default(), Text::default()));
                }
                _ => left.push((name, value)),
            }
        }
        if left.iter().all(|(name, value)| name.is_empty() && value.is_empty()) {
            left.clear();
        }
        self.take(|job| job.resources.others = left);
    }

    fn has(&self, name: &str) -> bool {
        self.lines.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// What was kept as it was.
    fn extensions(&mut self) {
        let extensions = self.peek(|job| job.extensions.clone());
        for (at, extension) in extensions.into_iter().enumerate() {
            let plain = extension.name.strip_prefix('+').unwrap_or(&extension.name);
            let known = extension.name.starts_with('+')
                || command::is_known(plain)
                || kept::family(plain).is_some()
                || plain.to_ascii_lowercase().starts_with("request_");
            let fits = sayable(&extension.text) || extension.text.contains('\n');
            let own = extension.language == "submit" && extension.place.is_none() && extension.name != "queue";
            if !own || !known || !fits || self.has(&extension.name) || !names::is_name(plain) {
                continue;
            }
            self.lines.push((extension.name, extension.text));
            self.take(|job| {
                if let Some(left) = job.extensions.get_mut(at) {
                    *left = Default::default();
                }
            });
        }
    }
}

/// Whether a value is an expression, whatever its macros are.
fn expression(value: &str) -> bool {
    let plain = super::job::without_later(value);
    sayable(value) && pelago_classad::parse(&plain).is_ok()
}
