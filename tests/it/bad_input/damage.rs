//! Files with damage of every kind, and bytes without any sense.

use super::{BROKEN, INVALID, plain};
use crate::support::{Origin, Response, Server, fixture};

/// Small files of every kind of input, to be damaged.
const SEEDS: [&str; 24] = [
    "jpeg/baseline-420.jpg",
    "jpeg/cmyk-adobe-icc.jpg",
    "jpeg/grey-icc-dark.jpg",
    "jpeg/orientation-6.jpg",
    "jpeg/progressive-420.jpg",
    "jpeg/restart-intervals.jpg",
    "jpeg/xmp.jpg",
    "png/animated-3-frames.png",
    "png/exif-orientation-6.png",
    "png/grey-1-interlaced-17x13.png",
    "png/icc-display-p3.png",
    "png/palette-4-interlaced.png",
    "png/palette-8-trns-red-clear-green-half.png",
    "png/rgba-16.png",
    "png/xmp.png",
    "webp/animated-alpha-3-frames.webp",
    "webp/exif-orientation-6.webp",
    "webp/icc-swapped-red-green.webp",
    "webp/lossless-alpha.webp",
    "webp/lossy-alpha.webp",
    "gif/animated-3-frames-first-smaller.gif",
    "gif/interlaced.gif",
    "gif/transparent-arrow.gif",
    "other/1x1.ico",
];

/// Mutants that are made of each seed.
const MUTANTS: usize = 20;

/// Numbers that look random and are the same in each run (xorshift64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// A damaged copy of `seed`.
    fn mutant(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let length = self.below(bytes.len() - at).min(64);
            match self.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at..at + length].fill_with(|| self.byte()),
                3 => bytes[at..at + length].fill([0, 0xff][self.below(2)]),
                4 => drop(bytes.drain(at..at + length.min(bytes.len() - 1))),
                _ => bytes.extend_from_within(at..at + length),
            }
        }
        bytes
    }
}

#[test]
fn damaged_files_are_answered_one_by_one_and_leave_nothing_behind() {
    let origin = Origin::start();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut paths = Vec::new();
    for seed in SEEDS {
        let whole = fixture(seed);
        for number in 0..MUTANTS {
            let path = format!("/{number}/{seed}");
            let bytes = noise.mutant(&whole);
            origin.serve(&path, Response::ok("image/jpeg", bytes));
            paths.push(path);
        }
    }
    let server = Server::start(&[("MAX_SRC_RESOLUTION", "1")]);
    let mut client = server.connect();
    let mut answered = [0; 2];
    for (index, path) in paths.iter().enumerate() {
        let options = [
            "w:20",
            "rs:fill:9:30/f:webp",
            "rot:90/f:png",
            "c:5:5/bg:fff/f:gif",
        ];
        let options = options[index % options.len()];
        let target = format!("/unsafe/{options}/plain/{}", origin.url(path));
        let reply = client.request("GET", &target, &[]);
        let phrase = reply.text();
        match (reply.status, phrase.as_str()) {
            (200, _) => drop(reply.image()),
            (422, INVALID | BROKEN) => {}
            other => panic!("{path}: {other:?}"),
        }
        answered[usize::from(reply.status == 200)] += 1;
    }
    assert!(
        answered.iter().all(|count| *count > 50),
        "a mix: {answered:?}"
    );
    assert_eq!(server.get("/health").status, 200);
    server.wait_until_idle();
}

#[test]
fn random_bytes_are_no_image() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let mut client = server.connect();
    for number in 0..100 {
        let length = noise.below(2_000);
        let bytes: Vec<u8> = (0..length).map(|_| noise.byte()).collect();
        let path = format!("/{number}");
        origin.serve(&path, Response::ok("image/png", bytes));
        let reply = client.request("GET", &plain(&origin.url(&path)), &[]);
        assert_eq!(reply.verdict(), (422, INVALID.to_owned()), "{number}");
    }
    server.wait_until_idle();
}
