//! Files that come to a job and go from it: inputs of its group, and copies at its beginning and end.

use super::jobs::Steps;
use super::place::Spot;
use super::process::{exec, joined, literal};
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::{Creation, Location, Staging, Text};
use pelago_job::{Input, OnError, Output, Piece, Place, Step, Template};
use std::collections::BTreeSet;

/// Programs that check a sum, by its algorithm.
const SUMS: [(&str, &str); 6] = [
    ("md5", "md5sum"),
    ("sha1", "sha1sum"),
    ("sha224", "sha224sum"),
    ("sha256", "sha256sum"),
    ("sha384", "sha384sum"),
    ("sha512", "sha512sum"),
];

/// The longest text that is put into a file by a command's word.
const LONGEST: usize = 100_000;

impl Work<'_> {
    /// The names of files that jobs of the document read, with `*` for what differs from task to task.
    pub(super) fn names_read(&self) -> BTreeSet<String> {
        let shape = |text: &Text| clean(&text.write(str::to_string, |_| "*".to_string()));
        let mut names = BTreeSet::new();
        for job in &self.left.jobs {
            let sources = job.staging.iter().filter_map(|staging| {
                let source = staging.source.as_ref()?;
                source.uri.as_ref().or(staging.file.as_ref().filter(|_| source.content.is_none()))
            });
            let application = &job.application;
            let commands = application.before.iter().chain(&application.commands).chain(&application.after);
            let inputs = commands.filter_map(|command| command.input.as_ref()?.path.as_ref());
            names.extend(sources.chain(inputs).map(shape));
        }
        names
    }

    /// All files of a job.
    pub(super) fn files(&mut self, job: &mut JobWork, steps: &mut Steps) {
        let staging = std::mem::take(&mut job.left.staging);
        // What commands mean by a name depends on what comes under it.
        for entry in &staging {
            job.going.extend(entry.target.as_ref().and(entry.file.as_ref()).and_then(Text::as_literal));
            let Some(source) = &entry.source else { continue };
            let text = entry.file.as_ref().or(source.uri.as_ref()).and_then(Text::as_literal).unwrap_or_default();
            let text = if entry.file.is_some() { clean(&text) } else { last(&clean(&text)) };
            job.brought.insert(text);
        }
        let mut left = Vec::with_capacity(staging.len());
        for (number, mut entry) in staging.into_iter().enumerate() {
            self.file(job, number, &mut entry, steps);
            left.push(entry);
        }
        job.left.staging = left;
    }

    fn file(&mut self, job: &mut JobWork, number: usize, entry: &mut Staging, steps: &mut Steps) {
        let part = format!("/staging/{number}");
        // Declarations that ask for nothing, and permissions that need not be used.
        (entry.name, entry.description, entry.size, entry.cache) = (None, None, None, None);
        (entry.streamable, entry.directory) = (false, false);
        let credential = entry.credential.take().is_some();
        let taken = |location: &mut Option<Location>| {
            location.as_mut().is_some_and(|location| location.credential.take().is_some())
        };
        if credential | taken(&mut entry.source) | taken(&mut entry.target) {
            self.note(job.part(&part), "no credential is needed: the file is on this machine");
        }
        for (end, location) in [("source", &mut entry.source), ("target", &mut entry.target)] {
            let Some(location) = location else { continue };
            location.alternatives.clear();
            if !std::mem::take(&mut location.options).is_empty() {
                let what = "options of a transfer have no meaning for files of this machine";
                self.refuse(job.part(&format!("{part}/{end}/options")), what, "take them out");
            }
        }
        let file = entry.file.take();
        let file = file.map(|file| self.mounted(job, &part, entry.filesystem.take(), file));
        let deleted = std::mem::take(&mut entry.delete_on_termination);
        let (read_only, executable) = (std::mem::take(&mut entry.read_only), std::mem::take(&mut entry.executable));
        let optional = std::mem::take(&mut entry.optional);
        let creation = entry.creation.take();
        let both = entry.source.is_some() && entry.target.is_some();
        if let Some(source) = entry.source.take() {
            let from = format!("{part}/source");
            if creation == Some(Creation::Append) && job.within.is_some() {
                let what = "a file cannot be added at the end of another one";
                self.refuse(job.part(&format!("{part}/creation")), what, "say `overwrite`");
            }
            let own = self.come(job, &from, file.clone(), source, (optional, read_only && !both), steps);
            if let Some(own) = own {
                if executable {
                    let chmod = ["chmod", "+x", "--"].map(literal).into_iter().chain([own.clone()]);
                    steps.bring.push(program(chmod));
                }
                if let Some(sum) = entry.checksum.take() {
                    self.checksum(job, &format!("{part}/checksum"), sum, own, steps);
                }
            }
        }
        if let Some(target) = entry.target.take() {
            let when = entry.when.take();
            if when.is_some_and(|when| !when.success && (when.failure || when.cancel)) {
                let what = "a file that goes home only when its task failed cannot be told from others here";
                self.refuse(job.part(&format!("{part}/when")), what, "let it go when the job succeeded, too");
            } else if when.is_some_and(|when| when.cancel) {
                self.note(job.part(&part), "of a task that was cancelled no file comes home");
            }
            let anyhow = when.map_or_else(|| self.files_anyhow(job), |when| when.failure);
            self.go(job, &part, file.clone(), target, (optional, creation, anyhow), steps);
        }
        // An entry without ends only says what becomes of the file.
        if deleted
            && job.within.is_some()
            && let Some(file) = file
        {
            steps.last.push(program(["rm", "-rf", "--"].map(literal).into_iter().chain([file])));
        }
    }

    /// A file comes: gives its name in the working directory.
    fn come(
        &mut self,
        job: &mut JobWork,
        part: &str,
        file: Option<Template>,
        source: Location,
        (optional, read_only): (bool, bool),
        steps: &mut Steps,
    ) -> Option<Template> {
        if let Some(content) = source.content {
            let content = self.template(job, part, content);
            let file = file?;
            let length: usize = content.0.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 20 }).sum();
            if length > LONGEST {
                let what = format!("a content of {length} bytes is too long to be put into a file");
                self.refuse(job.part(part), what, "keep it in a file beside the document");
                return None;
            }
            let line = "case $2 in */*) mkdir -p -- \"${2%/*}\";; esac; printf %s \"$1\" > \"$2\"";
            let words = ["/bin/sh", "-c", line, "sh"].map(literal);
            steps.bring.push(program(words.into_iter().chain([content, file.clone()])));
            return Some(file);
        }
        // Without a URI the user brings the file by other means: it is where the document is.
        let uri = match source.uri {
            Some(uri) => self.template(job, part, uri),
            None => file.clone()?,
        };
        let spot = match self.spot(&uri, job.home.as_ref()) {
            Ok(spot) => spot,
            Err(nowhere) => {
                self.refuse(job.part(part), nowhere.what, nowhere.help);
                return None;
            }
        };
        let name = match file.filter(|file| !file.is_empty()) {
            Some(file) if ends_with_slash(&file) => {
                let mut whole = file;
                whole.0.extend(spot.last_name().unwrap_or_default().0);
                joined(whole)
            }
            Some(file) => file,
            None => spot.last_name()?,
        };
        match self.spot(&name, None) {
            Ok(Spot::Beside(name)) if name.is_empty() => self.bring_all(job, spot, optional, steps),
            Ok(Spot::Beside(name)) => {
                self.bring(job, spot, &name, optional, read_only, steps);
                Some(name)
            }
            // The job wants it at a place of its own on the machine.
            Ok(Spot::Absolute(path)) => {
                job.brought.extend(path.as_literal());
                let from = whole(&spot, &self.ground.directory.to_string_lossy());
                steps.bring.push(program(["cp", "-R", "--"].map(literal).into_iter().chain([from, path.clone()])));
                Some(path)
            }
            Err(nowhere) => {
                self.refuse(job.part(part), nowhere.what, nowhere.help);
                None
            }
        }
    }

    /// What a directory of the machine holds comes into the working directory itself.
    fn bring_all(&mut self, job: &mut JobWork, from: Spot, optional: bool, steps: &mut Steps) -> Option<Template> {
        let name = literal(&format!(".pelago-all-{}", steps.bring.len()));
        self.bring(job, from, &name, optional, true, steps);
        // What came is not new when the files go home.
        let line = "ls -A1 \"$1\" >> .pelago-known && cp -R -- \"$1/.\" .";
        steps.bring.push(program(["/bin/sh", "-c", line, "sh"].map(literal).into_iter().chain([name])));
        None
    }

    /// A file of the machine comes under a name of the working directory.
    pub(super) fn bring(
        &mut self,
        job: &mut JobWork,
        from: Spot,
        name: &Template,
        optional: bool,
        read_only: bool,
        steps: &mut Steps,
    ) {
        let source = match &from {
            Spot::Beside(path) | Spot::Absolute(path) => trimmed(path.clone()),
        };
        job.brought.extend(name.as_literal());
        let as_name = (source != *name).then(|| name.clone());
        if job.late {
            steps.bring.push(Step::Copy {
                from: Place::Root,
                source: source.clone(),
                to: vec![(Place::Node, name.clone())],
                dynamic: false,
            });
        }
        // What a script may still make is used if it is there.
        let found = optional || job.late;
        let input = Input { name: source, as_name, read_only, found };
        if !job.group.inputs.contains(&input) {
            job.group.inputs.push(input);
        }
    }

    fn checksum(&mut self, job: &JobWork, part: &str, sum: Text, file: Template, steps: &mut Steps) {
        let Some(sum) = self.literal(job, part, sum) else { return };
        let known = sum.split_once(':').and_then(|(algorithm, hex)| {
            let plain = algorithm.to_ascii_lowercase().replace('-', "");
            let (_, tool) = SUMS.iter().find(|(name, _)| *name == plain)?;
            (self.ground.offer.program)(tool).map(|_| (*tool, hex.to_string()))
        });
        let Some((tool, hex)) = known else {
            let what = format!("the checksum `{sum}` cannot be checked here");
            return self.refuse(job.part(part), what, "give one of md5, sha1, sha256 or sha512");
        };
        let line = "printf '%s  %s\\n' \"$2\" \"$3\" | \"$1\" --check --status - || { echo \"$3: its content is not what its checksum says\" >&2; exit 1; }";
        let words = ["/bin/sh", "-c", line, "sh", tool, &hex].map(literal);
        steps.bring.push(program(words.into_iter().chain([file])));
    }

    fn go(
        &mut self,
        job: &mut JobWork,
        part: &str,
        file: Option<Template>,
        target: Location,
        (optional, creation, anyhow): (bool, Option<Creation>, bool),
        steps: &mut Steps,
    ) {
        let at = format!("{part}/target");
        if target.content.is_some() {
            return self.refuse(job.part(&at), "a file cannot go to where its content is given", "");
        }
        let Some(file) = file else {
            return self.refuse(job.part(part), "a file that goes home has no name", "");
        };
        let uri = match target.uri {
            Some(uri) => self.template(job, &at, uri),
            None => file.clone(),
        };
        let spot = match self.spot(&uri, job.home.as_ref()) {
            Ok(spot) => spot,
            Err(nowhere) => return self.refuse(job.part(&at), nowhere.what, nowhere.help),
        };
        match (spot.path().as_literal().as_deref(), file.as_literal()) {
            (Some("/dev/stdout" | "/dev/stderr"), Some(file)) => {
                job.shown.insert(file);
                return;
            }
            (Some("/dev/null"), _) => return,
            _ => {}
        }
        match creation {
            Some(Creation::Append) => {
                let what = "a file cannot be added at the end of another one: what comes home replaces what was there";
                return self.refuse(
                    job.part(&format!("{part}/creation")),
                    what,
                    "say `overwrite`, and join them yourself",
                );
            }
            Some(Creation::DontOverwrite) if spot.path().as_literal().is_none() || self.look(spot.path()).is_some() => {
                let what = "the file is there, or may be, and must not be replaced";
                return self.refuse(job.part(&format!("{part}/creation")), what, "move it away, or say `overwrite`");
            }
            _ => {}
        }
        // gLite returns those files of a sandbox that are there; one that another job reads has to be.
        let read = || self.read.contains(&clean(&Text(file.clone()).write(str::to_string, |_| "*".to_string())));
        let optional = optional || self.ground.language == Some(Language::Jdl) && !read();
        self.send(job, file, &spot, (optional, anyhow), steps);
    }

    /// A file of the working directory goes to a place of the machine when the task has ended well, or `anyhow`.
    pub(super) fn send(
        &mut self,
        job: &mut JobWork,
        file: Template,
        to: &Spot,
        (optional, anyhow): (bool, bool),
        steps: &mut Steps,
    ) {
        let list = if anyhow { &mut steps.anyhow } else { &mut steps.home };
        let file = match self.spot(&file, None) {
            Ok(Spot::Absolute(path)) => {
                let target = whole(to, &self.ground.directory.to_string_lossy());
                list.push(program(["cp", "-R", "--"].map(literal).into_iter().chain([path, target])));
                return;
            }
            Ok(Spot::Beside(file)) => file,
            Err(_) => file,
        };
        let shape = |template: &Template| clean(&Text(template.clone()).write(str::to_string, |_| "*".to_string()));
        if let Spot::Beside(path) = to {
            if job.within.as_ref().is_some_and(|within| within.is_empty()) && *path == file {
                return;
            }
            // Another job reads it: then it is an edge between them.
            if *path == file && !optional && self.read.contains(&shape(path)) && job.within.is_none() {
                let output = Output { name: file, hooks: Vec::new(), keep: false };
                if !job.group.outputs.contains(&output) {
                    job.group.outputs.push(output);
                }
                return;
            }
        }
        let to = match to {
            Spot::Beside(path) => (Place::Root, path.clone()),
            Spot::Absolute(path) => (Place::Machine, path.clone()),
        };
        let copy = Step::Copy { from: Place::Node, source: file, to: vec![to], dynamic: false };
        if list.contains(&copy) {
            return;
        }
        if optional {
            list.push(Step::OnError(OnError::Ignore));
        }
        list.push(copy);
        if optional {
            list.push(Step::OnError(OnError::Fail));
        }
    }
}

pub(super) fn program(words: impl IntoIterator<Item = Template>) -> Step {
    let mut step = exec(&[]);
    if let Step::Exec { program, argv, .. } = &mut step {
        *argv = words.into_iter().collect();
        *program = argv.first().cloned().unwrap_or_default();
    }
    step
}

/// A path from the top.
pub(super) fn whole(spot: &Spot, directory: &str) -> Template {
    match spot {
        Spot::Absolute(path) => path.clone(),
        Spot::Beside(path) => {
            let mut whole = literal(&format!("{directory}/"));
            whole.0.extend(path.0.iter().cloned());
            joined(whole)
        }
    }
}

fn trimmed(mut path: Template) -> Template {
    if let Some(Piece::Text(text)) = path.0.last_mut()
        && text.len() > 1
    {
        text.truncate(text.trim_end_matches('/').len());
    }
    path
}

fn ends_with_slash(path: &Template) -> bool {
    matches!(path.0.last(), Some(Piece::Text(text)) if text.ends_with('/'))
}

fn clean(path: &str) -> String {
    let path = path.strip_prefix("file:").unwrap_or(path);
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    path.trim_end_matches('/').to_string()
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}
