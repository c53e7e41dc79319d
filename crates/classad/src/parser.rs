//! From text to expressions and ads: operators by their precedence, nesting bounded.

use crate::ad::Ad;
use crate::error::{Fault, ParseError};
use crate::expr::{BinaryOp, Expr, UnaryOp};
use crate::function::Callee;
use crate::lexer::{Lexer, Syntax, Token};
use crate::name::Name;
use crate::time;
use crate::value::Value;
use std::ops::Range;
use std::sync::Arc;

/// Brackets in brackets and signs before signs; a level takes several frames of the stack.
const MAX_NESTING: usize = 100;

type Parsed<T> = Result<T, ParseError>;

/// Reads one expression, in HTCondor's spelling.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    parse_with(text, Syntax::Condor)
}

/// Reads one expression.
pub fn parse_with(text: &str, syntax: Syntax) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(Lexer::new(text, syntax), text)?;
    let (expr, _) = parser.expression()?;
    parser.finish()?;
    Ok(expr)
}

/// Reads one ad in brackets, in HTCondor's spelling.
pub fn parse_ad(text: &str) -> Result<Ad, ParseError> {
    parse_ad_with(text, Syntax::Condor)
}

/// Reads one ad in brackets.
pub fn parse_ad_with(text: &str, syntax: Syntax) -> Result<Ad, ParseError> {
    let mut parser = Parser::new(Lexer::new(text, syntax), text)?;
    let (ad, _) = parser.ad()?;
    parser.finish()?;
    Ok(ad)
}

/// Reads any number of ads in brackets that follow one another, perhaps between commas and inside braces.
pub fn parse_ads(text: &str) -> Result<Vec<Ad>, ParseError> {
    let mut parser = Parser::new(Lexer::new(text, Syntax::Condor), text)?;
    let mut ads = Vec::new();
    let braces = parser.accept(&Token::OpenBrace)?;
    while parser.token == Token::OpenBracket {
        ads.push(parser.ad()?.0);
        parser.accept(&Token::Comma)?;
    }
    if braces {
        parser.demand(&Token::CloseBrace, "`[` or `}`")?;
    }
    parser.demand(&Token::End, "`[`, the beginning of an ad, or the end")?;
    Ok(ads)
}

/// Reads the expression that begins at a byte of `text` and ends before the byte `end`.
pub(crate) fn parse_part(text: &str, part: Range<usize>, syntax: Syntax) -> Result<Expr, ParseError> {
    let head = text.get(..part.end).unwrap_or(text);
    let mut parser = Parser::new(Lexer::starting_at(head, part.start, syntax), head)?;
    // It is in an ad, though in one without brackets.
    parser.nesting = 1;
    let (expr, _) = parser.expression()?;
    parser.finish()?;
    Ok(expr)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    text: &'a str,
    token: Token,
    span: Range<usize>,
    nesting: usize,
}

/// An expression and how many levels it has.
type Tall = (Expr, usize);

impl<'a> Parser<'a> {
    fn new(mut lexer: Lexer<'a>, text: &'a str) -> Parsed<Self> {
        let (token, span) = lexer.next()?;
        Ok(Self { lexer, text, token, span, nesting: 0 })
    }

    fn advance(&mut self) -> Parsed<Token> {
        let (token, span) = self.lexer.next()?;
        self.span = span;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn accept(&mut self, token: &Token) -> Parsed<bool> {
        let found = self.token == *token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn demand(&mut self, token: &Token, expected: &'static str) -> Parsed<()> {
        if self.accept(token)? { Ok(()) } else { self.unexpected(expected) }
    }

    fn found(&self) -> String {
        self.token.describe(self.text.get(self.span.clone()).unwrap_or_default())
    }

    fn unexpected<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(ParseError::new(self.span.clone(), Fault::Unexpected { expected, found: self.found() }))
    }

    fn finish(&self) -> Parsed<()> {
        match self.token {
            Token::End => Ok(()),
            _ => Err(ParseError::new(self.span.clone(), Fault::Trailing(self.found()))),
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            return Err(ParseError::new(self.span.clone(), Fault::Depth(MAX_NESTING)));
        }
        self.nesting += 1;
        let result = inner(self);
        self.nesting -= 1;
        result
    }

    fn taller(&self, height: usize) -> Parsed<usize> {
        if height >= Expr::MAX_HEIGHT {
            return Err(ParseError::new(self.span.clone(), Fault::Depth(Expr::MAX_HEIGHT)));
        }
        Ok(height + 1)
    }

    fn expression(&mut self) -> Parsed<Tall> {
        let (condition, height) = self.binary(1)?;
        if !self.accept(&Token::Question)? {
            return Ok((condition, height));
        }
        self.nested(|parser| {
            let (yes, first) = parser.expression()?;
            parser.demand(&Token::Colon, "`:` of the choice `? :`")?;
            let (no, second) = parser.expression()?;
            let height = parser.taller(height.max(first).max(second))?;
            Ok((Expr::Ternary(condition.into(), yes.into(), no.into()), height))
        })
    }

    /// Operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Parsed<Tall> {
        let (mut left, mut height) = self.unary()?;
        while let Token::Operator(op) = self.token
            && op.precedence() >= least
            && op != BinaryOp::Elvis
        {
            self.advance()?;
            let (right, second) = self.binary(op.precedence() + 1)?;
            height = self.taller(height.max(second))?;
            left = Expr::Binary(op, left.into(), right.into());
        }
        Ok((left, height))
    }

    fn unary(&mut self) -> Parsed<Tall> {
        let op = match self.token {
            Token::Operator(BinaryOp::Subtract) => UnaryOp::Minus,
            Token::Operator(BinaryOp::Add) => UnaryOp::Plus,
            Token::Not => UnaryOp::Not,
            Token::BitNot => UnaryOp::BitNot,
            _ => return self.postfix(),
        };
        self.advance()?;
        self.nested(|parser| {
            let (operand, height) = parser.unary()?;
            Ok((Expr::Unary(op, operand.into()), parser.taller(height)?))
        })
    }

    fn postfix(&mut self) -> Parsed<Tall> {
        let (mut expr, mut height) = self.primary()?;
        loop {
            let inner = match self.token {
                Token::OpenBracket => {
                    self.advance()?;
                    let (index, inner) = self.nested(Self::expression)?;
                    self.demand(&Token::CloseBracket, "`]` after the index")?;
                    expr = Expr::Subscript(expr.into(), index.into());
                    inner
                }
                Token::Operator(BinaryOp::Elvis) => {
                    self.advance()?;
                    let (default, inner) = self.nested(Self::postfix)?;
                    expr = Expr::Binary(BinaryOp::Elvis, expr.into(), default.into());
                    inner
                }
                Token::Point => {
                    self.advance()?;
                    let name = self.identifier("the name of an attribute after `.`")?;
                    expr = Expr::Attribute { base: Some(expr.into()), absolute: false, name };
                    0
                }
                _ => return Ok((expr, height)),
            };
            height = self.taller(height.max(inner))?;
        }
    }

    fn identifier(&mut self, expected: &'static str) -> Parsed<Name> {
        match &self.token {
            Token::Identifier(text) => {
                let name = Name::new(text);
                self.advance()?;
                Ok(name)
            }
            _ => self.unexpected(expected),
        }
    }

    fn primary(&mut self) -> Parsed<Tall> {
        let value = match &self.token {
            Token::Integer(value) => Value::Integer(*value),
            Token::Real(value) => Value::Real(*value),
            Token::String(text) => Value::string(text),
            Token::True => Value::Boolean(true),
            Token::False => Value::Boolean(false),
            Token::Undefined => Value::Undefined,
            Token::Error => Value::Error,
            Token::Identifier(_) => return self.named(),
            Token::Point => {
                self.advance()?;
                let name = self.identifier("the name of an attribute after `.`")?;
                return Ok((Expr::Attribute { base: None, absolute: true, name }, 1));
            }
            Token::OpenParen => {
                self.advance()?;
                let (inner, height) = self.nested(Self::expression)?;
                self.demand(&Token::CloseParen, "an operator or `)`")?;
                return Ok((Expr::Parens(inner.into()), self.taller(height)?));
            }
            Token::OpenBracket => {
                let (ad, height) = self.ad()?;
                return Ok((Expr::Ad(Arc::new(ad)), self.taller(height)?));
            }
            Token::OpenBrace => {
                self.advance()?;
                let (items, height) = self.sequence(&Token::CloseBrace, "an operator, `,` or `}`")?;
                return Ok((Expr::List(items.into()), self.taller(height)?));
            }
            _ => return self.unexpected("a value, a name or a bracket"),
        };
        self.advance()?;
        Ok((Expr::Literal(value), 1))
    }

    /// An attribute, or the call of a function.
    fn named(&mut self) -> Parsed<Tall> {
        let name = self.identifier("a name")?;
        if self.token != Token::OpenParen {
            return Ok((Expr::Attribute { base: None, absolute: false, name }, 1));
        }
        self.advance()?;
        let from = self.span.start;
        let (arguments, height) = self.sequence(&Token::CloseParen, "an operator, `,` or `)`")?;
        // A time that is written out is a literal, and a text that is none is refused here.
        if let [Expr::Literal(Value::String(text))] = &*arguments {
            let bad = || ParseError::new(from..from + text.len() + 2, Fault::Time(text.to_string()));
            match name.key() {
                "reltime" => {
                    let seconds = time::read_relative(text).ok_or_else(bad)?;
                    return Ok((Expr::Literal(Value::RelTime(seconds)), 1));
                }
                "abstime" => {
                    time::read_absolute(text, Some(0)).ok_or_else(bad)?;
                    // Without a time zone of its own it is told in the one of the evaluation.
                    if let Some((seconds, offset)) = time::read_absolute(text, None) {
                        return Ok((Expr::Literal(Value::AbsTime { seconds, offset }), 1));
                    }
                }
                _ => {}
            }
        }
        Ok((Expr::Call(Callee::new(name), arguments), self.taller(height)?))
    }

    /// Expressions up to a closing bracket.
    fn sequence(&mut self, close: &Token, expected: &'static str) -> Parsed<(Vec<Expr>, usize)> {
        let mut items = Vec::new();
        let mut height = 0;
        if self.accept(close)? {
            return Ok((items, height));
        }
        loop {
            let (item, inner) = self.nested(Self::expression)?;
            height = height.max(inner);
            items.push(item);
            let arguments = *close == Token::CloseParen;
            if self.accept(&Token::Comma)? || arguments && self.accept(&Token::Semicolon)? {
                continue;
            }
            self.demand(close, expected)?;
            return Ok((items, height));
        }
    }

    fn ad(&mut self) -> Parsed<(Ad, usize)> {
        self.demand(&Token::OpenBracket, "`[`, the beginning of an ad")?;
        let mut attributes = Vec::new();
        let mut height = 0;
        loop {
            while self.accept(&Token::Semicolon)? {}
            if self.accept(&Token::CloseBracket)? {
                return Ok((attributes.into_iter().collect(), height));
            }
            let name = self.identifier("the name of an attribute or `]`")?;
            self.demand(&Token::Assign, "`=` after the name of the attribute")?;
            let (expr, inner) = self.nested(Self::expression)?;
            height = height.max(inner);
            attributes.push((name, expr));
            if !matches!(self.token, Token::Semicolon | Token::CloseBracket) {
                return self.unexpected("an operator, `;` or `]`");
            }
        }
    }
}
