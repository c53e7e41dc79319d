//! Printing sweeps.

use super::super::namespace::Space;
use super::super::printing::Printing;
use super::{Node, Plan, function, names};
use pelago_job::{ParamNo, Parameter};

/// The prefixes that paths can have.
const PREFIXES: [Space; 8] = [
    Space::Core,
    Space::Posix,
    Space::Spmd,
    Space::Credential,
    Space::Tokens,
    Space::Unicore,
    Space::Genesis,
    Space::Hpc,
];

/// Prints the sweeps, after the job whose texts they fill, and says how the parameters are read back.
pub fn print(printing: &mut Printing<'_>, plan: &Plan, before: &[Parameter]) {
    for node in &plan.nodes {
        print_node(printing, plan, node, true);
    }
    let texts = |number: usize| -> Vec<String> {
        let targets = printing.targets.get(&ParamNo(number as u16));
        targets.into_iter().flatten().map(|(_, text)| text.clone()).collect()
    };
    let originals: Vec<Vec<String>> = (0..plan.parameters.len()).map(texts).collect();
    let mut after = plan.parameters.clone();
    for (parameter, name) in after.iter_mut().zip(names(&originals)) {
        parameter.name = name;
    }
    // Those that no sweep names stay behind and get lost.
    let kept = before.len().min(after.len());
    for (number, parameter) in after.iter().enumerate() {
        let at = format!("/parameters/{number}");
        let Some(old) = before.get(number) else {
            printing.rest.changed(at, parameter, "what a sweep of JSDL fills with values is a parameter");
            continue;
        };
        if old.name != parameter.name {
            let why = "parameters of JSDL have no names; this one is taken from where it stands";
            printing.rest.changed(format!("{at}/name"), &parameter.name, why);
        }
        if old.label.is_some() {
            printing.rest.changed(format!("{at}/label"), (), "parameters of JSDL have no labels");
        }
        if old.order != parameter.order {
            printing.rest.changed(format!("{at}/order"), parameter.order, "sweeps of JSDL have no chains");
        }
        if old.domain != parameter.domain {
            let why = "JSDL has lists, loops that count up, and loops of decimals that print with a point";
            printing.rest.changed(format!("{at}/domain"), &parameter.domain, why);
        }
    }
    for number in kept..before.len() {
        printing.rest.changed(format!("/parameters/{number}"), (), "no sweep of this document gives it values");
    }
    printing.rest.left.parameters.clear();
}

fn print_node(printing: &mut Printing<'_>, plan: &Plan, node: &Node, outermost: bool) {
    let own = [("xmlns:sweep", Space::Sweep.uri()), ("xmlns:sweepfunc", Space::Functions.uri())];
    printing.begin_now("sweep:Sweep", if outermost { &own } else { &[] }, "");
    for number in &node.zipped {
        printing.begin_now("sweep:Assignment", &[], "");
        let targets = printing.targets.get(number).cloned().unwrap_or_default();
        for (target, _) in &targets {
            printing.begin_now("sweep:DocumentNode", &[], "");
            for space in PREFIXES.iter().filter(|space| target.contains(&format!("{}:", space.prefix()))) {
                printing.plain("sweep:NamespaceBinding", &[("ns", space.uri()), ("prefix", space.prefix())], "");
            }
            printing.plain("sweep:Match", &[], target);
            printing.end();
        }
        if let Some(parameter) = plan.parameters.get(usize::from(number.0)) {
            function::print(printing, &parameter.domain);
        }
        printing.end();
    }
    for child in &node.children {
        print_node(printing, plan, child, false);
    }
    printing.end();
}
