//! Names that the language fills by itself.

/// Filled when a job is submitted, with what is only known there; kept in texts as written.
pub(super) const LATER: [&str; 13] = [
    "ARCH",
    "OPSYS",
    "OPSYSVER",
    "OPSYSANDVER",
    "OPSYSMAJORVER",
    "SUBMIT_FILE",
    "SUBMIT_TIME",
    "Year",
    "Month",
    "Day",
    "SPOOL",
    "TaskId",
    "Node",
];

/// Which system a job is submitted on: always this one, so that conditions and functions can be computed.
pub(super) const PLATFORM: [(&str, &str); 2] = [("IsLinux", "1"), ("IsWindows", "0")];

/// Filled for each job.
pub(super) const COUNTERS: [&str; 8] =
    ["Cluster", "ClusterId", "Process", "ProcId", "Step", "ItemIndex", "Row", "JobId"];

/// Functions whose value is only known when a job is submitted; kept in texts as written.
pub(super) const LATER_FUNCTIONS: [&str; 3] = ["$ENV(", "$RANDOM_CHOICE(", "$RANDOM_INTEGER("];

/// Functions that are computed while a document is read.
pub(super) const FUNCTIONS: [&str; 8] = ["INT", "REAL", "STRING", "CHOICE", "SUBSTR", "EVAL", "BASENAME", "DIRNAME"];

/// Whether macros may have this name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_name_byte)
}

/// Whether names may have this byte.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./".contains(&byte)
}

/// Whether a name has one of the languages's own meanings.
pub(super) fn is_own(name: &str) -> bool {
    COUNTERS.iter().chain(&LATER).chain(&["DOLLAR"]).any(|own| own.eq_ignore_ascii_case(name))
        || platform(name).is_some()
}

/// What a name of the platform stands for.
pub(super) fn platform(name: &str) -> Option<&'static str> {
    PLATFORM.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// Whether it is a function on file names: `F` and letters that say which parts.
pub(super) fn is_file_function(name: &str) -> bool {
    name.strip_prefix('F').is_some_and(|rest| rest.bytes().all(|b| b"pnxdqabfwu".contains(&b.to_ascii_lowercase())))
}
