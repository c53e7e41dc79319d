//! The ClassAd language of HTCondor: expressions and ads are parsed, printed, evaluated and matched.
//!
//! ```
//! use pelago_classad::{Context, matches, parse_ad};
//! use std::sync::Arc;
//!
//! let job = parse_ad(r#"[ RequestMemory = 2048; Requirements = TARGET.Memory >= MY.RequestMemory ]"#)?;
//! let machine = parse_ad(r#"[ Memory = 4096; Requirements = TARGET.RequestMemory < 4000 ]"#)?;
//! assert_eq!(matches(&Arc::new(job), &Arc::new(machine), &Context::at(0)), Ok(true));
//! # Ok::<(), pelago_classad::ParseError>(())
//! ```
//!
//! All input may be hostile. Parsing bounds nesting; evaluation has fuel and a depth, reads no clock and no chance but
//! those of its [`Context`], and matches regular expressions in linear time. What differs from HTCondor's own library
//! is in `DIFFERENCES.md`.

mod ad;
mod error;
mod eval;
mod expr;
mod function;
mod lexer;
mod matching;
mod name;
mod number;
mod old;
mod operator;
mod parser;
mod pool;
mod print;
mod reference;
mod scope;
mod time;
mod value;

pub use ad::Ad;
pub use error::{Failure, Fault, ParseError};
pub use eval::{Context, Evaluation, evaluate};
pub use expr::{BinaryOp, Expr, UnaryOp};
pub use function::{Callee, function_names};
pub use lexer::Syntax;
pub use matching::{accepts, matches, rank};
pub use name::{Name, Special};
pub use old::{parse_old_ad, parse_old_ads};
pub use parser::{parse, parse_ad, parse_ad_with, parse_ads, parse_with};
pub use pool::{Outcome, Pool};
pub use print::{Inexpressible, print_old};
pub use scope::Scope;
pub use value::{List, Value};
