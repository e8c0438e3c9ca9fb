//! Where an inner box lies in an outer one.

use super::ask::{Compass, Gravity};
use super::dihedral::Dihedral;
use super::geometry::{Point, Size};

/// A gravity taken apart into its axes, so that it can be turned with the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Placement {
    /// Against a side or the middle, moved by offsets.
    Anchored {
        /// Along the width.
        x: Anchor,
        /// Along the height.
        y: Anchor,
    },
    /// Around a focal point.
    FocalPoint {
        /// Share of the width.
        x: f64,
        /// Share of the height.
        y: f64,
    },
    /// With these shares of the gaps before the box.
    Apart(Shares),
}

/// Shares 0..=1 of the gaps that an inner box leaves along width and height: how much of them lies before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Default for Shares {
    /// The middle.
    fn default() -> Self {
        Self { x: 0.5, y: 0.5 }
    }
}

impl From<Shares> for Placement {
    fn from(shares: Shares) -> Self {
        Self::Apart(shares)
    }
}

/// What one axis of an anchored box is measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Anchor {
    side: Side,
    /// Away from the side, or from the middle towards the end: pixels from 1 upwards in size, else a share.
    offset: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Start,
    Middle,
    End,
}

impl From<Gravity> for Placement {
    fn from(gravity: Gravity) -> Self {
        match gravity {
            Gravity::FocalPoint { x, y } => Self::FocalPoint { x, y },
            // Who has looked places by what was seen.
            Gravity::Smart => Shares::default().into(),
            Gravity::Compass { at, x, y } => {
                let (horizontal, vertical) = sides(at);
                Self::Anchored {
                    x: Anchor {
                        side: horizontal,
                        offset: x,
                    },
                    y: Anchor {
                        side: vertical,
                        offset: y,
                    },
                }
            }
        }
    }
}

const fn sides(at: Compass) -> (Side, Side) {
    match at {
        Compass::Center => (Side::Middle, Side::Middle),
        Compass::North => (Side::Middle, Side::Start),
        Compass::South => (Side::Middle, Side::End),
        Compass::East => (Side::End, Side::Middle),
        Compass::West => (Side::Start, Side::Middle),
        Compass::NorthEast => (Side::End, Side::Start),
        Compass::NorthWest => (Side::Start, Side::Start),
        Compass::SouthEast => (Side::End, Side::End),
        Compass::SouthWest => (Side::Start, Side::End),
    }
}

impl Placement {
    /// The placement in the picture that `by` makes of this one's.
    pub(super) fn moved(self, by: Dihedral) -> Self {
        match self {
            Self::Anchored { x, y } => {
                let (x, y) = if by.swaps_sides() { (y, x) } else { (x, y) };
                Self::Anchored {
                    x: if by.mirrors_x() { x.mirrored() } else { x },
                    y: if by.mirrors_y() { y.mirrored() } else { y },
                }
            }
            Self::FocalPoint { x, y } => {
                let (x, y) = if by.swaps_sides() { (y, x) } else { (x, y) };
                Self::FocalPoint {
                    x: if by.mirrors_x() { 1.0 - x } else { x },
                    y: if by.mirrors_y() { 1.0 - y } else { y },
                }
            }
            Self::Apart(Shares { x, y }) => {
                let (x, y) = if by.swaps_sides() { (y, x) } else { (x, y) };
                Self::Apart(Shares {
                    x: if by.mirrors_x() { 1.0 - x } else { x },
                    y: if by.mirrors_y() { 1.0 - y } else { y },
                })
            }
        }
    }

    /// The top left corner of a box of size `inner` in one of size `outer`, always inside.
    ///
    /// `dpr` multiplies the offsets that are pixels.
    pub(super) fn position(self, outer: Size, inner: Size, dpr: f64) -> Point {
        let (left, top) = match self {
            Self::Anchored { x, y } => (
                x.position(outer.width, inner.width, dpr),
                y.position(outer.height, inner.height, dpr),
            ),
            Self::FocalPoint { x, y } => (
                around(x, outer.width, inner.width),
                around(y, outer.height, inner.height),
            ),
            Self::Apart(Shares { x, y }) => (
                apart(x, outer.width, inner.width),
                apart(y, outer.height, inner.height),
            ),
        };
        Point {
            x: inside(left, outer.width, inner.width),
            y: inside(top, outer.height, inner.height),
        }
    }
}

impl Anchor {
    fn mirrored(self) -> Self {
        match self.side {
            Side::Start => Self {
                side: Side::End,
                ..self
            },
            Side::Middle => Self {
                offset: -self.offset,
                ..self
            },
            Side::End => Self {
                side: Side::Start,
                ..self
            },
        }
    }

    fn position(self, outer: u32, inner: u32, dpr: f64) -> f64 {
        let (outer, inner) = (f64::from(outer), f64::from(inner));
        let offset = if self.offset.abs() >= 1.0 {
            (self.offset * dpr).round_ties_even()
        } else {
            (outer * self.offset).round_ties_even()
        };
        match self.side {
            Side::Start => offset,
            // Half of the gap and a half, to even: an even gap g lands on g/2 or, where that is odd, one further.
            Side::Middle => ((outer - inner + 1.0) / 2.0).round_ties_even() + offset,
            Side::End => outer - inner - offset,
        }
    }
}

fn around(share: f64, outer: u32, inner: u32) -> f64 {
    (f64::from(outer) * share).round_ties_even() - f64::from(inner / 2)
}

fn apart(share: f64, outer: u32, inner: u32) -> f64 {
    (f64::from(outer.saturating_sub(inner)) * share).round_ties_even()
}

fn inside(position: f64, outer: u32, inner: u32) -> u32 {
    // The cast saturates, and makes 0 of anything negative.
    (position as u32).min(outer.saturating_sub(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compass(at: Compass, x: f64, y: f64) -> Gravity {
        Gravity::Compass { at, x, y }
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    fn position(gravity: Gravity, outer: Size, inner: Size, dpr: f64) -> (u32, u32) {
        let point = Placement::from(gravity).position(outer, inner, dpr);
        (point.x, point.y)
    }

    #[test]
    fn compass_points_lie_at_their_sides() {
        // The gaps are 60 and 32: 60/2 + 1/2 rounds to 30, 32/2 + 1/2 to 16.
        let table = [
            (Compass::Center, (30, 16)),
            (Compass::North, (30, 0)),
            (Compass::South, (30, 32)),
            (Compass::East, (60, 16)),
            (Compass::West, (0, 16)),
            (Compass::NorthEast, (60, 0)),
            (Compass::NorthWest, (0, 0)),
            (Compass::SouthEast, (60, 32)),
            (Compass::SouthWest, (0, 32)),
        ];
        for (at, expected) in table {
            let gravity = compass(at, 0.0, 0.0);
            assert_eq!(
                position(gravity, size(100, 50), size(40, 18), 1.0),
                expected,
                "{at:?}"
            );
        }
    }

    #[test]
    fn the_middle_of_an_even_gap_is_its_half_or_the_even_number_after() {
        // (gap, left): odd gaps halve upwards; even gaps whose half is odd go one further.
        let table = [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 2),
            (5, 3),
            (6, 4),
            (7, 4),
            (8, 4),
            (9, 5),
            (10, 6),
            (60, 30),
            (62, 32),
        ];
        for (gap, left) in table {
            let at = position(Gravity::default(), size(100 + gap, 10), size(100, 10), 1.0);
            assert_eq!(at, (left, 0), "gap {gap}");
        }
    }

    #[test]
    fn offsets_point_inwards_from_a_side_and_onwards_from_the_middle() {
        let table = [
            (compass(Compass::NorthWest, 5.0, 7.0), (5, 7)),
            (compass(Compass::SouthEast, 5.0, 7.0), (55, 25)),
            (compass(Compass::North, 5.0, 7.0), (35, 7)),
            (compass(Compass::South, -5.0, 7.0), (25, 25)),
            (compass(Compass::East, 5.0, -6.0), (55, 10)),
            (compass(Compass::Center, 5.0, 6.0), (35, 22)),
            // Shares of the outer side: 100 * 0.125 = 12.5 to even 12, 50 * 0.05 = 2.5 to even 2.
            (compass(Compass::NorthWest, 0.125, 0.05), (12, 2)),
            (compass(Compass::SouthEast, 0.125, 0.05), (48, 30)),
            (compass(Compass::Center, -0.1, 0.1), (20, 21)),
            // Beyond the edge: held inside.
            (compass(Compass::NorthWest, -5.0, 1000.0), (0, 32)),
            (compass(Compass::SouthEast, 1e300, -1e300), (0, 32)),
            (compass(Compass::Center, f64::NAN, 0.0), (0, 16)),
        ];
        for (gravity, expected) in table {
            assert_eq!(
                position(gravity, size(100, 50), size(40, 18), 1.0),
                expected,
                "{gravity:?}"
            );
        }
    }

    #[test]
    fn dpr_multiplies_pixels_and_leaves_shares() {
        let table = [
            (compass(Compass::NorthWest, 5.0, 3.0), 2.0, (10, 6)),
            // 5 * 0.5 = 2.5 to even 2; 3 * 0.5 = 1.5 to even 2.
            (compass(Compass::NorthWest, 5.0, 3.0), 0.5, (2, 2)),
            (compass(Compass::NorthWest, 0.1, 0.5), 2.0, (10, 25)),
        ];
        for (gravity, dpr, expected) in table {
            assert_eq!(
                position(gravity, size(100, 50), size(40, 18), dpr),
                expected,
                "{gravity:?}"
            );
        }
    }

    #[test]
    fn a_focal_point_is_in_the_middle_of_the_box_where_it_can_be() {
        let table = [
            ((0.5, 0.5), (40, 20), (30, 15)),
            ((0.0, 0.0), (40, 20), (0, 0)),
            ((1.0, 1.0), (40, 20), (60, 30)),
            ((0.25, 0.75), (40, 20), (5, 28)),
            // The half of an odd inner side is rounded down.
            ((0.5, 0.5), (41, 21), (30, 15)),
            // 100 * 0.305 = 30.5 to even 30.
            ((0.305, 0.5), (40, 20), (10, 15)),
        ];
        for ((x, y), (width, height), expected) in table {
            // 50 * 0.75 = 37.5 to even 38.
            let gravity = Gravity::FocalPoint { x, y };
            let found = position(gravity, size(100, 50), size(width, height), 3.0);
            assert_eq!(found, expected, "{x} {y}");
        }
    }

    #[test]
    fn a_box_larger_than_its_frame_starts_at_the_corner() {
        for at in [Compass::Center, Compass::SouthEast] {
            let gravity = compass(at, 0.0, 0.0);
            assert_eq!(
                position(gravity, size(10, 10), size(20, 20), 1.0),
                (0, 0),
                "{at:?}"
            );
        }
    }

    #[test]
    fn what_was_seen_takes_its_share_of_the_gap_and_moves_with_the_picture() {
        let (outer, inner) = (size(101, 53), size(40, 20));
        let table = [
            ((0.0, 0.0), (0, 0)),
            ((1.0, 1.0), (61, 33)),
            ((0.5, 0.25), (30, 8)),
        ];
        for ((x, y), expected) in table {
            let placement = Placement::from(Shares { x, y });
            let at = placement.position(outer, inner, 2.0);
            assert_eq!((at.x, at.y), expected);
            for by in Dihedral::ALL {
                let moved = placement.moved(by);
                let there = by.rect(at.rect(inner), outer);
                let found = moved.position(by.size(outer), by.size(inner), 1.0);
                let error = found.x.abs_diff(there.left) + found.y.abs_diff(there.top);
                assert!(error <= 1, "{by:?}: {found:?} and not {there:?}");
            }
        }
    }

    #[test]
    fn gravity_moves_with_the_picture() {
        // Odd gaps have no quirk, so the box that is placed and then moved is the box that is placed after moving.
        let gravities = [
            compass(Compass::NorthWest, 3.0, 5.0),
            compass(Compass::North, 3.0, 5.0),
            compass(Compass::East, 0.125, -4.0),
            compass(Compass::SouthWest, 2.0, 0.25),
            compass(Compass::South, -2.0, 1.0),
        ];
        let (outer, inner) = (size(101, 53), size(40, 20));
        for gravity in gravities {
            for by in Dihedral::ALL {
                let placement = Placement::from(gravity);
                let at = placement.position(outer, inner, 1.0);
                let expected = by.rect(at.rect(inner), outer);
                let found = placement
                    .moved(by)
                    .position(by.size(outer), by.size(inner), 1.0);
                let error = found.x.abs_diff(expected.left) + found.y.abs_diff(expected.top);
                assert!(
                    error <= 1,
                    "{gravity:?} {by:?}: {found:?} and not {expected:?}"
                );
                assert_eq!(placement.moved(by).moved(by.inverse()), placement);
            }
        }
    }
}
