//! Documents of job languages that start other programs: Open MPI, Java, and containers of podman. Debian has them all.
//!
//! The image is made here, from the machine's own static busybox, so no registry is asked for one.

use crate::debian;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// What has to be there, and the Debian packages that bring it.
const NEEDED: [(&str, &str); 6] = [
    ("mpirun", "openmpi-bin"),
    ("javac", "default-jdk-headless"),
    ("java", "default-jre-headless"),
    ("podman", "podman"),
    ("runc", "runc"),
    ("busybox", "busybox-static"),
];
const IMAGE: &str = "localhost/pelago-real:1";

/// For virtual machines whose root may not raise limits, with control groups of both versions.
const PODMAN: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\nnetns = \"none\"\n\n\
                      [engine]\nruntime = \"runc\"\nevents_logger = \"none\"\n";

/// A document, the file that it makes, and what is in it.
struct Case {
    name: &'static str,
    text: &'static str,
    file: &'static str,
    content: &'static str,
}

const CASES: [Case; 10] = [
    Case {
        name: "ranks.rsl",
        text: "& (executable = /bin/sh) (arguments = \"ranks.sh\") (count = 2) (jobType = mpi) (stdout = rsl.out)\n\
               (file_stage_in = (\"ranks.sh\" \"ranks.sh\"))",
        file: "rsl.out",
        content: "one of 2\none of 2\n",
    },
    Case {
        name: "ranks.jsdl",
        text: "<j:JobDefinition xmlns:j=\"http://schemas.ggf.org/jsdl/2005/11/jsdl\" \
               xmlns:s=\"http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd\">\n\
               <j:JobDescription><j:Application><s:SPMDApplication>\n\
               <p:Executable xmlns:p=\"http://schemas.ggf.org/jsdl/2005/11/jsdl-posix\">ranks.sh</p:Executable>\n\
               <p:Output xmlns:p=\"http://schemas.ggf.org/jsdl/2005/11/jsdl-posix\">jsdl.out</p:Output>\n\
               <s:NumberOfProcesses>2</s:NumberOfProcesses>\n\
               <s:SPMDVariation>http://www.ogf.org/jsdl/2007/02/jsdl-spmd/MPI</s:SPMDVariation>\n\
               </s:SPMDApplication></j:Application></j:JobDescription></j:JobDefinition>",
        file: "jsdl.out",
        content: "one of 2\none of 2\n",
    },
    Case {
        name: "ranks.xml",
        text: "<job><executable>ranks.sh</executable><stdout>gt4.out</stdout><count>2</count><jobType>mpi</jobType></job>",
        file: "gt4.out",
        content: "one of 2\none of 2\n",
    },
    Case {
        name: "ranks.slurm",
        text: "#!/bin/sh\n#SBATCH --ntasks=2\n#SBATCH --output=slurm.out\nmpirun -n \"$SLURM_NTASKS\" ./ranks.sh\n",
        file: "slurm.out",
        content: "one of 2\none of 2\n",
    },
    Case {
        name: "hello.sub",
        text: "universe = java\nexecutable = hello.jar\njar_files = hello.jar\narguments = Hello one two\n\
               java_vm_args = -Dtide=ebb\noutput = java.out\nqueue\n",
        file: "java.out",
        content: "one,two ebb\n",
    },
    Case {
        name: "hello.rsl",
        text: "& (executable = hello.jar) (arguments = x y) (stdout = jar.out)",
        file: "jar.out",
        content: "x,y none\n",
    },
    Case {
        name: "hello.jdl",
        text: "[ Executable = \"hello.jar\"; Arguments = \"z\"; StdOutput = \"jdl.out\"; InputSandbox = { \"hello.jar\" }; \
               OutputSandbox = { \"jdl.out\" }; ]",
        file: "jdl.out",
        content: "z none\n",
    },
    Case {
        name: "task.json",
        text: r#"{ "inputs": [ { "url": "levels", "path": "/data/in" }, { "path": "/data/head", "content": "head\n" } ],
  "outputs": [ { "url": "sorted", "path": "/out/sorted" }, { "url": "parts", "path": "/out/part.*", "path_prefix": "/out" } ],
  "volumes": [ "/shared" ],
  "executors": [
    { "image": "localhost/pelago-real:1", "env": { "TIDE": "ebb" }, "stdout": "/tmp/all",
      "command": [ "sh", "-c", "cat /data/head /data/in; echo $TIDE > /shared/x; touch /out/part.1" ] },
    { "image": "localhost/pelago-real:1", "command": [ "sort" ], "stdin": "/tmp/all", "stdout": "/out/sorted" },
    { "image": "localhost/pelago-real:1", "command": [ "cat", "x" ], "workdir": "/shared", "stdout": "/out/part.2" } ] }"#,
        file: "sorted",
        content: "1\n2\nhead\n",
    },
    Case { name: "task.json", text: "", file: "parts/part.2", content: "ebb\n" },
    Case {
        name: "box.sub",
        text: "universe = container\ncontainer_image = localhost/pelago-real:1\nexecutable = count.sh\narguments = levels\n\
               environment = \"MODE=calm\"\ntransfer_input_files = levels\noutput = box.out\nqueue\n",
        file: "box.out",
        content: "calm 2\n",
    },
];

/// Runs every document; says how many gave what they should, or the first that did not.
///
/// # Errors
/// When a file cannot be written or a program not started.
pub fn run(program: &Path, dir: &Path) -> io::Result<Result<String, String>> {
    let dir = dir.join("programs");
    fs::create_dir_all(&dir)?;
    if let Err(why) = debian::need(&NEEDED)? {
        return Ok(Err(why));
    }
    for (name, text) in [
        ("levels", "2\n1\n"),
        ("ranks.sh", "#!/bin/sh\necho \"one of $OMPI_COMM_WORLD_SIZE\"\n"),
        ("count.sh", "#!/bin/sh\necho \"$MODE $(wc -l < $1)\"\n"),
        ("podman.conf", PODMAN),
        (
            "Hello.java",
            "public class Hello { public static void main(String[] a) { System.out.println(String.join(\",\", a) + \" \" + \
             System.getProperty(\"tide\", \"none\")); } }\n",
        ),
    ] {
        fs::write(dir.join(name), text)?;
    }
    let prepare = format!(
        "set -e; chmod +x ranks.sh count.sh; javac -d . Hello.java; jar cfe hello.jar Hello Hello.class; rm Hello.class; \
         mkdir -p image/bin image/tmp image/etc; cp \"$(command -v busybox)\" image/bin/busybox; \
         for name in sh cat sort touch wc env; do ln -sf busybox image/bin/$name; done; \
         tar -C image -c . | podman import -q - {IMAGE}"
    );
    let prepared = shell(&dir, &prepare)?;
    if let Err(why) = prepared {
        return Ok(Err(why));
    }
    for case in &CASES {
        if !case.text.is_empty() {
            fs::write(dir.join(case.name), case.text)?;
            if let Err(why) = shell(&dir, &format!("'{}' run {}", program.display(), case.name))? {
                return Ok(Err(format!("{}: {why}", case.name)));
            }
        }
        let made = fs::read_to_string(dir.join(case.file)).unwrap_or_else(|error| error.to_string());
        if made != case.content {
            return Ok(Err(format!("{} made {:?} as {}, not {:?}", case.name, made, case.file, case.content)));
        }
    }
    // Without consent Open MPI would start nothing for root, and that is said before anything runs.
    let refusal = "[ \"$(id -u)\" != 0 ] || { ! env -u OMPI_ALLOW_RUN_AS_ROOT $0 run ranks.rsl 2>&1 | \
                   grep -q 'starts nothing for root' && exit 1; exit 0; }";
    let refusal = refusal.replace("$0", &format!("'{}'", program.display()));
    if let Err(why) = shell(&dir, &refusal)? {
        return Ok(Err(format!("a job of root's without consent is not refused by name: {why}")));
    }
    Ok(Ok(format!("{} documents: Open MPI, Java, podman", CASES.iter().filter(|case| !case.text.is_empty()).count())))
}

/// A line for the shell in a directory, with consent to MPI as root, which is for this check only.
fn shell(dir: &Path, line: &str) -> io::Result<Result<(), String>> {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(dir)
        .env("CONTAINERS_CONF", dir.join("podman.conf"))
        .envs(["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"].map(|name| (name, "1")))
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    let lines: Vec<&str> = said.trim().lines().collect();
    Ok(Err(lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n         ")))
}
