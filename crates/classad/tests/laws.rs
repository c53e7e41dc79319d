//! Laws that hold for all expressions.

use pelago_classad::{BinaryOp, Callee, Context, Expr, Name, UnaryOp, Value, evaluate, parse};
use proptest::prelude::*;

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Error),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        (-5i64..5).prop_map(Value::Integer),
        any::<f64>().prop_filter("NaN is written as a call", |r| !r.is_nan()).prop_map(Value::Real),
        "[a-zA-Z0-9 \\\\\"'\n\t\u{1}-\u{7f}é]{0,8}".prop_map(|text| Value::string(&text)),
        (-62_100_000_000i64..253_000_000_000, -12..=14)
            .prop_map(|(seconds, hours)| Value::AbsTime { seconds, offset: hours * 3600 }),
        (-1e6..1e6f64).prop_map(Value::RelTime),
        (-1_000_000i32..1_000_000).prop_map(|seconds| Value::RelTime(f64::from(seconds))),
    ]
}

fn binary() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp as B;
    prop::sample::select(vec![
        B::Or,
        B::And,
        B::BitOr,
        B::BitXor,
        B::BitAnd,
        B::Equal,
        B::NotEqual,
        B::Is,
        B::Isnt,
        B::Less,
        B::LessEqual,
        B::Greater,
        B::GreaterEqual,
        B::ShiftLeft,
        B::ShiftRight,
        B::ShiftRightUnsigned,
        B::Add,
        B::Subtract,
        B::Multiply,
        B::Divide,
        B::Modulus,
        B::Elvis,
    ])
}

/// Any expression, also such that a parser never makes: with no brackets where they are needed.
fn any_expr() -> impl Strategy<Value = Expr> {
    let name = prop_oneof!["[a-z_]{1,3}", Just("is".to_string()), Just("a b".into()), Just("parent".into())];
    let leaf = prop_oneof![
        scalar().prop_map(Expr::Literal),
        (name.clone(), any::<bool>()).prop_map(|(name, absolute)| Expr::Attribute {
            base: None,
            absolute,
            name: Name::new(&name)
        }),
    ];
    // A reserved word stands for itself wherever a function's name could.
    let reserved = ["error", "false", "is", "isnt", "true"];
    let function = "[a-z]{1,5}|strcat|size|eval|member|sum|split|string"
        .prop_filter("no function has such a name", move |name| !reserved.contains(&name.as_str()));
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let unary = prop::sample::select(vec![UnaryOp::Minus, UnaryOp::Plus, UnaryOp::Not, UnaryOp::BitNot]);
        let some = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (unary, inner.clone()).prop_map(|(op, e)| Expr::Unary(op, e.into())),
            (binary(), inner.clone(), inner.clone()).prop_map(|(op, a, b)| Expr::Binary(op, a.into(), b.into())),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| Expr::Ternary(
                a.into(),
                b.into(),
                c.into()
            )),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::Subscript(a.into(), b.into())),
            inner.clone().prop_map(|e| Expr::Parens(e.into())),
            (inner.clone(), name.clone()).prop_map(|(base, name)| Expr::Attribute {
                base: Some(base.into()),
                absolute: false,
                name: Name::new(&name)
            }),
            some.clone().prop_map(|items| Expr::List(items.into())),
            prop::collection::vec((name.clone(), inner), 0..3).prop_map(|all| Expr::Ad(std::sync::Arc::new(
                all.into_iter().map(|(name, expr)| (Name::new(&name), expr)).collect()
            ))),
            (function.clone(), some).prop_map(|(name, arguments)| Expr::Call(Callee::new(Name::new(&name)), arguments)),
        ]
    })
}

/// What is left when the brackets are taken away that only printing needs.
fn bare(expr: &Expr) -> Expr {
    let each = |expr: &Expr| Box::new(bare(expr));
    match expr {
        Expr::Parens(inner) => bare(inner),
        Expr::Unary(op, a) => Expr::Unary(*op, each(a)),
        Expr::Binary(op, a, b) => Expr::Binary(*op, each(a), each(b)),
        Expr::Ternary(a, b, c) => Expr::Ternary(each(a), each(b), each(c)),
        Expr::Subscript(a, b) => Expr::Subscript(each(a), each(b)),
        Expr::Attribute { base: Some(base), name, .. } => {
            Expr::Attribute { base: Some(each(base)), absolute: false, name: name.clone() }
        }
        Expr::Call(callee, arguments) => Expr::Call(callee.clone(), arguments.iter().map(bare).collect()),
        Expr::List(items) => Expr::List(items.iter().map(bare).collect()),
        Expr::Ad(ad) => Expr::Ad(std::sync::Arc::new(ad.iter().map(|(name, e)| (name.clone(), bare(e))).collect())),
        other => other.clone(),
    }
}

fn value(expr: &Expr) -> Result<Value, pelago_classad::Failure> {
    evaluate(expr, None, None, &Context::at(1_700_000_000))
}

fn apply(op: BinaryOp, a: &Value, b: &Value) -> Value {
    let expr = Expr::Binary(op, Expr::from(a.clone()).into(), Expr::from(b.clone()).into());
    value(&expr).unwrap_or(Value::Error)
}

fn not(a: &Value) -> Value {
    value(&Expr::Unary(UnaryOp::Not, Expr::from(a.clone()).into())).unwrap_or(Value::Error)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_means_the_same(expr in any_expr()) {
        let printed = expr.to_string();
        let read = match parse(&printed) {
            Ok(read) => read,
            Err(error) => return Err(TestCaseError::fail(format!("{printed}: {error}"))),
        };
        prop_assert_eq!(bare(&read), bare(&expr), "{}", printed);
        prop_assert_eq!(read.to_string(), printed);
        prop_assert_eq!(format!("{:?}", value(&read).map(|v| v.to_string())), format!("{:?}", value(&expr).map(|v| v.to_string())));
    }

    #[test]
    fn values_read_back(value in scalar()) {
        let read = parse(&value.to_string());
        prop_assert_eq!(read, Ok(Expr::Literal(value)));
    }

    #[test]
    fn logic_obeys_de_morgan(a in scalar(), b in scalar()) {
        prop_assert_eq!(not(&apply(BinaryOp::And, &a, &b)), apply(BinaryOp::Or, &not(&a), &not(&b)));
        prop_assert_eq!(not(&apply(BinaryOp::Or, &a, &b)), apply(BinaryOp::And, &not(&a), &not(&b)));
    }

    #[test]
    fn comparisons_have_two_sides(a in scalar(), b in scalar()) {
        for (op, back) in [
            (BinaryOp::Equal, BinaryOp::Equal), (BinaryOp::Less, BinaryOp::Greater),
            (BinaryOp::LessEqual, BinaryOp::GreaterEqual), (BinaryOp::Is, BinaryOp::Is),
        ] {
            prop_assert_eq!(apply(op, &a, &b), apply(back, &b, &a));
        }
        prop_assert_eq!(apply(BinaryOp::Is, &a, &a), Value::Boolean(true));
        prop_assert_eq!(not(&apply(BinaryOp::Is, &a, &b)), apply(BinaryOp::Isnt, &a, &b));
        prop_assert_eq!(not(&apply(BinaryOp::Equal, &a, &b)), apply(BinaryOp::NotEqual, &a, &b));
    }

    #[test]
    fn errors_and_undefined_spread(a in scalar(), op in binary()) {
        let strict = !matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Is | BinaryOp::Isnt | BinaryOp::Elvis);
        if strict {
            prop_assert_eq!(apply(op, &a, &Value::Error), Value::Error);
            prop_assert_eq!(apply(op, &Value::Error, &a), Value::Error);
            let expect = if a == Value::Error { Value::Error } else { Value::Undefined };
            prop_assert_eq!(apply(op, &a, &Value::Undefined), expect.clone());
            prop_assert_eq!(apply(op, &Value::Undefined, &a), expect);
        }
    }

    #[test]
    fn evaluation_ends_and_is_the_same_again(expr in any_expr(), fuel in 0u64..200) {
        let context = Context { fuel, ..Context::at(0) };
        let show = || evaluate(&expr, None, None, &context).map(|v| v.to_string());
        prop_assert_eq!(show(), show());
    }
}
