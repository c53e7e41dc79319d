//! Matches one job with 10,000 machines and says how long that takes: a pool of few kinds, and one where all differ.

use pelago_classad::{Ad, Context, Outcome, ParseError, Pool, parse_ad};
use std::sync::Arc;
use std::time::Instant;

const COUNT: usize = 10_000;

/// A machine with the attributes that a real one has most use for.
fn machine(i: usize, memory: usize) -> Result<Arc<Ad>, ParseError> {
    let text = format!(
        r#"[ MyType = "Machine"; Name = "slot1@node{i}"; Machine = "node{i}"; Memory = {memory}; Cpus = {}; Disk = {};
             OpSys = "LINUX"; Arch = "X86_64"; KFlops = {}; Mips = {}; LoadAvg = 0.0; KeyboardIdle = {}; State = "Unclaimed";
             Activity = "Idle"; HasDocker = {}; TotalSlots = 1; SlotWeight = Cpus; CondorVersion = "25.14.1";
             IsOwner = KeyboardIdle < 300 && LoadAvg > 0.5;
             START = !IsOwner && (TARGET.RequestMemory ?: 0) <= Memory && (TARGET.RequestCpus ?: 1) <= Cpus;
             Requirements = START && TARGET.MyType =?= "Job"; Rank = TARGET.Owner == "ann" ]"#,
        1 + i % 16,
        1_000_000 + i,
        1_000_000 + i % 7,
        20_000 + i % 11,
        i % 5 * 1000,
        i.is_multiple_of(2),
    );
    Ok(Arc::new(parse_ad(&text)?))
}

fn main() -> Result<(), ParseError> {
    let job = Arc::new(parse_ad(
        r#"[ MyType = "Job"; Owner = "ann"; RequestMemory = 2048; RequestCpus = 4;
             Requirements = TARGET.Arch == "X86_64" && TARGET.OpSys == "LINUX" && TARGET.Memory >= RequestMemory
                 && TARGET.Cpus >= RequestCpus && TARGET.HasDocker =?= true; Rank = TARGET.Memory ]"#,
    )?);
    for (kind, differ) in [("few kinds of machines", false), ("all machines differ", true)] {
        let machines = (0..COUNT).map(|i| machine(i, if differ { 1024 + i } else { 1024 << (i % 6) }));
        let machines = machines.collect::<Result<Vec<_>, _>>()?;
        let pool = Pool::new(machines);
        // The shortest of some runs, for the machine has other things to do.
        let mut best = f64::INFINITY;
        let mut found = 0;
        for _ in 0..10 {
            let start = Instant::now();
            let outcomes = pool.matches(&job, &Context::at(0));
            best = best.min(start.elapsed().as_secs_f64());
            found = outcomes.iter().filter(|o| matches!(o, Outcome::Match(_))).count();
        }
        let (classes, time) = (pool.class_count(&job), best * 1e3);
        println!("{kind}: {COUNT} machines, {classes} classes, {found} matches, {time:.2} ms");
    }
    Ok(())
}
