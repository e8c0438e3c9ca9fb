//! The mark at the size at which it is laid over a picture.

use super::{Mark, too_large};
use crate::image::text::{self, Ink};
use crate::image::{Error, Format, Pixels, decode, metadata};
use crate::transform::geometry::Size;
use crate::transform::plan::{Marking, Profile, Sampling, mark_reading, mark_size};
use crate::transform::steps;

/// Black, as text is.
const TEXT_COLOR: [u8; 3] = [0; 3];

/// RGBA pixels of the mark for a picture of size `under`; `None` where there is no file to lay.
pub(super) fn drawn(
    marking: &Marking,
    mark: Option<&Mark>,
    under: Size,
) -> Result<Option<Pixels>, Error> {
    match (&marking.text, mark) {
        (Some(text), _) => written(marking, text, under).map(Some),
        (None, Some(mark)) => pictured(marking, mark, under).map(Some),
        (None, None) => Ok(None),
    }
}

/// A text, drawn about as large as it is needed and then scaled.
fn written(marking: &Marking, text: &str, under: Size) -> Result<Pixels, Error> {
    let ink = Ink {
        color: TEXT_COLOR,
        height_px: marking.text_height(text, under),
    };
    let pixels = text::render(text, &ink)?;
    let own = Size::of(&pixels);
    let size = marking.fitted(own, under);
    let size = size.map_err(|_| too_large(Format::Svg))?;
    let sampling = Sampling::whole(own, size);
    let pixels = steps::sample(pixels, &sampling, Format::Svg)?;
    Ok(steps::with_alpha(pixels))
}

/// A file, upright and in sRGB.
fn pictured(marking: &Marking, mark: &Mark, under: Size) -> Result<Pixels, Error> {
    let facts = &mark.facts;
    let size = marking
        .fitted(mark_size(facts), under)
        .map_err(|_| too_large(facts.format))?;
    let (how, sampling) = mark_reading(facts, size);
    let blocks = metadata::read(&mark.bytes, facts.format);
    let icc = blocks.icc.as_deref();
    let pixels = decode::decode(&mark.bytes, facts, &how)?;
    let pixels = steps::of_size(pixels, sampling.decoded, facts.format)?;
    let pixels = steps::ink_to_srgb(pixels, icc)?;
    let pixels = steps::sample(pixels, &sampling, facts.format)?;
    let pixels = steps::to_srgb(pixels, icc, Profile::Convert)?;
    let pixels = steps::orient(pixels, facts.orientation.into());
    Ok(steps::with_alpha(pixels))
}
