//! Path data in fewer letters, with every point where it was.
//!
//! Each command is written in the shortest of the ways that reach its points, absolute or relative, and with as few
//! digits as tell the coordinates in single precision, in which all renderers keep them. Whether the outcome draws the
//! same is then asked of the parser that the renderer here reads paths with. No segment is added or left out: markers
//! stand on them.

use svgtypes::{PathParser, PathSegment, SimplePathSegment, SimplifyingPathParser};

use super::number::{Decimal, Notation};

/// Powers of ten by which coordinates are multiplied: the most places after the point that are tried.
const SCALES: [f64; 13] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
];

/// The most numbers of a command.
const MAX_NUMBERS: usize = 7;

/// How near a coordinate must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    /// The same in single precision.
    Single,
    /// Nearly the same in double precision: what arcs are computed of.
    Double,
}

/// Path data that draws the same in fewer bytes; nothing where there is none, or where the data ends in an error.
pub(super) fn shorter(data: &str) -> Option<String> {
    let written = [Precision::Single, Precision::Double]
        .into_iter()
        .filter_map(|precision| written(data, precision));
    let mut shorter = written.filter(|written| written.len() < data.len());
    shorter.find(|written| draws_the_same(data, written))
}

/// The coordinates of a list of points, shorter.
pub(super) fn points(text: &str) -> Option<String> {
    let mut pen = Pen::new(Precision::Single);
    for number in super::number::list(text, number_of)?.split_ascii_whitespace() {
        let (short, _) = pen.coordinate(number.parse().ok()?, 0.0)?;
        pen.text.number(short);
    }
    Some(pen.text.written)
}

fn number_of(text: &str) -> Option<String> {
    Decimal::parse(text).map(|number| number.text(Notation::Scientific))
}

fn written(data: &str, precision: Precision) -> Option<String> {
    let mut source = Source::default();
    let mut pen = Pen::new(precision);
    for segment in PathParser::from(data) {
        let drawn = source.drawn(segment.ok()?)?;
        pen.draw(&drawn)?;
    }
    Some(pen.text.written)
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

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

impl Point {
    /// The point that is as far on the other side of `self`.
    fn mirrored(self, other: Self) -> Self {
        Self {
            x: self.x * 2.0 - other.x,
            y: self.y * 2.0 - other.y,
        }
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

#[derive(Clone, Copy, Debug)]
struct Ellipse {
    radii: Point,
    rotation: f64,
    large: bool,
    sweep: bool,
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
        let to = |x: f64, y: f64| Point {
            x: base.x + x,
            y: base.y + y,
        };
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
                let radii = Point { x: rx, y: ry };
                let ellipse = Ellipse {
                    radii,
                    rotation,
                    large,
                    sweep,
                };
                Drawn::Arc(ellipse, to(x, y))
            }
            PathSegment::ClosePath { .. } => Drawn::Close,
        };
        self.position = self.position.after(&drawn);
        let at = self.position.at;
        (at.x.is_finite() && at.y.is_finite()).then_some(drawn)
    }
}

/// The path as it is written. Its position is where what was written leads, so that what is rounded does not add up.
struct Pen {
    precision: Precision,
    position: Position,
    text: Text,
}

/// A way to write a segment, and the segment that a reader makes of it.
#[derive(Clone, Copy)]
struct Way {
    letter: u8,
    numbers: [Decimal; MAX_NUMBERS],
    count: usize,
    drawn: Drawn,
}

impl Way {
    fn numbers(&self) -> impl Iterator<Item = Decimal> {
        self.numbers.into_iter().take(self.count)
    }
}

/// Where the numbers of a command count from.
#[derive(Clone, Copy)]
enum Base {
    Absolute,
    Relative,
}

impl Pen {
    fn new(precision: Precision) -> Self {
        Self {
            precision,
            position: Position::default(),
            text: Text::default(),
        }
    }

    /// Writes a segment in the shortest of its ways; nothing where a point of it cannot be written.
    fn draw(&mut self, drawn: &Drawn) -> Option<()> {
        let mut best: Option<(usize, Way)> = None;
        for base in [Base::Absolute, Base::Relative] {
            let short = self.short(drawn, base);
            let ways = short.into_iter().chain(self.plain(drawn, base));
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

    /// A segment with all of its points.
    fn plain(&self, drawn: &Drawn, base: Base) -> Option<Way> {
        let mut numbers = Numbers::new(self, base);
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

    /// A segment without what follows from where the path is, where something does.
    fn short(&self, drawn: &Drawn, base: Base) -> Option<Way> {
        let at = self.position.at;
        let mut numbers = Numbers::new(self, base);
        match *drawn {
            Drawn::Line(to) if self.reaches(at.y, to.y) => {
                let x = numbers.x(to.x)?;
                Some(numbers.way(b'H', Drawn::Line(Point { x, y: at.y })))
            }
            Drawn::Line(to) if self.reaches(at.x, to.x) => {
                let y = numbers.y(to.y)?;
                Some(numbers.way(b'V', Drawn::Line(Point { x: at.x, y })))
            }
            Drawn::Cubic(one, other, to) => {
                let smooth = self.position.smooth_cubic();
                if !self.is_near(smooth, one) {
                    return None;
                }
                let (other, to) = (numbers.point(other)?, numbers.point(to)?);
                Some(numbers.way(b'S', Drawn::Cubic(smooth, other, to)))
            }
            Drawn::Quadratic(control, to) => {
                let smooth = self.position.smooth_quadratic();
                if !self.is_near(smooth, control) {
                    return None;
                }
                let to = numbers.point(to)?;
                Some(numbers.way(b'T', Drawn::Quadratic(smooth, to)))
            }
            _ => None,
        }
    }

    fn is_near(&self, one: Point, other: Point) -> bool {
        self.reaches(one.x, other.x) && self.reaches(one.y, other.y)
    }

    fn reaches(&self, found: f64, wanted: f64) -> bool {
        match self.precision {
            Precision::Single => found as f32 == wanted as f32,
            Precision::Double => (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
        }
    }

    /// The number with the fewest places that leads from `base` to a coordinate.
    fn coordinate(&self, wanted: f64, base: f64) -> Option<(Decimal, f64)> {
        shortest(wanted - base, |number| self.reaches(base + number, wanted))
    }
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
struct Numbers<'a> {
    pen: &'a Pen,
    base: Base,
    numbers: [Decimal; MAX_NUMBERS],
    count: usize,
}

impl<'a> Numbers<'a> {
    fn new(pen: &'a Pen, base: Base) -> Self {
        Self {
            pen,
            base,
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

    fn x(&mut self, x: f64) -> Option<f64> {
        self.coordinate(x, self.pen.position.at.x)
    }

    fn y(&mut self, y: f64) -> Option<f64> {
        self.coordinate(y, self.pen.position.at.y)
    }

    fn coordinate(&mut self, wanted: f64, at: f64) -> Option<f64> {
        let base = match self.base {
            Base::Absolute => 0.0,
            Base::Relative => at,
        };
        let (number, value) = self.pen.coordinate(wanted, base)?;
        self.push(number);
        Some(base + value)
    }

    /// Adds radii, rotation and flags, which are as they were.
    fn ellipse(&mut self, ellipse: &Ellipse) -> Option<()> {
        for number in [ellipse.radii.x, ellipse.radii.y, ellipse.rotation] {
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

/// What was written so far.
#[derive(Default)]
struct Text {
    written: String,
    end: End,
}

/// What matters of a text to what follows it.
#[derive(Clone, Copy, Default)]
struct End {
    /// The command that numbers without one continue.
    continued: Option<u8>,
    last: Last,
}

/// What a text ends with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Letter,
    /// A number that another point ends.
    Pointed,
    /// Any other number.
    Number,
}

impl End {
    /// Whether a number has to be divided from what stands before it.
    fn is_divided_from(self, number: Decimal) -> bool {
        let begins = number.is_negative()
            || self.last == Last::Pointed && number.begins_with_point(Notation::Scientific);
        self.last != Last::Letter && !begins
    }

    fn after_letter(self, letter: u8) -> Self {
        let continued = match letter {
            b'M' => Some(b'L'),
            b'm' => Some(b'l'),
            b'z' => None,
            letter => Some(letter),
        };
        let last = match self.continued == Some(letter) {
            true => self.last,
            false => Last::Letter,
        };
        Self { continued, last }
    }

    fn after_number(self, number: Decimal) -> Self {
        let last = match number.has_point(Notation::Scientific) {
            true => Last::Pointed,
            false => Last::Number,
        };
        Self { last, ..self }
    }
}

impl Text {
    /// By how much a command makes it longer.
    fn length_of(&self, way: &Way) -> usize {
        let mut end = self.end.after_letter(way.letter);
        let mut length = usize::from(self.end.continued != Some(way.letter));
        for number in way.numbers() {
            length += usize::from(end.is_divided_from(number));
            length += number.length(Notation::Scientific);
            end = end.after_number(number);
        }
        length
    }

    fn command(&mut self, way: &Way) {
        if self.end.continued != Some(way.letter) {
            self.written.push(char::from(way.letter));
        }
        self.end = self.end.after_letter(way.letter);
        way.numbers().for_each(|number| self.number(number));
    }

    fn number(&mut self, number: Decimal) {
        if self.end.is_divided_from(number) {
            self.written.push(' ');
        }
        number.write(Notation::Scientific, &mut self.written);
        self.end = self.end.after_number(number);
    }
}

#[cfg(test)]
mod tests;
