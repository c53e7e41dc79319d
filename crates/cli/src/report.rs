//! What `pelago run` and `wait` say while a job runs: one redrawn line on a terminal, plain lines elsewhere, or JSON.
//!
//! Progress goes to one stream (standard error), what tasks printed and JSON to the other. The clock is the caller's:
//! every call says how long it has been since the start.

use crate::printed;
use crate::render::style::Style;
use crate::render::words::{clean, count, cut, number};
use crate::render::{json, progress, tasks};
use pelago_job::Stream;
use pelago_wire::message::{Event, Whole};
use pelago_wire::view::{Accepted, JobView, Progress, TaskView};
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two redraws on a terminal.
const REDRAW: Duration = Duration::from_millis(100);
/// Between two progress lines that are not on a terminal.
const PLAIN: Duration = Duration::from_secs(10);
/// Most failures repeated at the end.
const REPEATED: usize = 20;
/// Failures that are followed by no more lines than this are still in sight.
const SCREEN: usize = 15;
/// Most notable tasks under the redrawn line.
const NOTABLE: usize = 3;

/// How to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A line that is redrawn on a terminal.
    Live,
    /// Lines, seldom.
    Plain,
    /// One JSON object a line on the data stream.
    Json,
    /// Failures and errors only.
    Quiet,
}

/// Says how a job goes.
pub struct Report {
    manner: Manner,
    style: Style,
    /// For a single command in place there is only its own output, as from a shell.
    shell: bool,
    /// What later commands need to find the state directory: nothing, or ` --dir DIR`.
    dir: String,
    people: Box<dyn Write + Send>,
    data: Box<dyn Write + Send>,
    width: fn() -> usize,
    drawn: usize,
    last: Option<Duration>,
    progress: Option<Progress>,
    failed: usize,
    /// Lines shown since the first failure, itself included.
    since: usize,
    /// The task whose whole output was passed on last.
    passed: String,
    /// The state directory, where what tasks print lies.
    state: PathBuf,
    /// Whether both streams show on the same screen, so that a line left open on one would be written over on the other.
    shared: bool,
    open: bool,
    stopping: bool,
    broken: Option<io::Error>,
}

impl Report {
    /// `people` is for progress, `data` for what tasks print and for JSON; `width` is asked before each redraw.
    pub fn new(
        manner: Manner,
        style: Style,
        people: Box<dyn Write + Send>,
        data: Box<dyn Write + Send>,
        width: fn() -> usize,
    ) -> Self {
        Self {
            manner,
            style,
            shell: false,
            dir: String::new(),
            people,
            data,
            width,
            drawn: 0,
            last: None,
            progress: None,
            failed: 0,
            since: 0,
            passed: String::new(),
            state: PathBuf::new(),
            shared: false,
            open: false,
            stopping: false,
            broken: None,
        }
    }

    /// Commands that are suggested are given `dir`: nothing, or ` --dir DIR`.
    pub fn at(mut self, dir: String) -> Self {
        self.dir = dir;
        self
    }

    /// Where what tasks print lies, for what is more than an event holds.
    pub fn reads(mut self, state: &Path) -> Self {
        self.state = state.to_path_buf();
        self
    }

    /// Both streams show on the same screen.
    pub fn on_one_screen(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// From now on this is a single command in place.
    pub fn as_shell(&mut self) {
        self.shell = true;
    }

    /// Why the data stream could not be written, if so: whoever reads the results is gone.
    pub fn broken(&mut self) -> Option<io::Error> {
        self.broken.take()
    }

    /// Nothing new starts from now on: a pace and a time left would be about something else.
    pub fn stopping(&mut self, text: &str) {
        self.stopping = true;
        if let Some(progress) = &mut self.progress {
            (progress.rate, progress.seconds_left) = (0.0, None);
        }
        self.urgent(text);
    }

    /// How many tasks were running when that was last known.
    pub fn running(&self) -> u64 {
        self.progress.as_ref().map_or(0, |p| p.counts.running)
    }

    /// The job's answer to its submission.
    pub fn accepted(&mut self, accepted: &Accepted) {
        if self.manner == Manner::Json {
            let mut event = json!({ "event": "accepted" });
            if let (Some(all), Ok(serde_json::Value::Object(fields))) =
                (event.as_object_mut(), serde_json::to_value(accepted))
            {
                all.extend(fields);
            }
            return self.object(&event);
        }
        for notice in &accepted.notices {
            self.notice(notice);
        }
        let (job, tasks) = (accepted.job, count(accepted.tasks, "task"));
        match accepted.continued {
            true => self.say(&format!("job {job}: {tasks}; it was begun before and continues\n")),
            false if !self.shell => self.say(&format!("job {job}: {tasks}\n")),
            false => {}
        }
    }

    /// Something that happened; the end of a job is said by [`Report::ended`].
    pub fn event(&mut self, event: &Event, now: Duration) {
        if self.manner == Manner::Json {
            return self.object(event);
        }
        match event {
            Event::Progress(progress) => {
                let mut progress = progress.clone();
                if self.stopping {
                    (progress.rate, progress.seconds_left) = (0.0, None);
                }
                self.progress = Some(progress);
                self.tick(now);
            }
            Event::Done { task, stdout, stderr, whole } => {
                self.clear();
                self.passed.clone_from(&task.id);
                match whole {
                    Some(whole) => self.copy(whole),
                    None => {
                        self.pass(stdout.as_bytes());
                        self.write(stderr);
                    }
                }
                self.draw();
            }
            Event::Failed { task, tail } => self.failure(task, tail),
            Event::Notice { text } => self.notice(text),
            Event::Ended { .. } => {}
        }
    }

    /// How the job ended, with the failures that are final.
    pub fn ended(&mut self, job: &JobView, failures: &[TaskView], event: &Event, now: Duration) {
        if self.manner == Manner::Json {
            return self.object(event);
        }
        self.clear();
        self.progress = None;
        let told_by_code = matches!(job.state.as_str(), "done" | "failed");
        if (self.shell && told_by_code) || matches!(job.state.as_str(), "refused" | "stuck") {
            return;
        }
        // Failures that can still be seen need not be said twice.
        let again = self.since > SCREEN || self.failed < failures.len();
        if again && !failures.is_empty() && !self.shell && self.manner != Manner::Quiet {
            for task in failures.iter().take(REPEATED) {
                self.write(&tasks::failure_line(task, self.style));
            }
            let more = job.counts.failed.saturating_sub(failures.len().min(REPEATED) as u64);
            if more > 0 {
                self.write(&format!("and {} more: pelago tasks --state failed{}\n", number(more), self.dir));
            }
        }
        let line = progress::ending(job, now.as_secs_f64(), self.style);
        self.say(&format!("{line}\n"));
    }

    /// What can be done next, in one line: nothing if there is nothing to say.
    pub fn next(&mut self, job: &JobView, failures: &[TaskView], has_values: bool) {
        let dir = &self.dir;
        let text = match (job.state.as_str(), failures.first()) {
            ("done", _) if has_values => format!("`pelago values{dir}` prints the table of values"),
            (_, Some(task)) => {
                let id = clean(&task.id);
                let rest = job.counts.waiting + job.counts.held;
                let rest = if rest > 0 { "; with --keep-going the others run" } else { "" };
                format!(
                    "`pelago why {id}{dir}` explains it, `pelago logs {id} --stderr{dir}` shows what it wrote{rest}"
                )
            }
            _ => return,
        };
        if !self.shell {
            self.say(&format!("next: {text}\n"));
        }
    }

    /// Something that a person must see, whatever the manner.
    pub fn urgent(&mut self, text: &str) {
        self.clear();
        self.write(&format!("{text}\n"));
        self.draw();
    }

    /// A line that is left out when only failures are wanted.
    pub fn say(&mut self, text: &str) {
        if matches!(self.manner, Manner::Live | Manner::Plain) {
            self.clear();
            self.write(text);
            self.draw();
        }
    }

    /// The redrawn line goes away, for good or until the next progress.
    pub fn clear(&mut self) {
        if self.drawn > 0 {
            let up = if self.drawn > 1 { format!("\x1b[{}A", self.drawn - 1) } else { String::new() };
            self.drawn = 0;
            self.write(&format!("\r{up}\x1b[J"));
        }
    }

    fn notice(&mut self, text: &str) {
        self.say(&format!("{} {}\n", self.style.notable("note:"), clean(text)));
    }

    fn failure(&mut self, task: &TaskView, tail: &str) {
        if task.state != "retrying" {
            self.failed += 1;
        } else if self.manner == Manner::Quiet {
            return;
        }
        self.clear();
        // What was passed on as it was written need not be shown again.
        let seen = task.id == self.passed;
        let text = match (self.shell, task.cause.as_deref()) {
            (true, Some("exit")) => {
                if seen {
                    String::new()
                } else {
                    tail.to_string()
                }
            }
            (true, _) => format!("pelago: {}\n", clean(task.outcome.as_deref().unwrap_or("it failed"))),
            (false, _) => tasks::failure(task, if seen { "" } else { tail }, self.style),
        };
        self.write(&text);
        self.draw();
    }

    fn tick(&mut self, now: Duration) {
        let pause = match self.manner {
            Manner::Live => REDRAW,
            Manner::Plain => PLAIN,
            Manner::Json | Manner::Quiet => return,
        };
        // The first line that is not redrawn comes after its pause: short runs say nothing in between.
        let last = *self.last.get_or_insert(if self.manner == Manner::Plain { now } else { Duration::ZERO });
        if now.saturating_sub(last) < pause {
            return;
        }
        self.last = Some(now);
        match self.manner {
            Manner::Live => {
                self.clear();
                self.draw();
            }
            _ => {
                if let Some(progress) = &self.progress {
                    let line = progress::line(progress, 200);
                    self.write(&format!("{}\n", line.trim_start()));
                }
            }
        }
    }

    fn draw(&mut self) {
        let Some(progress) = self.progress.as_ref().filter(|_| self.manner == Manner::Live && self.drawn == 0) else {
            return;
        };
        // The last column stays free: some terminals go to the next line when it is written.
        let width = (self.width)().saturating_sub(1);
        let mut lines = vec![progress::line(progress, width)];
        lines.extend(progress.notable.iter().take(NOTABLE).map(|text| {
            let text = cut(&clean(text), width.saturating_sub(4));
            format!("    {}", self.style.notable(&text))
        }));
        self.drawn = lines.len();
        self.write(&lines.join("\n"));
    }

    fn object(&mut self, event: &impl serde::Serialize) {
        self.pass(json::document(event).as_bytes());
    }

    fn count(&mut self, text: &str) {
        if self.failed > 0 {
            self.since += text.bytes().filter(|byte| *byte == b'\n').count();
        }
    }

    fn pass(&mut self, bytes: &[u8]) {
        let result = self.data.write_all(bytes).and_then(|()| self.data.flush());
        if self.shared {
            self.count(&String::from_utf8_lossy(bytes));
        }
        if let Some(last) = bytes.last() {
            self.open = self.shared && *last != b'\n';
        }
        if let Err(error) = result {
            self.broken.get_or_insert(error);
        }
    }

    /// Passes on what is too long for an event, or no text, from where it lies.
    fn copy(&mut self, whole: &Whole) {
        let state = self.state.clone();
        let out = printed::copy(&state, whole.stdout, Stream::Out, &mut |bytes| {
            self.pass(bytes);
            if self.broken.is_some() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
        });
        let err = printed::copy(&state, whole.stderr, Stream::Err, &mut |bytes| self.people.write_all(bytes));
        if let (None, Err(error)) = (&self.broken, out.and(err)) {
            self.write(&format!("note: not all that was printed can be shown: {error}\n"));
        }
    }

    /// Standard error that cannot be written is no reason to stop working.
    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.count(text);
        let fresh: &[u8] = if std::mem::take(&mut self.open) { b"\n" } else { b"" };
        let _ = self
            .people
            .write_all(fresh)
            .and_then(|()| self.people.write_all(text.as_bytes()))
            .and_then(|()| self.people.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::jobs::tests::job;
    use crate::render::tasks::tests::{failed, task};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn report(manner: Manner) -> (Report, Page, Page) {
        let (people, data) = (Page::default(), Page::default());
        (Report::new(manner, Style::PLAIN, Box::new(people.clone()), Box::new(data.clone()), || 60), people, data)
    }

    fn progress(notable: &[&str]) -> Event {
        let job = job("running");
        let notable = notable.iter().map(|n| n.to_string()).collect();
        Event::Progress(Progress { job: 1, counts: job.counts, rate: 3.0, seconds_left: None, disk: job.disk, notable })
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn end(report: &mut Report, job: &JobView, failures: Vec<TaskView>) {
        let event = Event::Ended { job: job.clone(), failures: failures.clone(), code: 1, exit_code: None };
        report.ended(job, &failures, &event, at(9800));
    }

    const ACCEPTED: Accepted = Accepted { job: 1, continued: false, tasks: 288, notices: Vec::new() };

    #[test]
    fn plain_lines_are_few() {
        let (mut report, people, data) = report(Manner::Plain);
        report.accepted(&ACCEPTED);
        for millis in [0, 100, 5_000, 10_500, 11_000, 20_400, 21_000] {
            report.event(&progress(&[]), at(millis));
        }
        report.event(&Event::Failed { task: failed("1.17"), tail: "no such month\n".into() }, at(21_100));
        report.event(&Event::Notice { text: "something".into() }, at(21_100));
        end(&mut report, &job("failed"), vec![failed("1.17")]);
        let line = "43% of 288 | 160 waiting, 2 running, 120 done, 1 failed, 5 skipped | 3.0/s \
                    | disk 900.0 kB, peak 1.1 MB of 200.0 MB\n";
        let failed = "failed: 1.17 (x=3, y=b): exit code 2 after 1.2 s (try 2)\n";
        let end = "failed: 1 of 288 tasks failed, 5 skipped because a task before them failed, 162 not run, 120 done, \
                   in 9.8 s, 11.2 MB made, at most 1.1 MB on disk\n";
        let expect = format!("job 1: 288 tasks\n{line}{line}{failed}    | no such month\nnote: something\n{end}");
        assert_eq!(people.text(), expect);
        assert_eq!(data.text(), "");
    }

    #[test]
    fn a_terminal_shows_the_same_line_again() {
        let (mut report, people, _) = report(Manner::Live);
        report.event(&progress(&["1.5 has run for 3 h"]), at(200));
        report.event(&progress(&[]), at(250));
        report.event(&progress(&[]), at(400));
        report.event(&Event::Failed { task: failed("1.17"), tail: String::new() }, at(410));
        report.clear();
        let line = " 43% of 288 | 160 waiting, 2 running, 120 done, 1 failed, …";
        let expect = format!(
            "{line}\n    1.5 has run for 3 h\r\x1b[1A\x1b[J{line}\r\x1b[J\
             failed: 1.17 (x=3, y=b): exit code 2 after 1.2 s (try 2)\n{line}\r\x1b[J"
        );
        assert_eq!(people.text(), expect);
    }

    #[test]
    fn quiet_says_failures_only() {
        let (mut report, people, data) = report(Manner::Quiet);
        report.accepted(&ACCEPTED);
        report.event(&progress(&[]), at(60_000));
        report.event(&Event::Failed { task: task("1.2", "retrying"), tail: String::new() }, at(1));
        report.event(&Event::Failed { task: failed("1.3"), tail: String::new() }, at(2));
        report.event(
            &Event::Done { task: task("1.4", "done"), stdout: "42\n".into(), stderr: "w\n".into(), whole: None },
            at(3),
        );
        end(&mut report, &job("failed"), vec![failed("1.3")]);
        assert_eq!(people.text(), "failed: 1.3 (x=3, y=b): exit code 2 after 1.2 s (try 2)\nw\n");
        assert_eq!(data.text(), "42\n");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let (mut report, people, data) = report(Manner::Json);
        report.accepted(&ACCEPTED);
        report.event(&progress(&[]), at(1));
        end(&mut report, &job("done"), Vec::new());
        let events: Vec<serde_json::Value> =
            data.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let kinds: Vec<_> = events.iter().map(|e| (e["schema"].clone(), e["event"].clone())).collect();
        assert_eq!(kinds, ["accepted", "progress", "ended"].map(|kind| (1.into(), kind.into())));
        assert_eq!(people.text(), "");
    }

    #[test]
    fn a_failure_out_of_sight_is_repeated() {
        let (mut report, people, _) = report(Manner::Plain);
        report.event(&Event::Failed { task: failed("1.3"), tail: String::new() }, at(1));
        for _ in 0..20 {
            report.event(&Event::Notice { text: "something".into() }, at(1));
        }
        end(&mut report, &job("failed"), vec![failed("1.3")]);
        assert_eq!(people.text().matches("failed: 1.3 (x=3, y=b)").count(), 2);
    }

    #[test]
    fn many_failures_are_counted() {
        let (mut report, people, _) = report(Manner::Plain);
        let mut job = job("failed");
        job.counts.failed = 500;
        end(&mut report, &job, (0..20).map(|n| failed(&format!("1.{n}"))).collect());
        assert!(people.text().contains("\nand 480 more: pelago tasks --state failed\nfailed: 500 of 288"));
    }

    #[test]
    fn a_single_command_is_as_in_a_shell() {
        let (mut report, people, data) = report(Manner::Live);
        report.as_shell();
        report.accepted(&Accepted { tasks: 1, ..ACCEPTED });
        report.event(
            &Event::Done { task: task("1.1", "done"), stdout: "hi\n".into(), stderr: String::new(), whole: None },
            at(1),
        );
        end(&mut report, &job("done"), Vec::new());
        assert_eq!((people.text().as_str(), data.text().as_str()), ("", "hi\n"));
    }

    #[test]
    fn output_that_was_passed_on_is_not_shown_again() {
        let (mut report, people, _) = report(Manner::Plain);
        let (stdout, stderr) = ("o\n".to_string(), "bad\n".to_string());
        report.event(&Event::Done { task: failed("1.3"), stdout, stderr: stderr.clone(), whole: None }, at(1));
        report.event(&Event::Failed { task: failed("1.3"), tail: stderr }, at(1));
        assert_eq!(people.text(), "bad\nfailed: 1.3 (x=3, y=b): exit code 2 after 1.2 s (try 2)\n");
    }

    #[test]
    fn a_line_that_was_left_open_is_not_written_over() {
        let (report, people, _) = report(Manner::Live);
        let mut report = report.on_one_screen(true);
        report.event(&progress(&[]), at(200));
        report.clear();
        let done =
            Event::Done { task: task("1.4", "done"), stdout: "no end".into(), stderr: String::new(), whole: None };
        report.event(&done, at(201));
        let line = " 43% of 288 | 160 waiting, 2 running, 120 done, 1 failed, …";
        assert_eq!(people.text(), format!("{line}\r\x1b[J\n{line}"));
    }
}
