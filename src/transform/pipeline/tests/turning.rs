//! Orientations, turns and flips, and what is cut as it is seen.

use super::*;

/// The upright flag's corners after a turn and a flip, moved as letters.
fn expected_corners(turn: Turn, flip: Flip) -> String {
    let [r, g, b, y] = ['R', 'G', 'B', 'Y'];
    let [tl, tr, bl, br] = match turn {
        Turn::Zero => [r, g, b, y],
        Turn::Quarter => [b, r, y, g],
        Turn::Half => [y, b, g, r],
        Turn::ThreeQuarters => [g, y, r, b],
    };
    let [tl, tr, bl, br] = if flip.horizontal {
        [tr, tl, br, bl]
    } else {
        [tl, tr, bl, br]
    };
    let turned = if flip.vertical {
        [bl, br, tl, tr]
    } else {
        [tl, tr, bl, br]
    };
    turned.iter().collect()
}

fn flips() -> impl Iterator<Item = Flip> {
    [(false, false), (true, false), (false, true), (true, true)]
        .into_iter()
        .map(|(horizontal, vertical)| Flip {
            horizontal,
            vertical,
        })
}

const TURNS: [Turn; 4] = [Turn::Zero, Turn::Quarter, Turn::Half, Turn::ThreeQuarters];

#[test]
fn every_orientation_turn_and_flip_comes_out_as_seen() {
    for exif in 1..=8 {
        for turn in TURNS {
            for flip in flips() {
                let choices = [Choice::Rotate(turn), Choice::Flip(flip)];
                let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices);
                assert_eq!(
                    corners(&image.to_rgba8()),
                    expected_corners(turn, flip),
                    "{exif} {turn:?} {flip:?}"
                );
            }
        }
    }
}

#[test]
fn a_crop_shows_the_corner_that_is_seen_there() {
    let gravities = [
        Compass::NorthWest,
        Compass::NorthEast,
        Compass::SouthWest,
        Compass::SouthEast,
    ];
    for exif in 1..=8 {
        for turn in TURNS {
            let flip = Flip {
                horizontal: true,
                vertical: false,
            };
            let expected = expected_corners(turn, flip);
            for (at, letter) in gravities.into_iter().zip(expected.chars()) {
                let crop = Crop {
                    width: 0.2,
                    height: 0.2,
                    gravity: Some(Gravity::Compass { at, x: 0.0, y: 0.0 }),
                };
                let choices = [Choice::Rotate(turn), Choice::Flip(flip), Choice::Crop(crop)];
                let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices);
                let all = letter.to_string().repeat(4);
                assert_eq!(corners(&image.to_rgba8()), all, "{exif} {turn:?} {at:?}");
            }
        }
    }
}

#[test]
fn a_cut_shows_the_side_that_is_seen_there() {
    // Half of the width is cut off: the west is red over blue.
    let west = Choice::Gravity(Gravity::Compass {
        at: Compass::West,
        x: 0.0,
        y: 0.0,
    });
    let choices = [
        Choice::ResizingType(ResizingType::Fill),
        Choice::Width(16),
        Choice::Height(32),
        west,
    ];
    for exif in 1..=8 {
        let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices).to_rgba8();
        let column = [(2, 2), (2, 29)].map(|(x, y)| letter(image.get_pixel(x, y).0));
        assert_eq!(column, ['R', 'B'], "{exif}");
    }
}

#[test]
fn exif_is_left_alone_where_that_was_asked() {
    let image = seen("jpeg/orientation-3.jpg", &[Choice::AutoRotate(false)]);
    assert_eq!(corners(&image.to_rgba8()), "YBGR");
}
