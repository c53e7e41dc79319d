//! Jobs as text: a table of all, or one with its groups.

use super::progress::{disk, states};
use super::style::Style;
use super::table::{Side, Table};
use super::words::{clean, count, moment, number, seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pelago_job::Bytes;
use pelago_wire::view::JobView;

/// A table of jobs.
pub fn table(jobs: &[JobView], now: Timestamp, zone: &TimeZone, style: Style) -> String {
    if jobs.is_empty() {
        return "no job yet; start one with `pelago run`\n".to_string();
    }
    let left = ["job", "name", "state"].map(|name| (name, Side::Left));
    let right = ["tasks", "waiting", "running", "done", "reused", "failed", "skipped", "cancelled", "held"];
    let head = left.into_iter().chain(right.map(|name| (name, Side::Right))).chain([("submitted", Side::Left)]);
    let mut table = Table::new(head).states_in(2);
    for job in jobs {
        let c = job.counts;
        let some = |n: u64| if n == 0 { String::new() } else { number(n) };
        let counts = [c.waiting, c.running, c.done, c.reused, c.failed, c.skipped, c.cancelled, c.held].map(some);
        let mut row = vec![job.job.to_string(), job.name.clone(), job.state.clone(), number(c.total)];
        row.extend(counts);
        row.push(moment(&job.submitted, now, zone));
        table.row(row);
    }
    table.text(style)
}

/// One job with its groups, its space and its times.
pub fn detail(job: &JobView, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let title = style.strong(&format!("job {}: {}", job.job, clean(&job.name)));
    let mut out = format!("{title}, {}\n", style.state(&job.state));
    out.push_str(&format!("  {}: {}\n", count(job.counts.total, "task"), states(&job.counts)));
    let ended = job.ended.as_deref().map(|at| format!(", ended {}", moment(at, now, zone))).unwrap_or_default();
    out.push_str(&format!("  submitted {}{ended}\n", moment(&job.submitted, now, zone)));
    out.push_str(&format!("  {} of task time, {} made\n", seconds(job.task_seconds), Bytes(job.bytes_made)));
    out.push_str(&format!("  {}\n", disk(&job.disk)));
    if job.groups.len() > 1 || job.groups.iter().any(|g| g.mean_seconds.is_some() || g.step_bytes.is_some()) {
        let left = [("group", Side::Left), ("role", Side::Left)];
        let right = ["tasks", "done", "reused", "running", "waiting", "failed", "time each", "disk each"];
        let mut table = Table::new(left.into_iter().chain(right.map(|name| (name, Side::Right))));
        for group in &job.groups {
            let c = group.counts;
            let mut row = vec![group.name.clone(), group.role.clone()];
            row.extend([c.total, c.done, c.reused, c.running, c.waiting, c.failed].map(number));
            row.push(group.mean_seconds.map(seconds).unwrap_or_default());
            row.push(group.step_bytes.map(|bytes| Bytes(bytes).to_string()).unwrap_or_default());
            table.row(row);
        }
        out.push('\n');
        out.extend(table.text(style).lines().map(|line| format!("  {line}\n")));
    }
    if let Some(next) = next(job) {
        out.push_str(&format!("\n{} {next}\n", style.strong("Next:")));
    }
    out
}

/// What a person would ask or do now.
fn next(job: &JobView) -> Option<String> {
    match job.state.as_str() {
        "paused" => Some("no process runs it now; the command that started it continues it".into()),
        "held" => Some(format!("`pelago release {}` lets it go on", job.job)),
        "failed" => Some(format!("`pelago tasks {} --state failed`; `pelago why TASK` explains one", job.job)),
        "running" if job.counts.running == 0 && job.counts.waiting > 0 => {
            Some(format!("nothing runs; `pelago why {}` says what is in the way", job.job))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use pelago_wire::view::{Counts, DiskView, GroupView};

    pub(crate) fn job(state: &str) -> JobView {
        let counts =
            Counts { total: 288, done: 120, running: 2, waiting: 160, failed: 1, skipped: 5, ..Counts::default() };
        JobView {
            job: 1,
            name: "savannah".into(),
            state: state.into(),
            counts,
            groups: vec![GroupView {
                name: "main".into(),
                role: "main".into(),
                counts,
                mean_seconds: Some(0.25),
                step_bytes: Some(70_000),
                output_bytes: vec![Some(40_000)],
            }],
            submitted: "2026-03-01T09:30:00Z".into(),
            ended: None,
            task_seconds: 30.0,
            bytes_made: 11_200_000,
            disk: DiskView { used: 900_000, reserved: 140_000, peak: 1_100_000, quota: Some(200_000_000) },
        }
    }

    #[test]
    fn one_job_in_full() {
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let expect = "\
job 1: savannah, running
  288 tasks: 160 waiting, 2 running, 120 done, 1 failed, 5 skipped
  submitted 09:30:00
  30.0 s of task time, 11.2 MB made
  disk 900.0 kB and 140.0 kB reserved, peak 1.1 MB, quota 200.0 MB

  group  role  tasks  done  reused  running  waiting  failed  time each  disk each
  main   main    288   120       0        2      160       1     250 ms    70.0 kB
";
        assert_eq!(detail(&job("running"), now, &TimeZone::UTC, Style::PLAIN), expect);
        assert!(
            detail(&job("held"), now, &TimeZone::UTC, Style::PLAIN).ends_with("`pelago release 1` lets it go on\n")
        );
    }

    #[test]
    fn all_jobs() {
        let now = "2026-03-02T12:00:00Z".parse().unwrap();
        let expect = "\
job  name      state    tasks  waiting  running  done  failed  skipped  submitted
1    savannah  running    288      160        2   120       1        5  2026-03-01 09:30:00
";
        assert_eq!(table(&[job("running")], now, &TimeZone::UTC, Style::PLAIN), expect);
        assert_eq!(table(&[], now, &TimeZone::UTC, Style::PLAIN), "no job yet; start one with `pelago run`\n");
    }
}
