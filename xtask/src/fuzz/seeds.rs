//! What a parser starts from: documents of the repository and of the corpus, and the words of its own tables.

use super::literal::literals;
use super::parser::Parser;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The longest document that is a seed, in bytes. Longer inputs are slow, and find nothing that shorter ones do not.
pub const LONGEST: usize = 16 << 10;
/// Shorter literals are no documents.
const DOCUMENT: usize = 60;
/// Longer ones are no words.
const WORD: usize = 40;
/// Folders with documents of the repository; below `fuzz/seeds` those of each parser that has no language.
const DOCUMENTS: [&str; 4] = ["crates/describe/tests", "crates/classad/tests", "examples", "fuzz/seeds"];

/// The seeds and words of a parser.
#[derive(Debug, Default)]
pub struct Seeds {
    /// Documents, none twice.
    pub documents: BTreeSet<Vec<u8>>,
    /// Words, none twice.
    pub words: BTreeSet<String>,
}

/// Collects what there is for a parser.
///
/// # Errors
/// A file of the repository or of the corpus could not be read.
pub fn of(parser: &Parser, root: &Path) -> io::Result<Seeds> {
    let mut seeds = Seeds::default();
    for source in parser.sources {
        for file in files(&root.join(source))?.iter().filter(|file| extension(file) == "rs") {
            seeds.literals(&fs::read_to_string(file)?);
        }
    }
    for folder in DOCUMENTS {
        for file in files(&root.join(folder))?.iter().filter(|file| parser.extensions.contains(&extension(file))) {
            seeds.document(fs::read(file)?);
        }
    }
    if let Some(corpus) = corpus(root) {
        for line in fs::read_to_string(corpus.join("INDEX.tsv"))?.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if let [_, language, file, ..] = fields[..]
                && parser.languages.contains(&language)
            {
                seeds.document(fs::read(corpus.join(file))?);
            }
        }
    }
    Ok(seeds)
}

/// The folder of real files, where there is one.
pub fn corpus(root: &Path) -> Option<PathBuf> {
    let folder = std::env::var_os("PELAGO_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    folder.join("INDEX.tsv").is_file().then_some(folder)
}

impl Seeds {
    fn document(&mut self, bytes: Vec<u8>) {
        if bytes.len() <= LONGEST {
            self.documents.insert(bytes);
        }
    }

    fn literals(&mut self, source: &str) {
        for text in literals(source) {
            if text.len() >= DOCUMENT || text.contains('\n') {
                self.document(text.into_bytes());
            } else if (2..=WORD).contains(&text.len()) && !text.contains(['{', '`']) && !text.contains(' ') {
                self.words.insert(text);
            }
        }
    }

    /// The words as libFuzzer reads them: `"word"` on each line, with what is no plain letter as `\xAB`.
    pub fn dictionary(&self) -> String {
        let letter = |byte: u8| match byte {
            b'"' | b'\\' | 0..32 | 127.. => format!("\\x{byte:02x}"),
            plain => char::from(plain).to_string(),
        };
        self.words.iter().map(|word| format!("\"{}\"\n", word.bytes().map(letter).collect::<String>())).collect()
    }

    /// Writes the documents into a new folder, named by number.
    ///
    /// # Errors
    /// The folder or a file could not be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)?;
        for (number, document) in self.documents.iter().enumerate() {
            fs::write(folder.join(number.to_string()), document)?;
        }
        Ok(())
    }
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|extension| extension.to_str()).unwrap_or("")
}

/// All files below a folder, or the file itself, in order.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::parser::PARSERS;

    #[test]
    fn every_parser_has_seeds() {
        let root = crate::root();
        for parser in &PARSERS {
            let seeds = of(parser, &root).unwrap();
            assert!(!seeds.documents.is_empty(), "{} has no document", parser.name);
            assert!(parser.sources.is_empty() || !seeds.words.is_empty(), "{} has no word", parser.name);
        }
    }

    #[test]
    fn every_parser_is_one_of_the_fuzz_program() {
        let program = fs::read_to_string(crate::root().join("fuzz/src/main.rs")).unwrap();
        for parser in &PARSERS {
            assert!(program.contains(&format!("(\"{}\", ", parser.name)), "fuzz/src/main.rs has no {}", parser.name);
        }
        assert!(program.contains(&format!("[(&str, Parser); {}]", PARSERS.len())), "the tables are of one length");
        assert!(PARSERS.is_sorted_by_key(|parser| parser.name));
    }

    #[test]
    fn words_are_written_as_libfuzzer_reads_them() {
        let mut seeds = Seeds::default();
        seeds.literals("[\"a\", \"ab\", \"on \\\"x\", \"a\\\\\\\"é\", \"say `{x}`\"]");
        assert_eq!(seeds.dictionary(), "\"a\\x5c\\x22\\xc3\\xa9\"\n\"ab\"\n");
    }
}
