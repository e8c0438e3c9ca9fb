//! The arithmetic of sizes and boxes, as the URL contract fixes it to the pixel.
//!
//! Pure: the ask, the size of the source and the limits in; boxes out. Sides stay `f64` until the limits were
//! applied, because an ask may be for more than any integer here holds; nothing overflows on the way.

use sizes::{Margins, Pair, Sizes, least_set, most_of};

use super::ask::{Crop, Transform};
use super::dihedral::Dihedral;
use super::gravity::Placement;
use crate::image::{Format, Pixels};

mod sizes;
#[cfg(test)]
pub(in crate::transform) mod tests;

/// The most pixels of a result, whatever the settings allow: 16384 squared.
pub(super) const MAX_RESULT_PIXELS: u64 = 1 << 28;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A place in an image, in pixels from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: u32,
    pub(super) y: u32,
}

/// A part of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A larger image, and where the smaller one lies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Canvas {
    pub(super) size: Size,
    pub(super) at: Point,
}

/// Every box between the source and the result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Geometry {
    /// What is cut out of the source, in stored pixels.
    pub(super) crop: Rect,
    /// What the crop is scaled to, as seen after orientation.
    pub(super) scaled: Size,
    /// What is cut out of the scaled image, as seen after orientation.
    pub(super) cut: Rect,
    /// What the cut is laid on: extend, extend_aspect_ratio and padding in one.
    pub(super) canvas: Option<Canvas>,
    /// What all of it is scaled to in the end, because the format holds no more.
    pub(super) fit: Option<Size>,
}

/// What there is to work on and how far the result may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The size of the source as stored.
    pub(super) stored: Size,
    /// How the source is turned to be seen: EXIF, then the turn, then the flip that were asked for.
    pub(super) orientation: Dihedral,
    /// The longest side of a result; 0 is no limit.
    pub(super) max_result_dimension: u32,
    /// The format of the result.
    pub(super) format: Format,
}

/// The result would have more pixels than can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Oversize;

impl Size {
    /// The size of an image.
    pub(super) const fn of(pixels: &Pixels) -> Self {
        Self {
            width: pixels.width(),
            height: pixels.height(),
        }
    }

    pub(super) const fn swapped(self) -> Self {
        Self {
            width: self.height,
            height: self.width,
        }
    }

    pub(super) const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    pub(super) const fn longest(self) -> u32 {
        if self.width > self.height {
            self.width
        } else {
            self.height
        }
    }
}

impl Point {
    /// The box of this size whose corner is here.
    pub(super) const fn rect(self, size: Size) -> Rect {
        Rect {
            left: self.x,
            top: self.y,
            width: size.width,
            height: size.height,
        }
    }
}

impl Rect {
    pub(super) const fn size(self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }

    pub(super) const fn swapped(self) -> Self {
        Self {
            left: self.top,
            top: self.left,
            width: self.height,
            height: self.width,
        }
    }
}

impl Geometry {
    /// The boxes that `transform` asks for, within the limits of `frame`.
    pub(super) fn new(transform: &Transform, frame: &Frame) -> Result<Self, Oversize> {
        let seen = frame.orientation.size(frame.stored);
        let crop = crop_sides(&transform.crop, seen);
        let base = Pair {
            x: least_set(crop.x, seen.width.into()),
            y: least_set(crop.y, seen.height.into()),
        };
        let sizes = Sizes::limited(transform, base, frame.max_result_dimension)?;
        let cut = cut(transform, &sizes)?;
        let canvas = canvas(transform, &sizes, cut.size())?;
        let full = canvas.map_or(cut.size(), |canvas| canvas.size);
        Ok(Self {
            crop: crop_box(transform, frame, base)?,
            scaled: sizes.scaled.size()?,
            cut,
            canvas,
            fit: fit(full, frame.format)?,
        })
    }

    /// The size of the result.
    pub(super) fn result(&self) -> Size {
        let on_canvas = self.canvas.map(|canvas| canvas.size);
        self.fit.or(on_canvas).unwrap_or(self.cut.size())
    }
}

/// The sides of the crop box; 0 where nothing is cropped.
fn crop_sides(crop: &Crop, seen: Size) -> Pair {
    Pair {
        x: crop_side(crop.width, seen.width.into()),
        y: crop_side(crop.height, seen.height.into()),
    }
}

fn crop_side(asked: f64, side: f64) -> f64 {
    if asked >= 1.0 {
        asked.trunc()
    } else if asked > 0.0 {
        (side * asked).round().max(1.0)
    } else {
        0.0
    }
}

/// The crop box in stored pixels: its gravity is turned back with the picture, then placed.
fn crop_box(transform: &Transform, frame: &Frame, base: Pair) -> Result<Rect, Oversize> {
    let back = frame.orientation.inverse();
    let size = back.size(base.size()?);
    let gravity = transform.crop.gravity.unwrap_or(transform.gravity);
    let placement = Placement::from(gravity).moved(back);
    Ok(placement.position(frame.stored, size, 1.0).rect(size))
}

/// The box that stays of the scaled image.
fn cut(transform: &Transform, sizes: &Sizes) -> Result<Rect, Oversize> {
    let (outer, inner) = (sizes.scaled.size()?, sizes.image().size()?);
    let placement = Placement::from(transform.gravity);
    Ok(placement.position(outer, inner, sizes.dpr).rect(inner))
}

/// Lays the image on what extend, extend_aspect_ratio and padding ask for, one after the other.
fn canvas(transform: &Transform, sizes: &Sizes, image: Size) -> Result<Option<Canvas>, Oversize> {
    let bare = Canvas {
        size: image,
        at: Point { x: 0, y: 0 },
    };
    let mut canvas = bare;
    for (extend, to) in [
        (transform.extend, sizes.target),
        (transform.extend_aspect_ratio, sizes.extended_ratio),
    ] {
        if extend.enabled {
            canvas = canvas.grown(to, extend.gravity.into(), sizes.dpr)?;
        }
    }
    let canvas = canvas.padded(Margins::of(transform, sizes.dpr))?;
    Ok((canvas != bare).then_some(canvas))
}

impl Canvas {
    /// At least as large as `to`, of which an unset side stays.
    fn grown(self, to: Pair, placement: Placement, dpr: f64) -> Result<Self, Oversize> {
        let own = Pair {
            x: self.size.width.into(),
            y: self.size.height.into(),
        };
        let size = most_of(own, to).size()?;
        Ok(self.on(size, placement.position(size, self.size, dpr)))
    }

    fn padded(self, margins: Margins) -> Result<Self, Oversize> {
        let padded = Pair {
            x: f64::from(self.size.width) + margins.left + margins.right,
            y: f64::from(self.size.height) + margins.top + margins.bottom,
        };
        let size = padded.size()?;
        // Each margin is below the padded side, which fits.
        let at = Point {
            x: margins.left as u32,
            y: margins.top as u32,
        };
        Ok(self.on(size, at))
    }

    /// Laid on a larger one.
    fn on(self, size: Size, at: Point) -> Self {
        let at = Point {
            x: self.at.x + at.x,
            y: self.at.y + at.y,
        };
        Self { size, at }
    }
}

/// The size that a format can hold, where `full` is larger.
fn fit(full: Size, format: Format) -> Result<Option<Size>, Oversize> {
    let most = longest_side(format);
    if full.longest() <= most {
        return Ok(None);
    }
    let factor = f64::from(most) / f64::from(full.longest());
    let scaled = Pair {
        x: (f64::from(full.width) * factor).round(),
        y: (f64::from(full.height) * factor).round(),
    };
    scaled.size().map(Some)
}

/// The longest side that a format can hold.
const fn longest_side(format: Format) -> u32 {
    match format {
        // Fourteen bits of VP8's frame header.
        Format::WebP => 16_383,
        // Sixteen bits of the screen descriptor.
        Format::Gif => 65_535,
        // What libjpeg allows itself of the sixteen bits of SOF.
        Format::Jpeg => 65_500,
        _ => u32::MAX,
    }
}
