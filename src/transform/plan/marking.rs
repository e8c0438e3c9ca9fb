//! The watermark: what it is made of, how large it is, and the memory that it takes.

use super::{Defaults, Error, Sampling, Steps, peak};
use crate::identify::Facts;
use crate::image::decode::{self, How, Scale};
use crate::image::text::{MAX_CHARS, MAX_HEIGHT_PX};
use crate::image::{Depth, Format, Layout};
use crate::transform::ask::{Transform, Watermark};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::{MAX_RESULT_PIXELS, Oversize, Size};
use crate::transform::steps::marking_bytes;

/// Height of a text that nothing else gives a size, in CSS pixels.
const TEXT_HEIGHT_PX: f64 = 24.0;
/// The most pixels that a text may take, each character as wide as it is high.
const MAX_TEXT_PIXELS: f64 = (8 << 20) as f64;

/// Where the file is from that is laid over the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkSource {
    /// The one that the settings name.
    Configured,
    /// The one at this URL.
    Url(String),
}

/// What is laid over a picture.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Marking {
    /// Where it lies, and how much of it shows in the end.
    pub(in crate::transform) asked: Watermark,
    /// What it says, where it is a text and no file.
    pub(in crate::transform) text: Option<String>,
    /// Its size in CSS pixels, of which a side of 0 is from the ratio.
    pub(super) size: Option<(u32, u32)>,
    /// The device pixel ratio that took effect.
    pub(in crate::transform) dpr: f64,
}

/// The file that is laid over the result: that of the first pipeline which needs one.
pub(super) fn source<'a>(
    mut pipelines: impl Iterator<Item = &'a Transform>,
    defaults: &Defaults,
) -> Option<MarkSource> {
    pipelines.find_map(|transform| of_pipeline(transform, defaults))
}

fn of_pipeline(transform: &Transform, defaults: &Defaults) -> Option<MarkSource> {
    if transform.watermark.is_none() || text(transform).is_some() {
        return None;
    }
    let configured = || defaults.watermark_digest.map(|_| MarkSource::Configured);
    let named = transform.watermark_url.clone().map(MarkSource::Url);
    named.or_else(configured)
}

/// The text without its markup, as far as it is laid over anything.
fn text(transform: &Transform) -> Option<String> {
    let marked_up = transform.watermark_text.as_deref()?;
    let plain: String = without_tags(marked_up).chars().take(MAX_CHARS).collect();
    Some(plain).filter(|text| !text.trim().is_empty())
}

/// What is between the tags, and the five characters that stand there by name.
fn without_tags(marked_up: &str) -> String {
    let mut plain = String::with_capacity(marked_up.len());
    let mut rest = marked_up;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    named.into_iter().fold(plain, |text, (name, character)| {
        text.replace(name, character)
    })
}

impl Marking {
    /// What a pipeline lays over its picture, at a device pixel ratio of 1.
    pub(super) fn of(transform: &Transform, defaults: &Defaults) -> Option<Self> {
        let watermark = transform.watermark?;
        let text = text(transform);
        if text.is_none() && of_pipeline(transform, defaults).is_none() {
            return None;
        }
        Some(Self {
            asked: Watermark {
                opacity: watermark.opacity * defaults.watermark_opacity,
                ..watermark
            },
            text,
            size: transform.watermark_size,
            dpr: 1.0,
        })
    }

    /// The size of a mark that is `own` by itself, over a picture of size `under`.
    ///
    /// A scale is a share of the picture's sides and goes before the size that was asked for.
    pub(in crate::transform) fn fitted(&self, own: Size, under: Size) -> Result<Size, Oversize> {
        match self.room(under) {
            Some((width, height)) => own.fitted(width, height),
            None => Ok(own),
        }
    }

    /// The height in pixels at which a text is drawn over a picture of size `under`.
    pub(in crate::transform) fn text_height(&self, text: &str, under: Size) -> f32 {
        let asked = match self.room(under) {
            Some((_, height)) if height > 0.0 => height,
            _ => TEXT_HEIGHT_PX * self.dpr,
        };
        let most = (MAX_TEXT_PIXELS / squares(text)).sqrt();
        asked.min(most).clamp(1.0, MAX_HEIGHT_PX.into()) as f32
    }

    /// The box that the mark fills as far as its ratio lets it; a side of 0 leaves it to the other.
    fn room(&self, under: Size) -> Option<(f64, f64)> {
        let share = |side: u32| {
            (f64::from(side) * self.asked.scale)
                .round_ties_even()
                .max(1.0)
        };
        let side = |css_px: u32| (f64::from(css_px) * self.dpr).round_ties_even();
        if self.asked.scale > 0.0 {
            return Some((share(under.width), share(under.height)));
        }
        self.size
            .map(|(width, height)| (side(width), side(height)))
            .filter(|room| *room != (0.0, 0.0))
    }
}

/// The squares, as high as a line, that a text and its margin take at most.
fn squares(text: &str) -> f64 {
    let longest = text.lines().map(|line| line.chars().count()).max();
    let (columns, rows) = (longest.unwrap_or(0) + 1, text.lines().count() + 1);
    columns as f64 * rows as f64
}

/// How a file is decoded that is to be laid over a picture at a size, and how it is scaled.
///
/// A drawing is rendered at its size right away.
pub(in crate::transform) fn reading(facts: &Facts, size: Size) -> (How, Sampling) {
    let size = Dihedral::from(facts.orientation).inverse().size(size);
    let stored = Size {
        width: facts.width.max(1),
        height: facts.height.max(1),
    };
    if facts.format == Format::Svg {
        let how = How {
            render: Some((size.width, size.height)),
            ..How::at(Scale::Full)
        };
        return (how, Sampling::whole(size, size));
    }
    (How::at(Scale::Full), Sampling::whole(stored, size))
}

/// The size of a file as seen.
pub(in crate::transform) fn own_size(facts: &Facts) -> Size {
    Dihedral::from(facts.orientation).size(Size {
        width: facts.width.max(1),
        height: facts.height.max(1),
    })
}

/// The most bytes that a watermark of these facts adds to a plan: its decoding, and every size that it has.
pub(super) fn peak_bytes(steps: &Steps, facts: &Facts) -> Result<u64, Error> {
    if !facts.format.decodes() {
        return Err(Error::Undecodable {
            format: facts.format,
        });
    }
    let own = own_size(facts);
    if facts.format != Format::Svg && own.pixels() > steps.max_mark_pixels {
        return Err(Error::SourceTooLarge {
            width: facts.width,
            height: facts.height,
            max_pixels: steps.max_mark_pixels,
        });
    }
    let mut bytes: u64 = 0;
    for pass in steps.stages.iter().map(|stage| &stage.pass) {
        let Some(mark) = pass.mark.as_ref().filter(|mark| mark.text.is_none()) else {
            continue;
        };
        let size = mark.fitted(own, pass.result())?;
        let (how, sampling) = reading(facts, size);
        let decoding = decode::peak_bytes(&rendered(facts, &how), &how);
        let sampled = peak::sampling(&sampling, Layout::Rgba, Depth::Eight);
        let laying = peak::samples(size, 4).saturating_add(marking_bytes(size.pixels()));
        bytes = bytes.saturating_add(decoding.max(sampled).saturating_add(laying));
    }
    Ok(bytes)
}

/// The facts with the size that a drawing is rendered to.
pub(super) fn rendered(facts: &Facts, how: &How) -> Facts {
    let (width, height) = how.render.unwrap_or((facts.width, facts.height));
    Facts {
        width,
        height,
        ..facts.clone()
    }
}

impl Marking {
    /// The most bytes that a text takes, drawn and scaled.
    pub(super) fn text_bytes(&self, under: Size) -> u64 {
        let Some(text) = &self.text else {
            return 0;
        };
        let height = f64::from(self.text_height(text, under));
        let drawn = height * height * squares(text) * 4.0;
        let scaled = self.room(under).map_or(0.0, |(width, height)| {
            // A box without a side takes the text's ratio: at most as long as the squares in a row.
            let width = if width > 0.0 {
                width
            } else {
                height * squares(text)
            };
            let height = if height > 0.0 {
                height
            } else {
                width * squares(text)
            };
            (width * height).min(MAX_RESULT_PIXELS as f64) * 4.0
        });
        // As drawn, weighed by its alpha, half done and done.
        (drawn * 8.0 + scaled * 4.0) as u64
    }
}
