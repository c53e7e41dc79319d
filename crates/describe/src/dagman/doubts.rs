//! What DAGMan takes but nobody means: nodes that wait for themselves, categories without a limit and limits without
//! nodes, script macros that are not replaced, descriptions that nothing uses.

use super::command::{ALL_NODES, Command, Source, Word};
use super::document::Placed;
use crate::cycle;
use crate::{Diagnostics, Said, spelling};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Macros of a script's arguments (`script.cpp` of HTCondor), and whether a PRE script has them.
const MACROS: [(&str, bool); 21] = [
    ("$NODE", true),
    ("$JOB", true),
    ("$RETRY", true),
    ("$MAX_RETRIES", true),
    ("$NODE_COUNT", true),
    ("$QUEUED_COUNT", true),
    ("$DONE_COUNT", true),
    ("$FAILED_COUNT", true),
    ("$FUTILE_COUNT", true),
    ("$DAGID", true),
    ("$DAG_STATUS", true),
    ("$CLUSTERID", false),
    ("$JOBID", false),
    ("$JOB_COUNT", false),
    ("$JOB_ABORT_COUNT", false),
    ("$SUCCESS", false),
    ("$RETURN", false),
    ("$EXIT_CODES", false),
    ("$EXIT_CODE_LIST", false),
    ("$EXIT_CODE_COUNTS", false),
    ("$PRE_SCRIPT_RETURN", false),
];

/// Says all of it.
pub(super) fn say(statements: &[Placed], said: &Said, diagnostics: &mut Diagnostics) {
    if statements.is_empty() {
        diagnostics.warning(0..0, "this DAG has no nodes");
    }
    cycles(said, diagnostics);
    categories(statements, diagnostics);
    descriptions(statements, diagnostics);
    skips(statements, diagnostics);
    for placed in statements {
        if let Command::Script { when, command, .. } = &placed.command {
            macros(when, &command.text, &command.span, diagnostics);
        }
    }
}

fn cycles(said: &Said, diagnostics: &mut Diagnostics) {
    let description = &said.description;
    for found in cycle::cycles(description) {
        let joins = |parent: usize, child: usize| {
            let is = |edge: &pelago_job::description::Edge| {
                edge.parent == Some(parent as u32) && edge.child == Some(child as u32)
            };
            let number = description.edges.iter().position(is)?;
            said.origins.of(&format!("/edges/{number}"))
        };
        let (first, last) = (found.first().copied().unwrap_or(0), found.last().copied().unwrap_or(0));
        let span = joins(last, first).unwrap_or(0..0);
        let path = cycle::shown(description, &found);
        let message = match found.len() {
            1 => format!("a node waits for itself: {path}"),
            _ => format!("these nodes wait for one another: {path}"),
        };
        let warning = diagnostics.warning(span, message);
        warning.label("this closes the circle");
        for (parent, child) in found.iter().zip(found.iter().skip(1)).take(4) {
            if let Some(span) = joins(*parent, *child) {
                warning.related(span, "one of its edges");
            }
        }
        warning.note("DAGMan runs what does not wait for them, then ends with status 5 (cycle)");
    }
}

/// Limits and their categories. A category that begins with `+` is shared with other files, and one with a `+` in it is
/// a splice's.
fn categories(statements: &[Placed], diagnostics: &mut Diagnostics) {
    let mut used: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    let mut limited: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for placed in statements {
        match &placed.command {
            Command::Category { category, .. } => drop(used.entry(&category.text).or_insert(category.span.clone())),
            Command::MaxJobs { category, .. } => drop(limited.entry(&category.text).or_insert(category.span.clone())),
            _ => {}
        }
    }
    let includes = statements.iter().any(|placed| placed.command.word() == Word::Include);
    let shared = |name: &str| includes || name.contains('+');
    for (name, span) in &limited {
        if !used.contains_key(name) && !shared(name) && !diagnostics.full() {
            let near = spelling::nearest(name, used.keys().copied());
            diagnostics
                .warning(
                    span.clone(),
                    format!("no node is of the category `{name}`, so that this limit limits nothing"),
                )
                .did_you_mean(near);
        }
    }
    for (name, span) in &used {
        if !limited.contains_key(name) && !shared(name) && !diagnostics.full() {
            let near = spelling::nearest(name, limited.keys().copied().filter(|known| !used.contains_key(known)));
            let message = format!("the category `{name}` has no MAXJOBS here");
            match near {
                Some(_) => diagnostics.warning(span.clone(), message).did_you_mean(near),
                None => diagnostics
                    .note(span.clone(), message)
                    .note("without a limit a category does nothing; a file that splices this one can give it one"),
            };
        }
    }
}

/// Submit descriptions by name, and the nodes that use them.
fn descriptions(statements: &[Placed], diagnostics: &mut Diagnostics) {
    let mut defined: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for placed in statements {
        if let Command::SubmitDescription { name, .. } = &placed.command {
            defined.entry(&name.text).or_insert(name.span.clone());
        }
    }
    let mut used = BTreeSet::new();
    for placed in statements {
        let Command::Node { word, from: Source::File(file), noop: false, .. } = &placed.command else { continue };
        if *word == Word::Subdag || diagnostics.full() {
            continue;
        }
        if let Some((known, _)) = defined.get_key_value(file.text.as_str()) {
            used.insert(*known);
        } else if let Some(near) = defined.keys().find(|name| spelling::one_edit(&file.text, name)) {
            diagnostics
                .warning(
                    file.span.clone(),
                    format!("`{}` is no submit description of this file, so it is a file", file.text),
                )
                .did_you_mean(Some(near));
        }
    }
    let includes = statements.iter().any(|placed| matches!(placed.command.word(), Word::Include | Word::Splice));
    for (name, span) in defined.iter().filter(|(name, _)| !used.contains(*name) && !includes) {
        diagnostics.warning(span.clone(), format!("no node uses the submit description `{name}`"));
    }
}

/// `PRE_SKIP` of nodes without a script before them.
fn skips(statements: &[Placed], diagnostics: &mut Diagnostics) {
    let mut with = BTreeSet::new();
    for placed in statements {
        if let Command::Script { when, node, .. } = &placed.command
            && when == "pre"
        {
            with.insert(node.text.to_ascii_uppercase());
        }
    }
    if with.contains(ALL_NODES) {
        return;
    }
    for placed in statements {
        if let Command::PreSkip { node, .. } = &placed.command
            && !node.is(ALL_NODES)
            && !with.contains(&node.text.to_ascii_uppercase())
            && !node.text.contains('+')
        {
            diagnostics
                .warning(
                    placed.span.clone(),
                    format!("`{}` has no PRE script here, so that nothing is skipped", node.text),
                )
                .note("PRE_SKIP is about the exit code of the node's PRE script");
        }
    }
}

/// Macros in the arguments of a script; they are replaced where they are whole words only.
fn macros(when: &str, command: &str, whole: &Range<usize>, diagnostics: &mut Diagnostics) {
    let mut at = 0;
    for word in command.split([' ', '\t']) {
        let start = whole.start + at;
        at += word.len() + 1;
        // A command of several lines has lost where its words stood.
        let span = if whole.len() == command.len() { start..start + word.len() } else { whole.clone() };
        if !word.contains('$') {
            continue;
        }
        let known = MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        match known {
            Some((_, true)) => {}
            Some((name, false)) if when == "pre" => {
                diagnostics
                    .warning(span.clone(), format!("{name} has no value in a PRE script"))
                    .note("DAGMan hands the word on as it is");
            }
            Some(_) => {}
            None if word.starts_with('$') => {
                let near = spelling::nearest(word, MACROS.iter().map(|(name, _)| *name));
                diagnostics
                    .warning(span.clone(), format!("`{word}` is no macro of DAGMan's scripts"))
                    .note("scripts are not run by a shell: the word is handed on as it is")
                    .did_you_mean(near);
            }
            None => {
                let upper = word.to_ascii_uppercase();
                let inside = MACROS.iter().find(|(name, _)| {
                    let rest = upper.split_once(name).map(|(_, rest)| rest);
                    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
                });
                if let Some((name, _)) = inside {
                    diagnostics
                        .warning(span.clone(), format!("{name} in `{word}` is not replaced"))
                        .note("only an argument that is nothing but the macro is");
                }
            }
        }
    }
}
