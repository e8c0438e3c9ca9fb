//! The arithmetic of sizes and boxes, as the URL contract fixes it to the pixel.
//!
//! Pure: the ask, the size of the source and the limits in; boxes out. Sides stay `f64` until the limits were
//! applied, because an ask may be for more than any integer here holds; nothing overflows on the way.

use sizes::{Margins, Pair, Sizes, least_set, most_of};

use super::ask::{Crop, Gravity, Transform};
use super::dihedral::Dihedral;
use super::gravity::{Placement, Shares};
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
    /// The device pixel ratio that took effect.
    pub(super) dpr: f64,
}

/// What there is to work on and how far the result may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    /// The size of the source as stored.
    pub(super) stored: Size,
    /// How the source is turned to be seen: EXIF, then the turn, then the flip that were asked for.
    pub(super) orientation: Dihedral,
    /// The longest side of a result; 0 is no limit.
    pub(super) max_result_dimension: u32,
    /// Whether what is asked for may be larger than the source.
    pub(super) enlarges: bool,
    /// The format of the result; `None` where it is not written yet, or where any would do.
    pub(super) format: Option<Format>,
    /// Where there is most to see, for the gravity that asks for it.
    pub(super) attention: Attention,
}

/// Where there is most to see, on the picture as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Attention {
    /// Of the source, for the crop.
    pub(super) crop: Shares,
    /// Of the crop, for the cut.
    pub(super) cut: Shares,
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

    /// Half the sides, rounded up.
    pub(super) const fn halved(self) -> Self {
        Self {
            width: self.width.div_ceil(2),
            height: self.height.div_ceil(2),
        }
    }

    pub(super) const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    pub(super) const fn shortest(self) -> u32 {
        if self.width < self.height {
            self.width
        } else {
            self.height
        }
    }

    /// The largest size of the same ratio in a box, whose unset sides (0) leave it to the other.
    pub(super) fn fitted(self, width: f64, height: f64) -> Result<Self, Oversize> {
        let own = Pair {
            x: self.width.into(),
            y: self.height.into(),
        };
        let factor = least_set(width / own.x, height / own.y);
        let fitted = Pair {
            x: (own.x * factor).round(),
            y: (own.y * factor).round(),
        };
        let size = fitted.size()?;
        if size.pixels() > MAX_RESULT_PIXELS {
            return Err(Oversize);
        }
        Ok(size)
    }

    /// The largest size of about the same ratio with at most so many pixels.
    pub(super) fn within(self, max_pixels: u64) -> Self {
        if self.pixels() <= max_pixels {
            return self;
        }
        let factor = (max_pixels as f64 / self.pixels() as f64).sqrt();
        let shorter = |side: u32| ((f64::from(side) * factor) as u32).max(1);
        let most = |side: u32| u32::try_from(max_pixels / u64::from(side)).unwrap_or(u32::MAX);
        let (width, height) = (shorter(self.width), shorter(self.height));
        Self {
            width: width.min(most(height).max(1)),
            height: height.min(most(width).max(1)),
        }
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
        let base = base(transform, seen);
        let sizes = Sizes::limited(transform, base, frame)?;
        let cut = cut(transform, frame, &sizes)?;
        let canvas = canvas(transform, &sizes, cut.size())?;
        let full = canvas.map_or(cut.size(), |canvas| canvas.size);
        Ok(Self {
            crop: crop_box(transform, frame, base)?,
            scaled: sizes.scaled.size()?,
            cut,
            canvas,
            fit: fit(full, longest_side(frame.format))?,
            dpr: sizes.dpr,
        })
    }
}

/// The sides of what is scaled: the crop box, brought to its ratio.
fn base(transform: &Transform, seen: Size) -> Pair {
    let crop = crop_sides(&transform.crop, seen);
    let seen = Pair {
        x: seen.width.into(),
        y: seen.height.into(),
    };
    let base = Pair {
        x: least_set(crop.x, seen.x),
        y: least_set(crop.y, seen.y),
    };
    match transform.crop_aspect_ratio {
        Some(asked) if asked.enlarge => base.grown_to(asked.ratio, seen),
        Some(asked) => base.shrunk_to(asked.ratio),
        None => base,
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
    let placement = match gravity {
        Gravity::Smart => frame.attention.crop.into(),
        other => Placement::from(other).moved(back),
    };
    Ok(placement.position(frame.stored, size, 1.0).rect(size))
}

/// The box that stays of the scaled image.
fn cut(transform: &Transform, frame: &Frame, sizes: &Sizes) -> Result<Rect, Oversize> {
    let (outer, inner) = (sizes.scaled.size()?, sizes.image().size()?);
    let placement = match transform.gravity {
        Gravity::Smart => Placement::from(frame.attention.cut).moved(frame.orientation),
        other => other.into(),
    };
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

/// The size that is left where no side may be longer than `most`, and one is.
fn fit(full: Size, most: u32) -> Result<Option<Size>, Oversize> {
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
pub(super) const fn longest_side(format: Option<Format>) -> u32 {
    match format {
        // A byte of the directory, of which 0 is 256.
        Some(Format::Ico) => 256,
        // Fourteen bits of VP8's frame header.
        Some(Format::WebP) => 16_383,
        // What encoders of AV1 go up to, of the sixteen bits of its sequence header.
        Some(Format::Avif) => 16_384,
        // Sixteen bits of the screen descriptor; what readers of the other two take.
        Some(Format::Gif | Format::Bmp | Format::Tiff) => 65_535,
        // What libjpeg allows itself of the sixteen bits of SOF.
        Some(Format::Jpeg) => 65_500,
        _ => u32::MAX,
    }
}
