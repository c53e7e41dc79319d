//! Descriptions of all shapes, drawn from a seed. Every field that may be absent is a decision with a number, so that a
//! failing description can be made smaller by taking decisions back.

#[path = "workflow.rs"]
mod workflow;

use pelago_job::description::*;
use pelago_job::{Description, Domain, Job, Order, ParamNo, Parameter, Piece, Template, Text};
use std::collections::BTreeSet;

/// Draws a description.
pub struct Draw<'a> {
    state: u64,
    decisions: u32,
    taken_back: &'a BTreeSet<u32>,
    /// One in so many fields is there.
    sparse: u64,
    parameters: u16,
}

/// Words for texts: what people write, and what quoting has to get right.
const WORDS: [&str; 24] = [
    "a",
    "b1",
    "data.txt",
    "/bin/echo",
    "hello world",
    "-n",
    "--mode=fast",
    "x y z",
    "it's",
    "say \"hi\"",
    "100%",
    "$HOME",
    "a,b",
    "a;b",
    "k=v",
    "ünï",
    "(x)",
    "{y}",
    "[z]",
    "a|b",
    "back\\slash",
    "1.5",
    "#no",
    "<&>",
];
/// Words for names, which many languages keep to letters and digits.
const NAMES: [&str; 8] = ["alpha", "beta", "gamma", "job_1", "Delta", "omega", "run7", "x"];
const PATHS: [&str; 8] =
    ["in.dat", "sub/dir/out.txt", "/tmp/abs.txt", "with blank.txt", "a.b-c_d", "it's.txt", "d/e", "model.tar.gz"];
const URIS: [&str; 5] = [
    "http://host.example/a.dat",
    "gsiftp://gw.example:2811/home/u/f",
    "file:///data/x",
    "local.dat",
    "https://s.example/p?q=1",
];

impl<'a> Draw<'a> {
    /// A source of decisions. The seed also says how full the description is.
    pub fn new(seed: u64, taken_back: &'a BTreeSet<u32>) -> Self {
        let mut draw = Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d,
            decisions: 0,
            taken_back,
            sparse: 1,
            parameters: 0,
        };
        draw.sparse = [2, 4, 8, 16][draw.below(4) as usize];
        draw
    }

    /// How many decisions were taken.
    pub fn decisions(&self) -> u32 {
        self.decisions
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Decides whether something is there. What follows draws the same values either way.
    fn decide(&mut self, one_in: u64) -> bool {
        let number = self.decisions;
        self.decisions += 1;
        self.below(one_in) == 0 && !self.taken_back.contains(&number)
    }

    fn opt<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.decide(self.sparse).then(|| draw(self))
    }

    fn often<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.decide(2).then(|| draw(self))
    }

    fn flag(&mut self) -> bool {
        self.decide(self.sparse)
    }

    fn some<T>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        if !self.decide(self.sparse) {
            return Vec::new();
        }
        (0..=self.below(3)).map(|_| draw(self)).collect()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn text(&mut self) -> Text {
        let mut text = Text::literal(self.pick(&WORDS));
        if self.parameters > 0 && self.below(3) == 0 {
            let hole = Piece::Param(ParamNo(self.below(u64::from(self.parameters)) as u16));
            text.0.0.push(hole);
        }
        text
    }

    fn word(&mut self) -> Text {
        Text::literal(self.pick(&NAMES))
    }

    fn name(&mut self) -> String {
        self.pick(&NAMES).into()
    }

    fn file(&mut self) -> Text {
        Text::literal(self.pick(&PATHS))
    }

    fn uri(&mut self) -> Text {
        Text::literal(self.pick(&URIS))
    }

    fn number(&mut self) -> f64 {
        let number = self.below(5000);
        match self.below(4) {
            0 => number as f64 * 60.0,
            1 => number as f64 * 1_048_576.0,
            2 => number as f64 / 8.0,
            _ => number as f64,
        }
    }

    fn whole(&mut self) -> f64 {
        (1 + self.below(64)) as f64
    }

    fn range(&mut self) -> Range {
        let low = self.whole();
        match self.below(6) {
            0 => Range::exactly(low),
            1 => Range::at_most(low),
            2 => Range::between(low, low + self.whole()),
            3 => Range(vec![Interval::Lower(Bound::exclusive(low))]),
            4 => {
                Range(vec![Interval::Exact { value: low, epsilon: 0.0 }, Interval::Lower(Bound::inclusive(low + 2.0))])
            }
            _ => Range::at_least(low * 1_048_576.0),
        }
    }

    fn path(&mut self) -> Path {
        Path { text: Some(self.file()), filesystem: self.opt(|_| "SCRATCH".to_string()) }
    }

    fn stdio(&mut self) -> Stdio {
        Stdio { path: Some(self.file()), filesystem: None, append: self.flag(), stream: self.flag() }
    }

    fn variable(&mut self) -> Variable {
        Variable { name: Some(self.word()), value: Some(self.text()), filesystem: None }
    }

    fn command(&mut self) -> Command {
        Command {
            name: self.opt(Self::name),
            executable: self.often(Self::path),
            arguments: self.some(|d| Argument { text: Some(d.text()), filesystem: None }),
            shell: None,
            input: self.opt(Self::stdio),
            output: self.opt(Self::stdio),
            error: self.opt(Self::stdio),
            directory: self.opt(Self::path),
            environment: self.some(Self::variable),
            image: self.opt(Self::word),
            success: self.some(|d| d.below(4) as i64),
            ignore_failure: self.flag(),
            at_front_end: self.flag(),
        }
    }

    fn application(&mut self) -> Application {
        Application {
            name: self.opt(Self::text),
            version: self.opt(Self::text),
            description: self.opt(Self::text),
            parameters: self.some(Self::variable),
            before: self.some(Self::command),
            commands: if self.below(8) == 0 { self.some(Self::command) } else { vec![self.command()] },
            after: self.some(Self::command),
            script: None,
            steps: Vec::new(),
            parallel: self.opt(|d| Parallel {
                variation: d.opt(|_| "MPI".to_string()),
                processes: d.often(|d| Text::literal((1 + d.below(9)).to_string())),
                per_host: d.opt(|d| Text::literal((1 + d.below(4)).to_string())),
                threads: d.opt(|d| Text::literal((1 + d.below(4)).to_string())),
                as_allocated: d.flag(),
                threads_as_allocated: d.flag(),
                options: d.some(Self::word),
            }),
            launcher: self.launcher(),
            environment: self.some(Self::variable),
            inherit: self.some(Self::name),
            library_path: self.some(Self::file),
            limits: Limits {
                wall_time: self.opt(Self::number),
                cpu_time: self.opt(Self::number),
                file_size: self.opt(Self::number),
                core_dump: self.opt(Self::number),
                memory: self.opt(Self::number),
                stack_size: self.opt(Self::number),
                process_count: self.opt(Self::whole),
                thread_count: self.opt(Self::whole),
                ..Limits::default()
            },
            user: self.opt(Self::word),
            user_group: self.opt(Self::word),
        }
    }

    fn launcher(&mut self) -> Launcher {
        match self.below(6) {
            0 => Launcher {
                main_class: self.opt(Self::word),
                class_path: self.some(Self::file),
                options: self.some(Self::word),
                ..Launcher::by(Starter::Java)
            },
            1 => Launcher {
                image: Some(self.word()),
                runtime: self.opt(|_| "docker".to_string()),
                mounts: self.some(|d| Mount { path: Some(Text::literal("/data")), source: d.opt(Self::file) }),
                options: self.some(Self::word),
                ..Launcher::by(Starter::Container)
            },
            2 => Launcher::by(if self.flag() { Starter::FrontEnd } else { Starter::Scheduler }),
            _ => Launcher::default(),
        }
    }

    fn resources(&mut self) -> Resources {
        Resources {
            candidate_hosts: self.some(Self::word),
            excluded_hosts: self.some(Self::word),
            filesystems: self.some(|d| FileSystem {
                name: Some(d.name()),
                kind: d.opt(|_| "normal".to_string()),
                description: d.opt(Self::text),
                mount_point: d.opt(|_| Text::literal("/mnt/x")),
                mount_source: None,
                disk_space: d.opt(Self::range),
            }),
            exclusive: self.opt(|_| true),
            operating_systems: self.some(|d| OperatingSystem {
                name: Some(Text::literal("LINUX")),
                version: d.opt(|_| Text::literal("5.10")),
                description: None,
            }),
            architectures: self.some(|d| Text::literal(d.pick(&["x86_64", "arm", "powerpc"]))),
            individual_cpu_speed: self.opt(Self::range),
            individual_cpu_time: self.opt(Self::range),
            individual_cpu_count: self.opt(Self::range),
            individual_physical_memory: self.opt(Self::range),
            individual_disk_space: self.opt(Self::range),
            total_cpu_count: self.opt(Self::range),
            total_physical_memory: self.opt(Self::range),
            total_disk_space: self.opt(Self::range),
            total_resource_count: self.opt(Self::range),
            wall_time: self.opt(Self::range),
            memory_per_cpu: self.opt(Self::range),
            accelerators: self.some(|d| Accelerator {
                kind: None,
                model: d.opt(Self::word),
                per_host: d.opt(Self::range),
                total: d.opt(Self::range),
                memory: d.opt(Self::range),
            }),
            software: self.some(|d| Software {
                name: Some(d.word()),
                relation: d.opt(|_| ">=".to_string()),
                version: d.opt(|_| Text::literal("1.2")),
                options: Vec::new(),
            }),
            queue: self.opt(Self::word),
            batch_system: self.opt(Self::word),
            reservation: self.opt(Self::word),
            quality_of_service: self.opt(Self::word),
            features: self.some(Self::word),
            preemptible: self.opt(|_| true),
            requirements: self.opt(|_| Text::literal("TARGET.Memory >= 1024 && OpSys == \"LINUX\"")),
            rank: self.opt(|_| Text::literal("KFlops")),
            ..Resources::default()
        }
    }

    fn staging(&mut self) -> Staging {
        let location = |d: &mut Self| Location {
            uri: d.often(Self::uri),
            content: d.opt(Self::text),
            credential: d.opt(Self::credential),
            ..Location::default()
        };
        Staging {
            name: self.opt(Self::name),
            file: Some(self.file()),
            creation: self.opt(|d| d.pick(&[Creation::Overwrite, Creation::Append, Creation::DontOverwrite])),
            delete_on_termination: self.flag(),
            source: self.often(location),
            target: self.often(location),
            directory: self.flag(),
            executable: self.flag(),
            optional: self.flag(),
            read_only: self.flag(),
            size: self.opt(Self::whole),
            ..Staging::default()
        }
    }

    fn credential(&mut self) -> Credential {
        Credential {
            kind: Some(self.pick(&["password", "password", "bearer", "token", "delegation"]).to_string()),
            subject: Some(self.word()),
            secret: self.opt(Self::word),
            details: Vec::new(),
        }
    }

    fn policy(&mut self) -> Policy {
        Policy {
            retries: self.opt(Self::whole),
            start_retries: self.opt(Self::whole),
            once: self.opt(|_| true),
            priority: self.opt(|d| Text::literal(d.below(100).to_string())),
            hold: self.opt(|_| true),
            not_before: self.opt(|_| Text::literal("2031-05-01T10:00:00Z")),
            periodic_hold: self.opt(|_| Text::literal("NumJobStarts > 3")),
            periodic_remove: self.opt(|_| Text::literal("JobStatus == 5")),
            kill_signal: self.opt(|_| Text::literal("SIGINT")),
            concurrency_limits: self.some(Self::word),
            after_jobs: self.some(|d| Text::literal((1000 + d.below(9)).to_string())),
            notices: self.some(|d| Notice {
                on: vec![d.pick(&[Occasion::Start, Occasion::Success, Occasion::Failure])],
                to: vec![Text::literal("ann@example.org")],
            }),
            event_log: self.opt(Self::file),
            keep: self.opt(|d| Ttl { directory: d.opt(Self::whole), record: d.opt(Self::whole) }),
            ..Policy::default()
        }
    }

    fn job(&mut self, number: usize) -> Job {
        Job {
            name: self.often(|_| Text::literal(format!("node{number}"))),
            description: self.opt(Self::text),
            annotations: self.some(Self::text),
            projects: self.some(Self::word),
            organisation: self.opt(Self::word),
            application: self.application(),
            resources: self.resources(),
            staging: self.some(Self::staging),
            policy: self.policy(),
            space: None,
            ..Job::default()
        }
    }

    /// A description.
    pub fn description(&mut self) -> Description {
        let swept = self.decide(4);
        let lengths: Vec<u64> = (0..=self.below(2)).map(|_| 1 + self.below(4)).collect();
        let parameter = |(number, length): (usize, &u64)| Parameter {
            name: ["x", "y"][number].to_string(),
            label: None,
            order: Order::Cross,
            domain: match number {
                0 => Domain::Integers { from: 1, step: 1, count: *length },
                _ => Domain::List((0..*length).map(|value| format!("v{value}")).collect()),
            },
        };
        let parameters: Vec<Parameter> =
            if swept { lengths.iter().enumerate().map(parameter).collect() } else { Vec::new() };
        self.parameters = parameters.len() as u16;
        let space = (0..self.parameters).map(|number| Space::Zip(vec![ParamNo(number)])).collect();
        let workflow = self.decide(6);
        let several = self.decide(5);
        let count = match (workflow, several) {
            (true, _) => 2 + self.below(4),
            (_, true) => 2 + self.below(2),
            _ => u64::from(!self.decide(16)),
        };
        let mut jobs: Vec<Job> = (0..count as usize).map(|number| self.job(number)).collect();
        if let Some(first) = jobs.first_mut().filter(|_| swept) {
            first.space = Some(Space::Product(space));
        }
        if swept {
            // Parameters are those of the job that has the space.
            jobs.iter_mut().skip(1).for_each(|job| job.texts(&mut |text| text.0 = literal(&text.0)));
        }
        let mut edges = Vec::new();
        if workflow {
            jobs.iter_mut().for_each(|job| job.node = self.often(Self::node));
            edges = self.edges(count as u32);
        } else if count > 1 && self.flag() {
            edges.push(Edge { parent: Some(0), child: Some(1), condition: None });
        }
        let throttles = if workflow { self.throttles() } else { Vec::new() };
        let name = self.opt(Self::name);
        Description { name, parameters, jobs, edges, throttles, ..Description::default() }
    }
}

fn literal(template: &Template) -> Template {
    let mut out = Template::default();
    for piece in &template.0 {
        if let Piece::Text(text) = piece {
            out.push_text(text);
        }
    }
    out
}
