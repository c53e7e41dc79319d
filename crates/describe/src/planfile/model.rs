//! A plan in the common model, and back: each task is a job. What only plans say of a task stays in the job's `group`.

use pelago_job::description::{Application, Argument, Command, Limits, Location, Path, Policy, Space, Staging, Stdio};
use pelago_job::{
    Bytes, Description, Experiment, Group, Input, Job, Millis, OnError, Output, ParamNo, Place, Role, Rows, Step,
    Stream, Template, Text,
};

/// What a plan says, in the common model.
pub(super) fn description(experiment: &Experiment) -> Description {
    Description {
        parameters: experiment.parameters.clone(),
        jobs: experiment.groups.iter().map(|group| job(group, experiment.rows.as_ref())).collect(),
        proof_variables: experiment.env.clone(),
        ..Description::default()
    }
}

fn job(group: &Group, rows: Option<&Rows>) -> Job {
    let mut rest = group.clone();
    let (inputs, found): (Vec<Input>, Vec<Input>) =
        std::mem::take(&mut rest.inputs).into_iter().partition(|i| !i.found);
    let plain = |output: &Output| output.hooks.is_empty() && !output.keep;
    let (outputs, special): (Vec<Output>, Vec<Output>) = std::mem::take(&mut rest.outputs).into_iter().partition(plain);
    (rest.inputs, rest.outputs) = (found, special);
    rest.name = String::new();
    let parameters = std::mem::take(&mut rest.parameters);
    let seqameters = rest.seqameters.clone();
    let steps = std::mem::take(&mut rest.steps);
    let (commands, steps) = match commands(&steps) {
        Some(commands) => (commands, Vec::new()),
        None => (Vec::new(), steps),
    };
    let limits = Limits {
        wall_time: rest.limits.walltime.take().map(|limit| limit.0 as f64 / 1000.0),
        memory: rest.limits.memory.take().map(|limit| limit.0 as f64),
        ..Limits::default()
    };
    let policy = Policy {
        retries: rest.retries.take().map(f64::from),
        once: std::mem::take(&mut rest.once).then_some(true),
        ..Policy::default()
    };
    if rest.role == Role::Other {
        rest.role = Role::Main;
    }
    let staging = inputs.into_iter().map(comes).chain(outputs.into_iter().map(goes)).collect();
    Job {
        name: Some(Text::literal(group.name.clone())),
        application: Application { commands, steps, limits, ..Application::default() },
        staging,
        policy,
        space: space(&parameters, &seqameters, rows),
        group: (rest != Group::new("", Role::Main)).then(|| Box::new(rest)),
        ..Job::default()
    }
}

fn space(parameters: &[ParamNo], seqameters: &[ParamNo], rows: Option<&Rows>) -> Option<Space> {
    let covered = rows.map_or(0, |rows| rows.variables);
    let mut parts = Vec::new();
    if let Some(rows) = rows.filter(|_| parameters.iter().any(|p| p.0 < covered)) {
        parts.push(Space::Rows { parameters: (0..covered).map(ParamNo).collect(), rows: rows.rows.clone() });
    }
    parts.extend(parameters.iter().filter(|p| p.0 >= covered).chain(seqameters).map(|p| Space::Zip(vec![*p])));
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Space::Product(parts)),
    }
}

fn comes(input: Input) -> Staging {
    let source = Location { uri: Some(Text(input.name.clone())), ..Location::default() };
    let file = Some(Text(input.as_name.unwrap_or(input.name)));
    Staging { file, source: Some(source), read_only: input.read_only, ..Staging::default() }
}

fn goes(output: Output) -> Staging {
    let target = Location { uri: Some(Text(output.name.clone())), ..Location::default() };
    Staging { file: Some(Text(output.name)), target: Some(target), ..Staging::default() }
}

/// Steps that are nothing but commands with their streams.
fn commands(steps: &[Step]) -> Option<Vec<Command>> {
    let mut commands = Vec::new();
    let mut streams: [Option<(Template, bool)>; 2] = [None, None];
    let mut ignore_failure = false;
    for step in steps {
        let mut command = Command { ignore_failure, ..Command::default() };
        match step {
            Step::Exec { program, argv, search_path: true, at: Place::Node } if argv.first() == Some(program) => {
                command.executable = Some(word(program));
                command.arguments = argv.iter().skip(1).map(word).collect();
            }
            Step::Shell { line, at: at @ (Place::Node | Place::Root) } => {
                command.shell = Some(Text(line.clone()));
                command.at_front_end = *at == Place::Root;
            }
            Step::Redirect { stream, target } => {
                *streams.get_mut(usize::from(*stream == Stream::Err))? = target.clone();
                continue;
            }
            Step::OnError(what) => {
                ignore_failure = *what == OnError::Ignore;
                continue;
            }
            _ => return None,
        }
        let [out, err] = &mut streams;
        (command.output, command.error) = (stream(out), stream(err));
        commands.push(command);
    }
    Some(commands)
}

/// The file of a stream for one command; the next one adds to it.
fn stream(target: &mut Option<(Template, bool)>) -> Option<Stdio> {
    let (path, append) = target.as_mut()?;
    let stdio = Stdio { path: Some(Text(path.clone())), append: *append, ..Stdio::default() };
    *append = true;
    Some(stdio)
}

fn word(template: &Template) -> Argument {
    Path { text: Some(Text(template.clone())), filesystem: None }
}

/// The task that a job is, as far as a task can be it; what is said besides is not looked at.
pub(super) fn group(job: &Job, name: &str, order: &dyn Fn(ParamNo) -> bool) -> Group {
    let mut group = job.group.as_deref().cloned().unwrap_or_else(|| Group::new("", Role::Main));
    group.name = name.to_string();
    if group.role == Role::Main && name != "main" {
        group.role = Role::Other;
    }
    let named = job.space.iter().flat_map(Space::parameters).collect::<Vec<_>>();
    group.parameters = named.iter().copied().filter(|p| !order(*p)).collect();
    for entry in &job.staging {
        let uri = |location: &Option<Location>| location.as_ref().and_then(|l| l.uri.clone()).map(|text| text.0);
        let file = entry.file.clone().map(|text| text.0);
        if let Some(name) = uri(&entry.source) {
            let as_name = file.filter(|file| *file != name);
            group.inputs.push(Input { name, as_name, read_only: entry.read_only, found: false });
        } else if let Some(name) = uri(&entry.target) {
            group.outputs.insert(
                group.outputs.iter().take_while(|output| output.hooks.is_empty() && !output.keep).count(),
                Output { name, hooks: Vec::new(), keep: false },
            );
        }
    }
    group.steps = match job.application.steps.is_empty() {
        true => steps(&job.application.commands),
        false => job.application.steps.clone(),
    };
    let limits = &job.application.limits;
    group.limits.walltime = limits.wall_time.map(|seconds| Millis((seconds * 1000.0) as u64));
    group.limits.memory = limits.memory.map(|bytes| Bytes(bytes as u64));
    group.retries = job.policy.retries.map(|retries| retries as u32);
    group.once = job.policy.once == Some(true);
    group
}

fn steps(commands: &[Command]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut now: [Option<(Template, bool)>; 2] = [None, None];
    let mut ignoring = false;
    for command in commands {
        for (stream, said, now) in [(Stream::Out, &command.output, 0), (Stream::Err, &command.error, 1)]
            .into_iter()
            .filter_map(|(stream, said, at)| Some((stream, said, now.get(at)?.clone())))
            .collect::<Vec<_>>()
        {
            let wanted = said.as_ref().and_then(|stdio| Some((stdio.path.clone()?.0, stdio.append)));
            if wanted != now {
                steps.push(Step::Redirect { stream, target: wanted });
            }
        }
        now = [&command.output, &command.error]
            .map(|said| said.as_ref().and_then(|stdio| Some((stdio.path.clone()?.0, true))));
        if command.ignore_failure != ignoring {
            ignoring = command.ignore_failure;
            steps.push(Step::OnError(if ignoring { OnError::Ignore } else { OnError::Fail }));
        }
        let at = if command.at_front_end { Place::Root } else { Place::Node };
        let template = |path: &Path| path.text.clone().unwrap_or_default().0;
        match (&command.shell, &command.executable) {
            (Some(line), _) => steps.push(Step::Shell { line: line.0.clone(), at }),
            (None, Some(program)) => {
                let argv = std::iter::once(program).chain(&command.arguments).map(template).collect();
                steps.push(Step::Exec { program: template(program), argv, search_path: true, at });
            }
            (None, None) => {}
        }
    }
    steps
}
