//! Tasks and files of a workflow's specification.

use super::document::{Tasks, needs};
use crate::json::{Field, In, Kind, Member, Value};
use crate::spelling;
use pelago_job::description::{Location, Staging};
use pelago_job::{Job, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a file's size is known to be, by its id.
pub type Sizes = BTreeMap<String, f64>;

/// Whether a text fits the schema's pattern for ids of files; those of tasks have no `/` and `:`.
pub fn is_id(text: &str, file: bool) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.#".contains(&b) || file && b"/:".contains(&b);
    text.bytes().all(fits)
}

/// The members of a task that the model has a place for; `id`, parents, children and files are read beside them.
pub const TASK: [Field<Job>; 1] = [Field::new(
    "name",
    "application/name",
    |cx, m, job| {
        let name = cx.filled("name", &m.value).map(Text::literal);
        job.application.name = name.filter(|name| job.name.as_ref() != Some(name));
    },
    |_, _| None,
)];

/// The members that are read beside the table.
const BESIDE: [&str; 5] = ["id", "parents", "children", "inputFiles", "outputFiles"];

/// Reads `workflow.specification`.
pub fn read_specification(cx: &mut In<'_>, member: &Member, tasks: &mut Tasks) {
    let Some(members) = cx.object("specification", &member.value) else { return };
    for other in members.iter().filter(|m| !["tasks", "files"].contains(&m.name.as_str())) {
        cx.unknown(other, ["tasks", "files"].into_iter(), true);
    }
    let mut sizes = Sizes::new();
    let mut declared: BTreeMap<String, Value> = BTreeMap::new();
    if let Some(files) = members.iter().find(|m| m.name == "files") {
        for (position, item) in cx.items("files", &files.value).unwrap_or(&[]).iter().enumerate() {
            read_file(cx, &format!("files[{position}]"), item, &mut sizes, &mut declared);
        }
    }
    let Some(list) = members.iter().find(|m| m.name == "tasks") else {
        needs(cx, "specification", &member.value, members, &["tasks"]);
        return;
    };
    let items = cx.items("tasks", &list.value).unwrap_or(&[]);
    if items.is_empty() {
        cx.diagnostics.error(list.value.span.clone(), "`tasks` needs one task or more");
    }
    for (position, item) in items.iter().enumerate() {
        if cx.diagnostics.crowded(position, &item.span) {
            break;
        }
        read_task(cx, position, item, &sizes, &mut declared, tasks);
    }
    // A file that no task names is nobody's: it is kept as a whole, and its members not once more.
    let unused: BTreeSet<String> = declared.keys().map(|id| format!("/{}", place_of(id))).collect();
    cx.forget(|place| unused.contains(place));
    for (id, item) in declared {
        let used = Member::new(id, item);
        cx.within("files", |cx| cx.keep(&used, true));
    }
}

fn read_file(cx: &mut In<'_>, name: &str, item: &Value, sizes: &mut Sizes, declared: &mut BTreeMap<String, Value>) {
    let Some(members) = cx.object(name, item) else { return };
    needs(cx, name, item, members, &["id", "sizeInBytes"]);
    let size = members.iter().find(|m| m.name == "sizeInBytes");
    let size = size.and_then(|m| cx.whole("sizeInBytes", &m.value, 0.0));
    let Some(id) = members.iter().find(|m| m.name == "id") else { return };
    let Some(text) = file_id(cx, "id", &id.value) else { return };
    for other in members.iter().filter(|m| !["id", "sizeInBytes"].contains(&m.name.as_str())) {
        cx.within(&place_of(&text), |cx| {
            cx.unknown(other, ["id", "sizeInBytes"].into_iter(), true);
        });
    }
    if declared.contains_key(&text) {
        cx.diagnostics.warning(id.value.span.clone(), format!("the file `{text}` is declared twice"));
    }
    sizes.extend(size.map(|size| (text.clone(), size)));
    declared.insert(text, item.clone());
}

/// The place of what is kept of a declared file.
pub fn place_of(id: &str) -> String {
    format!("files/{}", id.replace('~', "~0").replace('/', "~1"))
}

/// A file's id.
pub fn file_id(cx: &mut In<'_>, name: &str, value: &Value) -> Option<String> {
    let text = cx.filled(name, value)?;
    if !is_id(&text, true) {
        cx.diagnostics
            .error(value.span.clone(), format!("`{text}` is no id of a file"))
            .note("WfFormat: letters, digits and `-_./:#`");
    }
    Some(text)
}

fn read_task(
    cx: &mut In<'_>,
    number: usize,
    item: &Value,
    sizes: &Sizes,
    declared: &mut BTreeMap<String, Value>,
    tasks: &mut Tasks,
) {
    let name = format!("tasks[{number}]");
    let Some(members) = cx.object(&name, item) else { return };
    needs(cx, &name, item, members, &["name", "id", "parents", "children"]);
    let find = |name: &str| members.iter().find(|m| m.name == name);
    let id = find("id").and_then(|id| cx.filled("id", &id.value));
    let position = tasks.description.jobs.len();
    add_id(cx, id.as_deref(), position, &find("id").map_or(item.span.clone(), |id| id.value.span.clone()), tasks);
    let mut job = Job { name: id.map(Text::literal), ..Job::default() };
    let own: Vec<Member> = members.iter().filter(|m| !BESIDE.contains(&m.name.as_str())).cloned().collect();
    let ((), kept) = cx.job(position, |cx| {
        cx.note("", item.span.clone());
        cx.members(&own, &TASK, true, &mut job);
        for (name, comes) in [("inputFiles", true), ("outputFiles", false)] {
            let Some(list) = find(name) else { continue };
            for file in cx.items(name, &list.value).unwrap_or(&[]) {
                let Some(id) = file_id(cx, name, file) else { continue };
                declared.remove(&id);
                cx.note(&format!("staging/{}", job.staging.len()), file.span.clone());
                job.staging.push(staging(&id, sizes.get(&id).copied(), comes));
            }
        }
    });
    job.extensions = kept;
    for (name, parents) in [("parents", true), ("children", false)] {
        let Some(list) = find(name) else { continue };
        for other in cx.items(name, &list.value).unwrap_or(&[]) {
            let Some(id) = cx.string(name, other) else { continue };
            if !is_id(&id, false) {
                cx.diagnostics
                    .error(other.span.clone(), format!("`{id}` is no id of a task"))
                    .note("WfFormat: letters, digits and `-_.#`");
            }
            let list = if parents { &mut tasks.parents } else { &mut tasks.children };
            list.push((position, id, other.span.clone()));
        }
    }
    tasks.description.jobs.push(job);
}

/// Notes a task's id, which no other has.
pub fn add_id(cx: &mut In<'_>, id: Option<&str>, position: usize, span: &Range<usize>, tasks: &mut Tasks) {
    let Some(id) = id else { return };
    if let Some(first) = tasks.ids.insert(id.to_string(), position) {
        let first = cx.origins.of(&format!("/jobs/{first}")).unwrap_or(0..0);
        cx.diagnostics
            .error(span.clone(), format!("two tasks have the id `{id}`"))
            .related(first.start..(first.start + 1).min(first.end.max(first.start)), "the first one");
    }
}

/// A file that comes to a task or goes from it. Its id is its name, at the task and where the workflow is submitted.
pub fn staging(id: &str, size: Option<f64>, comes: bool) -> Staging {
    let location = Some(Location { uri: Some(Text::literal(id)), ..Location::default() });
    let (source, target) = if comes { (location, None) } else { (None, location) };
    Staging { file: Some(Text::literal(id)), size, source, target, ..Staging::default() }
}

/// Says what else a task could be called.
pub fn nearest_id<'a>(tasks: &'a Tasks, id: &str) -> Option<&'a str> {
    spelling::nearest(id, tasks.ids.keys().map(String::as_str))
}

/// Whether a value is a number that says nothing, as writers put it where nothing was measured.
pub fn is_zero(value: &Value) -> bool {
    matches!(&value.kind, Kind::Number(number) if number.parse() == Ok(0.0))
}
