//! The program `pelago`: reads the command line, runs one command, and ends with the code that scripts rely on.

mod args;
mod beside;
mod bug;
mod commands;
mod desk;
mod ending;
mod interrupt;
mod machine;
mod printed;
mod render;
mod report;
mod state;
mod subject;
mod terminal;

use clap::Parser;
use signal_hook::consts::SIGXFSZ;

fn main() -> std::process::ExitCode {
    pelago_site::become_spawner();
    bug::report_panics();
    // A limit on the size of files is an error of the write that meets it, not the end of the program. With a handler and
    // not ignored: tasks start with the default. Where it cannot be had, nothing else changes.
    let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    ending::finish(commands::dispatch(args::Args::parse().command))
}
