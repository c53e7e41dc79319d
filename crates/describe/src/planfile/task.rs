//! Tasks to groups: which index space each has, which ones are event tasks, and what each reads, makes and does.

use super::command::{self, Context};
use super::cursor::{Cursor, TokenKind};
use super::files::{self, OutputLine};
use super::line::Statement;
use super::outline::{Outline, TaskBlock};
use super::scope::{Scope, TaskScope};
use super::{MAX_NAMES, settings};
use crate::{Diagnostics, spelling};
use pelago_job::{Group, GroupNo, Input, Keep, Order, Output, ParamNo, Role, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const SPECIAL: [(&str, Role); 5] = [
    ("main", Role::Main),
    ("rootstart", Role::RootStart),
    ("nodestart", Role::NodeStart),
    ("nodefinish", Role::NodeFinish),
    ("rootfinish", Role::RootFinish),
];

/// What is known of a task before its commands are read.
struct Draft<'a> {
    block: &'a TaskBlock,
    role: Role,
    parameters: Option<Vec<ParamNo>>,
    seqameters: Option<Vec<ParamNo>>,
    outputs: Vec<(OutputLine, Range<usize>)>,
    reads: bool,
    values: bool,
}

/// The groups of a plan, in the order of its tasks.
pub(crate) fn lower(text: &str, outline: &Outline, scope: &mut Scope<'_>, diagnostics: &mut Diagnostics) -> Vec<Group> {
    let blocks = outline.drop_double_tasks(diagnostics);
    if let Some(over) = blocks.get(MAX_NAMES) {
        let message = format!("{} tasks are more than the {MAX_NAMES} that are possible", blocks.len());
        diagnostics
            .error(over.name_span.clone(), message)
            .help("tasks that differ in a value are one task with a parameter");
        return Vec::new();
    }
    let mut drafts: Vec<Draft<'_>> = blocks.into_iter().map(|b| draft(text, b, scope, diagnostics)).collect();
    let hooked = hooks(&drafts, diagnostics);
    for draft in &mut drafts {
        draft.role = role(draft, &hooked, diagnostics);
    }
    if !drafts.iter().any(|d| d.block.name == "main") {
        let near = drafts.iter().any(|d| spelling::nearest(&d.block.name, ["main"]).is_some());
        if !near {
            let help = "write `task main`, then the commands, then `endtask`";
            diagnostics.error(0..0, "the plan has no task `main`").help(help);
        }
    }
    let numbers: BTreeMap<&str, GroupNo> =
        drafts.iter().enumerate().map(|(n, d)| (d.block.name.as_str(), GroupNo(n as u16))).collect();
    drafts.iter().map(|d| group(d, &numbers, scope, diagnostics)).collect()
}

fn draft<'a>(text: &str, block: &'a TaskBlock, scope: &mut Scope<'_>, diagnostics: &mut Diagnostics) -> Draft<'a> {
    let (parameters, seqameters, outputs) = (None, None, Vec::new());
    let mut draft = Draft { block, role: Role::Main, parameters, seqameters, outputs, reads: false, values: false };
    for statement in &block.statements {
        match statement.word(text) {
            "parameters" => {
                let found = space(text, statement, Order::Cross, scope, diagnostics);
                merge(&mut draft.parameters, found, statement, diagnostics);
            }
            word @ ("seqameters" | "sequmeters" | "sequameters") => {
                if word != "seqameters" {
                    diagnostics.note(statement.keyword.clone(), format!("`{word}` is read as `seqameters`"));
                }
                let found = space(text, statement, Order::Chain, scope, diagnostics);
                merge(&mut draft.seqameters, found, statement, diagnostics);
            }
            "output" | "outputs" => {
                let line = files::output_line(text, statement, diagnostics);
                draft.outputs.push((line, statement.keyword.clone()));
            }
            "env" => settings::env(text, statement, scope, diagnostics),
            "input" | "inputs" => draft.reads = true,
            "value" => draft.values = true,
            _ => {}
        }
    }
    draft
}

fn merge(into: &mut Option<Vec<ParamNo>>, found: Vec<ParamNo>, statement: &Statement, diagnostics: &mut Diagnostics) {
    if into.is_some() {
        let message = "the task has this line twice";
        diagnostics.error(statement.keyword.clone(), message).help("name all of them on one line");
    }
    *into = Some(found);
}

/// The names of a `parameters` or `seqameters` line.
fn space(
    text: &str,
    statement: &Statement,
    order: Order,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<ParamNo> {
    let (line, other) = match order {
        Order::Cross => ("parameters", "seqameters"),
        Order::Chain => ("seqameters", "parameters"),
    };
    let mut cursor = Cursor::new(text, statement.rest());
    let mut found = BTreeSet::new();
    let (mut empty, before) = (true, diagnostics.errors());
    while let Some(token) = cursor.token(diagnostics) {
        if token.kind == TokenKind::Semicolon {
            continue;
        }
        empty = false;
        for name in token.text.split(',').filter(|n| !n.is_empty()) {
            if name.eq_ignore_ascii_case("none") && scope.number(name).is_none() {
                continue;
            }
            match scope.number(name).and_then(|n| scope.parameter(n).map(|p| (n, p.order))) {
                Some((number, is)) if is == order => {
                    found.insert(number);
                }
                Some(_) => {
                    let message = format!("`{name}` is declared with `{}`", other.trim_end_matches('s'));
                    diagnostics.error(token.span.clone(), message).help(format!("write `{other} {name}`"));
                }
                None => {
                    *diagnostics.error(token.span.clone(), "") = scope.unknown(name, &token.span, "");
                }
            }
        }
    }
    if empty {
        let help = format!("write `{line} None`, or leave the line out to have all of them");
        diagnostics.error(statement.span.clone(), "the line names nothing").help(help);
    }
    // After an error all of them, so that their uses are no errors too.
    if diagnostics.errors() > before {
        return scope.all(order);
    }
    found.into_iter().collect()
}

/// The names of the tasks that some event starts. An event that names no task is an error.
fn hooks(drafts: &[Draft<'_>], diagnostics: &mut Diagnostics) -> BTreeSet<String> {
    let names: BTreeSet<&str> = drafts.iter().map(|d| d.block.name.as_str()).collect();
    let mut hooked = BTreeSet::new();
    for (_, name, span) in drafts.iter().flat_map(|d| d.outputs.iter().flat_map(|(line, _)| line.hooks.iter())) {
        if SPECIAL.iter().any(|(special, _)| special == name) {
            let message = format!("`{name}` cannot be an event task: it runs by itself");
            diagnostics.error(span.clone(), message).help("name a task of its own");
        } else if names.contains(name.as_str()) {
            hooked.insert(name.clone());
        } else {
            let searched = names.iter().take(if diagnostics.full() { 0 } else { MAX_NAMES });
            let near = spelling::nearest(name, searched.copied().filter(|n| SPECIAL.iter().all(|(s, _)| s != n)));
            hooked.extend(near.map(str::to_string));
            let error = diagnostics.error(span.clone(), format!("there is no task `{name}`"));
            match near {
                Some(near) => error.did_you_mean(Some(near)),
                None => error.help(format!("write `task {name}`, with the commands that run on the file in `$FILE`")),
            };
        }
    }
    hooked
}

fn role(draft: &Draft<'_>, hooked: &BTreeSet<String>, diagnostics: &mut Diagnostics) -> Role {
    let name = draft.block.name.as_str();
    let span = draft.block.name_span.clone();
    let lines = draft.parameters.is_some() || draft.seqameters.is_some();
    let spans_nothing =
        draft.parameters.as_ref().is_none_or(Vec::is_empty) && draft.seqameters.as_ref().is_none_or(Vec::is_empty);
    if let Some((_, role)) = SPECIAL.iter().find(|(special, _)| *special == name) {
        if *role != Role::Main {
            if lines && !spans_nothing {
                let message = format!("`{name}` has no parameters: it does not run for each task");
                diagnostics.error(span.clone(), message).help("remove its `parameters` and `seqameters` lines");
            }
            for (_, at) in &draft.outputs {
                let message = format!("`{name}` cannot declare outputs");
                let help = "only `main` and named tasks can; what it leaves in its directory is there for them";
                diagnostics.error(at.clone(), message).help(help);
            }
        }
        return *role;
    }
    if hooked.contains(name) {
        if !spans_nothing {
            let message = format!("event task `{name}` runs for files, not for values of parameters");
            diagnostics.error(span.clone(), message).help("write `parameters None` and `seqameters None`");
        }
        for (_, at) in &draft.outputs {
            let message = format!("event task `{name}` cannot declare outputs: it starts no further tasks");
            diagnostics.error(at.clone(), message).help("bring files home with `copy node:FILE root:`");
        }
        return Role::Event;
    }
    let files = draft.reads || !draft.outputs.is_empty();
    if !lines && !files && !draft.values {
        let near = spelling::nearest(name, SPECIAL.iter().map(|(special, _)| *special));
        let error = diagnostics.error(span, format!("task `{name}` never runs: nothing starts it"));
        match near {
            Some(near) => error.did_you_mean(Some(near)),
            None => error.help(format!(
                "start it by an event (`output FILE on create {name}`), or give it an index space with `parameters`"
            )),
        };
    } else if lines && spans_nothing && !files {
        diagnostics
            .error(span, format!("task `{name}` never runs: it has no parameters, no files, and no event starts it"))
            .help(format!("hook it to a file: `output FILE on create {name}`"));
    }
    Role::Other
}

fn group(
    draft: &Draft<'_>,
    numbers: &BTreeMap<&str, GroupNo>,
    scope: &mut Scope<'_>,
    diagnostics: &mut Diagnostics,
) -> Group {
    let mut group = Group::new(draft.block.name.clone(), draft.role);
    if matches!(draft.role, Role::Main | Role::Other) {
        group.parameters = draft.parameters.clone().unwrap_or_else(|| scope.all(Order::Cross));
        group.seqameters = draft.seqameters.clone().unwrap_or_else(|| scope.all(Order::Chain));
    }
    let space = group.parameters.iter().chain(&group.seqameters).copied().collect();
    let task = TaskScope { name: draft.block.name.clone(), role: draft.role, space };
    let text = scope.text;
    for (line, _) in &draft.outputs {
        files::outputs(scope, &task, line, numbers, &mut group.outputs, diagnostics);
    }
    let mut context = Context { scope, task: &task, diagnostics };
    // Declared inputs first: a copy of a declared file adds none.
    for statement in draft.block.statements.iter().filter(|s| matches!(s.word(text), "input" | "inputs")) {
        command::declaration(&mut context, statement, &mut group);
    }
    for statement in &draft.block.statements {
        match statement.word(text) {
            "input" | "inputs" | "output" | "outputs" | "parameters" | "seqameters" | "sequmeters" | "sequameters" => {}
            _ => {
                if !command::declaration(&mut context, statement, &mut group) {
                    command::read(&mut context, statement, &mut group);
                }
            }
        }
    }
    check(draft, &mut group, scope, diagnostics);
    group
}

/// What is legal line by line but wrong as a whole.
fn check(draft: &Draft<'_>, group: &mut Group, scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let span = draft.block.name_span.clone();
    let name = draft.block.name.as_str();
    let acts =
        |step: &pelago_job::Step| !matches!(step, pelago_job::Step::OnError(_) | pelago_job::Step::Redirect { .. });
    if !group.steps.iter().any(acts) && !diagnostics.failed() {
        diagnostics.warning(span.clone(), format!("task `{name}` does nothing: it has no commands"));
    }
    if group.keep != Keep::None && group.seqameters.is_empty() {
        diagnostics
            .warning(span.clone(), format!("`keep` says which states of a chain stay, and `{name}` has no chain"));
    }
    // Names that could not be read look alike.
    if diagnostics.failed() {
        return;
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for output in &group.outputs {
        if !seen.insert(key(&output.name)) {
            let message = format!("task `{name}` names the output `{}` twice", scope.written(&output.name));
            diagnostics.error(span.clone(), message);
        }
    }
    let mut seen = BTreeSet::new();
    let mut double = None;
    group.inputs.retain(|input: &Input| {
        let new = seen.insert(key(&input.name));
        if !new {
            double = Some(scope.written(&input.name));
        }
        new
    });
    if let Some(double) = double {
        diagnostics.warning(span.clone(), format!("task `{name}` names the input `{double}` twice"));
    }
    let own = |output: &Output| seen.contains(&key(&output.name));
    if let Some(output) = group.outputs.iter().find(|o| own(o)) {
        let shown = scope.written(&output.name);
        let message = format!("task `{name}` reads and makes the same file `{shown}`, so it would wait for itself");
        diagnostics
            .error(span, message)
            .help("give the output another name, or read the one of the step before: `$((t - 1))`");
    }
}

/// Equal exactly for equal names.
fn key(name: &Template) -> String {
    format!("{name:?}")
}
