//! Where names are looked up: an ad, and the ads around it.

use crate::ad::Ad;
use crate::name::Name;
use std::sync::Arc;

/// An ad together with the ads that it stands in, innermost first.
///
/// A nested ad is one of its own scopes: its value carries where its unscoped names are found.
#[derive(Clone, Debug)]
pub struct Scope(Arc<Frame>);

#[derive(Debug)]
struct Frame {
    ad: Arc<Ad>,
    parent: Option<Scope>,
    side: Side,
}

/// Which ad of an evaluation an outermost ad is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// One ad of a match.
    Left,
    /// The other one.
    Right,
    /// Neither: an ad that a function made.
    Detached,
}

impl Side {
    /// Across.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Detached => Self::Detached,
        }
    }
}

impl Scope {
    /// An outermost ad.
    pub fn new(ad: Arc<Ad>) -> Self {
        Self::with_side(ad, Side::Detached)
    }

    pub(crate) fn with_side(ad: Arc<Ad>, side: Side) -> Self {
        Self(Arc::new(Frame { ad, parent: None, side }))
    }

    /// An ad inside another, or an outermost one that a function made.
    pub(crate) fn inside(ad: Arc<Ad>, parent: Option<Scope>) -> Self {
        Self(Arc::new(Frame { ad, parent, side: Side::Detached }))
    }

    /// The innermost ad.
    pub fn ad(&self) -> &Arc<Ad> {
        &self.0.ad
    }

    /// The scope around it.
    pub fn parent(&self) -> Option<&Scope> {
        self.0.parent.as_ref()
    }

    pub(crate) fn side(&self) -> Side {
        self.0.side
    }

    /// Whether both are one and the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The outermost scope.
    pub fn outermost(&self) -> &Scope {
        let mut at = self;
        while let Some(parent) = at.parent() {
            at = parent;
        }
        at
    }

    /// The nearest scope that has an attribute `name`, and its place there.
    pub(crate) fn find(&self, name: &Name) -> Option<(&Scope, usize)> {
        let mut at = Some(self);
        while let Some(scope) = at {
            if let Some(index) = scope.ad().index(name) {
                return Some((scope, index));
            }
            at = scope.parent();
        }
        None
    }
}

impl PartialEq for Scope {
    /// The same ad at the same place.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.ad() == other.ad() && self.parent() == other.parent())
    }
}
