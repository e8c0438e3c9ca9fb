//! Client hints, brought down to a few values each.

/// Largest device pixel ratio that counts.
const MAX_DPR: f64 = 8.0;

/// Widths are rounded up to a multiple of this many CSS pixels.
const WIDTH_STEP: u32 = 100;

/// Largest width, in CSS pixels.
const MAX_WIDTH: u32 = 16_384;

/// The device pixel ratio of a hint, above 0 and up to 8; `None` for anything else.
pub(super) fn dpr(text: &str) -> Option<f64> {
    let ratio = decimal(text)?;
    (ratio > 0.0 && ratio <= MAX_DPR).then_some(ratio)
}

/// The bucket of a ratio, in tenths: 15, 20 or 30, the next above it. `None` up to 1, which is what the URL
/// says by itself.
pub(super) fn dpr_tenths(ratio: f64) -> Option<u8> {
    match ratio {
        ratio if ratio <= 1.0 => None,
        ratio if ratio <= 1.5 => Some(15),
        ratio if ratio <= 2.0 => Some(20),
        _ => Some(30),
    }
}

/// The CSS pixels of a width hint, which counts those of the device, rounded up to a step.
pub(super) fn css_width(text: &str, ratio: Option<f64>) -> Option<u32> {
    let device_px = decimal(text)?;
    let css_px = (device_px / ratio.unwrap_or(1.0)).round();
    // Past the largest width a number stays past it.
    let css_px = css_px.min(f64::from(MAX_WIDTH)) as u32;
    (css_px > 0).then(|| css_px.next_multiple_of(WIDTH_STEP).min(MAX_WIDTH))
}

/// Whether `Save-Data` says `on`.
pub(super) fn save_data(text: &str) -> bool {
    let token = text.split(';').next().unwrap_or_default();
    token.trim().eq_ignore_ascii_case("on")
}

/// Digits with or without a decimal point.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let fits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_fall_into_four_buckets() {
        for (text, tenths) in [
            ("0.5", None),
            ("1", None),
            ("1.0", None),
            ("1.01", Some(15)),
            ("1.5", Some(15)),
            (" 2 ", Some(20)),
            ("2.625", Some(30)),
            ("3", Some(30)),
            ("8", Some(30)),
            ("8.1", None),
            ("0", None),
            ("-1", None),
            ("1e1", None),
            ("inf", None),
            ("NaN", None),
            ("", None),
            (".", None),
            ("x", None),
        ] {
            assert_eq!(dpr(text).and_then(dpr_tenths), tenths, "{text}");
        }
    }

    #[test]
    fn widths_are_of_css_pixels_in_steps() {
        for (text, ratio, width) in [
            ("640", None, Some(700)),
            ("700", None, Some(700)),
            ("701", None, Some(800)),
            ("1", None, Some(100)),
            ("1280", Some(2.0), Some(700)),
            ("1000", Some(3.0), Some(400)),
            ("0", None, None),
            ("1", Some(8.0), None),
            ("16384", None, Some(16_384)),
            ("99999999999999999999999", None, Some(16_384)),
            ("-1", None, None),
            ("", None, None),
            ("a", None, None),
        ] {
            assert_eq!(css_width(text, ratio), width, "{text} at {ratio:?}");
        }
    }

    #[test]
    fn save_data_is_a_token() {
        for (text, on) in [
            ("on", true),
            ("ON", true),
            (" on;x=1", true),
            ("off", false),
            ("", false),
            ("once", false),
        ] {
            assert_eq!(save_data(text), on, "{text}");
        }
    }
}
