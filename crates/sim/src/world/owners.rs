//! Owners that die and come back: what is lost with them, and with what the next one begins.

use super::*;

impl World {
    /// The owner is gone, and everything that was only in its head; another one takes over.
    pub(super) fn crash(&mut self) -> Outcome {
        let old = self.driver.take();
        if self.faults.borrow_mut().strikes(Fault::Zombie) {
            self.zombie = old;
        }
        self.present.set(self.present.get() + 1);
        {
            let machine = &mut *self.machine.borrow_mut();
            machine.running.clear();
            machine.lanes.fill(0);
            machine.agenda.clear();
            machine.disk.trash.clear();
            machine.dead = false;
        }
        self.now.set(self.now.get() + self.rng.log_uniform(100_000));
        let torn = self.journal.borrow_mut().recover();
        let _ = torn;
        self.open()
    }

    /// An owner takes the journal over, as a real one does: it replays, looks at what is there, and says what is lost.
    pub(super) fn open(&mut self) -> Outcome {
        self.follow()?;
        let mut grid = Grid::default();
        for (position, bytes) in self.journal.borrow().after(0) {
            let group =
                replay(&mut grid, bytes).map_err(|error| vec![format!("group {position} cannot be read: {error}")])?;
            // What became durable while its owner died is known to the world only now.
            let mut machine = self.machine.borrow_mut();
            if position > machine.followed {
                machine.follow(position, &group, &grid);
            }
        }
        self.complain()?;
        self.compare(&grid, "replay")?;
        let wrong = grid.contradictions();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let lost = {
            let machine = self.machine.borrow();
            machine.oracle.acknowledged.iter().find(|job| grid.job(**job).is_none()).copied()
        };
        if let Some(job) = lost {
            return Err(vec![format!("job {job} was acknowledged and is not in the journal")]);
        }
        let facts = self.survey(&grid);
        let epoch = self.journal.borrow_mut().claim();
        let position = self.journal.borrow().last();
        let clock = VirtualClock {
            world: self.now.clone(),
            began: self.now.get(),
            base: grid.now,
            faults: self.faults.clone(),
            skew: 0,
        };
        self.clock = clock.clone();
        let store = Handle { journal: self.journal.clone(), faults: self.faults.clone() };
        let hands =
            VirtualHands { machine: self.machine.clone(), life: self.present.get(), present: self.present.clone() };
        self.driver = Some(Driver::new(grid, store, clock, hands, epoch, position));
        self.step(facts)?;
        self.ask()
    }

    /// What a new owner finds: attempts that died with the last one, files that are missing, and what nobody knows of.
    pub(super) fn survey(&mut self, grid: &Grid) -> Vec<Record> {
        let machine = &mut *self.machine.borrow_mut();
        let mut facts = vec![Record::Opened { slots: self.scenario.slots, gap: Millis(0) }];
        let mut known: BTreeSet<(TaskRef, u32)> = grid.homes.keys().copied().collect();
        known.extend(grid.space.failed.keys().copied());
        known.extend(grid.collecting.keys().copied());
        known.extend(grid.space.leaving.keys().filter_map(|what| match what {
            FreedSpace::Attempt { task, attempt } => Some((*task, *attempt)),
            FreedSpace::File { .. } => None,
        }));
        for (task, row) in grid.running_tasks() {
            known.insert((task, row.attempt));
            let report = Box::new(machine.unfinished(task, row.attempt, Cause::LostAgent));
            facts.push(Record::Finished { task, attempt: row.attempt, key: None, report });
        }
        machine.disk.dirs.retain(|key, _| known.contains(key));
        for (file, row) in grid.files.iter().filter(|(_, row)| row.at == pelago_grid::At::Store) {
            let there = machine.disk.store.get(file).is_some_and(|made| made.digest == row.made.digest);
            let collectable = grid.collecting.range((file.task, 0)..=(file.task, u32::MAX)).next_back();
            let collectable = collectable.is_some_and(|(key, _)| {
                machine.disk.dirs.get(key).and_then(|dir| dir.outputs.get(&file.output)).is_some()
            });
            match () {
                () if there || collectable => {}
                () if machine.is_home(*file, grid) => facts.push(Record::Delivered { file: *file }),
                () => facts.push(Record::Lost { file: *file }),
            }
        }
        let leaving: BTreeSet<_> = grid
            .space
            .leaving
            .keys()
            .filter_map(|what| match what {
                FreedSpace::File { file, .. } => Some(*file),
                FreedSpace::Attempt { .. } => None,
            })
            .collect();
        machine.disk.store.retain(|file, _| grid.files.contains_key(file) || leaving.contains(file));
        facts
    }

    /// An owner that slept through its own replacement wakes up: it must not get anything done.
    pub(super) fn ask_zombie(&mut self) -> Outcome {
        let Some(mut zombie) = self.zombie.take() else { return Ok(()) };
        let jobs: Vec<JobId> = zombie.grid().open.iter().copied().collect();
        let facts: Vec<Record> = jobs.into_iter().map(|job| Record::Hold { job }).collect();
        if !facts.is_empty() {
            if zombie.step(facts).is_ok() {
                return Err(vec!["an owner that was replaced could still write".to_string()]);
            }
            self.faults.borrow_mut().fired(Fault::Zombie);
        }
        self.complain()
    }

    // ---- checks ---------------------------------------------------------------------------------------------------

    /// Tables that follow the journal come up to its end.
    pub(super) fn follow(&mut self) -> Outcome {
        let journal = self.journal.borrow();
        for (position, bytes) in journal.after(self.mirrored) {
            for grid in std::iter::once(&mut self.mirror).chain(self.follower.as_mut()) {
                replay(grid, bytes).map_err(|error| vec![format!("group {position} cannot be read: {error}")])?;
            }
            self.mirrored = position;
        }
        Ok(())
    }
}
