//! The machine that documents are grounded on in tests and when fuzzing: four processors, podman, an Open MPI.

use pelago_describe::ground::{Offer, Speed};
use std::path::PathBuf;

/// What it offers; `program` finds its programs.
pub fn offer(program: &dyn Fn(&str) -> Option<PathBuf>) -> Offer<'_> {
    Offer {
        hosts: vec!["isle.example.org".into(), "isle".into()],
        user: "ann".into(),
        group: "crew".into(),
        home: Some("/users/ann".into()),
        temporary: "/tmp".into(),
        cpus: 4,
        memory: 8 << 30,
        virtual_memory: 9 << 30,
        disk: 100 << 30,
        system: "LINUX".into(),
        version: "6.1".into(),
        architecture: "x86_64".into(),
        program,
        container: &|name| if name == "podman" { Ok(()) } else { Err("not in PATH".into()) },
        open_mpi: &|path| path.ends_with("mpirun"),
        variable: &|_| None,
        speed: &|| Some(Speed { kflops: 1_000_000, mips: 4000 }),
        now: 0,
    }
}
