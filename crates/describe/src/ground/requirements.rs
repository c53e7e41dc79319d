//! Expressions about the machine: its ad with Condor's names, and which condition of the job it does not meet.

use super::work::{JobWork, Work};
use pelago_classad::{Ad, BinaryOp, Context, Expr, Name, Value, evaluate, parse};
use pelago_job::description::Resources;
use std::sync::Arc;

/// What the job asks for in numbers, for its own ad.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Request {
    pub cpus: u64,
    /// Bytes.
    pub memory: Option<f64>,
    /// Bytes.
    pub disk: Option<f64>,
}

impl Work<'_> {
    /// The job's requirements on the machine, condition by condition. With one machine a rank decides nothing.
    pub(super) fn expressions(&mut self, job: &JobWork, resources: &mut Resources) {
        if let Some(rank) = resources.rank.take()
            && let Some(rank) = rank.as_literal()
            && let Err(error) = parse(rank.trim())
        {
            self.refuse(job.part("/resources/rank"), format!("the rank is no expression: {error}"), "");
        }
        let Some(requirements) = resources.requirements.take() else { return };
        let part = "/resources/requirements";
        let Some(text) = self.literal(job, part, requirements) else { return };
        let expr = match parse(text.trim()) {
            Ok(expr) => expr,
            Err(error) => {
                return self.refuse(job.part(part), format!("the requirements are no expression: {error}"), "");
            }
        };
        let mut named = Vec::new();
        names(&expr, &mut named);
        let fast = named.iter().any(|name| ["kflops", "mips"].contains(&name.as_str()));
        let mut machine = self.machine(fast);
        if named.iter().any(|name| name.starts_with("glue")) {
            self.element(&mut machine);
        }
        let machine = Arc::new(machine);
        let own = &self.own(job);
        let context = Context::at(self.ground.offer.now);
        for condition in parts(&expr, BinaryOp::And) {
            let value = evaluate(condition, Some(own), Some(&machine), &context);
            let why = match &value {
                Ok(value) if value.truth() == Some(true) => continue,
                Ok(value) if value.is_undefined() => "is undefined here".to_string(),
                Ok(value) if value.is_error() => "is an error here".to_string(),
                Ok(_) => "is not true here".to_string(),
                Err(failure) => format!("was not evaluated: {failure}"),
            };
            let mut named = Vec::new();
            names(condition, &mut named);
            let has: Vec<String> = named.iter().filter_map(|name| shown(&machine, name)).collect();
            let unknown: Vec<&String> = named.iter().filter(|name| !has_name(&machine, own, name)).collect();
            let mut what = format!("the requirement `{condition}` {why}");
            if !has.is_empty() {
                what.push_str(&format!("; this machine has {}", has.join(", ")));
            }
            if let Some(name) = unknown.first() {
                what.push_str(&format!("; it does not know `{name}`"));
            }
            self.refuse(job.part(part), what, "take the condition out, or run the job where it holds");
        }
    }

    /// The machine in the names of the GLUE schema, as JDL's requirements see it: a computing element that is free, has no
    /// limits of time, and is asked for what it is.
    fn element(&self, ad: &mut Ad) {
        let offer = self.ground.offer;
        let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let host = offer.hosts.first().cloned().unwrap_or_default();
        let software = self.ground.applications.entries.iter().flat_map(|entry| {
            let version = entry.version.as_ref().map(|version| format!("{}-{version}", entry.name));
            [Some(entry.name.clone()), version].into_iter().flatten()
        });
        let software = software.map(|tag| Expr::Literal(Value::string(&tag))).collect();
        let cpus = integer(offer.cpus);
        let known = [
            ("GlueCEStateStatus", Value::string("Production")),
            ("GlueCEInfoHostName", Value::string(&host)),
            ("GlueCEHostingCluster", Value::string(&host)),
            ("GlueClusterUniqueID", Value::string(&host)),
            ("GlueCEInfoTotalCPUs", cpus.clone()),
            ("GlueCEStateFreeCPUs", cpus.clone()),
            ("GlueCEPolicyAssignedJobSlots", cpus.clone()),
            ("GlueCEPolicyMaxRunningJobs", cpus.clone()),
            ("GlueHostArchitectureSMPSize", cpus),
            ("GlueCEStateRunningJobs", Value::Integer(0)),
            ("GlueCEStateWaitingJobs", Value::Integer(0)),
            ("GlueCEStateTotalJobs", Value::Integer(0)),
            ("GlueCEStateEstimatedResponseTime", Value::Integer(0)),
            ("GlueCEStateWorstResponseTime", Value::Integer(0)),
            // GLUE's word for no limit.
            ("GlueCEPolicyMaxWallClockTime", Value::Integer(999_999_999)),
            ("GlueCEPolicyMaxCPUTime", Value::Integer(999_999_999)),
            ("GlueCEPolicyMaxTotalJobs", Value::Integer(999_999_999)),
            ("GlueHostMainMemoryRAMSize", integer(offer.memory >> 20)),
            ("GlueHostMainMemoryVirtualSize", integer(offer.virtual_memory >> 20)),
            ("GlueHostArchitecturePlatformType", Value::string(&offer.architecture)),
            ("GlueHostOperatingSystemName", Value::string(&offer.system)),
            ("GlueHostOperatingSystemRelease", Value::string(&offer.version)),
            ("GlueHostNetworkAdapterOutboundIP", Value::Boolean(true)),
        ];
        for (name, value) in known {
            ad.insert(Name::new(name), Expr::Literal(value));
        }
        ad.insert(Name::new("GlueHostApplicationSoftwareRunTimeEnvironment"), Expr::List(software));
    }

    /// The machine's ad, in Condor's names and units: MiB of memory, KiB of disk.
    fn machine(&self, fast: bool) -> Ad {
        let offer = self.ground.offer;
        let host = offer.hosts.first().cloned().unwrap_or_default();
        let system = if offer.system == "LINUX" { "LINUX".to_string() } else { offer.system.clone() };
        let architecture = offer.architecture.to_ascii_uppercase();
        let text = |text: &str| Value::string(text);
        let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let mut attributes = vec![
            ("MyType", text("Machine")),
            ("Machine", text(&host)),
            ("Name", text(&format!("slot1@{host}"))),
            ("UtsnameNodename", text(&host)),
            ("FileSystemDomain", text(&host)),
            ("UidDomain", text(&host)),
            ("OpSys", text(&system)),
            ("OpSysAndVer", text(&format!("{system}{}", offer.version))),
            ("OpSysVer", text(&offer.version)),
            ("Arch", text(&architecture)),
            ("Cpus", integer(offer.cpus)),
            ("TotalCpus", integer(offer.cpus)),
            ("DetectedCpus", integer(offer.cpus)),
            ("Memory", integer(offer.memory >> 20)),
            ("TotalMemory", integer(offer.memory >> 20)),
            ("DetectedMemory", integer(offer.memory >> 20)),
            ("VirtualMemory", integer(offer.virtual_memory >> 10)),
            ("Disk", integer(offer.disk >> 10)),
            ("TotalDisk", integer(offer.disk >> 10)),
            ("HasFileTransfer", Value::Boolean(true)),
            ("HasDocker", Value::Boolean((offer.program)("docker").is_some())),
            (
                "HasSingularity",
                Value::Boolean((offer.program)("apptainer").or_else(|| (offer.program)("singularity")).is_some()),
            ),
            ("HasJava", Value::Boolean((offer.program)("java").is_some())),
            ("State", text("Unclaimed")),
            ("Activity", text("Idle")),
        ];
        if fast && let Some(speed) = (offer.speed)() {
            attributes.extend([("KFlops", integer(speed.kflops)), ("Mips", integer(speed.mips))]);
        }
        attributes.into_iter().map(|(name, value)| (Name::new(name), Expr::Literal(value))).collect()
    }

    /// The job's own ad: who it is, what it asks for in numbers, and the attributes that it gives itself.
    pub(super) fn own(&self, job: &JobWork) -> Arc<Ad> {
        let request = &job.request;
        let whole = |number: f64| Value::Integer(number.ceil() as i64);
        let host = self.ground.offer.hosts.first().cloned().unwrap_or_default();
        let mut attributes = vec![
            ("MyType", Value::string("Job")),
            ("Owner", Value::string(&self.ground.offer.user)),
            ("User", Value::string(&self.ground.offer.user)),
            ("FileSystemDomain", Value::string(&host)),
            ("RequestCpus", Value::Integer(i64::try_from(request.cpus).unwrap_or(i64::MAX))),
        ];
        attributes.extend(request.memory.map(|bytes| ("RequestMemory", whole(bytes / 1048576.0))));
        attributes.extend(request.disk.map(|bytes| ("RequestDisk", whole(bytes / 1024.0))));
        let given = job.left.extensions.iter().filter_map(|extension| {
            let name = extension.name.strip_prefix('+').filter(|_| extension.language == "submit")?;
            Some((Name::new(name), parse(extension.text.trim()).ok()?))
        });
        let known = attributes.into_iter().map(|(name, value)| (Name::new(name), Expr::Literal(value)));
        Arc::new(given.chain(known).collect())
    }
}

/// What an operator joins, outermost only.
pub(super) fn parts(expr: &Expr, joined: BinaryOp) -> Vec<&Expr> {
    let (mut todo, mut found) = (vec![expr], Vec::new());
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::Binary(op, a, b) if *op == joined => todo.extend([b.as_ref(), a.as_ref()]),
            Expr::Parens(inner) => todo.push(inner),
            other => found.push(other),
        }
    }
    found
}

/// The names of attributes in an expression, in lower case, each once.
pub(super) fn names(expr: &Expr, found: &mut Vec<String>) {
    let mut todo = vec![expr];
    while let Some(expr) = todo.pop() {
        if let Expr::Attribute { name, .. } = expr
            && name.special().is_none()
            && !found.iter().any(|known| known == name.key())
        {
            found.push(name.key().to_string());
        }
        todo.extend(expr.children());
    }
}

fn has_name(machine: &Ad, own: &Ad, name: &str) -> bool {
    let name = Name::new(name);
    machine.get(&name).is_some() || own.get(&name).is_some()
}

/// `Memory = 7951`
fn shown(machine: &Ad, name: &str) -> Option<String> {
    let (name, value) = machine.iter().find(|(have, _)| have.key() == name)?;
    Some(format!("{} = {value}", name.as_str()))
}
