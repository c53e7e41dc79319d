//! Other numbers for a job's parameters: jobs of several documents are put together in one.

use super::{Job, Space, Texts};
use crate::{Expr, ParamNo, Piece};

impl Job {
    /// Gives the parameters that the job's texts and its space refer to other numbers.
    pub fn renumber(&mut self, other: &dyn Fn(ParamNo) -> ParamNo) {
        self.texts(&mut |text| {
            for piece in &mut text.0.0 {
                match piece {
                    Piece::Param(number) | Piece::Prev(number) => *number = other(*number),
                    Piece::Arith(expr) => arithmetic(expr, other),
                    Piece::Text(_) | Piece::JobName | Piece::JobIndex => {}
                }
            }
        });
        if let Some(space) = &mut self.space {
            tasks(space, other);
        }
    }
}

fn arithmetic(expr: &mut Expr, other: &dyn Fn(ParamNo) -> ParamNo) {
    match expr {
        Expr::Int(_) => {}
        Expr::Param(number) | Expr::Prev(number) => *number = other(*number),
        Expr::Neg(a) => arithmetic(a, other),
        Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b) => {
            arithmetic(a, other);
            arithmetic(b, other);
        }
    }
}

fn tasks(space: &mut Space, other: &dyn Fn(ParamNo) -> ParamNo) {
    match space {
        Space::Zip(numbers) => numbers.iter_mut().for_each(|number| *number = other(*number)),
        Space::Product(parts) => parts.iter_mut().for_each(|part| tasks(part, other)),
        Space::Sum { parts, defaults } => {
            parts.iter_mut().for_each(|part| tasks(part, other));
            defaults.iter_mut().for_each(|(number, _)| *number = other(*number));
        }
        Space::Rows { parameters, .. } => parameters.iter_mut().for_each(|number| *number = other(*number)),
        Space::Times(_) => {}
        Space::Slice { of, .. } => tasks(of, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn every_number_changes() {
        let (a, b) = (ParamNo(0), ParamNo(1));
        let mut job = Job { name: Some(Text::param(a)), ..Job::default() };
        let zip = |number| Space::Zip(vec![number]);
        job.space = Some(Space::Product(vec![
            Space::Slice { of: Box::new(zip(a)), first: 0, step: 1, count: 1 },
            Space::Sum { parts: vec![zip(b)], defaults: vec![(a, "x".into())] },
            Space::Times(3),
        ]));
        job.renumber(&|number| ParamNo(number.0 + 5));
        let (a, b) = (ParamNo(5), ParamNo(6));
        assert_eq!(job.name, Some(Text::param(a)));
        let slice = Space::Slice { of: Box::new(zip(a)), first: 0, step: 1, count: 1 };
        let sum = Space::Sum { parts: vec![zip(b)], defaults: vec![(a, "x".into())] };
        assert_eq!(job.space, Some(Space::Product(vec![slice, sum, Space::Times(3)])));
    }
}
