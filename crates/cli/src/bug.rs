//! What a panic looks like: it is our bug, and says so.

/// Exit code for a bug of ours.
pub const CODE: u8 = 70;

/// From now on a panic in any thread ends the program with [`CODE`] and asks for a report.
///
/// Running tasks end with the process: their spawners see its end, and the same command continues later.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
        let payload = info.payload();
        let what = payload.downcast_ref::<&str>().copied();
        let what = what.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        // Not `eprintln`: that panics itself when standard error is closed.
        let text = format!(
            "error: this is our bug: {what}{place}\n  \
             hint: nothing that was recorded is lost; run the same command to continue, and report this message \
             with pelago {}\n",
            env!("CARGO_PKG_VERSION")
        );
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        std::process::exit(i32::from(CODE));
    }));
}
