//! Input that wants to do harm: mutated texts, deep nesting, long chains, attributes that lead on and on.

mod entry;

use pelago_classad::{Context, Evaluation, Failure, Name, Value, evaluate, parse, parse_ad};
use std::sync::Arc;

const SEEDS: [&str; 3] =
    [include_str!("seeds/expressions.txt"), include_str!("seeds/ads.txt"), include_str!("seeds/old.txt")];

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn seeds_hold_as_they_are() {
    for seed in SEEDS {
        entry::check(seed.as_bytes());
    }
    let lines = SEEDS[0].lines().map(|line| parse(line).map_err(|e| format!("{line}: {e}")));
    assert_eq!(lines.filter_map(Result::err).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn mutated_texts_hold() {
    let mut chance = Chance(1);
    let marks: &[u8] = b"()[]{}.,;:?=!<>&|^~+-*/%\"'\\ \n\t0189axeE_";
    let lines: Vec<&str> = SEEDS.iter().flat_map(|seed| seed.lines().chain([*seed])).collect();
    for _ in 0..8000 {
        let mut text = lines[chance.below(lines.len())].as_bytes().to_vec();
        for _ in 0..1 + chance.below(4) {
            let at = chance.below(text.len());
            match chance.below(5) {
                0 => drop(text.drain(at..(at + chance.below(6)).min(text.len()))),
                1 => text.insert(at, marks[chance.below(marks.len())]),
                2 if at < text.len() => text[at] = marks[chance.below(marks.len())],
                3 => {
                    let end = (at + chance.below(20)).min(text.len());
                    let part = text[at..end].to_vec();
                    let to = chance.below(text.len());
                    text.splice(to..to, part);
                }
                _ => {
                    let other = lines[chance.below(lines.len())].as_bytes();
                    let from = chance.below(other.len());
                    let end = (from + chance.below(30)).min(other.len());
                    text.splice(at..at, other[from..end].iter().copied());
                }
            }
        }
        entry::check(&text);
    }
}

/// It would be printed as `\000`, which is an error.
#[test]
fn nul_is_in_no_string() {
    for text in ["\"a\0\"", "'a\0'", "\"\\0\"", "\"\\\0\"", "x =?= \"\0\""] {
        assert!(pelago_classad::parse(text).is_err(), "{text:?}");
        entry::check(text.as_bytes());
    }
}

#[test]
fn what_an_old_ad_takes_fits_into_brackets() {
    for many in (90..110).chain(990..1010) {
        for text in [format!("a = {}b", "+".repeat(many)), format!("a = {}1", "1 - ".repeat(many))] {
            entry::check(text.as_bytes());
        }
    }
}

#[test]
fn functions_of_any_name_read_back() {
    for text in ["''()", "'a b'(1, x)", "'is'(2)", "strcat('a', b)"] {
        assert!(pelago_classad::parse(text).is_ok(), "{text:?}");
        entry::check(text.as_bytes());
    }
}

#[test]
fn nesting_is_bounded() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("[a=", "1", "]"),
        ("-", "a", ""),
        ("! ", "a", ""),
        ("f(", "1", ")"),
        ("a[", "1", "]"),
        ("a ?: ", "1", ""),
        ("a ? ", "1", " : 2"),
        ("a ? 1 : ", "2", ""),
        ("(-{[a=f(", "1", ")]})"),
    ] {
        for depth in [5, 20, 90, 1000, 100_000] {
            let text = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let read = parse(&text);
            let levels = if open.starts_with("(-") { 5 } else { 1 };
            assert_eq!(read.is_ok(), depth * levels <= 100, "{open} {depth}");
            entry::check(text.as_bytes());
        }
    }
}

#[test]
fn chains_are_long_but_bounded() {
    for (link, value) in [(" + 1", Value::Integer(901)), (" && 1", Value::Boolean(true)), (" == 1", Value::Integer(1))]
    {
        let text = format!("1{}", link.repeat(900));
        let value_of = parse(&text).map(|expr| evaluate(&expr, None, None, &Context::at(0)));
        match value_of {
            Ok(Ok(found)) => assert!(found == value || link == " == 1", "{link}: {found}"),
            other => panic!("{link}: {other:?}"),
        }
        entry::check(text.as_bytes());
        assert!(parse(&format!("1{}", link.repeat(1_000_000))).is_err_and(|e| e.to_string().contains("1000 levels")));
    }
    assert!(parse(&format!("a{}", ".a".repeat(1_000_000))).is_err());
    assert!(parse(&format!("a{}", "[0]".repeat(1_000_000))).is_err());
    entry::check(format!("a{}", ".a".repeat(900)).as_bytes());
    entry::check(format!("{{{}}}", "1,".repeat(100_000).trim_end_matches(',')).as_bytes());
}

#[test]
fn references_that_lead_on_end_with_a_reason() {
    let text: String = (0..5000).map(|i| format!("a{i} = a{} + 1; ", i + 1)).collect();
    let ad = Arc::new(parse_ad(&format!("[ {text} ]")).unwrap_or_default());
    let value = Evaluation::new(Some(&ad), None, &Context::at(0)).attribute(&Name::new("a0"));
    assert!(matches!(value, Err(Failure::Depth(_))), "{value:?}");
    for step in [
        "ifThenElse(true, eval(\"strcat(a{})\"), 0)",
        "join({N, a{}})",
        "evalInEachContext(a{}, {[]})",
        "[x = a{}].x",
        "sum({a{}})",
    ] {
        let text: String = (0..500).map(|i| format!("a{i} = {}; ", step.replace("{}", &(i + 1).to_string()))).collect();
        let ad = Arc::new(parse_ad(&format!("[ {text} ]")).unwrap_or_else(|e| panic!("{step}: {e}")));
        // A thread of a test has two megabytes of stack, and an unoptimised program needs most of it.
        let _ = Evaluation::new(Some(&ad), None, &Context::at(0)).attribute(&Name::new("a0"));
    }
    let text: String = (0..200).map(|i| format!("a{i} = {{a{0}, a{0}}}[0] + a{0}; ", i + 1)).collect();
    let ad = Arc::new(parse_ad(&format!("[ {text} a200 = 1 ]")).unwrap_or_default());
    let value = Evaluation::new(Some(&ad), None, &Context::at(0)).attribute(&Name::new("a0"));
    assert!(matches!(value, Err(Failure::Depth(_) | Failure::Fuel(_))), "{value:?}");
}

#[test]
fn values_that_hold_one_another_print_in_bounded_space() {
    let text: String = (0..60).map(|i| format!("a{} = evalInEachContext((a{i}), {{[], []}}); ", i + 1)).collect();
    let ad = Arc::new(parse_ad(&format!("[ a0 = \"x\"; {text} b = string(a60); c = size(a60) ]")).unwrap_or_default());
    let context = Context { fuel: 1_000_000_000, ..Context::at(0) };
    let mut evaluation = Evaluation::new(Some(&ad), None, &context);
    // Lists are made anew for each context, so a deep one is a matter of fuel.
    for name in ["a12", "b", "c"] {
        let short = Context { fuel: 300_000, ..context };
        let value = Evaluation::new(Some(&ad), None, &short).attribute(&Name::new(name));
        assert!(value.is_ok() || matches!(value, Err(Failure::Fuel(_) | Failure::Depth(_))), "{name}: {value:?}");
    }
    let mut value = Value::string("x");
    for _ in 0..60 {
        value = Value::list([value.clone(), value]);
    }
    assert!(value.to_string().len() < 9 << 20);
    let expr = pelago_classad::Expr::Call(pelago_classad::Callee::new("string".into()), vec![value.into()]);
    assert_eq!(evaluation.value(&expr), Ok(Value::Error));
}

#[test]
fn patterns_take_linear_time() {
    let text = "a".repeat(20_000);
    let expr = format!("regexp(\"(a*)*(a*)*b\", \"{text}\")");
    let value = parse(&expr).map(|expr| evaluate(&expr, None, None, &Context { fuel: 10_000_000, ..Context::at(0) }));
    assert_eq!(value, Ok(Ok(Value::Boolean(false))));
}
