//! What tasks printed, byte for byte, from the packs of the state directory.

use pelago_job::{LogSpan, Stream};
use std::io;
use std::path::Path;

/// How much is read at once.
const CHUNK: u64 = 1 << 20;

/// Hands on a stretch of a pack, piece by piece.
pub fn copy(
    state: &Path,
    span: LogSpan,
    stream: Stream,
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut done = 0;
    while done < span.len {
        let bytes = pelago_agent::read_log(state, span, stream, done, CHUNK).map_err(io::Error::other)?;
        if bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the pack is shorter than was recorded"));
        }
        write(&bytes)?;
        done += bytes.len() as u64;
    }
    Ok(())
}
