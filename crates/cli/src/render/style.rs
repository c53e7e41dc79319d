//! Colours, as decoration only: every text says the same without them.

/// Whether and how texts are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Without colours.
    #[cfg(test)]
    pub const PLAIN: Style = Style { colour: false };

    /// With colours or without.
    pub fn of(colour: bool) -> Self {
        Self { colour }
    }

    /// Whether there are colours.
    pub fn coloured(self) -> bool {
        self.colour
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self.colour && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }

    /// Something that went wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// Something that went well.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something to look at.
    pub fn notable(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Something of less weight.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// The word of a job's or task's state.
    pub fn state(self, state: &str) -> String {
        match state {
            "done" | "reused" => self.good(state),
            "failed" => self.bad(state),
            "retrying" | "held" | "paused" | "skipped" | "cancelled" => self.notable(state),
            "running" => self.strong(state),
            _ => state.to_string(),
        }
    }
}
