//! `factoryEndpoint`: the service that a job is sent to, and the batch system behind it.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{Element, plain};
use pelago_job::Text;

/// An address is this, a host, and the next two; of such an address the host is what is kept.
const SCHEME: &str = "https://";
const PORT: &str = ":8443";
const SERVICE: &str = "/wsrf/services/ManagedJobFactoryService";

const HOST: &str = "/resources/candidate_hosts/0";
const SYSTEM: &str = "/resources/batch_system";

/// The host of a factory's usual address; any other address as it is.
fn host(address: &str) -> &str {
    let usual = address.strip_prefix(SCHEME).and_then(|rest| rest.strip_suffix(SERVICE));
    let usual = usual.filter(|host| !host.is_empty() && !host.contains(['/', '@', '?']));
    usual.map_or(address, |host| host.strip_suffix(PORT).unwrap_or(host))
}

/// The address that a host, or an address, is printed as.
fn address(host: &str) -> String {
    if host.contains("://") {
        return host.to_string();
    }
    let port = if host.contains(':') { "" } else { PORT };
    format!("{SCHEME}{host}{port}{SERVICE}")
}

/// Reads an endpoint. Its reference properties (in 4.2: parameters) have the batch system's name.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) {
    for inner in element.elements() {
        match inner.name.as_str() {
            "Address" => {
                let Some(text) = reading.text(inner) else { continue };
                reading.job.resources.candidate_hosts = vec![Text::literal(host(&text))];
                reading.note(HOST, inner.text_span());
            }
            "ReferenceProperties" | "ReferenceParameters" => {
                for property in inner.elements() {
                    if property.name != "ResourceID" {
                        reading.keep_at(property, "ReferenceProperties", Some("/resources/candidate_hosts/0"));
                        continue;
                    }
                    if let Some(system) = reading.text(property) {
                        reading.job.resources.batch_system = Some(Text::literal(system));
                        reading.note(SYSTEM, property.text_span());
                    }
                }
            }
            _ => reading.keep_at(inner, "factoryEndpoint", Some("/resources/candidate_hosts/0")),
        }
    }
    if element.elements().all(|inner| inner.name != "Address") {
        let error = reading.diagnostics.error(element.name_span.clone(), "this endpoint has no `Address`");
        error.note("it is an endpoint reference of WS-Addressing");
    }
}

/// Prints the first host as a factory's address.
pub(super) fn print(printing: &mut Printing<'_>) {
    let hosts = &mut printing.job.resources.candidate_hosts;
    let Some(name) = hosts.first().and_then(plain) else {
        if printing.job.resources.batch_system.is_some() {
            let why = "the batch system is said with the address of a service; `globusrun-ws -Ft` takes it too";
            printing.because(SYSTEM, why);
        }
        return;
    };
    let only = hosts.len() == 1;
    hosts.clear();
    let shown = address(&name);
    let back = host(&shown).to_string();
    if !only || back != name {
        let why = if only { "the port 8443 is the usual one" } else { "a job is sent to one service" };
        printing.changed("/resources/candidate_hosts", [&back], why);
    }
    printing.out.open("factoryEndpoint", &[]);
    printing.leaf("wsa:Address", &shown);
    let system = printing.take(|job| &mut job.resources.batch_system);
    let properties = printing.taken("ReferenceProperties", Some(HOST));
    if system.is_some() || !properties.is_empty() {
        printing.out.open("wsa:ReferenceProperties", &[]);
        if let Some(system) = system {
            printing.leaf("gram:ResourceID", &system);
        }
        properties.iter().for_each(|text| printing.out.verbatim(text));
        printing.out.close();
    }
    for text in printing.taken("factoryEndpoint", Some(HOST)) {
        printing.out.verbatim(&text);
    }
    printing.out.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_are_hosts() {
        let usual = "https://gk.example.org:8443/wsrf/services/ManagedJobFactoryService";
        assert_eq!((host(usual), address("gk.example.org")), ("gk.example.org", usual.to_string()));
        let other = "https://gk.example.org:9443/wsrf/services/ManagedJobFactoryService";
        assert_eq!((host(other), address("gk.example.org:9443")), ("gk.example.org:9443", other.to_string()));
        let odd = "http://gk/other";
        assert_eq!((host(odd), address(odd)), (odd, odd.to_string()));
    }
}
