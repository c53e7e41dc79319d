//! `parameter` and `seqameter` lines: name, label, type and the domain of values.

use super::cursor::{Cursor, Token, TokenKind};
use super::line::Statement;
use super::{Dialect, MAX_NAMES};
use crate::number::{self, Decimal, Kind, RangeError, Spacing};
use crate::{Diagnostics, bare, spelling};
use pelago_job::{Domain, Order, Parameter};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Why `points` does not give as many values as it says.
const DISTANCE: &str = "in this dialect it is the distance that is divided";

/// A declared parameter and where its name stands.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    /// The parameter.
    pub parameter: Parameter,
    /// Where its name is.
    pub span: Range<usize>,
}

/// Names that every task knows.
pub(crate) const IMPLICIT: [&str; 4] = ["jobname", "jobindex", "nimrod_jobindex", "nimrod_jobname"];

/// Most values of one line.
pub(crate) const MAX_VALUES: usize = 1_000_000;

const TYPES: [&str; 4] = ["float", "integer", "text", "files"];
const DOMAINS: [&str; 5] = ["range", "random", "select", "default", "compute"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Float,
    Integer,
    Text,
    Files,
}

/// What is being read: the tokens of one line, and what all errors need.
struct Line<'a, 'd> {
    tokens: Vec<Token>,
    next: usize,
    end: Range<usize>,
    dialect: Dialect,
    name: String,
    kind: Type,
    diagnostics: &'d mut Diagnostics,
    whole: &'a Statement,
}

/// Reads one line. After an error in its values the name is declared all the same, so that its uses are no errors too.
pub(crate) fn read(
    text: &str,
    statement: &Statement,
    dialect: Dialect,
    diagnostics: &mut Diagnostics,
) -> Option<Declared> {
    let order = if statement.word(text) != "parameter" { Order::Chain } else { Order::Cross };
    let mut cursor = Cursor::new(text, statement.rest());
    let mut tokens = Vec::new();
    while let Some(token) = cursor.token(diagnostics) {
        if token.kind == TokenKind::Semicolon {
            if let Some(extra) = cursor.token(diagnostics) {
                diagnostics.error(extra.span, "nothing can follow the `;`").help("begin a new line");
            }
            break;
        }
        if tokens.len() >= MAX_VALUES {
            let help = "keep the values in a file: `-p NAME=@FILE`";
            diagnostics.error(token.span, format!("a line cannot have more than {MAX_VALUES} values")).help(help);
            return None;
        }
        tokens.push(token);
    }
    let end = statement.span.end..statement.span.end;
    let (name, kind) = (String::new(), Type::Text);
    let mut line = Line { tokens, next: 0, end, dialect, name, kind, diagnostics, whole: statement };
    let name = line.take()?;
    if !bare::is_name(&name.text) || name.kind != TokenKind::Word {
        let message = format!("`{}` is no name for a parameter", name.text);
        let help = "a name has letters, digits and `_`, and begins with a letter or `_`";
        line.diagnostics.error(name.span, message).help(help);
        return None;
    }
    if IMPLICIT.contains(&name.text.as_str()) {
        let message = format!("`{}` is a name that every task knows already", name.text);
        line.diagnostics.error(name.span, message).help("choose another name");
        return None;
    }
    line.name = name.text.clone();
    let values = line.values_and_label();
    // What stands in for broken values is an integer, which is good everywhere.
    let unknown = || (Domain::Random { from: 0.0, to: 1.0, count: 1, integer: true }, None);
    let (domain, label) = values.unwrap_or_else(unknown);
    let parameter = Parameter { name: name.text, label, order, domain };
    Some(Declared { parameter, span: name.span })
}

impl Line<'_, '_> {
    /// What follows the name.
    fn values_and_label(&mut self) -> Option<(Domain, Option<String>)> {
        let mut label = self.label();
        self.kind = self.type_word()?;
        label = label.or_else(|| self.label());
        let domain = self.domain()?;
        label = label.or_else(|| self.label());
        if let Some(extra) = self.tokens.get(self.next).cloned() {
            self.surplus(extra, &domain);
            return None;
        }
        Some((domain, label))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.kind == TokenKind::Word && t.text == word)
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.next += usize::from(found);
        found
    }

    /// The next token, or an error that something is missing.
    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        match token {
            Some(_) => self.next += 1,
            None => {
                let what = if self.name.is_empty() { "name" } else { "value" };
                let error = self.diagnostics.error(self.end.clone(), format!("the line ends where a {what} should be"));
                error.help("a parameter line reads for example `parameter x integer range from 1 to 10 step 1`");
            }
        }
        token
    }

    fn label(&mut self) -> Option<String> {
        if !self.skip("label") {
            return None;
        }
        let token = self.take()?;
        if token.kind != TokenKind::Quoted {
            let help = format!("write `label \"{}\"`", token.text);
            self.diagnostics.error(token.span, "a label is a quoted text").help(help);
        }
        Some(token.text)
    }

    fn type_word(&mut self) -> Option<Type> {
        let Some(token) = self.peek().cloned() else {
            let message = format!("parameter `{}` has no type and no values", self.name);
            let error = self.diagnostics.error(self.whole.span.clone(), message);
            error.help(format!("write for example `parameter {} integer range from 1 to 10 step 1`", self.name));
            return None;
        };
        self.next += 1;
        Some(match token.text.as_str() {
            "float" => Type::Float,
            "integer" => Type::Integer,
            "text" => Type::Text,
            "files" => Type::Files,
            word => {
                let near = spelling::nearest(word, TYPES);
                let error = self.diagnostics.error(token.span, format!("`{word}` is no type of a parameter"));
                match near {
                    Some(near) => error.did_you_mean(Some(near)),
                    None => error.help("the types are float, integer, text and files; the type follows the name"),
                };
                return None;
            }
        })
    }

    fn domain(&mut self) -> Option<Domain> {
        let Some(token) = self.peek().cloned() else {
            let message = format!("parameter `{}` has no values", self.name);
            let error = self.diagnostics.error(self.end.clone(), message);
            error.help("write `range from 1 to 10 step 1`, `select anyof` and the values, or `default` and one value");
            return None;
        };
        if token.kind == TokenKind::Quoted {
            return self.constant();
        }
        match token.text.as_str() {
            "range" => {
                self.next += 1;
                self.range(token.span)
            }
            "random" => {
                self.next += 1;
                self.random(token.span)
            }
            "select" => {
                self.next += 1;
                self.select()
            }
            "default" => {
                self.next += 1;
                self.constant()
            }
            "compute" => {
                let message =
                    "`compute` is not supported: how the classic dialect evaluates it is nowhere written down";
                let help = "compute in the command, or in file names with `$((…))`";
                self.diagnostics.error(token.span, message).help(help);
                None
            }
            word if number::is_number(word) || self.next + 1 == self.tokens.len() && self.kind == Type::Files => {
                self.constant()
            }
            word => {
                let near = spelling::nearest(word, DOMAINS);
                let message = format!("expected the values of `{}`, found `{word}`", self.name);
                let error = self.diagnostics.error(token.span, message);
                match near {
                    Some(near) => error.did_you_mean(Some(near)),
                    None => error.help(
                        "values are given by `range`, `random`, `select anyof` or `default`; a text needs quotes",
                    ),
                };
                None
            }
        }
    }

    fn kind(&self) -> Kind {
        match self.kind {
            Type::Integer => Kind::Integer,
            _ => Kind::Float { point: self.dialect == Dialect::New },
        }
    }

    /// `from A to B`; both as written.
    fn ends(&mut self, word: Range<usize>) -> Option<(Token, Token)> {
        if matches!(self.kind, Type::Text | Type::Files) {
            let kind = if self.kind == Type::Text { "text" } else { "files" };
            let message = format!("a parameter of type `{kind}` cannot have a range");
            self.diagnostics
                .error(word, message)
                .help("the types float and integer can; or list the values: `select anyof`");
            return None;
        }
        self.expect("from")?;
        let from = self.number()?;
        self.expect("to")?;
        Some((from, self.number()?))
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        if self.skip(word) {
            return Some(());
        }
        let (span, found) = match self.peek() {
            Some(token) => (token.span.clone(), format!(", found `{}`", token.text)),
            None => (self.end.clone(), ", the line ends here".to_string()),
        };
        let near = self.peek().and_then(|t| spelling::nearest(&t.text, [word]));
        let error = self.diagnostics.error(span, format!("expected `{word}`{found}"));
        error.did_you_mean(near).help(
            "a range reads `range from 1 to 10 step 1`, `… points 5`; random values `random from 0 to 1 points 5`",
        );
        None
    }

    fn number(&mut self) -> Option<Token> {
        let token = self.take()?;
        let good = match self.kind {
            Type::Integer => token.text.parse::<i64>().is_ok(),
            _ => number::is_number(&token.text),
        };
        if good && token.kind == TokenKind::Word {
            return Some(token);
        }
        let (text, kind) = (&token.text, if self.kind == Type::Integer { "an integer of 64 bits" } else { "a number" });
        let error = self.diagnostics.error(token.span, format!("`{text}` is not {kind}"));
        if self.kind == Type::Integer && number::is_number(text) {
            error.help("the parameter's type is integer; make it `float`");
        } else if text.starts_with('$') {
            error.help("write the number: parameters are read before anything has a value, variables of the shell too");
        }
        None
    }

    fn count(&mut self) -> Option<(u64, Range<usize>)> {
        let token = self.take()?;
        match token.text.parse::<u64>().ok().filter(|n| (1..1 << 40).contains(n)) {
            Some(count) => Some((count, token.span)),
            None => {
                let message = format!("`{}` is no number of points", token.text);
                self.diagnostics.error(token.span, message).help("write a whole number of 1 or more");
                None
            }
        }
    }

    fn range(&mut self, word: Range<usize>) -> Option<Domain> {
        let (from, to) = self.ends(word.clone())?;
        let mut span = word.start..to.span.end;
        let made = if self.skip("points") {
            let (count, at) = self.count()?;
            span.end = at.end;
            self.points(&from.text, &to.text, count, &at)
        } else {
            let step = match self.skip("step") {
                true => {
                    let step = self.number()?;
                    span.end = step.span.end;
                    step.text
                }
                false => "1".to_string(),
            };
            number::range(self.kind(), &from.text, &to.text, Spacing::Step(&step))
        };
        made.map_err(|error| {
            let told = self.diagnostics.error(span, format!("parameter `{}`: {error}", self.name));
            if let Some(help) = error.help() {
                told.help(help);
            }
        })
        .ok()
    }

    /// `points n`: the newer dialect divides the distance by n, the classic one means n values.
    fn points(&mut self, from: &str, to: &str, count: u64, at: &Range<usize>) -> Result<Domain, RangeError> {
        match (self.kind, self.dialect) {
            (Type::Integer, dialect) => {
                let (Ok(first), Ok(last)) = (from.parse::<i64>(), to.parse::<i64>()) else {
                    return Err(RangeError::NotAnInteger(from.to_string()));
                };
                let gaps = i128::from(if dialect == Dialect::New { count } else { count.max(2) - 1 });
                let distance = i128::from(last) - i128::from(first);
                let step = distance / gaps;
                if dialect == Dialect::Classic && distance % gaps == 0 {
                    return number::range(Kind::Integer, from, to, Spacing::Count(count));
                }
                if step == 0 {
                    return Err(RangeError::BrokenPoints { count, from: from.into(), to: to.into() });
                }
                let end = if dialect == Dialect::New { i128::from(last) } else { i128::from(first) + step * gaps };
                let made = number::range(Kind::Integer, from, &end.to_string(), Spacing::Step(&step.to_string()))?;
                let why = match dialect {
                    Dialect::New => DISTANCE,
                    Dialect::Classic => "the steps are whole numbers",
                };
                self.say_points(count, &made, at, why);
                Ok(made)
            }
            (_, Dialect::New) => {
                let made = number::range(self.kind(), from, to, Spacing::Count(count.saturating_add(1)))?;
                self.say_points(count, &made, at, DISTANCE);
                Ok(made)
            }
            (_, Dialect::Classic) => number::range(self.kind(), from, to, Spacing::Count(count)),
        }
    }

    fn say_points(&mut self, count: u64, made: &Domain, at: &Range<usize>, why: &str) {
        let last = made.text(made.len().saturating_sub(1));
        let message = format!("`points {count}` gives {} values here, {} to {last}", made.len(), made.text(0));
        self.diagnostics.note(at.clone(), message).note(why);
    }

    fn random(&mut self, word: Range<usize>) -> Option<Domain> {
        let (from, to) = self.ends(word.clone())?;
        let count = if self.skip("points") { self.count()?.0 } else { 1 };
        let integer = self.kind == Type::Integer;
        let (Some(low), Some(high)) = (number::finite(&from.text), number::finite(&to.text)) else { return None };
        if low >= high {
            let message = format!("parameter `{}`: no value lies between {} and {}", self.name, from.text, to.text);
            let help = match low == high {
                true => "the upper bound is never reached, so it must be higher than the lower one".to_string(),
                false => {
                    format!("the bounds go from the lower to the higher: `random from {} to {}`", to.text, from.text)
                }
            };
            self.diagnostics.error(word.start..to.span.end, message).help(help);
            return None;
        }
        Some(Domain::Random { from: low, to: high, count, integer })
    }

    fn select(&mut self) -> Option<Domain> {
        let one = match self.peek().map(|t| (t.text.clone(), t.span.clone())) {
            Some((word, _)) if word == "anyof" => None,
            Some((word, span)) if word == "oneof" => Some(span),
            other => {
                let (span, near) = match other {
                    Some((word, span)) => (span, spelling::nearest(&word, ["anyof", "oneof"])),
                    None => (self.end.clone(), None),
                };
                let error = self.diagnostics.error(span, "expected `anyof` or `oneof` after `select`");
                error.did_you_mean(near);
                return None;
            }
        };
        self.next += 1;
        let mut values = self.values()?;
        let defaults = if self.skip("default") { self.values()? } else { Vec::new() };
        let known: BTreeSet<&String> = values.iter().collect();
        for default in &defaults {
            if !known.contains(default) {
                let message = format!("the default `{default}` of `{}` is not among its values", self.name);
                self.diagnostics.warning(self.end.clone(), message).help("it is used all the same");
            }
        }
        if let Some(span) = one {
            let taken = defaults.first().or(values.first()).cloned()?;
            let message = format!("`oneof` leaves the choice to a person: `{taken}` is taken");
            let help = format!("another one: `-p {}=VALUE`; all of them: `select anyof`", self.name);
            self.diagnostics.warning(span, message).help(help);
            values = vec![taken];
        } else if !defaults.is_empty() {
            values = defaults;
        }
        let mut seen = BTreeSet::new();
        for value in &values {
            if !seen.insert(value) {
                let message = format!("the value `{value}` of `{}` is listed twice", self.name);
                let help = "two tasks would do the same and write the same files";
                self.diagnostics.warning(self.whole.span.clone(), message).help(help);
                break;
            }
        }
        Some(if self.kind == Type::Files { Domain::Glob(values) } else { Domain::List(values) })
    }

    fn values(&mut self) -> Option<Vec<String>> {
        let mut values = Vec::new();
        while let Some(token) = self.peek().cloned() {
            if token.kind == TokenKind::Word && matches!(token.text.as_str(), "default" | "label") {
                break;
            }
            self.next += 1;
            values.push(self.value(token)?);
        }
        if values.is_empty() {
            self.take()?;
        }
        Some(values)
    }

    fn constant(&mut self) -> Option<Domain> {
        let token = self.take()?;
        let value = self.value(token)?;
        Some(if self.kind == Type::Files { Domain::Glob(vec![value]) } else { Domain::List(vec![value]) })
    }

    fn value(&mut self, token: Token) -> Option<String> {
        let text = token.text;
        let good = match self.kind {
            Type::Integer => text.parse::<i64>().is_ok(),
            Type::Float => number::is_number(&text),
            Type::Text | Type::Files if token.kind == TokenKind::Quoted => true,
            // Classic plans often leave the quotes out.
            Type::Text | Type::Files => self.dialect == Dialect::Classic || Decimal::parse(&text).is_some(),
        };
        if !good {
            let kind = match self.kind {
                Type::Integer => "an integer of 64 bits",
                Type::Float => "a number",
                Type::Text | Type::Files => "a quoted text",
            };
            let error = self.diagnostics.error(token.span, format!("`{text}` is not {kind}"));
            match self.kind {
                Type::Text | Type::Files => error.help(format!("write `\"{text}\"`")),
                _ => error.help(format!("the type of `{}` asks for one", self.name)),
            };
            return None;
        }
        if text.contains(['\0', '\n']) && self.kind == Type::Files {
            self.diagnostics.error(token.span, "a file name cannot hold a line break");
            return None;
        }
        Some(text)
    }

    fn surplus(&mut self, extra: Token, domain: &Domain) {
        let near = spelling::nearest(&extra.text, ["step", "points", "default", "label"]);
        let error = self.diagnostics.error(extra.span, format!("`{}` is too much here", extra.text));
        match (near, domain) {
            (Some(near), _) => error.did_you_mean(Some(near)),
            (None, Domain::List(values)) if values.len() == 1 => {
                error.help("a list of values begins with `select anyof`")
            }
            (None, _) => error.help("the values of the parameter are complete before it"),
        };
    }
}

/// Says which names are declared twice, and drops the later ones; and when there are too many.
pub(crate) fn check_names(declared: &mut Vec<Declared>, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<String, Range<usize>> = BTreeMap::new();
    declared.retain(|d| match first.get(&d.parameter.name) {
        Some(span) => {
            let message = format!("parameter `{}` is declared twice", d.parameter.name);
            diagnostics.error(d.span.clone(), message).related(span.clone(), "the first time");
            false
        }
        None => {
            first.insert(d.parameter.name.clone(), d.span.clone());
            true
        }
    });
    if let Some(over) = declared.get(MAX_NAMES) {
        let message = format!("{} parameters are more than the {MAX_NAMES} that are possible", declared.len());
        diagnostics.error(over.span.clone(), message);
        declared.truncate(MAX_NAMES);
    }
}
