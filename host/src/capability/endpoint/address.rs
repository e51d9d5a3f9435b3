//! Which addresses an endpoint may have, checked on the very addresses that are connected to.
//!
//! Endpoints are the operator's words, so loopback and private networks are fine: that is where platforms are. Link-local
//! addresses are not: cloud providers hand out machine credentials there, and no service of a platform lives there. A
//! name is resolved here, once, and only what passes is connected to, so that no second look-up can answer otherwise.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why a name led to no address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::capability) enum Unreachable {
    NoSuchName,
    LookupFailed,
    Denied,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoSuchName => "there is no such host",
            Self::LookupFailed => "looking up the host failed",
            Self::Denied => {
                "its address is link-local, unspecified or multicast, which is never connected to"
            }
        })
    }
}

impl std::error::Error for Unreachable {}

/// Whether an address may be connected to.
pub(in crate::capability) fn is_allowed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_allowed_v4(address),
        IpAddr::V6(address) => is_allowed_v6(address),
    }
}

fn is_allowed_v4(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    // 0.0.0.0/8 is "this host"; 224.0.0.0/4 is multicast, 240.0.0.0/4 reserved, broadcast among it.
    !address.is_link_local() && first != 0 && first < 224
}

fn is_allowed_v6(address: Ipv6Addr) -> bool {
    let is_refused = address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || address == METADATA_V6;
    !is_refused && embedded_v4(address).is_none_or(is_allowed_v4)
}

/// Instance metadata of AWS over IPv6: a private address that acts as a link-local one.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The IPv4 address that packets to this one end at: mapped, compatible, NAT64 or 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0 | 1, _, _, _, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

/// Look-ups by the system's resolver, filtered.
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map(Iterator::collect);
            let addresses = choose(found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a look-up that may be connected to.
fn choose(found: io::Result<Vec<SocketAddr>>) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = found.map_err(|error| lookup_failure(&error))?;
    if found.is_empty() {
        return Err(Unreachable::NoSuchName);
    }
    let allowed: Vec<_> = found
        .into_iter()
        .filter(|address| is_allowed(address.ip()))
        .collect();
    if allowed.is_empty() {
        Err(Unreachable::Denied)
    } else {
        Ok(allowed)
    }
}

/// The standard library keeps of a failed look-up only the C library's words: of glibc, musl and macOS.
pub(in crate::capability) fn lookup_failure(error: &io::Error) -> Unreachable {
    const NO_SUCH_NAME: [&str; 4] = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "nodename nor servname provided",
    ];
    let text = error.to_string();
    if NO_SUCH_NAME.iter().any(|words| text.contains(words)) {
        Unreachable::NoSuchName
    } else {
        Unreachable::LookupFailed
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn link_local_unspecified_and_multicast_are_refused_in_every_notation() {
        for text in [
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "febf::1",
            "::",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::ffff:0.0.0.0",
        ] {
            assert!(!is_allowed(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn loopback_private_and_public_addresses_are_allowed() {
        for text in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "8.8.8.8",
            "fd00::1",
            "2a00:1450::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::1",
        ] {
            assert!(is_allowed(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn of_several_addresses_only_the_allowed_are_connected_to() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let found = vec![address("169.254.169.254"), address("10.0.0.7")];
        assert_eq!(choose(Ok(found)).unwrap(), [address("10.0.0.7")]);
        let found = vec![address("169.254.169.254"), address("fe80::1")];
        assert_eq!(choose(Ok(found)), Err(Unreachable::Denied));
    }

    #[test]
    fn failed_lookups_tell_an_unknown_name_from_a_broken_resolver() {
        let failed = |text: &str| choose(Err(io::Error::other(text.to_owned())));
        let unknown = "failed to lookup address information: Name or service not known";
        let broken = "failed to lookup address information: Temporary failure in name resolution";
        assert_eq!(failed(unknown), Err(Unreachable::NoSuchName));
        assert_eq!(failed(broken), Err(Unreachable::LookupFailed));
        assert_eq!(choose(Ok(Vec::new())), Err(Unreachable::NoSuchName));
    }
}
