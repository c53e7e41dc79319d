//! Documents of our own wording, with what is written for them; empty where only the meaning counts.

/// Everything at once, for texts that are cut off or damaged.
pub const SEED: &str = r#"# one of each
universe = vanilla
name = wave
executable = bin/$(name).sh
n = 3
i = $(Process) * 2 + 1
arguments = "run '$(name) $(Process)' ""q"" $INT(i) $CHOICE(1,a,b,c) $SUBSTR(name,1,2)"
environment = "A=1 B='two words' C=$(Process)"
output = out/$(name).$(Cluster).$(Process).txt
error = $Fn(executable).$(ItemIndex).$(Step).err
log = all.log
request_memory = 2 GB
request_cpus = 2*2
request_gpus = 1
request_disk = 1.5G
requirements = Memory > 10 && \
    OpSys == "LINUX"
transfer_input_files = data/$(item), common/
transfer_output_files = a.txt, b.txt
transfer_output_remaps = "a.txt = r/a$(Process).txt"
+Project = "p$(Process)"
notes @=end
first
second
@end
if defined n
  getenv = PATH, HOME*
elif version >= 9.0.0
  hold = true
else
  hold = false
endif
queue $(n) item, second from [0:4:1] (
  one 1
  two 2 2
  three 3
)
arguments = last
queue 2 file matching files *.dat
queue x in (p, q r)
"#;

/// Name, text, what is written.
pub const DOCUMENTS: &[(&str, &str, &str)] = &[
    (
        "the slide's submit file",
        "Universe = vanilla\nExecutable = my_job\nLog = my_job.log\nInitialDir = run_$(Process)\n\
         ShouldTransferFiles = IF_NEEDED\nTransfer_input_files = dataset$(Process), common.data\n\
         Requirements = Memory >= 256 && Disk > 10000\nRank = (KFLOPS*10000) + Memory\nQueue 600\n",
        "executable = my_job\ninitialdir = run_$(Process)\nlog = my_job.log\n\
         requirements = Memory >= 256 && Disk > 10000\nrank = (KFLOPS*10000) + Memory\n\
         transfer_input_files = dataset$(Process), common.data\nshould_transfer_files = IF_NEEDED\nqueue 600\n",
    ),
    (
        "java",
        "Universe = java\nExecutable = scan.jar\njar_files = scan.jar,more.jar\narguments = org.example.Scan -15 9861.9\n\
         output = scan.$(PROCESS).out\nshould_transfer_files = YES\nwhen_to_transfer_output = ON_EXIT\nqueue\n",
        "universe = java\nexecutable = scan.jar\njar_files = scan.jar,more.jar\narguments = org.example.Scan -15 9861.9\n\
         output = scan.0.out\nshould_transfer_files = YES\nwhen_to_transfer_output = ON_EXIT\nqueue\n",
    ),
    (
        "items by columns",
        "executable = fit\narguments = --seed $(seed) --model $(model)\noutput = fit.$(model).$(Process).out\n\
         queue seed, model from (\n 11 linear\n 12 cubic\n)\n",
        "executable = fit\narguments = --seed $(seed) --model $(model)\noutput = fit.$(model).$(Process).out\n\
         queue seed,model from (\n    11 linear\n    12 cubic\n)\n",
    ),
    (
        "values that are several words",
        "executable = fit\nqueue arguments from (\n one 1\n two 2\n)\n",
        "executable = fit\narguments = $(value) $(value2)\nqueue value,value2 from (\n    one 1\n    two 2\n)\n",
    ),
    (
        "functions of items",
        "executable = conv\narguments = $(file)\noutput = $Fn(file).out\nqueue file in (a/x.dat, b/y.dat)\n",
        "",
    ),
    (
        "numbers in a format",
        "executable = e\noutput = o.$INT(Process,%03d)\nqueue 4\n",
        "executable = e\noutput = o.00$(Process)\nqueue 4\n",
    ),
    (
        "counting from another number",
        "executable = e\nseed = $(Process)*10 + 7\narguments = $INT(seed)\nqueue 50\n",
        "executable = e\narguments = $INT(seed)\nseed = 10 * $(Process) + 7\nqueue 50\n",
    ),
    (
        "a number of its own for each task",
        "executable = e\nrequest_memory = $(mem)\nrequest_cpus = 1\nqueue mem from (\n1 GB\n1024 MB\n2 GB\n)\n",
        "",
    ),
    (
        "several statements",
        "executable = a\noutput = $(Process).out\nqueue 2\nexecutable = b\nerror = e\nqueue 3\noutput =\nqueue\n",
        "",
    ),
    ("items and steps", "executable = a\narguments = $(Item) $(Step) $(Process)\nqueue 3 in (A,B)\n", ""),
    ("slices", "executable = a\narguments = $(x) $(Process)\nqueue x in [1:5:2] (a b c d e f)\n", ""),
    (
        "files that are looked for",
        "executable = a\narguments = $(file)\nqueue file matching *.dat input/*.txt\n",
        "executable = a\narguments = $(file)\nqueue file matching *.dat input/*.txt\n",
    ),
    ("items in a file", "executable = a\narguments = $(x) $(y)\nqueue 2 x,y from [1:] list.txt\n", ""),
    ("items of a command", "executable = a\ninput = $(f)\nqueue f from ls *.in |\n", ""),
    (
        "words in both syntaxes",
        "executable = a\narguments = one \\\"two\\\" it's\nenvironment = A=1;B=two words\nqueue\n",
        "executable = a\narguments = \"one \"\"two\"\" 'it''s'\"\nenvironment = \"A=1 'B=two words'\"\nqueue\n",
    ),
    (
        "what is filled later",
        "executable = a.$$(OpSys)\narguments = $ENV(HOME) $$([TARGET.Cpus*2]) $RANDOM_INTEGER(6,6) $(ARCH) $(DOLLAR)(x)\nqueue\n",
        "executable = a.$$(OpSys)\narguments = $ENV(HOME) $$([TARGET.Cpus*2]) $RANDOM_INTEGER(6,6) $(ARCH) $(DOLLAR)(x)\nqueue\n",
    ),
    (
        "a container",
        "container_image = docker://example/tool:1\nexecutable = run\narguments = x\nrequest_gpus = 2\n\
         gpus_minimum_memory = 4 GB\nrequest_licences = 3\n+Flavour = \"long\"\nqueue\n",
        "universe = container\ncontainer_image = docker://example/tool:1\nexecutable = run\narguments = x\n\
         request_gpus = 2\ngpus_minimum_memory = 4G\nrequest_licences = 3\n+Flavour = \"long\"\nqueue\n",
    ),
    ("a docker image", "universe = docker\ndocker_image = debian\nqueue\n", ""),
    ("parallel", "universe = parallel\nmachine_count = 8\nexecutable = mpi.sh\narguments = $(Node)\nqueue\n", ""),
    ("at the front end", "universe = scheduler\nexecutable = boss\nqueue\n", ""),
    ("a grid", "universe = grid\ngrid_resource = batch slurm\nexecutable = g\nbatch_queue = long\nqueue\n", ""),
    (
        "a virtual machine",
        "universe = vm\nvm_type = kvm\nvm_memory = 512\nvm_disk = d.qcow2:vda:w\nexecutable = v\nqueue\n",
        "",
    ),
    (
        "policy",
        "executable = a\nmax_retries = 3\nretry_until = ExitCode == 7\nsuccess_exit_code = 1\non_exit_hold = ExitBySignal\n\
         periodic_release = NumJobStarts < 3\npriority = $(Process)\nnice_user = true\nhold = True\n\
         concurrency_limits = disk, net:2\nnotification = complete\nnotify_user = ann@example.org\n\
         kill_sig = SIGINT\njob_max_vacate_time = 30\nallowed_execute_duration = 3600\ncron_minute = 0\ncron_hour = 3\n\
         deferral_time = 1893456000\ndeferral_window = 60\nx509userproxy = /tmp/proxy\naccounting_group = physics\n\
         batch_name = \"night\"\nleave_in_queue = JobStatus == 4\nqueue 2\n",
        "",
    ),
    (
        "macros that nothing uses",
        "executable = a\nunused = $(executable) x\nfoo = bar\nuses = $(foo)\noutput = $(uses).out\nqueue\n",
        "unused = $(executable) x\nexecutable = a\noutput = bar.out\nqueue\n",
    ),
    ("an include", "include : common.sub\nexecutable = $(program:a)\narguments = $(more)\nqueue\n", ""),
    (
        "definitions elsewhere",
        "use TEMPLATE : big\nexecutable = a\narguments = $(more) $(n:3) $(DOLLAR)x\nqueue $(n)\n",
        "use TEMPLATE : big\nexecutable = a\narguments = $(more) $(n:3) $x\nqueue\n",
    ),
    ("lists that go on", "executable = a\nx = 1\nx += 2\nx += 3\nx +,= 4\narguments = $(x)\nqueue\n", ""),
    ("no statement", "executable = a\noutput = o\n", "executable = a\noutput = o\nqueue\n"),
];
