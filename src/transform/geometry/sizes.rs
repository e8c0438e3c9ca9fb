//! The sides before they are boxes: how the base is scaled, and what the ask comes to at those scales.

use super::{Frame, MAX_RESULT_PIXELS, Oversize, Size};
use crate::transform::ask::{ResizingType, Transform};

/// How often a result is scaled down to its limit before it is given up; rounding rarely takes a second time.
const LIMIT_ROUNDS: u32 = 64;

/// A value for the width and one for the height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) x: f64,
    pub(super) y: f64,
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
pub(super) struct Sizes {
    /// The device pixel ratio that took effect.
    pub(super) dpr: f64,
    /// The asked box.
    pub(super) target: Pair,
    /// The whole base, scaled.
    pub(super) scaled: Pair,
    /// What the scaled base is cut to.
    cut: Pair,
    /// The canvas of the target's ratio.
    pub(super) extended_ratio: Pair,
}

impl Pair {
    /// As integers, each at least 1.
    pub(super) fn size(self) -> Result<Size, Oversize> {
        let fits = |side: f64| side.is_finite() && side <= f64::from(u32::MAX);
        if !fits(self.x) || !fits(self.y) {
            return Err(Oversize);
        }
        Ok(Size {
            width: (self.x as u32).max(1),
            height: (self.y as u32).max(1),
        })
    }

    /// The largest box of this ratio inside.
    pub(super) fn shrunk_to(self, ratio: f64) -> Self {
        Self {
            x: self.x.min((self.y * ratio).round().max(1.0)),
            y: self.y.min((self.x / ratio).round().max(1.0)),
        }
    }

    /// The least box of this ratio around, or where that goes beyond `limit`, the largest inside of that.
    pub(super) fn grown_to(self, ratio: f64, limit: Self) -> Self {
        let grown = Self {
            x: self.x.max((self.y * ratio).round()),
            y: self.y.max((self.x / ratio).round()),
        };
        least_of(grown, limit).shrunk_to(ratio)
    }
}

impl Scales {
    /// The scales that bring a base to the asked size, with all guards but the limits.
    fn asked(transform: &Transform, base: Pair, frame: &Frame) -> Self {
        let mut shrink = shrink_to_box(transform, base);
        shrink.x /= transform.zoom.x;
        shrink.y /= transform.zoom.y;
        let (mut shrink, dpr) = if frame.enlarges {
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
    /// The sides that are asked for, scaled down until the result is within the limits.
    ///
    /// One round is the contract; rounding may leave a pixel or two too many, and our limit is one that holds.
    pub(super) fn limited(
        transform: &Transform,
        base: Pair,
        frame: &Frame,
    ) -> Result<Self, Oversize> {
        let max_dimension = frame.max_result_dimension;
        let mut scales = Scales::asked(transform, base, frame);
        for _ in 0..LIMIT_ROUNDS {
            let sizes = Self::new(transform, base, scales);
            let result = sizes.result(transform);
            let longest = result.x.max(result.y);
            if max_dimension == 0 || longest <= f64::from(max_dimension) {
                return makeable(result).map(|()| sizes);
            }
            scales = scales.times(f64::from(max_dimension) / longest, base);
        }
        Err(Oversize)
    }

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
            dpr: scales.dpr,
            target,
            scaled,
            cut,
            extended_ratio,
        }
    }

    /// What is left of the scaled image after the cut.
    pub(super) fn image(&self) -> Pair {
        least_of(self.scaled, self.cut)
    }

    /// The result, before it is known whether the format holds it.
    fn result(&self, transform: &Transform) -> Pair {
        let image = self.image();
        let extended = if transform.extend.enabled {
            most_of(image, self.target)
        } else {
            image
        };
        let grown = most_of(extended, self.extended_ratio);
        let padding = Margins::of(transform, self.dpr);
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

fn makeable(result: Pair) -> Result<(), Oversize> {
    // Written so that NaN, which an infinite scale may leave, is refused too.
    if result.x * result.y <= MAX_RESULT_PIXELS as f64 {
        Ok(())
    } else {
        Err(Oversize)
    }
}

/// Padding in pixels of the result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Margins {
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) left: f64,
}

impl Margins {
    pub(super) fn of(transform: &Transform, dpr: f64) -> Self {
        let scaled = |px: u32| (f64::from(px) * dpr).round_ties_even();
        Self {
            top: scaled(transform.padding.top),
            right: scaled(transform.padding.right),
            bottom: scaled(transform.padding.bottom),
            left: scaled(transform.padding.left),
        }
    }
}

const fn both(side: f64) -> Pair {
    Pair { x: side, y: side }
}

/// The smaller of two sides, of which 0 is unset.
pub(super) fn least_set(a: f64, b: f64) -> f64 {
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

pub(super) fn most_of(a: Pair, b: Pair) -> Pair {
    Pair {
        x: a.x.max(b.x),
        y: a.y.max(b.y),
    }
}
