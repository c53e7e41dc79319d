//! Containers: the command line of the program that runs one, and the paths inside it.
//!
//! A path inside the container has its place in the task's working directory, below [`INSIDE`]; the directories of such
//! places are mounted at their paths.

use super::jobs::Steps;
use super::process::{Words, joined, literal};
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::{Application, Launcher, Mount, Staging, Starter, Text};
use pelago_job::{Setting, Step, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Where paths inside a container lie, in the working directory.
const INSIDE: &str = ".pelago-inside";
/// Programs that run containers; the first that works is taken.
const RUNTIMES: [&str; 4] = ["podman", "docker", "apptainer", "singularity"];

/// A container as the commands of a job are run in it.
#[derive(Clone)]
pub(super) struct Container {
    pub image: Template,
    pub runtime: Option<String>,
    mounts: Vec<Template>,
    options: Vec<Template>,
}

/// What a job has inside its containers.
#[derive(Default)]
pub(super) struct Inside {
    /// Directories, by their paths inside.
    directories: BTreeSet<String>,
    /// Single files, by their paths inside.
    files: BTreeSet<String>,
    /// Directories that commands begin in, by their numbers.
    begin: BTreeMap<usize, String>,
    /// Whether commands begin in the image's own directory where nothing else is said, and see only what is named.
    apart: bool,
    /// Variables of its commands.
    variables: Vec<(Template, Template)>,
}

impl Work<'_> {
    /// Whether the job's commands run in a container.
    pub(super) fn in_container(job: &JobWork) -> bool {
        let application = &job.left.application;
        let launched = application.launcher.kind == Some(Starter::Container);
        launched || application.commands.iter().any(|command| command.image.is_some())
    }

    /// Gives all paths inside the container their places in the working directory.
    pub(super) fn inside(&mut self, job: &mut JobWork) {
        if !Self::in_container(job) {
            return;
        }
        let mut inside = Inside { apart: self.ground.language == Some(Language::Tes), ..Inside::default() };
        let mut tops = Vec::new();
        for (number, command) in job.left.application.commands.iter_mut().enumerate() {
            let part = format!("/application/commands/{number}");
            if inside.apart
                && let Some(path) = command.directory.take().and_then(|path| path.text?.as_literal())
            {
                inside.begin.insert(number, path);
            }
            for (name, stream) in
                [("input", &mut command.input), ("output", &mut command.output), ("error", &mut command.error)]
            {
                let Some(text) = stream.as_mut().and_then(|stream| stream.path.as_mut()) else { continue };
                let Some(path) = absolute(text).filter(|path| path != "/dev/null") else { continue };
                // The program that runs the container reads and writes it; only other commands have to see it.
                match parent(&path) {
                    Some(parent) if name != "input" => drop(inside.directories.insert(parent)),
                    Some(_) => drop(inside.files.insert(path.clone())),
                    None => tops.push(format!("{part}/{name}/path")),
                }
                *text = place(&path);
            }
        }
        for (number, entry) in job.left.staging.iter_mut().enumerate() {
            let Some(path) = entry.file.as_ref().and_then(absolute) else { continue };
            let shared = match (entry.target.is_some(), wildcard(&path)) {
                (false, _) => None,
                (true, Some(fixed)) => Some(parent(fixed)),
                (true, None) if entry.directory => Some(Some(path.clone())),
                (true, None) => Some(parent(&path)),
            };
            match shared {
                None => drop(inside.files.insert(path.clone())),
                Some(Some(directory)) => drop(inside.directories.insert(directory)),
                Some(None) => tops.push(format!("/staging/{number}/file")),
            }
            cut(entry, &path);
            entry.file = Some(place(&path));
        }
        let launcher = &mut job.left.application.launcher;
        launcher.mounts.retain(|mount| match mount.path.as_ref().and_then(absolute) {
            Some(path) if mount.source.is_none() => {
                inside.directories.insert(path);
                false
            }
            _ => true,
        });
        for part in tops {
            let what = "a file in the container's top directory cannot be shared with it: `/` is the image's own";
            self.refuse(job.part(&part), what, "name it in a directory, such as `/data`");
        }
        job.inside = Some(inside);
    }

    /// The directories that are mounted are there when the first command runs.
    pub(super) fn make_inside(job: &JobWork, steps: &mut Steps) {
        let Some(inside) = &job.inside else { return };
        if inside.directories.is_empty() {
            return;
        }
        let words = ["mkdir", "-p", "--"].map(literal).into_iter();
        let places = inside.directories.iter().map(|path| literal(&format!("{INSIDE}{path}")));
        steps.bring.insert(0, super::files::program(words.chain(places)));
    }

    /// Variables that are set so far go into the container instead of to the program that runs it.
    pub(super) fn variables_inside(job: &mut JobWork, steps: &mut Steps) {
        let Some(inside) = &mut job.inside else { return };
        steps.run.retain(|step| match step {
            Step::Set(Setting::Variable { name, value: Some(value) }) => {
                inside.variables.push((name.clone(), value.clone()));
                false
            }
            _ => true,
        });
    }

    /// Variables of one command, which come after those of all.
    pub(super) fn put_inside(job: &mut JobWork, own: &[Setting]) {
        let Some(inside) = &mut job.inside else { return };
        inside.variables.extend(own.iter().filter_map(|setting| match setting {
            Setting::Variable { name, value } => Some((name.clone(), value.clone().unwrap_or_default())),
            _ => None,
        }));
    }

    /// The last variables are for no further command.
    pub(super) fn take_out(job: &mut JobWork, count: usize) {
        if let Some(inside) = &mut job.inside {
            inside.variables.truncate(inside.variables.len().saturating_sub(count));
        }
    }

    /// The container of all commands.
    pub(super) fn container(&mut self, job: &JobWork, application: &mut Application) -> Container {
        let part = "/application/launcher";
        let Launcher { image, runtime, mounts, options, .. } = std::mem::take(&mut application.launcher);
        let image = self.template(job, &format!("{part}/image"), image.unwrap_or_default());
        let mounts = self.mounts(job, part, mounts);
        let options = self.templates(job, &format!("{part}/options"), options);
        Container { image, runtime, mounts, options }
    }

    /// The container of one command that names an image of its own.
    pub(super) fn own_container(
        &mut self,
        job: &JobWork,
        part: &str,
        image: Text,
        common: Option<&Container>,
    ) -> Container {
        let image = self.template(job, &format!("{part}/image"), image);
        let rest = |common: &Container| Container { image: image.clone(), ..common.clone() };
        let own = || Container { image: image.clone(), runtime: None, mounts: Vec::new(), options: Vec::new() };
        common.map_or_else(own, rest)
    }

    /// Directories of the machine, as `OUTSIDE:INSIDE`.
    fn mounts(&mut self, job: &JobWork, part: &str, mounts: Vec<Mount>) -> Vec<Template> {
        let mut words = Vec::new();
        for (number, mount) in mounts.into_iter().enumerate() {
            let part = format!("{part}/mounts/{number}");
            let inside = self.template(job, &part, mount.path.unwrap_or_default());
            let source = self.template(job, &part, mount.source.unwrap_or_default());
            match self.spot(&source, None) {
                Ok(spot) => {
                    let mut word = super::files::whole(&spot, &self.ground.directory.to_string_lossy());
                    word.push_text(":");
                    word.0.extend(inside.0);
                    words.push(joined(word));
                }
                Err(nowhere) => self.refuse(job.part(&part), nowhere.what, nowhere.help),
            }
        }
        words
    }

    /// The program that runs the container.
    fn runtime(&mut self, job: &JobWork, part: &str, container: &Container) -> Option<&'static str> {
        // Podman has docker's command line, and singularity is apptainer's old name.
        let wanted: &[&'static str] = match container.runtime.as_deref() {
            None => &RUNTIMES,
            Some("docker") => &["docker", "podman"],
            Some("podman") => &["podman"],
            Some("apptainer" | "singularity") => &["apptainer", "singularity"],
            Some(other) => {
                let what = format!("the job runs in a container of `{other}`, which is not known here");
                self.refuse(job.part(&format!("{part}/image")), what, "use podman, docker or apptainer");
                return None;
            }
        };
        let mut faults = Vec::new();
        for name in wanted {
            match (self.ground.offer.container)(name) {
                Ok(()) => return Some(name),
                Err(why) => faults.push(format!("{name}: {why}")),
            }
        }
        let what =
            format!("the job runs in a container, and no program that runs one works here ({})", faults.join("; "));
        self.refuse(job.part(&format!("{part}/image")), what, "install podman (`apt-get install podman`) or apptainer");
        None
    }

    /// A command in a container.
    pub(super) fn contained(
        &mut self,
        job: &JobWork,
        part: &str,
        container: &Container,
        words: Words,
    ) -> Option<Words> {
        let runtime = self.runtime(job, part, container)?;
        let docker = matches!(runtime, "docker" | "podman");
        if runtime == "docker" {
            self.daemon(job, part);
        }
        let none = Inside::default();
        let inside = job.inside.as_ref().unwrap_or(&none);
        let number = part.rsplit('/').next().and_then(|number| number.parse().ok());
        let begin = number.and_then(|number: usize| inside.begin.get(&number));
        // The working directory is known to the shell only, so what lies in it is put together there.
        let mut line = match runtime {
            // Whatever files it makes belong to who runs it, as with the others.
            "docker" => "exec \"$0\" run --rm -i -u \"$(id -u):$(id -g)\"".to_string(),
            "podman" => "exec \"$0\" run --rm -i".to_string(),
            // Without a program the image's own one runs.
            _ if words.words.first().is_none_or(Template::is_empty) => "exec \"$0\" run".to_string(),
            _ => "exec \"$0\" exec".to_string(),
        };
        if docker {
            line.push_str(" --label \"pelago=$PELAGO_TASK\"");
        }
        let flag = if docker { "-v" } else { "--bind" };
        if !inside.apart {
            line.push_str(if docker { " -v \"$PWD:$PWD\"" } else { " --bind \"$PWD\"" });
            if begin.is_none() {
                line.push_str(if docker { " -w \"$PWD\"" } else { " --pwd \"$PWD\"" });
            }
        }
        let below =
            |path: &str, top: &String| path.strip_prefix(top.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let outer = |path: &&String| !inside.directories.iter().any(|top| below(path, top));
        let directories = inside.directories.iter().filter(outer);
        let files = inside.files.iter().filter(outer).filter(|file| !inside.directories.contains(*file));
        let mut words_inside = Vec::new();
        for path in directories.chain(files) {
            words_inside.push(literal(path));
            let name = words_inside.len();
            line.push_str(&format!(" {flag} \"$PWD/{INSIDE}${{{name}}}:${{{name}}}\""));
        }
        // All of them are used up before the rest of the words.
        line.push_str(" \"$@\"");
        let line = match words_inside.len() {
            0 => line,
            // `exec` has to see the words and not their names, so they are taken over by a second shell's parameters.
            _ => shifted(&line, words_inside.len()),
        };
        let mut before = vec![literal("/bin/sh"), literal("-c"), literal(&line), literal(runtime)];
        before.extend(words_inside);
        for mount in &container.mounts {
            before.extend([literal(flag), mount.clone()]);
        }
        if let Some(begin) = begin {
            before.extend([literal(if docker { "-w" } else { "--pwd" }), literal(begin)]);
        }
        // Apptainer's `--env` would take commas in a value for further variables, so it gets them in its environment.
        let mut around = Vec::new();
        for (name, value) in &inside.variables {
            let mut word = literal(&if docker { String::new() } else { format!("{}ENV_", runtime.to_uppercase()) });
            word.0.extend(name.0.iter().cloned());
            word.push_text("=");
            word.0.extend(value.0.iter().cloned());
            match docker {
                true => before.extend([literal("-e"), joined(word)]),
                false => around.push(joined(word)),
            }
        }
        if !around.is_empty() {
            around.insert(0, literal("/usr/bin/env"));
            before.splice(0..0, around);
        }
        before.extend(container.options.iter().cloned());
        before.push(named(container.image.clone(), docker));
        // In the container a program is found by the container.
        let mut own = words.words.into_iter();
        let program = own.next().filter(|program| !program.is_empty());
        let name = program.as_ref().and_then(Template::as_literal).filter(|name| !name.starts_with('/'));
        let local = name.is_some_and(|name| job.brought.contains(&name) || self.look(&literal(&name)).is_some());
        match program {
            Some(program) if local && !program.as_literal().is_some_and(|name| name.contains('/')) => {
                let mut word = literal("./");
                word.0.extend(program.0);
                before.push(joined(word));
            }
            program => before.extend(program),
        }
        before.extend(own);
        Some(Words { words: before, search: true })
    }

    /// Docker's containers are no children of ours, so no limit of ours ends them.
    fn daemon(&mut self, job: &JobWork, part: &str) {
        let limits = job.group.limits;
        if limits.walltime.is_some() || limits.memory.is_some() {
            let what = "limits of time and memory cannot be kept for a container of docker: its daemon runs it";
            self.refuse(job.part(&format!("{part}/image")), what, "install podman, which needs no daemon");
        }
        let what = "docker's daemon runs the container: if this run is stopped it goes on, and `docker ps` shows it";
        self.note(job.part(&format!("{part}/image")), what);
    }
}

/// The line with the first words under names of their own, so that `"$@"` is the rest.
fn shifted(line: &str, count: usize) -> String {
    let mut names = String::new();
    let mut line = line.to_string();
    for number in 1..=count {
        names.push_str(&format!("m{number}=$1; shift; "));
        line = line.replace(&format!("${{{number}}}"), &format!("$m{number}"));
    }
    names + &line
}

/// An image by the name that the program knows it by.
fn named(image: Template, docker: bool) -> Template {
    let Some(text) = image.as_literal() else { return image };
    let registry = text.strip_prefix("docker://");
    let file = text.starts_with(['/', '.']) || [".sif", ".simg", ".img"].iter().any(|end| text.ends_with(end));
    match (docker, registry) {
        (true, Some(name)) => literal(name),
        (false, None) if !file && !text.contains("://") => literal(&format!("docker://{text}")),
        _ => image,
    }
}

/// An absolute path that is written out, without slashes at its end or twice.
fn absolute(text: &Text) -> Option<String> {
    let text = text.as_literal().filter(|text| text.starts_with('/'))?;
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| format!("/{}", parts.join("/")))
}

/// The directory of a path, unless that is the top.
fn parent(path: &str) -> Option<String> {
    path.rsplit_once('/').map(|(parent, _)| parent.to_string()).filter(|parent| !parent.is_empty())
}

/// The part of a path before its first wildcard.
fn wildcard(path: &str) -> Option<&str> {
    path.find(['*', '?', '[']).and_then(|at| path.get(..at))
}

/// Whether a name in the working directory is the place of a path inside.
pub(super) fn is_inside(name: &str) -> bool {
    name.strip_prefix(INSIDE).is_some_and(|rest| rest.starts_with('/'))
}

fn place(path: &str) -> Text {
    Text::literal(format!("{INSIDE}{path}"))
}

/// A pattern's files keep their names at the target if nothing but their directory is cut off.
fn cut(entry: &mut Staging, path: &str) {
    let Some(prefix) = entry.prefix.as_ref().and_then(absolute) else { return };
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    if prefix == directory && wildcard(directory).is_none() {
        entry.prefix = None;
        let uri = entry.target.as_mut().and_then(|target| target.uri.as_mut());
        if let Some(uri) = uri.filter(|uri| !uri.as_literal().is_some_and(|uri| uri.ends_with('/'))) {
            uri.0.push_text("/");
        }
    }
}
