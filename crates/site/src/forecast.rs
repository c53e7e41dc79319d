//! A forecast of space: what the kept states and the results of a plan will take, as far as sizes are known, and what that
//! leaves of the quota for the work.

use pelago_grid::{Grid, Job};
use pelago_job::{Bytes, GroupNo, Role};
use pelago_plan::Plan;
use pelago_wire::view::GroupView;
use serde::Serialize;

/// What a plan will take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// States that survive their readers.
    pub kept: u64,
    /// Bytes that those take.
    pub kept_bytes: u64,
    /// Bytes of those among them that never give way.
    pub firm_bytes: u64,
    /// Results that come home.
    pub results: u64,
    /// Bytes that those take, outside the quota.
    pub result_bytes: u64,
    /// Bytes that one step needs, the largest known.
    pub step: u64,
    /// Bytes that the quota leaves for the work beside all kept states; absent without a quota.
    pub left: Option<u64>,
    /// The quota.
    pub quota: Option<u64>,
    /// A quota that would hold all kept states with every slot at work.
    pub enough: u64,
    /// Whether sizes are bounds that the plan declares, and not what tasks have made.
    pub declared: bool,
}

/// The mean size of each output of a group, once some of its tasks have ended well.
///
/// What a task makes together is known; where it makes several files, those that are live tell how it is divided.
pub fn output_sizes(grid: &Grid, job: &Job, number: GroupNo) -> Vec<Option<u64>> {
    let outputs = job.submitted.experiment.group(number).map_or(0, |group| group.outputs.len());
    let stats = job.group(number).map(|group| group.stats).unwrap_or_default();
    let Some(together) = stats.made.checked_div(stats.good) else { return vec![None; outputs] };
    if outputs <= 1 {
        return vec![Some(together); outputs];
    }
    let mut live = vec![(0u64, 0u64); outputs];
    for (file, row) in grid.files_of(job.id()).filter(|(file, row)| file.task.group == number && row.is_there()) {
        if let Some((count, bytes)) = live.get_mut(usize::from(file.output)) {
            *count += 1;
            *bytes += row.made.size.0;
        }
    }
    let known: Vec<Option<u64>> = live.iter().map(|(count, bytes)| bytes.checked_div(*count)).collect();
    let open = known.iter().filter(|size| size.is_none()).count() as u64;
    let rest = together.saturating_sub(known.iter().flatten().sum());
    known.into_iter().map(|size| size.or_else(|| rest.checked_div(open))).collect()
}

impl Forecast {
    /// Whether a plan keeps any states: without them there is nothing to foresee, whatever is learned.
    pub fn is_of_use(plan: &Plan) -> bool {
        plan.experiment().groups.iter().enumerate().filter(|(_, group)| group.role != Role::Event).any(
            |(number, group)| {
                let kept = |output| plan.survivors(GroupNo(number as u16), output as u16);
                (0..group.outputs.len()).filter_map(kept).any(|survivors| survivors.firm + survivors.by_rule > 0)
            },
        )
    }

    /// What a plan will take, with what tasks of groups of these names have taught. `None` if nothing is kept, or if too
    /// little is known.
    pub fn of(plan: &Plan, learned: &[GroupView], quota: Option<u64>, slots: u64) -> Option<Forecast> {
        let mut all = Forecast { quota, ..Forecast::default() };
        for (number, group) in plan.experiment().groups.iter().enumerate().filter(|(_, g)| g.role != Role::Event) {
            let number = GroupNo(number as u16);
            let known = learned.iter().find(|view| view.name == group.name);
            let declared = group.limits.disk.map(|disk| disk.0);
            all.step = all.step.max(known.and_then(|view| view.step_bytes).or(declared).unwrap_or_default());
            for output in 0..group.outputs.len() {
                let survivors = plan.survivors(number, output as u16)?;
                let results = plan.census(number, output as u16)?.results;
                let size = known.and_then(|view| view.output_bytes.get(output).copied().flatten());
                all.declared |= size.is_none();
                let size = match size.or(declared) {
                    Some(size) => size,
                    None if survivors.firm + survivors.by_rule == 0 => continue,
                    None => return None,
                };
                all.kept += survivors.firm + survivors.by_rule;
                all.kept_bytes = all.kept_bytes.saturating_add(survivors.by_rule.saturating_mul(size));
                all.firm_bytes = all.firm_bytes.saturating_add(survivors.firm.saturating_mul(size));
                all.results += results;
                all.result_bytes = all.result_bytes.saturating_add(results.saturating_mul(size));
            }
        }
        all.kept_bytes = all.kept_bytes.saturating_add(all.firm_bytes);
        all.left = quota.map(|quota| quota.saturating_sub(all.kept_bytes));
        // A step for each slot with the states that wait beside it, and the one in reserve.
        all.enough = rounded(all.kept_bytes.saturating_add(all.step.saturating_mul(2 * slots + 1)));
        (all.kept > 0).then_some(all)
    }

    /// Whether the work has less room than it needs when all kept states are there.
    pub fn is_tight(&self) -> bool {
        self.left.is_some_and(|left| left < self.step.saturating_mul(2))
    }

    /// In a sentence or two.
    pub fn words(&self) -> String {
        let most = if self.declared { "at most" } else { "about" };
        let mut text = format!("{} kept states take {most} {} if all tasks run", self.kept, Bytes(self.kept_bytes));
        if self.results > 0 {
            text.push_str(&format!("; {} results, {most} {}, come home", self.results, Bytes(self.result_bytes)));
        }
        let (Some(quota), Some(left)) = (self.quota, self.left) else { return text };
        let enough = Bytes(self.enough).to_string().replace(' ', "");
        let (quota, step) = (Bytes(quota), Bytes(self.step));
        match () {
            () if !self.is_tight() => text.push_str(&format!(
                "; of the quota of {quota} that leaves {} for the work, which takes up to {step} a task",
                Bytes(left)
            )),
            () if self.firm_bytes.saturating_add(self.step.saturating_mul(2)) > quota.0 => text.push_str(&format!(
                "; {} of that is kept in any case and does not fit into the quota of {quota} beside the work, {step} a \
                 task: it stops when the quota is full. `--quota {enough}` holds all; what `keep every N` keeps gives way",
                Bytes(self.firm_bytes)
            )),
            () => text.push_str(&format!(
                "; the quota of {quota} does not hold them all beside the work, which takes up to {step} a task: the oldest \
                 of each chain give way as it fills. `--quota {enough}` holds all"
            )),
        }
        text
    }
}

/// Rounded up to two digits, to be typed.
fn rounded(bytes: u64) -> u64 {
    let mut unit = 1u64;
    while bytes / unit >= 100 {
        unit = unit.saturating_mul(10);
    }
    bytes.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_to_be_typed_has_two_digits_and_is_never_less() {
        assert_eq!([0, 7, 99, 101, 123_456, 990_001].map(rounded), [0, 7, 99, 110, 130_000, 1_000_000]);
    }

    #[test]
    fn what_does_not_fit_says_what_would() {
        let fits = Forecast {
            kept: 10,
            kept_bytes: 1_000,
            step: 100,
            quota: Some(5_000),
            left: Some(4_000),
            ..Default::default()
        };
        assert!(!fits.is_tight() && fits.words().contains("leaves 4.0 kB for the work"), "{}", fits.words());
        let tight = Forecast { quota: Some(1_100), left: Some(100), enough: 1_500, ..fits };
        assert!(
            tight.is_tight() && tight.words().contains("give way") && tight.words().contains("--quota 1.5kB"),
            "{}",
            tight.words()
        );
        let firm = Forecast { firm_bytes: 1_000, ..tight };
        assert!(firm.words().contains("it stops"), "{}", firm.words());
    }
}
