//! JPEG, WebP and AVIF with loss: each with its settings by stage, at the quality that the goal takes.

use std::ops::RangeInclusive;

use super::attempt::{Attempt, Effort};
use super::chroma::Chroma;
use super::{Abort, Error, Goal, Optimized, Picture, Stage, better};
use crate::image::encode::{self, AvifSubsample, JpegSubsample, OWN_QUANT_TABLES};
use crate::image::{Format, Layout};

/// From this quality on a JPEG of halved chroma is near what it can show: from there on full chroma took 0.92 times its
/// bytes on average, over pictures whose colours need no more, and 0.60 to 1.07 times; just below 1.04 times.
const JPEG_HALVED_END: u8 = 88;

/// The same of AVIF, where full chroma took 0.27 to 0.99 times the bytes of ten out of eleven that came so far.
const AVIF_HALVED_END: u8 = 85;

/// The slowest method of libwebp: 0.96 times the bytes of the fourth.
const REFINED_EFFORT: u8 = 6;

/// The speed of libaom where nobody waits: 0.80 times the bytes of speed 8. Speed 5 takes 0.93 times as many as 6, and
/// almost five times as long.
const REFINED_SPEED: u8 = 6;

/// The smallest file that is found in one way of writing.
///
/// Where halved chroma holds the score back, all of it is tried: among them, no more files are written than for one.
pub(super) fn smallest(
    picture: &Picture<'_>,
    way: &encode::Options,
    goal: &Goal,
    abort: &Abort,
) -> Result<Optimized, Error> {
    let chosen = Attempt {
        picture,
        way: with_settings(way, picture, goal),
        target: goal.target,
        abort,
    };
    if let Some(larger) = picture.stand_in() {
        return chosen.like(larger, &goal.quality, Effort::of(goal.stage));
    }
    match full_chroma(way, &chosen.way, picture) {
        Some(full) => in_either_chroma(&chosen, full, goal),
        None => chosen.found(&goal.quality, Effort::of(goal.stage)),
    }
}

/// The smallest file with the halved chroma of an attempt, or with all of it, where that is held back or not allowed.
fn in_either_chroma(
    halved: &Attempt<'_>,
    full: encode::Options,
    goal: &Goal,
) -> Result<Optimized, Error> {
    let effort = Effort::of(goal.stage);
    let full = Attempt {
        way: full,
        ..*halved
    };
    let Some(within_reach) = below(halved_end(full.way.format), &goal.quality) else {
        return full.found(&goal.quality, effort);
    };
    let found = halved.found(&within_reach, effort.giving_up())?;
    if goal.target.is_met_by(found.score) {
        return Ok(found);
    }
    let other = full.found(&goal.quality, effort.less(found.encodes))?;
    Ok(better(found, other, goal.target))
}

/// From which quality on halved chroma is near what it can show.
const fn halved_end(format: Format) -> u8 {
    match format {
        Format::Avif => AVIF_HALVED_END,
        _ => JPEG_HALVED_END,
    }
}

/// The qualities below `end`, if there are any.
fn below(end: u8, quality: &RangeInclusive<u8>) -> Option<RangeInclusive<u8>> {
    let within = *quality.start()..=(end - 1).min(*quality.end());
    (!within.is_empty()).then_some(within)
}

/// The settings with all of the chroma, where the way leaves it open and those that were chosen have less.
fn full_chroma(
    way: &encode::Options,
    chosen: &encode::Options,
    picture: &Picture<'_>,
) -> Option<encode::Options> {
    if picture.pixels().layout() == Layout::Grey {
        return None;
    }
    let (open, halved) = match way.format {
        Format::Jpeg => (
            way.jpeg.subsample == JpegSubsample::Auto,
            matches!(
                chosen.jpeg.subsample,
                JpegSubsample::Quarter | JpegSubsample::Half
            ),
        ),
        _ => (
            way.avif.subsample == AvifSubsample::Auto,
            way.format == Format::Avif && chosen.avif.subsample == AvifSubsample::On,
        ),
    };
    let mut full = chosen.clone();
    full.jpeg.subsample = JpegSubsample::Off;
    full.avif.subsample = AvifSubsample::Off;
    (open && halved).then_some(full)
}

/// A way as it is searched. A goal of one quality fixes what it looks like: then only effort is added.
pub(super) fn with_settings(
    way: &encode::Options,
    picture: &Picture<'_>,
    goal: &Goal,
) -> encode::Options {
    let mut way = way.clone();
    if goal.quality.start() != goal.quality.end() {
        choose(&mut way, picture);
    }
    if goal.stage == Stage::Refined {
        refine(&mut way);
    }
    way
}

/// Chooses, where the way leaves it open, the table of JPEG and the chroma that the picture needs.
///
/// That of WebP is always halved; the careful way of halving it is taken where it shows. Elsewhere it is of no use:
/// 1.00 times the bytes at a score of 75, over photographs.
fn choose(way: &mut encode::Options, picture: &Picture<'_>) {
    let chroma = picture.chroma();
    if way.jpeg.quant_table == 0 {
        way.jpeg.quant_table = OWN_QUANT_TABLES;
    }
    if way.jpeg.subsample == JpegSubsample::Auto {
        way.jpeg.subsample = match chroma {
            Chroma::Quarter => JpegSubsample::Quarter,
            Chroma::Half => JpegSubsample::Half,
            Chroma::Full => JpegSubsample::Off,
        };
    }
    if way.avif.subsample == AvifSubsample::Auto {
        way.avif.subsample = match chroma {
            Chroma::Quarter => AvifSubsample::On,
            Chroma::Half | Chroma::Full => AvifSubsample::Off,
        };
    }
    way.webp.smart_subsample |= chroma != Chroma::Quarter;
}

/// The effort that a file is worth while nobody waits. That of JPEG has settings of its own, which stand.
fn refine(way: &mut encode::Options) {
    way.webp.effort = REFINED_EFFORT;
    way.avif.speed = way.avif.speed.min(REFINED_SPEED);
}
