//! Paths and URLs of a document: which file of this machine they are, or why they are none.

use super::work::Work;
use pelago_job::{Piece, Template};
use std::path::{Path, PathBuf};

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Below the document's directory.
    Beside(Template),
    /// A path from the top.
    Absolute(Template),
}

impl Spot {
    /// The path.
    pub(super) fn path(&self) -> &Template {
        let (Spot::Beside(path) | Spot::Absolute(path)) = self;
        path
    }

    /// The last name of the path, if that can be told.
    pub(super) fn last_name(&self) -> Option<Template> {
        let mut name = Template::default();
        for piece in self.path().0.iter().rev() {
            match piece {
                Piece::Text(text) => match text.rsplit_once('/') {
                    Some((_, last)) => {
                        name.0.insert(0, Piece::Text(last.to_string()));
                        break;
                    }
                    None => name.0.insert(0, piece.clone()),
                },
                _ => name.0.insert(0, piece.clone()),
            }
        }
        (name.as_literal().as_deref() != Some("")).then_some(name)
    }
}

/// Why a place is none of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nowhere {
    pub what: String,
    pub help: String,
}

impl Work<'_> {
    /// The file that a URI or path means. Relative paths begin at `base`, which is below the document's directory or
    /// absolute.
    pub(super) fn spot(&self, text: &Template, base: Option<&Template>) -> Result<Spot, Nowhere> {
        let (head, rest) = match text.0.split_first() {
            Some((Piece::Text(head), rest)) => (head.clone(), rest),
            _ => (String::new(), text.0.as_slice()),
        };
        let head = match head.split_once(':') {
            Some(("file", path)) => local(path)?,
            Some((scheme, _)) if is_scheme(scheme) => return Err(foreign(scheme, &head)),
            Some((drive, path)) if drive.len() == 1 && path.starts_with(['\\', '/']) => {
                return Err(Nowhere {
                    what: format!("`{head}` is a path of Windows, and this machine runs {}", self.ground.offer.system),
                    help: "give a path of this machine, or run the job where it was written for".into(),
                });
            }
            _ => head,
        };
        let head = match (head.strip_prefix("~/"), &self.ground.offer.home) {
            (Some(path), Some(home)) => format!("{}/{path}", home.display()),
            _ => head,
        };
        let mut path = Template::default();
        if let Some(base) = base.filter(|_| !head.starts_with('/')) {
            path.0.extend(base.0.iter().cloned());
            if !base.is_empty() && !ends_with_slash(base) {
                path.push_text("/");
            }
        }
        path.push_text(&head);
        path.0.extend(rest.iter().cloned());
        Ok(self.clean(path))
    }

    /// The path without `.` and `..`, as far as its first piece tells; one that leaves the document's directory upwards
    /// becomes absolute.
    fn clean(&self, mut path: Template) -> Spot {
        let Some(Piece::Text(head)) = path.0.first_mut() else { return Spot::Beside(path) };
        let (absolute, slash) = (head.starts_with('/'), head.len() > 1 && head.ends_with('/'));
        let (mut parts, mut above): (Vec<&str>, usize) = (Vec::new(), 0);
        for part in head.split('/') {
            match part {
                "" | "." => {}
                ".." => above += usize::from(parts.pop().is_none() && !absolute),
                part => parts.push(part),
            }
        }
        let mut whole = match (absolute, above) {
            (true, _) => PathBuf::from("/"),
            (false, 0) => PathBuf::new(),
            (false, above) => self.ground.directory.ancestors().nth(above).unwrap_or(Path::new("/")).to_path_buf(),
        };
        whole.extend(parts);
        let whole = whole.strip_prefix(self.ground.directory).map(Path::to_path_buf).unwrap_or(whole);
        let mut text = whole.to_string_lossy().into_owned();
        if slash && !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        let absolute = whole.is_absolute();
        *head = text;
        if head.is_empty() {
            path.0.remove(0);
        }
        if absolute { Spot::Absolute(path) } else { Spot::Beside(path) }
    }

    /// What stands at a path of the machine, if it is written out.
    pub(super) fn look(&self, path: &Template) -> Option<super::Found> {
        let text = path.as_literal()?;
        (self.ground.look)(&self.ground.directory.join(text))
    }
}

/// The path of a `file:` URL, after its scheme.
fn local(path: &str) -> Result<String, Nowhere> {
    let Some(rest) = path.strip_prefix("//") else { return Ok(decoded(path)) };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match host {
        "" | "localhost" | "127.0.0.1" => Ok(decoded(&format!("/{}", path.trim_start_matches('/')))),
        host => Err(Nowhere {
            what: format!("`file://{rest}` is a file of the host `{host}`, which cannot be reached from here"),
            help: "a file of this machine has three slashes: `file:///path`".into(),
        }),
    }
}

/// Without percent signs, where they encode bytes.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_string())
}

fn is_scheme(word: &str) -> bool {
    word.len() > 1
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn foreign(scheme: &str, shown: &str) -> Nowhere {
    Nowhere {
        what: format!(
            "`{shown}` cannot be fetched or stored: files move between paths of this machine only, not by `{scheme}`"
        ),
        help: "bring the file here yourself and give its path, or `file:///path`".into(),
    }
}

fn ends_with_slash(path: &Template) -> bool {
    matches!(path.0.last(), Some(Piece::Text(text)) if text.ends_with('/'))
}
