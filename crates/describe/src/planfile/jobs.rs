//! Run files: `variable` lists and the rows of the `jobs` block.

use super::cursor::{Cursor, TokenKind};
use super::line::Statement;
use super::outline::JobsBlock;
use super::parameter::{Declared, IMPLICIT, MAX_VALUES};
use super::{Dialect, MAX_NAMES};
use crate::{Diagnostics, bare};
use pelago_job::{Domain, Order, Parameter, Rows};
use std::ops::Range;

struct Variable {
    declared: Declared,
    index: usize,
    index_span: Range<usize>,
}

/// The variables in the order of their index.
pub(crate) fn variables(
    text: &str,
    statements: &[Statement],
    dialect: Dialect,
    diagnostics: &mut Diagnostics,
) -> Vec<Declared> {
    let mut all: Vec<Variable> = statements.iter().filter_map(|s| variable(text, s, dialect, diagnostics)).collect();
    all.sort_by_key(|v| v.index);
    for (expect, variable) in all.iter().enumerate() {
        if variable.index != expect {
            let name = &variable.declared.parameter.name;
            let message = format!("variable `{name}` has index {}, and index {expect} is missing", variable.index);
            let help = "indices begin with 0 and leave no number out";
            diagnostics.error(variable.index_span.clone(), message).help(help);
            break;
        }
    }
    all.into_iter().map(|v| v.declared).take(MAX_NAMES + 1).collect()
}

/// `variable NAME index N list VALUE…`
fn variable(text: &str, statement: &Statement, dialect: Dialect, diagnostics: &mut Diagnostics) -> Option<Variable> {
    let mut cursor = Cursor::new(text, statement.rest());
    let form = "a variable reads `variable NAME index 0 list \"first\" \"second\"`";
    let mut next = |what: &str, diagnostics: &mut Diagnostics| {
        let token = cursor.token(diagnostics);
        if token.is_none() {
            diagnostics.error(cursor.here(), format!("the line ends where {what} should be")).help(form);
        }
        token
    };
    let name = next("a name", diagnostics)?;
    if !bare::is_name(&name.text) || IMPLICIT.contains(&name.text.as_str()) {
        diagnostics.error(name.span, format!("`{}` cannot be the name of a variable", name.text)).help(form);
        return None;
    }
    let mut word = |word: &str, diagnostics: &mut Diagnostics| {
        let token = next(&format!("`{word}`"), diagnostics)?;
        if token.text != word {
            diagnostics.error(token.span, format!("expected `{word}`, found `{}`", token.text)).help(form);
            return None;
        }
        next("what follows it", diagnostics)
    };
    let index = word("index", diagnostics)?;
    let Ok(number) = index.text.parse::<u32>() else {
        diagnostics.error(index.span, format!("`{}` is no index", index.text)).help(form);
        return None;
    };
    let mut token = word("list", diagnostics);
    let mut values = Vec::new();
    while let Some(value) = token {
        if values.len() >= MAX_VALUES {
            diagnostics.error(value.span, format!("a line cannot have more than {MAX_VALUES} values"));
            return None;
        }
        match value.kind {
            TokenKind::Semicolon if dialect == Dialect::Classic => break,
            TokenKind::Quoted => values.push(value.text),
            TokenKind::Word if crate::number::is_number(&value.text) => values.push(value.text),
            _ => {
                diagnostics.error(value.span, format!("`{}` is not a value", value.text)).help("quote it if it is one");
                return None;
            }
        }
        token = cursor.token(diagnostics);
    }
    if values.is_empty() {
        return None;
    }
    let domain = Domain::List(values);
    let parameter = Parameter { name: name.text, label: None, order: Order::Cross, domain };
    let declared = Declared { parameter, span: name.span };
    Some(Variable { declared, index: number as usize, index_span: index.span })
}

/// The rows of the block, checked against the variables. `None` without a block.
pub(crate) fn rows(
    text: &str,
    block: Option<&JobsBlock>,
    variables: &[Declared],
    diagnostics: &mut Diagnostics,
) -> Option<Rows> {
    let block = block?;
    if variables.is_empty() {
        let help =
            "write `variable NAME index 0 list …` before it, or leave the block out: parameters cross by themselves";
        diagnostics
            .error(block.opened.clone(), "a `jobs` block names values of variables, and there are none")
            .help(help);
        return None;
    }
    if block.rows.is_empty() {
        let message = "the `jobs` block has no row, so no task will run";
        diagnostics.warning(block.opened.clone(), message).help("leave the block out to run all combinations");
    }
    let mut rows = Vec::with_capacity(block.rows.len());
    let mut number = 0;
    for statement in &block.rows {
        number += 1;
        rows.push(row(text, statement, &mut number, variables, diagnostics).unwrap_or_default());
    }
    Some(Rows { variables: variables.len() as u16, rows })
}

fn row(
    text: &str,
    statement: &Statement,
    number: &mut u64,
    variables: &[Declared],
    diagnostics: &mut Diagnostics,
) -> Option<Vec<u32>> {
    let mut cursor = Cursor::new(text, statement.span.clone());
    let first = cursor.token(diagnostics)?;
    match first.text.parse::<u64>() {
        Ok(index) if index == *number => {}
        Ok(index) => {
            let message = format!("this row has number {index}, and it is row {number}");
            // Later rows go on from here, so that one gap is one error.
            *number = index;
            diagnostics.error(first.span, message).help("rows are numbered from 1 and leave no number out");
            return None;
        }
        Err(_) => {
            let message = format!("a row begins with its number, found `{}`", first.text);
            diagnostics.error(first.span, message).help("is `endjobs` missing before this line?");
            return None;
        }
    }
    let mut positions = Vec::with_capacity(variables.len());
    while let Some(token) = cursor.token(diagnostics) {
        let Ok(position) = token.text.parse::<u32>() else {
            let message = format!("`{}` is no position in a list of values", token.text);
            diagnostics.error(token.span, message).help("write 0 for the first value of a variable, 1 for the second");
            return None;
        };
        let Some(variable) = variables.get(positions.len()) else {
            let message = format!("row {number} has more positions than there are variables ({})", variables.len());
            diagnostics.error(token.span, message).label("one too many");
            return None;
        };
        let length = variable.parameter.domain.len();
        if u64::from(position) >= length {
            let name = &variable.parameter.name;
            let message = match length.checked_sub(1) {
                Some(last) => format!("variable `{name}` has no value {position}: its {length} values are 0 to {last}"),
                None => format!("variable `{name}` has no value {position}: its list is empty"),
            };
            diagnostics.error(token.span, message).related(variable.span.clone(), "declared here");
            return None;
        }
        positions.push(position);
    }
    if positions.len() < variables.len() {
        let missing = variables.get(positions.len()).map_or("", |v| v.parameter.name.as_str());
        let message = format!("row {number} has {} positions for {} variables", positions.len(), variables.len());
        diagnostics.error(statement.span.clone(), message).label(format!("none for `{missing}`"));
        return None;
    }
    Some(positions)
}
