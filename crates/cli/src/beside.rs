//! The directory of a document, for the files that it names: lists of items, included files, what a pattern matches.

use pelago_describe::{Beside, MAX_TEXT};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Files below a directory, and such that have an absolute path.
pub struct Folder<'a>(pub &'a Path);

impl Beside for Folder<'_> {
    fn text(&mut self, path: &str) -> io::Result<String> {
        let mut text = String::new();
        // One byte more than a text may have, so that one which is too long is seen to be.
        File::open(self.0.join(path))?.take(MAX_TEXT as u64 + 1).read_to_string(&mut text)?;
        Ok(text)
    }

    fn matching(&mut self, pattern: &str, only: Option<&str>) -> io::Result<Vec<String>> {
        let found = pelago_site::submit::matching(pattern, self.0).map_err(io::Error::other)?;
        let wanted = |name: &String| {
            let path = self.0.join(name);
            match only {
                Some("files") => path.is_file(),
                Some("dirs") => path.is_dir(),
                _ => path.exists(),
            }
        };
        Ok(found.into_iter().filter(wanted).collect())
    }
}
