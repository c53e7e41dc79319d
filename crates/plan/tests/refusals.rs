//! What is refused, and that the message gives an example by name and the mend; and what looks alike but is accepted.

mod build;

use build::{Plans, affine, arith, input, output, prev, template};
use pelago_job::{Domain, Event, Expr, GroupNo, Hook, Order, ParamNo, Role, Rows};
use pelago_plan::Source;

/// One group over a crossing and a chaining parameter, which reads what `input` says.
fn chain(steps: u64, shift: i64) -> Plans {
    let mut plans = Plans::new();
    let p = plans.range("p", Order::Cross, 3);
    let t = plans.range("t", Order::Chain, steps);
    let main = plans.group("main", Role::Main, &[p], &[t]);
    main.inputs.push(input(template(["cms.".into(), p.into(), ".".into(), affine(1, t, shift), ".tar.gz".into()])));
    main.outputs.push(output(template(["cms.".into(), p.into(), ".".into(), t.into(), ".tar.gz".into()])));
    plans
}

#[test]
fn a_forward_input_in_a_chain_is_a_cycle_by_file_names() {
    // Small spaces are listed; large ones are decided by their shape and searched for an example.
    for steps in [12, 1_000_000] {
        let text = chain(steps, 1).refused();
        assert_eq!(
            text,
            "these tasks wait for one another: cms.1.1.tar.gz needs cms.1.2.tar.gz, which needs cms.1.1.tar.gz \
             (the task before it in its chain); a task may read only what earlier tasks make"
        );
    }
    assert!(chain(12, 0).refused().contains("cms.1.1.tar.gz needs cms.1.1.tar.gz;"));
    for shift in [-1, -2, -12, 12, 100] {
        assert_eq!(chain(12, shift).refused(), "");
    }
}

#[test]
fn reading_a_later_task_of_no_chain_is_refused_as_such() {
    for count in [20, 10_000_000] {
        let mut plans = Plans::new();
        let x = plans.range("x", Order::Cross, count);
        let main = plans.group("main", Role::Main, &[x], &[]);
        main.inputs.push(input(template(["f.".into(), affine(1, x, 1)])));
        main.outputs.push(output(template(["f.".into(), x.into()])));
        let text = plans.refused();
        assert!(text.starts_with("`main(x=1)` needs `f.2`, which the later `main(x=2)` makes"), "{text}");
    }
}

#[test]
fn scaled_shifts_are_decided_at_their_ends() {
    let plan = |from: i64, a: i64, b: i64| {
        let mut plans = Plans::new();
        let x = plans.parameter("x", Order::Cross, Domain::Integers { from, step: 1, count: 1_000_000 });
        let main = plans.group("main", Role::Main, &[x], &[]);
        main.inputs.push(input(template(["f.".into(), affine(a, x, b)])));
        main.outputs.push(output(template(["f.".into(), x.into()])));
        plans.refused()
    };
    assert!(plan(1, 2, 0).contains("`main(x=1)` needs `f.2`"));
    assert!(plan(0, 2, 0).contains("f.0 needs f.0"));
    // -5 reads -10, -10 reads -20: always back.
    assert_eq!(plan(-1_000_000, 2, 0), "");
}

#[test]
fn coupled_groups_are_accepted_where_the_sum_goes_back() {
    let coupled = |back: i64, steps: u64| {
        let mut plans = Plans::new();
        let p = plans.range("p", Order::Cross, 2);
        let t = plans.range("t", Order::Chain, steps);
        for (mine, theirs, shift) in [("atmos", "ocean", back), ("ocean", "atmos", 0)] {
            let role = if mine == "atmos" { Role::Main } else { Role::Other };
            let group = plans.group(mine, role, &[p], &[t]);
            group.inputs.push(input(template([theirs.into(), ".".into(), p.into(), ".".into(), affine(1, t, shift)])));
            group.outputs.push(output(template([mine.into(), ".".into(), p.into(), ".".into(), t.into()])));
        }
        plans
    };
    for steps in [10, 5_000_000] {
        let plan = coupled(-1, steps).plan().unwrap();
        let mut sources = Vec::new();
        plan.inputs(GroupNo(0), steps + 3, &mut |_, source| sources.push(source));
        plan.inputs(GroupNo(1), steps + 3, &mut |_, source| sources.push(source));
        let task = |group, index| Source::Task { group: GroupNo(group), index, output: 0 };
        assert_eq!(sources, [task(1, steps + 2), task(0, steps + 3)]);
        assert!(plan.is_result(GroupNo(1), steps - 1, 0) && !plan.is_result(GroupNo(0), steps - 1, 0));
        let text = coupled(0, steps).refused();
        assert!(text.contains("atmos.1.1 needs ocean.1.1, which needs atmos.1.1"), "{text}");
    }
}

#[test]
fn a_stencil_over_earlier_steps_and_earlier_neighbours_is_accepted() {
    let mut plans = Plans::new();
    let x = plans.range("x", Order::Cross, 1000);
    let t = plans.range("t", Order::Chain, 1000);
    let main = plans.group("main", Role::Main, &[x], &[t]);
    for (dx, dt) in [(-1, 0), (-1, -1), (0, -1), (-1, 1)] {
        main.inputs.push(input(template(["u.".into(), affine(1, x, dx), ".".into(), affine(1, t, dt)])));
    }
    main.outputs.push(output(template(["u.".into(), x.into(), ".".into(), t.into()])));
    let plan = plans.plan().unwrap();
    // Read by (x+1, t), (x+1, t+1), (x, t+1) and (x+1, t-1).
    assert_eq!(plan.reader_count(GroupNo(0), 5_005, 0), 4);
}

#[test]
fn a_step_may_read_both_neighbours_of_the_step_before() {
    let mut plans = Plans::new();
    let x = plans.range("x", Order::Cross, 1000);
    let t = plans.range("t", Order::Chain, 1000);
    let main = plans.group("main", Role::Main, &[x], &[t]);
    for dx in [-1, 0, 1] {
        main.inputs.push(input(template(["u.".into(), affine(1, x, dx), ".".into(), affine(1, t, -1)])));
    }
    main.outputs.push(output(template(["u.".into(), x.into(), ".".into(), t.into()])));
    let plan = plans.plan().unwrap();
    assert_eq!(plan.reader_count(GroupNo(0), 5_005, 0), 3);
}

#[test]
fn nested_seqameters_are_one_chain() {
    let mut plans = Plans::new();
    let year = plans.range("year", Order::Chain, 21);
    let month = plans.range("month", Order::Chain, 12);
    let main = plans.group("main", Role::Main, &[], &[year, month]);
    main.inputs.push(input(template(["s.".into(), prev(year), ".".into(), prev(month)])));
    main.outputs.push(output(template(["s.".into(), year.into(), ".".into(), month.into()])));
    let plan = plans.plan().unwrap();
    let main = GroupNo(0);
    assert_eq!((plan.chains(main), plan.chain_len(main)), (1, 252));
    let mut sources = Vec::new();
    plan.inputs(main, 0, &mut |_, source| sources.push(source));
    assert!(sources.is_empty(), "the first link has no previous value, so it reads nothing");
    plan.inputs(main, 12, &mut |_, source| sources.push(source));
    assert_eq!(sources, [Source::Task { group: main, index: 11, output: 0 }]);
    let name = &plan.experiment().groups[0].inputs[0].name;
    assert_eq!(plan.fill(main, 12, name).unwrap(), "s.1.12");
    assert_eq!(plan.census(main, 0).map(|census| census.results), Some(1));
    assert!(plan.root_names(100).names.is_empty());
}

#[test]
fn outputs_must_name_what_varies() {
    let mut plans = Plans::new();
    let p = plans.range("p", Order::Cross, 3);
    let t = plans.range("t", Order::Cross, 5);
    let one = plans.range("one", Order::Cross, 1);
    plans.group("main", Role::Main, &[p, t, one], &[]).outputs.push(output(template(["out.".into(), p.into()])));
    assert_eq!(
        plans.refused(),
        "`main(p=1, t=1, one=1)` and `main(p=1, t=2, one=1)` would both write `out.1`; \
         put `${t}` into the output's name"
    );
}

#[test]
fn names_that_run_into_each_other_are_told_by_example() {
    let adjacent = |from: i64, count: u64| {
        let mut plans = Plans::new();
        let x = plans.parameter("x", Order::Cross, Domain::Integers { from, step: 1, count });
        let y = plans.parameter("y", Order::Cross, Domain::Integers { from, step: 1, count });
        plans.group("main", Role::Main, &[x, y], &[]).outputs.push(output(template(["o".into(), x.into(), y.into()])));
        plans.refused()
    };
    let text = adjacent(1, 12);
    assert!(text.contains("`main(x=1, y=11)` and `main(x=11, y=1)` would both write `o111`"), "{text}");
    // All of one width, or few enough to see that they differ.
    assert_eq!(adjacent(1000, 5000), "");
    assert_eq!(adjacent(1, 9), "");
    assert!(adjacent(1, 5000).contains("cannot be decided whether two tasks write the same file"));
}

#[test]
fn two_groups_must_not_write_one_file() {
    let pair = |second: i64, count: u64| {
        let mut plans = Plans::new();
        let t = plans.range("t", Order::Cross, count);
        plans.group("main", Role::Main, &[t], &[]).outputs.push(output(template(["o.".into(), t.into()])));
        plans.group("post", Role::Other, &[t], &[]).outputs.push(output(template(["o.".into(), affine(1, t, second)])));
        plans.refused()
    };
    for count in [252, 1_000_000] {
        let shift = count as i64 - 1;
        assert_eq!(
            pair(shift, count),
            format!(
                "`main(t={count})` and `post(t=1)` would both write `o.{count}`; \
                 give the outputs `o.${{t}}` and `o.$(((1 * t) + {shift}))` names that differ"
            )
        );
        assert_eq!(pair(count as i64, count), "");
    }
}

#[test]
fn arithmetic_that_is_not_affine_is_for_results() {
    let square = |x: ParamNo| arith(Expr::Mul(Box::new(Expr::Param(x)), Box::new(Expr::Param(x))));
    let plans = |from: i64, reads: bool| {
        let mut plans = Plans::new();
        let x = plans.parameter("x", Order::Cross, Domain::Integers { from, step: 1, count: 6 });
        plans.group("main", Role::Main, &[x], &[]).outputs.push(output(template(["sq.".into(), square(x)])));
        if reads {
            plans.group("post", Role::Other, &[x], &[]).inputs.push(input(template(["sq.".into(), x.into()])));
        }
        plans.refused()
    };
    assert_eq!(plans(0, false), "");
    assert!(plans(-3, false).contains("`main(x=-1)` and `main(x=1)` would both write `sq.1`"));
    let text = plans(0, true);
    assert!(text.contains("the arithmetic `x * x` in output `sq.$((x * x))` is not of the form a*t + b"), "{text}");
    assert!(text.contains("it cannot be said which file task `post` reads"), "{text}");

    let mut plans = Plans::new();
    let x = plans.range("x", Order::Cross, 6);
    plans.group("main", Role::Main, &[x], &[]).inputs.push(input(template(["in.".into(), square(x)])));
    assert!(plans.refused().contains("in input `in.$((x * x))` is not of the form a*t + b of one parameter"));
}

#[test]
fn two_parameter_sums_are_accepted_as_results_at_any_size() {
    let sum = |weight: i64| {
        let mut plans = Plans::new();
        let x = plans.range("x", Order::Cross, 1000);
        let y = plans.range("y", Order::Cross, 1000);
        let weighted = Expr::Mul(Box::new(Expr::Int(weight)), Box::new(Expr::Param(y)));
        let name = template(["o.".into(), arith(Expr::Add(Box::new(weighted), Box::new(Expr::Param(x))))]);
        plans.group("main", Role::Main, &[x, y], &[]).outputs.push(output(name));
        plans.refused()
    };
    assert_eq!(sum(1000), "");
    assert!(sum(999).contains("cannot be decided"));
}

#[test]
fn names_stay_in_their_directory() {
    let named = |text: &str, values: &[&str]| {
        let mut plans = Plans::new();
        let list = Domain::List(values.iter().map(|v| v.to_string()).collect());
        let f = plans.parameter("f", Order::Cross, list);
        plans.group("main", Role::Main, &[f], &[]).outputs.push(output(template([text.into(), f.into()])));
        plans.refused()
    };
    assert_eq!(named("d/", &["a", "b.txt", "c/d"]), "");
    assert_eq!(named("./d//", &["a", ".hidden"]), "");
    assert!(named("", &["a", "/etc/passwd"]).contains("the file name `/etc/passwd` is absolute"));
    assert!(named("d/", &["a", "../../x"]).contains("`d/../../x` leads out of the directory"));
    assert!(named(".", &["a", "./x"]).contains("`../x` leads out of the directory"));
    assert!(named("", &["a", ""]).contains("the file name `` is empty"));
    assert!(named("/tmp/", &["a"]).contains("`/tmp/${f}` is absolute"));
    assert!(named(&"long/".repeat(100_000), &["a"]).contains("is longer than 4096 bytes"));
    assert!(named("a/../../", &["a"]).contains("leads out"));
}

#[test]
fn a_step_that_the_arithmetic_misses_is_a_warning() {
    let stepped = |shift: i64| {
        let mut plans = Plans::new();
        let t = plans.parameter("t", Order::Chain, Domain::Integers { from: 1, step: 2, count: 6 });
        let main = plans.group("main", Role::Main, &[], &[t]);
        main.inputs.push(input(template(["s.".into(), affine(1, t, shift)])));
        main.outputs.push(output(template(["s.".into(), t.into()])));
        plans.plan().unwrap().warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let text = stepped(-1);
    assert!(text.contains("for example `s.2` is made by no task, since `t` goes in steps of 2"), "{text}");
    assert!(text.contains("write `$((t - 2))`"), "{text}");
    assert_eq!(stepped(-2), "");
    assert_eq!(stepped(-100), "");
}

#[test]
fn sizes_and_values_are_checked() {
    let mut plans = Plans::new();
    let params: Vec<ParamNo> = (0..5).map(|n| plans.range(&format!("p{n}"), Order::Cross, 1 << 40)).collect();
    plans.group("main", Role::Main, &params, &[]);
    assert!(plans.refused().contains("1099511627776 (p0) x 1099511627776 (p1)"));

    let mut plans = Plans::new();
    let none = plans.parameter("none", Order::Cross, Domain::List(Vec::new()));
    plans.group("main", Role::Main, &[none], &[]);
    assert!(plans.refused().contains("parameter `none` has no values"));

    let mut plans = Plans::new();
    let x = plans.range("x", Order::Cross, 3);
    let y = plans.range("y", Order::Cross, 3);
    plans.0.rows = Some(Rows { variables: 2, rows: vec![vec![0, 1], vec![2, 2]] });
    plans.group("main", Role::Main, &[x, y], &[]);
    plans.group("post", Role::Other, &[y], &[]);
    let text = plans.refused();
    assert!(text.contains("task `post` uses variables of the jobs block but not `x`"), "{text}");
}

#[test]
fn events_are_the_ends_of_edges() {
    let plans = |reads: bool, chained: bool| {
        let mut plans = Plans::new();
        let t = plans.range("t", Order::Cross, 3);
        let mut made = output(template(["s.".into(), t.into()]));
        made.hooks.push(Hook { event: Event::Create, group: GroupNo(1) });
        plans.group("main", Role::Main, &[t], &[]).outputs.push(made);
        let mut copy = output(template(["backup.".into(), t.into()]));
        if chained {
            copy.hooks.push(Hook { event: Event::Create, group: GroupNo(1) });
        }
        plans.group("fl", Role::Event, &[], &[]).outputs.push(copy);
        if reads {
            plans.group("post", Role::Other, &[t], &[]).inputs.push(input(template(["backup.".into(), t.into()])));
        }
        plans
    };
    let plan = plans(false, false).plan().unwrap();
    assert_eq!(plan.event_tasks(GroupNo(0), 2, 0, Event::Create), [(GroupNo(1), 2)]);
    assert_eq!(plan.event_tasks(GroupNo(0), 2, 0, Event::Copy), []);
    assert!(plans(true, false).refused().contains("event task `fl` makes; an event task may run again or not at all"));
    assert!(plans(false, true).refused().contains("event tasks trigger no others"));
    let mut into = plans(false, false);
    into.0.groups[1].inputs.push(input(template(["note".into()])));
    into.0.groups[1].inputs.push(input(template(["s.2".into()])));
    assert!(into.refused().contains("event task `fl` reads `s.2`, which task `main` makes"));
    let mut alone = Plans::new();
    alone.group("main", Role::Main, &[], &[]);
    alone.group("fl", Role::Event, &[], &[]);
    assert!(alone.refused().contains("task `fl` never runs"));
}

#[test]
fn what_runs_first_reads_nothing_from_what_runs_later() {
    let phases = |reader: Role, writer: Role| {
        let mut plans = Plans::new();
        plans.group("main", Role::Main, &[], &[]);
        plans.group("one", reader, &[], &[]).inputs.push(input(template(["table".into()])));
        plans.group("two", writer, &[], &[]).outputs.push(output(template(["table".into()])));
        plans.refused()
    };
    assert_eq!(phases(Role::Other, Role::RootStart), "");
    assert_eq!(phases(Role::RootFinish, Role::Other), "");
    assert!(phases(Role::RootStart, Role::Other).contains("task `one` runs before task `two`"));
}

#[test]
fn undecided_cycles_are_refused_with_that_reason() {
    // a(x, y) reads b(y, x), which reads a(y, x-1): in the end (x-1, y-1), but no parameter shows it step by step.
    let transposed = |count: u64| {
        let mut plans = Plans::new();
        let x = plans.range("x", Order::Cross, count);
        let y = plans.range("y", Order::Cross, count);
        let a = plans.group("a", Role::Main, &[x, y], &[]);
        a.inputs.push(input(template(["b.".into(), y.into(), ".".into(), x.into()])));
        a.outputs.push(output(template(["a.".into(), x.into(), ".".into(), y.into()])));
        let b = plans.group("b", Role::Other, &[x, y], &[]);
        b.inputs.push(input(template(["a.".into(), x.into(), ".".into(), affine(1, y, -1)])));
        b.outputs.push(output(template(["b.".into(), x.into(), ".".into(), y.into()])));
        plans.refused()
    };
    assert_eq!(transposed(20), "");
    let text = transposed(2000);
    assert!(text.contains("cannot be decided whether the tasks of `a`, `b` wait for one another"), "{text}");
}

#[test]
fn file_names_may_stand_beside_numbers() {
    let mut plans = Plans::new();
    let files: Vec<String> = (0..2000).map(|n| format!("data/part.{n}-a.csv")).collect();
    let x = plans.range("x", Order::Cross, 3);
    let f = plans.parameter("f", Order::Cross, Domain::List(files));
    let t = plans.range("t", Order::Chain, 1000);
    let main = plans.group("main", Role::Main, &[x, f], &[t]);
    let name = |shift| template(["o.".into(), x.into(), ".".into(), f.into(), ".".into(), affine(1, t, shift)]);
    main.inputs.push(input(name(-1)));
    main.outputs.push(output(name(0)));
    let plan = plans.plan().unwrap();
    let main = GroupNo(0);
    plan.inputs(main, 5_005, &mut |_, source| {
        assert_eq!(source, Source::Task { group: main, index: 5_004, output: 0 });
    });
    assert_eq!(plan.reader_count(main, 5_005, 0), 1);
    assert_eq!(plan.census(main, 0).map(|census| census.results), Some(6000));
    assert_eq!(plan.root_names(10_000).names.len(), 6000);
}

#[test]
fn thousands_of_names_are_compared_or_refused_soon() {
    let many = |count: u16| {
        let mut plans = Plans::new();
        let t = plans.range("t", Order::Cross, 3);
        plans.group("main", Role::Main, &[], &[]);
        for number in 0..count {
            let group = plans.group(&format!("g{number}"), Role::Other, &[t], &[]);
            group.outputs.push(output(template([format!("o{number}.").as_str().into(), t.into()])));
            group.inputs.push(input(template([format!("o{}.", number + 1).as_str().into(), t.into()])));
        }
        plans.refused()
    };
    assert_eq!(many(300), "");
    assert!(many(4_000).contains("there are more than 5000000 file names to be compared"));
}
