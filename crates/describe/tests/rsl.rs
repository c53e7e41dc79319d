//! RSL in its three dialects: Globus RSL, NorduGrid's xRSL and InfoGram's requests.

mod document;

use document::said;
use pelago_describe::loss::essence;
use pelago_describe::{Language, Printed, Source, read};
use pelago_job::Description;
use pelago_job::description::{Occasion, Response, Starter};
use serde_json::{Value, json};

/// Tests of ARC's own parser (`XRSLParserTest.cpp`) that the corpus lists as good and that ARC asserts to be refused: each
/// stands there in a `CPPUNIT_ASSERT(!PARSER.Parse(…))`. The last one is a Python program with a request in it. Of what ARC
/// refuses, notices and transfer hints are taken here with a warning: the job is clear without them.
const REFUSED_BY_ARC: [&str; 5] = [
    "TestJoin_2.xrsl",
    "TestGridTime_4.xrsl",
    "TestParallelAttributes_5.xrsl",
    "TestParallelAttributes_7.xrsl",
    "basic_job_submission.py",
];

#[test]
fn real_files() {
    let mut wrong = document::disagreements(Language::Rsl);
    wrong.extend(document::disagreements(Language::Xrsl));
    let first = |text: &String| text.lines().next().unwrap_or_default().to_string();
    wrong.retain(|text| !REFUSED_BY_ARC.iter().any(|name| first(text).contains(name)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a text says, where it is good.
fn told(language: Language, text: &str) -> Description {
    said(language, "a", text).unwrap_or_else(|errors| panic!("{text}\n{errors}")).description
}

/// A part of what a text says.
fn part(language: Language, text: &str, pointer: &str) -> Value {
    essence(&told(language, text)).pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// All that is printed about a text that is refused.
fn refused(language: Language, text: &str) -> String {
    said(language, "a", text).err().unwrap_or_else(|| panic!("it is taken: {text}"))
}

/// All that is printed about a text that is taken.
fn warned(language: Language, text: &str) -> String {
    let source = Source::new("a", text);
    let reading = read(&source, Some(language));
    let shown = reading.render(&source, false);
    assert!(!reading.failed(), "{text}\n{shown}");
    shown
}

fn printed(language: Language, description: &Description) -> Printed {
    let printed = language.print(description).unwrap_or_else(|| panic!("{language} is not printed"));
    let again = told(language, &printed.text);
    assert_eq!(printed.expected(description), essence(&again), "{}", printed.text);
    printed
}

/// A text printed in the language that it is in: without losses.
fn same(language: Language, text: &str) -> String {
    let printed = printed(language, &told(language, text));
    assert_eq!(printed.losses, [], "{text}");
    printed.text
}

/// A text in another language, with the parts that got lost or changed.
fn translated(from: Language, text: &str, to: Language) -> (String, Vec<String>) {
    let printed = printed(to, &told(from, text));
    let parts = printed.losses.iter().map(|loss| loss.part.clone()).collect();
    (printed.text, parts)
}

const GLOBUS: &str = "&(rsl_substitution = (DATA gsiftp://store.example/in) (SET $(DATA)/7))
 (executable = $(GLOBUSRUN_GASS_URL) # /users/ann/model)
 (arguments = -v 'two words' $(HOME)/conf \"say \"\"yes\"\"\" ^%50%%%)
 (stdin = $(SET)/start)
 (stdout = $(GLOBUSRUN_GASS_URL) # /dev/stdout)
 (stderr = (x-gass-cache://errors run-7) ($(SCRATCH_DIRECTORY) # /errors))
 (scratch_dir = $(HOME))
 (directory = $(SCRATCH_DIRECTORY))
 (environment = (STEPS 12) (USER $(LOGNAME)))
 (count = 8)(jobType = mpi)(host_count = 2)
 (maxWallTime = 90)(max_memory = 512)
 (file_stage_in = ($(DATA)/grid grid.nc) ($(GLOBUSRUN_GASS_URL)/./site.cfg site.cfg))
 (file_stage_in_shared = (http://www.example/coast.nc coast.nc))
 (file_stage_out = (result.nc $(DATA)/result.nc))
 (file_clean_up = grid.nc scratch.tmp)
 (email_address = ann@example.org)(email_on_abort = yes)
 (save_state = yes)(two_phase = 60)(condor_submit = (nice_user true))";

#[test]
fn a_globus_request_says_what_it_said() {
    let text = same(Language::Rsl, GLOBUS);
    assert_eq!(
        text,
        r#"&(executable = $(GLOBUSRUN_GASS_URL) # /users/ann/model)
 (arguments = -v "two words" $(HOME) # /conf "say ""yes""" "50%")
 (directory = $(SCRATCH_DIRECTORY))
 (environment = (STEPS 12) (USER $(LOGNAME)))
 (stdin = gsiftp://store.example/in/7/start)
 (stdout = ($(GLOBUSRUN_GASS_URL) # /dev/stdout))
 (stderr = (x-gass-cache://errors run-7) ($(SCRATCH_DIRECTORY) # /errors))
 (job_type = mpi)
 (count = 8)
 (host_count = 2)
 (max_wall_time = 90)
 (max_memory = 512)
 (scratch_dir = $(HOME))
 (file_stage_in = (gsiftp://store.example/in/grid grid.nc) ($(GLOBUSRUN_GASS_URL) # /./site.cfg site.cfg))
 (file_stage_in_shared = (http://www.example/coast.nc coast.nc))
 (file_stage_out = (result.nc gsiftp://store.example/in/result.nc))
 (file_clean_up = grid.nc scratch.tmp)
 (email_address = "ann@example.org")
 (email_on_abort = yes)
 (save_state = yes)
 (two_phase = 60)
 (condor_submit = (nice_user true))
"#
    );
    assert_eq!(same(Language::Rsl, &text), text);
}

#[test]
fn a_globus_request_means_what_the_model_says() {
    let of = |pointer: &str| part(Language::Rsl, GLOBUS, pointer);
    assert_eq!(of("/jobs/0/application/commands/0/executable"), json!({"text": "model"}));
    assert_eq!(of("/jobs/0/application/commands/0/arguments/2"), json!({"text": "conf", "filesystem": "HOME"}));
    assert_eq!(of("/jobs/0/application/commands/0/arguments/4/text"), json!("50%"));
    assert_eq!(of("/jobs/0/application/commands/0/directory"), json!({"text": ".", "filesystem": "SCRATCH"}));
    assert_eq!(of("/jobs/0/application/commands/0/output"), json!({"path": "stdout", "stream": true}));
    assert_eq!(of("/jobs/0/application/limits/wall_time"), json!(5400.0));
    assert_eq!(of("/jobs/0/application/limits/memory"), json!(536870912.0));
    assert_eq!(of("/jobs/0/application/parallel"), json!({"variation": "MPI", "processes": "8"}));
    // A file that globusrun serves is a file at the user's side.
    assert_eq!(
        of("/jobs/0/staging/0"),
        json!({"file": "model", "source": {"uri": "/users/ann/model"}, "executable": true, "delete_on_termination": true})
    );
    assert_eq!(of("/jobs/0/staging/3/source/uri"), json!("site.cfg"));
    assert_eq!(of("/jobs/0/staging/2/delete_on_termination"), json!(true));
    assert_eq!(of("/jobs/0/policy/notices/0"), json!({"on": ["failure"], "to": ["ann@example.org"]}));
    // Which names in texts are variables is kept beside them, and is a loss in languages without them.
    let kept = told(Language::Rsl, GLOBUS).jobs[0].extensions.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    assert_eq!(kept, ["savestate", "twophase", "condorsubmit", "variable", "variable", "variable"]);
}

#[test]
fn words_are_cut_as_globus_cuts_them() {
    let arguments = |text: &str| {
        let text = format!("&(executable=e)(arguments={text})");
        part(Language::Rsl, &text, "/jobs/0/application/commands/0/arguments")
    };
    let words = |words: &[&str]| Value::Array(words.iter().map(|word| json!({"text": word})).collect());
    assert_eq!(arguments("a+b c&d (* a comment *) e|f"), words(&["a+b", "c&d", "e|f"]));
    assert_eq!(arguments("'it''s' \"a\nb\" ^/x//y/"), words(&["it's", "a\nb", "x/y"]));
    assert_eq!(arguments("a # 'b' # c d"), words(&["abc", "d"]));
    assert_eq!(arguments("\"\" '#'"), words(&["", "#"]));
    let joined =
        "&(rsl_substitution=(A x)(B $(A)y))(executable=e)(arguments=p$(A)q$(B)$(A) 'r'$(A) $(N 5)/t $($(C A)))";
    let found = part(Language::Rsl, joined, "/jobs/0/application/commands/0/arguments");
    assert_eq!(found, words(&["pxqxyx", "r", "x", "5/t", "x"]));
    // ARC joins whatever touches.
    let arc = "&(rslsubstitution=(A x))(executable=e)(arguments='r'$(A)\"s\" a*b~?)";
    let found = part(Language::Xrsl, arc, "/jobs/0/application/commands/0/arguments");
    assert_eq!(found, words(&["rxs", "a*b~?"]));
}

#[test]
fn requests_for_several_jobs_and_with_alternatives() {
    let text = "+(&(executable=a)(label=\"one 1\")(resourceManagerContact=host.example/jobmanager-pbs))
                 (&(rsl_substitution=(X b))(executable=$(X)))(+(&(executable=c)))";
    assert_eq!(
        same(Language::Rsl, text),
        "+(&(label = \"one 1\")\n   (executable = a)\n   (resourceManagerContact = host.example/jobmanager-pbs))\n \
         (&(executable = b))\n (&(executable = c))\n"
    );
    // A variable of one request is none of the next.
    let scopes = "+(&(rsl_substitution=(X b))(executable=$(X)))(&(executable=$(X)))";
    assert!(refused(Language::Rsl, scopes).contains("nothing defines `X`"));
    assert!(refused(Language::Rsl, "&(executable=a)(+(&(executable=b)))").contains("`+` can only stand at the top"));

    let text = "&(executable=run)(|(&(queue=fast)(cputime=10))(queue=slow)(|(queue=p)(queue=q)))(memory=64)";
    let job = told(Language::Xrsl, text);
    assert_eq!(part(Language::Xrsl, text, "/jobs/0/resources/queue"), json!("fast"));
    let printed = same(Language::Xrsl, text);
    assert_eq!(
        printed,
        "&(executable = run)\n (memory = 64)\n (|(&(queue = fast)(cputime = 10))(queue = slow)(|(queue = p)(queue = q)))\n"
    );
    // Where the job says something else by now, the alternatives to what it said are a loss.
    let mut changed = job.clone();
    changed.jobs[0].resources.queue = Some("other".into());
    let lost = Language::Xrsl.print(&changed).map(|printed| printed.losses).unwrap_or_default();
    assert!(lost.iter().all(|loss| loss.part.starts_with("/jobs/0/extensions")) && !lost.is_empty(), "{lost:?}");
    assert!(warned(Language::Rsl, "&(executable=a)(|(count=1)(count=2))").contains("GRAM takes no `|`"));
}

const NORDUGRID: &str = "&(executable = run.sh)(arguments = 1 \"a b\")(jobname = \"run 7\")
 (inputFiles = (run.sh \"\") (data 'http://www.example;cache=no;threads=4/data')
   (set lfc://cat.example/set \"location=gsiftp://a.example/set\" 'threads=2' \"location=gsiftp://b.example/set\"))
 (executables = run.sh)(outputfiles = (result \"\") (log gsiftp://store.example/log 'checksum=md5') (logs/ \"\"))
 (stdout = out)(join = yes)(gmlog = logs)(count = 8)(countpernode = 4)(exclusiveexecution = TRUE)
 (cputime = 2 hours)(walltime = \"90 minutes, 30 seconds\")(memory = 2000)(disk = 500)(rerun = 3)(priority = 80)
 (runtimeenvironment >= \"APPS/NC-4.1-2\" netcdf)(runtimeenvironment = ENV/PROXY)(opsys = linux-5)(opsys != linux-4)
 (architecture = x86_64)(nodeaccess = outbound)(queue != old)(queue = short)(lifetime = 3 days)
 (starttime = \"2031-05-01 10:00\")(notify = \"bed ann@example.org\")(environment = (A \"b c\"))(flavour = sweet)";

#[test]
fn a_nordugrid_request_says_what_it_said() {
    let text = NORDUGRID.replace("2 hours", "\"2 hours\"").replace("3 days", "\"3 days\"");
    let printed = same(Language::Xrsl, &text);
    assert_eq!(
        printed,
        r#"&(executable = run.sh)
 (arguments = 1 "a b")
 (stdout = out)
 (join = yes)
 (jobname = "run 7")
 (environment = (A "b c"))
 (inputfiles = (run.sh "") (data http://www.example/data "cache=no" "threads=4") (set lfc://cat.example/set "location=gsiftp://a.example;threads=2/set" "location=gsiftp://b.example/set"))
 (executables = run.sh)
 (outputfiles = (result "") (log gsiftp://store.example/log "checksum=md5") (logs/ ""))
 (count = 8)
 (countpernode = 4)
 (exclusiveexecution = yes)
 (cputime = 120)
 (walltime = "5430 seconds")
 (lifetime = 4320)
 (starttime = "2031-05-01 10:00")
 (memory = 2000)
 (disk = 500)
 (architecture = x86_64)
 (opsys = linux-5)
 (runtimeenvironment >= APPS/NC-4.1-2 netcdf)
 (runtimeenvironment = ENV/PROXY)
 (nodeaccess = outbound)
 (queue = short)
 (rerun = 3)
 (priority = 80)
 (notify = "be ann@example.org")
 (gmlog = logs)
 (opsys != linux-4)
 (queue != old)
 (notify = "d ann@example.org")
 (flavour = sweet)
"#
    );
    let of = |pointer: &str| part(Language::Xrsl, &text, pointer);
    assert_eq!(
        of("/jobs/0/resources/software/0"),
        json!({"name": "APPS/NC", "version": "4.1-2", "relation": ">=", "options": ["netcdf"]})
    );
    assert_eq!(of("/jobs/0/staging/1/cache"), Value::Null, "`no` is false, which says nothing in a tree");
    assert_eq!(of("/jobs/0/application/commands/0/error"), json!({"path": "out"}));
    assert_eq!(of("/jobs/0/resources/operating_systems"), json!([{"name": "LINUX", "version": "5"}]));
    let notice = &told(Language::Xrsl, &text).jobs[0].policy.notices[0];
    assert_eq!(notice.on, [Occasion::Preparing, Occasion::Success, Occasion::Failure]);
    assert!(warned(Language::Xrsl, &text).contains("ARC knows no `flavour` and ignores it"));
}

#[test]
fn nordugrid_refuses_what_arc_refuses() {
    let refuses = |clauses: &str, message: &str| {
        let shown = refused(Language::Xrsl, &format!("&(executable=a){clauses}"));
        assert!(shown.contains(message), "{clauses}\n{shown}");
    };
    refuses("(executable=b)", "`executable` is said twice");
    refuses("(stderr=e)(join=yes)", "`join` sends standard error to where standard output goes");
    refuses("(stdout=o)(stderr=e)(join=yes)", "contradict each other");
    refuses("(gridtime=10)(walltime=3)", "`gridtime` and `walltime` cannot be said together");
    refuses("(countpernode=2)", "`countpernode` needs a `count`");
    refuses("(count=eight)", "`count` takes a whole number from 1 on, found `eight`");
    refuses("(exclusiveexecution=perhaps)", "`exclusiveexecution` takes `yes` or `no`");
    refuses("(inputfiles=(a))", "`a` has no second word");
    refuses("(inputfiles=a b)", "takes files in brackets");
    refuses("(environment=(A))", "`environment` takes pairs in brackets, found 1 word in brackets");
    refuses("(queue>=fast)", "`queue` takes `=` or `!=`, found `>=`");
    refuses("(action=cancel)", "`--language infogram`");
    refuses("(runtimeenvironment=)", "needs the name");
    let taken = |clauses: &str, message: &str| {
        let shown = warned(Language::Xrsl, &format!("&(executable=a){clauses}"));
        assert!(shown.contains(message), "{clauses}\n{shown}");
    };
    // What the job is does not depend on these.
    taken("(inputfiles=(a http://h.example/a fast))", "`fast` is no option of a URL");
    taken("(inputfiles=(in1 \"\"))(executables=inn1)", "did you mean `in1`?");
    taken("(ftpthreads=20)", "from 1 to 10");
    taken("(notify=\"z ann@example.org\")", "`z` is no flag of a notice");
    taken("(notify=be)", "`be` has no mail address");
    taken("(maxwalltime=5)", "is of Globus RSL: ARC ignores it");
    taken("(jobnme=x)", "did you mean `jobname`?");
    taken("(arguments=$(X))", "nothing defines `X`: ARC puts nothing there");
    taken("(jobid=1)(jobid=2)", "`jobid` is said twice: the last counts");
    assert_eq!(same(Language::Xrsl, "&(executable=a)(jobid=1)(jobid=2)"), "&(executable = a)\n (jobid = 2)\n");
    taken("(memory>=5)", "`memory` takes only `=`, found `>=`");
    taken("(cputime=soon)", "`cputime` takes a time, found `soon`");
    taken("(cluster=c.example)", "ARC does not support `cluster` any more");
}

#[test]
fn globus_refuses_what_gram_refuses() {
    let refuses = |text: &str, message: &str| {
        let shown = refused(Language::Rsl, text);
        assert!(shown.contains(message), "{text}\n{shown}");
    };
    let clause = |clause: &str, message: &str| refuses(&format!("&(executable=a){clause}"), message);
    refuses("&(arguments=x)", "the request has no `executable`");
    refuses("(executable=a)(count=2)", "write `&` before it");
    refuses("&(executable=a", "expected `)`, found the end of the text");
    refuses("&(executable=a))", "there are more `)` than `(`");
    refuses("&(executable=)", "`executable` has no value");
    refuses("&(executable='a)", "the quote `'` is not closed");
    refuses("(* no end", "the comment is not closed");
    refuses("&(executable=~/a)", "your home directory is `$(HOME)/a`");
    refuses("&(executable=$HOME/a)", "expected `(` after `$`");
    refuses("", "there is no request in the text");
    clause("(maxwaltime=5)", "did you mean `maxwalltime`?");
    clause("(count=0)", "`count` takes a whole number from 1 on, found `0`");
    clause("(max_time=1.5)", "`max_time` takes a whole number from 0 on");
    clause("(max_time<=5)", "`max_time` takes only `=`, found `<=`");
    clause("(jobtype=MPI)", "did you mean `mpi`?");
    clause("(queue=a b)", "`queue` takes one word, found 2 values");
    clause("(arguments=(a b))", "`arguments` takes words, found a sequence in brackets");
    clause("(stdout=a b)", "takes a file or URL");
    clause("(environment=(A b c))", "found 3 values in brackets");
    clause("(directory=$(NOWHERE))", "nothing defines `NOWHERE`");
    clause("(arguments=$(HOM))", "did you mean `HOME`?");
    clause("(loglevel=DEBUG|TRCE)", "did you mean `TRACE`?");
    clause("(two_phase=perhaps)", "`two_phase` takes a whole number");
    clause("(stdout_position=0)", "is only for restarting a job manager");
    refuses("&(restart=https://host.example/1)(count=2)", "cannot stand beside `restart`");
    let restart = "&(restart=https://host.example:2119/1/)(stdout=$(GLOBUSRUN_GASS_URL)/o)(stdout_position=0)";
    assert!(same(Language::Rsl, restart).contains("(restart = https://host.example:2119/1/)"));
    assert_eq!(same(Language::Rsl, "&(executable=a)(stdin=\"\")(stdout='')"), "&(executable = a)\n");
    let client = "&(executable=a)(stdout=$(MY_SERVER)/out)";
    assert!(warned(Language::Rsl, client).contains("nothing defines `MY_SERVER`: the client that submits has to"));
    assert_eq!(same(Language::Rsl, client), "&(executable = a)\n (stdout = ($(MY_SERVER) # /out))\n");
}

/// The requests of seed 004, without a job or with one.
#[test]
fn infogram_asks_and_runs() {
    let queries = |text: &str| part(Language::Infogram, text, "/queries");
    assert_eq!(queries("&(info=Memory)(info=CPU)"), json!([{"keywords": ["Memory", "CPU"]}]));
    assert_eq!(queries("(info=Memory)(info=CPU)"), json!([{"keywords": ["Memory", "CPU"]}]));
    assert_eq!(queries("&(info=schema)"), json!([{"keywords": ["schema"]}]));
    let responses = [("immediate", Response::Immediate), ("cached", Response::Cached), ("last", Response::Last)];
    for (word, response) in responses {
        let text = format!("&(info=CPULoad)(response={word})");
        assert_eq!(told(Language::Infogram, &text).queries[0].response, Some(response));
        assert_eq!(same(Language::Infogram, &text), format!("&(info = CPULoad)\n (response = {word})\n"));
    }
    assert_eq!(
        queries("&(info=CPULoad)(response=cached)(quality=80)(performance=yes)"),
        json!([{"keywords": ["CPULoad"], "response": "cached", "quality": "80", "performance": ["CPULoad"]}])
    );
    assert_eq!(
        same(Language::Infogram, "&(info=Memory)(filter=\"Memory:total\")(format=xml)"),
        "&(info = Memory)\n (filter = Memory:total)\n (format = xml)\n"
    );
    let limits = |text: &str| part(Language::Infogram, text, "/jobs/0/application/limits/wall_time");
    assert_eq!(limits("&(executable=command)(timeout=1500)(action=cancel)"), json!(1.5));
    assert_eq!(limits("(executable=command)(timeout=1500)(action=exception)"), Value::Null);
    assert_eq!(
        same(Language::Infogram, "&(executable=command)(timeout=1500)(action=exception)"),
        "&(executable = command)\n (timeout = 1500)\n (action = exception)\n"
    );
    let archive = told(Language::Infogram, "&(executable=analysis.jar)");
    let launcher = &archive.jobs[0].application.launcher;
    assert_eq!((launcher.kind, &launcher.main_class), (Some(Starter::Java), &None));
    let mixed = "+(&(executable=/bin/date))(&(info=CPULoad))(&(executable=/bin/ls))(&(schema=CPU))(&(info=all))";
    assert_eq!(
        queries(mixed).as_array().map(|all| all.iter().map(|q| q["after"].clone()).collect::<Vec<_>>()),
        Some(vec![json!(1), json!(2), json!(2)])
    );
    assert_eq!(
        same(Language::Infogram, mixed),
        "+(&(executable = /bin/date))\n (&(info = CPULoad))\n (&(executable = /bin/ls))\n (&(schema = CPU))\n (&(info = all))\n"
    );
    let refuses = |text: &str, message: &str| {
        let shown = refused(Language::Infogram, text);
        assert!(shown.contains(message), "{text}\n{shown}");
    };
    refuses("&(info=CPU)(executable=a)", "a request either asks or runs a job");
    refuses("&(info=CPU)(response=cashed)", "did you mean `cached`?");
    refuses("&(info=CPU)(quality=130)", "from 0 to 100");
    refuses("&(info=CPU)(fromat=xml)", "did you mean `format`?");
    refuses("&(response=last)", "the question names no keyword");
    assert!(warned(Language::Infogram, "&(info=a)(response=immediate)(quality=5)").contains("measured anew"));
}

#[test]
fn the_dialect_is_recognised() {
    let of = |name: &str, text: &str| Language::recognise(&Source::new(name, text)).map(Language::name);
    assert_eq!(of("x", GLOBUS), Some("rsl"));
    assert_eq!(of("x", NORDUGRID), Some("xrsl"));
    assert_eq!(of("x.rsl", NORDUGRID), Some("xrsl"));
    let both = "(* c *) & (executable=/bin/echo)(count=8)";
    assert_eq!((of("x", both), of("x.rsl", both), of("x.xrsl", both)), (Some("rsl"), Some("rsl"), Some("xrsl")));
    for text in [
        "&(info=Memory)",
        "(info=a)(info=b)",
        "+(&(info=CPU))(&(executable=a))",
        "(executable=c)(timeout=1)(action=cancel)",
    ] {
        assert_eq!(of("x.xrsl", text), Some("infogram"), "{text}");
    }
    for text in [
        "[ Type = \"Job\"; ]",
        "executable = a\nqueue\n",
        "+Group = 1",
        "#!/bin/sh\n(a=b)",
        "{}",
        "& x",
        "(a) b",
        "<job/>",
    ] {
        assert!(!matches!(of("x", text), Some("rsl" | "xrsl" | "infogram")), "{text}");
    }
}

#[test]
fn dialects_become_each_other() {
    let (text, lost) = translated(
        Language::Xrsl,
        "&(executable=run)(jobname=n)(walltime=90)(count=4)(stdout=o)(join=yes)(outputfiles=(r gsiftp://s.example/r))(cache=no)",
        Language::Rsl,
    );
    assert_eq!(
        text,
        "&(name = n)\n (executable = run)\n (stdout = o)\n (stderr = o)\n (job_type = single)\n (count = 4)\n \
         (file_stage_out = (r gsiftp://s.example/r))\n"
    );
    assert_eq!(lost, ["/jobs/0/resources/wall_time"]);
    let (text, lost) = translated(
        Language::Rsl,
        "&(executable=$(HOME)/run)(max_wall_time=90)(count=4)(project=p)(file_stage_in=(http://h.example/a a))",
        Language::Xrsl,
    );
    assert_eq!(text, "&(executable = run)\n (inputfiles = (a http://h.example/a))\n (count = 4)\n (walltime = 90)\n");
    assert!(lost.contains(&"/jobs/0/application/commands/0/executable/filesystem".to_string()), "{lost:?}");
    assert!(lost.contains(&"/jobs/0/projects".to_string()), "{lost:?}");
    // What InfoGram adds is a loss in plain RSL, but for the time limit, which has a coarser word there.
    let (text, lost) =
        translated(Language::Infogram, "+(&(info=CPU))(&(executable=a)(timeout=1500)(action=cancel))", Language::Rsl);
    assert_eq!(text, "&(executable = a)\n (max_wall_time = 1)\n");
    assert_eq!(lost, ["/queries/0/keywords", "/jobs/0/application/limits/wall_time"]);
}

#[test]
fn hostile_texts() {
    let flips = std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let infogram = "+(&(info=CPU)(response=last)(filter=a b))(&(executable=a.jar)(timeout=5)(action=exception))";
    for text in [GLOBUS, NORDUGRID, infogram, "+(&(executable=a)(|(count=1)(count=$(X 2))))(|(&(a!=b))(c<=d))"] {
        for language in [Language::Rsl, Language::Xrsl, Language::Infogram] {
            document::hostile(language, text, flips);
        }
    }
}

/// A quadratic reader would take hours on these.
#[test]
fn long_and_deep_texts_take_no_longer_than_their_length() {
    let parts = [
        "(", ")", "&(", "$(", "$($(", "a#", "a ", "'", "\"\"", "(*", "(**)", "^", "(a=b)", "(a (b ", "+(", "|(", "\r",
        "$(a)",
    ];
    for head in ["&(executable=a)(arguments=", "&(rsl_substitution=(a ", "&", "+(&(executable=a))", ""] {
        for part in parts {
            let text = format!("{head}{}", part.repeat(20_000 / part.len()));
            for language in [Language::Rsl, Language::Xrsl, Language::Infogram] {
                document::check(language, text.as_bytes());
            }
        }
    }
    let files: String = (0..20_000).map(|n| format!("(f{n} http://h.example/{n})")).collect();
    let names: String = (0..20_000).map(|n| format!(" f{n}")).collect();
    document::check(Language::Xrsl, format!("&(executable=a)(inputfiles={files})(executables={names})").as_bytes());
    let places = "(http://h.example/o)".repeat(10_000);
    document::check(Language::Rsl, format!("&(executable=a)(stdout={places})(stderr={places})").as_bytes());
    let kept: String = (0..10_000).map(|n| format!("(a{n}=x)(jobid=y)")).collect();
    document::check(Language::Xrsl, format!("&(executable=a)(|(&{kept}))").as_bytes());
    let jobs = "(&(executable=a)(count=2))".repeat(5_000);
    document::check(Language::Rsl, format!("+{jobs}").as_bytes());
    // Each name is twice the one before.
    let bomb: String = (1..60).map(|n| format!("(v{n} $(v{})$(v{}))", n - 1, n - 1)).collect();
    let text = format!("&(rsl_substitution=(v0 0123456789){bomb})(executable=$(v59))");
    assert!(refused(Language::Rsl, &text).contains("the substitutions make more than"));
    document::check(Language::Rsl, "a".repeat(1_000_000).as_bytes());
    document::check(Language::Rsl, format!("&(executable='{}')", "a".repeat(1_000_000)).as_bytes());
}

#[test]
fn definitions_are_joined_as_the_specification_does() {
    let text = "&(rsl_substitution=(TOP /srv)(DATA $(TOP)\"/my data\"))(executable=$(DATA)/run)";
    assert_eq!(part(Language::Rsl, text, "/jobs/0/application/commands/0/executable/text"), json!("/srv/my data/run"));
    assert!(warned(Language::Rsl, text).contains("only where `#` stands between them"));
    let apart = text.replace("$(TOP)\"", "$(TOP) \"");
    assert!(refused(Language::Rsl, &apart).contains("a substitution is a pair"));
}

#[test]
fn hosts_may_have_properties_of_pbs() {
    let text = "&(executable=a)(host_count=\"2:ia64:big\")";
    assert!(warned(Language::Rsl, text).contains("a property of the 2 hosts"));
    assert_eq!(same(Language::Rsl, text), "&(executable = a)\n (host_count = 2:ia64:big)\n");
    for wrong in ["0:big", "big", "2:", "2::big", "2:(", "-1"] {
        let text = format!("&(executable=a)(host_count=\"{wrong}\")");
        assert!(refused(Language::Rsl, &text).contains("takes a whole number from 1 on"), "{wrong}");
    }
}
