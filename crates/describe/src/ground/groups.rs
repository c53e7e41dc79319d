//! Groups of a workflow's nodes: what waits for one waits for all in it, and a loop over known values is the space of the
//! jobs in it already.

use super::work::Work;
use pelago_job::Extension;
use pelago_job::description::{Edge, Job, NodeKind};
use std::collections::BTreeMap;

impl Work<'_> {
    /// Nodes that only join or part the ways of others are nodes that do nothing: edges say the rest.
    pub(super) fn open_controls(&mut self) {
        for job in &mut self.left.jobs {
            let Some(node) = job.node.as_mut().filter(|node| node.kind == Some(NodeKind::Control)) else { continue };
            let word = |text: &str| text.trim_matches('"').to_ascii_uppercase();
            let joins = |extension: &Extension| {
                extension.name == "type" && ["START", "SPLIT", "MERGE"].contains(&word(&extension.text).as_str())
            };
            if job.extensions.iter().all(joins) && !job.extensions.is_empty() {
                (node.kind, node.noop) = (None, true);
                job.extensions.clear();
            }
        }
    }

    /// Puts edges in the place of groups. A group stays as a node that does nothing, before all that lies in it. One that
    /// asks for more, such as a condition, is left as it is, and refused by name with the rest.
    pub(super) fn open_groups(&mut self) {
        let jobs = &mut self.left.jobs;
        let plain = |job: &Job| {
            let group = job.node.as_ref().is_some_and(|node| node.kind == Some(NodeKind::Group));
            group
                && job.extensions.iter().all(|extension| extension.remark)
                && job.staging.is_empty()
                && job.application == Default::default()
        };
        let within = |job: &Job| job.node.as_ref().and_then(|node| node.within).map(|number| number as usize);
        let outer: Vec<Option<usize>> = jobs.iter().map(within).collect();
        let opens: Vec<bool> = jobs.iter().map(plain).collect();
        let open = |number: usize| opens.get(number).copied().unwrap_or_default();
        let mut inside: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for number in (0..jobs.len()).filter(|number| !open(*number)) {
            let mut around = outer.get(number).copied().flatten();
            // A group that lies in itself would go on for ever.
            for _ in 0..jobs.len() {
                let Some(group) = around.filter(|group| open(*group)) else { break };
                inside.entry(group).or_default().push(number as u32);
                around = outer.get(group).copied().flatten();
            }
        }
        if inside.is_empty() {
            return;
        }
        let mut edges = Vec::new();
        for edge in std::mem::take(&mut self.left.edges) {
            let parent = edge.parent.map(|parent| parent as usize).filter(|parent| open(*parent));
            match parent.and_then(|parent| inside.get(&parent)) {
                Some(leaves) => edges.extend(leaves.iter().map(|leaf| Edge { parent: Some(*leaf), ..edge.clone() })),
                None => edges.push(edge),
            }
        }
        for (group, leaves) in &inside {
            let parent = Some(*group as u32);
            edges.extend(leaves.iter().map(|leaf| Edge { parent, child: Some(*leaf), condition: None }));
        }
        self.left.edges = edges;
        // So many of a loop at a time are so many tasks of each job in it.
        for (group, leaves) in &inside {
            let most = self.left.jobs.get_mut(*group).and_then(|job| job.policy.tasks_at_once.take());
            for leaf in leaves {
                let Some(job) = self.left.jobs.get_mut(*leaf as usize) else { continue };
                let policy = &mut job.policy.tasks_at_once;
                *policy = policy.map_or(most, |own| most.map_or(Some(own), |most| Some(own.min(most))));
            }
        }
        for (number, job) in self.left.jobs.iter_mut().enumerate() {
            let Some(node) = &mut job.node else { continue };
            if node.within.is_some_and(|group| open(group as usize)) {
                node.within = None;
            }
            if open(number) {
                (node.kind, node.noop, job.space) = (None, true, None);
            }
        }
    }
}
