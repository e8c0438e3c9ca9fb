//! Options that decide the size and the turn of the result.

use super::ledger::Ledger;
use super::placement::extend;
use super::values::{
    Invalid, MAX_DPR, MAX_ZOOM, MIN_FACTOR, at_most, boolean, given, length_px, number, only,
};
use crate::request::names;
use crate::transform::ask::{Choice, Turn, Zoom};

/// `resize:TYPE:W:H:ENLARGE:EXTEND[:GRAVITY…]`; blank slots stay as they were.
pub(super) fn resize(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 8)?;
    if let Some(kind) = given(args, 0) {
        resizing_type(ledger, &[kind])?;
    }
    match args.get(1..) {
        Some(rest) if !rest.is_empty() => size(ledger, rest),
        _ => Ok(()),
    }
}

/// `size:W:H:ENLARGE:EXTEND[:GRAVITY…]`; blank slots stay as they were, and a blank `EXTEND` ends the list.
pub(super) fn size(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 7)?;
    let slots: [super::Apply<Ledger>; 3] = [width, height, enlarge];
    for (index, apply) in slots.into_iter().enumerate() {
        if let Some(text) = given(args, index) {
            apply(ledger, &[text])?;
        }
    }
    match args.get(3..) {
        Some(rest) if given(rest, 0).is_some() => extend(ledger, rest),
        _ => Ok(()),
    }
}

/// `resizing_type:NAME`.
pub(super) fn resizing_type(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let name = only(args)?;
    let kind = names::resizing_type(name)
        .ok_or_else(|| Invalid::value(name, "fit, fill, fill-down, force or auto"))?;
    ledger.choose(Choice::ResizingType(kind));
    Ok(())
}

/// `resizing_algorithm:NAME`.
pub(super) fn resizing_algorithm(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let name = only(args)?;
    let kernel = names::kernel(name)
        .ok_or_else(|| Invalid::value(name, "nearest, linear, cubic, lanczos2 or lanczos3"))?;
    ledger.choose(Choice::ResizingAlgorithm(kernel));
    Ok(())
}

/// `width:PX`.
pub(super) fn width(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Width(length_px(only(args)?)?));
    Ok(())
}

/// `height:PX`.
pub(super) fn height(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Height(length_px(only(args)?)?));
    Ok(())
}

/// `min-width:PX`.
pub(super) fn min_width(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MinWidth(length_px(only(args)?)?));
    Ok(())
}

/// `min-height:PX`.
pub(super) fn min_height(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MinHeight(length_px(only(args)?)?));
    Ok(())
}

/// `zoom:FACTOR`, `zoom:X:Y`.
pub(super) fn zoom(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let factor = |text| number(text, MIN_FACTOR, MAX_ZOOM);
    let zoom = match args {
        [both] => {
            let factor = factor(both)?;
            Zoom {
                x: factor,
                y: factor,
            }
        }
        [x, y] => Zoom {
            x: factor(x)?,
            y: factor(y)?,
        },
        _ => return Err(Invalid::TooMany { most: 2 }),
    };
    ledger.choose(Choice::Zoom(zoom));
    Ok(())
}

/// `dpr:RATIO`.
pub(super) fn dpr(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Dpr(number(only(args)?, MIN_FACTOR, MAX_DPR)?));
    Ok(())
}

/// `enlarge:ON`.
pub(super) fn enlarge(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Enlarge(boolean(only(args)?)));
    Ok(())
}

/// `auto_rotate:ON`.
pub(super) fn auto_rotate(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::AutoRotate(boolean(only(args)?)));
    Ok(())
}

/// `rotate:DEGREES`, a multiple of 90; negative turns are counter-clockwise.
pub(super) fn rotate(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let text = only(args)?;
    let degrees = text
        .parse::<i64>()
        .map_err(|_| Invalid::value(text, "a multiple of 90"))?;
    let turn = match degrees.rem_euclid(360) {
        0 => Turn::Zero,
        90 => Turn::Quarter,
        180 => Turn::Half,
        270 => Turn::ThreeQuarters,
        _ => return Err(Invalid::value(text, "a multiple of 90")),
    };
    ledger.choose(Choice::Rotate(turn));
    Ok(())
}
