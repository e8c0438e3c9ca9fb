//! What the edges of a path take to fill, and to outline.

use resvg::tiny_skia::{PathSegment, Rect, Transform};
use resvg::usvg::{LineJoin, Path, Stroke};

use super::Canvas;

/// Work for a piece of a path besides its pixels.
pub(super) const SEGMENT_WORK: f64 = 20.0;
/// Work to outline a piece of a path or a dash.
const OUTLINE_WORK: f64 = 400.0;
/// Work for each pixel that an edge goes down.
const EDGE_WORK: f64 = 7.0;
/// Rows and columns of the cells in which edges are counted that may cross there.
const CELLS: usize = 32;

/// What the pieces of a path come to.
pub(super) struct Edges {
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
    pub(super) fn of(path: &Path, at: Transform, canvas: &Canvas) -> Self {
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
    pub(super) fn work(&self) -> f64 {
        self.count * SEGMENT_WORK + self.down * EDGE_WORK + self.grid.crossings()
    }

    /// Work to outline the path and fill the outline.
    pub(super) fn outline_work(&self, stroke: &Stroke, at: Transform, canvas: &Canvas) -> f64 {
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
