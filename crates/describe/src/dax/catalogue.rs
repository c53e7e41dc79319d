//! Included catalogues: where logical files (`file`) and transformations (`executable`) are.

use super::argument::file_name;
use crate::xml::{Element, carries};
use pelago_job::Text;
use std::collections::BTreeMap;

/// A logical transformation: `namespace::name`, or the name alone, and the version.
pub(super) type Transformation = (String, Option<String>);

/// What the included catalogues say.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    /// The places of logical files, in the order of the document.
    pub files: BTreeMap<String, Vec<String>>,
    /// The paths of programs that are there already.
    pub programs: BTreeMap<Transformation, String>,
}

/// The name of a transformation as the model has it.
pub(super) fn transformation(element: &Element) -> Option<Transformation> {
    let name = element.attribute("name").filter(|name| !name.is_empty())?;
    let namespace = element.attribute("namespace").filter(|namespace| !namespace.is_empty());
    let name = namespace.map_or(name.to_string(), |namespace| format!("{namespace}::{name}"));
    Some((name, element.attribute("version").map(str::to_string)))
}

/// The parts of a transformation's name: namespace and name.
pub(super) fn parts(name: &str) -> (Option<&str>, &str) {
    match name.split_once("::") {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => (Some(namespace), name),
        _ => (None, name),
    }
}

/// The path that a URL of a program is, if it is one on the machine itself.
pub(super) fn path(url: &str) -> Option<&str> {
    match url.strip_prefix("file:") {
        Some(rest) => match rest.strip_prefix("//") {
            Some(rest) => rest.starts_with('/').then_some(rest),
            None => rest.starts_with('/').then_some(rest),
        },
        None => (!url.contains("://") && !url.is_empty()).then_some(url),
    }
}

/// The URL that a program's path is printed as.
pub(super) fn url(path: &str) -> String {
    if path.starts_with('/') { format!("file://{path}") } else { path.to_string() }
}

impl Catalogue {
    /// Takes an entry in. The first one for a name counts.
    pub fn add(&mut self, element: &Element) {
        let places = element.elements().filter(|inner| inner.name == "pfn");
        let urls: Vec<(&str, Option<&str>)> = places
            .filter_map(|place| Some((place.attribute("url").filter(|url| !url.is_empty())?, place.attribute("site"))))
            .collect();
        match element.name.as_str() {
            "file" | "filename" => {
                let Some(name) = file_name(element) else { return };
                if !urls.is_empty() && !self.files.contains_key(name) {
                    let urls = urls.iter().map(|(url, _)| url.to_string()).collect();
                    self.files.insert(name.to_string(), urls);
                }
            }
            "executable" if element.attribute("installed") != Some("false") => {
                let Some(name) = transformation(element) else { return };
                // Several places are for several sites; of these the planner's own machine is ours.
                let here = urls.iter().filter(|(_, site)| urls.len() == 1 || site.is_none_or(|site| site == "local"));
                let paths: Vec<&str> = here.filter_map(|(url, _)| path(url)).collect();
                if let [path] = paths[..]
                    && !self.programs.contains_key(&name)
                {
                    self.programs.insert(name, path.to_string());
                }
            }
            _ => {}
        }
    }

    /// Whether what was taken in is all that an entry says: a file with places here, or a program with one.
    pub fn is_all(&self, element: &Element) -> bool {
        let attributes = element.attributes.iter().all(|attribute| {
            let name = attribute.name.as_str();
            name == "name" || element.name == "executable" && matches!(name, "namespace" | "version" | "installed")
        });
        let here = |place: &Element| {
            place.name == "pfn"
                && place.children.is_empty()
                && place.attribute("url").is_some_and(|url| !url.is_empty())
                && place.attributes.iter().all(|a| a.name == "url" || a.name == "site" && a.value == "local")
        };
        let urls: Vec<&str> = element.elements().filter_map(|place| place.attribute("url")).collect();
        let first = match element.name.as_str() {
            "executable" => {
                let name = transformation(element);
                let said = name.and_then(|name| self.programs.get(&name));
                urls.len() == 1 && said.map(String::as_str) == urls.first().and_then(|url| path(url))
            }
            _ => file_name(element).and_then(|name| self.files.get(name)).is_some_and(|said| *said == urls),
        };
        first && attributes && !urls.is_empty() && element.elements().all(here)
    }

    /// The places of a file as texts: the first, and the others.
    pub fn places(&self, file: &str) -> Option<(Text, Vec<Text>)> {
        let (first, others) = self.files.get(file)?.split_first()?;
        Some((Text::literal(first.clone()), others.iter().map(|url| Text::literal(url.clone())).collect()))
    }
}

/// A text that an attribute can hold.
pub(super) fn attribute(text: &Text) -> Option<String> {
    text.as_literal().filter(|text| !text.is_empty() && carries(text))
}

/// Takes a text that an attribute can hold.
pub(super) fn take_attribute(slot: &mut Option<Text>) -> Option<String> {
    let text = attribute(slot.as_ref()?)?;
    *slot = None;
    Some(text)
}
