//! Old ads: one `Name = expression` a line, no brackets; an empty line, or one of stars or dashes, between two ads.

use crate::ad::Ad;
use crate::error::{Fault, ParseError};
use crate::lexer::Syntax;
use crate::name::Name;
use crate::parser::parse_part;

/// Reads old ads. Lines that begin with `#` are comments.
pub fn parse_old_ads(text: &str) -> Result<Vec<Ad>, ParseError> {
    let mut ads = Vec::new();
    let mut attributes = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let from = at;
        at += line.len();
        let body = line.trim();
        if body.starts_with('#') {
            continue;
        }
        if body.is_empty() || body.starts_with("***") || body.starts_with("---") {
            if !attributes.is_empty() {
                ads.push(std::mem::take(&mut attributes).into_iter().collect());
            }
            continue;
        }
        attributes.push(attribute(text, from, line)?);
    }
    if !attributes.is_empty() {
        ads.push(attributes.into_iter().collect());
    }
    Ok(ads)
}

/// Reads one old ad; empty lines in it mean nothing.
pub fn parse_old_ad(text: &str) -> Result<Ad, ParseError> {
    let ads = parse_old_ads(text)?;
    let all = ads.iter().flat_map(|ad| ad.iter().map(|(name, expr)| (name.clone(), expr.clone())));
    Ok(all.collect())
}

fn attribute(text: &str, from: usize, line: &str) -> Result<(Name, crate::Expr), ParseError> {
    let start = from + (line.len() - line.trim_start().len());
    let body = line.trim_start();
    let length = body.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let name = &body[..length];
    let unexpected = |at: usize, expected| {
        let found = match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some('\n') | None => "the end of the line".to_string(),
            Some(letter) => format!("`{letter}`"),
        };
        ParseError::new(at..at, Fault::Unexpected { expected, found })
    };
    if length == 0 || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(unexpected(start, "the name of an attribute"));
    }
    let rest = &body[length..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let at = start + length + blanks;
    if !text[at..].starts_with('=') {
        return Err(unexpected(at, "`=` after the name of the attribute"));
    }
    let end = from + line.trim_end().len();
    Ok((Name::new(name), parse_part(text, at + 1..end, Syntax::Old)?))
}
