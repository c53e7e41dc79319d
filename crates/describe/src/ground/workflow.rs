//! A job as a node of a workflow: edges, scripts around it, and the node that runs at the end.

use super::jobs::Steps;
use super::work::{JobWork, Work};
use pelago_job::description::{Edge, NodeKind};
use pelago_job::{After, GroupNo, Job, Throttle};

/// Runs a command and leaves its exit code for the script that comes after it.
pub(super) const KEEP_CODE: &str = "\"$@\"; code=$?; echo \"$code\" > .pelago-return; exit \"$code\"";

/// Takes out of a job what its node does not do, and says whether it runs nothing of its own. DAGMan neither submits a node
/// that is `NOOP` nor one that is `DONE`, but runs the scripts of the first.
pub(super) fn idle(job: &mut Job) -> bool {
    let Some(mut node) = job.node.take_if(|node| node.noop || node.done) else { return false };
    let name = job.name.take();
    let policy = if node.done { Default::default() } else { std::mem::take(&mut job.policy) };
    if node.done {
        node.scripts.clear();
        node.reference = None;
    }
    if let Some(reference) = &mut node.reference {
        reference.file = None;
    }
    (node.noop, node.done) = (false, false);
    *job = Job { name, policy, node: Some(node), ..Job::default() };
    true
}

impl Work<'_> {
    /// What the job is as a node; its scripts become the first and last of its steps.
    pub(super) fn node(&mut self, job: &mut JobWork, steps: &mut Steps) {
        let Some(mut node) = job.left.node.take() else { return };
        if let Some(name) = node.category.take()
            && let Some(most) = self.throttles.get(&name)
            && let Some(other) = job.group.throttle.replace(Throttle { name, most: *most })
        {
            let what = format!("the node's category limits it, and so does the limit of {}", other.name);
            self.refuse(job.part("/node/category"), what, "only one of both can be kept: take one out");
        }
        match node.kind.take() {
            None | Some(NodeKind::Job) => {}
            Some(NodeKind::Final) => {
                self.finals.insert(job.number);
            }
            // What it does is refused, and not that it names no program.
            Some(other @ (NodeKind::Group | NodeKind::Control)) => {
                (node.kind, job.idle) = (Some(other), true);
            }
            Some(other) => node.kind = Some(other),
        }
        // What is left of a reference whose document was taken in: where that stood, and macros that it did not use.
        let mut reference = node.reference.take();
        if let Some(taken) = reference.take_if(|reference| reference.file.is_none()) {
            let part = "/node/reference/directory";
            let directory = taken.directory.map(|directory| self.template(job, part, directory));
            match directory.map(|directory| self.spot(&directory, None)).transpose() {
                Ok(spot) => job.home = spot.map(|spot| spot.path().clone()),
                Err(nowhere) => self.refuse(job.part(part), nowhere.what, nowhere.help),
            }
        }
        if let Some(reference) = reference {
            let file = reference.file.map(|file| file.to_string()).unwrap_or_default();
            let what = format!("the node is described by another document, `{file}`, which could not be taken in");
            self.refuse(job.part("/node/reference/file"), what, "`pelago check` says what is wrong with it");
            job.idle = true;
        }
        if let Some((on, with)) = node.abort_on.take() {
            self.aborts(job, on, with);
        }
        let scripts = std::mem::take(&mut node.scripts);
        let skip_on = node.skip_on.take();
        let several = self.experiment_space(job) > 1;
        let after_other = scripts.iter().any(|script| script.when.as_deref() == Some("pre"));
        for (number, script) in scripts.into_iter().enumerate() {
            let part = format!("/node/scripts/{number}");
            if several {
                let what = "a script around a node runs once, and the node has several tasks";
                self.refuse(job.part(&part), what, "make a node of its own of the script");
                continue;
            }
            self.around(job, &part, script, (skip_on, after_other), steps);
        }
        job.left.node = Some(node).filter(|node| *node != Default::default());
    }

    /// The end of a node that ends the whole workflow.
    fn aborts(&mut self, job: &mut JobWork, on: f64, with: Option<f64>) {
        let part = job.part("/node/abort_on");
        if on == 0.0 || with == Some(0.0) {
            let what = "ABORT-DAG-ON is to end the DAG as a success, and then what has not run would never do so";
            return self.refuse(part, what, "take it out, or let the nodes after it wait for one that fails");
        }
        job.group.aborts.push(on as i32);
        if with.is_some_and(|with| with != 1.0) {
            self.note(part, "the exit code is 1 as after every failure, and not that of the statement");
        }
    }

    /// How many tasks the job has so far as one can count.
    fn experiment_space(&self, job: &JobWork) -> u64 {
        let length = |p: &pelago_job::ParamNo| self.experiment.parameter(*p).map_or(1, |p| p.domain.len());
        job.group.parameters.iter().map(length).fold(1, u64::saturating_mul)
    }

    /// Which group waits for which.
    pub(super) fn edges(&mut self, edges: Vec<Edge>) {
        let groups = self.experiment.groups.len();
        for (number, edge) in edges.into_iter().enumerate() {
            if let Some(condition) = &edge.condition {
                let what = format!(
                    "the edge is taken only if `{condition}`, and here a job follows when all before it ended well"
                );
                self.refuse(format!("/edges/{number}/condition"), what, "take the condition out");
            }
            let (Some(parent), Some(child)) = (edge.parent, edge.child) else { continue };
            let (Ok(before), Some(group)) = (u16::try_from(parent), self.experiment.groups.get_mut(child as usize))
            else {
                continue;
            };
            let after = After { group: GroupNo(before), any_end: false };
            if !group.after.contains(&after) {
                group.after.push(after);
            }
        }
        for last in std::mem::take(&mut self.finals) {
            let all = (0..groups).filter(|group| *group != last).filter_map(|group| u16::try_from(group).ok());
            if let Some(group) = self.experiment.groups.get_mut(last) {
                group.after = all.map(|group| After { group: GroupNo(group), any_end: true }).collect();
            }
        }
    }
}
