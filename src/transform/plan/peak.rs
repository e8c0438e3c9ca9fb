//! The memory that a plan takes at its peak.

use super::reading::Reading;
use super::{Pass, Sampling, Selection, Steps, Way, marking};
use crate::identify::{ColorType, Facts};
use crate::image::{Depth, Layout, decode, encode};
use crate::optimize;
use crate::transform::geometry::Size;
use crate::transform::steps::filtering_bytes;

/// Profiles, EXIF, colour tables and filter weights: what does not grow with the pixels.
const FIXED_BYTES: u64 = 8 << 20;

/// Where a border is cut off, the result may have this many times the pixels that it has with the border, …
const TRIMMED_GROWTH: u64 = 4;
/// … and in any case so many.
const TRIMMED_PIXELS: u64 = 2 << 20;

/// An upper bound of the bytes that are held at any time: the worst of the steps, each with what goes in and comes out.
pub(super) fn bytes(steps: &Steps, facts: &Facts) -> u64 {
    let first = steps.stages.iter().take(1);
    let first = first.map(|stage| sampling(&stage.pass.sampling, layout(facts), read(steps)));
    let passes = steps.stages.iter().skip(1).map(|stage| &stage.pass);
    let later = passes.map(|pass| sampling(&pass.sampling, Layout::Rgba, steps.depth));
    let results = steps
        .stages
        .iter()
        .map(|stage| of_result(&stage.pass, steps));
    let peak = first.chain(later).chain(results).max().unwrap_or(0);
    let held = match steps.reading {
        // The decoder and the file so far stay while a frame is worked on.
        Reading::Moving(range) => {
            let size = steps.result();
            let format = steps.output.format();
            let file =
                encode::Animation::peak_bytes((size.width, size.height), range.count, format);
            decode::Frames::peak_bytes(facts)
                .saturating_add(file)
                .saturating_add(choosing(steps))
        }
        Reading::One | Reading::Stacked(_) => 0,
    };
    decoding(steps, facts)
        .max(converting_ink(steps, facts))
        .max(looking(steps))
        .max(trimmed(steps))
        .max(peak)
        .saturating_add(held)
        .saturating_add(texts(steps))
        .saturating_add(FIXED_BYTES)
}

/// The frames that are held while the one is looked for by which an animation is measured: the best so far and the one
/// before it, the last one, and what becomes of the best.
fn choosing(steps: &Steps) -> u64 {
    match steps.output.main().searched() {
        Some(_) => samples(steps.decoded, 3 * 4).saturating_add(samples(steps.result(), 2 * 4)),
        None => 0,
    }
}

/// What it takes more to carry out `refined` than `steps`, which differ from it only in how files are written.
pub(super) fn growth(steps: &Steps, refined: &Steps) -> u64 {
    let of_results = steps.stages.iter().map(|stage| {
        let result = stage.pass.result();
        encoding(refined, result).saturating_sub(encoding(steps, result))
    });
    let of_trimmed = trimmed(refined).saturating_sub(trimmed(steps));
    of_results.fold(of_trimmed, u64::max)
}

/// The most bytes from the end of a pass's sampling to the file.
fn of_result(pass: &Pass, steps: &Steps) -> u64 {
    let filtered = match pass.filters.is_empty() {
        true => 0,
        false => filtering(pass.sampling.size),
    };
    filtered
        .max(laying_out(pass, steps.depth.bytes() as u64))
        .max(encoding(steps, pass.result()))
}

/// The most bytes of a pass that was decided after a look.
pub(super) fn looked(pass: &Pass, steps: &Steps) -> u64 {
    sampling(&pass.sampling, Layout::Rgba, read(steps)).max(of_result(pass, steps))
}

/// The most bytes that decoding holds.
fn decoding(steps: &Steps, facts: &Facts) -> u64 {
    let one = decode::peak_bytes(&marking::rendered(facts, &steps.how), &steps.how);
    match steps.reading {
        Reading::One => one,
        Reading::Stacked(pages) => {
            // Each by itself, and all of them together.
            let pages = samples(steps.decoded, u64::from(pages) * (4 + 4));
            one.saturating_add(pages)
        }
        Reading::Moving(_) => 0,
    }
}

/// The layout of the most channels that the decoded pixels may have.
const fn layout(facts: &Facts) -> Layout {
    match facts.color_type {
        ColorType::Grey if !facts.alpha => Layout::Grey,
        ColorType::Rgb if !facts.alpha => Layout::Rgb,
        _ => Layout::Rgba,
    }
}

/// The depth of the decoded pixels.
const fn read(steps: &Steps) -> Depth {
    if steps.how.deep {
        Depth::Sixteen
    } else {
        Depth::Eight
    }
}

pub(super) fn samples(size: Size, bytes: u64) -> u64 {
    size.pixels().saturating_mul(bytes)
}

/// CMYK as decoded, and sRGB beside it.
fn converting_ink(steps: &Steps, facts: &Facts) -> u64 {
    match facts.color_type {
        ColorType::Cmyk | ColorType::Ycck => {
            samples(steps.decoded, u64::from(steps.reading.stacked()) * (4 + 3))
        }
        _ => 0,
    }
}

/// The picture that is filtered, and what the filter takes.
fn filtering(size: Size) -> u64 {
    samples(size, 4).saturating_add(filtering_bytes(size, Layout::Rgba))
}

/// The pixels, in 8 bits too where they are deeper, and what the look takes: rows, or a small copy.
fn looking(steps: &Steps) -> u64 {
    let pictures = match read(steps) {
        Depth::Eight => 1 + 1,
        Depth::Sixteen => 2 + 1 + 1,
    };
    let looked_at = steps.stages.iter().filter(|stage| stage.open.is_some());
    looked_at
        .map(|stage| samples(stage.pass.sampling.decoded, 4 * pictures))
        .max()
        .unwrap_or(0)
}

/// What a result without its border may take: its size is known only after a look, and held to this.
fn trimmed(steps: &Steps) -> u64 {
    let resized = steps
        .stages
        .iter()
        .filter(|stage| stage.is_resized_by_look());
    resized
        .map(|stage| {
            let pixels = (stage.pass.result().pixels() * TRIMMED_GROWTH).max(TRIMMED_PIXELS);
            let side = (pixels as f64).sqrt().ceil() as u32;
            let size = Size {
                width: side,
                height: side,
            };
            let sampling = Sampling {
                size,
                ..stage.pass.sampling
            };
            encoding(steps, size)
                .max(filtering(size))
                .max(self::sampling(&sampling, Layout::Rgba, read(steps)))
        })
        .max()
        .unwrap_or(0)
}

/// Texts that are laid over the results.
fn texts(steps: &Steps) -> u64 {
    let passes = steps.stages.iter().map(|stage| &stage.pass);
    passes
        .filter_map(|pass| Some((pass.mark.as_ref()?, pass.result())))
        .map(|(mark, under)| mark.text_bytes(under))
        .fold(0, u64::saturating_add)
}

/// The result, and its file as it grows; where formats are tried, the smallest file so far stays beside, and the
/// colours without their alpha.
fn encoding(steps: &Steps, result: Size) -> u64 {
    let said = steps.output.ways().filter(|way| way.searched().is_none());
    let most = said
        .map(|way| encode::peak_bytes(result.width, result.height, way.options.format))
        .max()
        .unwrap_or(0);
    let kept = match steps.output.selection {
        Selection::Smallest => samples(result, 4 + 3),
        Selection::First => 0,
    };
    let depth = steps.depth.bytes() as u64;
    let searched: Vec<_> = steps.output.ways().filter_map(Way::searched).collect();
    let measuring = match searched.is_empty() {
        true => 0,
        false => optimize::peak_bytes((result.width, result.height), steps.depth, &searched),
    };
    most.saturating_mul(depth)
        .saturating_add(measuring)
        .saturating_add(kept)
        .saturating_add(samples(result, 4 * depth))
}

/// The decoded pixels, the view as light, the view multiplied by its alpha, the view after one pass, and the result.
pub(super) fn sampling(sampling: &Sampling, layout: Layout, depth: Depth) -> u64 {
    let (view, result) = (sampling.view.size(), sampling.size);
    let (channels, depth) = (layout.channels() as u64, depth.bytes() as u64);
    let plain = channels * depth;
    // In 16 bits each.
    let wide = channels * 2;
    let lit = match sampling.linear {
        true => samples(view, wide).saturating_add(samples(result, wide)),
        false => 0,
    };
    let sampled = if layout == Layout::Rgba {
        samples(view, wide)
            .saturating_add(half_done(view, result, wide))
            .saturating_add(samples(result, wide + plain))
    } else {
        let between = if sampling.linear { wide } else { plain };
        half_done(view, result, between).saturating_add(samples(result, plain))
    };
    samples(sampling.decoded, plain)
        .saturating_add(lit)
        .saturating_add(sampled)
}

fn half_done(view: Size, result: Size, pixel_bytes: u64) -> u64 {
    let between = Size {
        width: view.width,
        height: result.height,
    };
    samples(between, pixel_bytes)
}

/// The picture and the canvas, or the canvas and what it is fitted to; converting and turning hold two pictures.
fn laying_out(pass: &Pass, depth: u64) -> u64 {
    let result = pass.result();
    let picture = samples(pass.sampling.size, 4 * depth);
    let canvas = pass
        .canvas
        .map_or(picture, |canvas| samples(canvas.size, 4 * depth));
    let fitting = match pass.fit {
        // The canvas, the same multiplied by its alpha, the half-done pass, and the result: the latter three in 16 bits.
        Some(_) => canvas.saturating_mul(1 + 2 + 2 + 2),
        None => 0,
    };
    picture
        .saturating_add(canvas)
        .max(picture.saturating_mul(2))
        .max(fitting.saturating_add(samples(result, 4 * depth)))
}
