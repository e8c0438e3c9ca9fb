//! Pictures that have few colours already.

use super::Indexed;

/// Slots of the table: four times the colours it may hold, so that a search is short.
const SLOTS: usize = 1024;

const VACANT: u16 = u16::MAX;

/// Numbers of colours, in the order in which they were first seen.
struct Table {
    keys: [u32; SLOTS],
    numbers: [u16; SLOTS],
    colors: Vec<[u8; 4]>,
    limit: usize,
}

impl Table {
    fn new(limit: usize) -> Self {
        Self {
            keys: [0; SLOTS],
            numbers: [VACANT; SLOTS],
            colors: Vec::new(),
            limit,
        }
    }

    /// The number of a colour, which is new where there is room; nothing where there is none.
    fn number(&mut self, color: [u8; 4]) -> Option<u8> {
        let key = u32::from_le_bytes(color);
        // Fibonacci hashing: the upper bits of the product.
        let mut slot = (key.wrapping_mul(0x9E37_79B1) >> 22) as usize;
        while self.numbers[slot] != VACANT {
            if self.keys[slot] == key {
                return u8::try_from(self.numbers[slot]).ok();
            }
            slot = (slot + 1) % SLOTS;
        }
        if self.colors.len() >= self.limit {
            return None;
        }
        let number = u8::try_from(self.colors.len()).ok()?;
        (self.keys[slot], self.numbers[slot]) = (key, number.into());
        self.colors.push(color);
        Some(number)
    }
}

/// How many colours there are, up to `limit`; looks no further than to the first that is too many.
pub(super) fn count(samples: impl Iterator<Item = [u8; 4]>, limit: usize) -> Option<usize> {
    let mut table = Table::new(limit);
    let mut last = None;
    for sample in samples {
        if last.replace(sample) != Some(sample) {
            table.number(sample)?;
        }
    }
    Some(table.colors.len())
}

/// The picture with all its colours; nothing when they are more than `limit`, or memory is short.
pub(super) fn indexed(samples: &[[u8; 4]], limit: usize) -> Option<Indexed> {
    let mut table = Table::new(limit);
    let mut last = (*samples.first()?, 0);
    last.1 = table.number(last.0)?;
    let mut indices = Vec::new();
    indices.try_reserve_exact(samples.len()).ok()?;
    for sample in samples {
        if *sample != last.0 {
            last = (*sample, table.number(*sample)?);
        }
        indices.push(last.1);
    }
    Some(Indexed {
        colors: table.colors,
        indices,
    })
}
