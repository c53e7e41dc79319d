//! Whether what is asked of each host and of all hosts together can be satisfied at once.

use super::range::{greatest_whole, least_whole, shown};
use super::reader::Reader;
use crate::xml::Element;
use pelago_job::description::{Interval, Range, Resources};

/// Up to this many in total, every way to split them is tried; above it only the ends of the ranges are compared.
const TRIED: usize = 512;

/// A quantity that JSDL has twice: of each, and in total.
struct Pair {
    /// What is counted, for messages.
    what: &'static str,
    /// The names of its elements.
    names: [&'static str; 2],
    each: fn(&Resources) -> &Option<Range>,
    total: fn(&Resources) -> &Option<Range>,
    /// How many there are of what it is counted of.
    number: fn(&Resources) -> &Option<Range>,
    /// What those are.
    of: &'static str,
    field: &'static str,
    whole: bool,
}

static PAIRS: [Pair; 5] = [
    Pair {
        what: "CPUs",
        names: ["IndividualCPUCount", "TotalCPUCount"],
        each: |r| &r.individual_cpu_count,
        total: |r| &r.total_cpu_count,
        number: |r| &r.total_resource_count,
        of: "hosts",
        field: "individual_cpu_count",
        whole: true,
    },
    Pair {
        what: "seconds of CPU time",
        names: ["IndividualCPUTime", "TotalCPUTime"],
        each: |r| &r.individual_cpu_time,
        total: |r| &r.total_cpu_time,
        number: |r| &r.total_cpu_count,
        of: "CPUs",
        field: "individual_cpu_time",
        whole: false,
    },
    Pair {
        what: "bytes of memory",
        names: ["IndividualPhysicalMemory", "TotalPhysicalMemory"],
        each: |r| &r.individual_physical_memory,
        total: |r| &r.total_physical_memory,
        number: |r| &r.total_resource_count,
        of: "hosts",
        field: "individual_physical_memory",
        whole: false,
    },
    Pair {
        what: "bytes of virtual memory",
        names: ["IndividualVirtualMemory", "TotalVirtualMemory"],
        each: |r| &r.individual_virtual_memory,
        total: |r| &r.total_virtual_memory,
        number: |r| &r.total_resource_count,
        of: "hosts",
        field: "individual_virtual_memory",
        whole: false,
    },
    Pair {
        what: "bytes of disk",
        names: ["IndividualDiskSpace", "TotalDiskSpace"],
        each: |r| &r.individual_disk_space,
        total: |r| &r.total_disk_space,
        number: |r| &r.total_resource_count,
        of: "hosts",
        field: "individual_disk_space",
        whole: false,
    },
];

/// Says which combinations have no solution, with the arithmetic.
pub fn check(reader: &mut Reader<'_>, resources: &Resources, element: &Element) {
    for pair in PAIRS.iter().filter(|pair| !pair.possible(resources)) {
        let (Some(each), Some(total)) = ((pair.each)(resources), (pair.total)(resources)) else { continue };
        let place = |name: &str| find(element, name).unwrap_or(element).name_span.clone();
        let number = (pair.number)(resources);
        let many = number.as_ref().map_or_else(|| "any number of".into(), shown);
        let [each_name, total_name] = pair.names;
        let message = format!(
            "`{each_name}` and `{total_name}` cannot be satisfied together: {many} {} with {} {} each never have {} in total",
            pair.of,
            shown(each),
            pair.what,
            shown(total)
        );
        let arithmetic = pair.arithmetic(each, total, number.as_ref());
        let error = reader.diagnostics.error(place(total_name), message);
        error.related(place(each_name), "of each");
        for line in arithmetic {
            error.note(line);
        }
        error.help("change one of them; leaving the number of hosts open gives the most room");
    }
}

/// The fields of those that cannot be satisfied with the totals; a printer has to leave them out.
pub fn impossible(resources: &Resources) -> Vec<&'static str> {
    PAIRS.iter().filter(|pair| !pair.possible(resources)).map(|pair| pair.field).collect()
}

fn find<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    let resources = element.elements().find(|e| e.name == "Resources").unwrap_or(element);
    resources.elements().find(|e| e.name == name)
}

impl Pair {
    /// Whether there is a solution, as far as that is looked for.
    fn possible(&self, resources: &Resources) -> bool {
        let (Some(each), Some(total)) = ((self.each)(resources), (self.total)(resources)) else { return true };
        let number = (self.number)(resources).as_ref();
        let Some((low, high)) = ends(each, self.whole) else { return true };
        let numbers: Vec<(f64, f64)> = match number {
            None => vec![(1.0, f64::INFINITY)],
            Some(range) => range.0.iter().filter_map(|i| Some((least_whole(i)?, greatest_whole(i)?))).collect(),
        };
        let totals: Vec<(f64, f64)> = total
            .0
            .iter()
            .filter(|i| !i.is_empty())
            .filter_map(|i| match self.whole {
                true => Some((least_whole(i)?, greatest_whole(i)?)),
                false => Some((i.ends().0.max(0.0), i.ends().1)),
            })
            .collect();
        // By the ends: n of them have from n times the least to n times the most.
        let meet = |&(first, last): &(f64, f64), &(from, to): &(f64, f64)| {
            let most = if low > 0.0 { (to / low).floor() } else { f64::INFINITY };
            let least = if high.is_infinite() || high <= 0.0 { 1.0 } else { (from / high).ceil() };
            least.max(first) <= most.min(last) && (high > 0.0 || from <= 0.0)
        };
        if !numbers.iter().any(|n| totals.iter().any(|t| meet(n, t))) {
            return false;
        }
        !self.whole || tried(each, &totals, &numbers)
    }

    /// The sums in words.
    fn arithmetic(&self, each: &Range, total: &Range, number: Option<&Range>) -> Vec<String> {
        let mut lines = Vec::new();
        let Some((low, high)) = ends(each, self.whole) else { return lines };
        let exact = total.exact();
        match number.and_then(Range::exact) {
            Some(n) if n >= 1.0 => {
                let most =
                    if high.is_infinite() { "with no end above".into() } else { format!("at most {}", n * high) };
                lines.push(format!("{n} times {low} is {}, so they have at least that, {most}", n * low));
                if let Some(total) = exact
                    && low > 0.0
                    && (2.0..=8.0).contains(&n)
                {
                    let first = (n - 1.0) * low;
                    let parts = vec![low.to_string(); n as usize - 1].join(" + ");
                    if total > first {
                        let rest = total - first;
                        lines.push(format!("split: {parts} + {rest}, and {rest} is not {}", shown(each)));
                    }
                }
            }
            _ => {
                if let Some(total) = exact {
                    let text = shown(each);
                    lines.push(format!("no number of parts that are {text} adds up to {total}"));
                }
            }
        }
        lines
    }
}

/// The least and the most of a range, whole numbers where only those count.
fn ends(range: &Range, whole: bool) -> Option<(f64, f64)> {
    let ends = range.0.iter().filter(|i| !i.is_empty()).filter_map(|interval: &Interval| match whole {
        true => Some((least_whole(interval)?, greatest_whole(interval)?)),
        false => Some((interval.ends().0.max(0.0), interval.ends().1)),
    });
    ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Looks for a split by trying all of them, where the numbers are small.
fn tried(each: &Range, totals: &[(f64, f64)], numbers: &[(f64, f64)]) -> bool {
    let most = totals.iter().map(|t| t.1).fold(0.0, f64::max);
    if most > TRIED as f64 {
        return true;
    }
    let size = most as usize;
    let holds = |range: &[(f64, f64)], n: usize| range.iter().any(|(a, b)| *a <= n as f64 && n as f64 <= *b);
    let parts: Vec<usize> = (1..=size).filter(|n| each.holds(*n as f64)).collect();
    let mut sums = vec![false; size + 1];
    if let Some(zero) = sums.first_mut() {
        *zero = true;
    }
    for count in 1..=size {
        let mut next = vec![false; size + 1];
        for (sum, _) in sums.iter().enumerate().filter(|(_, reached)| **reached) {
            for part in parts.iter().take_while(|part| sum + **part <= size) {
                if let Some(place) = next.get_mut(sum + part) {
                    *place = true;
                }
            }
        }
        sums = next;
        if holds(numbers, count) && (1..=size).any(|n| sums.get(n) == Some(&true) && holds(totals, n)) {
            return true;
        }
    }
    false
}
