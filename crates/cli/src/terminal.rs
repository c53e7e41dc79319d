//! What is known of the terminal: whether there is one, its width, and whether colours are wanted.

use std::io::IsTerminal;

/// One of the two streams for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Whether the stream is a terminal.
pub fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Out => std::io::stdout().is_terminal(),
        Stream::Err => std::io::stderr().is_terminal(),
    }
}

/// Whether a line can be redrawn there.
pub fn can_redraw(stream: Stream) -> bool {
    is_terminal(stream) && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Whether colours are wanted there: a terminal, and `NO_COLOR` is not set (no-color.org).
pub fn colour(stream: Stream) -> bool {
    can_redraw(stream) && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Says something to people. When standard error is closed there is nobody left to tell.
pub fn tell(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), text.as_bytes());
}

/// Columns of the terminal on standard error, at least 20; 80 if it does not say.
pub fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    match size {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).max(20),
        _ => 80,
    }
}
