//! Huffman tables of JPEGs, ready to be looked up.

/// Bits by which tables are looked up: those of luma and of chroma lie in the first cache together.
pub(super) const LOOKUP_BITS: u32 = 10;

/// Entries of such a table.
const LOOKUPS: usize = 1 << LOOKUP_BITS;

/// A table as files have it (T.81, B.2.4.2): how many codes there are of each length, from 0 to 16 bits, and then what
/// they stand for.
pub(in crate::image) type Definition = [u8; 17 + 256];

/// The value of the first `size` bits (T.81, table F.1 and F.2.2.1); at least one.
#[inline]
pub(super) const fn extended(bits: u64, size: u32) -> i16 {
    let value = (bits >> (64 - size)) as i32;
    let is_negative = (bits >> 63) as i32 ^ 1;
    (value - is_negative * ((1 << size) - 1)) as i16
}

/// What a code stands for: coefficients that are zero, and then one of a value; or that all others are zero.
///
/// The value in 16 bits, the zeros in 7, in 4 how many bits of the value are still to be read, and in 5 how many bits are
/// passed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Code(u32);

impl Code {
    /// More zeros than a block has.
    const END: u32 = 64;
    /// The code of 16 zeros.
    const ZEROS: u8 = 0xf0;

    const fn new(length: u32, size: u32, zeros: u32, value: i16) -> Self {
        Self((value as u32) << 16 | zeros << 9 | size << 5 | length)
    }

    /// A code of so many bits, of which nothing but the symbol is known.
    const fn of(symbol: u8, length: u32, kind: Kind) -> Self {
        let (zeros, size) = ((symbol >> 4) as u32, (symbol & 15) as u32);
        match kind {
            Kind::Means => Self::new(length, size, 0, 0),
            Kind::Others if size == 0 && symbol != Self::ZEROS => {
                Self::new(length, 0, Self::END, 0)
            }
            Kind::Others => Self::new(length, size, zeros, 0),
        }
    }

    /// The same with its value, if `bits`, which come behind the code, hold all of that.
    const fn with_value(self, bits: u64, count: u32) -> Self {
        let size = self.size();
        if size == 0 || size > count {
            return self;
        }
        let zeros = self.run() as u32;
        Self::new(self.length() + size, 0, zeros, extended(bits, size))
    }

    pub(super) const fn length(self) -> u32 {
        self.0 & 31
    }

    pub(super) const fn size(self) -> u32 {
        self.0 >> 5 & 15
    }

    pub(super) const fn run(self) -> usize {
        (self.0 >> 9 & 127) as usize
    }

    pub(super) const fn value(self) -> i16 {
        (self.0 >> 16) as i16
    }

    pub(super) const fn is_end(self) -> bool {
        self.run() >= Self::END as usize
    }
}

/// Codes that follow each other: how many bits they take, how many coefficients they stand for, and whether all others
/// of the block are zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run(u16);

impl Run {
    const fn new(length: u32, coefficients: usize, is_end: bool) -> Self {
        Self((is_end as u16) << 15 | (coefficients as u16) << 8 | length as u16)
    }

    pub(super) const fn length(self) -> u32 {
        (self.0 & 255) as u32
    }

    pub(super) const fn coefficients(self) -> usize {
        (self.0 >> 8 & 127) as usize
    }

    pub(super) const fn is_end(self) -> bool {
        self.0 >> 15 == 1
    }
}

/// What the symbols of a table say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Means,
    Others,
}

/// A table, ready to be looked up.
#[derive(Debug)]
pub(super) struct Table {
    kind: Kind,
    /// By the next [`LOOKUP_BITS`] bits; of no length where the code is longer.
    pub(super) codes: Box<[Code; LOOKUPS]>,
    /// The same, of all codes that fit; empty where nobody asks.
    pub(super) runs: Vec<Run>,
    /// By the length of codes: the first 16 bits that are too great for one of it.
    ends: [u32; 17],
    /// By the length of codes: where the symbol of a code is, less the code.
    offsets: [i32; 17],
    symbols: [u8; 256],
}

impl Table {
    pub(super) fn new(definition: &Definition, kind: Kind) -> Self {
        let (counts, symbols) = definition.split_at(17);
        let mut table = Self {
            kind,
            codes: Box::new([Code::default(); LOOKUPS]),
            runs: Vec::new(),
            ends: [0; 17],
            offsets: [0; 17],
            symbols: [0; 256],
        };
        table.symbols.copy_from_slice(symbols);
        let (mut next, mut at) = (0_u32, 0);
        for (length, count) in (0_u32..).zip(counts).skip(1) {
            table.offsets[length as usize] = at as i32 - next as i32;
            for symbol in symbols.iter().skip(at).take(usize::from(*count)) {
                table.enter(Code::of(*symbol, length, kind), next);
                next += 1;
                at += 1;
            }
            table.ends[length as usize] = next << (16 - length);
            next <<= 1;
        }
        table
    }

    /// Writes a code wherever it comes first.
    fn enter(&mut self, code: Code, bits: u32) {
        let Some(count) = LOOKUP_BITS.checked_sub(code.length()) else {
            return;
        };
        let places = self.codes.iter_mut().skip((bits << count) as usize);
        for (place, behind) in places.take(1 << count).zip(0_u64..) {
            // Where nothing is behind, there is nothing to shift.
            let behind = behind.checked_shl(64 - count).unwrap_or(0);
            *place = code.with_value(behind, count);
        }
    }

    /// The code that is longer than what is looked up.
    #[cold]
    pub(super) fn long(&self, bits: u64) -> Option<Code> {
        let next = (bits >> 48) as u32;
        let length = (LOOKUP_BITS + 1..=16).find(|length| next < self.ends[*length as usize])?;
        let code = (next >> (16 - length)) as i32;
        let symbol = self
            .symbols
            .get((code + self.offsets[length as usize]) as usize)?;
        Some(Code::of(*symbol, length, self.kind))
    }

    /// All codes that fit, by what is looked up.
    pub(super) fn runs(&self) -> Vec<Run> {
        let bits = 0..1_usize << LOOKUP_BITS;
        bits.map(|bits| self.run(bits)).collect()
    }

    fn run(&self, bits: usize) -> Run {
        let (mut length, mut coefficients) = (0, 0);
        loop {
            let next = bits << length & ((1 << LOOKUP_BITS) - 1);
            let code = self.codes[next];
            let more = code.length() + code.size();
            if code.length() == 0 || length + more > LOOKUP_BITS {
                return Run::new(length, coefficients, false);
            }
            length += more;
            if code.is_end() {
                return Run::new(length, coefficients, true);
            }
            coefficients += code.run() + 1;
            if coefficients > 63 {
                // More than any block has.
                return Run::default();
            }
        }
    }
}
