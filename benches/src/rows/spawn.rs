//! Many no-op processes: Pelago beside bare spawning and HyperQueue, alternately.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::io;

/// Processes that each side runs.
const COUNT: u64 = 20_000;

#[derive(Default)]
struct Side {
    seconds: Vec<f64>,
    cpu: Vec<f64>,
}

impl Side {
    fn add(&mut self, seconds: f64, cpu: f64) {
        self.seconds.push(seconds);
        self.cpu.push(cpu);
    }

    fn rate(&self, what: &str, count: f64) -> Figure {
        let rates: Vec<f64> = self.seconds.iter().map(|seconds| count / seconds).collect();
        Figure::new(what, &rates, "/s")
    }

    fn each(&self, what: &str, count: f64) -> Figure {
        let each: Vec<f64> = self.cpu.iter().map(|cpu| cpu / count * 1e6).collect();
        Figure::new(&format!("CPU of a task, {what}"), &each, " µs")
    }
}

pub(super) fn run(bench: &Bench, asked: &[&str]) -> io::Result<Vec<Row>> {
    let (with_bare, with_peer) = (asked.contains(&"spawn"), asked.contains(&"hyperqueue"));
    let count = bench.scaled(COUNT);
    let [mut ours, mut bare, mut peer] = [const { Side { seconds: Vec::new(), cpu: Vec::new() } }; 3];
    for pair in 0..bench.pairs {
        // Who goes first changes, so that a drift favours nobody.
        for turn in 0..3 {
            match (turn + pair) % 3 {
                0 => {
                    let dir = bench.fresh()?;
                    let range = format!("x=1:{count}");
                    let timed = timed::run(&mut bench.pelago(&dir, &["run", "-q", "-p", &range, "--", "true", "{x}"]))?;
                    ours.add(timed.seconds, timed.cpu);
                }
                1 if with_bare => {
                    let timed = timed::run(&mut bench.own(&bench.fresh()?, &["bare", &count.to_string()]))?;
                    bare.add(timed.seconds, timed.cpu);
                }
                2 if with_peer => {
                    let rate = bench.hyperqueue()?.rate(count, &bench.fresh()?, false)?;
                    peer.add(rate.seconds, rate.cpu);
                }
                _ => {}
            }
        }
    }
    let count = count as f64;
    let row = |name: &str, what: &str, over: &str, bar, other: &Side, note: &str| Row {
        name: name.into(),
        what: what.to_string(),
        // A ratio of rates is the inverse one of times.
        figure: Figure::ratio(&format!("rate over {over}'s"), &other.seconds, &ours.seconds),
        bar: Bar::AtLeast(bar),
        beside: vec![
            ours.rate("pelago run", count),
            other.rate(over, count),
            Figure::ratio(&format!("CPU time over {over}'s"), &ours.cpu, &other.cpu),
            ours.each("pelago run", count),
            other.each(over, count),
        ],
        note: note.to_string(),
    };
    let mut rows = Vec::new();
    if with_bare {
        let note = "bare: posix_spawn and waitpid of /bin/true, a lane a processor, nothing kept";
        rows.push(row(
            "spawn",
            "no-op processes, output captured, journal durable",
            "bare spawning",
            0.88,
            &bare,
            note,
        ));
    }
    if with_peer {
        let note = "HyperQueue's module: no journal and no output files there, both in its favour";
        rows.push(row("hyperqueue", "the same over HyperQueue", "HyperQueue", 2.8, &peer, note));
    }
    Ok(rows)
}
