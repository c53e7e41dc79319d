//! An ad: attributes with expressions, each name once.

use crate::expr::Expr;
use crate::name::Name;

/// Attributes in the order of their names (see [`Name`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ad {
    attributes: Vec<(Name, Expr)>,
    /// Whether an attribute is called like one of the special names, which then means the attribute.
    shadows: bool,
}

impl Ad {
    /// An ad without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute, or replaces the one that has this name in any case of letters.
    pub fn insert(&mut self, name: Name, expr: Expr) {
        self.shadows |= name.special().is_some();
        match self.position(&name) {
            Ok(at) => self.attributes[at] = (name, expr),
            Err(at) => self.attributes.insert(at, (name, expr)),
        }
    }

    /// Removes an attribute.
    pub fn remove(&mut self, name: &Name) -> Option<Expr> {
        let at = self.position(name).ok()?;
        Some(self.attributes.remove(at).1)
    }

    /// The expression of an attribute of this ad itself.
    pub fn get(&self, name: &Name) -> Option<&Expr> {
        self.at(self.index(name)?)
    }

    /// The place of an attribute in the order.
    pub(crate) fn index(&self, name: &Name) -> Option<usize> {
        if name.special().is_some() && !self.shadows {
            return None;
        }
        self.position(name).ok()
    }

    /// The expression at a place.
    pub(crate) fn at(&self, index: usize) -> Option<&Expr> {
        self.attributes.get(index).map(|(_, expr)| expr)
    }

    /// The attributes in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Name, &Expr)> {
        self.attributes.iter().map(|(name, expr)| (name, expr))
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    fn position(&self, name: &Name) -> Result<usize, usize> {
        self.attributes.binary_search_by(|(have, _)| have.cmp(name))
    }
}

impl FromIterator<(Name, Expr)> for Ad {
    fn from_iter<I: IntoIterator<Item = (Name, Expr)>>(attributes: I) -> Self {
        let mut ad = Self::new();
        // Sorted first, so that many attributes are not each moved along.
        let mut all: Vec<_> = attributes.into_iter().collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, expr) in all {
            ad.insert(name, expr);
        }
        ad
    }
}
