//! The units of AV1 data, and the header that says what the pictures in it are (AV1 Bitstream and Decoding Process,
//! 5.3 to 5.5).

use super::avif::CodePoints;

/// Kinds of units (6.2.2).
const SEQUENCE_HEADER: u8 = 1;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;

/// How much of the luma's resolution chroma planes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chroma {
    /// There are none.
    None,
    /// Half the width and height (4:2:0).
    Quarter,
    /// Half the width (4:2:2).
    Half,
    /// All of it (4:4:4).
    Full,
}

/// What a sequence header declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Bits a sample: 8, 10 or 12.
    pub(crate) bit_depth: u8,
    /// The planes besides luma.
    pub(crate) chroma: Chroma,
    /// The colour space; 2 is not specified.
    pub(crate) points: CodePoints,
    /// The largest width of a frame.
    pub(crate) max_width: u32,
    /// The largest height of a frame.
    pub(crate) max_height: u32,
}

/// What coded data comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// The sequence header; where there are several, they agree.
    pub(crate) sequence: Sequence,
    /// The number of frames.
    pub(crate) frames: usize,
}

impl Outline {
    /// Walks the units of coded data; nothing where they are broken.
    pub(crate) fn read(coded: &[u8]) -> Option<Self> {
        let mut sequence = None;
        let mut frames = 0;
        let mut rest = coded;
        while !rest.is_empty() {
            let (kind, body, after) = unit(rest)?;
            rest = after;
            match kind {
                SEQUENCE_HEADER => {
                    let found = Sequence::read(body)?;
                    if *sequence.get_or_insert(found) != found {
                        return None;
                    }
                }
                FRAME_HEADER | FRAME => frames += 1,
                _ => {}
            }
        }
        sequence.map(|sequence| Self { sequence, frames })
    }
}

/// The first unit: its kind and body, and what comes after it.
fn unit(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, rest) = bytes.split_first()?;
    let [extended, sized] = [2, 1].map(|bit| header >> bit & 1 == 1);
    let rest = rest.get(usize::from(extended)..)?;
    // Without a length it is the last.
    let (length, rest) = if sized {
        length(rest)?
    } else {
        (rest.len(), rest)
    };
    let (body, after) = rest.split_at_checked(length)?;
    Some((header >> 3 & 15, body, after))
}

/// A number in groups of seven bits, the lowest first (4.10.5), and what follows.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().take(8).enumerate() {
        number |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(number).ok()?, bytes.get(at + 1..)?));
        }
    }
    None
}

impl Sequence {
    /// Reads the body of a sequence header (5.5.1).
    fn read(body: &[u8]) -> Option<Self> {
        let mut bits = Bits { body, at: 0 };
        let profile = bits.take(3)?;
        // Whether it is a still picture.
        bits.take(1)?;
        let reduced = bits.flag()?;
        if reduced {
            bits.take(5)?;
        } else {
            skip_operating_points(&mut bits)?;
        }
        let (width_bits, height_bits) = (bits.take(4)? + 1, bits.take(4)? + 1);
        let max_width = bits.take(width_bits)? + 1;
        let max_height = bits.take(height_bits)? + 1;
        if !reduced && bits.flag()? {
            bits.take(7)?;
        }
        // The size of superblocks, and tools of intra prediction.
        bits.take(3)?;
        if !reduced {
            skip_inter_tools(&mut bits)?;
        }
        // Superresolution and filters.
        bits.take(3)?;
        let (bit_depth, chroma, points) = color(&mut bits, profile)?;
        Some(Self {
            bit_depth,
            chroma,
            points,
            max_width,
            max_height,
        })
    }
}

/// Passes over timing, decoder model and operating points.
fn skip_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.take(32)?;
        bits.take(32)?;
        if bits.flag()? {
            bits.skip_counted()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.take(5)? + 1);
            bits.take(32)?;
            bits.take(10)?;
        }
    }
    let delays = bits.flag()?;
    for _ in 0..=bits.take(5)? {
        bits.take(12)?;
        // Levels above 3.3 have tiers.
        if bits.take(5)? > 7 {
            bits.take(1)?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.take(delay_bits)?;
            bits.take(delay_bits)?;
            bits.take(1)?;
        }
        if delays && bits.flag()? {
            bits.take(4)?;
        }
    }
    Some(())
}

/// Passes over the tools of prediction from other frames.
fn skip_inter_tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.take(4)?;
    let order_hint = bits.flag()?;
    if order_hint {
        bits.take(2)?;
    }
    let chosen_by_frame = bits.flag()?;
    let screen_content = chosen_by_frame || bits.flag()?;
    if screen_content && !bits.flag()? {
        bits.take(1)?;
    }
    if order_hint {
        bits.take(3)?;
    }
    Some(())
}

/// Depth, planes and colour space (5.5.2).
fn color(bits: &mut Bits<'_>, profile: u32) -> Option<(u8, Chroma, CodePoints)> {
    const SRGB: (u8, u8, u8) = (1, 13, 0);
    let high = bits.flag()?;
    let bit_depth = match (high, profile) {
        (false, _) => 8,
        (true, 2) if bits.flag()? => 12,
        (true, _) => 10,
    };
    let grey = profile != 1 && bits.flag()?;
    let (primaries, transfer, matrix) = match bits.flag()? {
        true => (bits.byte()?, bits.byte()?, bits.byte()?),
        false => (2, 2, 2),
    };
    let as_it_is = !grey && (primaries, transfer, matrix) == SRGB;
    let full_range = as_it_is || bits.flag()?;
    let chroma = match (profile, bit_depth) {
        _ if grey => Chroma::None,
        _ if as_it_is => Chroma::Full,
        (0, _) => Chroma::Quarter,
        (1, _) => Chroma::Full,
        (2, 12) if !bits.flag()? => Chroma::Full,
        (2, 12) if bits.flag()? => Chroma::Quarter,
        (2, _) => Chroma::Half,
        _ => return None,
    };
    let points = CodePoints {
        primaries,
        transfer,
        matrix,
        full_range,
    };
    Some((bit_depth, chroma, points))
}

/// Reads bits from the highest of each byte on.
struct Bits<'a> {
    body: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// A number of at most 32 bits.
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..count {
            let byte = self.body.get(self.at / 8)?;
            number = number << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(number)
    }

    fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(8).map(|byte| byte as u8)
    }

    /// Passes over a number that as many zeros precede as it has bits after its first (4.10.3).
    fn skip_counted(&mut self) -> Option<()> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        self.at += zeros;
        Some(())
    }
}
