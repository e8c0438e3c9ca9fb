//! AVIF to pixels.

mod canvas;
mod matrix;

use super::How;
use crate::identify::av1::{Chroma, Outline, Sequence};
use crate::identify::avif;
use crate::identify::bytes::Halt;
use crate::identify::heif::{Item, Items};
use crate::identify::{ColorType, Facts};
use crate::image::aom_decode_ffi::{self, Planes};
use crate::image::{Error, Format, Layout, Pixels};
use canvas::Canvas;
use matrix::Sample;

/// The most tiles of a grid.
const MAX_TILES: u32 = 256;

/// The least side of a tile (MIAF, 7.3.11.4.2), which may be longer than that of a small grid.
const MIN_TILE_PX: u32 = 64;

/// The most frames that a coded picture may have: each costs as much as a picture, however few bytes it takes. One is
/// what still pictures have; a second may be a finer layer.
const MAX_FRAMES: usize = 2;

/// What the decoder holds whatever the size: its tables, and the contexts of a tile.
const FIXED_BYTES: u64 = 8 << 20;

/// What libaom holds for each pixel to describe blocks of 4 by 4, where it was measured at 16 to 18 bytes.
const BLOCK_BYTES_A_PIXEL: u64 = 20;

/// Decodes the primary item, with its alpha plane.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let items = Items::read(file).map_err(refused)?;
    let source = Source { file, items, facts };
    if is_deep(facts, how) {
        source.painted::<u16>().map(Canvas::<u16>::into_pixels)
    } else {
        source.painted::<u8>().map(Canvas::<u8>::into_pixels)
    }
}

const fn is_deep(facts: &Facts, how: &How) -> bool {
    how.deep && facts.bit_depth > 8
}

/// Bytes that are held at the peak besides the pixels in 8 bits, the second byte of each deeper sample included.
///
/// There may be planes of two layers, and of the last with its film grain. Alpha is decoded after colour, into the
/// same room.
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    let padded = padded(facts.width).saturating_mul(padded(facts.height));
    let depth = if facts.bit_depth > 8 { 2 } else { 1 };
    // Chroma in full; grey has a quarter of it, unused.
    let samples = if facts.color_type == ColorType::Grey {
        2
    } else {
        3
    };
    let planes = (MAX_FRAMES as u64 + 1) * samples * depth;
    let deep = if is_deep(facts, how) { 4 } else { 0 };
    padded
        .saturating_mul(planes + BLOCK_BYTES_A_PIXEL + deep)
        .saturating_add(FIXED_BYTES)
}

/// A side in whole superblocks, and the border of one.
fn padded(side_px: u32) -> u64 {
    u64::from(side_px.max(MIN_TILE_PX)).next_multiple_of(128) + 128
}

/// Where a tile stands on the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    left: u32,
    top: u32,
}

/// A file and what is known of it.
struct Source<'a> {
    file: &'a [u8],
    items: Items<'a>,
    facts: &'a Facts,
}

impl Source<'_> {
    /// The picture, at the depth of the samples asked for.
    fn painted<S: Sample>(&self) -> Result<Canvas<S>, Error> {
        let layout = match self.facts.color_type {
            ColorType::Grey => Layout::Grey,
            ColorType::Rgb => Layout::Rgb,
            _ => Layout::Rgba,
        };
        let items = &self.items;
        let mut canvas = Canvas::new(self.facts.width, self.facts.height, layout)?;
        let primary = items.primary().map_err(refused)?;
        let points = avif::code_points(items, primary.id).map_err(refused)?;
        self.each_tile(&primary, |planes, at| canvas.paint(planes, points, at))?;
        if let Some(alpha) = avif::alpha(items, primary.id).map_err(refused)? {
            self.each_tile(&alpha, |planes, at| canvas.paint_alpha(planes, at))?;
            if avif::premultiplied(items, primary.id).map_err(refused)? {
                canvas.divide_by_alpha();
            }
        }
        Ok(canvas)
    }

    /// Decodes an item tile by tile; one that is no grid is one tile.
    fn each_tile(
        &self,
        item: &Item<'_>,
        mut paint: impl FnMut(&Planes, At) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if item.kind == *b"av01" {
            let size = (self.facts.width, self.facts.height);
            return paint(&self.planes(item.id, size)?, At { left: 0, top: 0 });
        }
        let grid = self.grid(item)?;
        let tiles = avif::tiles(&self.items, item.id).map_err(refused)?;
        let mut count = 0;
        for (tile, at) in tiles.zip(grid.places()) {
            paint(&self.planes(tile, grid.tile)?, at)?;
            count += 1;
        }
        if count == grid.rows * grid.columns {
            return Ok(());
        }
        Err(broken("tiles are missing"))
    }

    /// Reads the description of a grid (ISO/IEC 23008-12, 6.6.2.3) and holds it to what was promised.
    fn grid(&self, item: &Item<'_>) -> Result<Grid, Error> {
        if item.kind != *b"grid" {
            return Err(broken("neither AV1 nor a grid of it"));
        }
        let description = self.items.content(item.id, self.file).map_err(refused)?;
        let (rows, columns, size) =
            grid_fields(&description).ok_or_else(|| broken("a broken grid"))?;
        if size != (self.facts.width, self.facts.height) {
            return Err(Error::unlike(
                Format::Avif,
                (self.facts.width, self.facts.height),
                size,
            ));
        }
        let mut tiles = avif::tiles(&self.items, item.id).map_err(refused)?;
        let first = tiles.next().ok_or_else(|| broken("a grid without tiles"))?;
        let tile = avif::size(&self.items, first).map_err(refused)?;
        let grid = Grid {
            rows,
            columns,
            tile,
        };
        match rows * columns <= MAX_TILES && grid.covers(size) {
            true => Ok(grid),
            false => Err(broken("tiles that do not fit their grid")),
        }
    }

    /// Decodes an AV1 item that must have this size.
    fn planes(&self, item: u32, size: (u32, u32)) -> Result<Planes, Error> {
        let coded = self.items.content(item, self.file).map_err(refused)?;
        let outline = Outline::read(&coded).ok_or_else(|| broken("damaged data"))?;
        if !(1..=MAX_FRAMES).contains(&outline.frames) {
            return Err(broken("no picture, or too many"));
        }
        self.check(&outline.sequence, size)?;
        let planes = aom_decode_ffi::decode(&coded, &outline.sequence)?;
        match planes.size() == size {
            true => Ok(planes),
            false => Err(Error::unlike(Format::Avif, size, planes.size())),
        }
    }

    /// Holds a sequence header to what was promised, before anything is reserved for it.
    fn check(&self, sequence: &Sequence, size: (u32, u32)) -> Result<(), Error> {
        if sequence.max_width > size.0 || sequence.max_height > size.1 {
            return Err(Error::unlike(
                Format::Avif,
                size,
                (sequence.max_width, sequence.max_height),
            ));
        }
        let grey = self.facts.color_type == ColorType::Grey;
        if sequence.bit_depth != self.facts.bit_depth || grey && sequence.chroma != Chroma::None {
            return Err(Error::dishonest(
                Format::Avif,
                "other samples than promised",
            ));
        }
        Ok(())
    }
}

/// Tiles of one size in rows, the last of which may stand out to the right and at the bottom.
struct Grid {
    rows: u32,
    columns: u32,
    tile: (u32, u32),
}

impl Grid {
    /// Whether the tiles cover a canvas, and each some of it.
    fn covers(&self, (width, height): (u32, u32)) -> bool {
        let fits = |tile: u32, count: u32, side: u32| {
            let before = tile.checked_mul(count - 1);
            let all = before.and_then(|before| before.checked_add(tile));
            tile <= side.max(MIN_TILE_PX)
                && before.is_some_and(|before| before < side)
                && all.is_some_and(|all| all >= side)
        };
        fits(self.tile.0, self.columns, width) && fits(self.tile.1, self.rows, height)
    }

    /// The places of the tiles, row by row.
    fn places(&self) -> impl Iterator<Item = At> {
        let (columns, tile) = (self.columns, self.tile);
        (0..self.rows * columns).map(move |number| At {
            left: number % columns * tile.0,
            top: number / columns * tile.1,
        })
    }
}

/// Rows, columns and the size of a grid.
fn grid_fields(description: &[u8]) -> Option<(u32, u32, (u32, u32))> {
    let [_, flags, rows, columns] = *description.first_chunk()?;
    let sides = description.get(4..)?;
    let size = if flags & 1 == 1 {
        let [width, height] = sides.as_chunks().0.first_chunk()?;
        (u32::from_be_bytes(*width), u32::from_be_bytes(*height))
    } else {
        let [width, height] = sides.as_chunks().0.first_chunk()?;
        (
            u16::from_be_bytes(*width).into(),
            u16::from_be_bytes(*height).into(),
        )
    };
    Some((u32::from(rows) + 1, u32::from(columns) + 1, size))
}

fn refused(halt: Halt) -> Error {
    match halt {
        Halt::Refused(why) => broken(why),
        _ => broken("cut off"),
    }
}

fn broken(what: &str) -> Error {
    Error::broken(Format::Avif, what)
}

#[cfg(test)]
mod tests;
