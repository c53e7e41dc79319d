//! Facts of the language, each by an example: what HTCondor's library says too.

use pelago_classad::{
    Context, Evaluation, Expr, Failure, Name, Syntax, Value, accepts, evaluate, matches, parse, parse_ad,
    parse_ad_with, parse_ads, parse_old_ad, parse_old_ads, parse_with, print_old, rank,
};
use std::sync::Arc;

const CONTEXT: Context = Context { now: 1_000_000_000, zone: 3600, seed: 7, fuel: 100_000 };

fn value(text: &str) -> String {
    let expr = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    match evaluate(&expr, None, None, &CONTEXT) {
        Ok(value) => value.to_string(),
        Err(failure) => format!("fails: {failure}"),
    }
}

/// Lines of an expression, `->` and its value.
fn all(table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expect) = line.split_once(" -> ").unwrap_or_else(|| panic!("{line}"));
        assert_eq!(value(text.trim()), expect.trim(), "{text}");
    }
}

#[test]
fn logic_has_three_values_and_errors() {
    all(r#"
        undefined || true -> true
        undefined || false -> undefined
        undefined && false -> false
        error && false -> error
        false && error -> false
        true || error -> true
        "yes" && false -> error
        2 && 0.5 -> true
        !undefined -> undefined
        undefined ? 1 : 2 -> undefined
        error ? 1 : 2 -> error
        0.0 ? 1 : 2 -> 2
        undefined ?: 5 -> 5
        error ?: 5 -> error
        1 + undefined ?: 2 -> 3
        undefined =?= undefined -> true
        error =?= error -> true
        undefined == 1 -> undefined
        undefined + error -> error
        1 =?= 1.0 -> false
        1 == 1.0 -> true
        "a" == "A" -> true
        "a" =?= "A" -> false
        "a" is "a" -> true
        "a" isnt "a" -> false
        "a" < 1 -> error
        {1} == {1} -> error
    "#);
}

#[test]
fn arithmetic_has_its_edges() {
    all(r#"
        -7 / 2 -> -3
        -7 % 3 -> -1
        1 / 0 -> error
        1 / 0.0 -> error
        -1 / 0.0 -> -1e999
        -9223372036854775808 / -1 -> 9223372036854775807
        -9223372036854775808 % -1 -> 0
        9223372036854775807 + 1 -> -9223372036854775808
        true + true -> 2
        -true -> error
        +"a" -> error
        1 << 64 -> 1
        -8 >> 1 -> -4
        -8 >>> 1 -> 9223372036854775804
        5 % 2.0 -> error
        1 + 2 * 3 - 4 -> 3
        relTime(5) * 2 -> relTime("10")
        absTime(5) - absTime(0) -> relTime("05")
        0.1 + 0.2 -> 0.30000000000000004
        0.7 * 4.5 -> 3.15
        round(2.5) -> 2
        ceiling("1.2") -> 2
        int("0x10") -> 16
        pow(2, 10) -> 1024
        quantize(7, {2, 3}) -> 9
        quantize(7.5, 2) -> 8.0
        avg({1, 2}) -> 1.5
        sum({}) -> 0
        max({1, 2.0}) -> 2.0
        min({}) -> undefined
    "#);
}

#[test]
fn texts_and_lists() {
    all(r#"
        "a" "b" -> "ab"
        "\101\044\44\1" -> "A$$\001"
        size("abc") + size({1, 2}) + size([x = 1]) -> 6
        substr("hello", -3) -> "llo"
        substr("hello", 1, -1) -> "ell"
        strcat("a", 1, true) -> "a1true"
        join(", ", {1, "b"}) -> "1, b"
        split("a, b,,c") -> { "a", "b", "", "c" }
        splitUserName("u@h") -> { "u", "h" }
        splitSlotName("h") -> { "", "h" }
        versioncmp("8.9.1", "8.10") < 0 -> true
        version_in_range("8.9", "8.8", "8.10") -> true
        regexp("a.c", "xabcx") -> true
        regexp("(", "a") -> error
        regexps("(a)(b)", "xaby", "\\2\\1") -> "ba"
        replaceAll("a", "banana", "o") -> "bonono"
        member("A", {"a"}) -> true
        identicalMember("A", {"a"}) -> false
        anyCompare("<", {1, 5}, 3) -> true
        allCompare("<", {1, 5}, 3) -> false
        stringListMember("b", "a, b") -> true
        stringListSum("1,2.5") -> 3.5
        stringListSubsetMatch("a,b", "b,a,c") -> true
        stringListsIntersect("a,b", "b") -> true
        stringList_regexpMember("^b", "a,b") -> true
        argsToList("a 'b c' d''e") -> { "a", "b c", "de" }
        listToArgs({"a b", "c'd", ""}) -> "a' 'b c''''d ''"
        envV1ToV2("a=b;c=d e") -> "a=b c=d' 'e"
        mergeEnvironment("b=1 a=2", undefined, "C=3") -> "C=3 a=2 b=1"
        {1, 2, 3}[1] -> 2
        {1}[1] -> error
        [a = 1]["A"] -> 1
        [a = 1].b -> undefined
        {[a = 1], [b = 2]}.a -> { 1, undefined }
        evalInEachContext(q * 2, {[q = 1], 2, undefined}) -> { 2, error, undefined }
        countMatches(q > 1, {[q = 1], [q = 2]}) -> 1
        eval("1 +" + "") -> error
        eval("1 + 2") -> 3
        string({1, 2.5}) -> "{ 1,2.500000000000000E+00 }"
        interval(100000) -> "1+03:46:40"
        noSuchFunction(1) -> error
    "#);
}

#[test]
fn time_and_chance_are_the_context() {
    all(r#"
        time() -> 1000000000
        currentTime() -> absTime("2001-09-09T02:46:40+01:00")
        timeZoneOffset() -> relTime("01:00:00")
        dayTime() -> relTime("02:46:40")
        formatTime(0, "%F %T") -> "1970-01-01 01:00:00"
        getHours(absTime("2001-09-09T02:46:40Z")) -> 3
        getDayOfWeek(absTime(0)) -> 4
        splitTime(relTime(-5000)).Hours -> -1
        absTime("2003-09-03") -> absTime("2003-09-03T00:00:00+01:00")
        random(0) -> fails: random() needs a number greater than zero, not 0
        isError(random(0)) -> fails: random() needs a number greater than zero, not 0
    "#);
    let expr = parse("{random(1000), random(1000), random()}[0]").unwrap_or(Value::Error.into());
    let draw = |seed| evaluate(&expr, None, None, &Context { seed, ..CONTEXT });
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let two = parse("random(1000000) == random(1000000)").unwrap_or(Value::Error.into());
    assert_eq!(evaluate(&two, None, None, &CONTEXT), Ok(Value::Boolean(false)));
}

fn attribute(ad: &str, name: &str) -> String {
    let ad = Arc::new(parse_ad(ad).unwrap_or_else(|e| panic!("{ad}: {e}")));
    let value = Evaluation::new(Some(&ad), None, &CONTEXT).attribute(&Name::new(name));
    value.map_or_else(|failure| format!("fails: {failure}"), |value| value.to_string())
}

#[test]
fn names_are_found_from_the_inside_out() {
    let nested = "[ b = 1; c = [ b = 2; a = b; d = .b; e = parent.b; f = MY.b; g = [ h = b; i = root.b ] ];
                    x = c.a; y = c.d; z = c.e; w = c.g.h; v = c.g.i; u = C.F; CurrentTime2 = CurrentTime ]";
    for (name, expect) in [("x", "2"), ("y", "1"), ("z", "1"), ("w", "2"), ("v", "1"), ("u", "2"), ("W", "2")] {
        assert_eq!(attribute(nested, name), expect, "{name}");
    }
    assert_eq!(attribute(nested, "CurrentTime2"), "1000000000");
    let circle = "[ a = b; b = a; c = c + 1; d = {d}; e = TARGET.x; f = unresolved(g); g = h + TARGET.i + a ]";
    for (name, expect) in [
        ("a", "undefined"),
        ("c", "undefined"),
        ("d", "{ d }"),
        ("e", "undefined"),
        ("f", "\"h,i\""),
        ("q", "undefined"),
    ] {
        assert_eq!(attribute(circle, name), expect, "{name}");
    }
    let policy = "[ times = [ globus = [ start = 1900 ]; condor = [ start = 100 ] ]; a = times[\"globus\"].start ]";
    assert_eq!(attribute(policy, "a"), "1900");
    let all = "[ all = { [a = 1], [a = 2], [a = 3] }; set = all.a; s = sum(set); few = allCompare(\"<\", set, 3) ]";
    assert_eq!(attribute(all, "s"), "6");
    assert_eq!(attribute(all, "few"), "false");
}

#[test]
fn ads_match_each_other() {
    let ad = |text: &str| Arc::new(parse_ad(text).unwrap_or_else(|e| panic!("{text}: {e}")));
    let job = ad(r#"[ Type = "Job"; Used = 6000; Rank = TARGET.Memory / 1000.0;
                      Requirements = other.Type == "machine" && other.Memory >= 4000 ]"#);
    let machine = ad(r#"[ Type = "Machine"; Memory = 5000; Requirements = TARGET.Type == "job" && Used < 8000 ]"#);
    let other = ad(r#"[ Type = "Machine"; Memory = 5000; Requirements = other.MyType == "Job" ]"#);
    let both = |a: &Arc<_>, b: &Arc<_>| matches(a, b, &CONTEXT);
    assert_eq!(both(&job, &machine), Ok(true));
    assert_eq!(both(&machine, &job), Ok(true));
    assert_eq!(both(&job, &other), Ok(false), "undefined is no match");
    assert_eq!(accepts(&job, &other, &CONTEXT), Ok(true));
    assert_eq!(rank(&job, &machine, &CONTEXT), Ok(5.0));
    assert_eq!(rank(&machine, &job, &CONTEXT), Ok(0.0), "no rank is zero");
    assert_eq!(both(&job, &ad("[ Memory = 9000 ]")), Ok(false), "requirements that are missing");
    let text = ad(r#"[ Requirements = "true" ]"#);
    assert_eq!(both(&text, &text), Ok(false), "a text is no condition");
    // What is found in the other ad is evaluated as its own.
    let here = ad("[ A = 1; Requirements = TARGET.Own == 2 && V == 1 ]");
    let there = ad("[ A = 2; Own = MY.A; V = TARGET.A; Requirements = true ]");
    assert_eq!(both(&here, &there), Ok(true));
}

#[test]
fn the_three_spellings() {
    let old = "# a comment\nA = 1\nB = \"say \\\"x\\\" \\n\"\nC = A =?= 1 && B =!= undefined\n\nA = 2\nPath = \"c:\\dir\\\"\n";
    let ads = parse_old_ads(old).unwrap_or_else(|e| panic!("{e} at {:?}", e.position(old)));
    assert_eq!(ads.len(), 2);
    assert_eq!(ads[0].get(&"b".into()), Some(&Expr::from(Value::string("say \"x\" \\n"))));
    assert_eq!(ads[1].get(&"PATH".into()), Some(&Expr::from(Value::string("c:\\dir\\"))));
    assert_eq!(parse_old_ad(&print_old(&ads[0]).unwrap_or_default()).as_ref(), Ok(&ads[0]));
    assert!(print_old(&ads[1]).is_err(), "a backslash at the end cannot be told everywhere");
    assert_eq!(parse_ads("[a=1] [a=2]\n[]").map(|ads| ads.len()), Ok(3));
    assert_eq!(parse_ads("{ [a=1], [a=2] }").map(|ads| ads.len()), Ok(2));
    assert!(parse("0x1F").is_err() && parse("017").is_err(), "HTCondor reads neither");
    assert_eq!(parse_with("0x1F + 017", Syntax::New).map(|e| e.to_string()), Ok("31 + 15".into()));
    let same = parse_ad_with("[ a = 010 ]", Syntax::New).map(|ad| ad.to_string());
    assert_eq!(same, Ok("[ a = 8 ]".into()));
    assert_eq!(parse("f(1; 2)"), parse("F(1, 2)"));
    assert!(parse("{1, 2,}").is_err());
    assert_eq!(attribute("[;; 'a b' = 1; x = 'a b' + [ 'a b' = 2 ].'a b';; ]", "x"), "3");
    assert_eq!(value("1 // to the end\n + /* here */ 2"), "3");
}

#[test]
fn errors_say_where_and_what() {
    for (text, at, what) in [
        ("1 +", (1, 4), "expected a value, a name or a bracket, found the end"),
        ("a <=> 2", (1, 5), "expected a value, a name or a bracket, found `>`"),
        ("\"abc", (1, 1), "this text has no closing quotation mark"),
        ("a\n + 5.", (2, 4), "this is no number: digits are missing after the point"),
        ("1K", (1, 2), "the expression ends before this; expected an operator or the end, found `K`"),
        ("99999999999999999999", (1, 1), "this integer does not fit in 64 bits; write it as a real, with `.0`"),
        ("a = 1", (1, 3), "the expression ends before this; expected an operator or the end, found `=`"),
        ("f(1", (1, 4), "expected an operator, `,` or `)`, found the end"),
        ("[ a = 1 b = 2 ]", (1, 9), "expected an operator, `;` or `]`, found `b`"),
        ("a ? 1", (1, 6), "expected `:` of the choice `? :`, found the end"),
        ("#", (1, 1), "`#` begins nothing in this language"),
    ] {
        let error = match parse(text) {
            Err(error) => error,
            Ok(expr) => panic!("{text} is {expr}"),
        };
        assert_eq!((error.position(text), error.to_string().as_str()), (at, what), "{text}");
    }
    assert!(parse("relTime(\"never\")").is_err_and(|e| e.to_string().contains("`never` is no time")));
}

#[test]
fn failures_say_why() {
    let long = format!("size({{{}}})", vec!["1"; 50].join(","));
    let expr = parse(&long).unwrap_or(Value::Error.into());
    assert_eq!(evaluate(&expr, None, None, &CONTEXT), Ok(Value::Integer(50)));
    let poor = Context { fuel: 1, ..CONTEXT };
    assert_eq!(evaluate(&expr, None, None, &poor), Err(Failure::Fuel(1)));
    assert_eq!(value(".a"), "fails: `.a` means an attribute of the outermost ad, and there is no ad");
    assert_eq!(value("userHome()"), "fails: userHome() takes a name and perhaps a default");
    // Text that doubles is paid for.
    let doubling = format!(
        "[ a0 = \"xxxxxxxxxxxxxxxx\"; {} ]",
        (1..60).map(|i| format!("a{i} = strcat(a{0}, a{0});", i - 1)).collect::<String>()
    );
    assert!(attribute(&doubling, "a59").contains("fails: the expression takes more than the 100000 steps"));
}
