//! Brightness, contrast and saturation.

use crate::image::{Layout, Pixels};
use crate::transform::blend::luma;

/// The grey that contrast leaves alone.
const MIDDLE: f64 = 128.0;
/// A saturation above this turns every colour to an extreme already.
const MAX_SATURATION: f64 = 256.0;
/// The fraction bits of saturation.
const BITS: u32 = 12;

/// Brightness (-255..=255, added), contrast and saturation (factors above 0), in this order.
///
/// Contrast is the factor of the distance from middle grey, saturation that of the distance from the colour's own
/// luminance.
pub(in crate::transform) fn adjust(
    mut pixels: Pixels,
    brightness: i32,
    contrast: f64,
    saturation: f64,
) -> Pixels {
    if brightness != 0 || contrast != 1.0 {
        apply(&mut pixels, &table(brightness, contrast));
    }
    if saturation != 1.0 {
        saturate(&mut pixels, saturation);
    }
    pixels
}

fn table(brightness: i32, contrast: f64) -> [u8; 256] {
    std::array::from_fn(|sample| {
        let brighter = (sample as i32).saturating_add(brightness).clamp(0, 255);
        // The cast saturates.
        ((f64::from(brighter) - MIDDLE) * contrast + MIDDLE).round() as u8
    })
}

fn apply(pixels: &mut Pixels, table: &[u8; 256]) {
    let transparent = pixels.layout() == Layout::Rgba;
    let data = pixels.data_mut();
    if !transparent {
        for sample in data {
            *sample = table[usize::from(*sample)];
        }
        return;
    }
    for pixel in data.as_chunks_mut::<4>().0 {
        let [r, g, b, alpha] = *pixel;
        let [r, g, b] = [r, g, b].map(|sample| table[usize::from(sample)]);
        *pixel = [r, g, b, alpha];
    }
}

fn saturate(pixels: &mut Pixels, saturation: f64) {
    let factor = (saturation.min(MAX_SATURATION) * f64::from(1 << BITS)).round() as i32;
    let layout = pixels.layout();
    let stretched = |color: [u8; 3]| {
        let grey = i32::from(luma(color));
        color.map(|sample| {
            let distance = (i32::from(sample) - grey) * factor + (1 << (BITS - 1));
            (grey + (distance >> BITS)).clamp(0, 255) as u8
        })
    };
    match layout {
        Layout::Grey => {}
        Layout::Rgb => {
            for color in pixels.data_mut().as_chunks_mut::<3>().0 {
                *color = stretched(*color);
            }
        }
        Layout::Rgba | Layout::Cmyk => {
            for pixel in pixels.data_mut().as_chunks_mut::<4>().0 {
                let [r, g, b, alpha] = *pixel;
                let [r, g, b] = stretched([r, g, b]);
                *pixel = [r, g, b, alpha];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_move_as_asked() {
        let table = [
            ((50, 1.0, 1.0), [50, 150, 250, 9]),
            ((-150, 1.0, 1.0), [0, 0, 50, 9]),
            ((255, 1.0, 1.0), [255, 255, 255, 9]),
            ((0, 2.0, 1.0), [0, 72, 255, 9]),
            ((0, 0.5, 1.0), [64, 114, 164, 9]),
            ((0, 1e300, 1.0), [0, 0, 255, 9]),
            // Brightness first: 28, 128, 228.
            ((28, 2.0, 1.0), [0, 128, 255, 9]),
            // The luminance is 86.
            ((0, 1.0, 0.000_1), [86, 86, 86, 9]),
            ((0, 1.0, 0.5), [43, 93, 143, 9]),
            ((0, 1.0, 2.0), [0, 114, 255, 9]),
            ((0, 1.0, 1e300), [0, 255, 255, 9]),
        ];
        for ((brightness, contrast, saturation), expected) in table {
            let pixels = Pixels::filled(1, 1, Layout::Rgba, &[0, 100, 200, 9]);
            let found = adjust(pixels, brightness, contrast, saturation);
            assert_eq!(
                found.data(),
                expected,
                "{brightness} {contrast} {saturation}"
            );
            let pixels = Pixels::filled(1, 1, Layout::Rgb, &[0, 100, 200]);
            let found = adjust(pixels, brightness, contrast, saturation);
            assert_eq!(found.data(), &expected[..3]);
        }
    }

    #[test]
    fn grey_has_no_saturation() {
        let grey = Pixels::new(2, 1, Layout::Grey, vec![10, 200]);
        assert!(adjust(grey.clone(), 0, 1.0, 3.0) == grey);
        assert_eq!(adjust(grey, 1, 2.0, 3.0).data(), [0, 255]);
    }
}
