//! Files: delivered, held by events, kept, condemned, lost.

use super::turn::Turn;
use super::{Apply, Todo};
use crate::action::Action;
use crate::file::{At, FileRow, Kept};
use crate::record::FreedSpace;
use crate::task::TaskState;
use pelago_job::{Event, FileRef, Keep, TaskRef};

impl Apply<'_> {
    /// Counts deliveries of a job that are under way.
    pub(super) fn count_delivery(&mut self, task: TaskRef, change: i64) {
        if let Some(job) = self.grid.jobs.get_mut(&task.job) {
            job.deliveries = job.deliveries.saturating_add_signed(change);
        }
    }

    /// Changes a live file, and keeps the ledger, what it borrows and what is up for deletion in step with it.
    pub(super) fn change_file(&mut self, file: FileRef, change: impl FnOnce(&mut FileRow)) {
        let Some(row) = self.grid.files.get_mut(&file) else { return };
        let (bytes, at) = (row.stored_bytes(), row.at);
        self.grid.spare.remove(file, row);
        change(row);
        self.grid.spare.add(file, row);
        let (after, now, orphan) = (row.stored_bytes(), row.at, row.is_orphan());
        self.grid.space.files = self.grid.space.files - bytes + after;
        if orphan {
            self.grid.orphans.insert(file);
        } else {
            self.grid.orphans.remove(&file);
        }
        if at != now {
            self.give_back(at);
        }
    }

    /// Makes or replaces the row of a live file.
    pub(super) fn put_file(&mut self, file: FileRef, mut row: FileRow) {
        row.at = self.borrow(row.at);
        if let At::Earlier(origin) = row.at
            && let Some(origin) = self.grid.files.get(&origin)
        {
            // What is there counts, not what was known of it.
            row.made = origin.made;
        }
        self.remove_file(file);
        self.grid.space.files += row.stored_bytes();
        if row.is_orphan() {
            self.grid.orphans.insert(file);
        }
        self.grid.spare.add(file, &row);
        self.grid.files.insert(file, row);
    }

    fn remove_file(&mut self, file: FileRef) -> Option<FileRow> {
        self.grid.orphans.remove(&file);
        let row = self.grid.files.remove(&file)?;
        self.grid.space.files -= row.stored_bytes();
        self.grid.spare.remove(file, &row);
        self.give_back(row.at);
        Some(row)
    }

    /// A file of an earlier job is held there as long as a later one uses it; one that is not live there is gone.
    fn borrow(&mut self, at: At) -> At {
        let At::Earlier(file) = at else { return at };
        match self.grid.files.get(&file).map(|row| row.at) {
            // One that is on its way home changes its place under whoever reads it.
            Some(At::Store) if !self.grid.files.get(&file).is_some_and(|row| row.delivering) => {
                self.change_file(file, |row| row.borrowers += 1);
                at
            }
            Some(At::Earlier(origin)) => self.borrow(At::Earlier(origin)),
            _ => At::Gone,
        }
    }

    fn give_back(&mut self, at: At) {
        if let At::Earlier(file) = at {
            self.change_file(file, |row| row.borrowers = row.borrowers.saturating_sub(1));
        }
    }

    /// A result has come home: that is a further whole copy of it, and it takes no space here any more.
    pub(super) fn delivered(&mut self, file: FileRef) {
        if !self.grid.files.get(&file).is_some_and(|row| row.delivering) {
            return;
        }
        self.change_file(file, |row| {
            row.delivering = false;
            row.at = At::Home;
        });
        self.count_delivery(file.task, -1);
        self.look_again(self.grid.event_tasks(file));
        self.fire(file, Event::Copy, true);
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
        if let Some(file) = self.grid.event_file(task) {
            self.change_file(file, |row| row.events = row.events.saturating_sub(1));
        }
    }

    /// A file that no one will read again is deleted, where it is ours to delete.
    pub(super) fn condemn(&mut self, file: FileRef) {
        let spare = |row: &FileRow| row.is_orphan() || (row.kept == Kept::Auto && row.is_unused());
        if self.grid.files.get(&file).is_some_and(spare) {
            self.delete(file);
        }
    }

    /// A state that only a rule keeps is deleted to make room.
    pub(super) fn give_way(&mut self, file: FileRef) {
        if self.grid.files.get(&file).is_some_and(FileRow::is_spare) {
            self.delete(file);
        }
    }

    fn delete(&mut self, file: FileRef) {
        let Some(row) = self.remove_file(file) else { return };
        if row.at == At::Store {
            let version = row.version;
            self.grid.space.leave(FreedSpace::File { file, version }, row.made.size.0);
            self.out.push(Action::Delete { file, version });
        }
    }

    /// A state is deleted though it will be read, so that others can go on; it is made again when they have.
    pub(super) fn sacrifice(&mut self, file: FileRef) {
        let Some(row) = self.grid.files.get(&file).filter(|row| row.at == At::Store && !row.delivering) else { return };
        let (version, bytes) = (row.version, row.made.size.0);
        self.grid.space.leave(FreedSpace::File { file, version }, bytes);
        self.out.push(Action::Delete { file, version });
        self.lost(file);
    }

    /// A file survives though no one needs it now.
    pub(super) fn keep(&mut self, file: FileRef, auto: bool) {
        let every = self.grid.group(file.task).is_some_and(|group| matches!(group.keep, Keep::Every(_)));
        let kept = match auto {
            true => Kept::Auto,
            false if every => Kept::Every,
            false => Kept::Declared,
        };
        self.change_file(file, |row| row.kept = kept);
    }

    /// The kept directory of a failed attempt is deleted.
    pub(super) fn drop_failed(&mut self, task: TaskRef, attempt: u32) {
        if let Some((_, bytes)) = self.grid.space.failed.remove(&(task, attempt)) {
            self.grid.space.failed_bytes -= bytes;
            self.grid.space.leave(FreedSpace::Attempt { task, attempt }, bytes);
            self.out.push(Action::DropFailed { task, attempt });
        }
    }

    /// Something is deleted for good.
    pub(super) fn freed(&mut self, what: FreedSpace) {
        self.grid.space.freed(what);
        if let FreedSpace::Attempt { task, attempt } = what {
            self.grid.collecting.remove(&(task, attempt));
        }
    }

    /// A file is not where the tables say: its readers wait until it is made again.
    pub(super) fn lost(&mut self, file: FileRef) {
        let Some(row) = self.grid.files.get(&file).filter(|row| row.is_there()) else { return };
        let (delivering, borrowers) = (row.delivering, row.borrowers);
        self.change_file(file, |row| {
            row.at = At::Gone;
            row.delivering = false;
            row.kept = Kept::No;
        });
        if delivering {
            self.count_delivery(file.task, -1);
            self.make_result_again(file.task);
        }
        if borrowers > 0 {
            let borrowed = self.grid.files.iter().filter(|(_, row)| row.at == At::Earlier(file));
            let borrowed: Vec<FileRef> = borrowed.map(|(file, _)| *file).collect();
            borrowed.into_iter().for_each(|file| self.lost(file));
        }
        let mut readers = self.grid.event_tasks(file);
        if let Some(job) = self.grid.job(file.task.job) {
            job.plan.readers(file.task.group, file.task.index, file.output, &mut |group, index, _| {
                readers.push(TaskRef { group, index, ..file.task });
            });
        }
        self.look_again(readers);
    }

    /// Tasks that wait for no maker look again at the files they read.
    pub(super) fn look_again(&mut self, readers: Vec<TaskRef>) {
        for reader in readers {
            let state = self.grid.tasks.get(&reader).map(|row| &row.state);
            if matches!(state, Some(TaskState::Ready | TaskState::Blocked { pending: 0, .. })) {
                self.set_state(reader, TaskState::Blocked { pending: 0, checked: true });
                self.todo.push_back(Todo::Arm(reader, true));
            }
        }
    }

    /// A result was lost on its way home: its task runs once more, and this time as a result again. Its proof is not asked,
    /// for it would only say that the task has run.
    fn make_result_again(&mut self, task: TaskRef) {
        if let Some(row) = self.grid.tasks.get_mut(&task) {
            // It was only to make another of its files again.
            row.remake = false;
            return;
        }
        if !self.unsettle(task) {
            return;
        }
        if self.grid.is_active(task.job) {
            let class = self.grid.class_of(task);
            self.activate(task, class, Turn::Again);
        } else if let Some(group) = self.grid.group_mut(task.job, task.group) {
            // The job has ended; when it is continued this is a task that has not run.
            group.cancelled.insert(task.index);
        }
    }
}
