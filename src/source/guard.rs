//! Which addresses may be dialled.
//!
//! The tables are ours, after the IANA IPv4 and IPv6 special-purpose address registries: what is not globally
//! reachable unicast there is refused unless a switch names its class. An IPv4 address that travels inside an
//! IPv6 one is taken out and judged too, since a translator or tunnel on the way would deliver to it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address is to the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// Globally reachable unicast: dialled.
    Global,
    /// This machine, the unspecified address included (a kernel takes it for loopback).
    Loopback,
    /// The link at hand, and the metadata services of clouds wherever their address lies.
    LinkLocal,
    /// Private networks: RFC 1918, unique local IPv6, carrier-grade NAT, local-use NAT64.
    Private,
    /// Never dialled: multicast, broadcast, documentation, benchmarking, reserved, discard-only.
    Unusable,
}

/// Judges addresses before they are dialled.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    /// Classes that are dialled beside [`AddressClass::Global`].
    pub(super) allowed: Vec<AddressClass>,
    /// Sockets of this server.
    pub(super) own_listeners: Vec<SocketAddr>,
}

/// Why an address is not dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its class is not allowed.
    Class(AddressClass),
    /// It is ours.
    OwnListener,
}

impl Guard {
    /// Judges `address` before it is dialled.
    pub(super) fn judge(&self, address: SocketAddr) -> Result<(), Refusal> {
        let ip = address.ip().to_canonical();
        match layers(ip)
            .map(class_of)
            .find(|class| !self.permits_class(*class))
        {
            Some(class) => Err(Refusal::Class(class)),
            None if self.is_own(address.port(), ip) => Err(Refusal::OwnListener),
            None => Ok(()),
        }
    }

    /// Whether a connection from `local` to `peer` has reached a listener of ours that is bound to all addresses.
    ///
    /// A listener on `0.0.0.0` is not known by its address; but a connection that stays within the machine has the
    /// same address at both ends. Loops that this does not see are ended by `CDN-Loop`.
    pub(super) fn is_own_connection(&self, local: SocketAddr, peer: SocketAddr) -> bool {
        let is_within_machine = local.ip().to_canonical() == peer.ip().to_canonical();
        is_within_machine && self.wildcard_ports().any(|port| port == peer.port())
    }

    fn permits_class(&self, class: AddressClass) -> bool {
        class == AddressClass::Global || self.allowed.contains(&class)
    }

    fn is_own(&self, port: u16, ip: IpAddr) -> bool {
        let is_bound = self
            .own_listeners
            .iter()
            .any(|own| own.port() == port && own.ip().to_canonical() == ip);
        let is_local = class_of(ip) == AddressClass::Loopback;
        is_bound || is_local && self.wildcard_ports().any(|own| own == port)
    }

    fn wildcard_ports(&self) -> impl Iterator<Item = u16> {
        self.own_listeners
            .iter()
            .filter(|own| own.ip().is_unspecified())
            .map(SocketAddr::port)
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "global",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Private => "private",
            Self::Unusable => "special-purpose",
        })
    }
}

/// The address itself and every IPv4 address that it carries.
fn layers(ip: IpAddr) -> impl Iterator<Item = IpAddr> {
    let carried = match ip {
        IpAddr::V4(_) => Vec::new(),
        IpAddr::V6(v6) => carried_v4(v6),
    };
    std::iter::once(ip).chain(carried.into_iter().map(IpAddr::V4))
}

/// The IPv4 addresses inside an IPv6 address, by every scheme that has put them there.
fn carried_v4(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let segments = ip.segments();
    let last = Ipv4Addr::from_bits(ip.to_bits() as u32);
    match segments {
        // IPv4-compatible (RFC 4291, 2.5.5.1) and IPv4-translated (RFC 2765).
        [0, 0, 0, 0, 0, 0, ..] if ip.to_bits() > 1 => vec![last],
        [0, 0, 0, 0, 0xffff, 0, ..] => vec![last],
        // NAT64, well-known prefix (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last],
        // NAT64, local use (RFC 8215): the network chooses the length of its prefix, so every place counts.
        [0x64, 0xff9b, 1, ..] => carried_by_local_nat64(ip),
        // Teredo (RFC 4380): the server, and the client with its bits flipped.
        [0x2001, 0, server_high, server_low, ..] => {
            vec![
                joined(server_high, server_low),
                Ipv4Addr::from_bits(!last.to_bits()),
            ]
        }
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => vec![joined(high, low)],
        // ISATAP (RFC 5214), whatever the prefix; the two low bits of the first octet are flags.
        [_, _, _, _, flags, 0x5efe, ..] if flags & 0xfcff == 0 => vec![last],
        _ => Vec::new(),
    }
}

/// The places of RFC 6052, 2.2 that a prefix within 64:ff9b:1::/48 leaves open: prefixes of 48, 56, 64 and 96 bits.
///
/// Octet 8 is skipped there. A place that holds nothing but zeroes is one that this network does not use.
fn carried_by_local_nat64(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let octets = ip.octets();
    let places = [
        [6, 7, 9, 10],
        [7, 9, 10, 11],
        [9, 10, 11, 12],
        [12, 13, 14, 15],
    ];
    places
        .into_iter()
        .map(|place| Ipv4Addr::from(place.map(|at| octets[at])))
        .filter(|v4| v4.octets()[0] != 0)
        .collect()
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

fn class_of(ip: IpAddr) -> AddressClass {
    match ip {
        IpAddr::V4(v4) => class_of_v4(v4),
        IpAddr::V6(v6) => class_of_v6(v6),
    }
}

/// The class of an IPv4 address: the first row that holds it, else global.
fn class_of_v4(ip: Ipv4Addr) -> AddressClass {
    IPV4_TABLE
        .iter()
        .find(|(net, _)| net.contains(&ip))
        .map_or(AddressClass::Global, |(_, class)| *class)
}

/// The class of an IPv6 address: the first row that holds it, else unusable, since only 2000::/3 is given out.
fn class_of_v6(ip: Ipv6Addr) -> AddressClass {
    IPV6_TABLE
        .iter()
        .find(|(net, _)| net.contains(&ip))
        .map_or(AddressClass::Unusable, |(_, class)| *class)
}

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 4], tail: [u16; 4], prefix: u8) -> Ipv6Net {
    let ([a, b, c, d], [e, f, g, h]) = (head, tail);
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// IPv4, the narrower row first.
const IPV4_TABLE: &[(Ipv4Net, AddressClass)] = &[
    (v4([0, 0, 0, 0], 32), AddressClass::Loopback),
    (v4([0, 0, 0, 0], 8), AddressClass::Unusable),
    (v4([10, 0, 0, 0], 8), AddressClass::Private),
    // Metadata of one cloud, inside carrier-grade NAT; and of another, at an address that looks public.
    (v4([100, 100, 100, 200], 32), AddressClass::LinkLocal),
    (v4([168, 63, 129, 16], 32), AddressClass::LinkLocal),
    (v4([100, 64, 0, 0], 10), AddressClass::Private),
    (v4([127, 0, 0, 0], 8), AddressClass::Loopback),
    (v4([169, 254, 0, 0], 16), AddressClass::LinkLocal),
    (v4([172, 16, 0, 0], 12), AddressClass::Private),
    // Protocol assignments, with the two anycast addresses in them that are global but serve no sources.
    (v4([192, 0, 0, 0], 24), AddressClass::Unusable),
    (v4([192, 0, 2, 0], 24), AddressClass::Unusable),
    // 6to4 relays, withdrawn by RFC 7526.
    (v4([192, 88, 99, 0], 24), AddressClass::Unusable),
    (v4([192, 168, 0, 0], 16), AddressClass::Private),
    (v4([198, 18, 0, 0], 15), AddressClass::Unusable),
    (v4([198, 51, 100, 0], 24), AddressClass::Unusable),
    (v4([203, 0, 113, 0], 24), AddressClass::Unusable),
    (v4([224, 0, 0, 0], 4), AddressClass::Unusable),
    (v4([240, 0, 0, 0], 4), AddressClass::Unusable),
];

/// IPv6, the narrower row first. Tunnels are global here: what they carry decides.
const IPV6_TABLE: &[(Ipv6Net, AddressClass)] = &[
    (v6([0; 4], [0; 4], 127), AddressClass::Loopback),
    (v6([0x64, 0xff9b, 0, 0], [0; 4], 96), AddressClass::Global),
    (v6([0x64, 0xff9b, 1, 0], [0; 4], 48), AddressClass::Private),
    // Metadata of two clouds, inside unique local addresses.
    (
        v6([0xfd00, 0xec2, 0, 0], [0, 0, 0, 0x254], 128),
        AddressClass::LinkLocal,
    ),
    (
        v6([0xfd20, 0xce, 0, 0], [0, 0, 0, 0x254], 128),
        AddressClass::LinkLocal,
    ),
    (v6([0xfc00, 0, 0, 0], [0; 4], 7), AddressClass::Private),
    (v6([0xfe80, 0, 0, 0], [0; 4], 10), AddressClass::LinkLocal),
    (v6([0x2001, 0, 0, 0], [0; 4], 32), AddressClass::Global),
    (v6([0x2001, 0, 0, 0], [0; 4], 23), AddressClass::Unusable),
    (
        v6([0x2001, 0xdb8, 0, 0], [0; 4], 32),
        AddressClass::Unusable,
    ),
    (v6([0x3fff, 0, 0, 0], [0; 4], 20), AddressClass::Unusable),
    (v6([0x2000, 0, 0, 0], [0; 4], 3), AddressClass::Global),
];

#[cfg(test)]
mod tests;
