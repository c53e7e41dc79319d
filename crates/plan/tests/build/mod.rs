//! Small experiments for tests.
#![allow(dead_code, reason = "each test file uses some of it")]

use pelago_job::{
    Domain, Experiment, Expr, Group, GroupNo, Input, Order, Output, ParamNo, Parameter, Piece, Role, Template,
};
use pelago_plan::{Plan, PlanError};
use std::sync::Arc;

/// An experiment that is being put together.
pub struct Plans(pub Experiment);

impl Plans {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Experiment {
            name: "test".into(),
            parameters: Vec::new(),
            rows: None,
            groups: Vec::new(),
            env: Vec::new(),
            in_place: false,
        })
    }

    /// Adds a parameter.
    pub fn parameter(&mut self, name: &str, order: Order, domain: Domain) -> ParamNo {
        self.0.parameters.push(Parameter { name: name.into(), label: None, order, domain });
        ParamNo(self.0.parameters.len() as u16 - 1)
    }

    /// Adds a range from 1.
    pub fn range(&mut self, name: &str, order: Order, count: u64) -> ParamNo {
        self.parameter(name, order, Domain::Integers { from: 1, step: 1, count })
    }

    /// Adds a group.
    pub fn group(&mut self, name: &str, role: Role, parameters: &[ParamNo], seqameters: &[ParamNo]) -> &mut Group {
        let mut group = Group::new(name, role);
        group.parameters = parameters.to_vec();
        group.seqameters = seqameters.to_vec();
        self.0.groups.push(group);
        self.0.groups.last_mut().unwrap()
    }

    /// The number of the group added last.
    pub fn last(&self) -> GroupNo {
        GroupNo(self.0.groups.len() as u16 - 1)
    }

    /// Compiles it.
    pub fn plan(self) -> Result<Plan, Vec<PlanError>> {
        Plan::compile(Arc::new(self.0))
    }

    /// What is wrong with it, as people read it.
    pub fn refused(self) -> String {
        let errors = self.plan().err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

/// A piece of a template.
pub struct P(pub Piece);

impl From<&str> for P {
    fn from(text: &str) -> Self {
        P(Piece::Text(text.into()))
    }
}

impl From<ParamNo> for P {
    fn from(param: ParamNo) -> Self {
        P(Piece::Param(param))
    }
}

/// A template.
pub fn template<const N: usize>(pieces: [P; N]) -> Template {
    Template(pieces.into_iter().map(|piece| piece.0).collect())
}

/// Arithmetic.
pub fn arith(expr: Expr) -> P {
    P(Piece::Arith(expr))
}

/// `a * param + b`
pub fn affine(a: i64, param: ParamNo, b: i64) -> P {
    let product = Expr::Mul(Box::new(Expr::Int(a)), Box::new(Expr::Param(param)));
    arith(Expr::Add(Box::new(product), Box::new(Expr::Int(b))))
}

/// The previous value.
pub fn prev(param: ParamNo) -> P {
    P(Piece::Prev(param))
}

/// A declared input.
pub fn input(name: Template) -> Input {
    Input { name, as_name: None, read_only: false, found: false }
}

/// An output without hooks.
pub fn output(name: Template) -> Output {
    Output { name, hooks: Vec::new(), keep: false }
}
