//! What must hold for any bytes: reading does not panic, what is printed reads back the same, evaluation ends.

#![allow(dead_code, reason = "each of those that share this uses a part of it")]

use pelago_classad::{
    Ad, Context, Evaluation, Expr, Name, Syntax, matches, parse, parse_ad, parse_ad_with, parse_ads, parse_old_ads,
    parse_with, print_old,
};
use std::sync::Arc;

const CONTEXT: Context = Context { now: 1_234_567_890, zone: -3600, seed: 3, fuel: 20_000 };

fn expression(expr: &Expr, my: &Arc<Ad>) {
    let printed = expr.to_string();
    assert_eq!(parse(&printed).as_ref(), Ok(expr), "{printed}");
    let value = Evaluation::new(Some(my), Some(my), &CONTEXT).value(expr);
    if let Ok(value) = value {
        let _ = value.to_string();
    }
}

fn whole(ad: Ad) {
    let printed = ad.to_string();
    assert_eq!(parse_ad(&printed).as_ref(), Ok(&ad), "{printed}");
    if let Ok(printed) = print_old(&ad) {
        assert_eq!(
            parse_old_ads(&printed).map(|ads| ads.into_iter().next().unwrap_or_default()),
            Ok(ad.clone()),
            "{printed}"
        );
    }
    let names: Vec<Name> = ad.iter().map(|(name, _)| name.clone()).collect();
    let ad = Arc::new(ad);
    let mut evaluation = Evaluation::new(Some(&ad), None, &CONTEXT);
    for name in &names {
        let _ = evaluation.attribute(name);
    }
    let _ = matches(&ad, &ad, &CONTEXT);
}

/// Checks all readers with some bytes.
pub fn check(data: &[u8]) {
    check_with(&[Syntax::Condor, Syntax::New, Syntax::Old], data);
}

/// Checks the readers of some syntaxes with some bytes.
pub fn check_with(syntaxes: &[Syntax], data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let my = Arc::new(parse_ad("[ a = 1; b = { a, \"x\" }; c = [ d = a ]; e = parent.a; f = e ]").unwrap_or_default());
    for syntax in syntaxes.iter().copied() {
        match parse_with(text, syntax) {
            Ok(expr) => expression(&expr, &my),
            Err(error) => {
                let _ = (error.to_string(), error.position(text));
                assert!(error.span.start <= text.len() && error.span.start <= error.span.end, "{error:?}");
            }
        }
    }
    for syntax in syntaxes {
        let ads = match syntax {
            Syntax::Condor => [parse_ad(text).map(|ad| vec![ad]), parse_ads(text)],
            Syntax::New => [parse_ad_with(text, Syntax::New).map(|ad| vec![ad]), Ok(Vec::new())],
            Syntax::Old => [parse_old_ads(text), Ok(Vec::new())],
        };
        for ads in ads.into_iter().flatten() {
            ads.into_iter().for_each(whole);
        }
    }
}
