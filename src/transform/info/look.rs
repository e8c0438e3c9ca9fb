//! The small copy that statistics are made of.

use super::ask::{AlphaAsk, InfoAsk};
use crate::identify::Facts;
use crate::image::decode::{self, Frames, How, Range, Scale, frames};
use crate::image::{Error, Format, Layout, Pixels, color, metadata};
use crate::transform::ask::{Crop, Gravity};
use crate::transform::blend::with_alpha;
use crate::transform::geometry::{Point, Rect, Size};
use crate::transform::reduce::reduced;
use crate::transform::steps;

/// The longest side of the copy: the most that a ThumbHash takes.
const COPY_PX: u32 = 100;
/// The least that decoders leave of the longest side, so that its mean is made of enough pixels.
const DECODED_PX: u32 = 256;

/// A picture as it is seen: upright and in sRGB.
pub(super) struct Look {
    /// The copy.
    pub(super) copy: Pixels,
    /// Whether any pixel of the whole picture is other than opaque; only told where it was asked for.
    pub(super) transparent: bool,
}

impl Look {
    pub(super) fn at(file: &[u8], facts: &Facts, ask: &InfoAsk) -> Result<Self, Error> {
        let pixels = decoded(file, facts, ask)?;
        let icc = metadata::read(file, facts.format).icc;
        let transparent = ask.alpha == AlphaAsk::Transparency && is_transparent(&pixels);
        // Inks have no meaningful mean; everything else is converted where it is small.
        let pixels = match pixels.layout() {
            Layout::Cmyk => color::to_srgb(pixels, icc.as_deref())?,
            _ => {
                let copy = reduced(&pixels, whole(&pixels), COPY_PX);
                color::to_srgb(copy, icc.as_deref())?
            }
        };
        let copy = reduced(&pixels, whole(&pixels), COPY_PX);
        Ok(Self {
            copy: steps::orient(copy, facts.orientation.into()),
            transparent,
        })
    }

    /// The copy with an alpha channel.
    pub(super) fn pixels(&self) -> Vec<[u8; 4]> {
        with_alpha(&self.copy)
    }

    /// Where a box of these shares of the picture shows most, as shares of the gaps.
    pub(super) fn attention(&self, inner: (f64, f64)) -> (f64, f64) {
        steps::attention(&self.copy, whole(&self.copy), inner)
    }
}

pub(super) fn is_smart(crop: &Crop) -> bool {
    crop.width > 0.0 && crop.height > 0.0 && crop.gravity == Some(Gravity::Smart)
}

pub(super) fn peak_bytes(facts: &Facts, ask: &InfoAsk) -> u64 {
    if is_later_frame(facts, ask) {
        return Frames::peak_bytes(facts);
    }
    decode::peak_bytes(facts, &how(facts, ask))
}

fn decoded(file: &[u8], facts: &Facts, ask: &InfoAsk) -> Result<Pixels, Error> {
    if !is_later_frame(facts, ask) {
        return decode::decode(file, facts, &how(facts, ask));
    }
    let range = Range {
        first: ask.page,
        count: 1,
    };
    let missing = || Error::Broken {
        format: facts.format,
        detail: format!("no frame {}", ask.page),
    };
    let frame = frames(file, facts, range)?.next().ok_or_else(missing)??;
    Ok(frame.pixels)
}

const fn is_later_frame(facts: &Facts, ask: &InfoAsk) -> bool {
    facts.animated && ask.page > 0
}

fn how(facts: &Facts, ask: &InfoAsk) -> How {
    How {
        page: ask.page,
        render: (facts.format == Format::Svg).then(|| rendered(facts)),
        ..How::at(scale(facts, ask))
    }
}

/// The smallest scale that leaves enough; transparency is looked for in every pixel.
fn scale(facts: &Facts, ask: &InfoAsk) -> Scale {
    let longest = facts.width.max(facts.height);
    let fits =
        |scale: &Scale| scale.of(longest) >= DECODED_PX && decode::scales(facts.format, *scale);
    let smaller = [Scale::Eighth, Scale::Quarter, Scale::Half];
    match ask.alpha {
        AlphaAsk::Transparency => Scale::Full,
        _ => smaller.into_iter().find(fits).unwrap_or(Scale::Full),
    }
}

/// The size that a drawing is rendered to.
fn rendered(facts: &Facts) -> (u32, u32) {
    let longest = u64::from(facts.width.max(facts.height).max(1));
    let side = |side: u32| {
        let scaled = u64::from(side) * u64::from(DECODED_PX) / longest;
        (scaled as u32).max(1)
    };
    (side(facts.width), side(facts.height))
}

fn whole(pixels: &Pixels) -> Rect {
    Point { x: 0, y: 0 }.rect(Size::of(pixels))
}

fn is_transparent(pixels: &Pixels) -> bool {
    let (samples, _) = pixels.data().as_chunks::<4>();
    pixels.layout() == Layout::Rgba && samples.iter().any(|pixel| pixel[3] != 255)
}
