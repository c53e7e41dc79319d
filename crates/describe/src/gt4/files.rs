//! `fileStageIn`, `fileStageOut` and `fileCleanUp`: three lists of URLs in the language, one list of files in the model.
//!
//! A file's name in the model is relative to the working directory where its URL lies below that, which is the user's home
//! unless the job says another one.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{Element, carries, plain, take_plain};
use pelago_job::description::{Location, Staging};
use pelago_job::{Job, Text};
use std::collections::BTreeMap;
use std::ops::Range;

/// The working directory of a job that says none.
const HOME: &str = "${GLOBUS_USER_HOME}";
/// Options of a transfer (RFT's `RFTOptionsType`), and of the request around it.
const OPTIONS: [&str; 13] = [
    "binary",
    "blockSize",
    "tcpBufferSize",
    "notpt",
    "parallelStreams",
    "dcau",
    "concurrency",
    "subjectName",
    "sourceSubjectName",
    "destinationSubjectName",
    "userName",
    "ignoreFilePermErr",
    "maxAttempts",
];
/// Elements of a request before its transfers (`BaseRequestType`).
const BEFORE: [&str; 4] = ["concurrency", "maxAttempts", "finishBy", "transferCredentialEndpoint"];
/// Those that some write into each transfer.
const SHARED: [&str; 2] = ["concurrency", "maxAttempts"];
/// What RFT notes in a transfer (`TransferType`), and what nobody has to say.
const NOTES: [&str; 5] = ["transferId", "status", "attempts", "retry_time", "size"];

/// The order of a request's further elements: before its transfers or behind them.
pub(super) fn rank(element: &str) -> usize {
    usize::from(!BEFORE.contains(&element))
}

/// A transfer: the file at the job and the place elsewhere, as URLs.
#[derive(Clone, Debug, Default)]
pub(super) struct Transfer {
    here: String,
    there: String,
    options: Vec<(String, String)>,
    span: Range<usize>,
}

/// Source, destination, options, and where the transfer stood.
type Ends = (String, String, Vec<(String, String)>, Range<usize>);

/// The three lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    come: Vec<Transfer>,
    go: Vec<Transfer>,
    deleted: Vec<(String, Range<usize>)>,
}

/// The file's name in the model for a URL of the machine that runs the job; other URLs stay as they are.
fn name(url: &str, directory: &str) -> String {
    let path = match url.strip_prefix("file:") {
        // With two slashes and no third one a host's name follows.
        Some(rest) if rest.starts_with("//") && !rest[2..].starts_with(['/', '$']) => return url.to_string(),
        Some(rest) => {
            let path = rest.trim_start_matches('/');
            if path.starts_with("${") { path.to_string() } else { format!("/{path}") }
        }
        None => url.to_string(),
    };
    match path.strip_prefix(directory).and_then(|below| below.strip_prefix('/')) {
        Some(below) if !below.is_empty() && !below.starts_with('/') => below.to_string(),
        _ => path,
    }
}

/// The URL for a file's name in the model.
fn url(name: &str, directory: &str) -> String {
    if name.contains("://") || name.starts_with("file:") {
        return name.to_string();
    }
    if name.starts_with('/') || name.starts_with("${") {
        return format!("file:///{}", name.trim_start_matches('/'));
    }
    format!("file:///{}/{name}", directory.trim_start_matches('/'))
}

/// The working directory as a prefix of paths.
fn directory(job: &Job) -> String {
    let first = job.application.commands.first();
    let said = first.and_then(|c| c.directory.as_ref()).and_then(|d| d.text.as_ref()).and_then(Text::as_literal);
    let said = said.filter(|said| !said.trim_matches('/').is_empty());
    match said.as_deref().map(|said| said.trim_end_matches('/')) {
        Some(path) if path.starts_with('/') || path.starts_with("${") => path.to_string(),
        Some(path) => format!("{HOME}/{path}"),
        None => HOME.to_string(),
    }
}

fn executable(job: &Job) -> Option<String> {
    let path = job.application.commands.first()?.executable.as_ref()?.text.as_ref()?;
    path.as_literal()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl Lists {
    /// The files that the three lists stand for, each with where it stood. A file that comes and goes is one entry, and so is
    /// one that is deleted. What comes and is the program itself is made executable.
    fn files(&self, directory: &str, executable: Option<&str>) -> Vec<(Staging, Range<usize>)> {
        let mut files: Vec<(Staging, Range<usize>)> = Vec::new();
        let mut free: BTreeMap<String, usize> = BTreeMap::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let program = executable.map(|program| name(program, directory));
        for transfer in &self.come {
            let (mut here, there) = (transfer.here.clone(), transfer.there.clone());
            let whole = here.ends_with('/') && there.ends_with('/');
            if here.ends_with('/') && !whole {
                here.push_str(last(&there));
            }
            let file = name(here.trim_end_matches('/'), directory);
            let executable = program.as_deref() == Some(file.as_str());
            let source = Some(location(there, &transfer.options));
            free.insert(file.clone(), files.len());
            known.entry(file.clone()).or_insert(files.len());
            let file = Some(Text::literal(file));
            let staging = Staging { file, source, directory: whole, executable, ..Staging::default() };
            files.push((staging, transfer.span.clone()));
        }
        for transfer in &self.go {
            let (here, mut there) = (transfer.here.clone(), transfer.there.clone());
            let whole = here.ends_with('/') && there.ends_with('/');
            if there.ends_with('/') && !whole {
                there.push_str(last(&here));
            }
            let file = name(here.trim_end_matches('/'), directory);
            let target = Some(location(there, &transfer.options));
            let came = free.remove(&file).and_then(|at| files.get_mut(at)).filter(|(came, _)| came.directory == whole);
            if let Some((came, _)) = came {
                came.target = target;
                continue;
            }
            known.entry(file.clone()).or_insert(files.len());
            let file = Some(Text::literal(file));
            let staging = Staging { file, target, directory: whole, ..Staging::default() };
            files.push((staging, transfer.span.clone()));
        }
        for (here, span) in &self.deleted {
            let whole = here.ends_with('/');
            let file = name(here.trim_end_matches('/'), directory);
            match known.get(&file).and_then(|at| files.get_mut(*at)) {
                Some((staging, _)) => staging.delete_on_termination = true,
                None => {
                    known.insert(file.clone(), files.len());
                    let file = Some(Text::literal(file));
                    let delete_on_termination = true;
                    let staging = Staging { file, delete_on_termination, directory: whole, ..Staging::default() };
                    files.push((staging, span.clone()));
                }
            }
        }
        files
    }
}

fn location(uri: String, options: &[(String, String)]) -> Location {
    let text = |text: &String| Text::literal(text.clone());
    let options = options.iter().map(|(name, value)| (text(name), text(value))).collect();
    Location { uri: Some(Text::literal(uri)), options, ..Location::default() }
}

/// Reads the transfers of a request.
fn transfers(reading: &mut Reading<'_>, element: &Element) -> Vec<Ends> {
    let mut list = Vec::new();
    let mut said = false;
    for inner in element.elements() {
        match inner.name.as_str() {
            "transfer" => {
                said = true;
                list.extend(transfer(reading, element, inner));
            }
            "rftOptions" | "allOrNone" | "concurrency" | "maxAttempts" | "finishBy" | "transferCredentialEndpoint" => {
                reading.keep_at(inner, &format!("{}/{}", element.name, inner.name), Some("/staging"));
            }
            other => {
                let near = crate::spelling::nearest(other, ["transfer", "rftOptions", "allOrNone", "maxAttempts"]);
                let message = format!("`{other}` is not an element of `{}`", element.name);
                reading.diagnostics.error(inner.name_span.clone(), message).did_you_mean(near);
            }
        }
    }
    for name in SHARED.into_iter().filter(|name| element.elements().all(|own| own.name != *name)) {
        let inside = element.elements().filter(|inner| inner.name == "transfer").flat_map(Element::elements);
        if let Some(first) = inside.into_iter().find(|inner| inner.name == name) {
            let message = format!("`{name}` has no place in a `transfer`; it is read as said of all of them");
            reading.diagnostics.warning(first.name_span.clone(), message).help("put it before the first transfer");
            reading.keep_at(first, &format!("{}/{name}", element.name), Some("/staging"));
        }
    }
    if !said {
        let message = format!("`{}` has no `transfer`", element.name);
        reading.diagnostics.warning(element.name_span.clone(), message);
    }
    list
}

/// Reads a transfer: source, destination, options.
fn transfer(reading: &mut Reading<'_>, request: &Element, element: &Element) -> Option<Ends> {
    let mut ends: [Option<String>; 2] = [None, None];
    let mut options = Vec::new();
    for inner in element.elements() {
        match inner.name.as_str() {
            "sourceUrl" | "destinationUrl" => {
                let end = usize::from(inner.name == "destinationUrl");
                if let Some(url) = reading.text(inner) {
                    reading.variables(&request.name, &url, inner.text_span());
                    ends[end] = Some(url);
                }
            }
            "rftOptions" => {
                for option in inner.elements() {
                    if !OPTIONS.contains(&option.name.as_str()) {
                        let message = format!("`{}` is no option of a transfer that is known here", option.name);
                        let near = crate::spelling::nearest(&option.name, OPTIONS);
                        reading.diagnostics.warning(option.name_span.clone(), message).did_you_mean(near);
                    }
                    if let Some(value) = reading.text(option) {
                        options.push((option.name.clone(), value));
                    }
                }
            }
            note if NOTES.contains(&note) => {
                let message = format!("`{note}` is what the transfer service notes; it asks for nothing");
                reading.diagnostics.warning(inner.name_span.clone(), message).help("delete it");
            }
            // The request says these for all its transfers.
            shared if SHARED.contains(&shared) => {}
            other => {
                let near = crate::spelling::nearest(other, ["sourceUrl", "destinationUrl", "rftOptions"]);
                let message = format!("`{other}` is not an element of `transfer`");
                reading.diagnostics.error(inner.name_span.clone(), message).did_you_mean(near);
            }
        }
    }
    for (end, name) in ["sourceUrl", "destinationUrl"].into_iter().enumerate() {
        if ends[end].is_none() {
            let message = format!("this transfer has no `{name}`");
            reading.diagnostics.error(element.name_span.clone(), message);
        }
    }
    let [source, destination] = ends;
    Some((source?, destination?, options, element.span.clone()))
}

/// `fileStageIn`.
pub(super) fn read_in(reading: &mut Reading<'_>, element: &Element) {
    for (there, here, options, span) in transfers(reading, element) {
        reading.files.come.push(Transfer { here, there, options, span });
    }
}

/// `fileStageOut`.
pub(super) fn read_out(reading: &mut Reading<'_>, element: &Element) {
    for (here, there, options, span) in transfers(reading, element) {
        reading.files.go.push(Transfer { here, there, options, span });
    }
}

/// `fileCleanUp`.
pub(super) fn read_deletions(reading: &mut Reading<'_>, element: &Element) {
    for inner in element.elements() {
        match inner.name.as_str() {
            "deletion" => {
                let file = inner.elements().find(|e| e.name == "file");
                let Some(file) = file else {
                    let error = reading.diagnostics.error(inner.name_span.clone(), "this deletion names no file");
                    error.help("write `<deletion><file>file:///…</file></deletion>`");
                    continue;
                };
                if let Some(url) = reading.text(file) {
                    reading.variables("fileCleanUp", &url, file.text_span());
                    reading.files.deleted.push((url, inner.span.clone()));
                }
            }
            "deleteOptions" | "maxAttempts" | "transferCredentialEndpoint" | "concurrency" => {
                reading.keep_at(inner, &format!("fileCleanUp/{}", inner.name), Some("/staging"));
            }
            other => {
                let near = crate::spelling::nearest(other, ["deletion", "deleteOptions"]);
                let message = format!("`{other}` is not an element of `fileCleanUp`");
                reading.diagnostics.error(inner.name_span.clone(), message).did_you_mean(near);
            }
        }
    }
}

/// Puts the files of all three lists into the job.
pub(super) fn finish(reading: &mut Reading<'_>, lists: Lists) {
    let (directory, executable) = (directory(reading.job), executable(reading.job));
    for (position, (staging, span)) in lists.files(&directory, executable.as_deref()).into_iter().enumerate() {
        reading.job.staging.push(staging);
        reading.note(&format!("/staging/{position}"), span);
    }
}

impl Printing<'_> {
    /// Takes what the three lists can say of the job's files.
    pub fn collect_files(&mut self) {
        let (directory, executable) = (directory(&self.job), executable(&self.job));
        let mut said: Vec<Staging> = Vec::new();
        let mut partly: Vec<(String, Vec<(Text, Text)>)> = Vec::new();
        for (position, staging) in self.job.staging.iter_mut().enumerate() {
            let file = staging.file.as_ref().and_then(plain);
            let Some(file) = file else { continue };
            let here = url(&file, &directory);
            let slash = if staging.directory { "/" } else { "" };
            let mut one = Staging::default();
            for (end, list, taken, part) in [
                (&mut staging.source, &mut self.files.come, &mut one.source, "source"),
                (&mut staging.target, &mut self.files.go, &mut one.target, "target"),
            ] {
                let Some(location) = end else { continue };
                let Some(mut there) = take_plain(&mut location.uri) else { continue };
                let uri = Some(Text::literal(there.clone()));
                if staging.directory && !there.ends_with('/') {
                    there.push('/');
                }
                let (options, all) = options(&mut location.options);
                let as_texts = options.iter().map(|(n, v)| (Text::literal(n.clone()), Text::literal(v.clone())));
                let as_texts: Vec<(Text, Text)> = as_texts.collect();
                if !all && !as_texts.is_empty() {
                    partly.push((format!("/staging/{position}/{part}/options"), as_texts.clone()));
                }
                *taken = Some(Location { uri, options: as_texts, ..Location::default() });
                list.push(Transfer { here: format!("{here}{slash}"), there, options, span: 0..0 });
            }
            one.delete_on_termination = std::mem::take(&mut staging.delete_on_termination);
            if one.delete_on_termination {
                self.files.deleted.push((format!("{here}{slash}"), 0..0));
            }
            if one != Staging::default() {
                one.file = staging.file.take();
                one.directory = std::mem::take(&mut staging.directory);
                let program = one.source.is_some()
                    && executable
                        .as_deref()
                        .is_some_and(|program| name(program, &directory) == name(&here, &directory));
                if staging.executable && program {
                    staging.executable = false;
                    one.executable = true;
                }
                said.push(one);
            }
        }
        for (part, options) in partly {
            self.changed(&part, options, "the others are not options of a transfer here");
        }
        let back: Vec<Staging> =
            self.files.files(&directory, executable.as_deref()).into_iter().map(|(staging, _)| staging).collect();
        if in_order(back.clone()) != in_order(said) {
            let why = "files that come, that go and that are deleted are three lists of URLs";
            self.changed("/staging", back, why);
        }
    }

    fn request(&mut self, name: &str, item: &str, list: Vec<Transfer>, deleted: Vec<String>) {
        let prefix = format!("{name}/");
        let kept = self.job.extensions.iter_mut();
        let kept = kept.filter(|e| e.language == super::NAME && e.place.as_deref() == Some("/staging"));
        let kept: Vec<(String, String)> = kept
            .filter_map(|e| {
                let inner = e.name.strip_prefix(&prefix)?.to_string();
                Some((inner, std::mem::take(e).text))
            })
            .collect();
        if list.is_empty() && deleted.is_empty() && kept.is_empty() {
            return;
        }
        self.out.open(name, &[]);
        let (before, after): (Vec<_>, Vec<_>) = kept.into_iter().partition(|(n, _)| BEFORE.contains(&n.as_str()));
        before.iter().for_each(|(_, text)| self.out.verbatim(text));
        for transfer in list {
            self.out.open(item, &[]);
            let (from, to) = match name {
                "fileStageIn" => (&transfer.there, &transfer.here),
                _ => (&transfer.here, &transfer.there),
            };
            self.out.leaf("rft:sourceUrl", &[], from);
            self.out.leaf("rft:destinationUrl", &[], to);
            if !transfer.options.is_empty() {
                self.out.open("rft:rftOptions", &[]);
                for (name, value) in &transfer.options {
                    self.out.leaf(&format!("rft:{name}"), &[], value);
                }
                self.out.close();
            }
            self.out.close();
        }
        for file in deleted {
            self.out.open(item, &[]);
            self.out.leaf("rft:file", &[], &file);
            self.out.close();
        }
        after.iter().for_each(|(_, text)| self.out.verbatim(text));
        self.out.close();
    }
}

/// The options that RFT knows; the others, if there are any, stay.
fn options(options: &mut Vec<(Text, Text)>) -> (Vec<(String, String)>, bool) {
    let known = options.iter().filter_map(|(name, value)| {
        let (name, value) = (name.as_literal()?, value.as_literal()?);
        let sayable = OPTIONS.contains(&name.as_str()) && value.trim() == value && !value.is_empty() && carries(&value);
        sayable.then_some((name, value))
    });
    let known: Vec<(String, String)> = known.collect();
    let all = known.len() == options.len();
    if all || !known.is_empty() {
        options.clear();
    }
    (known, all)
}

/// Files in the order that counts: what comes, what goes, the rest.
fn in_order(mut files: Vec<Staging>) -> Vec<Staging> {
    files.sort_by_key(|file| (file.source.is_none(), file.source.is_none() && file.target.is_none()));
    files
}

/// `fileStageIn`.
pub(super) fn print_in(printing: &mut Printing<'_>) {
    let list = std::mem::take(&mut printing.files.come);
    printing.request("fileStageIn", "rft:transfer", list, Vec::new());
}

/// `fileStageOut`.
pub(super) fn print_out(printing: &mut Printing<'_>) {
    let list = std::mem::take(&mut printing.files.go);
    printing.request("fileStageOut", "rft:transfer", list, Vec::new());
}

/// `fileCleanUp`.
pub(super) fn print_deletions(printing: &mut Printing<'_>) {
    let deleted = std::mem::take(&mut printing.files.deleted).into_iter().map(|(url, _)| url).collect();
    printing.request("fileCleanUp", "rft:deletion", Vec::new(), deleted);
}
