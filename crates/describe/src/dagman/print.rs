//! Any description as a DAGMan file: jobs become nodes, with their submit description inside where they have no file.

use super::body;
use super::command::{ALL_NODES, Command, Source, Word};
use super::document;
use super::line::{Body, Token};
use super::lower::WEAK;
use super::node::{self, LANGUAGE};
use crate::cycle;
use crate::{Diagnostics, Rest};
use pelago_job::description::{Edge, Extension, Job, Location, Node, NodeKind, Reference, Script};
use pelago_job::{Description, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Writes a description as far as the language can say it.
pub(super) fn print(rest: &mut Rest) -> String {
    // Sweeps of several nodes are said together or not at all: the numbers of their parameters hang together.
    if body::sweeps(&rest.left) {
        let before = (!rest.left.parameters.is_empty()).then(|| rest.clone());
        match (write(rest, true), before) {
            ((text, true), _) => {
                rest.left.parameters.clear();
                return text;
            }
            ((text, false), None) => return text,
            ((_, false), Some(before)) => *rest = before,
        }
    }
    write(rest, false).0
}

/// Writes all of it, and whether every node could say its tasks.
fn write(rest: &mut Rest, sweeps: bool) -> (String, bool) {
    let mut whole = String::new();
    for extension in &mut rest.left.extensions {
        if let Some(command) = kept(extension, |_| true) {
            let _ = writeln!(whole, "{command}");
            *extension = Extension::default();
        }
    }
    let names = names(rest);
    let kinds: Vec<NodeKind> = rest.left.jobs.iter().map(node::kind).collect();
    through_files(rest, &kinds);
    let (mut nodes, mut all) = (String::new(), true);
    for (number, name) in names.iter().enumerate() {
        let (statements, said) = job(rest, number, name, sweeps);
        all &= said;
        for command in statements {
            let _ = writeln!(nodes, "{command}");
        }
    }
    let parts = [whole, nodes, edges(rest, &names, &kinds), throttles(rest)];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (said.join("\n"), all)
}

/// The statement that an extension of this language is, if it is one that is read back just so.
fn kept(extension: &Extension, may: impl Fn(&Command) -> bool) -> Option<Command> {
    if extension.language != LANGUAGE || extension.place.is_some() {
        return None;
    }
    let mut diagnostics = Diagnostics::default();
    let line = format!("{} {}", extension.name, extension.text);
    let document = document::read(&line, 0, &mut diagnostics);
    let [placed] = &document.statements[..] else { return None };
    let word = placed.command.word();
    let same = *extension == node::extension(word, placed.command.arguments());
    (same && !diagnostics.failed() && may(&placed.command)).then(|| placed.command.clone())
}

/// Whether a text can be one word of a line.
fn sayable(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\n', '\r', '\0'])
}

/// A text as one word of a line.
fn word(text: &Option<Text>) -> Option<Token> {
    let text = text.as_ref()?.as_literal()?;
    sayable(&text).then(|| Token::from(text))
}

/// The name of each node: its own where DAGMan takes it, otherwise one like it that nothing else has.
fn names(rest: &mut Rest) -> Vec<String> {
    // Statements that are kept word for word speak of nodes by their names.
    let spoken_of = rest.left.extensions.iter().any(|extension| extension.language == LANGUAGE);
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\') || c == '+';
    let reserved = |name: &str| ["PARENT", "CHILD", ALL_NODES].iter().any(|word| word.eq_ignore_ascii_case(name));
    let good = |name: &str| sayable(name) && !reserved(name) && (spoken_of || !name.contains(odd));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let own: Vec<Option<String>> = rest.left.jobs.iter().map(|job| job.name.as_ref()?.as_literal()).collect();
    let mut names: Vec<Option<String>> =
        own.into_iter().map(|name| name.filter(|name| good(name) && taken.insert(name.clone()))).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (number, name) in names.iter_mut().enumerate() {
        let Some(job) = rest.left.jobs.get_mut(number) else { break };
        let own = job.name.take();
        if name.is_some() {
            continue;
        }
        let asked = own.as_ref().map(ToString::to_string).unwrap_or_default();
        let plain: String = asked.chars().map(|c| if odd(c) || c == '$' { '_' } else { c }).collect();
        let stem = if plain.is_empty() { "node".to_string() } else { plain };
        let mut found = stem.clone();
        let count = counts.entry(stem.clone()).or_insert(if own.is_some() { 1 } else { number });
        while found == "node" || reserved(&found) || !taken.insert(found.clone()) {
            *count += 1;
            found = format!("{stem}{count}");
        }
        let why = match own {
            None => "a node has a name",
            Some(_) => "nodes have names of their own, without blanks, quotes, backslashes and `+`",
        };
        rest.changed(format!("/jobs/{number}/name"), Text::literal(found.as_str()), why);
        *name = Some(found);
    }
    names.into_iter().map(Option::unwrap_or_default).collect()
}

/// A number that the language can write.
fn whole(number: f64, least: i32, most: i32) -> Option<i32> {
    let fits = number.fract() == 0.0 && number >= f64::from(least) && number <= f64::from(most);
    fits.then_some(number as i32)
}

/// The statements that say a job: the one that defines it, and those about it; and whether its tasks are said.
fn job(rest: &mut Rest, number: usize, name: &str, sweeps: bool) -> (Vec<Command>, bool) {
    let Some(job) = rest.left.jobs.get_mut(number) else { return (Vec::new(), true) };
    let name = Token::from(name);
    let kind = node::kind(job);
    let place = job.node.get_or_insert_with(Node::default);
    let file = place.reference.as_ref().and_then(|reference| word(&reference.file));
    let file =
        file.filter(|file| kind == NodeKind::Workflow || !file.text.starts_with('{') && !file.text.starts_with("@="));
    let here = job.extensions.iter().position(described);
    let data = job.extensions.iter().position(|extension| *extension == node::extension(Word::Data, String::new()));
    let directory = |place: &mut Node| {
        let reference = place.reference.as_mut()?;
        let directory = word(&reference.directory)?;
        reference.directory = None;
        Some(directory)
    };
    let mut defines = match (kind, file) {
        (NodeKind::Splice, Some(file)) => {
            place.kind = None;
            Command::Splice { name: name.clone(), file, directory: directory(place) }
        }
        (_, file) => {
            let word = match kind {
                NodeKind::Workflow if file.is_some() => Word::Subdag,
                NodeKind::Final => Word::Final,
                NodeKind::Provisioner => Word::Provisioner,
                NodeKind::Service => Word::Service,
                NodeKind::Job if file.is_some() && data.is_some() => Word::Data,
                _ => Word::Job,
            };
            if word == Word::Job && kind != NodeKind::Job {
                // What it is has no file here, so it becomes a node like others; its kind is lost.
            } else if word != Word::Job || place.kind != Some(NodeKind::Job) {
                place.kind = None;
            }
            let done = place.done && node::is_regular(kind);
            place.done &= !done;
            let noop = std::mem::take(&mut place.noop);
            let directory = directory(place);
            let from = match (file, here) {
                (Some(file), _) => Source::File(file),
                (None, Some(at)) => {
                    let text = job.extensions.get_mut(at).map(std::mem::take).unwrap_or_default().text;
                    Source::Here(Body { lines: text.lines().map(str::to_string).collect(), ..Body::default() })
                }
                (None, None) => Source::Here(Body::default()),
            };
            if word == Word::Data
                && let Some(extension) = data.and_then(|at| job.extensions.get_mut(at))
            {
                *extension = Extension::default();
            }
            Command::Node { word, name: name.clone(), from, directory, noop, done }
        }
    };
    if let (Command::Splice { .. } | Command::Node { from: Source::File(_), .. }, Some(reference)) =
        (&defines, &mut place.reference)
    {
        reference.file = None;
    }
    let kind = if defines.word() == Word::Job { NodeKind::Job } else { kind };
    let reference = place.reference.clone().unwrap_or_default();
    let open = matches!(&defines, Command::Node { from: Source::Here(body), .. } if *body == Body::default());
    // Without its number of retries the description could not say until when it is tried again.
    let retries = job.policy.retries.take_if(|_| open && job.policy.retry_until.is_some());
    let mut about = match kind {
        NodeKind::Splice => Vec::new(),
        _ => about(rest, number, kind, &name),
    };
    let mut said = true;
    if open {
        if let Some(job) = rest.left.jobs.get_mut(number) {
            job.policy.retries = job.policy.retries.or(retries);
        }
        let body;
        (body, said) = describe(rest, number, &name.text, &reference, sweeps);
        if let Command::Node { from, .. } = &mut defines {
            *from = Source::Here(body);
        }
    }
    about.insert(0, defines);
    (about, said)
}

/// The submit description of a job, and whether it says its tasks.
fn describe(rest: &mut Rest, number: usize, name: &str, reference: &Reference, sweeps: bool) -> (Body, bool) {
    let whole = if sweeps { body::print(rest, number, name, reference, true) } else { None };
    if let Some(body) = whole {
        return (body, true);
    }
    rest.first_task(number, "the tasks of several nodes cannot be told apart here");
    (body::print(rest, number, name, reference, false).unwrap_or_default(), false)
}

/// Whether an extension is a submit description in lines that are read back just so.
fn described(extension: &Extension) -> bool {
    let good = |line: &str| {
        let trimmed = line.trim_matches(|c| matches!(c, ' ' | '\t'..='\r')) == line;
        trimmed && !line.is_empty() && !line.starts_with('#') && !line.starts_with("//")
    };
    *extension == node::extension(Word::SubmitDescription, extension.text.clone())
        && (extension.text.is_empty() || extension.text.split('\n').all(good))
}

/// The statements about a node.
fn about(rest: &mut Rest, number: usize, kind: NodeKind, name: &Token) -> Vec<Command> {
    let mut statements = Vec::new();
    vars(rest, number, name, &mut statements);
    let Some(job) = rest.left.jobs.get_mut(number) else { return statements };
    let Job { node, policy, extensions, .. } = job;
    let Some(place) = node.as_mut() else { return statements };
    let mut rank = 0;
    for script in &mut place.scripts {
        statements.extend(say_script(script, name, &mut rank));
    }
    let regular = node::is_regular(kind);
    if let Some(code) = place.skip_on.and_then(|code| whole(code, 0, 255)) {
        place.skip_on = None;
        statements.push(Command::PreSkip { node: name.clone(), code });
    }
    if let Some(most) = policy.retries.filter(|_| regular).and_then(|most| whole(most, 0, i32::MAX)) {
        let unless = place.retry_unless.and_then(|code| whole(code, i32::MIN, i32::MAX));
        if unless.is_some() {
            place.retry_unless = None;
        }
        policy.retries = None;
        statements.push(Command::Retry { node: name.clone(), most, unless });
    }
    if let Some((on, with)) = place.abort_on.filter(|_| kind != NodeKind::Final)
        && let Some(on) = whole(on, i32::MIN, i32::MAX)
        && let Some(with) = with.map_or(Some(None), |with| whole(with, 0, 255).map(Some))
    {
        place.abort_on = None;
        statements.push(Command::Abort { node: name.clone(), on, with });
    }
    let priority = policy.priority.as_ref().filter(|_| regular).and_then(Text::as_literal);
    let exact = |text: &String| text.parse::<i32>().ok().filter(|value| value.to_string() == *text);
    if let Some(value) = priority.as_ref().and_then(exact) {
        policy.priority = None;
        statements.push(Command::Priority { node: name.clone(), value });
    }
    if let Some(category) = place.category.take_if(|category| regular && sayable(category)) {
        statements.push(Command::Category { node: name.clone(), category: category.into() });
    }
    for extension in extensions {
        let asked = Extension {
            text: format!("{} {}", super::command::quoted(&name.text), extension.text),
            ..extension.clone()
        };
        let asked = Extension { text: asked.text.trim_end().to_string(), ..asked };
        let here =
            |command: &Command| matches!(command, Command::About { .. }) && node::refused(command, kind).is_none();
        if let Some(command) = kept(&asked, here) {
            *extension = Extension::default();
            statements.push(command);
        }
    }
    statements
}

fn vars(rest: &mut Rest, number: usize, name: &Token, statements: &mut Vec<Command>) {
    let Some(reference) =
        rest.left.jobs.get_mut(number).and_then(|job| job.node.as_mut()).and_then(|place| place.reference.as_mut())
    else {
        return;
    };
    let mut known = BTreeSet::new();
    let mut changes = Vec::new();
    for (append, list) in [(false, &mut reference.macros), (true, &mut reference.overrides)] {
        let asked = std::mem::take(list);
        let said = |(name, value): &(String, Text)| {
            let odd = |c: char| matches!(c, ' ' | '\t'..='\r' | '\0' | '"' | '\'' | '=');
            let queue = name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("queue"));
            let bad = name.is_empty() || name == "+" || name.starts_with("My.") || name.contains(odd) || queue;
            let value = value.as_literal().filter(|value| !value.contains(['\n', '\r', '\0']));
            let value = value.filter(|_| !bad && known.insert(name.clone()))?;
            Some((Token::from(name.as_str()), Token::from(value)))
        };
        let pairs: Vec<(Token, Token)> = asked.iter().filter_map(said).collect();
        if pairs.len() < asked.len() {
            let list = if append { "overrides" } else { "macros" };
            let left: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&name.text[..], &value.text[..])).collect();
            changes.push((format!("/jobs/{number}/node/reference/{list}"), serde_json::json!(left)));
        }
        if !pairs.is_empty() {
            statements.push(Command::Vars { node: name.clone(), append, pairs });
        }
    }
    for (part, left) in changes {
        rest.changed(part, left, "VARS has names of letters and digits, and values of one line");
    }
}

/// A script, if it can be said; what can be said is taken out of it.
fn say_script(script: &mut Script, name: &Token, least: &mut usize) -> Option<Command> {
    let rank = node::rank(script);
    let when = node::SCRIPTS.get(rank).filter(|_| rank >= *least)?.to_string();
    let command = Token::from(node::words(&script.command)?);
    *least = rank + 1;
    let defer = script
        .defer
        .filter(|(code, seconds)| whole(*code, i32::MIN, i32::MAX).is_some() && whole(*seconds, 0, i32::MAX).is_some());
    if defer.is_some() {
        script.defer = None;
    }
    let debug = script.debug.as_ref().and_then(|(file, streams)| {
        let file = word(&Some(file.clone()))?;
        matches!(streams.as_str(), "stdout" | "stderr" | "all").then(|| (file, streams.clone()))
    });
    if debug.is_some() {
        script.debug = None;
    }
    script.when = None;
    script.command.executable = None;
    script.command.arguments.clear();
    Some(Command::Script { defer, debug, when, node: name.clone(), command })
}

/// Adds an edge where a job reads what another one writes: other languages need none then, and DAGMan does not look at
/// files. None are added where that makes a circle: names alone do not show which came first.
fn through_files(rest: &mut Rest, kinds: &[NodeKind]) {
    let uri = |location: &Option<Location>| location.as_ref()?.uri.as_ref().filter(|uri| !uri.is_empty()).cloned();
    let mut makers: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (number, job) in rest.left.jobs.iter().enumerate() {
        for target in job.staging.iter().filter_map(|staging| uri(&staging.target)) {
            let of = makers.entry(target.to_string()).or_insert(Some(number));
            // Of two that write it neither is the one.
            *of = of.filter(|known| *known == number);
        }
    }
    let mut known: BTreeSet<(u32, u32)> =
        rest.left.edges.iter().filter_map(|edge| edge.parent.zip(edge.child)).collect();
    let free = |number: usize| kinds.get(number).is_some_and(|kind| node::has_edges(*kind));
    let mut with = Description { jobs: vec![Job::default(); rest.left.jobs.len()], ..Description::default() };
    with.edges.clone_from(&rest.left.edges);
    let first = with.edges.len();
    for (number, job) in rest.left.jobs.iter().enumerate().filter(|(number, _)| free(*number)) {
        for source in job.staging.iter().filter_map(|staging| uri(&staging.source)) {
            let maker =
                makers.get(&source.to_string()).copied().flatten().filter(|maker| free(*maker) && *maker != number);
            let Some(maker) = maker else { continue };
            if known.insert((maker as u32, number as u32)) {
                with.edges.push(Edge { parent: Some(maker as u32), child: Some(number as u32), condition: None });
            }
        }
    }
    if with.edges.len() == first || !cycle::cycles(&with).is_empty() {
        return;
    }
    for (number, edge) in with.edges.into_iter().enumerate().skip(first) {
        rest.changed(format!("/edges/{number}"), &edge, "the job reads a file that the other one writes");
        rest.left.edges.push(edge);
    }
}

/// The edges, as few lines as keep their order.
fn edges(rest: &mut Rest, names: &[String], kinds: &[NodeKind]) -> String {
    let free = |number: u32| kinds.get(number as usize).filter(|kind| node::has_edges(**kind)).map(|_| number);
    let mut known = BTreeSet::new();
    // Runs of one parent: whether weak, the parents, the children.
    let mut lines: Vec<(bool, Vec<u32>, Vec<u32>)> = Vec::new();
    let mut reasons = Vec::new();
    for (number, edge) in rest.left.edges.iter_mut().enumerate() {
        let (Some(parent), Some(child)) = (edge.parent.and_then(free), edge.child.and_then(free)) else {
            reasons.push((number, "FINAL, PROVISIONER and SERVICE nodes have no edges"));
            continue;
        };
        if !known.insert((parent, child)) {
            reasons.push((number, "an edge is said once"));
            continue;
        }
        let weak = edge.condition.as_ref().is_some_and(|condition| condition.as_literal().as_deref() == Some(WEAK));
        if weak {
            edge.condition = None;
        } else if edge.condition.is_some() {
            reasons.push((number, "the edge is there, and waits for success"));
        }
        (edge.parent, edge.child) = (None, None);
        match lines.last_mut() {
            Some((same, parents, children)) if *same == weak && *parents == [parent] => children.push(child),
            _ => lines.push((weak, vec![parent], vec![child])),
        }
    }
    for (number, why) in reasons {
        rest.because(format!("/edges/{number}"), why);
    }
    let mut joined: Vec<(bool, Vec<u32>, Vec<u32>)> = Vec::new();
    for (weak, parents, children) in lines {
        match joined.last_mut() {
            Some((same, others, shared)) if *same == weak && *shared == children => others.extend(parents),
            _ => joined.push((weak, parents, children)),
        }
    }
    let mut text = String::new();
    for (weak, parents, children) in joined {
        let named = |numbers: &[u32]| -> Vec<Token> {
            numbers.iter().filter_map(|number| names.get(*number as usize)).map(|name| name.as_str().into()).collect()
        };
        let line = Command::Edges { weak, parents: named(&parents), children: named(&children) };
        let _ = writeln!(text, "{line}");
    }
    text
}

fn throttles(rest: &mut Rest) -> String {
    let mut text = String::new();
    let mut known = BTreeSet::new();
    for throttle in &mut rest.left.throttles {
        let Some(most) = throttle.most.and_then(|most| whole(most, 0, i32::MAX)) else { continue };
        let Some(category) = throttle.category.take_if(|category| sayable(category) && known.insert(category.clone()))
        else {
            continue;
        };
        throttle.most = None;
        let _ = writeln!(text, "{}", Command::MaxJobs { category: category.into(), most });
    }
    text
}
