//! The compression of GIF (GIF89a, appendix F), which may take one colour for another where that makes it shorter.
//!
//! Runs that are known already are the longer, the more pixels count as alike. The colour of a pixel is changed to one
//! that continues a known run if they are near enough, and the error goes on to the next pixel, so that none adds up.

use crate::image::palette::Indexed;

/// Codes have 12 bits at most.
const MAX_CODES: usize = 1 << 12;

/// No run, and no further one.
const NONE: u16 = u16::MAX;

/// By how much a difference of red, green and blue counts.
const WEIGHTS: [i32; 3] = [3, 4, 2];

/// What goes into a frame: the size of the smallest code, and codes.
pub(super) fn compressed(picture: &Indexed, loss: u8) -> Vec<u8> {
    let palette = Palette::new(picture, loss);
    let bits = bits_of(picture.colors.len());
    let mut codes = Codes::new(bits);
    let mut runs = Runs::new(bits);
    codes.put(runs.clear_code(), runs.width);
    let mut run: Option<u16> = None;
    let mut error = [0; 3];
    for index in &picture.indices {
        let known = run.and_then(|run| runs.next(run, *index, &palette, &mut error));
        if known.is_some() {
            run = known;
            continue;
        }
        if let Some(run) = run {
            codes.put(run, runs.width);
            if !runs.grow(run, *index) {
                codes.put(runs.clear_code(), runs.width);
                runs = Runs::new(bits);
            }
        }
        (run, error) = (Some(u16::from(*index)), [0; 3]);
    }
    if let Some(run) = run {
        codes.put(run, runs.width);
        runs.widen();
    }
    codes.put(runs.clear_code() + 1, runs.width);
    codes.finish()
}

/// The bits of the smallest code, at least 2.
const fn bits_of(colors: usize) -> u8 {
    let mut bits = 2;
    while 1 << bits < colors {
        bits += 1;
    }
    bits
}

/// Colours, and how far apart they may be to be taken for each other.
struct Palette<'a> {
    colors: &'a [[u8; 4]],
    most: i32,
}

impl<'a> Palette<'a> {
    fn new(picture: &'a Indexed, loss: u8) -> Self {
        let [r, g, b] = WEIGHTS;
        let loss = i32::from(loss);
        Self {
            colors: &picture.colors,
            most: loss * loss * (r + g + b),
        }
    }

    /// By how much a colour differs from another with the error of a neighbour; nothing where that is too much, or
    /// only one of them is clear.
    fn difference(&self, wanted: u8, got: u8, error: [i32; 3]) -> Option<(i32, [i32; 3])> {
        let wanted_color = self.colors[usize::from(wanted)];
        let color = self.colors[usize::from(got)];
        if wanted == got {
            return Some((0, [0; 3]));
        }
        if self.most == 0 || wanted_color[3] != color[3] {
            return None;
        }
        let off: [i32; 3] = std::array::from_fn(|channel| {
            i32::from(wanted_color[channel]) + error[channel] - i32::from(color[channel])
        });
        let squares = off.iter().zip(WEIGHTS);
        let distance = squares.map(|(off, weight)| off * off * weight).sum();
        // Half of it: all of it would make noise of what was flat.
        (distance <= self.most).then(|| (distance, off.map(|off| off / 2)))
    }
}

/// The runs that are known, by their codes.
struct Runs {
    bits: u8,
    /// The bits of a code.
    width: u8,
    /// How many codes there are.
    count: usize,
    /// The last colour of each run.
    last: [u8; MAX_CODES],
    /// A run that is longer by one, and the next of those.
    longer: [u16; MAX_CODES],
    sibling: [u16; MAX_CODES],
}

impl Runs {
    fn new(bits: u8) -> Self {
        Self {
            bits,
            width: bits + 1,
            count: (1 << bits) + 2,
            last: [0; MAX_CODES],
            longer: [NONE; MAX_CODES],
            sibling: [NONE; MAX_CODES],
        }
    }

    const fn clear_code(&self) -> u16 {
        1 << self.bits
    }

    /// The run that is longer by this colour, or by one that is near enough; and what the next pixel has to make good.
    fn next(
        &self,
        run: u16,
        index: u8,
        palette: &Palette<'_>,
        error: &mut [i32; 3],
    ) -> Option<u16> {
        let mut best: Option<(i32, u16, [i32; 3])> = None;
        let mut at = self.longer[usize::from(run)];
        while at != NONE {
            let got = self.last[usize::from(at)];
            if let Some((distance, off)) = palette.difference(index, got, *error)
                && best.is_none_or(|(least, ..)| distance < least)
            {
                best = Some((distance, at, off));
            }
            at = self.sibling[usize::from(at)];
        }
        let (_, run, off) = best?;
        *error = off;
        Some(run)
    }

    /// Learns a run, if there is a code left.
    fn grow(&mut self, run: u16, index: u8) -> bool {
        if self.count == MAX_CODES {
            return false;
        }
        let (code, run) = (self.count, usize::from(run));
        self.last[code] = index;
        self.sibling[code] = self.longer[run];
        self.longer[run] = code as u16;
        self.widen();
        true
    }

    /// Counts a code, which may be the first that needs another bit. Who reads is one code behind.
    fn widen(&mut self) {
        self.count += 1;
        if self.count > 1 << self.width && self.width < 12 {
            self.width += 1;
        }
    }
}

/// Codes as bits, the lowest first.
struct Codes {
    bytes: Vec<u8>,
    pending: u32,
    pending_bits: u32,
}

impl Codes {
    /// Nothing but the bits of the smallest code, which come first.
    fn new(bits: u8) -> Self {
        Self {
            bytes: vec![bits],
            pending: 0,
            pending_bits: 0,
        }
    }

    fn put(&mut self, code: u16, width: u8) {
        self.pending |= u32::from(code) << self.pending_bits;
        self.pending_bits += u32::from(width);
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.pending_bits > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests;
