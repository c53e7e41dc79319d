//! The door to a state directory: as its owner, through its owner, or past nobody.

use crate::answer;
use crate::history::Reader;
use crate::journal::Journal;
use crate::lock::{Lock, LockError};
use crate::owner::{self, Call, OwnerError, start::Started};
use crate::socket::Server;
use crossbeam_channel::{Sender, unbounded};
use pelago_client::{Client, ClientError};
use pelago_wire::message::{Answer, Refusal, Request};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use crate::owner::Enter;

/// How long the processes of a dead owner may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it takes until an owner that hung up is asked again.
const AGAIN: Duration = Duration::from_millis(10);

/// A door to a state directory.
pub struct Door(Side);

enum Side {
    Owner {
        calls: Sender<Call>,
        server: Server,
        thread: JoinHandle<Result<(), Refusal>>,
    },
    Client {
        client: Client,
        state: PathBuf,
    },
    /// For questions only, which the files answer as well when the owner goes away meanwhile.
    Looking {
        client: Client,
        state: PathBuf,
    },
}

/// Stops the owner behind a door, from any thread.
#[derive(Clone)]
pub struct Stopper(Way);

#[derive(Clone)]
enum Way {
    Calls(Sender<Call>),
    /// Somebody else's owner is not stopped from here: only this client goes.
    None,
}

impl Stopper {
    /// No new task starts; running ones finish, or are stopped with `now`. Returns once that holds: false if there is no
    /// owner to stop.
    pub fn stop(&self, now: bool) -> bool {
        match &self.0 {
            Way::Calls(calls) => {
                let (reply, done) = unbounded();
                calls.send(Call::Ask { request: Request::Stop { now }, reply }).is_ok() && done.recv().is_ok()
            }
            Way::None => false,
        }
    }
}

/// Becomes the owner of a state directory, or connects to the owner that is there.
///
/// Forks processes, so it must be called while the process has no other thread.
pub fn enter(enter: Enter) -> Result<Door, Refusal> {
    owner::start::make(&enter.state)?;
    let mut wait = Duration::ZERO;
    let lock = loop {
        match Lock::take(&enter.state, wait) {
            Ok(lock) => break lock,
            Err(held @ LockError::Held { .. }) => match Client::connect(&enter.state) {
                Ok(client) => return Ok(Door(Side::Client { client, state: enter.state })),
                // Its owner is gone and its processes are ending, or it has only just begun.
                Err(_) if wait.is_zero() => wait = PATIENCE,
                Err(_) => return Err(OwnerError::Lock(held).into()),
            },
            Err(error) => return Err(OwnerError::Lock(error).into()),
        }
    };
    let (calls, called) = unbounded::<Call>();
    let Started { owner, threads, lock } = owner::start(&enter, lock, called)?;
    let to_owner = calls.clone();
    let server = Server::start(
        &enter.state,
        Box::new(move |request, each| {
            forward(&to_owner, request, each);
        }),
    );
    let server = server.map_err(|error| Refusal { what: error.to_string(), hint: None, code: 3 })?;
    let thread = std::thread::spawn(move || {
        let outcome = owner.run();
        for thread in threads {
            // A thread that panicked has said so; the journal holds all that matters.
            let _ = thread.join();
        }
        drop(lock);
        outcome
    });
    Ok(Door(Side::Owner { calls, server, thread }))
}

/// Opens a state directory for questions: through its owner, or in this process when there is none.
pub fn look(state: &Path) -> Result<Door, Refusal> {
    let begin = Instant::now();
    let client = loop {
        match looking(state) {
            Err(ClientError::Line { .. }) if begin.elapsed() < PATIENCE => std::thread::sleep(AGAIN),
            client => break client.map_err(refusal)?,
        }
    };
    Ok(Door(Side::Looking { client, state: state.to_path_buf() }))
}

fn looking(state: &Path) -> Result<Client, ClientError> {
    match Client::connect(state) {
        Err(ClientError::NotRunning { .. }) => archive(state.to_path_buf()).map_err(ClientError::Refused),
        client => client,
    }
}

/// Hands on the answers to a question. An owner that ends at that moment hangs up: as long as it has said nothing, it is
/// asked again, until another owner or the files that are left answer.
fn ask(
    client: &mut Client,
    state: &Path,
    request: &Request,
    each: &mut dyn FnMut(Answer) -> bool,
) -> Result<(), ClientError> {
    let (begin, mut silent) = (Instant::now(), true);
    loop {
        let asked = client.stream(request.clone(), |answer| {
            silent = false;
            each(answer)
        });
        let gone = match &asked {
            Err(ClientError::Line { .. } | ClientError::NotRunning { .. }) => true,
            Err(ClientError::Refused(refusal)) => *refusal == stopped(),
            _ => false,
        };
        if !gone || !silent || begin.elapsed() >= PATIENCE {
            return asked;
        }
        std::thread::sleep(AGAIN);
        // One that hangs up at once is asked again like one that hung up later.
        match looking(state) {
            Err(ClientError::Line { .. }) => {}
            other => *client = other?,
        }
    }
}

/// Handlers over the files of a state directory without an owner.
fn archive(state: PathBuf) -> Result<Client, Refusal> {
    let failed = |what: String| Refusal { what, hint: None, code: 3 };
    let journal = Journal::look(&state).map_err(|error| failed(error.to_string()))?;
    let (grid, _, _) = owner::start::replay(&journal, None)?;
    let history = Reader::open(&state.join("history.db")).map_err(|error| failed(error.to_string()))?;
    Ok(Client::here(Box::new(move |request, each| {
        each(answer::answer(&request, &grid, &history, &state, false));
    })))
}

fn forward(calls: &Sender<Call>, request: Request, each: &mut dyn FnMut(Answer) -> bool) {
    let (reply, answers) = unbounded();
    let may_be_silent = matches!(request, Request::Follow { .. } | Request::Logs { follow: true, .. });
    if calls.send(Call::Ask { request, reply }).is_err() {
        each(Answer::Error(stopped()));
        return;
    }
    let mut answered = may_be_silent;
    for answer in answers {
        answered = true;
        if !each(answer) {
            return;
        }
    }
    // It ended with the question before it.
    if !answered {
        each(Answer::Error(stopped()));
    }
}

impl Door {
    /// Asks for one answer.
    pub fn call(&mut self, request: Request) -> Result<Answer, Refusal> {
        match &mut self.0 {
            Side::Client { client, .. } => client.call(request).map_err(refusal),
            Side::Looking { client, state } => {
                let mut first = None;
                let asked = ask(client, state, &request, &mut |answer| {
                    first.get_or_insert(answer);
                    true
                });
                // An answer is one, whatever becomes of the connection behind it.
                match (first, asked) {
                    (Some(answer), _) => Ok(answer),
                    (None, Ok(())) => Err(refusal(ClientError::Silent)),
                    (None, Err(error)) => Err(refusal(error)),
                }
            }
            Side::Owner { calls, .. } => {
                let mut first = None;
                forward(calls, request, &mut |answer| {
                    first.get_or_insert(answer);
                    true
                });
                match first {
                    Some(Answer::Error(refusal)) => Err(refusal),
                    Some(answer) => Ok(answer),
                    None => Err(stopped()),
                }
            }
        }
    }

    /// Asks for a stream of answers, until there are no more or `each` gives false.
    pub fn stream(&mut self, request: Request, each: &mut dyn FnMut(Answer) -> bool) -> Result<(), Refusal> {
        match &mut self.0 {
            Side::Client { client, .. } => client.stream(request, each).map_err(refusal),
            Side::Looking { client, state } => ask(client, state, &request, each).map_err(refusal),
            Side::Owner { calls, .. } => {
                let mut refused = None;
                forward(calls, request, &mut |answer| match answer {
                    Answer::Error(refusal) => {
                        refused = Some(refusal);
                        false
                    }
                    answer => each(answer),
                });
                refused.map_or(Ok(()), Err)
            }
        }
    }

    /// Whether this process is the owner.
    pub fn is_owner(&self) -> bool {
        matches!(self.0, Side::Owner { .. })
    }

    /// The state directory's owner lives here or elsewhere; this says where it was looked for.
    pub fn state(&self) -> Option<&Path> {
        match &self.0 {
            Side::Client { state, .. } | Side::Looking { state, .. } => Some(state),
            Side::Owner { .. } => None,
        }
    }

    /// A handle that stops the owner.
    pub fn stopper(&self) -> Stopper {
        Stopper(match &self.0 {
            Side::Owner { calls, .. } => Way::Calls(calls.clone()),
            Side::Client { .. } | Side::Looking { .. } => Way::None,
        })
    }

    /// Leaves. An owner stays until no job is under way or it is stopped, then gives the directory up.
    pub fn close(self) -> Result<(), Refusal> {
        match self.0 {
            Side::Client { .. } | Side::Looking { .. } => Ok(()),
            Side::Owner { calls, server, thread } => {
                // An owner that has stopped by itself hears no more, and need not.
                let _ = calls.send(Call::Leave);
                let outcome = thread.join().unwrap_or_else(|_| Err(our_bug()));
                server.stop();
                outcome
            }
        }
    }
}

fn refusal(error: ClientError) -> Refusal {
    let code = error.code();
    match error {
        ClientError::Refused(refusal) => refusal,
        error => Refusal { what: error.to_string(), hint: None, code },
    }
}

fn stopped() -> Refusal {
    Refusal {
        what: "the owner of this directory has stopped".to_string(),
        hint: Some("run the same command again to continue".to_string()),
        code: 3,
    }
}

fn our_bug() -> Refusal {
    Refusal {
        what: "the owner's thread ended by a bug of ours".to_string(),
        hint: Some("nothing recorded is lost: run the same command again, and please report this".to_string()),
        code: 70,
    }
}
