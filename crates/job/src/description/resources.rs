//! What a job asks of the machines that run it. Everything present must be satisfied together (JSDL 1.0).

use super::{Range, Text};
use serde::Serialize;

/// The resources of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// Hosts, clusters or sites; the job runs on some of these.
    pub candidate_hosts: Vec<Text>,
    /// Hosts or sites that it must not run on.
    pub excluded_hosts: Vec<Text>,
    /// File systems that paths refer to by name.
    pub filesystems: Vec<FileSystem>,
    /// Nothing else may run on the hosts.
    pub exclusive: Option<bool>,
    /// The operating system; several are alternatives.
    pub operating_systems: Vec<OperatingSystem>,
    /// The processors' architecture, in JSDL's words where it has one; several are alternatives.
    pub architectures: Vec<Text>,
    /// Hz of each CPU.
    pub individual_cpu_speed: Option<Range>,
    /// Seconds of each CPU.
    pub individual_cpu_time: Option<Range>,
    /// CPUs of each host.
    pub individual_cpu_count: Option<Range>,
    /// Bits a second of each host.
    pub individual_network_bandwidth: Option<Range>,
    /// Bytes of each host.
    pub individual_physical_memory: Option<Range>,
    /// Bytes of each host.
    pub individual_virtual_memory: Option<Range>,
    /// Bytes of each host.
    pub individual_disk_space: Option<Range>,
    /// Seconds over all CPUs.
    pub total_cpu_time: Option<Range>,
    /// CPUs over all hosts.
    pub total_cpu_count: Option<Range>,
    /// Bytes over all hosts.
    pub total_physical_memory: Option<Range>,
    /// Bytes over all hosts.
    pub total_virtual_memory: Option<Range>,
    /// Bytes over all hosts.
    pub total_disk_space: Option<Range>,
    /// Hosts.
    pub total_resource_count: Option<Range>,
    /// Seconds by the clock that the job needs.
    pub wall_time: Option<Range>,
    /// Bytes of memory for each CPU or process.
    pub memory_per_cpu: Option<Range>,
    /// Graphics and other accelerators.
    pub accelerators: Vec<Accelerator>,
    /// Software that must be there: run-time environments, modules.
    pub software: Vec<Software>,
    /// The queue or partition.
    pub queue: Option<Text>,
    /// The batch system behind the site.
    pub batch_system: Option<Text>,
    /// A reservation made earlier.
    pub reservation: Option<Text>,
    /// The quality of service or class.
    pub quality_of_service: Option<Text>,
    /// Node features, all of which the hosts must have.
    pub features: Vec<Text>,
    /// Whether the hosts may reach the outside world.
    pub network: Vec<Text>,
    /// Whether it may run on hosts that can be taken away.
    pub preemptible: Option<bool>,
    /// A ClassAd expression that must be true of job and machine together.
    pub requirements: Option<Text>,
    /// A ClassAd expression: where it is greater the job would rather run.
    pub rank: Option<Text>,
    /// Other countable things by name (Condor `request_NAME`, UNICORE's site resources, batch systems' `gres`).
    pub others: Vec<(Text, Text)>,
}

/// A file system (JSDL `FileSystem`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FileSystem {
    /// The name that paths use. `HOME`, `ROOT`, `SCRATCH` and `TMP` are well known.
    pub name: Option<String>,
    /// `swap`, `temporary`, `spool` or `normal`.
    pub kind: Option<String>,
    /// A text about it.
    pub description: Option<Text>,
    /// Where it is mounted.
    pub mount_point: Option<Text>,
    /// What is mounted.
    pub mount_source: Option<Text>,
    /// Bytes.
    pub disk_space: Option<Range>,
}

/// An operating system.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OperatingSystem {
    /// Its name, in JSDL's words where it has one (`LINUX`).
    pub name: Option<Text>,
    /// Its version.
    pub version: Option<Text>,
    /// A text about it.
    pub description: Option<Text>,
}

/// Accelerators.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Accelerator {
    /// The kind: `gpu` unless it is something else.
    pub kind: Option<Text>,
    /// The model.
    pub model: Option<Text>,
    /// How many on each host.
    pub per_host: Option<Range>,
    /// How many over all hosts.
    pub total: Option<Range>,
    /// Bytes of memory of each.
    pub memory: Option<Range>,
}

/// Software that a host must have.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Software {
    /// Its name.
    pub name: Option<Text>,
    /// A relation to the version: `=`, `>=`, `>`, `<`, `<=`, `!=`; absent means `=`.
    pub relation: Option<String>,
    /// The version.
    pub version: Option<Text>,
    /// Options for setting it up.
    pub options: Vec<Text>,
}
