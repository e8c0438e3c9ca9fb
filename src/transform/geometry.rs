//! The arithmetic of sizes and boxes, as the URL contract fixes it to the pixel.
//!
//! Pure: the ask, the size of the source and the limits in; boxes out. Sides stay `f64` until the limits were
//! applied, because an ask may be for more than any integer here holds; nothing overflows on the way.

use super::ask::{Crop, ResizingType, Transform};
use super::dihedral::Dihedral;
use super::gravity::Placement;
use crate::image::{Format, Pixels};

#[cfg(test)]
pub(in crate::transform) mod tests;

/// The most pixels of a result, whatever the settings allow: 16384 squared.
pub(super) const MAX_RESULT_PIXELS: u64 = 1 << 28;

/// How often a result is scaled down to its limit before it is given up; rounding rarely takes a second time.
const LIMIT_ROUNDS: u32 = 64;

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

/// A value for the width and one for the height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    x: f64,
    y: f64,
}

/// By how much each side is multiplied, and what the device pixel ratio came to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scales {
    x: f64,
    y: f64,
    dpr: f64,
}

/// Sides that follow from the scales; 0 is unset.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sizes {
    target: Pair,
    scaled: Pair,
    cut: Pair,
    extended_ratio: Pair,
}

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
        let asked = Scales::asked(transform, base);
        let (scales, sizes) = limited(transform, base, asked, frame.max_result_dimension)?;
        let scaled = sizes.scaled.size()?;
        let cut = cut(transform, &sizes, scales.dpr)?;
        let canvas = canvas(transform, &sizes, scales.dpr, cut.size())?;
        let full = canvas.map_or(cut.size(), |canvas| canvas.size);
        Ok(Self {
            crop: crop_box(transform, frame, base)?,
            scaled,
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

impl Pair {
    /// As integers, each at least 1.
    fn size(self) -> Result<Size, Oversize> {
        let fits = |side: f64| side.is_finite() && side <= f64::from(u32::MAX);
        if !fits(self.x) || !fits(self.y) {
            return Err(Oversize);
        }
        Ok(Size {
            width: (self.x as u32).max(1),
            height: (self.y as u32).max(1),
        })
    }
}

impl Scales {
    /// The scales that bring a base to the asked size, with all guards but the limits.
    fn asked(transform: &Transform, base: Pair) -> Self {
        let mut shrink = shrink_to_box(transform, base);
        shrink.x /= transform.zoom.x;
        shrink.y /= transform.zoom.y;
        let (mut shrink, dpr) = if transform.enlarge {
            (shrink, transform.dpr)
        } else {
            without_enlarging(transform, shrink)
        };
        shrink = with_least_sides(transform, base, shrink);
        // The last guard: no side comes out below one pixel.
        Self {
            x: 1.0 / (shrink.x / dpr).min(base.x),
            y: 1.0 / (shrink.y / dpr).min(base.y),
            dpr,
        }
    }

    fn times(self, factor: f64, base: Pair) -> Self {
        Self {
            x: (self.x * factor).max(1.0 / base.x),
            y: (self.y * factor).max(1.0 / base.y),
            dpr: self.dpr * factor,
        }
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

/// By how much the base is divided to meet the asked box, before zoom, dpr and guards.
fn shrink_to_box(transform: &Transform, base: Pair) -> Pair {
    let (width, height) = (f64::from(transform.width), f64::from(transform.height));
    let asked = Pair {
        x: if width > 0.0 { width } else { base.x },
        y: if height > 0.0 { height } else { base.y },
    };
    let shrink = Pair {
        x: base.x / asked.x,
        y: base.y / asked.y,
    };
    if asked == base {
        return shrink;
    }
    match settled(transform.resizing_type, base, asked) {
        ResizingType::Force => shrink,
        _ if transform.width == 0 => both(shrink.y),
        _ if transform.height == 0 => both(shrink.x),
        ResizingType::Fill | ResizingType::FillDown => both(shrink.x.min(shrink.y)),
        ResizingType::Fit | ResizingType::Auto => both(shrink.x.max(shrink.y)),
    }
}

/// `auto` made fill or fit; a square counts as landscape.
fn settled(kind: ResizingType, base: Pair, asked: Pair) -> ResizingType {
    match kind {
        ResizingType::Auto if (base.x >= base.y) == (asked.x >= asked.y) => ResizingType::Fill,
        ResizingType::Auto => ResizingType::Fit,
        other => other,
    }
}

/// The shrink and the device pixel ratio of an image that must not grow.
///
/// Where the size cannot be reached, dpr is raised by what is missing (so that a dpr below 1 does not shrink
/// the image further), unless extend wants the same composition at every dpr.
fn without_enlarging(transform: &Transform, mut shrink: Pair) -> (Pair, f64) {
    let mut dpr = transform.dpr;
    let least = shrink.x.min(shrink.y);
    if least < 1.0 {
        shrink.x /= least;
        shrink.y /= least;
        if !transform.extend.enabled {
            dpr /= least;
        }
    }
    (shrink, dpr.min(shrink.x).min(shrink.y))
}

/// Holds the least width and height; after the guard against enlarging, so these two do enlarge.
fn with_least_sides(transform: &Transform, base: Pair, mut shrink: Pair) -> Pair {
    let most = base.x / f64::from(transform.min_width);
    if transform.min_width > 0 && most < shrink.x {
        shrink.y /= shrink.x / most;
        shrink.x = most;
    }
    let most = base.y / f64::from(transform.min_height);
    if transform.min_height > 0 && most < shrink.y {
        shrink.x /= shrink.y / most;
        shrink.y = most;
    }
    shrink
}

impl Sizes {
    fn new(transform: &Transform, base: Pair, scales: Scales) -> Self {
        let target = Pair {
            x: (f64::from(transform.width) * (scales.dpr * transform.zoom.x)).round(),
            y: (f64::from(transform.height) * (scales.dpr * transform.zoom.y)).round(),
        };
        let scaled = Pair {
            x: (base.x * scales.x).round(),
            y: (base.y * scales.y).round(),
        };
        let fills_down = transform.resizing_type == ResizingType::FillDown && !transform.enlarge;
        let cut = if fills_down {
            cut_to_ratio(scaled, target)
        } else {
            target
        };
        let image = least_of(scaled, cut);
        let extended_ratio = if transform.extend_aspect_ratio.enabled {
            grown_to_ratio(image, target)
        } else {
            both(0.0)
        };
        Self {
            target,
            scaled,
            cut,
            extended_ratio,
        }
    }

    /// What is left of the scaled image after the cut.
    fn image(&self) -> Pair {
        least_of(self.scaled, self.cut)
    }

    /// The result, before it is known whether the format holds it.
    fn result(&self, transform: &Transform, dpr: f64) -> Pair {
        let image = self.image();
        let grown = if transform.extend.enabled {
            most_of(image, self.target)
        } else {
            most_of(image, self.extended_ratio)
        };
        let padding = Margins::of(transform, dpr);
        Pair {
            x: grown.x + padding.left + padding.right,
            y: grown.y + padding.top + padding.bottom,
        }
    }
}

/// Fill-down: the largest box of the target's ratio in an image that is smaller than the target.
fn cut_to_ratio(scaled: Pair, target: Pair) -> Pair {
    let over = Pair {
        x: target.x / scaled.x,
        y: target.y / scaled.y,
    };
    if over.x > over.y && over.x > 1.0 {
        Pair {
            x: scaled.x,
            y: (scaled.x * (target.y / target.x)).round(),
        }
    } else if over.y > over.x && over.y > 1.0 {
        Pair {
            x: (scaled.y * (target.x / target.y)).round(),
            y: scaled.y,
        }
    } else {
        target
    }
}

/// The image grown on one side to the target's ratio; 0 where it has that ratio or the target has none.
fn grown_to_ratio(image: Pair, target: Pair) -> Pair {
    if target.x == 0.0 || target.y == 0.0 {
        return both(0.0);
    }
    let over = Pair {
        x: target.x / image.x,
        y: target.y / image.y,
    };
    if over.y > over.x {
        Pair {
            x: image.x,
            y: (image.x * (target.y / target.x)).round(),
        }
    } else if over.x > over.y {
        Pair {
            x: (image.y * (target.x / target.y)).round(),
            y: image.y,
        }
    } else {
        both(0.0)
    }
}

/// Scales down until the result is within the limits.
///
/// One round is the contract; rounding may leave a pixel or two too many, and our limit is one that holds.
fn limited(
    transform: &Transform,
    base: Pair,
    asked: Scales,
    max_dimension: u32,
) -> Result<(Scales, Sizes), Oversize> {
    let mut scales = asked;
    for _ in 0..LIMIT_ROUNDS {
        let sizes = Sizes::new(transform, base, scales);
        let result = sizes.result(transform, scales.dpr);
        let longest = result.x.max(result.y);
        if max_dimension == 0 || longest <= f64::from(max_dimension) {
            return makeable(result).map(|()| (scales, sizes));
        }
        scales = scales.times(f64::from(max_dimension) / longest, base);
    }
    Err(Oversize)
}

fn makeable(result: Pair) -> Result<(), Oversize> {
    // Written so that NaN, which an infinite scale may leave, is refused too.
    if result.x * result.y <= MAX_RESULT_PIXELS as f64 {
        Ok(())
    } else {
        Err(Oversize)
    }
}

/// The box that stays of the scaled image.
fn cut(transform: &Transform, sizes: &Sizes, dpr: f64) -> Result<Rect, Oversize> {
    let size = sizes.image().size()?;
    let placement = Placement::from(transform.gravity);
    Ok(placement
        .position(sizes.scaled.size()?, size, dpr)
        .rect(size))
}

/// Lays the image on what extend, extend_aspect_ratio and padding ask for, one after the other.
fn canvas(
    transform: &Transform,
    sizes: &Sizes,
    dpr: f64,
    image: Size,
) -> Result<Option<Canvas>, Oversize> {
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
            canvas = canvas.grown(to, extend.gravity.into(), dpr)?;
        }
    }
    let canvas = Margins::of(transform, dpr).around(canvas)?;
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

    /// Laid on a larger one.
    fn on(self, size: Size, at: Point) -> Self {
        let at = Point {
            x: self.at.x + at.x,
            y: self.at.y + at.y,
        };
        Self { size, at }
    }
}

/// Padding in pixels of the result.
#[derive(Clone, Copy, Debug)]
struct Margins {
    top: f64,
    right: f64,
    bottom: f64,
    left: f64,
}

impl Margins {
    fn of(transform: &Transform, dpr: f64) -> Self {
        let scaled = |px: u32| (f64::from(px) * dpr).round_ties_even();
        Self {
            top: scaled(transform.padding.top),
            right: scaled(transform.padding.right),
            bottom: scaled(transform.padding.bottom),
            left: scaled(transform.padding.left),
        }
    }

    fn around(self, canvas: Canvas) -> Result<Canvas, Oversize> {
        let padded = Pair {
            x: f64::from(canvas.size.width) + self.left + self.right,
            y: f64::from(canvas.size.height) + self.top + self.bottom,
        };
        // Each margin is below the padded side, which is checked to fit.
        let at = Point {
            x: self.left as u32,
            y: self.top as u32,
        };
        Ok(canvas.on(padded.size()?, at))
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

const fn both(side: f64) -> Pair {
    Pair { x: side, y: side }
}

/// The smaller of two sides, of which 0 is unset.
fn least_set(a: f64, b: f64) -> f64 {
    if a == 0.0 {
        b
    } else if b == 0.0 {
        a
    } else {
        a.min(b)
    }
}

fn least_of(a: Pair, b: Pair) -> Pair {
    Pair {
        x: least_set(a.x, b.x),
        y: least_set(a.y, b.y),
    }
}

fn most_of(a: Pair, b: Pair) -> Pair {
    Pair {
        x: a.x.max(b.x),
        y: a.y.max(b.y),
    }
}
