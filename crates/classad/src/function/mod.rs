//! The built-in functions: one table of names, one file a family.

mod argument;
mod convert;
mod each;
mod environment;
mod list;
mod math;
pub(crate) mod pattern;
mod text;
mod text_list;
mod time;
mod version;

use crate::error::Failure;
use crate::eval::{Done, Evaluation};
use crate::expr::Expr;
use crate::name::Name;
use crate::scope::Scope;
use crate::value::Value;
use std::fmt;
use std::sync::Arc;

/// The name of a function as it was written, and the function if there is one; calls of others are errors.
#[derive(Clone)]
pub struct Callee {
    name: Name,
    function: Option<&'static Function>,
}

/// A built-in function.
pub(crate) struct Function {
    name: &'static str,
    body: fn(&mut Call<'_>) -> Done,
}

/// A call under way.
pub(crate) struct Call<'a> {
    pub(crate) evaluation: &'a mut Evaluation,
    /// In lower case.
    pub(crate) name: &'static str,
    pub(crate) arguments: &'a [Expr],
    pub(crate) scope: Option<&'a Scope>,
}

impl Callee {
    /// The function of this name in any case of letters.
    pub fn new(name: Name) -> Self {
        let at = TABLE.binary_search_by(|(have, _)| (*have).cmp(name.key()));
        Self { function: at.ok().map(|at| &FUNCTIONS[at]), name }
    }

    /// As it was written.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Whether there is such a function.
    pub fn is_known(&self) -> bool {
        self.function.is_some()
    }

    pub(crate) fn function(&self) -> Option<&'static Function> {
        self.function
    }
}

/// The names of all functions, in lower case and in order.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

impl PartialEq for Callee {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name, f)
    }
}

impl Function {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn run(&self, call: &mut Call<'_>) -> Done {
        (self.body)(call)
    }
}

impl<'a> Call<'a> {
    pub(crate) fn count(&self) -> usize {
        self.arguments.len()
    }

    /// Evaluates an argument; `Undefined` if it is not there.
    pub(crate) fn argument(&mut self, at: usize) -> Done {
        match self.arguments.get(at) {
            Some(expr) => self.evaluation.eval(expr, self.scope),
            None => Ok(Value::Undefined),
        }
    }

    /// Evaluates all arguments in order.
    pub(crate) fn all(&mut self) -> Result<Vec<Value>, Failure> {
        (0..self.count()).map(|at| self.argument(at)).collect()
    }

    /// Evaluates the elements of a list.
    pub(crate) fn elements(&mut self, list: &crate::value::List) -> Result<Vec<Value>, Failure> {
        list.items.iter().map(|item| self.evaluation.element(list, item, self.scope)).collect()
    }

    /// New text, paid for by its length.
    pub(crate) fn text(&mut self, text: impl Into<Arc<str>>) -> Done {
        let text = text.into();
        self.evaluation.spend(text.len() as u64 / 8)?;
        Ok(Value::String(text))
    }

    /// A list of texts, paid for by their length.
    pub(crate) fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> Done {
        let mut values = Vec::new();
        for text in texts {
            values.push(self.text(text.as_ref())?);
        }
        self.evaluation.spend(values.len() as u64)?;
        Ok(Value::list(values))
    }
}

/// The first of two outcomes that is an error, then the first that is undefined.
pub(crate) fn worst(values: &[Value]) -> Option<Value> {
    let error = values.iter().find(|v| v.is_error());
    error.or_else(|| values.iter().find(|v| v.is_undefined())).cloned()
}

type Entry = (&'static str, fn(&mut Call<'_>) -> Done);

const COUNT: usize = 94;

/// In alphabetical order, for it is searched by halves.
const TABLE: [Entry; COUNT] = [
    ("abstime", time::convert),
    ("allcompare", list::compare),
    ("anycompare", list::compare),
    ("argstolist", argument::args_to_list),
    ("avg", list::sum),
    ("bool", convert::boolean),
    ("ceil", math::round),
    ("ceiling", math::round),
    ("countmatches", each::run),
    ("currenttime", time::current),
    ("daytime", time::day_time),
    ("debug", convert::same),
    ("envv1tov2", environment::from_v1),
    ("eval", convert::eval),
    ("evalineachcontext", each::run),
    ("floor", math::round),
    ("formattime", time::format),
    ("getdayofmonth", time::field),
    ("getdayofweek", time::field),
    ("getdayofyear", time::field),
    ("getdays", time::field),
    ("gethours", time::field),
    ("getminutes", time::field),
    ("getmonth", time::field),
    ("getseconds", time::field),
    ("getyear", time::field),
    ("identicalmember", list::member),
    ("ifthenelse", convert::if_then_else),
    ("int", convert::integer),
    ("interval", time::interval),
    ("isabstime", convert::is_type),
    ("isboolean", convert::is_type),
    ("isclassad", convert::is_type),
    ("iserror", convert::is_type),
    ("isinteger", convert::is_type),
    ("islist", convert::is_type),
    ("isreal", convert::is_type),
    ("isreltime", convert::is_type),
    ("isstring", convert::is_type),
    ("isundefined", convert::is_type),
    ("join", text::join),
    ("listtoargs", argument::list_to_args),
    ("max", list::extreme),
    ("member", list::member),
    ("mergeenvironment", environment::merge),
    ("min", list::extreme),
    ("pow", math::pow),
    ("quantize", math::quantize),
    ("random", math::random),
    ("real", convert::real),
    ("regexp", pattern::matches),
    ("regexpmember", pattern::member),
    ("regexps", pattern::substitute),
    ("reltime", time::convert),
    ("replace", pattern::substitute),
    ("replaceall", pattern::substitute),
    ("round", math::round),
    ("size", list::size),
    ("split", text::split),
    ("splitslotname", text::split_at),
    ("splittime", time::split),
    ("splitusername", text::split_at),
    ("strcat", text::concatenate),
    ("strcmp", text::compare),
    ("stricmp", text::compare),
    ("string", convert::string),
    ("stringlist_regexpmember", pattern::text_list_member),
    ("stringlistavg", text_list::summary),
    ("stringlistimember", text_list::member),
    ("stringlistisubsetmatch", text_list::subset),
    ("stringlistmax", text_list::summary),
    ("stringlistmember", text_list::member),
    ("stringlistmin", text_list::summary),
    ("stringlistsintersect", text_list::intersect),
    ("stringlistsize", text_list::size),
    ("stringlistsubsetmatch", text_list::subset),
    ("stringlistsum", text_list::summary),
    ("substr", text::part),
    ("sum", list::sum),
    ("time", time::epoch),
    ("timezoneoffset", time::zone),
    ("tolower", text::case),
    ("toupper", text::case),
    ("unparse", convert::unparse),
    ("unresolved", convert::unresolved),
    ("userhome", convert::user_home),
    ("usermap", convert::user_map),
    ("version_in_range", version::in_range),
    ("versioncmp", version::compare),
    ("versioneq", version::compare),
    ("versionge", version::compare),
    ("versiongt", version::compare),
    ("versionle", version::compare),
    ("versionlt", version::compare),
];

/// The same, for references that live as long as the program.
static FUNCTIONS: [Function; COUNT] = {
    let mut functions = [const { Function { name: "", body: convert::same } }; COUNT];
    let mut at = 0;
    while at < COUNT {
        functions[at] = Function { name: TABLE[at].0, body: TABLE[at].1 };
        at += 1;
    }
    functions
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(Callee::new("versionEQ".into()).is_known());
        assert!(!Callee::new("nothing".into()).is_known());
    }
}
