//! Messages between an owner and its spawner: a length of four bytes, then the message in postcard's form.

use crate::script::Script;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;

/// More than any script needs; a length above it means that the stream is broken.
const MOST: usize = 256 << 20;

/// What an owner sends. The answer to `Run` is an [`crate::Ended`]; `Kill` has none of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Run(Script),
    Kill { id: u64 },
}

/// The bytes of a message.
pub(crate) fn frame<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = bytes.len() - 4;
    if length > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the task's commands are longer than 256 MiB"));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(bytes)
}

/// Takes messages out of a stream of bytes.
#[derive(Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    /// Adds what was read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, if there is one.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message longer than 256 MiB"));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let message = postcard::from_bytes(body).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        self.bytes.drain(..4 + length);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_being_cut_anywhere() {
        let mut bytes = frame(&Request::Kill { id: 7 }).unwrap();
        bytes.extend(frame(&Request::Kill { id: u64::MAX }).unwrap());
        let mut frames = Frames::default();
        let mut seen = Vec::new();
        for byte in bytes {
            frames.push(&[byte]);
            while let Some(Request::Kill { id }) = frames.next().unwrap() {
                seen.push(id);
            }
        }
        assert_eq!(seen, [7, u64::MAX]);
    }

    #[test]
    fn a_broken_length_is_an_error() {
        let mut frames = Frames::default();
        frames.push(&[0xff; 8]);
        assert!(frames.next::<Request>().is_err());
    }
}
