//! How much two pictures of one size differ, and where.

use fast_ssim2::compute_ssimulacra2_maps;

use super::content::focus;
use super::metric::{backdrops, failed, over, slice};
use super::picture::Picture;
use super::view::{Area, View};
use super::{Error, metric};
use crate::image::{Layout, Pixels};

/// How much two pictures differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// SSIMULACRA2 of the second against the first; where something is transparent, the lowest over black, mid grey
    /// and white.
    pub score: f64,
    /// The same of what lies within the flat border of the first, where that has a large one: a border flatters.
    pub inner_score: Option<f64>,
    /// The distance of their samples.
    pub psnr: Psnr,
}

/// Peak signal-to-noise ratios in decibels, of samples of 8 bits; infinite where there is no difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Psnr {
    /// Of red.
    pub red: f64,
    /// Of green.
    pub green: f64,
    /// Of blue.
    pub blue: f64,
    /// Of alpha, where one of the pictures has it.
    pub alpha: Option<f64>,
    /// Of all of them.
    pub all: f64,
}

impl Comparison {
    /// Whether a score of these pictures means little, because they are small.
    pub fn is_vague(pixels: &Pixels) -> bool {
        pixels.width().min(pixels.height()) < metric::LEAST_SIDE_PX
    }
}

/// Compares grey, RGB or RGBA pixels in sRGB with others of the same size. Colours that nobody sees do not count.
///
/// # Errors
///
/// [`Error::Measure`] for pictures of different sizes.
pub fn compare(one: &Pixels, other: &Pixels) -> Result<Comparison, Error> {
    let (one, other) = (Picture::of(one), Picture::of(other));
    let pair = (one.pixels(), other.pixels());
    let (whole, inner) = (Area::of(pair.0), focus(pair.0));
    let inner = (inner != whole).then_some(inner);
    Ok(Comparison {
        score: lowest(pair, whole)?.1,
        inner_score: match inner {
            Some(inner) => Some(lowest(pair, inner)?.1),
            None => None,
        },
        psnr: psnr(pair),
    })
}

/// How much each pixel adds to the difference, row by row: nothing where the pictures agree. A picture that differs
/// everywhere by 0.45 has a score of about 90, by 2.7 one of 70, by 11.5 one of 30.
///
/// # Errors
///
/// Those of [`compare`].
pub fn differences(one: &Pixels, other: &Pixels) -> Result<Vec<f32>, Error> {
    let (one, other) = (Picture::of(one), Picture::of(other));
    let pair = (one.pixels(), other.pixels());
    let whole = Area::of(pair.0);
    let (backdrop, _) = lowest(pair, whole)?;
    let view = View::whole(whole);
    let (one, other) = (view.of(pair.0, backdrop), view.of(pair.1, backdrop));
    let maps = compute_ssimulacra2_maps(&slice(&one)?, &slice(&other)?).map_err(failed)?;
    Ok(maps.diffmap())
}

/// The backdrop over which an area looks worst, and its score there.
fn lowest((one, other): (&Pixels, &Pixels), area: Area) -> Result<(u8, f64), Error> {
    if (one.width(), one.height()) != (other.width(), other.height()) {
        return Err(failed("the pictures are of different sizes"));
    }
    let clear = if one.layout() == Layout::Rgba {
        one
    } else {
        other
    };
    let mut worst = (0, f64::INFINITY);
    for backdrop in backdrops(clear) {
        let score = over(*backdrop, area, (one, other))?;
        if score < worst.1 {
            worst = (*backdrop, score);
        }
    }
    Ok(worst)
}

fn psnr((one, other): (&Pixels, &Pixels)) -> Psnr {
    let mut sums = [0_u64; 4];
    for (one, other) in rgba(one).zip(rgba(other)) {
        for ((one, other), sum) in one.iter().zip(other).zip(&mut sums) {
            *sum += u64::from(one.abs_diff(other)).pow(2);
        }
    }
    let pixels = Area::of(one).pixels();
    let has_alpha = [one, other].iter().any(|it| it.layout() == Layout::Rgba);
    let [red, green, blue, alpha] = sums.map(|sum| decibels(sum, pixels));
    let channels = if has_alpha { 4 } else { 3 };
    Psnr {
        red,
        green,
        blue,
        alpha: has_alpha.then_some(alpha),
        all: decibels(sums.iter().sum(), pixels * channels),
    }
}

/// The ratio for a sum of squared differences of so many samples.
fn decibels(sum: u64, samples: u64) -> f64 {
    let mean = sum as f64 / samples as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

fn rgba(pixels: &Pixels) -> impl Iterator<Item = [u8; 4]> {
    let layout = pixels.layout();
    let each = pixels.data().chunks_exact(layout.channels());
    each.map(move |pixel| match (layout, pixel) {
        (Layout::Grey, [grey, ..]) => [*grey, *grey, *grey, 255],
        (Layout::Rgba, [red, green, blue, alpha]) => [*red, *green, *blue, *alpha],
        (_, [red, green, blue, ..]) => [*red, *green, *blue, 255],
        _ => [0; 4],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::testing::{noise, picture};

    #[test]
    fn equal_pictures_score_100_at_any_layout() {
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            let pixels = picture(160, 130, layout);
            let found = compare(&pixels, &pixels).unwrap();
            assert_eq!(found.score, 100.0, "{layout:?}");
            assert_eq!(found.psnr.all, f64::INFINITY, "{layout:?}");
            assert!(
                differences(&pixels, &pixels)
                    .unwrap()
                    .iter()
                    .all(|it| *it == 0.0)
            );
        }
    }

    #[test]
    fn what_differs_in_one_channel_differs_there_alone() {
        let one = Pixels::filled(130, 130, Layout::Rgb, &[10, 20, 30]);
        let other = Pixels::filled(130, 130, Layout::Rgb, &[10, 25, 30]);
        let psnr = compare(&one, &other).unwrap().psnr;
        assert_eq!((psnr.red, psnr.blue), (f64::INFINITY, f64::INFINITY));
        assert!((psnr.green - 34.151).abs() < 0.001, "{psnr:?}");
        assert!((psnr.all - 38.922).abs() < 0.001, "{psnr:?}");
        assert_eq!(psnr.alpha, None);
    }

    #[test]
    fn hidden_colours_do_not_count_and_opaque_alpha_is_none() {
        let clear = |color: u8| Pixels::filled(130, 130, Layout::Rgba, &[color, 0, 0, 0]);
        let found = compare(&clear(9), &clear(200)).unwrap();
        assert_eq!((found.score, found.psnr.all), (100.0, f64::INFINITY));
        let rgb = Pixels::filled(130, 130, Layout::Rgb, &[7, 7, 7]);
        let grey = Pixels::filled(130, 130, Layout::Grey, &[7]);
        let rgba = Pixels::filled(130, 130, Layout::Rgba, &[7, 7, 7, 255]);
        for other in [&grey, &rgba] {
            let psnr = compare(&rgb, other).unwrap().psnr;
            assert_eq!((psnr.all, psnr.alpha), (f64::INFINITY, None));
        }
    }

    #[test]
    fn differences_lie_where_the_pictures_differ() {
        let one = picture(256, 256, Layout::Rgb);
        let (mut other, changed) = (one.clone(), noise(256, 256, Layout::Rgb));
        let eighth = other.data().len() / 8;
        other.data_mut()[..eighth].copy_from_slice(&changed.data()[..eighth]);
        let differences = differences(&one, &other).unwrap();
        let (above, below) = differences.split_at(differences.len() / 2);
        let sum = |of: &[f32]| of.iter().map(|it| f64::from(*it)).sum::<f64>();
        let times = sum(above) / sum(below);
        assert!(times > 3.0, "{times}");
    }

    #[test]
    fn pictures_of_different_sizes_are_refused() {
        let (one, other) = (noise(130, 140, Layout::Rgb), noise(140, 130, Layout::Rgb));
        assert!(compare(&one, &other).is_err());
        assert!(differences(&one, &other).is_err());
    }
}
