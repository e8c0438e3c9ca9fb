//! The eight ways to lay a picture: turns by quarters and mirror images, as one group.

use super::ask::{Flip, Turn};
use super::geometry::{Rect, Size};
use crate::identify::Orientation;

/// A turn, a mirror image, or both; each variant says what becomes of the picture.
///
/// The discriminants are the values of EXIF orientation that ask for it, less one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dihedral {
    /// Nothing changes.
    Identity = 0,
    /// Left and right are swapped.
    MirrorX = 1,
    /// Half a turn.
    HalfTurn = 2,
    /// Top and bottom are swapped.
    MirrorY = 3,
    /// Rows become columns: mirrored along the diagonal from top left.
    Transpose = 4,
    /// A quarter turn clockwise.
    QuarterTurn = 5,
    /// Mirrored along the diagonal from top right.
    Transverse = 6,
    /// Three quarters of a turn clockwise.
    ThreeQuarterTurn = 7,
}

use Dihedral::{
    HalfTurn, Identity, MirrorX, MirrorY, QuarterTurn, ThreeQuarterTurn, Transpose, Transverse,
};

/// `COMPOSED[a][b]` is what doing `a` and then `b` comes to.
#[rustfmt::skip]
const COMPOSED: [[Dihedral; 8]; 8] = [
    [Identity, MirrorX, HalfTurn, MirrorY, Transpose, QuarterTurn, Transverse, ThreeQuarterTurn],
    [MirrorX, Identity, MirrorY, HalfTurn, ThreeQuarterTurn, Transverse, QuarterTurn, Transpose],
    [HalfTurn, MirrorY, Identity, MirrorX, Transverse, ThreeQuarterTurn, Transpose, QuarterTurn],
    [MirrorY, HalfTurn, MirrorX, Identity, QuarterTurn, Transpose, ThreeQuarterTurn, Transverse],
    [Transpose, QuarterTurn, Transverse, ThreeQuarterTurn, Identity, MirrorX, HalfTurn, MirrorY],
    [QuarterTurn, Transpose, ThreeQuarterTurn, Transverse, MirrorY, HalfTurn, MirrorX, Identity],
    [Transverse, ThreeQuarterTurn, Transpose, QuarterTurn, HalfTurn, MirrorY, Identity, MirrorX],
    [ThreeQuarterTurn, Transverse, QuarterTurn, Transpose, MirrorX, Identity, MirrorY, HalfTurn],
];

impl Dihedral {
    /// Every element, in the order of EXIF's values.
    pub(super) const ALL: [Self; 8] = [
        Identity,
        MirrorX,
        HalfTurn,
        MirrorY,
        Transpose,
        QuarterTurn,
        Transverse,
        ThreeQuarterTurn,
    ];

    /// This, and `next` after it.
    pub(super) const fn then(self, next: Self) -> Self {
        COMPOSED[self as usize][next as usize]
    }

    /// What undoes this.
    pub(super) const fn inverse(self) -> Self {
        match self {
            QuarterTurn => ThreeQuarterTurn,
            ThreeQuarterTurn => QuarterTurn,
            own_inverse => own_inverse,
        }
    }

    /// Whether rows become columns. Every element is this swap (or none), then mirroring along either axis.
    pub(super) const fn swaps_sides(self) -> bool {
        matches!(
            self,
            Transpose | QuarterTurn | Transverse | ThreeQuarterTurn
        )
    }

    /// Whether left and right are mirrored, after the swap of sides.
    pub(super) const fn mirrors_x(self) -> bool {
        matches!(self, MirrorX | HalfTurn | QuarterTurn | Transverse)
    }

    /// Whether top and bottom are mirrored, after the swap of sides.
    pub(super) const fn mirrors_y(self) -> bool {
        matches!(self, HalfTurn | MirrorY | Transverse | ThreeQuarterTurn)
    }

    /// The size of a picture of `size` afterwards.
    pub(super) const fn size(self, size: Size) -> Size {
        if self.swaps_sides() {
            size.swapped()
        } else {
            size
        }
    }

    /// Where `rect` of a picture of size `within` is afterwards.
    pub(super) const fn rect(self, rect: Rect, within: Size) -> Rect {
        let swapped = if self.swaps_sides() {
            rect.swapped()
        } else {
            rect
        };
        let within = self.size(within);
        Rect {
            left: if self.mirrors_x() {
                within.width - swapped.left - swapped.width
            } else {
                swapped.left
            },
            top: if self.mirrors_y() {
                within.height - swapped.top - swapped.height
            } else {
                swapped.top
            },
            ..swapped
        }
    }
}

impl From<Orientation> for Dihedral {
    fn from(orientation: Orientation) -> Self {
        Self::ALL[usize::from(orientation.exif()) - 1]
    }
}

impl From<Turn> for Dihedral {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Zero => Identity,
            Turn::Quarter => QuarterTurn,
            Turn::Half => HalfTurn,
            Turn::ThreeQuarters => ThreeQuarterTurn,
        }
    }
}

impl From<Flip> for Dihedral {
    fn from(flip: Flip) -> Self {
        match (flip.horizontal, flip.vertical) {
            (false, false) => Identity,
            (true, false) => MirrorX,
            (false, true) => MirrorY,
            (true, true) => HalfTurn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of letters, row by row.
    type Letters = Vec<Vec<u8>>;

    /// Done by moving each letter, from the definition: swap, then mirror.
    fn moved(by: Dihedral, letters: &Letters) -> Letters {
        let (height, width) = (letters.len(), letters[0].len());
        let mut out: Letters = if by.swaps_sides() {
            (0..width)
                .map(|x| (0..height).map(|y| letters[y][x]).collect())
                .collect()
        } else {
            letters.clone()
        };
        if by.mirrors_x() {
            out.iter_mut().for_each(|row| row.reverse());
        }
        if by.mirrors_y() {
            out.reverse();
        }
        out
    }

    fn letters() -> Letters {
        vec![b"abc".to_vec(), b"def".to_vec()]
    }

    #[test]
    fn each_element_does_what_its_name_says() {
        let table: [(Dihedral, &[&str]); 8] = [
            (Identity, &["abc", "def"]),
            (MirrorX, &["cba", "fed"]),
            (HalfTurn, &["fed", "cba"]),
            (MirrorY, &["def", "abc"]),
            (Transpose, &["ad", "be", "cf"]),
            (QuarterTurn, &["da", "eb", "fc"]),
            (Transverse, &["fc", "eb", "da"]),
            (ThreeQuarterTurn, &["cf", "be", "ad"]),
        ];
        for (element, rows) in table {
            let expected: Letters = rows.iter().map(|row| row.as_bytes().to_vec()).collect();
            assert_eq!(moved(element, &letters()), expected, "{element:?}");
        }
    }

    #[test]
    fn composition_equals_moving_twice() {
        for first in Dihedral::ALL {
            for second in Dihedral::ALL {
                assert_eq!(
                    moved(first.then(second), &letters()),
                    moved(second, &moved(first, &letters())),
                    "{first:?} then {second:?}"
                );
            }
        }
    }

    #[test]
    fn an_inverse_undoes() {
        for element in Dihedral::ALL {
            assert_eq!(element.then(element.inverse()), Identity);
            assert_eq!(element.inverse().then(element), Identity);
        }
    }

    #[test]
    fn a_rect_moves_with_its_letters() {
        let within = Size {
            width: 3,
            height: 2,
        };
        let (left, top) = (1, 0);
        let rect = Rect {
            left,
            top,
            width: 2,
            height: 1,
        };
        for element in Dihedral::ALL {
            let there = element.rect(rect, within);
            let picture = moved(element, &letters());
            let mut seen: Vec<u8> = picture[there.top as usize..]
                .iter()
                .take(there.height as usize)
                .flat_map(|row| &row[there.left as usize..(there.left + there.width) as usize])
                .copied()
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, b"bc", "{element:?}");
        }
    }

    #[test]
    fn exif_values_turn_the_picture_upright() {
        // EXIF 2.32: value 6 says that row 0 is the right-hand side, so the file needs a clockwise quarter turn.
        for (value, expected) in [
            (1, Identity),
            (3, HalfTurn),
            (6, QuarterTurn),
            (8, ThreeQuarterTurn),
        ] {
            assert_eq!(Dihedral::from(Orientation::from_exif(value)), expected);
        }
    }
}
