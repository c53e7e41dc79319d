//! How the program ends: with an exit code, by a signal, or with an error and a hint on standard error.

use crate::render::style::Style;
use crate::terminal;
use pelago_wire::message::Refusal;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

/// How a command ended that said itself what there was to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit code.
    Code(u8),
    /// By this signal, after cleaning up, so that a calling shell sees what happened.
    Signal(i32),
}

impl End {
    /// All good.
    pub const GOOD: End = End::Code(0);
}

/// Why a command did not end by itself.
#[derive(Debug)]
pub enum Failure {
    /// Refused, or it went wrong; not said yet.
    Refused(Refusal),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

/// A refusal of this program's own: bad input, exit code 2.
pub fn bad_input(what: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal { what: what.into(), hint: Some(hint.into()), code: 2 }
}

/// The text of a refusal.
pub fn refusal_text(refusal: &Refusal, style: Style) -> String {
    let mut text = format!("{} {}\n", style.bad("error:"), refusal.what);
    if let Some(hint) = &refusal.hint {
        text.push_str(&format!("  {} {hint}\n", style.strong("hint:")));
    }
    text
}

/// Ends as the command says.
pub fn finish(result: Result<End, Failure>) -> ExitCode {
    match result {
        Ok(End::Code(code)) => ExitCode::from(code),
        Ok(End::Signal(signal)) => die_by(signal),
        Err(Failure::Refused(refusal)) => {
            let style = Style::of(terminal::colour(terminal::Stream::Err));
            terminal::tell(&refusal_text(&refusal, style));
            ExitCode::from(refusal.code)
        }
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => die_by(signal_hook::consts::SIGPIPE),
        Err(Failure::Output(error)) => {
            terminal::tell(&format!("error: standard output cannot be written: {error}\n"));
            ExitCode::from(3)
        }
    }
}

/// Ends this process by the signal's default action.
pub fn die_by(signal: i32) -> ExitCode {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    // Only reached if the signal is blocked: then the code that a shell would have seen.
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(crate::bug::CODE))
}
