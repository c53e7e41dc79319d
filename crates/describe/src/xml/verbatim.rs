//! Elements as text again, on their own: with the namespace declarations that they need where they will stand.

use super::write::escaped;
use super::{Element, Node};

/// The namespace that the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl Element {
    /// The element as text, comments and processing instructions apart. Prefixes that are not bound like that in
    /// `around` (prefix, namespace; the empty prefix for the default) are declared in it, so that the text reads back
    /// as the same tree there. The text of the text read back is the same text.
    pub fn verbatim(&self, around: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut scope: Vec<(String, String)> =
            around.iter().map(|(prefix, namespace)| (prefix.to_string(), namespace.to_string())).collect();
        write(self, &mut scope, &mut out);
        out
    }
}

/// What a prefix stands for here; the empty namespace where it is not bound.
fn bound<'a>(scope: &'a [(String, String)], prefix: &str) -> &'a str {
    scope.iter().rev().find(|(bound, _)| bound == prefix).map_or("", |(_, namespace)| namespace)
}

/// Recursion is as deep as the tree, which the reader bounds.
fn write(element: &Element, scope: &mut Vec<(String, String)>, out: &mut String) {
    let outer = scope.len();
    let mut declared = String::new();
    let mut declare = |prefix: &str, namespace: &str, scope: &mut Vec<(String, String)>| {
        if prefix == "xml" || bound(scope, prefix) == namespace {
            return;
        }
        scope.push((prefix.to_string(), namespace.to_string()));
        let colon = if prefix.is_empty() { "" } else { ":" };
        declared.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", escaped(namespace, true)));
    };
    let prefix = element.written.split_once(':').map_or("", |(prefix, _)| prefix);
    declare(prefix, &element.namespace, scope);
    let mut attributes = String::new();
    for attribute in &element.attributes {
        let mut name = attribute.name.clone();
        if &*attribute.namespace == XML {
            name = format!("xml:{name}");
        } else if !attribute.namespace.is_empty() {
            // The reader keeps no prefixes of attributes; any that stands for the namespace will do.
            let known = element.bindings.iter().find(|(p, n)| !p.is_empty() && *n == attribute.namespace);
            let Some((prefix, namespace)) = known else { continue };
            declare(prefix, namespace, scope);
            name = format!("{prefix}:{name}");
        }
        attributes.push_str(&format!(" {name}=\"{}\"", escaped(&attribute.value, true)));
    }
    out.push_str(&format!("<{}{declared}{attributes}", element.written));
    if element.children.is_empty() {
        out.push_str("/>");
    } else {
        out.push('>');
        for child in &element.children {
            match child {
                Node::Element(child) => write(child, scope, out),
                Node::Text(text, _) => out.push_str(&escaped(text, false)),
            }
        }
        out.push_str(&format!("</{}>", element.written));
    }
    scope.truncate(outer);
}

#[cfg(test)]
mod tests {
    use crate::{Diagnostics, xml};

    #[test]
    fn an_element_stands_on_its_own() {
        let text = "<a xmlns='urn:a' xmlns:b='urn:b' xmlns:c='urn:c'><b:x c:y='1 &lt; 2' z='&quot;'>t &amp; u<d/><!-- n -->\
                    <e xmlns=''/></b:x></a>";
        let mut diagnostics = Diagnostics::default();
        let root = xml::read(text, &mut diagnostics).unwrap();
        let inner = root.elements().next().unwrap();
        let alone = inner.verbatim(&[]);
        assert_eq!(
            alone,
            "<b:x xmlns:b=\"urn:b\" xmlns:c=\"urn:c\" c:y=\"1 &lt; 2\" z=\"&quot;\">t &amp; u<d xmlns=\"urn:a\"/><e/></b:x>"
        );
        let within = inner.verbatim(&[("", "urn:a"), ("b", "urn:b")]);
        assert_eq!(within, "<b:x xmlns:c=\"urn:c\" c:y=\"1 &lt; 2\" z=\"&quot;\">t &amp; u<d/><e xmlns=\"\"/></b:x>");
        let again = xml::read(&alone, &mut diagnostics).unwrap();
        assert_eq!(again.verbatim(&[]), alone);
    }
}
