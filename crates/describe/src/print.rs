//! An experiment as a plan file: in the newer dialect, or in the classic one where floats print without `.0`.
//!
//! Reading what is printed gives the same experiment, but for what is listed as a loss.

use crate::number::decimal;
use pelago_job::{
    Domain, Event, Experiment, Expr, Group, Keep, OnError, Order, ParamNo, Parameter, Piece, Place, Role, Step, Stream,
    Take, Template, ValueSource,
};
use std::fmt::Write;

/// A plan file, and what it could not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// A line for each thing that got lost.
    pub losses: Vec<String>,
}

struct Printer<'a> {
    experiment: &'a Experiment,
    classic: bool,
    out: String,
    losses: Vec<String>,
}

/// How a template is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A word, quoted where it needs to be.
    Word,
    /// A path that the shell expands: as it is.
    Dynamic,
    /// The rest of a line for the shell.
    Line,
}

/// Prints an experiment as a plan file.
pub fn plan(experiment: &Experiment) -> Printed {
    let bare =
        |p: &Parameter| matches!(p.domain, Domain::Decimals { point: false, .. } | Domain::Floats { point: false, .. });
    // Without parameters a plan with one of these words is taken for a classic one.
    let word = |step: &Step, role: Role| match step {
        Step::Exec { at, .. } | Step::Shell { at, .. } => *at == Place::Root && !at_home(role),
        Step::Substitute { .. } => true,
        _ => false,
    };
    let words = || experiment.groups.iter().any(|group| group.steps.iter().any(|step| word(step, group.role)));
    let classic = experiment.parameters.iter().any(bare) || experiment.parameters.is_empty() && words();
    let mut printer = Printer { experiment, classic, out: String::new(), losses: Vec::new() };
    printer.all();
    Printed { text: printer.out, losses: printer.losses }
}

/// Whether a task of this role runs in the experiment directory.
fn at_home(role: Role) -> bool {
    matches!(role, Role::RootStart | Role::RootFinish)
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn command(&mut self, text: &str) {
        self.line(&format!("    {text}"));
    }

    fn lose(&mut self, what: &str) {
        self.losses.push(what.to_string());
    }

    fn all(&mut self) {
        let experiment = self.experiment;
        let covered = experiment.rows.as_ref().map_or(0, |rows| rows.variables as usize);
        let end = if self.classic { ";" } else { "" };
        for (position, parameter) in experiment.parameters.iter().enumerate() {
            let line = if position < covered { self.variable(position, parameter) } else { self.parameter(parameter) };
            self.line(&(line + end));
        }
        if let Some(rows) = &experiment.rows {
            self.line("jobs");
            for (position, row) in rows.rows.iter().enumerate() {
                let positions: Vec<String> = row.iter().map(u32::to_string).collect();
                self.command(&format!("{} {}", position + 1, positions.join(" ")));
            }
            self.line("endjobs");
        }
        if !experiment.env.is_empty() {
            self.line(&format!("env {}", experiment.env.join(" ")));
        }
        if experiment.in_place {
            self.lose(
                "the commands run in the experiment directory itself; a plan gives each task a directory of its own",
            );
        }
        for group in &experiment.groups {
            self.line("");
            self.group(group);
        }
    }

    fn variable(&mut self, position: usize, parameter: &Parameter) -> String {
        let values: Vec<String> = (0..parameter.domain.len()).map(|p| quoted(&parameter.domain.text(p))).collect();
        format!("variable {} index {position} list {}", parameter.name, values.join(" "))
    }

    fn parameter(&mut self, parameter: &Parameter) -> String {
        let word = if parameter.order == Order::Chain { "seqameter" } else { "parameter" };
        let label = parameter.label.as_ref().map(|l| format!(" label {}", quoted(l))).unwrap_or_default();
        let list = |values: &[String]| values.iter().map(|v| quoted(v)).collect::<Vec<_>>().join(" ");
        let last = parameter.domain.len().saturating_sub(1);
        let values = match &parameter.domain {
            Domain::Integers { from, step, .. } => {
                format!("integer range from {from} to {} step {step}", parameter.domain.text(last))
            }
            Domain::Decimals { from, step, scale, count, .. } => {
                let end = i128::from(*from) + i128::from(*step) * i128::from(count.saturating_sub(1));
                let text = |scaled: i128| decimal(scaled, u32::from(*scale));
                format!("float range from {} to {} step {}", text((*from).into()), text(end), text((*step).into()))
            }
            Domain::Floats { from, last, count, .. } if *count > 1 => {
                let points = if self.classic { *count } else { count - 1 };
                format!("float range from {from:?} to {last:?} points {points}")
            }
            Domain::Floats { from, .. } => format!("float range from {from:?} to {from:?} step 1"),
            Domain::Random { from, to, count, integer } => {
                let kind = if *integer { "integer" } else { "float" };
                format!("{kind} random from {from} to {to} points {count}")
            }
            Domain::List(values) => format!("text select anyof {}", list(values)),
            Domain::Glob(patterns) => format!("files select anyof {}", list(patterns)),
            Domain::Follow { .. } => {
                let values: Vec<String> =
                    (0..parameter.domain.len()).map(|at| parameter.domain.text(at).into_owned()).collect();
                format!("text select anyof {}", list(&values))
            }
        };
        format!("{word} {}{label} {values}", parameter.name)
    }

    fn name(&self, number: ParamNo) -> &str {
        self.experiment.parameter(number).map_or("unknown", |p| p.name.as_str())
    }

    fn group(&mut self, group: &Group) {
        self.line(&format!("task {}", group.name));
        let all = |order: Order| {
            let of = self.experiment.parameters.iter().enumerate().filter(move |(_, p)| p.order == order);
            of.map(|(n, _)| ParamNo(n as u16)).collect::<Vec<_>>()
        };
        let (cross, chain) = (all(Order::Cross), all(Order::Chain));
        for (word, own, all) in [("parameters", &group.parameters, cross), ("seqameters", &group.seqameters, chain)] {
            let said = match group.role {
                Role::Main => *own != all,
                Role::Other | Role::Event => true,
                _ => false,
            };
            if said {
                let names: Vec<&str> = own.iter().map(|n| self.name(*n)).collect();
                let names = if names.is_empty() { "None".to_string() } else { names.join(" ") };
                self.command(&format!("{word} {names}"));
            }
        }
        for input in group.inputs.iter().filter(|i| !i.found) {
            let mut line = format!("input {}", self.text(&input.name, Form::Word));
            if let Some(name) = &input.as_name {
                line += &format!(" as {}", self.text(name, Form::Word));
            }
            self.command(&(line + if input.read_only { " readonly" } else { "" }));
        }
        for output in &group.outputs {
            let mut line = format!("output {}", self.text(&output.name, Form::Word));
            line += if output.keep { " keep" } else { "" };
            for hook in &output.hooks {
                let event = if hook.event == Event::Create { "create" } else { "copy" };
                let task = self.experiment.group(hook.group).map_or("unknown", |g| g.name.as_str());
                line += &format!(" on {event} {task}");
            }
            self.command(&line);
        }
        self.settings(group);
        for step in &group.steps {
            let line = self.step(step, group.role);
            self.command(&line);
        }
        for value in &group.values {
            let source = match &value.source {
                ValueSource::Stdout => "stdout".to_string(),
                ValueSource::File(name) => self.text(name, Form::Word),
            };
            let take = match &value.take {
                Take::Whole => String::new(),
                Take::Match(pattern) => format!(" match \"{}\"", pattern.replace('"', "\\\"")),
                Take::Pointer(pointer) => format!(" pointer {}", quoted(pointer)),
            };
            self.command(&format!("value {} from {source}{take}", value.name));
        }
        self.line("endtask");
    }

    fn settings(&mut self, group: &Group) {
        match group.keep {
            Keep::None => {}
            Keep::Every(count) => self.command(&format!("keep every {count}")),
            Keep::Auto => self.command("keep auto"),
            Keep::All => self.command("keep all"),
        }
        if let Some(limit) = group.limits.walltime {
            self.command(&format!("walltime {}ms", limit.0));
        }
        if let Some(limit) = group.limits.memory {
            self.command(&format!("memory {}B", limit.0));
        }
        if let Some(limit) = group.limits.disk {
            self.command(&format!("disk {}B", limit.0));
        }
        if let Some(retries) = group.retries {
            self.command(&format!("retries {retries}"));
        }
        if group.once {
            self.command("once");
        }
    }

    fn step(&mut self, step: &Step, role: Role) -> String {
        let home = at_home(role);
        match step {
            Step::Exec { program, argv, search_path, at } => {
                if *at == Place::Root && !home {
                    return self.at_root(program, argv);
                }
                let words: Vec<String> = argv.iter().map(|word| self.text(word, Form::Word)).collect();
                let words = words.join(" ");
                match (search_path, argv.first() == Some(program)) {
                    (true, true) => format!("exec {words}"),
                    (true, false) => format!("lpexec {} {words}", self.text(program, Form::Word)),
                    (false, _) => format!("lexec {} {words}", self.text(program, Form::Word)),
                }
            }
            Step::Shell { line, at } => self.shell(line, *at, home),
            Step::Copy { from, source, to, dynamic } => {
                let form = if *dynamic { Form::Dynamic } else { Form::Word };
                let place = |place: Place| if place == Place::Node { "node:" } else { "root:" };
                let mut targets = Vec::new();
                for (side, path) in to {
                    targets.push(match side {
                        Place::Local => "local".to_string(),
                        Place::Machine => {
                            self.lose("a file that goes to an absolute path: a plan's files stay in its directory");
                            continue;
                        }
                        side if path.is_empty() => place(*side).to_string(),
                        side => format!("{}{}", place(*side), self.text(path, form)),
                    });
                }
                format!("copy {}{} {}", place(*from), self.text(source, form), targets.join(","))
            }
            Step::Substitute { source, target } => {
                format!("substitute {} {}", self.text(source, Form::Word), self.text(target, Form::Word))
            }
            Step::Redirect { stream, target } => {
                let stream = if *stream == Stream::Out { "stdout" } else { "stderr" };
                match target {
                    None => format!("redirect {stream} off"),
                    Some((path, append)) => {
                        let append = if *append { "append " } else { "" };
                        format!("redirect {stream} {append}to {}", self.text(path, Form::Word))
                    }
                }
            }
            Step::Within(_) | Step::Set(_) => {
                self.lose("a variable, directory, input stream, limit or exit code that is set for commands");
                String::new()
            }
            Step::OnError(OnError::Fail) => "onerror fail".to_string(),
            Step::OnError(OnError::Ignore) => "onerror ignore".to_string(),
        }
    }

    /// A program in the experiment directory, which only a copy there comes to by itself.
    fn at_root(&mut self, program: &Template, argv: &[Template]) -> String {
        if let [cp, dashes, source, target] = argv
            && cp == program
            && cp.as_literal().as_deref() == Some("cp")
            && dashes.as_literal().as_deref() == Some("--")
        {
            return format!("copy root:{} root:{}", self.text(source, Form::Word), self.text(target, Form::Word));
        }
        self.lose("a program without a shell in the experiment directory is written as a line for the shell");
        let mut words = Vec::new();
        for word in argv {
            words.push(self.text(word, Form::Line));
        }
        format!("execute {}", words.join(" "))
    }

    fn shell(&mut self, line: &Template, at: Place, home: bool) -> String {
        if at == Place::Root && !home {
            if self.has(line, "\n") || !self.classic && self.has(line, "\\$") {
                self.lose("a line for the shell in the experiment directory has characters that cannot be written");
            }
            return format!("execute {}", self.text(line, Form::Line));
        }
        let raw = self.classic && !self.has(line, "\n") && !ends_with_backslash(line);
        match (raw, home) {
            (true, false) => format!("node:execute {}", self.text(line, Form::Line)),
            (true, true) => format!("execute {}", self.text(line, Form::Line)),
            (false, _) => format!("shexec {}", self.quoted_template(line)),
        }
    }

    fn has(&self, template: &Template, part: &str) -> bool {
        template.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(part)))
    }

    fn text(&mut self, template: &Template, form: Form) -> String {
        let plain = |c: char| c.is_alphanumeric() || "_./<>&?-+=:@%*[]~^".contains(c);
        let needs_quotes = template.0.is_empty()
            || template
                .0
                .iter()
                .any(|p| matches!(p, Piece::Text(text) if !text.chars().all(plain) || text.contains("//")))
            || matches!(template.as_literal().as_deref(), Some("on" | "keep" | "as" | "readonly" | "stdout"))
            || template
                .0
                .first()
                .is_some_and(|p| matches!(p, Piece::Text(t) if t.starts_with(['/', '#']) && t.starts_with("/*")));
        let run = self.has(template, "`") || self.has(template, "$(");
        if form == Form::Word && needs_quotes || form == Form::Dynamic && needs_quotes && !run {
            return self.quoted_template(template);
        }
        if form == Form::Dynamic && (self.has(template, ",") || self.has(template, "\"")) {
            self.lose("a path for the shell has a comma or a quote, which separate words and destinations");
        }
        let escape = !self.classic && form != Form::Word;
        let mut out = String::new();
        for piece in &template.0 {
            match piece {
                Piece::Text(text) if escape => out.push_str(&text.replace('$', "\\$")),
                Piece::Text(text) => out.push_str(text),
                piece => self.hole(piece, &mut out),
            }
        }
        out
    }

    fn quoted_template(&mut self, template: &Template) -> String {
        let mut out = String::from("\"");
        for piece in &template.0 {
            match piece {
                Piece::Text(text) => escape_into(text, &mut out),
                piece => self.hole(piece, &mut out),
            }
        }
        out.push('"');
        out
    }

    fn hole(&self, piece: &Piece, out: &mut String) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Param(number) => {
                let _ = write!(out, "${{{}}}", self.name(*number));
            }
            Piece::Prev(number) => {
                let _ = write!(out, "${{{}.prev}}", self.name(*number));
            }
            Piece::Arith(expr) => {
                out.push_str("$((");
                self.expr(expr, 0, out);
                out.push_str("))");
            }
            Piece::JobName => out.push_str("${jobname}"),
            Piece::JobIndex => out.push_str("${jobindex}"),
        }
    }

    /// Writes arithmetic with the brackets that it needs where operators of `least` and higher precedence may stand.
    fn expr(&self, expr: &Expr, least: u8, out: &mut String) {
        let (own, operator) = match expr {
            Expr::Add(..) => (0, " + "),
            Expr::Sub(..) => (0, " - "),
            Expr::Mul(..) => (1, " * "),
            Expr::Div(..) => (1, " / "),
            Expr::Rem(..) => (1, " % "),
            Expr::Int(value) => {
                let _ = write!(out, "{value}");
                return;
            }
            Expr::Param(number) => return out.push_str(self.name(*number)),
            Expr::Prev(number) => {
                let _ = write!(out, "{}.prev", self.name(*number));
                return;
            }
            Expr::Neg(inner) => {
                out.push_str("-(");
                self.expr(inner, 0, out);
                return out.push(')');
            }
        };
        let (Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b)) = expr else {
            return;
        };
        let brackets = own < least;
        out.push_str(if brackets { "(" } else { "" });
        self.expr(a, own, out);
        out.push_str(operator);
        self.expr(b, own + 1, out);
        out.push_str(if brackets { ")" } else { "" });
    }
}

fn ends_with_backslash(line: &Template) -> bool {
    matches!(line.0.last(), Some(Piece::Text(text)) if text.ends_with('\\'))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    escape_into(text, &mut out);
    out.push('"');
    out
}

/// Writes a text as the inside of quotes.
fn escape_into(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A dollar before anything else begins no name, and stands for itself.
            '$' if chars.peek().is_none_or(|n| !n.is_ascii_alphanumeric() && !"_{(".contains(*n)) => out.push(c),
            '"' | '\\' | '$' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // A backtick would begin a command; three octal digits are never misread.
            '`' | '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\{:03o}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
}
