//! Other programs that run many processes, for information.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::io;
use std::process::{Command, Stdio};

/// Rounds: nothing hangs on these.
const ROUNDS: usize = 3;

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let lanes = std::thread::available_parallelism().map_or(1, |lanes| lanes.get());
    let mut beside = Vec::new();
    let mut note = String::new();
    for (name, count, line) in [
        ("xargs", 10_000, format!("seq 10000 | xargs -P {lanes} -n 1 true")),
        ("GNU parallel", 1000, format!("seq 1000 | parallel --will-cite -j {lanes} true")),
    ] {
        if name == "GNU parallel" && !is_there("parallel") {
            note = "GNU parallel is not here and cannot be installed".to_string();
            continue;
        }
        let mut rates = Vec::new();
        for _ in 0..bench.pairs.min(ROUNDS) {
            let mut command = Command::new("sh");
            command.args(["-c", &line]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            rates.push(f64::from(count) / timed::run(&mut command)?.seconds);
        }
        beside.push(Figure::new(name, &rates, "/s"));
    }
    let figure = beside.first().cloned().unwrap_or_else(|| Figure::new("xargs", &[], "/s"));
    let what = "other programs that run no-op processes".to_string();
    Ok(vec![Row { name: "peers".into(), what, figure, bar: Bar::Nothing, beside, note }])
}

/// Whether a program is there, after trying to install its package from Debian.
fn is_there(program: &str) -> bool {
    let quiet = |words: &[&str]| {
        let status = Command::new(words[0]).args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let found = || quiet(&[program, "--version"]);
    found() || (quiet(&["apt-get", "install", "-qy", "--no-install-recommends", program]) && found())
}
