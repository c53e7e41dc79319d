//! Arrays of jobs: `0-15%4`, `1,3,5-7`, `0-30:10`.

use super::Dialect;
use pelago_job::Domain;

/// Most numbers of a list that is no single range.
const MOST: u64 = 1_000_000;

/// The index that a dialect gives to a task, in its environment. PBS has two names: Torque's, and PBS Professional's.
pub(super) fn variable(dialect: Dialect, torque: bool) -> &'static str {
    match dialect {
        Dialect::Slurm => "SLURM_ARRAY_TASK_ID",
        Dialect::Pbs if torque => "PBS_ARRAYID",
        Dialect::Pbs => "PBS_ARRAY_INDEX",
        Dialect::GridEngine => "SGE_TASK_ID",
    }
}

/// The numbers of an array, and how many run at a time.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<(Domain, Option<f64>), String> {
    let (numbers, most) = match text.split_once('%') {
        Some((numbers, most)) if dialect != Dialect::GridEngine => {
            let most: u32 = most.parse().map_err(|_| format!("`{most}` is no number of tasks that run at a time"))?;
            (numbers, Some(f64::from(most)).filter(|most| *most > 0.0))
        }
        _ => (text, None),
    };
    let mut parts = Vec::new();
    let mut all = 0u64;
    for part in numbers.split(',') {
        let (from, step, count) = range(part.trim())?;
        all = all.saturating_add(count);
        parts.push((from, step, count));
    }
    if let [(from, step, count)] = parts[..] {
        return Ok((Domain::Integers { from, step, count }, most));
    }
    if all > MOST {
        return Err(format!("{all} numbers in several ranges are more than the {MOST} that are possible"));
    }
    let mut list: Vec<i64> =
        parts.iter().flat_map(|(from, step, count)| (0..*count as i64).map(move |n| from + n * step)).collect();
    list.sort_unstable();
    list.dedup();
    Ok((Domain::List(list.iter().map(i64::to_string).collect()), most))
}

/// `7`, `1-9` or `1-9:2`: first, step and how many.
fn range(text: &str) -> Result<(i64, i64, u64), String> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| digits).ok_or_else(|| format!("`{text}` is no number of a task"))
    };
    let (ends, step) = match text.split_once(':') {
        Some((ends, step)) => (ends, number(step)?),
        None => (text, 1),
    };
    if step == 0 {
        return Err("a step of 0 never ends".into());
    }
    let (from, to) = match ends.split_once('-') {
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(ends)?, number(ends)?),
    };
    if to < from {
        return Err(format!("the range ends before it begins: {to} is less than {from}"));
    }
    let count = (to - from) / step + 1;
    // Of one number there is no step.
    Ok((from, if count == 1 { 1 } else { step }, count as u64))
}

/// The numbers in a dialect's spelling, if it can say them.
pub(super) fn print(domain: &Domain, dialect: Dialect, torque: bool) -> Option<String> {
    let least = i64::from(dialect == Dialect::GridEngine);
    match domain {
        Domain::Integers { from, step, count } if *from >= least && *count > 0 && *step > 0 => {
            let last = i64::try_from(*count - 1).ok()?.checked_mul(*step)?.checked_add(*from)?;
            if last > 999_999_999 || *step > 999_999_999 {
                return None;
            }
            let single = dialect != Dialect::Pbs || torque;
            Some(match (*count, *step) {
                (1, _) if single => from.to_string(),
                (_, 1) => format!("{from}-{last}"),
                // A range says where it ends, not how many there are, so that must be the last one itself.
                (_, step) if !torque => format!("{from}-{last}:{step}"),
                _ => return None,
            })
        }
        Domain::List(values) if dialect == Dialect::Slurm || dialect == Dialect::Pbs && torque => {
            let numbers: Vec<i64> = values.iter().map(|value| value.parse().ok()).collect::<Option<_>>()?;
            let rising = numbers.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
            let plain =
                numbers.iter().zip(values).all(|(n, value)| n.to_string() == *value && (0..=999_999_999).contains(n));
            (rising && plain && values.len() > 1).then(|| values.join(","))
        }
        _ => None,
    }
}
