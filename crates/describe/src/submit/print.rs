//! Submit files from the model.

/// A literal text as it is written: no dollar sign begins a macro.
pub(super) fn escaped(text: &str) -> String {
    text.replace("$(", "$(DOLLAR)(")
}
