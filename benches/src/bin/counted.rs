//! `counted NAME whole|ready`: runs a fixed workload of the core, or what prepares it, and prints how many times memory was
//! asked for. `cargo xtask counted` runs it under callgrind.

use pelago_bench::counted;
use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, counted.
struct Counted;

static ASKED: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "an allocator can only be wrapped by being one")]
// SAFETY: everything is passed on to the system's allocator as it came; counting has no other effect.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let whole = words.get(1).is_some_and(|word| word == "whole");
    match words.first().and_then(|name| counted::run(name, whole)) {
        Some(records) => {
            println!("{records} records\n{} allocations", ASKED.load(Ordering::Relaxed));
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("usage: counted NAME whole|ready; names: {}", counted::NAMES.join(" "));
            ExitCode::from(2)
        }
    }
}
