//! Integer arithmetic on parameters: what stands in `$((…))`, after `expr`, and in the figure's `${$(t) - 1}`.

use super::scope::{Scope, TaskScope};
use crate::{Diagnostic, Severity};
use pelago_job::Expr;
use std::ops::Range;

/// Deepest nesting of brackets and signs.
const MAX_DEPTH: usize = 64;
/// Most operators of one expression: file names need one or two, and every reader of an expression descends into it.
const MAX_OPERATORS: usize = 64;

struct Parser<'s, 'a> {
    scope: &'s mut Scope<'a>,
    task: &'s TaskScope,
    at: usize,
    end: usize,
    operators: usize,
    /// Whether `\*` stands for `*`, as `expr` needs it.
    escaped: bool,
}

type Parsed = Result<Expr, Box<Diagnostic>>;

/// Reads the arithmetic in a span of the text. `escaped` lets a backslash stand before operators and brackets.
pub(crate) fn parse(scope: &mut Scope<'_>, task: &TaskScope, span: Range<usize>, escaped: bool) -> Parsed {
    let mut parser = Parser { scope, task, at: span.start, end: span.end, operators: 0, escaped };
    let expr = parser.sum(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(c) => Err(parser.fail(format!("expected an operator or the end of the arithmetic, found `{c}`"))),
    }
}

impl Parser<'_, '_> {
    fn rest(&self) -> &str {
        self.scope.text.get(self.at..self.end).unwrap_or("")
    }

    /// The next character that counts, where the parser then stands.
    fn peek(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            let joined = super::cursor::continuation(rest).unwrap_or(0);
            let escape = usize::from(
                self.escaped && rest.starts_with('\\') && rest[1..].starts_with(['*', '(', ')', '/', '%', '+', '-']),
            );
            match blank + if blank == 0 { joined.max(escape) } else { 0 } {
                0 => return self.rest().chars().next(),
                skip => self.at += skip,
            }
        }
    }

    fn fail(&self, message: String) -> Box<Diagnostic> {
        let end = self.at + self.rest().chars().next().map_or(0, char::len_utf8);
        let mut error = Diagnostic::new(Severity::Error, self.at..end, message);
        error.help("arithmetic has integers, parameters, `+ - * / %` and brackets, for example `$((timestep - 1))`");
        Box::new(error)
    }

    fn count(&mut self) -> Result<(), Box<Diagnostic>> {
        self.operators += 1;
        match self.operators > MAX_OPERATORS {
            true => Err(self.fail(format!("the arithmetic has more than {MAX_OPERATORS} operators"))),
            false => Ok(()),
        }
    }

    fn sum(&mut self, depth: usize) -> Parsed {
        let mut left = self.product(depth)?;
        while let Some(op @ ('+' | '-')) = self.peek() {
            self.count()?;
            self.at += 1;
            let right = self.product(depth)?;
            left = match op {
                '+' => Expr::Add(Box::new(left), Box::new(right)),
                _ => Expr::Sub(Box::new(left), Box::new(right)),
            };
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Parsed {
        let mut left = self.factor(depth)?;
        while let Some(op @ ('*' | '/' | '%')) = self.peek() {
            self.count()?;
            self.at += 1;
            let right = self.factor(depth)?;
            let (left_box, right) = (Box::new(left), Box::new(right));
            left = match op {
                '*' => Expr::Mul(left_box, right),
                '/' => Expr::Div(left_box, right),
                _ => Expr::Rem(left_box, right),
            };
        }
        Ok(left)
    }

    fn factor(&mut self, depth: usize) -> Parsed {
        if depth > MAX_DEPTH {
            return Err(self.fail(format!("the arithmetic is nested more than {MAX_DEPTH} deep")));
        }
        match self.peek() {
            Some('-') => {
                self.count()?;
                self.at += 1;
                // The least integer has no positive counterpart, so a sign before digits belongs to them.
                if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
                    return self.integer(true);
                }
                Ok(Expr::Neg(Box::new(self.factor(depth + 1)?)))
            }
            Some('+') => {
                self.count()?;
                self.at += 1;
                self.factor(depth + 1)
            }
            Some('(') => {
                self.at += 1;
                let inner = self.sum(depth + 1)?;
                match self.peek() {
                    Some(')') => {
                        self.at += 1;
                        Ok(inner)
                    }
                    _ => Err(self.fail("a bracket is not closed: expected `)`".into())),
                }
            }
            Some('$') => self.dollar(),
            Some(c) if c.is_ascii_digit() => self.integer(false),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let (name, span) = self.name();
                let previous = self.previous();
                self.scope.find_integer(self.task, &name, previous, &span)
            }
            Some(c) => Err(self.fail(format!("expected an integer or a parameter, found `{c}`"))),
            None => Err(self.fail("the arithmetic ends where an integer or a parameter should be".into())),
        }
    }

    fn integer(&mut self, negative: bool) -> Parsed {
        let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
        let shown = if negative { format!("-{digits}") } else { digits.clone() };
        match shown.parse::<i64>() {
            Ok(value) => {
                self.at += digits.len();
                Ok(Expr::Int(value))
            }
            Err(_) => {
                Err(self.fail(format!("`{}` does not fit into 64 bits", shown.chars().take(40).collect::<String>())))
            }
        }
    }

    fn name(&mut self) -> (String, Range<usize>) {
        let word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let name: String = self.rest().chars().take_while(word).collect();
        let span = self.at..self.at + name.len();
        self.at = span.end;
        (name, span)
    }

    fn previous(&mut self) -> bool {
        let after = self.rest().strip_prefix(".prev");
        let found = after.is_some_and(|a| !a.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        self.at += if found { ".prev".len() } else { 0 };
        found
    }

    /// `$name`, `${name}`, `${name.prev}`, `$(name)`.
    fn dollar(&mut self) -> Parsed {
        self.at += 1;
        let close = match self.rest().chars().next() {
            Some('{') => Some('}'),
            Some('(') => Some(')'),
            _ => None,
        };
        self.at += usize::from(close.is_some());
        if !self.rest().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(self.fail("expected the name of a parameter after `$`".into()));
        }
        let (name, span) = self.name();
        let previous = close.is_some() && self.previous();
        if let Some(close) = close {
            match self.rest().chars().next() {
                Some(c) if c == close => self.at += 1,
                _ => return Err(self.fail(format!("expected `{close}` after `{name}`"))),
            }
        }
        self.scope.find_integer(self.task, &name, previous, &span)
    }
}
