//! The tokens of expressions and ads.

use crate::error::{Fault, ParseError};
use crate::expr::BinaryOp;
use std::ops::Range;

/// Which spelling of the language a text is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// Ads in brackets as HTCondor reads them: integers are decimal, and one that begins with a zero is refused.
    #[default]
    Condor,
    /// Ads in brackets as the language was defined: integers may also be octal (`017`) and hexadecimal (`0x1f`).
    New,
    /// One attribute a line, and in strings a backslash is only itself, except before a quotation mark.
    Old,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Integer(i64),
    Real(f64),
    String(String),
    Identifier(String),
    True,
    False,
    Undefined,
    Error,
    /// An operator with two operands; `-` and `+` may turn out to have one.
    Operator(BinaryOp),
    Not,
    BitNot,
    Point,
    Assign,
    Question,
    Colon,
    Semicolon,
    Comma,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenBrace,
    CloseBrace,
    End,
}

impl Token {
    /// For messages.
    pub(crate) fn describe(&self, source: &str) -> String {
        match self {
            Self::End => "the end".into(),
            _ if source.chars().count() > 24 => format!("`{}…`", source.chars().take(24).collect::<String>()),
            _ => format!("`{source}`"),
        }
    }

    /// Whether a `-` after it must be an operator.
    fn ends_operand(&self) -> bool {
        matches!(
            self,
            Self::Integer(_)
                | Self::Real(_)
                | Self::String(_)
                | Self::Identifier(_)
                | Self::True
                | Self::False
                | Self::Undefined
                | Self::Error
                | Self::Point
                | Self::CloseBracket
                | Self::CloseParen
                | Self::CloseBrace
        )
    }
}

pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    syntax: Syntax,
    /// Whether the token before ended an operand.
    after_operand: bool,
}

type Lexed<T> = Result<T, ParseError>;

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, syntax: Syntax) -> Self {
        Self { text, at: 0, syntax, after_operand: false }
    }

    /// Begins at a byte of the text.
    pub(crate) fn starting_at(text: &'a str, at: usize, syntax: Syntax) -> Self {
        Self { text, at, syntax, after_operand: false }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn fault<T>(&self, from: usize, kind: Fault) -> Lexed<T> {
        Err(ParseError::new(from..self.at.min(self.text.len()), kind))
    }

    pub(crate) fn next(&mut self) -> Lexed<(Token, Range<usize>)> {
        self.skip_blanks()?;
        let from = self.at;
        let token = self.token()?;
        self.after_operand = token.ends_operand();
        Ok((token, from..self.at))
    }

    fn skip_blanks(&mut self) -> Lexed<()> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (b' ' | b'\t'..=b'\r', _) => self.at += 1,
                (b'/', b'/') => {
                    let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                    self.at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                }
                (b'/', b'*') => {
                    let from = self.at;
                    let rest = self.text.get(self.at + 2..).unwrap_or_default();
                    match rest.find("*/") {
                        Some(end) => self.at += end + 4,
                        None => return self.fault(from, Fault::Comment),
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn token(&mut self) -> Lexed<Token> {
        if self.at >= self.text.len() {
            return Ok(Token::End);
        }
        let (byte, next) = (self.byte(0), self.byte(1));
        let number_after = |at: usize| {
            let first = self.byte(at);
            first.is_ascii_digit() || first == b'.' && self.byte(at + 1).is_ascii_digit()
        };
        match byte {
            b'-' if !self.after_operand && number_after(1) => self.number(),
            b'0'..=b'9' => self.number(),
            b'.' if next.is_ascii_digit() => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Ok(self.word()),
            b'"' => Ok(Token::String(self.quoted(b'"')?)),
            b'\'' => Ok(Token::Identifier(self.quoted(b'\'')?)),
            _ => self.punctuation(),
        }
    }

    fn word(&mut self) -> Token {
        let from = self.at;
        while self.byte(0).is_ascii_alphanumeric() || self.byte(0) == b'_' {
            self.at += 1;
        }
        let word = &self.text[from..self.at];
        match word.to_ascii_lowercase().as_str() {
            "true" => Token::True,
            "false" => Token::False,
            "undefined" => Token::Undefined,
            "error" => Token::Error,
            "is" => Token::Operator(BinaryOp::Is),
            "isnt" => Token::Operator(BinaryOp::Isnt),
            _ => Token::Identifier(word.to_string()),
        }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.byte(0).is_ascii_digit() {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Lexed<Token> {
        let from = self.at;
        let negative = self.byte(0) == b'-';
        self.at += usize::from(negative);
        let start = self.at;
        if self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X') {
            return self.hexadecimal(from, negative);
        }
        let whole = self.digits();
        let mut real = false;
        if self.byte(0) == b'.' {
            self.at += 1;
            real = true;
            if self.digits() == 0 {
                return self.fault(from, Fault::Number("digits are missing after the point"));
            }
        }
        if matches!(self.byte(0), b'e' | b'E') {
            self.at += 1;
            real = true;
            self.at += usize::from(matches!(self.byte(0), b'+' | b'-'));
            if self.digits() == 0 {
                return self.fault(from, Fault::Number("digits are missing after `e`"));
            }
        }
        let text = &self.text[from..self.at];
        if real {
            return match text.parse() {
                Ok(value) => Ok(Token::Real(value)),
                Err(_) => self.fault(from, Fault::Number("it has no value")),
            };
        }
        if whole > 1 && self.text[start..].starts_with('0') {
            // HTCondor lets such an integer pass if it is negative, as a decimal one.
            if self.syntax != Syntax::New && !negative {
                let why = "an integer that begins with a zero is octal in some programs and decimal in others";
                return self.fault(from, Fault::Number(why));
            }
            if self.syntax == Syntax::New {
                return self.radix(from, start + 1, 8, negative);
            }
        }
        match text.parse() {
            Ok(value) => Ok(Token::Integer(value)),
            Err(_) => self.fault(from, Fault::Range),
        }
    }

    fn hexadecimal(&mut self, from: usize, negative: bool) -> Lexed<Token> {
        self.at += 2;
        let digits = self.at;
        while self.byte(0).is_ascii_hexdigit() {
            self.at += 1;
        }
        if self.syntax != Syntax::New {
            return self.fault(from, Fault::Number("HTCondor reads no hexadecimal integers"));
        }
        self.radix(from, digits, 16, negative)
    }

    fn radix(&self, from: usize, digits: usize, radix: u32, negative: bool) -> Lexed<Token> {
        let digits = &self.text[digits..self.at];
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return self.fault(from, Fault::Number("a digit is wrong or missing"));
        }
        match i64::from_str_radix(digits, radix) {
            Ok(value) => Ok(Token::Integer(if negative { -value } else { value })),
            Err(_) => self.fault(from, Fault::Range),
        }
    }

    /// Between quotation marks; literals that follow one another are one.
    fn quoted(&mut self, mark: u8) -> Lexed<String> {
        let from = self.at;
        let mut bytes = Vec::new();
        self.at += 1;
        loop {
            match self.byte(0) {
                _ if self.at >= self.text.len() => return self.fault(from, Fault::Unclosed),
                byte if byte == mark => {
                    self.at += 1;
                    let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t'..=b'\r')).count();
                    if self.syntax == Syntax::Old || self.byte(blanks) != mark {
                        break;
                    }
                    self.at += blanks + 1;
                }
                b'\\' if self.syntax == Syntax::Old => self.old_backslash(mark, &mut bytes),
                b'\\' => self.escape(from, &mut bytes)?,
                // Printed as `\000`, which nobody may write.
                0 => return self.fault(from, Fault::Nul),
                byte => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    /// `\"` is a quotation mark, unless the text ends after it: then the string ends with a backslash.
    fn old_backslash(&mut self, mark: u8, bytes: &mut Vec<u8>) {
        self.at += 1;
        let last = self.at + 1 >= self.text.len() || self.byte(1) == b'\n';
        if self.byte(0) == mark && !last {
            bytes.push(mark);
            self.at += 1;
        } else {
            bytes.push(b'\\');
        }
    }

    fn escape(&mut self, from: usize, bytes: &mut Vec<u8>) -> Lexed<()> {
        let byte = self.byte(1);
        self.at += 2;
        bytes.push(match byte {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'0'..=b'7' => {
                let mut value = byte - b'0';
                for _ in 0..2 {
                    let next = self.byte(0);
                    if !matches!(next, b'0'..=b'7') || value >= 0o40 {
                        break;
                    }
                    value = (value << 3) | (next - b'0');
                    self.at += 1;
                }
                if value == 0 {
                    return self.fault(from, Fault::Nul);
                }
                value
            }
            _ if self.at > self.text.len() => return self.fault(from, Fault::Unclosed),
            0 => return self.fault(from, Fault::Nul),
            other => other,
        });
        Ok(())
    }

    fn punctuation(&mut self) -> Lexed<Token> {
        use BinaryOp as B;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        // Longer ones first.
        const TABLE: [(&[u8], Token); 35] = [
            (b"=?=", Token::Operator(B::Is)),
            (b"=!=", Token::Operator(B::Isnt)),
            (b">>>", Token::Operator(B::ShiftRightUnsigned)),
            (b"==", Token::Operator(B::Equal)),
            (b"!=", Token::Operator(B::NotEqual)),
            (b"<=", Token::Operator(B::LessEqual)),
            (b">=", Token::Operator(B::GreaterEqual)),
            (b"<<", Token::Operator(B::ShiftLeft)),
            (b">>", Token::Operator(B::ShiftRight)),
            (b"&&", Token::Operator(B::And)),
            (b"||", Token::Operator(B::Or)),
            (b"<", Token::Operator(B::Less)),
            (b">", Token::Operator(B::Greater)),
            (b"&", Token::Operator(B::BitAnd)),
            (b"|", Token::Operator(B::BitOr)),
            (b"^", Token::Operator(B::BitXor)),
            (b"+", Token::Operator(B::Add)),
            (b"-", Token::Operator(B::Subtract)),
            (b"*", Token::Operator(B::Multiply)),
            (b"/", Token::Operator(B::Divide)),
            (b"%", Token::Operator(B::Modulus)),
            (b"=", Token::Assign),
            (b"!", Token::Not),
            (b"~", Token::BitNot),
            (b".", Token::Point),
            (b"?", Token::Question),
            (b":", Token::Colon),
            (b";", Token::Semicolon),
            (b",", Token::Comma),
            (b"[", Token::OpenBracket),
            (b"]", Token::CloseBracket),
            (b"(", Token::OpenParen),
            (b")", Token::CloseParen),
            (b"{", Token::OpenBrace),
            (b"}", Token::CloseBrace),
        ];
        let from = self.at;
        let Some((spelling, token)) = TABLE.iter().find(|(spelling, _)| rest.starts_with(spelling)) else {
            let letter = self.text[from..].chars().next().unwrap_or(' ');
            self.at += letter.len_utf8();
            return self.fault(from, Fault::Character(letter));
        };
        self.at += spelling.len();
        if *token == Token::Question {
            let blanks = rest[1..].iter().take_while(|b| matches!(b, b' ' | b'\t'..=b'\r')).count();
            if self.byte(blanks) == b':' {
                self.at += blanks + 1;
                return Ok(Token::Operator(B::Elvis));
            }
        }
        Ok(token.clone())
    }
}
