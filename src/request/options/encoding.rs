//! Options that say how the file is written, and how large it may become.

use super::ledger::Ledger;
use super::values::quality as parse_quality;
use super::values::{Invalid, at_most, boolean, first, given, number, only, whole};
use crate::request::names;
use crate::transform::ask::{
    Autoquality, AutoqualityMethod, AvifAsk, Choice, JpegAsk, PngAsk, WebpAsk,
};

/// Largest target and error of `autoquality`; targets in bytes are the largest.
const MAX_TARGET: f64 = 1e12;

/// `quality:Q`; `auto` searches by SSIMULACRA2 and takes an earlier quality back.
pub(super) fn quality(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let text = only(args)?;
    if text == "auto" {
        ledger.choose(Choice::Quality(0));
        return autoquality(
            ledger,
            &[names::of_autoquality_method(AutoqualityMethod::Ssimulacra2)],
        );
    }
    ledger.choose(Choice::Quality(parse_quality(text)?));
    Ok(())
}

/// `autoquality:METHOD:TARGET:MIN:MAX:ERROR`; blank slots stay as they were. A target may be the name of a score.
pub(super) fn autoquality(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 5)?;
    let earlier = &ledger.file().autoquality;
    let method = |name| {
        names::autoquality_method(name)
            .ok_or_else(|| Invalid::value(name, "none, size, dssim, ml or ssimulacra2"))
    };
    let amount = |text| number(text, 0.0, MAX_TARGET).map(Some);
    let target = |text| match names::score(text) {
        Some(score) => Ok(Some(score)),
        None => amount(text),
    };
    let bound = |text| whole(text, 1, 100).map(Some);
    let autoquality = Autoquality {
        method: given(args, 0).map_or(Ok(earlier.method), method)?,
        target: given(args, 1).map_or(Ok(earlier.target), target)?,
        min: given(args, 2).map_or(Ok(earlier.min), bound)?,
        max: given(args, 3).map_or(Ok(earlier.max), bound)?,
        error: given(args, 4).map_or(Ok(earlier.error), amount)?,
    };
    ledger.choose(Choice::Autoquality(autoquality));
    Ok(())
}

/// `max_bytes:BYTES`; 0 is no limit.
pub(super) fn max_bytes(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::MaxBytes(whole(only(args)?, 0, i64::MAX)?));
    Ok(())
}

/// `jpeg_options:PROGRESSIVE:NO_SUBSAMPLE:TRELLIS_QUANT:OVERSHOOT_DERINGING:OPTIMIZE_SCANS:QUANT_TABLE`; blank
/// slots stay as they were.
pub(super) fn jpeg_options(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 6)?;
    let earlier = ledger.file().jpeg;
    let switch = |index, kept| given(args, index).map_or(kept, |text| Some(boolean(text)));
    let table = |text| whole(text, 0, 8).map(Some);
    ledger.choose(Choice::JpegOptions(JpegAsk {
        progressive: switch(0, earlier.progressive),
        no_subsample: switch(1, earlier.no_subsample),
        trellis_quant: switch(2, earlier.trellis_quant),
        overshoot_deringing: switch(3, earlier.overshoot_deringing),
        optimize_scans: switch(4, earlier.optimize_scans),
        quant_table: given(args, 5).map_or(Ok(earlier.quant_table), table)?,
    }));
    Ok(())
}

/// `png_options:INTERLACED:QUANTIZE:COLORS`; blank slots stay as they were.
pub(super) fn png_options(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let earlier = ledger.file().png;
    let switch = |index, kept| given(args, index).map_or(kept, |text| Some(boolean(text)));
    let colors = |text| whole(text, 2, 256).map(Some);
    ledger.choose(Choice::PngOptions(PngAsk {
        interlaced: switch(0, earlier.interlaced),
        quantize: switch(1, earlier.quantize),
        colors: given(args, 2).map_or(Ok(earlier.colors), colors)?,
    }));
    Ok(())
}

/// `webp_options:COMPRESSION:SMART_SUBSAMPLE:PRESET`; blank slots stay as they were.
pub(super) fn webp_options(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 3)?;
    let earlier = ledger.file().webp;
    let compression = |name| {
        names::webp_compression(name)
            .map(Some)
            .ok_or_else(|| Invalid::value(name, "lossy, near_lossless or lossless"))
    };
    let preset = |name| {
        names::webp_preset(name)
            .map(Some)
            .ok_or_else(|| Invalid::value(name, "default, picture, photo, drawing, icon or text"))
    };
    ledger.choose(Choice::WebpOptions(WebpAsk {
        compression: given(args, 0).map_or(Ok(earlier.compression), compression)?,
        smart_subsample: given(args, 1).map_or(earlier.smart_subsample, |text| Some(boolean(text))),
        preset: given(args, 2).map_or(Ok(earlier.preset), preset)?,
    }));
    Ok(())
}

/// `avif_options:SUBSAMPLE`; blank is the settings'.
pub(super) fn avif_options(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 1)?;
    let subsample = match first(args)? {
        "" => None,
        name => Some(
            names::avif_subsample(name).ok_or_else(|| Invalid::value(name, "auto, on or off"))?,
        ),
    };
    ledger.choose(Choice::AvifOptions(AvifAsk { subsample }));
    Ok(())
}
