//! Options of the watermark.

use super::ledger::Ledger;
use super::values::{
    Invalid, MAX_OFFSET, MAX_ZOOM, MIN_FACTOR, at_most, encoded_text, first, given, length_px,
    number, only, share,
};
use crate::request::names;
use crate::transform::ask::{Choice, Watermark};

/// `watermark:OPACITY:POSITION:X:Y:SCALE`; blank slots but the first stay as they were.
pub(super) fn watermark(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 5)?;
    let earlier = ledger.picture().watermark;
    let position = |name| {
        names::watermark_position(name)
            .ok_or_else(|| Invalid::value(name, "a position (ce, no, noea, …, re, ch)"))
    };
    let offset = |text| number(text, -MAX_OFFSET, MAX_OFFSET);
    ledger.choose(Choice::Watermark(Watermark {
        opacity: share(first(args)?)?,
        position: given(args, 1).map_or(Ok(earlier.position), position)?,
        x: given(args, 2).map_or(Ok(earlier.x), offset)?,
        y: given(args, 3).map_or(Ok(earlier.y), offset)?,
        scale: given(args, 4)
            .map_or(Ok(earlier.scale), |text| number(text, MIN_FACTOR, MAX_ZOOM))?,
    }));
    Ok(())
}

/// `watermark_url:BASE64URL`; blank switches it off.
pub(super) fn watermark_url(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::WatermarkUrl(encoded_text(only(args)?)?));
    Ok(())
}

/// `watermark_text:BASE64URL`; blank switches it off.
pub(super) fn watermark_text(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let encoded = only(args)?;
    let text = encoded_text(encoded)?;
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Invalid::value(
            encoded,
            "free of control characters but line ends",
        ));
    }
    ledger.choose(Choice::WatermarkText(text));
    Ok(())
}

/// `watermark_size:W:H`; blank slots stay as they were.
pub(super) fn watermark_size(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let (width, height) = ledger.picture().watermark_size;
    ledger.choose(Choice::WatermarkSize {
        width: given(args, 0).map_or(Ok(width), length_px)?,
        height: given(args, 1).map_or(Ok(height), length_px)?,
    });
    Ok(())
}
