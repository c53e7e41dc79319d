//! JDL: what is read, what is printed, and that reading what was printed gives the description less its losses.

mod document;

use pelago_describe::loss::essence;
use pelago_describe::{Language, Reading, Source, read};
use pelago_job::description::Description;
use std::path::PathBuf;

fn reading(text: &str) -> Reading {
    read(&Source::new("test.jdl", text), Some(Language::Jdl))
}

fn shown(text: &str) -> String {
    let source = Source::new("test.jdl", text);
    read(&source, Some(Language::Jdl)).render(&source, false)
}

fn accepted(text: &str) -> Description {
    match reading(text).said {
        Some(said) => said.description,
        None => panic!("{text}\n{}", shown(text)),
    }
}

/// Reading back what was printed gives the description less the losses; the losses are returned.
fn law(description: &Description, what: &str) -> (String, Vec<String>) {
    let printed = Language::Jdl.print(description).unwrap_or_else(|| panic!("no printer"));
    let again = reading(&printed.text);
    let Some(said) = again.said else {
        panic!("{what} is printed as\n{}\nand not read back:\n{}", printed.text, shown(&printed.text));
    };
    let (got, expected) = (essence(&said.description), printed.expected(description));
    let tell = |v: &serde_json::Value| serde_json::to_string_pretty(v).unwrap_or_default();
    assert!(
        got == expected,
        "{what}\n{}\nread back:\n{}\nexpected:\n{}\nlosses: {:#?}",
        printed.text,
        tell(&got),
        tell(&expected),
        printed.losses
    );
    (printed.text, printed.losses.iter().map(|loss| loss.part.clone()).collect())
}

/// Own documents, one for each thing that the language says.
const DOCUMENTS: [&str; 16] = [
    "Executable = \"/bin/date\";",
    "[ executable = \"tool\"; arguments = \"-a 'two words' \\\"x y\\\" plain\"; inputsandbox = {\"dir/tool\", \"gsiftp://h/d/data\"}; \
     InputSandboxBaseURI = \"gsiftp://h.example/base/\"; OutputSandbox = {\"out\", \"log*\"}; \
     OutputSandboxBaseDestURI = \"gsiftp://h.example/up\"; StdOutput = \"out\"; StdError = \"out\"; ]",
    "Executable = \"$TOOLS/run\"; Arguments = \"a\"; Environment = {\"A=1\", \"B = two\", \"C=\", \"PATH=.:$PATH\"};",
    "Executable = \"run.sh\"; Arguments = \"`date` > x && ls *.txt\"; Prologue = \"/bin/a\"; PrologueArguments = \"1 2\"; Epilogue = \"/bin/b\";",
    "JobType = \"Parametric\"; Executable = \"e\"; Arguments = \"_PARAM_ x_PARAM_y\"; Parameters = 12; ParameterStart = 2; \
     ParameterStep = 3; StdOutput = \"o_PARAM_\"; Requirements = other.Tag == \"_PARAM_\";",
    "JobType = \"Parametric\"; Executable = \"e\"; Parameters = {Alfa, beta, 42, \"two words\"}; Arguments = \"_PARAM_\"; StdError=\"_PARAM_.err\";",
    "Executable = \"e\"; Parameters = {\"a\", \"b\"}; Arguments = \"%s %n %j\"; JobName = \"n-%n\";",
    "Executable = \"e\"; Parameters = 12; ParameterStart = 1; ParameterStep = 2; Arguments = \"%s\"; StdOutput = \"%n.out\";",
    "Executable = \"e\"; Parameters = 3; Parameters.ID = {1, 2, 3}; Parameters.Data = {{/a/b, c}, {\"d\"}, {}}; \
     Arguments = \"-d %(Data)s -i %(ID)s\"; InputData = %(Data)s;",
    "Executable = \"e\"; Parameters = 4; ParameterStart = 1; ParameterStep = 1; ParameterFactor = 2; Arguments = \"%s\";",
    "[ Type = \"Job\"; JobType = {\"MPICH\"}; NodeNumber = 4; Executable = \"m\"; SMPGranularity = 2; WholeNodes = true; \
     GPUNumber = 2; GPUModel = \"K80\"; HostNumber = 2; Requirements = Member(\"MPICH\", other.GlueHostApplicationSoftwareRunTimeEnvironment) && \
     other.GlueCEInfoTotalCPUs >= 4; Rank = -other.GlueCEStateEstimatedResponseTime; RetryCount = 3; ShallowRetryCount = 0; \
     MyProxyServer = \"px.example\"; UserTags = [ a = \"1\"; b = \"x y\" ]; VirtualOrganisation = \"vo\"; FuzzyRank = true; \
     ExpiryTime = 1234567890; QueueName = \"long\"; BatchSystem = \"pbs\"; ]",
    "Executable = \"e\"; InputData = {\"lfn:/grid/vo/a\", \"guid:135-af\"}; DataAccessProtocol = {\"gsiftp\"}; \
     OutputData = { [OutputFile = \"r\"; LogicalFileName = \"lfn:/grid/vo/r\"; StorageElement = \"se.example\"], [OutputFile = \"s\"] }; \
     StorageIndex = \"https://index.example\";",
    "Executable = \"e\"; Site = {\"LCG.X\", \"LCG.Y\"}; BannedSites = \"LCG.Z\"; CPUTime = \"86400\"; JobGroup = group; LogLevel = DEBUG; \
     Tags = {\"WholeNode\"}; Priority = 5; OutputData = {\"LFN:/vo/x\"}; OutputSE = \"SE-1\"; JobType = User; Unheard = [ of = 1 ];",
    "[ Type = \"Collection\"; InputSandbox = {\"a\", \"b\"}; DefaultNodeRetryCount = 2; UserTags = [ n = \"1\" ]; Nodes = { [ NodeName = \"one\"; \
     Executable = \"x\"; InputSandbox = {root.InputSandbox[1]}; ], [ Executable = \"y\"; RetryCount = 1 ], [ File = \"z.jdl\" ] }; ]",
    "[ Type = \"dag\"; VirtualOrganisation = \"vo\"; nodes = [ a = [ description = [ Executable = \"x\"; ]; ]; b = [ file = \"b.jdl\"; ]; \
     c = [ Executable = \"z\" ]; dependencies = { {a, b}, { {a, b}, c } }; ]; ]",
    "[ Type = \"dag\"; nodes = [ a = [ Executable = \"x\" ]; ]; dependencies = {}; max_running_nodes = 3; ]",
];

#[test]
fn documents_come_back() {
    for text in DOCUMENTS {
        let description = accepted(text);
        let (printed, losses) = law(&description, text);
        assert!(losses.is_empty(), "{text}\n{printed}\n{losses:?}");
        law(&accepted(&printed), &printed);
    }
}

/// All files of the corpus that are in this language, with what is expected of each.
fn corpus() -> Option<Vec<(String, PathBuf)>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("PELAGO_CORPUS").map_or(beside, PathBuf::from);
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).ok()?;
    let rows = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    Some(rows.filter(|row| row.get(1) == Some(&"jdl")).map(|row| (row[0].to_string(), root.join(row[2]))).collect())
}

#[test]
fn files_of_the_corpus_are_understood_and_come_back() {
    let Some(rows) = corpus() else {
        eprintln!("NOT RUN: the corpus is not there; name its directory in PELAGO_CORPUS");
        return;
    };
    let mut count = 0;
    for (expect, path) in rows {
        let Ok(text) = std::fs::read_to_string(&path) else { panic!("{}", path.display()) };
        match expect.as_str() {
            "accept" => {
                let (printed, losses) = law(&accepted(&text), &text);
                assert!(losses.is_empty(), "{text}\n{printed}\n{losses:?}");
                count += 1;
            }
            "reject" => assert!(reading(&text).failed(), "{text}"),
            _ => drop(shown(&text)),
        }
    }
    eprintln!("{count} files of the corpus come back without a loss");
}

#[test]
fn hostile_documents_are_refused_or_understood() {
    for text in DOCUMENTS {
        document::hostile(Language::Jdl, text, 40);
    }
    for text in [
        "[".repeat(1_000_000),
        "{".repeat(1_000_000),
        format!("[ A = {}1{}; ]", "(".repeat(200_000), ")".repeat(200_000)),
        format!("[ Executable = \"e\"; Requirements = {}true; ]", "!".repeat(300_000)),
        format!("[ Executable = \"e\"; Requirements = 1{}; ]", " + 1".repeat(250_000)),
        format!("Executable = \"{}\";", "x".repeat(1_000_000)),
        format!("Executable = \"e\"; Arguments = \"{}\";", "a ".repeat(10_000)),
        format!("Executable = \"e\"; InputSandbox = {{{}}};", "\"f\",".repeat(3_000)),
        format!("Executable = \"e\";{}", "A = 1;\n".repeat(100_000)),
        format!("Executable = \"e\";{}", "A = 1\n".repeat(100_000)),
        format!("Executable = \"e\"{}", "\n".repeat(1_000_000)),
        format!("Executable = \"e\";{}", "/* ".repeat(300_000)),
        format!("Executable = \"e\"; Arguments = \"{}\"; Parameters = 3; ParameterStep = 1;", "%s%(".repeat(50_000)),
        "JobType = \"Parametric\"; Executable = \"_PARAM_\"; Parameters = 9000000000000000; ParameterStart = -9000000000000000;".into(),
        "Executable = \"%s\"; Parameters = 4000000000; ParameterStart = 1.5; ParameterFactor = 2;".into(),
        "Executable = \"%n\"; Parameters = 4000000000;".into(),
        format!("Type = \"Collection\"; InputSandbox = {{{}}}; Nodes = {{{}}};", "\"f\",".repeat(60_000), "[Executable=\"e\"],".repeat(20_000)),
        format!("Type = \"dag\"; Nodes = [{}]; Dependencies = {{{}}};", "a=[Executable=\"e\"];".repeat(20_000), "{a,a},".repeat(50_000)),
    ] {
        let started = std::time::Instant::now();
        document::check(Language::Jdl, text.as_bytes());
        let took = started.elapsed();
        assert!(took.as_secs() < 20, "{took:?} for {} bytes: {}", text.len(), text.get(..80).unwrap_or(&text));
    }
}

#[test]
fn names_are_words_and_texts_without_quotation_marks_have_none_inside() {
    for line in [
        "-Tide = \"high\"",
        "Ti-de = \"high\"",
        "2nd = 1",
        "Notes = [ tide = true \"high\"; ]",
        "Notes = { \"a\" \"b\" c }",
        "Notes = '\"a\"",
        "StdOutput = '\"a\"",
    ] {
        let text = format!("[ Executable = \"/bin/true\";\n{line};\n]");
        assert!(reading(&text).said.is_none(), "{line}");
    }
    accepted("Executable = \"/bin/true\"; Parameters = 2; Parameters.Tide = {high, low};");
}

#[test]
fn comments_may_stand_behind_values() {
    let text = "[ Executable = \"a\"; # the program = it\n Arguments = \"# none; 1\"; #two\n\
                InputSandbox = { # files }\n \"b\", # one ]\n \"c#d\" };\n]\n";
    let plain = "[ Executable = \"a\";\n Arguments = \"# none; 1\";\n InputSandbox = {\n \"b\",\n \"c#d\" };\n]\n";
    assert_eq!(accepted(text).jobs, accepted(plain).jobs);
    assert_eq!(shown(text).matches("stands behind something").count(), 1, "{}", shown(text));
    assert!(!shown(plain).contains("stands behind something"));
}

#[test]
fn jdl_is_recognised() {
    let of = |text: &str| Language::recognise(&Source::new("x", text));
    for text in DOCUMENTS {
        assert_eq!(of(text), Some(Language::Jdl), "{text}");
    }
    for text in [
        "executable = a\nqueue\n",
        "&(executable=a)",
        "{\n \"Executable\": \"a\" }",
        "JOB a a.sub\n",
        "[section]\nname = 1\n",
    ] {
        assert_ne!(of(text), Some(Language::Jdl), "{text}");
    }
}
