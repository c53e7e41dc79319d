//! Parts of a job that several options reach: its process counts, its accelerators, its account, who waits for whom.

use super::Dialect;
use super::print::Printer;
use super::read::{Given, Reader};
use super::table::Row;
use pelago_job::description::{Application, Parallel, Path, Text};

/// A path.
pub(super) fn path(text: &str) -> Path {
    Path { text: Some(text.into()), filesystem: None }
}

/// The parallel part of an application; made if there is none.
pub(super) fn parallel(application: &mut Application) -> &mut Parallel {
    application.parallel.get_or_insert_with(Parallel::default)
}

/// `-v NAME=value,NAME`: variables, and names of the submitter's.
pub(super) fn read_variables(reader: &mut Reader<'_>, given: &Given) {
    use pelago_job::description::Variable;
    for item in cut(&given.text) {
        match item.split_once('=') {
            Some((name, value)) => {
                let (name, value) = (Some(name.trim().into()), Some(value.into()));
                reader.job.application.environment.push(Variable { name, value, filesystem: None });
            }
            None => reader.job.application.inherit.push(item.trim().to_string()),
        }
    }
}

/// Cuts at commas outside quotation marks, which go.
fn cut(text: &str) -> Vec<String> {
    let (mut items, mut item, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (None, ',') => items.push(std::mem::take(&mut item)),
            (None, '\'' | '"') => quote = Some(c),
            (Some(mark), _) if mark == c => quote = None,
            _ => item.push(c),
        }
    }
    items.push(item);
    items.retain(|item| !item.is_empty());
    items
}

/// All of the submitter's variables.
pub(super) const ALL: &str = "*";
/// None of them.
pub(super) const NONE: &str = "!*";

pub(super) fn read_all(reader: &mut Reader<'_>, _: &Given) {
    reader.job.application.inherit.insert(0, ALL.to_string());
}

/// `-V`, and `-v` with names only: values stand in the script, where all of them can be said.
pub(super) fn print_all(printer: &mut Printer<'_>, row: &Row) {
    let inherit = &mut printer.job.application.inherit;
    if inherit.first().is_none_or(|name| name != ALL) {
        return;
    }
    inherit.remove(0);
    if !inherit.iter().all(|name| is_name(name)) {
        inherit.clear();
        printer.changed("/application/inherit", [ALL], "the batch system takes names of variables");
    }
    printer.option(row, "");
}

pub(super) fn print_names(printer: &mut Printer<'_>, row: &Row) {
    let inherit = &printer.job.application.inherit;
    if !inherit.is_empty() && inherit.iter().all(|name| is_name(name)) {
        let names = std::mem::take(&mut printer.job.application.inherit).join(",");
        printer.option(row, &names);
    }
}

/// Whether a shell has variables of this name.
pub(super) fn is_name(name: &str) -> bool {
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// `--export=ALL,NAME=value`.
pub(super) fn read_export(reader: &mut Reader<'_>, given: &Given) {
    match given.text.as_str() {
        "NONE" => reader.job.application.inherit = vec![NONE.to_string()],
        "NIL" => reader.keep_given(given),
        _ => {
            read_variables(reader, given);
            for name in &mut reader.job.application.inherit {
                if name == "ALL" {
                    *name = ALL.to_string();
                }
            }
        }
    }
}

pub(super) fn print_export(printer: &mut Printer<'_>, row: &Row) {
    let inherit = std::mem::take(&mut printer.job.application.inherit);
    let word = |name: &String| match name.as_str() {
        ALL => Some("ALL".to_string()),
        NONE if inherit.len() == 1 => Some("NONE".to_string()),
        "ALL" | "NONE" | "NIL" => None,
        name => is_name(name).then(|| name.to_string()),
    };
    let words: Option<Vec<String>> = inherit.iter().map(word).collect();
    match words {
        Some(words) if !words.is_empty() => printer.option(row, &words.join(",")),
        _ => printer.job.application.inherit = inherit,
    }
}

/// Slurm's and PBS's dependencies: `afterok:1:2,afterany:3`.
pub(super) fn read_after(reader: &mut Reader<'_>, given: &Given) {
    const KINDS: [&str; 22] = [
        "after",
        "afterany",
        "afterburstbuffer",
        "aftercorr",
        "afternotok",
        "afterok",
        "singleton",
        "expand",
        "before",
        "beforeok",
        "beforenotok",
        "beforeany",
        "on",
        "synccount",
        "syncwith",
        "afterstartarray",
        "afterokarray",
        "afternotokarray",
        "afteranyarray",
        "beforestartarray",
        "beforeokarray",
        "runone",
    ];
    for item in given.text.split(',').filter(|item| !item.is_empty()) {
        let kind = item.split([':', '?']).next().unwrap_or("");
        if !KINDS.contains(&kind) {
            let message = format!("`{kind}` is no kind of dependency");
            let error = reader.diagnostics.error(given.span.clone(), message);
            error.did_you_mean(crate::spelling::nearest(kind, KINDS)).help("write for example `afterok:1234`");
        }
    }
    reader.job.policy.after_jobs = given.text.split(',').filter(|item| !item.is_empty()).map(Text::from).collect();
}

/// The dependencies in one word, if it can hold them.
pub(super) fn after(printer: &mut Printer<'_>) -> Option<String> {
    let texts: Option<Vec<String>> = printer.job.policy.after_jobs.iter().map(Text::as_literal).collect();
    let texts = texts.filter(|texts| !texts.is_empty())?;
    let word = |text: &String| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:?+[]()@".contains(c))
    };
    let kind = |text: &String| {
        text.starts_with(|c: char| c.is_ascii_lowercase()) && (text.contains(':') || text == "singleton")
    };
    let known = |text: &String| {
        ["after", "before", "singleton", "expand", "on:", "sync", "runone"].iter().any(|k| text.starts_with(k))
    };
    if !texts.iter().all(|text| word(text) && kind(text) && known(text) && !text.contains('?')) {
        return None;
    }
    let kinds = [
        "after",
        "afterany",
        "afternotok",
        "afterok",
        "before",
        "beforeok",
        "beforenotok",
        "beforeany",
        "singleton",
        "on",
    ];
    let all = texts.iter().all(|text| kinds.contains(&text.split(':').next().unwrap_or("")));
    all.then(|| {
        printer.job.policy.after_jobs.clear();
        texts.join(",")
    })
}

pub(super) fn print_after(printer: &mut Printer<'_>, row: &Row) {
    if let Some(text) = after(printer) {
        printer.option(row, &text);
    }
}

/// Grid Engine: `-hold_jid 1,name`, whatever the end of those jobs is.
pub(super) fn read_hold(reader: &mut Reader<'_>, given: &Given) {
    let jobs = given.text.split(',').filter(|item| !item.is_empty());
    reader.job.policy.after_jobs = jobs.map(|job| Text::from(format!("afterany:{job}"))).collect();
}

pub(super) fn print_hold(printer: &mut Printer<'_>, row: &Row) {
    let texts: Vec<String> = printer.job.policy.after_jobs.iter().filter_map(Text::as_literal).collect();
    let mut jobs: Vec<String> = Vec::new();
    for text in &texts {
        let Some((kind, names)) = text.split_once(':') else { return };
        let word =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.*".contains(c));
        if !["afterany", "afterok", "afternotok"].contains(&kind) || !names.split(':').all(word) {
            return;
        }
        jobs.extend(names.split(':').map(str::to_string));
    }
    if texts.len() != printer.job.policy.after_jobs.len() || jobs.is_empty() {
        return;
    }
    printer.job.policy.after_jobs.clear();
    let instead: Vec<String> = jobs.iter().map(|job| format!("afterany:{job}")).collect();
    if instead != texts {
        printer.changed("/policy/after_jobs", &instead, "Grid Engine waits for the end of a job, whatever it is");
    }
    printer.option(row, &jobs.join(","));
}

/// `y` or `n`: whether it may run twice.
pub(super) fn read_rerun(reader: &mut Reader<'_>, given: &Given) {
    match given.text.as_str() {
        "y" | "yes" => reader.job.policy.once = Some(false),
        "n" | "no" => reader.job.policy.once = Some(true),
        _ => reader.wrong(given, "`y` or `n`"),
    }
}

pub(super) fn print_rerun(printer: &mut Printer<'_>, row: &Row) {
    if let Some(once) = printer.job.policy.once.take() {
        printer.option(row, if once { "n" } else { "y" });
    }
}

/// `-S /bin/bash`.
pub(super) fn read_shell(reader: &mut Reader<'_>, given: &Given) {
    if given.text.contains([',', '@']) || given.text.contains(char::is_whitespace) || given.text.is_empty() {
        reader.keep_given(given);
        return;
    }
    reader.shell = Some((given.text.clone(), given.span.clone()));
}

/// The interpreter of the script, where its first line names one without options.
pub(super) fn print_shell(printer: &mut Printer<'_>, row: &Row) {
    if let Some(shell) = printer.interpreter.clone().filter(|shell| !shell.contains([',', '@'])) {
        printer.option(row, &shell);
    }
}

/// The number that a priority is.
pub(super) fn read_priority(reader: &mut Reader<'_>, given: &Given) {
    match given.text.parse::<i64>() {
        Ok(_) => reader.job.policy.priority = Some(given.text.as_str().into()),
        Err(_) if reader.dialect == Dialect::Slurm && given.text == "TOP" => reader.keep_given(given),
        Err(_) => reader.wrong(given, "a whole number"),
    }
}

pub(super) fn print_priority(printer: &mut Printer<'_>, row: &Row) {
    let text = printer.job.policy.priority.as_ref().and_then(Text::as_literal);
    if let Some(text) = text.filter(|text| text.parse::<i64>().is_ok()) {
        printer.job.policy.priority = None;
        printer.option(row, &text);
    }
}
