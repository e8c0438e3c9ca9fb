//! Colour spaces: embedded ICC profiles to sRGB, CMYK included.

mod cicp;
mod essentials;

use std::sync::{Arc, Mutex, PoisonError};

use moxcms::{
    CmsError, ColorProfile, DataColorSpace, ParsingOptions, RenderingIntent, Transform8BitExecutor,
    Transform16BitExecutor, TransformExecutor, TransformOptions,
};

use super::{Depth, Error, Layout, Pixels, panic_text, unwinding};
use essentials::essentials;

pub use cicp::profile_of_cicp;

/// Profiles larger than this are ignored; the largest of real printers are about half of it.
const MAX_PROFILE_BYTES: usize = 4 << 20;

/// Conversions that are kept. A service sees a handful of profiles again and again; each costs a megabyte at most.
const KEPT_CONVERSIONS: usize = 16;

/// Pixels converted at a time, through a buffer that stays in the cache.
const CHUNK_PIXELS: usize = 4_096;

/// Samples that differ by this much from their conversion are taken as equal.
const ROUNDING: u8 = 1;

/// Converts pixels to sRGB (grey stays grey, in sRGB's curve), given the ICC profile that describes them.
///
/// Without a profile, grey and RGB are taken as sRGB already, CMYK by the plain formula. A profile that is broken,
/// too large, or of another colour space than the pixels is ignored, as browsers do. Colours are matched relative
/// to the white of the medium (relative colorimetric, without black point compensation), as libvips does by
/// default. Alpha is left alone, and the result takes no more room than `pixels` did. Samples of 16 bits are
/// converted as such, save for CMYK, which comes out in 8.
///
/// # Errors
///
/// [`Error::Color`] when the conversion itself fails.
pub fn to_srgb(pixels: Pixels, icc: Option<&[u8]>) -> Result<Pixels, Error> {
    let pixels = match pixels.layout() {
        Layout::Cmyk => pixels.into_eight(),
        Layout::Grey | Layout::Rgb | Layout::Rgba => pixels,
    };
    let icc = icc.filter(|icc| icc.len() <= MAX_PROFILE_BYTES);
    let conversion = match icc {
        Some(icc) => conversion(icc, pixels.layout(), pixels.depth()),
        None => Conversion::without_profile(pixels.layout()),
    };
    conversion.apply(pixels)
}

/// Whether RGB of 8 bits that this profile describes is sRGB as it stands: [`to_srgb`] would change nothing.
pub fn is_srgb(icc: Option<&[u8]>) -> bool {
    let icc = icc.filter(|icc| icc.len() <= MAX_PROFILE_BYTES);
    icc.is_none_or(|icc| {
        let conversion = conversion(icc, Layout::Rgb, Depth::Eight);
        matches!(conversion, Conversion::Nothing)
    })
}

/// Whether pixels of this layout are seen otherwise without this profile: it is one for them, and not that of sRGB.
pub fn is_needed(icc: &[u8], layout: Layout) -> bool {
    icc.len() <= MAX_PROFILE_BYTES
        && !matches!(
            conversion(icc, layout, Depth::Eight),
            Conversion::Nothing | Conversion::PlainInks
        )
}

/// How samples of one layout become sRGB.
#[derive(Clone)]
enum Conversion {
    /// They are sRGB already.
    Nothing,
    /// Each grey by table.
    Greys(Arc<[u8]>),
    /// Each grey of 16 bits by table.
    DeepGreys(Arc<[u16]>),
    /// By profile, to the same channels, or from CMYK to RGB.
    Profile(Arc<Transform8BitExecutor>),
    /// By profile, samples of 16 bits.
    DeepProfile(Arc<Transform16BitExecutor>),
    /// CMYK of unknown inks.
    PlainInks,
}

impl Conversion {
    fn without_profile(layout: Layout) -> Self {
        if layout == Layout::Cmyk {
            Self::PlainInks
        } else {
            Self::Nothing
        }
    }

    /// Carries it out on pixels of the depth that it was made for.
    fn apply(&self, pixels: Pixels) -> Result<Pixels, Error> {
        let (width, height, from) = (pixels.width(), pixels.height(), pixels.layout());
        let to = if from == Layout::Cmyk {
            Layout::Rgb
        } else {
            from
        };
        let channels = (from.channels(), to.channels());
        let eight = |data| Pixels::new(width, height, to, data);
        let sixteen = |samples| Pixels::new16(width, height, to, samples);
        Ok(match self {
            Self::Nothing => pixels,
            Self::Greys(table) => eight(looked_up(pixels.into_data(), table)),
            Self::DeepGreys(table) => sixteen(looked_up(pixels.into_samples16(), table)),
            Self::Profile(transform) => {
                let data = pixels.into_data();
                eight(repack(data, channels, |from, to| {
                    transform.transform(from, to)
                })?)
            }
            Self::DeepProfile(transform) => {
                let samples = pixels.into_samples16();
                sixteen(repack(samples, channels, |from, to| {
                    transform.transform(from, to)
                })?)
            }
            Self::PlainInks => eight(repack(pixels.into_data(), channels, |from, to| {
                plain_inks(from, to);
                Ok(())
            })?),
        })
    }
}

fn looked_up<Sample: Copy + Into<usize>>(
    mut samples: Vec<Sample>,
    table: &[Sample],
) -> Vec<Sample> {
    for sample in &mut samples {
        *sample = table[(*sample).into()];
    }
    samples
}

/// Rewrites pixels in place, chunk by chunk, from so many channels to so many; CMYK becomes RGB, whose pixels are
/// never ahead of those being read.
fn repack<Sample: Copy>(
    mut samples: Vec<Sample>,
    (from, to): (usize, usize),
    mut convert: impl FnMut(&[Sample], &mut [Sample]) -> Result<(), CmsError>,
) -> Result<Vec<Sample>, Error> {
    let count = samples.len() / from;
    let mut chunk = Vec::with_capacity(CHUNK_PIXELS * from);
    for start in (0..count).step_by(CHUNK_PIXELS) {
        let length = CHUNK_PIXELS.min(count - start);
        chunk.clear();
        chunk.extend_from_slice(&samples[start * from..][..length * from]);
        let target = &mut samples[start * to..][..length * to];
        unwinding(
            || convert(&chunk, target).map_err(|error| color_error(&error.to_string())),
            |payload| color_error(panic_text(&*payload)),
        )?;
    }
    samples.truncate(count * to);
    Ok(samples)
}

/// What is left of the light after each ink and black, as if inks were ideal.
fn plain_inks(inks: &[u8], rgb: &mut [u8]) {
    for (ink, color) in inks.chunks_exact(4).zip(rgb.chunks_exact_mut(3)) {
        let light = u32::from(255 - ink[3]);
        for (sample, ink) in color.iter_mut().zip(ink) {
            *sample = ((u32::from(255 - *ink) * light + 127) / 255) as u8;
        }
    }
}

fn color_error(detail: &str) -> Error {
    let detail = detail.to_owned();
    Error::Color { detail }
}

type Key = (blake3::Hash, Layout, Depth);

/// The conversions used last, newest first. Building one takes milliseconds, applying it to a small image less.
static KEPT: Mutex<Vec<(Key, Conversion)>> = Mutex::new(Vec::new());

/// The conversion for a profile, kept or built.
fn conversion(icc: &[u8], layout: Layout, depth: Depth) -> Conversion {
    let key = (blake3::hash(icc), layout, depth);
    if let Some(kept) = recall(&key) {
        return kept;
    }
    // Built without holding the lock: twice at worst.
    let built = build(icc, layout, depth).unwrap_or(Conversion::without_profile(layout));
    keep(key, built.clone());
    built
}

fn recall(key: &Key) -> Option<Conversion> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let at = kept.iter().position(|(of, _)| of == key)?;
    kept[..=at].rotate_right(1);
    Some(kept[0].1.clone())
}

fn keep(key: Key, conversion: Conversion) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|(of, _)| *of != key);
    kept.insert(0, (key, conversion));
    kept.truncate(KEPT_CONVERSIONS);
}

/// The conversion that a profile describes; nothing where it is of no use for the layout.
fn build(icc: &[u8], layout: Layout, depth: Depth) -> Option<Conversion> {
    let built = unwinding(
        || Ok(build_unguarded(icc, layout, depth)),
        |payload| color_error(panic_text(&*payload)),
    );
    built.ok().flatten()
}

fn build_unguarded(icc: &[u8], layout: Layout, depth: Depth) -> Option<Conversion> {
    let profile = parse(icc, layout)?;
    let shallow = transform(layout, |from, srgb, to, options| {
        profile.create_transform_8bit(from, srgb, to, options)
    })?;
    if layout != Layout::Cmyk && changes_nothing(&*shallow, layout)? {
        return Some(Conversion::Nothing);
    }
    let deep = || {
        transform(layout, |from, srgb, to, options| {
            profile.create_transform_16bit(from, srgb, to, options)
        })
    };
    Some(match (layout, depth) {
        (Layout::Grey, Depth::Eight) => Conversion::Greys(greys(&*shallow, 0..=u8::MAX)?),
        (Layout::Grey, Depth::Sixteen) => Conversion::DeepGreys(greys(&*deep()?, 0..=u16::MAX)?),
        (_, Depth::Eight) => Conversion::Profile(shallow),
        (_, Depth::Sixteen) => Conversion::DeepProfile(deep()?),
    })
}

/// The profile, where it is one of the colour space of the layout.
fn parse(icc: &[u8], layout: Layout) -> Option<ColorProfile> {
    let parsing = ParsingOptions {
        max_profile_size: MAX_PROFILE_BYTES,
        ..ParsingOptions::default()
    };
    let icc = essentials(icc)?;
    let mut profile = ColorProfile::new_from_slice_with_options(&icc, parsing).ok()?;
    let space = match layout {
        Layout::Grey => DataColorSpace::Gray,
        Layout::Rgb | Layout::Rgba => DataColorSpace::Rgb,
        Layout::Cmyk => DataColorSpace::Cmyk,
    };
    cicp::tone_map(&mut profile);
    (profile.color_space == space).then_some(profile)
}

/// A transform of a layout to sRGB.
fn transform<Made>(
    layout: Layout,
    make: impl FnOnce(
        moxcms::Layout,
        &ColorProfile,
        moxcms::Layout,
        TransformOptions,
    ) -> Result<Made, CmsError>,
) -> Option<Made> {
    use moxcms::Layout as Channels;
    let (from, to) = match layout {
        Layout::Grey => (Channels::Gray, Channels::Rgb),
        Layout::Rgb => (Channels::Rgb, Channels::Rgb),
        Layout::Rgba => (Channels::Rgba, Channels::Rgba),
        Layout::Cmyk => (Channels::Rgba, Channels::Rgb),
    };
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    };
    make(from, &ColorProfile::new_srgb(), to, options).ok()
}

/// The table of a conversion from grey to RGB, whose three channels come out alike.
fn greys<Sample: Copy + Default>(
    transform: &(dyn TransformExecutor<Sample> + Send + Sync),
    ramp: impl Iterator<Item = Sample>,
) -> Option<Arc<[Sample]>> {
    let ramp: Vec<Sample> = ramp.collect();
    let mut rgb = vec![Sample::default(); ramp.len() * 3];
    transform.transform(&ramp, &mut rgb).ok()?;
    Some(rgb.into_iter().step_by(3).collect())
}

/// Whether the colours of a coarse grid, or all greys, stay what they are: sRGB comes in many profiles, which tags
/// and descriptions tell apart less surely than what they do.
fn changes_nothing(transform: &Transform8BitExecutor, layout: Layout) -> Option<bool> {
    let same = |(to, from): (&u8, &u8)| to.abs_diff(*from) <= ROUNDING;
    if layout == Layout::Grey {
        let table = greys(transform, 0..=u8::MAX)?;
        let ramp: Vec<u8> = (0..=u8::MAX).collect();
        return Some(table.iter().zip(&ramp).all(same));
    }
    let steps = || (0..=255_u8).step_by(17);
    let grid =
        steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b, 255])));
    let from: Vec<u8> = grid
        .flat_map(|color| color.into_iter().take(layout.channels()))
        .collect();
    let mut to = vec![0; from.len()];
    transform.transform(&from, &mut to).ok()?;
    Some(to.iter().zip(&from).all(same))
}

#[cfg(test)]
mod tests;
