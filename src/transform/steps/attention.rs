//! Where there is most to see.

use crate::image::Pixels;
use crate::transform::blend::{luma, with_alpha};
use crate::transform::geometry::Rect;
use crate::transform::reduce::reduced;

/// The longest side of the copy that is looked at.
const LONGEST_PX: u32 = 128;

/// The place, as shares 0..=1 of the gaps left over along width and height, where a box of `inner` (shares 0..=1 of
/// the view's width and height) shows most of what draws the eye: edges, colours that stand out from the rest of
/// the picture, and the hues of skin, the more the rarer they are. What is near the middle of the box counts double, so that a subject is not
/// pushed against its edge; of equal places the one nearest to the middle of the view is taken.
///
/// In whole numbers, so the same on every machine. Costs a small copy of the view.
pub(in crate::transform) fn attention(
    pixels: &Pixels,
    view: Rect,
    inner: (f64, f64),
) -> (f64, f64) {
    let copy = reduced(pixels, view, LONGEST_PX);
    let (width, height) = (copy.width() as usize, copy.height() as usize);
    let sums = Sums::of(width, &interest(&copy));
    let inner = (cells(inner.0, width), cells(inner.1, height));
    let gaps = (width - inner.0, height - inner.1);
    let places = (0..=gaps.1).flat_map(|y| (0..=gaps.0).map(move |x| (x, y)));
    let off_middle = |x: usize, gap: usize| (2 * x).abs_diff(gap).pow(2);
    let best = places.max_by_key(|&(x, y)| {
        let distance = off_middle(x, gaps.0) + off_middle(y, gaps.1);
        // The first of equals is preferred over later ones by its place in reading order.
        (
            sums.weighted((x, y), inner),
            std::cmp::Reverse((distance, y, x)),
        )
    });
    let (x, y) = best.unwrap_or_default();
    (share(x, gaps.0), share(y, gaps.1))
}

fn cells(share: f64, side: usize) -> usize {
    // The cast saturates, and makes 0 of what is no number.
    ((share * side as f64).round() as usize).clamp(1, side)
}

fn share(place: usize, gap: usize) -> f64 {
    if gap == 0 {
        0.5
    } else {
        place as f64 / gap as f64
    }
}

/// How much each pixel draws the eye.
fn interest(copy: &Pixels) -> Vec<u32> {
    let pixels = with_alpha(copy);
    let lumas: Vec<_> = pixels.iter().map(|&pixel| luma(color(pixel))).collect();
    let usual = usual_tint(&pixels);
    let rarity = FULL - usual_skin(&pixels);
    let width = copy.width() as usize;
    let scores = pixels.iter().enumerate().map(|(at, &pixel)| {
        let skin = skin(pixel) * rarity / FULL;
        let drawn = edge(&lumas, width, at) + stands_out(pixel, usual) + skin;
        drawn * u32::from(pixel[3]) / 255
    });
    scores.collect()
}

const fn color([r, g, b, _]: [u8; 4]) -> [u8; 3] {
    [r, g, b]
}

/// How far the luminance is from that of the four neighbours: up to 255.
fn edge(lumas: &[u8], width: usize, at: usize) -> u32 {
    let here = i32::from(lumas[at]);
    let (x, y) = (at % width, at / width);
    let neighbours = [
        at - usize::from(x > 0),
        at + usize::from(x + 1 < width),
        at - if y > 0 { width } else { 0 },
        at + if at + width < lumas.len() { width } else { 0 },
    ];
    let sum: i32 = neighbours.map(|at| i32::from(lumas[at])).iter().sum();
    (4 * here - sum).unsigned_abs().min(255)
}

/// The colour apart from its luminance, as the differences of red and blue from it.
fn tint(pixel: [u8; 4]) -> [i32; 2] {
    let grey = i32::from(luma(color(pixel)));
    [i32::from(pixel[0]) - grey, i32::from(pixel[2]) - grey]
}

fn usual_tint(pixels: &[[u8; 4]]) -> [i32; 2] {
    let mut sums = [0; 2];
    let mut weights = 0;
    for &pixel in pixels {
        let alpha = i64::from(pixel[3]);
        for (sum, tint) in sums.iter_mut().zip(tint(pixel)) {
            *sum += i64::from(tint) * alpha;
        }
        weights += alpha;
    }
    sums.map(|sum| (sum / weights.max(1)) as i32)
}

/// How far the tint is from the usual one of the picture: up to 255. A sky that fills it draws nobody.
fn stands_out(pixel: [u8; 4], usual: [i32; 2]) -> u32 {
    let tint = tint(pixel);
    let distance = tint[0].abs_diff(usual[0]) + tint[1].abs_diff(usual[1]);
    distance.min(255)
}

/// Most of what [`skin`] says.
const FULL: u32 = 255;

/// How much of skin there is in the whole picture: up to [`FULL`]. An evening sky, which is all of that hue, is
/// nobody's face.
fn usual_skin(pixels: &[[u8; 4]]) -> u32 {
    let (mut sum, mut weights) = (0_u64, 0_u64);
    for &pixel in pixels {
        let alpha = u64::from(pixel[3]);
        sum += u64::from(skin(pixel)) * alpha;
        weights += alpha;
    }
    (sum / weights.max(1)) as u32
}

/// Least red of skin that is lit at all.
const LEAST_RED: u32 = 50;

/// How much the colour is that of human skin: up to 255. Skin of every tone has about the same ratios of green and
/// of blue to red, 0.73 and 0.56, as what tells tones apart is how much light comes back.
fn skin([r, g, b, _]: [u8; 4]) -> u32 {
    let [r, g, b] = [r, g, b].map(u32::from);
    if r < LEAST_RED {
        return 0;
    }
    let off = (g * 256 / r).abs_diff(187) + (b * 256 / r).abs_diff(143);
    FULL.saturating_sub(off * 4)
}

/// Sums over rectangles from the top left corner.
struct Sums {
    stride: usize,
    sums: Vec<u64>,
}

impl Sums {
    fn of(width: usize, values: &[u32]) -> Self {
        let stride = width + 1;
        let mut sums = vec![0; stride];
        for (above, row) in values.chunks_exact(width).enumerate() {
            let mut line = 0;
            sums.push(0);
            for (x, value) in row.iter().enumerate() {
                line += u64::from(*value);
                sums.push(sums[above * stride + x + 1] + line);
            }
        }
        Self { stride, sums }
    }

    /// The sum over the box, with its middle half counted once more.
    fn weighted(&self, (x, y): (usize, usize), (width, height): (usize, usize)) -> u64 {
        let (across, down) = (width / 4, height / 4);
        let middle = (width - 2 * across, height - 2 * down);
        self.over((x, y), (width, height)) + self.over((x + across, y + down), middle)
    }

    fn over(&self, (x, y): (usize, usize), (width, height): (usize, usize)) -> u64 {
        let at = |x: usize, y: usize| self.sums[y * self.stride + x];
        at(x + width, y + height) + at(x, y) - at(x + width, y) - at(x, y + height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;
    use crate::transform::geometry::{Point, Size};

    const SIDE: u32 = 300;

    fn whole(pixels: &Pixels) -> Rect {
        Point { x: 0, y: 0 }.rect(Size::of(pixels))
    }

    /// A scene by a rule of the distances from a subject, in radii.
    fn scene(at: (u32, u32), rule: impl Fn(f64, u32, u32) -> [u8; 4]) -> Pixels {
        let mut data = Vec::new();
        for y in 0..SIDE {
            for x in 0..SIDE {
                let (dx, dy) = (x.abs_diff(at.0), y.abs_diff(at.1));
                let far = f64::from(dx * dx + dy * dy).sqrt() / 30.0;
                data.extend(rule(far, x, y));
            }
        }
        Pixels::new(SIDE, SIDE, Layout::Rgba, data)
    }

    fn disc(far: f64, _: u32, _: u32) -> [u8; 4] {
        if far < 1.0 {
            [230, 30, 40, 255]
        } else {
            [60, 110, 190, 255]
        }
    }

    fn face(far: f64, _: u32, _: u32) -> [u8; 4] {
        if far < 1.0 {
            [141, 100, 78, 255]
        } else {
            [104, 108, 106, 255]
        }
    }

    fn texture(far: f64, x: u32, y: u32) -> [u8; 4] {
        let grey = if far < 1.0 && (x / 5 + y / 5).is_multiple_of(2) {
            190
        } else {
            120
        };
        [grey, grey, grey, 255]
    }

    fn sticker(far: f64, x: u32, _: u32) -> [u8; 4] {
        if far < 1.0 {
            [200, 120, 30, 255]
        } else {
            [(x % 256) as u8, 255, 0, 0]
        }
    }

    #[test]
    fn the_window_shows_the_subject_wherever_it_is() {
        let places = [40, 110, 260];
        for rule in [disc, face, texture, sticker] {
            for at in places.iter().flat_map(|x| places.map(|y| (*x, y))) {
                let pixels = scene(at, rule);
                let (x, y) = attention(&pixels, whole(&pixels), (0.4, 0.4));
                for (share, at) in [(x, at.0), (y, at.1)] {
                    let start = share * 0.6 * f64::from(SIDE);
                    let end = start + 0.4 * f64::from(SIDE);
                    let at = f64::from(at);
                    assert!(start <= at - 28.0 && at + 28.0 <= end, "{share} for {at}");
                }
            }
        }
    }

    #[test]
    fn a_sky_of_the_hue_of_skin_hides_no_sun() {
        let sunset = |far: f64, _: u32, y: u32| {
            let sky = [
                230 - (y / 4) as u8,
                168 - (y / 5) as u8,
                129 - (y / 6) as u8,
                255,
            ];
            if far < 1.0 { [255, 244, 214, 255] } else { sky }
        };
        for at in [40, 110, 260] {
            let pixels = scene((at, 60), sunset);
            let (x, _) = attention(&pixels, whole(&pixels), (0.4, 1.0));
            let start = x * 0.6 * f64::from(SIDE);
            let at = f64::from(at);
            assert!(start <= at - 28.0 && at + 28.0 <= start + 0.4 * f64::from(SIDE));
        }
    }

    #[test]
    fn only_the_view_is_looked_at() {
        let pixels = scene((40, 40), disc);
        let view = Rect {
            left: 100,
            top: 100,
            width: 200,
            height: 200,
        };
        assert_eq!(attention(&pixels, view, (0.5, 0.5)), (0.5, 0.5));
    }

    #[test]
    fn where_nothing_stands_out_the_middle_is_taken() {
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            let color = &[90, 40, 10, 128][..layout.channels()];
            let pixels = Pixels::filled(101, 67, layout, color);
            let (x, y) = attention(&pixels, whole(&pixels), (0.5, 0.3));
            assert!((x - 0.5).abs() < 0.02 && (y - 0.5).abs() < 0.02, "{x} {y}");
        }
    }

    #[test]
    fn a_full_axis_and_small_pictures_have_a_place_too() {
        let sides = [(1, 1), (1, 50), (50, 1), (2, 3), (3000, 1)];
        for (width, height) in sides {
            let pixels = Pixels::filled(width, height, Layout::Rgb, &[9, 9, 9]);
            for inner in [(1.0, 1.0), (0.0, 1.0), (0.5, 0.001), (f64::NAN, 2.0)] {
                let (x, y) = attention(&pixels, whole(&pixels), inner);
                assert!((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y));
                assert!(inner.1 < 1.0 || y == 0.5, "{y}");
            }
        }
    }
}
