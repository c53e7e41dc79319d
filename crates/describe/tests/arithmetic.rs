//! Arithmetic in file names gives what a slow and obvious evaluation gives.

use pelago_describe::{Language, Source, read};
use pelago_job::name::Values;
use pelago_job::{NameError, ParamNo};
use proptest::prelude::*;
use std::borrow::Cow;

/// An expression as the oracle sees it.
#[derive(Clone, Debug)]
enum Node {
    Int(i64),
    A,
    B,
    Neg(Box<Node>),
    Op(char, Box<Node>, Box<Node>),
}

/// Its text with every bracket written.
fn text(node: &Node, rng: &mut usize) -> String {
    *rng = rng.wrapping_mul(31).wrapping_add(7);
    let (gap, form) = (["", " ", "  "][*rng % 3], *rng % 4);
    match node {
        Node::Int(value) => value.to_string(),
        Node::A | Node::B => {
            let name = if matches!(node, Node::A) { "a" } else { "bb" };
            [name.to_string(), format!("${name}"), format!("${{{name}}}"), format!("$({name})")][form].clone()
        }
        Node::Neg(inner) => format!("-{gap}({})", text(inner, rng)),
        Node::Op(op, left, right) => {
            let side = |n: &Node, rng: &mut usize| match n {
                Node::Op(..) => format!("({})", text(n, rng)),
                _ => text(n, rng),
            };
            let (left, right) = (side(left, rng), side(right, rng));
            format!("{left}{gap}{op}{gap}{right}")
        }
    }
}

/// Its value in 128 bits; `None` for what 64 bits or division refuse.
fn value(node: &Node, a: i64, b: i64) -> Option<i128> {
    let result = match node {
        Node::Int(value) => i128::from(*value),
        Node::A => i128::from(a),
        Node::B => i128::from(b),
        Node::Neg(inner) => -value(inner, a, b)?,
        Node::Op(op, left, right) => {
            let (left, right) = (value(left, a, b)?, value(right, a, b)?);
            // The processor's remainder of the least integer and -1 is an overflow, though its value would be 0.
            let overflow = left == i128::from(i64::MIN) && right == -1;
            match op {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                '/' if right != 0 => left / right,
                '%' if right != 0 && !overflow => left % right,
                _ => return None,
            }
        }
    };
    i64::try_from(result).ok().map(i128::from)
}

fn nodes() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        (-1000i64..1000).prop_map(Node::Int),
        prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(3_000_000_000)].prop_map(Node::Int),
        Just(Node::A),
        Just(Node::B)
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let op = prop_oneof![Just('+'), Just('-'), Just('*'), Just('/'), Just('%')];
        prop_oneof![
            inner.clone().prop_map(|n| Node::Neg(Box::new(n))),
            (op, inner.clone(), inner).prop_map(|(o, l, r)| Node::Op(o, Box::new(l), Box::new(r))),
        ]
    })
}

struct Task(i64, i64);

impl Values for Task {
    fn text(&self, param: ParamNo) -> Cow<'_, str> {
        Cow::Owned(if param.0 == 0 { self.0 } else { self.1 }.to_string())
    }

    fn previous(&self, _: ParamNo) -> Option<Cow<'_, str>> {
        None
    }

    fn number(&self) -> u64 {
        1
    }
}

fn filled(expression: &str, a: i64, b: i64) -> Result<String, NameError> {
    let plan = format!(
        "parameter a integer range from -100 to 100\nparameter bb integer range from -100 to 100\n\
         task main\n output {expression}\n exec true $a $bb\nendtask\n"
    );
    let source = Source::new("x.plan", plan);
    let reading = read(&source, Some(Language::Plan));
    let shown = reading.render(&source, false);
    let experiment = reading.said.and_then(|said| said.experiment).unwrap_or_else(|| panic!("{shown}"));
    experiment.groups[0].outputs[0].name.fill(&Task(a, b))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn arithmetic_agrees_with_the_oracle(node in nodes(), a in -100i64..100, b in -100i64..100, seed in 0usize..1000) {
        let mut rng = seed;
        let expression = text(&node, &mut rng);
        let expect = value(&node, a, b).map(|v| v.to_string());
        prop_assert_eq!(filled(&format!("$(({expression}))"), a, b).ok(), expect.clone());
        prop_assert_eq!(filled(&format!("`/bin/echo $(({expression}))`"), a, b).ok(), expect.clone());
        let escaped = expression.replace('*', "\\*").replace('(', "\\(").replace(')', "\\)").replace("$\\(", "$(");
        if !escaped.contains("$(") {
            prop_assert_eq!(filled(&format!("`expr {escaped}`"), a, b).ok(), expect);
        }
    }
}

#[test]
fn operators_bind_as_in_c() {
    for (expression, expect) in [
        ("$((2 + 3 * a))", "17"),
        ("$((10 - a - 2))", "3"),
        ("$((-7 / 2))", "-3"),
        ("$((-7 % 3))", "-1"),
        ("$((- - a))", "5"),
        ("$((+a * (bb + 1)))", "40"),
    ] {
        assert_eq!(filled(expression, 5, 7).as_deref(), Ok(expect), "{expression}");
    }
}
