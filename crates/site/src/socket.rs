//! The site's door on this machine: a Unix socket in the state directory, for the same user only.
//!
//! Each connection has a thread of its own and carries requests one after the other, in the form of
//! [`pelago_client::line`].

use pelago_client::line::{self, Greeting, LineError};
use pelago_client::socket::{Directory, FILE};
use pelago_wire::message::{Answer, Refusal, Request};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, Shutdown, SocketAddrUnix, SocketFlags, SocketType};
use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::Shutdown as Both;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Connections at a time; more are told so and closed.
const CONNECTIONS: usize = 64;

/// How long a new connection may take to say who it is.
const GREETING: Duration = Duration::from_secs(10);

/// How long clients may take to hear what is said to them when the door closes.
const GOODBYE: Duration = Duration::from_secs(2);

/// Answers requests: called with a request and with what sends each answer, which gives false when the client is gone.
pub type Answering = dyn Fn(Request, &mut dyn FnMut(Answer) -> bool) + Send + Sync;

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be made: {source}; make the directory writable, or name another one with --dir")]
pub struct SocketError {
    /// The socket.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A listening socket. It is closed and removed when this is dropped.
pub struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    directory: Directory,
    listener: UnixListener,
    handler: Box<Answering>,
    open: Mutex<Open>,
    /// A connection has ended.
    left: Condvar,
}

/// The connections there are.
#[derive(Default)]
struct Open {
    stopped: bool,
    next: u64,
    streams: BTreeMap<u64, UnixStream>,
    threads: BTreeMap<u64, JoinHandle<()>>,
}

impl Server {
    /// Listens in the state directory `dir`, which the caller must own by its [`crate::lock::Lock`]: what is left of
    /// an earlier owner's socket is removed.
    pub fn start(dir: &Path, handler: Box<Answering>) -> Result<Self, SocketError> {
        let at = |source: io::Error| SocketError { path: dir.join(FILE), source };
        let directory = Directory::open(dir).map_err(at)?;
        let listener = listen(&directory).map_err(at)?;
        let shared = Arc::new(Shared { directory, listener, handler, open: Mutex::default(), left: Condvar::new() });
        let inner = Arc::clone(&shared);
        let accepting = std::thread::Builder::new().name("socket".into()).spawn(move || accept(&inner)).map_err(at)?;
        Ok(Self { shared, accepting: Some(accepting) })
    }

    /// Takes no new connection, ends those there are, and waits until their handlers have returned.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        let _ = std::fs::remove_file(self.shared.directory.socket());
        let here = std::thread::current().id();
        let threads = {
            let mut open = self.shared.open();
            open.stopped = true;
            // Nothing more is heard, but what is being said is said to its end: a client that waits for the end of its job
            // would else take its owner for dead, and go on in its place.
            for stream in open.streams.values() {
                let _ = stream.shutdown(Both::Read);
            }
            let mine = open.threads.values().filter(|thread| thread.thread().id() == here).count();
            let waited = self.shared.left.wait_timeout_while(open, GOODBYE, |open| open.streams.len() > mine);
            let (mut open, _) = waited.unwrap_or_else(PoisonError::into_inner);
            for stream in open.streams.values() {
                let _ = stream.shutdown(Both::Both);
            }
            std::mem::take(&mut open.threads)
        };
        // Wakes the accepting thread.
        let _ = rustix::net::shutdown(&self.shared.listener, Shutdown::Both);
        let _ = accepting.join();
        for thread in threads.into_values() {
            // A handler may be what stops the site; it cannot wait for itself.
            if thread.thread().id() != here {
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Each change under the lock is whole in itself.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds, and makes the socket the user's own before anyone can connect.
fn listen(directory: &Directory) -> io::Result<UnixListener> {
    let path = directory.socket();
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(&path)?)?;
    rustix::fs::chmod(&path, Mode::RUSR | Mode::WUSR)?;
    rustix::net::listen(&socket, 128)?;
    Ok(UnixListener::from(socket))
}

fn accept(shared: &Arc<Shared>) {
    loop {
        match shared.listener.accept() {
            Ok((stream, _)) => {
                // A connection that cannot be served is closed; the client sees that and says so.
                let _ = admit(shared, stream);
            }
            Err(error) => match Errno::from_io_error(&error) {
                // The client went away again, or a signal came.
                Some(Errno::CONNABORTED | Errno::INTR) => {}
                // Descriptors or memory are short. Each connection that ends frees some; until then there is nothing to
                // wait on but time.
                Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    std::thread::park_timeout(Duration::from_millis(50));
                }
                _ => return,
            },
        }
        if shared.open().stopped {
            return;
        }
    }
}

fn admit(shared: &Arc<Shared>, mut stream: UnixStream) -> io::Result<()> {
    if socket_peercred(&stream)?.uid != rustix::process::geteuid() {
        return Ok(());
    }
    let mut open = shared.open();
    if open.stopped {
        return Ok(());
    }
    if open.streams.len() >= CONNECTIONS {
        drop(open);
        let what = format!("{CONNECTIONS} clients are connected already");
        return refuse(&mut stream, what, "end one of them and try again");
    }
    let number = open.next;
    open.next += 1;
    open.streams.insert(number, stream.try_clone()?);
    let inner = Arc::clone(shared);
    let spawned = std::thread::Builder::new().name(format!("client {number}")).spawn(move || {
        // How a conversation failed is seen by the client.
        let _ = converse(&*inner.handler, stream);
        let mut open = inner.open();
        open.streams.remove(&number);
        open.threads.remove(&number);
        inner.left.notify_all();
    });
    match spawned {
        Ok(thread) => {
            open.threads.insert(number, thread);
            Ok(())
        }
        Err(error) => {
            open.streams.remove(&number);
            Err(error)
        }
    }
}

fn refuse(stream: &mut UnixStream, what: String, hint: &str) -> io::Result<()> {
    let mut bytes = Vec::new();
    let refusal = Answer::Error(Refusal { what, hint: Some(hint.to_string()), code: 5 });
    let written = line::write(&mut bytes, &Greeting::OURS)
        .and_then(|()| line::write(&mut bytes, &refusal))
        .and_then(|()| line::end(&mut bytes));
    written.map_err(io::Error::other)?;
    stream.write_all(&bytes)?;
    // A client that has written already would lose the answer if the socket were closed with its request unread.
    stream.shutdown(Both::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let _ = io::copy(stream, &mut io::sink());
    Ok(())
}

/// Serves one connection to its end.
fn converse(handler: &Answering, stream: UnixStream) -> Result<(), LineError> {
    stream.set_read_timeout(Some(GREETING))?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    line::write(&mut writer, &Greeting::OURS)?;
    if line::read::<Greeting>(&mut reader)? != Some(Greeting::OURS) {
        // Our greeting tells the client which version it should have been.
        return Ok(());
    }
    reader.get_ref().set_read_timeout(None)?;
    loop {
        match line::read::<Request>(&mut reader) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let mut sent = Ok(());
                handler(request, &mut |answer| {
                    if sent.is_ok() {
                        sent = send(&mut writer, &answer);
                    }
                    sent.is_ok()
                });
                sent?;
                line::end(&mut writer)?;
            }
            Err(error @ (LineError::Foreign(_) | LineError::TooLong)) => {
                let what = format!("the request was not understood: {error}");
                let hint = Some("use the same program as the owner".to_string());
                send(&mut writer, &Answer::Error(Refusal { what, hint, code: 2 }))?;
                line::end(&mut writer)?;
                // After a line that is too long the rest of it would be taken for requests.
                return Err(error);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Sends an answer; one that is too long becomes an error that says so.
fn send(writer: &mut UnixStream, answer: &Answer) -> Result<(), LineError> {
    match line::write(writer, answer) {
        Err(LineError::TooLong) => {
            let what = format!("the answer is longer than {} bytes", line::MAX);
            let hint = Some("ask for less, for example with --limit".to_string());
            line::write(writer, &Answer::Error(Refusal { what, hint, code: 4 }))
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_client::{Client, ClientError};
    use std::io::{BufRead, Read};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::mpsc;

    fn done(text: &str) -> Answer {
        Answer::Done { text: text.into() }
    }

    fn answers(request: Request, answer: &mut dyn FnMut(Answer) -> bool) {
        match request {
            Request::Follow { .. } => {
                let _ = (0..5).all(|count| answer(done(&count.to_string())));
            }
            Request::Values { .. } => {
                answer(done(&"x".repeat(line::MAX)));
            }
            Request::Cancel { id } => {
                let what = format!("there is no {}", id.unwrap_or_default());
                answer(Answer::Error(Refusal { what, hint: None, code: 2 }));
            }
            _ => {
                answer(done("yes"));
            }
        }
    }

    fn site() -> (tempfile::TempDir, Server) {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), Box::new(answers)).unwrap();
        (dir, server)
    }

    #[test]
    fn what_is_being_said_is_heard_to_its_end_when_the_door_closes() {
        let dir = tempfile::tempdir().unwrap();
        let door = dir.path().join(FILE);
        let (begun, heard) = mpsc::channel();
        let begun = Mutex::new(begun);
        let handler = Box::new(move |_: Request, each: &mut dyn FnMut(Answer) -> bool| {
            each(done("first"));
            begun.lock().unwrap().send(()).unwrap();
            // The closing door takes its socket away first.
            while door.exists() {
                std::thread::yield_now();
            }
            let _ = (0..1000).all(|count| each(done(&count.to_string())));
        });
        let server = Server::start(dir.path(), handler).unwrap();
        let mut client = Client::connect(dir.path()).unwrap();
        let client = std::thread::spawn(move || {
            let mut count = 0;
            let all = client.stream(Request::Follow { id: None }, |_| {
                count += 1;
                true
            });
            (count, all.is_ok())
        });
        heard.recv().unwrap();
        server.stop();
        assert_eq!(client.join().unwrap(), (1001, true));
    }

    #[test]
    fn calls_streams_and_refusals_share_a_connection() {
        let (dir, server) = site();
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut client = Client::connect(dir.path()).unwrap();
        for _ in 0..3 {
            assert_eq!(client.call(Request::Status { id: None }).unwrap(), done("yes"));
            let mut seen = Vec::new();
            let all = client.stream(Request::Follow { id: None }, |answer| {
                seen.push(answer);
                true
            });
            all.unwrap();
            assert_eq!(seen.len(), 5);
            // Given up on the way: the next call is not confused by the rest.
            client.stream(Request::Follow { id: None }, |_| false).unwrap();
            match client.call(Request::Cancel { id: Some("9".into()) }) {
                Err(ClientError::Refused(refusal)) => assert_eq!(refusal.what, "there is no 9"),
                other => panic!("{other:?}"),
            }
            let long = client.call(Request::Values { id: None }).unwrap_err().to_string();
            assert!(long.contains("longer than"), "{long}");
        }
        server.stop();
        assert!(!dir.path().join(FILE).exists());
        assert!(client.call(Request::Status { id: None }).is_err());
        assert!(matches!(Client::connect(dir.path()), Err(ClientError::NotRunning { .. })));
    }

    #[test]
    fn long_paths_and_an_earlier_owners_socket_are_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("d".repeat(120)).join("e".repeat(120));
        std::fs::create_dir_all(&deep).unwrap();
        // A socket that a killed owner left.
        drop(listen(&Directory::open(&deep).unwrap()).unwrap());
        assert!(matches!(Client::connect(&deep), Err(ClientError::NotRunning { .. })));
        let _server = Server::start(&deep, Box::new(answers)).unwrap();
        assert_eq!(Client::connect(&deep).unwrap().call(Request::Status { id: None }).unwrap(), done("yes"));
    }

    fn raw(dir: &Path) -> BufReader<UnixStream> {
        BufReader::new(UnixStream::connect(Directory::open(dir).unwrap().socket()).unwrap())
    }

    #[test]
    fn strangers_lines_are_answered_and_the_door_stays_open() {
        let (dir, _server) = site();
        let mut peer = raw(dir.path());
        peer.get_mut().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut text = String::new();
        // A reset is as good as an end: the site did not read on.
        let _ = peer.read_to_string(&mut text);
        let mut peer = raw(dir.path());
        peer.get_mut().write_all(b"{\"pelago\":1}\n{\"request\":\"fly\"}\n").unwrap();
        let lines: Vec<String> = peer.lines().map_while(Result::ok).collect();
        assert_eq!(lines[0], "{\"pelago\":1}");
        assert!(lines[1].contains("not understood") && lines[2].is_empty(), "{lines:?}");
        let mut peer = raw(dir.path());
        peer.get_mut().write_all(b"{\"pelago\":7}\n").unwrap();
        let lines: Vec<String> = peer.lines().map_while(Result::ok).collect();
        assert_eq!(lines, ["{\"pelago\":1}"], "the version is told, nothing else");
        let mut client = Client::connect(dir.path()).unwrap();
        assert_eq!(client.call(Request::Status { id: None }).unwrap(), done("yes"));
    }

    #[test]
    fn another_users_process_gets_nothing() {
        let (dir, _server) = site();
        let open = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        // Even where the files would allow it.
        open(dir.path(), 0o777);
        open(&dir.path().join(FILE), 0o777);
        let script = "import os,socket,sys\nos.setuid(65534)\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                      print(len(s.recv(100)))";
        let python = std::process::Command::new("python3").args(["-c", script]).arg(dir.path().join(FILE)).output();
        match python {
            Ok(output) if output.status.success() => assert_eq!(output.stdout, b"0\n"),
            other => eprintln!("skipped: python3 as another user: {other:?}"),
        }
    }

    #[test]
    fn too_many_clients_are_told_so() {
        let (dir, _server) = site();
        let mut held: Vec<Client> = (0..CONNECTIONS).map(|_| Client::connect(dir.path()).unwrap()).collect();
        let error = Client::connect(dir.path()).and_then(|mut client| client.call(Request::Status { id: None }));
        assert!(error.is_err_and(|error| error.to_string().contains("clients are connected already")));
        assert!(held[0].call(Request::Status { id: None }).is_ok());
    }

    #[test]
    fn stopping_ends_a_stream_whose_client_does_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let (told, started) = mpsc::channel();
        let endless = move |_: Request, answer: &mut dyn FnMut(Answer) -> bool| {
            let _ = told.send(());
            while answer(done(&"x".repeat(1 << 16))) {}
        };
        let server = Server::start(dir.path(), Box::new(endless)).unwrap();
        let mut peer = raw(dir.path());
        peer.get_mut().write_all(b"{\"pelago\":1}\n{\"request\":\"follow\",\"id\":null}\n").unwrap();
        started.recv().unwrap();
        server.stop();
    }
}
