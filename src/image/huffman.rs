//! The entropy coding of sequential JPEGs: coefficients from Huffman codes (ITU-T T.81, F.2.2).
//!
//! A third of the time that a photograph takes is spent here. So a table is looked up by more bits than most codes have, and
//! what stands there is a code together with the value behind it, where both fit; and where only the means of blocks are
//! wanted, all codes that fit are passed over at once.
//!
//! What is not as it should be is given up: whoever asks has another decoder, which makes the best of it.

mod table;

pub(super) use table::Definition;
use table::{Code, Kind, LOOKUP_BITS, Table, extended};

/// Coefficients of a block, row after row.
pub(super) type Block = [i16; 64];

/// Blocks that one unit of a scan may have (T.81, B.2.3).
pub(super) const MAX_BLOCKS: usize = 10;

/// Components that one scan may have.
const MAX_COMPONENTS: usize = 4;

/// Bits that are there before a code is read: as many as the longest code and the longest value behind it have.
const LEAST_BITS: i32 = 32;

/// Where coefficients stand in their block, in the order of the file (T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// How the blocks of a unit are coded, by their place in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    /// Which component of the scan it is of, below 4.
    pub(super) component: u8,
    /// The table of its mean, of [`Tables::means`].
    pub(super) mean: u8,
    /// The table of its other coefficients, of [`Tables::others`].
    pub(super) others: u8,
    /// Whether nothing but its mean is wanted.
    pub(super) is_mean: bool,
}

/// The tables of a scan by their numbers, as the file has them; none where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables<'a> {
    /// Those of means (DC).
    pub(super) means: [Option<&'a Definition>; 4],
    /// Those of other coefficients (AC).
    pub(super) others: [Option<&'a Definition>; 4],
}

/// A scan that is being read.
#[derive(Debug)]
pub(super) struct Scan {
    means: [Option<Table>; 4],
    others: [Option<Table>; 4],
    codings: Vec<Coding>,
    /// Units between restarts; 0 is no restarts.
    interval: u32,
    /// Units until the next restart.
    until_restart: u32,
    /// Restarts so far.
    restarts: u8,
    /// The mean of the last block of each component.
    last: [i32; MAX_COMPONENTS],
    left: Left,
}

/// Bits that were taken from the file and not used yet.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    /// From the highest on.
    bits: u64,
    /// How many; below 0 where more were used than there are.
    count: i32,
}

impl Left {
    /// The same, and as much as fits of what follows, byte by byte; answers how many bytes that took.
    #[cold]
    fn filled(mut self, rest: &[u8]) -> (Self, usize) {
        let mut at = 0;
        while self.count < 56 {
            let Some(byte) = rest.get(at) else { break };
            if *byte == 0xff {
                if rest.get(at + 1) != Some(&0) {
                    break;
                }
                at += 1;
            }
            at += 1;
            self.bits |= u64::from(*byte) << (56 - self.count);
            self.count += 8;
        }
        (self, at)
    }
}

impl Scan {
    /// The scan of units of blocks that are coded like this, at its beginning; `None` where a table is missing.
    pub(super) fn new(tables: Tables<'_>, codings: &[Coding], interval: u32) -> Option<Self> {
        let mut scan = Self {
            means: [const { None }; 4],
            others: [const { None }; 4],
            codings: codings.to_vec(),
            interval,
            until_restart: interval,
            restarts: 0,
            last: [0; MAX_COMPONENTS],
            left: Left::default(),
        };
        for coding in codings {
            let (mean, others) = (usize::from(coding.mean), usize::from(coding.others));
            let definition = (*tables.means.get(mean)?)?;
            scan.means[mean].get_or_insert_with(|| Table::new(definition, Kind::Means));
            let definition = (*tables.others.get(others)?)?;
            let table =
                scan.others[others].get_or_insert_with(|| Table::new(definition, Kind::Others));
            if coding.is_mean && table.runs.is_empty() {
                table.runs = table.runs();
            }
        }
        let are_known = |coding: &Coding| usize::from(coding.component) < MAX_COMPONENTS;
        let fits = codings.len() <= MAX_BLOCKS && codings.iter().all(are_known);
        fits.then_some(scan)
    }

    /// How many blocks a unit has.
    pub(super) const fn blocks(&self) -> usize {
        self.codings.len()
    }

    /// Reads the next unit from what is left of the file into blocks that are zero; answers how many bytes it took, or
    /// `None` where they are no whole unit. Blocks may be half written then.
    pub(super) fn read(&mut self, file: &[u8], blocks: &mut [Block]) -> Option<usize> {
        let mut reader = Reader {
            file,
            position: 0,
            left: self.left,
        };
        if self.interval > 0 {
            self.restart_if_due(&mut reader)?;
        }
        for (coding, block) in self.codings.iter().zip(blocks) {
            let means = self.means[usize::from(coding.mean) & 3].as_ref()?;
            let others = self.others[usize::from(coding.others) & 3].as_ref()?;
            let last = &mut self.last[usize::from(coding.component) & 3];
            *last = last.wrapping_add(i32::from(reader.mean(means)?));
            block[0] = *last as i16;
            match coding.is_mean {
                true => reader.pass(others)?,
                false => reader.coefficients(others, block)?,
            }
        }
        self.left = reader.left;
        (reader.left.count >= 0).then_some(reader.position)
    }

    /// Reads a restart's marker where one is due (T.81, F.2.1.3.1).
    fn restart_if_due(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        if self.until_restart == 0 {
            reader.marker(0xd0 + self.restarts % 8)?;
            self.restarts = self.restarts.wrapping_add(1);
            self.last = [0; MAX_COMPONENTS];
            self.until_restart = self.interval;
        }
        self.until_restart -= 1;
        Some(())
    }
}

/// Reads a file bit by bit.
struct Reader<'a> {
    file: &'a [u8],
    position: usize,
    left: Left,
}

impl Reader<'_> {
    /// Makes sure of [`LEAST_BITS`]; beyond the end of the data there are zeros. `None` where such were used.
    #[inline(always)]
    fn fill(&mut self) -> Option<()> {
        if self.left.count >= LEAST_BITS {
            return Some(());
        }
        if self.left.count < 0 {
            return None;
        }
        let rest = self.file.get(self.position..)?;
        // The last few bytes are looked at one by one too.
        let next = rest
            .first_chunk()
            .map_or(u64::MAX, |next| u64::from_be_bytes(*next));
        // A byte of ones is followed by one that is no data, or ends it.
        if (!next).wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080 != 0 {
            let (left, taken) = self.left.filled(rest);
            self.left = left;
            self.position += taken;
            return Some(());
        }
        // Bits of a byte that does not fit as a whole come in too, and once more with that byte.
        self.left.bits |= next >> self.left.count;
        let bytes = (63 - self.left.count) >> 3;
        self.position += bytes as usize;
        self.left.count += bytes * 8;
        Some(())
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.left.bits <<= bits;
        self.left.count -= bits as i32;
    }

    /// Passes what pads the last byte, and a marker.
    fn marker(&mut self, code: u8) -> Option<()> {
        self.fill()?;
        if self.left.count >= 8 || !self.file[self.position..].starts_with(&[0xff, code]) {
            return None;
        }
        self.position += 2;
        self.left = Left::default();
        Some(())
    }

    /// The next code, of which the bits are passed.
    #[inline(always)]
    fn code(&mut self, table: &Table) -> Option<Code> {
        self.fill()?;
        let index = (self.left.bits >> (64 - LOOKUP_BITS)) as usize;
        let mut code = table.codes[index];
        if code.length() == 0 {
            code = table.long(self.left.bits)?;
        }
        self.skip(code.length());
        Some(code)
    }

    /// The value of a code, of which the bits are passed.
    #[inline(always)]
    fn value(&mut self, code: Code) -> i16 {
        let size = code.size();
        if size == 0 {
            return code.value();
        }
        let bits = self.left.bits;
        self.skip(size);
        extended(bits, size)
    }

    /// By how much the mean of a block differs from that of the last.
    #[inline(always)]
    fn mean(&mut self, table: &Table) -> Option<i16> {
        let code = self.code(table)?;
        Some(self.value(code))
    }

    /// All coefficients but the mean.
    #[inline(always)]
    fn coefficients(&mut self, table: &Table, block: &mut Block) -> Option<()> {
        let mut at = 1;
        while at < 64 {
            let code = self.code(table)?;
            let value = self.value(code);
            at += code.run();
            let Some(place) = ZIGZAG.get(at) else {
                return code.is_end().then_some(());
            };
            block[usize::from(*place) & 63] = value;
            at += 1;
        }
        Some(())
    }

    /// The same, which nobody wants.
    #[inline(always)]
    fn pass(&mut self, table: &Table) -> Option<()> {
        let mut at = 1;
        while at < 64 {
            self.fill()?;
            let index = (self.left.bits >> (64 - LOOKUP_BITS)) as usize;
            let run = *table.runs.get(index)?;
            // Whatever would come to lie behind the last coefficient is of the next block.
            if run.length() > 0 && at + run.coefficients() < 64 {
                self.skip(run.length());
                if run.is_end() {
                    return Some(());
                }
                at += run.coefficients();
                continue;
            }
            let code = self.code(table)?;
            self.skip(code.size());
            at += code.run();
            if at > 63 {
                return code.is_end().then_some(());
            }
            at += 1;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
