//! Options that decide background and format of the result, and what is taken of the source.

use super::ledger::Ledger;
use super::values::quality as parse_quality;
use super::values::{
    Invalid, MAX_LENGTH_PX, boolean, decimal_color, format as format_name, hex_color, number, only,
    share, whole,
};
use crate::identify::Format;
use crate::transform::ask::Choice;

/// The format that is found by trial.
pub(in crate::request) const BEST: &str = "best";

/// Largest resolution that a file can declare, in dots an inch.
const MAX_DPI: f64 = 65_535.0;

/// Largest number of a page and largest count of pages.
const MAX_PAGES: i64 = MAX_LENGTH_PX as i64;

/// `background:HEX`, `background:R:G:B`; blank switches it off.
pub(super) fn background(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let color = match args {
        [""] => None,
        [hex] => Some(hex_color(hex)?),
        [r, g, b] => Some(decimal_color(r, g, b)?),
        _ => {
            return Err(Invalid::Missing {
                needs: "a hexadecimal colour or three channels",
            });
        }
    };
    ledger.choose(Choice::Background(color));
    Ok(())
}

/// `background_alpha:OPACITY`.
pub(super) fn background_alpha(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::BackgroundAlpha(share(only(args)?)?));
    Ok(())
}

/// `format_quality:FORMAT:Q[:FORMAT:Q…]`; formats that are not written here are taken too, and have no effect.
pub(super) fn format_quality(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let (pairs, []) = args.as_chunks::<2>() else {
        return Err(Invalid::Missing {
            needs: "a quality for each format",
        });
    };
    let pairs = pairs
        .iter()
        .map(|[format, quality]| Ok((format_name(format)?, parse_quality(quality)?)))
        .collect::<Result<Vec<_>, Invalid>>()?;
    ledger.choose_format_quality(&pairs);
    Ok(())
}

/// `format:NAME`, one that this build writes; `svg`, which only a drawing can become; or `best`.
pub(in crate::request) fn format(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let name = only(args)?;
    if name == BEST {
        ledger.choose(Choice::BestFormat);
        return Ok(());
    }
    let format = Format::from_name(name)
        .filter(|format| format.encodes() || *format == Format::Svg)
        .ok_or_else(|| Invalid::value(name, "the name of a format that is written here"))?;
    ledger.choose(Choice::Format(format));
    Ok(())
}

/// `strip_metadata:ON`.
pub(super) fn strip_metadata(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::StripMetadata(boolean(only(args)?)));
    Ok(())
}

/// `strip_color_profile:ON`.
pub(super) fn strip_color_profile(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::StripColorProfile(boolean(only(args)?)));
    Ok(())
}

/// `skip_processing:FORMAT[:FORMAT…]`; adds to the formats so far.
pub(super) fn skip_processing(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let formats = args
        .iter()
        .map(|name| format_name(name))
        .collect::<Result<Vec<_>, Invalid>>()?;
    ledger.choose_skip_processing(&formats);
    Ok(())
}

/// `keep_copyright:ON`.
pub(super) fn keep_copyright(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::KeepCopyright(boolean(only(args)?)));
    Ok(())
}

/// `dpi:DOTS`; 0 leaves it alone.
pub(super) fn dpi(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Dpi(number(only(args)?, 0.0, MAX_DPI)?));
    Ok(())
}

/// `preserve_hdr:ON`.
pub(super) fn preserve_hdr(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::PreserveHdr(boolean(only(args)?)));
    Ok(())
}

/// `enforce_thumbnail:ON`.
pub(super) fn enforce_thumbnail(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::EnforceThumbnail(boolean(only(args)?)));
    Ok(())
}

/// `page:INDEX`, from 0.
pub(super) fn page(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Page(page_index(only(args)?)?));
    Ok(())
}

/// The index of a page.
pub(in crate::request) fn page_index(text: &str) -> Result<u32, Invalid> {
    whole(text, 0, MAX_PAGES)
}

/// `pages:COUNT`.
pub(super) fn pages(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Pages(whole(only(args)?, 1, MAX_PAGES)?));
    Ok(())
}

/// `disable_animation:ON`.
pub(super) fn disable_animation(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::DisableAnimation(boolean(only(args)?)));
    Ok(())
}
