//! Pack files: what thousands of tasks printed, in few files that only grow.

use crate::error::AgentError;
use crate::layout::Layout;
use pelago_job::{LogSpan, Stream};
use pelago_stage::StageError;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A pack that has reached this is followed by another.
const FULL: u64 = 64 << 20;

/// The numbers of new packs: unique in a state directory for ever, across owners.
pub(crate) fn numbers(layout: &Layout) -> Result<Arc<AtomicU32>, AgentError> {
    let failed = |why| AgentError::state("cannot read", &layout.packs(), why);
    let mut next = 1;
    let entries = match fs::read_dir(layout.packs()) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Arc::new(AtomicU32::new(next))),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.split('.').next()?.parse::<u32>().ok());
        next = next.max(number.map_or(0, |number| number.saturating_add(1)));
    }
    Ok(Arc::new(AtomicU32::new(next)))
}

/// The packs that one lane writes.
pub(crate) struct Packs {
    layout: Layout,
    numbers: Arc<AtomicU32>,
    open: Option<Pack>,
}

struct Pack {
    number: u32,
    out: (File, u64),
    err: (File, u64),
}

impl Packs {
    pub(crate) fn new(layout: Layout, numbers: Arc<AtomicU32>) -> Self {
        Self { layout, numbers, open: None }
    }

    /// Copies the first `len` bytes of a lane's log into a pack.
    pub(crate) fn keep(&mut self, stream: Stream, log: &File, len: u64) -> Result<LogSpan, StageError> {
        if len == 0 {
            return Ok(LogSpan::default());
        }
        if self.open.as_ref().is_none_or(|pack| pack.out.1.max(pack.err.1) >= FULL) {
            self.open = Some(self.begin()?);
        }
        let Some(pack) = &mut self.open else { return Ok(LogSpan::default()) };
        let path = self.layout.pack(pack.number, stream);
        let (file, end) = match stream {
            Stream::Out => &mut pack.out,
            Stream::Err => &mut pack.err,
        };
        match append(log, len, file) {
            Ok(copied) => {
                let span = LogSpan { pack: pack.number, offset: *end, len: copied };
                *end += copied;
                Ok(span)
            }
            Err(why) => {
                // What was written of it belongs to nobody; the next log begins where this one did.
                let _ = file.set_len(*end).and_then(|()| file.seek(SeekFrom::Start(*end)));
                Err(StageError::system("cannot write", &path, why))
            }
        }
    }

    fn begin(&self) -> Result<Pack, StageError> {
        let directory = self.layout.packs();
        fs::create_dir_all(&directory).map_err(|why| StageError::system("cannot make", &directory, why))?;
        loop {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let make = |stream| {
                let path = self.layout.pack(number, stream);
                let made = File::options().write(true).create_new(true).open(&path);
                made.map_err(|why| (why.kind(), StageError::system("cannot make", &path, why)))
            };
            match make(Stream::Out).and_then(|out| Ok((out, make(Stream::Err)?))) {
                Ok((out, err)) => return Ok(Pack { number, out: (out, 0), err: (err, 0) }),
                Err((io::ErrorKind::AlreadyExists, _)) => {}
                Err((_, why)) => return Err(why),
            }
        }
    }
}

fn append(mut source: &File, len: u64, target: &mut File) -> io::Result<u64> {
    source.seek(SeekFrom::Start(0))?;
    if len > 1 << 16 {
        return io::copy(&mut source.take(len), target);
    }
    let mut text = Vec::new();
    source.take(len).read_to_end(&mut text)?;
    target.write_all(&text)?;
    Ok(text.len() as u64)
}

/// Reads what a task printed: at most `most` bytes, after the first `skip`. Needs no owner.
pub fn read_log(state: &Path, span: LogSpan, stream: Stream, skip: u64, most: u64) -> Result<Vec<u8>, AgentError> {
    let left = span.len.saturating_sub(skip).min(most);
    if left == 0 {
        return Ok(Vec::new());
    }
    let path = Layout::new(state).pack(span.pack, stream);
    let failed = |why| AgentError::state("cannot read", &path, why);
    let file = File::open(&path).map_err(failed)?;
    // The length is from a record; what is not there must not cost memory.
    let there = file.metadata().map_err(failed)?.len().saturating_sub(span.offset.saturating_add(skip));
    let mut bytes = vec![0; usize::try_from(left.min(there)).unwrap_or(0)];
    file.read_exact_at(&mut bytes, span.offset.saturating_add(skip)).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_follow_one_another_and_numbers_are_never_used_again() {
        let temporary = tempfile::tempdir().unwrap();
        let layout = Layout::new(temporary.path());
        let log = temporary.path().join("log");
        let mut spans = Vec::new();
        for owner in 0..2 {
            let mut packs = Packs::new(layout.clone(), numbers(&layout).unwrap());
            for text in ["one", "", "three"] {
                fs::write(&log, text).unwrap();
                let span = packs.keep(Stream::Out, &File::open(&log).unwrap(), text.len() as u64).unwrap();
                assert_eq!(read_log(layout.state(), span, Stream::Out, 0, 100).unwrap(), text.as_bytes());
                spans.push(span);
            }
            assert_eq!(spans[owner * 3 + 2], LogSpan { pack: owner as u32 + 1, offset: 3, len: 5 });
        }
        assert_eq!(read_log(layout.state(), spans[2], Stream::Out, 2, 2).unwrap(), b"re");
        assert_eq!(read_log(layout.state(), spans[2], Stream::Out, 9, 2).unwrap(), b"");
        let torn = LogSpan { len: u64::MAX, ..spans[2] };
        assert_eq!(read_log(layout.state(), torn, Stream::Out, 0, u64::MAX).unwrap(), b"three");
    }

    #[test]
    fn a_full_pack_is_followed_by_another() {
        let temporary = tempfile::tempdir().unwrap();
        let layout = Layout::new(temporary.path());
        let log = File::create_new(temporary.path().join("log")).unwrap();
        log.set_len(FULL).unwrap();
        let log = File::open(temporary.path().join("log")).unwrap();
        let mut packs = Packs::new(layout.clone(), numbers(&layout).unwrap());
        assert_eq!(packs.keep(Stream::Err, &log, FULL).unwrap().pack, 1);
        assert_eq!(packs.keep(Stream::Out, &log, 5).unwrap(), LogSpan { pack: 2, offset: 0, len: 5 });
    }
}
