//! The connection to the owner of a state directory over its Unix socket.

use crate::ClientError;
use crate::line::{self, Greeting, LineError};
use pelago_wire::message::{Answer, Request};
use rustix::fs::{Mode, OFlags};
use rustix::net::sockopt::socket_peercred;
use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The name of the socket in a state directory.
pub const FILE: &str = "socket";

/// A directory kept open, so that the socket in it can be named shortly however long its path is: the address of a
/// Unix socket holds 107 bytes.
#[derive(Debug)]
pub struct Directory(File);

impl Directory {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(dir, flags, Mode::empty())?.into()))
    }

    /// A short path of the socket, valid in this process while `self` lives.
    pub fn socket(&self) -> PathBuf {
        format!("/proc/self/fd/{}/{FILE}", self.0.as_raw_fd()).into()
    }
}

/// A connection on which both sides have greeted.
#[derive(Debug)]
pub(crate) struct Connection {
    dir: PathBuf,
    reader: BufReader<UnixStream>,
}

impl Connection {
    pub(crate) fn open(dir: &Path) -> Result<Self, ClientError> {
        let stream = Directory::open(dir).and_then(|open| UnixStream::connect(open.socket()));
        let stream = stream.map_err(|source| {
            let dir = dir.to_path_buf();
            match source.kind() {
                io::ErrorKind::PermissionDenied => ClientError::NotAllowed { dir, source },
                _ => ClientError::NotRunning { dir, source },
            }
        })?;
        let mut connection = Self { dir: dir.to_path_buf(), reader: BufReader::new(stream) };
        connection.greet()?;
        Ok(connection)
    }

    fn greet(&mut self) -> Result<(), ClientError> {
        // Whoever listens there would be told everything that this user asks for.
        let peer =
            socket_peercred(self.reader.get_ref()).map_err(|error| self.failed(io::Error::from(error).into()))?;
        if peer.uid != rustix::process::geteuid() {
            let text = format!("user {} listens there", peer.uid.as_raw());
            let source = io::Error::new(io::ErrorKind::PermissionDenied, text);
            return Err(ClientError::NotAllowed { dir: self.dir.clone(), source });
        }
        line::write(self.reader.get_mut(), &Greeting::OURS).map_err(|error| self.failed(error))?;
        match line::read::<Greeting>(&mut self.reader).map_err(|error| self.failed(error))? {
            Some(Greeting::OURS) => Ok(()),
            Some(theirs) => Err(ClientError::Version { theirs: theirs.pelago, ours: Greeting::OURS.pelago }),
            None => Err(self.failed(LineError::Closed)),
        }
    }

    /// Asks, and hands each answer on. `Ok(false)` if the receiver wanted no more: then the connection is of no further
    /// use, because the rest of the answers is still to come.
    pub(crate) fn ask(&mut self, request: &Request, on: &mut dyn FnMut(Answer) -> bool) -> Result<bool, ClientError> {
        line::write(self.reader.get_mut(), request).map_err(|error| self.failed(error))?;
        while let Some(answer) = line::read(&mut self.reader).map_err(|error| self.failed(error))? {
            if !on(answer) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn failed(&self, source: LineError) -> ClientError {
        ClientError::Line { dir: self.dir.clone(), source }
    }
}
