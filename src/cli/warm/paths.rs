//! The paths that logs name, each once, in bounded memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, BufRead, Read};

use super::line::Logged;
use super::reader::Reader;

/// Paths that are kept at most.
pub(super) const MAX_PATHS: usize = 1_000_000;
/// Bytes of all of them at most: 256 MiB.
const MAX_BYTES: usize = 256 << 20;
/// A longer line is passed over.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// The order in which paths are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Those that were asked for most often first.
    MostAsked,
    /// As they first came.
    First,
}

/// Paths by how often they were asked for.
#[derive(Debug)]
pub(super) struct Paths {
    counts: HashMap<Box<str>, Count>,
    room: Room,
    /// Lines that were read.
    pub(super) lines: u64,
    /// Lines that were passed over: no GET of an image that was answered.
    pub(super) passed_over: u64,
    /// Lines whose path had no room any more.
    pub(super) cut: u64,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    times: u64,
    number: usize,
}

/// What may still be kept.
#[derive(Clone, Copy, Debug)]
struct Room {
    paths: usize,
    bytes: usize,
}

impl Paths {
    /// None yet.
    pub(super) fn new() -> Self {
        Self::with_room(Room {
            paths: MAX_PATHS,
            bytes: MAX_BYTES,
        })
    }

    fn with_room(room: Room) -> Self {
        Self {
            counts: HashMap::new(),
            room,
            lines: 0,
            passed_over: 0,
            cut: 0,
        }
    }

    /// Takes the paths of a log.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn read(&mut self, mut log: impl BufRead, reader: &Reader) -> io::Result<()> {
        let mut line = Vec::new();
        while next_line(&mut log, &mut line)? {
            self.lines += 1;
            let path = std::str::from_utf8(&line).ok().and_then(wanted);
            match path.and_then(|logged| reader.image(&logged.path)) {
                Some(path) => self.count(path),
                None => self.passed_over += 1,
            }
        }
        Ok(())
    }

    fn count(&mut self, path: Box<str>) {
        let (number, bytes) = (self.counts.len(), path.len());
        match self.counts.entry(path) {
            Entry::Occupied(mut known) => known.get_mut().times += 1,
            Entry::Vacant(place) if self.room.paths > 0 && self.room.bytes >= bytes => {
                self.room.paths -= 1;
                self.room.bytes -= bytes;
                place.insert(Count { times: 1, number });
            }
            Entry::Vacant(_) => self.cut += 1,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// The paths in `order`; of those that were asked for equally often, the first that came first.
    pub(super) fn take(&mut self, order: Order) -> Vec<Box<str>> {
        let mut paths: Vec<(Box<str>, Count)> = self.counts.drain().collect();
        paths.sort_unstable_by_key(|(_, count)| match order {
            Order::MostAsked => (u64::MAX - count.times, count.number),
            Order::First => (0, count.number),
        });
        paths.into_iter().map(|(path, _)| path).collect()
    }
}

/// What was asked for and answered with an image.
fn wanted(line: &str) -> Option<Logged<'_>> {
    let is_answered =
        |logged: &Logged<'_>| logged.method == "GET" && matches!(logged.status, 200 | 206 | 304);
    Logged::parse(line).filter(is_answered)
}

/// Reads a line into `line`, which is left empty where it is too long; answers whether there was one.
fn next_line(log: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut read = log.take(MAX_LINE_BYTES).read_until(b'\n', line)? as u64;
    if read == 0 {
        return Ok(false);
    }
    let mut is_whole = line.ends_with(b"\n") || read < MAX_LINE_BYTES;
    if !is_whole {
        while !is_whole {
            line.clear();
            read = log.take(MAX_LINE_BYTES).read_until(b'\n', line)? as u64;
            is_whole = read == 0 || line.ends_with(b"\n");
        }
        line.clear();
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::reader::tests::unsigned;
    use super::*;

    const CAT: &str = "/-/w:1/plain/http://shop.example/cat.jpg";
    const DOG: &str = "/-/w:1/plain/http://shop.example/dog.jpg";

    fn line(method: &str, path: &str, status: u16) -> String {
        format!("a - - [t] \"{method} {path} HTTP/1.1\" {status} 1\n")
    }

    fn log(paths: &[&str]) -> String {
        paths.iter().map(|path| line("GET", path, 200)).collect()
    }

    #[test]
    fn paths_come_once_each_by_how_often_or_in_order() {
        let log = log(&[
            CAT,
            DOG,
            DOG,
            "/-/w:2/plain/http://a/b",
            "/-/w:1/plain/http://shop.example/dog.jpg?v=2",
        ]);
        for (order, expected) in [(Order::MostAsked, [DOG, CAT]), (Order::First, [CAT, DOG])] {
            let mut paths = Paths::new();
            paths.read(log.as_bytes(), &unsigned()).unwrap();
            assert_eq!(paths.len(), 3);
            let taken = paths.take(order);
            assert_eq!(taken[..2], expected.map(Box::from), "{order:?}");
        }
    }

    #[test]
    fn what_is_no_answered_image_is_passed_over() {
        let lines = [
            line("POST", CAT, 200),
            line("HEAD", CAT, 200),
            line("GET", CAT, 404),
            line("GET", "/health", 200),
            line("GET", "/info/-/plain/http://a/b", 200),
            line("GET", "/-/raw:1/plain/http://a/b", 200),
            line("GET", "/-/wide:1/plain/http://a/b", 200),
            "nonsense\n".to_owned(),
            line("GET", CAT, 304),
        ];
        let mut paths = Paths::new();
        paths.read(lines.concat().as_bytes(), &unsigned()).unwrap();
        assert_eq!((paths.lines, paths.passed_over), (9, 8));
        assert_eq!(paths.take(Order::First), [Box::from(CAT)]);
    }

    #[test]
    fn memory_is_bounded_and_what_is_known_is_still_counted() {
        let rooms = [
            Room {
                paths: 1,
                bytes: 1000,
            },
            Room {
                paths: 9,
                bytes: CAT.len(),
            },
        ];
        for room in rooms {
            let mut paths = Paths::with_room(room);
            let log = log(&[CAT, DOG, CAT, DOG]);
            paths.read(log.as_bytes(), &unsigned()).unwrap();
            assert_eq!((paths.len(), paths.cut), (1, 2), "{room:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_passed_over_and_the_next_is_read() {
        let long = "x".repeat(MAX_LINE_BYTES as usize * 2 + 7);
        let log = format!("{long}\n{}{long}", line("GET", CAT, 200));
        let mut paths = Paths::new();
        paths.read(log.as_bytes(), &unsigned()).unwrap();
        assert_eq!((paths.lines, paths.passed_over, paths.len()), (3, 2, 1));
    }
}
