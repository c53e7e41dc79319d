//! The table of values for people, and as CSV (RFC 4180, with `\n` as the line end).

use super::style::Style;
use super::table::{Side, Table};
use pelago_job::Cell;
use pelago_wire::view::ValuesView;

/// Aligned columns; a cell without a value is `-`.
pub fn table(view: &ValuesView, style: Style) -> String {
    let number = |column: usize| {
        let cells = || view.rows.iter().filter_map(move |row| row.get(column));
        cells().all(|cell| !matches!(cell, Cell::Text(_))) && cells().any(|cell| *cell != Cell::Missing)
    };
    let side = |column| if number(column) { Side::Right } else { Side::Left };
    let mut table = Table::new(view.columns.iter().enumerate().map(|(n, name)| (name.as_str(), side(n))));
    for row in &view.rows {
        table.row(row.iter().map(|cell| match cell {
            Cell::Missing => "-".to_string(),
            cell => cell.to_string(),
        }));
    }
    table.text(style)
}

/// CSV with a head line; a cell without a value is empty.
pub fn csv(view: &ValuesView) -> String {
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    };
    line(&mut view.columns.iter().cloned());
    for row in &view.rows {
        line(&mut row.iter().map(Cell::to_string));
    }
    out
}

fn quoted(cell: &str) -> String {
    match cell.contains(['"', ',', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> ValuesView {
        ValuesView {
            columns: vec!["seed".into(), "name".into(), "pi".into()],
            parameters: 2,
            others: Vec::new(),
            rows: vec![
                vec![Cell::Integer(1), Cell::Text("a, \"b\"".into()), Cell::Real(3.25)],
                vec![Cell::Integer(12), Cell::Text("line\nbreak".into()), Cell::Missing],
            ],
        }
    }

    #[test]
    fn numbers_stand_right() {
        let expect = "seed  name           pi\n   1  a, \"b\"       3.25\n  12  line\\nbreak     -\n";
        assert_eq!(table(&view(), Style::PLAIN), expect);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(csv(&view()), "seed,name,pi\n1,\"a, \"\"b\"\"\",3.25\n12,\"line\nbreak\",\n");
    }
}
