//! Orders carried out by real agents with real processes. A program of its own, without the usual harness: spawners must
//! be forked while there is one thread, so all that the tests need are forked first.

mod bench;
mod copies;
mod files;
mod limits;
mod owner;
mod steps;

use bench::Bench;
use pelago_launch::Spawner;
use std::time::Instant;

/// One test: its name, the slots it needs, and what it does.
pub(crate) type Test = (&'static str, usize, fn(&mut Bench));

fn main() {
    pelago_launch::become_spawner();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, directory] = arguments.as_slice()
        && role == "owner"
    {
        return owner::as_owner(directory.as_ref());
    }
    if let [_, role, rest @ ..] = arguments.as_slice()
        && role == "rate"
    {
        return bench::rate(rest);
    }
    let filter = arguments.get(1).filter(|word| !word.starts_with('-'));
    let tests: Vec<Test> = [steps::TESTS, copies::TESTS, files::TESTS, limits::TESTS, owner::TESTS]
        .concat()
        .into_iter()
        .filter(|(name, ..)| filter.is_none_or(|word| name.contains(word.as_str())))
        .collect();
    let mut spawners = Spawner::fork_all(tests.iter().map(|(_, slots, _)| slots).sum(), None).unwrap();
    for (name, slots, test) in tests {
        let begin = Instant::now();
        let mut bench = Bench::new(spawners.split_off(spawners.len() - slots));
        test(&mut bench);
        drop(bench);
        println!("test {name} ... ok ({} ms)", begin.elapsed().as_millis());
    }
}
