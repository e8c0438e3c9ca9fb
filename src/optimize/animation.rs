//! One setting for all frames of an animation: what the most telling of them takes.
//!
//! Frames are written as changes of the ones before. So that frame is written over the one before it, both with the
//! setting that is tried, and what a decoder then shows is measured. No more is written than these two, however many
//! frames there are.

use super::attempt::steps;
use super::content::Kind;
use super::gif;
use super::guess::Curve;
use super::lossy::with_settings;
use super::picture::Picture;
use super::search::{MAX_TRIALS, Search};
use super::view::Area;
use super::webp_lossless::is_worth_it;
use super::{Abort, Error, Goal, Stage, suited};
use crate::identify::{Identified, identify};
use crate::image::decode::{Range, frames};
use crate::image::encode::{self, WebpCompression};
use crate::image::{self, Format, Pixels};

/// From so many frames on, a whole search is little beside the writing of all.
const MANY_FRAMES: u32 = 12;

/// What is measured of an animation with few frames; the next quality is taken on trust.
const FEW_TRIALS: usize = 2;

/// How long the frames of a trial are shown: as long as any.
const DELAY_MS: u32 = 100;

/// The most telling frame of an animation, ready to be written.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The frame before it; nothing before the first.
    pub before: Option<Pixels>,
    /// The frame.
    pub frame: Pixels,
    /// How many frames there are in all.
    pub frames: u32,
}

/// How an animation is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The way, with the quality that was found, or without a loss.
    pub options: encode::Options,
    /// By how much colours of a GIF may be off.
    pub loss: u8,
    /// How good the telling frame looks, where that was measured.
    pub score: Option<f64>,
    /// How many files of two frames were written to find it.
    pub trials: u32,
}

impl Setting {
    /// What is said, without a search.
    pub const fn said(options: encode::Options) -> Self {
        Self {
            options,
            loss: 0,
            score: None,
            trials: 0,
        }
    }
}

/// How much a frame tells about an animation: its detail, and once more that of what it changes of the frame before. The
/// first changes nothing: where others are as detailed, they show besides what is left of a frame below the next.
pub fn telling(frame: &Pixels, before: Option<&Pixels>) -> u64 {
    let channels = frame.layout().channels();
    let area = Area::of(frame);
    let mut rows_before = before.map(|before| area.rows(before).step_by(4));
    let rows = area.rows(frame).step_by(4);
    rows.map(|row| {
        let before = rows_before.as_mut().and_then(Iterator::next);
        detail(row, before, channels)
    })
    .sum()
}

/// The differences of a row's neighbouring samples, twice where they changed.
fn detail(row: &[u8], before: Option<&[u8]>, channels: usize) -> u64 {
    let pairs = row.iter().zip(row.iter().skip(channels));
    let told = pairs.enumerate().map(|(at, (one, next))| {
        let has_changed = before.is_some_and(|before| before.get(at) != Some(one));
        u64::from(one.abs_diff(*next)) << u32::from(has_changed)
    });
    told.sum()
}

/// Finds the setting of a way with which an animation looks as good as its goal asks for: at most three files of two
/// frames are written for few frames, six for many. The way is a GIF or a WebP, without metadata.
///
/// # Errors
///
/// Those of [`optimize`](super::optimize).
pub fn setting(
    scene: &Scene,
    (way, goal): (&encode::Options, &Goal),
    abort: &Abort,
) -> Result<Setting, Error> {
    let picture = Picture::of(&scene.frame);
    let search = Trials {
        scene,
        picture: &picture,
        goal: &suited(goal, &picture),
        abort,
    };
    match way.format {
        Format::Gif => search.in_gif(way),
        Format::WebP if way.webp.compression == WebpCompression::Lossy => search.in_webp(way),
        _ => Ok(Setting::said(way.clone())),
    }
}

/// What is tried on a scene.
struct Trials<'a> {
    scene: &'a Scene,
    picture: &'a Picture<'a>,
    goal: &'a Goal,
    abort: &'a Abort,
}

/// A quality of WebP that was tried, and the bytes that it took.
struct Tried {
    quality: u8,
    bytes: usize,
}

impl Trials<'_> {
    const fn stage(&self) -> Stage {
        match self.scene.frames >= MANY_FRAMES {
            true => Stage::Refined,
            false => self.goal.stage,
        }
    }

    fn in_gif(&self, way: &encode::Options) -> Result<Setting, Error> {
        if self.goal.target.is_lossless() || self.picture.is_small() {
            return Ok(Setting::said(way.clone()));
        }
        let goal = (self.stage(), self.goal.target.least());
        let found = gif::searched(goal, |loss| {
            let file = self.file(way, loss)?;
            let score = self.score(&file, Format::Gif)?;
            Ok((file, score))
        })?;
        Ok(Setting {
            options: way.clone(),
            loss: found.loss,
            score: Some(found.score),
            trials: found.encodes,
        })
    }

    /// One quality; no loss where the best comes nowhere near the target, and in graphics where that takes few bytes
    /// more.
    fn in_webp(&self, way: &encode::Options) -> Result<Setting, Error> {
        if self.goal.target.is_lossless() {
            return Ok(Setting::said(lossless(way)));
        }
        let (found, tried) = self.quality(way)?;
        let quality = Some(found.options.quality);
        if self.goal.target.is_beyond(quality, found.score) {
            return Ok(Setting {
                trials: found.trials,
                ..Setting::said(lossless(way))
            });
        }
        let nearest = tried
            .iter()
            .min_by_key(|tried| tried.quality.abs_diff(found.options.quality));
        let Some(lossy) = nearest.filter(|_| self.picture.kind() == Kind::Graphic) else {
            return Ok(found);
        };
        let whole = lossless(way);
        let trials = found.trials + 1;
        let bytes = self.file(&whole, 0)?.len();
        Ok(match is_worth_it(bytes as u64, lossy.bytes as u64) {
            true => Setting {
                trials,
                ..Setting::said(whole)
            },
            false => Setting { trials, ..found },
        })
    }

    /// The quality that is found, and what was tried on the way.
    fn quality(&self, way: &encode::Options) -> Result<(Setting, Vec<Tried>), Error> {
        let way = with_settings(way, self.picture, self.goal);
        let qualities = steps(way.format, &self.goal.quality);
        let difficulty = self.picture.difficulty();
        let mut search = Search::new(&qualities, self.goal.target, Curve::of(&way), difficulty);
        let most = match self.stage() {
            _ if self.picture.is_small() => 0,
            Stage::Fast => FEW_TRIALS,
            Stage::Refined => MAX_TRIALS,
        };
        let mut tried = Vec::new();
        while tried.len() < most {
            let Some(quality) = search.next() else { break };
            let file = self.file(&of_quality(&way, quality), 0)?;
            search.note(quality, self.score(&file, way.format)?);
            let bytes = file.len();
            tried.push(Tried { quality, bytes });
        }
        let best = search.best().map(|best| (best.quality, Some(best.score)));
        let trusted = search.next().map(|quality| (quality, None));
        let (quality, score) = trusted.or(best).unwrap_or((way.quality, None));
        let setting = Setting {
            options: of_quality(&way, quality),
            loss: 0,
            score,
            trials: tried.len() as u32,
        };
        Ok((setting, tried))
    }

    /// The scene as a file.
    fn file(&self, options: &encode::Options, loss: u8) -> Result<Vec<u8>, Error> {
        self.abort.check()?;
        let frame = &self.scene.frame;
        let size = (frame.width(), frame.height());
        let mut file = encode::Animation::try_new(size, 0, options)?.with_loss(loss);
        for frame in self.scene.before.iter().chain([frame]) {
            file.push(frame, DELAY_MS)?;
        }
        Ok(file.finish()?)
    }

    /// How good the telling frame looks in a file of the scene.
    fn score(&self, file: &[u8], format: Format) -> Result<f64, Error> {
        self.abort.check()?;
        let range = Range {
            first: self.scene.before.is_some().into(),
            count: 1,
        };
        let Identified::Image(facts) = identify(file, true) else {
            let detail = "an animation that was just written is not known";
            return Err(image::Error::codec(format, detail).into());
        };
        let frame = frames(file, &facts, range)?.next();
        let frame = frame.ok_or_else(|| image::Error::codec(format, "a frame is missing"))??;
        self.picture.reference()?.score(&frame.pixels)
    }
}

fn of_quality(way: &encode::Options, quality: u8) -> encode::Options {
    encode::Options {
        quality,
        ..way.clone()
    }
}

fn lossless(way: &encode::Options) -> encode::Options {
    let mut options = way.clone();
    options.webp.compression = WebpCompression::Lossless;
    options
}

#[cfg(test)]
mod tests;
