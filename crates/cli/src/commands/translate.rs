//! `pelago translate`: prints a document in another language, and reports what that language cannot say.

use super::print;
use crate::ending::{End, Failure, bad_input};
use crate::render::json;
use crate::render::style::Style;
use crate::render::words::{clean, count};
use crate::subject;
use crate::terminal::{self, Stream, tell};
use clap::Args;
use pelago_describe::report::{self, Line};
use pelago_describe::{Language, Severity, diagnostic};
use serde_json::json;
use std::path::PathBuf;

/// Print a job in another language; what that cannot say is listed
///
/// The document goes to standard output, the losses to standard error. No other file is opened and nothing is run.
#[derive(Args, Debug)]
pub struct TranslateArgs {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The language to print it in; `pelago check --languages` lists them
    #[arg(long, value_name = "NAME", value_parser = subject::language)]
    pub to: Language,
    /// The language it is in; recognised by its content if not said
    #[arg(long, value_name = "NAME", value_parser = subject::language)]
    pub language: Option<Language>,
    /// Print nothing and end with exit code 4 if anything would get lost
    #[arg(long)]
    pub strict: bool,
    /// Print one JSON document with the text and the losses
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(args: &TranslateArgs) -> Result<End, Failure> {
    let source = subject::read_source(&args.file)?;
    let reading = pelago_describe::read(&source, args.language);
    let coloured = Style::of(terminal::colour(Stream::Err)).coloured();
    let Some(said) = &reading.said else {
        tell(&(reading.render(&source, coloured) + "\n"));
        return Ok(End::Code(2));
    };
    let warnings = reading.diagnostics.iter().filter(|d| d.severity != Severity::Note).cloned().collect::<Vec<_>>();
    if !warnings.is_empty() {
        tell(&(diagnostic::render(&warnings, &source, coloured) + "\n"));
    }
    let Some(printed) = args.to.print(&said.description) else {
        return Err(bad_input(
            format!("{} can be read but not written", args.to),
            "`pelago check --languages` says which languages are written",
        )
        .into());
    };
    let losses = report::lines(&printed.losses, said, &source);
    let refused = args.strict && !losses.is_empty();
    if args.json {
        let text = if refused { None } else { Some(&printed.text) };
        print(&json::document(&json!({ "language": args.to.name(), "text": text, "losses": losses })))?;
    } else {
        tell(&told(&losses, &source.name, args.to, refused));
        if !refused {
            print(&printed.text)?;
        }
    }
    Ok(if refused { End::Code(4) } else { End::GOOD })
}

/// The loss report for people.
fn told(losses: &[Line], name: &str, to: Language, refused: bool) -> String {
    if losses.is_empty() {
        return String::new();
    }
    let name = clean(name);
    let mut out = format!("{name}: as {to}, {} lost or changed\n", count(losses.len() as u64, "part"));
    for loss in losses {
        let place = loss.line.map(|line| format!("line {line}")).unwrap_or_default();
        out.push_str(&format!("  {place:>9}  {}: {}\n", clean(&loss.what), clean(&loss.done)));
    }
    if refused {
        out.push_str("nothing is printed because of `--strict`; without it the rest is\n");
    }
    out
}
