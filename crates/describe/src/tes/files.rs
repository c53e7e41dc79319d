//! The inputs and outputs of a TES task.

use super::executor::DIRECTORY;
use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Location, Staging};
use pelago_job::{Job, Text};

/// An input's members.
const INPUT: [Field<Staging>; 7] = [
    NAME,
    DESCRIPTION,
    Field::new(
        "url",
        "source/uri",
        |cx, m, file| {
            let url = cx.text(m).filter(|url| !url.is_empty());
            file.source.get_or_insert_default().uri = url;
        },
        |out, file| file.source.as_mut().and_then(|source| out.text(&mut source.uri)),
    ),
    PATH,
    TYPE,
    Field::new(
        "content",
        "source/content",
        |cx, m, file| file.source.get_or_insert_default().content = cx.text(m),
        |out, file| file.source.as_mut().and_then(|source| out.text(&mut source.content)),
    ),
    Field::new(
        "streamable",
        "streamable",
        |cx, m, file| file.streamable = cx.flag(m).unwrap_or_default(),
        |_, file| std::mem::take(&mut file.streamable).then(|| Kind::Bool(true).into()),
    ),
];

/// An output's members.
const OUTPUT: [Field<Staging>; 6] = [
    NAME,
    DESCRIPTION,
    Field::new(
        "url",
        "target/uri",
        |cx, m, file| file.target.get_or_insert_default().uri = cx.filled("url", &m.value).map(Text::literal),
        |out, file| file.target.as_mut().and_then(|target| out.text(&mut target.uri)),
    ),
    PATH,
    Field::named(
        "path_prefix",
        &["pathPrefix"],
        "prefix",
        |cx, m, file| file.prefix = cx.text(m),
        |out, file| out.text(&mut file.prefix),
    ),
    TYPE,
];

const NAME: Field<Staging> = Field::new(
    "name",
    "name",
    |cx, m, file| file.name = cx.string("name", &m.value),
    |_, file| file.name.take().map(Value::text),
);

const DESCRIPTION: Field<Staging> = Field::new(
    "description",
    "description",
    |cx, m, file| file.description = cx.text(m),
    |out, file| out.text(&mut file.description),
);

const PATH: Field<Staging> = Field::new(
    "path",
    "file",
    |cx, m, file| file.file = super::absolute(cx, "path", m).map(Text::literal),
    |out, file| {
        let path = file.file.take()?;
        Some(Value::text(make_absolute(out, "file", &path)))
    },
);

const TYPE: Field<Staging> = Field::new("type", "directory", read_type, |_, file| {
    std::mem::take(&mut file.directory).then(|| Value::text("DIRECTORY"))
});

/// A path as an absolute one; that it was made one is noted.
pub fn make_absolute(out: &mut Out<'_>, part: &str, path: &Text) -> String {
    let text = written_out(path);
    if text.starts_with('/') {
        return text;
    }
    let absolute = format!("{DIRECTORY}/{}", text.trim_start_matches("./"));
    out.changed(part, Text::literal(&*absolute), "TES has absolute paths only");
    absolute
}

/// Whether a file's name at the job is relative to its working directory.
pub fn is_relative(file: &Staging) -> bool {
    file.file.as_ref().is_some_and(|path| !written_out(path).starts_with('/'))
}

fn read_type(cx: &mut In<'_>, member: &Member, file: &mut Staging) {
    match cx.string("type", &member.value).as_deref() {
        Some("DIRECTORY") => file.directory = true,
        Some("FILE" | "") | None => {}
        Some(other) => {
            let near = crate::spelling::nearest(other, ["FILE", "DIRECTORY"]);
            cx.diagnostics
                .error(member.value.span.clone(), format!("`type` must be `FILE` or `DIRECTORY`, found `{other}`"))
                .did_you_mean(near);
        }
    }
}

/// Reads `inputs`.
pub fn read_inputs(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    for (position, item) in cx.items("inputs", &member.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("inputs[{position}]");
        let Some(members) = cx.object(&name, item) else { continue };
        let mut file = Staging::default();
        read_file(cx, item, members, &INPUT, job.staging.len(), &mut file);
        needs(cx, &name, item, members, "path");
        let url = members.iter().find(|m| m.name == "url").filter(|m| m.value.as_text() != Some(""));
        match (url, members.iter().find(|m| m.name == "content")) {
            (None, None) => {
                let place = item.span.start..item.span.start + 1;
                cx.diagnostics
                    .error(place, format!("`{name}` needs `url`"))
                    .note("TES 1.1: an input has a `url` unless its `content` is given");
            }
            (Some(url), Some(content)) if content.value.as_text().is_some_and(|text| !text.is_empty()) => {
                cx.diagnostics
                    .warning(url.name_span.clone(), "this `url` is not used, since the content is given")
                    .related(content.name_span.clone(), "here");
            }
            _ => {}
        }
        job.staging.push(file);
    }
}

/// Reads `outputs`.
pub fn read_outputs(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    for (position, item) in cx.items("outputs", &member.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("outputs[{position}]");
        let Some(members) = cx.object(&name, item) else { continue };
        let mut file = Staging::default();
        read_file(cx, item, members, &OUTPUT, job.staging.len(), &mut file);
        needs(cx, &name, item, members, "path");
        needs(cx, &name, item, members, "url");
        let path = members.iter().find(|m| m.name == "path");
        let prefix = members.iter().find(|m| m.name == "path_prefix" || m.name == "pathPrefix");
        let wild = path.and_then(|path| path.value.as_text()).is_some_and(has_wildcards);
        match (path, prefix) {
            (Some(path), None) if wild => {
                cx.diagnostics
                    .error(path.value.span.clone(), "a path with wildcards needs a `path_prefix`")
                    .note("TES 1.1: it is cut off each file's path, and the rest is put after the `url`");
            }
            (Some(_), Some(prefix)) if !wild => {
                let message = "`path_prefix` has no meaning here: the path has no wildcards";
                cx.diagnostics.warning(prefix.name_span.clone(), message);
            }
            (Some(path), Some(prefix)) => {
                let begin = prefix.value.as_text().filter(|prefix| !has_wildcards(prefix));
                let text = path.value.as_text().unwrap_or_default();
                if begin.is_some_and(|begin| !text.starts_with(begin)) {
                    cx.diagnostics
                        .warning(prefix.value.span.clone(), "the path does not begin with this prefix")
                        .related(path.value.span.clone(), "the path");
                }
            }
            _ => {}
        }
        job.staging.push(file);
    }
}

fn read_file(
    cx: &mut In<'_>,
    item: &Value,
    members: &[Member],
    fields: &[Field<Staging>],
    position: usize,
    file: &mut Staging,
) {
    cx.within(&format!("staging/{position}"), |cx| {
        cx.note("", item.span.clone());
        cx.members(members, fields, false, file);
    });
}

fn needs(cx: &mut In<'_>, name: &str, item: &Value, members: &[Member], needed: &str) {
    if !members.iter().any(|m| m.name == needed) {
        let place = item.span.start..item.span.start + 1;
        cx.diagnostics.error(place, format!("`{name}` needs `{needed}`"));
    }
}

fn has_wildcards(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether a file comes, as TES can say it.
fn comes(file: &Staging) -> bool {
    let said =
        |location: &Location| location.uri.as_ref().is_some_and(|uri| !uri.is_empty()) || location.content.is_some();
    file.source.as_ref().is_some_and(said) && file.file.as_ref().is_some_and(|path| !path.is_empty())
}

/// Whether a file goes, as TES can say it.
fn goes(file: &Staging) -> bool {
    let uri = file.target.as_ref().and_then(|target| target.uri.as_ref());
    uri.is_some_and(|uri| !uri.is_empty()) && file.file.as_ref().is_some_and(|path| !path.is_empty())
}

/// Makes two of each file that comes and goes.
fn part_ways(out: &mut Out<'_>, staging: &mut Vec<Staging>) {
    const WHY: &str = "a TES file comes or goes; one that does both is two";
    let mut second = Vec::new();
    for (position, file) in staging.iter_mut().enumerate().filter(|(_, file)| comes(file) && goes(file)) {
        let uri = file.target.as_mut().and_then(|target| target.uri.take());
        out.changed(&format!("staging/{position}/target/uri"), serde_json::Value::Null, WHY);
        if file.prefix.is_some() {
            out.changed(&format!("staging/{position}/prefix"), serde_json::Value::Null, WHY);
        }
        second.push(Staging {
            file: file.file.clone(),
            directory: file.directory,
            prefix: file.prefix.take(),
            target: Some(Location { uri, ..Location::default() }),
            ..Staging::default()
        });
    }
    for file in second {
        out.changed(&format!("staging/{}", staging.len()), &file, WHY);
        staging.push(file);
    }
}

/// Prints `inputs`.
pub fn print_inputs(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    part_ways(out, &mut job.staging);
    let mut inputs = Vec::new();
    for (position, file) in job.staging.iter_mut().enumerate() {
        if comes(file) {
            let print = |out: &mut Out<'_>| Kind::Object(out.members(&INPUT, file)).into();
            inputs.push(out.within(&format!("staging/{position}"), print));
        } else if !goes(file) {
            let why = "a TES file has a path at the job, and a url or its content";
            out.because(&format!("staging/{position}"), why);
        }
    }
    (!inputs.is_empty()).then(|| Kind::List(inputs).into())
}

/// Prints `outputs`.
pub fn print_outputs(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let mut outputs = Vec::new();
    for (position, file) in job.staging.iter_mut().enumerate().filter(|(_, file)| goes(file)) {
        outputs.push(print_output(out, position, file));
    }
    (!outputs.is_empty()).then(|| Kind::List(outputs).into())
}

fn print_output(out: &mut Out<'_>, position: usize, file: &mut Staging) -> Value {
    out.within(&format!("staging/{position}"), |out| {
        if let Some(prefix) = file.file.as_ref().and_then(prefix_of).filter(|_| file.prefix.is_none()) {
            let absolute = match file.file.as_ref() {
                Some(path) if !written_out(path).starts_with('/') => {
                    Text::literal(format!("{DIRECTORY}/{}", written_out(&prefix).trim_start_matches("./")))
                }
                _ => prefix,
            };
            out.changed("prefix", &absolute, "TES needs the part of a pattern that is not sent along");
            file.prefix = Some(absolute);
        }
        Kind::Object(out.members(&OUTPUT, file)).into()
    })
}

/// The directory before the first wildcard of a path, if it has one.
fn prefix_of(path: &Text) -> Option<Text> {
    let text = written_out(path);
    let wild = text.find(['*', '?', '['])?;
    let fixed = text.get(..wild).unwrap_or("");
    Some(Text::literal(fixed.rfind('/').map_or("", |slash| fixed.get(..=slash).unwrap_or(""))))
}
