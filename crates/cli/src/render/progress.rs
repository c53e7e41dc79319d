//! Where a running job stands in one line, and how it ended in one or two.

use super::style::Style;
use super::words::{about, count, cut, number, rate, seconds};
use pelago_job::Bytes;
use pelago_wire::view::{Counts, DiskView, JobView, Progress};

/// The states that have tasks, `160 waiting, 2 running, 120 done`.
pub fn states(counts: &Counts) -> String {
    let all = [
        (counts.waiting, "waiting"),
        (counts.held, "held"),
        (counts.running, "running"),
        (counts.done, "done"),
        (counts.reused, "reused"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.cancelled, "cancelled"),
    ];
    let some: Vec<String> =
        all.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", number(*n))).collect();
    if some.is_empty() { "none yet".to_string() } else { some.join(", ") }
}

/// The space of a state directory.
pub fn disk(disk: &DiskView) -> String {
    let mut out = format!("disk {}", Bytes(disk.used));
    if disk.reserved > 0 {
        out.push_str(&format!(" and {} reserved", Bytes(disk.reserved)));
    }
    out.push_str(&format!(", peak {}", Bytes(disk.peak)));
    if let Some(quota) = disk.quota {
        out.push_str(&format!(", quota {}", Bytes(quota)));
    }
    out
}

/// The line of a running job, at most `width` characters; what matters least goes first when there is no room.
pub fn line(progress: &Progress, width: usize) -> String {
    let c = &progress.counts;
    let ended = c.done + c.reused + c.failed + c.skipped + c.cancelled;
    // Rounded down, so that 100% is said only when nothing is left.
    let percent = u64::try_from(u128::from(ended) * 100 / u128::from(c.total.max(1))).unwrap_or(0);
    let rate = rate(progress.rate);
    let left = progress.seconds_left.map(|s| format!("{} left", about(s)));
    let pace: Vec<String> = rate.into_iter().chain(left).collect();
    // A small or unused store is not worth a reader's eye.
    let d = &progress.disk;
    let peak = match d.quota {
        Some(quota) => format!("disk {}, peak {} of {}", Bytes(d.used), Bytes(d.peak), Bytes(quota)),
        None if d.peak > 0 => format!("disk {}, peak {}", Bytes(d.used), Bytes(d.peak)),
        None => String::new(),
    };
    let percent = format!("{percent:>3}% of {}", number(c.total));
    let mut parts: Vec<String> =
        [percent, states(c), pace.join(", "), peak].into_iter().filter(|p| !p.is_empty()).collect();
    while parts.len() > 2 && parts.join(" | ").chars().count() > width {
        parts.pop();
    }
    cut(&parts.join(" | "), width)
}

/// That every task is proved already.
pub fn nothing_to_do(tasks: u64) -> String {
    match tasks {
        1 => "nothing to do: its task is proved by an earlier run".to_string(),
        n => format!("nothing to do: all {} are proved by earlier runs", count(n, "task")),
    }
}

/// How a job ended, in one line without line end: what was asked for at the end of `pelago run`.
///
/// `elapsed` is what this process saw, in seconds.
pub fn ending(job: &JobView, elapsed: f64, style: Style) -> String {
    let c = &job.counts;
    let time = seconds(elapsed);
    let made = match job.bytes_made {
        0 => String::new(),
        made => format!(", {} made, at most {} on disk", Bytes(made), Bytes(job.disk.peak)),
    };
    let remade = match c.remade {
        0 => String::new(),
        n => format!(", {} of them only to make a lost file again", number(n)),
    };
    let ended = c.done + c.reused;
    match job.state.as_str() {
        "done" if c.done == 0 && c.reused == c.total => nothing_to_do(c.total),
        "done" => {
            let ran = format!("({} ran{remade}, {} reused)", number(c.done), number(c.reused));
            format!("{} {} in {time} {ran}{made}", style.good("done:"), count(c.total, "task"))
        }
        "failed" => {
            let skipped = match c.skipped {
                0 => String::new(),
                n => format!(", {} skipped because a task before them failed", number(n)),
            };
            let rest = c.waiting + c.running + c.held;
            let rest = if rest > 0 { format!(", {} not run", number(rest)) } else { String::new() };
            // Tasks that serve events are not among those that were asked for.
            let events: u64 =
                job.groups.iter().filter(|group| group.role == "event").map(|group| group.counts.failed).sum();
            let events = match events {
                0 => String::new(),
                1 => "1 task of an event failed".to_string(),
                n => format!("{} tasks of events failed", number(n)),
            };
            let of = match (c.failed, events.is_empty()) {
                (0, false) => events,
                (failed, alone) => {
                    let of = format!("{} of {} failed", number(failed), count(c.total, "task"));
                    if alone { of } else { format!("{of}, {events}") }
                }
            };
            format!("{} {of}{skipped}{rest}, {} done, in {time}{made}", style.bad("failed:"), number(ended))
        }
        "cancelled" => {
            format!("{} {} of {} were done", style.notable("cancelled:"), number(ended), count(c.total, "task"))
        }
        state => {
            let state = if matches!(state, "running" | "paused") { "stopped" } else { state };
            let are = if c.total == 1 { "is" } else { "are" };
            let of = format!("{} of {} {are} done", number(ended), count(c.total, "task"));
            let failed = if c.failed > 0 { format!(", {} failed", number(c.failed)) } else { String::new() };
            format!("{} {of}{failed}, in {time}; the same command continues", style.notable(&format!("{state}:")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::jobs::tests::job;
    use super::*;

    fn progress() -> Progress {
        let job = job("running");
        let seconds_left = Some(63.0);
        Progress { job: 1, counts: job.counts, rate: 3.12, seconds_left, disk: job.disk, notable: Vec::new() }
    }

    #[test]
    fn the_line_fits() {
        let whole = " 43% of 288 | 160 waiting, 2 running, 120 done, 1 failed, 5 skipped | 3.1/s, 63 s left \
                     | disk 900.0 kB, peak 1.1 MB of 200.0 MB";
        assert_eq!(line(&progress(), 200), whole);
        assert_eq!(line(&progress(), 100), whole.rsplit_once(" | ").unwrap().0);
        for width in 20..200 {
            assert!(line(&progress(), width).chars().count() <= width);
        }
        let nothing = Progress { rate: 0.0, seconds_left: None, ..progress() };
        assert!(!line(&nothing, 200).contains("/s"), "no rate is invented");
    }

    #[test]
    fn it_is_never_100_percent_too_early() {
        let mut almost = progress();
        almost.counts = Counts { total: 100_000, done: 99_999, running: 1, ..Counts::default() };
        assert!(line(&almost, 200).starts_with(" 99%"));
    }

    #[test]
    fn endings() {
        let mut done = job("done");
        done.counts = Counts { total: 288, done: 280, reused: 8, ..Counts::default() };
        let text = "done: 288 tasks in 9.8 s (280 ran, 8 reused), 11.2 MB made, at most 1.1 MB on disk";
        assert_eq!(ending(&done, 9.8, Style::PLAIN), text);
        done.counts.remade = 3;
        assert!(
            ending(&done, 9.8, Style::PLAIN).contains("280 ran, 3 of them only to make a lost file again, 8 reused")
        );
        let failed = "failed: 1 of 288 tasks failed, 5 skipped because a task before them failed, 162 not run, 120 done, \
                      in 9.8 s, 11.2 MB made, at most 1.1 MB on disk";
        assert_eq!(ending(&job("failed"), 9.8, Style::PLAIN), failed);
        let paused = "stopped: 120 of 288 tasks are done, 1 failed, in 9.8 s; the same command continues";
        assert_eq!(ending(&job("paused"), 9.8, Style::PLAIN), paused);
    }
}
