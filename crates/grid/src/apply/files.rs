//! Files: delivered, held by events, kept, condemned, lost.

use super::{Apply, Todo};
use crate::action::Action;
use crate::file::{At, FileRow, Kept};
use crate::record::FreedSpace;
use crate::task::{Class, TaskState};
use pelago_job::{Event, FileRef, TaskRef};

impl Apply<'_> {
    /// Counts deliveries of a job that are under way.
    pub(super) fn count_delivery(&mut self, task: TaskRef, change: i64) {
        if let Some(job) = self.grid.jobs.get_mut(&task.job) {
            job.deliveries = job.deliveries.saturating_add_signed(change);
        }
    }

    /// A result has come home: that is a further whole copy of it, and it takes no space here any more.
    pub(super) fn delivered(&mut self, file: FileRef) {
        let Some(row) = self.grid.files.get_mut(&file).filter(|row| row.delivering) else { return };
        row.delivering = false;
        let bytes = row.stored_bytes();
        row.at = At::Home;
        self.grid.space.files -= bytes;
        self.count_delivery(file.task, -1);
        self.fire(file, Event::Copy);
        if self.grid.files.get(&file).is_some_and(FileRow::is_orphan) {
            self.grid.orphans.insert(file);
        }
    }

    /// The files that an attempt set aside have come home.
    pub(super) fn home_delivered(&mut self, task: TaskRef, attempt: u32) {
        if self.grid.homes.remove(&(task, attempt)).is_some() {
            self.count_delivery(task, -1);
            self.out.push(Action::Discard { task, attempt });
        }
    }

    /// An event task has ended, so it no longer holds its file.
    pub(super) fn release_event_file(&mut self, task: TaskRef) {
        if self.grid.class_of(task) != Class::Event {
            return;
        }
        let Some(file) = self.grid.event_file(task) else { return };
        if let Some(row) = self.grid.files.get_mut(&file) {
            row.events = row.events.saturating_sub(1);
            if row.is_orphan() {
                self.grid.orphans.insert(file);
            }
        }
    }

    /// Takes the bytes of a file's last version out of the ledger, before a new one takes its place.
    pub(super) fn forget_file(&mut self, file: FileRef) {
        if let Some(row) = self.grid.files.get(&file) {
            self.grid.space.files -= row.stored_bytes();
        }
        self.grid.orphans.remove(&file);
    }

    /// A file that no one will read again is deleted, where it is ours to delete.
    pub(super) fn condemn(&mut self, file: FileRef) {
        self.grid.orphans.remove(&file);
        let Some(row) = self.grid.files.remove(&file) else { return };
        if row.at == At::Store {
            let version = row.version;
            self.grid.space.files -= row.stored_bytes();
            self.grid.space.leave(FreedSpace::File { file, version }, row.made.size.0);
            self.out.push(Action::Delete { file, version });
        }
    }

    /// A file survives though no one needs it now.
    pub(super) fn keep(&mut self, file: FileRef, auto: bool) {
        self.grid.orphans.remove(&file);
        if let Some(row) = self.grid.files.get_mut(&file) {
            row.kept = if auto { Kept::Auto } else { Kept::Declared };
        }
    }

    /// The kept directory of a failed attempt is deleted.
    pub(super) fn drop_failed(&mut self, task: TaskRef, attempt: u32) {
        if let Some((_, bytes)) = self.grid.space.failed.remove(&(task, attempt)) {
            self.grid.space.failed_bytes -= bytes;
            self.grid.space.leave(FreedSpace::Attempt { task, attempt }, bytes);
            self.out.push(Action::DropFailed { task, attempt });
        }
    }

    /// A file is not where the tables say: its readers wait until it is made again.
    pub(super) fn lost(&mut self, file: FileRef) {
        let Some(row) = self.grid.files.get_mut(&file) else { return };
        let bytes = row.stored_bytes();
        row.at = At::Gone;
        let was_delivering = std::mem::take(&mut row.delivering);
        self.grid.space.files -= bytes;
        if was_delivering {
            // Its task has to run once more, and this time as a result again.
            self.count_delivery(file.task, -1);
            if self.unsettle(file.task) {
                self.activate(file.task, Class::Step);
            }
            return;
        }
        if self.grid.files.get(&file).is_some_and(|row| row.readers == 0 && row.events == 0) {
            self.grid.files.remove(&file);
            self.grid.orphans.remove(&file);
            return;
        }
        let mut ready = Vec::new();
        if let Some(job) = self.grid.job(file.task.job) {
            job.plan.readers(file.task.group, file.task.index, file.output, &mut |group, index, _| {
                ready.push(TaskRef { group, index, ..file.task });
            });
        }
        for reader in ready {
            if self.grid.tasks.get(&reader).is_some_and(|row| row.state == TaskState::Ready) {
                self.set_state(reader, TaskState::Blocked { pending: 0, checked: true });
                self.todo.push_back(Todo::Arm(reader, true));
            }
        }
    }
}
