//! Segments to the shortest of their ways.

use super::text::Text;
use super::{Coordinate, Drawn, Ellipse, Point, Position};
use crate::image::svg::minify::number::Decimal;

/// Powers of ten by which coordinates are multiplied: the most places after the point that are tried.
const SCALES: [f64; 13] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
];

/// The most numbers of a command.
const MAX_NUMBERS: usize = 7;

/// How near a coordinate must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// The same in single precision where it is added up in double, and all but the same where it is added up in single.
    Near,
    /// The same in single precision however it is added up.
    Single,
    /// Nearly the same in double precision, of which some renderers compute arcs, and the same in single.
    Double,
}

/// What is heeded in writing a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Commands may count from elsewhere.
    Any(Precision),
    /// Commands count from where they did.
    AsItWas(Precision),
}

/// Which points of a segment are also points of what is there. Written in two ways, a browser may read two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// None.
    Free,
    /// The first is where the segment begins.
    Here,
    /// The last is where the path begins.
    Start,
    /// Both of these.
    Both,
}

/// How far a coordinate may be off that is added up in single precision, as a share of the numbers that it is the sum of.
const NEAR: f32 = 2.0 * f32::EPSILON;

/// The path as it is written. Its position is where what was written leads, so that what is rounded does not add up.
pub(super) struct Pen {
    care: Care,
    position: Position,
    text: Text,
}

/// A way to write a segment, and the segment that a reader makes of it.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) letter: u8,
    numbers: [Decimal; MAX_NUMBERS],
    count: usize,
    drawn: Drawn,
}

impl Way {
    pub(super) fn numbers(&self) -> impl Iterator<Item = Decimal> {
        self.numbers.into_iter().take(self.count)
    }
}

/// Where the numbers of a command count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Absolute,
    Relative,
}

impl Pen {
    /// A path that is to begin.
    pub(super) fn new(care: Care) -> Self {
        Self {
            care,
            position: Position::default(),
            text: Text::default(),
        }
    }

    /// Writes a segment, which counted from `base`, in the shortest of its ways; nothing where a point of it cannot be
    /// written.
    pub(super) fn draw(&mut self, drawn: &Drawn, base: Base, tie: Tie) -> Option<()> {
        let bases = match (self.care, tie) {
            (Care::AsItWas(_), _) | (_, Tie::Start) => &[base],
            (_, Tie::Here) => &[Base::Relative],
            (_, Tie::Both) if base == Base::Relative => &[base],
            (_, Tie::Both) => return None,
            (_, Tie::Free) => &[Base::Absolute, Base::Relative][..],
        };
        let precision = self.precision(tie);
        let mut best: Option<(usize, Way)> = None;
        for base in bases {
            let numbers = Numbers::new(self.position.at, *base, precision);
            let short = self.short(drawn, numbers);
            let ways = short.into_iter().chain(plain(drawn, numbers));
            for way in ways {
                let length = self.text.length_of(&way);
                if best.as_ref().is_none_or(|(least, _)| length < *least) {
                    best = Some((length, way));
                }
            }
        }
        let (_, way) = best?;
        self.text.command(&way);
        self.position = self.position.after(&way.drawn);
        Some(())
    }

    /// How near the points of a segment must come. Where a path begins and ends must be one place.
    const fn precision(&self, tie: Tie) -> Precision {
        match (self.care, tie) {
            (Care::Any(Precision::Near), Tie::Start | Tie::Both) => Precision::Single,
            (Care::Any(precision) | Care::AsItWas(precision), _) => precision,
        }
    }

    /// Writes a coordinate that belongs to no segment.
    pub(super) fn coordinate_alone(&mut self, wanted: f64) -> Option<()> {
        let start = Coordinate::default();
        let mut numbers =
            Numbers::new(Point::default(), Base::Absolute, self.precision(Tie::Start));
        numbers.x(start.plus(wanted))?;
        let number = numbers.numbers[0];
        self.text.number(number);
        Some(())
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.text.finish()
    }

    /// A segment without what follows from where the path is, where something does.
    fn short(&self, drawn: &Drawn, mut numbers: Numbers) -> Option<Way> {
        let at = self.position.at;
        let precision = numbers.precision;
        match *drawn {
            Drawn::Line(to) if precision.reaches(at.y, to.y) => {
                let x = numbers.x(to.x)?;
                Some(numbers.way(b'H', Drawn::Line(Point { x, y: at.y })))
            }
            Drawn::Line(to) if precision.reaches(at.x, to.x) => {
                let y = numbers.y(to.y)?;
                Some(numbers.way(b'V', Drawn::Line(Point { x: at.x, y })))
            }
            Drawn::Cubic(one, other, to) => {
                let smooth = self.position.smooth_cubic();
                if !precision.is_near(smooth, one) {
                    return None;
                }
                let (other, to) = (numbers.point(other)?, numbers.point(to)?);
                Some(numbers.way(b'S', Drawn::Cubic(smooth, other, to)))
            }
            Drawn::Quadratic(control, to) => {
                let smooth = self.position.smooth_quadratic();
                if !precision.is_near(smooth, control) {
                    return None;
                }
                let to = numbers.point(to)?;
                Some(numbers.way(b'T', Drawn::Quadratic(smooth, to)))
            }
            _ => None,
        }
    }
}

impl Precision {
    fn is_near(self, one: Point, other: Point) -> bool {
        self.reaches(one.x, other.x) && self.reaches(one.y, other.y)
    }

    /// Whether a coordinate is where it should be.
    fn reaches(self, found: Coordinate, wanted: Coordinate) -> bool {
        self.reaches_of(found, wanted, wanted.single)
    }

    /// The same of a coordinate that was added up of numbers as large as `size`.
    fn reaches_of(self, found: Coordinate, wanted: Coordinate, size: f32) -> bool {
        let off = (found.double - wanted.double).abs();
        let is_same = found.double as f32 == wanted.double as f32;
        let (one, other) = (found.single, wanted.single);
        let near = NEAR * other.abs().max(size.abs()).max(1.0);
        match self {
            Self::Near => is_same && (one - other).abs() <= near,
            Self::Single => is_same && one == other,
            Self::Double => off <= 1e-12 * wanted.double.abs().max(1.0) && one == other,
        }
    }
}

/// A segment with all of its points.
fn plain(drawn: &Drawn, mut numbers: Numbers) -> Option<Way> {
    Some(match *drawn {
        Drawn::Move(to) => {
            let to = numbers.point(to)?;
            numbers.way(b'M', Drawn::Move(to))
        }
        Drawn::Line(to) => {
            let to = numbers.point(to)?;
            numbers.way(b'L', Drawn::Line(to))
        }
        Drawn::Cubic(one, other, to) => {
            let (one, other) = (numbers.point(one)?, numbers.point(other)?);
            let to = numbers.point(to)?;
            numbers.way(b'C', Drawn::Cubic(one, other, to))
        }
        Drawn::Quadratic(control, to) => {
            let (control, to) = (numbers.point(control)?, numbers.point(to)?);
            numbers.way(b'Q', Drawn::Quadratic(control, to))
        }
        Drawn::Arc(ellipse, to) => {
            numbers.ellipse(&ellipse)?;
            let to = numbers.point(to)?;
            numbers.way(b'A', Drawn::Arc(ellipse, to))
        }
        Drawn::Close => numbers.way(b'z', Drawn::Close),
    })
}

/// The number nearest to `near` with the fewest places that is good enough.
fn shortest(near: f64, is_good: impl Fn(f64) -> bool) -> Option<(Decimal, f64)> {
    for (places, scale) in (0..).zip(SCALES) {
        let number = (near * scale).round();
        // Beyond these not every whole number is one of double precision.
        if number.abs() > 9e15 {
            return None;
        }
        // As exact as a reader's: both are whole numbers of double precision.
        let value = number / scale;
        if is_good(value) {
            return Some((Decimal::of(number as i64, places), value));
        }
    }
    None
}

/// The numbers of a command.
#[derive(Clone, Copy)]
struct Numbers {
    at: Point,
    base: Base,
    precision: Precision,
    numbers: [Decimal; MAX_NUMBERS],
    count: usize,
}

impl Numbers {
    fn new(at: Point, base: Base, precision: Precision) -> Self {
        Self {
            at,
            base,
            precision,
            numbers: [Decimal::default(); MAX_NUMBERS],
            count: 0,
        }
    }

    /// Adds a point, and answers where a reader will see it.
    fn point(&mut self, point: Point) -> Option<Point> {
        let x = self.x(point.x)?;
        let y = self.y(point.y)?;
        Some(Point { x, y })
    }

    fn x(&mut self, x: Coordinate) -> Option<Coordinate> {
        self.coordinate(x, self.at.x)
    }

    fn y(&mut self, y: Coordinate) -> Option<Coordinate> {
        self.coordinate(y, self.at.y)
    }

    fn coordinate(&mut self, wanted: Coordinate, at: Coordinate) -> Option<Coordinate> {
        let base = match self.base {
            Base::Absolute => Coordinate::default(),
            Base::Relative => at,
        };
        let is_good = |number| {
            let found = base.plus(number);
            self.precision.reaches_of(found, wanted, base.single)
        };
        let (number, value) = shortest(wanted.double - base.double, is_good)?;
        self.push(number);
        Some(base.plus(value))
    }

    /// Adds radii, rotation and flags, which are as they were.
    fn ellipse(&mut self, ellipse: &Ellipse) -> Option<()> {
        for number in [ellipse.radii.0, ellipse.radii.1, ellipse.rotation] {
            let (number, _) = shortest(number, |short| short == number)?;
            self.push(number);
        }
        for flag in [ellipse.large, ellipse.sweep] {
            self.push(Decimal::of(flag.into(), 0));
        }
        Some(())
    }

    fn push(&mut self, number: Decimal) {
        self.numbers[self.count] = number;
        self.count += 1;
    }

    fn way(self, letter: u8, drawn: Drawn) -> Way {
        Way {
            letter: match self.base {
                Base::Absolute if letter != b'z' => letter,
                _ => letter.to_ascii_lowercase(),
            },
            numbers: self.numbers,
            count: self.count,
            drawn,
        }
    }
}
