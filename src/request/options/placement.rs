//! Options that say which part of an image stays and what surrounds it: gravity, crop, extend, padding, flip.

use super::ledger::Ledger;
use super::values::{Invalid, MAX_LENGTH_PX, at_most, boolean, given, length_px, number};
use crate::request::names;
use crate::transform::ask::{Crop, Extend, Flip, Gravity, Padding};

const MAX_OFFSET: f64 = MAX_LENGTH_PX as f64;

/// `gravity:POINT[:X:Y]`, `gravity:fp:X:Y`.
pub(super) fn gravity(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let gravity = parse_gravity(ledger.gravity(), args)?;
    ledger.choose_gravity(gravity);
    Ok(())
}

/// `crop:W[:H[:GRAVITY…]]`.
pub(super) fn crop(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let mut crop = ledger.crop();
    let [width, rest @ ..] = args else {
        return Err(Invalid::Missing { needs: "a width" });
    };
    crop.width = crop_side(width)?;
    if let [height, rest @ ..] = rest {
        crop.height = crop_side(height)?;
        crop = with_gravity(crop, rest)?;
    }
    ledger.choose_crop(crop);
    Ok(())
}

fn crop_side(text: &str) -> Result<f64, Invalid> {
    number(text, 0.0, MAX_OFFSET)
}

fn with_gravity(crop: Crop, args: &[&str]) -> Result<Crop, Invalid> {
    if args.is_empty() {
        return Ok(crop);
    }
    Ok(Crop {
        gravity: Some(parse_gravity(crop.gravity.unwrap_or_default(), args)?),
        ..crop
    })
}

/// `extend:ON[:GRAVITY…]`.
pub(super) fn extend(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let extend = parse_extend(ledger.extend(), args)?;
    ledger.choose_extend(extend);
    Ok(())
}

/// `extend_aspect_ratio:ON[:GRAVITY…]`.
pub(super) fn extend_aspect_ratio(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let extend = parse_extend(ledger.extend_aspect_ratio(), args)?;
    ledger.choose_extend_aspect_ratio(extend);
    Ok(())
}

fn parse_extend(earlier: Extend, args: &[&str]) -> Result<Extend, Invalid> {
    at_most(args, 4)?;
    let [enabled, rest @ ..] = args else {
        return Err(Invalid::Missing { needs: "a switch" });
    };
    let gravity = match rest {
        [] => earlier.gravity,
        given => parse_gravity(earlier.gravity, given)?,
    };
    Ok(Extend {
        enabled: boolean(enabled),
        gravity,
    })
}

/// Offsets that are blank or absent stay as they were, whatever kind of gravity they were given for.
fn parse_gravity(earlier: Gravity, args: &[&str]) -> Result<Gravity, Invalid> {
    let [kind, offsets @ ..] = args else {
        return Err(Invalid::Missing {
            needs: "a kind of gravity",
        });
    };
    at_most(offsets, 2)?;
    let (x, y) = match earlier {
        Gravity::Compass { x, y, .. } | Gravity::FocalPoint { x, y } => (x, y),
        Gravity::Smart => (0.0, 0.0),
    };
    if *kind == "fp" {
        return focal_point(offsets, x, y);
    }
    let at = names::compass(kind)
        .ok_or_else(|| Invalid::value(kind, "a kind of gravity (ce, no, noea, …, fp)"))?;
    let offset = |index, kept| {
        given(offsets, index).map_or(Ok(kept), |text| number(text, -MAX_OFFSET, MAX_OFFSET))
    };
    Ok(Gravity::Compass {
        at,
        x: offset(0, x)?,
        y: offset(1, y)?,
    })
}

fn focal_point(coordinates: &[&str], x: f64, y: f64) -> Result<Gravity, Invalid> {
    let [first, second] = coordinates else {
        return Err(Invalid::Missing {
            needs: "two coordinates with fp",
        });
    };
    Ok(Gravity::FocalPoint {
        x: share(first, x)?,
        y: share(second, y)?,
    })
}

fn share(text: &str, kept: f64) -> Result<f64, Invalid> {
    if !text.is_empty() {
        return number(text, 0.0, 1.0);
    }
    Some(kept)
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| Invalid::value(text, "a number from 0 to 1"))
}

/// `padding:TOP:RIGHT:BOTTOM:LEFT`; blank sides follow their opposite, as in CSS, and a blank top stays.
pub(super) fn padding(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 4)?;
    let side = |index, otherwise| given(args, index).map_or(Ok(otherwise), length_px);
    let top = side(0, ledger.padding().top)?;
    let right = side(1, top)?;
    let bottom = side(2, top)?;
    let left = side(3, right)?;
    ledger.choose_padding(Padding {
        top,
        right,
        bottom,
        left,
    });
    Ok(())
}

/// `flip:HORIZONTAL:VERTICAL`; blank slots stay as they were.
pub(super) fn flip(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let earlier = ledger.flip();
    ledger.choose_flip(Flip {
        horizontal: given(args, 0).map_or(earlier.horizontal, boolean),
        vertical: given(args, 1).map_or(earlier.vertical, boolean),
    });
    Ok(())
}
