//! The form of what goes over a local socket: lines of JSON, of bounded length.
//!
//! Both sides begin with `{"pelago":VERSION}`. Then the client writes a request on a line, and the site writes answers,
//! each on a line, and after the last one an empty line. Requests follow one another on one connection.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

/// The longest line in bytes, its end not counted.
pub const MAX: usize = 16 << 20;

/// The first line of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The version that the side speaks.
    pub pelago: u32,
}

impl Greeting {
    /// This program's.
    pub const OURS: Greeting = Greeting { pelago: pelago_wire::VERSION };
}

/// Why a line could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The other side is gone, possibly in the middle of a line.
    #[error("the connection was closed by the other side")]
    Closed,
    /// It is too long.
    #[error("a line of more than {MAX} bytes")]
    TooLong,
    /// It is not what belongs there.
    #[error("a line that cannot be understood: {0}")]
    Foreign(#[from] serde_json::Error),
    /// The system's reason.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads one line; `None` is an empty one, which ends the answers to a request.
pub fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<Option<T>, LineError> {
    let mut line = Vec::new();
    let got = from.by_ref().take(MAX as u64 + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => {}
        Some(_) if got > MAX => return Err(LineError::TooLong),
        _ => return Err(LineError::Closed),
    }
    match line.is_empty() {
        true => Ok(None),
        false => Ok(Some(serde_json::from_slice(&line)?)),
    }
}

/// Writes one line.
pub fn write<T: Serialize>(to: &mut impl Write, value: &T) -> Result<(), LineError> {
    let mut line = serde_json::to_vec(value)?;
    if line.len() > MAX {
        return Err(LineError::TooLong);
    }
    line.push(b'\n');
    Ok(to.write_all(&line)?)
}

/// Writes the empty line that ends the answers to a request.
pub fn end(to: &mut impl Write) -> Result<(), LineError> {
    Ok(to.write_all(b"\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_both_ways_and_end() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Greeting::OURS).unwrap();
        end(&mut bytes).unwrap();
        let mut from = &bytes[..];
        assert_eq!(read(&mut from).unwrap(), Some(Greeting::OURS));
        assert_eq!(read::<Greeting>(&mut from).unwrap(), None);
        assert!(matches!(read::<Greeting>(&mut from), Err(LineError::Closed)));
    }

    #[test]
    fn hostile_lines_are_errors() {
        let read = |bytes: &[u8]| read::<serde_json::Value>(&mut { bytes });
        assert!(matches!(read(b"{\"pelago\":1}"), Err(LineError::Closed)), "half a line is none");
        assert!(matches!(read(b"{]\n"), Err(LineError::Foreign(_))));
        assert!(matches!(read(b"\xff\xfe\n"), Err(LineError::Foreign(_))));
        let deep = [b"[".repeat(100_000), b"\n".to_vec()].concat();
        assert!(matches!(read(&deep), Err(LineError::Foreign(_))), "depth is bounded");
        let long = vec![b' '; MAX + 2];
        assert!(matches!(read(&long), Err(LineError::TooLong)));
        let text = "x".repeat(MAX);
        assert!(matches!(write(&mut Vec::new(), &text), Err(LineError::TooLong)));
    }
}
