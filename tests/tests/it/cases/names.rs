//! The names of an incident: where they lead, and which certificates are shown there.
//!
//! The host then runs with a `hosts` file of its own, in a mount namespace, so that names exist or do not without any DNS
//! server. Port 443 is for root alone, and not every machine lets users make namespaces: there such incidents are replayed.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use bsq_tests::certificate::{Authority, Issued, Wanted};
use bsq_tests::http::ShownCertificates;
use bsq_tests::world::World;
use serde::Deserialize;

use super::case::Case;
use crate::host::Host;

/// The one issuer that the host trusts, as the site's own.
const TRUSTED: &str = "Site Authority";

const PORT: u16 = 443;

/// Where names lead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Names {
    /// Addresses of loopback by name; what is not here does not exist.
    hosts: BTreeMap<String, Ipv4Addr>,
    #[serde(default)]
    shown: Vec<Shown>,
}

/// A certificate that is shown where one of these names leads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Shown {
    on: Vec<String>,
    certificate: Said,
}

/// A TLS Secret with a certificate in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TlsSecret {
    namespace: String,
    name: String,
    certificate: Said,
}

/// What a certificate says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Said {
    #[serde(default)]
    names: Vec<String>,
    subject: Option<String>,
    #[serde(default = "trusted")]
    issuer: String,
    /// Days from now.
    #[serde(default = "long_ago")]
    from: i64,
    #[serde(default = "long_after")]
    until: i64,
}

/// Issuers by name, each made once.
pub(super) struct Issuers(BTreeMap<String, Authority>);

/// The servers that show certificates, and the files that the host reads instead of this machine's.
pub(super) struct Running {
    pub(super) folder: PathBuf,
    _servers: Vec<ShownCertificates>,
}

/// Whether this machine can run the host with names of its own, and servers at port 443.
pub(super) fn can_be_named() -> bool {
    let is_bound = std::net::TcpListener::bind((Ipv4Addr::new(127, 0, 98, 1), PORT)).is_ok();
    is_bound && Host::can_mount()
}

impl Issuers {
    /// The site's own authority, and its certificate in a file.
    pub(super) fn new(home: &Path) -> Self {
        let authority = Authority::new(TRUSTED).unwrap();
        fs::write(authority_file(home), authority.pem()).unwrap();
        Self(BTreeMap::from([(TRUSTED.to_owned(), authority)]))
    }

    fn issue(&mut self, said: &Said) -> Issued {
        let issuer = self
            .0
            .entry(said.issuer.clone())
            .or_insert_with(|| Authority::new(&said.issuer).unwrap());
        let wanted = Wanted {
            subject: said.subject.clone(),
            names: said.names.clone(),
            from: said.from,
            until: said.until,
        };
        issuer.issue(&wanted).unwrap()
    }

    /// Put the certificates of an incident into their Secrets.
    pub(super) fn fill_secrets(&mut self, world: &World, case: &Case) {
        for secret in &case.tls_secret {
            let issued = self.issue(&secret.certificate);
            let manifest = serde_json::json!({
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                "metadata": {"name": secret.name, "namespace": secret.namespace},
                "stringData": {"tls.crt": issued.pem, "tls.key": issued.key.serialize_pem()},
            });
            world.apply(&manifest.to_string()).unwrap();
        }
    }

    /// Start the servers of an incident, one for each address.
    pub(super) fn show(&mut self, home: &Path, names: &Names) -> Running {
        let mut by_address: BTreeMap<Ipv4Addr, Vec<(Vec<String>, Issued)>> = BTreeMap::new();
        for shown in &names.shown {
            let issued = self.issue(&shown.certificate);
            let address = names.hosts[&shown.on[0]];
            by_address
                .entry(address)
                .or_default()
                .push((shown.on.clone(), issued));
        }
        let servers = by_address
            .iter()
            .map(|(address, shown)| ShownCertificates::start(*address, PORT, shown).unwrap())
            .collect();
        let folder = home.join("names");
        fs::create_dir(&folder).unwrap();
        let hosts: Vec<String> = names
            .hosts
            .iter()
            .map(|(name, address)| format!("{address} {name}\n"))
            .collect();
        fs::write(folder.join("hosts"), hosts.concat()).unwrap();
        fs::write(folder.join("nsswitch.conf"), "hosts: files\n").unwrap();
        Running {
            folder,
            _servers: servers,
        }
    }
}

/// Where the certificate of the site's own authority lies.
pub(super) fn authority_file(home: &Path) -> PathBuf {
    home.join("authority.pem")
}

fn trusted() -> String {
    TRUSTED.to_owned()
}

fn long_ago() -> i64 {
    -30
}

fn long_after() -> i64 {
    60
}
