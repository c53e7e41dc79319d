//! The invariants of CORE, checked over whole tables. Tests call it; `pelago doctor` does too.

use crate::file::At;
use crate::job::Job;
use crate::record::FreedSpace;
use crate::spare::Spare;
use crate::tables::Grid;
use crate::task::TaskState;
use pelago_job::{FileRef, GroupNo, Role, TaskRef};
use std::collections::BTreeMap;

impl Grid {
    /// Everything that contradicts an invariant, in words; empty when all is well.
    ///
    /// Walks every active row, every live file and every set: linear in what is active, not in what is declared.
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.check_groups(&mut found);
        self.check_tasks(&mut found);
        self.check_files(&mut found);
        self.check_space(&mut found);
        found
    }

    fn check_groups(&self, found: &mut Vec<String>) {
        for job in self.jobs.values() {
            let counted = Job::counted(&job.submitted.experiment, &job.groups);
            if counted.iter().any(|(name, count)| job.throttled.get(name).copied().unwrap_or_default() != *count) {
                found.push(format!("job {}: {counted:?} run under throttles, {:?} counted", job.id(), job.throttled));
            }
            for throttle in job.submitted.experiment.groups.iter().filter_map(|group| group.throttle.as_ref()) {
                let (name, most) = (&throttle.name, throttle.most.max(1));
                if job.throttled.get(name).is_some_and(|count| *count > most) {
                    found.push(format!("job {}: more than {most} attempts are placed under `{name}`", job.id()));
                }
            }
            for (number, group) in job.groups.iter().enumerate() {
                let sets = [&group.done, &group.reused, &group.failed, &group.skipped, &group.cancelled];
                let mut union = roaring::RoaringTreemap::new();
                for set in sets {
                    if !union.is_disjoint(set) {
                        found.push(format!("group {}.{number}: an index is in two sets", job.id()));
                    }
                    union |= set;
                }
                if union.max().is_some_and(|max| max >= group.size) {
                    found.push(format!("group {}.{number}: an index past the end has ended", job.id()));
                }
                let first = TaskRef { job: job.id(), group: GroupNo(number as u16), index: 0 };
                let last = TaskRef { index: u64::MAX, ..first };
                let rows = self.tasks.range(first..=last);
                let active = rows.clone().count() as u64;
                if active != group.active {
                    found.push(format!("group {}.{number}: {active} rows, {} counted", job.id(), group.active));
                }
                let running = rows.clone().filter(|(_, row)| row.state == TaskState::Running).count() as u64;
                if running != group.running {
                    found.push(format!("group {}.{number}: {running} run, {} counted", job.id(), group.running));
                }
                for (task, _) in rows {
                    if union.contains(task.index) {
                        found.push(format!("task {task} is active and has ended"));
                    }
                }
                if job.role(GroupNo(number as u16)) != Role::Event {
                    for (chain, step) in &group.begun {
                        let current = TaskRef { index: chain * group.chain_len + step, ..first };
                        if !self.tasks.contains_key(&current) {
                            found.push(format!(
                                "chain {chain} of {}.{number} has begun and its task is not active",
                                job.id()
                            ));
                        }
                    }
                }
            }
        }
    }

    fn check_tasks(&self, found: &mut Vec<String>) {
        for (task, row) in &self.tasks {
            match &row.state {
                TaskState::Blocked { pending, .. } => {
                    let makers = self.waiting.values().filter(|readers| readers.contains(task)).count();
                    let coming = self.is_event(*task)
                        && self
                            .event_file(*task)
                            .and_then(|file| self.files.get(&file))
                            .is_some_and(|row| row.delivering);
                    if (makers == 0 && !coming) || *pending as usize != makers {
                        found.push(format!("task {task} waits for {makers} makers, {pending} are counted"));
                    }
                }
                TaskState::Ready => {
                    let queued = self.job(task.job).and_then(|job| job.ready.get(&row.class));
                    if !queued.is_some_and(|queue| queue.contains(&(task.group, task.index))) {
                        found.push(format!("task {task} is ready and in no queue"));
                    }
                    for edge in self.edges(*task) {
                        if !self.files.get(&edge.file).is_some_and(|file| file.is_there()) {
                            found.push(format!("task {task} is ready and its input {:?} is not there", edge.file));
                        }
                    }
                }
                TaskState::Failing { .. } if !self.failing.contains(task) => {
                    found.push(format!("task {task} fails and nobody decides"));
                }
                TaskState::Backoff { until, .. } if !self.timers.contains(&(*until, *task)) => {
                    found.push(format!("task {task} backs off and has no timer"));
                }
                _ => {}
            }
        }
        for (maker, readers) in &self.waiting {
            if !self.tasks.contains_key(maker) && self.settled(*maker).is_some() {
                found.push(format!("{} tasks wait for {maker}, which has ended", readers.len()));
            }
        }
        let running = self.running_tasks().count() as u32;
        if running != self.running {
            found.push(format!("{running} attempts run, {} are counted", self.running));
        }
    }

    fn check_files(&self, found: &mut Vec<String>) {
        for (file, row) in &self.files {
            let readers = self.open_readers(*file);
            if readers != row.readers && self.is_active(file.task.job) {
                found.push(format!("file {file:?} counts {} readers, {readers} are open", row.readers));
            }
            if row.is_orphan() && !self.orphans.contains(file) {
                found.push(format!("file {file:?} is needed by nobody and not up for deletion"));
            }
        }
        let mut borrowed: BTreeMap<FileRef, u32> = BTreeMap::new();
        for row in self.files.values() {
            if let At::Earlier(file) = row.at {
                *borrowed.entry(file).or_default() += 1;
            }
        }
        for (file, row) in &self.files {
            let borrowers = borrowed.remove(file).unwrap_or_default();
            if borrowers != row.borrowers {
                found.push(format!("file {file:?} counts {} borrowers, there are {borrowers}", row.borrowers));
            }
            let events = self.active_events(*file);
            if events != row.events {
                found.push(format!("file {file:?} counts {} event tasks, {events} are active", row.events));
            }
        }
        for file in borrowed.keys() {
            found.push(format!("file {file:?} is borrowed and not there"));
        }
        for file in &self.orphans {
            if !self.files.get(file).is_some_and(|row| row.is_orphan()) {
                found.push(format!("file {file:?} is up for deletion and needed"));
            }
        }
    }

    fn check_space(&self, found: &mut Vec<String>) {
        if self.spare != Spare::of(self.files.iter()) {
            found.push("the spare files are not those that are listed".to_string());
        }
        // So what is collected from is never taken for something that nobody knows, and its space is counted until it is gone.
        for (task, attempt) in self.collecting.keys() {
            if !self.space.leaving.contains_key(&FreedSpace::Attempt { task: *task, attempt: *attempt }) {
                found.push(format!("attempt {attempt} of {task} is collected from and does not leave"));
            }
        }
        let files: u64 = self.files.values().map(|row| row.stored_bytes()).sum();
        let reserved: u64 = self.running_tasks().map(|(_, row)| row.reserved).sum();
        let leaving: u64 = self.space.leaving.values().sum();
        let failed: u64 = self.space.failed.values().map(|(_, bytes)| bytes).sum();
        for (name, walked, counted) in [
            ("files", files, self.space.files),
            ("reserved", reserved, self.space.reserved),
            ("leaving", leaving, self.space.leaving_bytes),
            ("failed", failed, self.space.failed_bytes),
        ] {
            if walked != counted {
                found.push(format!("space: {name} are {walked} bytes, {counted} are counted"));
            }
        }
    }
}
