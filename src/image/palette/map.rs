//! Samples to the colours of a palette, with mild dithering.

use super::nearest::{Nearest, point_of, premultiplied};
use super::{Alpha, Dither};

/// Cells of a memory of what is nearest: 19 bits.
const CELLS: usize = 1 << 19;

const UNKNOWN: u16 = u16::MAX;

/// Two memories, and the palette.
pub(super) const FIXED_BYTES: u64 = (4 * CELLS + (64 << 10)) as u64;

/// Two rows of errors.
pub(super) const BYTES_A_COLUMN: u64 = 12;

/// The share of an error that is passed on: enough to hide the steps of a gradient, little enough that flat parts
/// stay flat and compress.
const SHARE: (i32, i32) = (3, 4);

/// Differences up to this in every channel are not worth telling a neighbour.
const EXACT_ENOUGH: u8 = 1;

/// What is nearest, remembered by cell: the first colour of a cell decides for all of it.
struct Remembered {
    nearest: Nearest,
    known: Vec<u16>,
}

impl Remembered {
    fn try_new(colors: &[[u8; 4]], takes: impl Fn(u8) -> bool) -> Option<Self> {
        let mut known = Vec::new();
        let numbered = (0..=255).zip(colors).filter(|(_, color)| takes(color[3]));
        let nearest = Nearest::new(numbered.map(|(number, color)| (number, point_of(*color))));
        known.try_reserve_exact(CELLS).ok()?;
        known.resize(CELLS, UNKNOWN);
        Some(Self { nearest, known })
    }

    fn find(&mut self, color: [u8; 4]) -> u8 {
        let cell = cell_of(color);
        let known = self.known[cell];
        if known != UNKNOWN {
            return known as u8;
        }
        let number = self.nearest.of(&point_of(color));
        self.known[cell] = number.into();
        number
    }
}

fn cell_of(color: [u8; 4]) -> usize {
    if color[3] == 255 {
        let [r, g, b, _] = color.map(usize::from);
        return (r >> 2) << 13 | (g >> 1) << 6 | b >> 2;
    }
    let [r, g, b] = premultiplied(color).map(usize::from);
    (r >> 3) << 14 | (g >> 3) << 9 | (b >> 3) << 4 | usize::from(color[3] >> 4)
}

/// How colours are found.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) alpha: Alpha,
    pub(super) dither: Dither,
}

/// A palette that is searched.
struct Map<'p> {
    colors: &'p [[u8; 4]],
    opaque: Remembered,
    translucent: Translucent,
    clear: u8,
    dither: Dither,
}

/// Where translucent colours are found.
enum Translucent {
    /// Among all of them.
    Any(Remembered),
    /// Among those of the very same alpha, and what was found last.
    Exact(Vec<Nearest>, ([u8; 4], u8)),
}

impl Translucent {
    fn try_new(colors: &[[u8; 4]], alpha: Alpha) -> Option<Self> {
        if alpha != Alpha::Exact {
            let among = |alpha| alpha != 255 && alpha != 0;
            return Some(Self::Any(Remembered::try_new(colors, among)?));
        }
        let of_level = |level| {
            let numbered = (0..=255).zip(colors);
            let numbered = numbered.filter(move |(_, color)| color[3] == level);
            Nearest::new(numbered.map(|(number, color)| (number, point_of(*color))))
        };
        let levels = (0..=255).map(of_level).collect();
        Some(Self::Exact(levels, ([0; 4], 0)))
    }

    fn find(&mut self, color: [u8; 4]) -> u8 {
        match self {
            Self::Any(remembered) => remembered.find(color),
            Self::Exact(_, (last, number)) if *last == color => *number,
            Self::Exact(levels, last) => {
                let number = levels[usize::from(color[3])].of(&point_of(color));
                *last = (color, number);
                number
            }
        }
    }
}

/// The number of the colour of every sample; nothing when memory is short.
pub(super) fn indices(
    samples: &[[u8; 4]],
    width: usize,
    colors: &[[u8; 4]],
    way: Way,
) -> Option<Vec<u8>> {
    let clear = colors.iter().position(|color| color[3] == 0);
    let mut map = Map {
        colors,
        opaque: Remembered::try_new(colors, |alpha| alpha == 255)?,
        translucent: Translucent::try_new(colors, way.alpha)?,
        clear: clear.unwrap_or_default() as u8,
        dither: way.dither,
    };
    let mut indices = Vec::new();
    indices.try_reserve_exact(samples.len()).ok()?;
    indices.resize(samples.len(), 0);
    let mut errors = Errors::try_new(width)?;
    let rows = samples.chunks(width).zip(indices.chunks_mut(width));
    for (y, (samples, indices)) in rows.enumerate() {
        let walk = if y % 2 == 0 { Walk::Right } else { Walk::Left };
        for step in 0..samples.len() {
            let x = walk.column(step, samples.len());
            indices[x] = map.number(samples[x], x, walk, &mut errors);
        }
        errors.turn();
    }
    Some(indices)
}

impl Map<'_> {
    fn number(&mut self, sample: [u8; 4], x: usize, walk: Walk, errors: &mut Errors) -> u8 {
        match sample[3] {
            0 => return self.clear,
            255 => {}
            _ => return self.translucent.find(sample),
        }
        let plain = self.opaque.find(sample);
        let got = self.colors[usize::from(plain)];
        if self.dither == Dither::None || is_near(sample, got) {
            return plain;
        }
        let wanted = errors.corrected(sample, x);
        let number = self.opaque.find(wanted);
        errors.spread(wanted, self.colors[usize::from(number)], x, walk);
        number
    }
}

fn is_near(a: [u8; 4], b: [u8; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= EXACT_ENOUGH)
}

/// Rows are walked to and fro, so that errors do not all drift to one side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Right,
    Left,
}

impl Walk {
    const fn column(self, step: usize, width: usize) -> usize {
        match self {
            Self::Right => step,
            Self::Left => width - 1 - step,
        }
    }
}

/// The errors of Floyd and Steinberg for this row and the next, in sixteenths, with a column to spare at both sides.
struct Errors {
    this: Vec<[i16; 3]>,
    next: Vec<[i16; 3]>,
}

impl Errors {
    fn try_new(width: usize) -> Option<Self> {
        let row = || {
            let mut row = Vec::new();
            row.try_reserve_exact(width + 2).ok()?;
            row.resize(width + 2, [0; 3]);
            Some(row)
        };
        Some(Self {
            this: row()?,
            next: row()?,
        })
    }

    /// A colour with what its neighbours left to it.
    fn corrected(&self, color: [u8; 4], x: usize) -> [u8; 4] {
        let error = self.this[x + 1];
        let with =
            |at: usize| (i32::from(color[at]) + i32::from(error[at]) / 16).clamp(0, 255) as u8;
        [with(0), with(1), with(2), color[3]]
    }

    fn spread(&mut self, wanted: [u8; 4], got: [u8; 4], x: usize, walk: Walk) {
        let x = x + 1;
        let (ahead, behind) = match walk {
            Walk::Right => (x + 1, x - 1),
            Walk::Left => (x - 1, x + 1),
        };
        for channel in 0..3 {
            let off = i32::from(wanted[channel]) - i32::from(got[channel]);
            let off = (off * SHARE.0 / SHARE.1) as i16;
            self.this[ahead][channel] += off * 7;
            self.next[behind][channel] += off * 3;
            self.next[x][channel] += off * 5;
            self.next[ahead][channel] += off;
        }
    }

    /// Goes to the next row.
    fn turn(&mut self) {
        std::mem::swap(&mut self.this, &mut self.next);
        self.next.fill([0; 3]);
    }
}
