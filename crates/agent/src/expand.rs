//! Shell text in the paths of copies: backticks and `$names` are real, and run in the working directory.

use crate::attempt::{Attempt, failed};
use pelago_job::{Cause, Failure};
use pelago_launch::{Command, How, Program, Sink};
use std::fs::File;
use std::io::Read;

/// A longer path is none.
const LONGEST: u64 = 64 << 10;

impl Attempt<'_> {
    /// The text after the shell's expansion. A process does it, so that it has the task's environment, directory and limits.
    pub(crate) fn expand(&mut self, text: &str, end: bool) -> Result<String, Failure> {
        let file = self.lane.shared.layout.slot(self.lane.slot).join("expanded");
        let cwd = self.work.path().to_path_buf();
        let stdout = Some(Sink::File(file.clone()));
        let command = Command { stdout, ..Command::new(Program::Shell(here_document(text)), cwd) };
        let ended = self.script(vec![command], end)?;
        if ended.how != How::Done {
            return Err(failed(self.cause_of(ended)));
        }
        let mut expanded = String::new();
        let read = File::open(&file).and_then(|file| file.take(LONGEST).read_to_string(&mut expanded));
        match read {
            Ok(_) if (expanded.len() as u64) < LONGEST => {}
            _ => return Err(failed(Cause::Refused(format!("`{text}` does not expand to a path")))),
        }
        if expanded.ends_with('\n') {
            expanded.pop();
        }
        Ok(expanded)
    }
}

/// A line for the shell that prints the text expanded. In a here-document quotes stand for themselves, so text from a plan
/// cannot end it, and only backticks, `$` and backslashes mean something.
fn here_document(text: &str) -> String {
    let mut mark = "PELAGO_END".to_string();
    while text.lines().any(|line| line == mark) {
        mark.push('_');
    }
    format!("cat <<{mark}\n{text}\n{mark}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_what_it_means_between_quotes() {
        for (text, expected) in [
            ("a b  c", "a b  c\n"),
            ("out.`expr 2 \\* 10 + 3`", "out.23\n"),
            ("$X.${X}.*", "7.7.*\n"),
            ("\"it's\"", "\"it's\"\n"),
            ("$(echo \"a\")$((1+1))", "a2\n"),
            ("PELAGO_END\nx", "PELAGO_END\nx\n"),
            ("", "\n"),
        ] {
            let line = here_document(text);
            let output = std::process::Command::new("/bin/sh").arg("-c").arg(&line).env("X", "7").output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{line}");
        }
    }
}
