//! Crop, scale and cut as one sampling of the decoded pixels, and how far the decoder may shrink before it.
//!
//! What is cut off after scaling is never computed: the sampler is given the part of the source that the cut
//! shows. So a job costs what its result shows, and no scaled image larger than the result ever exists.

use crate::identify::Facts;
use crate::image::Format;
use crate::image::decode::{Scale, scales};
use crate::transform::ask::Kernel;
use crate::transform::geometry::{Frame, Geometry, MAX_RESULT_PIXELS, Point, Rect, Size};

/// Parts of a pixel that make no difference.
const ROUNDING: f64 = 1e-6;

/// Which part of the decoded pixels is scaled to what size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::transform) struct Sampling {
    /// The size of the decoded image.
    pub(in crate::transform) decoded: Size,
    /// The crop, in whole decoded pixels; nothing outside of it shows, not even in the filter's fringe.
    pub(in crate::transform) view: Rect,
    /// The part of the view that becomes the result.
    pub(in crate::transform) window: Window,
    /// The size of the result, as stored.
    pub(in crate::transform) size: Size,
    /// What pixels are weighed by.
    pub(in crate::transform) kernel: Kernel,
    /// Whether light is averaged instead of samples.
    pub(in crate::transform) linear: bool,
}

/// The pixels that are there to be sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::transform) struct Decoded {
    /// The size of the whole image.
    size: Size,
    /// Where in it the frame of the geometry begins.
    origin: Point,
    /// What the frame came to.
    density: Density,
}

/// A part of an image between its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::transform) struct Window {
    pub(in crate::transform) left: f64,
    pub(in crate::transform) top: f64,
    pub(in crate::transform) width: f64,
    pub(in crate::transform) height: f64,
}

/// A part of one side: where it begins and how long it is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    start: f64,
    length: f64,
}

/// Decoded pixels a source pixel, along each side.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Density {
    x: f64,
    y: f64,
}

impl Decoded {
    /// The size of the whole image.
    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// A file of this format, decoded at a scale.
    pub(super) fn at(scale: Scale, stored: Size, source: Format) -> Self {
        Self {
            size: Size {
                width: scale.of(stored.width),
                height: scale.of(stored.height),
            },
            origin: Point { x: 0, y: 0 },
            density: Density::new(stored, source, scale),
        }
    }

    /// A drawing of the size `stored`, rendered at another.
    pub(super) fn rendered(size: Size, stored: Size) -> Self {
        Self {
            size,
            origin: Point { x: 0, y: 0 },
            density: Density {
                x: f64::from(size.width) / f64::from(stored.width),
                y: f64::from(size.height) / f64::from(stored.height),
            },
        }
    }

    /// A part of an image at its own size.
    pub(in crate::transform) fn part(size: Size, origin: Point) -> Self {
        Self {
            size,
            origin,
            density: Density { x: 1.0, y: 1.0 },
        }
    }

    /// An image at its own size.
    pub(in crate::transform) fn whole(size: Size) -> Self {
        Self::part(size, Point { x: 0, y: 0 })
    }

    /// A box of the frame in whole decoded pixels.
    pub(in crate::transform) fn rect(&self, of_frame: Rect) -> Rect {
        let (x, y) = self.spans(of_frame);
        let (left, width) = x.whole(self.size.width);
        let (top, height) = y.whole(self.size.height);
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    fn spans(&self, of_frame: Rect) -> (Span, Span) {
        let x = Span::new(of_frame.left, of_frame.width).times(self.density.x);
        let y = Span::new(of_frame.top, of_frame.height).times(self.density.y);
        (x.after(self.origin.x), y.after(self.origin.y))
    }
}

impl Sampling {
    /// The sampling that makes the geometry's boxes from what was decoded.
    pub(super) fn new(frame: &Frame, geometry: &Geometry, decoded: &Decoded) -> Self {
        let back = frame.orientation.inverse();
        let (scaled, cut) = (
            back.size(geometry.scaled),
            back.rect(geometry.cut, geometry.scaled),
        );
        let (x, y) = decoded.spans(geometry.crop);
        let view = decoded.rect(geometry.crop);
        let shown_x = x.part(cut.left, cut.width, scaled.width);
        let shown_y = y.part(cut.top, cut.height, scaled.height);
        Self {
            decoded: decoded.size,
            view,
            window: Window::within(view, shown_x, shown_y),
            size: cut.size(),
            kernel: Kernel::default(),
            linear: false,
        }
    }

    /// The sampling that scales a whole image.
    pub(in crate::transform) fn whole(image: Size, size: Size) -> Self {
        Self {
            decoded: image,
            view: Point { x: 0, y: 0 }.rect(image),
            window: Window::whole(image),
            size,
            kernel: Kernel::default(),
            linear: false,
        }
    }

    /// The same of planes that have half the width and height, where the whole image is sampled from.
    pub(in crate::transform) fn of_chroma(&self) -> Option<Self> {
        if self.view != (Point { x: 0, y: 0 }.rect(self.decoded)) {
            return None;
        }
        let decoded = self.decoded.halved();
        let view = Point { x: 0, y: 0 }.rect(decoded);
        let x = Span::of_chroma(self.window.left, self.window.width, self.size.width);
        let y = Span::of_chroma(self.window.top, self.window.height, self.size.height);
        Some(Self {
            decoded,
            view,
            window: Window::within(view, x, y),
            size: self.size.halved(),
            ..*self
        })
    }

    /// Whether the decoded image is the result already.
    pub(in crate::transform) fn is_nothing(&self) -> bool {
        self.size == self.decoded && self.window.is_about(Window::whole(self.decoded))
    }
}

impl Window {
    fn whole(image: Size) -> Self {
        Self {
            left: 0.0,
            top: 0.0,
            width: image.width.into(),
            height: image.height.into(),
        }
    }

    /// Whether it is the same but for rounding.
    fn is_about(self, other: Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < ROUNDING;
        near(self.left, other.left)
            && near(self.top, other.top)
            && near(self.width, other.width)
            && near(self.height, other.height)
    }

    /// The spans as seen from the view, held inside it against the last bit of rounding.
    fn within(view: Rect, x: Span, y: Span) -> Self {
        let x = x.from(view.left).inside(view.width);
        let y = y.from(view.top).inside(view.height);
        Self {
            left: x.start,
            top: y.start,
            width: x.length,
            height: y.length,
        }
    }
}

impl Span {
    fn new(start: u32, length: u32) -> Self {
        Self {
            start: start.into(),
            length: length.into(),
        }
    }

    fn times(self, factor: f64) -> Self {
        Self {
            start: self.start * factor,
            length: self.length * factor,
        }
    }

    /// What the chroma of `pixels` shows where these show this part of a side. The last sample of an odd side covers
    /// one pixel more than there is.
    fn of_chroma(start: f64, length: f64, pixels: u32) -> Self {
        let covered = f64::from(pixels.next_multiple_of(2)) / f64::from(pixels);
        Self {
            start: start / 2.0,
            length: length / 2.0 * covered,
        }
    }

    /// The pixels that it touches, as start and length, of a side of `limit` pixels.
    fn whole(self, limit: u32) -> (u32, u32) {
        let start = (self.start.floor() as u32).min(limit - 1);
        let end = ((self.start + self.length).ceil() as u32).clamp(start + 1, limit);
        (start, end - start)
    }

    /// What `length` pixels from `start` show, if the whole span is scaled to `scaled` pixels.
    fn part(self, start: u32, length: u32, scaled: u32) -> Self {
        let step = self.length / f64::from(scaled);
        Self {
            start: self.start + f64::from(start) * step,
            length: f64::from(length) * step,
        }
    }

    fn after(self, origin: u32) -> Self {
        Self {
            start: self.start + f64::from(origin),
            ..self
        }
    }

    fn from(self, origin: u32) -> Self {
        Self {
            start: self.start - f64::from(origin),
            ..self
        }
    }

    fn inside(self, limit: u32) -> Self {
        let limit = f64::from(limit);
        let start = self.start.clamp(0.0, limit);
        Self {
            start,
            length: self.length.min(limit - start),
        }
    }
}

impl Density {
    fn new(stored: Size, source: Format, scale: Scale) -> Self {
        match source {
            // The whole image is squeezed into the rounded size.
            Format::WebP => Self {
                x: f64::from(scale.of(stored.width)) / f64::from(stored.width),
                y: f64::from(scale.of(stored.height)) / f64::from(stored.height),
            },
            // Each block becomes whole pixels, so the last ones may lie partly outside of the image.
            _ => Self {
                x: 1.0 / f64::from(scale.divisor()),
                y: 1.0 / f64::from(scale.divisor()),
            },
        }
    }
}

/// The size that a whole drawing is rendered to, so that the part of it that shows needs no scaling. At most
/// `max_pixels`, or what the result has: then the sampler does the rest.
pub(super) fn rendered(frame: &Frame, geometry: &Geometry, max_pixels: u64) -> Size {
    let scaled = frame.orientation.inverse().size(geometry.scaled);
    let factor = |scaled: u32, crop: u32| f64::from(scaled) / f64::from(crop);
    let width = f64::from(frame.stored.width) * factor(scaled.width, geometry.crop.width);
    let height = f64::from(frame.stored.height) * factor(scaled.height, geometry.crop.height);
    let most = max_pixels
        .min(MAX_RESULT_PIXELS)
        .max(geometry.cut.size().pixels());
    // The casts saturate.
    let size = Size {
        width: (width.round() as u32).max(1),
        height: (height.round() as u32).max(1),
    };
    size.within(most)
}

/// By how much the decoder shrinks: as far as leaves enough pixels for the sampler to do its work well.
pub(super) fn scale(frame: &Frame, geometry: &Geometry, facts: &Facts) -> Scale {
    let source = facts.format;
    let scaled = frame.orientation.inverse().size(geometry.scaled);
    let enough = |scale: &Scale| {
        let density = Density::new(frame.stored, source, *scale);
        f64::from(geometry.crop.width) * density.x >= f64::from(scaled.width) * reserve(source)
            && f64::from(geometry.crop.height) * density.y
                >= f64::from(scaled.height) * reserve(source)
    };
    [Scale::Eighth, Scale::Quarter, Scale::Half]
        .into_iter()
        .filter(|scale| scales(source, *scale) && gains(facts))
        .find(enough)
        .unwrap_or(Scale::Full)
}

/// Whether shrinking saves the decoder anything: WebP with alpha or several frames is decoded whole before.
const fn gains(facts: &Facts) -> bool {
    !(matches!(facts.format, Format::WebP) && (facts.alpha || facts.animated))
}

/// How many times the size that is needed the decoder has to leave.
const fn reserve(source: Format) -> f64 {
    match source {
        // Its scaler averages boxes, which blurs and aliases; twice the size leaves the filter the last word.
        Format::WebP => 2.0,
        // A scaled inverse DCT is a good low-pass filter.
        _ => 1.0,
    }
}
