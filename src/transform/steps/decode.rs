//! The file to pixels, shrunk on the way.

use super::embed;
use crate::identify::Facts;
use crate::image::decode::How;
use crate::image::{self, Error, Format, Layout, Pixels};
use crate::transform::geometry::{Canvas, Point, Size};
use crate::transform::plan::{Reading, Steps};

/// Decodes what is planned of the source; of several pages each is laid below the one before.
pub(in crate::transform) fn decode(
    source: &[u8],
    facts: &Facts,
    steps: &Steps,
) -> Result<Pixels, Error> {
    let page = |page: u32| {
        let how = How { page, ..steps.how };
        let pixels = image::decode::decode(source, facts, &how)?;
        of_size(pixels, steps.decoded, facts.format)
    };
    match steps.reading {
        Reading::Stacked(pages) => {
            let numbers = (0..pages).map(|number| steps.how.page + number);
            let pages = numbers.map(page).collect::<Result<Vec<_>, _>>()?;
            stacked(pages, steps.decoded, facts.format)
        }
        Reading::One | Reading::Moving(_) => page(steps.how.page),
    }
}

/// The pixels, unless they are not of the size that was planned for.
pub(in crate::transform) fn of_size(
    pixels: Pixels,
    planned: Size,
    format: Format,
) -> Result<Pixels, Error> {
    let size = Size::of(&pixels);
    if size == planned {
        return Ok(pixels);
    }
    Err(Error::Dishonest {
        format,
        detail: format!("{size:?} came, {planned:?} was planned"),
    })
}

/// Pages of one size, one below the other, in a layout that holds all.
fn stacked(mut pages: Vec<Pixels>, size: Size, format: Format) -> Result<Pixels, Error> {
    let layouts = || pages.iter().map(Pixels::layout);
    let layout = layouts().next().unwrap_or(Layout::Rgba);
    let layout = if layouts().all(|other| other == layout) {
        layout
    } else if layouts().any(|other| other == Layout::Cmyk) {
        return Err(Error::Broken {
            format,
            detail: "pages of ink and of light are not stacked".to_owned(),
        });
    } else {
        pages = pages.into_iter().map(with_alpha).collect();
        Layout::Rgba
    };
    let height = size.height.saturating_mul(pages.len() as u32);
    let data: Vec<_> = pages.iter().map(Pixels::data).collect();
    Ok(Pixels::new(size.width, height, layout, data.concat()))
}

/// The same picture in RGBA.
pub(in crate::transform) fn with_alpha(pixels: Pixels) -> Pixels {
    if pixels.layout() == Layout::Rgba {
        return pixels;
    }
    let canvas = Canvas {
        size: Size::of(&pixels),
        at: Point { x: 0, y: 0 },
    };
    embed(pixels, Some(canvas), None)
}
