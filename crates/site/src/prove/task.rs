//! Proof of one task: its key, and whether an earlier run under the same key still has what is needed.

use super::{Proof, ProofBody, Prover, history_key};
use crate::history;
use pelago_grid::{At, ProofKey, Reused, Verdict};
use pelago_job::{Digest, FileRef, NameError, TaskRef};
use std::path::PathBuf;

/// An input that is missing, or a name that cannot be made.
type Missing = String;

impl Prover {
    /// The key of a task: what it has in common with its group, its parameter values, and the digests of the files that
    /// are its own. With a mark of each of those files, in the order of the group's inputs.
    pub(super) fn key(&mut self, task: TaskRef, inputs: &[Option<Digest>]) -> Option<ProofKey> {
        self.try_key(task, inputs)?.ok()
    }

    fn try_key(&mut self, task: TaskRef, inputs: &[Option<Digest>]) -> Option<Result<ProofKey, Missing>> {
        let known = self.jobs.get(&task.job)?;
        let plan = &known.about.plan;
        let template = known.templates.get(task.group.0 as usize)?.digest?;
        let group = plan.experiment().group(task.group)?;
        let root = PathBuf::from(&known.about.submitted.root);
        let mut own = Vec::new();
        for (number, input) in group.inputs.iter().enumerate() {
            match inputs.get(number).copied().flatten() {
                Some(digest) => own.push(digest),
                // A file that all tasks share is a component of the template already.
                None if input.name.params().is_empty() => {}
                None => {
                    let name = match plan.fill(task.group, task.index, &input.name) {
                        Ok(name) => name,
                        // The first task of a chain has no previous value, and so no such input.
                        Err(NameError::NoPrevious) => continue,
                        Err(error) => return Some(Err(error.to_string())),
                    };
                    match self.digests.of(&root.join(&name)) {
                        Ok(made) => own.push(made.digest),
                        Err(_) if input.found => own.push(Digest::of(b"")),
                        Err(_) => return Some(Err(name)),
                    }
                }
            }
        }
        let labels = plan.labels(task.group, task.index);
        let mut parts: Vec<&[u8]> = vec![&template.0];
        parts.extend(labels.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        parts.extend(own.iter().map(|digest| &digest.0[..]));
        // Words that stand for something else in another index space; keys of groups without them are as they always were.
        let words = plan.standing_words(task.group);
        let standing: Vec<String> = plan
            .standing(&words, task.group, task.index)
            .into_iter()
            .map(|word| word.map_or_else(|| "-".to_string(), |word| format!("={word}")))
            .collect();
        parts.extend(standing.iter().map(|word| word.as_bytes()));
        Some(Ok(ProofKey { digest: Digest::of_parts(parts), inputs: own.iter().map(mark).collect() }))
    }

    /// Looks one task up.
    pub(super) fn task(&mut self, task: TaskRef, inputs: &[Option<Digest>], run: bool) -> Proof {
        let mut by = None;
        let verdict = match self.try_key(task, inputs) {
            None => Verdict::Run { why: None },
            Some(Err(name)) => Verdict::Missing { name },
            Some(Ok(_)) if self.is_again(task) => Verdict::Run { why: None },
            Some(Ok(_)) if run => Verdict::Run { why: Some("tasks before it ran".to_string()) },
            Some(Ok(key)) => match self.history.proof(history_key(&key.digest)) {
                Ok(Some(proof)) => {
                    by = Some(proof.task);
                    self.still_there(task, &proof)
                }
                _ => Verdict::Run { why: self.difference(task, &key) },
            },
        };
        let by = by.filter(|_| matches!(verdict, Verdict::Reuse { .. }));
        Proof::Task { task, verdict, by }
    }

    fn is_again(&self, task: TaskRef) -> bool {
        self.jobs.get(&task.job).is_some_and(|known| known.about.submitted.again)
    }

    /// A proof stands as long as every result of the run is at home. States may be gone: they can be made again.
    fn still_there(&mut self, task: TaskRef, proof: &history::Proof) -> Verdict {
        let Ok(row) = postcard::from_bytes::<ProofBody>(&proof.outputs) else { return Verdict::Run { why: None } };
        let Some(known) = self.jobs.get(&task.job) else { return Verdict::Run { why: None } };
        let (plan, root) = (known.about.plan.clone(), PathBuf::from(&known.about.submitted.root));
        let run = |why: String| Verdict::Run { why: Some(why) };
        let outputs = plan.experiment().group(task.group).map_or(0, |group| group.outputs.len());
        if row.outputs.len() != outputs {
            return Verdict::Run { why: None };
        }
        let mut reused = Vec::new();
        for (output, (first, now)) in row.outputs.iter().enumerate() {
            let output = output as u16;
            let template = &plan.experiment().groups[task.group.0 as usize].outputs[output as usize].name;
            let Ok(name) = plan.fill(task.group, task.index, template) else { return Verdict::Run { why: None } };
            let home = root.join(&name);
            let at_home = self.digests.of(&home).is_ok_and(|made| made.digest == now.digest);
            let earlier = FileRef { task: proof.task, output };
            let stored = (self.store)(earlier);
            let at = match () {
                () if std::fs::symlink_metadata(&stored).is_ok() => At::Earlier(earlier),
                () if at_home => At::Home,
                () => At::Gone,
            };
            if plan.reader_count(task.group, task.index, output) == 0 && !at_home {
                let state = if home.exists() { "was changed" } else { "is gone" };
                return run(format!("its result {name} {state}"));
            }
            reused.push(Reused { first: *first, now: *now, at });
        }
        for (path, made) in &row.home {
            if !self.digests.of(&root.join(path)).is_ok_and(|now| now.digest == made.digest) {
                return run(format!("its result {path} is gone or was changed"));
            }
        }
        Verdict::Reuse { outputs: reused }
    }

    /// The first thing that differs from the nearest earlier run of the same values.
    fn difference(&self, task: TaskRef, key: &ProofKey) -> Option<String> {
        let known = self.jobs.get(&task.job)?;
        if let Some(changed) = known.changed.get(task.group.0 as usize)?.clone() {
            return Some(changed);
        }
        let (earlier, old_plan) = known.about.earlier.as_ref()?;
        let plan = &known.about.plan;
        let group = plan.experiment().group(task.group)?;
        let old = old_plan.experiment().groups.iter().position(|g| g.name == group.name)?;
        let old_group = pelago_job::GroupNo(old as u16);
        let labels = plan.labels(task.group, task.index);
        let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let index = old_plan.index_of(old_group, &labels)?;
        let proof = self.history.proof_of(TaskRef { job: *earlier, group: old_group, index }).ok()??;
        let row: ProofBody = postcard::from_bytes(&proof.outputs).ok()?;
        let position = key.inputs.iter().zip(&row.inputs).position(|(new, old)| new != old)?;
        let input = group.inputs.iter().filter(|input| !input.name.params().is_empty()).nth(position)?;
        let name = plan.fill(task.group, task.index, &input.name).ok()?;
        Some(format!("input {name} changed"))
    }
}

/// The mark of an input's digest.
fn mark(digest: &Digest) -> u32 {
    u32::from_le_bytes([digest.0[0], digest.0[1], digest.0[2], digest.0[3]])
}
