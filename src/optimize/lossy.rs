//! JPEG, WebP and AVIF with loss: each with its settings by stage, at the quality that the goal takes.

use super::chroma::Chroma;
use super::guess::Curve;
use super::metric::{self, Reference};
use super::search::{Search, Trial};
use super::view::Area;
use super::{Abort, Error, Goal, Optimized, Picture, Stage, better};
use crate::image::encode::{self, AvifSubsample, JpegSubsample};
use crate::image::{Format, Layout};

/// Larger pictures are measured in part only: a whole one takes more than 30 bytes a pixel.
const MAX_EXACT_PIXELS: u64 = 1 << 24;

/// The table of mozjpeg that takes the fewest bytes at equal scores, that for MS-SSIM: at a score of 75, over photographs,
/// 0.92 times those of Annex K without trellis and 0.91 times with it; 0.99 times those of the next best.
const JPEG_TABLE: u8 = 2;

/// From this quality on a JPEG of halved chroma is near what it can show. At scores of 75 to 90, of photographs whose
/// colours need no more, full chroma took 0.53 to 0.99 times the bytes of ten out of fifteen that came so far, and no
/// less than 0.98 times those of the others.
const JPEG_HALVED_END: u8 = 95;

/// The same of AVIF, where full chroma took 0.27 to 0.99 times the bytes of ten out of eleven that came so far.
const AVIF_HALVED_END: u8 = 85;

/// The slowest method of libwebp: 0.96 times the bytes of the fourth.
const REFINED_EFFORT: u8 = 6;

/// The speed of libaom where nobody waits: 0.80 times the bytes of speed 8. Speed 5 takes 0.93 times as many as 6, and
/// almost five times as long.
const REFINED_SPEED: u8 = 6;

/// How far from the target a file may be for the next one to be taken on trust: near a trial curves are known well
/// enough. Of the pictures of the bench, 96 in 100 JPEGs come to a point below the target or above, and none misses it by
/// more than 5; without this it was 86, and a drawing missed by 76.
const TRUSTED_POINTS: f64 = 3.0;

/// The smallest file that is found in one way of writing.
pub(super) fn smallest(
    picture: &Picture<'_>,
    way: &encode::Options,
    goal: &Goal,
    abort: &Abort,
) -> Result<Optimized, Error> {
    let chosen = with_settings(way, picture, goal);
    let found = found(picture, chosen.clone(), goal, abort)?;
    let full = full_chroma(way, &chosen, picture);
    match full.filter(|_| goal.stage == Stage::Refined && is_held_back(&found, goal)) {
        Some(full) => {
            let other = self::found(picture, full, goal, abort)?;
            Ok(better(found, other, goal.target))
        }
        None => Ok(found),
    }
}

/// Whether more chroma may make a measured file smaller, or good enough at last.
fn is_held_back(found: &Optimized, goal: &Goal) -> bool {
    let end = match found.format {
        Format::Avif => AVIF_HALVED_END,
        _ => JPEG_HALVED_END,
    };
    let is_at_end = found.quality.is_some_and(|quality| quality >= end);
    found.score.is_some() && (is_at_end || !goal.target.is_met_by(found.score))
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

/// The smallest file that is found by settings that are decided.
fn found(
    picture: &Picture<'_>,
    way: encode::Options,
    goal: &Goal,
    abort: &Abort,
) -> Result<Optimized, Error> {
    let attempt = Attempt {
        picture,
        way,
        abort,
    };
    let qualities = qualities(attempt.way.format, goal);
    let curve = Curve::of(&attempt.way);
    let difficulty = picture.difficulty();
    let search = Search::new(&qualities, goal.target, curve, difficulty);
    match goal.stage {
        _ if picture.is_small() => attempt.guessed(&search),
        Stage::Fast => attempt.corrected(search),
        Stage::Refined => attempt.searched(search),
    }
}

/// One way of writing a picture, and the files that came of it.
struct Attempt<'a> {
    picture: &'a Picture<'a>,
    way: encode::Options,
    abort: &'a Abort,
}

impl Attempt<'_> {
    /// A file of the quality that pictures like it take; nothing is measured.
    fn guessed(&self, search: &Search<'_>) -> Result<Optimized, Error> {
        let quality = search.next().unwrap_or(self.way.quality);
        Ok(self.optimized(self.file(quality)?, quality, None, 1))
    }

    /// A file of the predicted quality, or another one where that misses. Where it misses by far, the other one is
    /// measured too, and may give way to a third.
    fn corrected(&self, mut search: Search<'_>) -> Result<Optimized, Error> {
        let mut files = Vec::new();
        let Some(first) = self.tried(&mut search, &mut files, 0.0)? else {
            return self.guessed(&search);
        };
        self.learn(&search);
        let is_far = (first.score - search.target().score).abs() > TRUSTED_POINTS;
        if is_far {
            self.tried(&mut search, &mut files, 0.0)?;
        }
        match search.next() {
            Some(next) => {
                let encodes = files.len() as u32 + 1;
                Ok(self.optimized(self.file(next)?, next, None, encodes))
            }
            None => self.best(&search, files),
        }
    }

    /// The best file of a whole search. Where a part of the picture was measured, the best file so far is then measured
    /// exactly, and the search goes on with what that part was found to be off by.
    fn searched(&self, mut search: Search<'_>) -> Result<Optimized, Error> {
        let mut files = Vec::new();
        self.search(&mut search, &mut files, 0.0)?;
        let offset = self.offset(&search, &files)?;
        search.shift(offset);
        self.search(&mut search, &mut files, offset)?;
        self.learn(&search);
        self.best(&search, files)
    }

    /// The best of the files that were tried.
    fn best(&self, search: &Search<'_>, files: Vec<(u8, Vec<u8>)>) -> Result<Optimized, Error> {
        let Some(best) = search.best() else {
            return self.guessed(search);
        };
        let encodes = files.len() as u32;
        let file = file_of(best, files);
        Ok(self.optimized(file, best.quality, Some(best.score), encodes))
    }

    /// Goes on with a search until it is over.
    fn search(
        &self,
        search: &mut Search<'_>,
        files: &mut Vec<(u8, Vec<u8>)>,
        offset: f64,
    ) -> Result<(), Error> {
        while self.tried(search, files, offset)?.is_some() {}
        Ok(())
    }

    /// Tries what a search asks for next, if it is not over.
    fn tried(
        &self,
        search: &mut Search<'_>,
        files: &mut Vec<(u8, Vec<u8>)>,
        offset: f64,
    ) -> Result<Option<Trial>, Error> {
        let Some(quality) = search.next() else {
            return Ok(None);
        };
        let file = self.file(quality)?;
        let score = self.score(&file, self.picture.reference()?)? + offset;
        search.note(quality, score);
        files.push((quality, file));
        Ok(Some(Trial { quality, score }))
    }

    /// Leaves what was found out about the picture to the ways that follow.
    fn learn(&self, search: &Search<'_>) {
        if let Some(difficulty) = search.found_difficulty() {
            self.picture.found_difficulty(difficulty);
        }
    }

    /// By how much the exact score of the best file so far differs from that of the measured part.
    fn offset(&self, search: &Search<'_>, files: &[(u8, Vec<u8>)]) -> Result<f64, Error> {
        let pixels = self.picture.pixels();
        let reference = self.picture.reference()?;
        let large = Area::of(pixels).pixels() > MAX_EXACT_PIXELS;
        let Some(best) = search
            .best()
            .filter(|_| reference.is_partial(pixels) && !large)
        else {
            return Ok(0.0);
        };
        let file = files.iter().find(|(quality, _)| *quality == best.quality);
        let Some((_, file)) = file else {
            return Ok(0.0);
        };
        let decoded = metric::decoded(file, self.way.format)?;
        Ok(metric::exact(pixels, &decoded)? - best.score)
    }

    fn file(&self, quality: u8) -> Result<Vec<u8>, Error> {
        self.abort.check()?;
        let options = encode::Options {
            quality,
            ..self.way.clone()
        };
        Ok(encode::encode(self.picture.pixels(), &options)?)
    }

    fn score(&self, file: &[u8], reference: &Reference) -> Result<f64, Error> {
        self.abort.check()?;
        reference.score(&metric::decoded(file, self.way.format)?)
    }

    fn optimized(&self, file: Vec<u8>, quality: u8, score: Option<f64>, encodes: u32) -> Optimized {
        Optimized {
            file,
            format: self.way.format,
            quality: Some(quality),
            score,
            encodes,
        }
    }
}

/// The file of a trial.
fn file_of(trial: Trial, files: Vec<(u8, Vec<u8>)>) -> Vec<u8> {
    let mut each = files.into_iter();
    let file = each.find(|(quality, _)| *quality == trial.quality);
    file.map(|(_, file)| file).unwrap_or_default()
}

/// The qualities that differ in what they make, within those of the goal.
pub(super) fn qualities(format: Format, goal: &Goal) -> Vec<u8> {
    let (least, most) = (*goal.quality.start(), *goal.quality.end());
    let all = least.clamp(1, 100)..=most.clamp(1, 100);
    match format {
        // Its quantizers are fewer than qualities.
        Format::Avif => {
            let mut steps: Vec<u8> = all.collect();
            steps.dedup_by_key(|quality| (u32::from(100 - *quality) * 63 + 50) / 100);
            steps
        }
        _ => all.collect(),
    }
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
        way.jpeg.quant_table = JPEG_TABLE;
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
