//! Large common input files: read and verified for the first time, and when they are known, beside one copy of them.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

const SIZE: usize = 10_000_000;
const TASKS: u32 = 100;
/// Rounds, as each writes much.
const ROUNDS: usize = 7;

pub(super) fn run(bench: &Bench, asked: &[&str]) -> io::Result<Vec<Row>> {
    let (count, rounds) = match (bench.full, bench.quick) {
        (true, _) => (1000, 6),
        (_, false) => (100, ROUNDS),
        _ => (20, ROUNDS),
    };
    let dir = bench.fresh()?;
    make(&dir.join("data"), count)?;
    let [mut copy, mut first, mut known] = [const { Vec::new() }; 3];
    for round in 0..bench.pairs.min(rounds) {
        for turn in 0..2 {
            if (turn + round) % 2 == 0 {
                copy.push(timed::run(Command::new("cp").args(["-r", "data", "copy"]).current_dir(&dir))?.seconds);
                fs::remove_dir_all(dir.join("copy"))?;
            } else {
                // A file that was touched within two seconds is not remembered, and the links of the last round were removed just now.
                thread::sleep(Duration::from_secs(3));
                for (word, times) in [("first", &mut first), ("known", &mut known)] {
                    fs::write(dir.join("inputs.plan"), plan(count, word))?;
                    times.push(timed::run(&mut bench.pelago(&dir, &["run", "-q", "inputs.plan"]))?.seconds);
                }
                fs::remove_dir_all(dir.join(".pelago"))?;
            }
        }
    }
    fs::remove_dir_all(&dir)?;
    let note = match bench.full {
        true => String::new(),
        false => format!("{count} files of 10 MB; --full takes 1,000"),
    };
    let row = |name: &str, what: &str, times: &[f64], most| Row {
        name: name.into(),
        what: format!("{count} common input files of 10 MB for {TASKS} tasks, {what}, over one copy of them"),
        figure: Figure::ratio("time over that of `cp -r`", times, &copy),
        bar: Bar::AtMost(most),
        beside: vec![Figure::new("pelago run", times, " s"), Figure::new("cp -r", &copy, " s")],
        note: note.clone(),
    };
    let mut rows = Vec::new();
    if asked.contains(&"inputs") {
        rows.push(row("inputs", "first time", &first, 1.3));
    }
    if asked.contains(&"known") {
        rows.push(row("known", "when they are known", &known, 0.05));
    }
    Ok(rows)
}

fn make(dir: &Path, count: usize) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut block = vec![0; SIZE];
    for file in 0..count {
        // Different everywhere, so that nothing can be shared or left out.
        for bytes in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.copy_from_slice(&state.to_le_bytes());
        }
        fs::File::create(dir.join(format!("f{file}")))?.write_all(&block)?;
    }
    Ok(())
}

fn plan(count: usize, word: &str) -> String {
    let mut plan = format!("parameter x integer range from 1 to {TASKS} step 1\ntask main\n    parameters x\n");
    for file in 0..count {
        plan.push_str(&format!("    input data/f{file} readonly\n"));
    }
    plan.push_str(&format!("    node:execute true {word} ${{x}}\nendtask\n"));
    plan
}
