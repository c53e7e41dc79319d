//! What HTCondor insists on when a job is submitted: values that are no plain expressions, and commands that do not go
//! together.

use super::job::{Build, Given, amount, flag};
use super::symbol::has_symbol;

/// Signals that have names.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];
/// Kinds of grids, with those that are gone: old documents have them.
const GRIDS: [&str; 20] = [
    "condor",
    "batch",
    "arc",
    "ec2",
    "gce",
    "azure",
    "pbs",
    "lsf",
    "sge",
    "slurm",
    "nqs",
    "blah",
    "naregi",
    "gt2",
    "gt5",
    "globus",
    "cream",
    "unicore",
    "nordugrid",
    "boinc",
];

/// What a value of this command has to be, if this one is something else.
pub(super) fn expected(name: &str, text: &str) -> Option<&'static str> {
    if has_symbol(text) || text.contains('$') {
        return None;
    }
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let (right, words) = match name {
        "hold" | "nice_user" => (flag(text).is_some(), "true or false"),
        "priority" | "max_retries" | "success_exit_code" | "core_size" => {
            (super::function::whole(text).is_some(), "an integer")
        }
        "image_size" | "disk_usage" => (
            amount(text, Some(1024.0)).is_some_and(|size| size >= 1.0),
            "a size of 1 or more, in KiB or with K, M, G or T",
        ),
        "kill_sig" | "remove_kill_sig" | "hold_kill_sig" => {
            (is_signal(text), "a signal: its number, or its name as in `SIGTERM`")
        }
        "cron_minute" | "cron_hour" | "cron_day_of_month" | "cron_month" | "cron_day_of_week" => {
            let good = |c: char| c.is_ascii_digit() || c.is_whitespace() || "*,-/".contains(c);
            (text.chars().all(good), "made of numbers, `*`, `,`, `-` and `/`")
        }
        "skip_filechecks" => (is(&["warn"]) || flag(text).is_some(), "true, false or `warn`"),
        "use_scitokens" | "use_scitoken" => (is(&["auto"]) || flag(text).is_some(), "true, false or `auto`"),
        "grid_resource" => {
            let kind = text.split_whitespace().next().unwrap_or("");
            let known = GRIDS.iter().any(|grid| grid.eq_ignore_ascii_case(kind));
            (known, "a kind of grid and its address; there are `condor`, `batch`, `arc`, `ec2`, `gce` and `azure`")
        }
        _ => return None,
    };
    (!right).then_some(words)
}

/// A name as HTCondor has it, with its `SIG`, or a number.
fn is_signal(text: &str) -> bool {
    let name = text.to_ascii_uppercase();
    name.strip_prefix("SIG").is_some_and(|name| SIGNALS.contains(&name))
        || text.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number))
}

/// Commands that have to go together.
pub(super) fn together(build: &mut Build<'_>) {
    let docker =
        build.given("universe", &["JobUniverse"]).is_some_and(|given| given.text.eq_ignore_ascii_case("docker"));
    if let Some(image) = build.given("container_image", &["ContainerImage"]).filter(|_| docker) {
        build.error(image.span, "the docker universe has a `docker_image` and no `container_image`");
        build.helped(Some("write `docker_image`, or `universe = container`".into()));
    }
    transfer(build);
}

/// What is said of the transfer of files.
fn transfer(build: &mut Build<'_>) {
    let plain = |given: &Given| !has_symbol(&given.text) && !given.text.contains('$');
    let Some(should) = build.given("should_transfer_files", &["ShouldTransferFiles"]).filter(plain) else { return };
    let word = should.text.to_ascii_uppercase();
    let never = ["NO", "NEVER", "FALSE"].contains(&word.as_str());
    let when = build.given("when_to_transfer_output", &["WhenToTransferOutput"]).filter(plain);
    if let Some(when) = when {
        let word_when = when.text.to_ascii_uppercase();
        let contrary = never && word_when != "NEVER"
            || !never && word_when == "NEVER"
            || word == "IF_NEEDED" && word_when == "ON_EXIT_OR_EVICT";
        if contrary {
            let message = format!("`{}` does not go with `should_transfer_files = {}`", when.text, should.text);
            build.error(when.span, message);
            build.helped(Some("take one of the two out, or change it".into()));
        }
    }
    let lists: [(&str, &[&str]); 2] = [
        ("transfer_input_files", &["TransferInputFiles", "TransferInput"]),
        ("transfer_output_files", &["TransferOutputFiles"]),
    ];
    for (name, also) in lists {
        if let Some(list) = build.given(name, also).filter(|list| never && list.text != "\"\"") {
            let message = format!("`{}` has files, and `should_transfer_files = {}`", list.name, should.text);
            build.error(list.span, message);
            build.helped(Some("write `should_transfer_files = YES`, or take the list out".into()));
        }
    }
}
