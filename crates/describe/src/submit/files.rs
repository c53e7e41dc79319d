//! The files of a job as they are written: what comes, what goes home, and under which names.

use super::own::{base, is_absolute};
use super::print::sayable;
use super::say::Saying;
use pelago_job::description::Text;

impl Saying<'_> {
    /// What is written in the directory of the job: the value of `initialdir`.
    fn directory(&self) -> Option<String> {
        self.lines.iter().find(|(name, _)| name == "initialdir").map(|(_, value)| value.clone())
    }

    /// Whether the names of all files at home lie in a directory or are absolute.
    pub(super) fn all_within(&mut self, directory: &str) -> bool {
        let staging = self.peek(|job| job.staging.clone());
        let ends = staging.iter().flat_map(|s| [&s.source, &s.target]).flatten();
        let names: Vec<String> = ends.filter_map(|end| end.uri.as_ref()).filter_map(|uri| self.write(uri)).collect();
        names.iter().all(|name| is_absolute(name) || name.starts_with(&format!("{directory}/")))
    }

    /// The name of a file at home, relative to the job's directory.
    fn relative(&self, text: &Text) -> Option<String> {
        let name = self.write(text)?;
        let inner = match self.directory() {
            Some(directory) if !is_absolute(&name) => name.strip_prefix(&format!("{directory}/"))?.to_string(),
            _ => name,
        };
        let fits = sayable(&inner) && !inner.contains([',', '"', ';', '=', '\'']) || inner.contains("://");
        (fits && sayable(&inner) && !inner.contains([',', '"'])).then_some(inner)
    }

    pub(super) fn transfer_input(&mut self) {
        let staging = self.peek(|job| job.staging.clone());
        let mut names = Vec::new();
        for (at, file) in staging.iter().enumerate() {
            let Some(uri) = file.source.as_ref().and_then(|s| s.uri.as_ref()) else { continue };
            let Some(name) = self.relative(uri) else { continue };
            let there = file.file.as_ref().and_then(|f| self.write(f));
            let own = base(&name).to_string();
            if there.as_deref() != Some(own.as_str()) {
                // It comes under its own name, which can only be told without holes.
                let Some(_) = uri.as_literal() else { continue };
                let plain = base(&uri.as_literal().unwrap_or_default()).to_string();
                if plain != own {
                    continue;
                }
                self.changed(
                    &format!("staging/{at}/file"),
                    pelago_job::Text::literal(plain),
                    "files come under their own names",
                );
            }
            if name.ends_with('/') && !file.directory {
                self.changed(&format!("staging/{at}/directory"), true, "a name with a slash at its end is a directory");
            }
            names.push(name.clone());
            self.take(|job| {
                let Some(left) = job.staging.get_mut(at) else { return };
                left.file = None;
                left.directory &= !name.ends_with('/');
                if let Some(source) = left.source.as_mut() {
                    source.uri = None;
                }
            });
            if file.target.is_some() {
                self.because(&format!("staging/{at}/target"), "a file that comes cannot also be sent home by name");
            }
        }
        if !names.is_empty() {
            self.line("transfer_input_files", names.join(", "));
        }
    }

    pub(super) fn transfer_output(&mut self) {
        let staging = self.peek(|job| job.staging.clone());
        let (mut names, mut remaps) = (Vec::new(), Vec::new());
        for (at, file) in staging.iter().enumerate().filter(|(_, file)| file.source.is_none()) {
            let Some(uri) = file.target.as_ref().and_then(|t| t.uri.as_ref()) else { continue };
            let (Some(target), Some(there)) = (self.relative(uri), file.file.as_ref().and_then(|f| self.write(f)))
            else {
                continue;
            };
            let odd = |name: &str| name.contains([',', ';', '=', '"', '\\', '\'']) || !sayable(name);
            let home = match base(&there) {
                "." => there.trim_end_matches('/').rsplit('/').next().unwrap_or(&there),
                base => base,
            };
            if odd(&there) || there.ends_with('/') != file.directory || names.contains(&there) {
                continue;
            }
            if target != home {
                if odd(&target) {
                    continue;
                }
                remaps.push(format!("{there} = {target}"));
            }
            names.push(there.clone());
            self.take(|job| {
                let Some(left) = job.staging.get_mut(at) else { return };
                (left.file, left.directory) = (None, false);
                if let Some(target) = left.target.as_mut() {
                    target.uri = None;
                }
            });
        }
        if !names.is_empty() {
            self.line("transfer_output_files", names.join(", "));
        }
        if !remaps.is_empty() {
            self.line("transfer_output_remaps", format!("\"{}\"", remaps.join("; ")));
        }
    }
}
