//! Prints what reading each file gives: its diagnostics, and the experiment where there is one.

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        match pelago_describe::Source::from_bytes(path.clone(), &bytes) {
            Ok(source) => {
                let reading = pelago_describe::read(&source, None);
                println!("== {path}: {} as {:?}", if reading.failed() { "reject" } else { "accept" }, reading.language);
                print!("{}", reading.render(&source, false));
                if std::env::var_os("SHOW").is_some() {
                    println!("{:#?}", reading.experiment);
                }
            }
            Err(error) => println!("== {path}: reject\n{error}"),
        }
    }
}
