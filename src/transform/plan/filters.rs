//! What changes pixels where they are.

use super::Unsharp;
use crate::transform::ask::{Colorize, Duotone, Gradient, Monochrome, Transform, UnsharpMode};

/// A change of pixels that keeps the size.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) enum Filter {
    /// Sharpening after scaling.
    Unsharp(Unsharp),
    /// A Gaussian blur of this sigma in pixels.
    Blur(f64),
    /// Sharpening of this sigma in pixels.
    Sharpen(f64),
    /// Blocks of this side in pixels.
    Pixelate(u32),
    /// Other brightness, contrast and saturation.
    Adjust {
        /// Added to every sample.
        brightness: i32,
        /// Factor of the distance from middle grey.
        contrast: f64,
        /// Factor of the distance from grey.
        saturation: f64,
    },
    /// One tint.
    Monochrome(Monochrome),
    /// Two tints.
    Duotone(Duotone),
    /// A colour over all.
    Colorize(Colorize),
    /// A colour that fades in.
    Gradient(Gradient),
}

/// Whether scaling left fewer pixels than there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scaling {
    /// It did along some side.
    Down,
    /// It did not.
    UpOrNone,
}

/// The filters that are asked for, in the order in which they work.
pub(super) fn filters(transform: &Transform, settings: &Unsharp, scaling: Scaling) -> Vec<Filter> {
    let adjusts = (
        transform.brightness,
        transform.contrast,
        transform.saturation,
    );
    let (brightness, contrast, saturation) = adjusts;
    let adjust = Filter::Adjust {
        brightness,
        contrast,
        saturation,
    };
    let list = [
        unsharp(transform, settings, scaling).map(Filter::Unsharp),
        (transform.blur > 0.0).then_some(Filter::Blur(transform.blur)),
        (transform.sharpen > 0.0).then_some(Filter::Sharpen(transform.sharpen)),
        (transform.pixelate > 1).then_some(Filter::Pixelate(transform.pixelate)),
        (adjusts != (0, 1.0, 1.0)).then_some(adjust),
        transform.monochrome.map(Filter::Monochrome),
        transform.duotone.map(Filter::Duotone),
        transform.colorize.map(Filter::Colorize),
        transform.gradient.map(Filter::Gradient),
    ];
    list.into_iter().flatten().collect()
}

/// How the settings and the ask want results sharpened.
pub(super) fn settled(transform: &Transform, settings: &Unsharp) -> Unsharp {
    let asked = transform.unsharp_masking;
    Unsharp {
        mode: asked.mode.unwrap_or(settings.mode),
        weight: asked.weight.unwrap_or(settings.weight),
        divider: asked.divider.unwrap_or(settings.divider),
    }
}

fn unsharp(transform: &Transform, settings: &Unsharp, scaling: Scaling) -> Option<Unsharp> {
    let unsharp = settled(transform, settings);
    let sharpens = match unsharp.mode {
        UnsharpMode::Always => true,
        UnsharpMode::None => false,
        UnsharpMode::Auto => scaling == Scaling::Down && transform.sharpen == 0.0,
    };
    sharpens.then_some(unsharp)
}
