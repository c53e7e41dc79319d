//! A job while it is read or printed, with the parameters of the document.

use super::words;
use crate::json::{In, Value};
use pelago_job::description::{Space, Texts};
use pelago_job::{Domain, Job, Order, ParamNo, Parameter, Piece, Template, Text};
use std::collections::BTreeMap;

/// A job while it is read or printed.
#[derive(Debug, Default)]
pub struct Draft {
    /// The job.
    pub job: Job,
    /// The document's parameters: while reading all of them so far, while printing those that are printed.
    pub parameters: Vec<Parameter>,
    /// Names by which lines refer to parameters: swept application parameters, and variables of loops around the job.
    pub names: BTreeMap<String, ParamNo>,
    /// The job's own sweeps, in order.
    pub sweeps: Vec<ParamNo>,
    /// How many imports are swept.
    pub imports: usize,
    /// How many tasks of an array it is.
    pub times: Option<u64>,
    /// What sweeps the job from outside: loops of a workflow, each with the parameters that advance together.
    pub around: Vec<Vec<ParamNo>>,
    /// The executable as read; with the arguments it is a line for a shell.
    pub line: Option<Text>,
    /// The arguments as read.
    pub arguments: Vec<Text>,
    /// The arguments as they are to be printed.
    pub printed_arguments: Vec<Value>,
    /// Which of the commands before and after have been printed.
    pub said: Vec<super::command::Extra>,
}

impl Draft {
    /// Adds a parameter of this job's own.
    pub fn sweep(
        &mut self,
        cx: &mut In<'_>,
        name: &str,
        domain: Domain,
        span: &std::ops::Range<usize>,
    ) -> Option<ParamNo> {
        let Ok(number) = u16::try_from(self.parameters.len()) else {
            cx.diagnostics.error(span.clone(), "a document has at most 65536 sweeps");
            return None;
        };
        let number = ParamNo(number);
        cx.origins.note(format!("/parameters/{}", number.0), span.clone());
        self.parameters.push(Parameter { name: name.to_string(), label: None, order: Order::Cross, domain });
        self.sweeps.push(number);
        Some(number)
    }

    /// A text with holes for the variables that are swept.
    pub fn holes(&self, text: &str) -> Text {
        if self.names.is_empty() {
            return Text::literal(text);
        }
        words::holes(text, |name| self.names.get(name).copied())
    }

    /// The value of a variable with holes for the variables that are swept.
    pub fn holes_in_value(&self, text: &str) -> Text {
        if self.names.is_empty() {
            return Text::literal(text);
        }
        words::holes_in_value(text, |name| self.names.get(name).copied())
    }

    /// Whether all values of a parameter are single words without quotes.
    pub fn is_plain(&self, parameter: ParamNo) -> bool {
        match self.parameters.get(usize::from(parameter.0)).map(|p| &p.domain) {
            Some(Domain::List(values)) => values.iter().all(|value| words::is_plain_word(value)),
            Some(Domain::Glob(_)) | None => false,
            Some(_) => true,
        }
    }

    /// The variable of a parameter.
    pub fn name_of(&self, parameter: ParamNo) -> Option<&str> {
        self.names.iter().find(|(_, p)| **p == parameter).map(|(name, _)| name.as_str())
    }

    /// A text with its holes as variables.
    pub fn written(&self, text: &Text) -> String {
        let hole = |piece: &Piece| match piece {
            Piece::Param(p) => self.name_of(*p).map(|name| format!("${{{name}}}")),
            _ => None,
        };
        let other = |piece: &Piece| Text(Template(vec![piece.clone()])).to_string();
        text.write(str::to_string, |piece| hole(piece).unwrap_or_else(|| other(piece)))
    }

    /// Ends reading: a workflow puts the variables of its loops into all texts, and everything is swept.
    pub fn finish(&mut self) {
        let loops: Vec<ParamNo> = self.around.iter().flatten().copied().collect();
        if !loops.is_empty() {
            let named = |name: &str| self.names.get(name).copied().filter(|p| loops.contains(p));
            self.job.texts(&mut |text| {
                let mut out = Template::default();
                for piece in std::mem::take(&mut text.0.0) {
                    match piece {
                        Piece::Text(part) => words::put_in(&part, named).0.0.into_iter().for_each(|p| out.0.push(p)),
                        hole => out.0.push(hole),
                    }
                }
                text.0 = out;
            });
        }
        self.job.space = self.space();
    }

    /// The space of the job: what is around it, then its own sweeps, then its array.
    pub fn space(&self) -> Option<Space> {
        let own = self.sweeps.iter().map(|p| Space::Zip(vec![*p]));
        let zips = self.around.iter().cloned().map(Space::Zip).chain(own);
        let mut parts: Vec<Space> = zips.chain(self.times.map(Space::Times)).collect();
        if parts.len() > 1 { Some(Space::Product(parts)) } else { parts.pop() }
    }
}
