//! The parsers that are fuzzed, and where the words and documents of each are.

/// A reader of foreign text.
#[derive(Debug)]
pub struct Parser {
    /// What the fuzz program calls it.
    pub name: &'static str,
    /// Files and folders of the repository whose string literals are its words, and documents if they are long.
    pub sources: &'static [&'static str],
    /// Extensions of the repository's own documents that it can read.
    pub extensions: &'static [&'static str],
    /// Its languages in the index of a corpus of real files.
    pub languages: &'static [&'static str],
}

const XML: &str = "crates/describe/src/xml";
const JSON: &str = "crates/describe/src/json";

/// All of them, by name.
pub const PARSERS: [Parser; 20] = [
    Parser {
        name: "adl",
        sources: &["crates/describe/src/adl", XML, "crates/describe/tests/adl.rs"],
        extensions: &["adl", "xml"],
        languages: &["adl"],
    },
    Parser {
        name: "applications",
        sources: &["crates/describe/src/ground/applications.rs", "crates/cli/tests"],
        extensions: &["toml"],
        languages: &[],
    },
    Parser {
        name: "classad",
        sources: &["crates/classad/src", "crates/classad/tests"],
        extensions: &["txt", "jdl"],
        languages: &["jdl"],
    },
    Parser {
        name: "classad-old",
        sources: &["crates/classad/src", "crates/classad/tests"],
        extensions: &["txt", "sub"],
        languages: &[],
    },
    Parser {
        name: "command",
        sources: &["crates/describe/src/spec.rs", "crates/describe/src/bare.rs", "crates/agent/src/value.rs"],
        extensions: &["cmd"],
        languages: &[],
    },
    Parser {
        name: "dag",
        sources: &["crates/describe/src/dagman", "crates/describe/tests/dagman"],
        extensions: &["dag"],
        languages: &["dag"],
    },
    Parser {
        name: "dax",
        sources: &["crates/describe/src/dax", XML, "crates/describe/tests/dax.rs"],
        extensions: &["dax", "xml"],
        languages: &["dax"],
    },
    Parser {
        name: "gt4",
        sources: &["crates/describe/src/gt4", XML, "crates/describe/tests/gt4.rs"],
        extensions: &["xml"],
        languages: &["gt4"],
    },
    Parser {
        name: "jdl",
        sources: &["crates/describe/src/jdl", "crates/describe/tests/jdl.rs"],
        extensions: &["jdl"],
        languages: &["jdl"],
    },
    Parser { name: "journal", sources: &[], extensions: &["group"], languages: &[] },
    Parser {
        name: "jsdl",
        sources: &["crates/describe/src/jsdl", XML, "crates/describe/tests/jsdl"],
        extensions: &["jsdl", "xml"],
        languages: &["jsdl"],
    },
    Parser {
        name: "plan",
        sources: &[
            "crates/describe/src/planfile",
            "crates/describe/src/embedded.rs",
            "crates/describe/tests/hostile.rs",
        ],
        extensions: &["plan", "run", "nsh"],
        languages: &["plan", "run-file"],
    },
    Parser {
        name: "rsl",
        sources: &["crates/describe/src/rsl", "crates/describe/tests/rsl.rs"],
        extensions: &["rsl", "xrsl", "infogram"],
        languages: &["rsl", "xrsl"],
    },
    Parser {
        name: "run",
        sources: &["crates/describe/src/ground", "crates/plan/tests", "crates/cli/tests"],
        extensions: &[
            "jsdl", "sub", "dag", "plan", "run", "rsl", "xrsl", "u", "json", "jdl", "sbatch", "slurm", "adl", "xml",
        ],
        languages: &["jsdl", "submit", "rsl", "unicore", "jdl", "tes", "gt4"],
    },
    Parser {
        name: "script",
        sources: &["crates/describe/src/script", "crates/describe/tests/script.rs"],
        extensions: &["sbatch", "slurm", "pbs", "sge", "sh"],
        languages: &["slurm", "pbs", "gridengine"],
    },
    Parser {
        name: "submit",
        sources: &["crates/describe/src/submit", "crates/describe/tests/submit"],
        extensions: &["sub"],
        languages: &["submit"],
    },
    Parser {
        name: "tes",
        sources: &["crates/describe/src/tes", JSON, "crates/describe/tests/tes.rs"],
        extensions: &["json"],
        languages: &["tes"],
    },
    Parser {
        name: "unicore",
        sources: &["crates/describe/src/unicore", JSON, "crates/describe/tests/unicore.rs"],
        extensions: &["u", "json"],
        languages: &["unicore", "unicore-workflow"],
    },
    Parser {
        name: "wfformat",
        sources: &["crates/describe/src/wfformat", JSON, "crates/describe/tests/wfformat.rs"],
        extensions: &["json"],
        languages: &["wfformat"],
    },
    Parser { name: "wire", sources: &["crates/wire/src", "crates/job/src"], extensions: &["jsonl"], languages: &[] },
];
