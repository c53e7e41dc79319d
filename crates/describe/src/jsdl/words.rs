//! The enumerations of JSDL 1.0, as the schema spells them.

/// Processors (`ProcessorArchitectureEnumeration`).
pub const ARCHITECTURES: &[&str] =
    &["sparc", "powerpc", "x86", "x86_32", "x86_64", "parisc", "mips", "ia64", "arm", "other"];

/// Kinds of file systems (`FileSystemTypeEnumeration`).
pub const FILE_SYSTEMS: &[&str] = &["swap", "temporary", "spool", "normal"];

/// What happens to files that are there (`CreationFlagEnumeration`), in the order of the model.
pub const CREATION: &[&str] = &["overwrite", "append", "dontOverwrite"];

/// Names of file systems that need no declaration (JSDL 1.0, section 6.4).
pub const WELL_KNOWN: &[&str] = &["HOME", "ROOT", "SCRATCH", "TMP"];

/// Operating systems (`OperatingSystemTypeEnumeration`, after CIM).
pub const SYSTEMS: &[&str] = &[
    "Unknown",
    "MACOS",
    "ATTUNIX",
    "DGUX",
    "DECNT",
    "Tru64_UNIX",
    "OpenVMS",
    "HPUX",
    "AIX",
    "MVS",
    "OS400",
    "OS_2",
    "JavaVM",
    "MSDOS",
    "WIN3x",
    "WIN95",
    "WIN98",
    "WINNT",
    "WINCE",
    "NCR3000",
    "NetWare",
    "OSF",
    "DC_OS",
    "Reliant_UNIX",
    "SCO_UnixWare",
    "SCO_OpenServer",
    "Sequent",
    "IRIX",
    "Solaris",
    "SunOS",
    "U6000",
    "ASERIES",
    "TandemNSK",
    "TandemNT",
    "BS2000",
    "LINUX",
    "Lynx",
    "XENIX",
    "VM",
    "Interactive_UNIX",
    "BSDUNIX",
    "FreeBSD",
    "NetBSD",
    "GNU_Hurd",
    "OS9",
    "MACH_Kernel",
    "Inferno",
    "QNX",
    "EPOC",
    "IxWorks",
    "VxWorks",
    "MiNT",
    "BeOS",
    "HP_MPE",
    "NextStep",
    "PalmPilot",
    "Rhapsody",
    "Windows_2000",
    "Dedicated",
    "OS_390",
    "VSE",
    "TPF",
    "Windows_R_Me",
    "Caldera_Open_UNIX",
    "OpenBSD",
    "Not_Applicable",
    "Windows_XP",
    "z_OS",
    "other",
];

/// What SPMD variations begin with (GFD.115).
pub const VARIATION: &str = "http://www.ogf.org/jsdl/2007/02/jsdl-spmd/";

/// Names of drafts and other systems, and what JSDL 1.0 has instead.
pub const RENAMED: &[(&str, &str)] = &[
    ("CPUCount", "`IndividualCPUCount` (of each host) or `TotalCPUCount`"),
    ("CPUTime", "`IndividualCPUTime` or `TotalCPUTime`"),
    ("CPUSpeed", "`IndividualCPUSpeed`"),
    ("PhysicalMemory", "`IndividualPhysicalMemory` (of each host) or `TotalPhysicalMemory`"),
    ("VirtualMemory", "`IndividualVirtualMemory` (of each host) or `TotalVirtualMemory`"),
    ("NetworkBandwidth", "`IndividualNetworkBandwidth`"),
    ("DiskSpace", "`IndividualDiskSpace`, `TotalDiskSpace`, or `DiskSpace` in a `FileSystem`"),
    ("ResourceCount", "`TotalResourceCount`"),
    ("HostName", "`CandidateHosts` with `HostName` elements in it"),
    ("OperatingSystemName", "`OperatingSystem` with `OperatingSystemType` in it, and the name in that"),
    ("CPUArchitectureName", "`CPUArchitecture` with `CPUArchitectureName` in it"),
    ("Min", "`LowerBoundedRange`"),
    ("Max", "`UpperBoundedRange`"),
];

/// Whether a text is an `xsd:NCName`, nearly: ASCII letters are told apart, others are taken as letters.
pub fn is_ncname(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic());
    let mut chars = text.chars();
    chars.next().is_some_and(letter) && chars.all(|c| letter(c) || c.is_ascii_digit() || ".-".contains(c))
}

/// A text made into an `xsd:NCName`: what may not stand there becomes `_`.
pub fn ncname(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let fits = is_ncname(&format!("a{c}"));
        if name.is_empty() && !is_ncname(&c.to_string()) {
            name.push('_');
        }
        match fits {
            true => name.push(c),
            false if name != "_" => name.push('_'),
            false => {}
        }
    }
    if name.is_empty() { "_".into() } else { name }
}
