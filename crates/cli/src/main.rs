//! The program `pelago`: reads the command line, runs one command, and ends with the code that scripts rely on.

mod args;
mod bug;
mod commands;
mod desk;
mod ending;
mod interrupt;
mod render;
mod report;
mod state;
mod subject;
mod terminal;

use clap::Parser;

fn main() -> std::process::ExitCode {
    bug::report_panics();
    ending::finish(commands::dispatch(args::Args::parse().command))
}
