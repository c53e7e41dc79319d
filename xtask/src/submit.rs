//! HTCondor's own reader of submit files, from PyPI, as an oracle: what `pelago-describe` writes for a document makes
//! the same jobs as the document itself.

use crate::oracle::Finding;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// The last line of releases whose Python module makes jobs without a queue to send them to.
const RELEASE: &str = "htcondor==24.0.24";

/// Compares; keeps the library in `target` for the next time.
///
/// # Errors
///
/// When a program cannot be started or a file not written.
pub fn run(root: &Path, target: &Path) -> io::Result<Finding> {
    let dir = target.join("oracle");
    let pairs = dir.join("submit");
    let _ = fs::remove_dir_all(&pairs);
    fs::create_dir_all(&pairs)?;
    let python = dir.join("jobs/bin/python");
    if let Some(why) = crate::oracle::install(&dir, "jobs", &python, RELEASE, "import htcondor")? {
        return Ok(Finding::Differs(format!("{why}; it takes python3 with venv, and PyPI for the first time")));
    }
    let test = ["test", "-q", "-p", "pelago-describe", "--test", "submit", "documents_for_the_real_reader"];
    let made = Command::new("cargo").args(test).env("PELAGO_SUBMIT_PAIRS", &pairs).current_dir(root).output()?;
    if !made.status.success() {
        return Ok(Finding::Differs(String::from_utf8_lossy(&made.stderr).into_owned()));
    }
    let mut names: Vec<String> =
        fs::read_dir(&pairs)?.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    // Directories that jobs of the documents start in.
    for number in 0..600 {
        fs::create_dir_all(pairs.join(format!("run_{number}")))?;
    }
    // Files that they look for.
    for (name, text) in
        [("list.txt", "head\na 1\nb 2\n"), ("common.sub", "more = m\n"), ("one.dat", ""), ("two.in", "")]
    {
        fs::write(pairs.join(name), text)?;
    }
    let (mut same, mut refused, mut differs) = (0, 0, Vec::new());
    for name in names.iter().filter(|name| name.ends_with(".said.sub")) {
        let written = name.replace(".said.", ".written.");
        // The library ends its process at some faults, so each pair has one of its own.
        let output =
            Command::new(&python).args(["-W", "ignore", "-c", SCRIPT, name, &written]).current_dir(&pairs).output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
        match (output.status.success(), said.as_str()) {
            (true, "refused") => refused += 1,
            (true, _) => same += 1,
            (false, _) => differs.push(format!("{name}: {said}{}", String::from_utf8_lossy(&output.stderr).trim())),
        }
    }
    Ok(match differs.is_empty() && same > 0 {
        true => Finding::Agreed(format!("{same} documents make the same jobs, {refused} are not read by this release")),
        false => Finding::Differs(differs.join("\n")),
    })
}

/// Compares the jobs of two documents: their numbers, words, files and requests. The module stops at the first `queue`
/// statement, so each is given to it with all definitions before.
const SCRIPT: &str = r##"
import sys
import htcondor, classad

def words(ad):
    if "Arguments" not in ad:
        return ad.get("Args", "").split()
    out, word, quoted, text, i = [], None, False, ad["Arguments"], 0
    while i < len(text):
        c = text[i]
        if c == "'":
            word = word or ""
            if quoted and text[i + 1 : i + 2] == "'":
                word, i = word + "'", i + 1
            else:
                quoted = not quoted
        elif c.isspace() and not quoted:
            out += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + c
        i += 1
    return out + ([] if word is None else [word])

def value(ad, name):
    found = ad.get(name)
    return ad.eval(name) if isinstance(found, classad.ExprTree) else found

NAMES = ["Cmd", "Out", "Err", "In", "UserLog", "Iwd", "RequestMemory", "RequestCpus", "RequestDisk", "JobUniverse",
         "JobPrio", "TransferInput", "TransferOutput", "Environment", "JobMaxRetries", "Requirements"]

def statements(text):
    definitions, block = [], None
    for line in text.split("\n"):
        if block is not None:
            block.append(line)
            if line.strip().startswith(")"):
                yield definitions + block
                block = None
        elif line.lower().split()[:1] == ["queue"]:
            if line.rstrip().endswith("("):
                block = [line]
            else:
                yield definitions + [line]
        else:
            definitions.append(line)

def jobs(path):
    text, ads = open(path).read(), []
    for lines in list(statements(text)) or [text.split("\n")]:
        submit = htcondor.Submit("\n".join(lines) + "\n")
        asked = (submit.getQArgs() or "1").split()
        count = int(asked[0]) if asked and asked[0].isdigit() else 1
        listed = {"in", "from", "matching"} & set(asked)
        items = {"itemdata": iter(list(submit.itemdata() or []))} if listed else {}
        ads += list(submit.jobs(count=count, procid=len(ads), **items))
    return [(ad["ProcId"], words(ad), [str(value(ad, name)) for name in NAMES]) for ad in ads]

try:
    said = jobs(sys.argv[1])
except Exception:
    print("refused")
    sys.exit(0)
written = jobs(sys.argv[2])
if said != written:
    print(len(said), "jobs and", len(written), next(((a, b) for a, b in zip(said, written) if a != b), ""))
    sys.exit(1)
print(len(said))
"##;
