//! Resources: every range and name is checked against what the machine has.

use super::requirements::Request;
use super::work::{JobWork, Work};
use pelago_job::description::{Accelerator, Bound, FileSystem, Interval, Range, Resources, Software};
use pelago_job::{Millis, Text};

impl Work<'_> {
    /// Everything that the job asks of machines.
    pub(super) fn resources(&mut self, job: &mut JobWork) {
        let mut resources = std::mem::take(&mut job.left.resources);
        self.filesystems(job, &mut resources.filesystems);
        self.hosts(job, &mut resources);
        self.system(job, &mut resources);
        let offer = self.ground.offer;
        let (cpus, memory, disk) = (offer.cpus as f64, offer.memory as f64, offer.disk as f64);
        let needed = |range: &Option<Range>| range.as_ref().and_then(Range::needs).filter(|least| least.is_finite());
        let cpu = needed(&resources.total_cpu_count).or_else(|| needed(&resources.individual_cpu_count));
        job.cpus = cpu.map(|cpus| cpus.max(1.0) as u64);
        let request = Request {
            cpus: job.cpus.unwrap_or(1),
            memory: needed(&resources.individual_physical_memory).or_else(|| needed(&resources.total_physical_memory)),
            disk: needed(&resources.individual_disk_space).or_else(|| needed(&resources.total_disk_space)),
        };
        if let Some(per) = resources.memory_per_cpu.take() {
            let all = Range(per.0.iter().map(|interval| times(*interval, request.cpus as f64)).collect());
            self.range(job, "memory_per_cpu", Some(all), memory, "bytes of memory");
        }
        let virtual_memory = offer.virtual_memory as f64;
        for (range, name, have, unit) in [
            (resources.individual_cpu_count.take(), "individual_cpu_count", cpus, "CPUs"),
            (resources.total_cpu_count.take(), "total_cpu_count", cpus, "CPUs"),
            (resources.individual_physical_memory.take(), "individual_physical_memory", memory, "bytes of memory"),
            (resources.total_physical_memory.take(), "total_physical_memory", memory, "bytes of memory"),
            (
                resources.individual_virtual_memory.take(),
                "individual_virtual_memory",
                virtual_memory,
                "bytes of memory and swap",
            ),
            (resources.total_virtual_memory.take(), "total_virtual_memory", virtual_memory, "bytes of memory and swap"),
            (resources.individual_disk_space.take(), "individual_disk_space", disk, "bytes of free disk"),
            (resources.total_disk_space.take(), "total_disk_space", disk, "bytes of free disk"),
            (resources.total_resource_count.take(), "total_resource_count", 1.0, "host"),
        ] {
            self.range(job, name, range, have, unit);
        }
        for (range, name, what) in [
            (resources.individual_cpu_speed.take(), "individual_cpu_speed", "the speed of a CPU in Hz"),
            (
                resources.individual_network_bandwidth.take(),
                "individual_network_bandwidth",
                "the bandwidth of the network",
            ),
        ] {
            if range.is_some_and(|range| needs_something(&range)) {
                let what = format!("{what} is asked for, and it is not known of this machine");
                self.refuse(job.part(&format!("/resources/{name}")), what, "take it out");
            }
        }
        self.times(job, &mut resources);
        if resources.exclusive.take() == Some(true) {
            let what = "exclusive execution cannot be promised: other programs run on this machine";
            self.refuse(
                job.part("/resources/exclusive"),
                what,
                "take it out, or run the job at a site that gives whole hosts",
            );
        }
        // That it may be taken away asks for nothing.
        resources.preemptible = None;
        // Tasks run in the network of this machine.
        if resources.network.iter().all(|way| way.as_literal().is_some_and(|way| way.eq_ignore_ascii_case("outbound")))
        {
            resources.network.clear();
        }
        self.accelerators(job, &mut resources.accelerators);
        self.software(job, &mut resources.software);
        self.named(job, &mut resources);
        job.request = request;
        self.expressions(job, &mut resources);
        job.left.resources = resources;
    }

    fn range(&mut self, job: &JobWork, name: &str, range: Option<Range>, have: f64, unit: &str) {
        let Some(range) = range.filter(needs_something) else { return };
        let met = range.0.iter().any(|interval| interval_fits(*interval, have));
        if met {
            return;
        }
        let asked = shown(&range);
        let what = format!(
            "{} {asked} is asked for, and this machine has {} {unit}",
            super::refusal::words(name),
            number(have)
        );
        self.refuse(job.part(&format!("/resources/{name}")), what, "ask for less, or run the job where there is more");
    }

    /// Times that are asked for are there; their upper ends are limits.
    fn times(&mut self, job: &mut JobWork, resources: &mut Resources) {
        let wall = resources.wall_time.take();
        for (range, is_wall) in
            [(resources.individual_cpu_time.take(), false), (resources.total_cpu_time.take(), false), (wall, true)]
        {
            let Some(most) = range.and_then(|range| range.0.iter().map(|i| i.ends().1).reduce(f64::max)) else {
                continue;
            };
            if !most.is_finite() || most < 0.0 {
                continue;
            }
            if is_wall {
                job.at_most(Millis((most * 1000.0) as u64));
            } else {
                let of = pelago_job::Resource::CpuTime;
                job.limits.push(pelago_job::Setting::Limit { of, most: most.ceil() as u64 });
            }
        }
    }

    fn filesystems(&mut self, job: &mut JobWork, filesystems: &mut [FileSystem]) {
        for (number, filesystem) in filesystems.iter_mut().enumerate() {
            let part = format!("/resources/filesystems/{number}");
            filesystem.description = None;
            let name = filesystem.name.take();
            match filesystem.kind.as_deref() {
                Some("swap") => {}
                _ => filesystem.kind = None,
            }
            let space = filesystem.disk_space.take();
            let disk = self.ground.offer.disk as f64;
            self.range(job, &format!("filesystems/{number}/disk_space"), space, disk, "bytes of free disk");
            // A scratch directory below another one is that one here: each task has a directory of its own anyway.
            if filesystem.mount_point.is_none() && name.as_deref() == Some("SCRATCH") {
                filesystem.mount_point = filesystem.mount_source.take();
            }
            let Some(mount) = filesystem.mount_point.take() else { continue };
            let mount = self.template(job, &format!("{part}/mount_point"), mount);
            if mount.as_literal().is_some() && !self.look(&mount).is_some_and(|found| found.directory) {
                let what = format!(
                    "the mount point `{}` is no directory of this machine",
                    mount.as_literal().unwrap_or_default()
                );
                self.refuse(
                    job.part(&format!("{part}/mount_point")),
                    what,
                    "give the path that the file system has here",
                );
            }
            if let Some(name) = name {
                job.filesystems.insert(name, mount);
            }
        }
    }

    fn hosts(&mut self, job: &JobWork, resources: &mut Resources) {
        let names = self.ground.offer.hosts.clone();
        let own = names.first().cloned().unwrap_or_default();
        let mut texts = |texts: &mut Vec<Text>, name: &str| {
            let texts = std::mem::take(texts);
            let one = |(number, text)| self.literal(job, &format!("/resources/{name}/{number}"), text);
            texts.into_iter().enumerate().filter_map(one).collect::<Vec<String>>()
        };
        let (wanted, excluded) = (
            texts(&mut resources.candidate_hosts, "candidate_hosts"),
            texts(&mut resources.excluded_hosts, "excluded_hosts"),
        );
        let here = |pattern: &String| names.iter().any(|name| matches(pattern, name));
        if !wanted.is_empty() && !wanted.iter().any(here) {
            let what = format!("the job wants to run on {}, and this machine is `{own}`", listed(&wanted));
            self.refuse(job.part("/resources/candidate_hosts"), what, "run it there, or name this machine");
        }
        if let Some(pattern) = excluded.iter().find(|pattern| here(pattern)) {
            let what = format!("the job must not run on `{pattern}`, and this machine is `{own}`");
            self.refuse(job.part("/resources/excluded_hosts"), what, "run it elsewhere");
        }
    }

    fn system(&mut self, job: &JobWork, resources: &mut Resources) {
        let offer = self.ground.offer;
        let mut wanted = Vec::new();
        let mut fits = resources.operating_systems.is_empty();
        for (number, system) in resources.operating_systems.iter_mut().enumerate() {
            let part = format!("/resources/operating_systems/{number}");
            system.description = None;
            let name = system.name.take().and_then(|name| self.literal(job, &part, name));
            let version = system.version.take().and_then(|version| self.literal(job, &part, version));
            let same = name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&offer.system));
            let at = version
                .as_ref()
                .is_none_or(|version| offer.version == *version || offer.version.starts_with(&format!("{version}.")));
            fits |= same && at;
            wanted.push([name, version].into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        if !fits {
            let what =
                format!("the job wants {}, and this machine runs {} {}", listed(&wanted), offer.system, offer.version);
            self.refuse(job.part("/resources/operating_systems"), what, "run it where that system is");
        }
        let texts = std::mem::take(&mut resources.architectures);
        let part = "/resources/architectures";
        let wanted: Vec<String> = texts.into_iter().filter_map(|text| self.literal(job, part, text)).collect();
        if !wanted.is_empty() && !wanted.iter().any(|name| architecture(name) == architecture(&offer.architecture)) {
            let what = format!("the job wants {}, and this machine is {}", listed(&wanted), offer.architecture);
            self.refuse(job.part(part), what, "run it where such processors are");
        }
    }

    fn accelerators(&mut self, job: &JobWork, accelerators: &mut [Accelerator]) {
        for (number, accelerator) in accelerators.iter_mut().enumerate() {
            let accelerator = std::mem::take(accelerator);
            let asked = [&accelerator.per_host, &accelerator.total];
            let none = asked.iter().any(|r| r.is_some())
                && asked.iter().all(|r| r.as_ref().is_none_or(|r| r.needs() <= Some(0.0)));
            if none || accelerator == Accelerator::default() {
                continue;
            }
            let kind = accelerator.kind.map_or_else(|| "gpu".to_string(), |kind| kind.to_string());
            let what = format!("accelerators ({kind}) are asked for, and none is known on this machine");
            self.refuse(
                job.part(&format!("/resources/accelerators/{number}")),
                what,
                "take them out, or run the job where they are",
            );
        }
    }

    fn software(&mut self, job: &JobWork, software: &mut [Software]) {
        for (number, software) in software.iter_mut().enumerate() {
            let part = format!("/resources/software/{number}");
            let software = std::mem::take(software);
            let Some(name) = software.name.and_then(|name| self.literal(job, &part, name)) else { continue };
            let version = software.version.and_then(|version| self.literal(job, &part, version));
            if !self.ground.applications.has(&name, software.relation.as_deref(), version.as_deref()) {
                let version = version.map(|version| format!(" {version}")).unwrap_or_default();
                let what =
                    format!("the software `{name}`{version} is asked for, and applications.toml does not know it");
                self.refuse(
                    job.part(&part),
                    what,
                    "add an `[[application]]` with that name and version if it is installed",
                );
            }
        }
    }

    /// Things of sites and batch systems that a single machine has not.
    fn named(&mut self, job: &JobWork, resources: &mut Resources) {
        let fork = |text: &Text| {
            text.as_literal().is_some_and(|name| matches!(name.to_ascii_lowercase().as_str(), "fork" | "local"))
        };
        resources.batch_system = resources.batch_system.take().filter(|text| !fork(text));
        for (text, name, what) in [
            (resources.queue.take(), "queue", "queue or partition"),
            (resources.batch_system.take(), "batch_system", "batch system"),
            (resources.reservation.take(), "reservation", "reservation"),
            (resources.quality_of_service.take(), "quality_of_service", "quality of service"),
        ] {
            let Some(text) = text else { continue };
            let what = format!("the {what} `{text}` is asked for, and this machine has none");
            self.refuse(
                job.part(&format!("/resources/{name}")),
                what,
                "take it out, or run the job at the site that has it",
            );
        }
    }
}

/// What an interval of the whole becomes for each part of it.
fn times(interval: Interval, by: f64) -> Interval {
    let bound = |bound: Bound| Bound { value: bound.value * by, ..bound };
    match interval {
        Interval::Upper(upper) => Interval::Upper(bound(upper)),
        Interval::Lower(lower) => Interval::Lower(bound(lower)),
        Interval::Exact { value, epsilon } => Interval::Exact { value: value * by, epsilon: epsilon * by },
        Interval::Between { lower, upper } => Interval::Between { lower: bound(lower), upper: bound(upper) },
    }
}

/// Whether some amount of what there is lies in the interval.
fn interval_fits(interval: Interval, have: f64) -> bool {
    if interval.is_empty() {
        return false;
    }
    let (least, _) = interval.ends();
    let open = matches!(
        interval,
        Interval::Lower(Bound { exclusive: true, .. }) | Interval::Between { lower: Bound { exclusive: true, .. }, .. }
    );
    if open { least < have } else { least <= have }
}

/// An empty range, and one without an end below, asks for nothing.
fn needs_something(range: &Range) -> bool {
    !range.0.is_empty()
}

fn shown(range: &Range) -> String {
    let end = |bound: &Bound| number(bound.value);
    let one = |interval: &Interval| match interval {
        Interval::Upper(bound) => format!("of at most {}", end(bound)),
        Interval::Lower(bound) => format!("of at least {}", end(bound)),
        Interval::Exact { value, .. } => format!("of {}", number(*value)),
        Interval::Between { lower, upper } => format!("from {} to {}", end(lower), end(upper)),
    };
    range.0.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value}") }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

/// The same word for the same processors.
fn architecture(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "amd64" | "x86-64" | "x86_64" | "em64t" | "intel64" => "x86_64".into(),
        "i386" | "i486" | "i586" | "i686" | "x86" | "x86_32" | "ia32" | "intel" => "x86_32".into(),
        "arm64" | "aarch64" => "aarch64".into(),
        _ => name,
    }
}

/// Whether a name is what a pattern with `*` and `?` says, in any case of letters.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.to_ascii_lowercase().chars().collect(), name.to_ascii_lowercase().chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    (p, n) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_patterns() {
        for (pattern, name, fits) in [
            ("*", "a.b", true),
            ("*.example.org", "node7.EXAMPLE.org", true),
            ("node?", "node7", true),
            ("node?", "node17", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b", "abx", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
