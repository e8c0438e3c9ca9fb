//! Crop, resize and cut in one pass.

use std::cell::RefCell;
use std::f64::consts::PI;

use fast_image_resize::images::{CroppedImage, Image, ImageRef, TypedImage};
use fast_image_resize::{
    Filter, FilterType, PixelType, ResizeAlg, ResizeError, ResizeOptions, Resizer,
};

use super::{alpha, light};
use crate::image::{Depth, Error, Format, Layout, Pixels};
use crate::transform::ask::Kernel;
use crate::transform::geometry::{Point, Rect, Size};
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
    if !sampling.linear || pixels.layout() == Layout::Cmyk {
        return scaled(pixels, sampling);
    }
    let lit = light::linear(pixels, sampling.view);
    let whole = Point { x: 0, y: 0 }.rect(sampling.view.size());
    let sampling = Sampling {
        view: whole,
        ..*sampling
    };
    let scaled = scaled(&lit, &sampling)?;
    Ok(light::encoded(scaled, pixels.depth()))
}

fn scaled(pixels: &Pixels, sampling: &Sampling) -> Result<Pixels, String> {
    // The nearest pixel is taken whole: nothing is mixed.
    if sampling.kernel != Kernel::Nearest && is_transparent(pixels, sampling.view) {
        weighed(pixels, sampling)
    } else {
        plain(pixels, sampling)
    }
}

/// Every channel for itself.
fn plain(pixels: &Pixels, sampling: &Sampling) -> Result<Pixels, String> {
    let (view, size, layout) = (sampling.view, sampling.size, pixels.layout());
    let kind = pixel_type(layout, pixels.depth());
    let source = ImageRef::new(pixels.width(), pixels.height(), pixels.data(), kind)
        .map_err(|error| error.to_string())?;
    let source = CroppedImage::new(&source, view.left, view.top, view.width, view.height)
        .map_err(|error| error.to_string())?;
    let mut result = blank(size, layout, pixels.depth());
    let mut target = Image::from_slice_u8(size.width, size.height, result.data_mut(), kind)
        .map_err(|error| error.to_string())?;
    let options = options(sampling.window, sampling.kernel);
    with_resizer(|resizer| resizer.resize(&source, &mut target, &options))?;
    drop(target);
    Ok(result)
}

fn blank(size: Size, layout: Layout, depth: Depth) -> Pixels {
    let Size { width, height } = size;
    let count = width as usize * height as usize * layout.channels();
    match depth {
        Depth::Eight => Pixels::new(width, height, layout, vec![0; count]),
        Depth::Sixteen => Pixels::new16(width, height, layout, vec![0; count]),
    }
}

/// Colours weighed by their alpha, so that what is clear has no say in them.
fn weighed(pixels: &Pixels, sampling: &Sampling) -> Result<Pixels, String> {
    let (view, size) = (sampling.view, sampling.size);
    let source = TypedImage::from_pixels(view.width, view.height, alpha::multiplied(pixels, view))
        .map_err(|error| error.to_string())?;
    let mut result = TypedImage::new(size.width, size.height);
    let options = options(sampling.window, sampling.kernel);
    with_resizer(|resizer| resizer.resize_typed(&source, &mut result, &options))?;
    Ok(alpha::divided(result.pixels(), size, pixels.depth()))
}

fn with_resizer(
    resize: impl FnOnce(&mut Resizer) -> Result<(), ResizeError>,
) -> Result<(), String> {
    RESIZER
        .with_borrow_mut(|resizer| {
            let resized = resize(resizer);
            if resizer.size_of_internal_buffers() > KEPT_SCRATCH_BYTES {
                resizer.reset_internal_buffers();
            }
            resized
        })
        .map_err(|error| error.to_string())
}

fn options(window: Window, kernel: Kernel) -> ResizeOptions {
    ResizeOptions::new()
        .resize_alg(algorithm(kernel))
        .crop(window.left, window.top, window.width, window.height)
        .use_alpha(false)
}

fn algorithm(kernel: Kernel) -> ResizeAlg {
    match kernel {
        Kernel::Nearest => ResizeAlg::Nearest,
        Kernel::Linear => ResizeAlg::Convolution(FilterType::Bilinear),
        Kernel::Cubic => ResizeAlg::Convolution(FilterType::CatmullRom),
        Kernel::Lanczos2 => {
            let filter = Filter::new("Lanczos2", lanczos2, 2.0).expect("the support is finite");
            ResizeAlg::Convolution(FilterType::Custom(filter))
        }
        Kernel::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
    }
}

/// A sinc, windowed by another of twice its width.
fn lanczos2(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { x.sin() / x };
    if x.abs() < 2.0 {
        sinc(x * PI) * sinc(x * PI / 2.0)
    } else {
        0.0
    }
}

const fn pixel_type(layout: Layout, depth: Depth) -> PixelType {
    match (layout, depth) {
        (Layout::Grey, Depth::Eight) => PixelType::U8,
        (Layout::Rgb, Depth::Eight) => PixelType::U8x3,
        (Layout::Rgba | Layout::Cmyk, Depth::Eight) => PixelType::U8x4,
        (Layout::Grey, Depth::Sixteen) => PixelType::U16,
        (Layout::Rgb, Depth::Sixteen) => PixelType::U16x3,
        (Layout::Rgba | Layout::Cmyk, Depth::Sixteen) => PixelType::U16x4,
    }
}

/// Whether any pixel of the view is other than opaque. Weighing colours by alpha costs a copy of the view, and
/// most images that could be transparent are not.
fn is_transparent(pixels: &Pixels, view: Rect) -> bool {
    if pixels.layout() != Layout::Rgba {
        return false;
    }
    let columns = view.left as usize * 4..(view.left as usize + view.width as usize) * 4;
    let (top, height) = (view.top as usize, view.height as usize);
    match pixels.depth() {
        Depth::Eight => {
            let mut rows = pixels.rows().skip(top).take(height);
            rows.any(|row| has_alpha_other_than(255, &row[columns.clone()]))
        }
        Depth::Sixteen => {
            let mut rows = pixels.rows16().skip(top).take(height);
            rows.any(|row| has_alpha_other_than(65_535, &row[columns.clone()]))
        }
    }
}

fn has_alpha_other_than<Sample: PartialEq>(opaque: Sample, row: &[Sample]) -> bool {
    row.chunks_exact(4).any(|pixel| pixel[3] != opaque)
}

#[cfg(test)]
mod tests;
