//! The law of translation on real files and on the language's own documents: reading back what was printed gives the
//! description minus exactly the losses.

use super::reading;
use pelago_describe::loss::essence;
use pelago_describe::{Language, Source, read};
use std::path::PathBuf;

/// Checks the law for what a text says in whatever language; whether it says anything.
pub fn holds(text: &str, language: Language, name: &str) -> bool {
    let source = Source::new(name, text);
    let Some(said) = read(&source, Some(language)).said else { return false };
    let printed = Language::Dag.print(&said.description).unwrap();
    let (again, reread) = reading(&printed.text);
    let shown = || format!("{name}\n{text}\n--- printed\n{}\n{}", printed.text, reread.render(&again, false));
    let Some(found) = &reread.said else { panic!("not read back: {}", shown()) };
    assert_eq!(printed.expected(&said.description), essence(&found.description), "{}", shown());
    true
}

/// The corpus, which lies beside the repository on machines that have it.
fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let path = std::env::var_os("PELAGO_CORPUS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let found = path.is_dir().then_some(path);
    if found.is_none() {
        eprintln!("THE CORPUS IS NOT HERE: nothing of it was tested; set PELAGO_CORPUS to where it is");
    }
    found
}

#[test]
fn real_files_are_read_and_keep_what_they_say() {
    let Some(corpus) = corpus() else { return };
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let (mut taken, mut lossless, mut others) = (0, 0, 0);
    // Files of other languages: every eighth, or all of them on request.
    let step = if std::env::var_os("CORPUS_ALL").is_some() { 1 } else { 8 };
    for (number, row) in index.lines().skip(1).enumerate() {
        let fields: Vec<&str> = row.split('\t').collect();
        let &[expect, language, file, ..] = &fields[..] else { continue };
        let Some(text) = std::fs::read(corpus.join(file)).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        if language == "dag" {
            assert_eq!(holds(&text, Language::Dag, file), expect == "accept", "{file}");
            taken += 1;
            let printed = Language::Dag.print(&super::said(&text)).unwrap();
            lossless += usize::from(printed.losses.is_empty());
        } else if let Ok(language) = language.parse::<Language>()
            && number % step == 0
        {
            // What other languages say, where this build reads them.
            others += usize::from(holds(&text, language, file));
        }
    }
    println!("{taken} DAG files, {lossless} printed without a loss; {others} files of other languages printed as DAGs");
    assert!(taken > 100 && lossless + 1 >= taken);
}

#[test]
fn files_between_jobs_become_edges() {
    use pelago_job::description::{Application, Command, Job, Location, Path, Staging};
    let file = |name: &str| Some(Location { uri: Some(name.into()), ..Location::default() });
    let path = Path { text: Some("/bin/true".into()), filesystem: None };
    let command = Command { executable: Some(path), ..Command::default() };
    let job = |name: &str, from: &str, to: &str| Job {
        name: Some(name.into()),
        application: Application { commands: vec![command.clone()], ..Application::default() },
        staging: vec![
            Staging { file: Some("in".into()), source: file(from), ..Staging::default() },
            Staging { file: Some("out".into()), target: file(to), ..Staging::default() },
        ],
        ..Job::default()
    };
    let with = |jobs: Vec<Job>| pelago_job::Description { jobs, ..pelago_job::Description::default() };
    let line = with(vec![job("a", "x", "y"), job("b", "y", "z"), job("c", "z", "w")]);
    let printed = Language::Dag.print(&line).unwrap();
    assert!(printed.text.contains("PARENT a CHILD b\nPARENT b CHILD c\n"), "{}", printed.text);
    let found = super::said(&printed.text);
    assert_eq!(printed.expected(&line), essence(&found));
    // A circle of names says nothing about what came first.
    let circle = with(vec![job("a", "x", "y"), job("b", "y", "x")]);
    assert!(!Language::Dag.print(&circle).unwrap().text.contains("PARENT"));
}

#[test]
fn own_documents_keep_what_they_say() {
    for text in [
        include_str!("everything.dag"),
        "JOB \"a b\" x\nJOB A+B y\nJOB c {\n}\nPARENT \"a b\" CHILD A+B\n",
        "JOB B \"#x\"\nJOB C //x DIR '\"'\n",
        "SPLICE S s\nJOB A a\nPARENT A CHILD S+x\nJOB B+C d\n",
        "VARS ALL_NODES a=\"1\"\nRETRY ALL_NODES 2\nJOB A a\nJOB B b\nSERVICE C c\n",
        "JOB A @=X\nqueue\n}\n@END0\n@X DONE\n",
    ] {
        assert!(holds(text, Language::Dag, "own"), "{text}");
    }
}
