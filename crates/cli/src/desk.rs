//! What a command needs of a site: one question with one answer, or a stream of answers.

use pelago_site::door::Door;
use pelago_wire::message::{Answer, Refusal, Request};

/// A site that can be asked.
pub trait Desk {
    /// One answer.
    fn call(&mut self, request: Request) -> Result<Answer, Refusal>;
    /// Answers until there are no more, or `each` says `false`.
    fn stream(&mut self, request: Request, each: &mut dyn FnMut(Answer) -> bool) -> Result<(), Refusal>;
}

impl Desk for Door {
    fn call(&mut self, request: Request) -> Result<Answer, Refusal> {
        Door::call(self, request).and_then(refused)
    }

    fn stream(&mut self, request: Request, each: &mut dyn FnMut(Answer) -> bool) -> Result<(), Refusal> {
        let mut error = None;
        Door::stream(self, request, &mut |answer| match refused(answer) {
            Ok(answer) => each(answer),
            Err(refusal) => {
                error = Some(refusal);
                false
            }
        })?;
        error.map_or(Ok(()), Err)
    }
}

/// An answer that is a refusal is an error here.
fn refused(answer: Answer) -> Result<Answer, Refusal> {
    match answer {
        Answer::Error(refusal) => Err(refusal),
        answer => Ok(answer),
    }
}

/// The error for an answer of another kind than the request's.
pub fn odd(answer: &Answer) -> Refusal {
    let kind = match answer {
        Answer::Accepted(_) => "accepted",
        Answer::Event(_) => "event",
        Answer::Jobs { .. } => "jobs",
        Answer::Tasks { .. } => "tasks",
        Answer::Why(_) => "why",
        Answer::Log(_) => "log",
        Answer::Values(_) => "values",
        Answer::Done { .. } => "done",
        Answer::Error(_) => "error",
    };
    Refusal {
        what: format!("the site gave an answer of another kind (`{kind}`) than was asked for"),
        hint: Some("its process may be of another version of pelago; stop it and run the command again".into()),
        code: crate::bug::CODE,
    }
}
