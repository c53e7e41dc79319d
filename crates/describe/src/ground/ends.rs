//! How a task ends, and what then: which ends are tried again, which are not, as exit codes and expressions say it.

use super::work::{JobWork, Work};
use pelago_classad::{Ad, Context, Expr, Name, Value, evaluate, parse};
use pelago_job::description::{Policy, Text};
use std::sync::Arc;

/// What expressions may ask of a task that has ended (Condor's names).
const NAMES: [&str; 3] = ["exitcode", "exitbysignal", "exitsignal"];
/// The highest signal.
const SIGNALS: i32 = 64;

impl Work<'_> {
    /// Takes what the policy and the node say about ends: retries, until when, and what an end must be like.
    pub(super) fn ends(&mut self, job: &mut JobWork, policy: &mut Policy) {
        let codes = job.left.application.commands.first().map(|command| command.success.clone()).unwrap_or_default();
        let good = |end: &i32| if codes.is_empty() { *end == 0 } else { codes.contains(&i64::from(*end)) };
        let mut spent: Vec<i32> = Vec::new();
        if let Some(until) = policy.retry_until.take() {
            match ends(&until) {
                Some(ends) => spent.extend(ends),
                None => self.unknown(job, "/policy/retry_until", "retry_until", &until),
            }
        }
        if let Some(text) = policy.on_exit_remove.take_if(|text| !constant(text, true)) {
            match ends(&text) {
                Some(ends) if every().filter(good).all(|end| ends.contains(&end)) => {
                    // Without a number of retries it is tried again for as long as the expression says so.
                    job.group.retries.get_or_insert(u32::MAX);
                    spent.extend(ends);
                }
                Some(_) => {
                    let what = format!("on_exit_remove `{text}` lets a task run again that has ended well");
                    self.refuse(job.part("/policy/on_exit_remove"), what, "let it be true for a task that ended well");
                }
                None => self.unknown(job, "/policy/on_exit_remove", "on_exit_remove", &text),
            }
        }
        if let Some(text) = policy.on_exit_hold.take_if(|text| !constant(text, false)) {
            match ends(&text) {
                Some(ends) if !ends.iter().any(good) => {
                    spent.extend(ends);
                    let what = "a task that would be held when it exits has failed here, and is not tried again by itself; \
                                the same command runs it again";
                    self.note(job.part("/policy/on_exit_hold"), what);
                }
                Some(_) => {
                    let what = format!("on_exit_hold `{text}` would hold a task that has ended well");
                    self.refuse(job.part("/policy/on_exit_hold"), what, "let it be false for a task that ended well");
                }
                None => self.unknown(job, "/policy/on_exit_hold", "on_exit_hold", &text),
            }
        }
        if let Some(code) = job.left.node.as_mut().and_then(|node| node.retry_unless.take()) {
            spent.push(code as i32);
        }
        spent.retain(|end| !good(end));
        spent.sort_unstable();
        spent.dedup();
        job.group.spent = spent;
    }

    fn unknown(&mut self, job: &JobWork, part: &str, name: &str, text: &Text) {
        let what =
            format!("{name} `{text}` asks for more than how the task has ended, and that is all that is known then");
        self.refuse(job.part(part), what, "use ExitCode, ExitBySignal and ExitSignal only");
    }
}

/// All ends: exit codes, and signals as numbers below 0.
fn every() -> impl Iterator<Item = i32> {
    (0..=255).chain((1..=SIGNALS).map(|signal| -signal))
}

/// The ends for which a text is true: an exit code, or an expression about nothing but the end.
fn ends(text: &Text) -> Option<Vec<i32>> {
    let text = text.as_literal()?;
    let text = text.trim();
    if let Ok(code) = text.parse::<i32>() {
        return Some(vec![code]);
    }
    let expr = parse(text).ok()?;
    let mut named = Vec::new();
    super::requirements::names(&expr, &mut named);
    if !named.iter().all(|name| NAMES.contains(&name.as_str())) {
        return None;
    }
    let mut found = Vec::new();
    for end in every() {
        let ad = Arc::new(ad(end));
        let value = evaluate(&expr, Some(&ad), None, &Context::at(0)).ok()?;
        found.extend((value.truth() == Some(true)).then_some(end));
    }
    Some(found)
}

/// The ad of a job that has ended so.
fn ad(end: i32) -> Ad {
    let how = match end {
        0.. => ("ExitCode", end),
        _ => ("ExitSignal", -end),
    };
    let known = [("ExitBySignal", Value::Boolean(end < 0)), (how.0, Value::Integer(i64::from(how.1)))];
    known.into_iter().map(|(name, value)| (Name::new(name), Expr::Literal(value))).collect()
}

/// Whether an expression is always what it would be if nothing were said.
pub(super) fn constant(text: &Text, usual: bool) -> bool {
    let value = text.as_literal().and_then(|text| parse(text.trim()).ok());
    let value = value.and_then(|expr| evaluate(&expr, None, None, &Context::at(0)).ok());
    value.and_then(|value| value.truth()) == Some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<i32>> {
        ends(&Text::literal(text))
    }

    #[test]
    fn ends_are_those_for_which_it_is_true() {
        assert_eq!(of("3"), Some(vec![3]));
        assert_eq!(of("ExitCode >= 3 && ExitCode < 5"), Some(vec![3, 4]));
        assert_eq!(of("(ExitBySignal == False) && (ExitCode == 0)"), Some(vec![0]));
        assert_eq!(of("ExitBySignal && ExitSignal == 9"), Some(vec![-9]));
        assert_eq!(of("NumJobStarts > 3"), None);
    }
}
