//! Prints each file's experiment as a plan file, with what got lost.

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let source = pelago_describe::Source::new(path, text);
        if let Some(experiment) = pelago_describe::read(&source, None).experiment {
            let printed = pelago_describe::print::plan(&experiment);
            print!("{}", printed.text);
            printed.losses.iter().for_each(|loss| eprintln!("lost: {loss}"));
        }
    }
}
