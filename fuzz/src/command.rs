//! The short forms of the command line, the names filled into files, and the values taken from what tasks print: the lines
//! of a text are a value specification, an input, an expression, and the words of a command.

#[path = "../../crates/agent/src/substitute.rs"]
mod substitute;
#[allow(dead_code, reason = "files are not read here")]
#[path = "../../crates/agent/src/value.rs"]
mod value;

use pelago_describe::bare;
use pelago_job::Take;

pub fn check(data: &[u8]) {
    let values = [("x".to_string(), "$x ${y}".to_string()), ("y".to_string(), String::new())];
    let _ = substitute::substitute(data, &values);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.lines().map(str::to_string);
    let spec = lines.next().unwrap_or_default();
    let inputs: Vec<String> = lines.next().into_iter().collect();
    let expression = lines.next().unwrap_or_default();
    let argv: Vec<String> = lines.collect();
    let file = |_: &str| Ok(text.to_string());
    let parameters = vec![("x".to_string(), spec.clone())];
    if let Ok((mut experiment, _)) = bare::experiment(&parameters, &[], &inputs, &[], &argv, &file) {
        let _ = pelago_describe::override_domain(&mut experiment, "x", &expression, &file);
        let domain = &experiment.parameters[0].domain;
        for at in [0, 1, domain.len().saturating_sub(1), u64::MAX] {
            let _ = domain.text(at);
        }
    }
    let mut expressions = value::Expressions::default();
    let document = argv.join("\n");
    for take in [Take::Whole, Take::Match(expression.clone()), Take::Pointer(expression)] {
        let _ = expressions.take(&take, &document);
    }
}
