//! What starts a command where it is not the operating system alone: copies, MPI, Java, containers, interpreters.

use super::container::Container;
use super::jobs::Steps;
use super::process::{Words, joined, literal};
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::{Application, Command, Starter, Text, Variable};
use pelago_job::{Piece, Place, Setting, Step, Template};

/// Starts copies of one program beside each other and waits for all; fails as the last one that failed.
const COPIES: &str = "n=$1; shift; pids=; while [ \"$n\" -gt 0 ]; do \"$@\" & pids=\"$pids $!\"; n=$((n-1)); done; code=0; \
                      for pid in $pids; do wait \"$pid\" || code=$?; done; exit \"$code\"";

/// How all main commands of a job are started.
#[derive(Default)]
pub(super) struct Start {
    /// Words before each command: a starter of processes.
    before: Vec<Template>,
    java: Option<Java>,
    pub(super) container: Option<Container>,
}

struct Java {
    main_class: Option<Template>,
    class_path: Vec<Template>,
    options: Vec<Template>,
}

impl Start {
    /// Whether commands are started as they are.
    pub(super) fn is_plain(&self) -> bool {
        self.before.is_empty() && self.java.is_none() && self.container.is_none()
    }
}

impl Work<'_> {
    /// How the application's main commands are started.
    pub(super) fn start(&mut self, job: &mut JobWork, application: &mut Application) -> Start {
        let mut start = Start::default();
        if job.ends_anyhow {
            start.before.extend(["/bin/sh", "-c", super::workflow::KEEP_CODE, "sh"].map(literal));
        }
        if job.left.policy.nice.take() == Some(true) {
            start.before.extend(["nice", "-n", "19"].map(literal));
        }
        if let Some(parallel) = application.parallel.take() {
            let part = "/application/parallel";
            let allocated = job.cpus.unwrap_or(1);
            let said = parallel.processes.map(|text| self.number(job, &format!("{part}/processes"), text));
            let processes = match said {
                Some(None) => return start,
                Some(Some(number)) => number,
                None => allocated,
            };
            if let Some(most) = parallel.per_host.and_then(|text| self.number(job, &format!("{part}/per_host"), text))
                && most < processes
            {
                let what = format!(
                    "{processes} processes with at most {most} on a host need more than one host, and here is one"
                );
                self.refuse(job.part(&format!("{part}/per_host")), what, "run it at a site with more hosts");
            }
            let threads = parallel.threads.and_then(|text| self.number(job, &format!("{part}/threads"), text));
            let threads = if parallel.threads_as_allocated { Some(allocated) } else { threads };
            if let Some(threads) = threads {
                let (name, value) = (literal("OMP_NUM_THREADS"), Some(literal(&threads.to_string())));
                job.threads = Some(Setting::Variable { name, value });
            }
            let options: Vec<Template> = self.templates(job, &format!("{part}/options"), parallel.options);
            // What is started in a script its own lines start.
            if application.script.is_some() {
                return start;
            }
            match parallel.variation.as_deref() {
                None | Some("") if processes <= 1 => {}
                None | Some("") => {
                    start.before.extend([literal("/bin/sh"), literal("-c"), literal(COPIES), literal("sh")]);
                    start.before.push(literal(&processes.to_string()));
                }
                Some(variation) => match self.starter(variation) {
                    Some(starter) => {
                        self.open_mpi(job, starter, processes, &options, &application.environment);
                        start.before.extend([literal(starter), literal("-n"), literal(&processes.to_string())]);
                        start.before.extend(options);
                    }
                    None => {
                        let what =
                            format!("the job is a parallel one ({variation}), and no `mpirun` or `mpiexec` is in PATH");
                        self.refuse(job.part(&format!("{part}/variation")), what, "install an MPI, such as Open MPI");
                    }
                },
            }
        }
        let part = "/application/launcher";
        match application.launcher.kind {
            Some(Starter::Java) => {
                self.needs(job, part, "java");
                let launcher = std::mem::take(&mut application.launcher);
                let mut texts = |field: &str, texts| self.templates(job, &format!("{part}/{field}"), texts);
                let main_class = texts("main_class", launcher.main_class.into_iter().collect()).pop();
                let class_path = texts("class_path", launcher.class_path);
                start.java = Some(Java { main_class, class_path, options: texts("options", launcher.options) });
            }
            Some(Starter::Container) => {
                start.container = Some(self.container(job, application));
            }
            None | Some(Starter::FrontEnd | Starter::Scheduler) => {}
        }
        start
    }

    pub(super) fn templates(&mut self, job: &JobWork, part: &str, texts: Vec<Text>) -> Vec<Template> {
        let one = |(number, text): (usize, Text)| self.template(job, &format!("{part}/{number}"), text);
        texts.into_iter().enumerate().map(one).collect()
    }

    fn starter(&self, variation: &str) -> Option<&'static str> {
        // PVM and the like are no MPI.
        let mpi = variation.to_ascii_uppercase();
        if !(mpi.contains("MPI") || mpi == "MPICH" || mpi.starts_with("LAM")) {
            return None;
        }
        ["mpirun", "mpiexec"].into_iter().find(|name| (self.ground.offer.program)(name).is_some())
    }

    /// What Open MPI's starter would refuse is refused before anything runs.
    fn open_mpi(&mut self, job: &JobWork, starter: &str, processes: u64, options: &[Template], variables: &[Variable]) {
        let offer = self.ground.offer;
        if !(offer.program)(starter).is_some_and(|path| (offer.open_mpi)(&path)) {
            return;
        }
        let option = |name: &str| options.iter().any(|option| option.as_literal().as_deref() == Some(name));
        let own =
            |name: &str| variables.iter().any(|v| v.name.as_ref().and_then(Text::as_literal).as_deref() == Some(name));
        let said = |name: &str| own(name) || (offer.variable)(name).is_some();
        let part = |name| job.part(&format!("/application/parallel/{name}"));
        let consent = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"];
        if offer.user == "root" && !option("--allow-run-as-root") && !consent.into_iter().all(said) {
            let what = format!("Open MPI's `{starter}` starts nothing for root");
            let help = "run it as another user; or say that you want it: \
                        `export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1`";
            self.refuse(part("variation"), what, help);
        }
        let crowded = ["OMPI_MCA_rmaps_base_oversubscribe", "PRTE_MCA_rmaps_default_mapping_policy"];
        if processes > offer.cpus && !option("--oversubscribe") && !crowded.into_iter().any(said) {
            let what = format!("{processes} MPI processes are asked for, and this machine has {} CPUs", offer.cpus);
            let help = "ask for fewer; or let Open MPI share them: `export OMPI_MCA_rmaps_base_oversubscribe=1`";
            self.refuse(part("processes"), what, help);
        }
    }

    fn needs(&mut self, job: &JobWork, part: &str, program: &str) {
        if (self.ground.offer.program)(program).is_none() {
            let what = format!("the job needs `{program}`, which is not in PATH on this machine");
            self.refuse(job.part(part), what, format!("install {program}"));
        }
    }

    /// A command as it is really started.
    pub(super) fn wrapped(
        &mut self,
        job: &mut JobWork,
        part: &str,
        image: Option<Text>,
        start: &Start,
        words: Words,
    ) -> Option<Words> {
        let jar =
            matches!(words.words.first().and_then(|p| p.0.last()), Some(Piece::Text(name)) if name.ends_with(".jar"));
        let mut words = words;
        if let Some(java) = &start.java {
            words = self.java(java, jar, words);
        } else if jar && !words.search {
            self.needs(job, &format!("{part}/executable"), "java");
            words = self.java(&Java { main_class: None, class_path: Vec::new(), options: Vec::new() }, true, words);
        }
        let own = image.map(|image| self.own_container(job, part, image, start.container.as_ref()));
        if let Some(container) = own.as_ref().or(start.container.as_ref()) {
            words = self.contained(job, part, container, words)?;
        }
        if !start.before.is_empty() {
            words = words.behind(start.before.iter().cloned());
        }
        Some(words)
    }

    fn java(&mut self, java: &Java, jar: bool, words: Words) -> Words {
        let mut before = vec![literal("java")];
        before.extend(java.options.iter().cloned());
        let Some(main) = &java.main_class else {
            if jar {
                before.push(literal("-jar"));
            }
            return words.behind(before);
        };
        let mut own = words.words.into_iter();
        let program = own.next();
        let mut path: Vec<Template> = java.class_path.clone();
        if let Some(program) = program.filter(|program| jar && !path.contains(program)) {
            path.insert(0, program);
        }
        if !path.is_empty() {
            let mut word = Template::default();
            for (number, entry) in path.into_iter().enumerate() {
                word.push_text(if number > 0 { ":" } else { "" });
                word.0.extend(entry.0);
            }
            before.extend([literal("-cp"), joined(word)]);
        }
        before.push(main.clone());
        before.extend(own);
        Words { words: before, search: true }
    }

    /// A script that takes the place of the commands: its own interpreter gets it as text.
    pub(super) fn script(
        &mut self,
        job: &mut JobWork,
        script: Template,
        mut command: Command,
        shared: &[Setting],
        steps: &mut Steps,
    ) {
        let part = "/application/script";
        // Found out beforehand, and not after an hour of the script's other work.
        let starts = |name: &str| {
            let text = |piece: &Piece| matches!(piece, Piece::Text(text) if text.lines().any(|line| line.split_whitespace().next() == Some(name)));
            script.0.iter().any(text)
        };
        if self.ground.language == Some(Language::Slurm)
            && starts("srun")
            && (self.ground.offer.program)("srun").is_none()
        {
            let what = "the script calls `srun`, which belongs to Slurm, and it is not in PATH";
            self.refuse(job.part(part), what, "start the program itself, or by `mpirun -n \"$SLURM_NTASKS\"`");
        }
        let first = match script.0.first() {
            Some(Piece::Text(text)) => text.lines().next().unwrap_or("").to_string(),
            _ => String::new(),
        };
        let shebang: Vec<&str> = first.strip_prefix("#!").unwrap_or("/bin/sh").split_whitespace().collect();
        let mut words: Vec<Template> = shebang.iter().map(|word| literal(word)).collect();
        let name = shebang.iter().rev().find(|word| !word.starts_with('-')).copied().unwrap_or("/bin/sh");
        let name = name.rsplit('/').next().unwrap_or(name);
        let flag = match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "sh" | "bash" | "dash" | "ksh" | "zsh" | "python" | "csh" | "tcsh" => "-c",
            "perl" | "ruby" => "-e",
            _ => {
                let what = format!("the script's interpreter `{first}` cannot be given a script as text");
                return self.refuse(job.part(part), what, "use sh, bash, python or perl, or put the script in a file");
            }
        };
        words.push(literal(flag));
        words.push(script);
        if flag == "-c" && !name.starts_with("python") {
            words.push(literal(self.ground.name));
        }
        for (number, argument) in std::mem::take(&mut command.arguments).into_iter().enumerate() {
            let part = format!("/application/commands/0/arguments/{number}");
            words.push(self.mounted(job, &part, argument.filesystem, argument.text.unwrap_or_default()));
        }
        let at = steps.run.len();
        // Its streams and variables are set as for any command; then the script stands where the program would.
        command.executable = Some(pelago_job::description::Path { text: Some("/bin/sh".into()), filesystem: None });
        self.command(job, "/application/commands/0", command, &Start::default(), shared, steps);
        for step in steps.run.iter_mut().skip(at) {
            if let Step::Exec { program, argv, search_path, at: Place::Node } = step {
                *program = words.first().cloned().unwrap_or_default();
                *argv = std::mem::take(&mut words);
                *search_path = true;
                break;
            }
        }
    }
}
