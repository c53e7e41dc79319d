//! Job descriptions of the Globus Toolkit 4 (WS-GRAM, "RSL 2"): `job` and `multiJob` in XML, of 4.0 and of 4.2.
//!
//! [`word`] is the table of elements, which reading and printing share; [`endpoint`], [`processes`] and [`files`] know those
//! that need more than a line. Facts are from the schema documents of the toolkit's releases 4.0 and 4.2.1.

mod endpoint;
mod files;
mod print;
mod processes;
mod read;
mod word;

use crate::language::{Entry, Language};
use crate::xml;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Gt4,
    name: "gt4",
    title: "Globus Toolkit 4 job description (XML)",
    extensions: &[],
    recognise,
    read: read::read,
    print: Some(print::print),
};

/// Its name in extensions.
const NAME: &str = "gt4";

/// Namespaces of release 4.0, which is what is printed.
mod namespace {
    /// The elements of the table.
    pub const JOB: &str = "http://www.globus.org/namespaces/2004/10/gram/job/description";
    /// `localUserId` and `holdState`.
    pub const TYPES: &str = "http://www.globus.org/namespaces/2004/10/gram/job/types";
    /// `ResourceID`.
    pub const GRAM: &str = "http://www.globus.org/namespaces/2004/10/gram/job";
    /// What is in `fileStageIn`, `fileStageOut` and `fileCleanUp`.
    pub const RFT: &str = "http://www.globus.org/namespaces/2004/10/rft";
    /// What is in endpoints.
    pub const WSA: &str = "http://schemas.xmlsoap.org/ws/2004/03/addressing";
    /// What all of Globus' own begin with, in every release.
    pub const GLOBUS: &str = "http://www.globus.org/namespaces/";

    /// The prefixes that a printed document binds.
    pub const BOUND: [(&str, &str); 5] = [("", JOB), ("types", TYPES), ("gram", GRAM), ("rft", RFT), ("wsa", WSA)];
}

/// Elements that show that a `job` without a namespace is one of these.
const TELLING: [&str; 7] =
    ["<executable", "<factoryEndpoint", "<fileStageIn", "<fileStageOut", "<hostCount", "<jobType", "<libraryPath"];

fn recognise(head: &str) -> bool {
    let Some((name, tag)) = xml::root(head) else { return false };
    let globus = tag.contains(namespace::GLOBUS);
    match xml::local(name) {
        "multiJob" => true,
        "serviceLevelAgreement" => globus,
        "job" => globus || !name.contains(':') && TELLING.iter().any(|telling| head.contains(telling)),
        _ => false,
    }
}
