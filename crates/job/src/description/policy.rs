//! How a job is treated: retries, priority, conditions over its life, credentials, who is told.

use super::Text;
use serde::Serialize;

/// The policy of a job. Expressions are ClassAd, as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Policy {
    /// How often it is tried again after a failure of its own.
    pub retries: Option<f64>,
    /// How often it is tried again when it could not be started.
    pub start_retries: Option<f64>,
    /// It is tried again until this exit code (a number) or expression.
    pub retry_until: Option<Text>,
    /// Must not run twice.
    pub once: Option<bool>,
    /// Greater comes first, among one user's jobs.
    pub priority: Option<Text>,
    /// Gives way to everything else.
    pub nice: Option<bool>,
    /// Held when it arrives, until released.
    pub hold: Option<bool>,
    /// Not before this time, as written.
    pub not_before: Option<Text>,
    /// Pointless after this time, as written.
    pub deadline: Option<Text>,
    /// Runs at fixed times: fields as in a crontab, by name (`minute`, `hour`, `day_of_month`, `month`, `day_of_week`).
    pub schedule: Vec<(String, Text)>,
    /// While it waits or runs, held when true.
    pub periodic_hold: Option<Text>,
    /// While it is held, released when true.
    pub periodic_release: Option<Text>,
    /// Removed when true.
    pub periodic_remove: Option<Text>,
    /// At its exit, held when true.
    pub on_exit_hold: Option<Text>,
    /// At its exit, done when true; else it runs again.
    pub on_exit_remove: Option<Text>,
    /// Stays in the queue when it has ended, while true.
    pub leave_in_queue: Option<Text>,
    /// The signal that ends it, by name or number.
    pub kill_signal: Option<Text>,
    /// Seconds between that signal and the last one.
    pub kill_wait: Option<f64>,
    /// The signal that asks it to save its state, and the file it saves it in, if it can.
    pub checkpoint: Option<Text>,
    /// Only this many at a time, over all jobs that name the same limit: names, with `:amount` where it is not 1.
    pub concurrency_limits: Vec<Text>,
    /// At most this many tasks of a sweep at a time (batch systems' arrays, `%4` or `-tc 4`).
    pub tasks_at_once: Option<f64>,
    /// Jobs that have to be there before it, as the batch system names them.
    pub after_jobs: Vec<Text>,
    /// Who is told what.
    pub notices: Vec<Notice>,
    /// The file of the job's events.
    pub event_log: Option<Text>,
    /// How long things are kept when it has ended.
    pub keep: Option<Ttl>,
    /// The credential that it runs with.
    pub credential: Option<Credential>,
    /// Who may see it: names of groups or subjects.
    pub readers: Vec<Text>,
}

/// A notice to someone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Notice {
    /// On what; empty means never.
    pub on: Vec<Occasion>,
    /// To whom: an address or a URL.
    pub to: Vec<Text>,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// It waits for its turn.
    Queued,
    /// It starts.
    Start,
    /// It ends well.
    Success,
    /// It fails.
    Failure,
    /// It is cancelled.
    Cancelled,
    /// It is held or suspended.
    Held,
    /// It is being prepared: files arrive.
    Preparing,
    /// Its files go home.
    Finishing,
    /// Its time is nearly over.
    TimeLimit,
    /// It is queued again.
    Requeued,
}

/// How long something is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ttl {
    /// The working directory, seconds.
    pub directory: Option<f64>,
    /// The record, seconds.
    pub record: Option<f64>,
}

/// A credential, or where to get one. A secret itself is never printed in reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Credential {
    /// The kind: `password`, `x509`, `proxy`, `myproxy`, `token`, `bearer`.
    pub kind: Option<String>,
    /// Who, or the file, or the server.
    pub subject: Option<Text>,
    /// The secret.
    pub secret: Option<Text>,
    /// Anything else, by name.
    pub details: Vec<(String, Text)>,
}
