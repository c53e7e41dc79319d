//! What the dialects of RSL differ in.

use super::attribute::Attribute;
use super::evaluate::Undefined;
use super::print::Printer;
use super::read::Reader;
use super::token::Syntax;
use pelago_job::description::Extension;

/// A dialect.
pub(super) struct Dialect {
    /// What `--language` calls it.
    pub name: &'static str,
    /// Who reads it, for messages.
    pub reader: &'static str,
    /// Whose scanner and grammar.
    pub syntax: Syntax,
    /// What a variable is that nothing defines.
    pub undefined: Undefined,
    /// Whether an unknown attribute is an error; else it is ignored.
    pub strict: bool,
    /// Whether there are requests for information.
    pub asks: bool,
    /// What exists, in the order of printing.
    pub tables: &'static [&'static [Attribute]],
    /// What it takes of others: they are kept, and nothing is done with them.
    pub foreign: &'static [&'static str],
    /// Puts together what several attributes say.
    pub finish: fn(&mut Reader<'_>),
    /// Prepares a job for the table, before any row prints.
    pub prepare: fn(&mut Printer<'_>),
}

impl Dialect {
    /// All rows.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        self.tables.iter().flat_map(|table| table.iter())
    }

    /// The row of a name.
    pub(super) fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    /// Whether it prints an extension.
    pub(super) fn owns(&self, extension: &Extension) -> bool {
        extension.language == self.name || self.asks && extension.language == "rsl"
    }
}

/// The name of the extension that holds what may be chosen instead of a part of the job.
pub(super) const ALTERNATIVES: &str = "|";
/// The name of the extension that says which names in texts are variables.
pub(super) const VARIABLE: &str = "variable";
