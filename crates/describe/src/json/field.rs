//! One line of a table: a member of an object, how it is read and how it is printed.

use super::{In, Member, Out, Value};

/// A member that a language's objects of one kind can have.
pub struct Field<T: 'static> {
    /// The name that is printed.
    pub name: &'static str,
    /// Other names that are read.
    pub others: &'static [&'static str],
    /// The part of the model that it goes to, relative to the object's; empty where there is no single one.
    pub part: &'static str,
    /// Takes the member into the model.
    pub read: fn(&mut In<'_>, &Member, &mut T),
    /// Takes from the model what the member says.
    pub print: fn(&mut Out<'_>, &mut T) -> Option<Value>,
}

impl<T> Field<T> {
    /// A member that has one name.
    pub const fn new(
        name: &'static str,
        part: &'static str,
        read: fn(&mut In<'_>, &Member, &mut T),
        print: fn(&mut Out<'_>, &mut T) -> Option<Value>,
    ) -> Self {
        Self { name, others: &[], part, read, print }
    }

    /// A member that is read by several names and printed by the first.
    pub const fn named(
        name: &'static str,
        others: &'static [&'static str],
        part: &'static str,
        read: fn(&mut In<'_>, &Member, &mut T),
        print: fn(&mut Out<'_>, &mut T) -> Option<Value>,
    ) -> Self {
        Self { name, others, part, read, print }
    }

    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.others.contains(&name)
    }
}
