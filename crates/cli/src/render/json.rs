//! Documents of `--json`: a view with `"schema": 1` in it, on one line.

use pelago_job::Cell;
use pelago_wire::view::ValuesView;
use serde::Serialize;
use serde_json::{Value, json};

/// The version of all documents; within it fields are only added.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T> {
    schema: u32,
    #[serde(flatten)]
    view: &'a T,
}

/// A view as one line. Views are objects: structures, or enums that name their kind in a field.
pub fn document(view: &impl Serialize) -> String {
    let text = serde_json::to_string(&Document { schema: SCHEMA, view });
    // Only what is no object cannot be written, and no view is that.
    let text = text.unwrap_or_else(|error| json!({ "schema": SCHEMA, "error": error.to_string() }).to_string());
    text + "\n"
}

/// The table of values, with plain JSON numbers, texts and `null` as cells.
pub fn values(view: &ValuesView) -> String {
    let rows: Vec<Vec<Value>> = view.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    document(&json!({ "columns": view.columns, "parameters": view.parameters, "rows": rows, "others": view.others }))
}

fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Integer(value) => (*value).into(),
        Cell::Real(value) => (*value).into(),
        Cell::Text(value) => value.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_plain_json() {
        let view = ValuesView {
            columns: vec!["x".into(), "pi".into(), "note".into(), "none".into()],
            parameters: 1,
            others: Vec::new(),
            rows: vec![vec![Cell::Integer(3), Cell::Real(3.25), Cell::Text("a\"b".into()), Cell::Missing]],
        };
        let line = values(&view);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["schema"], 1);
        assert_eq!(read["rows"], json!([[3, 3.25, "a\"b", null]]));
        assert!(line.starts_with("{\"schema\":1,"));
        assert!(line.ends_with("}\n") && line.lines().count() == 1);
    }
}
