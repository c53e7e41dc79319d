//! A real Slurm, from Debian, as the judge of scripts that `pelago translate --to slurm` prints.
//!
//! It runs on this machine alone, on the loopback, with its state in a directory of its own.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

const PACKAGES: &str = "slurm-wlm slurmctld slurmd slurm-client munge";

/// Documents of `examples/languages` that Slurm has to take.
const TAKEN: [&str; 11] = [
    "system1.u",
    "system2.sub",
    "system3.xml",
    "system4.jdl",
    "system5.jsdl",
    "hello.jsdl",
    "abstract.jsdl",
    "tally.rsl",
    "diamond.dag",
    "tally.slurm",
    "grid.plan",
];
/// Of those, what runs there as it does here, with a file that both make.
const RUN: [(&str, &str); 4] = [
    ("hello.jsdl", "hello.out"),
    ("system5.jsdl", "system5.out"),
    ("tally.rsl", "rsl.out"),
    ("tally.slurm", "slurm.3.out"),
];

/// Starts it in a directory; ends by itself if that is not possible.
const START: &str = r#"
set -e
command -v sbatch slurmctld slurmd munged > /dev/null || DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends PACKAGES > apt.log 2>&1
here=$PWD; host=$(hostname -s)
mkdir -p munge ctld slurmd; chmod 700 munge
dd if=/dev/urandom of=munge/key bs=1024 count=1 status=none; chmod 400 munge/key
munged --force --key-file=$here/munge/key --socket=$here/munge/sock --pid-file=$here/munge/pid \
    --log-file=$here/munge/log --seed-file=$here/munge/seed 2> munge.err
cat > slurm.conf << END
ClusterName=real
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$here/munge/sock
CredType=cred/munge
SlurmctldPort=26817
SlurmdPort=26818
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$here/ctld
SlurmdSpoolDir=$here/slurmd
SlurmctldPidFile=$here/ctld.pid
SlurmdPidFile=$here/slurmd.pid
SlurmctldLogFile=$here/ctld.log
SlurmdLogFile=$here/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
PropagateResourceLimits=NONE
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$here/slurm.conf
slurmctld -f $SLURM_CONF -c
tries=0; until slurmctld_up=$(scontrol ping 2> /dev/null | grep UP); do
    tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 0.5
done
slurmd -f $SLURM_CONF
tries=0; until sinfo -h -o %T | grep -q idle; do tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 0.5; done
"#;

/// Ends what was started, by the numbers that it left.
const STOP: &str = "for pid in slurmd.pid ctld.pid munge/pid; do [ -f $pid ] && kill $(cat $pid); done; true";

/// Has every translated script judged, and a few of them run; says how many, or what went wrong.
///
/// # Errors
/// When a file cannot be written or a program not started.
pub fn run(root: &Path, program: &Path, dir: &Path) -> io::Result<Result<String, String>> {
    let state = dir.join("slurm");
    fs::create_dir_all(&state)?;
    let started = shell(&state, &START.replace("PACKAGES", PACKAGES), &state)?;
    let judged = match started {
        Ok(_) => judge(root, program, dir, &state),
        Err(why) => {
            let how = format!("Slurm does not start: {why}; it takes root, and `apt-get install {PACKAGES}`");
            Ok(Err(how))
        }
    };
    shell(&state, STOP, &state)?.ok();
    judged
}

fn judge(root: &Path, program: &Path, dir: &Path, state: &Path) -> io::Result<Result<String, String>> {
    let copy = format!("cp -R '{}' languages", root.join("examples/languages").display());
    if let Err(why) = shell(dir, &copy, state)? {
        return Ok(Err(why));
    }
    let dir = dir.join("languages");
    let program = program.display();
    for name in TAKEN {
        let line = format!(
            "'{program}' translate {name} --to slurm > {name}.sbatch 2> losses || {{ cat losses; exit 1; }}; \
             sbatch --test-only {name}.sbatch 2>&1"
        );
        if let Err(why) = shell(&dir, &line, state)? {
            return Ok(Err(format!("{name}: {why}")));
        }
    }
    for (name, file) in RUN {
        let there = shell(&dir, &format!("sbatch --wait {name}.sbatch && cat {file} && rm {file}"), state)?;
        let here = shell(
            &dir,
            &format!("'{program}' run {name} 2> run.err && cat {file} || {{ cat run.err; exit 1; }}"),
            state,
        )?;
        match (there, here) {
            (Ok(there), Ok(here)) if there.ends_with(&here) && !here.trim().is_empty() => {}
            (there, here) => return Ok(Err(format!("{name}: there {there:?}, here {here:?}"))),
        }
    }
    Ok(Ok(format!("{} scripts taken, {} run there as here", TAKEN.len(), RUN.len())))
}

/// What a line for the shell printed, or the end of what it said when it failed.
fn shell(dir: &Path, line: &str, state: &Path) -> io::Result<Result<String, String>> {
    // What starts services must not hold our pipes open, so it prints to files.
    let (out, err) = (state.join("shell.out"), state.join("shell.err"));
    let status = Command::new("sh")
        .args(["-c", line])
        .current_dir(dir)
        .env("SLURM_CONF", state.join("slurm.conf"))
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out)?)
        .stderr(fs::File::create(&err)?)
        .status()?;
    let read = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (out, err) = (read(&out)?, read(&err)?);
    if status.success() {
        return Ok(Ok(out));
    }
    let said = format!("{out}{err}");
    let lines: Vec<&str> = said.trim().lines().collect();
    Ok(Err(lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n         ")))
}
