//! The client: one door to a site, whichever way it is reached.

use crate::ClientError;
use crate::socket::Connection;
use pelago_wire::message::{Answer, Request};
use std::fmt;
use std::path::{Path, PathBuf};

/// A site's handlers in this process: called with a request and with what takes each answer, which is false when no
/// more are wanted.
pub type Handler = Box<dyn FnMut(Request, &mut dyn FnMut(Answer) -> bool) + Send>;

/// A client of one site.
#[derive(Debug)]
pub struct Client(Transport);

enum Transport {
    Socket { dir: PathBuf, connection: Option<Connection> },
    Here(Handler),
}

impl Client {
    /// Connects to the owner of the state directory `dir`.
    pub fn connect(dir: &Path) -> Result<Self, ClientError> {
        let connection = Some(Connection::open(dir)?);
        Ok(Self(Transport::Socket { dir: dir.to_path_buf(), connection }))
    }

    /// A client of handlers in this process: for directories without an owner, and for the owner itself.
    pub fn here(handler: Handler) -> Self {
        Self(Transport::Here(handler))
    }

    /// Asks for one answer. One that says no is [`ClientError::Refused`].
    pub fn call(&mut self, request: Request) -> Result<Answer, ClientError> {
        let mut first = None;
        self.stream(request, |answer| {
            first.get_or_insert(answer);
            true
        })?;
        first.ok_or(ClientError::Silent)
    }

    /// Asks for a stream of answers, each handed to `on` as it comes, until there are no more or `on` gives false.
    /// One that says no is not handed on: it ends the stream as [`ClientError::Refused`].
    pub fn stream(&mut self, request: Request, mut on: impl FnMut(Answer) -> bool) -> Result<(), ClientError> {
        let mut refused = None;
        let mut take = |answer: Answer| match answer {
            Answer::Error(refusal) => {
                refused.get_or_insert(refusal);
                // Read to the end, so that the connection can be used again.
                true
            }
            answer => on(answer),
        };
        match &mut self.0 {
            Transport::Here(handler) => handler(request, &mut take),
            Transport::Socket { dir, connection } => {
                let mut open = match connection.take() {
                    Some(open) => open,
                    None => Connection::open(dir)?,
                };
                // After an error or in the midst of a stream it is dropped; the next request makes a new one.
                if open.ask(&request, &mut take)? {
                    *connection = Some(open);
                }
            }
        }
        refused.map_or(Ok(()), |refusal| Err(refusal.into()))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transport::Socket { dir, .. } => f.debug_struct("Socket").field("dir", dir).finish_non_exhaustive(),
            Transport::Here(_) => f.write_str("Here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_wire::message::Refusal;

    fn done(text: &str) -> Answer {
        Answer::Done { text: text.into() }
    }

    #[test]
    fn handlers_in_this_process_answer_like_a_site() {
        let mut client = Client::here(Box::new(|request, answer| match request {
            Request::Status { .. } => {
                let _ = answer(done("one")) && answer(done("two"));
            }
            Request::Stop { .. } => {}
            _ => {
                answer(Answer::Error(Refusal { what: "no".into(), hint: None, code: 4 }));
            }
        }));
        assert_eq!(client.call(Request::Status { id: None }).unwrap(), done("one"));
        let mut seen = Vec::new();
        let taken = client.stream(Request::Status { id: None }, |answer| {
            seen.push(answer);
            false
        });
        assert!(taken.is_ok());
        assert_eq!(seen, [done("one")]);
        assert_eq!(client.call(Request::Values { id: None }).unwrap_err().code(), 4);
        assert!(matches!(client.call(Request::Stop { now: true }), Err(ClientError::Silent)));
    }
}
