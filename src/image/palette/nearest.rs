//! Distances between colours.

/// By how much a difference of red, green, blue and alpha counts: the eye sees green best and blue least.
const SCALES: [f32; 4] = [1.6, 2.0, 1.2, 2.0];

/// A colour where distances mean something: premultiplied, and each channel scaled.
pub(super) type Point = [f32; 4];

/// The place of a colour whose first three channels are premultiplied by alpha.
pub(super) fn point(premultiplied: [f32; 4]) -> Point {
    std::array::from_fn(|channel| premultiplied[channel] * SCALES[channel])
}

/// The place of a colour with straight alpha.
pub(super) fn point_of(color: [u8; 4]) -> Point {
    let [r, g, b] = premultiplied(color);
    point([
        f32::from(r),
        f32::from(g),
        f32::from(b),
        f32::from(color[3]),
    ])
}

/// Red, green and blue times alpha.
pub(super) fn premultiplied([r, g, b, alpha]: [u8; 4]) -> [u8; 3] {
    let times = |channel: u8| ((u32::from(channel) * u32::from(alpha) + 127) / 255) as u8;
    [times(r), times(g), times(b)]
}

/// The colour at a place, with straight alpha.
pub(super) fn color_of(point: Point) -> [u8; 4] {
    let alpha = (point[3] / SCALES[3]).clamp(1.0, 255.0);
    let straight = |channel: usize| {
        let premultiplied = point[channel] / SCALES[channel];
        (premultiplied * 255.0 / alpha).round() as u8
    };
    [straight(0), straight(1), straight(2), alpha.round() as u8]
}

pub(super) fn distance(a: &Point, b: &Point) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A search for the nearest of up to 256 places.
///
/// They stand in the order of their projections on the grey axis: two places are at least as far apart as their
/// projections, so a search that goes outwards from its own projection can soon stop.
pub(super) struct Nearest {
    places: Vec<Place>,
}

struct Place {
    projection: f32,
    point: Point,
    number: u8,
}

impl Nearest {
    /// A search among numbered places; there is at least one.
    pub(super) fn new(places: impl Iterator<Item = (u8, Point)>) -> Self {
        let mut places: Vec<Place> = places
            .map(|(number, point)| Place {
                projection: projection(&point),
                point,
                number,
            })
            .collect();
        places.sort_by(|a, b| a.projection.total_cmp(&b.projection));
        Self { places }
    }

    /// The number of the place nearest to a point; 0 where there is no place at all.
    pub(super) fn of(&self, point: &Point) -> u8 {
        let own = projection(point);
        let middle = self.places.partition_point(|place| place.projection < own);
        let (below, above) = self.places.split_at(middle);
        let mut best = (f32::INFINITY, 0);
        let mut sides = (below.iter().rev().peekable(), above.iter().peekable());
        loop {
            let gaps = (
                sides.0.peek().map_or(f32::INFINITY, |p| own - p.projection),
                sides.1.peek().map_or(f32::INFINITY, |p| p.projection - own),
            );
            let gap = gaps.0.min(gaps.1);
            if gap * gap >= best.0 {
                return best.1;
            }
            let next = if gaps.0 < gaps.1 {
                sides.0.next()
            } else {
                sides.1.next()
            };
            let Some(place) = next else { return best.1 };
            let off = distance(&place.point, point);
            if off < best.0 {
                best = (off, place.number);
            }
        }
    }
}

/// The projection on the axis from black to white.
fn projection(point: &Point) -> f32 {
    const SQRT_OF_A_THIRD: f32 = 0.577_350_26;
    (point[0] + point[1] + point[2]) * SQRT_OF_A_THIRD
}
