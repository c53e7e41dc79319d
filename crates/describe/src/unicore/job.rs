//! The members of a UNICORE job.

use super::command::Extra;
use super::draft::Draft;
use super::{command, files, notice, resources, units};
use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::Text;
use pelago_job::description::{Launcher, Starter, Ttl};

/// A job's members, in the order in which they are read and printed.
pub const JOB: [Field<Draft>; 33] = [
    text!("Name", [], "name", job.name),
    text!("Description", [], "description", job.description),
    text!("ApplicationName", [], "application/name", job.application.name),
    text!("ApplicationVersion", [], "application/version", job.application.version),
    Field::new("Parameters", "application/parameters", command::read_parameters, command::print_parameters),
    Field::new("Environment", "application/environment", command::read_environment, command::print_environment),
    Field::new("Executable", "application/commands/0", command::read_executable, command::print_executable),
    Field::new("Arguments", "application/commands/0/arguments", command::read_arguments, command::print_arguments),
    Field::new(
        "Stdin",
        "application/commands/0/input",
        |cx, m, d| command::first(d).input = command::read_stream(cx, m),
        |_, d| command::print_stream(d.job.application.commands.first_mut()?.input.as_mut()),
    ),
    Field::new(
        "Stdout",
        "application/commands/0/output",
        |cx, m, d| command::first(d).output = command::read_stream(cx, m),
        |_, d| command::print_stream(d.job.application.commands.first_mut()?.output.as_mut()),
    ),
    Field::new(
        "Stderr",
        "application/commands/0/error",
        |cx, m, d| command::first(d).error = command::read_stream(cx, m),
        |_, d| command::print_stream(d.job.application.commands.first_mut()?.error.as_mut()),
    ),
    Field::new(
        "IgnoreNonZeroExitCode",
        "application/commands/0/ignore_failure",
        |cx, m, d| {
            if cx.flag(m).unwrap_or_default() {
                command::first(d).ignore_failure = true;
            }
        },
        |_, d| std::mem::take(&mut d.job.application.commands.first_mut()?.ignore_failure).then(yes),
    ),
    Field::named(
        "User precommand",
        &["UserPrecommand"],
        "application/before/0",
        |cx, m, d| Extra::Before.read(cx, m, d),
        |out, d| Extra::Before.print(out, d),
    ),
    Field::new(
        "RunUserPrecommandOnLoginNode",
        "application/before/0/at_front_end",
        |cx, m, d| Extra::Before.read_place(cx, m, d),
        |_, d| Extra::Before.print_place(d),
    ),
    Field::new(
        "UserPrecommandIgnoreNonZeroExitCode",
        "application/before/0/ignore_failure",
        |cx, m, d| Extra::Before.read_ignore(cx, m, d),
        |_, d| Extra::Before.print_ignore(d),
    ),
    Field::named(
        "User postcommand",
        &["UserPostcommand"],
        "application/after/0",
        |cx, m, d| Extra::After.read(cx, m, d),
        |out, d| Extra::After.print(out, d),
    ),
    Field::new(
        "RunUserPostcommandOnLoginNode",
        "application/after/0/at_front_end",
        |cx, m, d| Extra::After.read_place(cx, m, d),
        |_, d| Extra::After.print_place(d),
    ),
    Field::new(
        "UserPostcommandIgnoreNonZeroExitCode",
        "application/after/0/ignore_failure",
        |cx, m, d| Extra::After.read_ignore(cx, m, d),
        |_, d| Extra::After.print_ignore(d),
    ),
    Field::new("Imports", "", files::read_imports, files::print_imports),
    Field::new("Stage in", "", files::read_imports, |_, _| None),
    Field::new("Exports", "", files::read_exports, files::print_exports),
    Field::new("Stage out", "", files::read_exports, |_, _| None),
    Field::new("Resources", "resources", resources::read, resources::print),
    Field::new("Project", "projects", read_project, |_, _| None),
    Field::new("Job type", "application/launcher", read_type, print_type),
    Field::new("Not before", "policy/not_before", read_not_before, print_not_before),
    Field::named("Tags", &["tags"], "annotations", read_tags, |_, d| {
        let tags = std::mem::take(&mut d.job.annotations);
        (!tags.is_empty()).then(|| Value::texts(tags.iter().map(written_out)))
    }),
    Field::new("NotificationSettings", "policy/notices", notice::read, notice::print_settings),
    Field::new("Notification", "policy/notices", notice::read, |_, _| None),
    Field::new("User email", "policy/notices", notice::read, |_, d| notice::print_email(d)),
    Field::new(
        "Lifetime",
        "policy/keep",
        |cx, m, d| {
            let text = m.value.scalar().unwrap_or_default();
            match units::amount(&text, &units::TIME) {
                Ok(seconds) => d.job.policy.keep = Some(Ttl { directory: Some(seconds), record: None }),
                Err(why) => drop(cx.diagnostics.error(m.value.span.clone(), format!("`Lifetime`: {why}"))),
            }
        },
        |_, d| {
            let keep = d.job.policy.keep.as_mut()?;
            keep.directory.take_if(|seconds| *seconds >= 0.0 && seconds.is_finite()).map(Value::number)
        },
    ),
    text!("User", [], "application/user", job.application.user),
    text!("Group", [], "application/user_group", job.application.user_group),
];

/// What is known beside the table and kept as it is, and whether it only remarks something: what clients alone read.
const KEPT: [(&str, bool); 17] = [
    ("Umask", false),
    ("umask", false),
    ("Login node", false),
    ("BSS file", false),
    ("Execution environment", false),
    ("User preferences", false),
    ("Site", false),
    ("Site name", false),
    ("blacklist", false),
    ("Blacklist", false),
    ("User name", true),
    ("Preferred protocol", true),
    ("Preferred protocols", true),
    ("haveClientStageIn", true),
    ("isSweepJob", true),
    ("Output", true),
    ("Comments", true),
];

/// `"true"`: servers take only the string for some members, and it for all.
pub fn yes() -> Value {
    Value::text("true")
}

/// `"false"`.
pub fn no() -> Value {
    Value::text("false")
}

/// Reads the members of a job into a draft.
pub fn read(cx: &mut In<'_>, members: &[Member], draft: &mut Draft) {
    let mut own = Vec::new();
    for member in members {
        match KEPT.iter().find(|(name, _)| *name == member.name) {
            _ if member.value.kind == Kind::Null => {}
            Some((site @ ("Site" | "Site name"), _)) => {
                let site = cx.string(site, &member.value).map(Text::literal);
                cx.note("resources/candidate_hosts", member.value.span.clone());
                draft.job.resources.candidate_hosts.extend(site);
            }
            Some((_, remark)) => cx.keep(member, *remark),
            None => own.push(member.clone()),
        }
    }
    let names = JOB.iter().flat_map(|field| field.others.iter().chain([&field.name])).copied();
    let known: Vec<&str> = names.chain(KEPT.iter().map(|(name, _)| *name)).collect();
    let (own, unknown): (Vec<Member>, Vec<Member>) =
        own.into_iter().partition(|member| JOB.iter().any(|field| field.is(&member.name)));
    for member in &unknown {
        // UNICORE ignores what it does not know.
        cx.unknown(member, known.iter().copied(), true);
    }
    cx.members(&own, &JOB, true, draft);
    command::join(cx, draft);
    draft.finish();
}

/// Prints the members of a job.
pub fn print(out: &mut Out<'_>, draft: &mut Draft) -> Vec<Member> {
    let mut members = Vec::new();
    for field in &JOB {
        if let Some(value) = (field.print)(out, draft) {
            members.push(Member::new(field.name, value));
        }
    }
    let hosts = std::mem::take(&mut draft.job.resources.candidate_hosts);
    if let Some(first) = hosts.first() {
        members.push(Member::new("Site", Value::text(written_out(first))));
        if hosts.len() > 1 {
            out.changed("resources/candidate_hosts", [first], "a UNICORE job names one site");
        }
    }
    out.take_all(&mut members);
    members
}

fn read_project(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let project = cx.text(member);
    if !draft.job.projects.is_empty() {
        let message = "this project counts, not the one in `Resources`";
        cx.diagnostics.warning(member.name_span.clone(), message);
    }
    draft.job.projects = project.into_iter().collect();
}

fn read_type(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let Some(kind) = cx.string("Job type", &member.value) else { return };
    match kind.to_ascii_uppercase().as_str() {
        "BATCH" | "NORMAL" => {}
        "ON_LOGIN_NODE" | "INTERACTIVE" => {
            draft.job.application.launcher = Launcher::by(Starter::FrontEnd);
        }
        "RAW" | "ALLOCATE" => cx.keep(member, false),
        _ => {
            let known = ["BATCH", "ON_LOGIN_NODE", "RAW", "ALLOCATE", "NORMAL", "INTERACTIVE"];
            let near = crate::spelling::nearest(&kind.to_ascii_uppercase(), known);
            cx.diagnostics
                .error(member.value.span.clone(), format!("`{kind}` is no type of a job"))
                .note("known: BATCH (or NORMAL), ON_LOGIN_NODE (or INTERACTIVE), RAW, ALLOCATE")
                .did_you_mean(near);
        }
    }
}

fn print_type(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let launcher = &mut draft.job.application.launcher;
    if !launcher.at_front_end() {
        return out.take("Job type");
    }
    if launcher.kind.take() == Some(Starter::Scheduler) {
        let why = "UNICORE runs it by its own means on the login node";
        out.changed("application/launcher/kind", Starter::FrontEnd, why);
    }
    Some(Value::text("ON_LOGIN_NODE"))
}

fn read_not_before(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let Some(text) = cx.string("Not before", &member.value) else { return };
    if !units::is_time(&text) && !text.contains("${") {
        cx.diagnostics
            .error(member.value.span.clone(), format!("`{text}` is no time that UNICORE reads"))
            .help("write `18:30`, `2031-05-01 18:30` or `2031-05-01T18:30:00+0200`");
    }
    draft.job.policy.not_before = Some(Text::literal(text));
}

fn print_not_before(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let text = draft.job.policy.not_before.as_ref().map(written_out)?;
    // The zone of UTC by its letter is not read by UNICORE, but by its number.
    let written = text.strip_suffix('Z').map_or(text.clone(), |time| format!("{time}+0000"));
    if !units::is_time(&written) {
        out.because("policy/not_before", "UNICORE has other forms of times");
        return None;
    }
    if written != text {
        out.changed("policy/not_before", &written, "UNICORE writes time zones as numbers");
    }
    draft.job.policy.not_before = None;
    Some(Value::text(written))
}

fn read_tags(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let tags = match member.value.as_text() {
        Some(tag) => vec![tag.to_string()],
        None => cx.strings("Tags", &member.value),
    };
    draft.job.annotations = tags.into_iter().map(Text::literal).collect();
}
