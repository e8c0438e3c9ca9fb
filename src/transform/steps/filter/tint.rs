//! Tints instead of colours.

use crate::image::{Layout, Pixels};
use crate::transform::ask::{Duotone, Monochrome};
use crate::transform::blend::{level, luma, over, samples, with_color};

/// One tint instead of colours: from black through the tint, where the luminance is its own, to white.
pub(in crate::transform) fn monochrome(pixels: Pixels, tint: &Monochrome) -> Pixels {
    let color = samples(tint.color);
    let own = luma(color);
    let tints = Tints::new(|grey| {
        if grey <= own {
            between([0; 3], color, grey, own)
        } else {
            between(color, [255; 3], grey - own, 255 - own)
        }
    });
    tints.over(pixels, level(tint.intensity))
}

/// Two tints instead of colours: from one to the other as luminance grows.
pub(in crate::transform) fn duotone(pixels: Pixels, tints: &Duotone) -> Pixels {
    let (shadows, highlights) = (samples(tints.shadows), samples(tints.highlights));
    let intensity = level(tints.intensity);
    let tints = Tints::new(|grey| between(shadows, highlights, grey, 255));
    tints.over(pixels, intensity)
}

/// The colour `part` of `whole` on the way from one to the other.
fn between(from: [u8; 3], to: [u8; 3], part: u8, whole: u8) -> [u8; 3] {
    let (part, whole) = (u32::from(part), u32::from(whole).max(1));
    std::array::from_fn(|channel| {
        let (from, to) = (u32::from(from[channel]), u32::from(to[channel]));
        ((to * part + from * (whole - part.min(whole)) + whole / 2) / whole) as u8
    })
}

/// A colour for each luminance.
struct Tints([[u8; 3]; 256]);

impl Tints {
    fn new(color: impl Fn(u8) -> [u8; 3]) -> Self {
        Self(std::array::from_fn(|grey| color(grey as u8)))
    }

    fn of(&self, color: [u8; 3], intensity: u8) -> [u8; 3] {
        let tint = self.0[usize::from(luma(color))];
        std::array::from_fn(|channel| over(color[channel], tint[channel], intensity))
    }

    fn over(&self, pixels: Pixels, intensity: u8) -> Pixels {
        let has_color = self.0.iter().any(|[r, g, b]| r != g || g != b);
        let mut pixels = if has_color && intensity > 0 {
            with_color(pixels)
        } else {
            pixels
        };
        let layout = pixels.layout();
        let data = pixels.data_mut();
        match layout {
            Layout::Grey => {
                for grey in data {
                    [*grey, _, _] = self.of([*grey; 3], intensity);
                }
            }
            Layout::Rgb => {
                for color in data.as_chunks_mut::<3>().0 {
                    *color = self.of(*color, intensity);
                }
            }
            Layout::Rgba | Layout::Cmyk => {
                for pixel in data.as_chunks_mut::<4>().0 {
                    let [r, g, b, alpha] = *pixel;
                    let [r, g, b] = self.of([r, g, b], intensity);
                    *pixel = [r, g, b, alpha];
                }
            }
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::ask::Rgb;

    fn rgb(r: u8, g: u8, b: u8) -> Rgb {
        Rgb { r, g, b }
    }

    fn greys() -> Pixels {
        Pixels::new(5, 1, Layout::Grey, vec![0, 27, 54, 155, 255])
    }

    #[test]
    fn a_tint_stands_between_black_and_white_at_its_own_luminance() {
        let red = Monochrome {
            intensity: 1.0,
            color: rgb(255, 0, 0),
        };
        let found = monochrome(greys(), &red);
        let expected = [[0; 3], [128, 0, 0], [255, 0, 0], [255, 128, 128], [255; 3]];
        assert_eq!(found.data(), expected.as_flattened());
    }

    #[test]
    fn a_grey_tint_takes_the_colour_away_and_leaves_greys_alone() {
        for tint in [rgb(179, 179, 179), rgb(0, 0, 0), rgb(255, 255, 255)] {
            let whole = Monochrome {
                intensity: 1.0,
                color: tint,
            };
            assert!(monochrome(greys(), &whole) == greys());
            let blue = Pixels::filled(1, 1, Layout::Rgba, &[0, 0, 255, 40]);
            assert_eq!(monochrome(blue, &whole).data(), [18, 18, 18, 40]);
        }
    }

    #[test]
    fn two_tints_share_the_luminances() {
        let tints = Duotone {
            intensity: 1.0,
            shadows: rgb(0, 0, 100),
            highlights: rgb(255, 200, 100),
        };
        let found = duotone(greys(), &tints);
        let (found, _) = found.data().as_chunks::<3>();
        assert_eq!([found[0], found[4]], [[0, 0, 100], [255, 200, 100]]);
        assert_eq!(found[3], [155, 122, 100]);
    }

    #[test]
    fn intensity_mixes_with_what_was_there() {
        let half = Duotone {
            intensity: 0.5,
            shadows: rgb(0, 0, 0),
            highlights: rgb(255, 255, 255),
        };
        let blue = Pixels::filled(1, 1, Layout::Rgb, &[0, 0, 255]);
        assert_eq!(duotone(blue, &half).data(), [9, 9, 136]);
    }
}
