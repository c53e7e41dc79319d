//! Tasks as text: a table of them, and one that failed.

use super::style::Style;
use super::table::{Side, Table};
use super::words::{clean, count, last_lines, number};
use pelago_wire::view::TaskView;

/// Most lines shown of what a failed task wrote.
const TAIL: usize = 8;

/// A table of tasks, and a line if there are more.
pub fn table(tasks: &[TaskView], total: u64, style: Style) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in tasks.iter().flat_map(|task| &task.values) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let head = ["task", "state"].into_iter().chain(names.iter().copied()).map(|name| (name, Side::Left));
    let numbers = [("tries", Side::Right), ("time", Side::Right), ("memory", Side::Right)];
    let mut table = Table::new(head.chain(numbers).chain([("outcome", Side::Left)])).states_in(1);
    for task in tasks {
        let mut row = vec![task.id.clone(), task.state.clone()];
        let value = |name: &str| task.values.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        row.extend(names.iter().map(|name| value(name).unwrap_or_default()));
        row.push(if task.attempts > 1 { task.attempts.to_string() } else { String::new() });
        row.push(task.usage.map(|usage| usage.wall.to_string()).unwrap_or_default());
        row.push(
            task.usage.filter(|usage| usage.memory.0 > 0).map(|usage| usage.memory.to_string()).unwrap_or_default(),
        );
        let varies = task.varies.then(|| "varies".to_string());
        row.push(outcome(task).into_iter().chain(varies).collect::<Vec<_>>().join(", "));
        table.row(row);
    }
    let shown = tasks.len() as u64;
    match (shown, total) {
        (0, 0) => "no task is in such a state\n".to_string(),
        (0, _) => format!("{}; none shown\n", count(total, "task")),
        _ if shown < total => {
            let more = format!("{} of {} tasks shown; --limit 0 shows all", number(shown), number(total));
            format!("{}{}\n", table.text(style), style.faint(&more))
        }
        _ => table.text(style),
    }
}

/// How it ended, unless its state says so already.
fn outcome(task: &TaskView) -> Option<String> {
    task.outcome.clone().filter(|outcome| *outcome != task.state && outcome != "done")
}

/// `1.17 (x=3, y=b)`.
pub fn label(task: &TaskView) -> String {
    let values: Vec<String> = task.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    match values.is_empty() {
        true => clean(&task.id),
        false => clean(&format!("{} ({})", task.id, values.join(", "))),
    }
}

/// One line for a task that failed: which, how, after how long, and whether it is tried again.
pub fn failure_line(task: &TaskView, style: Style) -> String {
    let after = task.usage.map(|usage| format!(" after {}", usage.wall)).unwrap_or_default();
    if task.cause.as_deref() == Some("cancelled") {
        return format!("{} {}{after}\n", style.notable("cancelled:"), label(task));
    }
    let word = if task.state == "retrying" { style.notable("retrying:") } else { style.bad("failed:") };
    let how = task.outcome.as_deref().or(task.cause.as_deref()).unwrap_or("no reason is known");
    let tries = match task.attempts {
        tries if tries > 1 => format!(" (try {tries})"),
        _ => String::new(),
    };
    format!("{word} {}: {}{after}{tries}\n", label(task), clean(how))
}

/// A failure as it happens: the line, the end of what the task wrote, and where its directory is.
pub fn failure(task: &TaskView, tail: &str, style: Style) -> String {
    let mut out = failure_line(task, style);
    for line in last_lines(tail, TAIL) {
        out.push_str(&format!("    {} {line}\n", style.faint("|")));
    }
    if let Some(directory) = &task.directory {
        out.push_str(&format!("    its working directory is kept: {}\n", clean(directory)));
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use pelago_job::{Bytes, Millis, Usage};

    pub(crate) fn task(id: &str, state: &str) -> TaskView {
        TaskView {
            id: id.into(),
            state: state.into(),
            values: vec![("x".into(), "3".into()), ("y".into(), "b".into())],
            attempts: 1,
            outcome: None,
            cause: None,
            started: None,
            usage: None,
            directory: None,
            varies: false,
        }
    }

    pub(crate) fn failed(id: &str) -> TaskView {
        let usage = Usage { wall: Millis(1200), memory: Bytes(2_000_000), ..Usage::default() };
        let (outcome, cause) = (Some("exit code 2".to_string()), Some("exit".to_string()));
        TaskView { attempts: 2, outcome, cause, usage: Some(usage), ..task(id, "failed") }
    }

    #[test]
    fn a_table_shows_parameters() {
        let other = TaskView { values: vec![("z".into(), "long".into())], ..task("1.fl.3", "waiting") };
        let expect = "\
task    state    x  y  z     tries   time  memory  outcome
1.17    failed   3  b            2  1.2 s  2.0 MB  exit code 2
1.fl.3  waiting        long
2 of 22,680 tasks shown; --limit 0 shows all
";
        assert_eq!(table(&[failed("1.17"), other], 22_680, Style::PLAIN), expect);
        assert_eq!(table(&[], 0, Style::PLAIN), "no task is in such a state\n");
    }

    #[test]
    fn a_failure_shows_what_was_written() {
        let mut task = failed("1.17");
        task.directory = Some(".pelago/failed/1.17".into());
        let expect = "\
failed: 1.17 (x=3, y=b): exit code 2 after 1.2 s (try 2)
    | bad \\u{1b}[1m input
    its working directory is kept: .pelago/failed/1.17
";
        assert_eq!(failure(&task, "\nbad \x1b[1m input\n", Style::PLAIN), expect);
        task.state = "retrying".into();
        assert!(failure_line(&task, Style::PLAIN).starts_with("retrying: 1.17"));
    }
}
