//! The virtual prover: what earlier runs prove, in a map from keys to runs.

use crate::disk::Disk;
use crate::truth::{Origin, Truth};
use pelago_grid::{At, Grid, GroupProof, Record, Reused, Verdict};
use pelago_job::{Digest, FileRef, JobId, Made, Role, TaskRef};
use roaring::RoaringTreemap;
use std::collections::BTreeMap;

/// A run that is proved.
#[derive(Clone, Debug)]
struct Proof {
    task: TaskRef,
    /// What each output was the first time, and what it was last.
    outputs: Vec<(Made, Made)>,
}

/// The memory of runs.
#[derive(Clone, Debug, Default)]
pub struct Prover {
    proofs: BTreeMap<Digest, Proof>,
}

/// Under what a run is found again: its label, the version of the model, and the digests of its inputs.
fn key(truth: &Truth, task: TaskRef, model: u64, firsts: &[Option<Digest>], disk: &Disk) -> Option<Digest> {
    let known = truth.tasks.get(&task)?;
    let mut parts = Vec::new();
    for need in &known.needs {
        parts.push(match need.origin {
            Origin::Task(_) => (*firsts.get(need.input)?)?,
            Origin::Root => disk.home.get(&need.name)?.digest,
        });
    }
    let model = model.to_le_bytes();
    let parts = parts.iter().map(|digest| &digest.0[..]);
    Some(Digest::of_parts([known.label.as_bytes(), &model[..]].into_iter().chain(parts)))
}

impl Prover {
    /// The key of a task that starts.
    pub fn key(truth: &Truth, task: TaskRef, model: u64, firsts: &[Option<Digest>], disk: &Disk) -> Option<Digest> {
        key(truth, task, model, firsts, disk)
    }

    /// Remembers a run.
    pub fn remember(&mut self, key: Digest, task: TaskRef, outputs: &[Made]) {
        let before = self.proofs.get(&key).map(|proof| proof.outputs.clone());
        let first = |number: usize, made: Made| before.as_ref().and_then(|b| b.get(number)).map_or(made, |(f, _)| *f);
        let outputs = outputs.iter().enumerate().map(|(number, made)| (first(number, *made), *made)).collect();
        self.proofs.insert(key, Proof { task, outputs });
    }

    /// What is proved for a job as a whole.
    pub fn job(&self, truth: &Truth, model: u64, id: JobId, started: bool, grid: &Grid, disk: &Disk) -> Option<Record> {
        let job = grid.job(id)?;
        if let Some(name) = truth.roots().find(|name| !disk.home.contains_key(*name)) {
            return Some(Record::Unprovable { job: id, why: format!("{name} is missing") });
        }
        let mut groups = vec![GroupProof::default(); job.groups.len()];
        for (number, state) in job.groups.iter().enumerate() {
            groups[number].template = Some(Digest::of(&model.to_le_bytes()));
            groups[number].check = !state.plain;
        }
        if !job.submitted.again {
            for (task, known) in truth.tasks.iter().filter(|(_, known)| known.role != Role::Event) {
                let number = task.group.0 as usize;
                let plain = job.groups.get(number).is_some_and(|state| state.plain);
                let proved = key(truth, *task, model, &[], disk).is_some_and(|key| self.proofs.contains_key(&key));
                if plain && proved && known.outputs.is_empty() {
                    groups[number].reused.insert(task.index);
                }
            }
        }
        let first = job.with_role(Role::RootStart).next().map(|(number, state)| (number, state.is_good(0)));
        let start_first =
            !started && first.is_some_and(|(number, ran)| !ran && !groups[number.0 as usize].reused.contains(0));
        let _: &RoaringTreemap = &groups.first()?.reused;
        Some(Record::Proved { job: id, groups, start_first })
    }

    /// What is proved for one task.
    pub fn task(
        &self,
        truth: &Truth,
        model: u64,
        task: TaskRef,
        firsts: &[Option<Digest>],
        grid: &Grid,
        disk: &Disk,
    ) -> Verdict {
        let Some(known) = truth.tasks.get(&task) else { return Verdict::Run { why: None } };
        let Some(job) = grid.job(task.job) else { return Verdict::Run { why: None } };
        let last = matches!(known.role, Role::RootFinish | Role::NodeFinish);
        if job.submitted.again || (last && job.groups.iter().any(|group| !group.done.is_empty())) {
            return Verdict::Run { why: None };
        }
        if let Some(need) = known.needs.iter().find(|n| n.origin == Origin::Root && !disk.home.contains_key(&n.name)) {
            return Verdict::Missing { name: need.name.clone() };
        }
        let proof = key(truth, task, model, firsts, disk).and_then(|key| self.proofs.get(&key));
        let Some(proof) = proof else { return Verdict::Run { why: Some("nothing like it has run".to_string()) } };
        let mut outputs = Vec::new();
        for (output, (first, now)) in proof.outputs.iter().enumerate() {
            let file = FileRef { task, output: output as u16 };
            let earlier = FileRef { task: proof.task, output: output as u16 };
            let home = disk.home.get(truth.name(file)).is_some_and(|made| made.digest == now.digest);
            if truth.is_result(file) && !home {
                return Verdict::Run { why: Some("its result is gone".to_string()) };
            }
            let at = match () {
                () if disk.store.contains_key(&earlier) && earlier != file => At::Earlier(earlier),
                () if home => At::Home,
                () => At::Gone,
            };
            outputs.push(Reused { first: *first, now: *now, at });
        }
        Verdict::Reuse { outputs }
    }
}
