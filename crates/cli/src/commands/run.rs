//! `pelago run`: submits, follows, and says how it went; continues what was interrupted.

use super::check;
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure, die_by};
use crate::interrupt::Watch;
use crate::render::style::Style;
use crate::render::words::count;
use crate::report::{Manner, Report};
use crate::state::{self, DirArg};
use crate::subject::{Subject, SubjectArgs, Unusable};
use crate::terminal::{self, Stream};
use clap::Args;
use pelago_job::{Bytes, Experiment, Step};
use pelago_site::door::{self, Door, Enter};
use pelago_wire::message::{Answer, Event, Refusal, Request, RunOptions, Submit};
use pelago_wire::view::Accepted;
use signal_hook::consts::SIGINT;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  pelago run sweep.plan                              continue it, or run what has changed
  pelago run sweep.plan -p x=1:90 -s t=1:252         other values for parameters of the plan
  pelago run sweep.plan --quota 200MB --keep-going   little disk; failures stop nothing else
  pelago run -p x=1:10 -p y=a,b -- ./model {x} {y}   no file at all
  pelago run -p f='data/*.csv' -- wc -l {f}          a task for each file
  pelago run -p x=1:9 --input m.py --output o.{x} -- sh -c 'python3 m.py {x} > o.{x}'

Ctrl-C once: no new task starts, running ones finish. Twice: they are stopped. The same command continues.";

/// Run a plan, or a command with parameters, here and now; continue it if it was interrupted
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, override_usage = "pelago run [OPTIONS] FILE\n       pelago run [OPTIONS] -- COMMAND…")]
pub struct RunArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,

    /// How many tasks run at a time [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub slots: Option<NonZeroU32>,

    /// How often a task that fails is tried again, with a pause
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,

    /// Go on with the other tasks when one has failed for good
    #[arg(long)]
    pub keep_going: bool,

    /// The most disk that the state directory may take, such as 200MB; results that have come home do not count
    #[arg(long, value_name = "SIZE")]
    pub quota: Option<Bytes>,

    /// Start a new job that reuses nothing
    #[arg(long)]
    pub again: bool,

    /// When a file was made again with other content, run what has read it again
    #[arg(long)]
    pub strict: bool,

    /// Print events as JSON, one object a line
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,

    /// Print nothing but what tasks print, failures and errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Exit codes of pelago also for a single command, whose own code is passed through otherwise
    #[arg(long)]
    pub exit_code: bool,

    #[command(flatten)]
    pub dir: DirArg,
}

impl RunArgs {
    fn manner(&self) -> Manner {
        match (self.json, self.quiet) {
            (true, _) => Manner::Json,
            (_, true) => Manner::Quiet,
            _ if terminal::can_redraw(Stream::Err) => Manner::Live,
            _ => Manner::Plain,
        }
    }

    /// Whether it is one command, whose exit code is passed through.
    fn is_single(&self) -> bool {
        self.subject.file.is_none() && self.subject.parameters.is_empty() && self.subject.seqameters.is_empty()
    }

    fn submission(&self, subject: &Subject) -> Submit {
        let experiment = subject.experiment.clone();
        let options = RunOptions {
            again: self.again,
            always: experiment.in_place || runs_elsewhere(&experiment),
            retries: self.retries,
            keep_going: self.keep_going,
            quota: self.quota,
            strict: self.strict,
        };
        Submit { experiment, root: subject.root.clone(), options }
    }
}

/// Whether tasks run in directories that hold other files too: nothing proves what those were.
fn runs_elsewhere(experiment: &Experiment) -> bool {
    experiment.groups.iter().any(|group| matches!(group.steps.first(), Some(Step::Within(_))))
}

/// What a job that was followed to its end, or as far as possible, came to.
#[derive(Debug)]
enum Followed {
    /// It is finished, or it has ended, with this code; and that of its command.
    Ended(u8, Option<i32>),
    /// The process that owns the directory stops or is gone, and it was not us who asked.
    Left,
    /// Nobody reads standard output any more.
    Unread(std::io::Error),
}

/// Runs the command.
pub fn run(args: &RunArgs) -> Result<End, Failure> {
    let err = Style::of(terminal::colour(Stream::Err));
    let subject = match args.subject.read(&args.dir) {
        Ok(subject) => subject,
        Err(Unusable::Refused(refusal)) => return Err(refusal.into()),
        Err(Unusable::Rejected(source, diagnostics, code)) => {
            return check::rejected(&source, &diagnostics, args.json, code);
        }
    };
    let state = args.dir.place(&subject.root);
    let (people, data) = (Box::new(std::io::stderr()), Box::new(std::io::stdout()));
    let mut report = Report::new(args.manner(), err, people, data, terminal::width)
        .at(dir_option(&state))
        .reads(&state)
        .on_one_screen(terminal::is_terminal(Stream::Out) && terminal::is_terminal(Stream::Err));
    if args.is_single() && subject.experiment.in_place {
        report.as_shell();
    }
    if let Some(source) = subject.source.as_ref().filter(|_| !subject.diagnostics.is_empty()) {
        report.say(&pelago_describe::diagnostic::render(&subject.diagnostics, source, err.coloured()));
    }
    for line in &subject.lines {
        report.say(&format!("{line}\n"));
    }
    let report = Arc::new(Mutex::new(report));
    let submission = args.submission(&subject);
    let has_values = subject.experiment.groups.iter().any(|group| !group.values.is_empty());
    loop {
        // Before any thread: entering may fork the processes that start tasks.
        let door = door::enter(Enter { state: state.clone(), slots: args.slots.map(NonZeroU32::get) })?;
        let (followed, first) = attend(door, &state, &submission, &report, has_values)?;
        match (followed, first) {
            (_, Some(SIGINT)) => return Ok(End::Signal(SIGINT)),
            (Followed::Unread(error), _) => return Err(error.into()),
            (Followed::Ended(_, Some(code)), None) if args.is_single() && !args.exit_code => {
                return Ok(End::Code(u8::try_from(code).unwrap_or(1)));
            }
            (Followed::Ended(code, _), _) => return Ok(End::Code(code)),
            (Followed::Left, Some(_)) => return Ok(End::Code(3)),
            (Followed::Left, None) => {
                lock(&report).say("the process that ran the job has ended; it continues here\n");
            }
        }
    }
}

/// Submits through an open door and stays until the job has ended and the door is closed. Also gives the signal that
/// asked us to stop, if one did.
fn attend(
    mut door: Door,
    state: &Path,
    submission: &Submit,
    report: &Arc<Mutex<Report>>,
    has_values: bool,
) -> Result<(Followed, Option<i32>), Failure> {
    let owner = door.is_owner();
    let watch = watch(&door, report)?;
    let result = submit_and_follow(&mut door, submission, report, owner, has_values);
    if let Ok(Followed::Unread(_)) = &result
        && owner
    {
        door.stopper().stop(true);
    }
    if owner && let Ok(Followed::Ended(..)) = &result {
        stay(&mut door, report);
    }
    let closed = door.close();
    if let (Ok(Followed::Left), false) = (&result, owner) {
        // An owner that stops still has tasks to end. If it cannot be waited for, entering says why.
        let _ = state::wait_for_owner(state);
    }
    let first = watch.first();
    lock(report).clear();
    let followed = result?;
    closed?;
    Ok((followed, first))
}

fn submit_and_follow(
    desk: &mut dyn Desk,
    submission: &Submit,
    report: &Arc<Mutex<Report>>,
    owner: bool,
    has_values: bool,
) -> Result<Followed, Failure> {
    let start = Instant::now();
    let accepted: Accepted = match desk.call(Request::Submit(Box::new(submission.clone()))) {
        Ok(Answer::Accepted(accepted)) => accepted,
        Ok(other) => return Err(odd(&other).into()),
        Err(refusal) if !owner && matches!(refusal.code, 3 | 5) => return Ok(Followed::Left),
        Err(refusal) => return Err(refusal.into()),
    };
    lock(report).accepted(&accepted);
    let mut end: Option<Result<Followed, Refusal>> = None;
    let streamed = desk.stream(Request::Follow { id: Some(accepted.job.to_string()) }, &mut |answer| {
        let mut report = lock(report);
        match answer {
            Answer::Event(event) => match &event {
                Event::Ended { code: 3, .. } if !owner => end = Some(Ok(Followed::Left)),
                Event::Ended { job, failures, code, exit_code } => {
                    report.ended(job, failures, &event, start.elapsed());
                    report.next(job, failures, has_values);
                    end = Some(Ok(Followed::Ended(*code, *exit_code)));
                }
                _ => report.event(&event, start.elapsed()),
            },
            other => end = Some(Err(odd(&other))),
        }
        if let Some(error) = report.broken() {
            end = Some(Ok(Followed::Unread(error)));
        }
        end.is_none()
    });
    match (end, streamed) {
        (Some(Ok(Followed::Ended(code, _))), _) if code == 2 || code == 4 => {
            Err(refused(desk, accepted.job, code).into())
        }
        (Some(end), _) => Ok(end?),
        (None, Err(refusal)) if owner || !matches!(refusal.code, 3 | 5) => Err(refusal.into()),
        // A stream that breaks off: its owner is gone.
        (None, _) => Ok(Followed::Left),
    }
}

/// Why a job was refused after it had been accepted: what only its files or the quota could tell.
fn refused(desk: &mut dyn Desk, job: u32, code: u8) -> Refusal {
    let why = desk.call(Request::Why { id: Some(job.to_string()) });
    let (mut what, mut hint) = (format!("job {job} is refused"), Some(format!("`pelago why {job}` says why")));
    if let Ok(Answer::Why(why)) = why {
        what = why.blockers.first().map_or(why.summary, |blocker| blocker.reason.clone());
        hint = why.blockers.first().map(|blocker| blocker.change.clone()).or(why.next);
    }
    Refusal { what, hint: hint.filter(|hint| !hint.is_empty()), code }
}

/// Other jobs in this directory keep its owner; says so.
fn stay(desk: &mut dyn Desk, report: &Arc<Mutex<Report>>) {
    let Ok(Answer::Jobs { jobs }) = desk.call(Request::Status { id: None }) else {
        return;
    };
    let running = jobs.iter().filter(|job| job.state == "running").count() as u64;
    if running > 0 {
        let text = format!(
            "this process stays until {} in this directory {} ended (Ctrl-C stops it; who waits for them takes over)\n",
            count(running, "other job"),
            if running == 1 { "has" } else { "have" }
        );
        lock(report).say(&text);
    }
}

/// What signals do: an owner stops its tasks, gently at first; a client only leaves.
fn watch(door: &Door, report: &Arc<Mutex<Report>>) -> Result<Watch, Refusal> {
    let (owner, stopper, report) = (door.is_owner(), door.stopper(), Arc::clone(report));
    let each = move |signal: i32, nth: u32| {
        if !owner {
            lock(&report).urgent(
                "the job goes on in the process that runs it; `pelago wait` follows it again, `pelago cancel` ends it",
            );
            leave(signal);
        }
        match (signal, nth) {
            (SIGINT, 1) => {
                // Said only when it holds.
                stopper.stop(false);
                let mut report = lock(&report);
                let tasks = match report.running() {
                    0 => "",
                    1 => "; the running one finishes (Ctrl-C again stops it now)",
                    _ => "; the running ones finish (Ctrl-C again stops them now)",
                };
                report.stopping(&format!("no new task starts{tasks}; run the same command to continue"));
            }
            (_, 1 | 2) => {
                stopper.stop(true);
                lock(&report).stopping("running tasks are stopped; run the same command to continue");
            }
            // Whoever asks a third time does not want to wait; what is recorded is safe.
            _ => leave(signal),
        }
    };
    Watch::start(each).map_err(|error| Refusal {
        what: format!("signals cannot be watched: {error}"),
        hint: Some("the system may be out of threads or files; `pelago doctor` shows the limits".into()),
        code: 3,
    })
}

fn leave(signal: i32) -> ! {
    if signal == SIGINT {
        let _: ExitCode = die_by(SIGINT);
    }
    std::process::exit(3)
}

fn lock(report: &Mutex<Report>) -> MutexGuard<'_, Report> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What later commands have to say to find this state directory from here: nothing, or ` --dir DIR`.
fn dir_option(state: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let here = std::env::current_dir().ok();
    let parent = match state.file_name().is_some_and(|name| name == pelago_client::directory::NAME) {
        true => state.parent().map(Path::to_path_buf),
        false => None,
    };
    let found_from = |here: &PathBuf| parent.as_ref().and_then(|p| absolute(p)).is_some_and(|p| here.starts_with(p));
    if here.as_ref().is_some_and(found_from) {
        return String::new();
    }
    let shown = parent.unwrap_or_else(|| state.to_path_buf());
    let shown = match here.and_then(|here| shown.strip_prefix(here).map(Path::to_path_buf).ok()) {
        Some(relative) => relative,
        None => shown,
    };
    let text = shown.display().to_string();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "/._-+,:@%".contains(c));
    match plain && !text.is_empty() {
        true => format!(" --dir {text}"),
        false => format!(" --dir '{}'", text.replace('\'', "'\\''")),
    }
}
