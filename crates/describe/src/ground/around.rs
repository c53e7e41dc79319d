//! Scripts before and after the nodes of a DAG: the first and the last of a task's steps, with DAGMan's macros filled in.

use super::jobs::Steps;
use super::process::literal;
use super::work::{JobWork, Work};
use pelago_job::description::{Command, Script};
use pelago_job::{OnError, Place, Setting, Step, Stream, Template};

/// What stands for a macro that only a running DAG has a value for: a part of a line for the shell.
const RUNNING: [(&str, When, &str); 6] = [
    ("$RETRY", When::Both, "\"$PELAGO_RETRY\""),
    ("$FAILED_COUNT", When::Both, "\"$PELAGO_FAILED\""),
    // DAGMan's number for a DAG with a failed node is 2.
    ("$DAG_STATUS", When::Both, "\"$((2 * (PELAGO_FAILED > 0)))\""),
    ("$RETURN", When::After, "\"$code\""),
    ("$SUCCESS", When::After, "\"$([ $code = 0 ] && echo True || echo False)\""),
    // The number for a node without such a script; after one that failed nothing runs.
    ("$PRE_SCRIPT_RETURN", When::After, "\"$before\""),
];

/// Which scripts have a macro; the others get its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Both,
    After,
}

/// A word of a script's command.
enum Word {
    /// A text, whatever is in it.
    Text(String),
    /// A part of a line for the shell.
    Shell(&'static str),
}

impl Work<'_> {
    /// Takes a script into the steps of its node's task; `after_other` says that one stands before the node as well.
    pub(super) fn around(
        &mut self,
        job: &mut JobWork,
        part: &str,
        script: Script,
        (skip_on, after_other): (Option<f64>, bool),
        steps: &mut Steps,
    ) {
        if script.defer.is_some() || script.debug.is_some() {
            let what = "a script is not put off here, and what it prints goes to the task's log";
            self.refuse(job.part(part), what, "take DEFER and DEBUG out");
        }
        match script.when.as_deref() {
            Some("pre") => {
                let words = self.script_words(job, part, script.command, When::Both);
                let Some((line, argv)) = self.script_line(&words) else { return };
                job.late = true;
                let skip = skip_on.map(|code| Step::Set(Setting::Skip(Some(code as i32))));
                let no_more = skip.as_ref().map(|_| Step::Set(Setting::Skip(None)));
                steps.first.extend(skip);
                // It starts where the document is anyhow, and needs a shell only for what is not known yet.
                let known = words.iter().all(|word| matches!(word, Word::Text(_)));
                steps.first.push(match argv.get(1..).and_then(|argv| argv.split_first()) {
                    Some((program, rest)) if known => program_at_root(program, rest),
                    _ => shell(&line, argv, Place::Root),
                });
                steps.first.extend(no_more);
            }
            Some("post") => {
                let words = self.script_words(job, part, script.command, When::After);
                let Some((line, argv)) = self.script_line(&words) else { return };
                // DAGMan: the script runs however the job ended, and its own end decides.
                job.ends_anyhow = true;
                // A job that is not submitted has succeeded.
                let code = if job.idle { "0" } else { "$(cat .pelago-return 2>/dev/null || echo -1002)" };
                let before = if after_other { "0" } else { "-1004" };
                steps.last.push(Step::OnError(OnError::Fail));
                steps.last.push(Step::Redirect { stream: Stream::Out, target: None });
                steps.last.push(Step::Redirect { stream: Stream::Err, target: None });
                steps.last.push(Step::Set(Setting::Input(None)));
                steps.last.push(Step::Set(Setting::Success(Vec::new())));
                steps.last.push(Step::Set(Setting::Directory(None)));
                steps.last.push(shell(&format!("code={code}; before={before}; {line}"), argv, Place::Node));
            }
            _ => {
                let when = script.when.unwrap_or_default();
                let what = format!("a script for `{when}` has no place here: nodes are not put on hold");
                self.refuse(job.part(part), what, "take it out");
            }
        }
    }

    /// The words of a script, with what is known of DAGMan's macros.
    fn script_words(&mut self, job: &JobWork, part: &str, command: Command, when: When) -> Vec<Word> {
        let words = command.executable.into_iter().chain(command.arguments);
        let mut out = Vec::new();
        for (number, word) in words.enumerate() {
            let part = format!("{part}/command/arguments/{}", number.saturating_sub(1));
            let Some(text) = word.text.and_then(|text| self.literal(job, &part, text)) else { continue };
            let running = RUNNING.iter().find(|(name, ..)| *name == text);
            out.push(match text.as_str() {
                "$JOB" | "$NODE" => Word::Text(job.group.name.clone()),
                "$MAX_RETRIES" => Word::Text(job.group.retries.unwrap_or(0).to_string()),
                "$NODE_COUNT" => Word::Text(self.left.jobs.len().to_string()),
                _ => match running {
                    Some((_, of, line)) if *of == When::Both || when == When::After => Word::Shell(line),
                    None if is_macro(&text) => {
                        let what = format!("the macro `{text}` of a script is not known here");
                        let known = RUNNING.map(|(name, ..)| name).join(", ");
                        let help = format!("known are $JOB, $MAX_RETRIES, $NODE_COUNT, {known}");
                        self.refuse(job.part(&part), what, help);
                        continue;
                    }
                    _ => Word::Text(text),
                },
            });
        }
        out
    }

    /// A line for the shell that becomes the script, started where the document is, and its arguments from the second on.
    fn script_line(&self, words: &[Word]) -> Option<(String, Vec<Template>)> {
        let mut line = "cd \"$1\" && exec".to_string();
        let mut argv = vec![literal(&self.ground.directory.to_string_lossy())];
        for (number, word) in words.iter().enumerate() {
            match word {
                Word::Shell(part) => line.push_str(&format!(" {part}")),
                Word::Text(text) => {
                    // A program beside the document is not looked for in PATH.
                    let beside = number == 0 && !text.contains('/') && self.look(&literal(text)).is_some();
                    argv.push(literal(&if beside { format!("./{text}") } else { text.clone() }));
                    line.push_str(&format!(" \"${{{}}}\"", argv.len()));
                }
            }
        }
        (!words.is_empty()).then_some((line, argv))
    }
}

/// Whether DAGMan would take a word for one of its macros.
fn is_macro(word: &str) -> bool {
    word.strip_prefix('$')
        .is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

fn program_at_root(program: &Template, rest: &[Template]) -> Step {
    let argv = [std::slice::from_ref(program), rest].concat();
    Step::Exec { program: program.clone(), argv, search_path: true, at: Place::Root }
}

fn shell(line: &str, argv: Vec<Template>, at: Place) -> Step {
    let mut whole = ["/bin/sh", "-c", line, "sh"].map(literal).to_vec();
    whole.extend(argv);
    Step::Exec { program: literal("/bin/sh"), argv: whole, search_path: false, at }
}
