//! Options that say which part of an image stays and what surrounds it: gravity, crop, trim, extend, padding, flip.

use super::ledger::Ledger;
use super::values::{
    Invalid, MAX_FACTOR, MAX_OFFSET, MIN_FACTOR, at_most, boolean, first, given, hex_color,
    length_px, number,
};
use crate::request::names;
use crate::transform::ask::{Choice, Crop, CropAspectRatio, Extend, Flip, Gravity, Padding, Trim};

/// The colour of `trim` that is none: that of the top left pixel.
pub(in crate::request) const TOP_LEFT: &str = "auto";

/// `gravity:POINT[:X:Y]`, `gravity:fp:X:Y`, `gravity:sm`.
pub(super) fn gravity(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let gravity = parse_gravity(ledger.picture().gravity, args)?;
    ledger.choose(Choice::Gravity(gravity));
    Ok(())
}

/// `crop:W[:H[:GRAVITY…]]`.
pub(super) fn crop(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let mut crop = ledger.picture().crop;
    let [width, rest @ ..] = args else {
        return Err(Invalid::Missing { needs: "a width" });
    };
    crop.width = crop_side(width)?;
    if let [height, rest @ ..] = rest {
        crop.height = crop_side(height)?;
        crop = with_gravity(crop, rest)?;
    }
    ledger.choose(Choice::Crop(crop));
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

/// `crop_aspect_ratio:RATIO:ENLARGE`; a ratio of 0 switches it off, blank slots stay as they were.
pub(super) fn crop_aspect_ratio(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let earlier = ledger.picture().crop_aspect_ratio;
    let ratio = match given(args, 0) {
        Some(text) => ratio(text)?,
        None => earlier.map(|earlier| earlier.ratio),
    };
    let enlarge = given(args, 1).map_or(earlier.is_some_and(|earlier| earlier.enlarge), boolean);
    let chosen = ratio.map(|ratio| CropAspectRatio { ratio, enlarge });
    ledger.choose(Choice::CropAspectRatio(chosen));
    Ok(())
}

fn ratio(text: &str) -> Result<Option<f64>, Invalid> {
    match number(text, 0.0, MAX_FACTOR)? {
        0.0 => Ok(None),
        _ => number(text, MIN_FACTOR, MAX_FACTOR).map(Some),
    }
}

/// `trim:THRESHOLD:HEX:EQUAL_HORIZONTALLY:EQUAL_VERTICALLY`; a blank threshold switches it off and forgets the
/// rest, other blank slots stay as they were.
pub(super) fn trim(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 4)?;
    let threshold = first(args)?;
    let trim = match threshold {
        "" => None,
        threshold => Some(parse_trim(ledger.picture().trim, threshold, args)?),
    };
    ledger.choose(Choice::Trim(trim));
    Ok(())
}

fn parse_trim(earlier: Option<Trim>, threshold: &str, args: &[&str]) -> Result<Trim, Invalid> {
    let color = match given(args, 1) {
        None => earlier.and_then(|earlier| earlier.color),
        Some(TOP_LEFT) => None,
        Some(hex) => Some(hex_color(hex)?),
    };
    let kept = |side: fn(Trim) -> bool| earlier.is_some_and(side);
    Ok(Trim {
        threshold: number(threshold, 0.0, 255.0)?,
        color,
        equal_horizontally: given(args, 2).map_or(kept(|trim| trim.equal_horizontally), boolean),
        equal_vertically: given(args, 3).map_or(kept(|trim| trim.equal_vertically), boolean),
    })
}

/// `extend:ON[:GRAVITY…]`.
pub(super) fn extend(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let extend = parse_extend(ledger.picture().extend, args)?;
    ledger.choose(Choice::Extend(extend));
    Ok(())
}

/// `extend_aspect_ratio:ON[:GRAVITY…]`.
pub(super) fn extend_aspect_ratio(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let extend = parse_extend(ledger.picture().extend_aspect_ratio, args)?;
    ledger.choose(Choice::ExtendAspectRatio(extend));
    Ok(())
}

fn parse_extend(earlier: Extend, args: &[&str]) -> Result<Extend, Invalid> {
    at_most(args, 4)?;
    let [enabled, rest @ ..] = args else {
        return Err(Invalid::Missing { needs: "a switch" });
    };
    let gravity = match rest {
        [] => earlier.gravity,
        ["sm", ..] => return Err(Invalid::value("sm", "a place on a canvas")),
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
    match *kind {
        "fp" => return focal_point(offsets, x, y),
        "sm" => return at_most(offsets, 0).map(|()| Gravity::Smart),
        _ => {}
    }
    let at = names::compass(kind)
        .ok_or_else(|| Invalid::value(kind, "a kind of gravity (ce, no, noea, …, fp, sm)"))?;
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
        x: coordinate(first, x)?,
        y: coordinate(second, y)?,
    })
}

fn coordinate(text: &str, kept: f64) -> Result<f64, Invalid> {
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
    let top = side(0, ledger.picture().padding.top)?;
    let right = side(1, top)?;
    let bottom = side(2, top)?;
    let left = side(3, right)?;
    ledger.choose(Choice::Padding(Padding {
        top,
        right,
        bottom,
        left,
    }));
    Ok(())
}

/// `flip:HORIZONTAL:VERTICAL`; blank slots stay as they were.
pub(super) fn flip(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let earlier = ledger.picture().flip;
    ledger.choose(Choice::Flip(Flip {
        horizontal: given(args, 0).map_or(earlier.horizontal, boolean),
        vertical: given(args, 1).map_or(earlier.vertical, boolean),
    }));
    Ok(())
}
