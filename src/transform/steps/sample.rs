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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::Point;

    const CORNER: Point = Point { x: 0, y: 0 };

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
        Point { x: left, y: top }.rect(size(width, height))
    }

    fn window(left: f64, top: f64, width: f64, height: f64) -> Window {
        Window {
            left,
            top,
            width,
            height,
        }
    }

    /// Pixels by a rule of column and row.
    fn drawn<const CHANNELS: usize>(
        size: Size,
        layout: Layout,
        rule: impl Fn(u32, u32) -> [u8; CHANNELS],
    ) -> Pixels {
        let rows = 0..size.height;
        let data = rows
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .flat_map(|(x, y)| rule(x, y))
            .collect();
        Pixels::new(size.width, size.height, layout, data)
    }

    fn texture(size: Size) -> Pixels {
        drawn(size, Layout::Rgb, |x, y| {
            [
                (x * 7 % 256) as u8,
                (y * 5 % 256) as u8,
                ((x ^ y) % 256) as u8,
            ]
        })
    }

    fn sampled(pixels: &Pixels, sampling: &Sampling) -> Pixels {
        sample(pixels.clone(), sampling, Format::Png).unwrap()
    }

    #[test]
    fn a_whole_image_at_its_own_size_is_not_moved() {
        let pixels = texture(size(20, 10));
        let before = pixels.data().as_ptr();
        let sampling = Sampling::whole(size(20, 10), size(20, 10));
        let after = sample(pixels, &sampling, Format::Png).unwrap();
        assert_eq!(after.data().as_ptr(), before);
    }

    #[test]
    fn a_part_at_its_own_size_is_copied_exactly() {
        let pixels = texture(size(20, 10));
        let sampling = Sampling {
            view: rect(3, 2, 10, 6),
            window: window(2.0, 1.0, 4.0, 3.0),
            size: size(4, 3),
            ..Sampling::whole(size(20, 10), size(20, 10))
        };
        let expected = drawn(size(4, 3), Layout::Rgb, |x, y| {
            let (x, y) = (x + 5, y + 3);
            [(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]
        });
        assert!(sampled(&pixels, &sampling) == expected);
    }

    #[test]
    fn scaling_what_is_shown_equals_scaling_all_and_cutting() {
        let (from, to) = (size(200, 160), size(75, 60));
        let pixels = texture(from);
        let whole = sampled(&pixels, &Sampling::whole(from, to));
        let step = 200.0 / 75.0;
        let shown = Sampling {
            window: window(11.0 * step, 7.0 * step, 40.0 * step, 30.0 * step),
            size: size(40, 30),
            ..Sampling::whole(from, to)
        };
        let part = sampled(&pixels, &shown);
        for (y, row) in part.rows().enumerate() {
            let expected = whole.rows().nth(y + 7).unwrap();
            let expected = &expected[11 * 3..51 * 3];
            let off = row.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off <= Some(1), "row {y} is off by {off:?}");
        }
    }

    #[test]
    fn nothing_outside_of_the_view_bleeds_in() {
        let from = size(100, 100);
        let pixels = drawn(from, Layout::Grey, |x, _| [if x < 50 { 10 } else { 250 }]);
        let left_half = Sampling {
            view: rect(0, 0, 50, 100),
            window: window(0.0, 0.0, 50.0, 100.0),
            size: size(10, 20),
            ..Sampling::whole(from, from)
        };
        let found = sampled(&pixels, &left_half);
        assert!(found.data().iter().all(|&value| value == 10));
    }

    #[test]
    fn colour_under_clear_pixels_never_shows() {
        // Red where it is opaque, green where it is clear; the mixed pixels must be red at some alpha.
        let from = size(64, 64);
        let pixels = drawn(from, Layout::Rgba, |x, _| {
            if x < 30 {
                [200, 0, 0, 255]
            } else {
                [0, 255, 0, 0]
            }
        });
        let found = sampled(&pixels, &Sampling::whole(from, size(10, 10)));
        for pixel in found.data().chunks_exact(4) {
            let [red, green, _, alpha] = pixel else {
                unreachable!()
            };
            assert_eq!(*green, 0, "{pixel:?}");
            // Lanczos rings by up to a tenth at an edge this hard; what counts is what the alpha lets through.
            let shown = u32::from(red.abs_diff(200)) * u32::from(*alpha) / 255;
            assert!(shown <= 20, "{pixel:?}");
        }
        assert!(
            found
                .data()
                .chunks_exact(4)
                .any(|pixel| !matches!(pixel[3], 0 | 255))
        );
    }

    #[test]
    fn an_opaque_image_with_alpha_stays_opaque_and_equals_the_one_without() {
        let (from, to) = (size(64, 48), size(20, 15));
        let plain = texture(from);
        let (colors, _) = plain.data().as_chunks::<3>();
        let data = colors
            .iter()
            .flat_map(|&[r, g, b]| [r, g, b, 255])
            .collect();
        let with_alpha = Pixels::new(64, 48, Layout::Rgba, data);
        let expected = sampled(&plain, &Sampling::whole(from, to));
        let found = sampled(&with_alpha, &Sampling::whole(from, to));
        let (expected, _) = expected.data().as_chunks::<3>();
        let (found, _) = found.data().as_chunks::<4>();
        for ([r, g, b, alpha], expected) in found.iter().zip(expected) {
            assert_eq!(([*r, *g, *b], *alpha), (*expected, 255));
        }
    }

    #[test]
    fn only_the_view_decides_whether_there_is_transparency() {
        let pixels = drawn(size(4, 4), Layout::Rgba, |x, y| {
            [0, 0, 0, if (x, y) == (3, 3) { 254 } else { 255 }]
        });
        assert!(is_transparent(&pixels, CORNER.rect(size(4, 4))));
        assert!(!is_transparent(&pixels, CORNER.rect(size(3, 4))));
        assert!(!is_transparent(&pixels, CORNER.rect(size(4, 3))));
        assert!(is_transparent(&pixels, rect(3, 3, 1, 1)));
    }

    #[test]
    fn scratch_memory_of_a_huge_job_is_given_back() {
        let from = size(2_000, 1_500);
        let pixels = Pixels::filled(2_000, 1_500, Layout::Rgba, &[1, 2, 3, 4]);
        sampled(&pixels, &Sampling::whole(from, size(100, 75)));
        let kept = RESIZER.with_borrow(Resizer::size_of_internal_buffers);
        assert!(kept <= KEPT_SCRATCH_BYTES, "{kept}");
    }

    #[test]
    fn a_pixel_can_become_an_image_and_an_image_a_pixel() {
        for (from, to) in [(size(1, 1), size(300, 200)), (size(300, 200), size(1, 1))] {
            for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
                let color = vec![77; layout.channels()];
                let pixels = Pixels::filled(from.width, from.height, layout, &color);
                let found = sampled(&pixels, &Sampling::whole(from, to));
                assert!(found.data().iter().all(|&value| value.abs_diff(77) <= 1));
            }
        }
    }

    #[test]
    fn fit_scales_to_the_size_and_is_nothing_without_one() {
        let pixels = texture(size(20, 10));
        let found = fit(pixels.clone(), Some(size(10, 5)), Format::WebP).unwrap();
        assert_eq!((found.width(), found.height()), (10, 5));
        assert!(fit(pixels.clone(), None, Format::WebP).unwrap() == pixels);
    }
}
