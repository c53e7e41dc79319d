//! Commands that are read in their own way: universes, words, streams, files.

use super::command::{self, Own, program};
use super::job::{Build, Given, amount, flag, items};
use super::symbol::has_symbol;
use super::words;
use pelago_job::description::{
    Accelerator, Command, Credential, Launcher, Location, Notice, Occasion, Parallel, Path, Range, Staging, Starter,
    Stdio, Text, Variable,
};

/// Universes that are gone, and what to do instead.
const GONE: [(&str, &str); 4] = [
    (
        "standard",
        "a program that saves its state itself says so with `checkpoint_exit_code` and `transfer_checkpoint_files`",
    ),
    ("pvm", "use `universe = parallel`"),
    ("mpi", "use `universe = parallel` and `machine_count`"),
    ("globus", "use `universe = grid` and `grid_resource`"),
];
/// What is said of a program, or names one.
const PROGRAM: [&str; 10] =
    ["executable", "cmd", "arguments", "args", "arguments2", "my.cmd", "my.args", "my.arguments", "input", "stdin"];
/// Universes that there are, by name and number.
const UNIVERSES: [(&str, &str); 9] = [
    ("vanilla", "5"),
    ("scheduler", "7"),
    ("grid", "9"),
    ("java", "10"),
    ("parallel", "11"),
    ("local", "12"),
    ("vm", "13"),
    ("docker", ""),
    ("container", ""),
];

/// Reads a command.
pub(super) fn read(build: &mut Build<'_>, which: Own, name: &str, given: Given) {
    match which {
        Own::Universe => universe(build, given),
        Own::Image(kind) => image(build, kind, given),
        Own::Executable => {
            let text = build.text(unquoted(&given.text));
            program(&mut build.job).executable = Some(path(text));
        }
        Own::Arguments => arguments(build, given),
        Own::Java => {
            build.apart_if(&given.text, &[',', ' '], true);
            let jars: Vec<Text> =
                given.text.split([',', ' ', '\t']).filter(|j| !j.is_empty()).map(|j| build.text(j)).collect();
            match java(build) {
                Some(java) => java.class_path = jars,
                None => build.keep(name, &given.text, true),
            }
        }
        Own::JavaOptions => {
            let words = match split(build, &given) {
                Some(words) => words,
                None => return,
            };
            match java(build) {
                Some(java) => java.options = words,
                None => build.keep(name, &given.text, true),
            }
        }
        Own::Environment => environment(build, given),
        Own::GetEnv => getenv(build, given),
        Own::Input => stream(build, given, |c| &mut c.input),
        Own::Output => stream(build, given, |c| &mut c.output),
        Own::Error => stream(build, given, |c| &mut c.error),
        Own::InitialDir => {
            let text = build.text(unquoted(&given.text));
            program(&mut build.job).directory = Some(path(text));
        }
        Own::MachineCount => {
            let processes = Some(build.text(&given.text));
            match &mut build.job.application.parallel {
                Some(parallel) => parallel.processes = processes,
                None => build.keep(name, &given.text, false),
            }
        }
        Own::Gpus => match amount(&given.text, None).filter(|_| !has_symbol(&given.text)) {
            Some(0.0) => build.keep(name, &given.text, true),
            Some(count) => accelerator(build).per_host = Some(Range::at_least(count)),
            None => open(build, name, &given),
        },
        Own::GpuMemory => match amount(&given.text, Some(1_048_576.0)).filter(|_| !has_symbol(&given.text)) {
            Some(size) => accelerator(build).memory = Some(Range::at_least(size)),
            None => open(build, name, &given),
        },
        Own::TransferInput => transfer_input(build, given),
        Own::TransferOutput => transfer_output(build, given),
        Own::Notification => notification(build, given),
        Own::Success => match super::function::whole(&given.text).filter(|_| !has_symbol(&given.text)) {
            Some(code) => program(&mut build.job).success = vec![code],
            None => open(build, name, &given),
        },
        Own::Project => {
            let text = build.text(&given.text);
            build.job.projects.push(text);
        }
        Own::Schedule(field) => {
            let text = build.text(unquoted(&given.text));
            build.job.policy.schedule.push((field.to_string(), text));
        }
        Own::Proxy => {
            let subject = Some(build.text(&given.text));
            let credential = Credential { kind: Some("proxy".into()), subject, ..Credential::default() };
            build.job.policy.credential = Some(credential);
        }
    }
}

/// The launcher of a job of the java universe.
fn java<'a>(build: &'a mut Build<'_>) -> Option<&'a mut Launcher> {
    Some(&mut build.job.application.launcher).filter(|launcher| launcher.kind == Some(Starter::Java))
}

/// Whether a grid's resource is a machine that starts, and no program on it.
pub(super) fn is_machine(grid_resource: &str) -> bool {
    let kind = grid_resource.split_whitespace().next().unwrap_or("");
    ["ec2", "gce", "azure"].iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// What only shows when all commands were read.
pub(super) fn finish(build: &mut Build<'_>) {
    let container = build.job.application.launcher.kind == Some(Starter::Container);
    let shell = build.given("shell", &[]).is_some();
    let grid = build.given("grid_resource", &["GridResource"]).is_some_and(|given| is_machine(&given.text));
    let commands = &build.job.application.commands;
    let none = commands.first().is_none_or(|c| c.executable.is_none());
    // A program that is there but wrong was spoken of already.
    let wrong = build.macros.get("executable").is_some() && build.remarks.iter().any(|remark| remark.error);
    if none && !container && !shell && !grid && !wrong {
        let example = Some("write for example `executable = my_program` before `queue`".into());
        if build.fragment {
            build.warning(0..0, "the job has no `executable`; this is only a part of a document");
            build.helped(example);
        } else if is_session(build) {
            build.warning(0..0, "the job has no `executable`, so only `condor_submit -interactive` takes it");
            build.noted("it asks for a machine and names nothing to run there");
            build.helped(Some("write `executable = my_program` before `queue` if it is to run by itself".into()));
        } else {
            build.error(0..0, "the job has no `executable`");
            build.helped(example);
        }
    }
    if container && build.job.application.launcher.image.is_none() {
        build.error(0..0, "a job in a container needs a `container_image` or `docker_image`");
    }
    if build.job.application.launcher.kind == Some(Starter::Java) {
        main_class(build);
    }
    if build.job.application.parallel.as_ref().is_some_and(|p| p.processes.is_none()) {
        build.error(0..0, "a job of the parallel universe needs a `machine_count`");
    }
}

/// Whether this asks for a machine to work on: `condor_submit -interactive` brings its own program. What is for a program
/// (`arguments`, `input`), a name that is nearly `executable`, and a document that asks for nothing at all, say that the
/// program was forgotten.
fn is_session(build: &Build<'_>) -> bool {
    let forgotten = |name: &str| {
        let lower = name.to_ascii_lowercase();
        PROGRAM.contains(&lower.as_str())
            || !command::is_known(name) && crate::spelling::nearest(name, ["executable"]).is_some()
    };
    let asks = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower.starts_with("request_")
            || lower.starts_with("my.")
            || ["requirements", "transfer_input_files"].contains(&lower.as_str())
    };
    let names = || build.macros.iter().map(|m| m.name.as_str());
    build.job.application.launcher.kind.is_none() && names().any(asks) && !names().any(forgotten)
}

/// In the java universe the first argument is the class.
fn main_class(build: &mut Build<'_>) {
    let arguments = &mut program(&mut build.job).arguments;
    let first = (!arguments.is_empty()).then(|| arguments.remove(0));
    match first {
        Some(first) => build.job.application.launcher.main_class = first.text,
        None => {
            build.error(0..0, "a job of the java universe needs the class to run as its first argument");
            build.helped(Some("write for example `arguments = MyClass one two`".into()));
        }
    }
}

fn universe(build: &mut Build<'_>, given: Given) {
    if has_symbol(&given.text) {
        return open(build, "universe", &given);
    }
    let word = given.text.to_ascii_lowercase();
    if let Some((name, instead)) = GONE.iter().find(|(name, _)| *name == word) {
        build.warning(
            given.span,
            format!("the universe `{name}` is gone from HTCondor; such a job is refused when it is to run"),
        );
        build.helped(Some((*instead).to_string()));
        return build.keep("universe", name, false);
    }
    let known = UNIVERSES.iter().find(|(name, number)| *name == word || *number == word && !number.is_empty());
    let launcher = &mut build.job.application.launcher;
    match known.map(|(name, _)| *name) {
        Some("vanilla") => {}
        Some("java") => *launcher = Launcher::by(Starter::Java),
        Some("scheduler") => *launcher = Launcher::by(Starter::Scheduler),
        Some("local") => *launcher = Launcher::by(Starter::FrontEnd),
        Some("parallel") => build.job.application.parallel = Some(Parallel::default()),
        Some(kind @ ("docker" | "container")) => {
            let runtime = (kind == "docker").then(|| "docker".to_string());
            *launcher = Launcher { runtime, ..Launcher::by(Starter::Container) };
        }
        Some("grid") => {
            let resource = build.given("grid_resource", &["GridResource"]);
            if resource.is_none() {
                build.error(given.span.clone(), "a job of the grid universe needs a `grid_resource`");
                build.helped(Some("write for example `grid_resource = batch slurm`".into()));
            }
            build.keep("universe", "grid", false);
        }
        Some(other) => build.keep("universe", other, false),
        None => {
            build.error(given.span, format!("`{}` is no universe", given.text));
            let near = crate::spelling::nearest(&word, UNIVERSES.iter().map(|(name, _)| *name));
            let all: Vec<&str> = UNIVERSES.iter().map(|(name, _)| *name).collect();
            build.noted(format!("there are: {}", all.join(", ")));
            build.helped(near.map(|near| format!("did you mean `{near}`?")));
        }
    }
}

fn image(build: &mut Build<'_>, kind: &str, given: Given) {
    let text = Some(build.text(unquoted(&given.text)));
    let docker = kind == "docker_image";
    let launcher = &mut build.job.application.launcher;
    match launcher.kind {
        Some(Starter::Container) if launcher.image.is_some() => {
            build.error(given.span, "the job has both `docker_image` and `container_image`; it can run in one of them");
        }
        None | Some(Starter::Container) => {
            (launcher.kind, launcher.image) = (Some(Starter::Container), text);
            if docker {
                launcher.runtime = Some("docker".into());
            }
        }
        Some(_) => build.keep(kind, &given.text, false),
    }
}

/// The words of a value; nothing, with an error, if it has none.
fn split(build: &mut Build<'_>, given: &Given) -> Option<Vec<Text>> {
    match words::arguments(&given.text) {
        Ok(words) => {
            let quotes: &[char] = if words::is_new(&given.text) { &['\'', '"'] } else { &['"'] };
            build.apart_if(&given.text, quotes, false);
            for word in &words {
                let bare: String = word.bare.iter().collect();
                build.apart_if(&bare, &[' ', '\t', '"', '\''], word.text.chars().count() == 1);
            }
            Some(words.iter().map(|word| build.text(&word.text)).collect())
        }
        // A value of some task may close what seems open.
        Err(_) if has_symbol(&given.text) && build.apart => Some(Vec::new()),
        Err(error) => {
            build.error(given.span.clone(), format!("the value of `{}` cannot be cut into words: {error}", given.name));
            build.helped(Some(error.help().to_string()));
            None
        }
    }
}

fn arguments(build: &mut Build<'_>, given: Given) {
    if let Some(words) = split(build, &given) {
        program(&mut build.job).arguments = words.into_iter().map(path).collect();
    }
}

fn environment(build: &mut Build<'_>, given: Given) {
    match words::environment(&given.text) {
        Ok(pairs) => {
            let new = words::is_new(&given.text);
            build.apart_if(&given.text, if new { &['\'', '"'] } else { &[';', '|', '"'] }, false);
            for (name, value, bare) in pairs {
                let bare: String = bare.iter().collect();
                if new {
                    build.apart_if(&bare, &[' ', '\t'], false);
                }
                if has_symbol(&name) {
                    build.apart_if(&name, &['='], true);
                }
                let (name, value) = (build.text(&name), build.text(&value));
                let variable = Variable { name: Some(name), value: Some(value), filesystem: None };
                build.job.application.environment.push(variable);
            }
        }
        Err(error) => {
            build.error(given.span.clone(), format!("`{}` has no variables: {error}", given.name));
            build.helped(Some(error.help().to_string()));
        }
    }
}

fn getenv(build: &mut Build<'_>, given: Given) {
    match flag(&given.text) {
        Some(true) => build.job.application.inherit = vec!["*".into()],
        Some(false) => {}
        None if has_symbol(&given.text) => open(build, "getenv", &given),
        None => {
            let names = given.text.split([',', ' ', '\t', ';']).filter(|n| !n.is_empty()).map(str::to_string);
            build.job.application.inherit = names.collect();
        }
    }
}

fn stream(build: &mut Build<'_>, given: Given, field: fn(&mut Command) -> &mut Option<Stdio>) {
    let path = Some(build.text(unquoted(&given.text)));
    *field(program(&mut build.job)) = Some(Stdio { path, ..Stdio::default() });
}

fn accelerator<'b>(build: &'b mut Build<'_>) -> &'b mut Accelerator {
    let all = &mut build.job.resources.accelerators;
    if all.is_empty() {
        all.push(Accelerator::default());
    }
    &mut all[0]
}

/// A value that is no plain number: an expression, or of its own for each task.
fn open(build: &mut Build<'_>, name: &str, given: &Given) {
    if has_symbol(&given.text) {
        build.apart = true;
    } else if !build.expression(name, given) {
        return;
    }
    build.keep(name, &given.text, false);
}

/// Whether a name is a place of its own: absolute, or with a scheme.
pub(super) fn is_absolute(name: &str) -> bool {
    name.starts_with('/') || name.starts_with("$$(") || name.contains("://") || name.get(1..3) == Some(":\\")
}

/// The last part of a name, after its last slash; `.` for the contents of a directory.
pub(super) fn base(name: &str) -> &str {
    match name.strip_suffix('/') {
        Some(_) => ".",
        None => name.rsplit('/').next().unwrap_or(name),
    }
}

/// A name in the directory that the job's names are relative to.
fn placed(build: &Build<'_>, directory: Option<&str>, name: &str) -> String {
    let _ = build;
    match directory {
        Some(directory) if !is_absolute(name) => format!("{}/{name}", directory.trim_end_matches('/')),
        _ => name.to_string(),
    }
}

fn directory(build: &mut Build<'_>) -> Option<String> {
    build.given("initialdir", &["initial_dir", "Iwd", "job_iwd"]).map(|g| unquoted(&g.text).to_string())
}

fn transfer_input(build: &mut Build<'_>, given: Given) {
    build.apart_if(&given.text, &[',', '/', '"'], true);
    let text = unquoted(&given.text).to_string();
    let directory = directory(build);
    for name in items(&text) {
        let from = placed(build, directory.as_deref(), name);
        let (file, uri) = (build.text(base(name)), build.text(&from));
        let source = Location { uri: Some(uri), ..Location::default() };
        build.job.staging.push(Staging {
            file: Some(file),
            source: Some(source),
            directory: name.ends_with('/'),
            ..Staging::default()
        });
    }
}

fn transfer_output(build: &mut Build<'_>, given: Given) {
    build.apart_if(&given.text, &[',', '/', '"'], true);
    let text = unquoted(&given.text).trim().to_string();
    if text.is_empty() {
        // Nothing comes home.
        return build.keep("transfer_output_files", &given.text, false);
    }
    let directory = directory(build);
    let remaps = remaps(build, &text);
    for name in items(&text) {
        let home = match base(name) {
            "." => name.trim_end_matches('/').rsplit('/').next().unwrap_or(name),
            base => base,
        };
        let home = remaps.iter().find(|(old, _)| old == name).map_or(home, |(_, new)| new.as_str());
        let to = placed(build, directory.as_deref(), home);
        let (file, uri) = (build.text(name), build.text(&to));
        let target = Location { uri: Some(uri), ..Location::default() };
        let directory = name.ends_with('/');
        build.job.staging.push(Staging { file: Some(file), target: Some(target), directory, ..Staging::default() });
    }
}

/// Other names at home, where all of them are for files that are listed.
fn remaps(build: &mut Build<'_>, listed: &str) -> Vec<(String, String)> {
    let Some(given) = build.given("transfer_output_remaps", &["TransferOutputRemaps"]) else { return Vec::new() };
    build.apart_if(&given.text, &[';', '=', '"', '\\'], true);
    let fits = |(old, _): &(String, String)| items(listed).any(|name| name == old);
    match renamed(&given.text).filter(|pairs| pairs.iter().all(fits)) {
        Some(pairs) => {
            build.consumed.push("transfer_output_remaps");
            pairs
        }
        None => Vec::new(),
    }
}

/// The pairs of names of `transfer_output_remaps`: in the directory of the job, and at home.
pub(crate) fn renamed(text: &str) -> Option<Vec<(String, String)>> {
    let text = unquoted(text.trim());
    let pair = |pair: &str| {
        let (old, new) = pair.split_once('=')?;
        let (old, new) = (old.trim().to_string(), new.trim().to_string());
        (!old.is_empty() && !new.is_empty()).then_some((old, new))
    };
    let pairs = text.split(';').filter(|pair| !pair.trim().is_empty());
    if text.contains('\\') { None } else { pairs.map(pair).collect() }
}

/// Notices by their words.
pub(super) const NOTICES: [(&str, &[Occasion]); 5] = [
    ("never", &[]),
    ("complete", &[Occasion::Success, Occasion::Failure]),
    ("error", &[Occasion::Failure]),
    ("start", &[Occasion::Start]),
    ("always", &[Occasion::Start, Occasion::Success, Occasion::Failure, Occasion::Cancelled, Occasion::Held]),
];

fn notification(build: &mut Build<'_>, given: Given) {
    if has_symbol(&given.text) {
        return open(build, "notification", &given);
    }
    let word = given.text.to_ascii_lowercase();
    match NOTICES.iter().find(|(name, _)| *name == word) {
        Some((_, on)) => {
            let user = build.given("notify_user", &["NotifyUser"]);
            let to = user.iter().map(|user| build.text(&user.text)).collect();
            build.consumed.push("notify_user");
            build.job.policy.notices.push(Notice { on: on.to_vec(), to });
        }
        None => {
            build.error(given.span, format!("`{}` is no value of `notification`", given.text));
            build.noted("it is `Never`, `Always`, `Complete`, `Start` or `Error`");
        }
    }
}

/// A path without a file system.
pub(super) fn path(text: Text) -> Path {
    Path { text: Some(text), filesystem: None }
}

/// A value without the quotation marks around it, where they mean nothing.
pub(super) fn unquoted(text: &str) -> &str {
    match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(inner) if !inner.contains('"') => inner,
        _ => text,
    }
}
