//! Globus RSL as GRAM 2 and 5 take it: the attributes of the job manager's validation file, of its adapters for batch
//! systems, and of multi-requests (DUROC).

mod notices;
mod print_list;
mod processes;
mod staging;

use super::attribute::{Again, Attribute, Field, RESTART, SUBMIT, Shape, UPDATE, with_another};
use super::clause::Clause;
use super::dialect::Dialect;
use super::evaluate::{Item, Undefined};
use super::files::SCRATCH;
use super::parse::shortened;
use super::print::{Printer, is_scratch};
use super::read::{Reader, command};
use super::token::Syntax;
use pelago_job::description::FileSystem;

/// Seconds of a minute.
const MINUTE: f64 = 60.0;
/// Bytes of a megabyte, as the batch systems behind GRAM count.
const MEGABYTE: f64 = 1_048_576.0;

/// The dialect.
pub(super) static GRAM: Dialect = Dialect {
    name: "rsl",
    reader: "GRAM",
    syntax: Syntax::Globus,
    undefined: Undefined::Late,
    strict: true,
    asks: false,
    tables: &[&TABLE, &REST],
    foreign: &[],
    finish,
    prepare,
};

/// What exists. Most rows are those of `globus-gram-job-manager.rvf`; an adapter's or DUROC's are said to be.
pub(super) static TABLE: [Attribute; 51] = [
    Attribute::new(
        "resourcemanagercontact",
        "resourceManagerContact",
        Shape::Word,
        "/extensions",
        Field::Kept(false), // DUROC
    ),
    Attribute::new("label", "label", Shape::Word, "/name", Field::Own(read_label, print_label)), // DUROC
    Attribute::kept("subjobstarttype", "subjobStartType", Shape::Word, false),                   // DUROC
    Attribute::kept("subjobcommstype", "subjobCommsType", Shape::Word, true),                    // DUROC
    Attribute::new("name", "name", Shape::Word, "/name", Field::Own(read_name, print_name)),     // PBS, LSF
    Attribute::new(
        "executable",
        "executable",
        Shape::Word,
        "/application/commands/0/executable",
        Field::Own(staging::read_executable, staging::print_executable),
    ),
    Attribute::new(
        "arguments",
        "arguments",
        Shape::Words,
        "/application/commands/0/arguments",
        Field::Paths(|job| &mut command(job).arguments),
    ),
    Attribute::new(
        "directory",
        "directory",
        Shape::Word,
        "/application/commands/0/directory",
        Field::Path(|job| &mut command(job).directory),
    ),
    Attribute::new(
        "environment",
        "environment",
        Shape::Rows(2),
        "/application/environment",
        Field::Variables(|job| &mut job.application.environment),
    )
    .again(Again::Both),
    Attribute::new(
        "librarypath",
        "library_path",
        Shape::Words,
        "/application/library_path",
        Field::Texts(|job| &mut job.application.library_path),
    ),
    Attribute::new(
        "stdin",
        "stdin",
        Shape::Word,
        "/application/commands/0/input",
        Field::Own(staging::read_stdin, staging::print_stdin),
    ),
    Attribute::new(
        "stdout",
        "stdout",
        Shape::Own,
        "/application/commands/0/output",
        Field::Own(staging::read_stdout, staging::print_stdout),
    )
    .when(SUBMIT | RESTART | UPDATE),
    Attribute::new(
        "stderr",
        "stderr",
        Shape::Own,
        "/application/commands/0/error",
        Field::Own(staging::read_stderr, staging::print_stderr),
    )
    .when(SUBMIT | RESTART | UPDATE),
    Attribute::kept("stdoutposition", "stdout_position", Shape::OneOf(&["0"]), true).when(RESTART | UPDATE),
    Attribute::kept("stderrposition", "stderr_position", Shape::OneOf(&["0"]), true).when(RESTART | UPDATE),
    Attribute::new(
        "count",
        "count",
        Shape::Whole(1),
        "/application/parallel/processes",
        Field::Own(processes::read_count, processes::print),
    ),
    Attribute::new(
        "jobtype",
        "job_type",
        Shape::OneOf(&["single", "multiple", "mpi", "condor"]),
        "/application/parallel/variation",
        Field::Own(processes::read_type, with_another),
    ),
    Attribute::new(
        "hostcount",
        "host_count",
        Shape::Word,
        "/resources/total_resource_count",
        Field::Own(processes::read_hosts, processes::print_hosts),
    ),
    Attribute::kept("xcount", "xcount", Shape::Words, false), // Condor, LSF
    Attribute::kept("hostxcount", "host_xcount", Shape::Words, false), // LSF
    Attribute::kept("hostnames", "host_names", Shape::Words, false), // LSF
    Attribute::kept("hosttypes", "host_types", Shape::Words, false), // LSF
    Attribute::kept("parallelenvironment", "parallel_environment", Shape::Word, false), // Grid Engine
    Attribute::new(
        "maxwalltime",
        "max_wall_time",
        Shape::Whole(0),
        "/application/limits/wall_time",
        Field::Number(MINUTE, |job| &mut job.application.limits.wall_time),
    ),
    Attribute::new(
        "maxcputime",
        "max_cpu_time",
        Shape::Whole(0),
        "/application/limits/cpu_time",
        Field::Number(MINUTE, |job| &mut job.application.limits.cpu_time),
    ),
    Attribute::new(
        "maxtime",
        "max_time",
        Shape::Whole(0),
        "/application/limits/wall_time",
        Field::Own(processes::read_time, with_another),
    ),
    Attribute::new(
        "maxmemory",
        "max_memory",
        Shape::Whole(0),
        "/application/limits/memory",
        Field::Number(MEGABYTE, |job| &mut job.application.limits.memory),
    ),
    Attribute::new(
        "minmemory",
        "min_memory",
        Shape::Whole(0),
        "/resources/memory_per_cpu",
        Field::Least(MEGABYTE, |job| &mut job.resources.memory_per_cpu),
    ),
    Attribute::new("queue", "queue", Shape::Word, "/resources/queue", Field::Text(|job| &mut job.resources.queue)),
    Attribute::new("project", "project", Shape::Word, "/projects", Field::First(|job| &mut job.projects)),
    Attribute::new(
        "username",
        "username",
        Shape::Word,
        "/application/user",
        Field::Text(|job| &mut job.application.user),
    ),
    Attribute::new(
        "scratchdir",
        "scratch_dir",
        Shape::Word,
        "/resources/filesystems",
        Field::Own(read_scratch, print_scratch),
    ),
    Attribute::new(
        "filestagein",
        "file_stage_in",
        Shape::Rows(2),
        "/staging",
        Field::Own(staging::read_in, print_list::print_files),
    )
    .again(Again::Both),
    Attribute::new(
        "filestageinshared",
        "file_stage_in_shared",
        Shape::Rows(2),
        "/staging",
        Field::Own(staging::read_shared, with_another),
    )
    .again(Again::Both),
    Attribute::new(
        "filestageout",
        "file_stage_out",
        Shape::Rows(2),
        "/staging",
        Field::Own(staging::read_out, with_another),
    )
    .again(Again::Both),
    Attribute::new(
        "filecleanup",
        "file_clean_up",
        Shape::Words,
        "/staging",
        Field::Own(staging::read_removed, with_another),
    )
    .again(Again::Both),
    Attribute::kept("gasscache", "gass_cache", Shape::Word, true),
    Attribute::kept("remoteiourl", "remote_io_url", Shape::Word, false).when(SUBMIT | RESTART | UPDATE),
    Attribute::new("emailaddress", "email_address", Shape::Word, "/policy/notices", notices::ADDRESS), // PBS, Grid Engine
    Attribute::new("emailonabort", "email_on_abort", Shape::YesNo, "/policy/notices", notices::ABORT),
    Attribute::new("emailonexecution", "email_on_execution", Shape::YesNo, "/policy/notices", notices::EXECUTION),
    Attribute::new("emailontermination", "email_on_termination", Shape::YesNo, "/policy/notices", notices::TERMINATION),
    Attribute::new("emailonsuspend", "email_on_suspend", Shape::YesNo, "/policy/notices", notices::SUSPEND),
    Attribute::new("dryrun", "dry_run", Shape::YesNo, "/extensions", Field::Own(read_dry, with_another)),
    Attribute::kept("savestate", "save_state", Shape::YesNo, true),
    Attribute::kept("savejobdescription", "savejobdescription", Shape::YesNo, true),
    Attribute::new("twophase", "two_phase", Shape::Word, "/extensions", Field::Own(read_commit, with_another)),
    Attribute::kept("expiration", "expiration", Shape::Whole(0), true),
    Attribute::kept("grammyjob", "gram_my_job", Shape::OneOf(&["collective", "independent"]), true),
    Attribute::kept("proxytimeout", "proxy_timeout", Shape::Whole(0), true).when(SUBMIT | RESTART),
    Attribute::new("loglevel", "loglevel", Shape::Word, "/extensions", Field::Own(read_log_level, with_another)),
];

/// What belongs to the table but names no part of a job: logging, restarts and the Condor adapter's own words.
pub(super) static REST: [Attribute; 6] = [
    Attribute::kept("logpattern", "logpattern", Shape::Word, true),
    Attribute::kept("restart", "restart", Shape::Word, false).when(RESTART),
    Attribute::kept("restartcontacts", "restartcontacts", Shape::YesNo, true).when(RESTART),
    Attribute::kept("condorsubmit", "condor_submit", Shape::Rows(2), false),
    Attribute::kept("condoros", "condor_os", Shape::Word, false),
    Attribute::kept("condorarch", "condor_arch", Shape::Word, false),
];

/// Puts a job together once all its clauses are read.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let executable = reader.job.application.commands.first().is_some_and(|command| command.executable.is_some());
    if !executable && reader.draft.when == SUBMIT && !reader.draft.partial {
        let span = reader.draft.span.clone();
        reader
            .diagnostics
            .error(span, "the request has no `executable`")
            .note("it is the one attribute that GRAM requires of every job");
    }
    processes::finish(reader);
    notices::finish(reader);
    staging::finish(reader);
}

fn read_name(reader: &mut Reader<'_>, clause: &Clause) {
    let name = clause.word().map(|word| reader.text(word));
    reader.job.name = name;
}

fn print_name(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    if !printer.several {
        name(printer, attribute);
    }
}

/// In a multi-request the label is the job's name; GRAM's adapters have the word `name` for it.
fn read_label(reader: &mut Reader<'_>, clause: &Clause) {
    match reader.job.name.is_some() || !reader.several {
        true => reader.keep("label", clause.shown(), true),
        false => read_name(reader, clause),
    }
}

fn print_label(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    if printer.several {
        name(printer, attribute);
    }
}

fn name(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(text) = printer.job().name.clone() else { return };
    if let Some(word) = printer.word(&text) {
        printer.job().name = None;
        printer.say(attribute.shown, &[Item::Word(word)]);
    }
}

fn read_scratch(reader: &mut Reader<'_>, clause: &Clause) {
    let Some(word) = clause.word() else { return };
    let mount_source = Some(reader.text(word));
    let (name, kind) = (Some(SCRATCH.into()), Some("temporary".into()));
    reader.job.resources.filesystems.push(FileSystem { name, kind, mount_source, ..FileSystem::default() });
}

fn print_scratch(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let filesystems = &mut printer.job().resources.filesystems;
    let Some(found) = filesystems.iter_mut().find(|filesystem| is_scratch(filesystem)) else { return };
    (found.name, found.kind) = (None, None);
    let Some(word) = found.mount_source.take().and_then(|source| printer.word(&source)) else { return };
    printer.say(attribute.shown, &[Item::Word(word)]);
}

fn read_dry(reader: &mut Reader<'_>, clause: &Clause) {
    if clause.text() == Some("yes") {
        reader.keep("dryrun", clause.shown(), false);
    }
}

/// Some clients say how many seconds, others only `yes`.
fn read_commit(reader: &mut Reader<'_>, clause: &Clause) {
    let yes_or_no = clause.text().is_some_and(|text| text == "yes" || text == "no");
    if yes_or_no || clause.fits(Shape::Whole(0), reader.diagnostics) {
        reader.keep("twophase", clause.shown(), true);
    }
}

fn read_log_level(reader: &mut Reader<'_>, clause: &Clause) {
    const LEVELS: [&str; 6] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
    let Some(word) = clause.word() else { return };
    let shown = word.shown();
    let known = |level: &str| LEVELS.contains(&level.trim());
    if let Some(level) = shown.split('|').find(|level| !known(level)) {
        let message =
            format!("`{}` is no log level; write some of {} with `|` between", shortened(level), LEVELS.join(", "));
        let near = crate::spelling::nearest(level, LEVELS);
        reader.diagnostics.error(word.span.clone(), message).did_you_mean(near);
        return;
    }
    reader.keep("loglevel", clause.shown(), true);
}

/// Reasons that hold for all jobs.
pub(super) fn prepare(printer: &mut Printer<'_>) {
    printer.because("/application/commands", "a request starts one program, and has nothing more to say of it");
    printer.because("/policy", "GRAM hands the job to a batch system and knows no such policy");
}
