//! Options that set other limits than the settings', and therefore need their leave.

use super::ledger::Ledger;
use super::values::{Invalid, number, only, whole};
use crate::transform::ask::Choice;

/// Largest number of pixels that a limit can name, in millions.
const MAX_MEGAPIXELS: f64 = 10_000.0;

/// Largest number of frames that a limit can name.
const MAX_FRAMES: i64 = 100_000;

/// The longest side that any format can hold, in pixels.
const LONGEST_SIDE: i64 = 65_535;

/// `max_src_resolution:MEGAPIXELS`; 0 is no limit.
pub(super) fn max_src_resolution(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxSrcPixels(megapixels(only(args)?)?));
    Ok(())
}

/// `max_src_file_size:BYTES`; 0 is no limit.
pub(super) fn max_src_file_size(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxSrcBytes(whole(only(args)?, 0, i64::MAX)?));
    Ok(())
}

/// `max_animation_frames:COUNT`.
pub(super) fn max_animation_frames(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxAnimationFrames(whole(
        only(args)?,
        1,
        MAX_FRAMES,
    )?));
    Ok(())
}

/// `max_animation_frame_resolution:MEGAPIXELS`; 0 is no limit.
pub(super) fn max_animation_frame_resolution(
    ledger: &mut Ledger,
    args: &[&str],
) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxAnimationFramePixels(megapixels(only(args)?)?));
    Ok(())
}

/// `max_result_dimension:PX`; 0 is no limit.
pub(super) fn max_result_dimension(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxResultDimension(whole(
        only(args)?,
        0,
        LONGEST_SIDE,
    )?));
    Ok(())
}

/// Millions of pixels as pixels; anything above 0 is at least one.
fn megapixels(text: &str) -> Result<u64, Invalid> {
    let millions = number(text, 0.0, MAX_MEGAPIXELS)?;
    Ok((millions * 1e6).round() as u64)
}
