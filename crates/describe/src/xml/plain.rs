//! Texts as elements of XML job languages hold them.

use super::write::carries;
use pelago_job::Text;

/// A text without holes that stays the same when white space around it is cut off, as readers do, and that is not empty.
pub fn plain(text: &Text) -> Option<String> {
    text.as_literal().filter(|text| !text.is_empty() && text.trim() == text && carries(text))
}

/// Takes such a text.
pub fn take_plain(slot: &mut Option<Text>) -> Option<String> {
    let text = plain(slot.as_ref()?)?;
    *slot = None;
    Some(text)
}

/// A text without holes that XML can carry, blanks around it and all; may be empty.
pub fn exact(text: &Text) -> Option<String> {
    text.as_literal().filter(|text| carries(text))
}
