//! This machine as an offer: what jobs can be grounded on, read from the system, and a speed that is measured once.

use pelago_describe::ground::{Applications, Found, Ground, Grounded, Offer, Refusal, Speed, ground};
use pelago_describe::{Language, Said};
use pelago_wire::message::Refusal as Refused;
use std::fs;
use std::hint::black_box;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The file of a state directory that holds the measured speed.
const SPEED: &str = "speed";

/// Grounds a document on this machine. `state` is where its state directory is or would be.
pub fn grounded(
    said: &Said,
    language: Option<Language>,
    name: &str,
    root: &Path,
    state: &Path,
) -> Result<Result<Grounded, Vec<Refusal>>, Refused> {
    let applications = applications(root)?;
    let system = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let host = text(system.nodename());
    let mut hosts = vec![host.clone()];
    hosts.extend(host.split_once('.').map(|(short, _)| short.to_string()));
    hosts.push("localhost".to_string());
    let (memory, swap) = memory();
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    let offer = Offer {
        hosts,
        user: named("/etc/passwd", uid),
        group: named("/etc/group", gid),
        home: std::env::var_os("HOME").map(PathBuf::from),
        temporary: std::env::temp_dir(),
        cpus: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
        memory,
        virtual_memory: memory.saturating_add(swap),
        disk: free(root),
        system: text(system.sysname()).to_uppercase(),
        version: text(system.release()),
        architecture: text(system.machine()),
        program: &program,
        container: &container,
        open_mpi: &open_mpi,
        variable: &|name| std::env::var(name).ok(),
        speed: &|| Some(speed(state)),
        now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed()),
    };
    let look = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some(Found { directory: metadata.is_dir(), executable: metadata.permissions().mode() & 0o111 != 0 })
    };
    let on = Ground { offer: &offer, applications: &applications, directory: root, name, language, look: &look };
    Ok(ground(said, &on))
}

/// The applications that are known to documents of a directory: those of its own table, then those of the user's.
pub fn applications(root: &Path) -> Result<Applications, Refused> {
    let mut applications = Applications::default();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = config.or(home.map(|home| home.join(".config")));
    let own = config.map(|config| config.join("pelago/applications.toml"));
    for path in [Some(root.join("applications.toml")), own].into_iter().flatten() {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(&path, &error.to_string())),
        };
        applications.add(&text).map_err(|error| unreadable(&path, error.to_string().trim_end()))?;
    }
    Ok(applications)
}

fn unreadable(path: &Path, why: &str) -> Refused {
    let what = format!("the table of applications {} cannot be read: {why}", path.display());
    let hint =
        "it holds `[[application]]` tables with name, version, command, module, container, arguments, environment";
    Refused { what, hint: Some(hint.to_string()), code: 2 }
}

/// Where a program is in the directories of `PATH`.
fn program(name: &str) -> Option<PathBuf> {
    let runs = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|directory| directory.join(name)).find(runs)
}

/// Whether a program that runs containers works: docker needs its daemon, and has ten seconds to answer.
fn container(name: &str) -> Result<(), String> {
    if program(name).is_none() {
        return Err("not in PATH".to_string());
    }
    if name != "docker" {
        return Ok(());
    }
    let asked = Command::new("timeout")
        .args(["10", "docker", "version", "--format", "{{.Server.Version}}"])
        .stdin(Stdio::null())
        .output();
    match asked {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not answer");
            Err(line.trim().trim_end_matches('.').chars().take(200).collect())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Whether a starter of processes is Open MPI's: what its name leads to says so.
fn open_mpi(path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ["orterun", "prterun", "prun"].contains(&name.as_str()) || name.contains("openmpi")
}

/// The name of a number in a table of users or groups; the number itself if it is not there.
fn named(table: &str, number: u32) -> String {
    let text = fs::read_to_string(table).unwrap_or_default();
    let wanted = number.to_string();
    let name = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted).then(|| name.to_string())
    });
    name.unwrap_or(wanted)
}

/// Memory and swap space, bytes.
fn memory() -> (u64, u64) {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let kib = |name| of(name).unwrap_or(0).saturating_mul(1024);
    (kib("MemTotal:"), kib("SwapTotal:"))
}

/// Free disk space where working directories are made, bytes.
fn free(root: &Path) -> u64 {
    rustix::fs::statvfs(root).map_or(0, |fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

/// The speed that was measured here before, else the speed now, which is remembered if there is a state directory.
fn speed(state: &Path) -> Speed {
    let path = state.join(SPEED);
    let known = fs::read_to_string(&path).ok().and_then(|text| {
        let mut words = text.split_whitespace().map(|word| word.parse().ok());
        Some(Speed { kflops: words.next()??, mips: words.next()?? })
    });
    known.unwrap_or_else(|| {
        let speed = measured();
        // Without it the next one measures again.
        let _ = fs::write(&path, format!("{} {}\n", speed.kflops, speed.mips));
        speed
    })
}

/// How many operations one processor does in a twentieth of a second each: multiplications and additions of floating
/// point numbers as LINPACK has them, and simple integer operations as Dhrystone has them.
fn measured() -> Speed {
    let rate = |work: &mut dyn FnMut() -> u64| {
        let (start, mut done) = (Instant::now(), 0u64);
        while start.elapsed() < Duration::from_millis(50) {
            done += work();
        }
        done as f64 / start.elapsed().as_secs_f64()
    };
    let (x, mut y) = (vec![1.000_1f64; 1024], vec![0.5f64; 1024]);
    let flops = rate(&mut || {
        for _ in 0..16 {
            let factor = black_box(0.999);
            x.iter().zip(y.iter_mut()).for_each(|(x, y)| *y += factor * x);
        }
        black_box(&y);
        2 * 16 * 1024
    });
    let mut state = 0x9e37_79b9u32;
    let instructions = rate(&mut || {
        for _ in 0..4096 {
            state ^= black_box(state << 13);
            state ^= state >> 17;
            state ^= state << 5;
        }
        black_box(state);
        6 * 4096
    });
    Speed { kflops: (flops / 1e3) as u64, mips: (instructions / 1e6) as u64 }
}
