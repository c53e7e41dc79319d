//! Jobs that were built one for each task, put together again: neighbours that differ only in their texts are one job
//! whose differences are parameters.

use super::space::parameter;
use pelago_job::description::{Job, Space, Text, Texts};
use pelago_job::{Domain, ParamNo, Parameter, Piece, Template};

/// How far into a text a variable's value is looked for.
const FAR: usize = 200;

/// A column that has a name already: what an item variable or counter is in each task.
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// Its value in each task.
    pub values: Vec<String>,
    /// Whether it counts up by one; where it starts then.
    pub counts: bool,
}

/// A piece of a text that several tasks share.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Same(Piece),
    Known(usize),
    New(usize),
}

/// Puts jobs together. `cluster` is the parameter of the cluster's number in their texts.
pub(super) fn together(
    jobs: Vec<Job>,
    columns: &[Column],
    cluster: Option<ParamNo>,
    all: &mut Vec<Parameter>,
) -> Vec<Job> {
    let shaped: Vec<(Job, Vec<Text>)> = jobs.into_iter().map(blank).collect();
    let mut made = Vec::new();
    let mut start = 0;
    while let Some((shape, texts)) = shaped.get(start) {
        let same = |(other, others): &&(Job, Vec<Text>)| {
            other == shape && others.len() == texts.len() && others.iter().zip(texts).all(|(a, b)| fits(a, b))
        };
        let count = shaped.get(start..).unwrap_or(&[]).iter().take_while(same).count().max(1);
        let run: Vec<&Vec<Text>> = shaped.iter().skip(start).take(count).map(|(_, texts)| texts).collect();
        made.push(one(shape.clone(), &run, start, columns, cluster, all));
        start += count;
    }
    made
}

/// A job without its texts, and these; the texts of extensions at the end.
fn blank(mut job: Job) -> (Job, Vec<Text>) {
    let mut texts = Vec::new();
    job.texts(&mut |text| texts.push(std::mem::take(text)));
    texts.extend(job.extensions.iter_mut().map(|e| Text::literal(std::mem::take(&mut e.text))));
    (job, texts)
}

/// Whether two texts can be one with holes: the same pieces apart from literals.
fn fits(a: &Text, b: &Text) -> bool {
    let (a, b) = (&a.0.0, &b.0.0);
    let literal = |pieces: &[Piece]| pieces.iter().all(|p| matches!(p, Piece::Text(_)));
    literal(a) && literal(b)
        || a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| a == b || matches!((a, b), (Piece::Text(_), Piece::Text(_))))
}

fn one(
    mut job: Job,
    run: &[&Vec<Text>],
    start: usize,
    columns: &[Column],
    cluster: Option<ParamNo>,
    all: &mut Vec<Parameter>,
) -> Job {
    let mut news: Vec<Vec<String>> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    let mut clustered = false;
    let count = run.first().map_or(0, |texts| texts.len());
    let slices: Vec<&[String]> =
        columns.iter().map(|c| c.values.get(start..start + run.len()).unwrap_or(&[])).collect();
    let mut parts: Vec<Vec<Part>> = Vec::new();
    for at in 0..count {
        let texts: Vec<&Text> = run.iter().filter_map(|texts| texts.get(at)).collect();
        let found = shared(&texts, &slices, &mut news);
        for part in &found {
            match part {
                Part::Known(k) if !used.contains(k) => used.push(*k),
                Part::Same(piece) => clustered |= matches!(piece, Piece::Param(_)),
                _ => {}
            }
        }
        parts.push(found);
    }
    // Lists come first, as item variables do when this is written and read again.
    used.sort_unstable();
    let mut numbers: Vec<(Part, ParamNo)> = Vec::new();
    let mut zipped = Vec::new();
    for (k, column) in columns.iter().enumerate().filter(|(k, c)| used.contains(k) && !c.counts) {
        let list = slices.get(k).map(|s| s.to_vec()).unwrap_or_default();
        numbers.push((Part::Known(k), parameter(all, &column.name, Domain::List(list))));
    }
    for (number, values) in news.into_iter().enumerate() {
        numbers.push((Part::New(number), parameter(all, "value", Domain::List(values))));
    }
    zipped.extend(numbers.iter().map(|(_, p)| *p));
    let domain = Domain::Integers { from: 1, step: 1, count: 1 };
    let cluster = (clustered && cluster.is_some()).then(|| parameter(all, "Cluster", domain));
    for (k, column) in columns.iter().enumerate().filter(|(k, c)| used.contains(k) && c.counts) {
        let from = slices.get(k).and_then(|s| s.first()).and_then(|v| v.parse().ok()).unwrap_or(0);
        let p = parameter(all, &column.name, Domain::Integers { from, step: 1, count: run.len() as u64 });
        numbers.push((Part::Known(k), p));
        zipped.push(p);
    }
    let number = |part: &Part| numbers.iter().find(|(p, _)| p == part).map(|(_, n)| *n);
    let mut texts = parts.iter().map(|parts| {
        let mut template = Template::default();
        for part in parts {
            match (part, number(part)) {
                (Part::Same(Piece::Text(text)), _) => template.push_text(text),
                (Part::Same(Piece::Param(_)), _) => template.0.extend(cluster.map(Piece::Param)),
                (Part::Same(piece), _) => template.0.push(piece.clone()),
                (_, Some(number)) => template.0.push(Piece::Param(number)),
                (_, None) => {}
            }
        }
        Text(template)
    });
    job.texts(&mut |text| *text = texts.next().unwrap_or_default());
    for extension in &mut job.extensions {
        let text = texts.next().unwrap_or_default();
        let name = |p: &Piece| match p {
            Piece::Param(n) => all.get(usize::from(n.0)).map_or(String::new(), |p| format!("$({})", p.name)),
            _ => String::new(),
        };
        extension.text = text.write(str::to_string, name);
    }
    let inner = match (zipped.is_empty(), run.len()) {
        (true, 0 | 1) => None,
        (true, times) => Some(Space::Times(times as u64)),
        (false, _) => Some(Space::Zip(zipped)),
    };
    job.space = match (cluster.map(|p| Space::Zip(vec![p])), inner) {
        (Some(cluster), Some(inner)) => Some(Space::Product(vec![cluster, inner])),
        (cluster, inner) => cluster.or(inner),
    };
    job
}

/// What several texts have in common, with variables for the rest.
fn shared(texts: &[&Text], columns: &[&[String]], news: &mut Vec<Vec<String>>) -> Vec<Part> {
    let Some(first) = texts.first() else { return Vec::new() };
    if texts.iter().all(|t| t == first) {
        return first.0.0.iter().cloned().map(Part::Same).collect();
    }
    let pieces = texts.iter().map(|t| t.0.0.len()).max().unwrap_or(0);
    let mut parts = Vec::new();
    for at in 0..pieces {
        let column: Vec<&str> = texts
            .iter()
            .map(|t| match t.0.0.get(at) {
                Some(Piece::Text(text)) => text.as_str(),
                _ => "",
            })
            .collect();
        match first.0.0.get(at) {
            Some(Piece::Text(_)) | None => literals(column, columns, news, &mut parts),
            Some(piece) => parts.push(Part::Same(piece.clone())),
        }
    }
    parts
}

fn literals(mut rest: Vec<&str>, columns: &[&[String]], news: &mut Vec<Vec<String>>, parts: &mut Vec<Part>) {
    loop {
        let Some(first) = rest.first().copied() else { return };
        let common = rest.iter().fold(first, |a, b| prefix(a, b));
        if rest.iter().all(|r| r.len() == common.len()) {
            if !common.is_empty() {
                parts.push(Part::Same(Piece::Text(common.to_string())));
            }
            return;
        }
        // The first place at which some variable's values stand in all of them.
        let places = common.char_indices().map(|(at, _)| at).chain([common.len()]).take(FAR);
        let found = places.flat_map(|at| (0..columns.len()).map(move |k| (at, k))).find(|(at, k)| {
            columns.get(*k).is_some_and(|column| {
                column.len() == rest.len()
                    && column.iter().any(|value| *value != column[0])
                    && column.iter().zip(&rest).all(|(value, rest)| {
                        !value.is_empty() && rest.get(*at..).is_some_and(|r| r.starts_with(value.as_str()))
                    })
            })
        });
        let Some((at, k)) = found else { break };
        if at > 0 {
            parts.push(Part::Same(Piece::Text(common.get(..at).unwrap_or("").to_string())));
        }
        parts.push(Part::Known(k));
        let column = columns.get(k).copied().unwrap_or(&[]);
        rest = rest.iter().zip(column).map(|(r, value)| r.get(at + value.len()..).unwrap_or("")).collect();
    }
    // No variable of old: a new one.
    let values: Vec<String> = rest.iter().map(|r| (*r).to_string()).collect();
    let number = news.iter().position(|n| *n == values).unwrap_or(news.len());
    if number == news.len() {
        news.push(values);
    }
    parts.push(Part::New(number));
}

/// The longest common beginning of two texts.
fn prefix<'t>(a: &'t str, b: &str) -> &'t str {
    let end = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let end = end.unwrap_or(a.len().min(b.len()));
    a.get(..end).unwrap_or("")
}
