//! The statements of a DAGMan file: one table of their words, what each holds, and how each is written.

use super::line::{Body, Token, same};
use super::statement::{self, Fault, Statement};
use std::fmt;

/// The first word of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    AbortDagOn,
    Category,
    Config,
    Connect,
    Data,
    Done,
    Dot,
    Env,
    Final,
    Include,
    Job,
    JobstateLog,
    MaxJobs,
    NodeStatusFile,
    Parent,
    PinIn,
    PinOut,
    PreSkip,
    Priority,
    Provisioner,
    Reject,
    Retry,
    SavePointFile,
    Script,
    Service,
    SetJobAttr,
    Splice,
    Subdag,
    SubmitDescription,
    Tolerance,
    Vars,
    Weak,
}

/// What is known of a word.
pub(super) struct Entry {
    /// Which one it is.
    pub word: Word,
    /// As it is written.
    pub name: &'static str,
    /// What follows it.
    pub syntax: &'static str,
    /// Reads what follows it.
    pub read: fn(&mut Statement<'_, '_, '_>) -> Result<Command, Fault>,
}

const NODE: &str = "NAME SUBMIT-FILE|{ … } [DIR DIRECTORY] [NOOP] [DONE]";

/// All words (`dag_commands.cpp` of HTCondor, and the older `DATA`).
pub(super) static TABLE: [Entry; 32] = [
    Entry { word: Word::Job, name: "JOB", syntax: NODE, read: statement::node },
    Entry { word: Word::Final, name: "FINAL", syntax: NODE, read: statement::node },
    Entry { word: Word::Provisioner, name: "PROVISIONER", syntax: NODE, read: statement::node },
    Entry { word: Word::Service, name: "SERVICE", syntax: NODE, read: statement::node },
    Entry { word: Word::Data, name: "DATA", syntax: "NAME FILE [DIR DIRECTORY] [NOOP] [DONE]", read: statement::node },
    Entry {
        word: Word::Subdag,
        name: "SUBDAG",
        syntax: "EXTERNAL NAME DAG-FILE [DIR DIRECTORY] [NOOP] [DONE]",
        read: statement::node,
    },
    Entry { word: Word::Splice, name: "SPLICE", syntax: "NAME DAG-FILE [DIR DIRECTORY]", read: statement::splice },
    Entry {
        word: Word::SubmitDescription,
        name: "SUBMIT-DESCRIPTION",
        syntax: "NAME { … }",
        read: statement::submit_description,
    },
    Entry {
        word: Word::Parent,
        name: "PARENT",
        syntax: "NODE [NODE …] CHILD NODE [NODE …]",
        read: statement::dependencies,
    },
    Entry {
        word: Word::Weak,
        name: "WEAK",
        syntax: "PARENT NODE [NODE …] CHILD NODE [NODE …]",
        read: statement::dependencies,
    },
    Entry {
        word: Word::Script,
        name: "SCRIPT",
        syntax: "[DEFER CODE SECONDS] [DEBUG FILE STDOUT|STDERR|ALL] PRE|POST|HOLD NODE|ALL_NODES PROGRAM [ARGUMENT …]",
        read: statement::script,
    },
    Entry { word: Word::PreSkip, name: "PRE_SKIP", syntax: "NODE|ALL_NODES CODE", read: statement::pre_skip },
    Entry {
        word: Word::Retry,
        name: "RETRY",
        syntax: "NODE|ALL_NODES TIMES [UNLESS-EXIT CODE]",
        read: statement::retry,
    },
    Entry {
        word: Word::AbortDagOn,
        name: "ABORT-DAG-ON",
        syntax: "NODE|ALL_NODES CODE [RETURN CODE]",
        read: statement::abort,
    },
    Entry {
        word: Word::Vars,
        name: "VARS",
        syntax: "NODE|ALL_NODES [PREPEND|APPEND] NAME=\"VALUE\" …",
        read: statement::vars,
    },
    Entry { word: Word::Priority, name: "PRIORITY", syntax: "NODE|ALL_NODES NUMBER", read: statement::priority },
    Entry {
        word: Word::Tolerance,
        name: "TOLERANCE",
        syntax: "NODE|ALL_NODES NUMBER[%] [FAIL-FAST|WAIT]",
        read: statement::tolerance,
    },
    Entry { word: Word::Category, name: "CATEGORY", syntax: "NODE|ALL_NODES CATEGORY", read: statement::category },
    Entry { word: Word::MaxJobs, name: "MAXJOBS", syntax: "CATEGORY NUMBER", read: statement::max_jobs },
    Entry { word: Word::Done, name: "DONE", syntax: "NODE", read: statement::done },
    Entry { word: Word::SavePointFile, name: "SAVE_POINT_FILE", syntax: "NODE [FILE]", read: statement::save_point },
    Entry { word: Word::PinIn, name: "PIN_IN", syntax: "NODE NUMBER", read: statement::pin },
    Entry { word: Word::PinOut, name: "PIN_OUT", syntax: "NODE NUMBER", read: statement::pin },
    Entry { word: Word::Connect, name: "CONNECT", syntax: "SPLICE SPLICE", read: statement::connect },
    Entry { word: Word::Include, name: "INCLUDE", syntax: "DAG-FILE", read: statement::file },
    Entry { word: Word::Config, name: "CONFIG", syntax: "FILE", read: statement::file },
    Entry { word: Word::JobstateLog, name: "JOBSTATE_LOG", syntax: "FILE", read: statement::file },
    Entry {
        word: Word::NodeStatusFile,
        name: "NODE_STATUS_FILE",
        syntax: "FILE [SECONDS] [ALWAYS-UPDATE]",
        read: statement::node_status,
    },
    Entry {
        word: Word::Dot,
        name: "DOT",
        syntax: "FILE [UPDATE|DONT-UPDATE] [OVERWRITE|DONT-OVERWRITE] [INCLUDE FILE]",
        read: statement::dot,
    },
    Entry { word: Word::Env, name: "ENV", syntax: "GET|SET VARIABLES", read: statement::env },
    Entry { word: Word::SetJobAttr, name: "SET_JOB_ATTR", syntax: "ATTRIBUTE = VALUE", read: statement::attribute },
    Entry { word: Word::Reject, name: "REJECT", syntax: "", read: statement::reject },
];

impl Word {
    /// What is known of it.
    pub fn entry(self) -> &'static Entry {
        TABLE.iter().find(|entry| entry.word == self).unwrap_or(&TABLE[0])
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The word of a text, if it is one.
    pub fn of(text: &str) -> Option<Self> {
        TABLE.iter().find(|entry| same(entry.name, text)).map(|entry| entry.word)
    }
}

/// All nodes of a file, where a statement about a node takes that.
pub(super) const ALL_NODES: &str = "ALL_NODES";

/// Where the submit description of a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In a file, or in the `SUBMIT-DESCRIPTION` of that name.
    File(Token),
    /// Here.
    Here(Body),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// `JOB`, `FINAL`, `PROVISIONER`, `SERVICE`, `SUBDAG EXTERNAL`, `DATA`.
    Node { word: Word, name: Token, from: Source, directory: Option<Token>, noop: bool, done: bool },
    /// `SPLICE`.
    Splice { name: Token, file: Token, directory: Option<Token> },
    /// `SUBMIT-DESCRIPTION`.
    SubmitDescription { name: Token, body: Body },
    /// `PARENT … CHILD …`, and with `WEAK` before it.
    Edges { weak: bool, parents: Vec<Token>, children: Vec<Token> },
    /// `SCRIPT`. The first word of the command is the program.
    Script { defer: Option<(f64, f64)>, debug: Option<(Token, String)>, when: String, node: Token, command: Token },
    /// `PRE_SKIP`.
    PreSkip { node: Token, code: i32 },
    /// `RETRY`.
    Retry { node: Token, most: i32, unless: Option<i32> },
    /// `ABORT-DAG-ON`.
    Abort { node: Token, on: i32, with: Option<i32> },
    /// `VARS`.
    Vars { node: Token, append: bool, pairs: Vec<(Token, Token)> },
    /// `PRIORITY`.
    Priority { node: Token, value: i32 },
    /// `CATEGORY`.
    Category { node: Token, category: Token },
    /// `MAXJOBS`.
    MaxJobs { category: Token, most: i32 },
    /// `DONE`.
    Done { node: Token },
    /// What the model has no field for, about one node: `TOLERANCE`, `SAVE_POINT_FILE`, `PIN_IN`, `PIN_OUT`. The
    /// text is what follows the node, as it is printed.
    About { word: Word, node: Token, text: String },
    /// `CONNECT`.
    Connect { parent: Token, child: Token },
    /// What the model has no field for, about the whole: `INCLUDE`, `CONFIG`, `JOBSTATE_LOG`, `NODE_STATUS_FILE`, `DOT`,
    /// `ENV`, `SET_JOB_ATTR`, `REJECT`. The file, where there is one, and what follows it as it is printed.
    Whole { word: Word, file: Option<Token>, text: String },
}

impl Command {
    /// The word that it begins with.
    pub fn word(&self) -> Word {
        match self {
            Self::Node { word, .. } | Self::About { word, .. } | Self::Whole { word, .. } => *word,
            Self::Splice { .. } => Word::Splice,
            Self::SubmitDescription { .. } => Word::SubmitDescription,
            Self::Edges { weak: true, .. } => Word::Weak,
            Self::Edges { .. } => Word::Parent,
            Self::Script { .. } => Word::Script,
            Self::PreSkip { .. } => Word::PreSkip,
            Self::Retry { .. } => Word::Retry,
            Self::Abort { .. } => Word::AbortDagOn,
            Self::Vars { .. } => Word::Vars,
            Self::Priority { .. } => Word::Priority,
            Self::Category { .. } => Word::Category,
            Self::MaxJobs { .. } => Word::MaxJobs,
            Self::Done { .. } => Word::Done,
            Self::Connect { .. } => Word::Connect,
        }
    }

    /// The node that it says something about, if it is a statement about one.
    pub fn about(&self) -> Option<&Token> {
        match self {
            Self::Script { node, .. }
            | Self::PreSkip { node, .. }
            | Self::Retry { node, .. }
            | Self::Abort { node, .. }
            | Self::Vars { node, .. }
            | Self::Priority { node, .. }
            | Self::Category { node, .. }
            | Self::Done { node }
            | Self::About { node, .. } => Some(node),
            _ => None,
        }
    }

    /// What follows its word, as it is printed.
    pub fn arguments(&self) -> String {
        let line = self.to_string();
        let name = self.word().name();
        line.strip_prefix(name).map(|rest| rest.strip_prefix(' ').unwrap_or(rest)).unwrap_or("").to_string()
    }
}

/// A word of a line, in quotes where it needs them.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| !matches!(c, ' ' | '\t' | '\r' | '"' | '\'' | '\\');
    let comment = text.starts_with('#') || text.starts_with("//");
    if !text.is_empty() && !comment && text.chars().all(plain) { text.to_string() } else { in_quotes(text) }
}

fn in_quotes(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A body in braces, or between tags where one of its lines would end it too early.
fn in_braces(f: &mut fmt::Formatter<'_>, body: &Body) -> fmt::Result {
    let ends = |end: &str| {
        body.lines.iter().any(|line| line.strip_prefix(end).is_some_and(|r| r.is_empty() || r.starts_with(' ')))
    };
    let (open, close) = match ends("}") {
        false => ("{".to_string(), "}".to_string()),
        true => {
            let mut number = 0;
            while ends(&format!("@END{number}")) {
                number += 1;
            }
            (format!("@=END{number}"), format!("@END{number}"))
        }
    };
    writeln!(f, " {open}")?;
    for line in &body.lines {
        writeln!(f, "    {line}")?;
    }
    f.write_str(&close)
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word().name())?;
        let options = |f: &mut fmt::Formatter<'_>, directory: &Option<Token>| match directory {
            Some(directory) => write!(f, " DIR {}", quoted(&directory.text)),
            None => Ok(()),
        };
        match self {
            Self::Node { word, name, from, directory, noop, done } => {
                if *word == Word::Subdag {
                    f.write_str(" EXTERNAL")?;
                }
                write!(f, " {}", quoted(&name.text))?;
                match from {
                    Source::File(file) => write!(f, " {}", quoted(&file.text))?,
                    Source::Here(body) => in_braces(f, body)?,
                }
                options(f, directory)?;
                f.write_str(if *noop { " NOOP" } else { "" })?;
                f.write_str(if *done { " DONE" } else { "" })
            }
            Self::Splice { name, file, directory } => {
                write!(f, " {} {}", quoted(&name.text), quoted(&file.text))?;
                options(f, directory)
            }
            Self::SubmitDescription { name, body } => {
                write!(f, " {}", quoted(&name.text))?;
                in_braces(f, body)
            }
            Self::Edges { weak, parents, children } => {
                f.write_str(if *weak { " PARENT" } else { "" })?;
                parents.iter().try_for_each(|parent| write!(f, " {}", quoted(&parent.text)))?;
                f.write_str(" CHILD")?;
                children.iter().try_for_each(|child| write!(f, " {}", quoted(&child.text)))
            }
            Self::Script { defer, debug, when, node, command } => {
                if let Some((code, seconds)) = defer {
                    write!(f, " DEFER {code} {seconds}")?;
                }
                if let Some((file, streams)) = debug {
                    write!(f, " DEBUG {} {}", quoted(&file.text), streams.to_ascii_uppercase())?;
                }
                write!(f, " {} {} {}", when.to_ascii_uppercase(), quoted(&node.text), command.text)
            }
            Self::PreSkip { node, code } => write!(f, " {} {code}", quoted(&node.text)),
            Self::Retry { node, most, unless } => {
                write!(f, " {} {most}", quoted(&node.text))?;
                unless.iter().try_for_each(|code| write!(f, " UNLESS-EXIT {code}"))
            }
            Self::Abort { node, on, with } => {
                write!(f, " {} {on}", quoted(&node.text))?;
                with.iter().try_for_each(|code| write!(f, " RETURN {code}"))
            }
            Self::Vars { node, append, pairs } => {
                write!(f, " {}{}", quoted(&node.text), if *append { " APPEND" } else { "" })?;
                pairs.iter().try_for_each(|(name, value)| write!(f, " {}={}", name.text, in_quotes(&value.text)))
            }
            Self::Priority { node, value } => write!(f, " {} {value}", quoted(&node.text)),
            Self::Category { node, category } => write!(f, " {} {}", quoted(&node.text), quoted(&category.text)),
            Self::MaxJobs { category, most } => write!(f, " {} {most}", quoted(&category.text)),
            Self::Done { node } => write!(f, " {}", quoted(&node.text)),
            Self::About { node, text, .. } if text.is_empty() => write!(f, " {}", quoted(&node.text)),
            Self::About { node, text, .. } => write!(f, " {} {text}", quoted(&node.text)),
            Self::Connect { parent, child } => write!(f, " {} {}", quoted(&parent.text), quoted(&child.text)),
            Self::Whole { file, text, .. } => {
                file.iter().try_for_each(|file| write!(f, " {}", quoted(&file.text)))?;
                if text.is_empty() { Ok(()) } else { write!(f, " {text}") }
            }
        }
    }
}
