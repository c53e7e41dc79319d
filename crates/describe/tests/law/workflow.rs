//! Workflows of all shapes, as DAGMan has them: nodes of every kind with scripts, categories, references to other files,
//! and edges, now and then in a circle.

use super::Draw;
use pelago_job::description::*;

const CATEGORIES: [&str; 2] = ["small", "large"];

impl Draw<'_> {
    pub(super) fn node(&mut self) -> Node {
        const KINDS: [NodeKind; 6] = [
            NodeKind::Job,
            NodeKind::Workflow,
            NodeKind::Splice,
            NodeKind::Final,
            NodeKind::Provisioner,
            NodeKind::Service,
        ];
        Node {
            kind: self.often(|d| d.pick(&KINDS)),
            reference: self.often(Self::reference),
            scripts: self.some(Self::script),
            retry_unless: self.opt(|d| d.below(9) as f64),
            skip_on: self.opt(|d| (1 + d.below(9)) as f64),
            abort_on: self.opt(|d| (d.below(9) as f64, d.opt(|d| d.below(9) as f64))),
            category: self.opt(|d| d.pick(&CATEGORIES).to_string()),
            noop: self.flag(),
            done: self.flag(),
            within: None,
        }
    }

    fn reference(&mut self) -> Reference {
        let values = |d: &mut Self| d.some(|d| (d.name(), d.text()));
        Reference {
            file: self.often(|d| d.pick(&["node.sub", "sub/inner.dag", "with blank.sub"]).into()),
            directory: self.opt(|d| d.pick(&["run", "a/b"]).into()),
            macros: values(self),
            overrides: values(self),
        }
    }

    fn script(&mut self) -> Script {
        let command = Command {
            executable: self.often(Self::path),
            arguments: self.some(|d| Argument { text: Some(d.text()), filesystem: None }),
            ..Command::default()
        };
        Script {
            when: Some(self.pick(&["pre", "post", "hold"]).to_string()),
            command,
            defer: self.opt(|d| ((1 + d.below(9)) as f64, d.below(99) as f64)),
            debug: self.opt(|d| (d.file(), d.pick(&["STDOUT", "STDERR", "ALL"]).to_string())),
        }
    }

    /// Mostly from a job to a later one.
    pub(super) fn edges(&mut self, count: u32) -> Vec<Edge> {
        let circles = self.decide(6);
        let mut edges: Vec<Edge> = Vec::new();
        for _ in 0..self.below(u64::from(count) * 2) {
            let (one, other) = (self.below(count.into()) as u32, self.below(count.into()) as u32);
            let ends = if circles { (one, other) } else { (one.min(other), one.max(other)) };
            let condition = self.opt(|_| "exitCode eq 0".into());
            let edge = Edge { parent: Some(ends.0), child: Some(ends.1), condition };
            if ends.0 != ends.1 && edges.iter().all(|known| (known.parent, known.child) != (edge.parent, edge.child)) {
                edges.push(edge);
            }
        }
        edges
    }

    pub(super) fn throttles(&mut self) -> Vec<Throttle> {
        let throttle = |d: &mut Self, name: &str| {
            d.opt(|d| Throttle { category: Some(name.to_string()), most: Some((1 + d.below(9)) as f64) })
        };
        CATEGORIES.iter().filter_map(|name| throttle(self, name)).collect()
    }
}
