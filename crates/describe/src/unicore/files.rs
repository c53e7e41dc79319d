//! Files that come to a UNICORE job and go from it.

use super::draft::Draft;
use super::sweep;
use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Creation, Credential, Location, Staging};
use pelago_job::{Domain, Piece, Text};

/// What stands for the source of data in the document itself.
const INLINE: &str = "inline://dummy";

/// The members of an import or export, its two ends apart.
const FILE: [Field<Staging>; 7] = [
    Field::new("Data", "source/content", read_data, |_, file| {
        let content = file.source.as_mut()?.content.take()?;
        Some(Value::text(written_out(&content)))
    }),
    Field::new("Mode", "creation", read_mode, |_, file| {
        let mode = match file.creation.take()? {
            Creation::Overwrite => "overwrite",
            Creation::Append => "append",
            Creation::DontOverwrite => "nooverwrite",
        };
        Some(Value::text(mode))
    }),
    Field::new(
        "FailOnError",
        "optional",
        |cx, m, file| file.optional = cx.flag(m) == Some(false),
        |_, file| std::mem::take(&mut file.optional).then(super::job::no),
    ),
    Field::new(
        "ReadOnly",
        "read_only",
        |cx, m, file| file.read_only = cx.flag(m).unwrap_or_default(),
        |_, file| std::mem::take(&mut file.read_only).then(super::job::yes),
    ),
    Field::new("Permissions", "executable", read_permissions, |out, file| {
        let kept = out.take("Permissions");
        kept.or_else(|| std::mem::take(&mut file.executable).then(|| Value::text("rwx------")))
    }),
    Field::new("Credentials", "", read_credentials, |_, file| print_credentials(end(file)?)),
    Field::new("ExtraParameters", "", read_options, print_options),
];

/// The end of a file that is outside the job.
fn end(file: &mut Staging) -> Option<&mut Location> {
    file.source.as_mut().or(file.target.as_mut())
}

/// Reads `Imports` or `Stage in`.
pub fn read_imports(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    each(cx, member, draft, |cx, name, item, members, key, draft| {
        let mut file = Staging { source: Some(Location::default()), ..Staging::default() };
        let find = |names: &[&str]| names.iter().find_map(|name| members.iter().find(|m| m.name == *name));
        let (from, to) = (find(&["From", "source", "Source"]), find(&["To"]));
        let alone = find(&["File", "file"]);
        // `File` is the source beside `To`, as in the first of UNICORE's clients, and both ends alone.
        let from = from.or(alone.filter(|_| to.is_some() || key.is_some()));
        let (from, to) = match (from, to) {
            (None, None) if find(&["Data"]).is_none() => (alone, alone),
            (from, to) => (from, to.or(alone)),
        };
        let source = file.source.get_or_insert_default();
        match from {
            Some(from) if from.value.items().is_some() => {
                let values = cx.strings("From", &from.value);
                let parameter = format!("Imports/{}", draft.imports);
                draft.imports += 1;
                let number = draft.sweep(cx, &parameter, Domain::List(values), &from.value.span);
                source.uri = number.map(Text::param);
            }
            Some(from) => source.uri = cx.filled("From", &from.value).map(Text::literal),
            None if find(&["Data"]).is_none() => {
                let place = item.span.start..item.span.start + 1;
                cx.diagnostics
                    .error(place, format!("`{name}` does not say where the file comes from"))
                    .help("add `\"From\"`, or `\"Data\"` with the content itself");
            }
            None => {}
        }
        file.file = match (key, to) {
            (Some(key), _) => Some(Text::literal(key)),
            (None, Some(to)) => cx.filled("To", &to.value).map(Text::literal),
            (None, None) => {
                let place = item.span.start..item.span.start + 1;
                let message = format!("`{name}` does not say what the file is called at the job");
                cx.diagnostics.error(place, message).help("add `\"To\"`");
                None
            }
        };
        finish(cx, members, &["From", "source", "Source", "To", "File", "file"], draft, file);
    });
}

/// Reads `Exports` or `Stage out`.
pub fn read_exports(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    each(cx, member, draft, |cx, name, item, members, key, draft| {
        let mut file = Staging { target: Some(Location::default()), ..Staging::default() };
        let find = |names: &[&str]| names.iter().find_map(|name| members.iter().find(|m| m.name == *name));
        let to = find(&["To", "target", "Target"]);
        let from = find(&["From", "File", "file"]);
        file.file = match (key, from) {
            (Some(key), _) => Some(Text::literal(key)),
            (None, Some(from)) => cx.filled("From", &from.value).map(Text::literal),
            (None, None) => {
                let place = item.span.start..item.span.start + 1;
                cx.diagnostics.error(place, format!("`{name}` does not name a file of the job")).help("add `\"From\"`");
                None
            }
        };
        match to {
            Some(to) => {
                let uri = cx.filled("To", &to.value).map(Text::literal);
                file.target = Some(Location { uri, ..Location::default() });
            }
            None => {
                let place = item.span.start..item.span.start + 1;
                cx.diagnostics.error(place, format!("`{name}` does not say where the file goes")).help("add `\"To\"`");
            }
        }
        finish(cx, members, &["From", "File", "file", "To", "target", "Target"], draft, file);
    });
}

/// Calls `read` for each entry: elements of a list, or members of an object, whose name is the file at the job.
fn each(
    cx: &mut In<'_>,
    member: &Member,
    draft: &mut Draft,
    mut read: impl FnMut(&mut In<'_>, &str, &Value, &[Member], Option<&str>, &mut Draft),
) {
    match &member.value.kind {
        Kind::List(items) => {
            for (position, item) in items.iter().enumerate() {
                let name = format!("{}[{position}]", member.name);
                let Some(members) = cx.object(&name, item) else { continue };
                read(cx, &name, item, members, None, draft);
            }
        }
        Kind::Object(members) => {
            for entry in members {
                let name = format!("{}.{}", member.name, entry.name);
                let Some(parts) = cx.object(&name, &entry.value) else { continue };
                read(cx, &name, &entry.value, parts, Some(&entry.name), draft);
            }
        }
        _ => cx.wrong(&member.name, &member.value, "a list, or an object by file names"),
    }
}

fn finish(cx: &mut In<'_>, members: &[Member], ends: &[&str], draft: &mut Draft, mut file: Staging) {
    let rest: Vec<Member> = members.iter().filter(|m| !ends.contains(&m.name.as_str())).cloned().collect();
    let start = members.iter().map(|m| m.name_span.start).min().unwrap_or(0);
    let stop = members.iter().map(|m| m.value.span.end).max().unwrap_or(0);
    cx.within(&format!("staging/{}", draft.job.staging.len()), |cx| {
        cx.note("", start..stop.max(start));
        cx.members(&rest, &FILE, false, &mut file);
    });
    if let Some(source) = &mut file.source {
        let inline = source.uri.as_ref().and_then(Text::as_literal).is_some_and(|uri| uri.starts_with("inline:"));
        if inline {
            // It names nothing, since the content is here.
            source.uri = None;
            source.content.get_or_insert_default();
        }
    }
    draft.job.staging.push(file);
}

fn read_data(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    let Some(source) = &mut file.source else {
        cx.diagnostics.warning(member.name_span.clone(), "`Data` has no meaning for a file that goes");
        return cx.keep(member, true);
    };
    let text = match &member.value.kind {
        Kind::List(_) => {
            let lines = cx.strings("Data", &member.value);
            lines.iter().map(|line| if line.ends_with('\n') { line.clone() } else { format!("{line}\n") }).collect()
        }
        _ => cx.string("Data", &member.value).unwrap_or_default(),
    };
    source.content = Some(Text::literal(text));
}

fn read_mode(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    let mode = cx.string("Mode", &member.value).unwrap_or_default();
    match mode.to_ascii_lowercase().as_str() {
        "overwrite" => file.creation = Some(Creation::Overwrite),
        "append" => file.creation = Some(Creation::Append),
        "nooverwrite" => file.creation = Some(Creation::DontOverwrite),
        "normal" => {}
        _ => {
            let near = crate::spelling::nearest(&mode, ["overwrite", "append", "nooverwrite"]);
            cx.diagnostics
                .warning(member.value.span.clone(), format!("`{mode}` is no mode, so files are overwritten"))
                .note("known: overwrite, append, nooverwrite")
                .did_you_mean(near);
        }
    }
}

fn read_permissions(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    if member.value.as_text() == Some("rwx------") {
        file.executable = true;
    } else {
        cx.keep(member, false);
    }
}

fn read_credentials(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    let Some(members) = cx.object("Credentials", &member.value) else { return };
    let mut text = |name: &str| {
        let part = members.iter().find(|m| m.name == name)?;
        cx.string(name, &part.value).map(Text::literal)
    };
    let (user, password, bearer, token) = (text("Username"), text("Password"), text("BearerToken"), text("Token"));
    let credential = match (user, bearer, token) {
        (Some(user), _, _) => {
            Credential { kind: Some("password".into()), subject: Some(user), secret: password, details: Vec::new() }
        }
        (None, Some(bearer), _) => {
            Credential { kind: Some("bearer".into()), secret: Some(bearer), ..Credential::default() }
        }
        (None, None, Some(token)) => {
            Credential { kind: Some("token".into()), secret: Some(token), ..Credential::default() }
        }
        (None, None, None) => {
            cx.diagnostics
                .warning(member.value.span.clone(), "these credentials hold nothing that UNICORE uses")
                .help("write `Username` and `Password`, `BearerToken`, or `Token`");
            return cx.keep(member, false);
        }
    };
    if let Some(location) = end(file) {
        location.credential = Some(credential);
    }
}

fn can_say(credential: &Credential) -> bool {
    match credential.kind.as_deref() {
        Some("password") => credential.subject.is_some(),
        Some("bearer" | "token") => credential.secret.is_some() && credential.subject.is_none(),
        _ => false,
    }
}

fn print_credentials(location: &mut Location) -> Option<Value> {
    let credential = location.credential.as_mut().filter(|credential| can_say(credential))?;
    let text = |text: &mut Option<Text>| text.take().map(|text| Value::text(written_out(&text)));
    let mut members = Vec::new();
    match credential.kind.as_deref()? {
        "password" => {
            members.extend(text(&mut credential.subject).map(|value| Member::new("Username", value)));
            members.extend(text(&mut credential.secret).map(|value| Member::new("Password", value)));
        }
        "bearer" => {
            members.extend(text(&mut credential.secret).map(|value| Member::new("BearerToken", value)));
        }
        "token" => {
            members.extend(text(&mut credential.secret).map(|value| Member::new("Token", value)));
        }
        _ => return None,
    }
    credential.kind = None;
    Some(Kind::Object(members).into())
}

fn read_options(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    let Some(members) = cx.object("ExtraParameters", &member.value) else { return };
    for option in members {
        let value = cx.string(&option.name, &option.value).map(Text::literal).unwrap_or_default();
        if let Some(location) = end(file) {
            location.options.push((Text::literal(&*option.name), value));
        }
    }
}

fn print_options(out: &mut Out<'_>, file: &mut Staging) -> Option<Value> {
    let part = if file.source.is_some() { "source/options" } else { "target/options" };
    let options = std::mem::take(&mut end(file)?.options);
    let mut members: Vec<Member> = Vec::new();
    let mut said = Vec::new();
    for (name, value) in &options {
        let key = written_out(name);
        if !members.iter().any(|m| m.name == key) {
            members.push(Member::new(key, Value::text(written_out(value))));
            said.push((name, value));
        }
    }
    if said.len() < options.len() {
        out.changed(part, &said, "there is one option of a name");
    }
    (!members.is_empty()).then(|| Kind::Object(members).into())
}

/// Whether a file comes or goes as UNICORE can say it.
fn named(file: &Staging) -> bool {
    file.file.as_ref().is_some_and(|path| !path.is_empty())
}

/// Makes two of each file that comes and goes.
fn part_ways(out: &mut Out<'_>, staging: &mut Vec<Staging>) {
    const WHY: &str = "a file of UNICORE comes or goes; one that does both is two";
    let mut second = Vec::new();
    let both = |file: &Staging| named(file) && file.source.is_some() && file.target.is_some();
    for (position, file) in staging.iter_mut().enumerate().filter(|(_, file)| both(file)) {
        let path = file.file.clone().unwrap_or_default();
        let target = file.target.get_or_insert_default();
        // Only what can be said goes along; the rest stays and gets lost.
        let twice = |(at, option): (usize, &(Text, Text))| target.options.iter().take(at).any(|o| o.0 == option.0);
        let options = match target.options.iter().enumerate().any(twice) {
            true => Vec::new(),
            false => std::mem::take(&mut target.options),
        };
        let location = Location {
            uri: Some(target.uri.take().filter(|uri| !uri.is_empty()).unwrap_or(path)),
            credential: target.credential.take_if(|c| can_say(c) && c.details.is_empty()),
            options,
            ..Location::default()
        };
        out.changed(&format!("staging/{position}/target"), serde_json::Value::Null, WHY);
        second.push(Staging { file: file.file.clone(), target: Some(location), ..Staging::default() });
    }
    for file in second {
        out.changed(&format!("staging/{}", staging.len()), &file, WHY);
        staging.push(file);
    }
}

/// Prints `Imports`.
pub fn print_imports(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let mut staging = std::mem::take(&mut draft.job.staging);
    part_ways(out, &mut staging);
    let mut imports: Vec<Value> = Vec::new();
    for (position, file) in staging.iter_mut().enumerate() {
        if !named(file) || file.source.is_none() {
            if file.target.is_none() || !named(file) {
                out.because(&format!("staging/{position}"), "a file of UNICORE has a name and comes or goes");
            }
            continue;
        }
        out.within(&format!("staging/{position}"), |out| {
            let path = file.file.take().unwrap_or_default();
            let source = file.source.get_or_insert_default();
            let swept = match source.uri.as_ref().map(|uri| &uri.0.0[..]) {
                Some([Piece::Param(p)]) => draft.parameters.get(usize::from(p.0)),
                _ => None,
            };
            let values = swept.and_then(|parameter| sweep::print(&parameter.domain)).and_then(|(_, domain)| {
                let texts = (0..domain.len()).map(|at| domain.text(at).into_owned());
                matches!(domain, Domain::List(_)).then(|| Value::texts(texts))
            });
            let from = match (values, &source.content) {
                (Some(values), _) => {
                    source.uri = None;
                    values
                }
                (None, Some(_)) => Value::text(INLINE),
                (None, None) => match source.uri.take().filter(|uri| !uri.is_empty()) {
                    Some(uri) => Value::text(written_out(&uri)),
                    None => {
                        out.changed("source/uri", &path, "an import of UNICORE has a source");
                        Value::text(written_out(&path))
                    }
                },
            };
            let mut members = vec![Member::new("From", from), Member::new("To", Value::text(written_out(&path)))];
            let rest = out.members(&FILE, file);
            members.extend(rest);
            imports.push(Kind::Object(members).into());
        });
    }
    draft.job.staging = staging;
    (!imports.is_empty()).then(|| Kind::List(imports).into())
}

/// Prints `Exports`.
pub fn print_exports(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let mut exports: Vec<Value> = Vec::new();
    for (position, file) in draft.job.staging.iter_mut().enumerate() {
        if file.source.is_some() || file.target.is_none() || !named(file) {
            continue;
        }
        out.within(&format!("staging/{position}"), |out| {
            let path = file.file.take().unwrap_or_default();
            let uri = file.target.as_mut().and_then(|target| target.uri.take()).filter(|uri| !uri.is_empty());
            let uri = uri.unwrap_or_else(|| {
                out.changed("target/uri", &path, "an export of UNICORE has a target");
                path.clone()
            });
            let to = Value::text(written_out(&uri));
            let mut members = vec![Member::new("From", Value::text(written_out(&path))), Member::new("To", to)];
            let rest = out.members(&FILE, file);
            members.extend(rest);
            exports.push(Kind::Object(members).into());
        });
    }
    (!exports.is_empty()).then(|| Kind::List(exports).into())
}
