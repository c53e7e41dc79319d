//! The translation matrix: for each pair of languages, how much of what the documents of one say the other carries.
//!
//! `cargo run --release -p pelago-describe --example matrix -- CORPUS`, where CORPUS holds an `INDEX.tsv` with the
//! columns expect, language and file. For each pair it prints the parts carried, changed and lost, in percent of all
//! parts; a part is a leaf of the description, as in a loss report. It also holds every pair against the law: reading back
//! gives the description minus the losses.

use pelago_describe::loss::{essence, leaves, tree};
use pelago_describe::{Language, Said, Source, read};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

#[derive(Default)]
struct Count {
    parts: usize,
    changed: usize,
    lost: usize,
    broken: Vec<String>,
}

fn main() -> ExitCode {
    let Some(corpus) = std::env::args().nth(1) else {
        eprintln!("usage: matrix CORPUS");
        return ExitCode::from(2);
    };
    let corpus = Path::new(&corpus);
    let Ok(index) = std::fs::read_to_string(corpus.join("INDEX.tsv")) else {
        eprintln!("{}: there is no INDEX.tsv", corpus.display());
        return ExitCode::from(2);
    };
    let mut documents: BTreeMap<Language, Vec<(String, Said)>> = BTreeMap::new();
    for line in index.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some("accept"), Some(language), Some(file)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (Ok(language), Ok(bytes)) = (language.parse::<Language>(), std::fs::read(corpus.join(file))) else {
            continue;
        };
        let Ok(source) = Source::from_bytes(file, &bytes) else { continue };
        if let Some(said) = read(&source, Some(language)).said {
            documents.entry(language).or_default().push((file.to_string(), said));
        }
    }
    let targets: Vec<Language> = Language::all().filter(|language| language.prints()).collect();
    println!("carried / changed / lost, in percent; rows are read, columns are written\n");
    print!("{:<18}{:>6}", "", "files");
    targets.iter().for_each(|target| print!("{:>18}", target.name()));
    println!();
    let mut broken = Vec::new();
    for (language, said) in &documents {
        print!("{:<18}{:>6}", language.name(), said.len());
        for target in &targets {
            let count = pair(said, *target);
            let percent = |of: usize| 100.0 * of as f64 / count.parts.max(1) as f64;
            let carried = count.parts.saturating_sub(count.changed + count.lost);
            let cell = format!("{:.0} / {:.0} / {:.0}", percent(carried), percent(count.changed), percent(count.lost));
            print!("{cell:>18}");
            broken.extend(count.broken.into_iter().map(|file| format!("{file} as {target}")));
        }
        println!();
    }
    println!("\nlaw broken: {}", broken.len());
    broken.iter().for_each(|line| println!("  {line}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn pair(documents: &[(String, Said)], target: Language) -> Count {
    let mut count = Count::default();
    for (file, said) in documents {
        let Some(printed) = target.print(&said.description) else { continue };
        leaves(&tree(&said.description), &mut String::new(), &mut |_, _| count.parts += 1);
        for loss in &printed.losses {
            match (loss.said.is_null(), loss.instead.is_null()) {
                // What had to be added is no part of what was said.
                (true, _) => {}
                (false, true) => count.lost += 1,
                (false, false) => count.changed += 1,
            }
        }
        let again = read(&Source::new("printed", printed.text.clone()), Some(target));
        let kept = again
            .said
            .as_ref()
            .is_some_and(|said_again| essence(&said_again.description) == printed.expected(&said.description));
        if !kept {
            count.broken.push(file.clone());
        }
    }
    count
}
