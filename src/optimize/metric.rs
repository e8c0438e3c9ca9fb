//! How good a file looks: SSIMULACRA2 of what it decodes to against the pixels it was made of.

use fast_ssim2::{
    PixelDescriptor, PixelSlice, Ssimulacra2Config, Ssimulacra2Reference,
    compute_ssimulacra2_with_config,
};

use super::Error;
use super::content::focus;
use super::view::{Area, View};
use crate::identify::{Identified, identify};
use crate::image::decode::{How, Scale, decode};
use crate::image::{self, Format, Layout, Pixels};

/// Pictures with a shorter side, in pixels, are not measured: at one quality, the score of a picture falls from 75 at 192x128 to
/// 57 at 96x64 and 6 at 48x32.
pub const LEAST_SIDE_PX: u32 = 128;

/// What is transparent is judged over black, mid grey and white: the lowest score counts.
const BACKDROPS: &[u8] = &[0, 128, 255];

/// Rows that are measured at a time where a large picture is measured whole.
const STRIP_ROWS: usize = 256;

/// Pixels that are measured once, and compared with files as often as needed.
///
/// A flat border flatters: it has no errors, and the score is of a mean. So where there is a large one, the picture
/// without it is measured.
pub(super) struct Reference {
    view: View,
    over: Vec<(u8, Ssimulacra2Reference)>,
}

impl Reference {
    /// Measures grey, RGB or RGBA of 8 bits, at most about `limit` pixels of it.
    pub(super) fn of(pixels: &Pixels, limit: u64) -> Result<Self, Error> {
        let view = View::within(focus(pixels), pixels, limit);
        let over = backdrops(pixels).iter().map(|backdrop| {
            let seen = view.of(pixels, *backdrop);
            let reference = Ssimulacra2Reference::new(&slice(&seen)?).map_err(failed)?;
            Ok((*backdrop, reference))
        });
        let over = over.collect::<Result<_, Error>>()?;
        Ok(Self { view, over })
    }

    /// The score of a decoded file.
    pub(super) fn score(&self, decoded: &Pixels) -> Result<f64, Error> {
        let scores = self.over.iter().map(|(backdrop, reference)| {
            let seen = self.view.of(decoded, *backdrop);
            reference.compare(&slice(&seen)?).map_err(failed)
        });
        lowest(scores)
    }

    /// Whether its scores are of a part of the picture only.
    pub(super) fn is_partial(&self, pixels: &Pixels) -> bool {
        !self.view.is_all_of(pixels)
    }
}

/// The score of a whole picture, or of what lies within its border where that is lower.
pub(super) fn exact(pixels: &Pixels, decoded: &Pixels) -> Result<f64, Error> {
    let (whole, inner) = (Area::of(pixels), focus(pixels));
    let areas: &[Area] = match inner == whole {
        true => &[whole],
        false => &[whole, inner],
    };
    let scores = areas.iter().map(|area| of_area(*area, pixels, decoded));
    lowest(scores)
}

/// The score of an area, in little more memory than its samples take as numbers.
fn of_area(area: Area, pixels: &Pixels, decoded: &Pixels) -> Result<f64, Error> {
    let backdrops = backdrops(pixels).iter();
    lowest(backdrops.map(|backdrop| over(*backdrop, area, (pixels, decoded))))
}

/// The score of an area over one backdrop.
pub(super) fn over(
    backdrop: u8,
    area: Area,
    (pixels, decoded): (&Pixels, &Pixels),
) -> Result<f64, Error> {
    let view = View::whole(area);
    let config = Ssimulacra2Config::strips(STRIP_ROWS);
    let (one, other) = (view.of(pixels, backdrop), view.of(decoded, backdrop));
    compute_ssimulacra2_with_config(&slice(&one)?, &slice(&other)?, &config).map_err(failed)
}

/// Pixels that are measured for each file, about. Four tiles of photographs of 1.7 to 4 megapixels err by 0.5 points on
/// average and by 1.1 at worst; of 4 to 13 megapixels by 2.2 and by 5.8, mostly upwards.
pub(super) const MEASURED_PIXELS: u64 = 1 << 20;

/// Pixels that are measured for each file at most: less than five tiles by two.
const MOST_PIXELS: u64 = 2560 * 1024;

/// Bytes that a [`Reference`] holds at most: nine numbers a pixel in all sizes, for each backdrop.
pub(super) fn reference_bytes(pixels: u64) -> u64 {
    pixels.min(MOST_PIXELS) * 48 * BACKDROPS.len() as u64
}

/// Bytes that a comparison holds at most: about thirty-eight numbers and two copies a pixel of what is measured in part,
/// which butteraugli takes, six a pixel of what is measured exactly.
pub(super) fn peak_bytes(pixels: u64) -> u64 {
    let part = pixels.min(MOST_PIXELS) * 168;
    part.max(pixels.saturating_mul(40))
}

/// What a decoder makes of a file that was just written.
pub(super) fn decoded(file: &[u8], format: Format) -> Result<Pixels, Error> {
    let Identified::Image(facts) = identify(file, true) else {
        let detail = "a file that was just written is not known";
        return Err(image::Error::codec(format, detail).into());
    };
    Ok(decode(file, &facts, &How::at(Scale::Full))?)
}

pub(super) fn backdrops(pixels: &Pixels) -> &'static [u8] {
    match pixels.layout() {
        Layout::Rgba => BACKDROPS,
        Layout::Grey | Layout::Rgb | Layout::Cmyk => &BACKDROPS[..1],
    }
}

fn lowest(mut scores: impl Iterator<Item = Result<f64, Error>>) -> Result<f64, Error> {
    scores.try_fold(f64::INFINITY, |lowest, score| Ok(lowest.min(score?)))
}

pub(super) fn slice(pixels: &Pixels) -> Result<PixelSlice<'_>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    let descriptor = PixelDescriptor::RGB8_SRGB;
    PixelSlice::new(pixels.data(), width, height, pixels.stride(), descriptor).map_err(failed)
}

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    let detail = error.to_string();
    Error::Measure { detail }
}
