//! Writes documents of a language into a folder, for other programs to read: generated ones, as many as are asked for.
//!
//! `cargo run -p pelago-describe --example printed -- jsdl 300 FOLDER`

#[path = "../tests/law/any.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod any;

use pelago_describe::Language;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("three arguments: a language, a number and a folder");
    let (language, count, folder) = (next()?.parse::<Language>()?, next()?.parse::<u64>()?, PathBuf::from(next()?));
    std::fs::create_dir_all(&folder)?;
    let none = BTreeSet::new();
    for seed in 0..count {
        let description = any::Draw::new(seed, &none).description();
        let printed = language.print(&description).ok_or("this language is not written")?;
        std::fs::write(folder.join(format!("{seed}.{language}")), printed.text)?;
    }
    println!("{count} documents");
    Ok(())
}
