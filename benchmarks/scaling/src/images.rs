//! What images are like: their sizes in bytes, and what it costs to make and to serve them.
//!
//! The constants were measured, see `docs/scaling.md`. What a source or a variant is like is decided by a hash of its number, so
//! nothing of it is kept.

use crate::random::{mixed, unit};

/// Variants of each source.
pub(crate) const VARIANTS: u32 = ASKS.len() as u32;

/// Processor time of a hit in memory, in microseconds.
pub(crate) const MEMORY_HIT_US: u64 = 30;
/// Of one on disk.
pub(crate) const DISK_HIT_US: u64 = 170;
/// Of one in the shared store.
pub(crate) const SHARED_HIT_US: u64 = 1900;

/// What an entry takes in memory beside its bytes: head and tables.
const MEMORY_ENTRY_BYTES: u64 = 512;
/// What one takes on disk beside its bytes: its head, and its part of the record of its source.
const DISK_ENTRY_BYTES: u64 = 512 + BLOCK_BYTES / VARIANTS as u64;
/// What file systems give out.
const BLOCK_BYTES: u64 = 4096;

/// Shares are counted in so many parts.
const PARTS: usize = 64;

/// A size and format that each source is asked for in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    /// Its options in a URL.
    pub(crate) options: &'static str,
    /// Its format in a URL.
    pub(crate) extension: &'static str,
    format: Format,
    width_px: u32,
    /// Bytes of the result, on average.
    bytes: f64,
    /// How many of 64 requests for the source ask for this.
    parts: usize,
}

/// What writing a format takes.
#[derive(Clone, Copy, Debug)]
struct Format {
    /// Milliseconds of each file.
    file_ms: f64,
    /// Milliseconds of each megapixel.
    megapixel_ms: f64,
}

const JPEG: Format = Format {
    file_ms: 0.0,
    megapixel_ms: 16.0,
};
const WEBP: Format = Format {
    file_ms: 0.0,
    megapixel_ms: 95.0,
};
const AVIF: Format = Format {
    file_ms: 19.0,
    megapixel_ms: 156.0,
};

/// Each source is asked for in all of these: three sizes, and the formats that clients take.
const ASKS: [Ask; 5] = [
    Ask {
        options: "w:320",
        extension: "webp",
        format: WEBP,
        width_px: 320,
        bytes: 11_600.0,
        parts: 24,
    },
    Ask {
        options: "w:640",
        extension: "webp",
        format: WEBP,
        width_px: 640,
        bytes: 33_500.0,
        parts: 20,
    },
    Ask {
        options: "w:640",
        extension: "jpg",
        format: JPEG,
        width_px: 640,
        bytes: 46_500.0,
        parts: 6,
    },
    Ask {
        options: "w:640",
        extension: "avif",
        format: AVIF,
        width_px: 640,
        bytes: 31_000.0,
        parts: 6,
    },
    Ask {
        options: "w:1280",
        extension: "webp",
        format: WEBP,
        width_px: 1280,
        bytes: 97_500.0,
        parts: 8,
    },
];

/// Megapixels of sources, and how many of 16 sources are so large.
const SOURCES: [(f64, usize); 4] = [(2.0, 5), (6.0, 6), (12.0, 4), (24.0, 1)];
/// Milliseconds that a megapixel of a source takes to decode: of a baseline JPEG, and of a progressive one.
const DECODING_MS: [f64; 2] = [1.9, 8.2];
/// One of so many sources is progressive.
const PROGRESSIVE_PART: u64 = 3;
/// Bytes of a megapixel of a source.
const SOURCE_MEGAPIXEL_BYTES: f64 = 116_000.0;
/// Height of a picture for its width.
const ASPECT: f64 = 2.0 / 3.0;
/// How much the bytes of pictures of one size differ: the standard deviation of their logarithm.
const SPREAD: f64 = 0.5;

/// Tables of sizes and costs.
#[derive(Debug)]
pub(crate) struct Images {
    asks: [u8; PARTS],
    bytes: [[u32; ASKS.len()]; PARTS],
    megapixels: [f64; 16],
    /// Bytes of each variant, where that is known.
    known_bytes: Vec<u32>,
}

impl Images {
    /// The tables of the constants.
    pub(crate) fn new() -> Self {
        let parts = ASKS
            .iter()
            .zip(0..)
            .flat_map(|(ask, number)| [number].repeat(ask.parts));
        let sources = SOURCES
            .iter()
            .flat_map(|&(size, parts)| [size].repeat(parts));
        Self {
            asks: filled(parts),
            bytes: spreads().map(|spread| ASKS.map(|ask| (ask.bytes * spread) as u32)),
            megapixels: filled(sources),
            known_bytes: Vec::new(),
        }
    }

    /// The same, but for the bytes of variants, which stand in a list.
    pub(crate) fn of_known_bytes(known_bytes: Vec<u32>) -> Self {
        Self {
            known_bytes,
            ..Self::new()
        }
    }

    /// The variant of `source` that the random `bits` ask for.
    pub(crate) fn asked(&self, source: u32, bits: u64) -> u32 {
        source * VARIANTS + u32::from(self.asks[(bits >> 58) as usize])
    }

    /// Bytes of the body of a variant.
    pub(crate) fn bytes(&self, variant: u32) -> u64 {
        if let Some(&known) = self.known_bytes.get(variant as usize) {
            return known.into();
        }
        let row = &self.bytes[(mixed(u64::from(variant)) >> 58) as usize];
        u64::from(row[(variant % VARIANTS) as usize])
    }

    /// Bytes that a variant takes in memory.
    pub(crate) fn memory_bytes(&self, variant: u32) -> u64 {
        self.bytes(variant) + MEMORY_ENTRY_BYTES
    }

    /// Bytes that a variant takes on disk.
    pub(crate) fn disk_bytes(&self, variant: u32) -> u64 {
        (self.bytes(variant) + DISK_ENTRY_BYTES).next_multiple_of(BLOCK_BYTES)
    }

    /// Bytes of a source.
    pub(crate) fn source_bytes(&self, source: u32) -> u64 {
        (self.megapixels(source) * SOURCE_MEGAPIXEL_BYTES) as u64
    }

    /// Processor time in which a variant is made of its source, in microseconds.
    pub(crate) fn making_us(&self, variant: u32) -> u64 {
        let source = variant / VARIANTS;
        let is_progressive = source_hash(source).is_multiple_of(PROGRESSIVE_PART);
        let ask = ASKS[(variant % VARIANTS) as usize];
        let decoding = self.megapixels(source) * DECODING_MS[usize::from(is_progressive)];
        let writing = ask.format.file_ms + ask.megapixels() * ask.format.megapixel_ms;
        ((decoding + writing) * 1000.0) as u64
    }

    fn megapixels(&self, source: u32) -> f64 {
        self.megapixels[(source_hash(source) >> 60) as usize]
    }
}

impl Ask {
    fn megapixels(self) -> f64 {
        f64::from(self.width_px).powi(2) * ASPECT / 1e6
    }
}

/// The ask of a variant.
pub(crate) const fn ask_of(variant: u32) -> Ask {
    ASKS[(variant % VARIANTS) as usize]
}

/// The part of the requests for a source that ask for each of its variants.
pub(crate) fn variant_shares() -> [f64; VARIANTS as usize] {
    ASKS.map(|ask| ask.parts as f64 / PARTS as f64)
}

fn source_hash(source: u32) -> u64 {
    mixed(!u64::from(source))
}

fn filled<T: Default + Copy, const N: usize>(items: impl Iterator<Item = T>) -> [T; N] {
    let mut array = [T::default(); N];
    array
        .iter_mut()
        .zip(items)
        .for_each(|(place, item)| *place = item);
    array
}

/// Factors of a log-normal distribution whose mean is 1, each as likely as the others.
fn spreads() -> [f64; PARTS] {
    let mut factors = [0.0; PARTS];
    for (factor, number) in factors.iter_mut().zip(0_u64..) {
        // The sum of twelve even numbers from 0 to 1 is as good as normal.
        let normal: f64 = (0..12)
            .map(|part| unit(mixed(number << 8 | part)))
            .sum::<f64>()
            - 6.0;
        *factor = (normal * SPREAD).exp();
    }
    let mean = factors.iter().sum::<f64>() / PARTS as f64;
    factors.map(|factor| factor / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_given_away() {
        assert_eq!(ASKS.iter().map(|ask| ask.parts).sum::<usize>(), PARTS);
        assert_eq!(SOURCES.iter().map(|source| source.1).sum::<usize>(), 16);
    }

    #[test]
    fn sizes_are_those_of_the_table_on_average() {
        let images = Images::new();
        let count = 100_000;
        let sum: u64 = (0..count)
            .map(|source| images.bytes(source * VARIANTS))
            .sum();
        let mean = sum as f64 / f64::from(count);
        assert!((mean / ASKS[0].bytes - 1.0).abs() < 0.02, "{mean}");
    }

    #[test]
    fn what_a_variant_costs_does_not_change() {
        let images = Images::new();
        assert_eq!(images.making_us(7), images.making_us(7));
        assert!((0..1000).all(|variant| images.making_us(variant) > 3_000));
    }
}
