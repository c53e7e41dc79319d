//! Questions to the information service, in the same language as jobs (InfoGram, seed 004).

use super::Text;
use serde::Serialize;

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Query {
    /// What it asks for: keywords of the service; `all` and `schema` are known everywhere.
    pub keywords: Vec<Text>,
    /// How fresh the answer has to be.
    pub response: Option<Response>,
    /// The least quality of an answer that is taken from the cache, in percent.
    pub quality: Option<Text>,
    /// Keywords whose cost of measuring is asked for too.
    pub performance: Vec<Text>,
    /// Attribute names, or an expression over them.
    pub filter: Option<Text>,
    /// `xml`, `ldif` or `json`.
    pub format: Option<Text>,
    /// How many jobs of the document come before it: answers come in the order of the document.
    pub after: Option<u32>,
    /// What has no place here, by name.
    pub others: Vec<(String, Text)>,
}

/// How fresh an answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// Measured now.
    Immediate,
    /// From the cache as long as that is good.
    Cached,
    /// The last one there is, never measured for this question.
    Last,
}
