//! Spawners with real processes. A program of its own, without the usual harness: spawners must be forked while there is
//! one thread, and the harness starts threads.

use pelago_launch::{Command, Ended, How, LaunchError, Program, Script, Sink, Spawner, sweep};
use rustix::fs::{FlockOperation, flock};
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

fn main() {
    pelago_launch::become_spawner();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, directory] = arguments.as_slice()
        && role == "owner"
    {
        return owner(Path::new(directory));
    }
    let tests: &[(&str, Test)] = &[
        ("exit codes and signals are told apart", exits),
        ("what cannot start says why", cannot_start),
        ("commands run in order and stop at the first failure", order_and_failure),
        ("a task's own PATH is the one that is searched", own_path),
        ("output goes to the logs, which a command may empty", logs),
        ("sinks append, truncate and do not lead out", sinks),
        ("every process of a task is ended with it", kill_tree),
        ("background processes live until the end of the task", background),
        ("the walltime ends a task that ignores signals", walltime),
        ("memory over the limit ends a task", memory),
        ("a kill from another thread ends the script it names", kill),
        ("dropping a spawner ends what it runs", dropped),
        ("a kill in a task does not reach the spawner", kill_group),
        ("signals are not blocked or ignored in commands", signal_state),
        ("only the streams are inherited", descriptors),
        ("an owner killed with -9 leaves nothing, and its lock until then", owner_killed),
        ("sweeping finds what a killed spawner left", swept),
        ("a program with threads cannot fork spawners", threads),
    ];
    let filter = arguments.get(1).filter(|word| !word.starts_with('-'));
    for (name, test) in tests.iter().filter(|(name, _)| filter.is_none_or(|word| name.contains(word.as_str()))) {
        let begin = Instant::now();
        test(&mut Bench::new());
        println!("test {name} ... ok ({} ms)", begin.elapsed().as_millis());
    }
}

type Test = fn(&mut Bench);

/// A spawner and a directory for it.
struct Bench {
    directory: tempfile::TempDir,
    spawner: Spawner,
    next: u64,
}

impl Bench {
    fn new() -> Self {
        let spawner = Spawner::fork_all(1, None).unwrap().pop().unwrap();
        Self { directory: tempfile::tempdir().unwrap(), spawner, next: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn script(&mut self, commands: Vec<Command>) -> Script {
        self.next += 1;
        Script {
            id: self.next,
            begin: true,
            end: true,
            commands,
            env: vec![("PELAGO_TASK".to_string(), "1.1".to_string())],
            stdout: self.path("stdout"),
            stderr: self.path("stderr"),
            walltime: None,
            memory: None,
        }
    }

    fn shell(&self, line: &str) -> Command {
        self.command(Program::Shell(line.to_string()))
    }

    fn exec(&self, program: &str, arguments: &[&str], search_path: bool) -> Command {
        let argv = std::iter::once(program).chain(arguments.iter().copied()).map(str::to_string).collect();
        self.command(Program::Exec { program: program.to_string(), argv, search_path })
    }

    fn command(&self, program: Program) -> Command {
        Command::new(program, self.directory.path().to_path_buf())
    }

    fn run(&mut self, commands: Vec<Command>) -> Ended {
        let script = self.script(commands);
        self.spawner.run(script).unwrap()
    }

    fn run_shell(&mut self, line: &str) -> How {
        let command = self.shell(line);
        self.run(vec![command]).how
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A number that a task wrote once it was there.
    fn pid(&self, name: &str) -> i32 {
        wait_for(name, || self.text(name).trim().parse().ok())
    }
}

fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process runs; one that ended and was not collected by its parent does not.
fn runs(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
}

fn exits(bench: &mut Bench) {
    assert_eq!(bench.run_shell("exit 0"), How::Done);
    assert_eq!(bench.run_shell("exit 7"), How::Exit(7));
    assert_eq!(bench.run_shell("kill -SEGV $$"), How::Signal(libc::SIGSEGV));
    // A KILL that nobody can be shown to have sent for want of memory is a signal like others.
    assert_eq!(bench.run_shell("kill -KILL $$"), How::Signal(libc::SIGKILL));
    let command = bench.exec("true", &[], true);
    assert_eq!(bench.run(vec![command]).how, How::Done);
    let burn = bench.shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
    let ended = bench.run(vec![burn]);
    assert!(ended.cpu > 0 && ended.memory > 100_000, "{ended:?}");
}

fn cannot_start(bench: &mut Bench) {
    fs::write(bench.path("plain"), "#!/bin/sh\n").unwrap();
    fs::write(bench.path("torn"), "#!/no/such/shell -x\n").unwrap();
    fs::write(bench.path("noise"), [0u8, 1, 2, 3]).unwrap();
    fs::create_dir(bench.path("folder")).unwrap();
    for name in ["torn", "noise"] {
        fs::set_permissions(bench.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let long = "x".repeat(4 << 20);
    let cases = [
        (bench.exec("./model", &[], false), "./model: no such file"),
        (bench.exec("model", &[], false), "./model: no such file"),
        (bench.exec("no-such-program-at-all", &[], true), "no such program in any directory of PATH"),
        (bench.exec("./plain", &[], false), "not executable"),
        (bench.exec("./torn", &[], false), "`/no/such/shell`"),
        (bench.exec("./noise", &[], false), "not a program"),
        (bench.exec("./folder", &[], false), "directory"),
        (bench.exec("true", &["a\0b"], true), "zero byte"),
        (bench.exec("true", &[&long], true), "longer than the system allows"),
        (Command { cwd: bench.path("gone"), ..bench.shell("true") }, "working directory"),
    ];
    for (command, expected) in cases {
        let ended = bench.run(vec![command]);
        let How::CannotStart { why, .. } = &ended.how else { panic!("{expected}: {ended:?}") };
        assert!(why.contains(expected), "{why}");
    }
    assert_eq!(bench.run_shell("true"), How::Done, "the spawner goes on");
}

fn order_and_failure(bench: &mut Bench) {
    let commands = vec![
        bench.shell("echo 1 >> list"),
        Command { ignore_failure: true, ..bench.shell("echo 2 >> list; exit 3") },
        Command { ignore_failure: true, ..bench.exec("./missing", &[], false) },
        bench.shell("echo 3 >> list; exit 4"),
        bench.shell("echo 5 >> list"),
    ];
    let ended = bench.run(commands);
    assert_eq!((ended.how, ended.command), (How::Exit(4), 3));
    assert_eq!(bench.text("list"), "1\n2\n3\n");
    assert_eq!(bench.run(vec![bench_env(bench)]).how, How::Done);
}

fn own_path(bench: &mut Bench) {
    let command = bench.exec("true", &[], true);
    bench.run(vec![command.clone()]);
    fs::write(bench.path("true"), "#!/bin/sh\nexit 9\n").unwrap();
    fs::set_permissions(bench.path("true"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut script = bench.script(vec![command.clone()]);
    script.env.push(("PATH".to_string(), bench.directory.path().display().to_string()));
    assert_eq!(bench.spawner.run(script).unwrap().how, How::Exit(9));
    assert_eq!(bench.run(vec![command]).how, How::Done);
}

fn bench_env(bench: &Bench) -> Command {
    bench.shell("test \"$PELAGO_TASK\" = 1.1 && test \"$PWD\" = \"$(pwd)\" && test -n \"$PATH\"")
}

fn logs(bench: &mut Bench) {
    let command = bench.shell("echo out; echo err >&2");
    let ended = bench.run(vec![command.clone(), command]);
    assert_eq!((ended.stdout, ended.stderr), (8, 8));
    assert_eq!((bench.text("stdout"), bench.text("stderr")), ("out\nout\n".into(), "err\nerr\n".into()));
    let command = bench.shell("echo lost; echo again > /dev/stdout; echo and >> /dev/stdout");
    let ended = bench.run(vec![command]);
    assert_eq!((bench.text("stdout"), ended.stdout), ("again\nand\n".into(), 10));
}

fn sinks(bench: &mut Bench) {
    let directory = bench.directory.path().to_path_buf();
    fs::create_dir(bench.path("sub")).unwrap();
    fs::write(bench.path("victim"), "whole").unwrap();
    symlink("/etc", bench.path("etc")).unwrap();
    symlink(bench.path("victim"), bench.path("sub/link")).unwrap();
    let beneath = |path: &str, append| Some(Sink::Beneath { directory: directory.clone(), path: path.into(), append });
    let commands = vec![
        Command { stdout: beneath("sub/a", false), ..bench.shell("echo one") },
        Command { stdout: beneath("sub/a", true), ..bench.shell("echo two") },
        Command { stdout: beneath("both", true), stderr: beneath("both", true), ..bench.shell("echo o; echo e >&2") },
        Command { stdout: Some(Sink::Null), stderr: Some(Sink::Null), ..bench.shell("echo lost; echo lost >&2") },
    ];
    let ended = bench.run(commands);
    assert_eq!((ended.how, ended.stdout, ended.stderr), (How::Done, 0, 0));
    assert_eq!((bench.text("sub/a"), bench.text("both")), ("one\ntwo\n".into(), "o\ne\n".into()));
    let inner = Some(Sink::Beneath { directory: bench.path("sub"), path: "link".into(), append: false });
    for stdout in [beneath("../out", false), beneath("etc/pelago-test", false), beneath("/tmp/x", false), inner] {
        let ended = bench.run(vec![Command { stdout: stdout.clone(), ..bench.shell("echo broken") }]);
        let How::CannotStart { why, .. } = ended.how else { panic!("{stdout:?}: {:?}", ended.how) };
        assert!(why.contains("leads out"), "{why}");
    }
    assert_eq!(bench.text("victim"), "whole");
}

fn kill_tree(bench: &mut Bench) {
    let line = "\
        (trap '' TERM HUP INT; echo $(sh -c 'echo $PPID') > a; sleep 1000) & \
        setsid sh -c 'echo $$ > b; sleep 1000' & \
        (setsid sh -c 'echo $$ > c; trap \"\" TERM; exec sleep 1000' &) ; \
        (setsid sh -c '(setsid sh -c \"echo \\$\\$ > d; exec sleep 1000\" &) ; exit' &) ; \
        while ! [ -s a ] || ! [ -s b ] || ! [ -s c ] || ! [ -s d ]; do sleep 0.01; done; exit 5";
    assert_eq!(bench.run_shell(line), How::Exit(5));
    for name in ["a", "b", "c", "d"] {
        assert!(!runs(bench.pid(name)), "process {name} was left");
    }
    // A group that forks as fast as it can.
    assert_eq!(bench.run_shell("f() { sleep 0.01 & }; (while :; do f; done) & sleep 0.2; exit 6"), How::Exit(6));
}

fn background(bench: &mut Bench) {
    let command = bench.shell("sleep 1000 & echo $! > a");
    let first = Script { end: false, ..bench.script(vec![command]) };
    assert_eq!(bench.spawner.run(first).unwrap().how, How::Done);
    let pid = bench.pid("a");
    assert!(runs(pid), "it must live on between the commands of one task");
    let command = bench.shell("kill -0 $(cat a)");
    let second = Script { begin: false, ..bench.script(vec![command]) };
    assert_eq!(bench.spawner.run(second).unwrap().how, How::Done);
    assert!(!runs(pid));
    // A failure ends the task, whatever the script says.
    let command = bench.shell("rm a; sleep 1000 & echo $! > a; exit 1");
    let third = Script { end: false, ..bench.script(vec![command]) };
    assert_eq!(bench.spawner.run(third).unwrap().how, How::Exit(1));
    assert!(!runs(bench.pid("a")));
}

fn walltime(bench: &mut Bench) {
    let command = bench.shell("trap '' TERM INT HUP; echo $$ > a; while :; do sleep 1; done");
    let begin = Instant::now();
    let script = Script { walltime: Some(200), ..bench.script(vec![bench.shell("true"), command]) };
    let ended = bench.spawner.run(script).unwrap();
    assert_eq!((ended.how, ended.command), (How::Walltime, 1));
    assert!((200..5_000).contains(&begin.elapsed().as_millis()));
    assert!(!runs(bench.pid("a")));
}

fn memory(bench: &mut Bench) {
    // Below 16 MiB use is polled; above, a control group holds the limit where there is one.
    for limit in [12u64 << 20, 64 << 20] {
        let command =
            bench.shell("head -c 200000000 /dev/zero | tail -c 190000000 > /dev/null & wait $!; sleep 2; exit 1");
        let script = Script { memory: Some(limit), ..bench.script(vec![command]) };
        let ended = bench.spawner.run(script).unwrap();
        let How::OutOfMemory { used, limit: true } = ended.how else { panic!("{limit}: {ended:?}") };
        assert!(used > limit / 2, "{used} of {limit}");
    }
    let command = bench.shell("exit 3");
    let script = Script { memory: Some(64 << 20), ..bench.script(vec![command]) };
    assert_eq!(bench.spawner.run(script).unwrap().how, How::Exit(3));
}

fn kill(bench: &mut Bench) {
    let command = bench.shell("echo $$ > a; sleep 1000");
    let script = bench.script(vec![command]);
    let (killer, id, path) = (bench.spawner.killer(), script.id, bench.path("a"));
    let thread = std::thread::spawn(move || {
        wait_for("a", || fs::read_to_string(&path).ok().filter(|text| !text.is_empty()));
        // The one that names another script does nothing.
        killer.kill(id + 1);
        killer.kill(id);
    });
    assert_eq!(bench.spawner.run(script).unwrap().how, How::Killed);
    assert!(!runs(bench.pid("a")));
    // A kill may overtake the script that it is for.
    let script = bench.script(vec![bench.shell("echo $$ > b")]);
    bench.spawner.killer().kill(script.id);
    assert_eq!(bench.spawner.run(script).unwrap().how, How::Killed);
    assert!(!bench.path("b").exists());
    thread.join().unwrap();
    wait_for_one_thread();
    assert_eq!(bench.run_shell("true"), How::Done);
}

/// A joined thread may still stand in the process's list for an instant.
fn wait_for_one_thread() {
    wait_for("the end of a thread", || (fs::read_dir("/proc/self/task").unwrap().count() == 1).then_some(()));
}

fn dropped(bench: &mut Bench) {
    let command = bench.shell("setsid sleep 1000 & echo $! > a");
    let script = Script { end: false, ..bench.script(vec![command]) };
    bench.spawner.run(script).unwrap();
    let pid = bench.pid("a");
    let _killer_that_lives_on = bench.spawner.killer();
    bench.spawner = Spawner::fork_all(1, None).unwrap().pop().unwrap();
    assert!(!runs(pid));
}

fn kill_group(bench: &mut Bench) {
    assert_eq!(bench.run_shell("kill -9 0"), How::Signal(libc::SIGKILL));
    assert_eq!(bench.run_shell("kill -TERM $PPID; kill -INT $PPID; exit 2"), How::Exit(2));
    assert_eq!(bench.run_shell("true"), How::Done);
}

fn signal_state(bench: &mut Bench) {
    let command = bench.exec("grep", &["-E", "^Sig(Blk|Ign):", "/proc/self/status"], true);
    bench.run(vec![command]);
    for line in bench.text("stdout").lines() {
        // What lies above the 31 standard signals is the C library's own and may be inherited from anywhere.
        let set = line.split_ascii_whitespace().nth(1).and_then(|set| u64::from_str_radix(set, 16).ok());
        assert_eq!(set.map(|set| set & 0x7fff_ffff), Some(0), "{line}");
    }
    assert_eq!(bench.text("stdout").lines().count(), 2);
}

fn descriptors(bench: &mut Bench) {
    let _held = fs::File::open("/dev/null").unwrap();
    // The last one is the listing's own.
    let command = bench.exec("ls", &["/proc/self/fd"], true);
    bench.run(vec![command]);
    assert_eq!(bench.text("stdout"), "0\n1\n2\n3\n");
    let command = bench.shell("cat; test -t 0 || head -c 1 /dev/tty || echo no terminal");
    bench.run(vec![command]);
    assert_eq!(bench.text("stdout"), "no terminal\n");
}

/// The part of an owner that is going to be killed.
fn owner(directory: &Path) {
    let lock = fs::File::create(directory.join("lock")).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let mut spawners = Spawner::fork_all(3, Some(lock.as_fd())).unwrap();
    let handles: Vec<_> = (0..3)
        .map(|number| {
            let mut spawner = spawners.pop().unwrap();
            let directory = directory.to_path_buf();
            std::thread::spawn(move || {
                let line = format!(
                    "trap '' TERM HUP; setsid sh -c 'echo $$ > b{number}; sleep 1000' & echo $$ > a{number}; wait"
                );
                let command = Command::new(Program::Shell(line), directory.clone());
                let script = Script {
                    id: 1,
                    begin: true,
                    end: true,
                    commands: vec![command],
                    env: vec![("PELAGO_OWNER".to_string(), "test-of-killed-owner".to_string())],
                    stdout: directory.join(format!("out{number}")),
                    stderr: directory.join(format!("err{number}")),
                    walltime: None,
                    memory: Some(256 << 20),
                };
                if number == 0 {
                    // One that was started later holds the lock too, and ends what it runs.
                    spawner.start_again().unwrap();
                }
                let _ = spawner.run(script);
            })
        })
        .collect();
    for handle in handles {
        handle.join().unwrap();
    }
}

fn owner_killed(bench: &mut Bench) {
    let mut owner = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("owner")
        .arg(bench.directory.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let pids: Vec<i32> = (0..3).flat_map(|n| [bench.pid(&format!("a{n}")), bench.pid(&format!("b{n}"))]).collect();
    assert!(pids.iter().all(|pid| runs(*pid)));
    owner.kill().unwrap();
    assert_eq!(owner.wait().unwrap().signal(), Some(libc::SIGKILL));
    let lock = fs::File::open(bench.path("lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    // The lock is free: no process may be left at this very moment.
    assert!(pids.iter().all(|pid| !runs(*pid)), "processes outlived the lock");
}

fn swept(bench: &mut Bench) {
    let name = format!("test-{}", std::process::id());
    let command = bench.shell("setsid sleep 1000 & echo $! > a; wait");
    let mut script = bench.script(vec![command]);
    script.env.push(("PELAGO_OWNER".to_string(), name.clone()));
    script.env.push(("PELAGO_SLOT".to_string(), "4".to_string()));
    let (path, spawner) = (bench.path("a"), bench.spawner.pid().unwrap());
    let thread = std::thread::spawn(move || {
        wait_for("a", || fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n')));
        let pid = rustix::process::Pid::from_raw(spawner.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    });
    let gone = bench.spawner.run(script);
    assert!(matches!(gone, Err(LaunchError::Gone { .. })), "{gone:?}");
    thread.join().unwrap();
    let pid = bench.pid("a");
    assert!(runs(pid), "a killed spawner cannot end anything");
    assert_eq!(sweep("another-owner", None).unwrap(), 0);
    assert_eq!(sweep(&name, Some(5)).unwrap(), 0);
    assert!(sweep(&name, Some(4)).unwrap() >= 1);
    assert!(!runs(pid));
    assert_eq!(sweep(&name, Some(4)).unwrap(), 0);
    wait_for_one_thread();
}

fn threads(_: &mut Bench) {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receive.recv());
    let forked = Spawner::fork_all(1, None);
    assert!(matches!(forked, Err(LaunchError::Threads(2))), "{forked:?}");
    drop(send);
    let _ = thread.join();
    wait_for_one_thread();
}
