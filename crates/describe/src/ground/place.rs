//! Paths and URLs of a document: which file of this machine they are, or why they are none.

use super::work::Work;
use pelago_job::{Piece, Template};
use std::path::Path;

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

    /// The path without `.` and `..`; one that leaves the document's directory upwards becomes absolute. A hole is
    /// taken for a name, or a part of one.
    fn clean(&self, path: Template) -> Spot {
        let (absolute, slash) = (begins_with_slash(&path), ends_with_slash(&path));
        let (mut parts, mut above): (Vec<Template>, usize) = (Vec::new(), 0);
        for part in components(path) {
            match part.as_literal().as_deref() {
                Some("" | ".") => {}
                Some("..") => above += usize::from(parts.pop().is_none() && !absolute),
                _ => parts.push(part),
            }
        }
        let directory = self.ground.directory;
        let base = match (absolute, above) {
            (true, _) => "/".to_string(),
            (false, 0) => String::new(),
            (false, above) => directory.ancestors().nth(above).unwrap_or(Path::new("/")).to_string_lossy().into_owned(),
        };
        let mut whole = Template::default();
        whole.push_text(&base);
        for (number, part) in parts.into_iter().enumerate() {
            if number > 0 || !base.is_empty() && !base.ends_with('/') {
                whole.push_text("/");
            }
            part.0.into_iter().for_each(|piece| push(&mut whole, piece));
        }
        if slash && !whole.is_empty() && !ends_with_slash(&whole) {
            whole.push_text("/");
        }
        // What lies below the document's directory is named from there.
        if let Some(Piece::Text(head)) = whole.0.first_mut()
            && head.starts_with('/')
        {
            let own = format!("{}/", directory.to_string_lossy().trim_end_matches('/'));
            match head.strip_prefix(&own).map(str::to_string) {
                Some(rest) => {
                    *head = rest;
                    whole.0.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
                }
                None if Path::new(head.as_str()) == directory && whole.0.len() == 1 => {
                    return Spot::Beside(Template::default());
                }
                None => return Spot::Absolute(whole),
            }
        }
        Spot::Beside(whole)
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

fn begins_with_slash(path: &Template) -> bool {
    matches!(path.0.first(), Some(Piece::Text(text)) if text.starts_with('/'))
}

/// Adds a piece, joining it to literal text that is there.
fn push(path: &mut Template, piece: Piece) {
    match piece {
        Piece::Text(text) => path.push_text(&text),
        piece => path.0.push(piece),
    }
}

/// The parts between slashes.
fn components(path: Template) -> Vec<Template> {
    let mut parts = vec![Template::default()];
    for piece in path.0 {
        match piece {
            Piece::Text(text) => {
                for (number, part) in text.split('/').enumerate() {
                    if number > 0 {
                        parts.push(Template::default());
                    }
                    if let Some(last) = parts.last_mut() {
                        last.push_text(part);
                    }
                }
            }
            piece => {
                if let Some(last) = parts.last_mut() {
                    last.0.push(piece);
                }
            }
        }
    }
    parts
}

/// The directory that a path lies in, if it names one.
pub(super) fn parent(path: &Template) -> Option<Template> {
    let mut parts = components(path.clone());
    parts.pop();
    let mut parent = Template::default();
    for (number, part) in parts.into_iter().enumerate() {
        if number > 0 {
            parent.push_text("/");
        }
        part.0.into_iter().for_each(|piece| push(&mut parent, piece));
    }
    (!parent.is_empty()).then_some(parent)
}

fn ends_with_slash(path: &Template) -> bool {
    matches!(path.0.last(), Some(Piece::Text(text)) if text.ends_with('/'))
}
