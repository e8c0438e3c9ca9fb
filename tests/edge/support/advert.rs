//! VRRP adverts that none of the balancers has made.

use std::net::{IpAddr, SocketAddr};

use rustix::net::{self, AddressFamily, RawProtocol, SendFlags, SocketType};

use super::balancer::{PUBLIC_4, PUBLIC_6};

/// Packets whose head is written by who sends them, among protocols.
const RAW: u32 = 255;

/// The number of VRRP among protocols.
const VRRP: u8 = 112;

/// No balancer ranks as high.
pub(super) const PRIORITY: u8 = 254;

/// What claims the public address, in version 3 of the protocol (RFC 5798).
#[derive(Debug)]
pub(crate) struct Advert {
    /// Who it says that it is from, by IPv4 and IPv6.
    pub(crate) sources: [&'static str; 2],
    /// How many routers it may pass when it is sent; 255 arrives from the network itself only.
    pub(crate) hops: u8,
}

impl Advert {
    /// Sends it to the first external, from the network of the thread that calls.
    pub(crate) fn send(&self) {
        self.send_to("203.0.113.1", (64, PUBLIC_4));
        self.send_to("2001:db8:1::1", (66, PUBLIC_6));
    }

    fn send_to(&self, balancer: &str, (router, claimed): (u8, &str)) {
        let balancer: IpAddr = balancer.parse().unwrap();
        let source = self.sources[usize::from(balancer.is_ipv6())];
        let source: IpAddr = source.parse().unwrap();
        let family = match balancer {
            IpAddr::V4(_) => AddressFamily::INET,
            IpAddr::V6(_) => AddressFamily::INET6,
        };
        let raw = RawProtocol::new(RAW).map(net::Protocol::from_raw);
        let socket = net::socket(family, SocketType::RAW, raw).unwrap();
        let advert = advert((source, balancer), router, claimed.parse().unwrap());
        let packet = [self.head((source, balancer), advert.len()), advert].concat();
        let to = SocketAddr::new(balancer, 0);
        net::sendto(&socket, &packet, SendFlags::empty(), &to).unwrap();
    }

    /// The head of a packet; the kernel fills in what is 0 and has to be something else.
    fn head(&self, (source, balancer): (IpAddr, IpAddr), length: usize) -> Vec<u8> {
        let length = u8::try_from(length).unwrap();
        let fixed = match balancer {
            IpAddr::V4(_) => vec![0x45, 0, 0, 0, 0, 0, 0, 0, self.hops, VRRP, 0, 0],
            IpAddr::V6(_) => vec![0x60, 0, 0, 0, 0, length, VRRP, self.hops],
        };
        [fixed, octets(source), octets(balancer)].concat()
    }
}

/// The bytes of an address.
fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Section 5.1: version and type, the virtual router, its priority, one address, every 0.2 s, a checksum, the address.
fn advert((source, balancer): (IpAddr, IpAddr), router: u8, claimed: IpAddr) -> Vec<u8> {
    let mut advert = vec![0x31, router, PRIORITY, 1, 0, 20, 0, 0];
    advert.extend(octets(claimed));
    // The head that both versions of IP put before what is summed up, in another order.
    let length = u8::try_from(advert.len()).unwrap();
    let head = [octets(source), octets(balancer), vec![0, VRRP, 0, length]].concat();
    let sum = checksum(&[head, advert.clone()].concat());
    advert[6..8].copy_from_slice(&sum.to_be_bytes());
    advert
}

/// RFC 1071, of whole words.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks_exact(2);
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
