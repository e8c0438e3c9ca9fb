//! Options that decide colour, format and quality of the result.

use super::ledger::Ledger;
use super::values::quality as parse_quality;
use super::values::{Invalid, boolean, decimal_color, format as format_name, hex_color, only};
use crate::identify::Format;
use crate::transform::ask::Choice;

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

/// `quality:Q`.
pub(super) fn quality(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Quality(parse_quality(only(args)?)?));
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

/// `format:NAME`, one that this build writes.
pub(in crate::request) fn format(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let name = only(args)?;
    let format = Format::from_name(name)
        .filter(|format| format.encodes())
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
