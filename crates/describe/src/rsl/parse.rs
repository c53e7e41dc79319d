//! The grammar of RSL 1 (`globus_rsl_parser.y`): tokens to a tree, with all errors in one go.

use super::token::{Kind, Lexer, Syntax, Token};
use super::tree::{Combine, Relation, Spec, Value, canonical};
use crate::Diagnostics;
use std::ops::Range;

/// Deepest nesting. Real requests nest three levels.
const DEPTH: usize = 100;
/// Most values and relations of one document: what a tree may take in memory.
const MOST: usize = 2_000_000;

/// Something was reported, and the parser looks for the next bracket.
struct Failed;

type Parsed<T> = Result<T, Failed>;

/// Reads a whole text. `loose` takes clauses without a sign before them for `&` (InfoGram).
pub(super) fn parse(text: &str, syntax: Syntax, loose: bool, diagnostics: &mut Diagnostics) -> Option<Spec> {
    let mut lexer = Lexer::new(text, syntax);
    let token = lexer.next(diagnostics);
    let mut parser = Parser { lexer, token, syntax, loose, count: 0, level: 0, end: 0, diagnostics };
    if parser.token.kind == Kind::End && !parser.lexer.cut_off {
        let help = "a request is for example `&(executable=/bin/date)`";
        parser.diagnostics.error(0..0, "there is no request in the text").help(help);
        return None;
    }
    let spec = parser.whole().ok()?;
    if parser.token.kind != Kind::End {
        let (span, found) = parser.found();
        let error = parser.diagnostics.error(span, format!("expected the end of the text, found {found}"));
        match parser.token.kind {
            Kind::Open => error.help("put `&` before the first bracket: then all of them describe one job"),
            Kind::Close => error.help("there are more `)` than `(`"),
            _ => error,
        };
        return None;
    }
    Some(spec)
}

struct Parser<'a, 'd> {
    lexer: Lexer<'a>,
    token: Token,
    syntax: Syntax,
    loose: bool,
    count: usize,
    /// How many brackets are open.
    level: usize,
    /// Where the last token taken ends.
    end: usize,
    diagnostics: &'d mut Diagnostics,
}

impl Parser<'_, '_> {
    fn take(&mut self) -> Token {
        let next = self.lexer.next(self.diagnostics);
        self.end = self.token.span.end;
        match self.token.kind {
            Kind::Open => self.level += 1,
            Kind::Close => self.level = self.level.saturating_sub(1),
            _ => {}
        }
        std::mem::replace(&mut self.token, next)
    }

    /// The token ahead, for messages.
    fn found(&self) -> (Range<usize>, String) {
        let sign = match &self.token.kind {
            Kind::Word(text, _) => return (self.token.span.clone(), format!("`{}`", shortened(text))),
            Kind::End => return (self.token.span.clone(), "the end of the text".into()),
            Kind::Operator(operator) => operator.sign(),
            Kind::Open => "(",
            Kind::Close => ")",
            Kind::And => "&",
            Kind::Or => "|",
            Kind::Plus => "+",
            Kind::Hash => "#",
            Kind::Dollar => "$",
        };
        (self.token.span.clone(), format!("`{sign}`"))
    }

    fn expected(&mut self, what: &str) -> Failed {
        if !self.is_cut_off() {
            let (span, found) = self.found();
            self.diagnostics.error(span, format!("expected {what}, found {found}"));
        }
        Failed
    }

    /// Whether the end has come because a quote or comment is not closed, which was said already.
    fn is_cut_off(&self) -> bool {
        self.token.kind == Kind::End && self.lexer.cut_off
    }

    /// Says that the bracket should be closed here.
    fn unclosed(&mut self, open: &Range<usize>) {
        if !self.is_cut_off() {
            let (span, found) = self.found();
            let error = self.diagnostics.error(span, format!("expected `)`, found {found}"));
            error.related(open.clone(), "this bracket is open");
        }
    }

    fn counted(&mut self) -> Parsed<()> {
        self.count += 1;
        if self.count > MOST {
            let span = self.token.span.clone();
            self.diagnostics.error(span, format!("there are more than {MOST} values"));
            return Err(Failed);
        }
        Ok(())
    }

    fn whole(&mut self) -> Parsed<Spec> {
        if self.loose && self.token.kind == Kind::Open {
            let span = self.token.span.start..self.token.span.start;
            return self.list(Combine::All, span, 0);
        }
        if self.token.kind == Kind::Open {
            let span = self.token.span.clone();
            self.diagnostics
                .error(span, "expected `&`, `|` or `+` before the first bracket")
                .help("write `&` before it: then all the brackets describe one job");
            // What is inside is still looked at, as if the sign were there.
            return self.list(Combine::All, 0..0, 0);
        }
        self.spec(0)
    }

    fn spec(&mut self, depth: usize) -> Parsed<Spec> {
        self.counted()?;
        let how = match self.token.kind {
            Kind::And => Combine::All,
            Kind::Or => Combine::Any,
            Kind::Plus => Combine::Each,
            _ => return self.relation(depth),
        };
        let span = self.take().span;
        self.list(how, span, depth)
    }

    fn list(&mut self, how: Combine, span: Range<usize>, depth: usize) -> Parsed<Spec> {
        if depth > DEPTH {
            self.diagnostics.error(span, format!("the request nests deeper than {DEPTH} levels"));
            return Err(Failed);
        }
        if self.token.kind != Kind::Open {
            return Err(self.expected("`(`"));
        }
        let (mut items, mut good) = (Vec::new(), true);
        while self.token.kind == Kind::Open {
            let open = self.take().span;
            let level = self.level;
            match self.spec(depth + 1) {
                Ok(item) if self.token.kind == Kind::Close => items.push(item),
                Ok(_) => {
                    self.unclosed(&open);
                    good = false;
                    self.resume(level);
                }
                Err(Failed) => {
                    good = false;
                    self.resume(level);
                }
            }
            if self.token.kind == Kind::Close {
                self.take();
            }
        }
        if good { Ok(Spec::Combined { how, items, span }) } else { Err(Failed) }
    }

    /// After an error: on to the bracket that closes the one of this level.
    fn resume(&mut self, level: usize) {
        while self.token.kind != Kind::End && !(self.token.kind == Kind::Close && self.level <= level) {
            self.take();
        }
    }

    fn relation(&mut self, depth: usize) -> Parsed<Spec> {
        let Kind::Word(written, _) = self.token.kind.clone() else {
            return Err(self.expected("the name of an attribute, `&`, `|` or `+`"));
        };
        let name_span = self.take().span;
        let Kind::Operator(operator) = self.token.kind else {
            let what = format!("`=` after `{}`", shortened(&written));
            return Err(self.expected(&what));
        };
        self.take();
        let values = self.values(depth + 1)?;
        if values.is_empty() && self.syntax == Syntax::Globus {
            if self.is_cut_off() {
                return Err(Failed);
            }
            let (span, _) = self.found();
            let message = format!("`{}` has no value", shortened(&written));
            self.diagnostics.error(span, message).help("write \"\" for an empty one, or leave the attribute out");
            return Err(Failed);
        }
        let span = name_span.start..self.end;
        let name = canonical(&written);
        Ok(Spec::Relation(Relation { name, written, operator, values, name_span, span }))
    }

    fn values(&mut self, depth: usize) -> Parsed<Vec<Value>> {
        let mut values = Vec::new();
        loop {
            match self.token.kind {
                Kind::Open if depth > DEPTH => {
                    let span = self.token.span.clone();
                    self.diagnostics.error(span, format!("the values nest deeper than {DEPTH} levels"));
                    return Err(Failed);
                }
                Kind::Open => {
                    let open = self.take().span;
                    let inside = self.values(depth + 1)?;
                    let close = self.close(&open)?;
                    if inside.is_empty() && self.syntax == Syntax::Globus {
                        self.diagnostics.error(open.start..close, "there is nothing between the brackets");
                        return Err(Failed);
                    }
                    values.push(Value::Sequence(inside, open.start..close));
                }
                Kind::Word(..) | Kind::Dollar => values.push(self.joined(depth)?),
                Kind::Hash => return Err(self.expected("a word before `#`")),
                _ => return Ok(values),
            }
            self.counted()?;
        }
    }

    fn close(&mut self, open: &Range<usize>) -> Parsed<usize> {
        if self.token.kind != Kind::Close {
            self.unclosed(open);
            return Err(Failed);
        }
        Ok(self.take().span.end)
    }

    /// A word or variable, with what is joined to it by `#` or by touching it.
    fn joined(&mut self, depth: usize) -> Parsed<Value> {
        let (first, mut plain) = self.simple(depth)?;
        let mut parts = vec![first];
        loop {
            let next = &self.token;
            let touching = next.touches
                && match (&next.kind, self.syntax) {
                    (Kind::Word(..) | Kind::Dollar, Syntax::Arc) => true,
                    // A quoted word joins nothing by itself.
                    (Kind::Dollar, Syntax::Globus) => plain,
                    (Kind::Word(_, quoted), Syntax::Globus) => {
                        !quoted && matches!(parts.last(), Some(Value::Variable(..)))
                    }
                    _ => false,
                };
            if next.kind == Kind::Hash {
                self.take();
                if !matches!(self.token.kind, Kind::Word(..) | Kind::Dollar) {
                    return Err(self.expected("a word or `$(` after `#`"));
                }
            } else if !touching {
                break;
            }
            self.counted()?;
            let (part, is_plain) = self.simple(depth)?;
            parts.push(part);
            plain = is_plain;
        }
        match parts.len() {
            1 => parts.pop().ok_or(Failed),
            _ => Ok(Value::Joined(parts)),
        }
    }

    /// A word or variable, and whether a `$` that touches it is joined to it.
    fn simple(&mut self, depth: usize) -> Parsed<(Value, bool)> {
        let token = self.take();
        let dollar = match token.kind {
            Kind::Word(text, quoted) => return Ok((Value::Literal(text, token.span), !quoted)),
            _ => token.span,
        };
        if self.token.kind != Kind::Open {
            let (span, found) = self.found();
            self.diagnostics
                .error(span, format!("expected `(` after `$`, found {found}"))
                .help("a variable is written `$(NAME)`; put a dollar sign that is meant as such in quotes");
            return Err(Failed);
        }
        if depth > DEPTH {
            self.diagnostics.error(dollar, format!("the values nest deeper than {DEPTH} levels"));
            return Err(Failed);
        }
        let open = self.take().span;
        let inside = self.values(depth + 1)?;
        let end = self.close(&open)?;
        let span = dollar.start..end;
        let good = match (self.syntax, inside.len()) {
            (Syntax::Globus, 1 | 2) => inside.iter().all(|value| !matches!(value, Value::Sequence(..))),
            (Syntax::Arc, 1) => matches!(inside.first(), Some(Value::Literal(..))),
            _ => false,
        };
        if !good {
            let help = match self.syntax {
                Syntax::Globus => "write `$(NAME)` or `$(NAME default)`",
                Syntax::Arc => "write `$(NAME)`",
            };
            self.diagnostics.error(span, "this is no variable").help(help);
            return Err(Failed);
        }
        Ok((Value::Variable(inside, span), true))
    }
}

/// A word for a message.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_string(),
    }
}
