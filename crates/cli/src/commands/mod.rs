//! The commands, one file for each.

pub mod check;
pub mod control;
pub mod doctor;
pub mod logs;
pub mod plan;
pub mod run;
pub mod status;
pub mod tasks;
pub mod translate;
pub mod values;
pub mod wait;
pub mod why;

use crate::args::Command;
use crate::ending::{End, Failure};
use crate::render::style::Style;
use crate::terminal::{self, Stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::{self, Write};

/// Runs a command.
pub fn dispatch(command: Command) -> Result<End, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Translate(args) => translate::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Tasks(args) => tasks::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Values(args) => values::run(&args),
        Command::Wait(args) => wait::run(&args),
        Command::Cancel(args) => control::run(control::Act::Cancel, &args),
        Command::Hold(args) => control::run(control::Act::Hold, &args),
        Command::Release(args) => control::run(control::Act::Release, &args),
        Command::Doctor(args) => doctor::run(&args),
    }
}

/// Writes data to standard output.
fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Colours of standard output.
fn style() -> Style {
    Style::of(terminal::colour(Stream::Out))
}

/// Now and here, for times of day.
fn moment() -> (Timestamp, TimeZone) {
    (Timestamp::now(), TimeZone::system())
}
