//! Aligned columns of text.

use super::style::Style;
use super::words::{clean, cut};

/// Longest text of a cell that is not in the last column.
const MOST: usize = 60;

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table under construction. Cells are text of others; they are cleaned here.
#[derive(Debug)]
pub struct Table {
    head: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
    paint: Option<usize>,
}

impl Table {
    /// A table with these columns.
    pub fn new(head: impl IntoIterator<Item = (impl Into<String>, Side)>) -> Self {
        let head = head.into_iter().map(|(name, side)| (clean(&name.into()), side)).collect();
        Self { head, rows: Vec::new(), paint: None }
    }

    /// Cells of this column are the words of states.
    pub fn states_in(mut self, column: usize) -> Self {
        self.paint = Some(column);
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(|cell| clean(&cell.into())).collect());
    }

    /// The lines. Columns in which no row has a text are left out.
    pub fn text(&self, style: Style) -> String {
        let shown: Vec<usize> = (0..self.head.len())
            .filter(|c| self.rows.iter().any(|row| row.get(*c).is_some_and(|cell| !cell.is_empty())))
            .collect();
        let last = shown.last().copied();
        let limit = |column: usize| if Some(column) == last { usize::MAX } else { MOST };
        let widths: Vec<usize> = shown
            .iter()
            .map(|c| {
                let head = self.head.get(*c).map_or(0, |(name, _)| name.chars().count());
                let cells = self.rows.iter().filter_map(|row| row.get(*c)).map(|cell| cell.chars().count());
                cells.fold(head, usize::max).min(limit(*c))
            })
            .collect();
        let mut out = String::new();
        let head: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        for (number, row) in std::iter::once(&head).chain(&self.rows).enumerate() {
            let mut line = String::new();
            for (column, width) in shown.iter().zip(&widths) {
                let cell = cut(row.get(*column).map_or("", String::as_str), limit(*column));
                let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                let cell = match number {
                    0 => style.strong(&cell),
                    _ if Some(*column) == self.paint => style.state(&cell),
                    _ => cell,
                };
                let right = self.head.get(*column).is_some_and(|(_, side)| *side == Side::Right);
                if !line.is_empty() {
                    line.push_str("  ");
                }
                line.push_str(&if right { format!("{space}{cell}") } else { format!("{cell}{space}") });
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_empty_ones_go() {
        let mut table = Table::new([("id", Side::Left), ("nothing", Side::Left), ("n", Side::Right)]);
        table.row(["1.1", "", "7"]);
        table.row(["1.10", "", "12345"]);
        table.row(["1.11"]);
        assert_eq!(table.text(Style::PLAIN), "id        n\n1.1       7\n1.10  12345\n1.11\n");
    }
}
