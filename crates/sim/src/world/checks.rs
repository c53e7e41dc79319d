//! Checks: the invariants, replay, and what must be at home at the end.

use super::*;

impl World {
    pub(super) fn check(&mut self) -> Outcome {
        self.follow()?;
        let often = self.mirrored.is_multiple_of(16);
        let grid = self.grid();
        let mut wrong = Vec::new();
        if let Some(quota) = grid.space.quota {
            let reserved = grid.space.reserved;
            if reserved > quota.0 {
                wrong.push(format!("{reserved} bytes are reserved of a quota of {}", quota.0));
            }
            let used = self.machine.borrow().disk.used();
            if used > quota.0 {
                wrong.push(format!("{used} bytes are in use of a quota of {} ({:?})", quota.0, grid.space));
            }
        }
        if self.mirrored.is_multiple_of(64) {
            wrong.extend(grid.contradictions());
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if often {
            self.compare(self.grid(), "the live tables")?;
        }
        if self.rng.chance(20) {
            let image = Record::Image(Box::new(Image::of(&self.mirror)));
            let bytes = encoded(&self.mirror, image)?;
            let mut grid = Grid::default();
            replay(&mut grid, &bytes).map_err(|error| vec![format!("a snapshot cannot be read: {error}")])?;
            self.follower = Some(grid);
        }
        Ok(())
    }

    /// Tables that were reached in other ways must be the same to the last byte.
    pub(super) fn compare(&self, grid: &Grid, what: &str) -> Outcome {
        let bytes = |grid: &Grid| encoded(grid, Record::Image(Box::new(Image::of(grid))));
        let here = bytes(grid)?;
        for (other, name) in [(Some(&self.mirror), "the mirror"), (self.follower.as_ref(), "the follower")] {
            if let Some(other) = other
                && bytes(other)? != here
            {
                return Err(vec![format!("{what} and {name} differ at position {}", self.mirrored)]);
            }
        }
        Ok(())
    }

    /// The end: every job ended well, every result is there, and nothing is left over.
    pub(super) fn judge_all(&mut self) -> Outcome {
        self.check()?;
        self.compare(self.grid(), "the live tables at the end")?;
        let grid = self.driver.as_ref().map_or(&self.mirror, |driver| driver.grid());
        let mut wrong = grid.contradictions();
        let machine = &mut *self.machine.borrow_mut();
        let jobs: Vec<JobId> = machine.oracle.jobs.keys().copied().collect();
        for id in jobs {
            machine.oracle.judge_end(id, grid, &machine.disk, Some(id) == self.last);
        }
        wrong.append(&mut machine.oracle.complaints);
        for file in machine.disk.store.keys() {
            if grid.files.get(file).is_none_or(|row| row.at != pelago_grid::At::Store) {
                wrong.push(format!("{file:?} is in the store and in no table"));
            }
        }
        for (file, row) in &grid.files {
            if row.at == pelago_grid::At::Store
                && !machine.disk.store.contains_key(file)
                && !machine.disk.vanished.contains(file)
            {
                wrong.push(format!("{file:?} is in the tables and not in the store"));
            }
            if row.readers > 0 || row.events > 0 {
                wrong.push(format!("{file:?} is still waited for: {row:?}"));
            }
        }
        for key in machine.disk.dirs.keys().filter(|key| !grid.space.failed.contains_key(*key)) {
            wrong.push(format!("the directory of attempt {} of {} is left over", key.1, key.0));
        }
        let space = &grid.space;
        if space.reserved > 0 || !space.leaving.is_empty() || !grid.collecting.is_empty() || !grid.homes.is_empty() {
            wrong.push(format!("space is still accounted for: {space:?}, {:?}", grid.collecting));
        }
        if !grid.tasks.is_empty() || !grid.waiting.is_empty() || !grid.timers.is_empty() {
            wrong.push(format!("{} tasks, {} waits are left", grid.tasks.len(), grid.waiting.len()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
