//! What an attempt made: values are taken, declared outputs are checked, digested and set aside under their numbers.

use crate::attempt::{Attempt, cause, failed};
use crate::transfer::real;
use crate::value::text;
use pelago_job::{Cause, Cell, Failure, Made};
use pelago_stage::{SafePath, StageError, digest_of, place};
use rustix::fs::{Mode, OFlags};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

impl Attempt<'_> {
    /// Values by the order's rules. What cannot be read is missing, which is no failure.
    pub(crate) fn values(&mut self) -> Vec<Cell> {
        let order = self.order;
        let mut texts: BTreeMap<Option<&str>, Option<String>> = BTreeMap::new();
        let mut cells = Vec::with_capacity(order.values.len());
        for rule in &order.values {
            let file = rule.file.as_deref();
            let source = texts.entry(file).or_insert_with(|| match file {
                None if self.printed.0 == 0 => Some(String::new()),
                None => self.lane.logs.as_ref().and_then(|(out, _)| text(out)),
                Some(name) => {
                    let path = SafePath::new(name).ok()?;
                    // Without waiting for the other end of a pipe.
                    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
                    self.work.open_below(&path, flags, Mode::empty()).ok().and_then(|fd| text(&File::from(fd)))
                }
            });
            cells.push(source.as_deref().map_or(Cell::Missing, |text| self.lane.expressions.take(&rule.take, text)));
        }
        cells
    }

    /// Declared outputs: each must be there, inside, a file or a directory.
    pub(crate) fn outputs(&mut self) -> Result<Vec<Made>, Failure> {
        let outputs = &self.order.outputs;
        let refused = |why: pelago_stage::PathRefused| failed(Cause::Refused(why.to_string()));
        let paths = outputs.iter().map(|name| SafePath::new(name).map_err(refused)).collect::<Result<Vec<_>, _>>()?;
        let mut made = Vec::with_capacity(paths.len());
        let mut found = Vec::with_capacity(paths.len());
        for (name, path) in outputs.iter().zip(&paths) {
            let failed = |why| failed(cause(why, name, Cause::OutputMissing));
            let (real, linked) = self.find(path).map_err(failed)?;
            made.push(digest_of(&real).map_err(failed)?);
            found.push((real, linked));
        }
        if self.order.in_place || found.is_empty() {
            return Ok(made);
        }
        let aside = self.aside("out").map_err(failed)?;
        // Those that another output contains, or that have other names, stay where they are and are copied: first.
        let copied = |at: usize, path: &Path, linked: bool| {
            let inside = found.iter().enumerate().any(|(other, (outer, _))| other != at && path.starts_with(outer));
            let shared = fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && m.nlink() > 1);
            linked || inside || shared
        };
        let plan: Vec<(usize, &PathBuf, bool)> =
            found.iter().enumerate().map(|(at, (path, linked))| (at, path, copied(at, path, *linked))).collect();
        for wanted in [true, false] {
            for (at, path, _) in plan.iter().filter(|(_, _, copied)| *copied == wanted) {
                let name = outputs.get(*at).map_or("", String::as_str);
                let target = aside.join(at.to_string());
                let moved = match wanted {
                    true => place(path, &target),
                    false => fs::rename(path, &target).map_err(|why| StageError::system("cannot set aside", path, why)),
                };
                moved.map_err(|why| failed(cause(why, name, Cause::OutputMissing)))?;
            }
        }
        Ok(made)
    }

    /// Where an output is, and whether its name is a link to it.
    fn find(&self, path: &SafePath) -> Result<(PathBuf, bool), StageError> {
        let shown = self.work.path().join(path.as_path());
        let linked = fs::symlink_metadata(&shown).is_ok_and(|metadata| metadata.is_symlink());
        let real = real(&self.work, path)?;
        if linked && real.is_dir() {
            return Err(StageError::Special { path: shown, kind: "a link to a directory" });
        }
        Ok((real, linked))
    }
}
