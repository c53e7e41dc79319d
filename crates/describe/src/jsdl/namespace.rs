//! The namespaces of JSDL documents: the standard's own, those of well-known extensions, and wrong spellings of them.

/// A namespace that means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// JSDL 1.0 itself (GFD.56, GFD.136).
    Core,
    /// POSIXApplication.
    Posix,
    /// HPCProfileApplication (GFD.111).
    Hpc,
    /// SPMDApplication (GFD.115).
    Spmd,
    /// Parameter sweep (GFD.149).
    Sweep,
    /// Its functions.
    Functions,
    /// Its draft of 2007.
    DraftSweep,
    /// The draft's functions.
    DraftFunctions,
    /// Parameters inside staged files (GFD.149).
    FileSweep,
    /// Credentials for staging (GFD.135).
    Credential,
    /// Tokens of web services security, inside credentials.
    Tokens,
    /// GridSAM's MPI extension.
    Mpi,
    /// UNICORE's extensions.
    Unicore,
    /// GenesisII's extensions.
    Genesis,
    /// JSAGA's job collections.
    Collection,
    /// JSAGA's configuration.
    Universe,
    /// JSAGA's record of a running collection.
    Status,
    /// XML Schema instance attributes.
    Instance,
    /// What is predefined in XML.
    Xml,
}

/// What is known about a namespace.
struct Known {
    space: Space,
    uri: &'static str,
    prefix: &'static str,
    /// Other spellings that real readers take.
    aliases: &'static [&'static str],
    /// Whether a name that is not in it is an error, since the standard closes it.
    closed: bool,
}

const fn known(space: Space, uri: &'static str, prefix: &'static str) -> Known {
    Known { space, uri, prefix, aliases: &[], closed: true }
}

const fn foreign(space: Space, uri: &'static str, prefix: &'static str) -> Known {
    Known { space, uri, prefix, aliases: &[], closed: false }
}

static KNOWN: [Known; 19] = [
    known(Space::Core, "http://schemas.ggf.org/jsdl/2005/11/jsdl", "jsdl"),
    known(Space::Posix, "http://schemas.ggf.org/jsdl/2005/11/jsdl-posix", "jsdl-posix"),
    Known {
        aliases: &["http://schemas.ogf.org/jsdl/2006/07/jsdl-hpcpa"],
        ..known(Space::Hpc, "http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa", "jsdl-hpcpa")
    },
    known(Space::Spmd, "http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd", "jsdl-spmd"),
    known(Space::Sweep, "http://schemas.ogf.org/jsdl/2009/03/sweep", "sweep"),
    known(Space::Functions, "http://schemas.ogf.org/jsdl/2009/03/sweep/functions", "sweepfunc"),
    known(Space::DraftSweep, "http://schemas.ogf.org/jsdl/2007/01/jsdl-sweep", "jsdl-sweep"),
    known(Space::DraftFunctions, "http://schemas.ogf.org/jsdl/2007/01/jsdl-sweep/functions", "jsdl-sweepfunc"),
    known(Space::FileSweep, "http://schemas.ogf.org/jsdl/2009/03/file-sweep", "file-sweep"),
    Known {
        aliases: &["http://schemas.ogf.org/hpcp/2007/01/fs", "http://schemas.ogf.org/hpcp/2007/01/ac"],
        ..known(Space::Credential, "http://schemas.ogf.org/hpcp/2007/11/ac", "hpcp-ac")
    },
    foreign(Space::Tokens, "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd", "wsse"),
    known(Space::Mpi, "urn:gridsam:mpi", "mpi"),
    foreign(Space::Unicore, "http://www.unicore.eu/unicore/jsdl-extensions", "jsdl-u"),
    foreign(Space::Genesis, "http://vcgr.cs.virginia.edu/jsdl/genii", "genii"),
    foreign(Space::Collection, "http://www.in2p3.fr/jsdl-extension", "ext"),
    foreign(Space::Universe, "http://www.in2p3.fr/jsaga", "jsaga"),
    foreign(Space::Status, "http://www.in2p3.fr/jsaga/status", "status"),
    foreign(Space::Instance, "http://www.w3.org/2001/XMLSchema-instance", "xsi"),
    foreign(Space::Xml, "http://www.w3.org/XML/1998/namespace", "xml"),
];

impl Space {
    /// The namespace with this URI, and whether it is spelt in another way than the standard does.
    pub fn of(uri: &str) -> Option<(Self, bool)> {
        let found = KNOWN.iter().find(|k| k.uri == uri || k.aliases.contains(&uri))?;
        Some((found.space, found.uri != uri))
    }

    fn known(self) -> &'static Known {
        KNOWN.iter().find(|k| k.space == self).unwrap_or(&KNOWN[0])
    }

    /// Its URI.
    pub fn uri(self) -> &'static str {
        self.known().uri
    }

    /// The prefix that is written for it.
    pub fn prefix(self) -> &'static str {
        self.known().prefix
    }

    /// Whether a name that is not in it is an error.
    pub fn closed(self) -> bool {
        self.known().closed
    }
}

/// Prefixes that people use and the URIs they mean, for documents that forget to bind them.
pub const USUAL: [(&str, &str); 9] = [
    ("jsdl", "http://schemas.ggf.org/jsdl/2005/11/jsdl"),
    ("jsdl-posix", "http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"),
    ("jsdl-hpcpa", "http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa"),
    ("jsdl-hpcp", "http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa"),
    ("jsdl-spmd", "http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd"),
    ("sweep", "http://schemas.ogf.org/jsdl/2009/03/sweep"),
    ("sweepfunc", "http://schemas.ogf.org/jsdl/2009/03/sweep/functions"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("mpi", "urn:gridsam:mpi"),
];

/// The right URI where one is a wrong spelling of the standard's: by the grid forum's hosts, or nearly equal.
pub fn misspelt(uri: &str) -> Option<&'static str> {
    let uri = uri.trim();
    if uri.len() > 200 || Space::of(uri).is_some_and(|(space, _)| space.closed()) {
        return None;
    }
    let lower = uri.to_ascii_lowercase();
    let forum = (lower.contains("ggf.org") || lower.contains("ogf.org") || lower.contains("gridforum.org"))
        && ["jsdl", "sweep", "hpcp"].iter().any(|word| lower.contains(word));
    let near = crate::spelling::nearest(uri.get(uri.len().saturating_sub(60)..).unwrap_or(""), tails());
    if !forum && near.is_none() {
        return None;
    }
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect()
    };
    let own = words(uri);
    let last = own.iter().rev().find(|word| !word.is_empty()).cloned().unwrap_or_default();
    let alike = |known: &Known| {
        let theirs = words(known.uri);
        let common = theirs.iter().filter(|word| own.contains(word)).count();
        let ends = theirs.last().is_some_and(|word| *word == last || crate::spelling::one_edit(word, &last));
        (ends, common * 10 / theirs.len().max(1))
    };
    let mut best: Option<&'static Known> = None;
    for candidate in KNOWN.iter().filter(|k| k.closed) {
        if best.is_none_or(|so_far| alike(candidate) > alike(so_far)) {
            best = Some(candidate);
        }
    }
    best.map(|k| k.uri)
}

/// The last 60 bytes of each closed namespace, since near words are looked for among short ones only.
fn tails() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter(|k| k.closed).map(|k| k.uri.get(k.uri.len().saturating_sub(60)..).unwrap_or(k.uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_spellings_are_known_for_what_they_mean() {
        for (wrong, right) in [
            ("http://schemas.ggf.org/2005/11/jsdl", Some(Space::Core)),
            ("http://schemas.ggf.org/jsdl/2005/06/jsdl", Some(Space::Core)),
            ("http://schemas.ggf.org/2005/11/jsdl-posix", Some(Space::Posix)),
            ("http://schemas.ogf.org/jsdl/2009/03/sweep/function", Some(Space::Functions)),
            ("http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcp", Some(Space::Hpc)),
            ("urn:gridsam:mpj", Some(Space::Mpi)),
            ("http://schemas.ggf.org/jsdl/2005/11/jsdl", None),
            ("http://www.unicore.eu/unicore/jsdl-extensions", None),
            ("urn:example:tns", None),
        ] {
            assert_eq!(misspelt(wrong), right.map(Space::uri), "{wrong}");
        }
    }
}
