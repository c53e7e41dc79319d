//! A world in which nothing fails and nothing takes time, so that only the core's own work counts.

use pelago_grid::{Action, FreedSpace, GroupProof, Record, Submitted, Verdict};
use pelago_job::{
    Bytes, Cause, Digest, Domain, Experiment, Expr, Group, Input, JobId, Made, Millis, Order, Outcome, Output, ParamNo,
    Parameter, Piece, Report, Role, Template,
};
use roaring::RoaringTreemap;

/// What such a world answers to an action; nothing where it has nothing to say.
pub fn answer(action: &Action, long: u64) -> Option<Record> {
    Some(match action {
        Action::Prove { job, .. } => Record::Proved { job: *job, groups: vec![proof(long > 1)], start_first: false },
        Action::Launch { task, attempt, .. } => {
            let mut report = Report::failed(Cause::Cancelled);
            report.outcome = Outcome::Done;
            report.usage.wall = Millis(1000);
            if long > 1 {
                report.outputs = vec![Made { size: Bytes(70_000), digest: Digest([7; 32]) }];
                report.usage.disk = Bytes(200_000);
            }
            Record::Finished { task: *task, attempt: *attempt, key: None, report: Box::new(report) }
        }
        Action::Check { task, .. } => Record::Checked { task: *task, verdict: Verdict::Run { why: None } },
        Action::Deliver { file, .. } => Record::Delivered { file: *file },
        Action::Delete { file, version } => Record::Freed(FreedSpace::File { file: *file, version: *version }),
        Action::Discard { task, attempt } => Record::Freed(FreedSpace::Attempt { task: *task, attempt: *attempt }),
        _ => return None,
    })
}

/// What is known of a group that nobody has run.
pub fn proof(check: bool) -> GroupProof {
    GroupProof { template: Some(Digest::of(b"template")), check, reused: RoaringTreemap::new() }
}

/// A plain sweep of `tasks` tasks; or chains of `long` links that are linked by a state.
pub fn submitted(job: u32, tasks: u64, long: u64) -> Submitted {
    let mut main = Group::new("main", Role::Main);
    main.parameters = vec![ParamNo(0)];
    let integers = |name: &str, order, count| {
        let domain = Domain::Integers { from: 1, step: 1, count };
        Parameter { name: name.to_string(), label: None, order, domain }
    };
    let mut parameters = vec![integers("p", Order::Cross, tasks / long.max(1))];
    if long > 1 {
        parameters.push(integers("t", Order::Chain, long));
        main.seqameters = vec![ParamNo(1)];
        let state = |piece| {
            let dot = || Piece::Text(".".to_string());
            Template(vec![Piece::Text("s.".to_string()), Piece::Param(ParamNo(0)), dot(), piece])
        };
        let before = Expr::Sub(Box::new(Expr::Param(ParamNo(1))), Box::new(Expr::Int(1)));
        main.inputs = vec![Input { name: state(Piece::Arith(before)), as_name: None, read_only: false, found: false }];
        main.outputs = vec![Output { name: state(Piece::Param(ParamNo(1))), hooks: Vec::new(), keep: false }];
    }
    Submitted {
        job: JobId(job),
        experiment: Experiment {
            name: "sweep".to_string(),
            parameters,
            rows: None,
            groups: vec![main],
            env: Vec::new(),
            in_place: false,
        },
        root: "/".to_string(),
        same: Digest::of(&tasks.to_le_bytes()),
        retries: 0,
        keep_going: true,
        again: false,
        strict: false,
        wall: 0,
    }
}
