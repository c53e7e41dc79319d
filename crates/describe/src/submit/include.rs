//! What a document takes from files beside it: the lines of `include`, the items of `queue … from` and `matching`.

use super::line::Lines;
use super::queue::{Mode, Queue};
use super::read::Reader;
use crate::MAX_TEXT;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::ops::Range;

/// How deep files may include each other; HTCondor's own limit.
const DEPTH: u32 = 20;

impl Reader<'_> {
    /// The lines of a file in the place of the statement that names it; false if nobody opens files here.
    pub(super) fn included(&mut self, name: &str, may_be_missing: bool, span: &Range<usize>) -> bool {
        let name = self.expand(name, span.clone());
        let Some(beside) = &mut self.beside else { return false };
        let text = match beside.text(&name) {
            Ok(text) => text,
            Err(_) if may_be_missing => return true,
            Err(error) => {
                self.diagnostics.error(span.clone(), format!("the file `{name}` cannot be included: {error}"));
                return true;
            }
        };
        if self.depth == DEPTH {
            self.diagnostics
                .error(span.clone(), format!("`{name}` is included more than {DEPTH} files deep"))
                .note("a file that includes itself never ends");
            return true;
        }
        if !self.grows(text.len(), &name, span) {
            return true;
        }
        self.depth += 1;
        let mut lines = Lines::at(&text, span.clone());
        while let Some(line) = lines.next() {
            self.line(&line, &mut lines);
        }
        self.depth -= 1;
        true
    }

    /// Looks for the items of a statement where they are, if files are opened here.
    pub(super) fn look(&mut self, queue: &mut Queue, span: &Range<usize>) {
        let Some(beside) = &mut self.beside else { return };
        match (queue.mode, queue.source.as_deref()) {
            (Mode::From, Some(name)) if queue.table.is_none() && !name.ends_with('|') => match beside.text(name) {
                Ok(text) => {
                    let name = name.to_string();
                    if self.grows(text.len(), &name, span) {
                        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                        queue.items = lines.map(str::to_string).collect();
                        queue.source = None;
                    }
                }
                Err(error) => {
                    self.diagnostics
                        .error(span.clone(), format!("the file of items `{name}` cannot be opened: {error}"))
                        .help("it holds one item a line; its path is relative to where the document is");
                    queue.source = None;
                }
            },
            (Mode::Matching, _) => {
                let mut found = Vec::new();
                for pattern in &queue.items {
                    match beside.matching(pattern, queue.only) {
                        Ok(names) => found.extend(names),
                        Err(error) if error.kind() == ErrorKind::Unsupported => return,
                        Err(error) => {
                            let message = format!("nothing can be looked for by `{pattern}`: {error}");
                            self.diagnostics.error(span.clone(), message);
                            return;
                        }
                    }
                }
                if found.is_empty() {
                    let patterns = queue.items.join(" ");
                    self.diagnostics.error(span.clone(), format!("nothing matches `{patterns}`, so there is no job"));
                }
                let mut known = BTreeSet::new();
                found.retain(|name| known.insert(name.clone()));
                (queue.items, queue.mode, queue.only) = (found, Mode::From, None);
            }
            _ => {}
        }
    }

    /// Counts what was taken in; false if it is more than a text may be.
    fn grows(&mut self, length: usize, name: &str, span: &Range<usize>) -> bool {
        self.taken = self.taken.saturating_add(length);
        let fits = self.taken <= MAX_TEXT;
        if !fits {
            let message = format!("with `{name}` the document is larger than {MAX_TEXT} bytes");
            self.diagnostics.error(span.clone(), message);
        }
        fits
    }
}
