//! Integer arithmetic brought to the form `a*x + b*y + … + constant`, where it has that form.

use pelago_job::{Expr, ParamNo};
use std::collections::BTreeMap;

/// A sum of multiples of parameters and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Linear {
    /// (parameter, whether its previous value) -> factor, none of them 0.
    pub factors: BTreeMap<(ParamNo, bool), i128>,
    pub constant: i128,
}

impl Linear {
    /// The linear form; `None` where there is none, or the numbers leave 128 bits.
    pub fn of(expr: &Expr) -> Option<Self> {
        Some(match expr {
            Expr::Int(value) => Self { constant: i128::from(*value), ..Self::default() },
            Expr::Param(param) => Self::one(*param, false),
            Expr::Prev(param) => Self::one(*param, true),
            Expr::Neg(a) => Self::of(a)?.times(-1)?,
            Expr::Add(a, b) => Self::of(a)?.plus(Self::of(b)?)?,
            Expr::Sub(a, b) => Self::of(a)?.plus(Self::of(b)?.times(-1)?)?,
            Expr::Mul(a, b) => match (Self::of(a)?, Self::of(b)?) {
                (form, number) | (number, form) if number.factors.is_empty() => form.times(number.constant)?,
                _ => return None,
            },
            Expr::Div(a, b) => Self::constants(a, b, i128::checked_div)?,
            Expr::Rem(a, b) => Self::constants(a, b, i128::checked_rem)?,
        })
    }

    fn one(param: ParamNo, previous: bool) -> Self {
        Self { factors: BTreeMap::from([((param, previous), 1)]), constant: 0 }
    }

    fn constants(a: &Expr, b: &Expr, operation: fn(i128, i128) -> Option<i128>) -> Option<Self> {
        let (a, b) = (Self::of(a)?, Self::of(b)?);
        let constant = operation(a.constant, b.constant)?;
        (a.factors.is_empty() && b.factors.is_empty()).then_some(Self { constant, ..Self::default() })
    }

    fn times(mut self, factor: i128) -> Option<Self> {
        self.constant = self.constant.checked_mul(factor)?;
        for value in self.factors.values_mut() {
            *value = value.checked_mul(factor)?;
        }
        self.factors.retain(|_, value| *value != 0);
        Some(self)
    }

    fn plus(mut self, other: Self) -> Option<Self> {
        self.constant = self.constant.checked_add(other.constant)?;
        for (key, value) in other.factors {
            let sum = self.factors.entry(key).or_default();
            *sum = sum.checked_add(value)?;
        }
        self.factors.retain(|_, value| *value != 0);
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(number: u16) -> Box<Expr> {
        Box::new(Expr::Param(ParamNo(number)))
    }

    fn int(value: i64) -> Box<Expr> {
        Box::new(Expr::Int(value))
    }

    #[test]
    fn sums_and_multiples_have_the_form() {
        // 2*(x - 3) + x - (-y)
        let inner = Expr::Mul(int(2), Box::new(Expr::Sub(p(0), int(3))));
        let sum = Expr::Sub(Box::new(Expr::Add(Box::new(inner), p(0))), Box::new(Expr::Neg(p(1))));
        let form = Linear::of(&sum).unwrap();
        assert_eq!(form.constant, -6);
        assert_eq!(form.factors, BTreeMap::from([((ParamNo(0), false), 3), ((ParamNo(1), false), 1)]));
        assert!(Linear::of(&Expr::Sub(p(0), p(0))).unwrap().factors.is_empty());
        assert_eq!(Linear::of(&Expr::Div(int(-7), int(2))).unwrap().constant, -3);
    }

    #[test]
    fn products_and_quotients_of_parameters_have_not() {
        for expr in [Expr::Mul(p(0), p(0)), Expr::Div(p(0), int(2)), Expr::Rem(p(0), int(2)), Expr::Div(int(1), int(0))]
        {
            assert_eq!(Linear::of(&expr), None, "{expr:?}");
        }
    }
}
