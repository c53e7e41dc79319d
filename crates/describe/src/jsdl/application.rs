//! Applications of JSDL: POSIX, HPC profile, SPMD, GridSAM's MPI, and UNICORE's commands around them.

use super::member::{Kind, Member, Style};
use super::namespace::Space;
use super::printing::Printing;
use super::reader::Reader;
use super::words;
use crate::xml::Element;
use pelago_job::Text;
use pelago_job::description::{Application, Command, Limits, Parallel, Path, Stdio, Variable};

const CORE: Space = Space::Core;
const POSIX: Space = Space::Posix;

/// What stands in an Application.
pub static APPLICATION: [Member<Application>; 9] = [
    Member::new(CORE, "ApplicationName", "name", Kind::Text(Style::Line, |a| &mut a.name)),
    Member::new(CORE, "ApplicationVersion", "version", Kind::Text(Style::Line, |a| &mut a.version)),
    Member::new(CORE, "Description", "description", Kind::Text(Style::Free, |a| &mut a.description)),
    Member::new(Space::Unicore, "UserPreCommand", "", Kind::Own(true, read_before, print_before)),
    Member::new(Space::Unicore, "UserPostCommand", "", Kind::Own(true, read_after, print_after)),
    Member::new(POSIX, "POSIXApplication", "", Kind::Own(true, read_posix, print_program)),
    Member::new(Space::Hpc, "HPCProfileApplication", "", Kind::Own(true, read_hpc, print_nothing)),
    Member::new(Space::Spmd, "SPMDApplication", "", Kind::Own(true, read_spmd, print_nothing)),
    Member::new(Space::Mpi, "MPIApplication", "", Kind::Own(true, read_mpi, print_nothing)),
];

/// The main command, which is all that JSDL has of commands.
fn main(application: &mut Application) -> &mut Command {
    if application.commands.is_empty() {
        application.commands.push(Command::default());
    }
    // There is one: it was pushed.
    &mut application.commands[0]
}

const fn limit(
    name: &'static str,
    field: &'static str,
    at: fn(&mut Application) -> &mut Option<f64>,
) -> Member<Application> {
    Member::new(POSIX, name, field, Kind::Limit(at))
}

const fn stream(
    name: &'static str,
    read: fn(&mut Reader<'_>, &Element, &mut Application, &str),
    print: fn(&mut Printing<'_>, &mut Application, &str),
) -> Member<Application> {
    Member::new(POSIX, name, "", Kind::Own(false, read, print))
}

/// What stands in a POSIXApplication. The first seven and `UserName` stand in the other applications too.
pub static PROGRAM: [Member<Application>; 22] = [
    stream("Executable", read_executable, print_executable),
    Member::new(POSIX, "Argument", "", Kind::Own(true, read_argument, print_arguments)),
    stream(
        "Input",
        |r, e, a, at| read_stream(r, e, &mut main(a).input, &format!("{at}/commands/0/input")),
        |p, a, at| print_stream(p, "jsdl-posix:Input", &mut main(a).input, &format!("{at}/commands/0/input")),
    ),
    stream(
        "Output",
        |r, e, a, at| read_stream(r, e, &mut main(a).output, &format!("{at}/commands/0/output")),
        |p, a, at| print_stream(p, "jsdl-posix:Output", &mut main(a).output, &format!("{at}/commands/0/output")),
    ),
    stream(
        "Error",
        |r, e, a, at| read_stream(r, e, &mut main(a).error, &format!("{at}/commands/0/error")),
        |p, a, at| print_stream(p, "jsdl-posix:Error", &mut main(a).error, &format!("{at}/commands/0/error")),
    ),
    stream("WorkingDirectory", read_directory, print_directory),
    Member::new(POSIX, "Environment", "", Kind::Own(true, read_variable, print_variables)),
    limit("WallTimeLimit", "limits/wall_time", |a| &mut a.limits.wall_time),
    limit("FileSizeLimit", "limits/file_size", |a| &mut a.limits.file_size),
    limit("CoreDumpLimit", "limits/core_dump", |a| &mut a.limits.core_dump),
    limit("DataSegmentLimit", "limits/data_segment", |a| &mut a.limits.data_segment),
    limit("LockedMemoryLimit", "limits/locked_memory", |a| &mut a.limits.locked_memory),
    limit("MemoryLimit", "limits/memory", |a| &mut a.limits.memory),
    limit("OpenDescriptorsLimit", "limits/open_descriptors", |a| &mut a.limits.open_descriptors),
    limit("PipeSizeLimit", "limits/pipe_size", |a| &mut a.limits.pipe_size),
    limit("StackSizeLimit", "limits/stack_size", |a| &mut a.limits.stack_size),
    limit("CPUTimeLimit", "limits/cpu_time", |a| &mut a.limits.cpu_time),
    limit("ProcessCountLimit", "limits/process_count", |a| &mut a.limits.process_count),
    limit("VirtualMemoryLimit", "limits/virtual_memory", |a| &mut a.limits.virtual_memory),
    limit("ThreadCountLimit", "limits/thread_count", |a| &mut a.limits.thread_count),
    Member::new(POSIX, "UserName", "user", Kind::Text(Style::Line, |a| &mut a.user)),
    Member::new(POSIX, "GroupName", "user_group", Kind::Text(Style::Line, |a| &mut a.user_group)),
];

/// What stands in an SPMDApplication after the program.
static SPMD: [Member<Application>; 4] = [
    Member::new(Space::Spmd, "NumberOfProcesses", "", Kind::Own(false, read_processes, print_processes)),
    Member::new(
        Space::Spmd,
        "ProcessesPerHost",
        "parallel/per_host",
        Kind::Text(Style::Count, |a| &mut parallel(a).per_host),
    ),
    Member::new(Space::Spmd, "ThreadsPerProcess", "", Kind::Own(false, read_threads, print_threads)),
    Member::new(Space::Spmd, "SPMDVariation", "", Kind::Own(false, read_variation, print_variation)),
];

/// What GridSAM's extension has beside the program.
static MPI: [Member<Application>; 1] = [Member::new(
    Space::Mpi,
    "ProcessorCount",
    "parallel/processes",
    Kind::Text(Style::Count, |a| &mut parallel(a).processes),
)];

fn parallel(application: &mut Application) -> &mut Parallel {
    application.parallel.get_or_insert_default()
}

/// Members of several tables in one, for elements that hold two kinds of things.
fn program_and(more: &'static [Member<Application>]) -> Vec<Member<Application>> {
    let copy = |m: &'static Member<Application>| Member::new(m.space, m.name, m.field, m.kind.clone());
    PROGRAM.iter().chain(more).map(copy).collect()
}

fn read_posix(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    read_program(reader, element, application, at, &[], None);
}

fn read_hpc(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    read_program(reader, element, application, at, &[], Some(Space::Hpc));
}

fn read_spmd(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let before = application.parallel.is_some();
    read_program(reader, element, application, at, &SPMD, None);
    if !before && application.parallel.as_ref().is_some_and(|p| p.variation.is_none()) {
        reader
            .diagnostics
            .warning(element.name_span.clone(), "this `SPMDApplication` does not say how its processes find each other")
            .help("add `SPMDVariation`, for example `http://www.ogf.org/jsdl/2007/02/jsdl-spmd/MPI`");
    }
}

fn read_mpi(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    read_program(reader, element, application, at, &MPI, None);
    reader
        .diagnostics
        .note(element.name_span.clone(), "GridSAM's MPI extension is read as an `SPMDApplication` of the kind MPI")
        .note("GridSAM itself went over to that with version 2.1.1");
    parallel(application).variation.get_or_insert("MPI".into());
}

fn read_program(
    reader: &mut Reader<'_>,
    element: &Element,
    application: &mut Application,
    at: &str,
    more: &'static [Member<Application>],
    also: Option<Space>,
) {
    let part = format!("{at}/commands/0");
    if std::mem::replace(&mut reader.program_seen, true) {
        let message = format!("a second application, `{}`; a job runs one", element.written);
        reader.diagnostics.warning(element.name_span.clone(), message);
        return reader.extension(element, at, false);
    }
    reader.origins.note(part.clone(), element.span.clone());
    reader.attributes(element, &["name"], &part);
    let name = reader.name_attribute(element, "name");
    main(application).name = name;
    let table = program_and(more);
    reader.members_in(element, application, &table, at, also);
    if !more.is_empty() {
        parallel(application);
    }
}

fn read_path(reader: &mut Reader<'_>, element: &Element, style: Style, at: &str) -> Option<Path> {
    reader.origins.note(at, element.span.clone());
    reader.attributes(element, &["filesystemName"], at);
    let filesystem = reader.filesystem(element);
    let text = reader.text(element, style)?;
    Some(Path { text: Some(text), filesystem })
}

fn read_executable(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    main(application).executable = read_path(reader, element, Style::Line, &format!("{at}/commands/0/executable"));
}

fn print_executable(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let at = format!("{at}/commands/0/executable");
    print_path(printing, "jsdl-posix:Executable", &mut main(application).executable, &at);
}

fn read_directory(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    main(application).directory = read_path(reader, element, Style::Line, &format!("{at}/commands/0/directory"));
}

fn print_directory(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let at = format!("{at}/commands/0/directory");
    print_path(printing, "jsdl-posix:WorkingDirectory", &mut main(application).directory, &at);
}

fn print_path(printing: &mut Printing<'_>, name: &str, path: &mut Option<Path>, at: &str) {
    let Some(mut path) = path.take() else { return };
    let Some(text) = path.text.take() else { return };
    let filesystem = path.filesystem.take().map(|name| printing.name(name, &format!("{at}/filesystem")));
    let attributes: Vec<(&str, &str)> = filesystem.iter().map(|name| ("filesystemName", name.as_str())).collect();
    printing.leaf(name, &attributes, &text, Style::Line, &format!("{at}/text"), at);
}

fn read_argument(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/commands/0/arguments/{}", main(application).arguments.len());
    reader.origins.note(at.clone(), element.span.clone());
    reader.attributes(element, &["filesystemName"], &at);
    let filesystem = reader.filesystem(element);
    let raw = element.text();
    // An empty argument is an empty word, not nothing; line breaks become blanks (`xsd:normalizedString`).
    let text = match raw.is_empty() {
        true if !reader.holes.has(element.span.start, None) => Some(Text::default()),
        _ => reader.text(element, Style::Free),
    };
    let text = text.map(|text| Text(super::sweep::map_literals(&text.0, |t| t.replace(['\n', '\t', '\r'], " "))));
    if raw.contains(['\n', '\t']) {
        reader
            .diagnostics
            .warning(element.text_span(), "line breaks and tabs in an argument become blanks")
            .note("an argument is an `xsd:normalizedString`");
    } else if let Some(word) = text.as_ref().and_then(Text::as_literal)
        && word.starts_with('-')
        && word.trim_end().contains(' ')
    {
        reader
            .diagnostics
            .warning(element.text_span(), format!("`{word}` is one argument, with a blank in it"))
            .help("are that two `Argument` elements? each one is a word of its own for the program");
    }
    main(application).arguments.push(Path { text, filesystem });
}

fn print_arguments(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    for (number, path) in main(application).arguments.iter_mut().enumerate() {
        let at = format!("{at}/commands/0/arguments/{number}");
        let Some(text) = path.text.take() else { continue };
        let filesystem = path.filesystem.take().map(|name| printing.name(name, &format!("{at}/filesystem")));
        let attributes: Vec<(&str, &str)> = filesystem.iter().map(|name| ("filesystemName", name.as_str())).collect();
        let blank = |t: &str| t.replace(['\n', '\t', '\r'], " ");
        let plain = Text(super::sweep::map_literals(&text.0, blank));
        if plain != text {
            let why = "line breaks and tabs in a JSDL argument become blanks";
            printing.rest.changed(format!("{at}/text"), &plain, why);
        }
        printing.leaf("jsdl-posix:Argument", &attributes, &plain, Style::Free, &format!("{at}/text"), &at);
    }
}

fn read_stream(reader: &mut Reader<'_>, element: &Element, stream: &mut Option<Stdio>, at: &str) {
    let path = read_path(reader, element, Style::Line, at);
    *stream = path.map(|path| Stdio { path: path.text, filesystem: path.filesystem, ..Stdio::default() });
    let literal = stream.as_ref().and_then(|s| s.path.as_ref()).and_then(Text::as_literal);
    if literal.is_some_and(|text| text.contains("${JOB_ID}")) {
        reader
            .diagnostics
            .warning(element.text_span(), "`${JOB_ID}` is GridWay's; JSDL has no variables in file names")
            .note("other systems make a file with that very name");
    }
}

fn print_stream(printing: &mut Printing<'_>, name: &str, stream: &mut Option<Stdio>, at: &str) {
    let Some(stream) = stream.as_mut() else { return };
    let Some(text) = stream.path.take() else { return };
    let filesystem = stream.filesystem.take().map(|name| printing.name(name, &format!("{at}/filesystem")));
    let attributes: Vec<(&str, &str)> = filesystem.iter().map(|name| ("filesystemName", name.as_str())).collect();
    printing.leaf(name, &attributes, &text, Style::Line, &format!("{at}/path"), at);
}

fn read_variable(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/commands/0/environment/{}", main(application).environment.len());
    reader.origins.note(at.clone(), element.span.clone());
    reader.attributes(element, &["name", "filesystemName"], &at);
    let filesystem = reader.filesystem(element);
    let Some(name) = reader.name_attribute(element, "name") else {
        reader
            .diagnostics
            .error(element.name_span.clone(), "this variable has no name")
            .help("write `<Environment name=\"NAME\">value</Environment>`");
        return;
    };
    let name = reader.holes.fill(element.span.start, Some("name"), &name);
    let raw = element.text();
    let value = match raw.is_empty() && !reader.holes.has(element.span.start, None) {
        true => Some(Text::default()),
        false => reader.text(element, Style::Free),
    };
    main(application).environment.push(Variable { name: Some(name), value, filesystem });
}

fn print_variables(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    for (number, variable) in main(application).environment.iter_mut().enumerate() {
        let at = format!("{at}/commands/0/environment/{number}");
        // Names are attributes and have to be `xsd:NCName`: a variable with another name cannot be said.
        let fits = variable.name.as_ref().is_some_and(|name| printing.fits_name(name));
        if !fits {
            printing.rest.because(at, "the name of a variable has to be an `xsd:NCName` in JSDL");
            continue;
        }
        let Some(name) = variable.name.take() else { continue };
        let filesystem = variable.filesystem.take().map(|name| printing.name(name, &format!("{at}/filesystem")));
        let value = match variable.value.take() {
            Some(value) => value,
            None => {
                printing.rest.changed(format!("{at}/value"), "", "a variable of JSDL has a value, if an empty one");
                Text::default()
            }
        };
        let shown = printing.placeholders(&name, Style::Line);
        let mut attributes = vec![("name", shown.as_str())];
        attributes.extend(filesystem.iter().map(|name| ("filesystemName", name.as_str())));
        printing.leaf("jsdl-posix:Environment", &attributes, &value, Style::Free, &format!("{at}/value"), &at);
        printing.target_attribute("name", &name);
    }
}

/// Whether an attribute asks for as many as are allocated. The schema spells it in small letters, UNICORE does not.
fn as_allocated(reader: &mut Reader<'_>, element: &Element, name: &str, at: &str) -> bool {
    let found = element.attributes.iter().find(|a| a.namespace.is_empty() && a.name.eq_ignore_ascii_case(name));
    let Some(attribute) = found else {
        reader.attributes(element, &[name], at);
        return false;
    };
    if attribute.name != name {
        let message = format!("`{}` is spelt `{name}`", attribute.name);
        reader.diagnostics.warning(element.name_span.clone(), message);
    }
    let others = Element {
        attributes: element.attributes.iter().filter(|a| a.name != attribute.name).cloned().collect(),
        ..element.clone()
    };
    reader.attributes(&others, &[name], at);
    reader.truth(attribute.value.trim(), attribute.span.clone()) == Some(true)
}

fn read_processes(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/parallel/processes");
    reader.origins.note(at.clone(), element.span.clone());
    let allocated = as_allocated(reader, element, "actualtotalcpucount", &at);
    parallel(application).as_allocated = allocated;
    if !(element.text().trim().is_empty() && allocated) {
        parallel(application).processes = reader.text(element, Style::Count);
    }
}

fn print_processes(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let Some(parallel) = application.parallel.as_mut() else { return };
    let allocated = std::mem::take(&mut parallel.as_allocated);
    let text = parallel.processes.take();
    let at = format!("{at}/parallel/processes");
    print_count(printing, "jsdl-spmd:NumberOfProcesses", "actualtotalcpucount", allocated, text, &at);
}

fn read_threads(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/parallel/threads");
    reader.origins.note(at.clone(), element.span.clone());
    let allocated = as_allocated(reader, element, "actualindividualcpucount", &at);
    parallel(application).threads_as_allocated = allocated;
    if !(element.text().trim().is_empty() && allocated) {
        parallel(application).threads = reader.text(element, Style::Count);
    }
}

fn print_threads(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let Some(parallel) = application.parallel.as_mut() else { return };
    let allocated = std::mem::take(&mut parallel.threads_as_allocated);
    let text = parallel.threads.take();
    let at = format!("{at}/parallel/threads");
    print_count(printing, "jsdl-spmd:ThreadsPerProcess", "actualindividualcpucount", allocated, text, &at);
}

fn print_count(
    printing: &mut Printing<'_>,
    name: &str,
    attribute: &str,
    allocated: bool,
    text: Option<Text>,
    at: &str,
) {
    const NIL: [(&str, &str); 2] = [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:nil", "true")];
    let own = (attribute, "true");
    match (text, allocated) {
        (Some(text), true) => printing.leaf(name, &[own], &text, Style::Count, at, at),
        (Some(text), false) => printing.leaf(name, &[], &text, Style::Count, at, at),
        (None, true) => printing.leaf(name, &[NIL[0], NIL[1], own], &Text::default(), Style::Free, at, at),
        (None, false) => {}
    }
}

fn read_variation(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    reader.attributes(element, &[], at);
    let Some(uri) = reader.text(element, Style::Uri).and_then(|text| text.as_literal()) else { return };
    reader.origins.note(format!("{at}/parallel/variation"), element.span.clone());
    let kind = uri.strip_prefix(words::VARIATION).filter(|kind| !kind.is_empty()).unwrap_or(&uri);
    if kind == uri {
        reader
            .diagnostics
            .warning(element.text_span(), format!("`{uri}` is none of the standard's variations"))
            .note(format!("those begin with `{}`", words::VARIATION));
    }
    parallel(application).variation = Some(kind.to_string());
}

fn print_variation(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let Some(kind) = application.parallel.as_mut().and_then(|p| p.variation.take()) else { return };
    let uri = if kind.contains([':', '/']) { kind } else { format!("{}{kind}", words::VARIATION) };
    let at = format!("{at}/parallel/variation");
    printing.leaf("jsdl-spmd:SPMDVariation", &[], &Text::literal(uri), Style::Uri, &at, &at);
}

/// What SPMD applications have of the program.
fn in_spmd(member: &Member<Application>) -> bool {
    !matches!(member.kind, Kind::Limit(_)) && member.name != "GroupName"
}

fn print_program(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    let part = format!("{at}/commands/0");
    let spmd = application.parallel.as_ref().is_some_and(|p| p.variation.is_some());
    if application.commands.len() > 1 {
        printing.rest.because(format!("{at}/commands"), "a JSDL application is one command");
    }
    if !spmd && application.parallel.is_some() {
        let why = "JSDL has processes only in an `SPMDApplication`, which has to say of which kind they are";
        printing.rest.because(format!("{at}/parallel"), why);
    }
    if spmd && application.limits != Limits::default() {
        printing.rest.because(format!("{at}/limits"), "an `SPMDApplication` has no limits");
    }
    let name = main(application).name.take().map(|name| printing.name(name, &format!("{part}/name")));
    let posix = ("xmlns:jsdl-posix", Space::Posix.uri());
    let own = ("xmlns:jsdl-spmd", Space::Spmd.uri());
    let mut attributes = vec![posix];
    attributes.extend(spmd.then_some(own));
    attributes.extend(name.iter().map(|name| ("name", name.as_str())));
    match spmd {
        true => {
            printing.begin_now("jsdl-spmd:SPMDApplication", &attributes, &part);
            printing.some_members(application, PROGRAM.iter().filter(|m| in_spmd(m)), at);
            printing.members(application, &SPMD, at);
        }
        false if name.is_some() => {
            printing.begin_now("jsdl-posix:POSIXApplication", &attributes, &part);
            printing.members(application, &PROGRAM, at);
        }
        false => {
            printing.begin("jsdl-posix:POSIXApplication", &attributes, &part);
            printing.members(application, &PROGRAM, at);
        }
    }
    printing.extensions(&part, false);
    printing.end();
}

fn print_nothing(_: &mut Printing<'_>, _: &mut Application, _: &str) {}

fn read_command(reader: &mut Reader<'_>, element: &Element, at: &str) -> Option<Command> {
    reader.origins.note(at, element.span.clone());
    reader.attributes(element, &["runOnLoginNode"], at);
    let at_front_end = match element.attribute("runOnLoginNode") {
        Some(word) => reader.truth(word.trim(), element.name_span.clone())?,
        None => false,
    };
    let shell = reader.text(element, Style::Free)?;
    Some(Command { shell: Some(shell), at_front_end, ..Command::default() })
}

fn read_before(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/before/{}", application.before.len());
    application.before.extend(read_command(reader, element, &at));
}

fn read_after(reader: &mut Reader<'_>, element: &Element, application: &mut Application, at: &str) {
    let at = format!("{at}/after/{}", application.after.len());
    application.after.extend(read_command(reader, element, &at));
}

fn print_before(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    print_commands(printing, "jsdl-u:UserPreCommand", &mut application.before, &format!("{at}/before"));
}

fn print_after(printing: &mut Printing<'_>, application: &mut Application, at: &str) {
    print_commands(printing, "jsdl-u:UserPostCommand", &mut application.after, &format!("{at}/after"));
}

/// UNICORE's commands around the job are lines for a shell; nothing else is known of them.
fn print_commands(printing: &mut Printing<'_>, name: &str, commands: &mut [Command], at: &str) {
    for (number, command) in commands.iter_mut().enumerate() {
        let at = format!("{at}/{number}");
        let Some(line) = command.shell.take().filter(|line| !line.is_empty()) else { continue };
        let front = std::mem::take(&mut command.at_front_end);
        let mut attributes = vec![("xmlns:jsdl-u", Space::Unicore.uri())];
        attributes.extend(front.then_some(("runOnLoginNode", "true")));
        printing.leaf(name, &attributes, &line, Style::Free, &format!("{at}/shell"), &at);
    }
}
