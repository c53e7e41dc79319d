//! Signals that ask the program to stop: a thread that says so while something runs.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::JoinHandle;

/// Watches for SIGINT, SIGTERM and SIGHUP until it is dropped.
///
/// It owns a thread, so it must not exist while processes are forked.
pub struct Watch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    first: Arc<AtomicI32>,
}

impl Watch {
    /// Calls `each` in a thread for every signal, with how many have come so far, this one included.
    pub fn start(mut each: impl FnMut(i32, u32) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        let first = Arc::new(AtomicI32::new(0));
        let seen = Arc::clone(&first);
        let thread = std::thread::Builder::new().name("signals".into()).spawn(move || {
            for (count, signal) in (1u32..).zip(signals.forever()) {
                let _ = seen.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
                each(signal, count);
            }
        })?;
        Ok(Self { handle, thread: Some(thread), first })
    }

    /// The signal that came first, if one has come.
    pub fn first(&self) -> Option<i32> {
        Some(self.first.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // It only ends with an error if it panicked, which ends the whole program.
            let _ = thread.join();
        }
    }
}
