//! A pool gives what one match after another gives, with fewer evaluations.

use pelago_classad::{Ad, Context, Outcome, Pool, matches, parse_ad, rank};
use std::sync::Arc;

fn ad(text: &str) -> Arc<Ad> {
    Arc::new(parse_ad(text).unwrap_or_else(|e| panic!("{text}: {e}")))
}

fn machines() -> Vec<Arc<Ad>> {
    let os = ["\"LINUX\"", "\"WINDOWS\"", "undefined"];
    let machine = |i: usize| {
        let start = if i.is_multiple_of(5) { "TARGET.Owner == \"ann\"" } else { "Load < 0.5" };
        let extra = if i.is_multiple_of(7) { "" } else { "; Gpus = 1" };
        let text = format!(
            "[ Name = \"slot{i}\"; Memory = {}; OpSys = {}; Load = {}; Requirements = {start}{extra} ]",
            1024 * (i % 4),
            os[i % 3],
            (i % 10) as f64 / 10.0,
        );
        ad(&text)
    };
    (0..420).map(machine).collect()
}

#[test]
fn a_pool_agrees_with_single_matches() {
    let context = Context::at(0);
    let machines = machines();
    let pool = Pool::new(machines.iter().cloned());
    for (job, classes) in [
        (
            "[ Owner = \"ann\"; Requirements = TARGET.Memory >= 2048 && TARGET.OpSys == \"LINUX\"; Rank = TARGET.Memory ]",
            60,
        ),
        ("[ Owner = \"bob\"; Requirements = Memory > 0 && Gpus =!= undefined; Rank = Load ]", 140),
        ("[ Owner = \"bob\"; Want = TARGET.Name; Requirements = regexp(\"slot1.*\", Want) ]", 420),
        ("[ Requirements = eval(strcat(\"Mem\", \"ory\")) > 1024; Rank = TARGET[\"Memory\"] ]", 420),
        ("[ Requirements = isClassAd(TARGET); Rank = size(TARGET) ]", 420),
        ("[ Requirements = false ]", 20),
        ("[ ]", 20),
    ] {
        let job = ad(job);
        let outcomes = pool.matches(&job, &context);
        assert_eq!(outcomes.len(), machines.len());
        for (machine, outcome) in machines.iter().zip(outcomes) {
            let expect = match matches(&job, machine, &context) {
                Ok(true) => rank(&job, machine, &context).map_or_else(Outcome::Failed, Outcome::Match),
                Ok(false) => Outcome::Refused,
                Err(failure) => Outcome::Failed(failure),
            };
            assert_eq!(outcome, expect, "{job} {machine}");
        }
        assert!(pool.class_count(&job) <= classes, "{job}: {} classes", pool.class_count(&job));
    }
}
