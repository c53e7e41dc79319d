//! The way of a document to its run, whatever its language: recognised, read, grounded on a machine, planned; and
//! translated into another language, which the length of the text chooses.

#[path = "../../crates/describe/tests/isle/mod.rs"]
mod isle;

use crate::wire;
use pelago_describe::ground::{Applications, Found, Ground, Offer, concrete, ground};
use pelago_describe::{Language, Source, read, report};
use std::path::{Path, PathBuf};

pub fn check(data: &[u8]) {
    let Ok(source) = Source::from_bytes("text", data) else { return };
    let reading = read(&source, None);
    let (Some(said), language) = (reading.said, reading.language) else { return };
    let applications = applications();
    let _ = concrete(&said.description, &applications);
    let known = |name: &str| ["sh", "mpirun", "java"].contains(&name).then(|| PathBuf::from("/usr/bin").join(name));
    let offer = Offer { variable: &|name| (name == "LANG").then(|| "C".to_string()), ..isle::offer(&known) };
    let look = |path: &Path| Some(Found { directory: path.as_os_str().len() % 5 == 0, executable: true });
    let directory = Path::new("/users/ann/run");
    let on = Ground { offer: &offer, applications: &applications, directory, name: "text", language, look: &look };
    match ground(&said, &on) {
        Ok(grounded) => wire::plan(grounded.experiment),
        Err(refusals) => {
            assert!(!refusals.is_empty() && refusals.iter().all(|refusal| !refusal.what.is_empty()));
            let shown = refusals.iter().map(|refusal| refusal.diagnostic(&said.origins, language));
            let _ = pelago_describe::diagnostic::render(&shown.collect::<Vec<_>>(), &source, false);
        }
    }
    let other = Language::all().nth(data.len() % Language::all().count());
    if let Some(printed) = other.and_then(|language| language.print(&said.description)) {
        let _ = report::lines(&printed.losses, &said, &source);
    }
}

fn applications() -> Applications {
    let mut applications = Applications::default();
    let table = "[[application]]\nname = \"POVRay\"\nversion = \"3.5\"\ncommand = \"/bin/pov\"\n\
                 [[application]]\nname = \"date\"\nmodule = \"clock\"\ncommand = \"date\"\n\
                 [[application]]\nname = \"boxed\"\ncontainer = \"image:1\"\n";
    applications.add(table).expect("a table that is right");
    applications
}
