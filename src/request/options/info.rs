//! Options of `/info`: what is told about a source.

use super::Meaning::{self, Bypass, Plain, Presets, Security};
use super::ledger::Ledger;
use super::values::{Invalid, at_most, boolean, first, given, only, whole};
use super::{Sheet, handling, limits, output, placement, table};
use crate::transform::info::{AlphaAsk, AverageAsk, DominantColorsAsk, ExifAsk, InfoAsk};

/// What the options of one request for information come to.
#[derive(Debug, Default)]
pub(in crate::request) struct InfoLedger {
    /// What is to be told.
    pub(in crate::request) ask: InfoAsk,
    /// What concerns source and answer.
    pub(in crate::request) handling: Ledger,
}

impl Sheet for InfoLedger {
    fn meaning(name: &str) -> Option<Meaning<Self>> {
        table::find(OPTIONS, name)
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.handling
    }
}

/// Every option that there is for information.
#[rustfmt::skip]
pub(in crate::request) const OPTIONS: &[(&[&str], Meaning<InfoLedger>)] = &[
    (&["size", "s"], Plain(size)),
    (&["format", "f"], Plain(format)),
    (&["dimensions", "d"], Plain(dimensions)),
    (&["exif"], Plain(exif)),
    (&["iptc"], Plain(iptc)),
    (&["xmp"], Plain(xmp)),
    (&["video_meta", "vm"], Plain(video_meta)),
    (&["detect_objects", "do"], Plain(nothing_is_recognised)),
    (&["classify", "cl"], Plain(nothing_is_recognised)),
    (&["colorspace", "cs"], Plain(colorspace)),
    (&["bands", "b"], Plain(bands)),
    (&["sample_format", "sf"], Plain(sample_format)),
    (&["pages_number", "pn"], Plain(pages_number)),
    (&["alpha", "a"], Plain(alpha)),
    (&["crop", "c"], Plain(crop)),
    (&["palette", "p"], Plain(palette)),
    (&["average", "avg"], Plain(average)),
    (&["dominant_colors", "dc"], Plain(dominant_colors)),
    (&["blurhash", "bh"], Plain(blurhash)),
    (&["thumb_hash", "th"], Plain(thumb_hash)),
    (&["perceptual_hash", "phash", "ph"], Plain(perceptual_hash)),
    (&["calc_hashsums", "chs"], Plain(calc_hashsums)),
    (&["page", "pg"], Plain(page)),
    (&["cachebuster", "cb"], Plain(|info, args| handling::cachebuster(&mut info.handling, args))),
    (&["cache_tags", "ct"], Plain(|info, args| handling::cache_tags(&mut info.handling, args))),
    (&["expires", "exp"], Plain(|info, args| handling::expires(&mut info.handling, args))),
    (&["hashsum", "hs"], Plain(|info, args| handling::hashsum(&mut info.handling, args))),
    (&["bypass_cache", "bc"], Bypass(|info, args| handling::bypass_cache(&mut info.handling, args))),
    (&["max_src_resolution", "msr"], Security(|info, args| limits::max_src_resolution(&mut info.handling, args))),
    (&["max_src_file_size", "msfs"], Security(|info, args| limits::max_src_file_size(&mut info.handling, args))),
    (&["preset", "pr"], Presets),
];

/// `size:ON`.
fn size(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.size = boolean(only(args)?);
    Ok(())
}

/// `format:ON`.
fn format(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.format = boolean(only(args)?);
    Ok(())
}

/// `dimensions:ON`.
fn dimensions(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.dimensions = boolean(only(args)?);
    Ok(())
}

/// `exif:ON:CANONICAL_NAMES`.
fn exif(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.exif = match pair(args)? {
        (false, _) => ExifAsk::Off,
        (true, false) => ExifAsk::Named,
        (true, true) => ExifAsk::Canonical,
    };
    Ok(())
}

/// `iptc:ON`.
fn iptc(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.iptc = boolean(only(args)?);
    Ok(())
}

/// `xmp:ON`.
fn xmp(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.xmp = boolean(only(args)?);
    Ok(())
}

/// `video_meta:ON`.
fn video_meta(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.video_meta = boolean(only(args)?);
    Ok(())
}

/// `detect_objects:ON`, `classify:ON…`: only off is taken, for nothing here knows what a picture shows.
fn nothing_is_recognised(_: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    let switch = first(args)?;
    if boolean(switch) {
        return Err(Invalid::value(switch, "off, as nothing is recognised here"));
    }
    Ok(())
}

/// `colorspace:ON`.
fn colorspace(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.colorspace = boolean(only(args)?);
    Ok(())
}

/// `bands:ON`.
fn bands(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.bands = boolean(only(args)?);
    Ok(())
}

/// `sample_format:ON`.
fn sample_format(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.sample_format = boolean(only(args)?);
    Ok(())
}

/// `pages_number:ON`.
fn pages_number(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.pages_number = boolean(only(args)?);
    Ok(())
}

/// `alpha:ON:CHECK_TRANSPARENCY`.
fn alpha(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.alpha = match pair(args)? {
        (false, _) => AlphaAsk::Off,
        (true, false) => AlphaAsk::Presence,
        (true, true) => AlphaAsk::Transparency,
    };
    Ok(())
}

/// `crop:W[:H[:GRAVITY…]]`.
fn crop(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    placement::crop(&mut info.handling, args)?;
    info.ask.crop = info.handling.picture().crop;
    Ok(())
}

/// `palette:COLORS`, 2 to 256 of them; 0 is off.
fn palette(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    let text = only(args)?;
    info.ask.palette = match whole(text, 0, 256)? {
        1 => return Err(Invalid::value(text, "0 or a whole number from 2 to 256")),
        colors => colors,
    };
    Ok(())
}

/// `average:ON:IGNORE_TRANSPARENT`; a blank second slot is on.
fn average(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    info.ask.average = match (boolean(first(args)?), given(args, 1).is_none_or(boolean)) {
        (false, _) => AverageAsk::Off,
        (true, true) => AverageAsk::IgnoreTransparent,
        (true, false) => AverageAsk::All,
    };
    Ok(())
}

/// `dominant_colors:ON:BUILD_MISSED`.
fn dominant_colors(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.dominant_colors = match pair(args)? {
        (false, _) => DominantColorsAsk::Off,
        (true, false) => DominantColorsAsk::Found,
        (true, true) => DominantColorsAsk::BuildMissed,
    };
    Ok(())
}

/// `blurhash:X:Y`, each from 1 to 9; a 0 in both is off.
fn blurhash(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    let [x, y] = args else {
        return Err(Invalid::Missing {
            needs: "components along width and height",
        });
    };
    info.ask.blurhash = match (whole(x, 0, 9)?, whole(y, 0, 9)?) {
        (0, 0) => None,
        (0, _) | (_, 0) => {
            return Err(Invalid::value(
                x,
                "from 1 to 9 in both places, or 0 in both",
            ));
        }
        components => Some(components),
    };
    Ok(())
}

/// `thumb_hash:ON`.
fn thumb_hash(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.thumb_hash = boolean(only(args)?);
    Ok(())
}

/// `perceptual_hash:ON`.
fn perceptual_hash(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.perceptual_hash = boolean(only(args)?);
    Ok(())
}

/// `calc_hashsums:TYPE[:TYPE…]`, in the place of earlier ones; one blank type is none.
fn calc_hashsums(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    let names = match args {
        [""] => &[],
        names => names,
    };
    let mut kinds = Vec::new();
    for name in names {
        let kind = handling::hash_kind(name)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_by_key(|kind| *kind as u8);
    info.ask.hashsums = kinds;
    Ok(())
}

/// `page:INDEX`, from 0.
fn page(info: &mut InfoLedger, args: &[&str]) -> Result<(), Invalid> {
    info.ask.page = output::page_index(only(args)?)?;
    Ok(())
}

/// Two switches, of which the second may be absent and is off then.
fn pair(args: &[&str]) -> Result<(bool, bool), Invalid> {
    at_most(args, 2)?;
    Ok((boolean(first(args)?), given(args, 1).is_some_and(boolean)))
}
