//! The life of a job as Condor's expressions see it: what they may ask of it, and from when on one of them holds.

use super::requirements::names;
use pelago_classad::{Ad, Context, Evaluation, Expr, Name, Value, evaluate};
use std::sync::Arc;

/// No limit of time is looked for beyond this: more than 60 years, in seconds.
const FOREVER: u64 = 1 << 31;
/// Parts of an expression: it is evaluated some hundred times for each `||` in it.
const NODES: usize = 300;
/// Steps for one evaluation: enough for what people write.
const FUEL: u64 = 20_000;

/// One moment of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// It waits, for so many seconds by now, after so many attempts.
    Waiting { after: u64, seconds: u64 },
    /// Its attempt of that number, from 1, has run for so many seconds.
    Running { attempt: u64, seconds: u64 },
    /// It has run for so many seconds and uses so many MiB of memory.
    Using { seconds: u64, mib: u64 },
    /// Its attempt of that number has ended: with an exit code, or by a signal, which is a number below 0.
    Ended { attempt: u64, end: i32 },
}

/// What one expression may know of a job all its life: when it begins, and what it says of itself.
pub(super) struct Life {
    /// Seconds since the epoch.
    begin: i64,
    /// The job's own attributes that the expression names and that have a value.
    own: Vec<(Name, Value)>,
}

/// How often it was started.
const COUNTS: [&str; 3] = ["NumJobStarts", "NumShadowStarts", "JobRunCount"];
/// Nothing is held, suspended or lost here.
const NEVER: [&str; 5] =
    ["NumHolds", "NumSystemHolds", "NumJobReconnects", "TotalSuspensions", "CumulativeSuspensionTime"];
/// What a job that was never held does not have.
const ABSENT: [&str; 4] = ["HoldReason", "HoldReasonCode", "HoldReasonSubCode", "LastHoldReasonCode"];
/// How it has ended: either the one or the others.
const ENDS: [&str; 3] = ["ExitCode", "ExitStatus", "ExitSignal"];
/// When the attempt began.
const STARTS: [&str; 3] = ["JobStartDate", "JobCurrentStartDate", "JobCurrentStartExecutingDate"];
/// Memory in use: attributes in MiB and in KiB.
const MEMORY: [(&str, u64); 3] = [("MemoryUsage", 1), ("ResidentSetSize", 1024), ("ImageSize", 1024)];

impl Life {
    /// The life of a job that begins at a time, for an expression that the job brings; nothing if that is longer than
    /// people write.
    pub fn new(begin: i64, own: &Arc<Ad>, expr: &Expr) -> Option<Self> {
        let (mut todo, mut nodes) = (vec![expr], 0);
        while let Some(expr) = todo.pop() {
            nodes += 1;
            todo.extend(expr.children());
            if nodes > NODES {
                return None;
            }
        }
        let mut named = Vec::new();
        names(expr, &mut named);
        let mut evaluation = Evaluation::new(Some(own), None, &context(begin));
        let own = named.iter().map(|name| Name::new(name)).filter_map(|name| {
            let value = evaluation.attribute(&name).ok().filter(|value| !value.is_undefined() && !value.is_error())?;
            Some((name, value))
        });
        Some(Self { begin, own: own.collect() })
    }

    /// The same for all jobs for which an expression can mean nothing else: most jobs of a document say the same.
    pub fn key(&self, expr: &Expr) -> String {
        format!("{expr} {:?}", self.own)
    }

    /// Whether an expression holds at a moment; nothing if that cannot be said.
    pub fn holds(&self, expr: &Expr, moment: Moment) -> Option<bool> {
        let now = match moment {
            Moment::Waiting { seconds, .. } | Moment::Running { seconds, .. } | Moment::Using { seconds, .. } => {
                seconds
            }
            Moment::Ended { .. } => 0,
        };
        let now = self.begin.saturating_add(i64::try_from(now).unwrap_or(i64::MAX));
        let ad = Arc::new(self.ad(moment, now));
        let value = evaluate(expr, Some(&ad), None, &context(now)).ok()?;
        Some(value.truth() == Some(true))
    }

    fn ad(&self, moment: Moment, now: i64) -> Ad {
        let mut ad: Ad = self.own.iter().map(|(name, value)| (name.clone(), Expr::Literal(value.clone()))).collect();
        let mut set = |name: &str, value: Value| ad.insert(Name::new(name), Expr::Literal(value));
        let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        set("CurrentTime", Value::Integer(now));
        set("ServerTime", Value::Integer(now));
        set("EnteredCurrentStatus", Value::Integer(self.begin));
        NEVER.iter().for_each(|name| set(name, Value::Integer(0)));
        let (attempt, runs) = match moment {
            Moment::Waiting { after, .. } => (after, false),
            Moment::Using { .. } => (1, true),
            Moment::Running { attempt, .. } | Moment::Ended { attempt, .. } => (attempt, true),
        };
        COUNTS.iter().for_each(|name| set(name, integer(attempt)));
        // Condor's numbers: 1 is idle, 2 is running.
        let (now, before) = if runs { (2, 1) } else { (1, if attempt > 0 { 2 } else { 0 }) };
        set("JobStatus", Value::Integer(now));
        set("LastJobStatus", Value::Integer(before));
        if runs {
            STARTS.iter().for_each(|name| set(name, Value::Integer(self.begin)));
        } else {
            set("QDate", Value::Integer(self.begin));
        }
        match moment {
            Moment::Waiting { .. } => set("RemoteWallClockTime", Value::Real(0.0)),
            Moment::Running { seconds, .. } => set("RemoteWallClockTime", Value::Real(seconds as f64)),
            Moment::Using { mib, seconds } => {
                set("RemoteWallClockTime", Value::Real(seconds as f64));
                MEMORY.iter().for_each(|(name, unit)| set(name, integer(mib.saturating_mul(*unit))));
            }
            Moment::Ended { end, .. } => {
                set("ExitBySignal", Value::Boolean(end < 0));
                // `ExitStatus` is its older name.
                let how: &[&str] = if end < 0 { &["ExitSignal"] } else { &["ExitCode", "ExitStatus"] };
                how.iter().for_each(|name| set(name, Value::Integer(i64::from(end.abs()))));
            }
        }
        ad
    }

    /// A name in the expression that has no value at such a moment, for want of knowledge.
    pub fn unknown(&self, expr: &Expr, moment: Moment) -> Option<String> {
        let ad = self.ad(moment, self.begin);
        let memory = MEMORY.map(|(name, _)| name);
        let absent = match moment {
            Moment::Waiting { .. } => [&ABSENT[..], &STARTS[..], &memory[..]],
            Moment::Ended { .. } => [&ABSENT[..], &ENDS[..], &[]],
            Moment::Running { .. } | Moment::Using { .. } => [&ABSENT[..], &[], &[]],
        };
        let absent = |name: &str| absent.iter().copied().flatten().any(|absent| absent.eq_ignore_ascii_case(name));
        let mut named = Vec::new();
        names(expr, &mut named);
        named.into_iter().find(|name| !absent(name) && ad.get(&Name::new(name)).is_none())
    }

    /// The least number, of those whose moment `at` gives, at which an expression holds. It is looked for at the
    /// numbers that parts of the expression are and their neighbours, at powers of two, and then back to where it
    /// began to hold.
    pub fn first(&self, expr: &Expr, at: impl Fn(u64) -> Moment) -> Option<u64> {
        let holds = |number: u64| self.holds(expr, at(number)) == Some(true);
        let mut numbers: Vec<u64> = (0..32).map(|power| 1 << power).chain([0]).collect();
        self.constants(expr, &mut numbers);
        numbers.sort_unstable();
        numbers.dedup();
        let found = numbers.iter().position(|number| holds(*number))?;
        let mut first = *numbers.get(found)?;
        let mut below = found.checked_sub(1).and_then(|before| numbers.get(before).copied());
        while let Some(no) = below.filter(|no| first - no > 1) {
            let middle = no + (first - no) / 2;
            match holds(middle) {
                true => first = middle,
                false => below = Some(middle),
            }
        }
        Some(first)
    }

    /// The numbers, and their neighbours, that parts of an expression are at any time.
    fn constants(&self, expr: &Expr, found: &mut Vec<u64>) {
        let own = self.own.iter().map(|(name, value)| (name.clone(), Expr::Literal(value.clone())));
        let own: Arc<Ad> = Arc::new(own.collect());
        let mut evaluation = Evaluation::new(Some(&own), None, &context(0));
        let mut todo = vec![expr];
        while let Some(expr) = todo.pop() {
            // Out of fuel: the whole of it can be evaluated at no time either, which is said elsewhere.
            let Ok(value) = evaluation.value(expr) else { return };
            if let Some(number) = value.as_number().filter(|number| (0.0..=FOREVER as f64).contains(number)) {
                let number = number as u64;
                found.extend([number.saturating_sub(1), number, number + 1]);
            }
            todo.extend(expr.children());
        }
    }
}

/// An expression that a document gives is evaluated some hundred times: each time with little fuel.
fn context(now: i64) -> Context {
    Context { fuel: FUEL, ..Context::at(now) }
}
