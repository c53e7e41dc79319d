//! One job: its identification, its place, and the order in which its parts become steps.

use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::Text;
use pelago_job::{Group, Job, OnError, Piece, Role, Setting, Step, Stream, Template};
use std::collections::{BTreeMap, BTreeSet};

/// The steps of a job, part by part in the order in which they run.
#[derive(Default)]
pub(super) struct Steps {
    /// Scripts at the front end that run before everything else.
    pub first: Vec<Step>,
    /// Files are put into place.
    pub bring: Vec<Step>,
    /// What holds for all commands, and the commands.
    pub run: Vec<Step>,
    /// Files go home however the commands ended.
    pub anyhow: Vec<Step>,
    /// Files go home when the commands ended well.
    pub home: Vec<Step>,
    /// What runs when everything is over.
    pub last: Vec<Step>,
}

impl Work<'_> {
    /// Grounds one job; its group gets the job's number.
    pub(super) fn job(&mut self, number: usize) {
        let Some(left) = self.left.jobs.get_mut(number) else { return };
        let mut left = std::mem::take(left);
        let idle = super::workflow::idle(&mut left);
        let (axes, numbers) = self.space(left.space.take());
        let name = self.group_name(&mut left, number);
        let mut group = Group::new(name, Role::Other);
        group.parameters = axes;
        let mut job = JobWork {
            number,
            left,
            numbers,
            group,
            request: Default::default(),
            within: None,
            home: None,
            base: None,
            filesystems: BTreeMap::new(),
            brought: BTreeSet::new(),
            going: BTreeSet::new(),
            shown: BTreeSet::new(),
            again: Vec::new(),
            renamed: Vec::new(),
            keeps_files: false,
            only_good: false,
            cpus: None,
            threads: None,
            limits: Vec::new(),
            inside: None,
            idle,
            ends_anyhow: false,
            late: false,
        };
        self.site_names(&mut job);
        self.stream_signs(&mut job);
        self.joined_streams(&mut job);
        self.default_streams(&mut job);
        self.identification(&mut job);
        if let Err(mut refusal) = self.ground.applications.fill(&mut job.left.application) {
            refusal.part = job.part(&refusal.part);
            self.refusals.push(refusal);
            job.left.application = Default::default();
            job.idle = true;
        }
        self.resources(&mut job);
        self.policy(&mut job);
        let mut steps = Steps::default();
        self.node(&mut job, &mut steps);
        self.inside(&mut job);
        self.placed(&mut job);
        self.files(&mut job, &mut steps);
        Self::make_inside(&job, &mut steps);
        self.application(&mut job, &mut steps);
        self.new_files(&mut job, &mut steps);
        job.group.steps.extend(job.within.take().map(Step::Within));
        let ignore = job.ends_anyhow.then_some(Step::OnError(OnError::Ignore));
        if !steps.anyhow.is_empty() {
            steps.anyhow.insert(0, Step::Set(Setting::AfterFailure(true)));
            steps.anyhow.push(Step::Set(Setting::AfterFailure(false)));
        }
        let ignore = ignore.into_iter().collect();
        for part in [steps.first, steps.bring, ignore, steps.run, steps.anyhow, steps.home, steps.last] {
            job.group.steps.extend(part);
        }
        needed(&mut job.group.steps);
        if let Some(left) = self.left.jobs.get_mut(number) {
            *left = job.left;
        }
        self.experiment.groups.push(job.group);
    }

    /// A name for the group that no other has: the job's, as far as it is the same for all tasks.
    fn group_name(&mut self, left: &mut Job, number: usize) -> String {
        let said = left.name.take().map(|name| name.write(str::to_string, |_| String::new()));
        let plain = |c: char| if c.is_alphanumeric() || "_-+".contains(c) { c } else { '_' };
        let name: String = said.unwrap_or_default().trim().chars().map(plain).take(60).collect();
        let name = name.trim_matches('_').to_string();
        let fallback = if number == 0 { "main".to_string() } else { format!("job{}", number + 1) };
        let name = if name.is_empty() { fallback } else { name };
        let taken = |name: &str| self.experiment.groups.iter().any(|group| group.name == name);
        if !taken(&name) {
            return name;
        }
        (2..).map(|count| format!("{name}_{count}")).find(|name| !taken(name)).unwrap_or(name)
    }

    /// What names the job and asks for nothing.
    fn identification(&mut self, job: &mut JobWork) {
        job.left.description = None;
        job.left.annotations.clear();
        if !std::mem::take(&mut job.left.projects).is_empty() {
            self.note(job.part("/projects"), "nobody is charged: this machine keeps no accounts");
        }
        if job.left.organisation.take().is_some() {
            self.note(job.part("/organisation"), "the job runs for you: this machine knows no organisations");
        }
    }

    /// Where the tasks run: in an empty directory of their own, unless the document says a directory or the language is
    /// one whose jobs start where they were submitted.
    fn placed(&mut self, job: &mut JobWork) {
        let front_end = job.left.application.launcher.at_front_end();
        if front_end {
            job.left.application.launcher.kind = None;
        }
        let first = job.left.application.commands.iter_mut().next();
        let directory = first.and_then(|command| command.directory.take());
        let mut directory = directory.map(|path| {
            let part = "/application/commands/0/directory";
            let text = self.mounted(job, part, path.filesystem, path.text.unwrap_or_default());
            (part, text)
        });
        let condor = matches!(self.ground.language, Some(Language::Submit | Language::Dag));
        let shared = condor && self.transfer(job);
        let sandboxed = condor && !front_end && !shared;
        let in_place = job.left.application.script.is_some() || front_end || shared;
        let spot = match directory.take() {
            Some((part, path)) => match self.spot(&path, job.home.as_ref()) {
                Ok(spot) => Some(spot.path().clone()),
                Err(nowhere) => {
                    self.refuse(job.part(part), nowhere.what, nowhere.help);
                    None
                }
            },
            None if in_place => {
                if matches!(self.ground.language, Some(Language::Pbs | Language::GridEngine)) {
                    let what =
                        "the script starts where its file is; the batch system would start it in your home directory";
                    self.note(job.part("/application/script"), what);
                }
                Some(job.home.clone().unwrap_or_default())
            }
            None => None,
        };
        match spot {
            // Condor's initial directory is where files come from and go to; the job runs where they are sent.
            Some(spot) if sandboxed => job.base = Some(spot),
            None if sandboxed => job.base.clone_from(&job.home),
            spot => job.within = spot,
        }
    }

    /// A path in a file system that the document names.
    pub(super) fn mounted(&mut self, job: &JobWork, part: &str, filesystem: Option<String>, text: Text) -> Template {
        let path = self.template(job, part, text);
        let Some(name) = filesystem else { return path };
        let offer = self.ground.offer;
        let known = match name.as_str() {
            "HOME" => offer.home.as_ref().map(|home| Template::literal(home.to_string_lossy())),
            "ROOT" => Some(Template::literal("/")),
            "TMP" | "SCRATCH" => Some(Template::literal(offer.temporary.to_string_lossy())),
            _ => None,
        };
        let Some(mut mount) = job.filesystems.get(&name).cloned().or(known) else {
            let what = format!("the file system `{name}` has no place on this machine");
            self.refuse(job.part(part), what, "say its mount point, or use HOME, ROOT, SCRATCH or TMP");
            return path;
        };
        if !path.is_empty() && !matches!(mount.0.last(), Some(Piece::Text(text)) if text.ends_with('/')) {
            mount.push_text("/");
        }
        for piece in path.0 {
            match piece {
                Piece::Text(text) => mount.push_text(&text),
                piece => mount.0.push(piece),
            }
        }
        mount
    }
}

/// Leaves out what sets anew what holds already.
fn needed(steps: &mut Vec<Step>) {
    let (mut input, mut directory, mut success) = (None, None, Vec::new());
    let mut streams: [Option<(Template, bool)>; 2] = [None, None];
    let mut changes = |step: &Step| match step {
        Step::Set(Setting::Input(path)) => std::mem::replace(&mut input, path.clone()) != *path,
        Step::Set(Setting::Directory(path)) => std::mem::replace(&mut directory, path.clone()) != *path,
        Step::Set(Setting::Success(codes)) => std::mem::replace(&mut success, codes.clone()) != *codes,
        Step::Redirect { stream, target } => {
            let at = usize::from(*stream == Stream::Err);
            streams.get_mut(at).is_none_or(|now| std::mem::replace(now, target.clone()) != *target)
        }
        _ => true,
    };
    steps.retain(|step| changes(step));
}
