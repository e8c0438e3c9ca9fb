//! Crop, resize and cut in one pass.

use std::cell::RefCell;

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::image::{Error, Format, Layout, Pixels};
use crate::transform::geometry::{Rect, Size};
use crate::transform::plan::{Sampling, Window};

/// Scratch memory that a thread keeps between jobs; what is above goes back after the job.
const KEPT_SCRATCH_BYTES: usize = 4 << 20;

thread_local! {
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// The planned part of the decoded pixels at the planned size; `source` is named in errors.
pub(in crate::transform) fn sample(
    pixels: Pixels,
    sampling: &Sampling,
    source: Format,
) -> Result<Pixels, Error> {
    if sampling.is_nothing() {
        return Ok(pixels);
    }
    resize(&pixels, sampling).map_err(|detail| Error::Codec {
        format: source,
        detail,
    })
}

/// Scales the whole picture down to what the format of the result holds.
pub(in crate::transform) fn fit(
    pixels: Pixels,
    size: Option<Size>,
    format: Format,
) -> Result<Pixels, Error> {
    match size {
        Some(size) => {
            let sampling = Sampling::whole(Size::of(&pixels), size);
            sample(pixels, &sampling, format)
        }
        None => Ok(pixels),
    }
}

fn resize(pixels: &Pixels, sampling: &Sampling) -> Result<Pixels, String> {
    let (view, size) = (sampling.view, sampling.size);
    let kind = pixel_type(pixels.layout());
    let source = ImageRef::new(pixels.width(), pixels.height(), pixels.data(), kind)
        .map_err(|error| error.to_string())?;
    let source = CroppedImage::new(&source, view.left, view.top, view.width, view.height)
        .map_err(|error| error.to_string())?;
    let mut result = Image::new(size.width, size.height, kind);
    let options = options(sampling.window, is_transparent(pixels, view));
    RESIZER
        .with_borrow_mut(|resizer| {
            let resized = resizer.resize(&source, &mut result, &options);
            if resizer.size_of_internal_buffers() > KEPT_SCRATCH_BYTES {
                resizer.reset_internal_buffers();
            }
            resized
        })
        .map_err(|error| error.to_string())?;
    Ok(Pixels::new(
        size.width,
        size.height,
        pixels.layout(),
        result.into_vec(),
    ))
}

fn options(window: Window, weigh_by_alpha: bool) -> ResizeOptions {
    ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(window.left, window.top, window.width, window.height)
        .use_alpha(weigh_by_alpha)
}

const fn pixel_type(layout: Layout) -> PixelType {
    match layout {
        Layout::Grey => PixelType::U8,
        Layout::Rgb => PixelType::U8x3,
        Layout::Rgba | Layout::Cmyk => PixelType::U8x4,
    }
}

/// Whether any pixel of the view is other than opaque. Weighing colours by alpha costs a copy of the view, and
/// most images that could be transparent are not.
fn is_transparent(pixels: &Pixels, view: Rect) -> bool {
    let columns = view.left as usize * 4..(view.left as usize + view.width as usize) * 4;
    pixels.layout() == Layout::Rgba
        && pixels
            .rows()
            .skip(view.top as usize)
            .take(view.height as usize)
            .any(|row| {
                row[columns.clone()]
                    .chunks_exact(4)
                    .any(|pixel| pixel[3] != 255)
            })
}
