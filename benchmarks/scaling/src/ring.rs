//! Where a source is at home: the ring of Nginx's `hash … consistent` (ketama).
//!
//! Each server has 160 points on a ring of 32 bits. The home of a key is the server of the first point at its CRC32 or
//! behind it; where that server is not there, Nginx goes on to the next points.

/// Points of a server of weight 1.
const POINTS: u32 = 160;

/// The points of all servers, in the order of the ring.
#[derive(Debug)]
pub(crate) struct Ring {
    points: Vec<Point>,
    servers: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    hash: u32,
    server: u8,
}

impl Ring {
    /// The ring of the servers `10.0.0.21:8080` and so on, as in the site's file.
    pub(crate) fn of_origins(origins: u8) -> Self {
        let addresses =
            (0..origins).map(|server| format!("10.0.0.{}:8080", 21 + u16::from(server)));
        Self::of_addresses(&addresses.collect::<Vec<_>>())
    }

    /// The ring of the servers with these addresses, each a host and a port.
    pub(crate) fn of_addresses(addresses: &[String]) -> Self {
        let each = addresses.iter().zip(0..);
        let mut points: Vec<Point> = each
            .flat_map(|(address, server)| points_of(address, server))
            .collect();
        points.sort_unstable();
        points.dedup_by_key(|point| point.hash);
        Self {
            points,
            servers: addresses.len() as u8,
        }
    }

    /// Servers that have points.
    pub(crate) const fn servers(&self) -> u8 {
        self.servers
    }

    /// The home of a key by its `hash`, among the servers that `is_there` says yes to: one at least.
    pub(crate) fn home(&self, hash: u32, is_there: impl Fn(u8) -> bool) -> u8 {
        let first = self.points.partition_point(|point| point.hash < hash);
        let around = self.points[first..].iter().chain(&self.points[..first]);
        around
            .map(|point| point.server)
            .find(|&server| is_there(server))
            .expect("a server is there")
    }
}

/// Each point is hashed from the address and the point before it.
fn points_of(address: &str, server: u8) -> Vec<Point> {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let mut address = crc32fast::Hasher::new();
    address.update(host.as_bytes());
    address.update(b"\0");
    address.update(port.as_bytes());
    let mut before = 0_u32;
    let hashes = (0..POINTS).map(|_| {
        let mut hasher = address.clone();
        hasher.update(&before.to_le_bytes());
        before = hasher.finalize();
        Point {
            hash: before,
            server,
        }
    });
    hashes.collect()
}

/// The URL of the source of a rank.
pub(crate) fn source_url(rank: u32) -> String {
    format!("local:///{rank}.jpg")
}

/// The place on the ring of the source of a rank.
pub(crate) fn place_of(rank: u32) -> u32 {
    crc32fast::hash(source_url(rank).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: u32 = 100_000;

    fn homes(origins: u8) -> Vec<u8> {
        let ring = Ring::of_origins(origins);
        (0..KEYS)
            .map(|rank| ring.home(place_of(rank), |_| true))
            .collect()
    }

    #[test]
    fn one_more_moves_about_its_share_and_to_itself_alone() {
        for origins in [1, 2, 3, 10] {
            let (before, after) = (homes(origins), homes(origins + 1));
            let moved: Vec<_> = before
                .iter()
                .zip(&after)
                .filter(|(old, new)| old != new)
                .collect();
            assert!(moved.iter().all(|&(_, &new)| new == origins));
            let times = moved.len() as f64 * f64::from(origins + 1) / f64::from(KEYS);
            assert!(
                (0.75..1.25).contains(&times),
                "{origins}: {times} times its share"
            );
        }
    }

    #[test]
    fn the_fullest_has_little_more_than_its_share() {
        for origins in [2, 3, 4, 10] {
            let mut counts = vec![0_u32; origins];
            homes(origins as u8)
                .iter()
                .for_each(|&home| counts[home as usize] += 1);
            let fullest = counts.iter().max().map_or(0.0, |&count| f64::from(count));
            let times = fullest * origins as f64 / f64::from(KEYS);
            assert!((1.0..1.25).contains(&times), "{origins}: {times}");
        }
    }

    #[test]
    fn what_a_lost_server_had_is_spread_and_nothing_else_moves() {
        let ring = Ring::of_origins(5);
        let mut heirs = [0; 5];
        for rank in 0..KEYS {
            let before = ring.home(place_of(rank), |_| true);
            let after = ring.home(place_of(rank), |server| server != 2);
            assert!(before == after || before == 2);
            heirs[after as usize] += u32::from(before == 2);
        }
        assert_eq!(heirs[2], 0);
        assert!(
            heirs.iter().filter(|&&heir| heir > 0).count() == 4,
            "{heirs:?}"
        );
    }
}
