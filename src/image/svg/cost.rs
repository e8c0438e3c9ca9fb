//! What painting a drawing takes, before any of it is painted.
//!
//! Counted as the painter goes about it: every layer, filter, mask and pattern is a picture of its own, and is made
//! anew wherever it is used. The walk ends as soon as it has counted too much, so it is bounded itself.

use resvg::tiny_skia::{PathSegment, Rect, Transform};
use resvg::usvg::filter::{Filter, Kind};
use resvg::usvg::{ClipPath, Group, Image, LineJoin, Mask, Node, Paint, Path, Pattern, Stroke};

use super::document::refused;
use crate::image::Error;

/// The most work, in passes over a pixel: some seconds of the slow ones.
const MAX_WORK: f64 = 4e8;
/// The pixels that layers may have at a time, in pictures of the asked size …
pub(crate) const MAX_LAYERS: u64 = 8;
/// … and besides, so that small pictures may have a few large ones in them.
pub(crate) const MAX_LAYER_PIXELS: u64 = 4 << 20;

/// Passes over a pixel that isolating a layer, clipping and masking take.
const LAYER_PASSES: f64 = 3.0;
const CLIP_PASSES: f64 = 4.0;
const MASK_PASSES: f64 = 6.0;
/// Work for a piece of a path besides its pixels.
const SEGMENT_WORK: f64 = 20.0;
/// Work to outline a piece of a path or a dash.
const OUTLINE_WORK: f64 = 100.0;
/// Work for each pixel that an edge goes down.
const EDGE_WORK: f64 = 3.0;
/// Rows and columns of the cells in which edges are counted that may cross there.
const CELLS: usize = 32;

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
        self.add(area * LAYER_PASSES)?;
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
            self.add(edges.work())?;
            held = self.paint(fill.paint(), pixels, at, canvas)?;
        }
        if let Some(stroke) = path.stroke() {
            let pixels = canvas.covered(path.stroke_bounding_box(), at);
            self.add(edges.outline_work(stroke, at, canvas))?;
            held = self.paint(stroke.paint(), pixels, at, canvas)?.max(held);
        }
        Ok(held)
    }

    fn paint(
        &mut self,
        paint: &Paint,
        pixels: f64,
        at: Transform,
        canvas: &Canvas,
    ) -> Result<f64, Error> {
        let stops = |count: usize| 2.0 + count as f64 / 64.0;
        match paint {
            Paint::Color(_) => self.add(pixels).map(|()| 0.0),
            Paint::LinearGradient(paint) => {
                self.add(pixels * stops(paint.stops().len())).map(|()| 0.0)
            }
            Paint::RadialGradient(paint) => {
                self.add(pixels * stops(paint.stops().len())).map(|()| 0.0)
            }
            Paint::Pattern(pattern) => {
                self.add(pixels * 6.0)?;
                self.pattern(pattern, at, canvas)
            }
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
        Kind::GaussianBlur(_) | Kind::DropShadow(_) => 40.0,
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

/// What the pieces of a path come to.
struct Edges {
    count: f64,
    /// Pixels that they go down.
    down: f64,
    /// Their length in pixels, each no longer than the canvas.
    length: f64,
    /// Their length in units of the drawing.
    own_length: f64,
    grid: Grid,
}

/// Cells over the part of a path that is on the canvas, and how many edges each has.
struct Grid {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    rows: usize,
    cells: [[u32; CELLS]; CELLS],
}

impl Edges {
    fn of(path: &Path, at: Transform, canvas: &Canvas) -> Self {
        let mut edges = Self {
            count: 0.0,
            down: 0.0,
            length: 0.0,
            own_length: 0.0,
            grid: Grid::over(path.bounding_box(), at, canvas),
        };
        let (mut start, mut last) = ((0.0, 0.0), (0.0, 0.0));
        for segment in path.data().segments() {
            let (points, curve): (&[_], f64) = match &segment {
                PathSegment::MoveTo(point) => {
                    start = (point.x, point.y);
                    last = start;
                    continue;
                }
                PathSegment::LineTo(point) => (&[*point], 1.0),
                PathSegment::QuadTo(one, two) => (&[*one, *two], 2.0),
                PathSegment::CubicTo(one, two, three) => (&[*one, *two, *three], 3.0),
                PathSegment::Close => {
                    edges.line(last, start, at, canvas);
                    last = start;
                    continue;
                }
            };
            edges.count += curve;
            for point in points {
                edges.line(last, (point.x, point.y), at, canvas);
                last = (point.x, point.y);
            }
        }
        edges
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), at: Transform, canvas: &Canvas) {
        let seen = |(x, y): (f32, f32)| {
            (
                f64::from(at.sx * x + at.kx * y + at.tx),
                f64::from(at.ky * x + at.sy * y + at.ty),
            )
        };
        let (one, two) = (seen(from), seen(to));
        let length = (two.0 - one.0).hypot(two.1 - one.1);
        self.count += 1.0;
        self.own_length += f64::from((to.0 - from.0).hypot(to.1 - from.1));
        self.length += length.min(canvas.width + canvas.height);
        self.down += (two.1 - one.1).abs().min(canvas.height);
        match one.1 <= two.1 {
            true => self.grid.count(one, two),
            false => self.grid.count(two, one),
        }
    }

    /// Work to fill: what each edge goes down, and each crossing of two.
    fn work(&self) -> f64 {
        self.count * SEGMENT_WORK + self.down * EDGE_WORK + self.grid.crossings()
    }

    /// Work to outline the path and fill the outline.
    fn outline_work(&self, stroke: &Stroke, at: Transform, canvas: &Canvas) -> f64 {
        let (across, down) = at.get_scale();
        let width = f64::from(stroke.width().get() * across.max(down)).min(canvas.height);
        let round = match stroke.linejoin() {
            LineJoin::Round => 4.0,
            _ => 1.0,
        };
        let pieces = self.count + self.dashes(stroke);
        let outline = pieces * round * (OUTLINE_WORK + width * EDGE_WORK);
        outline + 3.0 * (self.down + self.length) * EDGE_WORK + 4.0 * self.grid.crossings()
    }

    /// How many dashes there are; above a million none is made.
    fn dashes(&self, stroke: &Stroke) -> f64 {
        let Some(dashes) = stroke.dasharray() else {
            return 0.0;
        };
        let period: f64 = dashes.iter().map(|dash| f64::from(*dash)).sum();
        (self.own_length * dashes.len() as f64 / period.max(1e-9)).min(1e6)
    }
}

impl Grid {
    fn over(bounds: Rect, at: Transform, canvas: &Canvas) -> Self {
        let seen = bounds.transform(at).unwrap_or(canvas.farthest);
        // A canvas begins somewhere unknown within the drawing: only its size counts.
        let width = f64::from(seen.width()).max(1e-3);
        let height = f64::from(seen.height()).max(1e-3);
        Self {
            left: f64::from(seen.left()),
            top: f64::from(seen.top()),
            width,
            height,
            // Edges are followed at four lines a pixel.
            rows: (4.0 * height.min(canvas.height)).clamp(1.0, CELLS as f64) as usize,
            cells: [[0; CELLS]; CELLS],
        }
    }

    /// Counts an edge, given from its top, in every cell that it goes through.
    fn count(&mut self, top: (f64, f64), bottom: (f64, f64)) {
        let rows = self.rows as f64;
        let row = |y: f64| ((y - self.top) / self.height * rows).clamp(0.0, rows - 1.0);
        let (left, width) = (self.left, self.width);
        let last = CELLS as f64 - 1.0;
        let column = |x: f64| ((x - left) / width * CELLS as f64).clamp(0.0, last) as usize;
        let slope = (bottom.0 - top.0) / (bottom.1 - top.1).max(1e-9);
        let (lowest, highest) = (top.0.min(bottom.0), top.0.max(bottom.0));
        let x_at = |row: usize| {
            let y = self.top + row as f64 / rows * self.height;
            (top.0 + slope * (y - top.1)).clamp(lowest, highest)
        };
        for row in row(top.1) as usize..=row(bottom.1) as usize {
            let (one, two) = (column(x_at(row)), column(x_at(row + 1)));
            let cells = self.cells.get_mut(row).into_iter().flatten();
            for count in cells.take(one.max(two) + 1).skip(one.min(two)) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// Work for crossings: two edges that cross do so in a cell that both go through.
    fn crossings(&self) -> f64 {
        let cells = self.cells.iter().flatten();
        cells.map(|count| f64::from(*count).powi(2)).sum::<f64>() / 8.0
    }
}

#[cfg(test)]
mod tests {
    use crate::image::svg::{parse, text};

    fn painted(inner: &str, side: u32) -> Result<(), String> {
        let svg =
            format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 300 300'>{inner}</svg>");
        let drawing = parse(&text(svg.as_bytes()).unwrap()).unwrap();
        drawing
            .bounded(side, side)
            .map_err(|error| error.to_string())
    }

    const WHOLE: &str = "width='300' height='300'";

    #[test]
    fn what_takes_too_long_to_paint_is_refused() {
        let zigzag: String = (0..100_000)
            .map(|at| format!("L{} {}", at * 7919 % 100_003, (at % 2) * 300))
            .collect();
        let of = |content: &str| format!("{content}<rect {WHOLE} filter='url(#f)'/>");
        for inner in [
            format!("<rect {WHOLE}/>").repeat(3000),
            format!(
                "<mask id='m'><rect {WHOLE}/></mask>{}",
                format!("<rect {WHOLE} mask='url(#m)'/>").repeat(300)
            ),
            format!("<path d='M0 0{zigzag}'/>"),
            format!("<path d='M0 0{}'/>", "v300h.001v-300".repeat(100_000)),
            "<path d='M0 0h1e6' stroke='red' stroke-dasharray='1'/>".repeat(30),
            of("<filter id='f'><feTurbulence baseFrequency='.1' numOctaves='1000'/></filter>"),
            of("<filter id='f'><feMorphology radius='100'/></filter>"),
            of(&format!(
                "<filter id='f'>{}</filter>",
                "<feGaussianBlur stdDeviation='9'/>".repeat(100)
            )),
            format!(
                "<pattern id='p' width='1e5' height='1e5' patternUnits='userSpaceOnUse'><rect {WHOLE}/></pattern><rect {WHOLE} fill='url(#p)'/>"
            ),
        ] {
            let why = painted(&inner, 1000).unwrap_err();
            assert!(why.contains("too much work"), "{why}: {inner:.100}");
        }
    }

    #[test]
    fn layers_are_counted_as_they_are_held() {
        let nested = |count: usize| {
            format!(
                "{}<rect {WHOLE}/>{}",
                "<g opacity='.9'>".repeat(count),
                "</g>".repeat(count)
            )
        };
        assert_eq!(painted(&nested(6), 2000), Ok(()));
        assert!(painted(&nested(12), 2000).unwrap_err().contains("layers"));
        let beside = nested(4).repeat(4);
        assert_eq!(painted(&beside, 2000), Ok(()));
    }

    #[test]
    fn what_is_drawn_every_day_is_painted() {
        for inner in [
            format!("<rect {WHOLE}/>").repeat(50),
            format!(
                "<filter id='f'><feGaussianBlur stdDeviation='4'/></filter><rect {WHOLE} filter='url(#f)'/>"
            ),
            "<path d='M1 1h9v9h-9z' stroke='red'/>".repeat(20_000),
            format!(
                "<path d='M0 0{}z' stroke='red'/>",
                "l.01 .01l.01 -.01".repeat(20_000)
            ),
        ] {
            assert_eq!(painted(&inner, 1000), Ok(()), "{inner:.100}");
        }
    }
}
