//! Ids that are written: of tasks, which are unique, and of files with their sizes.

use super::task::is_id;
use crate::json::{Out, written_out};
use pelago_job::description::{Location, Staging};
use pelago_job::{Job, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A text as an id: what the schema does not allow in one becomes `_`.
fn as_id(text: &str, file: bool) -> String {
    let fit = |c: char| if is_id(c.encode_utf8(&mut [0; 4]), file) { c } else { '_' };
    text.chars().map(fit).collect()
}

/// The ids of all tasks, each once; what a job is called otherwise is noted.
pub fn task_ids(out: &mut Out<'_>, jobs: &mut [Job]) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut ids = Vec::new();
    let names: Vec<Option<String>> =
        jobs.iter_mut().map(|job| job.name.take().map(|name| written_out(&name))).collect();
    let mut number = 0u64;
    for (position, name) in names.iter().enumerate() {
        let mut id = as_id(name.as_deref().unwrap_or_default(), false);
        let stem = if id.is_empty() { "task".to_string() } else { id.clone() };
        while id.is_empty() || !taken.insert(id.clone()) {
            number += 1;
            id = format!("{stem}_{number}");
            // A name that stands somewhere else in the document keeps its owner.
            if names.iter().flatten().any(|other| *other == id) {
                id.clear();
            }
        }
        if name.as_ref() != Some(&id) {
            let why = "a task has an id of its own, of letters, digits and `-_.#`";
            out.changed(&format!("jobs/{position}/name"), &id, why);
        }
        ids.push(id);
    }
    ids
}

/// The files of all tasks: sizes by id, and the ids with a size in the order of the document.
#[derive(Debug, Default)]
pub struct Files {
    sizes: BTreeMap<String, f64>,
    /// Ids with their sizes, in the order of the tasks.
    pub listed: Vec<(String, f64)>,
}

fn file_of(staging: &Staging) -> Option<String> {
    let text = staging.file.as_ref().map(written_out).filter(|text| !text.is_empty())?;
    (staging.source.is_some() || staging.target.is_some()).then(|| as_id(&text, true))
}

impl Files {
    /// Looks at the files of a job.
    pub fn gather(&mut self, job: &Job) {
        for file in &job.staging {
            let Some(id) = file_of(file) else { continue };
            let size = file.size.map(|size| size.ceil()).filter(|size| *size >= 0.0 && size.is_finite());
            if let Some(size) = size.filter(|_| !self.sizes.contains_key(&id)) {
                self.sizes.insert(id.clone(), size);
                self.listed.push((id, size));
            }
        }
    }

    /// Takes the files of the job at `out`: the ids of those that come, and of those that go.
    pub fn take(&self, out: &mut Out<'_>, staging: &mut [Staging]) -> (Vec<String>, Vec<String>) {
        const ONE_NAME: &str = "a file of WfFormat has one name everywhere";
        let (mut comes, mut goes, mut both) = (Vec::new(), Vec::new(), Vec::new());
        for (position, file) in staging.iter_mut().enumerate() {
            let Some(id) = file_of(file) else {
                out.because(&format!("staging/{position}"), "a file has a name, and comes or goes");
                continue;
            };
            let at = format!("staging/{position}");
            if file.file.take().as_ref().map(written_out).as_deref() != Some(&id) {
                out.changed(&format!("{at}/file"), &id, "an id of a file is of letters, digits and `-_./:#`");
            }
            let size = self.sizes.get(&id).copied();
            if file.size.take() != size {
                out.changed(&format!("{at}/size"), size, "a file has one size everywhere, in whole bytes");
            }
            let mut end = |part: &str, location: &mut Location| {
                if location.uri.take().as_ref().map(written_out).as_deref() != Some(&id) {
                    out.changed(&format!("{at}/{part}/uri"), &id, ONE_NAME);
                }
            };
            match (&mut file.source, &mut file.target) {
                (Some(source), None) => {
                    end("source", source);
                    comes.push(id);
                }
                (None, Some(target)) => {
                    end("target", target);
                    goes.push(id);
                }
                (Some(source), Some(target)) => {
                    end("source", source);
                    if target.uri.take().is_some() {
                        let why = "a file of WfFormat comes or goes; one that does both is two";
                        out.changed(&format!("{at}/target/uri"), serde_json::Value::Null, why);
                    }
                    comes.push(id.clone());
                    both.push((id, size));
                }
                (None, None) => {}
            }
        }
        for (next, (id, size)) in (staging.len()..).zip(both) {
            let why = "a file of WfFormat comes or goes; one that does both is two";
            let target = Some(Location { uri: Some(Text::literal(&*id)), ..Location::default() });
            let second = Staging { file: Some(Text::literal(&*id)), size, target, ..Staging::default() };
            out.changed(&format!("staging/{next}"), second, why);
            goes.push(id);
        }
        (comes, goes)
    }
}
