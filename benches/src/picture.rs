//! The picture of the results: bars, on a light or a dark background.

use crate::results::Results;
use crate::row::{Figure, number};
use std::fmt::Write;

const WIDTH: f64 = 760.0;
/// Where bars begin and how long the longest is.
const BARS: (f64, f64) = (340.0, 330.0);
const LINE: f64 = 26.0;

/// Draws rates of processes and times of single tasks.
pub fn draw(results: &Results) -> String {
    let figures = |name: &str| results.rows.iter().find(|row| row.name == name).map_or(&[][..], |row| &row.beside);
    let of = |name: &str, unit: &str| -> Vec<Figure> {
        figures(name).iter().filter(|figure| figure.unit == unit).cloned().collect()
    };
    let mut rates = of("spawn", "/s");
    rates.extend(of("hyperqueue", "/s").into_iter().skip(1));
    rates.extend(of("peers", "/s"));
    rates.sort_by(|a, b| b.median.value.total_cmp(&a.median.value));
    let times: Vec<Figure> = of("latency", " ms").into_iter().filter(|figure| !figure.what.contains("CPU")).collect();
    let mut body = String::new();
    let mut y = 30.0;
    for (title, figures) in
        [("No-op processes a second (more is better)", rates), ("One task, ms (less is better)", times)]
    {
        if figures.is_empty() {
            continue;
        }
        let most = figures.iter().map(|figure| figure.median.high).fold(f64::MIN_POSITIVE, f64::max);
        let _ = writeln!(body, "<text class=\"title\" x=\"16\" y=\"{y}\">{title}</text>");
        for figure in &figures {
            y += LINE;
            bar(&mut body, figure, most, y);
        }
        y += LINE * 1.8;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {h:.0}\" width=\"{WIDTH}\" height=\"{h:.0}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"How fast Pelago is, beside others\">\n\
         <style>\n  text {{ fill: #1f2328; }}\n  .title {{ font-weight: bold; font-size: 14px; }}\n  .own {{ fill: #1a7f64; }}\n  \
         .other {{ fill: #8c959f; }}\n  .spread {{ stroke: #1f2328; stroke-width: 1.5; }}\n  \
         @media (prefers-color-scheme: dark) {{\n    text {{ fill: #e6edf3; }}\n    .own {{ fill: #3fb68b; }}\n    \
         .other {{ fill: #6e7681; }}\n    .spread {{ stroke: #e6edf3; }}\n  }}\n</style>\n{body}</svg>\n",
        h = y - LINE * 0.8
    )
}

fn bar(body: &mut String, figure: &Figure, most: f64, y: f64) {
    let at = |value: f64| BARS.0 + value / most * BARS.1;
    let (median, own) = (figure.median, figure.what.starts_with("pelago"));
    let _ = writeln!(
        body,
        "<text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{}</text>",
        BARS.0 - 8.0,
        text(&figure.what)
    );
    let class = if own { "own" } else { "other" };
    let (top, length) = (y - 12.0, at(median.value) - BARS.0);
    let _ =
        writeln!(body, "<rect class=\"{class}\" x=\"{}\" y=\"{top:.0}\" width=\"{length:.1}\" height=\"16\"/>", BARS.0);
    let (low, high, middle) = (at(median.low), at(median.high), y - 4.0);
    let _ = writeln!(
        body,
        "<line class=\"spread\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>"
    );
    let _ = writeln!(body, "<text x=\"{:.1}\" y=\"{y:.0}\">{}</text>", high + 6.0, text(&number(median.value)));
}

fn text(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Bar, Row};

    #[test]
    fn every_bar_is_within_the_picture() {
        let rates = |what: &str, value: f64| Figure::new(what, &[value, value * 1.2, value * 0.8], "/s");
        let row = Row {
            name: "spawn".into(),
            what: String::new(),
            figure: rates("ratio", 1.0),
            bar: Bar::Nothing,
            beside: vec![rates("pelago run", 2400.0), rates("bare <spawning>", 2600.0)],
            note: String::new(),
        };
        let drawn = draw(&Results { rows: vec![row], ..Results::default() });
        assert!(drawn.contains("bare &lt;spawning&gt;") && drawn.contains("class=\"own\""), "{drawn}");
        let ends = drawn.split("x2=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
        assert!(ends.into_iter().all(|end| end < WIDTH));
    }
}
