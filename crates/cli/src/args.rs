//! The command line as a whole. The texts here are the manual: `pelago --help` and `pelago COMMAND --help` print them.

use crate::commands::{check, control, doctor, logs, plan, run, status, tasks, translate, values, wait, why};
use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  pelago run -p x=1:10 -p y=a,b -- ./model {x} {y}   twenty commands, as many at a time as there are cores
  pelago run sweep.plan                              a plan file; the same line continues what was interrupted
  pelago status                                      how it stands, from another terminal in the same directory
  pelago why 1.17                                    why task 17 of job 1 is as it is
  pelago values --csv                                the table of what was found

An ID is a job (1) or a task (1.17; 1.fl.3 of another group than main). Left out, it is the last job.

Exit codes: 0 all good, 1 some task failed, 2 the input is bad, 3 interrupted and can be continued, 4 refused,
5 the site cannot be reached, 70 our bug.";

/// A grid in one program: describe a sweep of tasks, and it is run, explained and cleaned up after
#[derive(Parser, Debug)]
#[command(name = "pelago", version, after_help = EXAMPLES, max_term_width = 110, disable_help_subcommand = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a plan, or a command with parameters, here and now; continue it if it was interrupted
    Run(run::RunArgs),
    /// Say whether files are right; if not, where and why
    Check(check::CheckArgs),
    /// Print a job in another language; list what that cannot say
    Translate(translate::TranslateArgs),
    /// Show what a plan would run: groups, counts, files, the first task
    Plan(plan::PlanArgs),
    /// Show jobs, or one in full
    Status(status::StatusArgs),
    /// List the tasks of a job
    Tasks(tasks::TasksArgs),
    /// Explain a job or a task: what is in the way, what was decided, what would change it
    Why(why::WhyArgs),
    /// Print what a task wrote
    Logs(logs::LogsArgs),
    /// Print the table of values
    Values(values::ValuesArgs),
    /// Wait until a job has ended; end with its exit code
    Wait(wait::WaitArgs),
    /// End a job or a task for good
    Cancel(control::ControlArgs),
    /// Start no further task of a job until it is released
    Hold(control::ControlArgs),
    /// Undo a hold
    Release(control::ControlArgs),
    /// Say what is wrong with this machine and with the state directory
    Doctor(doctor::DoctorArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &[&str]) -> Result<Command, String> {
        let words = std::iter::once("pelago").chain(line.iter().copied());
        Args::try_parse_from(words).map(|args| args.command).map_err(|error| error.to_string())
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_run_takes_a_plan_or_a_command() {
        let Ok(Command::Run(plan)) = parse(&["run", "a.plan", "-p", "x=1:3", "-s", "t=1=2", "--quota", "200MB"]) else {
            panic!("not accepted");
        };
        assert_eq!(plan.subject.parameters, [("x".to_string(), "1:3".to_string())]);
        assert_eq!(plan.subject.seqameters, [("t".to_string(), "1=2".to_string())]);
        assert_eq!(plan.quota, Some(pelago_job::Bytes(200_000_000)));
        let Ok(Command::Run(bare)) = parse(&["run", "-px=1:3", "--output", "o.{x}", "--", "./m", "-p", "{x}"]) else {
            panic!("not accepted");
        };
        assert_eq!(bare.subject.command, ["./m", "-p", "{x}"]);
    }

    #[test]
    fn bad_lines_are_explained() {
        for (line, part) in [
            (&["run"][..], "pelago run [OPTIONS] -- COMMAND"),
            (&["run", "a.plan", "--", "x"], "cannot be used with"),
            (&["run", "a.plan", "--input", "x"], "cannot be used with"),
            (&["run", "-p", "x", "--", "true"], "write NAME=VALUES"),
            (&["run", "a.plan", "--quota", "lots"], "is not a size"),
            (&["run", "a.plan", "--slots", "0"], "0"),
            (&["check", "--language", "nimrodd", "x"], "known: "),
            (&["values", "--csv", "--json"], "cannot be used with"),
            (&["stauts"], "'status'"),
        ] {
            let said = parse(line).err().unwrap_or_default();
            assert!(said.contains(part), "{line:?}: {said}");
        }
    }
}
