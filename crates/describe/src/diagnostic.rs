//! Diagnostics: what is wrong with a text, where, why and what to do next; as text with the source's lines, and as JSON.

use crate::MAX_JOBS;
use crate::source::{LineIndex, Source};
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use std::ops::Range;

/// How many diagnostics are kept; the rest are counted.
const MOST: usize = 100;
/// Longer lines are shown as the part around the place, in bytes to each side.
const AROUND: usize = 300;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The text cannot be taken.
    Error,
    /// Legal, but surely not what was meant.
    Warning,
    /// Worth knowing: how something was understood.
    Note,
}

/// One thing found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What and why, one line.
    pub message: String,
    /// The bytes it is about; `0..0` for the whole text.
    pub span: Range<usize>,
    /// A few words under the place.
    pub label: Option<String>,
    /// Other places that matter, with a few words each.
    pub related: Vec<(Range<usize>, String)>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic without label, notes and help.
    pub fn new(severity: Severity, span: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity, message, span, label: None, related: Vec::new(), notes: Vec::new(), help: Vec::new() }
    }

    /// Sets the words under the place.
    pub fn label(&mut self, text: impl Into<String>) -> &mut Self {
        self.label = Some(text.into());
        self
    }

    /// Adds another place.
    pub fn related(&mut self, span: Range<usize>, text: impl Into<String>) -> &mut Self {
        self.related.push((span, text.into()));
        self
    }

    /// Adds a fact.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do next.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help.push(text.into());
        self
    }

    /// Adds `did you mean` when there is a near word, else nothing.
    pub fn did_you_mean(&mut self, near: Option<&str>) -> &mut Self {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

/// Diagnostics of one text while it is read.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
    scratch: Option<Diagnostic>,
    crowded: bool,
}

impl Diagnostics {
    /// Whether a document has all the jobs that one may have, so that no other is read; that is an error then, said once.
    pub fn crowded(&mut self, jobs: usize, next: &Range<usize>) -> bool {
        if jobs < MAX_JOBS {
            return false;
        }
        if !std::mem::replace(&mut self.crowded, true) {
            self.error(next.clone(), format!("the document has more than {MAX_JOBS} jobs, which is the limit"))
                .help("say what they have in common once, as a sweep; or divide the document");
        }
        true
    }

    /// Adds an error; notes and help are added to what is returned.
    pub fn error(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.errors += 1;
        self.push(Severity::Error, span, message.into())
    }

    /// Adds a warning.
    pub fn warning(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Warning, span, message.into())
    }

    /// Adds a note.
    pub fn note(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Note, span, message.into())
    }

    /// Adds what was found in a part of the text that is in another language.
    pub fn adopt(&mut self, found: Vec<Diagnostic>) {
        for diagnostic in found {
            self.errors += usize::from(diagnostic.severity == Severity::Error);
            let place = self.push(diagnostic.severity, diagnostic.span.clone(), String::new());
            *place = diagnostic;
        }
    }

    /// Whether just this is among them.
    pub fn has(&self, diagnostic: &Diagnostic) -> bool {
        self.list.contains(diagnostic)
    }

    /// Whether there is an error.
    pub fn failed(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are, to see whether something added one.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether so many were found that more need no suggestions.
    pub fn full(&self) -> bool {
        self.list.len() >= MOST
    }

    fn push(&mut self, severity: Severity, span: Range<usize>, message: String) -> &mut Diagnostic {
        let diagnostic = Diagnostic::new(severity, span, message);
        // An error always gets a place among those that are shown: warnings must not hide the only one.
        if self.full() && (severity != Severity::Error || self.errors > MOST) {
            self.dropped += 1;
            return self.scratch.insert(diagnostic);
        }
        self.list.push(diagnostic);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// All of them in the order of the text, each at whole characters of it.
    pub fn finish(mut self, text: &str) -> Vec<Diagnostic> {
        for diagnostic in &mut self.list {
            let related = diagnostic.related.iter_mut().map(|(span, _)| span);
            std::iter::once(&mut diagnostic.span).chain(related).for_each(|span| *span = whole(text, span));
        }
        self.list.sort_by_key(|d| (d.span.start, d.severity));
        if self.dropped > 0 {
            let message = format!("{} more problems are not shown", self.dropped);
            self.list.push(Diagnostic::new(Severity::Note, 0..0, message));
        }
        self.list
    }
}

/// A diagnostic with its place in lines and columns, for JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The name of the source.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Length in characters, up to the end of the first line.
    pub length: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What and why.
    pub message: String,
    /// A few words on the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Facts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
}

/// The places of diagnostics in lines and columns.
pub fn located(diagnostics: &[Diagnostic], source: &Source) -> Vec<Located> {
    let index = LineIndex::new(&source.text);
    let place = |d: &Diagnostic| {
        let (line, column) = index.position(d.span.start);
        let end = d.span.end.min(index.end(line - 1)).max(d.span.start);
        let length = source.slice(&(d.span.start..end)).chars().count();
        let (file, message) = (source.name.clone(), d.message.clone());
        let (label, notes, help) = (d.label.clone(), d.notes.clone(), d.help.clone());
        Located { file, line, column, length, severity: d.severity, message, label, notes, help }
    };
    diagnostics.iter().map(place).collect()
}

/// Diagnostics as text, each with the lines it is about.
pub fn render(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let index = LineIndex::new(&source.text);
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&render_one(diagnostic, source, &index, &renderer));
        out.push('\n');
    }
    out
}

fn render_one(diagnostic: &Diagnostic, source: &Source, index: &LineIndex<'_>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = annotate_snippets::Group::with_title(level.primary_title(diagnostic.message.as_str()));
    let whole = diagnostic.span == (0..0) && diagnostic.label.is_none();
    if whole {
        group = group.element(Origin::path(source.name.as_str()));
    } else {
        // Places on neighbouring lines share a snippet; far ones get their own, so that only a few lines are handed over.
        let (line, _) = index.position(diagnostic.span.start);
        let mut snippet = window(source, index, &diagnostic.span);
        let mut apart = Vec::new();
        let primary = AnnotationKind::Primary;
        let mut marks = vec![(primary, diagnostic.span.clone(), diagnostic.label.clone())];
        for (span, label) in &diagnostic.related {
            let (other, _) = index.position(span.start);
            let joined =
                window(source, index, &(span.start.min(diagnostic.span.start)..span.end.max(diagnostic.span.end)));
            match other.abs_diff(line) < 30 && joined.len() < 8 * AROUND {
                true => {
                    snippet = snippet.start.min(joined.start)..snippet.end.max(joined.end);
                    marks.push((AnnotationKind::Context, span.clone(), Some(label.clone())));
                }
                false => apart.push((span.clone(), label.clone())),
            }
        }
        group = group.element(picture(source, index, &snippet, marks));
        for (span, label) in apart {
            let shown = window(source, index, &span);
            group = group.element(picture(source, index, &shown, vec![(AnnotationKind::Context, span, Some(label))]));
        }
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The whole characters of a text that a span touches.
fn whole(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end.min(text.len())).max(start)
}

type Mark = (AnnotationKind, Range<usize>, Option<String>);

fn picture<'a>(
    source: &'a Source,
    index: &LineIndex<'_>,
    shown: &Range<usize>,
    marks: Vec<Mark>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = source.slice(shown);
    let inside = |at: usize| at.clamp(shown.start, shown.end) - shown.start;
    let first = index.line(shown.start) + 1;
    let mut snippet = Snippet::source(text).line_start(first).path(source.name.as_str());
    for (kind, span, label) in marks {
        // One line is enough to point at; a span over several would draw a long bracket.
        let span = whole(&source.text, &span);
        let end = span.end.min(index.end(index.line(span.start))).max(span.start);
        // A place without a length is drawn below the character behind it, which must be whole too.
        let wide = source.text.get(span.start..).and_then(|rest| rest.chars().next()).filter(|c| !c.is_ascii());
        let end = end.max(span.start + wide.map_or(0, char::len_utf8));
        snippet = snippet.annotation(kind.span(inside(span.start)..inside(end)).label(label));
    }
    snippet
}

/// The whole lines of a span, or the part around it where they are very long; on character boundaries.
fn window(source: &Source, index: &LineIndex<'_>, span: &Range<usize>) -> Range<usize> {
    let (start, end) =
        (span.start.min(source.text.len()), span.end.clamp(span.start, source.text.len().max(span.start)));
    let end = end.min(source.text.len());
    let first = index.start(index.line(start));
    let last = index.end(index.line(end)).max(end);
    let (mut from, mut to) = (first.max(start.saturating_sub(AROUND)), last.min(end.saturating_add(AROUND)));
    while !source.text.is_char_boundary(from) {
        from -= 1;
    }
    while !source.text.is_char_boundary(to) {
        to += 1;
    }
    from..to
}
