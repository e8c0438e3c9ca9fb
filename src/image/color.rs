//! Colour spaces: embedded ICC profiles to sRGB, CMYK included.

use std::sync::{Arc, Mutex, PoisonError};

use moxcms::{
    ColorProfile, DataColorSpace, ParsingOptions, RenderingIntent, Transform8BitExecutor,
    TransformOptions,
};

use super::{Error, Layout, Pixels, panic_text, unwinding};

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
/// default. Alpha is left alone, and the result takes no more room than `pixels` did.
///
/// # Errors
///
/// [`Error::Color`] when the conversion itself fails.
pub fn to_srgb(pixels: Pixels, icc: Option<&[u8]>) -> Result<Pixels, Error> {
    let icc = icc.filter(|icc| icc.len() <= MAX_PROFILE_BYTES);
    let conversion = match icc {
        Some(icc) => conversion(icc, pixels.layout()),
        None => Conversion::without_profile(pixels.layout()),
    };
    conversion.apply(pixels)
}

/// An ICC profile of coding-independent code points (ITU-T H.273: colour primaries and transfer characteristics).
///
/// `None` where they mean sRGB, or nothing that is known here.
pub fn profile_of_cicp(_primaries: u8, _transfer: u8) -> Option<Vec<u8>> {
    None
}

/// How samples of one layout become sRGB.
#[derive(Clone)]
enum Conversion {
    /// They are sRGB already.
    Nothing,
    /// Each grey by table.
    Greys(Arc<[u8; 256]>),
    /// By profile, to the same channels, or from CMYK to RGB.
    Profile(Arc<Transform8BitExecutor>),
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

    fn apply(&self, mut pixels: Pixels) -> Result<Pixels, Error> {
        match self {
            Self::Nothing => Ok(pixels),
            Self::Greys(table) => {
                for sample in pixels.data_mut() {
                    *sample = table[usize::from(*sample)];
                }
                Ok(pixels)
            }
            Self::Profile(transform) => repack(pixels, |from, to| {
                let done = transform.transform(from, to);
                done.map_err(|error| color_error(&error.to_string()))
            }),
            Self::PlainInks => repack(pixels, |from, to| {
                plain_inks(from, to);
                Ok(())
            }),
        }
    }
}

/// Rewrites pixels in place, chunk by chunk; CMYK becomes RGB, whose pixels are never ahead of those being read.
fn repack(
    pixels: Pixels,
    mut convert: impl FnMut(&[u8], &mut [u8]) -> Result<(), Error>,
) -> Result<Pixels, Error> {
    let (width, height, from) = (pixels.width(), pixels.height(), pixels.layout());
    let to = if from == Layout::Cmyk {
        Layout::Rgb
    } else {
        from
    };
    let mut data = pixels.into_data();
    let count = data.len() / from.channels();
    let mut chunk = Vec::with_capacity(CHUNK_PIXELS * from.channels());
    for start in (0..count).step_by(CHUNK_PIXELS) {
        let length = CHUNK_PIXELS.min(count - start);
        chunk.clear();
        chunk.extend_from_slice(&data[start * from.channels()..][..length * from.channels()]);
        let target = &mut data[start * to.channels()..][..length * to.channels()];
        unwinding(
            || convert(&chunk, target),
            |payload| color_error(panic_text(&*payload)),
        )?;
    }
    data.truncate(count * to.channels());
    Ok(Pixels::new(width, height, to, data))
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

type Key = (blake3::Hash, Layout);

/// The conversions used last, newest first. Building one takes milliseconds, applying it to a small image less.
static KEPT: Mutex<Vec<(Key, Conversion)>> = Mutex::new(Vec::new());

/// The conversion for a profile, kept or built.
fn conversion(icc: &[u8], layout: Layout) -> Conversion {
    let key = (blake3::hash(icc), layout);
    if let Some(kept) = recall(&key) {
        return kept;
    }
    // Built without holding the lock: twice at worst.
    let built = build(icc, layout).unwrap_or(Conversion::without_profile(layout));
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
fn build(icc: &[u8], layout: Layout) -> Option<Conversion> {
    let built = unwinding(
        || Ok(build_unguarded(icc, layout)),
        |payload| color_error(panic_text(&*payload)),
    );
    built.ok().flatten()
}

fn build_unguarded(icc: &[u8], layout: Layout) -> Option<Conversion> {
    use moxcms::Layout as Channels;
    let (space, from, to) = match layout {
        Layout::Grey => (DataColorSpace::Gray, Channels::Gray, Channels::Rgb),
        Layout::Rgb => (DataColorSpace::Rgb, Channels::Rgb, Channels::Rgb),
        Layout::Rgba => (DataColorSpace::Rgb, Channels::Rgba, Channels::Rgba),
        Layout::Cmyk => (DataColorSpace::Cmyk, Channels::Rgba, Channels::Rgb),
    };
    let parsing = ParsingOptions {
        max_profile_size: MAX_PROFILE_BYTES,
        ..ParsingOptions::default()
    };
    let profile = ColorProfile::new_from_slice_with_options(icc, parsing).ok()?;
    if profile.color_space != space {
        return None;
    }
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    };
    let srgb = ColorProfile::new_srgb();
    let transform = profile
        .create_transform_8bit(from, &srgb, to, options)
        .ok()?;
    match layout {
        Layout::Grey => greys(&*transform),
        Layout::Cmyk => Some(Conversion::Profile(transform)),
        Layout::Rgb | Layout::Rgba if changes_nothing(&*transform, layout)? => {
            Some(Conversion::Nothing)
        }
        Layout::Rgb | Layout::Rgba => Some(Conversion::Profile(transform)),
    }
}

/// The table of a conversion from grey to RGB, whose three channels come out alike.
fn greys(transform: &Transform8BitExecutor) -> Option<Conversion> {
    let ramp: Vec<u8> = (0..=255).collect();
    let mut rgb = [0; 256 * 3];
    transform.transform(&ramp, &mut rgb).ok()?;
    let table: [u8; 256] = std::array::from_fn(|grey| rgb[grey * 3]);
    let same = table
        .iter()
        .zip(&ramp)
        .all(|(to, from)| to.abs_diff(*from) <= ROUNDING);
    Some(if same {
        Conversion::Nothing
    } else {
        Conversion::Greys(Arc::new(table))
    })
}

/// Whether the colours of a coarse grid stay what they are: sRGB comes in many profiles, which tags and
/// descriptions tell apart less surely than what they do.
fn changes_nothing(transform: &Transform8BitExecutor, layout: Layout) -> Option<bool> {
    let steps = || (0..=255_u8).step_by(17);
    let grid =
        steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b, 255])));
    let from: Vec<u8> = grid
        .flat_map(|color| color.into_iter().take(layout.channels()))
        .collect();
    let mut to = vec![0; from.len()];
    transform.transform(&from, &mut to).ok()?;
    Some(
        to.iter()
            .zip(&from)
            .all(|(to, from)| to.abs_diff(*from) <= ROUNDING),
    )
}

#[cfg(test)]
mod tests;
