//! Writing JSON: strict, indented, lists of short values on one line.

use super::{Kind, Value};

/// How long a list on one line may be.
const WIDTH: usize = 100;

/// The document, indented by two blanks, with a line break at its end.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

/// The value on one line, as short as possible.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    line(value, "", &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match &value.kind {
        Kind::List(items) if !items.is_empty() => {
            if items.iter().all(is_scalar) {
                let mut short = String::new();
                line(value, " ", &mut short);
                if short.len() <= WIDTH {
                    return out.push_str(&short);
                }
            }
            out.push_str("[\n");
            for (position, item) in items.iter().enumerate() {
                indent(depth + 1, out);
                match short(item) {
                    Some(short) => out.push_str(&short),
                    None => write(item, depth + 1, out),
                }
                out.push_str(if position + 1 < items.len() { ",\n" } else { "\n" });
            }
            indent(depth, out);
            out.push(']');
        }
        Kind::Object(members) if !members.is_empty() => {
            out.push_str("{\n");
            for (position, member) in members.iter().enumerate() {
                indent(depth + 1, out);
                quoted(&member.name, out);
                out.push_str(": ");
                write(&member.value, depth + 1, out);
                out.push_str(if position + 1 < members.len() { ",\n" } else { "\n" });
            }
            indent(depth, out);
            out.push('}');
        }
        _ => line(value, "", out),
    }
}

/// An object of a few plain members on one line.
fn short(value: &Value) -> Option<String> {
    let plain = |m: &super::Member| is_scalar(&m.value);
    let members = value.members().filter(|members| !members.is_empty() && members.iter().all(plain))?;
    let mut short = String::from("{ ");
    for (position, member) in members.iter().enumerate() {
        short.push_str(if position > 0 { ", " } else { "" });
        quoted(&member.name, &mut short);
        short.push_str(": ");
        line(&member.value, "", &mut short);
    }
    short.push_str(" }");
    (short.len() <= WIDTH).then_some(short)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value.kind, Kind::List(_) | Kind::Object(_))
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The value on one line, with `blank` after commas.
fn line(value: &Value, blank: &str, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => out.push_str(number),
        Kind::Text(text) => quoted(text, out),
        Kind::List(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                    out.push_str(blank);
                }
                line(item, blank, out);
            }
            out.push(']');
        }
        Kind::Object(members) => {
            out.push('{');
            for (position, member) in members.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                    out.push_str(blank);
                }
                quoted(&member.name, out);
                out.push(':');
                out.push_str(blank);
                line(&member.value, blank, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Diagnostics;
    use crate::json::{Dialect, read};

    fn both(text: &str, dialect: Dialect) -> Result<String, Vec<String>> {
        let mut diagnostics = Diagnostics::default();
        let value = read(text, dialect, &mut diagnostics);
        value.filter(|_| !diagnostics.failed()).map(|value| compact(&value)).ok_or_else(|| {
            let messages = diagnostics.finish(text).into_iter().map(|d| d.message);
            messages.collect()
        })
    }

    #[test]
    fn relaxed_words_run_to_a_separator() {
        let text = "{ # note\n Name: my own job, Site = HERE;\n 'a b': [x, 12h, 1.0,\n -3e2, TRUE,], // end\n \
                    to: https://h:1/p//q, c: ${A} ${B}x,\n mail: a#b # c\n}";
        let expect = "{\"Name\":\"my own job\",\"Site\":\"HERE\",\"a b\":[\"x\",\"12h\",1.0,-3e2,true],\
                      \"to\":\"https://h:1/p//q\",\"c\":\"${A} ${B}x\",\"mail\":\"a#b\"}";
        assert_eq!(both(text, Dialect::Relaxed).as_deref(), Ok(expect));
    }

    #[test]
    fn strict_is_strict() {
        let good = "{\"a\": [1, 2.50, -0, \"\\u00e9\\ud83d\\ude00\\n\"], \"b\": {}, \"c\": null}";
        assert_eq!(both(good, Dialect::Strict).as_deref(), Ok("{\"a\":[1,2.50,-0,\"é😀\\n\"],\"b\":{},\"c\":null}"));
        for (text, message) in [
            ("{\"a\": 1,}", "a comma before `}`"),
            ("{a: 1}", "expected a name in quotes, found `a`"),
            ("{\"a\": tru}", "a needs a value, found `tru`"),
            ("{\"a\": 01}", "a needs a value, found `01`"),
            ("{\"a\": \"\\x\"}", "this escape stands for no character"),
            ("{\"a\": \"\\ud800\"}", "this escape stands for no character"),
            ("[1 2]", "expected `,` or `]` after a value, found `2`"),
            ("[1", "this bracket is not closed: the text ends before `]`"),
            ("{\"a\" 1}", "expected `:` after the name `a`, found `1`"),
            ("{} {}", "there is more text after the end of the document"),
            ("// x\n{}", "JSON has no comments"),
            ("", "the document needs a value, found the end of the text"),
        ] {
            assert_eq!(both(text, Dialect::Strict), Err(vec![message.to_string()]), "{text}");
        }
        let deep = "[".repeat(5000);
        assert_eq!(both(&deep, Dialect::Strict), Err(vec!["values lie more than 100 deep in each other".into()]));
    }

    #[test]
    fn names_are_given_once() {
        assert_eq!(both("{a: 1, a: 2}", Dialect::Relaxed), Err(vec!["`a` is given twice".into()]));
        assert_eq!(both("{\"a\": 1, \"a\": 2}", Dialect::Strict).as_deref(), Ok("{\"a\":2}"));
    }
}
