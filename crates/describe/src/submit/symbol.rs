//! What differs from task to task, while texts are still strings: each symbol is one private character, so that
//! splitting at blanks and commas works as on plain text.

use pelago_job::{Expr, ParamNo};

/// The first of the characters; plane 15 is for private use.
const FIRST: u32 = 0xF0000;
/// How many there are.
const MOST: usize = 0xFFFE;

/// Something whose value each task has of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Symbol {
    /// `$(Cluster)`: the number that the queue gives to all jobs of a submission.
    Cluster,
    /// `$(Process)`.
    Process,
    /// `$(Step)`: counts the jobs of one item.
    Step,
    /// `$(ItemIndex)`: the item's place in the list before slicing.
    Index,
    /// An item variable, by its position.
    Item(usize),
    /// `$INT(name)` where the macro is `offset + factor * $(Process)`.
    Count {
        /// The macro's name.
        name: String,
        /// What each further process adds.
        factor: i64,
        /// For process 0.
        offset: i64,
    },
    /// Integer arithmetic; its parameters are the numbers of other symbols.
    Arithmetic(Expr),
}

/// The symbols of a document.
#[derive(Debug, Default)]
pub(super) struct Symbols(Vec<Symbol>);

impl Symbols {
    /// The character of a symbol.
    pub fn character(&mut self, symbol: Symbol) -> char {
        let known = self.0.iter().position(|s| *s == symbol);
        let number = known.unwrap_or_else(|| {
            if self.0.len() < MOST {
                self.0.push(symbol);
            }
            self.0.len().saturating_sub(1)
        });
        u32::try_from(number).ok().and_then(|n| char::from_u32(FIRST + n)).unwrap_or('\u{FFFD}')
    }

    /// The symbol that a character stands for, with its number.
    pub fn of(&self, c: char) -> Option<(ParamNo, &Symbol)> {
        let number = u32::from(c).checked_sub(FIRST)?;
        let symbol = self.0.get(usize::try_from(number).ok()?)?;
        Some((ParamNo(u16::try_from(number).ok()?), symbol))
    }

    /// All of them.
    pub fn all(&self) -> &[Symbol] {
        &self.0
    }

    /// A symbol by its number.
    pub fn get(&self, number: ParamNo) -> Option<&Symbol> {
        self.0.get(usize::from(number.0))
    }
}

/// Whether a character stands for a symbol. Such characters are refused in documents.
pub(super) fn is_symbol(c: char) -> bool {
    (FIRST..FIRST + 0xFFFE).contains(&u32::from(c))
}

/// Whether there is a symbol in a text.
pub(super) fn has_symbol(text: &str) -> bool {
    text.contains(is_symbol)
}
