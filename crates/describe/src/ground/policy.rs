//! Policies: what can be kept while one job runs here and now, and what cannot.

use super::ends::constant;
use super::moment;
use super::work::{JobWork, Work};
use pelago_job::Throttle;
use pelago_job::description::Text;

impl Work<'_> {
    /// Everything about how the job is treated.
    pub(super) fn policy(&mut self, job: &mut JobWork) {
        let mut policy = std::mem::take(&mut job.left.policy);
        if let Some(retries) = policy.retries.take() {
            match retries.is_finite() && retries >= 0.0 {
                true => job.group.retries = Some(retries.min(1e6) as u32),
                false => self.refuse(job.part("/policy/retries"), "a number of retries is not negative", ""),
            }
        }
        if policy.start_retries.take().is_some_and(|tries| tries > 0.0) {
            self.note(
                job.part("/policy/start_retries"),
                "a task that cannot be started here never will: that is not tried again",
            );
        }
        if let Some(once) = policy.once.take() {
            job.group.once = once;
        }
        let priority = policy.priority.take().and_then(|priority| priority.as_literal());
        if let Some(text) = priority {
            match text.trim().parse::<f64>().ok().filter(|priority| priority.is_finite()) {
                Some(priority) => drop(self.priorities.insert(job.number, priority)),
                None if self.left.jobs.len() > 1 => {
                    let what =
                        format!("the priority `{text}` is no number: the job starts where it stands in the document");
                    self.note(job.part("/policy/priority"), what);
                }
                None => {}
            }
        }
        if policy.hold.take() == Some(true) {
            let what = "the job is to be held when it arrives, and `pelago run` starts it at once";
            self.refuse(job.part("/policy/hold"), what, "take the hold out; `pelago hold` stops it later");
        }
        self.ends(job, &mut policy);
        for text in [&mut policy.on_exit_hold, &mut policy.on_exit_remove] {
            // What is always so was looked at.
            *text = None;
        }
        if policy.periodic_release.take_if(|text| !constant(text, false)).is_some() {
            let what = "nothing is held here, so nothing is released by itself";
            self.note(job.part("/policy/periodic_release"), what);
        }
        policy.periodic_release = None;
        if let Some(text) = policy.leave_in_queue.take()
            && !constant(&text, false)
        {
            let what = format!(
                "leave in queue `{text}` is not kept: the record of a job stays until its state directory goes"
            );
            self.note(job.part("/policy/leave_in_queue"), what);
        }
        for (text, name) in
            [(policy.periodic_hold.take(), "periodic_hold"), (policy.periodic_remove.take(), "periodic_remove")]
        {
            if let Some(text) = text.filter(|text| !constant(text, false)) {
                self.periodic(job, name, &text);
            }
        }
        if let Some(most) = policy.tasks_at_once.take().filter(|most| *most >= 1.0) {
            let throttle = Throttle { name: format!("tasks of {} at a time", job.group.name), most: most as u32 };
            job.group.throttle = Some(throttle);
        }
        let limits = std::mem::take(&mut policy.concurrency_limits);
        if !limits.is_empty() {
            let names: Vec<String> = limits.iter().map(|name| format!("`{name}`")).collect();
            let what = format!("{} limits nothing: this machine counts no such things", names.join(", "));
            self.note(job.part("/policy/concurrency_limits"), what);
        }
        if let Some(text) = policy.not_before.take() {
            let moment = text.as_literal().and_then(|text| moment::seconds(&text));
            // A time without a zone may be a day away from what it seems.
            if moment.is_none_or(|moment| moment.saturating_add(moment::DAY) > self.ground.offer.now) {
                let what = format!("the job must not start before `{text}`, and nothing waits for a time here");
                self.refuse(
                    job.part("/policy/not_before"),
                    what,
                    "take it out, and start `pelago run` then: `at`, cron",
                );
            }
        }
        let signal = policy.kill_signal.as_ref().and_then(Text::as_literal);
        if signal.is_some_and(|signal| matches!(signal.trim(), "SIGTERM" | "TERM" | "15")) {
            policy.kill_signal = None;
        }
        if policy.event_log.take().is_some() {
            let what = "the file of events is not written: `pelago why` and `pelago status` tell them from the journal";
            self.note(job.part("/policy/event_log"), what);
        }
        if policy.keep.take().is_some() {
            self.note(job.part("/policy/keep"), "records stay until you delete the state directory");
        }
        if !std::mem::take(&mut policy.readers).is_empty() {
            self.note(job.part("/policy/readers"), "who may read the state directory is said by its file permissions");
        }
        for (number, notice) in policy.notices.iter_mut().enumerate() {
            if notice.on.is_empty() {
                notice.to.clear();
            } else {
                let (on, to) = (std::mem::take(&mut notice.on).len(), std::mem::take(&mut notice.to).len());
                if on + to > 0 {
                    let what = "nobody can be notified from this machine";
                    self.refuse(
                        job.part(&format!("/policy/notices/{number}")),
                        what,
                        "take it out; `pelago wait` waits for the end",
                    );
                }
            }
        }
        job.left.policy = policy;
    }
}
