//! Lines from the other side of a socket: a greeting, requests, answers. A submission is planned as the site does it.

use pelago_client::line::{self, Greeting, LineError};
use pelago_plan::Plan;
use pelago_wire::message::{Answer, Request};
use std::sync::Arc;

pub fn check(data: &[u8]) {
    let mut from = data;
    let _ = line::read::<Greeting>(&mut from);
    let mut from = data;
    loop {
        match line::read::<Request>(&mut from) {
            Ok(Some(request)) => taken(request),
            Ok(None) | Err(LineError::Foreign(_)) => {}
            Err(_) => break,
        }
    }
    let mut from = data;
    while !matches!(line::read::<Answer>(&mut from), Err(LineError::Closed | LineError::TooLong | LineError::Io(_))) {}
}

fn taken(request: Request) {
    let mut bytes = Vec::new();
    line::write(&mut bytes, &request).expect("what was read is written");
    if let Request::Submit(submit) = request {
        plan(submit.experiment);
    }
}

/// Plans an experiment, and asks for its first and last tasks.
pub fn plan(experiment: pelago_job::Experiment) {
    match Plan::compile(Arc::new(experiment)) {
        Ok(plan) => {
            let groups = (0..).map(pelago_job::GroupNo).zip(&plan.experiment().groups);
            for (number, group) in groups.take(20) {
                let size = plan.size(number);
                for index in [0, size / 2, size.saturating_sub(1)] {
                    let _ = plan.label(number, index);
                    let mut left = 100;
                    for (output, written) in (0..20).zip(&group.outputs) {
                        let _ = plan.fill(number, index, &written.name);
                        let _ = (plan.reader_count(number, index, output), plan.is_result(number, index, output));
                    }
                    plan.inputs(number, index, &mut |_, _| left -= i32::from(left > 0));
                }
            }
            let _ = (plan.total(), plan.warnings());
        }
        Err(errors) => assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty())),
    }
}
