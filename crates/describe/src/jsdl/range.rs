//! Range values of JSDL documents.

use super::member::Measure;
use super::namespace::Space;
use super::reader::Reader;
use crate::spelling;
use crate::xml::{Element, Node};
use pelago_job::description::{Bound, Interval, Range};

/// What can stand in a range value, in the schema's order.
const PARTS: [&str; 4] = ["UpperBoundedRange", "LowerBoundedRange", "Exact", "Range"];
/// What stands in a `Range`.
const ENDS: [&str; 2] = ["LowerBound", "UpperBound"];

impl Reader<'_> {
    /// A range value; `None` where it asks for nothing or is wrong.
    pub fn range(&mut self, element: &Element, measure: Measure, at: &str) -> Option<Range> {
        self.attributes(element, &[], at);
        if Self::is_bare(element) {
            self.empty(element);
            return None;
        }
        let mut intervals: Vec<(Interval, &Element)> = Vec::new();
        let errors = self.diagnostics.errors();
        for child in &element.children {
            match child {
                Node::Text(text, span) if !text.trim().is_empty() => {
                    let message = format!("`{}` holds elements with its numbers, not text", element.written);
                    let error = self.diagnostics.error(span.clone(), message);
                    if let Some(value) = crate::number::finite(text.trim()) {
                        let prefix = prefix(element);
                        error.help(format!("write `<{prefix}Exact>{value}</{prefix}Exact>`, or a bound"));
                    }
                }
                Node::Text(..) => {}
                Node::Element(child) => intervals.extend(self.interval(child, element).map(|i| (i, child))),
            }
        }
        if self.diagnostics.errors() > errors {
            return None;
        }
        let mut range = Range(intervals.iter().map(|(interval, _)| *interval).collect());
        self.join_bounds(&mut range, &intervals, element);
        let range = normal(&range).unwrap_or(range);
        self.satisfiable(&range, measure, element).then_some(range)
    }

    fn interval(&mut self, child: &Element, outer: &Element) -> Option<Interval> {
        let core = Space::of(&child.namespace).is_some_and(|(space, _)| space == Space::Core);
        if !core || !PARTS.contains(&child.name.as_str()) {
            return self.no_part(child, outer, &PARTS);
        }
        let raw = child.text();
        match child.name.as_str() {
            "Exact" => {
                self.attributes(child, &["epsilon"], "");
                let value = self.number(&raw, child.text_span())?;
                let epsilon = match child.attribute("epsilon") {
                    Some(text) => self.number(text, child.name_span.clone())?,
                    None => 0.0,
                };
                Some(Interval::Exact { value, epsilon })
            }
            "Range" => {
                self.attributes(child, &[], "");
                let mut ends = [None, None];
                for part in child.elements() {
                    let core = Space::of(&part.namespace).is_some_and(|(space, _)| space == Space::Core);
                    match ENDS.iter().position(|name| core && *name == part.name) {
                        Some(which) => ends[which & 1] = Some(self.bound(part)?),
                        None => {
                            let _: Option<Interval> = self.no_part(part, child, &ENDS);
                            return None;
                        }
                    }
                }
                match ends {
                    [Some(lower), Some(upper)] => Some(Interval::Between { lower, upper }),
                    [lower, _] => {
                        let missing = if lower.is_none() { "LowerBound" } else { "UpperBound" };
                        self.diagnostics
                            .error(child.name_span.clone(), format!("this `Range` has no `{missing}`"))
                            .help("for one bound alone there are `LowerBoundedRange` and `UpperBoundedRange`");
                        None
                    }
                }
            }
            "UpperBoundedRange" => self.bound(child).map(Interval::Upper),
            _ => self.bound(child).map(Interval::Lower),
        }
    }

    fn bound(&mut self, element: &Element) -> Option<Bound> {
        self.attributes(element, &["exclusiveBound"], "");
        let value = self.number(&element.text(), element.text_span())?;
        let exclusive = match element.attribute("exclusiveBound") {
            Some(word) => self.truth(word.trim(), element.name_span.clone())?,
            None => false,
        };
        Some(Bound { value, exclusive })
    }

    fn no_part<T>(&mut self, child: &Element, outer: &Element, parts: &[&'static str]) -> Option<T> {
        let error = self
            .diagnostics
            .error(child.name_span.clone(), format!("`{}` does not stand in `{}`", child.written, outer.name));
        let prefix = prefix(outer);
        if let Some(same) = parts.iter().find(|part| **part == child.name) {
            error.help(format!("write `{prefix}{same}`: it needs JSDL's namespace"));
            return None;
        }
        let renamed = super::words::RENAMED.iter().find(|(old, _)| *old == child.name).map(|(_, new)| *new);
        match (renamed, spelling::nearest(&child.name, parts.iter().copied())) {
            (Some(new), _) => error.help(format!("did you mean {new}?")),
            (None, Some(near)) => error.help(format!("did you mean `{prefix}{near}`?")),
            (None, None) => error.help(format!("what can stand there: {}", parts.join(", "))),
        };
        None
    }

    /// Reads a lower bound below an upper bound as the interval that everybody means by it.
    fn join_bounds(&mut self, range: &mut Range, intervals: &[(Interval, &Element)], element: &Element) {
        let place = |wanted: fn(&Interval) -> bool| range.0.iter().position(wanted);
        let (Some(low), Some(up)) =
            (place(|i| matches!(i, Interval::Lower(_))), place(|i| matches!(i, Interval::Upper(_))))
        else {
            return;
        };
        let (Some(Interval::Lower(lower)), Some(Interval::Upper(upper))) =
            (range.0.get(low).copied(), range.0.get(up).copied())
        else {
            return;
        };
        if lower.value > upper.value {
            return;
        }
        let prefix = prefix(element);
        let spelling = format!(
            "<{prefix}Range><{prefix}LowerBound>{}</{prefix}LowerBound><{prefix}UpperBound>{}</{prefix}UpperBound></{prefix}Range>",
            lower.value, upper.value
        );
        let span = |at: usize| intervals.get(at).map_or(element.name_span.clone(), |(_, e)| e.name_span.clone());
        self.diagnostics
            .warning(
                span(low.max(up)),
                format!("two bounds in one `{}` are alternatives, so every number would do", element.name),
            )
            .related(span(low.min(up)), "the other bound")
            .note(format!("it is read as from {} to {}, which is what is meant", lower.value, upper.value))
            .help(format!("write `{spelling}`"));
        range.0.remove(low.max(up));
        range.0.remove(low.min(up));
        range.0.insert(0, Interval::Between { lower, upper });
    }

    /// Whether some number satisfies a range; else that is an error.
    fn satisfiable(&mut self, range: &Range, measure: Measure, element: &Element) -> bool {
        let any = is_satisfiable(range, measure);
        if !any {
            let what = if measure == Measure::Count { "whole number from 1" } else { "amount" };
            let message = format!("no {what} satisfies this `{}`: {}", element.name, shown(range));
            self.diagnostics.error(element.name_span.clone(), message);
        }
        any
    }
}

/// Whether some number satisfies a range.
pub fn is_satisfiable(range: &Range, measure: Measure) -> bool {
    range.0.iter().any(|interval| match measure {
        Measure::Amount => !interval.is_empty() && interval.ends().1 >= 0.0,
        Measure::Count => least_whole(interval).is_some(),
    })
}

/// The prefix of an element with its colon, for suggestions in the document's own spelling.
fn prefix(element: &Element) -> String {
    element.written.split_once(':').map(|(prefix, _)| format!("{prefix}:")).unwrap_or_default()
}

/// The least whole number from 1 in an interval.
pub fn least_whole(interval: &Interval) -> Option<f64> {
    let (low, high) = (interval.ends().0.max(1.0).ceil(), interval.ends().1);
    let candidates = [low, low + 1.0];
    candidates.into_iter().find(|n| *n <= high && interval.holds(*n))
}

/// The greatest whole number in an interval; infinite where it has no end.
pub fn greatest_whole(interval: &Interval) -> Option<f64> {
    let high = interval.ends().1;
    if high.is_infinite() {
        return Some(high);
    }
    [high.floor(), high.floor() - 1.0].into_iter().find(|n| *n >= 1.0 && interval.holds(*n))
}

/// A range in words.
pub fn shown(range: &Range) -> String {
    let one = |interval: &Interval| match *interval {
        Interval::Upper(b) if b.exclusive => format!("below {}", b.value),
        Interval::Upper(b) => format!("at most {}", b.value),
        Interval::Lower(b) if b.exclusive => format!("above {}", b.value),
        Interval::Lower(b) => format!("at least {}", b.value),
        Interval::Exact { value, epsilon: 0.0 } => format!("{value}"),
        Interval::Exact { value, epsilon } => format!("{value} give or take {epsilon}"),
        Interval::Between { lower, upper } => {
            let side = |exclusive: bool| if exclusive { " (not itself)" } else { "" };
            format!("from {}{} to {}{}", lower.value, side(lower.exclusive), upper.value, side(upper.exclusive))
        }
    };
    range.0.iter().map(one).collect::<Vec<_>>().join(" or ")
}

/// A range as JSDL's reader will see it: in the schema's order, with one bound to each side.
/// `None` where it cannot be said because every number or none satisfies it.
pub fn normal(range: &Range) -> Option<Range> {
    let (mut upper, mut lower): (Option<Bound>, Option<Bound>) = (None, None);
    let mut others: [Vec<Interval>; 2] = [Vec::new(), Vec::new()];
    for interval in &range.0 {
        match *interval {
            Interval::Upper(b) if upper.is_none_or(|u| wider(b.value, u.value, b, u)) => upper = Some(b),
            Interval::Lower(b) if lower.is_none_or(|l| wider(l.value, b.value, b, l)) => lower = Some(b),
            Interval::Upper(_) | Interval::Lower(_) => {}
            Interval::Exact { .. } => others[0].push(*interval),
            Interval::Between { .. } => others[1].push(*interval),
        }
    }
    if let (Some(u), Some(l)) = (upper, lower)
        && l.value <= u.value
    {
        return None;
    }
    let bounds = upper.map(Interval::Upper).into_iter().chain(lower.map(Interval::Lower));
    let [exact, between] = others;
    let all: Vec<Interval> = bounds.chain(exact).chain(between).collect();
    (!all.is_empty()).then_some(Range(all))
}

/// Whether a bound lets more numbers in: it lies further out, or at the same place and is itself inside.
fn wider(outer: f64, inner: f64, new: Bound, old: Bound) -> bool {
    outer > inner || (outer == inner && old.exclusive && !new.exclusive)
}
