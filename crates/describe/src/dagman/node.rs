//! Statements about one node, put into the job that the node is.

use super::command::{Command, Word};
use pelago_job::Text;
use pelago_job::description::{Argument, Command as Program, Extension, Job, Node, NodeKind, Path, Reference, Script};

/// The language's name in extensions.
pub(super) const LANGUAGE: &str = "dag";

/// When scripts run.
pub(super) const SCRIPTS: [&str; 3] = ["pre", "hold", "post"];

/// Why a statement cannot be about a node.
pub(super) fn refused(command: &Command, kind: NodeKind) -> Option<&'static str> {
    let special = matches!(kind, NodeKind::Final | NodeKind::Provisioner | NodeKind::Service);
    match (command.word(), kind) {
        (_, NodeKind::Splice) => Some("the splice's nodes are `SPLICE+NODE`; a splice as a whole has edges only"),
        (Word::Retry | Word::Priority | Word::Category | Word::SavePointFile, _) if special => {
            Some("FINAL, PROVISIONER and SERVICE nodes cannot have it")
        }
        (Word::AbortDagOn, NodeKind::Final) => Some("a FINAL node cannot have it"),
        _ => None,
    }
}

/// Whether `ALL_NODES` means a node of this kind.
pub(super) fn is_regular(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Job | NodeKind::Workflow)
}

/// Whether a node of this kind waits for others, or others for it.
pub(super) fn has_edges(kind: NodeKind) -> bool {
    !matches!(kind, NodeKind::Final | NodeKind::Provisioner | NodeKind::Service)
}

/// The kind of a job as a node.
pub(super) fn kind(job: &Job) -> NodeKind {
    job.node.as_ref().and_then(|node| node.kind).unwrap_or(NodeKind::Job)
}

/// Puts what a statement says into a job. Gives the value that it takes the place of, where a person would want to
/// know of it.
pub(super) fn apply(command: &Command, job: &mut Job) -> Option<String> {
    let node = job.node.get_or_insert_with(Node::default);
    match command {
        Command::Script { defer, debug, when, command, .. } => {
            let debug = debug.as_ref().map(|(file, streams)| (Text::literal(file.text.as_str()), streams.clone()));
            let script = Script { when: Some(when.clone()), command: program(&command.text), defer: *defer, debug };
            match node.scripts.iter_mut().find(|old| old.when.as_ref() == Some(when)) {
                Some(old) if *old == script => None,
                Some(old) => {
                    let replaced = words(&std::mem::replace(old, script).command);
                    Some(replaced.unwrap_or_default())
                }
                None => {
                    let at = node.scripts.partition_point(|old| rank(old) < rank(&script));
                    node.scripts.insert(at, script);
                    None
                }
            }
        }
        Command::PreSkip { code, .. } => changed(node.skip_on.replace(f64::from(*code)), f64::from(*code)),
        Command::Retry { most, unless, .. } => {
            node.retry_unless = unless.map(f64::from);
            changed(job.policy.retries.replace(f64::from(*most)), f64::from(*most))
        }
        Command::Abort { on, with, .. } => {
            let value = (f64::from(*on), with.map(f64::from));
            changed(node.abort_on.replace(value).map(|(on, _)| on), value.0)
        }
        Command::Vars { append, pairs, .. } => {
            let reference = node.reference.get_or_insert_with(Reference::default);
            let mut replaced = Vec::new();
            for (name, value) in pairs {
                if let Some(old) = set(reference, &name.text, &value.text, *append) {
                    replaced.push(format!("{}=\"{old}\"", name.text));
                }
            }
            (!replaced.is_empty()).then(|| replaced.join(" "))
        }
        Command::Priority { value, .. } => {
            let old = job.policy.priority.replace(Text::literal(value.to_string()));
            old.map(|old| old.to_string()).filter(|old| *old != value.to_string())
        }
        Command::Category { category, .. } => {
            node.category.replace(category.text.clone()).filter(|old| *old != category.text)
        }
        Command::Done { .. } => {
            node.done = true;
            None
        }
        Command::About { word, text, .. } => {
            let extension = extension(*word, text.clone());
            let repeats = matches!(word, Word::PinIn | Word::PinOut);
            let same = |old: &&mut Extension| old.name == extension.name && (!repeats || old.text == extension.text);
            match job.extensions.iter_mut().find(same) {
                Some(old) => Some(std::mem::replace(old, extension).text).filter(|old| old != text),
                None => {
                    job.extensions.push(extension);
                    None
                }
            }
        }
        _ => None,
    }
}

/// The order of a node's scripts: by when they run.
pub(super) fn rank(script: &Script) -> usize {
    SCRIPTS.iter().position(|when| script.when.as_deref() == Some(when)).unwrap_or(SCRIPTS.len())
}

fn changed(old: Option<f64>, new: f64) -> Option<String> {
    old.filter(|old| *old != new).map(|old| old.to_string())
}

/// Gives a macro its value. Where it has one already it keeps its place; a different old value is returned.
fn set(reference: &mut Reference, name: &str, value: &str, append: bool) -> Option<String> {
    let Reference { macros, overrides, .. } = reference;
    if let Some((_, old)) = macros.iter_mut().chain(overrides.iter_mut()).find(|(known, _)| known == name) {
        let old = std::mem::replace(old, Text::literal(value)).as_literal().unwrap_or_default();
        return (old != value).then_some(old);
    }
    let list = if append { overrides } else { macros };
    list.push((name.to_string(), Text::literal(value)));
    None
}

/// What the model has no field for. Files that only tell how the work goes ask for nothing of it.
pub(super) fn extension(word: Word, text: String) -> Extension {
    let remark = matches!(word, Word::Dot | Word::NodeStatusFile | Word::JobstateLog);
    Extension { language: LANGUAGE.to_string(), name: word.name().to_string(), text, remark, ..Extension::default() }
}

/// The command of a script: words between blanks, without quotes.
fn program(text: &str) -> Program {
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let path = |word: &str| Path { text: Some(Text::literal(word)), filesystem: None };
    let executable = words.next().map(path);
    let arguments: Vec<Argument> = words.map(path).collect();
    Program { executable, arguments, ..Program::default() }
}

/// A command as the words of a script, if it can be said that way.
pub(super) fn words(command: &Program) -> Option<String> {
    let mut line = String::new();
    for path in command.executable.iter().chain(&command.arguments) {
        let word = path.text.as_ref().and_then(Text::as_literal)?;
        let plain = |c: char| !matches!(c, ' ' | '\t'..='\r' | '\0');
        if path.filesystem.is_some() || word.is_empty() || !word.chars().all(plain) {
            return None;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    // A backslash at its end would join the line to the next one.
    let sayable = command.executable.is_some() && !line.ends_with('\\');
    sayable.then_some(line)
}
