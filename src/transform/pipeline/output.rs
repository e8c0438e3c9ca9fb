//! The file: in which format, and of what quality where its bytes are limited.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, Planes, encode};
use crate::optimize::colors::Colors;
use crate::optimize::{self, Abort, optimize_as};
use crate::transform::geometry::{Size, longest_side};
use crate::transform::plan::{LEAST_AVIF_SIDE_PX, Search, Selection, Steps, Way};
use crate::transform::steps;

/// The quality at which a file is taken as small as it gets.
const LEAST_QUALITY: u8 = 10;

/// The file of a result.
pub(super) struct Written {
    pub(super) file: Vec<u8>,
    pub(super) format: Format,
    /// SSIMULACRA2 against the pixels, where it was measured.
    pub(super) score: Option<f64>,
    /// Whether it looks worse than it should; then any other is better.
    falls_short: bool,
}

impl Written {
    fn improves_on(&self, other: &Self) -> bool {
        let rank = |written: &Self| (written.falls_short, written.file.len());
        rank(self) < rank(other)
    }
}

/// What is written.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) pixels: &'a Pixels,
    /// The same picture, where its own pixels are too few to be measured.
    pub(super) larger: Option<&'a Pixels>,
}

/// The file of the result.
pub(super) fn written(
    shown: Shown<'_>,
    steps: &Steps,
    source: &Metadata,
    abort: &Abort,
) -> Result<Written, Error> {
    let pixels = shown.pixels;
    let metadata = steps::kept(steps, source);
    let ways = match steps.output.selection {
        Selection::First => vec![first(pixels, steps)],
        Selection::Smallest => candidates(pixels, steps),
    };
    let ways: Vec<Way> = ways
        .into_iter()
        .map(|way| way.with_metadata(&metadata))
        .collect();
    let measured = measured(shown, &ways, abort)?;
    let mut smallest = None;
    for way in &ways {
        if let Some(written) = unmeasured(pixels, way, steps.output.max_bytes)? {
            smallest = better(smallest, written);
        }
    }
    let smallest = match measured {
        Some(written) => better(smallest, written),
        None => smallest,
    };
    smallest.ok_or_else(|| Error::Unwritable {
        format: steps.output.format(),
        detail: "no format holds the result".to_owned(),
    })
}

fn better(best: Option<Written>, written: Written) -> Option<Written> {
    match best {
        Some(best) if !written.improves_on(&best) => Some(best),
        _ => Some(written),
    }
}

/// The smallest file that looks good enough, of the ways whose quality is found by how it looks.
fn measured(shown: Shown<'_>, ways: &[Way], abort: &Abort) -> Result<Option<Written>, Error> {
    let searched: Vec<_> = ways.iter().filter_map(Way::searched).collect();
    let Some((first, goal)) = searched.first() else {
        return Ok(None);
    };
    let target = goal.target;
    let without = searched.iter().any(|(way, _)| !way.format.holds_alpha());
    let seen = |pixels| match without {
        true => steps::without_alpha(pixels),
        false => Cow::Borrowed(pixels),
    };
    let (pixels, larger) = (seen(shown.pixels), shown.larger.map(seen));
    let found = optimize_as(&pixels, larger.as_deref(), &searched, abort);
    let found = found.map_err(|error| failed(error, first.format))?;
    Ok(Some(Written {
        file: found.file,
        format: found.format,
        score: found.score,
        falls_short: !target.is_met_by(found.score),
    }))
}

/// Why nothing was found.
pub(super) fn failed(error: optimize::Error, format: Format) -> Error {
    match error {
        optimize::Error::Image(error) => error,
        other => Error::Unwritable {
            format,
            detail: other.to_string(),
        },
    }
}

/// The file of the quality that was said, or of the one that fits bytes; `None` where quality is found by how it
/// looks.
fn unmeasured(pixels: &Pixels, way: &Way, max_bytes: u64) -> Result<Option<Written>, Error> {
    let pixels = held(pixels, way.options.format);
    let encode = |options: &encode::Options| encode::encode(&pixels, options);
    let file = match &way.search {
        Search::Score(_) => return Ok(None),
        Search::Bytes { most, quality } => {
            fitting(encode, way.options.clone(), (*most, quality.clone()))?
        }
        Search::Fixed => within_bytes(encode, way.options.clone(), max_bytes)?,
    };
    Ok(Some(Written {
        file,
        format: way.options.format,
        score: None,
        falls_short: false,
    }))
}

/// The file of planes, in the format that was chosen.
pub(super) fn written_planes(
    planes: &Planes,
    steps: &Steps,
    source: &Metadata,
) -> Result<Vec<u8>, Error> {
    let way = steps.output.main();
    let options = encode::Options {
        metadata: steps::kept(steps, source),
        ..way.options.clone()
    };
    let encode = |options: &encode::Options| encode::encode_planes(planes, options);
    match &way.search {
        Search::Bytes { most, quality } => fitting(encode, options, (*most, quality.clone())),
        _ => within_bytes(encode, options, steps.output.max_bytes),
    }
}

/// The file of the greatest of some qualities that has at most so many bytes; of the least where none has.
pub(super) fn fitting(
    encode: impl Fn(&encode::Options) -> Result<Vec<u8>, Error>,
    mut options: encode::Options,
    (most, quality): (u64, RangeInclusive<u8>),
) -> Result<Vec<u8>, Error> {
    let (mut least, mut greatest) = quality.into_inner();
    options.quality = least;
    let mut best = encode(&options)?;
    while has_quality(&options) && least < greatest {
        options.quality = least + (greatest - least).div_ceil(2);
        let file = encode(&options)?;
        if file.len() as u64 <= most {
            (least, best) = (options.quality, file);
        } else {
            greatest = options.quality - 1;
        }
    }
    Ok(best)
}

/// The picture in a layout that a format holds: one that has no alpha is tried for opaque pictures only.
fn held(pixels: &Pixels, format: Format) -> Cow<'_, Pixels> {
    if format.holds_alpha() {
        Cow::Borrowed(pixels)
    } else {
        steps::without_alpha(pixels)
    }
}

/// The format that was chosen, or what stands in for AVIF where the picture is too small for it.
fn first<'a>(pixels: &Pixels, steps: &'a Steps) -> &'a Way {
    let output = &steps.output;
    let small = Size::of(pixels).shortest() < LEAST_AVIF_SIDE_PX;
    if output.format() != Format::Avif || !small {
        return output.main();
    }
    let stand_in = if is_transparent(pixels) {
        Format::Png
    } else {
        Format::Jpeg
    };
    output.way(stand_in).unwrap_or(output.main())
}

/// The formats that are worth a trial: JPEG for photographs, PNG for what is transparent or has few colours, and
/// the modern ones for either.
fn candidates<'a>(pixels: &Pixels, steps: &'a Steps) -> Vec<&'a Way> {
    let old = if is_transparent(pixels) || has_few_colors(pixels) {
        Format::Png
    } else {
        Format::Jpeg
    };
    let size = Size::of(pixels);
    let is_worth_it = |way: &&Way| {
        let format = way.options.format;
        let large = size.longest() > longest_side(Some(format));
        let small = format == Format::Avif && size.shortest() < LEAST_AVIF_SIDE_PX;
        let worth = format == old || matches!(format, Format::WebP | Format::Avif);
        worth && !large && !small
    };
    let ways: Vec<_> = steps.output.ways().filter(is_worth_it).collect();
    if ways.is_empty() {
        return steps.output.way(Format::Png).into_iter().collect();
    }
    ways
}

fn is_transparent(pixels: &Pixels) -> bool {
    let mut each = pixels.data().chunks_exact(4);
    pixels.layout() == Layout::Rgba && each.any(|pixel| pixel[3] != 255)
}

/// Whether a palette holds a picture, which is taken for a photograph otherwise, and where it is grey.
fn has_few_colors(pixels: &Pixels) -> bool {
    pixels.layout() != Layout::Grey && Colors::of(pixels).fit_a_palette()
}

/// The file, with its quality lowered step by step while it has too many bytes and a quality to lower.
pub(super) fn within_bytes(
    encode: impl Fn(&encode::Options) -> Result<Vec<u8>, Error>,
    mut options: encode::Options,
    max_bytes: u64,
) -> Result<Vec<u8>, Error> {
    loop {
        let file = encode(&options)?;
        let bytes = file.len() as u64;
        let done = max_bytes == 0 || bytes <= max_bytes || options.quality <= LEAST_QUALITY;
        if done || !has_quality(&options) {
            return Ok(file);
        }
        options.quality = lower(options.quality, bytes as f64 / max_bytes as f64);
    }
}

/// The next quality for a file that is `times` as large as it may be.
fn lower(quality: u8, times: f64) -> u8 {
    let factor = match times {
        times if times > 3.0 => 0.25,
        times if times > 1.5 => 0.5,
        _ => 0.75,
    };
    let lowered = (f64::from(quality) * factor).round() as u8;
    lowered.min(quality.saturating_sub(1)).max(1)
}

fn has_quality(options: &encode::Options) -> bool {
    match options.format {
        Format::Jpeg | Format::Avif => true,
        Format::WebP => options.webp.compression != encode::WebpCompression::Lossless,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_picture_with_alpha_is_written_without_it_where_there_is_none() {
        let pixels = Pixels::new(1, 1, Layout::Rgba, vec![1, 2, 3, 255]);
        assert!(!is_transparent(&pixels));
        let colors = Pixels::new(1, 1, Layout::Rgb, vec![1, 2, 3]);
        assert_eq!(*held(&pixels, Format::Jpeg), colors);
        assert_eq!(*held(&pixels, Format::Png), pixels);
        assert_eq!(*held(&colors, Format::Jpeg), colors);
    }

    #[test]
    fn a_palette_s_worth_of_colours_is_few_and_grey_is_a_photograph() {
        let colors = |count: u32| {
            let samples = (0..count).flat_map(|n| [(n % 256) as u8, (n / 256) as u8, 7]);
            Pixels::new(count, 1, Layout::Rgb, samples.collect())
        };
        assert!(has_few_colors(&colors(256)));
        assert!(!has_few_colors(&colors(257)));
        assert!(!has_few_colors(&Pixels::new(
            2,
            1,
            Layout::Grey,
            vec![0, 255]
        )));
    }

    #[test]
    fn the_greatest_quality_that_fits_is_found_by_halving() {
        let written = |quality: u8| vec![0; usize::from(quality) * 10];
        let rows = [
            (500, 1..=100, 50),
            (505, 1..=100, 50),
            (5, 1..=100, 1),
            (5, 70..=80, 70),
            (9999, 70..=80, 80),
            (750, 75..=75, 75),
        ];
        for (most, range, expected) in rows {
            let tried = std::cell::Cell::new(0);
            let encode = |options: &encode::Options| {
                tried.set(tried.get() + 1);
                Ok(written(options.quality))
            };
            let file = fitting(encode, encode::Options::new(Format::Jpeg), (most, range)).unwrap();
            assert_eq!(file, written(expected), "{most}");
            assert!(tried.get() <= 8, "{most}");
        }
    }

    #[test]
    fn quality_falls_faster_the_further_the_file_is_from_its_limit() {
        let table = [
            (80, 4.0, 20),
            (80, 3.0, 40),
            (80, 2.0, 40),
            (80, 1.5, 60),
            (80, 1.01, 60),
            (13, 1.1, 10),
            (11, 1.1, 8),
            (2, 1.1, 1),
            (1, 9.0, 1),
        ];
        for (quality, times, expected) in table {
            assert_eq!(lower(quality, times), expected, "{quality} {times}");
        }
    }
}
