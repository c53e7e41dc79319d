//! Text that means nothing, between elements.

use super::{Element, Node};
use crate::Diagnostics;

/// Warns of text where only elements are expected.
pub fn stray(parent: &Element, diagnostics: &mut Diagnostics) {
    for child in &parent.children {
        if let Node::Text(text, span) = child
            && !text.trim().is_empty()
        {
            let start = span.start + (text.len() - text.trim_start().len());
            let shown = start..(start + text.trim().len()).min(span.end);
            diagnostics.warning(shown, format!("text in `{}` means nothing", parent.written));
        }
    }
}
