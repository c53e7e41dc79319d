//! Words that say where a task stands among the others: its number, and the values of the task before it. Two tasks of equal
//! values differ in them when their index spaces differ.

use crate::compile::templates;
use crate::plan::Plan;
use pelago_job::{Expr, GroupNo, ParamNo, Piece, Template};
use std::collections::BTreeSet;

/// Which of them the texts of a group hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandingWords {
    /// `jobindex` or `jobname`.
    pub number: bool,
    /// `.prev` of these seqameters.
    pub previous: BTreeSet<ParamNo>,
}

impl StandingWords {
    /// Whether there are none, so that the values of a task say all about it.
    pub fn is_empty(&self) -> bool {
        !self.number && self.previous.is_empty()
    }

    fn add(&mut self, template: &Template) {
        let mut todo: Vec<&Expr> = Vec::new();
        for piece in &template.0 {
            match piece {
                Piece::JobName | Piece::JobIndex => self.number = true,
                Piece::Prev(param) => drop(self.previous.insert(*param)),
                Piece::Arith(expr) => todo.push(expr),
                Piece::Text(_) | Piece::Param(_) => {}
            }
        }
        while let Some(expr) = todo.pop() {
            match expr {
                Expr::Prev(param) => drop(self.previous.insert(*param)),
                Expr::Int(_) | Expr::Param(_) => {}
                Expr::Neg(a) => todo.push(a),
                Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b) => {
                    todo.extend([a.as_ref(), b.as_ref()]);
                }
            }
        }
    }
}

impl Plan {
    /// The words of this kind in the commands and file names of a group.
    pub fn standing_words(&self, group: GroupNo) -> StandingWords {
        let mut words = StandingWords::default();
        let group = self.experiment().group(group);
        group.into_iter().flat_map(templates).for_each(|template| words.add(template));
        words
    }

    /// What such words are for one task, in a fixed order. The first task of a chain has no previous values.
    pub fn standing(&self, words: &StandingWords, group: GroupNo, index: u64) -> Vec<Option<String>> {
        let number = words.number.then(|| Some((index + 1).to_string()));
        let previous = words.previous.iter().map(|param| {
            let text = Template(vec![Piece::Prev(*param)]);
            self.fill(group, index, &text).ok()
        });
        number.into_iter().chain(previous).collect()
    }
}
