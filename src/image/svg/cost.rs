//! What painting a drawing takes, before any of it is painted.
//!
//! Counted as the painter goes about it: every layer, filter, mask and pattern is a picture of its own, and is made
//! anew wherever it is used. The walk ends as soon as it has counted too much, so it is bounded itself.

mod edges;

use resvg::tiny_skia::{Rect, Transform};
use resvg::usvg::filter::{Filter, Kind};
use resvg::usvg::{ClipPath, Group, Image, Mask, Node, Opacity, Paint, Path, Pattern};

use super::document::refused;
use crate::image::Error;
use edges::{Edges, SEGMENT_WORK};

/// The most work. A unit is about 5 ns of one core, and no kind of work that was measured at 1000 x 1000 pixels takes
/// much more a unit: 2 s in all. Many kinds take less: a pixel is opaque in 0.3 ns, half clear in 19 ns.
const MAX_WORK: f64 = 4e8;
/// The pixels that layers may have at a time, in pictures of the asked size …
pub(crate) const MAX_LAYERS: u64 = 8;
/// … and besides, so that small pictures may have a few large ones in them.
pub(crate) const MAX_LAYER_PIXELS: u64 = 4 << 20;

/// Work for each pixel that isolating a layer, clipping and masking take.
const LAYER_PASSES: f64 = 4.0;
const CLIP_PASSES: f64 = 4.0;
const MASK_PASSES: f64 = 7.0;
/// Work for each pixel of a colour that is seen through (19 ns), of a gradient (34 ns for two stops; a sixtieth stop
/// makes it 62 ns), and of a pattern that is turned (105 ns).
const CLEAR_PASSES: f64 = 4.0;
const GRADIENT_PASSES: f64 = 7.0;
const STOP_PASSES: f64 = 0.125;
const PATTERN_PASSES: f64 = 21.0;
/// Work for a layer (12 µs) and for a path (7 µs) besides their pixels.
const LAYER_WORK: f64 = 2500.0;
const PATH_WORK: f64 = 1500.0;

/// Refuses a drawing that takes too much work, or too many layers at a time, at this size.
pub(super) fn bounded(root: &Group, stretch: Transform, size: (u32, u32)) -> Result<(), Error> {
    let (width, height) = (f64::from(size.0), f64::from(size.1));
    let mut cost = Cost { work: 0.0 };
    let canvas = Canvas {
        width,
        height,
        // As far as layers may reach beyond the picture.
        farthest: Rect::from_xywh(0.0, 0.0, 5.0 * size.0 as f32, 5.0 * size.1 as f32)
            .ok_or_else(|| refused("it has no area"))?,
    };
    let layers = cost.group(root, stretch, &canvas)?;
    let room = MAX_LAYERS as f64 * width * height + MAX_LAYER_PIXELS as f64;
    match layers > room {
        true => Err(refused("too many layers at a time")),
        false => Ok(()),
    }
}

struct Cost {
    work: f64,
}

/// A picture that is painted on.
struct Canvas {
    width: f64,
    height: f64,
    farthest: Rect,
}

/// The methods return the pixels of all pictures held at a time besides the canvas.
impl Cost {
    fn add(&mut self, work: f64) -> Result<(), Error> {
        self.work += work;
        // Also where it is no number.
        match self.work <= MAX_WORK {
            true => Ok(()),
            false => Err(refused("too much work to paint")),
        }
    }

    fn group(&mut self, group: &Group, outer: Transform, canvas: &Canvas) -> Result<f64, Error> {
        self.add(SEGMENT_WORK)?;
        let transform = outer.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.children(group, transform, canvas);
        }
        let Some(layer) = layer(group, transform, canvas) else {
            return Ok(0.0);
        };
        let area = layer.area();
        self.add(LAYER_WORK + area * LAYER_PASSES)?;
        let mut inner = self.children(group, transform, &layer)?;
        for filter in group.filters() {
            inner = inner.max(self.filter(filter, transform, &layer)?);
        }
        if let Some(clip) = group.clip_path() {
            inner = inner.max(self.clip(clip, transform, &layer)?);
        }
        if let Some(mask) = group.mask() {
            inner = inner.max(self.mask(mask, transform, &layer)?);
        }
        Ok(area + inner)
    }

    fn children(&mut self, group: &Group, at: Transform, canvas: &Canvas) -> Result<f64, Error> {
        let mut most = 0.0_f64;
        for node in group.children() {
            let held = match node {
                Node::Group(group) => self.group(group, at, canvas)?,
                Node::Path(path) => self.path(path, at, canvas)?,
                Node::Image(image) => self.image(image, canvas)?,
                Node::Text(text) => self.group(text.flattened(), at, canvas)?,
            };
            most = most.max(held);
        }
        Ok(most)
    }

    /// The results of all parts of a filter are held to its end.
    fn filter(&mut self, filter: &Filter, at: Transform, layer: &Canvas) -> Result<f64, Error> {
        let mut held = 3.0 * layer.area();
        for part in filter.primitives() {
            self.add(layer.area() * filter_passes(part.kind(), at))?;
            held += layer.area();
            if let Kind::Image(image) = part.kind() {
                held += self.group(image.root(), at, layer)?;
            }
        }
        Ok(held)
    }

    fn clip(&mut self, clip: &ClipPath, at: Transform, layer: &Canvas) -> Result<f64, Error> {
        self.add(layer.area() * CLIP_PASSES)?;
        let mut inner = self.group(clip.root(), at.pre_concat(clip.transform()), layer)?;
        if let Some(clip) = clip.clip_path() {
            inner = inner.max(self.clip(clip, at, layer)?);
        }
        Ok(1.25 * layer.area() + inner)
    }

    fn mask(&mut self, mask: &Mask, at: Transform, layer: &Canvas) -> Result<f64, Error> {
        self.add(layer.area() * MASK_PASSES)?;
        let mut inner = self.group(mask.root(), at, layer)?;
        if let Some(mask) = mask.mask() {
            inner = inner.max(self.mask(mask, at, layer)?);
        }
        Ok(1.5 * layer.area() + inner)
    }

    /// An embedded picture is decoded wherever it is drawn.
    fn image(&mut self, image: &Image, canvas: &Canvas) -> Result<f64, Error> {
        let pixels = f64::from(image.size().width()) * f64::from(image.size().height());
        self.add(4.0 * pixels + 3.0 * canvas.area())?;
        Ok(3.0 * pixels)
    }

    fn path(&mut self, path: &Path, at: Transform, canvas: &Canvas) -> Result<f64, Error> {
        if !path.is_visible() {
            return Ok(0.0);
        }
        let edges = Edges::of(path, at, canvas);
        let mut held = 0.0;
        if let Some(fill) = path.fill() {
            let pixels = canvas.covered(path.bounding_box(), at);
            self.add(PATH_WORK + edges.work())?;
            let work = pixels * passes(fill.paint(), fill.opacity());
            held = self.paint(fill.paint(), work, at, canvas)?;
        }
        if let Some(stroke) = path.stroke() {
            let pixels = canvas.covered(path.stroke_bounding_box(), at);
            self.add(PATH_WORK + edges.outline_work(stroke, at, canvas))?;
            let work = pixels * passes(stroke.paint(), stroke.opacity());
            held = self.paint(stroke.paint(), work, at, canvas)?.max(held);
        }
        Ok(held)
    }

    fn paint(
        &mut self,
        paint: &Paint,
        work: f64,
        at: Transform,
        canvas: &Canvas,
    ) -> Result<f64, Error> {
        self.add(work)?;
        match paint {
            Paint::Pattern(pattern) => self.pattern(pattern, at, canvas),
            _ => Ok(0.0),
        }
    }

    /// A pattern is a picture of its tile, at the size in which it is seen.
    fn pattern(&mut self, pattern: &Pattern, at: Transform, canvas: &Canvas) -> Result<f64, Error> {
        let (across, down) = at.pre_concat(pattern.transform()).get_scale();
        let rect = pattern.rect();
        let tile = Canvas {
            width: f64::from(rect.width() * across),
            height: f64::from(rect.height() * down),
            farthest: canvas.farthest,
        };
        self.add(tile.area())?;
        let inner = self.group(pattern.root(), Transform::from_scale(across, down), &tile)?;
        Ok(tile.area() + inner)
    }
}

/// Work for each pixel that a paint covers.
fn passes(paint: &Paint, opacity: Opacity) -> f64 {
    let gradient = |stops: usize| GRADIENT_PASSES + STOP_PASSES * stops as f64;
    match paint {
        Paint::Color(_) if opacity == Opacity::ONE => 1.0,
        Paint::Color(_) => CLEAR_PASSES,
        Paint::LinearGradient(paint) => gradient(paint.stops().len()),
        Paint::RadialGradient(paint) => gradient(paint.stops().len()),
        Paint::Pattern(_) => PATTERN_PASSES,
    }
}

/// The layer of an isolated group: where it is seen, within what layers may have.
fn layer(group: &Group, at: Transform, canvas: &Canvas) -> Option<Canvas> {
    let bounds = group.layer_bounding_box();
    let (across, down) = at.get_scale();
    let turned = bounds.transform(at)?;
    let mut farthest = canvas.farthest;
    if !group.filters().is_empty() {
        // Filters work on upright pixels: the layer is as large as the group before it is turned.
        let upright = Transform::from_row(
            at.sx / across,
            at.ky / across,
            at.kx / down,
            at.sy / down,
            0.0,
            0.0,
        );
        farthest = farthest.transform(upright.invert()?)?;
    }
    let side = |turned: f32, upright: f32, most: f32| {
        f64::from(turned.max(upright).min(most).ceil()) + 4.0
    };
    Some(Canvas {
        width: side(turned.width(), bounds.width() * across, farthest.width()),
        height: side(turned.height(), bounds.height() * down, farthest.height()),
        farthest,
    })
}

/// Passes over a pixel that a part of a filter takes.
fn filter_passes(kind: &Kind, at: Transform) -> f64 {
    let (across, down) = at.get_scale();
    match kind {
        Kind::Turbulence(part) => 10.0 + 60.0 * f64::from(part.num_octaves().min(10_000)),
        Kind::ConvolveMatrix(part) => {
            let matrix = part.matrix();
            10.0 + 4.0 * f64::from(matrix.columns()) * f64::from(matrix.rows())
        }
        Kind::Morphology(part) => {
            let columns = f64::from(2.0 * part.radius_x().get() * across + 1.0);
            let rows = f64::from(2.0 * part.radius_y().get() * down + 1.0);
            10.0 + 4.0 * columns * rows
        }
        Kind::Merge(part) => 10.0 + 3.0 * part.inputs().len() as f64,
        Kind::DiffuseLighting(_) | Kind::SpecularLighting(_) => 40.0,
        Kind::GaussianBlur(_) | Kind::DropShadow(_) => 80.0,
        _ => 12.0,
    }
}

impl Canvas {
    fn area(&self) -> f64 {
        self.width * self.height
    }

    /// How many pixels of the canvas something within these bounds may cover.
    fn covered(&self, bounds: Rect, at: Transform) -> f64 {
        let Some(seen) = bounds.transform(at) else {
            return self.area();
        };
        let width = (f64::from(seen.width()) + 2.0).min(self.width);
        let height = (f64::from(seen.height()) + 2.0).min(self.height);
        width * height
    }
}

#[cfg(test)]
mod tests;
