//! Names as they are resolved inside the cluster, and what is found on the way to a name.

use bsq_sdk::prelude::*;

/// Namespace and name of the Service that a host name stands for inside the cluster: `name.namespace`,
/// `name.namespace.svc…`, and `name` alone where it is said in a namespace.
#[must_use]
pub fn service<'a>(host: &'a str, said_in: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    match host.split('.').collect::<Vec<_>>().as_slice() {
        [name] => Some((said_in?, *name)),
        [name, namespace] | [name, namespace, "svc", ..] => Some((*namespace, *name)),
        _ => None,
    }
}

/// The same as an object.
#[must_use]
pub fn service_object(host: &str, said_in: Option<&str>) -> Option<ObjectRef> {
    let (namespace, name) = service(host, said_in)?;
    Some(ObjectRef::new("v1/Service", name).in_namespace(namespace))
}

/// The findings of `dns-tls` and `ingress-path` about the way to a name that nobody answers at.
#[must_use]
pub fn found_on_the_way(error: &Error) -> &'static [&'static str] {
    match error.cause() {
        Some("dns-nxdomain") => &["BSQ-DNS-001"],
        Some("tls-expired") => &["BSQ-TLS-001"],
        Some("tls-name") => &["BSQ-TLS-005", "BSQ-TLS-007"],
        Some("tls-unknown-issuer") => &["BSQ-TLS-006", "BSQ-TLS-007"],
        Some("refused" | "reset" | "tls") => &["BSQ-TLS-009", "BSQ-ING-004"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn a_name_of_the_cluster_is_a_service_and_others_are_not() {
        for (host, found) in [
            ("pg", Some(("iam", "pg"))),
            ("pg.data", Some(("data", "pg"))),
            ("pg.data.svc.cluster.local", Some(("data", "pg"))),
            ("db.example.com", None),
        ] {
            assert_eq!(service(host, Some("iam")), found, "{host}");
        }
        assert_eq!(service("pg", None), None);
    }
}
