//! What this host serves: the interfaces of the contract, by name.
//!
//! A test holds this table against `wit/`.

use semver::Version;

use crate::manifest::Manifest;

/// The contract's version. All packages have the same one so far.
const VERSION: Version = Version::new(0, 1, 0);

/// The export that makes a component a check.
pub const CHECK: &str = "bsq:check/check";
/// The export that makes it a correlator.
pub const CORRELATE: &str = "bsq:check/correlate";

/// A group of reads that a manifest declares as one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Family {
    /// Always granted.
    Context,
    Kubernetes,
    PodLogs,
    Http,
    Logs,
    Metrics,
    Traces,
    Network,
}

/// One imported interface that this host has.
#[derive(Debug)]
pub struct Served {
    pub interface: &'static str,
    pub functions: &'static [&'static str],
    pub family: Family,
}

/// Every interface that may be imported.
pub const SERVED: &[Served] = &[
    Served {
        interface: "bsq:context/log",
        functions: &["write"],
        family: Family::Context,
    },
    Served {
        interface: "bsq:context/clock",
        functions: &["now", "now-ms"],
        family: Family::Context,
    },
    Served {
        interface: "bsq:context/progress",
        functions: &["report"],
        family: Family::Context,
    },
    Served {
        interface: "bsq:kubernetes/reader",
        functions: &["get", "list", "kinds"],
        family: Family::Kubernetes,
    },
    Served {
        interface: "bsq:kubernetes/pods",
        functions: &["log"],
        family: Family::PodLogs,
    },
    Served {
        interface: "bsq:http/client",
        functions: &["send", "credential"],
        family: Family::Http,
    },
    Served {
        interface: "bsq:network/probe",
        functions: &["resolve", "tls"],
        family: Family::Network,
    },
    Served {
        interface: "bsq:logs/query",
        functions: &["query"],
        family: Family::Logs,
    },
    Served {
        interface: "bsq:metrics/query",
        functions: &["instant", "range"],
        family: Family::Metrics,
    },
    Served {
        interface: "bsq:traces/query",
        functions: &["search", "get"],
        family: Family::Traces,
    },
];

/// Packages of WASI 0.2 that a component may import; it gets an empty world behind them.
pub const WASI_PACKAGES: &[&str] = &[
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

impl Family {
    /// The table of `check.toml` that declares it.
    pub fn table(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Kubernetes => "kubernetes",
            Self::PodLogs => "pod-logs",
            Self::Http => "http",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Traces => "traces",
            Self::Network => "network",
        }
    }

    /// Whether a manifest declares a need of this family.
    pub fn is_declared(self, manifest: &Manifest) -> bool {
        match self {
            Self::Context => true,
            Self::Kubernetes => !manifest.kubernetes.is_empty(),
            Self::PodLogs => !manifest.pod_logs.is_empty(),
            Self::Http => !manifest.http.is_empty(),
            Self::Logs => !manifest.logs.is_empty(),
            Self::Metrics => !manifest.metrics.is_empty(),
            Self::Traces => !manifest.traces.is_empty(),
            Self::Network => !manifest.network.is_empty(),
        }
    }
}

impl Served {
    /// By the name without its version.
    pub fn find(interface: &str) -> Option<&'static Self> {
        SERVED.iter().find(|served| served.interface == interface)
    }
}

/// The version of the contract that this host serves.
pub fn version() -> Version {
    VERSION
}

/// Whether a component built for `wanted` links with this host, its functions apart. Below 1.0 a minor is a major.
pub fn is_same_track(wanted: &Version) -> bool {
    let has = version();
    wanted.major == has.major && (wanted.major > 0 || wanted.minor == has.minor)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use wit_parser::{Resolve, WorldItem};

    use super::*;

    #[test]
    fn the_table_is_what_the_world_full_imports() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        let mut resolve = Resolve::default();
        let mut platform = None;
        for package in [
            "check",
            "context",
            "kubernetes",
            "http",
            "network",
            "logs",
            "metrics",
            "traces",
            "platform",
        ] {
            platform = Some(resolve.push_dir(wit.join(package)).unwrap().0);
        }
        let world = resolve
            .select_world(&[platform.unwrap()], Some("full"))
            .unwrap();
        let found: BTreeMap<String, Vec<String>> = resolve.worlds[world]
            .imports
            .values()
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => {
                    let functions = resolve.interfaces[*id].functions.keys().cloned().collect();
                    Some((resolve.id_of(*id).unwrap(), functions))
                }
                _ => None,
            })
            .filter(|(_, functions): &(_, Vec<_>)| !functions.is_empty())
            .collect();
        let table: BTreeMap<String, Vec<String>> = SERVED
            .iter()
            .map(|served| {
                let name = format!("{}@{}", served.interface, version());
                (
                    name,
                    served.functions.iter().map(ToString::to_string).collect(),
                )
            })
            .collect();
        assert_eq!(found, table);
    }
}
