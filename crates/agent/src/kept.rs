//! Inputs that stay in the working directory for the next task: links to files that all tasks of a sweep read. Making and
//! removing a thousand of them costs more than most tasks.

use pelago_stage::Staged;
use pelago_wire::order::{Order, StageIn};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The working directory holds these inputs and nothing else.
pub(crate) struct Kept {
    inputs: Vec<StageIn>,
    staged: Vec<Staged>,
}

impl Kept {
    /// What an attempt that ended well has left, if that is its linked inputs as they were and nothing else, in directories
    /// with the mode with which they are made. `work` is the working directory.
    pub(crate) fn of(order: &Order, staged: &[Staged], work: &Path, mode: u32) -> Option<Kept> {
        let linked = |(input, staged): (&StageIn, &Staged)| {
            input.read_only && input.expect.is_none() && staged.links(&input.from)
        };
        let plain = !order.node_files && !order.makes_node_files && order.within.is_none();
        let inputs = &order.inputs;
        if !plain || inputs.is_empty() || inputs.len() != staged.len() || !inputs.iter().zip(staged).all(linked) {
            return None;
        }
        let mut expected: BTreeMap<&Path, &Staged> = BTreeMap::new();
        let mut directories = BTreeSet::new();
        for (input, staged) in inputs.iter().zip(staged) {
            let name = Path::new(&input.name);
            expected.insert(name, staged);
            directories.extend(name.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()));
        }
        let (mut open, mut files) = (vec![work.to_path_buf()], 0);
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(&directory).ok()? {
                let entry = entry.ok()?;
                let (path, metadata) = (entry.path(), entry.metadata().ok()?);
                let name = path.strip_prefix(work).ok()?;
                if metadata.is_dir() && metadata.mode() == mode && directories.contains(name) {
                    open.push(path);
                } else if expected.get(name).is_some_and(|staged| staged.is(&metadata)) {
                    files += 1;
                } else {
                    return None;
                }
            }
        }
        (files == expected.len()).then(|| Kept { inputs: inputs.clone(), staged: staged.to_vec() })
    }

    /// The inputs of an order, if they are these and are as they were.
    pub(crate) fn serve(self, order: &Order) -> Option<Vec<Staged>> {
        let same = order.inputs == self.inputs && !order.node_files && order.within.is_none();
        (same && self.staged.iter().all(|staged| staged.changed().is_none())).then_some(self.staged)
    }
}
