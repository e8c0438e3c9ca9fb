//! A file packed better with the very same picture in it, and without what else it held.
//!
//! A JPEG keeps its coefficients, a PNG its pixels. Each is written anew in several ways, of which one copies what is
//! coded as it stands; so the outcome is never larger than the source, unless more metadata is asked for than it had.

mod jpeg_parts;
mod png_parts;

use bytes::Bytes;

use super::{Stage, png as small_png};
use crate::identify::{ColorType, Facts, Orientation, exif};
use crate::image::coefficients::{Coefficients, Scans};
use crate::image::decode::{How, Scale, decode};
use crate::image::metadata::{Metadata, read, without_orientation};
use crate::image::{Depth, Error, Format, Layout, color, encode};

/// Packs a JPEG anew: the same coefficients, so the same pixels, upright as `facts` say they must be turned.
///
/// Metadata and resolution are those of the options; a profile stays in any case where colours need it. Where a turn
/// is not possible without a loss, the orientation stays in the metadata; where `facts` ask for none, the metadata is
/// written as it is.
///
/// # Errors
///
/// [`Error::Broken`] where anything is wrong with the file, though decoders would forgive it; [`Error::Dishonest`]
/// where it differs from `facts`; [`Error::Unwritable`] where it must stay turned and metadata that is kept leaves
/// no place to say so.
pub fn jpeg(
    file: &[u8],
    facts: &Facts,
    options: &encode::Options,
    stage: Stage,
) -> Result<Vec<u8>, Error> {
    let stored = Coefficients::read(file, facts)?;
    let (laid, orientation) = laid(stored, facts.orientation);
    let options = encode::Options {
        metadata: kept(file, facts, options, orientation)?,
        ..options.clone()
    };
    let is_as_stored = facts.orientation == orientation;
    let copied = is_as_stored.then(|| jpeg_parts::copied(file, &options));
    let written = ways(stage)
        .iter()
        .map(|scans| laid.write(*scans, &options.metadata, options.dpi));
    smallest(copied.flatten().into_iter().map(Ok).chain(written))
}

/// The picture upright if it can be turned, and how it must be turned still.
fn laid(stored: Coefficients, orientation: Orientation) -> (Coefficients, Orientation) {
    if orientation == Orientation::UPRIGHT {
        return (stored, orientation);
    }
    match stored.upright(orientation) {
        Some(upright) => (upright, Orientation::UPRIGHT),
        None => (stored, orientation),
    }
}

/// Packs a still PNG anew, with the same visible pixels.
///
/// Metadata and resolution are those of the options; a profile stays in any case where colours need it.
///
/// # Errors
///
/// [`Error::Broken`] and [`Error::Dishonest`] as when it is decoded; [`Error::Unwritable`] for an animation, and for
/// a picture that must be turned.
pub fn png(
    file: &[u8],
    facts: &Facts,
    options: &encode::Options,
    stage: Stage,
) -> Result<Vec<u8>, Error> {
    if facts.animated || facts.orientation != Orientation::UPRIGHT {
        let detail = "an animation, or turned";
        return Err(Error::unwritable(Format::Png, detail));
    }
    let how = How {
        deep: true,
        ..How::at(Scale::Full)
    };
    let pixels = decode(file, facts, &how)?;
    let options = encode::Options {
        metadata: kept(file, facts, options, Orientation::UPRIGHT)?,
        ..options.clone()
    };
    let copied = png_parts::copied(file, &options);
    let written = small_png::lossless(&pixels, &options, stage);
    smallest(copied.into_iter().map(Ok).chain([written]))
}

/// An upper bound of the bytes that packing holds at its peak besides the source, the outcome included.
pub fn peak_bytes(facts: &Facts, stage: Stage) -> u64 {
    if facts.format == Format::Jpeg {
        return Coefficients::peak_bytes(facts);
    }
    let pixels = u64::from(facts.width).saturating_mul(u64::from(facts.height));
    let depth = match facts.bit_depth {
        ..=8 => Depth::Eight,
        _ => Depth::Sixteen,
    };
    let decoded = pixels.saturating_mul(4 * depth.bytes() as u64);
    small_png::peak_bytes(pixels, depth, stage).saturating_add(decoded)
}

/// The layouts of a JPEG that are tried.
const fn ways(stage: Stage) -> &'static [Scans] {
    match stage {
        Stage::Fast => &[Scans::Sequential, Scans::Progressive],
        Stage::Refined => &[Scans::Sequential, Scans::Progressive, Scans::Searched],
    }
}

/// The smallest of files, the first of equals.
fn smallest(files: impl Iterator<Item = Result<Vec<u8>, Error>>) -> Result<Vec<u8>, Error> {
    let mut best: Option<Vec<u8>> = None;
    for file in files {
        let file = file?;
        if best.as_ref().is_none_or(|best| file.len() < best.len()) {
            best = Some(file);
        }
    }
    Ok(best.expect("something is always tried"))
}

/// What is written beside the picture: what the options ask for, the profile that the colours need, and how the
/// picture is to be turned.
fn kept(
    file: &[u8],
    facts: &Facts,
    options: &encode::Options,
    orientation: Orientation,
) -> Result<Metadata, Error> {
    let asked = &options.metadata;
    let icc = match &asked.icc {
        Some(icc) => Some(icc.clone()),
        None => {
            let icc = read(file, facts.format).icc;
            icc.filter(|icc| color::is_needed(icc, layout(facts.color_type)))
        }
    };
    Ok(Metadata {
        icc,
        exif: match facts.orientation {
            Orientation::UPRIGHT => asked.exif.clone(),
            _ => oriented(asked.exif.as_ref(), orientation)?,
        },
        ..asked.clone()
    })
}

/// The layout of what a file holds.
const fn layout(color: ColorType) -> Layout {
    match color {
        ColorType::Grey | ColorType::GreyAlpha => Layout::Grey,
        ColorType::Rgb | ColorType::Rgba | ColorType::Palette => Layout::Rgb,
        ColorType::Cmyk | ColorType::Ycck => Layout::Cmyk,
    }
}

/// EXIF that says how the picture is to be turned, if it says anything at all.
fn oriented(block: Option<&Bytes>, orientation: Orientation) -> Result<Option<Bytes>, Error> {
    let Some(block) = block else {
        let needed = orientation != Orientation::UPRIGHT;
        return Ok(needed.then(|| orientation_alone(orientation)));
    };
    let mut block = without_orientation(block).to_vec();
    let places: Vec<_> = exif::fields(&block).map(|field| field.low).collect();
    if orientation != Orientation::UPRIGHT && places.is_empty() {
        let detail = "no place for the orientation in the metadata";
        return Err(Error::unwritable(Format::Jpeg, detail));
    }
    for place in places {
        block[place] = orientation.exif();
    }
    Ok(Some(block.into()))
}

/// The smallest block of EXIF: a directory of one entry.
fn orientation_alone(orientation: Orientation) -> Bytes {
    let entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.exif(), 0, 0];
    [&b"MM\0*\0\0\0\x08\0\x01"[..], &entry, &[0; 4]]
        .concat()
        .into()
}

#[cfg(test)]
mod tests;
