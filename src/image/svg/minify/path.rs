//! Path data in fewer letters, with every point where it was.
//!
//! Each command is written in the shortest of the ways that reach its points, absolute or relative, and with as few
//! digits as tell the coordinates in single precision, in which all renderers keep them. Whether the outcome draws the
//! same is then asked of the parser that the renderer here reads paths with, which adds up in double precision. Browsers
//! add up in single precision, and read digits with errors of its size: there points come to within two units of the
//! last digit of where they were, and what was one point stays one. No segment is added or left out: markers stand on
//! them.

use svgtypes::{PathParser, PathSegment, SimplePathSegment, SimplifyingPathParser};

use super::number::{Decimal, Notation, list};
use pen::{Base, Care, Pen, Precision, Tie};

mod pen;
mod text;

/// From this share of their greatest length on, half circles mostly, arcs turn with the last digit of their ends.
const DELICATE: f64 = 0.99;

/// Path data that draws the same in fewer bytes; nothing where there is none, or where the data ends in an error.
pub(super) fn shorter(data: &str) -> Option<String> {
    let written = care(data)?.into_iter();
    let written = written.filter_map(|care| written_with(data, care));
    let mut shorter = written.filter(|written| written.len() < data.len());
    shorter.find(|written| draws_the_same(data, written))
}

/// With what care a path may be written, the least first.
fn care(data: &str) -> Option<[Care; 2]> {
    let (mut has_arcs, mut is_delicate) = (false, false);
    let mut source = Source::default();
    for segment in PathParser::from(data) {
        let from = source.position.at;
        if let Drawn::Arc(ellipse, to) = source.drawn(segment.ok()?)? {
            has_arcs = true;
            is_delicate |= ellipse.reach(from, to) > DELICATE;
        }
    }
    Some(match (has_arcs, is_delicate) {
        (false, _) => [Care::Any(Precision::Near), Care::AsItWas(Precision::Single)],
        (true, false) => [
            Care::Any(Precision::Single),
            Care::AsItWas(Precision::Double),
        ],
        (true, true) => [Precision::Single, Precision::Double].map(Care::AsItWas),
    })
}

/// The coordinates of a list of points, shorter.
pub(super) fn points(text: &str) -> Option<String> {
    let mut pen = Pen::new(Care::Any(Precision::Single));
    for number in list(text, number_of)?.split_ascii_whitespace() {
        pen.coordinate_alone(number.parse().ok()?)?;
    }
    Some(pen.finish())
}

fn number_of(text: &str) -> Option<String> {
    Decimal::parse(text).map(|number| number.text(Notation::Scientific))
}

fn written_with(data: &str, care: Care) -> Option<String> {
    let mut source = Source::default();
    let mut pen = Pen::new(care);
    for segment in PathParser::from(data) {
        let segment = segment.ok()?;
        let from = source.position.at;
        let drawn = source.drawn(segment)?;
        let base = match segment.is_abs() {
            true => Base::Absolute,
            false => Base::Relative,
        };
        let tie = match (drawn.leads_on(from), source.position.is_closed()) {
            (false, false) => Tie::Free,
            (true, false) => Tie::Here,
            (false, true) => Tie::Start,
            (true, true) => Tie::Both,
        };
        pen.draw(&drawn, base, tie)?;
    }
    Some(pen.finish())
}

/// Whether two paths come to the same points.
fn draws_the_same(one: &str, other: &str) -> bool {
    let mut others = SimplifyingPathParser::from(other);
    for one in SimplifyingPathParser::from(one) {
        match (one, others.next()) {
            (Ok(one), Some(Ok(other))) if is_same(one, other) => {}
            _ => return false,
        }
    }
    others.next().is_none()
}

fn is_same(one: SimplePathSegment, other: SimplePathSegment) -> bool {
    let numbers = |segment| -> (u8, [f64; 6]) {
        match segment {
            SimplePathSegment::MoveTo { x, y } => (0, [x, y, 0.0, 0.0, 0.0, 0.0]),
            SimplePathSegment::LineTo { x, y } => (1, [x, y, 0.0, 0.0, 0.0, 0.0]),
            SimplePathSegment::CurveTo {
                x1,
                y1,
                x2,
                y2,
                x,
                y,
            } => (2, [x1, y1, x2, y2, x, y]),
            SimplePathSegment::Quadratic { x1, y1, x, y } => (3, [x1, y1, x, y, 0.0, 0.0]),
            SimplePathSegment::ClosePath => (4, [0.0; 6]),
        }
    };
    let (one, other) = (numbers(one), numbers(other));
    let mut pairs = one.1.iter().zip(other.1);
    one.0 == other.0 && pairs.all(|(one, other)| *one as f32 == other as f32)
}

/// A coordinate as renderers come to it: some add up in double precision, others in single.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Coordinate {
    double: f64,
    single: f32,
}

impl Coordinate {
    fn plus(self, number: f64) -> Self {
        Self {
            double: self.double + number,
            single: self.single + number as f32,
        }
    }

    fn mirrored(self, other: Self) -> Self {
        Self {
            double: self.double * 2.0 - other.double,
            single: self.single * 2.0 - other.single,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    x: Coordinate,
    y: Coordinate,
}

impl Point {
    fn plus(self, x: f64, y: f64) -> Self {
        Self {
            x: self.x.plus(x),
            y: self.y.plus(y),
        }
    }

    /// The point that is as far on the other side of `self`.
    fn mirrored(self, other: Self) -> Self {
        Self {
            x: self.x.mirrored(other.x),
            y: self.y.mirrored(other.y),
        }
    }

    const fn is_finite(self) -> bool {
        self.x.double.is_finite() && self.y.double.is_finite()
    }
}

/// The control point that a smooth curve continues.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Control {
    #[default]
    None,
    Cubic(Point),
    Quadratic(Point),
}

/// A segment with absolute points.
#[derive(Clone, Copy, Debug)]
enum Drawn {
    Move(Point),
    Line(Point),
    Cubic(Point, Point, Point),
    Quadratic(Point, Point),
    Arc(Ellipse, Point),
    Close,
}

impl Drawn {
    /// Whether its first point is the one that it begins at.
    fn leads_on(&self, from: Point) -> bool {
        match self {
            Self::Line(to) | Self::Arc(_, to) => *to == from,
            Self::Cubic(first, ..) | Self::Quadratic(first, _) => *first == from,
            Self::Move(_) | Self::Close => false,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Ellipse {
    radii: (f64, f64),
    rotation: f64,
    large: bool,
    sweep: bool,
}

impl Ellipse {
    /// The distance between the ends of an arc as a share of the greatest that its radii reach, squared.
    fn reach(&self, from: Point, to: Point) -> f64 {
        let (sin, cos) = self.rotation.to_radians().sin_cos();
        let x = (to.x.double - from.x.double) / 2.0;
        let y = (to.y.double - from.y.double) / 2.0;
        let (along, across) = (cos * x + sin * y, cos * y - sin * x);
        (along / self.radii.0).powi(2) + (across / self.radii.1).powi(2)
    }
}

/// Where a path is, while it is read or written.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    at: Point,
    start: Point,
    control: Control,
}

impl Position {
    /// The position after a segment.
    fn after(self, drawn: &Drawn) -> Self {
        let at = |at| Self {
            at,
            control: Control::None,
            ..self
        };
        match *drawn {
            Drawn::Move(to) => Self {
                start: to,
                ..at(to)
            },
            Drawn::Line(to) | Drawn::Arc(_, to) => at(to),
            Drawn::Cubic(_, control, to) => Self {
                control: Control::Cubic(control),
                ..at(to)
            },
            Drawn::Quadratic(control, to) => Self {
                control: Control::Quadratic(control),
                ..at(to)
            },
            Drawn::Close => at(self.start),
        }
    }

    /// Whether it is where it began.
    fn is_closed(&self) -> bool {
        self.at == self.start
    }

    /// The first control point of a smooth curve of three.
    fn smooth_cubic(&self) -> Point {
        match self.control {
            Control::Cubic(control) => self.at.mirrored(control),
            _ => self.at,
        }
    }

    /// The control point of a smooth curve of two.
    fn smooth_quadratic(&self) -> Point {
        match self.control {
            Control::Quadratic(control) => self.at.mirrored(control),
            _ => self.at,
        }
    }
}

/// The path as it is read.
#[derive(Default)]
struct Source {
    position: Position,
}

impl Source {
    /// A segment with its points absolute; nothing where they are beyond all numbers.
    fn drawn(&mut self, segment: PathSegment) -> Option<Drawn> {
        let base = match segment.is_abs() {
            true => Point::default(),
            false => self.position.at,
        };
        let to = |x: f64, y: f64| base.plus(x, y);
        let at = self.position.at;
        let drawn = match segment {
            PathSegment::MoveTo { x, y, .. } => Drawn::Move(to(x, y)),
            PathSegment::LineTo { x, y, .. } => Drawn::Line(to(x, y)),
            PathSegment::HorizontalLineTo { x, .. } => Drawn::Line(Point {
                y: at.y,
                ..to(x, 0.0)
            }),
            PathSegment::VerticalLineTo { y, .. } => Drawn::Line(Point {
                x: at.x,
                ..to(0.0, y)
            }),
            PathSegment::CurveTo {
                x1,
                y1,
                x2,
                y2,
                x,
                y,
                ..
            } => Drawn::Cubic(to(x1, y1), to(x2, y2), to(x, y)),
            PathSegment::SmoothCurveTo { x2, y2, x, y, .. } => {
                Drawn::Cubic(self.position.smooth_cubic(), to(x2, y2), to(x, y))
            }
            PathSegment::Quadratic { x1, y1, x, y, .. } => Drawn::Quadratic(to(x1, y1), to(x, y)),
            PathSegment::SmoothQuadratic { x, y, .. } => {
                Drawn::Quadratic(self.position.smooth_quadratic(), to(x, y))
            }
            PathSegment::EllipticalArc {
                rx,
                ry,
                x_axis_rotation: rotation,
                large_arc: large,
                sweep,
                x,
                y,
                ..
            } => {
                let ellipse = Ellipse {
                    radii: (rx, ry),
                    rotation,
                    large,
                    sweep,
                };
                Drawn::Arc(ellipse, to(x, y))
            }
            PathSegment::ClosePath { .. } => Drawn::Close,
        };
        self.position = self.position.after(&drawn);
        self.position.at.is_finite().then_some(drawn)
    }
}

#[cfg(test)]
mod tests;
