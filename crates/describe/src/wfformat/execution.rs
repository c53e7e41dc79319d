//! What was measured when a workflow ran, and the commands that stand there.

use super::document::{Tasks, needs};
use super::task::{is_zero, nearest_id};
use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Command, Path, Range};
use pelago_job::{Job, Text};
use std::collections::BTreeSet;

/// The time that is printed where none is known.
pub const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// The members of a task's execution that ask for something, in the order in which they are printed.
pub const EXECUTION: [Field<Job>; 3] = [
    Field::new("command", "application/commands/0", read_command, print_command),
    Field::named(
        "coreCount",
        &["cores"],
        "resources/total_cpu_count",
        |cx, m, job| {
            let cores = cx.number("coreCount", &m.value).filter(|cores| *cores > 0.0);
            if cores.is_some_and(|cores| cores < 1.0) {
                cx.diagnostics.error(m.value.span.clone(), "`coreCount` must be 1 or more");
            }
            job.resources.total_cpu_count = cores.map(Range::exactly);
        },
        |out, job| {
            let count = &mut job.resources.total_cpu_count;
            if crate::json::amount(count.as_ref()?)? < 1.0 {
                return None;
            }
            out.range("resources/total_cpu_count", count, Range::exactly, 1.0, false)
        },
    ),
    Field::new(
        "priority",
        "policy/priority",
        |cx, m, job| {
            let number = cx.number("priority", &m.value);
            job.policy.priority = number.map(|number| Text::literal(crate::json::written(number)));
        },
        |out, job| {
            let text = job.policy.priority.as_ref().map(written_out)?;
            let number = crate::number::finite(&text)?;
            let back = crate::json::written(number);
            if back != text {
                out.changed("policy/priority", &back, "a priority is a number");
            }
            job.policy.priority = None;
            Some(Value::number(number))
        },
    ),
];

/// What else is measured of a task.
const MEASURED: [(&str, bool); 16] = [
    ("runtimeInSeconds", true),
    ("runtime", true),
    ("executedAt", false),
    ("avgCPU", true),
    ("readBytes", true),
    ("bytesRead", true),
    ("writtenBytes", true),
    ("bytesWritten", true),
    ("memoryInBytes", true),
    ("memory", true),
    ("energyInKWh", true),
    ("energy", true),
    ("avgPowerInW", true),
    ("avgPower", true),
    ("machines", false),
    ("machine", false),
];

/// Whether a member of an execution is what is written where nothing is known.
pub fn is_default(name: &str, value: &Value) -> bool {
    let unknown = is_zero(value) || value.as_text() == Some(NO_TIME);
    unknown && ["makespanInSeconds", "executedAt"].contains(&name)
}

/// Reads `workflow.execution`.
pub fn read(cx: &mut In<'_>, member: &Member, tasks: &mut Tasks) {
    let Some(members) = cx.object("execution", &member.value) else { return };
    needs(cx, "execution", &member.value, members, &["makespanInSeconds", "executedAt", "tasks"]);
    let find = |name: &str| members.iter().find(|m| m.name == name);
    for other in members.iter().filter(|m| m.name != "tasks" && m.value.kind != Kind::Null) {
        match other.name.as_str() {
            "makespanInSeconds" => {
                cx.number("makespanInSeconds", &other.value);
            }
            "executedAt" => drop(cx.filled("executedAt", &other.value)),
            "machines" => check_machines(cx, &other.value),
            _ => {}
        }
        if !is_default(&other.name, &other.value) {
            let known = ["makespanInSeconds", "executedAt", "tasks", "machines"];
            match known.contains(&other.name.as_str()) {
                true => cx.within("execution", |cx| cx.keep(other, true)),
                false => cx.within("execution", |cx| cx.unknown(other, known.into_iter(), true)),
            }
        }
    }
    let machines = find("machines").map(|m| names(&m.value));
    let Some(list) = find("tasks") else { return };
    let items = cx.items("tasks", &list.value).unwrap_or(&[]);
    if items.is_empty() {
        cx.diagnostics.error(list.value.span.clone(), "`execution.tasks` needs one task or more");
    }
    let mut told = vec![false; tasks.description.jobs.len()];
    for (number, item) in items.iter().enumerate() {
        let name = format!("execution.tasks[{number}]");
        let Some(members) = cx.object(&name, item) else { continue };
        needs(cx, &name, item, members, &["id", "runtimeInSeconds"]);
        let Some(id) = members.iter().find(|m| m.name == "id") else { continue };
        let Some(text) = cx.filled("id", &id.value) else { continue };
        let position = tasks.ids.get(&text).copied();
        let Some(position) = position else {
            let near = if cx.diagnostics.full() { None } else { nearest_id(tasks, &text) };
            cx.diagnostics
                .error(id.value.span.clone(), format!("no task of the specification has the id `{text}`"))
                .did_you_mean(near);
            continue;
        };
        if told.get_mut(position).is_some_and(|told| std::mem::replace(told, true)) {
            cx.diagnostics.warning(id.value.span.clone(), format!("the task `{text}` is here for the second time"));
        }
        let own: Vec<Member> = members.iter().filter(|m| m.name != "id").cloned().collect();
        let Some(job) = tasks.description.jobs.get_mut(position) else { continue };
        let ((), kept) = cx.job(position, |cx| read_task(cx, &own, job, machines.as_ref()));
        job.extensions.extend(kept);
    }
}

/// Reads what is said of one task's execution.
pub fn read_task(cx: &mut In<'_>, members: &[Member], job: &mut Job, machines: Option<&BTreeSet<String>>) {
    let is_measured = |member: &&Member| MEASURED.iter().any(|(name, _)| *name == member.name);
    let (measured, other): (Vec<&Member>, Vec<&Member>) = members.iter().partition(is_measured);
    for member in measured.into_iter().filter(|member| member.value.kind != Kind::Null) {
        if MEASURED.iter().any(|(name, number)| *name == member.name && *number) {
            cx.number(&member.name, &member.value);
        }
        for machine in member.value.items().unwrap_or(std::slice::from_ref(&member.value)) {
            let named = machine.as_text().filter(|_| member.name.starts_with("machine"));
            if let Some(name) = named.filter(|name| machines.is_some_and(|known| !known.contains(*name))) {
                let near = spelling(machines, name);
                cx.diagnostics
                    .warning(machine.span.clone(), format!("no machine has the name `{name}`"))
                    .did_you_mean(near.as_deref());
            }
        }
        let unknown = is_zero(&member.value) && ["runtimeInSeconds", "runtime"].contains(&member.name.as_str());
        if !unknown {
            cx.within("execution", |cx| cx.keep(member, true));
        }
    }
    let other: Vec<Member> = other.into_iter().cloned().collect();
    let known: Vec<Member> = other.iter().filter(|m| EXECUTION.iter().any(|f| f.is(&m.name))).cloned().collect();
    cx.members(&known, &EXECUTION, true, job);
    for member in other.iter().filter(|m| !EXECUTION.iter().any(|f| f.is(&m.name))) {
        let names = EXECUTION.iter().map(|f| f.name).chain(MEASURED.iter().map(|(name, _)| *name));
        cx.within("execution", |cx| cx.unknown(member, names, true));
    }
}

fn spelling(machines: Option<&BTreeSet<String>>, name: &str) -> Option<String> {
    crate::spelling::nearest(name, machines?.iter().take(1000).map(String::as_str)).map(str::to_string)
}

/// The names of machines.
pub fn names(machines: &Value) -> BTreeSet<String> {
    let name = |machine: &Value| machine.get("nodeName").and_then(Value::as_text).map(str::to_string);
    machines.items().unwrap_or(&[]).iter().filter_map(name).collect()
}

/// What the schema says of machines.
pub fn check_machines(cx: &mut In<'_>, value: &Value) {
    for (number, machine) in cx.items("machines", value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("machines[{number}]");
        let Some(members) = cx.object(&name, machine) else { continue };
        needs(cx, &name, machine, members, &["nodeName"]);
        let system = machine.get("system").filter(|system| system.kind != Kind::Null);
        let known = ["linux", "macos", "windows"];
        if let Some(system) = system.filter(|s| s.as_text().is_none_or(|text| !known.contains(&text))) {
            let near = system.as_text().and_then(|text| crate::spelling::nearest(text, known));
            cx.diagnostics
                .error(system.span.clone(), "`system` must be `linux`, `macos` or `windows`")
                .did_you_mean(near);
        }
        if let Some(memory) = machine.get("memoryInBytes").filter(|memory| memory.kind != Kind::Null) {
            cx.whole("memoryInBytes", memory, 1.0);
        }
        for part in ["coreCount", "speedInMHz", "count", "speed"] {
            if let Some(part_value) = machine.get("cpu").and_then(|cpu| cpu.get(part)) {
                cx.whole(part, part_value, 1.0);
            }
        }
    }
}

/// `{program, arguments}`; in documents before 1.2 the arguments alone, as a list.
fn read_command(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    let Some(members) = cx.object("command", &member.value) else { return };
    let path = |text: String| Path { text: Some(Text::literal(text)), filesystem: None };
    let mut command = Command::default();
    for part in members {
        match part.name.as_str() {
            "program" => {
                cx.note("application/commands/0/executable", part.value.span.clone());
                command.executable = cx.filled("program", &part.value).map(path);
            }
            "arguments" => {
                command.arguments = cx.strings("arguments", &part.value).into_iter().map(path).collect();
            }
            _ => cx.within("command", |cx| cx.unknown(part, ["program", "arguments"].into_iter(), false)),
        }
    }
    job.application.commands.push(command);
}

fn print_command(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let application = &mut job.application;
    let command = application.commands.first_mut()?;
    let text = |path: &mut Path| path.text.take().map(|text| written_out(&text));
    let mut members = Vec::new();
    if let Some(line) = command.shell.take() {
        out.changed("application/commands/0/shell", serde_json::Value::Null, "WfFormat has programs only");
        let path = |word: &str| Path { text: Some(Text::literal(word)), filesystem: None };
        let words = vec!["-c".to_string(), written_out(&line)];
        let why = "a line for a shell is the argument of one";
        out.changed("application/commands/0/executable", path("/bin/sh"), why);
        let arguments: Vec<Path> = words.iter().map(|word| path(word)).collect();
        out.changed("application/commands/0/arguments", arguments, why);
        (command.executable, command.arguments) = (None, Vec::new());
        members.push(Member::new("program", Value::text("/bin/sh")));
        members.push(Member::new("arguments", Value::texts(words)));
        return Some(Kind::Object(members).into());
    }
    let program = command.executable.as_mut().filter(|p| p.text.as_ref().is_some_and(|text| !text.is_empty()));
    if let Some(program) = program.and_then(text) {
        members.push(Member::new("program", Value::text(program)));
    }
    let arguments: Vec<String> = command.arguments.iter_mut().filter_map(text).collect();
    if !arguments.is_empty() {
        members.push(Member::new("arguments", Value::texts(arguments)));
    }
    out.within("command", |out| out.take_all(&mut members));
    (!members.is_empty()).then(|| Kind::Object(members).into())
}
