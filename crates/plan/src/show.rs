//! Templates, arithmetic and commands as text for people, in the spelling of plan files.

use pelago_job::{Experiment, Expr, ParamNo, Piece, Place, Setting, Step, Stream, Template};

fn name(experiment: &Experiment, param: ParamNo) -> &str {
    experiment.parameter(param).map_or("?", |parameter| parameter.name.as_str())
}

/// `cms.${exprnr}.$((timestep - 1)).tar.gz`
pub(crate) fn template(experiment: &Experiment, template: &Template) -> String {
    template
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Param(param) => format!("${{{}}}", name(experiment, *param)),
            Piece::Prev(param) => format!("${{{}.prev}}", name(experiment, *param)),
            Piece::Arith(arithmetic) => format!("$(({}))", expr(experiment, arithmetic)),
            Piece::JobName => "${jobname}".to_string(),
            Piece::JobIndex => "${jobindex}".to_string(),
        })
        .collect()
}

/// `timestep - 1`
pub(crate) fn expr(experiment: &Experiment, arithmetic: &Expr) -> String {
    let part = |inner: &Expr| match inner {
        Expr::Int(value) if *value >= 0 => value.to_string(),
        Expr::Param(_) | Expr::Prev(_) => expr(experiment, inner),
        _ => format!("({})", expr(experiment, inner)),
    };
    match arithmetic {
        Expr::Int(value) => value.to_string(),
        Expr::Param(param) => name(experiment, *param).to_string(),
        Expr::Prev(param) => format!("{}.prev", name(experiment, *param)),
        Expr::Neg(a) => format!("-{}", part(a)),
        Expr::Add(a, b) => format!("{} + {}", part(a), part(b)),
        Expr::Sub(a, b) => format!("{} - {}", part(a), part(b)),
        Expr::Mul(a, b) => format!("{} * {}", part(a), part(b)),
        Expr::Div(a, b) => format!("{} / {}", part(a), part(b)),
        Expr::Rem(a, b) => format!("{} % {}", part(a), part(b)),
    }
}

/// All templates of a step, in the order of the text.
pub(crate) fn templates(step: &Step) -> Vec<&Template> {
    match step {
        Step::Exec { program, argv, .. } => std::iter::once(program).chain(argv).collect(),
        Step::Shell { line, .. } => vec![line],
        Step::Copy { source, to, .. } => std::iter::once(source).chain(to.iter().map(|(_, path)| path)).collect(),
        Step::Substitute { source, target } => vec![source, target],
        Step::Redirect { target, .. } => target.iter().map(|(path, _)| path).collect(),
        Step::OnError(_) => Vec::new(),
        Step::Within(directory) => vec![directory],
        Step::Set(setting) => match setting {
            Setting::Variable { name, value } => std::iter::once(name).chain(value).collect(),
            Setting::Input(path) | Setting::Directory(path) => path.iter().collect(),
            Setting::Success(_) | Setting::Limit { .. } | Setting::AfterFailure(_) | Setting::Skip(_) => Vec::new(),
        },
    }
}

/// A command, its templates filled by `fill`.
pub(crate) fn step(step: &Step, fill: &dyn Fn(&Template) -> String) -> String {
    let side = |place: &Place| match place {
        Place::Node => "node:",
        Place::Root => "root:",
        Place::Local => "local",
        Place::Machine => "",
    };
    match step {
        Step::Exec { program, argv, .. } => {
            let arguments = argv.iter().skip(1).map(|argument| quoted(&fill(argument)));
            std::iter::once(fill(program)).chain(arguments).collect::<Vec<_>>().join(" ")
        }
        Step::Shell { line, .. } => fill(line),
        Step::Copy { from, source, to, .. } => {
            let targets: Vec<String> =
                to.iter().map(|(place, path)| format!("{}{}", side(place), fill(path))).collect();
            format!("copy {}{} {}", side(from), fill(source), targets.join(","))
        }
        Step::Substitute { source, target } => format!("substitute {} {}", fill(source), fill(target)),
        Step::Redirect { stream, target } => {
            let stream = match stream {
                Stream::Out => "stdout",
                Stream::Err => "stderr",
            };
            match target {
                None => format!("redirect {stream} off"),
                Some((path, true)) => format!("redirect {stream} append to {}", fill(path)),
                Some((path, false)) => format!("redirect {stream} to {}", fill(path)),
            }
        }
        Step::OnError(pelago_job::OnError::Fail) => "onerror fail".to_string(),
        Step::OnError(pelago_job::OnError::Ignore) => "onerror ignore".to_string(),
        Step::Within(directory) if directory.is_empty() => "in the experiment directory".to_string(),
        Step::Within(directory) => format!("in {}", fill(directory)),
        Step::Set(setting) => set(setting, fill),
    }
}

/// What is set for the commands that follow.
fn set(setting: &Setting, fill: &dyn Fn(&Template) -> String) -> String {
    match setting {
        Setting::Variable { name, value: Some(value) } => format!("set {}={}", fill(name), quoted(&fill(value))),
        Setting::Variable { name, value: None } => format!("unset {}", fill(name)),
        Setting::Input(Some(path)) => format!("stdin from {}", fill(path)),
        Setting::Input(None) => "stdin off".to_string(),
        Setting::Directory(Some(path)) => format!("cd {}", fill(path)),
        Setting::Directory(None) => "cd".to_string(),
        Setting::Success(codes) => {
            let codes: Vec<String> = codes.iter().map(i32::to_string).collect();
            format!("success is {}", codes.join(" "))
        }
        Setting::Limit { of, most } => format!("at most {most} {}", of.words()),
        Setting::AfterFailure(true) => "also after a failure".to_string(),
        Setting::AfterFailure(false) => "only if nothing failed".to_string(),
        Setting::Skip(Some(code)) => format!("exit code {code} ends the task well"),
        Setting::Skip(None) => "no exit code ends the task early".to_string(),
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_./=:,+-@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
