//! The savannah plan of the paper's figure 4: its mended form and its own spellings are one experiment.

use pelago_describe::{Severity, Source, read};
use pelago_job::{Domain, Event, Experiment, Expr, GroupNo, Order, ParamNo, Piece, Place, Role, Step, Template};

const MENDED: &str = include_str!("seeds/figure.plan");

fn experiment(text: &str) -> Experiment {
    let source = Source::new("figure.plan", text);
    let reading = read(&source, None);
    let shown = reading.render(&source, false);
    assert!(reading.diagnostics.iter().all(|d| d.severity == Severity::Note), "{shown}");
    reading.said.and_then(|said| said.experiment).unwrap_or_else(|| panic!("{shown}"))
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_string())
}

#[test]
fn the_mended_figure_says_what_it_should() {
    let e = experiment(MENDED);
    let (exprnr, timestep) = (ParamNo(0), ParamNo(1));
    let spaces: Vec<_> = e.parameters.iter().map(|p| (p.name.as_str(), p.order, p.domain.len())).collect();
    assert_eq!(spaces, [("exprnr", Order::Cross, 90), ("timestep", Order::Chain, 252)]);
    assert_eq!(e.parameters[0].domain, Domain::Integers { from: 1, step: 1, count: 90 });
    assert!(!e.in_place && e.rows.is_none());

    let main = &e.groups[0];
    assert_eq!((main.role, &main.parameters, &main.seqameters), (Role::Main, &vec![exprnr], &vec![timestep]));
    let before = Expr::Sub(Box::new(Expr::Param(timestep)), Box::new(Expr::Int(1)));
    let state = |last: Piece| Template(vec![text("cms."), Piece::Param(exprnr), text("."), last, text(".tar.gz")]);
    assert_eq!(main.inputs[0].name, state(Piece::Arith(before)));
    assert_eq!(main.inputs[1].name, Template(vec![text("vf_ccam."), Piece::Param(timestep)]));
    assert_eq!(main.outputs[0].name, state(Piece::Param(timestep)));
    assert_eq!(main.outputs[0].hooks, [pelago_job::Hook { event: Event::Create, group: GroupNo(1) }]);
    let shells = main.steps.iter().filter(|s| matches!(s, Step::Shell { at: Place::Node, .. })).count();
    assert_eq!((main.steps.len(), shells), (5, 5));
    let Step::Shell { line, .. } = &main.steps[3] else { panic!("{:?}", main.steps[3]) };
    assert_eq!(line.0.last(), Some(&text("/output && . ${HOME}/bin/jobpea >> ../../output 2>&1 && cd ../../")));

    let event = &e.groups[1];
    assert_eq!((event.name.as_str(), event.role), ("fl", Role::Event));
    assert!(event.parameters.is_empty() && event.seqameters.is_empty());
    let copy = Step::Copy {
        from: Place::Node,
        source: Template::literal("$FILE"),
        to: vec![(Place::Local, Template::default()), (Place::Root, Template::default())],
        dynamic: true,
    };
    assert_eq!(event.steps[0], copy);
}

/// Each spelling that the figure or later plans use, in the mended text, changes nothing.
#[test]
fn spellings_of_the_figure_are_the_same_experiment() {
    let expect = experiment(MENDED);
    for (mended, own) in [
        ("`/bin/echo $((${timestep} - 1))`", "`/bin/echo ${$(timestep) - 1}`"),
        ("`/bin/echo $((${timestep} - 1))`", "`echo $((timestep-1))`"),
        ("`/bin/echo $((${timestep} - 1))`", "`expr $timestep - 1`"),
        ("`/bin/echo $((${timestep} - 1))`", "$((timestep - 1))"),
        ("`/bin/echo $((${timestep} - 1))`", "$(( $(timestep) - 1 ))"),
        ("    seqameters timestep\n    parameters exprnr\n", "    sequmeters timestep\n    parameters exprnr\n"),
        ("    seqameters timestep\n    parameters exprnr\n", ""),
        ("    seqameters None\n    copy", "    sequameters none\n    copy"),
        ("seqameter timestep integer", "sequmeter timestep integer"),
        ("${timestep} >> ../../output", "$(timestep) >> ../../output"),
        (".tar.gz vf_ccam.${timestep}", ".tar.gz \\\n        vf_ccam.$timestep"),
        (".tar.gz vf_ccam.${timestep}", ".tar.gz\n    input vf_ccam.$timestep"),
        ("output cms.${exprnr}.${timestep}.tar.gz on", "outputs cms.${exprnr}.$(timestep).tar.gz on"),
        ("node:execute tar xfz", "execute:node tar xfz"),
        ("task main", "task main // once for each pair\n    # and month by month"),
        ("\n", "\r\n"),
    ] {
        assert!(MENDED.contains(mended), "{mended}");
        let other = experiment(&MENDED.replace(mended, own));
        assert_eq!(other, expect, "{own}");
    }
}

#[test]
fn previous_values_nest() {
    let e = experiment(
        "seqameter year integer range from 2001 to 2003\nseqameter month integer range from 1 to 12\n\
         task main\n inputs s.${year.prev}.${month.prev}\n output s.$year.$month\n exec true\nendtask\n",
    );
    let prev = |n| Piece::Prev(ParamNo(n));
    assert_eq!(e.groups[0].inputs[0].name, Template(vec![text("s."), prev(0), text("."), prev(1)]));
    assert_eq!(e.groups[0].seqameters, [ParamNo(0), ParamNo(1)]);
}
