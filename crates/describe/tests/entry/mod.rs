//! What must hold for every text whatsoever; shared by the tests and the fuzz targets.

#![allow(dead_code, reason = "each of the tests that share this uses a part of it")]

use pelago_describe::{Language, Reading, Source, found_words, print, programs, read};

/// Reads bytes in every way there is and checks what must always hold.
pub fn check(data: &[u8]) {
    let Ok(source) = Source::from_bytes("seeds/text.plan", data) else { return };
    let _ = Language::recognise(&source);
    for language in [Language::Plan, Language::RunFile, Language::Embedded] {
        let reading = read(&source, Some(language));
        check_reading(&source, &reading);
    }
}

fn check_reading(source: &Source, reading: &Reading) {
    let length = source.text.len();
    for diagnostic in &reading.diagnostics {
        let places = std::iter::once(&diagnostic.span).chain(diagnostic.related.iter().map(|(span, _)| span));
        for span in places {
            assert!(span.start <= span.end && span.end <= length, "{diagnostic:?} of {length} bytes");
            assert!(source.text.is_char_boundary(span.start), "{diagnostic:?}");
            assert!(source.text.is_char_boundary(span.end), "{diagnostic:?}");
        }
        assert!(!diagnostic.message.is_empty());
    }
    let _ = reading.render(source, false);
    for located in reading.located(source) {
        assert!(located.line >= 1 && located.column >= 1);
    }
    let Some(experiment) = reading.said.as_ref().and_then(|said| said.experiment.as_ref()) else {
        assert!(!reading.diagnostics.is_empty(), "refused without a word: {:?}", source.text);
        return;
    };
    for (group, word) in found_words(experiment) {
        assert!(experiment.group(group).is_some() && !word.is_empty());
    }
    for group in &experiment.groups {
        let _ = programs(group);
        for number in group.parameters.iter().chain(&group.seqameters) {
            assert!(experiment.parameter(*number).is_some());
        }
        for hook in group.outputs.iter().flat_map(|o| &o.hooks) {
            assert!(experiment.group(hook.group).is_some_and(|g| g.role == pelago_job::Role::Event));
        }
    }
    let printed = print::plan(experiment);
    if printed.losses.is_empty() {
        let again = Source::new(source.name.clone(), printed.text.clone());
        let reread = read(&again, Some(Language::Plan));
        let shown = || format!("{}\n{}\n{}", source.text, printed.text, reread.render(&again, false));
        assert_eq!(reread.said.clone().and_then(|said| said.experiment).as_ref(), Some(experiment), "{}", shown());
    }
}
