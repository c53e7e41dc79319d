//! The commands of submit files: one table for reading and for writing.

use super::kept;
use pelago_job::description::{Command as Program, Job, Range, Text};

/// A command.
pub(super) struct Command {
    /// Its name.
    pub name: &'static str,
    /// Other names of it, the attribute's among them.
    pub also: &'static [&'static str],
    /// The part of the job that it is about, as a pointer.
    pub part: &'static str,
    /// What its value is and where that goes.
    pub kind: Kind,
}

/// What a value is, and the field that it goes into.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text.
    Text(fn(&mut Job) -> &mut Option<Text>),
    /// An expression.
    Expression(fn(&mut Job) -> &mut Option<Text>),
    /// True or false.
    Flag(fn(&mut Job) -> &mut Option<bool>),
    /// A number, in units of the field.
    Number(fn(&mut Job) -> &mut Option<f64>),
    /// At least so much: how many bytes one is without a suffix, or nothing for plain counts.
    Amount(fn(&mut Job) -> &mut Option<Range>, Option<f64>),
    /// Texts between commas.
    List(fn(&mut Job) -> &mut Vec<Text>),
    /// Its own way.
    Own(Own),
}

/// Commands that are read and written in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Universe,
    Image(&'static str),
    Executable,
    Arguments,
    Java,
    JavaOptions,
    Environment,
    GetEnv,
    Input,
    Output,
    Error,
    InitialDir,
    MachineCount,
    Gpus,
    GpuMemory,
    TransferInput,
    TransferOutput,
    Notification,
    Success,
    Project,
    Schedule(&'static str),
    Proxy,
}

/// The first command of a job, which the table's fields belong to.
pub(super) fn program(job: &mut Job) -> &mut Program {
    let commands = &mut job.application.commands;
    if commands.is_empty() {
        commands.push(Program::default());
    }
    &mut commands[0]
}

macro_rules! entry {
    ($name:literal, $also:expr, $part:literal, $kind:expr) => {
        Command { name: $name, also: &$also, part: $part, kind: $kind }
    };
}

/// All commands that say something that the model has a place for, in the order in which they are written.
pub(super) static TABLE: &[Command] = &[
    entry!("batch_name", ["JobBatchName"], "name", Kind::Text(|j| &mut j.name)),
    entry!("description", ["JobDescription"], "description", Kind::Text(|j| &mut j.description)),
    entry!("accounting_group", ["AcctGroup", "AccountingGroup"], "projects/0", Kind::Own(Own::Project)),
    entry!("universe", ["JobUniverse"], "application/launcher", Kind::Own(Own::Universe)),
    entry!("docker_image", ["DockerImage"], "application/launcher", Kind::Own(Own::Image("docker_image"))),
    entry!("container_image", ["ContainerImage"], "application/launcher", Kind::Own(Own::Image("container_image"))),
    entry!("executable", ["Cmd"], "application/commands/0/executable", Kind::Own(Own::Executable)),
    entry!("jar_files", ["JarFiles"], "application/launcher", Kind::Own(Own::Java)),
    entry!("java_vm_args", ["java_vm_arguments", "java_vm_arguments2", "JavaVMArgs"], "application/launcher", {
        Kind::Own(Own::JavaOptions)
    }),
    entry!("arguments", ["arguments2", "Args"], "application/commands/0/arguments", Kind::Own(Own::Arguments)),
    entry!("environment", ["environment2", "env"], "application/environment", Kind::Own(Own::Environment)),
    entry!("getenv", ["get_env"], "application/inherit", Kind::Own(Own::GetEnv)),
    entry!("initialdir", ["initial_dir", "Iwd", "job_iwd"], "application/commands/0/directory", {
        Kind::Own(Own::InitialDir)
    }),
    entry!("input", ["stdin", "In"], "application/commands/0/input", Kind::Own(Own::Input)),
    entry!("output", ["stdout", "Out"], "application/commands/0/output", Kind::Own(Own::Output)),
    entry!("error", ["stderr", "Err"], "application/commands/0/error", Kind::Own(Own::Error)),
    entry!("log", ["UserLog"], "policy/event_log", Kind::Text(|j| &mut j.policy.event_log)),
    entry!("machine_count", ["node_count", "NodeCount", "MachineCount"], "application/parallel", {
        Kind::Own(Own::MachineCount)
    }),
    entry!("request_cpus", ["RequestCpus"], "resources/individual_cpu_count", {
        Kind::Amount(|j| &mut j.resources.individual_cpu_count, None)
    }),
    entry!("request_memory", ["RequestMemory"], "resources/individual_physical_memory", {
        Kind::Amount(|j| &mut j.resources.individual_physical_memory, Some(1_048_576.0))
    }),
    entry!("request_disk", ["RequestDisk"], "resources/individual_disk_space", {
        Kind::Amount(|j| &mut j.resources.individual_disk_space, Some(1024.0))
    }),
    entry!("request_gpus", ["RequestGPUs"], "resources/accelerators", Kind::Own(Own::Gpus)),
    entry!("gpus_minimum_memory", ["GPUsMinMemory"], "resources/accelerators", Kind::Own(Own::GpuMemory)),
    entry!("requirements", [], "resources/requirements", Kind::Expression(|j| &mut j.resources.requirements)),
    entry!("rank", ["preferences"], "resources/rank", Kind::Expression(|j| &mut j.resources.rank)),
    entry!("transfer_input_files", ["TransferInputFiles", "TransferInput"], "staging", Kind::Own(Own::TransferInput)),
    entry!("transfer_output_files", ["TransferOutputFiles"], "staging", Kind::Own(Own::TransferOutput)),
    entry!("priority", ["prio", "JobPrio"], "policy/priority", Kind::Text(|j| &mut j.policy.priority)),
    entry!("nice_user", ["NiceUser"], "policy/nice", Kind::Flag(|j| &mut j.policy.nice)),
    entry!("hold", [], "policy/hold", Kind::Flag(|j| &mut j.policy.hold)),
    entry!("concurrency_limits", ["ConcurrencyLimits"], "policy/concurrency_limits", {
        Kind::List(|j| &mut j.policy.concurrency_limits)
    }),
    entry!("max_retries", ["JobMaxRetries", "MaxRetries"], "policy/retries", Kind::Number(|j| &mut j.policy.retries)),
    entry!("retry_until", [], "policy/retry_until", Kind::Expression(|j| &mut j.policy.retry_until)),
    entry!("success_exit_code", ["JobSuccessExitCode"], "application/commands/0/success", Kind::Own(Own::Success)),
    entry!("periodic_hold", ["PeriodicHold"], "policy/periodic_hold", {
        Kind::Expression(|j| &mut j.policy.periodic_hold)
    }),
    entry!("periodic_release", ["PeriodicRelease"], "policy/periodic_release", {
        Kind::Expression(|j| &mut j.policy.periodic_release)
    }),
    entry!("periodic_remove", ["PeriodicRemove"], "policy/periodic_remove", {
        Kind::Expression(|j| &mut j.policy.periodic_remove)
    }),
    entry!("on_exit_hold", ["OnExitHold"], "policy/on_exit_hold", Kind::Expression(|j| &mut j.policy.on_exit_hold)),
    entry!("on_exit_remove", ["OnExitRemove"], "policy/on_exit_remove", {
        Kind::Expression(|j| &mut j.policy.on_exit_remove)
    }),
    entry!("leave_in_queue", ["LeaveJobInQueue"], "policy/leave_in_queue", {
        Kind::Expression(|j| &mut j.policy.leave_in_queue)
    }),
    entry!("kill_sig", ["KillSig"], "policy/kill_signal", Kind::Text(|j| &mut j.policy.kill_signal)),
    entry!("job_max_vacate_time", ["JobMaxVacateTime"], "policy/kill_wait", Kind::Number(|j| &mut j.policy.kill_wait)),
    entry!("allowed_execute_duration", ["AllowedExecuteDuration"], "application/limits/wall_time", {
        Kind::Number(|j| &mut j.application.limits.wall_time)
    }),
    entry!("core_size", ["CoreSize"], "application/limits/core_dump", {
        Kind::Number(|j| &mut j.application.limits.core_dump)
    }),
    entry!("deferral_time", ["DeferralTime"], "policy/not_before", Kind::Expression(|j| &mut j.policy.not_before)),
    entry!("cron_minute", ["CronMinute"], "policy/schedule", Kind::Own(Own::Schedule("minute"))),
    entry!("cron_hour", ["CronHour"], "policy/schedule", Kind::Own(Own::Schedule("hour"))),
    entry!("cron_day_of_month", ["CronDayOfMonth"], "policy/schedule", Kind::Own(Own::Schedule("day_of_month"))),
    entry!("cron_month", ["CronMonth"], "policy/schedule", Kind::Own(Own::Schedule("month"))),
    entry!("cron_day_of_week", ["CronDayOfWeek"], "policy/schedule", Kind::Own(Own::Schedule("day_of_week"))),
    entry!("notification", ["JobNotification"], "policy/notices", Kind::Own(Own::Notification)),
    entry!("x509userproxy", [], "policy/credential", Kind::Own(Own::Proxy)),
];

/// Every name of a command that is known, for suggestions and to tell commands from users' macros.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|c| std::iter::once(c.name).chain(c.also.iter().copied())).chain(kept::names())
}

/// Whether a name is a command.
pub(super) fn is_known(name: &str) -> bool {
    names().any(|known| known.eq_ignore_ascii_case(name)) || kept::family(name).is_some()
}
