//! The functions of a sweep: lists of values and loops, to and from domains.

use super::super::namespace::Space;
use super::super::printing::Printing;
use crate::Diagnostics;
use crate::number::{Decimal, Kind, RangeError, Spacing, range};
use crate::xml::Element;
use pelago_job::Domain;

/// Most values that a loop with exceptions is written out to.
const WRITTEN_OUT: u64 = 100_000;
/// Most values that are listed where a loop cannot say them.
const LISTED: u64 = 10_000;

/// The values of a function. `Err` says why they cannot be had, in words, where that is no error of the document.
pub fn read(element: &Element, diagnostics: &mut Diagnostics) -> Result<Option<Domain>, String> {
    let space = Space::of(&element.namespace).map(|(space, _)| space);
    if !matches!(space, Some(Space::Functions | Space::DraftFunctions)) {
        return Err(format!("the function `{}` is not known here", element.qualified()));
    }
    match element.name.as_str() {
        "Values" => values(element, diagnostics),
        "Loop" | "LoopInteger" => read_loop(element, Kind::Integer, diagnostics),
        "LoopDouble" => read_loop(element, Kind::Float { point: true }, diagnostics),
        name => {
            let known = ["Values", "LoopInteger", "LoopDouble"];
            let near = crate::spelling::nearest(name, known);
            let error = diagnostics.error(element.name_span.clone(), format!("`{name}` is no function of a sweep"));
            match near {
                Some(near) => error.did_you_mean(Some(near)),
                None => error.help(format!("there are {}", known.join(", "))),
            };
            Ok(None)
        }
    }
}

fn values(element: &Element, diagnostics: &mut Diagnostics) -> Result<Option<Domain>, String> {
    let mut list = Vec::new();
    for value in element.elements() {
        if value.name != "Value" {
            diagnostics
                .error(value.name_span.clone(), format!("`{}` does not stand in `Values`", value.written))
                .help("each value is a `Value` element");
            return Ok(None);
        }
        if value.elements().next().is_some() {
            return Err("a value with elements in it puts elements into the document".into());
        }
        list.push(value.text());
    }
    if list.is_empty() {
        diagnostics
            .error(element.name_span.clone(), "this list has no value, so the sweep has no job")
            .help("add a `Value`");
        return Ok(None);
    }
    Ok(Some(Domain::List(list)))
}

fn read_loop(element: &Element, kind: Kind, diagnostics: &mut Diagnostics) -> Result<Option<Domain>, String> {
    // The draft's schema gives the attributes its namespace, which nobody writes.
    let attribute = |name: &str| element.attributes.iter().find(|a| a.name == name).map(|a| a.value.trim().to_string());
    let mut ends = Vec::new();
    for name in ["start", "end"] {
        match attribute(name) {
            Some(value) => ends.push(value),
            None => {
                diagnostics
                    .error(element.name_span.clone(), format!("`{}` has no `{name}`", element.written))
                    .help(format!("add `{name}=\"…\"`"));
            }
        }
    }
    let step = attribute("step");
    if step.is_none() && kind != Kind::Integer {
        diagnostics
            .error(element.name_span.clone(), format!("`{}` has no `step`", element.written))
            .help("add `step=\"…\"`; only loops of integers have one by default");
        return Ok(None);
    }
    let [start, end] = &ends[..] else { return Ok(None) };
    let plain = |text: &str| text.strip_prefix('+').unwrap_or(text).to_string();
    let (start, end, step) = (plain(start), plain(end), plain(step.as_deref().unwrap_or("1")));
    let domain = match range(kind, &start, &end, Spacing::Step(&step)) {
        Ok(domain) => domain,
        Err(error) => {
            // The help of plan files has their words.
            let help = matches!(error, RangeError::Empty { .. }).then_some("swap `start` and `end`");
            let message = format!("this loop cannot be counted: {error}");
            let error = diagnostics.error(element.name_span.clone(), message);
            if let Some(help) = help {
                error.help(help);
            }
            return Ok(None);
        }
    };
    if step.starts_with('-') {
        diagnostics
            .warning(element.name_span.clone(), "this loop counts down; other systems only count up, and find no value")
            .help("list the values, or swap the ends");
    }
    without_exceptions(element, domain, diagnostics)
}

/// Leaves out the values that a loop excepts, given as texts of elements or in the draft's attribute.
fn without_exceptions(
    element: &Element,
    domain: Domain,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Domain>, String> {
    let mut exceptions = Vec::new();
    for child in element.elements() {
        if child.name != "Exception" {
            diagnostics
                .error(child.name_span.clone(), format!("`{}` does not stand in `{}`", child.written, element.name))
                .help("only `Exception` elements do");
            return Ok(None);
        }
        let text =
            child.attributes.iter().find(|a| a.name == "value").map_or_else(|| child.text(), |a| a.value.clone());
        let Some(number) = Decimal::parse(text.trim()) else {
            diagnostics.error(child.text_span(), format!("`{}` is not a number", text.trim()));
            return Ok(None);
        };
        exceptions.push(number);
    }
    if exceptions.is_empty() {
        return Ok(Some(domain));
    }
    if domain.len() > WRITTEN_OUT {
        return Err(format!("a loop with exceptions and more than {WRITTEN_OUT} values would have to be written out"));
    }
    let excepted = |text: &str| Decimal::parse(text).is_some_and(|number| exceptions.contains(&number));
    let left: Vec<String> = (0..domain.len()).map(|at| domain.text(at).into_owned()).filter(|t| !excepted(t)).collect();
    if left.is_empty() {
        diagnostics.error(element.name_span.clone(), "this loop excepts all its values, so the sweep has no job");
        return Ok(None);
    }
    Ok(Some(Domain::List(left)))
}

/// A domain as a function of a sweep can say it; `None` where none can.
pub fn sayable(domain: &Domain) -> Option<Domain> {
    let listed = |domain: &Domain| {
        (domain.len() <= LISTED)
            .then(|| Domain::List((0..domain.len()).map(|at| domain.text(at).into_owned()).collect()))
    };
    let said = match domain {
        Domain::Integers { step, .. } if *step > 0 => again(domain).or_else(|| listed(domain)),
        Domain::Decimals { step, point: true, .. } if *step > 0 => again(domain).or_else(|| listed(domain)),
        Domain::List(values) => {
            let carried = |text: &String| -> String {
                text.chars()
                    .filter(|c| *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || "\t\n\r".contains(*c))
                    .collect()
            };
            Some(Domain::List(values.iter().map(carried).collect()))
        }
        Domain::Random { .. } | Domain::Glob(_) => None,
        other => listed(other),
    };
    said.filter(|domain| !domain.is_empty())
}

/// The ends and the step of a loop, as text.
fn ends(domain: &Domain) -> Option<(Kind, String, String, String)> {
    let last = domain.text(domain.len().checked_sub(1)?).into_owned();
    match domain {
        Domain::Integers { step, .. } => Some((Kind::Integer, domain.text(0).into_owned(), last, step.to_string())),
        Domain::Decimals { step, scale, .. } => {
            let step = crate::number::decimal(i128::from(*step), u32::from(*scale));
            Some((Kind::Float { point: true }, domain.text(0).into_owned(), last, step))
        }
        _ => None,
    }
}

/// What a loop is when it is read again, if that is what it was.
fn again(domain: &Domain) -> Option<Domain> {
    let (kind, start, end, step) = ends(domain)?;
    range(kind, &start, &end, Spacing::Step(&step)).ok().filter(|again| again == domain)
}

/// Prints a domain that [`sayable`] gave.
pub fn print(printing: &mut Printing<'_>, domain: &Domain) {
    match (domain, ends(domain)) {
        (Domain::List(values), _) => {
            printing.begin_now("sweepfunc:Values", &[], "");
            for value in values {
                printing.plain("sweepfunc:Value", &[], value);
            }
            printing.end();
        }
        (_, Some((kind, start, end, step))) => {
            let name = if kind == Kind::Integer { "sweepfunc:LoopInteger" } else { "sweepfunc:LoopDouble" };
            let attributes = [("start", start.as_str()), ("end", end.as_str()), ("step", step.as_str())];
            printing.plain(name, &attributes, "");
        }
        _ => {}
    }
}
