//! Addresses in a text, and others in their place.
//!
//! Each part of an address is changed by the key and by the parts before it, so that addresses of one network stay in one
//! network, and different ones stay different. Which kind of network it is stays: private, shared, global. Loopback,
//! link-local and multicast addresses say nothing of a site and stay as they are.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address at the beginning of `text`, and how many bytes it takes.
pub(super) fn at_start(text: &str) -> Option<(Address, usize)> {
    let run = |is: fn(u8) -> bool| {
        let length = text.bytes().take(45).take_while(|byte| is(*byte)).count();
        text.get(..length).unwrap_or_default()
    };
    let four = run(|byte| byte.is_ascii_digit() || byte == b'.').trim_end_matches('.');
    if let Ok(address) = four.parse::<Ipv4Addr>() {
        return Some((Address::Four(address), four.len()));
    }
    let six = run(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let six = match six.strip_suffix("::") {
        Some(_) => six,
        None => six.trim_end_matches(':'),
    };
    let address = six.parse::<Ipv6Addr>().ok()?;
    Some((Address::Six(address), six.len()))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Address {
    Four(Ipv4Addr),
    Six(Ipv6Addr),
}

impl Address {
    /// The one in its place; `None` where it stays.
    pub(super) fn changed(self, key: &[u8; 32]) -> Option<String> {
        match self {
            Self::Four(address) => four(address, key).map(|changed| changed.to_string()),
            Self::Six(address) => six(address, key).map(|changed| changed.to_string()),
        }
    }
}

fn four(address: Ipv4Addr, key: &[u8; 32]) -> Option<Ipv4Addr> {
    let says_nothing = address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_link_local()
        || address
            .octets()
            .first()
            .is_some_and(|first| *first == 0 || *first >= 224);
    if says_nothing {
        return None;
    }
    let mut octets = address.octets();
    let kept = match octets {
        [10, ..] => 1,
        [100 | 169 | 172 | 192, ..] => 2,
        _ => 0,
    };
    for at in kept..octets.len() {
        let [mask, ..] = hash(key, address.octets().get(..at).unwrap_or_default());
        if let Some(octet) = octets.get_mut(at) {
            *octet = match at {
                0 => first(*octet, mask),
                _ => *octet ^ mask,
            };
        }
    }
    Some(octets.into())
}

/// The first part of a global address stays that of one: these begin networks of a kind of their own.
fn first(octet: u8, mask: u8) -> u8 {
    let global = || (1..224).filter(|octet| ![10, 100, 127, 169, 172, 192].contains(octet));
    let place = global().position(|one| one == octet).unwrap_or_default();
    let moved = (place + usize::from(mask)) % global().count();
    global().nth(moved).unwrap_or(octet)
}

fn six(address: Ipv6Addr, key: &[u8; 32]) -> Option<Ipv6Addr> {
    let segments = address.segments();
    let first = segments.first().copied().unwrap_or_default();
    if first == 0 || first & 0xffc0 == 0xfe80 || first >= 0xff00 {
        return None;
    }
    let mut changed = segments;
    for at in 1..segments.len() {
        let before: Vec<u8> = segments
            .iter()
            .take(at)
            .flat_map(|part| part.to_be_bytes())
            .collect();
        let [high, low, ..] = hash(key, &before);
        if let Some(segment) = changed.get_mut(at) {
            *segment ^= u16::from_be_bytes([high, low]);
        }
    }
    Some(changed.into())
}

fn hash(key: &[u8; 32], before: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(key, &[b"address ", before].concat()).as_bytes()
}
