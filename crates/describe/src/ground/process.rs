//! Commands: programs with their words, streams, variables and limits become steps.

use super::jobs::Steps;
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::{Command, Limits, Path, Stdio, Variable};
use pelago_job::{Bytes, Input, Millis, OnError, Piece, Place, Resource, Setting, Step, Stream, Template};

/// A program with its arguments, as far as it is known before it is wrapped.
pub(super) struct Words {
    pub words: Vec<Template>,
    /// Whether the first word is searched for in `PATH`.
    pub search: bool,
}

impl Words {
    /// Words with others before them, the first of which is searched for.
    pub(super) fn behind(self, before: impl IntoIterator<Item = Template>) -> Self {
        let mut words: Vec<Template> = before.into_iter().collect();
        let mut own = self.words.into_iter();
        if let Some(program) = own.next() {
            // Whoever starts it searches for a program without a slash.
            let bare = !self.search && !matches!(program.0.first(), Some(Piece::Text(text)) if text.contains('/'));
            let mut named = Template::default();
            if bare {
                named.push_text("./");
            }
            named.0.extend(program.0);
            words.push(joined(named));
        }
        words.extend(own);
        Self { words, search: true }
    }

    fn step(self, at: Place) -> Option<Step> {
        let program = self.words.first()?.clone();
        Some(Step::Exec { program, argv: self.words, search_path: self.search, at })
    }
}

/// Literal pieces that stand side by side made one.
pub(super) fn joined(template: Template) -> Template {
    let mut out = Template::default();
    for piece in template.0 {
        match piece {
            Piece::Text(text) => out.push_text(&text),
            piece => out.0.push(piece),
        }
    }
    out
}

pub(super) fn literal(text: &str) -> Template {
    if text.is_empty() { Template::default() } else { Template::literal(text) }
}

impl Work<'_> {
    /// Everything that runs.
    pub(super) fn application(&mut self, job: &mut JobWork, steps: &mut Steps) {
        let mut application = std::mem::take(&mut job.left.application);
        application.description = None;
        // A name beside an executable is only a name.
        if !application.commands.is_empty() || application.script.is_some() {
            application.name = None;
            application.version = None;
        }
        for (part, said, own) in [
            ("/application/user", application.user.take(), self.ground.offer.user.clone()),
            ("/application/user_group", application.user_group.take(), self.ground.offer.group.clone()),
        ] {
            let Some(said) = said.and_then(|said| self.literal(job, part, said)) else { continue };
            if said != own {
                let what = format!("the job asks to run as `{said}`, and jobs run here as `{own}`");
                self.refuse(job.part(part), what, "take it out, or log in as that user");
            }
        }
        self.limits(job, std::mem::take(&mut application.limits), steps);
        self.inherited(job, std::mem::take(&mut application.inherit), steps);
        let processes = application.parallel.as_ref().and_then(|parallel| parallel.processes.as_ref()?.as_literal());
        let processes = processes.and_then(|text| text.trim().parse().ok()).or(job.cpus).unwrap_or(1);
        let said = self.batch_variables(job, processes);
        steps.run.extend(said.into_iter().map(Step::Set));
        let mut environment = std::mem::take(&mut application.environment);
        // UNICORE gives a program the values of parameters as variables, which the environment may replace.
        if matches!(self.ground.language, Some(Language::Unicore | Language::UnicoreWorkflow)) {
            environment.splice(0..0, std::mem::take(&mut application.parameters));
        }
        let own = self.variables(job, "/application/environment", environment);
        steps.run.extend(std::mem::take(&mut job.limits).into_iter().map(Step::Set));
        steps.run.extend(own.iter().cloned().map(Step::Set));
        self.library_path(job, std::mem::take(&mut application.library_path), steps);
        let start = self.start(job, &mut application);
        steps.run.extend(job.threads.take().map(Step::Set));
        // Commands outside the container need them, too.
        if application.before.is_empty() && application.after.is_empty() {
            Self::variables_inside(job, steps);
        }
        let before = std::mem::take(&mut application.before);
        let after = std::mem::take(&mut application.after);
        let plain = super::launcher::Start::default();
        for (number, command) in before.into_iter().enumerate() {
            self.command(job, &format!("/application/before/{number}"), command, &plain, &own, steps);
        }
        if application.commands.is_empty() && application.script.is_none() && application.name.is_none() && !job.idle {
            let what = "the job names no program to run";
            self.refuse(
                job.part("/application"),
                what,
                "name an executable, or an application that applications.toml knows",
            );
        }
        if let Some(script) = application.script.take() {
            let script = self.template(job, "/application/script", script);
            let command = application.commands.first_mut().map(std::mem::take).unwrap_or_default();
            self.script(job, script, command, &own, steps);
        } else {
            for number in 0..application.commands.len() {
                let Some(command) = application.commands.get_mut(number).map(std::mem::take) else { continue };
                self.command(job, &format!("/application/commands/{number}"), command, &start, &own, steps);
            }
        }
        for (number, command) in after.into_iter().enumerate() {
            self.command(job, &format!("/application/after/{number}"), command, &plain, &own, steps);
        }
        job.left.application = application;
    }

    /// Variables of the submitter go with the job anyway; those that must not are taken away.
    fn inherited(&mut self, job: &JobWork, inherit: Vec<String>, steps: &mut Steps) {
        for (number, name) in inherit.iter().enumerate() {
            let Some(name) = name.strip_prefix('!') else { continue };
            if name.contains(['*', '?', '[']) {
                let what = format!("variables `{name}` cannot be kept from the job: a pattern is not possible here");
                self.refuse(job.part(&format!("/application/inherit/{number}")), what, "list the names");
                continue;
            }
            steps.run.push(Step::Set(Setting::Variable { name: literal(name), value: None }));
        }
    }

    fn variables(&mut self, job: &JobWork, part: &str, variables: Vec<Variable>) -> Vec<Setting> {
        let mut settings = Vec::new();
        for (number, variable) in variables.into_iter().enumerate() {
            let Some(name) = variable.name else { continue };
            let part = format!("{part}/{number}");
            let name = self.template(job, &part, name);
            let mut value = self.mounted(job, &part, variable.filesystem, variable.value.unwrap_or_default());
            // gLite's wrapper sets them in a shell, which fills in what was set before.
            if self.ground.language == Some(Language::Jdl) {
                value = self.filled(value, &settings);
            }
            settings.push(Setting::Variable { name, value: Some(value) });
        }
        settings
    }

    /// A value with the variables in it replaced: by those set before, else by those of whoever submits, else by nothing.
    fn filled(&self, value: Template, before: &[Setting]) -> Template {
        let known = |name: &str| {
            let mut own = before.iter().rev().filter_map(|setting| match setting {
                Setting::Variable { name: own, value: Some(value) } if own.as_literal().as_deref() == Some(name) => {
                    Some(value.clone())
                }
                _ => None,
            });
            own.next().unwrap_or_else(|| literal(&(self.ground.offer.variable)(name).unwrap_or_default()))
        };
        let mut out = Template::default();
        for piece in value.0 {
            let Piece::Text(text) = piece else {
                out.0.push(piece);
                continue;
            };
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once('$') {
                out.push_text(before);
                let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                let (name, behind) = braced.unwrap_or_else(|| after.split_at(end));
                if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                    out.push_text("$");
                    rest = after;
                    continue;
                }
                out.0.extend(known(name).0);
                rest = behind;
            }
            out.push_text(rest);
        }
        joined(out)
    }

    fn library_path(&mut self, job: &JobWork, paths: Vec<pelago_job::Text>, steps: &mut Steps) {
        let mut value = Template::default();
        for (number, path) in paths.into_iter().enumerate() {
            let path = self.template(job, &format!("/application/library_path/{number}"), path);
            if !value.is_empty() {
                value.push_text(":");
            }
            value.0.extend(path.0);
        }
        if !value.is_empty() {
            let (name, value) = (literal("LD_LIBRARY_PATH"), Some(joined(value)));
            steps.run.push(Step::Set(Setting::Variable { name, value }));
        }
    }

    fn limits(&mut self, job: &mut JobWork, mut limits: Limits, steps: &mut Steps) {
        let fits = |value: f64| value.is_finite() && value >= 0.0 && value < u64::MAX as f64;
        let mut bad = Vec::new();
        let mut take = |field: &mut Option<f64>, name: &'static str| {
            let value = field.take()?;
            if !fits(value) {
                bad.push(name);
                return None;
            }
            Some(value)
        };
        if let Some(seconds) = take(&mut limits.wall_time, "wall_time") {
            job.at_most(Millis((seconds * 1000.0).ceil() as u64));
        }
        if let Some(bytes) = take(&mut limits.memory, "memory") {
            job.uses_at_most(Bytes(bytes.ceil() as u64));
        }
        let mut each = |field: &mut Option<f64>, name, of| {
            if let Some(value) = take(field, name) {
                steps.run.push(Step::Set(Setting::Limit { of, most: value.ceil() as u64 }));
            }
        };
        each(&mut limits.cpu_time, "cpu_time", Resource::CpuTime);
        each(&mut limits.file_size, "file_size", Resource::FileSize);
        each(&mut limits.core_dump, "core_dump", Resource::CoreDump);
        each(&mut limits.data_segment, "data_segment", Resource::DataSegment);
        each(&mut limits.locked_memory, "locked_memory", Resource::LockedMemory);
        each(&mut limits.open_descriptors, "open_descriptors", Resource::OpenFiles);
        each(&mut limits.stack_size, "stack_size", Resource::Stack);
        each(&mut limits.process_count, "process_count", Resource::Processes);
        each(&mut limits.virtual_memory, "virtual_memory", Resource::VirtualMemory);
        for name in bad {
            self.refuse(
                job.part(&format!("/application/limits/{name}")),
                "a limit is a number that is not negative",
                "",
            );
        }
        for (field, name, what) in [
            (limits.pipe_size, "pipe_size", "the size of pipes"),
            (limits.thread_count, "thread_count", "the number of threads of one process"),
        ] {
            if field.is_some() {
                let what = format!("{what} cannot be limited on this machine");
                self.refuse(job.part(&format!("/application/limits/{name}")), what, "take the limit out");
            }
        }
    }

    /// One command with its streams.
    pub(super) fn command(
        &mut self,
        job: &mut JobWork,
        part: &str,
        mut command: Command,
        start: &super::launcher::Start,
        shared: &[Setting],
        steps: &mut Steps,
    ) {
        let at = if command.at_front_end { Place::Root } else { Place::Node };
        let own = self.variables(job, &format!("{part}/environment"), std::mem::take(&mut command.environment));
        steps.run.extend(std::mem::take(&mut job.again).into_iter().map(Step::Set));
        // In a container they are for what runs in it.
        let contained = job.inside.is_some() && (command.image.is_some() || !start.is_plain());
        match contained {
            true => Self::put_inside(job, &own),
            false => steps.run.extend(own.iter().cloned().map(Step::Set)),
        }
        let directory = command.directory.take();
        if let Some(path) = directory {
            let text = self.mounted(job, &format!("{part}/directory"), path.filesystem, path.text.unwrap_or_default());
            steps.run.push(Step::Set(Setting::Directory(Some(text))));
        } else {
            steps.run.push(Step::Set(Setting::Directory(None)));
        }
        self.input(job, &format!("{part}/input"), command.input.take(), steps);
        self.output(job, &format!("{part}/output"), Stream::Out, command.output.take(), steps);
        self.output(job, &format!("{part}/error"), Stream::Err, command.error.take(), steps);
        let codes: Vec<i32> = command.success.iter().filter_map(|code| i32::try_from(*code).ok()).collect();
        steps.run.push(Step::Set(Setting::Success(codes)));
        if command.ignore_failure {
            steps.run.push(Step::OnError(OnError::Ignore));
        }
        match (command.shell.take(), command.executable.take()) {
            (Some(line), None) => {
                let line = self.template(job, &format!("{part}/shell"), line);
                match start.is_plain() && command.image.is_none() {
                    true => steps.run.push(Step::Shell { line, at }),
                    false => {
                        let words = [literal("/bin/sh"), literal("-c"), line];
                        let words = Words { words: words.to_vec(), search: false };
                        let wrapped = self.wrapped(job, part, command.image.take(), start, words);
                        steps.run.extend(wrapped.and_then(|words| words.step(at)));
                    }
                }
            }
            (shell, Some(executable)) => {
                if shell.is_some() {
                    let what = "a command has both a program and a line for the shell";
                    self.refuse(job.part(part), what, "leave one of them");
                }
                let words = self.words(job, part, executable, std::mem::take(&mut command.arguments), at, steps);
                let wrapped = words.and_then(|words| self.wrapped(job, part, command.image.take(), start, words));
                steps.run.extend(wrapped.and_then(|words| words.step(at)));
            }
            // The image has a program of its own.
            (None, None) if command.image.is_some() || start.container.is_some() => {
                let mut words = vec![Template::default()];
                for (number, argument) in std::mem::take(&mut command.arguments).into_iter().enumerate() {
                    let part = format!("{part}/arguments/{number}");
                    words.push(self.mounted(job, &part, argument.filesystem, argument.text.unwrap_or_default()));
                }
                let words = Words { words, search: false };
                let wrapped = self.wrapped(job, part, command.image.take(), start, words);
                steps.run.extend(wrapped.and_then(|words| words.step(at)));
            }
            (None, None) => {
                let what = "the job names no program to run";
                self.refuse(job.part(part), what, "name an executable, or an application that applications.toml knows");
            }
        }
        if command.ignore_failure {
            steps.run.push(Step::OnError(OnError::Fail));
        }
        if contained {
            return Self::take_out(job, own.len());
        }
        // The next command has the variables of all commands again.
        job.again = own
            .into_iter()
            .filter_map(|setting| {
                let Setting::Variable { name, .. } = setting else { return None };
                let again =
                    shared.iter().find(|other| matches!(other, Setting::Variable { name: n, .. } if *n == name));
                Some(again.cloned().unwrap_or(Setting::Variable { name, value: None }))
            })
            .collect();
    }

    /// The program and its arguments. What stands beside the document or is brought is run from the working directory.
    fn words(
        &mut self,
        job: &mut JobWork,
        part: &str,
        executable: Path,
        arguments: Vec<Path>,
        at: Place,
        steps: &mut Steps,
    ) -> Option<Words> {
        let at_part = format!("{part}/executable");
        let text = self.mounted(job, &at_part, executable.filesystem, executable.text.unwrap_or_default());
        let mut words = Vec::with_capacity(arguments.len() + 1);
        let own = self.spot(&text, None);
        if job.inside.is_some()
            && let Some(name) = text.as_literal()
            && (name.is_empty() || !self.comes_along(job, &name))
        {
            // What the image has only the image knows.
            words.push(text);
            words.extend(self.arguments(job, part, arguments));
            return Some(Words { words, search: true });
        }
        // A program that stands beside another document is named from there.
        let there = job.home.as_ref().and_then(|home| self.spot(&text, Some(home)).ok());
        let there = there.filter(|spot| self.look(spot.path()).is_some());
        let spot = match own {
            Ok(own) => there.unwrap_or(own),
            Err(nowhere) => {
                self.refuse(job.part(&at_part), nowhere.what, nowhere.help);
                return None;
            }
        };
        let name = spot.path().as_literal();
        let mut search = false;
        let program = match (&name, &spot) {
            (Some(name), super::place::Spot::Absolute(path)) => {
                match (self.ground.look)(std::path::Path::new(name)) {
                    // A file that the job itself brings there.
                    None if job.brought.contains(name) => {}
                    None => {
                        let what = format!("the program `{name}` is not on this machine");
                        self.refuse(job.part(&at_part), what, "give the path that it has here");
                    }
                    Some(found) if found.directory || !found.executable => {
                        let what = format!("`{name}` is no program: it is not executable");
                        self.refuse(job.part(&at_part), what, "`chmod +x` makes it one");
                    }
                    Some(_) => {}
                }
                path.clone()
            }
            (Some(name), super::place::Spot::Beside(path)) => {
                let beside = self.look(path).filter(|found| !found.directory);
                let in_place = job.within.is_some() || at == Place::Root;
                let there = job.within.as_ref().and_then(|within| {
                    let mut inside = within.clone();
                    if !inside.is_empty() {
                        inside.push_text("/");
                    }
                    inside.push_text(name);
                    self.look(&inside)
                });
                match beside {
                    _ if job.brought.contains(name) || there.is_some() => path.clone(),
                    // Programs are named from where the document is, also where the job runs elsewhere.
                    Some(_) if in_place => literal(&self.ground.directory.join(name).to_string_lossy()),
                    Some(found) => {
                        if !found.executable {
                            steps.bring.push(exec(&["chmod", "+x", "--", name]));
                            job.group.inputs.push(Input {
                                name: path.clone(),
                                as_name: None,
                                read_only: false,
                                found: false,
                            });
                        }
                        path.clone()
                    }
                    None if name.contains('/') => path.clone(),
                    None if (self.ground.offer.program)(name).is_some() => {
                        search = true;
                        path.clone()
                    }
                    None => {
                        let what =
                            format!("the program `{name}` is neither beside the document, nor brought, nor in PATH");
                        self.refuse(job.part(&at_part), what, "put it beside the document, or give its path");
                        path.clone()
                    }
                }
            }
            _ => spot.path().clone(),
        };
        words.push(program);
        words.extend(self.arguments(job, part, arguments));
        Some(Words { words, search })
    }

    fn arguments(&mut self, job: &JobWork, part: &str, arguments: Vec<Path>) -> Vec<Template> {
        let mut words = Vec::with_capacity(arguments.len());
        for (number, argument) in arguments.into_iter().enumerate() {
            let part = format!("{part}/arguments/{number}");
            words.push(self.mounted(job, &part, argument.filesystem, argument.text.unwrap_or_default()));
        }
        words
    }

    /// Whether a program is brought or stands beside the document.
    fn comes_along(&self, job: &JobWork, name: &str) -> bool {
        let Ok(super::place::Spot::Beside(path)) = self.spot(&literal(name), None) else { return false };
        job.brought.contains(name) || self.look(&path).is_some_and(|found| !found.directory)
    }

    fn input(&mut self, job: &mut JobWork, part: &str, input: Option<Stdio>, steps: &mut Steps) {
        let Some(path) = input.and_then(|input| Some((input.filesystem, input.path?))) else {
            return steps.run.push(Step::Set(Setting::Input(None)));
        };
        let path = self.mounted(job, part, path.0, path.1);
        if path.as_literal().as_deref() == Some("/dev/null") {
            return steps.run.push(Step::Set(Setting::Input(None)));
        }
        let name = match self.spot(&path, None) {
            Ok(super::place::Spot::Beside(name)) => name,
            Ok(super::place::Spot::Absolute(path)) if job.within.is_some() => path,
            Ok(super::place::Spot::Absolute(path)) => {
                let own = literal(".pelago-stdin");
                let as_name = Some(own.clone());
                job.group.inputs.push(Input { name: path, as_name, read_only: true, found: false });
                own
            }
            Err(nowhere) => return self.refuse(job.part(part), nowhere.what, nowhere.help),
        };
        let brought =
            name.as_literal().is_some_and(|name| job.brought.contains(&name) || super::container::is_inside(&name));
        if job.within.is_none() && !brought && name.as_literal().as_deref() != Some(".pelago-stdin") {
            // What no entry brings stands beside the document.
            match self.spot(&name, job.base.clone().as_ref()) {
                Ok(spot) => self.bring(job, spot, &name, false, true, steps),
                Err(nowhere) => self.refuse(job.part(part), nowhere.what, nowhere.help),
            }
        }
        steps.run.push(Step::Set(Setting::Input(Some(name))));
    }

    fn output(&mut self, job: &mut JobWork, part: &str, stream: Stream, output: Option<Stdio>, steps: &mut Steps) {
        let Some((output, path)) = output.and_then(|mut output| {
            let path = output.path.take()?;
            Some((output, path))
        }) else {
            return steps.run.push(Step::Redirect { stream, target: None });
        };
        let path = self.mounted(job, part, output.filesystem, path);
        if path.as_literal().as_deref() == Some("/dev/null") {
            return steps.run.push(Step::Redirect { stream, target: Some((path, false)) });
        }
        // Whoever submits sees it: that is what the log is for.
        let shown = |name: String| matches!(name.as_str(), "/dev/stdout" | "/dev/stderr") || job.shown.contains(&name);
        if path.as_literal().is_some_and(shown) {
            return steps.run.push(Step::Redirect { stream, target: None });
        }
        let spot = match self.spot(&path, None) {
            Ok(spot) => spot,
            Err(nowhere) => return self.refuse(job.part(part), nowhere.what, nowhere.help),
        };
        if job.within.is_some() {
            return steps.run.push(Step::Redirect { stream, target: Some((spot.path().clone(), output.append)) });
        }
        if output.append {
            let what = "a stream cannot be added to a file that is there: each task writes a file of its own";
            self.refuse(job.part(part), what, "name the file by the task, or let it be replaced");
        }
        if output.stream {
            self.note(job.part(part), "the file comes home when the task has ended; `pelago logs` shows it meanwhile");
        }
        let own = match &spot {
            super::place::Spot::Beside(name) => name.clone(),
            super::place::Spot::Absolute(_) => {
                literal(if stream == Stream::Out { ".pelago-stdout" } else { ".pelago-stderr" })
            }
        };
        if let Some(parent) = super::place::parent(&own) {
            let words = ["mkdir", "-p", "--"].map(literal).into_iter().chain([parent]);
            steps.bring.push(super::files::program(words));
        }
        steps.run.push(Step::Redirect { stream, target: Some((own.clone(), false)) });
        let target = match (&spot, job.base.clone()) {
            (super::place::Spot::Beside(name), Some(base)) => self.spot(&name.clone(), Some(&base)).unwrap_or(spot),
            _ => spot,
        };
        if !own.as_literal().is_some_and(|name| job.going.contains(&name) || super::container::is_inside(&name)) {
            self.send(job, own, &target, (false, self.streams_anyhow()), steps);
        }
    }
}

/// A program of the system in the working directory.
pub(super) fn exec(words: &[&str]) -> Step {
    let argv: Vec<Template> = words.iter().map(|word| literal(word)).collect();
    let program = argv.first().cloned().unwrap_or_default();
    Step::Exec { program, argv, search_path: true, at: Place::Node }
}
