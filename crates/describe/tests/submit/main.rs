//! HTCondor submit files: text in, model and text out; other people's files; hostile texts.

mod documents;

use documents::{DOCUMENTS, SEED};
use pelago_describe::loss::essence;
use pelago_describe::{Beside, Language, Reading, Source, read};
use std::path::PathBuf;

fn reading(text: &str) -> Reading {
    read(&Source::new("job.sub", text), Some(Language::Submit))
}

/// Reads, writes and reads again; says what breaks the law, and gives the written text.
fn law(name: &str, text: &str) -> Result<String, String> {
    let first = reading(text);
    let Some(said) = first.said.as_ref() else {
        return Err(format!("{name}: {}", first.render(&Source::new(name, text), false)));
    };
    let Some(printed) = Language::Submit.print(&said.description) else { return Err("is not written".into()) };
    let again = reading(&printed.text);
    let Some(back) = again.said.as_ref() else {
        let shown = again.render(&Source::new("printed", printed.text.clone()), false);
        return Err(format!("{name}: what was written is not read:\n{}\n{shown}", printed.text));
    };
    let (expected, found) = (printed.expected(&said.description), essence(&back.description));
    if expected != found {
        let show = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
        return Err(format!("{name}:\n{}\nexpected {}\nfound {}", printed.text, show(&expected), show(&found)));
    }
    // A part of a document has no program, but what is written is whole.
    let fragment = |part: &str| part.ends_with("/executable/text") && said.description.jobs.len() == 1;
    let said_otherwise = printed.losses.iter().all(|loss| !loss.instead.is_null());
    match said_otherwise || printed.losses.iter().all(|loss| fragment(&loss.part)) {
        true => Ok(printed.text),
        false => {
            let losses: Vec<String> = printed.losses.iter().map(|l| format!("{}: {}", l.part, l.said)).collect();
            Err(format!("{name}: a document of this language loses something\n{}\n{}", losses.join("\n"), printed.text))
        }
    }
}

#[test]
fn what_is_written_says_the_same() {
    let wrong: Vec<String> = DOCUMENTS.iter().filter_map(|(name, text, _)| law(name, text).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn documents_are_written_as_expected() {
    for (name, text, expect) in DOCUMENTS.iter().filter(|(_, _, expect)| !expect.is_empty()) {
        let written = law(name, text).unwrap_or_else(|why| why);
        assert_eq!(written.trim(), expect.trim(), "{name}");
    }
}

/// HTCondor's Python module counts the places after slicing, `condor_submit` before.
#[test]
fn places_are_those_before_slicing() {
    let text = "executable = a\narguments = $(x) $(ItemIndex)\nqueue x in [1:5:2] (a b c d e f)\n";
    let written = law("places", text).unwrap_or_else(|why| why);
    let expect = "executable = a\narguments = $(x) $(v1)\nqueue x,v1 from (\n    b 1\n    d 3\n)\n";
    assert_eq!(written, expect);
}

fn corpus() -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("PELAGO_CORPUS").map_or(own, PathBuf::from);
    folder.join("condor-submit").is_dir().then_some(folder)
}

#[test]
fn other_peoples_files_are_read_and_written() {
    let Some(folder) = corpus() else {
        eprintln!("NOT TESTED: there is no corpus; PELAGO_CORPUS says where it is");
        return;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap_or_default();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in index.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        let [expect, language, file, ..] = row[..] else { continue };
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        // By content alone, whatever the file is called.
        let Ok(source) = Source::from_bytes("document", &bytes) else { continue };
        if language != "submit" {
            if Language::recognise(&source) == Some(Language::Submit) && language != "-" {
                wrong.push(format!("{file} is {language}, not a submit file"));
            }
            continue;
        }
        count += 1;
        let accepted = read(&source, Some(Language::Submit)).said.is_some();
        if accepted != (expect == "accept") && expect != "open" {
            wrong.push(format!("{file}: {expect}"));
        }
        let known = Language::recognise(&source);
        if known != Some(Language::Submit) {
            wrong.push(format!("{file} is taken for {known:?}"));
        }
        if accepted && let Err(why) = law(file, &source.text) {
            wrong.push(why);
        }
    }
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n\n"));
    println!("{count} files");
}

#[test]
fn cut_off_and_damaged_texts_are_no_danger() {
    for end in (0..SEED.len()).filter(|end| SEED.is_char_boundary(*end)) {
        let _ = law("cut", &SEED[..end]);
    }
    let mut state = 7u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..400 {
        let mut bytes = SEED.as_bytes().to_vec();
        for _ in 0..=next() % 4 {
            let at = next() % bytes.len();
            bytes[at] = b"$()[]{}\"'\\=:,;#@+-\n %0aF"[next() % 24];
        }
        let _ = law("damaged", &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn large_and_deep_texts_take_linear_time() {
    let many = |line: &str, count: usize| line.repeat(count);
    let mut doubled = String::from("x0 = aaaaaaaaaa\n");
    for n in 1..60 {
        doubled.push_str(&format!("x{n} = $(x{})$(x{})\n", n - 1, n - 1));
    }
    let mut chain = String::from("y0 = 1\n");
    for n in 1..2000 {
        chain.push_str(&format!("y{n} = $(y{})\n", n - 1));
    }
    let texts = [
        format!("executable = a\narguments = {}\nqueue\n", many("$(x) ", 200_000)),
        format!("executable = a\narguments = {}\nqueue\n", many("$(", 500_000)),
        format!("executable = a\narguments = {}\nqueue\n", many("$INT(", 200_000)),
        format!("executable = a\narguments = \"{}\nqueue\n", many("'", 1_000_000)),
        format!("executable = a\nqueue x from (\n{})\n", many("abc def\n", 100_000)),
        format!("executable = a\narguments = $(x)\nqueue x from (\n{})\n", many("abc def\n", 20_000)),
        format!("executable = a\n{}", many("queue\n", 3_000)),
        format!("executable = a\n{}endif\nqueue\n", many("if true\n", 10_000)),
        format!("executable = a\nrequirements = {}\nqueue\n", many("(", 100_000)),
        format!("{doubled}executable = $(x59)\nqueue\n"),
        format!("{chain}executable = $(y1999)\nqueue\n"),
        "executable = a\noutput = $INT(Process,%09d)\nqueue 2147483647\n".to_string(),
        "executable = a\nqueue 99999999999999999999\n".to_string(),
        "a = $(b)\nb = $(a)\nexecutable = $(a)\nqueue\n".to_string(),
        many("x = 1 \\\n", 100_000),
    ];
    for (number, text) in texts.iter().enumerate() {
        let started = std::time::Instant::now();
        let _ = reading(text);
        let taken = started.elapsed();
        eprintln!("{number}: {taken:?} for {} bytes", text.len());
        assert!(taken.as_secs() < 20, "{number}: {taken:?} for {} bytes", text.len());
    }
}

/// For `cargo xtask real`, which gives both texts to HTCondor's own reader.
#[test]
fn documents_for_the_real_reader() {
    let Some(folder) = std::env::var_os("PELAGO_SUBMIT_PAIRS").map(PathBuf::from) else { return };
    for (number, (name, text, _)) in DOCUMENTS.iter().enumerate() {
        let written = law(name, text).unwrap_or_default();
        for (kind, text) in [("said", *text), ("written", written.as_str())] {
            let path = folder.join(format!("{number:02}.{kind}.sub"));
            std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}

/// Files beside a document, by their names.
struct Files(&'static [(&'static str, &'static str)]);

impl Beside for Files {
    fn text(&mut self, path: &str) -> std::io::Result<String> {
        let found = self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| text.to_string());
        found.ok_or(std::io::ErrorKind::NotFound.into())
    }

    fn matching(&mut self, pattern: &str, only: Option<&str>) -> std::io::Result<Vec<String>> {
        let fits =
            |name: &&str| pattern.strip_prefix('*').is_some_and(|end| name.ends_with(end)) && only != Some("dirs");
        Ok(self.0.iter().map(|(name, _)| *name).filter(fits).map(str::to_string).collect())
    }
}

/// How many tasks a document has with these files.
fn beside(text: &str) -> Result<u64, String> {
    let files = [
        ("items", "a, 1 2\n\n b, 3\n"),
        ("one.dat", ""),
        ("two.dat", ""),
        ("base.sub", "executable = prog\noutput = $(Process)\ninclude : more.sub\n"),
        ("more.sub", "queue 2\n"),
        ("round.sub", "include : round.sub\n"),
        ("wrong.sub", "no line\n"),
    ];
    let source = Source::new("document", text);
    let reading = pelago_describe::read_beside(&source, Some(Language::Submit), &mut Files(Box::leak(Box::new(files))));
    let Some(said) = &reading.said else { return Err(reading.render(&source, false)) };
    let tasks = |job: &pelago_job::description::Job| {
        job.space.as_ref().map_or(1, |space| space.len(&said.description.parameters))
    };
    assert!(said.description.extensions.is_empty(), "{:?}", said.description.extensions);
    assert!(said.description.jobs.iter().all(|job| job.extensions.is_empty()));
    Ok(said.description.jobs.iter().map(tasks).sum())
}

#[test]
fn files_beside_a_document_are_taken_in() {
    let job = "executable = prog\noutput = $(Process)\narguments = $(x) $Fn(y)\n";
    assert_eq!(beside(&format!("{job}queue 2 x,y from items\n")), Ok(4));
    assert_eq!(beside(&format!("{job}queue x from [1:] items\n")), Ok(1));
    assert_eq!(beside(&format!("{job}queue y matching files *.dat\n")), Ok(2));
    assert_eq!(beside("include : base.sub\n"), Ok(2));
    assert_eq!(beside("include ifexist : none.sub\ninclude : base.sub\n"), Ok(2));
    for (text, part) in [
        (format!("{job}queue x from none\n"), "the file of items `none` cannot be opened"),
        (format!("{job}queue y matching dirs *.dat\n"), "nothing matches `*.dat`"),
        ("include : round.sub\n".to_string(), "included more than 20 files deep"),
        ("include : none.sub\n".to_string(), "the file `none.sub` cannot be included"),
        (format!("include : wrong.sub\n{job}queue\n"), "document:1:1"),
    ] {
        let shown = beside(&text).unwrap_err();
        assert!(shown.contains(part), "{shown}");
    }
}

fn shown(text: &str) -> String {
    reading(text).render(&Source::new("job.sub", text), false)
}

/// `condor_submit -interactive` brings its own program. What is there for a program says that one was forgotten.
#[test]
fn a_session_needs_no_program() {
    let session = "+WantsShell = true\nrequest_cpus = 2\ntransfer_input_files = recipe.def\nqueue\n";
    assert!(shown(session).contains("only `condor_submit -interactive` takes it"), "{}", shown(session));
    assert!(law("session", session).is_ok_and(|written| written.starts_with("executable = /bin/true\n")));
    for forgotten in ["arguments = 7\n", "input = numbers\n", "executabel = a\n", "executable =\n"] {
        let text = format!("{forgotten}{session}");
        assert!(reading(&text).failed() && shown(&text).contains("error: the job has no `executable`"), "{text}");
    }
    assert!(reading("log = a\nqueue\n").failed());
}

/// The language puts brackets around them before they are read.
#[test]
fn requirements_stand_in_brackets() {
    let text = |value: &str| format!("executable = a\nrequirements = {value}\nqueue\n");
    let split = text("Memory > 1 ) && ( Disk > 2");
    assert!(shown(&split).contains("a bracket is closed here before one is opened"), "{}", shown(&split));
    let written = law("split", &split).unwrap_or_else(|why| why);
    assert!(written.contains("requirements = (Memory > 1 ) && ( Disk > 2)\n"), "{written}");
    for wrong in ["Memory > 1 )", "( Memory > 1", ") && ("] {
        assert!(reading(&text(wrong)).failed(), "{wrong}");
    }
    assert!(reading("executable = a\nrank = Memory ) + ( Disk\nqueue\n").failed());
}

#[test]
fn a_number_of_jobs_may_come_from_the_environment() {
    for arguments in ["$ENV(JOBS)", "2 * $ENV(JOBS:3)", "$ENV(JOBS) word in (a b)"] {
        let text = format!("executable = a\noutput = $(Process).out\nqueue {arguments}\n");
        assert!(shown(&text).contains("is only known when the jobs are submitted"), "{}", shown(&text));
        assert_eq!(law(arguments, &text).unwrap_or_else(|why| why), text);
    }
    assert!(reading("executable = a\nqueue $ENV(JOBS) +\n").failed());
}

#[test]
fn the_platform_is_known() {
    let text =
        "executable = $CHOICE(IsWindows, /bin/echo, echo.exe)\nif $(IsLinux)\narguments = a$(ISLINUX)\nendif\nqueue\n";
    let written = law("platform", text).unwrap_or_else(|why| why);
    assert_eq!(written, "executable = /bin/echo\narguments = a1\nqueue\n");
    let other = "executable = a\nIsWindows = 1\nif $(IsWindows)\narguments = b\nendif\nqueue\n";
    assert!(law("set", other).unwrap_or_else(|why| why).contains("arguments = b\n"));
}

/// Macros that differ between tasks are symbols inside; a message has their names.
#[test]
fn messages_name_macros() {
    let text = "executable = a\narguments = $(Process) \"$(word)\"\nqueue word in (a b)\n";
    assert!(shown(text).contains("a quotation mark stands inside: `\"$(word)\"`"), "{}", shown(text));
}

/// What `condor_submit` refuses when it looks at the values, and what it takes.
#[test]
fn values_are_what_the_real_reader_insists_on() {
    let text = |lines: &str| format!("executable = a\noutput = b\n{lines}\nqueue\n");
    for (lines, part) in [
        ("hold = maybe", "`maybe` is no value of `hold`; it is true or false"),
        ("stream_output = some", "it is true or false"),
        ("log_xml = 2 apples", "it is true or false"),
        ("prio = high", "`high` is no value of `prio`; it is an integer"),
        ("max_retries = Attempts", "it is an integer"),
        ("checkpoint_exit_code = ExitCode", "it is an integer"),
        ("image_size = 0", "it is a size of 1 or more"),
        ("disk_usage = large", "it is a size of 1 or more"),
        ("kill_sig = SIGNONE", "it is a signal: its number, or its name"),
        ("kill_sig = TERM", "its name as in `SIGTERM`"),
        ("cron_hour = noon", "it is made of numbers"),
        ("skip_filechecks = perhaps", "it is true, false or `warn`"),
        ("use_scitokens = perhaps", "it is true, false or `auto`"),
        ("universe = grid\ngrid_resource = cloud here", "it is a kind of grid and its address"),
        ("universe = docker\ndocker_image = i\ncontainer_image = j", "has a `docker_image` and no `container_image`"),
        ("should_transfer_files = NO\nwhen_to_transfer_output = ON_EXIT", "`ON_EXIT` does not go with"),
        ("should_transfer_files = IF_NEEDED\nwhen_to_transfer_output = ON_EXIT_OR_EVICT", "does not go with"),
        ("should_transfer_files = NO\ntransfer_input_files = c", "`transfer_input_files` has files"),
        ("arguments = $RANDOM_INTEGER(5, 1)", "there is no number from the first to the second"),
    ] {
        assert!(reading(&text(lines)).failed() && shown(&text(lines)).contains(part), "{}", shown(&text(lines)));
    }
    for lines in [
        "hold = 1 == 1\nstream_output = no\nlog_xml = T",
        "priority = $(level)\nmax_retries = 2 + 1\ncore_size = -1",
        "image_size = 1.5 GB\ndisk_usage = 20\nkill_sig = sigusr1\nremove_kill_sig = 9\ncron_hour = 1-5/2,*",
        "skip_filechecks = WARN\nuse_scitokens = auto\nuniverse = grid\ngrid_resource = Batch slurm",
        "should_transfer_files = NO\nwhen_to_transfer_output = NEVER\ntransfer_output_files = \"\"",
        "when_to_transfer_output = ON_EXIT_OR_EVICT\nshould_transfer_files = YES",
        "arguments = $RANDOM_INTEGER(-1, 5, 2)\nhold = $ENV(HOLD)",
    ] {
        assert!(!reading(&text(lines)).failed(), "{}", shown(&text(lines)));
    }
}

#[test]
fn comments_behind_values_are_warned_of() {
    for line in ["output = b # there", "request_disk = 4GB\t# much", "transfer_input_files = c, d #, e"] {
        let text = format!("executable = a\n{line}\nqueue\n");
        assert!(shown(&text).contains("this is part of the value and no comment"), "{}", shown(&text));
    }
    for line in ["arguments = a # b", "output = b#c", "note = a # b", "+Text = \"a # b\"", "# output = b # c"] {
        let text = format!("executable = a\n{line}\nqueue\n");
        assert!(!shown(&text).contains("and no comment"), "{}", shown(&text));
    }
    let count = shown("executable = a\nqueue 3 # three\n");
    assert!(count.contains("write the comment in a line of its own"), "{count}");
}
