//! Figure 4 of the seed at full size: 90 chains of 252 months.

mod build;

use build::{Plans, arith, input, output, template};
use pelago_job::{Domain, Event, Expr, GroupNo, Hook, Order, ParamNo, Role};
use pelago_plan::{Census, Plan, Run, Source, map_index};
use std::collections::BTreeMap;

const MAIN: GroupNo = GroupNo(0);
const FL: GroupNo = GroupNo(1);

fn figure4(chains: u64, months: u64) -> Plan {
    let mut plans = Plans::new();
    let p = plans.parameter("exprnr", Order::Cross, Domain::Integers { from: 1, step: 1, count: chains });
    let t = plans.parameter("timestep", Order::Chain, Domain::Integers { from: 1, step: 1, count: months });
    let before = arith(Expr::Sub(Box::new(Expr::Param(t)), Box::new(Expr::Int(1))));
    let main = plans.group("main", Role::Main, &[p], &[t]);
    main.inputs.push(input(template(["cms.".into(), p.into(), ".".into(), before, ".tar.gz".into()])));
    main.inputs.push(input(template(["vf_ccam.".into(), t.into()])));
    let mut made = output(template(["cms.".into(), p.into(), ".".into(), t.into(), ".tar.gz".into()]));
    made.hooks.push(Hook { event: Event::Create, group: FL });
    main.outputs.push(made);
    plans.group("fl", Role::Event, &[], &[]);
    plans.plan().unwrap()
}

#[test]
fn the_numbers_of_the_paper() {
    let plan = figure4(90, 252);
    assert_eq!((plan.size(MAIN), plan.chains(MAIN), plan.chain_len(MAIN)), (22_680, 90, 252));
    assert_eq!((plan.size(FL), plan.chain_len(FL), plan.total()), (22_680, 1, 45_360));
    assert!(plan.warnings().is_empty());
    let mut roots: BTreeMap<usize, u64> = BTreeMap::new();
    let mut states = 0;
    for index in 0..plan.size(MAIN) {
        let (chain, step) = (index / 252, index % 252);
        plan.inputs(MAIN, index, &mut |number, source| match (number, step) {
            (0, 1..) => assert_eq!(source, Source::Task { group: MAIN, index: index - 1, output: 0 }),
            _ => {
                assert_eq!(source, Source::Root);
                *roots.entry(number).or_default() += 1;
            }
        });
        let mut readers = Vec::new();
        plan.readers(MAIN, index, 0, &mut |group, index, number| readers.push((group, index, number)));
        let expected = if step < 251 { vec![(MAIN, index + 1, 0)] } else { vec![] };
        assert_eq!(readers, expected);
        assert_eq!(plan.is_result(MAIN, index, 0), step == 251, "chain {chain} step {step}");
        states += plan.reader_count(MAIN, index, 0);
    }
    assert_eq!(roots, BTreeMap::from([(0, 90), (1, 22_680)]));
    assert_eq!(states, 90 * 251);
}

#[test]
fn tasks_have_names_values_and_events() {
    let plan = figure4(90, 252);
    assert_eq!(plan.label(MAIN, 252 + 4), "main(exprnr=2, timestep=5)");
    assert_eq!(plan.index_of(MAIN, &[("timestep", "5"), ("exprnr", "2")]), Some(256));
    assert_eq!(plan.index_of(MAIN, &[("timestep", "5")]), None);
    assert_eq!(plan.index_of(MAIN, &[("timestep", "253"), ("exprnr", "2")]), None);
    assert_eq!(plan.labels(MAIN, 0), [("exprnr".into(), "1".into()), ("timestep".into(), "1".into())]);
    assert_eq!(plan.positions(MAIN, 256).collect::<Vec<_>>(), [(ParamNo(0), 1), (ParamNo(1), 4)]);
    let name = &plan.experiment().groups[0].outputs[0].name;
    assert_eq!(plan.fill(MAIN, 256, name).unwrap(), "cms.2.5.tar.gz");
    assert_eq!(plan.event_source(FL, 256), Some((MAIN, 256, 0, Event::Create)));
    assert_eq!(plan.event_index(MAIN, 256, 0, Event::Create, FL), Some(256));
    assert_eq!(plan.event_index(MAIN, 256, 0, Event::Copy, FL), None);
    assert_eq!(plan.label(MAIN, 22_680), "");
}

#[test]
fn ten_million_tasks_are_not_listed() {
    let plan = figure4(1_000_000, 10);
    assert_eq!(plan.size(MAIN), 10_000_000);
    plan.inputs(MAIN, 9_999_999, &mut |number, source| {
        let state = Source::Task { group: MAIN, index: 9_999_998, output: 0 };
        assert_eq!(source, if number == 0 { state } else { Source::Root });
    });
    assert_eq!(plan.reader_count(MAIN, 9_999_998, 0), 1);
    assert!(plan.is_result(MAIN, 9_999_999, 0));
}

#[test]
fn the_experiment_directory_must_hold_342_files() {
    let roots = figure4(90, 252).root_names(100_000);
    assert!(roots.complete);
    let states: Vec<_> = roots.names.iter().filter(|name| name.starts_with("cms.")).collect();
    assert_eq!(states.len(), 90);
    assert!(states.iter().all(|name| name.ends_with(".0.tar.gz")));
    assert_eq!(roots.names.iter().filter(|name| name.starts_with("vf_ccam.")).count(), 252);
    assert_eq!(roots.names.len(), 342);

    let few = figure4(90, 252).root_names(10);
    assert_eq!((few.names.len(), few.complete), (10, false));
    // The budget of a search is spent on names, not on tasks: 10,000,000 tasks, 1,000 + 10,000 names.
    let wide = figure4(1_000, 10_000).root_names(20_000);
    assert_eq!((wide.names.len(), wide.complete), (11_000, true));
}

#[test]
fn results_and_states_are_counted_without_a_list() {
    let plan = figure4(1_000_000, 10);
    assert_eq!(plan.census(MAIN, 0), Some(Census { states: 9_000_000, results: 1_000_000 }));
    let preview = figure4(90, 252).preview(MAIN).unwrap();
    assert_eq!(preview.outputs[0].census, Some(Census { states: 90 * 251, results: 90 }));
    assert_eq!(
        preview.edges,
        [
            "main(exprnr, timestep) runs in the order of timestep",
            "main(exprnr, timestep) reads main(exprnr, timestep-1)",
            "main(exprnr, timestep) reads vf_ccam.${timestep} from the experiment directory",
        ]
    );
    let first = preview.first.unwrap();
    assert_eq!(first.inputs, [("cms.1.0.tar.gz".to_string(), None), ("vf_ccam.1".to_string(), None)]);
    assert_eq!(first.outputs, ["cms.1.1.tar.gz"]);
    let events = figure4(90, 252).preview(FL).unwrap();
    assert_eq!(events.edges, ["fl runs when cms.${exprnr}.${timestep}.tar.gz of main is made"]);
}

#[test]
fn an_extended_sweep_keeps_what_is_done() {
    let (old, more) = (figure4(90, 252), figure4(100, 264));
    let map = map_index(&old, MAIN, &more, MAIN).unwrap();
    let runs: Vec<Run> = map.runs().collect();
    assert_eq!(runs.len(), 90);
    assert_eq!(runs[1], Run { new: 264, old: 252, len: 252 });
    for run in &runs {
        assert_eq!(old.labels(MAIN, run.old), more.labels(MAIN, run.new));
    }
    // The same chains, more of them: one run.
    let longer = figure4(100, 252);
    let runs: Vec<Run> = map_index(&old, MAIN, &longer, MAIN).unwrap().runs().collect();
    assert_eq!(runs, [Run { new: 0, old: 0, len: 22_680 }]);
    let events: Vec<Run> = map_index(&old, FL, &more, FL).unwrap().runs().collect();
    assert_eq!(events.len(), 90);
    let (old, more) = (figure4(1_000_000, 10), figure4(1_000_000, 11));
    assert_eq!(map_index(&old, MAIN, &more, MAIN).unwrap().runs().map(|run| run.len).sum::<u64>(), 10_000_000);
}
