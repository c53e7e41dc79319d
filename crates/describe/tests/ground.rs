//! Grounding of descriptions that are made by hand: sweeps, workflows, and what is refused.

#[path = "law/any.rs"]
#[allow(dead_code, reason = "the law uses all of it")]
mod any;
mod isle;

use pelago_describe::ground::{Applications, Found, Ground, Grounded, Offer, Refusal, ground};
use pelago_describe::{Language, Said};
use pelago_job::description::{Application, Command, Edge, Job, Node, NodeKind, Path, Script, Space, Staging};
use pelago_job::description::{Limits, Location, Range, Stdio};
use pelago_job::{Description, Domain, Experiment, Order, ParamNo, Parameter, Place, Setting, Step, Text};
use std::path::{Path as FilePath, PathBuf};

fn grounded(description: Description, language: Option<Language>) -> Result<Grounded, Vec<Refusal>> {
    grounded_with("podman", description, language)
}

/// Grounds on a machine with one program for containers.
fn grounded_with(
    runtime: &str,
    description: Description,
    language: Option<Language>,
) -> Result<Grounded, Vec<Refusal>> {
    let program = |name: &str| {
        ["sh", "echo", "mpirun", "sha256sum"].contains(&name).then(|| PathBuf::from(format!("/usr/bin/{name}")))
    };
    let container = |name: &str| if name == runtime { Ok(()) } else { Err("not in PATH".to_string()) };
    let offer = Offer { container: &container, ..isle::offer(&program) };
    let look = |path: &FilePath| {
        let known = ["/users/ann/study/model", "/bin/sh", "/usr/bin/env"];
        known.iter().any(|known| FilePath::new(known) == path).then_some(Found { directory: false, executable: true })
    };
    let applications = Applications::default();
    let on = Ground {
        offer: &offer,
        applications: &applications,
        directory: FilePath::new("/users/ann/study"),
        name: "sample",
        language,
        look: &look,
    };
    ground(&Said::new(description), &on)
}

fn path(text: impl Into<Text>) -> Path {
    Path { text: Some(text.into()), filesystem: None }
}

fn command(words: &[&str]) -> Command {
    let mut words = words.iter().map(|word| path(*word));
    Command { executable: words.next(), arguments: words.collect(), ..Command::default() }
}

fn job(words: &[&str]) -> Job {
    let application = Application { commands: vec![command(words)], ..Application::default() };
    Job { application, ..Job::default() }
}

fn list(name: &str, values: &str) -> Parameter {
    let domain = Domain::List(values.split(' ').map(str::to_string).collect());
    Parameter { name: name.into(), label: None, order: Order::Cross, domain }
}

/// The values of a parameter of an experiment, in order.
fn values(experiment: &Experiment, name: &str) -> String {
    let parameter = experiment.parameters.iter().find(|p| p.name == name).unwrap();
    (0..parameter.domain.len()).map(|at| parameter.domain.text(at).into_owned()).collect::<Vec<_>>().join(" ")
}

fn argv(step: &Step) -> Vec<String> {
    match step {
        Step::Exec { argv, .. } => argv.iter().map(|word| word.as_literal().unwrap_or_default()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn sweeps_become_axes_and_what_follows_them() {
    let [a, b, c] = [0, 1, 2].map(ParamNo);
    let mut one = job(&["echo"]);
    one.application.commands[0].arguments = [a, b, c].map(|p| path(Text::param(p))).to_vec();
    let inner = Space::Product(vec![Space::Zip(vec![a, c]), Space::Zip(vec![b])]);
    one.space = Some(Space::Product(vec![
        Space::Sum { parts: vec![inner, Space::Zip(vec![b])], defaults: vec![(a, "-".into()), (c, "~".into())] },
        Space::Times(2),
    ]));
    let parameters = vec![list("a", "x y"), list("b", "p q r"), list("c", "s t")];
    let description = Description { parameters, jobs: vec![one], ..Description::default() };
    let experiment = grounded(description, None).unwrap().experiment;
    assert_eq!(values(&experiment, "a"), "x x x y y y - - -");
    assert_eq!(values(&experiment, "b"), "p q r p q r p q r");
    assert_eq!(values(&experiment, "c"), "s s s t t t ~ ~ ~");
    let axes: Vec<u64> =
        experiment.groups[0].parameters.iter().map(|p| experiment.parameter(*p).unwrap().domain.len()).collect();
    assert_eq!(axes, [9, 2]);
}

#[test]
fn ranges_that_advance_together_are_never_listed() {
    let range =
        |name: &str, step| Parameter { domain: Domain::Integers { from: 0, step, count: 1 << 39 }, ..list(name, "") };
    let mut one = job(&["echo"]);
    one.space = Some(Space::Zip(vec![ParamNo(0), ParamNo(1)]));
    one.application.commands[0].arguments = vec![path(Text::param(ParamNo(1)))];
    let parameters = vec![range("i", 1), range("j", 7)];
    let description = Description { parameters, jobs: vec![one], ..Description::default() };
    let experiment = grounded(description, None).unwrap().experiment;
    assert_eq!(experiment.parameters[1].domain.text(1 << 38), (7u64 << 38).to_string());
    assert_eq!(experiment.groups[0].parameters, [ParamNo(0)]);
}

#[test]
fn workflows_have_edges_scripts_and_a_node_at_the_end() {
    let named = |name: &str, words: &[&str]| Job { name: Some(name.into()), ..job(words) };
    let mut work = named("work", &["model"]);
    let script =
        |when: &str, words: &[&str]| Script { when: Some(when.into()), command: command(words), ..Script::default() };
    let scripts = vec![script("pre", &["./before.sh", "$JOB"]), script("post", &["./after.sh", "$RETURN"])];
    work.node = Some(Node { scripts, ..Node::default() });
    let mut last = named("last", &["echo", "over"]);
    last.node = Some(Node { kind: Some(NodeKind::Final), ..Node::default() });
    let edges = vec![Edge { parent: Some(0), child: Some(1), condition: None }];
    let jobs = vec![named("first", &["echo"]), work, last];
    let description = Description { jobs, edges, ..Description::default() };
    let experiment = grounded(description, Some(Language::Dag)).unwrap().experiment;
    let [_, work, last] = &experiment.groups[..] else { panic!("three groups") };
    assert_eq!(work.after.iter().map(|after| (after.group.0, after.any_end)).collect::<Vec<_>>(), [(0, false)]);
    assert_eq!(
        last.after.iter().map(|after| (after.group.0, after.any_end)).collect::<Vec<_>>(),
        [(0, true), (1, true)]
    );
    assert!(matches!(work.steps[0], Step::Exec { at: Place::Root, .. }), "{:?}", work.steps[0]);
    assert_eq!(argv(&work.steps[0]), ["./before.sh", "work"]);
    let end = argv(work.steps.last().unwrap());
    assert!(end[2].contains("exec \"${2}\" \"$code\"") && end[5] == "./after.sh", "{end:?}");
}

#[test]
fn every_limit_is_set_or_refused() {
    let mut one = job(&["echo"]);
    one.application.limits = Limits {
        wall_time: Some(1.5),
        cpu_time: Some(10.0),
        stack_size: Some(1e6),
        thread_count: Some(3.0),
        memory: Some(2e9),
        ..Limits::default()
    };
    let refused = grounded(Description { jobs: vec![one.clone()], ..Description::default() }, None).unwrap_err();
    assert_eq!(
        refused.iter().map(|r| r.part.as_str()).collect::<Vec<_>>(),
        ["/jobs/0/application/limits/thread_count"]
    );
    one.application.limits.thread_count = None;
    let group =
        grounded(Description { jobs: vec![one], ..Description::default() }, None).unwrap().experiment.groups.remove(0);
    assert_eq!((group.limits.walltime.unwrap().0, group.limits.memory.unwrap().0), (1500, 2_000_000_000));
    let limits = group.steps.iter().filter(|step| matches!(step, Step::Set(Setting::Limit { .. }))).count();
    assert_eq!(limits, 2);
}

#[test]
fn files_of_other_jobs_are_edges_and_others_come_home() {
    let staged = |file: &str, uri: &str, source: bool| {
        let location = Some(Location { uri: Some(uri.into()), ..Location::default() });
        let (source, target) = if source { (location, None) } else { (None, location) };
        Staging { file: Some(file.into()), source, target, ..Staging::default() }
    };
    let mut writer = job(&["model"]);
    writer.staging = vec![staged("state", "state", false), staged("report", "../reports/report", false)];
    writer.application.commands[0].output = Some(Stdio { path: Some("said".into()), ..Stdio::default() });
    let mut reader = job(&["model"]);
    reader.staging = vec![staged("state", "state", true), staged("table", "file:///data/table%201", true)];
    let experiment =
        grounded(Description { jobs: vec![writer, reader], ..Description::default() }, None).unwrap().experiment;
    let [writer, reader] = &experiment.groups[..] else { panic!("two groups") };
    let literal = |template: &pelago_job::Template| template.as_literal().unwrap_or_default();
    assert_eq!(writer.outputs.iter().map(|output| literal(&output.name)).collect::<Vec<_>>(), ["state"]);
    let sent: Vec<(Place, String)> = writer
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Copy { to, .. } => to.first().map(|(place, path)| (*place, literal(path))),
            _ => None,
        })
        .collect();
    assert_eq!(sent, [(Place::Machine, "/users/ann/reports/report".to_string()), (Place::Root, "said".to_string())]);
    assert_eq!(reader.inputs.iter().map(|input| literal(&input.name)).collect::<Vec<_>>(), ["state", "/data/table 1"]);
}

#[test]
fn what_asks_for_something_unknown_is_refused_whole() {
    let mut one = job(&["echo"]);
    one.resources.candidate_hosts = vec!["*.example.com".into()];
    one.resources.total_physical_memory = Some(Range::at_least(1e12));
    one.resources.features = vec!["gold".into()];
    one.application.user = Some("bob".into());
    one.policy.deadline = Some("tomorrow".into());
    let refused = grounded(Description { jobs: vec![one], ..Description::default() }, None).unwrap_err();
    let mut parts: Vec<&str> = refused.iter().filter_map(|r| r.part.strip_prefix("/jobs/0/")).collect();
    parts.sort_unstable();
    let expected = [
        "application/user",
        "policy/deadline",
        "resources/candidate_hosts",
        "resources/features",
        "resources/total_physical_memory",
    ];
    assert_eq!(parts, expected);
}

#[test]
fn any_description_is_grounded_or_refused() {
    let mut good = 0;
    for seed in 0..1000 {
        let description = any::Draw::new(seed, &Default::default()).description();
        for language in [None, Some(Language::Submit), Some(Language::Jdl), Some(Language::Gt4)] {
            good += usize::from(grounded(description.clone(), language).is_ok());
        }
    }
    eprintln!("{good} of 4000 are run");
}

#[test]
fn paths_inside_a_container_are_mounted_from_the_working_directory() {
    let text = r#"{ "inputs": [ { "url": "in", "path": "/data/in" }, { "url": "in", "path": "/out/seen" } ],
        "outputs": [ { "url": "made", "path": "/out/x.*", "path_prefix": "/out" } ], "volumes": [ "/out/deep" ],
        "executors": [ { "image": "alpine", "command": [ "wc", "-l" ], "stdin": "/data/in", "stdout": "/out/x.1",
                         "workdir": "/out", "env": { "A": "b c" } } ] }"#;
    let source = pelago_describe::Source::new("t.json", text);
    let said = pelago_describe::read(&source, Some(Language::Tes)).said.unwrap();
    let experiment = grounded(said.description.clone(), Some(Language::Tes)).unwrap().experiment;
    let group = &experiment.groups[0];
    let run = group.steps.iter().map(argv).find(|argv| argv.iter().any(|word| word == "alpine")).unwrap();
    let expected = [
        "/bin/sh",
        "-c",
        "m1=$1; shift; m2=$1; shift; exec \"$0\" run --rm -i --label \"pelago=$PELAGO_TASK\" \
         -v \"$PWD/.pelago-inside$m1:$m1\" -v \"$PWD/.pelago-inside$m2:$m2\" \"$@\"",
        "podman",
        "/out",
        "/data/in",
        "-w",
        "/out",
        "-e",
        "A=b c",
        "alpine",
        "wc",
        "-l",
    ];
    assert_eq!(run, expected);
    let home = group.steps.iter().find_map(|step| match step {
        Step::Copy { source, to, .. } => Some((source.as_literal()?, to.first()?.1.as_literal()?)),
        _ => None,
    });
    assert_eq!(home, Some((".pelago-inside/out/x.*".into(), "made/".into())));
    // What lies at the top cannot be mounted.
    let mut top = said.description;
    top.jobs[0].application.commands[0].output = Some(Stdio { path: Some("/x".into()), ..Stdio::default() });
    let refused = grounded(top, Some(Language::Tes)).unwrap_err();
    assert_eq!(refused[0].part, "/jobs/0/application/commands/0/output/path", "{refused:?}");
}

#[test]
fn what_open_mpi_would_refuse_is_refused_before() {
    let mut one = job(&["model"]);
    let parallel = |count: &str, options: &[&str]| pelago_job::description::Parallel {
        variation: Some("MPI".into()),
        processes: Some(count.into()),
        options: options.iter().map(|option| (*option).into()).collect(),
        ..Default::default()
    };
    let ground = |one: &Job| grounded(Description { jobs: vec![one.clone()], ..Description::default() }, None);
    one.application.parallel = Some(parallel("9", &[]));
    let refused = ground(&one).unwrap_err();
    assert!(refused[0].what.contains("9 MPI processes") && refused.len() == 1, "{refused:?}");
    one.application.parallel = Some(parallel("9", &["--oversubscribe"]));
    let experiment = ground(&one).unwrap().experiment;
    let run = experiment.groups[0].steps.iter().map(argv).find(|argv| !argv.is_empty()).unwrap();
    assert_eq!(run, ["mpirun", "-n", "9", "--oversubscribe", "./model"]);
}

#[test]
fn a_script_before_a_node_may_end_it_well() {
    let mut work = job(&["model"]);
    let script = Script { when: Some("pre".into()), command: command(&["./before.sh"]), ..Script::default() };
    work.node = Some(Node { scripts: vec![script], skip_on: Some(3.0), ..Node::default() });
    let experiment =
        grounded(Description { jobs: vec![work], ..Description::default() }, Some(Language::Dag)).unwrap().experiment;
    let skip = |code| Step::Set(Setting::Skip(code));
    let steps = &experiment.groups[0].steps;
    assert_eq!((&steps[0], &steps[2]), (&skip(Some(3)), &skip(None)), "{steps:?}");
}

/// Grounds a document as it stands in its language.
fn said(language: Language, text: &str) -> Result<Grounded, Vec<Refusal>> {
    let reading = pelago_describe::read(&pelago_describe::Source::new("text", text), Some(language));
    grounded(reading.said.expect("a document that is right").description, Some(language))
}

#[test]
fn what_ends_a_task_for_good_is_known_beforehand() {
    let of = |line: &str| {
        let text = format!("executable = /bin/sh\noutput = o\n{line}\nqueue\n");
        said(Language::Submit, &text).map(|grounded| {
            let group = &grounded.experiment.groups[0];
            (group.retries, group.spent.clone())
        })
    };
    assert_eq!(of("max_retries = 3\nretry_until = 5").unwrap(), (Some(3), vec![5]));
    assert_eq!(of("max_retries = 3\nretry_until = ExitCode >= 254").unwrap(), (Some(3), vec![254, 255]));
    // Until it ends well, as often as that takes.
    assert_eq!(of("on_exit_remove = ExitBySignal == false && ExitCode == 0").unwrap(), (Some(u32::MAX), vec![]));
    assert_eq!(of("on_exit_remove = ExitStatus == 0 || NumJobStarts >= 4").unwrap(), (Some(3), vec![]));
    assert_eq!(of("on_exit_hold = ExitCode == 3").unwrap(), (None, vec![3]));
    for line in ["on_exit_hold = ExitCode == 0", "on_exit_remove = ExitCode == 1", "retry_until = JobRunCount > 2"] {
        assert_eq!(of(line).unwrap_err().len(), 1, "{line}");
    }
}

/// Seconds that a task may run, MiB that it may use, and how often it is tried again.
type Limited = (Option<u64>, Option<u64>, Option<u32>);

/// What a policy makes of a job that asks for 100 MiB and is tried nine times again.
fn limited(lines: &str) -> Result<Limited, Vec<Refusal>> {
    let text = format!(
        "executable = /bin/sh\noutput = o\nrequest_memory = 100\nmax_retries = 9\n+Patience = 90\n{lines}\nqueue\n"
    );
    let group = said(Language::Submit, &text)?.experiment.groups[0].clone();
    let (run, memory) = (group.limits.walltime.map(|of| of.0 / 1000), group.limits.memory.map(|of| of.0 >> 20));
    Ok((run, memory, group.retries))
}

#[test]
fn periodic_policies_are_limits() {
    let run = |seconds| (Some(seconds), None, Some(9));
    for (line, limits) in [
        ("periodic_remove = JobStatus == 2 && time() - EnteredCurrentStatus > 3600", run(3601)),
        ("periodic_hold = (CurrentTime - JobStartDate) >= 2 * 3600", run(7200)),
        ("periodic_remove = RemoteWallClockTime > Patience", run(91)),
        ("periodic_remove = (time() - EnteredCurrentStatus) / 60 > 90 && JobStatus =?= 2", run(91 * 60)),
        ("periodic_hold = MemoryUsage > 2 * RequestMemory", (None, Some(201), Some(9))),
        ("periodic_hold = NumJobStarts > 3", (None, None, Some(2))),
        ("periodic_remove = JobStatus == 1 && NumJobStarts > 2", (None, None, Some(2))),
        ("periodic_remove = JobStatus == 5 && DiskUsage > 7 || time() - JobStartDate > 5", run(6)),
        // How long it waits for its turn is no limit.
        ("periodic_remove = JobStatus == 1 && time() - QDate > 86400", (None, None, Some(9))),
        ("periodic_remove = HoldReasonCode == 3", (None, None, Some(9))),
        ("periodic_remove = NumJobStarts == 0 && JobStatus == 2", (None, None, Some(9))),
        ("allowed_execute_duration = 60\nperiodic_remove = time() - JobStartDate > 90", run(60)),
        ("allowed_execute_duration = 120\nperiodic_remove = time() - JobStartDate > 90", run(91)),
    ] {
        assert_eq!(limited(line).unwrap(), limits, "{line}");
    }
    for line in [
        "periodic_remove = true",
        "periodic_remove = DiskUsage > 7",
        "periodic_remove = time() - QDate > 86400",
        "periodic_hold = MemoryUsage > 50 && time() - JobStartDate > 60",
        &format!("periodic_hold = {} > 1", ["JobStatus"; 400].join(" + ")),
    ] {
        let refusals = limited(line).unwrap_err();
        assert!(refusals.len() == 1 && refusals[0].part.starts_with("/jobs/0/policy/periodic"), "{line}: {refusals:?}");
    }
}

#[test]
fn only_so_many_tasks_run_at_a_time() {
    let text = "#!/bin/sh\n#SBATCH --array=1-9%2\ntrue\n";
    let throttle = said(Language::Slurm, text).unwrap().experiment.groups[0].throttle.clone().unwrap();
    assert_eq!(throttle.most, 2);
    let dag = "JOB A @=E\n executable = /bin/sh\n@E\nJOB B @=E\n executable = /bin/sh\n@E\nCATEGORY A few\nCATEGORY B few\n\
               MAXJOBS few 1\nRETRY A 2 UNLESS-EXIT 7\n";
    let groups = said(Language::Dag, dag).unwrap().experiment.groups;
    assert!(groups[0].throttle.is_some() && groups[0].throttle == groups[1].throttle);
    assert_eq!((groups[0].retries, groups[0].spent.as_slice()), (Some(2), &[7][..]));
}

#[test]
fn variables_in_values_are_filled_as_glite_fills_them() {
    let text = "[ Executable = \"/bin/sh\"; Environment = { \"A=1\", \"B=${A}$LANG/$NONE.$\" };
                 Requirements = other.GlueCEStateStatus == \"Production\"; Rank = -other.GlueCEStateEstimatedResponseTime ]";
    let steps = &said(Language::Jdl, text).unwrap().experiment.groups[0].steps;
    let value = |name: &str| {
        steps.iter().find_map(|step| match step {
            Step::Set(Setting::Variable { name: own, value }) if own.as_literal().as_deref() == Some(name) => {
                value.as_ref()?.as_literal()
            }
            _ => None,
        })
    };
    assert_eq!(value("B").as_deref(), Some("1/.$"));
}

#[test]
fn parameters_of_unicore_are_variables_without_an_application() {
    let text = "{ Executable: \"/bin/sh\", Parameters: { W: { From: 1, To: 3 } } }";
    let experiment = said(Language::Unicore, text).unwrap().experiment;
    assert_eq!(values(&experiment, &experiment.parameters[0].name), "1 2 3");
}

#[test]
fn a_time_that_is_past_is_kept() {
    let of =
        |time: &str| said(Language::Xrsl, &format!("&(executable=/bin/sh)(starttime=\"{time}\")(nodeaccess=outbound)"));
    assert!(of("1960-12-31 23:00").is_ok());
    assert_eq!(of("2999-12-31 23:00").unwrap_err().len(), 1);
}

#[test]
fn new_files_have_other_names_at_home_and_directories_come_opened() {
    let text =
        "executable = /bin/sh\noutput = o\ntransfer_input_files = data/\ntransfer_output_remaps = \"a = b/c\"\nqueue\n";
    let group = &said(Language::Submit, text).unwrap().experiment.groups[0];
    assert_eq!(group.inputs[0].as_name.as_ref().unwrap().as_literal().unwrap(), ".pelago-all-0");
    let to = group.steps.iter().find_map(|step| match step {
        Step::Copy { source, to, .. } if source.as_literal()? == ".pelago-new/a" => to[0].1.as_literal(),
        _ => None,
    });
    assert_eq!(to.as_deref(), Some("b/c"));
}

#[test]
fn each_program_for_containers_has_its_command_line() {
    let of = |runtime: &str, name: &str, line: &str| {
        let text = format!("{line}\noutput = o\nenvironment = \"A='b, c'\"\nqueue\n");
        let source = pelago_describe::Source::new("text", text);
        let said = pelago_describe::read(&source, Some(Language::Submit)).said.expect("a document that is right");
        let group = &grounded_with(runtime, said.description, Some(Language::Submit)).unwrap().experiment.groups[0];
        let words = group.steps.iter().map(argv).find(|words| words.iter().any(|word| word == name));
        words.unwrap_or_default().join(" ")
    };
    let docker = "exec \"$0\" run --rm -i -u \"$(id -u):$(id -g)\" --label \"pelago=$PELAGO_TASK\" -v \"$PWD:$PWD\" -w \"$PWD\" \"$@\"";
    let image = "docker_image = alpine:3\nuniverse = docker\nexecutable = /bin/ls\narguments = -l";
    assert_eq!(of("docker", "alpine:3", image), format!("/bin/sh -c {docker} docker -e A=b, c alpine:3 /bin/ls -l"));
    let bound = |how: &str| format!("exec \"$0\" {how} --bind \"$PWD\" --pwd \"$PWD\" \"$@\"");
    let image = "container_image = docker://alpine:3\nexecutable = /bin/ls\narguments = -l";
    assert_eq!(
        of("apptainer", "docker://alpine:3", image),
        format!("/usr/bin/env APPTAINERENV_A=b, c /bin/sh -c {} apptainer docker://alpine:3 /bin/ls -l", bound("exec"))
    );
    assert_eq!(
        of("singularity", "/images/a.sif", "container_image = /images/a.sif"),
        format!("/usr/bin/env SINGULARITYENV_A=b, c /bin/sh -c {} singularity /images/a.sif", bound("run"))
    );
}

#[test]
fn jobs_of_a_greater_priority_come_first() {
    let dag = "JOB A @=E\n executable = /bin/sh\n@E\nJOB B @=E\n executable = /bin/sh\n@E\nJOB C @=E\n executable = /bin/sh\n@E\n\
               PRIORITY B 5\nPRIORITY C -1\nPARENT A CHILD C\n";
    let groups = said(Language::Dag, dag).unwrap().experiment.groups;
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["B", "A", "C"]);
    assert_eq!(groups[2].after, [pelago_job::After { group: pelago_job::GroupNo(1), any_end: false }]);
    assert_eq!(groups[0].role, pelago_job::Role::Main);
}

#[test]
fn signs_in_the_names_of_a_scripts_files_are_filled() {
    let text = "#!/bin/sh\n#SBATCH -J tide -a 1-2 -o %x-%A_%a-%u.txt\ntrue\n";
    let steps = &said(Language::Slurm, text).unwrap().experiment.groups[0].steps;
    let target = steps.iter().find_map(|step| match step {
        Step::Redirect { target: Some((name, _)), .. } => Some(Text(name.clone()).to_string()),
        _ => None,
    });
    assert_eq!(target.as_deref(), Some("tide-1_${0}-ann.txt"));
    let calls = said(Language::Slurm, "#!/bin/sh\n# srun true\n  srun ./model\n").unwrap_err();
    assert!(calls[0].what.contains("`srun`"), "{calls:?}");
}

#[test]
fn groups_of_unicore_are_edges_and_their_loops_are_spaces() {
    let job = |id: &str, files: &str| {
        format!("{{id: {id}, job: {{Executable: \"/bin/sh\", Arguments: [\"${{IT}}\"]{files}}}}}")
    };
    let text = format!(
        "{{ activities: [{{id: begin, type: START}}, {}, {}], subworkflows: [{{id: each, type: FOR_EACH, iterator_name: IT, values: [\"5\", \"6\"],
           body: {{activities: [{}]}}}}], transitions: [{{from: begin, to: first}}, {{from: first, to: each}}, {{from: each, to: last}}] }}",
        job("first", ", Exports: [{From: made, To: \"wf:/made\"}]"),
        job("last", ""),
        job("inner", ", Imports: [{From: \"wf:made\", To: made}]"),
    );
    let experiment = said(Language::UnicoreWorkflow, &text).unwrap().experiment;
    let named = |name: &str| experiment.groups.iter().position(|group| group.name == name).unwrap();
    let after = |name: &str| -> Vec<String> {
        let group = &experiment.groups[named(name)];
        group.after.iter().map(|after| experiment.groups[after.group.0 as usize].name.clone()).collect()
    };
    assert_eq!(
        (after("each"), after("inner"), after("last")),
        (vec!["first".into()], vec!["each".into()], vec!["inner".into()])
    );
    assert_eq!(experiment.groups[named("inner")].parameters.len(), 1);
    let names: Vec<_> =
        experiment.groups[named("first")].outputs.iter().filter_map(|output| output.name.as_literal()).collect();
    assert_eq!(names, ["made"]);
}
