//! Batch scripts: what is read, what is printed, and that reading what was printed gives the description less its losses.

mod document;

use pelago_describe::loss::essence;
use pelago_describe::{Language, Reading, Source, read};
use pelago_job::description::Description;

fn reading(text: &str, language: Language) -> Reading {
    read(&Source::new("test.sh", text), Some(language))
}

fn shown(text: &str, language: Language) -> String {
    let source = Source::new("test.sh", text);
    read(&source, Some(language)).render(&source, false)
}

fn accepted(text: &str, language: Language) -> Description {
    match reading(text, language).said {
        Some(said) => said.description,
        None => panic!("{text}\n{}", shown(text, language)),
    }
}

/// Reading back what was printed gives the description less the losses; the losses are returned.
fn law(description: &Description, to: Language, what: &str) -> (String, Vec<String>) {
    let printed = to.print(description).unwrap_or_else(|| panic!("no printer"));
    let Some(said) = reading(&printed.text, to).said else {
        panic!("{what} is printed as\n{}\nand not read back:\n{}", printed.text, shown(&printed.text, to));
    };
    let (got, expected) = (essence(&said.description), printed.expected(description));
    let tell = |v: &serde_json::Value| serde_json::to_string_pretty(v).unwrap_or_default();
    assert!(
        got == expected,
        "{what}\nas {to}:\n{}\nread back:\n{}\nexpected:\n{}\nlosses: {:#?}",
        printed.text,
        tell(&got),
        tell(&expected),
        printed.losses
    );
    (printed.text, printed.losses.iter().map(|loss| loss.part.clone()).collect())
}

const SLURM: [&str; 6] = [
    "#!/bin/bash\n#SBATCH --job-name=relax\n#SBATCH -A proj7\n#SBATCH -p long,short --qos=high\n#SBATCH -t 1-06:30:15\n#SBATCH -N 2-4\n\
     #SBATCH --ntasks-per-node=8\n#SBATCH -n16 -c 2\n#SBATCH --mem=12G\n\nmodule load x\nsrun ./relax -n \"$SLURM_NTASKS\" 'a b'\n",
    "#!/bin/bash -l\n#SBATCH --array=0-30:10%2\n#SBATCH --output=out-%x-%a.txt # where\n#SBATCH --gres=gpu:a100:2,disk:3\n\
     #SBATCH --export=ALL,A=1,B='x,y'\n#SBATCH --mail-type=END,FAIL,ARRAY_TASKS\n#SBATCH --mail-user=me@site.example\n\n./go $SLURM_ARRAY_TASK_ID\n#SBATCH --mem=1G\n",
    "#!/bin/sh\n#SBATCH -a 1,3,5-7\n#SBATCH -o %A_%a.out -e %A_%a.err --open-mode=append\n#SBATCH -d afterok:12:13,singleton\n#SBATCH -H --no-requeue\n\
     #SBATCH --exclusive -C a&b -w n[1-3,5],m1 -x n4 --nice=10 --signal=B:USR1@60\n#SBATCH --comment=\"two words\" -D /scratch/dir\n./a\n",
    "#!/usr/bin/env python3\n#SBATCH -J py\n#SBATCH --gpus=2 --gpus-per-node=v100:1\n#SBATCH -L lic:2,other\nprint('#SBATCH -n 2')\n",
    "#!/bin/sh\n#SBATCH -n 4\n#SBATCH hetjob\n#SBATCH -n 2 --mem=1G\nsrun a : b\n",
    "#!/bin/sh\n#PBS -N other\n#$ -N third\n#SBATCH --exclusive=user --constraint=\"a|b\" --mem=0\n#SBATCH --time=UNLIMITED\n./a\n",
];

const PBS: [&str; 5] = [
    "#!/bin/bash\n#PBS -N relax\n#PBS -l nodes=2:ppn=8:gpus=1:big,walltime=12:00:00\n#PBS -l mem=4gb,pmem=500mb -q batch\n#PBS -j oe -o out.txt\n\
     #PBS -m abe -M me@site.example,you\n#PBS -W depend=afterok:1.srv:2.srv,group_list=phys\ncd $PBS_O_WORKDIR\n./run\n",
    "#PBS -l select=2:ncpus=4:mpiprocs=4:ompthreads=1:mem=8gb:ngpus=1 -l place=excl\n#PBS -J 1-10:3%2\n#PBS -o o.^array_index^ -e e.^array_index^\n\
     #PBS -V -v A=1,B\n#PBS -r n -h -p 5 -a 202601012200\n./run $PBS_ARRAY_INDEX\n",
    "#PBS -t 1-3,7%2\n#PBS -S /bin/bash\n#PBS -W stagein=in.dat@host:/d/in.dat,stageout=out.dat@host:/d/out.dat,umask=022\n#PBS -A acct -c n -k oe\n./x\n",
    "#!/bin/sh\n#PBS -l select=1:ncpus=2+2:ncpus=8 -l place=scatter -l software=matlab -l license=3 -l cput=100,file=10mb,pcput=60\n#PBS -d /tmp/x\n./x\n",
    "#!/bin/sh\n#PBS -l ncpus=4 -l procs=8 -l feature=a&b -l arch=linux -l host=n7 -l qos=q\n#PBS -j oe\n#PBS -u me -w sub/dir\n./x\n",
];

const GRIDENGINE: [&str; 3] = [
    "#!/bin/bash\n#$ -N relax\n#$ -cwd -V\n#$ -pe mpi 16\n#$ -l h_rt=12:00:00,h_vmem=4G -l mem_free=1.5G\n#$ -q all.q,long.q\n#$ -S /bin/bash\n\
     ./run\n#$ -j y -o log.$TASK_ID.$JOB_ID\n./more\n",
    "#$ -t 1-9:2 -tc 3 -hold_jid 12,prep -m beas -M me -P proj -p -10 -r y -R y\n#$ -o o.$TASK_ID -e e.$TASK_ID -i in.$TASK_ID\n#$ -v A=1,B=two\n./x\n",
    "#!/bin/sh\n#$ -l gpu=2,exclusive,hostname=a|b,arch=lx-amd64,s_rt=60,scratch=10 -wd /w -pe smp 4-8 -h -a 201001010000 -w e -soft -l big=1\n./x\n",
];

#[test]
fn scripts_come_back() {
    let all = SLURM.iter().map(|text| (text, Language::Slurm));
    let all = all.chain(PBS.iter().map(|text| (text, Language::Pbs)));
    for (text, language) in all.chain(GRIDENGINE.iter().map(|text| (text, Language::GridEngine))) {
        assert_eq!(Language::recognise(&Source::new("x", *text)), Some(language), "{text}");
        let description = accepted(text, language);
        let (printed, losses) = law(&description, language, text);
        assert!(losses.is_empty(), "{text}\n{printed}\n{losses:?}");
        for other in [Language::Slurm, Language::Pbs, Language::GridEngine, Language::Jdl] {
            law(&description, other, text);
        }
    }
}

/// What a script prints as one task of an array.
fn run(script: &str, index: &str, number: u64) -> String {
    let shell = std::process::Command::new("sh").arg("-c").arg(script).env(index, number.to_string()).output();
    let output = shell.unwrap_or_else(|e| panic!("sh: {e}"));
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn commands_of_other_languages_run_as_they_are() {
    let text = r#"[ Executable = "printf"; Arguments = "'<%-1s>' 'a b' \"it's\" '$HOME' '*' '' 'é#' 'back\\slash' '%(X)s-%(Y)s' '%(X)s'";
        Environment = {"A=1 $2 'x'"}; Parameters = 3; Parameters.X = {"u v", "-2 z", "-"}; Parameters.Y = {7, 8, 9}; ]"#;
    let description = accepted(text, Language::Jdl);
    for (language, index) in [(Language::Slurm, "SLURM_ARRAY_TASK_ID"), (Language::GridEngine, "SGE_TASK_ID")] {
        let (script, _) = law(&description, language, text);
        let expect = "<a b><it's><$HOME><*>< ><é#><back\\slash><-2 z-8><-2 z>";
        assert_eq!(run(&script, index, 2), expect, "{script}");
    }
    let text = r#"[ Executable = "printenv"; Arguments = "A"; Environment = {"A=1 $2 'x' _PARAM_"}; JobType = "Parametric"; Parameters = 9;
        ParameterStart = 2; ParameterStep = 3; ]"#;
    let (script, losses) = law(&accepted(text, Language::Jdl), Language::Pbs, text);
    assert_eq!(run(&script, "PBS_ARRAY_INDEX", 5), "1 $2 'x' 5\n", "{script}\n{losses:?}");
}

#[test]
fn a_program_named_alone_is_the_file_beside_the_job() {
    let directory = std::env::temp_dir().join(format!("pelago-beside-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let program = directory.join("model.sh");
    std::fs::write(&program, "#!/bin/sh\necho \"model $1\"\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let text = "executable = model.sh\narguments = 7\nqueue\n";
    for language in [Language::Slurm, Language::Pbs, Language::GridEngine] {
        let (script, _) = law(&accepted(text, Language::Submit), language, text);
        let inside = format!("cd '{}'\n{script}", directory.display());
        assert_eq!(run(&inside, "NOTHING", 1), "model 7\n", "{script}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_product_is_counted_like_the_model_counts_it() {
    use pelago_job::description::{Application, Argument, Command, Job, Path, Space, Text};
    use pelago_job::{Domain, Order, ParamNo, Parameter};
    let list = ["p", "q q", "r"].map(String::from).to_vec();
    let domains = [
        Domain::Integers { from: -4, step: 3, count: 4 },
        Domain::List(list),
        Domain::Decimals { from: 5, step: 5, scale: 1, count: 2, point: false },
    ];
    let parameter = |(n, domain)| Parameter { name: format!("x{n}"), label: None, order: Order::Cross, domain };
    let parameters: Vec<Parameter> = domains.into_iter().enumerate().map(parameter).collect();
    let word = |text: Text| Argument { text: Some(text), filesystem: None };
    let [a, b, c] = [0, 1, 2].map(ParamNo);
    let arguments = ["%s,%s,%s"].map(Text::from).into_iter().chain([a, b, c].map(Text::param)).map(word).collect();
    let executable = Some(Path { text: Some("printf".into()), filesystem: None });
    let command = Command { executable, arguments, ..Command::default() };
    let product = Space::Product(vec![Space::Zip(vec![a]), Space::Zip(vec![b]), Space::Zip(vec![c])]);
    for space in [product.clone(), Space::Slice { of: Box::new(product), first: 1, step: 5, count: 4 }] {
        let application = Application { commands: vec![command.clone()], ..Application::default() };
        let job = Job { application, space: Some(space.clone()), ..Job::default() };
        let description = Description { parameters: parameters.clone(), jobs: vec![job], ..Description::default() };
        let (script, _) = law(&description, Language::Slurm, "a product");
        for at in 0..space.len(&parameters) {
            let point: Vec<String> = space.point(at, &parameters).into_iter().flat_map(|p| p.into_values()).collect();
            assert_eq!(run(&script, "SLURM_ARRAY_TASK_ID", at + 1), point.join(","), "{script}");
        }
    }
}

#[test]
fn a_script_finds_its_variables_under_another_batch_system() {
    let text = "#!/bin/sh\n#SBATCH -a 3-5\n#SBATCH --export=ALL,GREETING='a b'\necho $SLURM_ARRAY_TASK_ID $SLURM_JOB_ID \"$GREETING\" $SLURM_SUBMIT_DIR\n";
    let description = accepted(text, Language::Slurm);
    let (script, losses) = law(&description, Language::Pbs, text);
    let ran = std::process::Command::new("sh")
        .args(["-c", &script])
        .envs([("PBS_ARRAY_INDEX", "4"), ("PBS_JOBID", "7.srv"), ("PBS_O_WORKDIR", "/")])
        .output()
        .unwrap_or_else(|e| panic!("sh: {e}"));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "4 7.srv a b /\n", "{script}");
    assert!(losses.iter().any(|part| part == "/parameters/0/name"), "{losses:?}");
    let nodes = "#!/bin/sh\n#PBS -l nodes=2\nmpirun -machinefile $PBS_NODEFILE ./a\n";
    let printed = Language::Slurm.print(&accepted(nodes, Language::Pbs));
    let why: Vec<String> = printed.iter().flat_map(|p| &p.losses).filter_map(|loss| loss.why.clone()).collect();
    assert!(why.iter().any(|why| why.contains("`PBS_NODEFILE`, which nothing sets under sbatch")), "{why:?}");
}

#[test]
fn wrong_values_are_refused() {
    for (text, part) in [
        ("#!/bin/sh\n#SBATCH --tiem=1\n:\n", "sbatch has no option `--tiem`"),
        ("#!/bin/sh\n#SBATCH -t 1:2:3:4\n:\n", "is no time"),
        ("#!/bin/sh\n#SBATCH --mem=12Q\n:\n", "is no amount of memory"),
        ("#!/bin/sh\n#SBATCH -a 9-1\n:\n", "the range ends before it begins"),
        ("#!/bin/sh\n#SBATCH -n zero\n:\n", "`--ntasks` takes a whole number"),
        ("#!/bin/sh\n#SBATCH --mail-type=FIAL\n:\n", "did you mean `FAIL`?"),
        ("#!/bin/sh\n#SBATCH --dependency=aftrok:1\n:\n", "did you mean `afterok`?"),
        ("#!/bin/sh\n#SBATCH word\n:\n", "expected an option, found `word`"),
        ("#!/bin/sh\n#SBATCH --comment=\"open\n:\n", "this quotation mark is not closed"),
        ("#!/bin/sh\r\n#SBATCH -n 1\r\n:\r\n", "end as on DOS"),
        ("#SBATCH -n 1\n:\n", "does not begin with `#!`"),
    ] {
        let shown = shown(text, Language::Slurm);
        assert!(reading(text, Language::Slurm).failed() && shown.contains(part), "{text}\n{shown}");
    }
    let late = shown("#!/bin/sh\n#SBATCH -n 1\ndate\n#SBATCH -t 5\n", Language::Slurm);
    assert!(late.contains("stands behind a command and is not read"), "{late}");
    let nearly = shown("#!/bin/sh\n# SBATCH -n 1\ndate\n", Language::Slurm);
    assert!(nearly.contains("a directive begins with `#SBATCH`"), "{nearly}");
}

/// Older names, and numbers with zeros before them, are what sbatch takes too.
#[test]
fn other_spellings_are_understood() {
    let text = "#!/bin/sh\n#SBATCH --tasks-per-node=08 -N 02 -c 004\n#SBATCH --cluster=west\n:\n";
    let description = accepted(text, Language::Slurm);
    let (printed, losses) = law(&description, Language::Slurm, text);
    assert_eq!(losses, [""; 0], "{printed}");
    for part in ["--ntasks-per-node=8\n", "--nodes=2\n", "--cpus-per-task=4\n", "--cluster=west\n"] {
        assert!(printed.contains(part), "{part}{printed}");
    }
    assert!(!printed.contains("--tasks-per-node"), "{printed}");
    assert!(reading("#!/bin/sh\n#SBATCH -n 00\n:\n", Language::Slurm).failed());
}

#[test]
fn hostile_scripts_are_refused_or_understood() {
    let languages = [Language::Slurm, Language::Pbs, Language::GridEngine];
    let all = SLURM.iter().chain(&PBS).chain(&GRIDENGINE);
    for text in all {
        for language in languages {
            document::hostile(language, text, 15);
        }
    }
    let prefixes = ["#SBATCH ", "#PBS ", "#$ "];
    for (language, prefix) in languages.into_iter().zip(prefixes) {
        for part in [
            format!("-{}", "l".repeat(1_000_000)),
            "-N x ".repeat(5_000),
            format!("-l {}", "a=1,".repeat(5_000)),
            format!("-o {}", "%a$TASK_ID^array_index^".repeat(4_000)),
            "-a 0-999999999,1-999999999".to_string(),
            "-t 1-999999999,1-999999999".to_string(),
            format!("-t {}", "1-9,".repeat(5_000)),
            format!("--export={}", "A=1,".repeat(5_000)),
            format!("-v {}", "A=1,".repeat(5_000)),
            format!("-W {}", "a=1,".repeat(5_000)),
            "\"".repeat(1_000_000),
        ] {
            for text in [format!("#!/bin/sh\n{prefix}{part}\n:\n"), format!("#!/bin/sh\n{prefix}{part}")] {
                let started = std::time::Instant::now();
                document::check(language, text.as_bytes());
                let took = started.elapsed();
                assert!(took.as_secs() < 20, "{took:?}: {}", text.get(..60).unwrap_or(&text));
            }
        }
        let many = format!(
            "#!/bin/sh\n{}:\n{}",
            format!("{prefix}-N a\n").repeat(3_000),
            format!("{prefix}x\n").repeat(3_000)
        );
        document::check(language, many.as_bytes());
    }
}
