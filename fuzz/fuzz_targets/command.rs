//! The short forms of the command line: lines of the text are a value specification and the words of a command.

#![no_main]

use pelago_describe::bare;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.lines().map(str::to_string);
    let params = vec![("x".to_string(), lines.next().unwrap_or_default())];
    let (inputs, argv) = (lines.next().into_iter().collect::<Vec<_>>(), lines.collect::<Vec<_>>());
    let file = |_: &str| Ok(text.to_string());
    let _ = bare::experiment(&params, &[], &inputs, &[], &argv, &file);
});
