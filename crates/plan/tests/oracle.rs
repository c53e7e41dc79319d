//! A slow and obvious oracle: list all tasks and names of small experiments, and compare what the plan says.

mod build;

use build::{Plans, input, output};
use pelago_job::name::Values;
use pelago_job::{
    Domain, Event, Experiment, Expr, GroupNo, Hook, NameError, Order, ParamNo, Piece, Role, Rows, Template,
};
use pelago_plan::{Plan, PlanError, Source, map_index};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A task: group, index.
type Task = (usize, u64);

/// Tasks that read a file, each with the number of the input.
type Readers = Vec<(GroupNo, u64, usize)>;

/// A task as the oracle lists it.
#[derive(Clone, Debug)]
struct Listed {
    group: usize,
    index: u64,
    values: BTreeMap<u16, u64>,
    before: Option<BTreeMap<u16, u64>>,
    chained_to: Option<Task>,
}

struct Oracle<'a> {
    experiment: &'a Experiment,
    tasks: Vec<Listed>,
}

struct Filling<'a>(&'a Experiment, &'a Listed);

impl Filling<'_> {
    fn text(&self, values: &BTreeMap<u16, u64>, param: ParamNo) -> Cow<'_, str> {
        self.0.parameters[param.0 as usize].domain.text(values.get(&param.0).copied().unwrap_or(0))
    }
}

impl Values for Filling<'_> {
    fn text(&self, param: ParamNo) -> Cow<'_, str> {
        self.text(&self.1.values, param)
    }
    fn previous(&self, param: ParamNo) -> Option<Cow<'_, str>> {
        self.1.before.as_ref().map(|values| self.text(values, param))
    }
    fn number(&self) -> u64 {
        self.1.index + 1
    }
}

impl<'a> Oracle<'a> {
    fn new(experiment: &'a Experiment) -> Self {
        let mut tasks: Vec<Listed> = Vec::new();
        for (group, declared) in experiment.groups.iter().enumerate().filter(|(_, g)| g.role != Role::Event) {
            let rows = experiment.rows.as_ref().filter(|_| declared.parameters.contains(&ParamNo(0)));
            let covered = rows.map_or(0, |rows| rows.variables);
            let mut crossing: Vec<BTreeMap<u16, u64>> = match rows {
                Some(rows) => {
                    let row = |row: &Vec<u32>| (0u16..).zip(row).map(|(p, at)| (p, u64::from(*at))).collect();
                    rows.rows.iter().map(row).collect()
                }
                None => vec![BTreeMap::new()],
            };
            let product = |list: Vec<BTreeMap<u16, u64>>, param: &ParamNo| -> Vec<BTreeMap<u16, u64>> {
                let len = experiment.parameters[param.0 as usize].domain.len();
                let with = |values: &BTreeMap<u16, u64>, at| {
                    let mut values = values.clone();
                    values.insert(param.0, at);
                    values
                };
                list.iter().flat_map(|values| (0..len).map(move |at| with(values, at))).collect()
            };
            for param in declared.parameters.iter().filter(|p| p.0 >= covered) {
                crossing = product(crossing, param);
            }
            let mut index = 0;
            for base in crossing {
                let mut before: Option<BTreeMap<u16, u64>> = None;
                let mut chain = vec![base];
                for param in &declared.seqameters {
                    chain = product(chain, param);
                }
                for values in chain {
                    let chained_to = before.as_ref().map(|_| (group, index - 1));
                    tasks.push(Listed { group, index, values: values.clone(), before, chained_to });
                    before = Some(values);
                    index += 1;
                }
            }
        }
        let mut events: BTreeMap<usize, u64> = BTreeMap::new();
        for (writer, declared) in experiment.groups.iter().enumerate() {
            for hook in declared.outputs.iter().flat_map(|output| &output.hooks) {
                let of: Vec<Listed> = tasks.iter().filter(|task| task.group == writer).cloned().collect();
                for task in of {
                    let index = events.entry(hook.group.0 as usize).or_default();
                    tasks.push(Listed { group: hook.group.0 as usize, index: *index, chained_to: None, ..task });
                    *index += 1;
                }
            }
        }
        Self { experiment, tasks }
    }

    fn fill(&self, task: &Listed, template: &Template) -> Result<String, NameError> {
        template.fill(&Filling(self.experiment, task))
    }

    /// All (name, writer, output); names may repeat.
    fn made(&self) -> Vec<(String, Task, u16)> {
        let mut made = Vec::new();
        for task in &self.tasks {
            for (number, output) in (0u16..).zip(&self.experiment.groups[task.group].outputs) {
                if let Ok(name) = self.fill(task, &output.name) {
                    made.push((name, (task.group, task.index), number));
                }
            }
        }
        made
    }

    /// The sources of the inputs of every task.
    fn sources(&self) -> BTreeMap<Task, Vec<(usize, Source, String)>> {
        let made: BTreeMap<String, (Task, u16)> =
            self.made().into_iter().map(|(name, task, output)| (name, (task, output))).collect();
        let mut sources: BTreeMap<Task, Vec<(usize, Source, String)>> = BTreeMap::new();
        for task in &self.tasks {
            let list = sources.entry((task.group, task.index)).or_default();
            for (number, input) in self.experiment.groups[task.group].inputs.iter().enumerate() {
                let Ok(name) = self.fill(task, &input.name) else { continue };
                let source = match made.get(&name) {
                    Some(_) if input.found => continue,
                    Some(((group, index), output)) => {
                        Source::Task { group: GroupNo(*group as u16), index: *index, output: *output }
                    }
                    None => Source::Root,
                };
                list.push((number, source, name));
            }
        }
        sources
    }

    /// What each task waits for.
    fn needs(&self) -> BTreeMap<Task, BTreeSet<Task>> {
        let sources = self.sources();
        let mut needs: BTreeMap<Task, BTreeSet<Task>> = BTreeMap::new();
        for task in &self.tasks {
            let entry = needs.entry((task.group, task.index)).or_default();
            entry.extend(task.chained_to);
            for (_, source, _) in &sources[&(task.group, task.index)] {
                if let Source::Task { group, index, .. } = source {
                    entry.insert((group.0 as usize, *index));
                }
            }
        }
        needs
    }

    fn has_cycle(&self) -> bool {
        let needs = self.needs();
        let mut done: BTreeSet<Task> = BTreeSet::new();
        loop {
            let next: Vec<Task> =
                needs.iter().filter(|(t, n)| !done.contains(*t) && n.is_subset(&done)).map(|(t, _)| *t).collect();
            if next.is_empty() {
                return done.len() < needs.len();
            }
            done.extend(next);
        }
    }

    /// Whether some task reads from a later one of a group.
    fn has_forward(&self) -> bool {
        self.needs().iter().any(|(task, needs)| needs.iter().any(|need| need.1 > task.1))
    }
}

fn domain() -> impl Strategy<Value = Domain> {
    prop_oneof![
        6 => (-1i64..4, prop_oneof![Just(1i64), Just(1), Just(2), Just(-1), Just(-2)], 1u64..5)
            .prop_map(|(from, step, count)| Domain::Integers { from, step, count }),
        1 => (-2i64..3, prop_oneof![Just(5i64), Just(10), Just(-5)], 1u64..4, any::<bool>())
            .prop_map(|(from, step, count, point)| Domain::Decimals { from: from * 5, step, scale: 1, count, point }),
        2 => proptest::sample::subsequence(vec!["a", "b", "ab", "1", "2", "-1", "02", ".a", "a.1"], 1..4)
            .prop_map(|texts| Domain::List(texts.into_iter().map(String::from).collect())),
    ]
}

/// A hole, as a seed that is turned into a piece when the group's parameters are known.
fn hole(seed: u8, param: ParamNo, shift: i64) -> Piece {
    let number = |a: i64, b: i64| {
        let product = Expr::Mul(Box::new(Expr::Int(a)), Box::new(Expr::Param(param)));
        Piece::Arith(Expr::Add(Box::new(product), Box::new(Expr::Int(b))))
    };
    match seed {
        0..8 => Piece::Param(param),
        8..14 => number(1, shift),
        14 => number(2, shift),
        15 => number(-1, shift),
        17 => Piece::JobIndex,
        16 => Piece::Arith(Expr::Sub(Box::new(Expr::Prev(param)), Box::new(Expr::Int(shift)))),
        _ => Piece::Prev(param),
    }
}

#[derive(Clone, Debug)]
struct Draft {
    domains: Vec<(Domain, bool)>,
    rows: Option<Vec<(u32, u32)>>,
    groups: Vec<DraftGroup>,
    event: Option<(bool, bool)>,
}

/// Kinds and shifts.
type Holes = Vec<(u8, i64)>;

#[derive(Clone, Debug)]
struct DraftGroup {
    params: u8,
    /// Separator, first word, whether the second parameter is left out, shift and kind of the holes.
    outputs: Vec<(u8, u8, bool, u8, i64)>,
    /// Group and output that the input is like, hole seeds, shifts, and whether it was found as a word.
    inputs: Vec<(u8, u8, Holes, u8)>,
}

/// Mostly back by one, as chains do.
fn shift() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(-1i64), 1 => Just(-2i64), 1 => Just(0i64), 2 => Just(1i64), 1 => Just(2i64)]
}

fn draft() -> impl Strategy<Value = Draft> {
    let output = (0u8..10, 0u8..6, proptest::bool::weighted(0.05), 0u8..10, -1i64..2);
    let input = (0u8..4, 0u8..3, proptest::collection::vec((0u8..20, shift()), 4), 0u8..12);
    let group = (0u8..16, proptest::collection::vec(output, 1..3), proptest::collection::vec(input, 0..3))
        .prop_map(|(params, outputs, inputs)| DraftGroup { params, outputs, inputs });
    (
        proptest::collection::vec((domain(), any::<bool>()), 1..4),
        proptest::option::weighted(0.2, proptest::collection::vec((0u32..4, 0u32..4), 1..5)),
        proptest::collection::vec(group, 1..4),
        proptest::option::weighted(0.3, (any::<bool>(), any::<bool>())),
    )
        .prop_map(|(domains, rows, groups, event)| Draft { domains, rows, groups, event })
}

fn experiment(draft: &Draft) -> Experiment {
    let mut plans = Plans::new();
    for (number, (domain, chain)) in draft.domains.iter().enumerate() {
        let in_rows = draft.rows.is_some() && number < 2;
        let order = if *chain && !in_rows { Order::Chain } else { Order::Cross };
        plans.parameter(&format!("p{number}"), order, domain.clone());
    }
    let all = draft.domains.len();
    if let (Some(rows), true) = (&draft.rows, all >= 2) {
        let len = |number: usize| draft.domains[number].0.len() as u32;
        let rows = rows.iter().map(|(a, b)| vec![a % len(0), b % len(1)]).collect();
        plans.0.rows = Some(Rows { variables: 2, rows });
    }
    let chained: Vec<bool> = plans.0.parameters.iter().map(|p| p.order == Order::Chain).collect();
    for (number, group) in draft.groups.iter().enumerate() {
        let mut mine: Vec<ParamNo> = (0..all as u16).filter(|p| group.params >> p & 1 == 0).map(ParamNo).collect();
        if plans.0.rows.is_some() && mine.iter().any(|p| p.0 < 2) {
            mine.retain(|p| p.0 >= 2);
            mine.splice(0..0, [ParamNo(0), ParamNo(1)]);
        }
        let (seq, cross): (Vec<ParamNo>, Vec<ParamNo>) = mine.iter().partition(|p| chained[p.0 as usize]);
        let role = if number == 0 { Role::Main } else { Role::Other };
        plans.group(&format!("g{number}"), role, &cross, &seq);
        for (separator, word, short, seed, shift) in &group.outputs {
            let text = |text: &str| Piece::Text(text.into());
            let mut pieces = vec![text(["a", "b", "a.", "c-", "1", "x"][*word as usize])];
            for (place, param) in mine.iter().enumerate() {
                if *short && place == 1 {
                    continue;
                }
                match separator {
                    0..7 => pieces.push(text(".")),
                    7 => pieces.push(text("-")),
                    8 => pieces.push(text("a")),
                    _ => {}
                }
                let kind = match (place, *word) {
                    (0, 5) => 17,
                    (0, _) => *seed,
                    _ => 0,
                };
                pieces.push(hole(kind, *param, *shift));
            }
            if *seed % 2 == 1 {
                pieces.push(text(".z"));
            }
            plans.0.groups[number].outputs.push(output(Template(pieces)));
        }
    }
    let outputs: Vec<Vec<Template>> =
        plans.0.groups.iter().map(|g| g.outputs.iter().map(|o| o.name.clone()).collect()).collect();
    for (number, group) in draft.groups.iter().enumerate() {
        for (of, which, holes, kind) in &group.inputs {
            let of = &outputs[*of as usize % outputs.len()];
            let like = &of[*which as usize % of.len()];
            let mut seeds = holes.iter().cycle();
            let declared = &plans.0.groups[number];
            let knows = |p: &ParamNo| declared.parameters.contains(p) || declared.seqameters.contains(p);
            let single = |p: &ParamNo| plans.0.parameters[p.0 as usize].domain.len() == 1;
            let pieces = like.0.iter().map(|piece| match piece {
                Piece::Text(text) => Piece::Text(text.clone()),
                other => {
                    let (seed, shift) = seeds.next().copied().unwrap_or((0, 0));
                    let Some(mut param) = Template(vec![other.clone()]).params().first().copied() else {
                        return if seed % 4 == 0 { Piece::Text((shift + 2).to_string()) } else { Piece::JobIndex };
                    };
                    // Now and then another parameter, or a number.
                    if seed == 7 {
                        param = ParamNo((param.0 + 1) % all as u16);
                    }
                    if seed == 6 || !(knows(&param) || single(&param)) {
                        return Piece::Text((shift + 2).to_string());
                    }
                    let previous = seed >= 16 && seed != 17;
                    // A word with arithmetic that has no result is no file at all.
                    let seed = if *kind == 0 && (8..17).contains(&seed) { 0 } else { seed };
                    let seed = if previous && !declared.seqameters.contains(&param) { 0 } else { seed };
                    hole(seed, param, shift)
                }
            });
            let mut read = input(Template(pieces.collect()));
            read.found = *kind == 0;
            plans.0.groups[number].inputs.push(read);
        }
    }
    if let Some((twice, named)) = draft.event {
        let event = GroupNo(plans.0.groups.len() as u16);
        plans.0.groups[0].outputs[0].hooks.push(Hook { event: Event::Create, group: event });
        if twice && let Some(last) = plans.0.groups.last_mut().and_then(|g| g.outputs.last_mut()) {
            last.hooks.push(Hook { event: Event::Copy, group: event });
        }
        let fl = plans.group("fl", Role::Event, &[], &[]);
        // What a task makes it cannot read.
        if named && !twice {
            fl.inputs.push(input(Template::literal("note")));
        }
    }
    plans.0
}

fn compare(experiment: Experiment) -> Result<&'static str, TestCaseError> {
    let oracle = Oracle::new(&experiment);
    let shared = Arc::new(experiment.clone());
    let made = oracle.made();
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<&String> = made.iter().filter(|(name, ..)| !seen.insert(name)).map(|(n, ..)| n).collect();
    let plan = match Plan::compile(shared) {
        Ok(plan) => plan,
        Err(errors) => {
            let mut kind = "other";
            for error in &errors {
                kind = match error {
                    PlanError::SameFile { name, .. } | PlanError::SameName { name, .. } => {
                        prop_assert!(repeated.contains(name), "{} but names are {:?}", error, made);
                        "same"
                    }
                    PlanError::Cycle { .. } => {
                        prop_assert!(oracle.has_cycle(), "{}", error);
                        "cycle"
                    }
                    PlanError::Forward { .. } => {
                        prop_assert!(oracle.has_forward(), "{}", error);
                        "forward"
                    }
                    PlanError::NotIntegers { .. } | PlanError::SameValue { .. } => "values",
                    other => return Err(TestCaseError::fail(format!("{other}"))),
                };
            }
            let ordered = errors.iter().all(|e| matches!(e, PlanError::Forward { .. } | PlanError::Cycle { .. }));
            if ordered && oracle.has_cycle() {
                prop_assert!(errors.iter().any(|error| matches!(error, PlanError::Cycle { .. })), "{:?}", errors);
            }
            return Ok(kind);
        }
    };
    prop_assert!(repeated.is_empty(), "not refused: {:?}", repeated);
    prop_assert!(!oracle.has_cycle(), "cycle not refused");
    let sources = oracle.sources();
    let mut readers: BTreeMap<(Task, u16), Readers> = BTreeMap::new();
    let mut roots: BTreeSet<String> = BTreeSet::new();
    for task in &oracle.tasks {
        let group = GroupNo(task.group as u16);
        let positions: BTreeMap<u16, u64> = plan.positions(group, task.index).map(|(p, at)| (p.0, at)).collect();
        prop_assert_eq!(&positions, &task.values);
        let labels = plan.labels(group, task.index);
        let same = |other: &&Listed| other.group == task.group && plan.labels(group, other.index) == labels;
        let alike: Vec<u64> = oracle.tasks.iter().filter(same).map(|other| other.index).collect();
        if let [only] = alike.as_slice() {
            prop_assert_eq!(plan.index_of(group, &labels), Some(*only));
        }
        let mut given = Vec::new();
        plan.inputs(group, task.index, &mut |number, source| given.push((number, source)));
        let expected = &sources[&(task.group, task.index)];
        prop_assert_eq!(&given, &expected.iter().map(|(n, s, _)| (*n, *s)).collect::<Vec<_>>(), "{:?}", task);
        for (number, source, name) in expected {
            let declared = &experiment.groups[task.group].inputs[*number];
            match source {
                Source::Task { group: writer, index, output } => readers
                    .entry(((writer.0 as usize, *index), *output))
                    .or_default()
                    .push((group, task.index, *number)),
                Source::Root if !declared.found => drop(roots.insert(name.clone())),
                Source::Root => {}
            }
        }
    }
    let mut counted: BTreeMap<(usize, u16), (u64, u64)> = BTreeMap::new();
    for (_, task, output) in &made {
        let group = GroupNo(task.0 as u16);
        let mut given = Vec::new();
        plan.readers(group, task.1, *output, &mut |group, index, number| given.push((group, index, number)));
        given.sort_unstable();
        let mut expected = readers.remove(&(*task, *output)).unwrap_or_default();
        expected.sort_unstable();
        prop_assert_eq!(&given, &expected, "readers of {:?} {}", task, output);
        prop_assert_eq!(plan.reader_count(group, task.1, *output), expected.len() as u64);
        prop_assert_eq!(plan.is_result(group, task.1, *output), expected.is_empty());
        if !expected.is_empty() {
            prop_assert!(!plan.never_read(group, *output));
        }
        let count = counted.entry((task.0, *output)).or_default();
        *(if expected.is_empty() { &mut count.1 } else { &mut count.0 }) += 1;
    }
    for ((group, output), (states, results)) in counted {
        let census = plan.census(GroupNo(group as u16), output);
        prop_assert_eq!(census.map(|c| (c.states, c.results)), Some((states, results)), "{} {}", group, output);
    }
    let found = plan.root_names(10_000);
    prop_assert!(found.complete);
    prop_assert_eq!(found.names, roots);
    for number in 0..experiment.groups.len() as u16 {
        let size = oracle.tasks.iter().filter(|task| task.group == number as usize).count() as u64;
        prop_assert_eq!(plan.size(GroupNo(number)), size);
        prop_assert!(plan.preview(GroupNo(number)).is_some());
    }
    Ok("accepted")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_plan_says_what_listing_says(draft in draft()) {
        compare(experiment(&draft))?;
    }

    #[test]
    fn plans_overlap_where_their_labels_are_equal(
        domains in proptest::collection::vec((domain(), domain(), any::<bool>()), 1..4), swapped in any::<bool>(),
    ) {
        let plan = |new: bool| {
            let mut plans = Plans::new();
            for (number, (one, other, chain)) in domains.iter().enumerate() {
                let order = if *chain { Order::Chain } else { Order::Cross };
                plans.parameter(&format!("p{number}"), order, if new { other.clone() } else { one.clone() });
            }
            if swapped && new {
                plans.0.parameters.reverse();
            }
            let all = (0..domains.len() as u16).map(ParamNo);
            let chained = |p: &ParamNo| plans.0.parameters[p.0 as usize].order == Order::Chain;
            let (seq, cross): (Vec<ParamNo>, Vec<ParamNo>) = all.partition(chained);
            plans.group("main", Role::Main, &cross, &seq);
            plans.plan().unwrap()
        };
        let (old, new, main) = (plan(false), plan(true), GroupNo(0));
        let labels = |plan: &Plan, index| {
            let mut labels = plan.labels(main, index);
            labels.sort_unstable();
            labels
        };
        let known: BTreeMap<Vec<(String, String)>, u64> = (0..old.size(main)).map(|i| (labels(&old, i), i)).collect();
        let expected: Vec<(u64, u64)> =
            (0..new.size(main)).filter_map(|i| Some((i, *known.get(&labels(&new, i))?))).collect();
        let map = map_index(&old, main, &new, main).unwrap();
        let runs: Vec<_> = map.runs().collect();
        let given: Vec<(u64, u64)> =
            runs.iter().flat_map(|run| (0..run.len).map(|i| (run.new + i, run.old + i))).collect();
        prop_assert_eq!(given, expected);
        for pair in runs.windows(2) {
            prop_assert!(pair[0].new + pair[0].len != pair[1].new || pair[0].old + pair[0].len != pair[1].old);
        }
    }
}

/// The drafts are of use only if many of them are accepted, and each kind of refusal happens.
#[test]
fn drafts_reach_every_verdict() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut edges = 0;
    for _ in 0..1500 {
        let Ok(tree) = draft().new_tree(&mut runner) else { continue };
        let experiment = experiment(&tree.current());
        let needs = Oracle::new(&experiment).needs();
        let verdict = compare(experiment).unwrap_or("failed");
        if verdict == "accepted" {
            edges += needs.values().map(BTreeSet::len).sum::<usize>();
        }
        *verdicts.entry(verdict).or_default() += 1;
    }
    for kind in ["accepted", "same", "cycle", "forward"] {
        assert!(verdicts.get(kind).is_some_and(|many| *many >= 5), "{verdicts:?}, {edges} edges");
    }
    assert!(edges > 1500, "{edges}");
}
