//! Evaluation: expressions in the scope of an ad, perhaps with the ad it is matched with.

use crate::ad::Ad;
use crate::error::Failure;
use crate::expr::{BinaryOp, Expr, UnaryOp};
use crate::function::pattern::Patterns;
use crate::function::{Call, Callee};
use crate::name::{Name, Special};
use crate::operator;
use crate::scope::{Scope, Side};
use crate::value::{List, Value};
use std::sync::Arc;

/// All that an evaluation may know besides its ads; the same context gives the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// What `time()` gives: seconds since the epoch.
    pub now: i64,
    /// The local time zone: seconds east of Greenwich.
    pub zone: i32,
    /// What `random()` is made of, together with the number of the call.
    pub seed: u64,
    /// How many steps the evaluation may take: one for each node, and one for each eight bytes of new text.
    pub fuel: u64,
}

impl Context {
    /// At a point in time, in UTC, with seed 0 and fuel for a million steps.
    pub fn at(now: i64) -> Self {
        Self { now, zone: 0, seed: 0, fuel: 1_000_000 }
    }
}

/// How deep references and brackets may go; chains of operators take one level.
const MAX_DEPTH: usize = 250;

/// One evaluation after another in the same ads; the fuel is for all of them.
#[derive(Debug)]
pub struct Evaluation {
    pub(crate) context: Context,
    fuel: u64,
    depth: usize,
    /// How often `random()` was called.
    pub(crate) draws: u64,
    /// The two ads, by [`Side`].
    sides: [Option<Scope>; 2],
    /// Which of them is the one whose expressions are evaluated.
    here: Side,
    /// The nested ad that `evalInEachContext` is at, whose names are also looked for in the target.
    each: Option<Scope>,
    /// What is being evaluated for a reference, by address: whoever refers to one of these again goes in a circle.
    active: Vec<usize>,
    pub(crate) patterns: Patterns,
}

/// A value, or why there is none.
pub(crate) type Done = Result<Value, Failure>;

/// Evaluates an expression in an ad, with the ad on the other side of a match.
///
/// Without a target `TARGET` is undefined. A [`Failure`] is not the value `error`: nothing was evaluated to the end.
pub fn evaluate(
    expr: &Expr,
    my: Option<&Arc<Ad>>,
    target: Option<&Arc<Ad>>,
    context: &Context,
) -> Result<Value, Failure> {
    Evaluation::new(my, target, context).value(expr)
}

impl Evaluation {
    /// Prepares evaluations in `my`.
    pub fn new(my: Option<&Arc<Ad>>, target: Option<&Arc<Ad>>, context: &Context) -> Self {
        Self {
            context: *context,
            fuel: context.fuel,
            depth: 0,
            draws: 0,
            sides: [
                my.map(|ad| Scope::with_side(Arc::clone(ad), Side::Left)),
                target.map(|ad| Scope::with_side(Arc::clone(ad), Side::Right)),
            ],
            here: Side::Left,
            each: None,
            active: Vec::new(),
            patterns: Patterns::default(),
        }
    }

    fn my(&self) -> Option<&Scope> {
        self.of_side(self.here)
    }

    fn of_side(&self, side: Side) -> Option<&Scope> {
        match side {
            Side::Left => self.sides[0].as_ref(),
            Side::Right => self.sides[1].as_ref(),
            Side::Detached => None,
        }
    }

    /// Evaluates an expression in the ad.
    ///
    /// # Errors
    ///
    /// A [`Failure`] if it was not evaluated to the end.
    pub fn value(&mut self, expr: &Expr) -> Result<Value, Failure> {
        let scope = self.my().cloned();
        self.eval(expr, scope.as_ref())
    }

    /// Evaluates an attribute of the ad; `Undefined` if there is none.
    ///
    /// # Errors
    ///
    /// A [`Failure`] if it was not evaluated to the end.
    pub fn attribute(&mut self, name: &Name) -> Result<Value, Failure> {
        let Some(scope) = self.my().cloned() else { return Ok(Value::Undefined) };
        scope.ad().get(name).map_or(Ok(Value::Undefined), |expr| self.eval(expr, Some(&scope)))
    }

    /// Exchanges the two ads, so that the target's expressions can be evaluated; the fuel goes on.
    pub fn turn(&mut self) {
        self.here = self.here.other();
    }

    /// Puts another ad on the other side and fills the fuel up again.
    pub fn with_target(&mut self, target: &Arc<Ad>) {
        let side = self.here.other();
        let slot = if side == Side::Left { 0 } else { 1 };
        self.sides[slot] = Some(Scope::with_side(Arc::clone(target), side));
        self.fuel = self.context.fuel;
        self.draws = 0;
    }

    /// Takes steps off the fuel.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Failure> {
        self.fuel = self.fuel.checked_sub(steps).ok_or(Failure::Fuel(self.context.fuel))?;
        Ok(())
    }

    pub(crate) fn eval(&mut self, expr: &Expr, scope: Option<&Scope>) -> Done {
        self.spend(1)?;
        if let Expr::Literal(value) = expr {
            return Ok(value.clone());
        }
        if self.depth >= MAX_DEPTH {
            return Err(Failure::Depth(MAX_DEPTH));
        }
        self.depth += 1;
        let result = self.node(expr, scope);
        self.depth -= 1;
        result
    }

    fn node(&mut self, expr: &Expr, scope: Option<&Scope>) -> Done {
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Attribute { base: Some(base), name, .. } => {
                if let Some(ad) = self.whole(base, scope) {
                    self.spend(1)?;
                    let found = self.find(&ad, name);
                    return self.follow(found);
                }
                let base = self.eval(base, scope)?;
                self.select(&base, name, scope)
            }
            Expr::Attribute { base: None, absolute, name } => self.name(name, *absolute, scope),
            Expr::Parens(inner) => self.eval(inner, scope),
            Expr::Unary(op, inner) => self.unary(*op, inner, scope),
            Expr::Binary(..) => self.chain(expr, scope),
            Expr::Ternary(condition, yes, no) => {
                let condition = self.eval(condition, scope)?;
                self.choose(&condition, yes, no, scope)
            }
            Expr::Subscript(base, index) => self.subscript(base, index, scope),
            Expr::Call(callee, arguments) => self.call(callee, arguments, scope),
            Expr::List(items) => Ok(Value::List(List { items: Arc::clone(items), scope: scope.cloned(), made: false })),
            Expr::Ad(ad) => Ok(Value::Ad(Scope::inside(Arc::clone(ad), scope.cloned()))),
        }
    }

    fn unary(&mut self, op: UnaryOp, inner: &Expr, scope: Option<&Scope>) -> Done {
        Ok(operator::unary(op, &self.eval(inner, scope)?))
    }

    /// An operator, and those down its left side, which take no depth.
    fn chain(&mut self, expr: &Expr, scope: Option<&Scope>) -> Done {
        if let Expr::Binary(op, left, right) = expr
            && !matches!(**left, Expr::Binary(..))
        {
            let left = self.eval(left, scope)?;
            return self.link(*op, left, right, scope);
        }
        let (mut links, mut at) = (Vec::new(), expr);
        while let Expr::Binary(op, left, right) = at {
            if !links.is_empty() {
                self.spend(1)?;
            }
            links.push((*op, &**right));
            at = left;
        }
        let mut value = self.eval(at, scope)?;
        for (op, right) in links.into_iter().rev() {
            value = self.link(op, value, right, scope)?;
        }
        Ok(value)
    }

    fn link(&mut self, op: BinaryOp, left: Value, right: &Expr, scope: Option<&Scope>) -> Done {
        if let Some(decided) = operator::short_circuit(op, &left) {
            return Ok(decided);
        }
        let right = self.eval(right, scope)?;
        Ok(operator::binary(op, &left, &right))
    }

    /// One of two expressions; only that one is evaluated.
    pub(crate) fn choose(&mut self, condition: &Value, yes: &Expr, no: &Expr, scope: Option<&Scope>) -> Done {
        match condition.truth() {
            Some(true) => self.eval(yes, scope),
            Some(false) => self.eval(no, scope),
            None if condition.is_undefined() => Ok(Value::Undefined),
            None => Ok(Value::Error),
        }
    }

    fn subscript(&mut self, base: &Expr, index: &Expr, scope: Option<&Scope>) -> Done {
        let (base, index) = (self.eval(base, scope)?, self.eval(index, scope)?);
        match (&base, &index) {
            (Value::Error, _) | (_, Value::Error) => Ok(Value::Error),
            (Value::Undefined, _) | (_, Value::Undefined) => Ok(Value::Undefined),
            (Value::List(list), Value::Integer(at)) => {
                match usize::try_from(*at).ok().and_then(|at| list.items.get(at)) {
                    // Here, unlike in the functions of lists, an element sees the ad that the list was written in.
                    Some(item) => self.contained(item, list.scope.as_ref()),
                    None => Ok(Value::Error),
                }
            }
            (Value::Ad(ad), Value::String(name)) => match ad.ad().get(&Name::new(name)) {
                Some(expr) => self.contained(expr, Some(ad)),
                None => Ok(Value::Undefined),
            },
            _ => Ok(Value::Error),
        }
    }

    /// Evaluates, with a failure of the expression itself as the value `error`.
    pub(crate) fn contained(&mut self, expr: &Expr, scope: Option<&Scope>) -> Done {
        match self.eval(expr, scope) {
            Err(Failure::Fuel(limit)) => Err(Failure::Fuel(limit)),
            Err(_) => Ok(Value::Error),
            value => value,
        }
    }

    fn call(&mut self, callee: &Callee, arguments: &[Expr], scope: Option<&Scope>) -> Done {
        match callee.function() {
            Some(function) => function.run(&mut Call { evaluation: self, name: function.name(), arguments, scope }),
            None => Ok(Value::Error),
        }
    }

    /// An element of a list as the functions of lists see it: names in it are those of the caller.
    pub(crate) fn element(&mut self, list: &List, item: &Expr, scope: Option<&Scope>) -> Done {
        match item {
            Expr::Ad(_) | Expr::List(_) => self.eval(item, list.scope.as_ref()),
            _ => self.eval(item, scope),
        }
    }

    /// The ad that `MY` or `TARGET` before a point is, without taking it for a value; `None` leaves it to evaluation.
    fn whole(&self, base: &Expr, scope: Option<&Scope>) -> Option<Scope> {
        let (Expr::Attribute { base: None, absolute: false, name }, Some(scope)) = (base, scope) else { return None };
        match name.special()? {
            Special::My | Special::Target => match self.find(scope, name) {
                Found::Ad(ad) => Some(ad),
                _ => None,
            },
            _ => None,
        }
    }

    /// `base.name`.
    fn select(&mut self, base: &Value, name: &Name, scope: Option<&Scope>) -> Done {
        match base {
            Value::Undefined => Ok(Value::Undefined),
            Value::Ad(ad) => match self.find(ad, name) {
                Found::Nothing => Ok(Value::Undefined),
                found => self.follow(found),
            },
            Value::List(list) => {
                let mut values = Vec::with_capacity(list.items.len());
                for item in list.items.iter() {
                    let element = self.element(list, item, scope)?;
                    values.push(match self.select(&element, name, scope)? {
                        // What is taken out of its place sees nothing around it.
                        Value::Ad(ad) => Value::Ad(Scope::inside(Arc::clone(ad.ad()), None)),
                        Value::List(list) => Value::List(List { scope: None, made: false, ..list }),
                        other => other.into_element(),
                    });
                }
                let items = values.into_iter().map(Expr::Literal).collect();
                Ok(Value::List(List { items, scope: None, made: false }))
            }
            _ => Ok(Value::Error),
        }
    }

    /// `name` or `.name`.
    fn name(&mut self, name: &Name, absolute: bool, scope: Option<&Scope>) -> Done {
        if absolute {
            let root = self.root(scope).ok_or_else(|| Failure::NoRoot(name.to_string()))?;
            let found = self.find(&root, name);
            return self.follow(found);
        }
        let Some(start) = scope else { return Ok(Value::Undefined) };
        let found = self.find_far(start, name);
        self.follow(found)
    }

    /// Looks an unscoped name up, at last on the other side of the match.
    pub(crate) fn find_far(&self, start: &Scope, name: &Name) -> Found {
        match self.find(start, name) {
            // Only an outermost ad, or one that stands for it, reaches over to the other side.
            Found::Nothing
                if start.side() != Side::Detached || self.each.as_ref().is_some_and(|each| each.is(start)) =>
            {
                self.opposite(start).map_or(Found::Nothing, |other| self.find(&other, name))
            }
            found => found,
        }
    }

    fn root(&self, scope: Option<&Scope>) -> Option<Scope> {
        let outermost = scope.map(Scope::outermost).filter(|s| s.side() != Side::Detached);
        outermost.or(self.my()).cloned()
    }

    /// The ad on the other side of the match from where `scope` is.
    fn opposite(&self, scope: &Scope) -> Option<Scope> {
        self.of_side(scope.outermost().side().other()).cloned()
    }

    /// Looks a name up from the inside to the outside.
    pub(crate) fn find(&self, start: &Scope, name: &Name) -> Found {
        let found = match name.special() {
            // These mean something in the innermost ad already, so they are not looked for further out.
            Some(Special::My | Special::Parent | Special::Root | Special::CurrentTime) => {
                start.ad().index(name).map(|at| (start, at))
            }
            _ => start.find(name),
        };
        if let Some(scope) = found {
            return Found::Attribute(scope.0.clone(), scope.1);
        }
        let ad = match name.special() {
            Some(Special::My) => Some(start.clone()),
            Some(Special::Parent) => start.parent().cloned(),
            Some(Special::Root) => self.root(Some(start)),
            Some(Special::Target) => self.opposite(start),
            Some(Special::CurrentTime) => return Found::Now,
            None => None,
        };
        ad.map_or(Found::Nothing, Found::Ad)
    }

    fn follow(&mut self, found: Found) -> Done {
        match found {
            Found::Nothing => Ok(Value::Undefined),
            Found::Ad(scope) => Ok(Value::Ad(scope)),
            Found::Now => Ok(Value::Integer(self.context.now)),
            Found::Attribute(scope, at) => {
                let Some(expr) = scope.ad().at(at) else { return Ok(Value::Undefined) };
                if let Expr::Literal(value) = expr {
                    self.spend(1)?;
                    return Ok(value.clone());
                }
                let address = std::ptr::from_ref(expr).addr();
                if self.active.contains(&address) {
                    return Ok(Value::Undefined);
                }
                self.active.push(address);
                let result = self.eval(expr, Some(&scope));
                self.active.pop();
                result
            }
        }
    }

    /// Evaluates in a nested ad as if it were the one of this side.
    pub(crate) fn in_each(&mut self, expr: &Expr, ad: Scope) -> Done {
        let before = self.each.replace(ad.clone());
        let active = std::mem::take(&mut self.active);
        let result = self.contained(expr, Some(&ad));
        self.active = active;
        self.each = before;
        result
    }
}

/// What a name stands for.
pub(crate) enum Found {
    /// Where, and at which place of that ad.
    Attribute(Scope, usize),
    Ad(Scope),
    Now,
    Nothing,
}
