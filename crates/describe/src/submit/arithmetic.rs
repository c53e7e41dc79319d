//! Integer arithmetic with symbols in it, in an expression of the ClassAd language.

use super::symbol::{Symbol, Symbols};
use pelago_classad::{BinaryOp, Expr as Ad, UnaryOp, Value, parse};
use pelago_job::{Expr, ParamNo};

/// The arithmetic of a text, if it has nothing else in it. Symbols count that `whole` says are integers.
pub(super) fn read(text: &str, symbols: &Symbols, whole: &dyn Fn(&Symbol) -> bool) -> Option<Expr> {
    // Symbols become attribute names, which the parser knows.
    let mut plain = String::new();
    for c in text.chars() {
        match symbols.of(c) {
            Some((number, symbol)) if whole(symbol) => plain.push_str(&format!(" s_{} ", number.0)),
            Some(_) => return None,
            None => plain.push(c),
        }
    }
    lower(&parse(&plain).ok()?)
}

fn lower(expr: &Ad) -> Option<Expr> {
    let both = |a: &Ad, b: &Ad| Some((Box::new(lower(a)?), Box::new(lower(b)?)));
    match expr {
        Ad::Literal(Value::Integer(number)) => Some(Expr::Int(*number)),
        Ad::Parens(inner) => lower(inner),
        Ad::Unary(UnaryOp::Minus, inner) => match lower(inner)? {
            Expr::Int(number) => Some(Expr::Int(number.checked_neg()?)),
            other => Some(Expr::Neg(Box::new(other))),
        },
        Ad::Unary(UnaryOp::Plus, inner) => lower(inner),
        Ad::Binary(op, a, b) => {
            let (a, b) = both(a, b)?;
            match op {
                BinaryOp::Add => Some(Expr::Add(a, b)),
                BinaryOp::Subtract => Some(Expr::Sub(a, b)),
                BinaryOp::Multiply => Some(Expr::Mul(a, b)),
                BinaryOp::Divide => Some(Expr::Div(a, b)),
                BinaryOp::Modulus => Some(Expr::Rem(a, b)),
                _ => None,
            }
        }
        other => {
            let text = other.to_string();
            Some(Expr::Param(ParamNo(text.strip_prefix("s_")?.parse().ok()?)))
        }
    }
}

/// Factor and offset, where the expression is `offset + factor * Process`.
pub(super) fn linear(expr: &Expr, symbols: &Symbols) -> Option<(i64, i64)> {
    match expr {
        Expr::Int(number) => Some((0, *number)),
        Expr::Param(number) => matches!(symbols.get(*number)?, Symbol::Process).then_some((1, 0)),
        Expr::Neg(a) => {
            let (factor, offset) = linear(a, symbols)?;
            Some((factor.checked_neg()?, offset.checked_neg()?))
        }
        Expr::Add(a, b) => {
            let (a, b) = (linear(a, symbols)?, linear(b, symbols)?);
            Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?))
        }
        Expr::Sub(a, b) => {
            let (a, b) = (linear(a, symbols)?, linear(b, symbols)?);
            Some((a.0.checked_sub(b.0)?, a.1.checked_sub(b.1)?))
        }
        Expr::Mul(a, b) => match (linear(a, symbols)?, linear(b, symbols)?) {
            ((0, by), (factor, offset)) | ((factor, offset), (0, by)) => {
                Some((factor.checked_mul(by)?, offset.checked_mul(by)?))
            }
            _ => None,
        },
        Expr::Prev(_) | Expr::Div(..) | Expr::Rem(..) => None,
    }
}
