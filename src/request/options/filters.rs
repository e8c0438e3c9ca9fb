//! Options that change colours and sharpness.

use super::ledger::Ledger;
use super::values::{
    Invalid, MAX_FACTOR, MAX_LENGTH_PX, MIN_FACTOR, at_most, boolean, first, given, hex_color,
    length_px, number, only, share, whole,
};
use crate::request::names;
use crate::transform::ask::{Choice, Colorize, Duotone, Gradient, Monochrome, UnsharpAsk};

/// Largest sigma of a blur or a sharpening, in pixels.
const MAX_SIGMA: f64 = 1000.0;

/// `adjust:BRIGHTNESS:CONTRAST:SATURATION`; blank slots stay as they were.
pub(super) fn adjust(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let slots: [super::Apply<Ledger>; 3] = [brightness, contrast, saturation];
    for (index, apply) in slots.into_iter().enumerate() {
        if let Some(text) = given(args, index) {
            apply(ledger, &[text])?;
        }
    }
    Ok(())
}

/// `brightness:STEPS`, from -255 to 255.
pub(super) fn brightness(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Brightness(whole(only(args)?, -255, 255)?));
    Ok(())
}

/// `contrast:FACTOR`.
pub(super) fn contrast(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Contrast(factor(only(args)?)?));
    Ok(())
}

/// `saturation:FACTOR`.
pub(super) fn saturation(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Saturation(factor(only(args)?)?));
    Ok(())
}

fn factor(text: &str) -> Result<f64, Invalid> {
    number(text, MIN_FACTOR, MAX_FACTOR)
}

/// `monochrome:INTENSITY:HEX`; a blank colour stays as it was.
pub(super) fn monochrome(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let earlier = ledger.picture().monochrome;
    ledger.choose(Choice::Monochrome(Monochrome {
        intensity: share(first(args)?)?,
        color: given(args, 1).map_or(Ok(earlier.color), hex_color)?,
    }));
    Ok(())
}

/// `duotone:INTENSITY:SHADOWS:HIGHLIGHTS`; blank colours stay as they were.
pub(super) fn duotone(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let earlier = ledger.picture().duotone;
    ledger.choose(Choice::Duotone(Duotone {
        intensity: share(first(args)?)?,
        shadows: given(args, 1).map_or(Ok(earlier.shadows), hex_color)?,
        highlights: given(args, 2).map_or(Ok(earlier.highlights), hex_color)?,
    }));
    Ok(())
}

/// `blur:SIGMA`.
pub(super) fn blur(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Blur(number(only(args)?, 0.0, MAX_SIGMA)?));
    Ok(())
}

/// `sharpen:SIGMA`.
pub(super) fn sharpen(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Sharpen(number(only(args)?, 0.0, MAX_SIGMA)?));
    Ok(())
}

/// `pixelate:PX`.
pub(super) fn pixelate(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Pixelate(length_px(only(args)?)?));
    Ok(())
}

/// `unsharp_masking:MODE:WEIGHT:DIVIDER`; blank slots stay as they were.
pub(super) fn unsharp_masking(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let earlier = ledger.picture().unsharp_masking;
    let mode = |name| {
        names::unsharp_mode(name)
            .map(Some)
            .ok_or_else(|| Invalid::value(name, "auto, none or always"))
    };
    let divider = |text| number(text, MIN_FACTOR, f64::from(MAX_LENGTH_PX)).map(Some);
    ledger.choose(Choice::UnsharpMasking(UnsharpAsk {
        mode: given(args, 0).map_or(Ok(earlier.mode), mode)?,
        weight: given(args, 1).map_or(Ok(earlier.weight), |text| factor(text).map(Some))?,
        divider: given(args, 2).map_or(Ok(earlier.divider), divider)?,
    }));
    Ok(())
}

/// `colorize:OPACITY:HEX:KEEP_ALPHA`; blank slots but the first stay as they were.
pub(super) fn colorize(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let earlier = ledger.picture().colorize;
    ledger.choose(Choice::Colorize(Colorize {
        opacity: share(first(args)?)?,
        color: given(args, 1).map_or(Ok(earlier.color), hex_color)?,
        keep_alpha: given(args, 2).map_or(earlier.keep_alpha, boolean),
    }));
    Ok(())
}

/// `gradient:OPACITY:HEX:DIRECTION:START:STOP`; blank slots but the first stay as they were.
pub(super) fn gradient(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 5)?;
    let earlier = ledger.picture().gradient;
    ledger.choose(Choice::Gradient(Gradient {
        opacity: share(first(args)?)?,
        color: given(args, 1).map_or(Ok(earlier.color), hex_color)?,
        direction: given(args, 2).map_or(Ok(earlier.direction), direction)?,
        start: given(args, 3).map_or(Ok(earlier.start), share)?,
        stop: given(args, 4).map_or(Ok(earlier.stop), share)?,
    }));
    Ok(())
}

/// A name or degrees, as degrees below 360.
fn direction(text: &str) -> Result<f64, Invalid> {
    match names::gradient_direction(text) {
        Some(degrees) => Ok(f64::from(degrees)),
        None => number(text, -360.0, 360.0)
            .map(|degrees| degrees.rem_euclid(360.0))
            .map_err(|_| Invalid::value(text, "down, left, up, right or degrees from -360 to 360")),
    }
}
