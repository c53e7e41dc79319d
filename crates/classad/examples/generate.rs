//! Prints random expressions with what this crate makes of them: `generate COUNT SEED`. An oracle reads them.
//!
//! The first two lines are the ads `MY` and `TARGET`. Each line after them is a result, a tab, and an expression. A
//! result is `parse`, `fail`, or a letter for the type, a colon and the value: reals and spans as the bits of the
//! double, texts as hexadecimal bytes, points in time, lists and ads as the text that `string()` makes of them.

use pelago_classad::{Context, Evaluation, Value, parse, parse_ad};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;

const MY: &str = r#"[ A = 1; B = 2.5; S = "text"; L = { 3, 1, 2 }; N = [ q = 7; r = { 1 }; t = A; deep = [ z = q + A ] ];
 X = A + B; U = undefined; E = error; T = true; F = false; Z = 0; W = { A, "x", undefined }; C = C2 + 1; C2 = C;
 RT = relTime(90); AT = absTime("2020-02-29T12:34:56Z"); LS = "a, b,c"; M = [ A = 5; m = A ]; D = MY.A + TARGET.A;
 LA = { [ q = 1 ], [ q = 2; A = 9 ], M }; H = Q + 1; G = missing + TARGET.gone; NEG = -3; BIG = 9223372036854775807 ]"#;
const TARGET: &str = r#"[ A = 10; K = "tk"; Q = A * 2; V = MY.A; Y = TARGET.B; P = { A, B }; Req = TARGET.A < MY.A;
 J = S; O = [ A = 11; o = A ]; I = K ]"#;

/// Chance from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// Functions with the kinds of their arguments: `s`tring, pattern (`p`), options (`o`), string list (`c`), `n`umber,
/// small `i`nteger, number of seconds (`j`), `l`ist, list of ads (`L`), `d` for an ad, `t`ime, `b`oolean, `r`eference, o`q`erator, version (`v`),
/// `f`ormat, text of an expression (`e`), environment (`E`), arguments (`G`), number as text (`k`), `a`nything.
/// Those that give something else each time, and those that ask the machine, are not here.
const FUNCTIONS: &[(&str, &str)] = &[
    ("isUndefined", "a"),
    ("isError", "a"),
    ("isString", "a"),
    ("isInteger", "a"),
    ("isReal", "a"),
    ("isList", "a"),
    ("isClassAd", "a"),
    ("isBoolean", "a"),
    ("isAbsTime", "a"),
    ("isRelTime", "a"),
    ("isUndefined", "r"),
    ("member", "al"),
    ("identicalMember", "al"),
    ("member", "nl"),
    ("member", "sl"),
    ("size", "a"),
    ("size", "l"),
    ("size", "s"),
    ("size", "d"),
    ("sum", "l"),
    ("avg", "l"),
    ("min", "l"),
    ("max", "l"),
    ("anyCompare", "qla"),
    ("allCompare", "qla"),
    ("anyCompare", "qln"),
    ("allCompare", "qln"),
    ("getYear", "t"),
    ("getMonth", "t"),
    ("getDayOfYear", "t"),
    ("getDayOfMonth", "t"),
    ("getDayOfWeek", "t"),
    ("getDays", "t"),
    ("getHours", "t"),
    ("getMinutes", "t"),
    ("getSeconds", "t"),
    ("splitTime", "t"),
    ("formatTime", "t"),
    ("formatTime", "tf"),
    ("formatTime", "if"),
    ("timeZoneOffset", ""),
    ("interval", "j"),
    ("strcat", ""),
    ("strcat", "s"),
    ("strcat", "ss"),
    ("strcat", "sna"),
    ("strcat", "aa"),
    ("join", "sl"),
    ("join", "l"),
    ("join", "sss"),
    ("join", "ssas"),
    ("join", "saaa"),
    ("join", "a"),
    ("toUpper", "a"),
    ("toLower", "a"),
    ("toUpper", "s"),
    ("substr", "si"),
    ("substr", "sii"),
    ("strcmp", "ss"),
    ("stricmp", "ss"),
    ("strcmp", "aa"),
    ("stricmp", "aa"),
    ("versioncmp", "vv"),
    ("versionLE", "vv"),
    ("versionLT", "vv"),
    ("versionGE", "vv"),
    ("versionGT", "vv"),
    ("versionEQ", "vv"),
    ("version_in_range", "vvv"),
    ("versioncmp", "aa"),
    ("regexp", "ps"),
    ("regexp", "pso"),
    ("regexpMember", "pl"),
    ("regexpMember", "plo"),
    ("regexps", "psS"),
    ("regexps", "psSo"),
    ("replace", "psS"),
    ("replaceAll", "psS"),
    ("replaceAll", "psSo"),
    ("int", "a"),
    ("int", "k"),
    ("real", "a"),
    ("real", "k"),
    ("string", "a"),
    ("bool", "a"),
    ("bool", "s"),
    ("absTime", "j"),
    ("absTime", "jZ"),
    ("absTime", "t"),
    ("relTime", "j"),
    ("relTime", "t"),
    ("unparse", "r"),
    ("floor", "n"),
    ("ceil", "n"),
    ("ceiling", "k"),
    ("round", "n"),
    ("floor", "a"),
    ("round", "k"),
    ("pow", "nn"),
    ("pow", "ij"),
    ("quantize", "nn"),
    ("quantize", "nl"),
    ("quantize", "aa"),
    ("ifThenElse", "baa"),
    ("ifThenElse", "aaa"),
    ("eval", "e"),
    ("eval", "a"),
    ("debug", "a"),
    ("stringListsIntersect", "cc"),
    ("stringListsIntersect", "ccx"),
    ("stringListSize", "c"),
    ("stringListSize", "cx"),
    ("stringListSum", "c"),
    ("stringListAvg", "c"),
    ("stringListMin", "c"),
    ("stringListMax", "c"),
    ("stringListSum", "cx"),
    ("stringListMember", "sc"),
    ("stringListIMember", "sc"),
    ("stringListMember", "scx"),
    ("stringListMember", "aa"),
    ("stringListSubsetMatch", "cc"),
    ("stringListISubsetMatch", "cc"),
    ("stringListSubsetMatch", "ccx"),
    ("stringList_regexpMember", "pc"),
    ("stringList_regexpMember", "pcx"),
    ("stringList_regexpMember", "pcxo"),
    ("splitUserName", "u"),
    ("splitSlotName", "u"),
    ("split", "c"),
    ("split", "cx"),
    ("split", "s"),
    ("evalInEachContext", "hL"),
    ("countMatches", "hL"),
    ("envV1ToV2", "E"),
    ("mergeEnvironment", "GG"),
    ("mergeEnvironment", "EGa"),
    ("argsToList", "G"),
    ("argsToList", "Gi"),
    ("listToArgs", "l"),
    ("listToArgs", "li"),
    ("noSuchFunction", "a"),
];

const NAMES: &[&str] = &[
    "A", "B", "S", "L", "N", "X", "U", "E", "T", "F", "Z", "W", "C", "RT", "AT", "LS", "M", "D", "LA", "H", "G", "NEG",
    "missing", "K", "Q", "V", "Y", "P", "Req", "J", "O", "I", "q", "z",
];
const PATHS: &[&str] = &[
    "MY.A",
    "TARGET.A",
    "TARGET.Q",
    "TARGET.Y",
    "MY.X",
    "MY.missing",
    "TARGET.missing",
    "N.q",
    "N.t",
    "N.deep.z",
    "N.r",
    "LA.q",
    "LA.A",
    "M.m",
    "M.A",
    "TARGET.O.o",
    "TARGET.P",
    "L[1]",
    "N[\"q\"]",
    "W[0]",
    "TARGET.V",
    "TARGET.Req",
    "my.n.Q",
    "N.missing",
    "O.A",
    "LA[1].A",
    "TARGET.J",
    "TARGET.I",
    "self.A",
    "parent.A",
    "N.parent.A",
];

struct Generator {
    chance: Chance,
}

impl Generator {
    fn string(&mut self, choices: &[&str]) -> String {
        format!("\"{}\"", self.chance.of(choices))
    }

    fn literal(&mut self) -> String {
        match self.chance.below(9) {
            0 => self.chance.of(&["undefined", "error", "UNDEFINED"]).to_string(),
            1 => self.chance.of(&["true", "false", "TRUE"]).to_string(),
            2..=4 => self.argument('n', 0),
            5 | 6 => self.argument('s', 0),
            7 => self.argument('t', 0),
            _ => self.argument('k', 0),
        }
    }

    /// An argument of a kind; now and then of any other.
    fn argument(&mut self, kind: char, depth: usize) -> String {
        if depth > 0 && !"jtrhRUZMLpi".contains(kind) && self.chance.below(8) == 0 {
            return self.any(depth - 1);
        }
        match kind {
            's' | 'S' if self.chance.below(4) == 0 => self.chance.of(&["S", "LS", "TARGET.K", "string(A)"]).to_string(),
            's' => self.string(&[
                "",
                "a",
                "A",
                "abc",
                "ABC",
                "Hello World",
                "b",
                "text",
                "TRUE",
                "false",
                " x ",
                "a@b",
                "10",
                "a\\tb",
                "x\\\"y",
                "back\\\\slash",
                "a.b.c",
                "banana",
                "\\101\\044",
                "it's",
            ]),
            'S' => self.string(&["", "-", "\\\\0", "\\\\1", "[\\\\1\\\\2]", "x\\\\y", "\\\\\\\\", "\\\\9", "r"]),
            'u' => self.string(&["user@host", "nobody", "a@b@c", "@", "slot1@", ""]),
            'p' => self.string(&[
                "a", "A", "a.c", "^a", "c$", "b|c", "(a)(b)?", "[a-c]+", "x*", "(an)+", "(", "a{2}", "\\\\.", "^$",
                ".", "\\\\d+", "(?i)ABC", "[^a]", "q", "\\\\bb", "an",
            ]),
            'o' => self.string(&["", "i", "m", "s", "x", "f", "g", "fg", "im", "zz"]),
            'c' => self.string(&[
                "a,b,c", "a, b ,c", "1,2,3", "1.5,2", "-1,-2", "", ",", "a", "a,,b", "b:c", "10 20", "x,1", "a b,c",
                "A,B", ",a,", "  ", "1e3,+5", "a;b",
            ]),
            'x' => self.string(&[",", ":", ", ", ";", "", " ", "ab"]),
            'n' if self.chance.below(5) == 0 => self.chance.of(&["A", "B", "NEG", "X", "Z", "N.q"]).to_string(),
            'n' => self
                .chance
                .of(&[
                    "0",
                    "1",
                    "2",
                    "-1",
                    "3",
                    "7",
                    "10",
                    "-7",
                    "100",
                    "86399",
                    "90061",
                    "1.0",
                    "0.5",
                    "2.5",
                    "-2.5",
                    "0.1",
                    "1e3",
                    "1.5e-3",
                    "1e300",
                    "-1e300",
                    "3.7",
                    "-0.0",
                    "64",
                    "1234567.875",
                    "5e-324",
                    "true",
                ])
                .to_string(),
            'j' => {
                self.chance.of(&["0", "A", "-1", "90061", "1700000000", "-86400.5", "B", "3600", "U", "E", "T"]).into()
            }
            'i' => self.chance.of(&["0", "1", "2", "3", "-1", "-2", "5", "10", "-10", "100"]).to_string(),
            'l' => match self.chance.below(4) {
                0 => self.chance.of(&["L", "W", "LA", "N.r", "TARGET.P", "LA.q", "{}", "split(LS)"]).to_string(),
                1 => self.sequence("{", "}", 4, |g| g.argument('n', 0)),
                2 => self.sequence("{", "}", 4, |g| g.argument('s', 0)),
                _ => self.sequence("{", "}", 3, |g| g.any(depth.saturating_sub(1))),
            },
            'h' => self
                .chance
                .of(&["q > 1", "(A)", "A == 2", "q + A", "-q", "{q}", "isUndefined(q)", "(TARGET.A)", "MY.q ?: 3"])
                .into(),
            'R' => self
                .chance
                .of(&["A", "B", "X", "T", "D", "H", "V", "Y", "Q", "K", "MY.H", "TARGET.Q", "N.t", "Req"])
                .into(),
            'U' => self.chance.of(&["q", "z", "missing", "longer", "b"]).into(),
            'Z' => self.chance.of(&["0", "3600", "-19800", "relTime(7200)", "1.5", "E", "S"]).into(),
            'M' => self.sequence("{", "}", 3, |g| format!("[ q = {}; b = A ]", g.argument('n', 0))),
            'L' => match self.chance.below(4) {
                0 => self.chance.of(&["LA", "{N}", "{M, N, LA[1]}", "{}", "U", "{U, M}", "LA.q"]).to_string(),
                _ => self.sequence("{", "}", 3, |g| g.argument('d', depth.saturating_sub(1))),
            },
            'd' => match self.chance.below(3) {
                0 => self.chance.of(&["N", "M", "N.deep", "TARGET.O", "LA[0]", "MY", "TARGET"]).to_string(),
                _ => {
                    let count = self.chance.below(4);
                    let mut text = String::from("[");
                    for _ in 0..count {
                        let name = self.chance.of(&["q", "A", "b", "longer", "q2", "Zz"]);
                        let _ = write!(text, " {name} = {};", self.any(depth.saturating_sub(1)));
                    }
                    text + " ]"
                }
            },
            't' => self
                .chance
                .of(&[
                    "AT",
                    "RT",
                    "absTime(\"2003-09-03T01:02:03+02:00\")",
                    "absTime(\"1999-12-31 23:59:59Z\")",
                    "relTime(93784)",
                    "relTime(-1)",
                    "relTime(5)",
                    "absTime(86400)",
                    "relTime(-90061)",
                    "relTime(11100)",
                    "absTime(951782400,3600)",
                    "relTime(2.5)",
                    "splitTime(AT)",
                    "absTime(\"2004-02-29T00:00:00-11:30\")",
                    "relTime(17.25)",
                ])
                .to_string(),
            'b' => {
                self.chance.of(&["true", "false", "T", "F", "A > 0", "U", "A == TARGET.A", "q > 1", "0", "B"]).into()
            }
            'r' => match self.chance.below(3) {
                0 => self.chance.of(PATHS).to_string(),
                _ => self.chance.of(NAMES).to_string(),
            },
            'q' => self.string(&["<", "<=", "==", "!=", ">", ">=", "is", "isnt", "=?=", "x"]),
            'v' => self.string(&[
                "1.2", "1.10", "8.9.1", "8.10", "000", "00", "01", "010", "09", "0", "9", "a1b", "a01b", "", "10a",
            ]),
            'f' => self.string(&[
                "%Y-%m-%d",
                "%H:%M:%S",
                "%c",
                "%j %U %W %V %G",
                "%a %A %b %B",
                "100%%",
                "%D %e %I %p",
                "",
                "x%yz",
            ]),
            'e' => self.string(&["A+1", "q", "1+", "S", "{1,2}", "", "TARGET.A", "[x=1].x", "N.t", "(A", "L[0]"]),
            'E' => self.string(&["A=1;B=2", "A=b c;D=it's", "|A=1|B=;", "A", "=x", "", "A=1\\nB=2", "$$(x);A=1"]),
            'G' => self.string(&[
                "a b",
                "a 'b c' d",
                "A=1 B='x y'",
                "it''s",
                "'",
                "",
                "  a  ",
                "'' b",
                "A=1 A=2",
                "'a'b'c d'",
            ]),
            'k' => self.string(&[
                "1", "-1.5", "1e3", "0x10", "abc", "", " 7 ", "inf", "-inf", "1x", ".5", "+3", "1e", "--1", "007",
            ]),
            _ => self.any(depth.saturating_sub(1)),
        }
    }

    fn sequence(&mut self, open: &str, close: &str, most: usize, mut item: impl FnMut(&mut Self) -> String) -> String {
        let items: Vec<String> = (0..self.chance.below(most + 1)).map(|_| item(self)).collect();
        format!("{open}{}{close}", items.join(", "))
    }

    fn any(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.chance.below(5) {
                0 | 1 => self.chance.of(NAMES).to_string(),
                2 => self.chance.of(PATHS).to_string(),
                _ => self.literal(),
            };
        }
        let next = depth - 1;
        match self.chance.below(20) {
            0 | 1 => self.any(0),
            2 => format!("{}{}", self.chance.of(&["-", "+", "!", "~", "- ", "! "]), self.any(next)),
            3..=6 => {
                let op = self.chance.of(&[
                    "+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "=?=", "=!=", "is", "isnt", "&&", "||",
                    "&", "|", "^", "<<", ">>", ">>>", "&&", "||", "+", "==",
                ]);
                format!("{} {op} {}", self.any(next), self.any(next))
            }
            7 => format!("{} ? {} : {}", self.any(next), self.any(next), self.any(next)),
            8 => format!("{} ?: {}", self.any(next), self.any(0)),
            9 | 10 => format!("({})", self.any(next)),
            11 => self.argument('l', depth),
            12 => self.argument('d', depth),
            13 => format!("{}[{}]", self.argument('l', next), self.argument('i', next)),
            14 => format!("{}.{}", self.argument('d', 0), self.chance.of(&["q", "A", "b", "missing", "r"])),
            _ => self.call(depth),
        }
    }

    fn call(&mut self, depth: usize) -> String {
        let (name, kinds) = FUNCTIONS[self.chance.below(FUNCTIONS.len())];
        let mut arguments: Vec<String> = kinds.chars().map(|kind| self.argument(kind, depth - 1)).collect();
        match self.chance.below(40) {
            // Without arguments some of them are the time.
            0 if arguments.len() > 1 || !name.to_ascii_lowercase().contains("time") => {
                arguments.pop();
            }
            // Its second argument may only be a few hours.
            1 if name != "absTime" => arguments.push(self.any(0)),
            _ => {}
        }
        let name = if self.chance.below(10) == 0 { name.to_uppercase() } else { name.to_string() };
        format!("{name}({})", arguments.join(","))
    }

    /// Operators on numbers at the ends of their ranges; not for functions, some of which cut them to 32 bits.
    fn extreme(&mut self, depth: usize) -> String {
        if depth == 0 {
            let numbers = [
                "BIG",
                "9223372036854775807",
                "-9223372036854775808",
                "-1",
                "0",
                "63",
                "64",
                "65",
                "4294967296",
                "1e308",
                "-1e308",
                "1.0",
                "true",
                "-BIG",
                "2",
                "relTime(1e300)",
                "9007199254740993",
                "9007199254740992.0",
                "0.0",
            ];
            return self.chance.of(&numbers).to_string();
        }
        let op = self
            .chance
            .of(&["+", "-", "*", "/", "%", "<", "==", ">=", "=?=", "<<", ">>", ">>>", "&", "|", "^", "!=", "*", "-"]);
        let (left, right) = (self.extreme(depth - 1), self.extreme(0));
        if self.chance.below(3) == 0 { format!("{right} {op} ({left})") } else { format!("{left} {op} {right}") }
    }

    /// An expression; one in thirty lacks a mark or has one character too many.
    fn expression(&mut self) -> String {
        match self.chance.below(40) {
            0 | 1 => {
                let depth = 1 + self.chance.below(4);
                return self.extreme(depth);
            }
            // It leaves HTCondor in another ad than it was called in, so nothing may follow.
            2 => return format!("unresolved({})", self.argument('r', 0)),
            4 => {
                let name = self.chance.of(&["evalInEachContext", "countMatches"]);
                let (what, list) = self.chance.of(&["RL", "UM"]).split_at(1);
                let kind = |text: &str| text.chars().next().unwrap_or('a');
                return format!("{name}({}, {})", self.argument(kind(what), 2), self.argument(kind(list), 2));
            }
            3 => return format!("unresolved({},{})", self.argument('R', 0), self.argument('p', 0)),
            _ => {}
        }
        let depth = 1 + self.chance.below(4);
        let mut text = self.any(depth);
        if self.chance.below(30) == 0 {
            let at = self.chance.below(text.len());
            // A point would begin an attribute of the outermost ad, which in a match is not the same thing there.
            let in_text = text[..at].matches('"').count() % 2 == 1;
            if in_text {
                // Patterns are not quite the same language.
            } else if self.chance.below(2) == 0 && !text[at..].starts_with('.') {
                text.insert_str(
                    at,
                    self.chance.of(&["(", ")", " ", "[", "}", ",", "?", "!", "=", "&", ":", "~", "is"]),
                );
            } else if text[at..].starts_with(['(', ')', ' ', '[', ']', '{', '}', '?', ':', '=', '<', '&', '|', '+']) {
                text.remove(at);
            }
        }
        text
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bits(real: f64) -> String {
    if real.is_nan() { "nan".into() } else { format!("{:016x}", real.to_bits()) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let [count, seed] = numbers[..] else { return Err("usage: generate COUNT SEED".into()) };
    let (my, target) = (Arc::new(parse_ad(MY)?), Arc::new(parse_ad(TARGET)?));
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "{}\n{}", MY.replace('\n', ""), TARGET.replace('\n', ""))?;
    let mut generator = Generator { chance: Chance(seed) };
    let mut evaluation = Evaluation::new(Some(&my), Some(&target), &Context::at(1_700_000_000));
    for _ in 0..count {
        let text = generator.expression();
        evaluation.with_target(&target);
        let mut evaluate = |text: &str| parse(text).ok().map(|expr| evaluation.value(&expr));
        let whole = |value: Option<Result<Value, _>>| match value {
            Some(Ok(Value::String(text))) => hex(text.as_bytes()),
            _ => "?".into(),
        };
        let result = match evaluate(&text) {
            None => "parse".to_string(),
            Some(Err(_)) => "fail".into(),
            Some(Ok(value)) => match value {
                Value::Undefined => "undefined".into(),
                Value::Error => "error".into(),
                Value::Boolean(b) => format!("b:{b}"),
                Value::Integer(i) => format!("i:{i}"),
                Value::Real(r) => format!("r:{}", bits(r)),
                Value::RelTime(r) => format!("t:{}", bits(r)),
                Value::String(text) => format!("s:{}", hex(text.as_bytes())),
                Value::AbsTime { .. } => format!("a:{}", whole(evaluate(&format!("string({text})")))),
                Value::List(_) => format!("l:{}", whole(evaluate(&format!("string({text})")))),
                Value::Ad(_) => format!("d:{}", whole(evaluate(&format!("string({text})")))),
            },
        };
        writeln!(out, "{result}\t{text}")?;
    }
    Ok(out.flush()?)
}
