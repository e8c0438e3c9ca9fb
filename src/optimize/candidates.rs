//! What is tried in each format, and which of it is taken.

use super::colors::Colors;
use super::content::Kind;
use super::picture::Picture;
use super::webp_lossless::is_worth_it;
use super::{
    Abort, Error, Goal, Optimized, Stage, better, gif, lossy, png, png_palette, webp_lossless,
};
use crate::image::encode::{self, WebpCompression};
use crate::image::{Depth, Format, Pixels};

/// The file that is taken of one way of writing `pixels`, which `picture` shows.
pub(super) fn taken(
    pixels: &Pixels,
    picture: &Picture<'_>,
    (way, goal): (&encode::Options, &Goal),
    abort: &Abort,
) -> Result<Optimized, Error> {
    match way.format {
        Format::Png => in_png(pixels, picture, (way, goal), abort),
        Format::Gif => in_gif(picture, way, goal, abort),
        Format::WebP if way.webp.compression != WebpCompression::Lossy => {
            Ok(lossless(way, encode::encode(pixels, way)?))
        }
        Format::WebP => in_webp(picture, way, goal, abort),
        _ => lossy::smallest(picture, way, goal, abort),
    }
}

/// Whether it is looked how good files look that are written in a way: not where every pixel stays.
pub(super) fn measures((way, goal): (&encode::Options, &Goal)) -> bool {
    !goal.target.is_lossless() || matches!(way.format, Format::Jpeg | Format::Avif)
}

/// An upper bound of the bytes held besides the pixels while one file is written in a way.
pub(super) fn writing_bytes(
    (width, height): (u32, u32),
    depth: Depth,
    (way, goal): (&encode::Options, &Goal),
) -> u64 {
    let plain = encode::peak_bytes(width, height, way.format);
    if way.format != Format::Png {
        return plain;
    }
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    plain
        .max(png::peak_bytes(pixels, depth, goal.stage))
        .max(png_palette::peak_bytes((width, height), goal.stage))
}

/// PNG without a loss, or of fewer colours where that is smaller and looks good enough.
fn in_png(
    pixels: &Pixels,
    picture: &Picture<'_>,
    (way, goal): (&encode::Options, &Goal),
    abort: &Abort,
) -> Result<Optimized, Error> {
    if way.png.quantize {
        return Ok(lossless(way, encode::encode(pixels, way)?));
    }
    let whole = lossless(way, png::lossless(pixels, way, goal.stage)?);
    if !may_lose(picture, goal) || pixels.depth() == Depth::Sixteen {
        return Ok(whole);
    }
    let colors = Colors::of(picture.pixels());
    let score = |drawn: &Pixels| score(picture, drawn, abort);
    let drawn = png_palette::smallest(&colors, way, (goal.stage, goal.target.least()), score)?;
    let is_worth_a_loss = |drawn: u64| match picture.kind() {
        Kind::Graphic => !is_worth_it(whole.file.len() as u64, drawn),
        Kind::Photo => drawn < whole.file.len() as u64,
    };
    Ok(match drawn {
        Some(drawn) if is_worth_a_loss(drawn.file.len() as u64) => Optimized {
            file: drawn.file,
            score: Some(drawn.score),
            encodes: drawn.encodes + 1,
            ..whole
        },
        _ => whole,
    })
}

fn in_gif(
    picture: &Picture<'_>,
    way: &encode::Options,
    goal: &Goal,
    abort: &Abort,
) -> Result<Optimized, Error> {
    if !may_lose(picture, goal) {
        return Ok(lossless(way, encode::encode(picture.pixels(), way)?));
    }
    let score = |drawn: &Pixels| score(picture, drawn, abort);
    let found = gif::smallest(picture.pixels(), (goal.stage, goal.target.least()), score)?;
    Ok(Optimized {
        file: found.file,
        format: way.format,
        quality: None,
        score: Some(found.score),
        encodes: found.encodes,
    })
}

/// WebP with a loss, which may be a slight smoothing in graphics; without one where the best comes nowhere near the
/// target, and of graphics where that takes few more bytes.
fn in_webp(
    picture: &Picture<'_>,
    way: &encode::Options,
    goal: &Goal,
    abort: &Abort,
) -> Result<Optimized, Error> {
    let whole = || webp_lossless::lossless(picture.pixels(), way, goal.stage);
    if goal.target.is_lossless() {
        return Ok(lossless(way, whole()?));
    }
    let lossy = lossy::smallest(picture, way, goal, abort)?;
    if goal.target.is_beyond(lossy.quality, lossy.score) {
        return Ok(Optimized {
            encodes: lossy.encodes + 1,
            ..lossless(way, whole()?)
        });
    }
    if picture.kind() == Kind::Photo {
        return Ok(lossy);
    }
    let lossy = match goal.stage {
        Stage::Fast => lossy,
        Stage::Refined => smoothed_or(lossy, picture, (way, goal), abort)?,
    };
    abort.check()?;
    let whole = whole()?;
    match is_worth_it(whole.len() as u64, lossy.file.len() as u64) {
        true => Ok(Optimized {
            encodes: lossy.encodes + 1,
            ..lossless(way, whole)
        }),
        false => Ok(lossy),
    }
}

/// The better one of a file and one that is smoothed a little and else without a loss.
fn smoothed_or(
    lossy: Optimized,
    picture: &Picture<'_>,
    (way, goal): (&encode::Options, &Goal),
    abort: &Abort,
) -> Result<Optimized, Error> {
    if !may_lose(picture, goal) {
        return Ok(lossy);
    }
    let score = |seen: &Pixels| score(picture, seen, abort);
    let least = goal.target.least();
    let smoothed = webp_lossless::near_lossless(picture.pixels(), way, least, score)?;
    Ok(match smoothed {
        Some(smoothed) => better(
            lossy,
            Optimized {
                score: Some(smoothed.score),
                encodes: smoothed.encodes,
                ..lossless(way, smoothed.file)
            },
            goal.target,
        ),
        None => lossy,
    })
}

/// How good something looks that a decoder made of a file.
fn score(picture: &Picture<'_>, seen: &Pixels, abort: &Abort) -> Result<f64, Error> {
    abort.check()?;
    picture.reference()?.score(seen)
}

/// Whether a loss can be measured and is allowed.
fn may_lose(picture: &Picture<'_>, goal: &Goal) -> bool {
    !goal.target.is_lossless() && !picture.is_small()
}

fn lossless(way: &encode::Options, file: Vec<u8>) -> Optimized {
    Optimized {
        file,
        format: way.format,
        quality: None,
        score: None,
        encodes: 1,
    }
}
