//! From expressions, ads and values back to text.

use crate::ad::Ad;
use crate::expr::{BinaryOp, Expr};
use crate::name::Name;
use crate::number;
use crate::time;
use crate::value::Value;
use std::fmt;
use std::fmt::Write as _;
use thiserror::Error;

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// As HTCondor's functions `string` and `unparse` do, with 16 digits of a real; or so that it reads back the same.
    condor: bool,
    /// Ads and lists over several lines, with this many blanks before the next line.
    indent: Option<usize>,
    old: bool,
}

impl Style {
    /// Reads back as what was printed.
    pub(crate) const EXACT: Self = Self { condor: false, indent: None, old: false };
    /// What `string()` gives.
    pub(crate) const CONDOR: Self = Self { condor: true, indent: None, old: false };
    /// What `unparse()` gives.
    pub(crate) const PRETTY: Self = Self { condor: true, indent: Some(0), old: false };
    const OLD: Self = Self { condor: false, indent: None, old: true };
}

/// A text that the old syntax cannot say.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("attribute `{0}` holds a text that one line of an old ad cannot say: a line feed, or a backslash at its end")]
pub struct Inexpressible(pub String);

impl fmt::Display for Expr {
    /// In brackets syntax; reads back as the same expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&expr(self, Style::EXACT))
    }
}

impl fmt::Display for Ad {
    /// In brackets, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &Printer { text: String::new(), style: Style::EXACT, spoiled: false, limit: usize::MAX }.of_ad(self),
        )
    }
}

/// Prints an ad in the old syntax, an attribute a line, each line ended.
pub fn print_old(ad: &Ad) -> Result<String, Inexpressible> {
    let mut text = String::new();
    for (name, value) in ad.iter() {
        let mut printer =
            Printer { text: String::new(), style: Style::OLD, spoiled: !plain(name.as_str()), limit: usize::MAX };
        printer.expr(value);
        if printer.spoiled {
            return Err(Inexpressible(name.as_str().to_string()));
        }
        let _ = writeln!(text, "{name} = {}", printer.text);
    }
    Ok(text)
}

pub(crate) fn expr(expr: &Expr, style: Style) -> String {
    let mut printer = Printer { text: String::new(), style, spoiled: false, limit: usize::MAX };
    printer.expr(expr);
    printer.text
}

/// How long the text of a value may get: a value can hold another one many times over, and that one again.
const LIMIT: usize = 8 << 20;

/// The text of a value, and whether it is the whole.
pub(crate) fn value(value: &Value, style: Style) -> (String, bool) {
    let mut printer = Printer { text: String::new(), style, spoiled: false, limit: LIMIT };
    printer.value(value);
    (printer.text, !printer.spoiled)
}

/// Whether an identifier needs no quotation marks.
fn plain(name: &str) -> bool {
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let reserved = ["error", "false", "is", "isnt", "true", "undefined"];
    word && !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !reserved.iter().any(|r| r.eq_ignore_ascii_case(name))
}

struct Printer {
    text: String,
    style: Style,
    /// Whether something could not be said.
    spoiled: bool,
    /// At this many bytes it stops, spoiled.
    limit: usize,
}

impl Printer {
    fn of_ad(mut self, ad: &Ad) -> String {
        self.ad(ad);
        self.text
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn expr(&mut self, expr: &Expr) {
        if self.text.len() > self.limit {
            self.spoiled = true;
            return;
        }
        match expr {
            Expr::Literal(value) => self.value(value),
            Expr::Attribute { base: None, absolute, name } => {
                self.push(if *absolute { "." } else { "" });
                self.name(name);
            }
            Expr::Attribute { base: Some(base), name, .. } => {
                self.operand(base, 13);
                // A point right after an integer would make it a real.
                let number = !self.style.condor && matches!(&**base, Expr::Literal(Value::Integer(_) | Value::Real(_)));
                self.push(if number { " ." } else { "." });
                // HTCondor forgets the quotation marks here.
                if self.style.condor { self.push(name.as_str()) } else { self.name(name) }
            }
            Expr::Unary(op, inner) => {
                self.push(if self.style.condor { " " } else { "" });
                self.push(op.symbol());
                let mark = self.text.len();
                self.operand(inner, 11);
                // `-` and a number would be one literal.
                let digit = |b: &u8| b.is_ascii_digit() || *b == b'.';
                if !self.style.condor && op.symbol() == "-" && self.text.as_bytes().get(mark).is_some_and(digit) {
                    self.text.insert(mark, ' ');
                }
            }
            Expr::Binary(..) => self.chain(expr),
            Expr::Ternary(condition, yes, no) => {
                self.operand(condition, 1);
                self.push(" ? ");
                self.operand(yes, 0);
                self.push(" : ");
                self.operand(no, 0);
            }
            Expr::Parens(inner) => {
                self.push("(");
                self.expr(inner);
                self.push(")");
            }
            Expr::Subscript(base, index) => {
                self.operand(base, 13);
                self.push("[");
                self.expr(index);
                self.push("]");
            }
            Expr::Call(callee, arguments) => {
                // Condor's library prints what does not read back.
                match self.style.condor {
                    true => self.push(callee.name().as_str()),
                    false => self.name(callee.name()),
                }
                self.push("(");
                self.separated(arguments);
                self.push(")");
            }
            Expr::List(items) => self.list(items),
            Expr::Ad(ad) => self.ad(ad),
        }
    }

    /// `a + b + c …`: down the left side without a stack frame for each operator.
    fn chain(&mut self, expr: &Expr) {
        let (mut links, mut at, mut least) = (Vec::new(), expr, 0);
        while let Expr::Binary(op, left, right) = at
            && op.precedence() >= least
        {
            links.push((*op, right));
            // `?:` takes what follows, so to its left another one needs brackets.
            least = op.precedence() + u8::from(*op == BinaryOp::Elvis);
            at = left;
        }
        self.operand(at, least);
        for (op, right) in links.iter().rev() {
            let word = match op {
                BinaryOp::Is if self.style.condor => "is",
                BinaryOp::Isnt if self.style.condor => "isnt",
                other => other.symbol(),
            };
            let _ = write!(self.text, " {word} ");
            self.operand(right, op.precedence() + u8::from(*op != BinaryOp::Elvis));
        }
    }

    /// In brackets if it binds less tightly than `least`, which what was parsed never does.
    fn operand(&mut self, expr: &Expr, least: u8) {
        let brackets = level(expr) < least;
        self.push(if brackets { "(" } else { "" });
        self.expr(expr);
        self.push(if brackets { ")" } else { "" });
    }

    fn separated(&mut self, items: &[Expr]) {
        for (at, item) in items.iter().enumerate() {
            let comma = if self.style.condor { "," } else { ", " };
            self.push(if at == 0 { "" } else { comma });
            self.expr(item);
            if self.text.len() > self.limit {
                self.spoiled = true;
                break;
            }
        }
    }

    fn list(&mut self, items: &[Expr]) {
        let Some(indent) = self.style.indent else {
            self.push("{ ");
            self.separated(items);
            self.push(" }");
            return;
        };
        let (outer, inner) = (indent + 3, indent + 6);
        self.line(outer);
        self.push("{");
        self.style.indent = Some(inner);
        for (at, item) in items.iter().enumerate() {
            self.push(if at == 0 { "" } else { "," });
            self.line(inner);
            self.expr(item);
        }
        self.line(outer);
        self.push("}");
        self.style.indent = Some(indent);
    }

    fn ad(&mut self, ad: &Ad) {
        let indent = self.style.indent;
        match indent {
            None => self.push("[ "),
            Some(indent) => {
                self.line(indent + 4);
                self.push("[");
                self.style.indent = Some(indent + 8);
            }
        }
        for (at, (name, value)) in ad.iter().enumerate() {
            self.push(if at == 0 { "" } else { "; " });
            if let Some(indent) = indent {
                self.line(indent + 8);
            }
            self.name(name);
            self.push(" = ");
            self.expr(value);
        }
        self.style.indent = indent;
        match indent {
            None => self.push(" ]"),
            Some(indent) => {
                self.line(indent + 4);
                self.push("]");
            }
        }
    }

    fn line(&mut self, indent: usize) {
        let _ = write!(self.text, "\n{:indent$}", "");
    }

    fn name(&mut self, name: &Name) {
        let text = name.as_str();
        if plain(text) && !(self.style.condor && name.key() == "parent") {
            self.push(text);
        } else {
            self.quoted(text, '\'');
        }
    }

    fn value(&mut self, value: &Value) {
        let condor = self.style.condor;
        match value {
            Value::Undefined => self.push("undefined"),
            Value::Error => self.push("error"),
            Value::Boolean(b) => self.push(if *b { "true" } else { "false" }),
            Value::Integer(i) => {
                let _ = write!(self.text, "{i}");
            }
            Value::Real(r) if condor => self.push(&condor_real(*r)),
            Value::Real(r) => self.push(&number::exact(*r)),
            Value::String(text) => self.quoted(text, '"'),
            Value::AbsTime { seconds, offset } if !condor && !time::is_told(*seconds, *offset) => {
                let _ = write!(self.text, "absTime({seconds}, {offset})");
            }
            Value::AbsTime { seconds, offset } => {
                let _ = write!(self.text, "absTime(\"{}\")", time::absolute(*seconds, *offset));
            }
            Value::RelTime(seconds) => {
                // Days and hours for whole seconds; six digits would not read back otherwise.
                let text = match condor || seconds.fract() == 0.0 && seconds.abs() < 1e15 {
                    true => time::relative(*seconds),
                    false => format!("{seconds}"),
                };
                let _ = write!(self.text, "relTime(\"{text}\")");
            }
            Value::List(list) => self.list(&list.items),
            Value::Ad(scope) => self.ad(scope.ad()),
        }
    }

    fn quoted(&mut self, text: &str, mark: char) {
        self.text.push(mark);
        if self.style.old {
            self.spoiled |= text.ends_with('\\') || text.contains('\n') || mark == '\'';
            self.text.push_str(&text.replace('"', "\\\""));
            self.text.push(mark);
            return;
        }
        for letter in text.chars() {
            let _ = match letter {
                c if c == mark => write!(self.text, "\\{c}"),
                '\x07' => write!(self.text, "\\a"),
                '\x08' => write!(self.text, "\\b"),
                '\x0c' => write!(self.text, "\\f"),
                '\n' => write!(self.text, "\\n"),
                '\r' => write!(self.text, "\\r"),
                '\t' => write!(self.text, "\\t"),
                '\x0b' => write!(self.text, "\\v"),
                '\\' => write!(self.text, "\\\\"),
                c if c.is_ascii_control() => write!(self.text, "\\{:03o}", u32::from(c)),
                c if !c.is_ascii() && self.style.condor => {
                    let mut bytes = [0; 4];
                    c.encode_utf8(&mut bytes).bytes().try_for_each(|b| write!(self.text, "\\{b:03o}"))
                }
                c => write!(self.text, "{c}"),
            };
        }
        self.text.push(mark);
    }
}

/// How tightly an expression holds together.
fn level(expr: &Expr) -> u8 {
    match expr {
        Expr::Ternary(..) => 0,
        Expr::Binary(op, ..) => op.precedence(),
        Expr::Unary(..) => 11,
        _ => 13,
    }
}

fn condor_real(real: f64) -> String {
    match real {
        0.0 => (if real.is_sign_negative() { "-0.0" } else { "0.0" }).into(),
        r if r.is_nan() => "real(\"NaN\")".into(),
        f64::INFINITY => "real(\"INF\")".into(),
        f64::NEG_INFINITY => "real(\"-INF\")".into(),
        r => number::scientific(r),
    }
}
