//! The file: in which format, and of what quality where its bytes are limited.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, Planes, encode};
use crate::transform::geometry::{Size, longest_side};
use crate::transform::plan::{LEAST_AVIF_SIDE_PX, Selection, Steps};
use crate::transform::steps;

/// The quality at which a file is taken as small as it gets.
const LEAST_QUALITY: u8 = 10;

/// A picture with more colours than fit a palette is taken for a photograph.
const FEW_COLORS: usize = 256;

/// The file of the result, and its format.
pub(super) fn written(
    pixels: &Pixels,
    steps: &Steps,
    source: &Metadata,
) -> Result<(Vec<u8>, Format), Error> {
    let metadata = steps::kept(steps, source);
    let ways = match steps.output.selection {
        Selection::First => vec![first(pixels, steps)],
        Selection::Smallest => candidates(pixels, steps),
    };
    let mut smallest: Option<(Vec<u8>, Format)> = None;
    for way in ways {
        let options = encode::Options {
            metadata: metadata.clone(),
            ..way.clone()
        };
        let pixels = held(pixels, way.format);
        let encode = |options: &encode::Options| encode::encode(&pixels, options);
        let file = within_bytes(encode, options, steps.output.max_bytes)?;
        let improves = smallest
            .as_ref()
            .is_none_or(|(best, _)| file.len() < best.len());
        if improves {
            smallest = Some((file, way.format));
        }
    }
    smallest.ok_or_else(|| Error::Unwritable {
        format: steps.output.format(),
        detail: "no format holds the result".to_owned(),
    })
}

/// The file of planes, in the format that was chosen.
pub(super) fn written_planes(
    planes: &Planes,
    steps: &Steps,
    source: &Metadata,
) -> Result<Vec<u8>, Error> {
    let options = encode::Options {
        metadata: steps::kept(steps, source),
        ..steps.output.main().clone()
    };
    let encode = |options: &encode::Options| encode::encode_planes(planes, options);
    within_bytes(encode, options, steps.output.max_bytes)
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
fn first<'a>(pixels: &Pixels, steps: &'a Steps) -> &'a encode::Options {
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
    output.encoding(stand_in).unwrap_or(output.main())
}

/// The formats that are worth a trial: JPEG for photographs, PNG for what is transparent or has few colours, and
/// the modern ones for either.
fn candidates<'a>(pixels: &Pixels, steps: &'a Steps) -> Vec<&'a encode::Options> {
    let old = if is_transparent(pixels) || has_few_colors(pixels) {
        Format::Png
    } else {
        Format::Jpeg
    };
    let size = Size::of(pixels);
    let fits = |way: &&encode::Options| {
        let large = size.longest() > longest_side(Some(way.format));
        let small = way.format == Format::Avif && size.shortest() < LEAST_AVIF_SIDE_PX;
        !large && !small
    };
    let worth = |way: &&encode::Options| {
        way.format == old || matches!(way.format, Format::WebP | Format::Avif)
    };
    let encodings = steps.output.encodings();
    let ways: Vec<_> = encodings.filter(worth).filter(fits).collect();
    if ways.is_empty() {
        return steps.output.encoding(Format::Png).into_iter().collect();
    }
    ways
}

fn is_transparent(pixels: &Pixels) -> bool {
    let mut each = pixels.data().chunks_exact(4);
    pixels.layout() == Layout::Rgba && each.any(|pixel| pixel[3] != 255)
}

fn has_few_colors(pixels: &Pixels) -> bool {
    let channels = pixels.layout().channels();
    let mut seen = HashSet::with_capacity(FEW_COLORS + 1);
    let mut last: &[u8] = &[];
    for pixel in pixels.data().chunks_exact(channels) {
        if pixel != last && seen.insert(pixel) && seen.len() > FEW_COLORS {
            return false;
        }
        last = pixel;
    }
    channels > 1
}

/// The file, with its quality lowered step by step while it has too many bytes and a quality to lower.
fn within_bytes(
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
