//! Every attribute of JDL that is known: its name, the part of a job that it says, and how it is read and printed.
//!
//! Reader and printer both walk this table. Sources: the EGEE JDL attributes document, CREAM's JDL guide, DIRAC's JDL
//! reference; AliEn's attributes are known by name.

use super::print::Printer;
use super::read::Reader;
use super::syntax::Entry;
use super::{application, places, sandbox};
use pelago_job::description::{Job, Range, Stdio, Text};

/// An attribute.
pub(super) struct Attribute {
    pub name: &'static str,
    /// Other names for the same, read and never printed.
    pub aliases: &'static [&'static str],
    /// The part, as a pointer from the job.
    pub part: &'static str,
    pub what: What,
}

/// How an attribute is read and printed.
pub(super) enum What {
    /// A text.
    Text(fn(&mut Job) -> &mut Option<Text>),
    /// A file for a stream.
    Stream(fn(&mut Job) -> &mut Option<Stdio>),
    /// A number.
    Number(fn(&mut Job) -> &mut Option<f64>),
    /// A number that a range is exactly.
    Exactly(fn(&mut Job) -> &mut Option<Range>),
    /// A yes or no.
    Flag(fn(&mut Job) -> &mut Option<bool>),
    /// An expression, kept as it is written.
    Expression(fn(&mut Job) -> &mut Option<Text>),
    /// A text or a list of them.
    Texts(fn(&mut Job) -> &mut Vec<Text>),
    /// It has functions of its own.
    Own(fn(&mut Reader<'_>, &Entry, &mut Job), fn(&mut Printer<'_>)),
    /// It is read and printed with another one.
    With,
    /// It says what kind of document this is, and is read before all others.
    Structure,
    /// The model has no place for it: kept.
    Keep,
    /// Kept, and it asks for nothing that the job would miss.
    Remark,
}

use What::*;

/// All attributes, in the order in which they are read and printed.
pub(super) static TABLE: &[Attribute] = &[
    row("Type", &[], "", Structure),
    row("JobType", &[], "/application/parallel/variation", Own(application::read_type, application::print_type)),
    row("Nodes", &[], "", Structure),
    row("Dependencies", &[], "", Structure),
    row("JobName", &["NodeName"], "/name", What::Text(|j| &mut j.name)),
    row("VirtualOrganisation", &["VirtualOrganization"], "/organisation", What::Text(|j| &mut j.organisation)),
    row(
        "Executable",
        &[],
        "/application/commands/0/executable",
        Own(application::read_command, application::print_command),
    ),
    row("Arguments", &[], "/application/commands/0/arguments", With),
    row("StdInput", &[], "/application/commands/0/input", Stream(|j| &mut application::first(j).input)),
    row("StdOutput", &[], "/application/commands/0/output", Stream(|j| &mut application::first(j).output)),
    row("StdError", &[], "/application/commands/0/error", Stream(|j| &mut application::first(j).error)),
    row("Prologue", &[], "/application/before", Own(application::read_before, application::print_before)),
    row("PrologueArguments", &[], "/application/before", With),
    row("Epilogue", &[], "/application/after", Own(application::read_after, application::print_after)),
    row("EpilogueArguments", &[], "/application/after", With),
    row(
        "Environment",
        &["ExecutionEnvironment"],
        "/application/environment",
        Own(application::read_environment, application::print_environment),
    ),
    row("InputSandbox", &[], "/staging", Own(sandbox::read_input, sandbox::print)),
    row("InputSandboxBaseURI", &[], "/staging", With),
    row("InputData", &[], "/staging", Own(sandbox::read_data, |_| ())),
    row("OutputSandbox", &[], "/staging", Own(sandbox::read_output, |_| ())),
    row("OutputSandboxDestURI", &[], "/staging", With),
    row("OutputSandboxBaseDestURI", &[], "/staging", With),
    row("OutputData", &[], "/staging", Own(sandbox::read_output_data, |_| ())),
    row(
        "CpuNumber",
        &["NodeNumber", "NumberOfProcessors"],
        "/resources/total_cpu_count",
        Exactly(|j| &mut j.resources.total_cpu_count),
    ),
    row("SMPGranularity", &[], "/resources/individual_cpu_count", Exactly(|j| &mut j.resources.individual_cpu_count)),
    row("HostNumber", &[], "/resources/total_resource_count", Exactly(|j| &mut j.resources.total_resource_count)),
    row("WholeNodes", &[], "/resources/exclusive", Flag(|j| &mut j.resources.exclusive)),
    row("GPUNumber", &[], "/resources/accelerators", Own(places::read_gpus, places::print_gpus)),
    row("GPUModel", &[], "/resources/accelerators", With),
    row("BatchSystem", &["LRMS_type"], "/resources/batch_system", What::Text(|j| &mut j.resources.batch_system)),
    row("QueueName", &[], "/resources/queue", What::Text(|j| &mut j.resources.queue)),
    row("Site", &[], "/resources/candidate_hosts", Own(places::read_sites, places::print_sites)),
    row("BannedSites", &["BannedSite"], "/resources/excluded_hosts", Texts(|j| &mut j.resources.excluded_hosts)),
    row("Tags", &["Tag"], "/resources/features", Texts(|j| &mut j.resources.features)),
    row("CPUTime", &["MaxCPUTime"], "/application/limits/cpu_time", Number(|j| &mut j.application.limits.cpu_time)),
    row("Requirements", &[], "/resources/requirements", Expression(|j| &mut j.resources.requirements)),
    row("Rank", &[], "/resources/rank", Expression(|j| &mut j.resources.rank)),
    row("RetryCount", &["NodeRetryCount"], "/policy/retries", Number(|j| &mut j.policy.retries)),
    row(
        "ShallowRetryCount",
        &["NodeShallowRetryCount"],
        "/policy/start_retries",
        Number(|j| &mut j.policy.start_retries),
    ),
    row("Priority", &[], "/policy/priority", What::Text(|j| &mut j.policy.priority)),
    row("ExpiryTime", &[], "/policy/deadline", What::Text(|j| &mut j.policy.deadline)),
    row("MyProxyServer", &[], "/policy/credential", Own(places::read_proxy, places::print_proxy)),
    row("UserTags", &[], "/annotations", Own(places::read_tags, places::print_tags)),
    // Asked for, with no place in the model.
    row("File", &["NodeFile"], "/node/reference", Structure),
    row("FuzzyRank", &[], "", Keep),
    row("CERequirements", &[], "", Keep),
    row("DataRequirements", &[], "", Keep),
    row("DataAccessProtocol", &[], "", Keep),
    row("OutputSE", &[], "", Keep),
    row("OutputPath", &[], "", Keep),
    row("StorageIndex", &[], "", Keep),
    row("ReplicaCatalog", &[], "", Keep),
    row("HLRLocation", &[], "", Keep),
    row("LBAddress", &[], "", Keep),
    row("JobProvenance", &[], "", Keep),
    row("SubmitTo", &[], "", Keep),
    row("ShortDeadlineJob", &[], "", Keep),
    row("PerusalFileEnable", &[], "", Keep),
    row("PerusalTimeInterval", &[], "", Keep),
    row("PerusalFilesDestURI", &[], "", Keep),
    row("PerusalListFileURI", &[], "", Keep),
    row("ListenerPort", &[], "", Keep),
    row("ListenerHost", &[], "", Keep),
    row("ListenerPipeName", &[], "", Keep),
    row("JobSteps", &[], "", Keep),
    row("CurrentStep", &[], "", Keep),
    row("JobState", &[], "", Keep),
    row("StepWeight", &[], "", Keep),
    row("PrejobFile", &[], "", Keep),
    row("PostjobFile", &[], "", Keep),
    row("PreJob", &[], "", Keep),
    row("PostJob", &[], "", Keep),
    row("MICNumber", &[], "", Keep),
    row("MinNumberOfProcessors", &[], "", Keep),
    row("MaxNumberOfProcessors", &[], "", Keep),
    row("MinRAM", &[], "", Keep),
    row("MaxRAM", &[], "", Keep),
    row("Platform", &[], "", Keep),
    row("SystemConfig", &[], "", Keep),
    row("GridCE", &[], "", Keep),
    row("JobConfigArgs", &[], "", Keep),
    row("Owner", &["OwnerName"], "", Keep),
    row("OwnerGroup", &[], "", Keep),
    row("Packages", &[], "", Keep),
    row("InputFile", &[], "", Keep),
    row("OutputFile", &[], "", Keep),
    row("Output", &[], "", Keep),
    row("OutputArchive", &[], "", Keep),
    row("OutputDir", &[], "", Keep),
    row("Split", &[], "", Keep),
    row("SplitMaxInputFileNumber", &[], "", Keep),
    row("SplitMaxInputFileSize", &[], "", Keep),
    row("SplitArguments", &[], "", Keep),
    row("TTL", &[], "", Keep),
    row("Price", &[], "", Keep),
    row("ValidationCommand", &[], "", Keep),
    row("MasterJobId", &[], "", Keep),
    row("MaxRunningNodes", &["max_running_nodes"], "", Keep),
    row("NodesCollocation", &[], "", Keep),
    row("DefaultNodeRetryCount", &[], "", Structure),
    row("DefaultNodeShallowRetryCount", &[], "", Structure),
    // Whose absence no job would notice.
    row("SignificantAttributes", &[], "", Remark),
    row("JobGroup", &[], "", Remark),
    row("LogLevel", &[], "", Remark),
    row("AllowZippedISB", &[], "", Remark),
    row("ZippedISB", &[], "", Remark),
    row("MwVersion", &[], "", Remark),
    row("MaxOutputSandboxSize", &[], "", Remark),
    row("JobTag", &[], "", Remark),
    row("Email", &[], "", Remark),
    row("Parameters", &[], "", Structure),
    row("ParameterStart", &[], "", Structure),
    row("ParameterStep", &[], "", Structure),
    row("ParameterFactor", &[], "", Structure),
];

const fn row(name: &'static str, aliases: &'static [&'static str], part: &'static str, what: What) -> Attribute {
    Attribute { name, aliases, part, what }
}

impl Attribute {
    /// Whether it is called so, in any case of letters.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// The attribute of this name.
pub(super) fn find(name: &str) -> Option<&'static Attribute> {
    TABLE.iter().find(|attribute| attribute.is(name))
}
