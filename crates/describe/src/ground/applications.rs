//! Applications that are known by name: what `applications.toml` says of them, and how it fills an abstract job.

use super::refusal::Refusal;
use crate::spelling;
use pelago_job::Text;
use pelago_job::description::{Application, Command, Launcher, Path, Starter, Variable};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The table of applications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applications {
    /// In the order of the files, those beside the document first; the first that fits is taken.
    pub entries: Vec<Entry>,
}

/// One application.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What documents call it.
    pub name: String,
    /// Its version; absent fits any.
    pub version: Option<String>,
    /// The program that it is.
    pub command: Option<String>,
    /// The environment module that has to be loaded first.
    pub module: Option<String>,
    /// The container image that it runs in.
    pub container: Option<String>,
    /// Arguments before those of the job.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Variables beside those of the job.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    application: Vec<Entry>,
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not TOML, or something that has no place in it.
    #[error("{0}")]
    Toml(String),
    /// An application without anything to run.
    #[error("the application `{0}` says nothing to run: it needs a `command`, or a `container` with its own")]
    Nothing(String),
}

impl Applications {
    /// Adds the applications of a file behind those that are there.
    pub fn add(&mut self, text: &str) -> Result<(), TableError> {
        let table: Table = toml::from_str(text).map_err(|error| TableError::Toml(error.to_string()))?;
        if let Some(entry) = table.application.iter().find(|entry| entry.command.is_none() && entry.container.is_none())
        {
            return Err(TableError::Nothing(entry.name.clone()));
        }
        self.entries.extend(table.application);
        Ok(())
    }

    /// Whether software of that name is known, in a version that is as asked.
    pub fn has(&self, name: &str, relation: Option<&str>, version: Option<&str>) -> bool {
        self.entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(name)).any(|entry| {
            match (version, entry.version.as_deref()) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(wanted), Some(have)) => {
                    let order = ordered(have).cmp(&ordered(wanted));
                    match relation.unwrap_or("=") {
                        "=" => order.is_eq() || have == wanted,
                        "!=" => order.is_ne(),
                        ">=" => order.is_ge(),
                        "<=" => order.is_le(),
                        ">" => order.is_gt(),
                        "<" => order.is_lt(),
                        _ => false,
                    }
                }
            }
        })
    }

    /// Gives an application that has a name and nothing to run what the table says of it.
    ///
    /// # Errors
    /// The table does not have it; the part is a pointer from the job.
    pub fn fill(&self, application: &mut Application) -> Result<(), Refusal> {
        let runs = |command: &Command| command.executable.is_some() || command.shell.is_some();
        if application.script.is_some() || !application.steps.is_empty() || application.commands.iter().any(runs) {
            return Ok(());
        }
        let Some(name) = application.name.as_ref().and_then(Text::as_literal) else { return Ok(()) };
        let version = application.version.as_ref().and_then(Text::as_literal);
        let fits = |entry: &&Entry| {
            entry.name.eq_ignore_ascii_case(&name)
                && version.as_ref().is_none_or(|v| entry.version.as_ref().is_none_or(|have| have == v))
        };
        let Some(entry) = self.entries.iter().find(fits) else { return Err(self.unknown(&name, version.as_deref())) };
        if application.commands.is_empty() {
            application.commands.push(Command::default());
        }
        let Some(command) = application.commands.iter_mut().next() else { return Ok(()) };
        let path = |text: &str| Path { text: Some(Text::literal(text)), filesystem: None };
        let mut words: Vec<Path> = Vec::new();
        if let Some(module) = &entry.module {
            // Modules are known to a login shell.
            let line = "module load \"$0\" && exec \"$@\"";
            words.extend(["/bin/bash", "-lc", line, module].map(path));
        }
        words.extend(entry.command.as_deref().map(path));
        words.extend(entry.arguments.iter().map(|argument| path(argument)));
        words.append(&mut command.arguments);
        let mut words = words.into_iter();
        if entry.command.is_some() || entry.module.is_some() {
            command.executable = words.next();
        } else {
            // The image has a program of its own, which gets the arguments.
            command.executable = Some(Path::default());
        }
        command.arguments = words.collect();
        if let Some(image) = &entry.container {
            let image = Some(Text::literal(image.as_str()));
            application.launcher = Launcher { image, ..Launcher::by(Starter::Container) };
        }
        // What the application itself declares it finds among its variables (UNICORE).
        let own = entry.environment.iter().map(|(name, value)| Variable {
            name: Some(Text::literal(name.as_str())),
            value: Some(Text::literal(value.as_str())),
            filesystem: None,
        });
        let given = std::mem::take(&mut application.environment);
        let declared = std::mem::take(&mut application.parameters);
        application.environment = own.chain(declared).chain(given).collect();
        (application.name, application.version) = (None, None);
        Ok(())
    }

    fn unknown(&self, name: &str, version: Option<&str>) -> Refusal {
        let shown = version.map_or_else(|| format!("`{name}`"), |version| format!("`{name}` {version}"));
        let same: Vec<&str> = self
            .entries
            .iter()
            .filter(|entry| entry.name.eq_ignore_ascii_case(name))
            .filter_map(|entry| entry.version.as_deref())
            .collect();
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        let what = match (same.is_empty(), names.is_empty()) {
            (false, _) => format!("the application {shown} is not known here; known versions: {}", same.join(", ")),
            (true, true) => {
                format!("the application {shown} is not known here: no applications.toml says what to run for it")
            }
            (true, false) => format!("the application {shown} is not known here; known: {}", names.join(", ")),
        };
        let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let near = spelling::nearest(&name.to_ascii_lowercase(), lower.iter().map(String::as_str));
        let near = near.and_then(|near| names.iter().find(|name| name.eq_ignore_ascii_case(near)).copied());
        let help = match near.filter(|_| same.is_empty()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "say in applications.toml, beside the document or in ~/.config/pelago: [[application]] name, version, \
                     command"
                    .to_string()
            }
        };
        Refusal { part: "/application/name".into(), what, help: Some(help) }
    }
}

/// A version's numbers and words, to be compared one by one.
fn ordered(version: &str) -> Vec<(u64, String)> {
    let part = |part: &str| {
        (part.parse().unwrap_or(0), if part.parse::<u64>().is_ok() { String::new() } else { part.to_string() })
    };
    version.split(['.', '-']).map(part).collect()
}
