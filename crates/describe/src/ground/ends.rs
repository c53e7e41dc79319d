//! How a task ends, and what then: which ends are tried again, which are not, as exit codes and expressions say it.

use super::life::{Life, Moment};
use super::requirements::names;
use super::work::{JobWork, Work};
use pelago_classad::{Context, Expr, evaluate, parse};
use pelago_job::description::{Policy, Text};

/// The highest signal.
const SIGNALS: i32 = 64;
/// More attempts than anybody limits them to.
const MANY: u64 = 1 << 31;

impl Work<'_> {
    /// Takes what the policy and the node say about ends: retries, until when, and what an end must be like.
    pub(super) fn ends(&mut self, job: &mut JobWork, policy: &mut Policy) {
        let codes = job.left.application.commands.first().map(|command| command.success.clone()).unwrap_or_default();
        let good = |end: &i32| if codes.is_empty() { *end == 0 } else { codes.contains(&i64::from(*end)) };
        let mut spent: Vec<i32> = Vec::new();
        if let Some(until) = policy.retry_until.take() {
            match self.ends_of(job, &until) {
                Some(Ends { at, last: None }) => spent.extend(at),
                Some(_) | None => self.unknown(job, "/policy/retry_until", "retry_until", &until),
            }
        }
        if let Some(text) = policy.on_exit_remove.take_if(|text| !constant(text, true)) {
            match self.ends_of(job, &text) {
                Some(Ends { at, last }) if every_end().filter(good).all(|end| at.contains(&end)) => {
                    // Without a number of retries it is tried again for as long as the expression says so.
                    let most = last.map_or(u32::MAX, |attempt| attempt - 1);
                    job.group.retries = Some(job.group.retries.map_or(most, |retries| retries.min(most)));
                    spent.extend(at);
                }
                Some(_) => {
                    let what = format!("on_exit_remove `{text}` lets a task run again that has ended well");
                    self.refuse(job.part("/policy/on_exit_remove"), what, "let it be true for a task that ended well");
                }
                None => self.unknown(job, "/policy/on_exit_remove", "on_exit_remove", &text),
            }
        }
        if let Some(text) = policy.on_exit_hold.take_if(|text| !constant(text, false)) {
            match self.ends_of(job, &text) {
                Some(Ends { at, last: None }) if !at.iter().any(good) => {
                    spent.extend(at);
                    let what = "a task that would be held when it exits has failed here, and is not tried again by itself; \
                                the same command runs it again";
                    self.note(job.part("/policy/on_exit_hold"), what);
                }
                Some(_) => {
                    let what = format!(
                        "on_exit_hold `{text}` would hold a task that has ended well, or one that is to be tried again"
                    );
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

    /// The ends for which a text is true: an exit code, or an expression about nothing but the end and how many attempts
    /// there were.
    fn ends_of(&mut self, job: &JobWork, text: &Text) -> Option<Ends> {
        let text = text.as_literal()?;
        let text = text.trim();
        if let Ok(code) = text.parse::<i32>() {
            return Some(Ends { at: vec![code], last: None });
        }
        let expr = parse(text).ok()?;
        let life = Life::new(0, &self.own(job), &expr)?;
        self.ends.entry(life.key(&expr)).or_insert_with(|| ends(&expr, &life)).clone()
    }

    fn unknown(&mut self, job: &JobWork, part: &str, name: &str, text: &Text) {
        let what = format!(
            "{name} `{text}` asks for more than how the task has ended and how often it was started, and that is all that is known then"
        );
        self.refuse(job.part(part), what, "use ExitCode, ExitBySignal, ExitSignal and NumJobStarts only");
    }
}

/// All ends: exit codes, and signals as numbers below 0.
fn every_end() -> impl Iterator<Item = i32> {
    (0..=255).chain((1..=SIGNALS).map(|signal| -signal))
}

/// The ends for which an expression is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    /// Of an attempt that is not the last.
    at: Vec<i32>,
    /// The first attempt, from 1, after which it is true however that ends.
    last: Option<u32>,
}

fn ends(expr: &Expr, life: &Life) -> Option<Ends> {
    let ended = |end| move |attempt| Moment::Ended { attempt, end };
    if life.unknown(expr, ended(0)(1)).is_some() {
        return None;
    }
    let holds = |end, attempt| life.holds(expr, ended(end)(attempt));
    let known: Vec<(i32, bool)> = every_end().map(|end| Some((end, holds(end, 1)?))).collect::<Option<_>>()?;
    let (at, others): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, holds)| *holds);
    let [at, others] = [at, others].map(|ends| ends.into_iter().map(|(end, _)| end).collect::<Vec<i32>>());
    if at.iter().any(|end| holds(*end, MANY) != Some(true)) {
        return None;
    }
    // What changes with the number of attempts is that one of them is the last, however it ends.
    let Some(last) = others.first().and_then(|end| life.first(expr, ended(*end))) else {
        return others.iter().all(|end| holds(*end, MANY) == Some(false)).then_some(Ends { at, last: None });
    };
    let same = |end: &i32| holds(*end, last.saturating_sub(1)) == Some(false) && holds(*end, last) == Some(true);
    let last_one = Some(last.try_into().unwrap_or(u32::MAX));
    others.iter().all(same).then_some(Ends { at, last: last_one })
}

/// Whether an expression names nothing, and is what it would be if nothing were said.
pub(super) fn constant(text: &Text, usual: bool) -> bool {
    let expr = text.as_literal().and_then(|text| parse(text.trim()).ok());
    let names_nothing = |expr: &Expr| {
        let mut named = Vec::new();
        names(expr, &mut named);
        named.is_empty()
    };
    let value = expr.filter(names_nothing).and_then(|expr| evaluate(&expr, None, None, &Context::at(0)).ok());
    value.and_then(|value| value.truth()) == Some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<i32>> {
        last(text).filter(|ends| ends.last.is_none()).map(|ends| ends.at)
    }

    fn last(text: &str) -> Option<Ends> {
        let expr = parse(text).unwrap();
        ends(&expr, &Life::new(0, &Default::default(), &expr).unwrap())
    }

    #[test]
    fn ends_are_those_for_which_it_is_true() {
        assert_eq!(of("ExitCode >= 3 && ExitCode < 5"), Some(vec![3, 4]));
        assert_eq!(of("(ExitBySignal == False) && (ExitCode == 0)"), Some(vec![0]));
        assert_eq!(of("ExitBySignal && ExitSignal == 9"), Some(vec![-9]));
        assert_eq!(of("ExitStatus == 0"), Some(vec![0]));
        assert_eq!(of("MemoryUsage > 3"), None);
        assert_eq!(last("ExitCode == 0 || NumJobStarts >= 3"), Some(Ends { at: vec![0], last: Some(3) }));
        assert_eq!(last("NumJobStarts > 1 && ExitCode == 3"), None);
    }
}
