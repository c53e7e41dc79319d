//! What operators make of values. Those of strict operators that are undefined or errors never get here.

use crate::expr::{BinaryOp, UnaryOp};
use crate::number;
use crate::value::Value;
use std::cmp::Ordering;

/// The value if the left operand alone decides it.
pub(crate) fn short_circuit(op: BinaryOp, left: &Value) -> Option<Value> {
    match op {
        BinaryOp::Or if left.truth() == Some(true) => Some(Value::Boolean(true)),
        BinaryOp::And if left.truth() == Some(false) => Some(Value::Boolean(false)),
        BinaryOp::Or | BinaryOp::And if left.is_error() => Some(Value::Error),
        BinaryOp::Elvis if !left.is_undefined() => Some(left.clone()),
        _ => None,
    }
}

/// An operator with two operands, both evaluated.
pub(crate) fn binary(op: BinaryOp, left: &Value, right: &Value) -> Value {
    match op {
        BinaryOp::Elvis => if left.is_undefined() { right } else { left }.clone(),
        BinaryOp::Is => identical(left, right).map_or(Value::Error, Value::Boolean),
        BinaryOp::Isnt => identical(left, right).map_or(Value::Error, |same| Value::Boolean(!same)),
        BinaryOp::And => logical(left, right, false),
        BinaryOp::Or => logical(left, right, true),
        _ if left.is_error() || right.is_error() => Value::Error,
        _ if left.is_undefined() || right.is_undefined() => Value::Undefined,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => compare(op, left, right),
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulus => {
            arithmetic(op, left, right)
        }
        _ => bits(op, left, right),
    }
}

/// An operator with one operand.
pub(crate) fn unary(op: UnaryOp, operand: &Value) -> Value {
    match (op, operand) {
        (_, Value::Undefined | Value::Error) => operand.clone(),
        (UnaryOp::Plus, Value::Integer(_) | Value::Real(_) | Value::RelTime(_)) => operand.clone(),
        (UnaryOp::Minus, Value::Integer(i)) => Value::Integer(i.wrapping_neg()),
        (UnaryOp::Minus, Value::Real(r)) => Value::Real(-r),
        (UnaryOp::Minus, Value::RelTime(t)) => Value::RelTime(-t),
        (UnaryOp::BitNot, Value::Integer(i)) => Value::Integer(!i),
        (UnaryOp::Not, other) => other.truth().map_or(Value::Error, |b| Value::Boolean(!b)),
        _ => Value::Error,
    }
}

/// `&&` and `||`, where `decisive` is the value that decides alone.
fn logical(left: &Value, right: &Value, decisive: bool) -> Value {
    let side = |value: &Value| match value {
        Value::Undefined => Ok(None),
        other => other.truth().map(Some).ok_or(()),
    };
    match (side(left), side(right)) {
        (Ok(Some(a)), _) if a == decisive => Value::Boolean(decisive),
        (Err(()), _) | (_, Err(())) => Value::Error,
        (Ok(Some(_)), Ok(b)) => b.map_or(Value::Undefined, Value::Boolean),
        (Ok(None), Ok(Some(b))) if b == decisive => Value::Boolean(decisive),
        (Ok(None), Ok(_)) => Value::Undefined,
    }
}

/// `=?=`: the same type and the same value; `None` for two lists or ads, which cannot be compared. HTCondor has two
/// types of lists.
fn identical(left: &Value, right: &Value) -> Option<bool> {
    Some(match (left, right) {
        (Value::List(a), Value::List(b)) if a.made != b.made => false,
        (Value::List(_), Value::List(_)) | (Value::Ad(_), Value::Ad(_)) => return None,
        (Value::Undefined, Value::Undefined) | (Value::Error, Value::Error) => true,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::Integer(a), Value::Integer(b)) => a == b,
        (Value::Real(a), Value::Real(b)) | (Value::RelTime(a), Value::RelTime(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::AbsTime { seconds: a, offset: c }, Value::AbsTime { seconds: b, offset: d }) => a == b && c == d,
        _ => false,
    })
}

/// Texts without regard to the case of ASCII letters, byte by byte.
pub(crate) fn order_ignoring_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|x| x.to_ascii_lowercase()).cmp(b.bytes().map(|x| x.to_ascii_lowercase()))
}

fn compare(op: BinaryOp, left: &Value, right: &Value) -> Value {
    // Booleans count as integers here; what cannot be ordered is NaN.
    let order = match (left, right) {
        (Value::String(a), Value::String(b)) => Some(order_ignoring_case(a, b)),
        (Value::AbsTime { seconds: a, .. }, Value::AbsTime { seconds: b, .. }) => Some(a.cmp(b)),
        (Value::RelTime(a), Value::RelTime(b)) => a.partial_cmp(b),
        _ => match (whole(left), whole(right)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => match (left.as_number(), right.as_number()) {
                (Some(a), Some(b)) => a.partial_cmp(&b),
                _ => return Value::Error,
            },
        },
    };
    Value::Boolean(match op {
        BinaryOp::Equal => order == Some(Ordering::Equal),
        BinaryOp::NotEqual => order != Some(Ordering::Equal),
        BinaryOp::Less => order == Some(Ordering::Less),
        BinaryOp::LessEqual => order.is_some_and(Ordering::is_le),
        BinaryOp::Greater => order == Some(Ordering::Greater),
        _ => order.is_some_and(Ordering::is_ge),
    })
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(i) => Some(*i),
        Value::Boolean(b) => Some(i64::from(*b)),
        _ => None,
    }
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Value {
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        return Value::Integer(match op {
            BinaryOp::Add => a.wrapping_add(b),
            BinaryOp::Subtract => a.wrapping_sub(b),
            BinaryOp::Multiply => a.wrapping_mul(b),
            _ if b == 0 => return Value::Error,
            // The one quotient that does not fit is the greatest integer.
            BinaryOp::Divide => a.checked_div(b).unwrap_or(i64::MAX),
            _ => a.wrapping_rem(b),
        });
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        return times(op, left, right);
    };
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        _ => return Value::Error,
    };
    if result == f64::INFINITY { Value::Error } else { Value::Real(result) }
}

fn times(op: BinaryOp, left: &Value, right: &Value) -> Value {
    use BinaryOp::{Add, Divide, Multiply, Subtract};
    // A boolean is a number for numbers, but not for times.
    let factor = |value: &Value| match value {
        Value::Integer(i) => Some(*i as f64),
        Value::Real(r) => Some(*r),
        _ => None,
    };
    match (op, left, right) {
        (Add, Value::AbsTime { seconds, offset }, Value::RelTime(span))
        | (Add, Value::RelTime(span), Value::AbsTime { seconds, offset }) => {
            Value::AbsTime { seconds: seconds.wrapping_add(number::truncate(*span)), offset: *offset }
        }
        (Subtract, Value::AbsTime { seconds, offset }, Value::RelTime(span)) => {
            Value::AbsTime { seconds: seconds.wrapping_sub(number::truncate(*span)), offset: *offset }
        }
        (Subtract, Value::AbsTime { seconds: a, .. }, Value::AbsTime { seconds: b, .. }) => {
            Value::RelTime(a.wrapping_sub(*b) as f64)
        }
        (Add, Value::RelTime(a), Value::RelTime(b)) => Value::RelTime(a + b),
        (Subtract, Value::RelTime(a), Value::RelTime(b)) => Value::RelTime(a - b),
        (Multiply, Value::RelTime(span), other) | (Multiply, other, Value::RelTime(span)) => {
            factor(other).map_or(Value::Error, |f| Value::RelTime(span * f))
        }
        (Divide, Value::RelTime(span), other) => factor(other).map_or(Value::Error, |f| Value::RelTime(span / f)),
        _ => Value::Error,
    }
}

fn bits(op: BinaryOp, left: &Value, right: &Value) -> Value {
    let (Value::Integer(a), Value::Integer(b)) = (left, right) else { return Value::Error };
    // Shifts take the low six bits of the distance, as x86-64 does.
    let by = |distance: i64| (distance & 63) as u32;
    Value::Integer(match op {
        BinaryOp::BitAnd => a & b,
        BinaryOp::BitOr => a | b,
        BinaryOp::BitXor => a ^ b,
        BinaryOp::ShiftLeft => a << by(*b),
        BinaryOp::ShiftRight if *a < 0 => a >> (*b).clamp(0, 63),
        BinaryOp::ShiftRight => a >> by(*b),
        _ if *a >= 0 => a >> by(*b),
        // Of a negative number HTCondor shifts by one, then by the rest.
        _ => ((a >> 1) & i64::MAX) >> by(b.wrapping_sub(1)),
    })
}
