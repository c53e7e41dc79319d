//! Scripts with embedded Nimrod directives: `#NIM` lines declare parameters, and the script runs once for each combination.
//!
//! `nimexec` looks at lines that begin with `#NIM` and passes over those that it does not know.
//!
//! The script finds the values in variables named `NIMROD_VAR_` and the parameter's name, and runs in the experiment
//! directory, as it did under the batch system that it was written for.

use crate::{Diagnostics, Source, planfile, spelling};
use pelago_job::{Experiment, Group, Order, ParamNo, Piece, Place, Role, Step, Template};

/// Directives that are understood.
pub(crate) const DIRECTIVES: [&str; 3] = ["shebang", "parameter", "seqameter"];

/// What stands after the `#NIM` of a line, and its first word.
pub(crate) fn directive(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("#NIM").filter(|rest| rest.starts_with([' ', '\t']))?;
    Some((rest, rest.split_whitespace().next().unwrap_or("")))
}

/// Reads a script. `None`, or errors among the diagnostics, mean that there is no experiment.
pub(crate) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Experiment> {
    let mut declared = Vec::new();
    let mut interpreter = None;
    let mut allocation = None;
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let span = start + indent.min(line.trim_end().len())..start + line.trim_end().len();
        start += line.len();
        if line.starts_with("#PBS") || line.starts_with("#SBATCH") {
            allocation.get_or_insert(span.clone());
        }
        let Some((rest, directive)) = self::directive(line.trim_start()) else { continue };
        let body = span.end.saturating_sub(rest.trim_end().len())..span.end;
        if indent > 0 && DIRECTIVES.contains(&directive) {
            diagnostics
                .warning(span, "this line is not read: it does not begin with `#NIM`")
                .help("take out the blanks before it, or the `#` if it is a remark");
            continue;
        }
        match directive {
            "parameter" | "seqameter" => declared.extend(planfile::parameter_line(&source.text, body, diagnostics)),
            "shebang" => {
                let words: Vec<String> = rest.split_whitespace().skip(1).map(str::to_string).collect();
                if words.is_empty() {
                    diagnostics
                        .warning(span, "`shebang` names no interpreter, so `/bin/sh` runs the script")
                        .help("write `#NIM shebang /bin/bash`");
                    continue;
                }
                interpreter = Some(words);
            }
            word => {
                let message = format!("`{word}` is no directive, and the line is not read");
                let warning = diagnostics.warning(span, message);
                match spelling::nearest(word, DIRECTIVES) {
                    Some(near) => warning.did_you_mean(Some(near)),
                    None => warning.help(format!("the directives are {}", DIRECTIVES.join(", "))),
                };
            }
        }
    }
    planfile::check_names(&mut declared, diagnostics);
    if declared.is_empty() && !diagnostics.failed() {
        let help = "write for example `#NIM parameter x integer range from 1 to 10 step 1`";
        diagnostics.error(0..0, "the script declares no parameter").help(help);
    }
    if let Some(span) = allocation {
        let message = "the lines for the batch system asked for the whole experiment; they are not read";
        diagnostics.note(span, message);
    }
    let script = source.file_name();
    if script.is_empty() || script.starts_with('<') {
        let help = "write it to a file in the experiment directory";
        diagnostics.error(0..0, "a script with directives must be a file: it is run by its name").help(help);
    }
    let mut group = Group::new("main", Role::Main);
    let mut argv = vec![Template::literal("env"), Template::literal("PBS_O_WORKDIR=.")];
    for (position, declared) in declared.iter().enumerate() {
        let number = ParamNo(position as u16);
        let mut assignment = Template::literal(format!("NIMROD_VAR_{}=", declared.parameter.name));
        assignment.0.push(Piece::Param(number));
        argv.push(assignment);
        match declared.parameter.order {
            Order::Cross => group.parameters.push(number),
            Order::Chain => group.seqameters.push(number),
        }
    }
    let mut index = Template::literal("NIMROD_VAR_jobindex=");
    index.0.push(Piece::JobIndex);
    argv.push(index);
    argv.extend(interpreter.unwrap_or_else(|| vec!["/bin/sh".to_string()]).into_iter().map(Template::literal));
    argv.push(Template::literal(script));
    group.steps.push(Step::Exec { program: Template::literal("env"), argv, search_path: true, at: Place::Node });
    let parameters = declared.into_iter().map(|d| d.parameter).collect();
    let name = source.stem().to_string();
    Some(Experiment { name, parameters, rows: None, groups: vec![group], env: Vec::new(), in_place: true })
}
