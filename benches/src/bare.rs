//! The machine's own limit: processes that are only started and collected, a lane a processor.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const PROGRAM: &CStr = c"/bin/true";

/// Starts and collects `count` processes on `lanes` lanes, each of which waits for its own.
pub fn spawn(count: u64, lanes: usize) -> io::Result<()> {
    let next = AtomicU64::new(0);
    // The very processes that the other side runs: `true` reads its locale when it has an argument.
    let environment: Vec<CString> = std::env::vars_os()
        .map(|(name, value)| CString::new([name.as_bytes(), value.as_bytes()].join(&b'=')))
        .collect::<Result<_, _>>()?;
    let environment = environment.as_slice();
    let lane = || -> io::Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            one(number, environment)?;
        }
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..lanes).map(|_| scope.spawn(lane)).collect();
        let own = lane();
        others.into_iter().try_for_each(|other| other.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))?;
        own
    })
}

fn one(number: u64, environment: &[CString]) -> io::Result<()> {
    let number = CString::new(number.to_string())?;
    let argv = [PROGRAM.as_ptr().cast_mut(), number.as_ptr().cast_mut(), ptr::null_mut()];
    let environment: Vec<_> =
        environment.iter().map(|variable| variable.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect();
    let (mut id, mut status) = (0, 0);
    #[expect(unsafe_code, reason = "the C library's own call, without what Rust's does beside it, is the limit")]
    // SAFETY: the path and the lists are zero-terminated and outlive the call; no actions or attributes are given.
    let failed = unsafe {
        libc::posix_spawn(&raw mut id, PROGRAM.as_ptr(), ptr::null(), ptr::null(), argv.as_ptr(), environment.as_ptr())
    };
    if failed != 0 {
        return Err(io::Error::from_raw_os_error(failed));
    }
    #[expect(unsafe_code, reason = "collects the process by its number")]
    // SAFETY: `status` lives; the child is ours and not yet collected.
    let collected = unsafe { libc::waitpid(id, &raw mut status, 0) };
    match (collected == id, status) {
        (true, 0) => Ok(()),
        (true, _) => Err(io::Error::other(format!("/bin/true ended with status {status}"))),
        (false, _) => Err(io::Error::last_os_error()),
    }
}
