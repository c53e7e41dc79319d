//! Files that stand beside a document and that it names: opened by whoever runs it, and by nobody who only checks it.

use std::io;

/// Looks at files for a reader. Paths are relative to where the document is submitted, or absolute.
pub trait Beside {
    /// The text of a file.
    ///
    /// # Errors
    /// It cannot be opened, or is no text.
    fn text(&mut self, path: &str) -> io::Result<String>;

    /// The names of what matches a pattern, in order: files and directories, or one of them (`files`, `dirs`).
    ///
    /// # Errors
    /// Nothing can be looked for.
    fn matching(&mut self, pattern: &str, only: Option<&str>) -> io::Result<Vec<String>>;
}

/// A closure opens files, and knows of none that it is not asked for.
impl<F: FnMut(&str) -> io::Result<String>> Beside for F {
    fn text(&mut self, path: &str) -> io::Result<String> {
        self(path)
    }

    fn matching(&mut self, _: &str, _: Option<&str>) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What stands below a directory of another one.
pub(crate) struct Below<'a> {
    /// The directory; empty for the other one itself.
    pub directory: &'a str,
    /// Who looks.
    pub beside: &'a mut dyn Beside,
}

impl Below<'_> {
    fn path(&self, name: &str) -> String {
        match self.directory.is_empty() || name.starts_with('/') {
            true => name.to_string(),
            false => format!("{}/{name}", self.directory),
        }
    }
}

impl Beside for Below<'_> {
    fn text(&mut self, path: &str) -> io::Result<String> {
        self.beside.text(&self.path(path))
    }

    fn matching(&mut self, pattern: &str, only: Option<&str>) -> io::Result<Vec<String>> {
        let found = self.beside.matching(&self.path(pattern), only)?;
        let prefix = self.path("");
        Ok(found.into_iter().map(|name| name.strip_prefix(&prefix).map_or(name.clone(), str::to_string)).collect())
    }
}
