//! A JPEG taken apart no further than its coefficients: what can be done to it without a loss.

use super::decode::jpeg_coefficient_bytes;
use super::encode::jpeg_segments;
use super::jpeg_ffi::Promise;
use super::jpeg_transcode_ffi::{self, Wrapping};
use super::metadata::Metadata;
use super::{Error, Format};
use crate::identify::{Facts, Orientation};

/// The side of a block.
const SIDE: usize = 8;

/// 64 coefficients, row by row from the top, the mean first.
pub(super) type Block = [i16; SIDE * SIDE];

/// The largest of coefficients that 8 bits a sample can give (T.81, F.1.2); the coder knows no larger.
const MAX_COEFFICIENT: i16 = 1_023;

/// The smallest mean, which black has at the finest table.
const MIN_MEAN: i16 = -1_024;

/// The most blocks that components may have where they are coded together (T.81, B.2.3).
const MAX_BLOCKS_TOGETHER: u32 = 10;

/// The coefficients of a JPEG, and what it takes to understand them.
#[derive(Clone, PartialEq, Eq)]
pub struct Coefficients {
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
    pub(super) inks: Inks,
    /// One to four of them.
    pub(super) components: Vec<Component>,
}

/// One plane of a JPEG.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Component {
    /// The horizontal sampling factor, 1..=4.
    pub(super) across: u8,
    /// The vertical sampling factor, 1..=4.
    pub(super) down: u8,
    /// How many blocks a row has.
    pub(super) columns: usize,
    /// How many rows of blocks there are.
    pub(super) rows: usize,
    /// What coefficients were divided by, in their order.
    pub(super) table: [u16; SIDE * SIDE],
    /// Row by row from the top.
    pub(super) blocks: Vec<Block>,
}

/// What the components of a JPEG stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inks {
    Grey,
    YCbCr,
    Rgb,
    /// 0 is no ink.
    Cmyk,
    /// 255 is no ink, which Adobe's marker tells.
    CmykOfAdobe,
    Ycck,
}

/// How the coefficients of a file are laid out. The tables of Huffman's code are made for them in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scans {
    /// One after the other.
    Sequential,
    /// Progressive, by a script that suits most pictures.
    Progressive,
    /// Progressive, by the script that is smallest of many that are tried.
    Searched,
}

impl Coefficients {
    /// Reads the coefficients of a whole JPEG.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where anything at all is wrong with the file, also where decoders would forgive it, or where
    /// it needs more than the writer here knows; [`Error::Dishonest`] where it differs from `facts`.
    pub fn read(file: &[u8], facts: &Facts) -> Result<Self, Error> {
        let promise = Promise {
            width: facts.width,
            height: facts.height,
            working_bytes: jpeg_coefficient_bytes(facts),
            smooths: false,
        };
        let mut coefficients = jpeg_transcode_ffi::read(file, &promise)?;
        coefficients.reduce_factors();
        if !coefficients.is_sound() {
            let detail = "coefficients that no picture has";
            return Err(Error::broken(Format::Jpeg, detail));
        }
        Ok(coefficients)
    }

    /// Writes a file with no other metadata than this, and its resolution in dots an inch if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Codec`] when memory is short.
    pub fn write(
        &self,
        scans: Scans,
        metadata: &Metadata,
        dpi: Option<f64>,
    ) -> Result<Vec<u8>, Error> {
        let segments: Vec<_> = jpeg_segments(metadata).collect();
        let wrapping = Wrapping {
            segments: &segments,
            density: dpi.map(|dots| dots.round().clamp(1.0, f64::from(u16::MAX)) as u16),
        };
        jpeg_transcode_ffi::write(self, scans, &wrapping)
    }

    /// An upper bound of the bytes held while a file is read, turned and written, one step after the other.
    pub fn peak_bytes(facts: &Facts) -> u64 {
        // Of the decoder, here, turned, and of the encoder there are never more than two; and the file, which grows
        // by doubling, beside the buffers of the scans that are tried.
        jpeg_coefficient_bytes(facts).saturating_mul(3)
    }

    /// The picture that is upright where this one is when turned as `orientation` says; nothing where a side that
    /// must be mirrored does not end with a whole unit of blocks, whose padding would come into sight.
    pub fn upright(&self, orientation: Orientation) -> Option<Self> {
        let turn = Turn::of(orientation);
        let [across, down] = turn.swapped(self.unit());
        let [width, height] = turn.swapped([self.width, self.height]);
        if turn.mirrors_x && width % across != 0 || turn.mirrors_y && height % down != 0 {
            return None;
        }
        let components = self.components.iter().map(|of| of.turned(turn));
        Some(Self {
            width,
            height,
            inks: self.inks,
            components: components.collect(),
        })
    }

    /// Width and height in pixels of the blocks that belong together.
    fn unit(&self) -> [u32; 2] {
        let components = || self.components.iter();
        let across = components().map(|of| of.across).max().unwrap_or(1);
        let down = components().map(|of| of.down).max().unwrap_or(1);
        [across, down].map(|factor| SIDE as u32 * u32::from(factor))
    }

    /// Divides the factors of all components by what they have in common: grey, which is sampled as often as itself,
    /// comes with any.
    fn reduce_factors(&mut self) {
        let components = || self.components.iter();
        let across = components().fold(0, |common, of| divisor(common, of.across));
        let down = components().fold(0, |common, of| divisor(common, of.down));
        for component in &mut self.components {
            component.across /= across.max(1);
            component.down /= down.max(1);
        }
    }

    /// Whether a file can hold these coefficients, whatever they mean.
    fn is_sound(&self) -> bool {
        let blocks = |of: &Component| u32::from(of.across) * u32::from(of.down);
        let together: u32 = self.components.iter().map(blocks).sum();
        let alone = self.components.len() == 1;
        let mut all = self.components.iter().flat_map(|of| &of.blocks);
        (alone || together <= MAX_BLOCKS_TOGETHER) && all.all(is_possible)
    }
}

fn is_possible(block: &Block) -> bool {
    let possible = |value: &i16| (-MAX_COEFFICIENT..=MAX_COEFFICIENT).contains(value);
    let [mean, rest @ ..] = block;
    (MIN_MEAN..=MAX_COEFFICIENT).contains(mean) && rest.iter().all(possible)
}

/// The greatest common divisor.
const fn divisor(a: u8, b: u8) -> u8 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// A way to lay a picture: a swap of its sides, then mirroring.
#[derive(Clone, Copy)]
struct Turn {
    swaps_sides: bool,
    mirrors_x: bool,
    mirrors_y: bool,
}

impl Turn {
    const fn of(orientation: Orientation) -> Self {
        let exif = orientation.exif();
        Self {
            swaps_sides: orientation.swaps_sides(),
            mirrors_x: matches!(exif, 2 | 3 | 6 | 7),
            mirrors_y: matches!(exif, 3 | 4 | 7 | 8),
        }
    }

    /// What concerns width and height, the other way round where they are.
    fn swapped<T>(self, mut sides: [T; 2]) -> [T; 2] {
        if self.swaps_sides {
            sides.reverse();
        }
        sides
    }

    /// Where something stands that comes to column `x` and row `y` of so many.
    const fn source(
        self,
        (x, y): (usize, usize),
        (columns, rows): (usize, usize),
    ) -> (usize, usize) {
        let x = if self.mirrors_x { columns - 1 - x } else { x };
        let y = if self.mirrors_y { rows - 1 - y } else { y };
        if self.swaps_sides { (y, x) } else { (x, y) }
    }

    /// A block turned in itself: waves that are odd along a mirrored axis change their sign.
    fn block(self, block: &Block) -> Block {
        std::array::from_fn(|at| {
            let (x, y) = (at % SIDE, at / SIDE);
            let value = block[self.at(x, y)];
            let odd = (self.mirrors_x && x % 2 == 1) != (self.mirrors_y && y % 2 == 1);
            if odd { -value } else { value }
        })
    }

    const fn at(self, x: usize, y: usize) -> usize {
        if self.swaps_sides {
            x * SIDE + y
        } else {
            y * SIDE + x
        }
    }
}

impl Component {
    fn turned(&self, turn: Turn) -> Self {
        let sides = [(self.across, self.columns), (self.down, self.rows)];
        let [(across, columns), (down, rows)] = turn.swapped(sides);
        let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
        let blocks = places.map(|place| {
            let (x, y) = turn.source(place, (columns, rows));
            turn.block(&self.blocks[y * self.columns + x])
        });
        Self {
            across,
            down,
            columns,
            rows,
            table: std::array::from_fn(|at| self.table[turn.at(at % SIDE, at / SIDE)]),
            blocks: blocks.collect(),
        }
    }
}
