//! The readers of other systems, from Debian, as judges of what is printed in their languages: ARC's of xRSL and ADL,
//! Globus's of RSL, and the schemas of WfFormat and TES.

use crate::{debian, drawn};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many drawn descriptions are printed in each language.
const DRAWN: u32 = 400;
const LANGUAGES: [&str; 5] = ["xrsl", "adl", "rsl", "wfformat", "tes"];
const PACKAGES: [&str; 4] = ["python3-nordugrid-arc", "libglobus-rsl2", "python3-jsonschema", "python3-yaml"];
/// Debian's own, whose modules these are.
const PYTHON: &str = "/usr/bin/python3";
const SCRIPT: &str = include_str!("readers.py");

/// Prints documents and has them read.
///
/// # Errors
/// When a program cannot be started or a file not written.
pub fn run(root: &Path, program: &Path, dir: &Path) -> io::Result<Result<String, String>> {
    let there = Command::new(PYTHON)
        .args(["-c", "import arc, ctypes, jsonschema, yaml; ctypes.CDLL('libglobus_rsl.so.2')"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !there && let Err(why) = debian::install(&PACKAGES)? {
        return Ok(Err(why));
    }
    let dir = dir.join("readers");
    for language in LANGUAGES {
        if let Err(why) = drawn::print(root, language, DRAWN, &dir.join(language))? {
            return Ok(Err(why));
        }
    }
    let script = dir.join("readers.py");
    fs::write(&script, SCRIPT)?;
    let corpus = std::env::var_os("PELAGO_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let schemas = Some(corpus.join("schema")).filter(|folder| folder.is_dir());
    let schemas = schemas.unwrap_or_else(|| PathBuf::from("-"));
    let output = Command::new(PYTHON).arg(&script).arg(program).arg(&dir).arg(schemas).stdin(Stdio::null()).output()?;
    let [said, complaint] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_string());
    Ok(match output.status.success() {
        true => Ok(said),
        false => Err(format!("{said}{complaint}")),
    })
}
