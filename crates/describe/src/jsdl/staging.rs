//! DataStaging of JSDL: files, where they come from and go, and credentials for that.

use super::member::{Kind, Member, Style};
use super::namespace::Space;
use super::printing::Printing;
use super::reader::Reader;
use super::words;
use crate::spelling;
use crate::xml::Element;
use pelago_job::Text;
use pelago_job::description::{Creation, Credential, Location, Staging};

const CORE: Space = Space::Core;

/// What stands in a DataStaging.
pub static STAGING: [Member<Staging>; 8] = [
    Member::new(CORE, "FileName", "file", Kind::Text(Style::Line, |s| &mut s.file)),
    Member::new(CORE, "FilesystemName", "filesystem", Kind::Own(false, read_filesystem, print_filesystem)),
    Member::new(CORE, "CreationFlag", "creation", Kind::Own(false, read_creation, print_creation)),
    Member::new(CORE, "DeleteOnTermination", "delete_on_termination", Kind::Yes(|s| &mut s.delete_on_termination)),
    Member::new(
        CORE,
        "Source",
        "source",
        Kind::Own(
            false,
            |r, e, s, at| s.source = Some(read_location(r, e, &format!("{at}/source"))),
            |p, s, at| print_location(p, "jsdl:Source", &mut s.source, &format!("{at}/source")),
        ),
    ),
    Member::new(
        CORE,
        "Target",
        "target",
        Kind::Own(
            false,
            |r, e, s, at| s.target = Some(read_location(r, e, &format!("{at}/target"))),
            |p, s, at| print_location(p, "jsdl:Target", &mut s.target, &format!("{at}/target")),
        ),
    ),
    Member::new(Space::Credential, "Credential", "credential", Kind::Own(false, read_credential, print_credential)),
    Member::new(Space::Unicore, "InlineData", "", Kind::Own(false, read_content, print_content)),
];

static LOCATION: [Member<Location>; 1] = [Member::new(CORE, "URI", "uri", Kind::Text(Style::Uri, |l| &mut l.uri))];

/// Reads a DataStaging that has something in it.
pub fn read(reader: &mut Reader<'_>, element: &Element, at: &str) -> Option<Staging> {
    reader.attributes(element, &["name"], at);
    let mut staging = Staging { name: reader.name_attribute(element, "name"), ..Staging::default() };
    let errors = reader.diagnostics.errors();
    reader.members(element, &mut staging, &STAGING, at);
    // UNICORE marks content in the document by a URI that names no place.
    if let Some(source) = &mut staging.source
        && source.content.is_some()
        && source.uri.as_ref().and_then(Text::as_literal).is_some_and(|uri| uri.starts_with("inline:"))
    {
        source.uri = None;
    }
    if reader.diagnostics.errors() > errors {
        return Some(staging);
    }
    check_name(reader, element, &mut staging);
    if element.elements().all(|e| e.name != "CreationFlag") {
        reader
            .diagnostics
            .warning(element.name_span.clone(), "this `DataStaging` does not say what happens to a file that is there")
            .help("add `<jsdl:CreationFlag>overwrite</jsdl:CreationFlag>`; the schema wants one");
    }
    Some(staging)
}

/// A DataStaging without a file name can only mean the last part of its URI.
fn check_name(reader: &mut Reader<'_>, element: &Element, staging: &mut Staging) {
    if staging.file.is_some() || element.elements().any(|e| e.name == "FileName") {
        return;
    }
    let ends = [&staging.source, &staging.target];
    let uri = ends.into_iter().flatten().find_map(|end| end.uri.as_ref().and_then(Text::as_literal));
    let last = uri.as_deref().map(|uri| uri.split(['?', '#']).next().unwrap_or(uri));
    let last = last.and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty() && !name.contains(':'));
    let span = element.name_span.clone();
    match last {
        Some(last) => {
            reader
                .diagnostics
                .warning(span, format!("this `DataStaging` has no `FileName`; it is taken from the URI: `{last}`"))
                .help(format!("add `<jsdl:FileName>{last}</jsdl:FileName>`; the schema wants one"));
            staging.file = Some(Text::literal(last));
        }
        None if staging.source.is_none() && staging.target.is_none() => {
            reader
                .diagnostics
                .warning(span, "this `DataStaging` names no file and no place, so it asks for nothing")
                .help("delete it, or add a `FileName`");
        }
        None => {
            reader
                .diagnostics
                .error(span, "this `DataStaging` does not say which file it is about")
                .help("add `<jsdl:FileName>…</jsdl:FileName>`: the name at the job, relative to its working directory");
        }
    }
}

/// Prints a DataStaging.
pub fn print(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    shared_credential(printing, staging, at);
    if staging.file.as_ref().is_none_or(is_blank) {
        let uri = [&staging.source, &staging.target].into_iter().flatten().find_map(|end| end.uri.as_ref());
        let last = uri.and_then(Text::as_literal).and_then(|uri| uri.rsplit('/').next().map(String::from));
        let last = last.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "file".into());
        let last = Text::literal(last.trim());
        printing.rest.changed(format!("{at}/file"), &last, "a `DataStaging` has to have a `FileName`");
        staging.file = Some(last);
    }
    let name = staging.name.take().map(|name| printing.name(name, &format!("{at}/name")));
    let attributes: Vec<(&str, &str)> = name.iter().map(|name| ("name", name.as_str())).collect();
    printing.begin_now("jsdl:DataStaging", &attributes, at);
    printing.members(staging, &STAGING, at);
    printing.extensions(at, false);
    printing.end();
}

/// Whether nothing but white space is in a text.
fn is_blank(text: &Text) -> bool {
    text.as_literal().is_some_and(|text| text.trim().is_empty())
}

/// JSDL has one credential for both ends.
fn shared_credential(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    if staging.credential.is_some() {
        return;
    }
    let Staging { source, target, credential, .. } = staging;
    let (one, end) = match (source, target) {
        (Some(one), None) => (one, "source"),
        (None, Some(one)) => (one, "target"),
        _ => return,
    };
    // What could not be said there either is lost where it stands.
    let Some(mut own) = one.credential.take_if(|own| sayable(own)) else {
        printing.rest.because(format!("{at}/{end}/credential"), UNSAYABLE);
        return;
    };
    if own.kind.as_deref() != Some("password") {
        own.subject = None;
    }
    own.details.clear();
    let why = "JSDL has the credential beside both ends";
    printing.rest.changed(format!("{at}/{end}/credential"), (), why);
    printing.rest.changed(format!("{at}/credential"), &own, why);
    *credential = Some(own);
}

fn read_filesystem(reader: &mut Reader<'_>, element: &Element, staging: &mut Staging, at: &str) {
    reader.origins.note(format!("{at}/filesystem"), element.span.clone());
    let name = reader.word(element, &[], at);
    if let Some(name) = &name {
        reader.filesystems.entry(name.clone()).or_insert(element.text_span());
    }
    staging.filesystem = name;
}

fn print_filesystem(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    let at = format!("{at}/filesystem");
    let Some(name) = staging.filesystem.take() else { return };
    let name = Text::literal(printing.name(name, &at));
    printing.leaf("jsdl:FilesystemName", &[], &name, Style::Line, &at, &at);
}

fn read_creation(reader: &mut Reader<'_>, element: &Element, staging: &mut Staging, at: &str) {
    reader.origins.note(format!("{at}/creation"), element.span.clone());
    reader.attributes(element, &[], at);
    let Some(word) = reader.text(element, Style::Line).and_then(|text| text.as_literal()) else { return };
    let found = words::CREATION.iter().position(|known| *known == word);
    let found = found.or_else(|| {
        let same = words::CREATION.iter().position(|known| known.eq_ignore_ascii_case(&word))?;
        let known = words::CREATION.get(same)?;
        let message = format!("`{word}` is spelt `{known}`");
        reader.diagnostics.warning(element.text_span(), message);
        Some(same)
    });
    staging.creation = match found {
        Some(0) => Some(Creation::Overwrite),
        Some(1) => Some(Creation::Append),
        Some(_) => Some(Creation::DontOverwrite),
        None => {
            let near = spelling::nearest(&word, words::CREATION.iter().copied());
            let error = reader.diagnostics.error(element.text_span(), format!("`{word}` is no creation flag"));
            match near {
                Some(near) => error.did_you_mean(Some(near)),
                None => error.help(format!("it can be {}", words::CREATION.join(", "))),
            };
            None
        }
    };
}

fn print_creation(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    let at = format!("{at}/creation");
    let creation = staging.creation.take().unwrap_or_else(|| {
        printing.rest.changed(at.clone(), Creation::Overwrite, "a `DataStaging` has to have a `CreationFlag`");
        Creation::Overwrite
    });
    let word = match creation {
        Creation::Overwrite => words::CREATION[0],
        Creation::Append => words::CREATION[1],
        Creation::DontOverwrite => words::CREATION[2],
    };
    printing.leaf("jsdl:CreationFlag", &[], &Text::literal(word), Style::Line, &at, &at);
}

fn read_location(reader: &mut Reader<'_>, element: &Element, at: &str) -> Location {
    reader.attributes(element, &[], at);
    reader.origins.note(at, element.span.clone());
    let mut location = Location::default();
    reader.members(element, &mut location, &LOCATION, at);
    location
}

fn print_location(printing: &mut Printing<'_>, name: &str, location: &mut Option<Location>, at: &str) {
    let Some(place) = location.as_mut() else { return };
    if !place.alternatives.is_empty() && place.uri.is_none() {
        let first = place.alternatives.remove(0);
        let why = "JSDL has one URI for each end";
        printing.rest.changed(format!("{at}/uri"), &first, why);
        place.uri = Some(first);
        printing.rest.changed(format!("{at}/alternatives"), (), why);
        place.alternatives.clear();
    }
    printing.begin_now(name, &[], at);
    if name == "jsdl:Source" && place.content.is_some() && place.uri.is_none() {
        // UNICORE's sign that the content follows.
        printing.leaf("jsdl:URI", &[], &Text::literal("inline://content"), Style::Uri, "", at);
    }
    printing.members(place, &LOCATION, at);
    printing.extensions(at, false);
    printing.end();
}

fn read_content(reader: &mut Reader<'_>, element: &Element, staging: &mut Staging, at: &str) {
    reader.origins.note(format!("{at}/source/content"), element.span.clone());
    reader.attributes(element, &[], at);
    let content = match element.text().is_empty() {
        true => Some(Text::default()),
        false => reader.text(element, Style::Free),
    };
    staging.source.get_or_insert_default().content = content;
}

fn print_content(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    let Some(content) = staging.source.as_mut().and_then(|source| source.content.take()) else { return };
    let at = format!("{at}/source/content");
    let attributes = [("xmlns:jsdl-u", Space::Unicore.uri())];
    printing.leaf("jsdl-u:InlineData", &attributes, &content, Style::Free, &at, &at);
}

static CREDENTIAL: [Member<Credential>; 2] = [
    Member::new(Space::Tokens, "UsernameToken", "", Kind::Own(false, read_password, print_password)),
    Member::new(Space::Unicore, "BearerToken", "", Kind::Own(false, read_bearer, print_bearer)),
];

static PASSWORD: [Member<Credential>; 2] = [
    Member::new(Space::Tokens, "Username", "subject", Kind::Own(false, read_user, print_user)),
    Member::new(Space::Tokens, "Password", "secret", Kind::Own(false, read_secret, print_secret)),
];

fn read_credential(reader: &mut Reader<'_>, element: &Element, staging: &mut Staging, at: &str) {
    let known = |e: &Element| CREDENTIAL.iter().any(|m| m.name == e.name && m.space.uri() == &*e.namespace);
    let mut children = element.elements();
    match (children.next(), children.next()) {
        (None, _) => reader.empty(element),
        (Some(only), None) if known(only) => {
            let part = format!("{at}/credential");
            reader.attributes(element, &[], &part);
            reader.origins.note(part.clone(), element.span.clone());
            let mut credential = Credential::default();
            reader.members(element, &mut credential, &CREDENTIAL, &part);
            staging.credential = (credential != Credential::default()).then_some(credential);
        }
        // Other tokens are what their own standards say.
        _ => reader.extension(element, at, false),
    }
}

const UNSAYABLE: &str = "the HPC file staging profile says passwords and tokens only";

/// Whether the HPC file staging profile has a token for a credential.
fn sayable(credential: &Credential) -> bool {
    match credential.kind.as_deref() {
        Some("password") => credential.subject.is_some() || credential.secret.is_some(),
        Some("bearer" | "token") => true,
        _ => false,
    }
}

fn print_credential(printing: &mut Printing<'_>, staging: &mut Staging, at: &str) {
    let at = format!("{at}/credential");
    let Some(credential) = staging.credential.as_mut() else { return };
    if !sayable(credential) {
        printing.rest.because(at, UNSAYABLE);
        return;
    }
    printing.begin("hpcp-ac:Credential", &[("xmlns:hpcp-ac", Space::Credential.uri())], &at);
    printing.members(credential, &CREDENTIAL, &at);
    printing.end();
}

fn read_password(reader: &mut Reader<'_>, element: &Element, credential: &mut Credential, at: &str) {
    reader.attributes(element, &[], at);
    reader.members(element, credential, &PASSWORD, at);
    if credential.subject.is_some() || credential.secret.is_some() {
        credential.kind = Some("password".into());
    }
}

fn print_password(printing: &mut Printing<'_>, credential: &mut Credential, at: &str) {
    if credential.kind.as_deref() != Some("password") {
        return;
    }
    credential.kind = None;
    printing.begin_now("wsse:UsernameToken", &[("xmlns:wsse", Space::Tokens.uri())], at);
    printing.members(credential, &PASSWORD, at);
    printing.end();
}

/// Attributes such as `Type` belong to the token's own standard; they are not looked at.
fn read_user(reader: &mut Reader<'_>, element: &Element, credential: &mut Credential, _: &str) {
    credential.subject = reader.text(element, Style::Line);
}

fn print_user(printing: &mut Printing<'_>, credential: &mut Credential, at: &str) {
    let Some(user) = credential.subject.take() else { return };
    let at = format!("{at}/subject");
    printing.leaf("wsse:Username", &[], &user, Style::Line, &at, &at);
}

fn read_secret(reader: &mut Reader<'_>, element: &Element, credential: &mut Credential, _: &str) {
    credential.secret = reader.text(element, Style::Free);
}

fn print_secret(printing: &mut Printing<'_>, credential: &mut Credential, at: &str) {
    let Some(secret) = credential.secret.take() else { return };
    let at = format!("{at}/secret");
    printing.leaf("wsse:Password", &[], &secret, Style::Free, &at, &at);
}

/// UNICORE's token; an empty one stands for the user's own.
fn read_bearer(reader: &mut Reader<'_>, element: &Element, credential: &mut Credential, _: &str) {
    credential.kind = Some("bearer".into());
    if !element.text().trim().is_empty() {
        credential.secret = reader.text(element, Style::Line);
    }
}

fn print_bearer(printing: &mut Printing<'_>, credential: &mut Credential, at: &str) {
    let Some("bearer" | "token") = credential.kind.as_deref() else { return };
    if credential.kind.take().as_deref() == Some("token") {
        printing.rest.changed(format!("{at}/kind"), "bearer", "UNICORE's tokens are bearer tokens");
    }
    let at = format!("{at}/secret");
    let own = [("xmlns:jsdl-u", Space::Unicore.uri())];
    let secret = credential.secret.take();
    if secret.as_ref().is_some_and(is_blank) {
        printing.rest.changed(at.clone(), (), "an empty token stands for the user's own");
    }
    match secret.filter(|secret| !is_blank(secret)) {
        Some(secret) => printing.leaf("jsdl-u:BearerToken", &own, &secret, Style::Line, &at, &at),
        None => {
            printing.begin_now("jsdl-u:BearerToken", &own, &at);
            printing.end();
        }
    }
}
