//! Names that people read: of tasks, and of the files that tasks make.

use pelago_grid::{Grid, Job};
use pelago_job::{FileRef, NameError, TaskRef};

/// The form of a task that people read and type.
pub fn label(grid: &Grid, task: TaskRef) -> String {
    let group = grid.job(task.job).and_then(|job| job.submitted.experiment.group(task.group));
    group.map_or_else(|| task.to_string(), |group| task.shown(group))
}

/// The name that an output has in working directories and at home.
pub fn output_name(job: &Job, file: FileRef) -> Result<String, NameError> {
    let output = job.submitted.experiment.group(file.task.group).and_then(|g| g.outputs.get(file.output as usize));
    output.map_or(Ok(String::new()), |output| job.plan.fill(file.task.group, file.task.index, &output.name))
}
