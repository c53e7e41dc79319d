//! The bare command line: `pelago run -p x=1:10 -- ./model {x}`, and `-p`/`-s` on top of a plan.

use crate::spec::{self, SpecError};
use crate::spelling;
use pelago_job::{Domain, Experiment, Group, Input, Order, Output, ParamNo, Parameter, Place, Role, Step, Template};
use std::collections::{BTreeMap, BTreeSet};

pub use crate::spec::ReadFile;

/// Most parameters of one command.
const MAX_PARAMETERS: usize = 1000;

/// Why a bare command, or an option on top of a plan, makes no experiment.
#[derive(Debug, thiserror::Error)]
pub enum BareError {
    /// Nothing after `--`.
    #[error("there is no command; write it after `--`, for example `-p x=1:10 -- ./model {{x}}`")]
    NoCommand,
    /// A name with odd characters.
    #[error("`{0}` is no name for a parameter: letters, digits and `_`, beginning with a letter or `_`")]
    BadName(String),
    /// The same name twice.
    #[error("parameter `{0}` is given twice")]
    Twice(String),
    /// Too many.
    #[error("{0} parameters are more than the {MAX_PARAMETERS} that are possible")]
    TooMany(usize),
    /// Values that make no sense.
    #[error("parameter `{name}`: {error}")]
    Values {
        /// The parameter.
        name: String,
        /// Why.
        #[source]
        error: SpecError,
    },
    /// Declared but used nowhere.
    #[error("parameter `{0}` is used nowhere; write `{{{0}}}` where its value goes, in the command or a file name")]
    Unused(String),
    /// A file name that leaves the experiment directory.
    #[error("{what} `{name}` must be a path below the experiment directory, without `..`")]
    Outside {
        /// `input` or `output`.
        what: &'static str,
        /// As written.
        name: String,
    },
    /// An option for a parameter that the plan does not have.
    #[error("the plan has no parameter `{name}`{}", hint.as_deref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_else(|| known(known_names)))]
    Unknown {
        /// The name.
        name: String,
        /// The nearest one.
        hint: Option<String>,
        /// All.
        known_names: Vec<String>,
    },
    /// An option for a variable of a `jobs` block.
    #[error(
        "`{0}` is a variable of the plan's `jobs` block, which names its values by position; change the plan instead"
    )]
    InRows(String),
    /// A value that is no integer for a parameter of integers.
    #[error("`{name}` has integers in the plan, and `{value}` is none")]
    NotInteger {
        /// The parameter.
        name: String,
        /// The first value that is none.
        value: String,
    },
}

fn known(names: &[String]) -> String {
    match names.is_empty() {
        true => "; it has none at all".to_string(),
        false => format!("; it has {}", names.join(", ")),
    }
}

/// An experiment of one command over parameters, and a line for each of them that says how many values it has.
///
/// `params` cross, `seqs` chain; both are pairs of a name and a short form of values. `inputs` and `outputs` are file names
/// with `{name}` in them; without both the command runs in the experiment directory itself. `argv` is the command.
pub fn experiment(
    params: &[(String, String)],
    seqs: &[(String, String)],
    inputs: &[String],
    outputs: &[String],
    argv: &[String],
    read_file: ReadFile<'_>,
) -> Result<(Experiment, Vec<String>), BareError> {
    let program = argv.first().filter(|p| !p.is_empty()).ok_or(BareError::NoCommand)?;
    if params.len() + seqs.len() > MAX_PARAMETERS {
        return Err(BareError::TooMany(params.len() + seqs.len()));
    }
    let mut parameters = Vec::new();
    let mut names: BTreeMap<&str, ParamNo> = BTreeMap::new();
    let mut lines = Vec::new();
    let crossing = params.iter().map(|p| (Order::Cross, p));
    for (order, (name, spec)) in crossing.chain(seqs.iter().map(|s| (Order::Chain, s))) {
        if !is_name(name) {
            return Err(BareError::BadName(name.clone()));
        }
        if names.insert(name, ParamNo(parameters.len() as u16)).is_some() {
            return Err(BareError::Twice(name.clone()));
        }
        let domain = spec::domain(spec, read_file).map_err(|error| BareError::Values { name: name.clone(), error })?;
        lines.push(line(name, &domain));
        parameters.push(Parameter { name: name.clone(), label: None, order, domain });
    }
    let mut used = BTreeSet::new();
    let mut fill = |text: &str| template(text, &names, &mut used);
    let mut group = Group::new("main", Role::Main);
    let words: Vec<Template> = argv.iter().map(|word| fill(word)).collect();
    for name in inputs {
        inside("input", name)?;
        group.inputs.push(Input { name: fill(name), as_name: None, read_only: false, found: false });
    }
    for name in outputs {
        inside("output", name)?;
        group.outputs.push(Output { name: fill(name), hooks: Vec::new(), keep: false });
    }
    let in_place = inputs.is_empty() && outputs.is_empty();
    if !in_place && program.contains('/') && !program.starts_with('/') && !has_parent(program) {
        let name = program.trim_start_matches("./").to_string();
        let name = template(&name, &names, &mut used);
        if !group.inputs.iter().any(|i| i.name == name) {
            group.inputs.push(Input { name, as_name: None, read_only: false, found: true });
        }
    }
    if let Some((name, _)) = names.iter().filter(|(_, p)| !used.contains(*p)).min_by_key(|(_, p)| **p) {
        return Err(BareError::Unused(name.to_string()));
    }
    let of = |order: Order| {
        let all = parameters.iter().enumerate().filter(move |(_, p): &(usize, &Parameter)| p.order == order);
        all.map(|(n, _)| ParamNo(n as u16)).collect::<Vec<_>>()
    };
    (group.parameters, group.seqameters) = (of(Order::Cross), of(Order::Chain));
    let first = words.first().cloned().unwrap_or_default();
    group.steps.push(Step::Exec { program: first, argv: words, search_path: true, at: Place::Node });
    let name = program.rsplit('/').next().unwrap_or(program).to_string();
    let experiment = Experiment { name, parameters, rows: None, groups: vec![group], env: Vec::new(), in_place };
    Ok((experiment, lines))
}

/// Gives a parameter of a plan other values, as `-p exprnr=1:90` or `-s timestep=1:252` ask; the line says how many there are.
pub fn override_domain(
    experiment: &mut Experiment,
    name: &str,
    spec: &str,
    read_file: ReadFile<'_>,
) -> Result<String, BareError> {
    let covered = experiment.rows.as_ref().map_or(0, |rows| rows.variables as usize);
    let Some(position) = experiment.parameters.iter().position(|p| p.name == name) else {
        let known_names: Vec<String> = experiment.parameters.iter().map(|p| p.name.clone()).collect();
        let hint = spelling::nearest(name, known_names.iter().map(String::as_str)).map(str::to_string);
        return Err(BareError::Unknown { name: name.to_string(), hint, known_names });
    };
    if position < covered {
        return Err(BareError::InRows(name.to_string()));
    }
    let mut domain =
        spec::domain(spec, read_file).map_err(|error| BareError::Values { name: name.to_string(), error })?;
    let Some(parameter) = experiment.parameters.get_mut(position) else {
        return Err(BareError::BadName(name.to_string()));
    };
    match &parameter.domain {
        Domain::Integers { .. } | Domain::Random { integer: true, .. } => {
            let odd = match &domain {
                Domain::List(values) => values.iter().find(|v| v.parse::<i64>().is_err()).cloned(),
                Domain::Decimals { .. } | Domain::Floats { .. } => Some(broken(&domain)),
                Domain::Glob(patterns) => patterns.first().cloned(),
                Domain::Integers { .. } | Domain::Random { .. } | Domain::Follow { .. } => None,
            };
            if let Some(value) = odd {
                return Err(BareError::NotInteger { name: name.to_string(), value });
            }
        }
        Domain::Decimals { point, .. } | Domain::Floats { point, .. } => domain = as_floats(domain, *point),
        Domain::Follow { .. } => return Err(BareError::InRows(name.to_string())),
        Domain::List(_) | Domain::Random { .. } | Domain::Glob(_) => {}
    }
    parameter.domain = domain;
    Ok(line(name, &parameter.domain))
}

/// The first value of a range that is no integer.
fn broken(domain: &Domain) -> String {
    let odd = |text: &String| text.parse::<i64>().is_err();
    (0..domain.len().min(100)).map(|p| domain.text(p).into_owned()).find(odd).unwrap_or_default()
}

/// A plan's float parameter prints its whole numbers the same way whatever values it is given.
fn as_floats(domain: Domain, point: bool) -> Domain {
    match domain {
        Domain::Integers { from, step, count } => Domain::Decimals { from, step, scale: 0, count, point },
        Domain::Decimals { from, step, scale, count, .. } => Domain::Decimals { from, step, scale, count, point },
        Domain::Floats { from, step, last, count, .. } => Domain::Floats { from, step, last, count, point },
        other => other,
    }
}

fn line(name: &str, domain: &Domain) -> String {
    match domain {
        Domain::Glob(patterns) => format!("{name}: the files that match {}", patterns.join(", ")),
        _ if domain.len() == 1 => format!("{name}: 1 value ({})", domain.text(0)),
        _ => {
            let last = domain.len().saturating_sub(1);
            format!("{name}: {} values ({} … {})", domain.len(), domain.text(0), domain.text(last))
        }
    }
}

/// Whether a text can name a parameter.
pub(crate) fn is_name(text: &str) -> bool {
    let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word && text.len() <= 256 && text.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

fn has_parent(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

fn inside(what: &'static str, name: &str) -> Result<(), BareError> {
    let good = !name.is_empty() && !name.starts_with('/') && !has_parent(name) && !name.contains('\0');
    good.then_some(()).ok_or_else(|| BareError::Outside { what, name: name.to_string() })
}

/// Replaces `{name}` of declared names, `{}` when there is one parameter, and `{{name}}` by `{name}`.
fn template(text: &str, names: &BTreeMap<&str, ParamNo>, used: &mut BTreeSet<ParamNo>) -> Template {
    let mut out = Template::default();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, at) = rest.split_at(open);
        out.push_text(before);
        let (escaped, plain) = (braced(at, "{{", "}}"), braced(at, "{", "}"));
        let only = (names.len() == 1).then(|| names.values().next().copied()).flatten();
        rest = match (escaped, plain) {
            (Some((name, tail)), _) if names.contains_key(name) || (name.is_empty() && only.is_some()) => {
                out.push_text("{");
                out.push_text(name);
                out.push_text("}");
                tail
            }
            (_, Some((name, tail))) => match names.get(name).copied().or(only.filter(|_| name.is_empty())) {
                Some(param) => {
                    used.insert(param);
                    out.0.push(pelago_job::Piece::Param(param));
                    tail
                }
                None => {
                    out.push_text("{");
                    at.get(1..).unwrap_or("")
                }
            },
            (_, None) => {
                out.push_text("{");
                at.get(1..).unwrap_or("")
            }
        };
    }
    out.push_text(rest);
    out
}

/// A name (or nothing) between braces at the start of a text, and what follows.
fn braced<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let inner = text.strip_prefix(open)?;
    let length = inner.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(length);
    Some((name, rest.strip_prefix(close)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|w| w.to_string()).collect()
    }

    fn no_file(_: &str) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    /// A template with its holes shown as `<0>`.
    fn shown(template: &Template) -> String {
        let piece = |p: &pelago_job::Piece| match p {
            pelago_job::Piece::Text(text) => text.clone(),
            pelago_job::Piece::Param(n) => format!("<{}>", n.0),
            other => format!("{other:?}"),
        };
        template.0.iter().map(piece).collect()
    }

    fn argv(params: &[(&str, &str)], command: &[&str]) -> String {
        match experiment(&pairs(params), &[], &[], &[], &words(command), &no_file) {
            Ok((e, _)) => match &e.groups[0].steps[0] {
                Step::Exec { argv, .. } => argv.iter().map(shown).collect::<Vec<_>>().join(" "),
                other => format!("{other:?}"),
            },
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_declared_names_are_replaced() {
        let xy = [("x", "1:3"), ("y", "a,b")];
        assert_eq!(argv(&xy, &["./m", "{x}", "-y{y}{x}"]), "./m <0> -y<1><0>");
        assert_eq!(argv(&xy, &["awk", "{print $1}", "{x}{y}", "{}", "{{x}}"]), "awk {print $1} <0><1> {} {x}");
        assert_eq!(argv(&[("x", "1")], &["echo", "{}", "{{}}", "{ {x", "}{"]), "echo <0> {} { {x }{");
        assert_eq!(argv(&[("x", "1")], &["echo", "{{{x}}}", "{x}"]), "echo {{x}} <0>");
        assert!(argv(&xy, &["echo", "{x}"]).contains("`y` is used nowhere; write `{y}`"));
    }

    #[test]
    fn bad_commands_say_what_is_wrong() {
        assert!(argv(&[], &[]).contains("after `--`"));
        assert!(argv(&[("1x", "1")], &["a"]).contains("no name"));
        assert!(argv(&[("x", "1"), ("x", "2")], &["{x}"]).contains("twice"));
        let out = experiment(&[], &[], &[], &words(&["../x"]), &words(&["true"]), &no_file);
        assert!(out.is_err_and(|e| e.to_string().contains("without `..`")));
    }

    #[test]
    fn files_give_a_private_directory() {
        let made = experiment(
            &pairs(&[("x", "1:3")]),
            &pairs(&[("t", "1:5")]),
            &words(&["in.{x}"]),
            &words(&["out.{x}.{t}"]),
            &words(&["./model", "{t}"]),
            &no_file,
        );
        let (e, lines) = made.unwrap_or_else(|e| panic!("{e}"));
        assert!(!e.in_place);
        assert_eq!(lines, ["x: 3 values (1 … 3)", "t: 5 values (1 … 5)"]);
        let inputs: Vec<_> = e.groups[0].inputs.iter().map(|i| (shown(&i.name), i.found)).collect();
        assert_eq!(inputs, [("in.<0>".to_string(), false), ("model".to_string(), true)]);
        assert_eq!((e.groups[0].parameters.len(), e.groups[0].seqameters.len()), (1, 1));
    }

    #[test]
    fn a_plan_takes_other_values() {
        let parameter = |name: &str, domain| Parameter { name: name.into(), label: None, order: Order::Cross, domain };
        let mut e = Experiment {
            name: "e".into(),
            parameters: vec![
                parameter("exprnr", Domain::Integers { from: 1, step: 1, count: 12 }),
                parameter("f", Domain::Decimals { from: 1, step: 1, scale: 0, count: 2, point: true }),
            ],
            rows: None,
            groups: vec![Group::new("main", Role::Main)],
            env: Vec::new(),
            in_place: false,
        };
        assert_eq!(
            override_domain(&mut e, "exprnr", "1:90", &no_file).ok().as_deref(),
            Some("exprnr: 90 values (1 … 90)")
        );
        assert_eq!(override_domain(&mut e, "f", "1:3", &no_file).ok().as_deref(), Some("f: 3 values (1.0 … 3.0)"));
        for (name, spec, part) in
            [("expnr", "1:2", "did you mean `exprnr`?"), ("exprnr", "0:1:0.5", "`0.5` is none"), ("exprnr", "2:1", "2")]
        {
            let error = override_domain(&mut e, name, spec, &no_file).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(part), "{error}");
        }
    }
}
