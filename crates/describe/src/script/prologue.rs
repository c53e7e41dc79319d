//! Lines before a script that give it what directives cannot: variables with any value, the directory, and the names
//! that it knows from another batch system. The reader knows them again by the comments around them.

use super::Dialect;
use super::read::INDEX;
use pelago_job::description::Text;
use pelago_job::{Piece, Template};

const BEGIN: &str = "# --- variables and directory of the job ---";
const END: &str = "# --- the script ---";

/// What the lines say of the job.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Own {
    pub variables: Vec<(String, Text)>,
    pub directory: Option<String>,
}

/// Names of the same thing in Slurm, PBS and Grid Engine; empty where there is none.
const NAMES: [[&str; 3]; 14] = [
    ["SLURM_JOB_ID", "PBS_JOBID", "JOB_ID"],
    ["SLURM_JOBID", "PBS_JOBID", "JOB_ID"],
    ["SLURM_JOB_NAME", "PBS_JOBNAME", "JOB_NAME"],
    ["SLURM_SUBMIT_DIR", "PBS_O_WORKDIR", "SGE_O_WORKDIR"],
    ["SLURM_SUBMIT_HOST", "PBS_O_HOST", "SGE_O_HOST"],
    ["SLURM_JOB_PARTITION", "PBS_QUEUE", "QUEUE"],
    ["SLURM_NTASKS", "PBS_NP", "NSLOTS"],
    ["SLURM_NPROCS", "PBS_NP", "NSLOTS"],
    ["SLURM_JOB_NUM_NODES", "PBS_NUM_NODES", "NHOSTS"],
    ["SLURM_NNODES", "PBS_NUM_NODES", "NHOSTS"],
    ["SLURM_CPUS_ON_NODE", "PBS_NUM_PPN", ""],
    ["SLURM_ARRAY_JOB_ID", "PBS_JOBID", "JOB_ID"],
    ["SLURM_JOB_NODELIST", "", ""],
    ["", "PBS_NODEFILE", ""],
];
/// More names that have no counterpart at all.
const ALONE: [(Dialect, &str); 3] =
    [(Dialect::GridEngine, "PE_HOSTFILE"), (Dialect::Slurm, "SLURM_NODELIST"), (Dialect::Slurm, "SLURM_PROCID")];

fn column(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Slurm => 0,
        Dialect::Pbs => 1,
        Dialect::GridEngine => 2,
    }
}

/// Where jobs are submitted.
fn submitted(dialect: Dialect) -> &'static str {
    NAMES[3][column(dialect)]
}

/// Names of other batch systems that a script uses: those that lines can give it, and those that nothing can.
pub(super) fn foreign(script: &str, dialect: Dialect) -> (Vec<(&'static str, &'static str)>, Vec<&'static str>) {
    let words: std::collections::BTreeSet<&str> =
        script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.len() > 4).collect();
    let own = column(dialect);
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    for row in NAMES {
        for (other, name) in row.into_iter().enumerate() {
            if other == own || name.is_empty() || !words.contains(name) || given.iter().any(|(n, _)| *n == name) {
                continue;
            }
            match row.get(own).copied().unwrap_or("") {
                "" => missing.push(name),
                here if here != name => given.push((name, here)),
                _ => {}
            }
        }
    }
    missing.extend(ALONE.iter().filter(|(of, name)| *of != dialect && words.contains(name)).map(|(_, name)| *name));
    (given, missing)
}

/// A value as the shell reads it; the index is the variable that the batch system sets.
pub(super) fn value(text: &Text, index: &str) -> Option<String> {
    let mut out = String::new();
    for piece in &text.0.0 {
        match piece {
            Piece::Text(text) => out.push_str(&crate::shell::quoted(text)),
            Piece::Param(p) if *p == INDEX => out.push_str(&format!("\"${index}\"")),
            _ => return None,
        }
    }
    Some(if out.is_empty() { "''".to_string() } else { out })
}

/// The line for a directory: one below the directory of submission, where it is no absolute path.
pub(super) fn directory(path: &str, dialect: Dialect) -> String {
    match path {
        "." => format!("cd \"${}\" || exit", submitted(dialect)),
        path if path.starts_with('/') => format!("cd {} || exit", crate::shell::quoted(path)),
        path => format!("cd \"${}\"/{} || exit", submitted(dialect), crate::shell::quoted(path)),
    }
}

/// The lines with the comments around them.
pub(super) fn wrap(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("{BEGIN}\n{}\n{END}\n", lines.join("\n")) }
}

/// Takes the lines out of a script, if they stand where the printer puts them and say nothing else.
pub(super) fn take(body: &mut String, dialect: Dialect, torque: bool) -> Option<Own> {
    let first = match body.starts_with("#!") {
        true => body.find('\n').map_or(body.len(), |at| at + 1),
        false => 0,
    };
    let rest = body.get(first..)?.strip_prefix(BEGIN)?.strip_prefix('\n')?;
    let mut own = Own::default();
    let mut length = BEGIN.len() + 1;
    let mut lines = rest.split_inclusive('\n');
    let (mut open, mut quoted) = (String::new(), false);
    loop {
        let line = lines.next()?;
        length += line.len();
        if open.is_empty() && line.trim_end_matches('\n') == END {
            break;
        }
        // A value may go over several lines.
        open.push_str(line);
        let mut letters = line.chars();
        while let Some(c) = letters.next() {
            match c {
                '\'' => quoted = !quoted,
                '\\' if !quoted => drop(letters.next()),
                _ => {}
            }
        }
        if !quoted {
            let whole = std::mem::take(&mut open);
            line_of(whole.strip_suffix('\n')?, dialect, torque, &mut own)?;
        }
    }
    body.replace_range(first..first + length, "");
    Some(own)
}

/// Reads one line back.
fn line_of(line: &str, dialect: Dialect, torque: bool, own: &mut Own) -> Option<()> {
    if line == ":" {
        return Some(());
    }
    if let Some(target) = line.strip_prefix("cd ").and_then(|line| line.strip_suffix(" || exit")) {
        let here = format!("\"${}\"", submitted(dialect));
        let path = match target.strip_prefix(here.as_str()) {
            Some("") => ".".to_string(),
            Some(below) => unquoted(below.strip_prefix('/')?, "")?.as_literal()?,
            None => unquoted(target, "")?.as_literal()?,
        };
        own.directory = Some(path);
        return Some(());
    }
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    if !super::fields::is_name(name) {
        return None;
    }
    // A name that the script knows from elsewhere, for a variable that is set here.
    let other = value.strip_prefix("\"$").and_then(|value| value.strip_suffix('"'));
    if other.is_some_and(|other| NAMES.iter().any(|row| row[column(dialect)] == other)) {
        return Some(());
    }
    own.variables.push((name.to_string(), unquoted(value, super::array::variable(dialect, torque))?));
    Some(())
}

/// What [`value`] wrote.
fn unquoted(value: &str, index: &str) -> Option<Text> {
    let mut out = Template::default();
    let mark = format!("\"${index}\"");
    let mut rest = value;
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix("\\'") {
            out.push_text("'");
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('\'') {
            let (inside, tail) = tail.split_once('\'')?;
            out.push_text(inside);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix(mark.as_str()).filter(|_| !index.is_empty()) {
            out.0.push(Piece::Param(INDEX));
            rest = tail;
        } else {
            let end = rest.find(['\'', '\\', '"']).unwrap_or(rest.len());
            let (plain, tail) = rest.split_at(end);
            if !crate::shell::is_plain(plain) {
                return None;
            }
            out.push_text(plain);
            rest = tail;
        }
    }
    Some(Text(out))
}
