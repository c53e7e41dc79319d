//! OGF's schemas of JSDL, from the corpus of real files, as a judge of what is printed: `xmllint` validates it.
//!
//! The schemas are not part of this repository, since they are the work of others.

use crate::{debian, drawn};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many drawn descriptions are printed.
const DRAWN: u32 = 1000;

/// The namespaces, and how the file names of their unchanged schemas end.
const SCHEMAS: [(&str, &str); 6] = [
    ("http://schemas.ggf.org/jsdl/2005/11/jsdl", "__jsdl.xsd-18.xsd"),
    ("http://schemas.ggf.org/jsdl/2005/11/jsdl-posix", "__jsdl-posix.xsd-6.xsd"),
    ("http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa", "__hpcpa.xsd"),
    ("http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd", "schema__jsdl-spmd.xsd"),
    ("http://schemas.ogf.org/jsdl/2009/03/sweep", "__sweep.xsd"),
    ("http://schemas.ogf.org/jsdl/2009/03/sweep/functions", "__sweep-functions.xsd"),
];

/// What came of it.
pub enum Finding {
    /// All documents are valid.
    Valid(String),
    /// Something is not, or something is missing.
    Not(String),
    /// The schemas, which are the work of others, are not on this machine.
    Absent(String),
}

/// Prints JSDL from drawn descriptions and from the JSDL files of the corpus, and validates all of it.
pub fn run(root: &Path, program: &Path, dir: &Path) -> io::Result<Finding> {
    let corpus = std::env::var_os("PELAGO_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let folder = corpus.join("schema");
    if !folder.is_dir() {
        let missing =
            "NOT VALIDATED: OGF's schemas are not here; set PELAGO_CORPUS to the folder that has `schema` in it";
        return Ok(Finding::Absent(missing.into()));
    }
    let dir = dir.join("jsdl");
    fs::create_dir_all(&dir)?;
    let all = dir.join("all.xsd");
    if let Err(missing) = write_wrapper(&folder.canonicalize()?, &all)? {
        return Ok(Finding::Not(missing));
    }
    let documents = dir.join("documents");
    if let Err(why) = debian::need(&[("xmllint", "libxml2-utils")])? {
        return Ok(Finding::Not(why));
    }
    if let Err(why) = drawn::print(root, "jsdl", DRAWN, &documents)? {
        return Ok(Finding::Not(why));
    }
    let translated = translate(program, &corpus.join("jsdl"), &documents)?;
    judge(&all, &documents, translated)
}

/// Writes a schema that imports all of them; the name of the first that is missing otherwise.
fn write_wrapper(folder: &Path, to: &Path) -> io::Result<Result<(), String>> {
    let mut names: Vec<String> =
        fs::read_dir(folder)?.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    let mut text = String::from("<xsd:schema xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n");
    for (namespace, ending) in SCHEMAS {
        let Some(name) = names.iter().find(|name| name.ends_with(ending)) else {
            return Ok(Err(format!("no schema in {} ends with `{ending}`", folder.display())));
        };
        let place = folder.join(name);
        text.push_str(&format!("  <xsd:import namespace=\"{namespace}\" schemaLocation=\"{}\"/>\n", place.display()));
    }
    fs::write(to, text + "</xsd:schema>\n").map(Ok)
}

/// Reads each file and prints it again; how many were readable.
fn translate(program: &Path, from: &Path, to: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(from)?.flatten() {
        let output = Command::new(program)
            .args(["translate", "--language", "jsdl", "--to", "jsdl"])
            .arg(entry.path())
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            fs::write(to.join(format!("corpus-{count}.jsdl")), output.stdout)?;
            count += 1;
        }
    }
    Ok(count)
}

fn judge(schema: &Path, documents: &Path, translated: usize) -> io::Result<Finding> {
    let mut files: Vec<PathBuf> = fs::read_dir(documents)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for some in files.chunks(500) {
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(schema)
            .args(some)
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        // Extensions may say of what type they are in schemas that nobody has.
        let foreign = |line: &&str| line.contains("xsi:type") && line.contains("does not resolve to a type definition");
        let mut errors = said.lines().filter(|line| line.contains(" error : ")).peekable();
        if !output.status.success() && errors.peek().is_none() {
            return Ok(Finding::Not(said.trim().to_string()));
        }
        let wrong: Vec<&str> = errors.filter(|line| !foreign(line)).take(5).collect();
        if !wrong.is_empty() {
            return Ok(Finding::Not(wrong.join("\n         ")));
        }
    }
    if translated == 0 {
        return Ok(Finding::Not("none of the JSDL files of the corpus could be translated".into()));
    }
    Ok(Finding::Valid(format!("{DRAWN} drawn and {translated} real documents are valid")))
}
