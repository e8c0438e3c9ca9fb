//! Texts of arguments to values, each with its bounds.

use std::borrow::Cow;

use crate::identify::Format;
use crate::request::base64url;
use crate::transform::ask::Rgb;

/// Largest length, in pixels, that any option takes: sides, paddings, crops and offsets alike.
///
/// Together with [`MAX_DPR`] and [`MAX_ZOOM`] it keeps every product of a length below 2³¹.
pub(in crate::request) const MAX_LENGTH_PX: u32 = 1_000_000;

/// Largest offset, in pixels.
pub(super) const MAX_OFFSET: f64 = MAX_LENGTH_PX as f64;

/// Largest device pixel ratio.
pub(in crate::request) const MAX_DPR: f64 = 16.0;

/// Largest factor of `zoom`.
pub(in crate::request) const MAX_ZOOM: f64 = 100.0;

/// Largest factor of colours and weights.
pub(super) const MAX_FACTOR: f64 = 1000.0;

/// Smallest device pixel ratio and smallest factor of anything.
pub(in crate::request) const MIN_FACTOR: f64 = 0.0001;

/// Smallest size of a fractional number that is not 0.
const MIN_NUMBER: f64 = 0.000_001;

/// Why the arguments of an option were refused.
#[derive(Debug, thiserror::Error)]
pub(in crate::request) enum Invalid {
    #[error("{value:?} is not {expected}")]
    Value {
        value: String,
        expected: Cow<'static, str>,
    },
    #[error("takes {most} arguments at most")]
    TooMany { most: usize },
    #[error("needs {needs}")]
    Missing { needs: &'static str },
}

impl Invalid {
    /// A value that is not what was expected; only its start is kept.
    pub(super) fn value(value: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::Value {
            value: value.chars().take(64).collect(),
            expected: expected.into(),
        }
    }
}

/// Refuses more than `most` arguments.
pub(super) fn at_most(args: &[&str], most: usize) -> Result<(), Invalid> {
    if args.len() > most {
        return Err(Invalid::TooMany { most });
    }
    Ok(())
}

/// The one argument of an option that takes no more.
pub(super) fn only<'a>(args: &[&'a str]) -> Result<&'a str, Invalid> {
    at_most(args, 1)?;
    first(args)
}

/// The first argument, which may be blank.
pub(super) fn first<'a>(args: &[&'a str]) -> Result<&'a str, Invalid> {
    args.first().copied().ok_or(Invalid::Missing {
        needs: "an argument",
    })
}

/// The argument at `index` unless it is absent or blank, which both mean "leave as it is".
pub(super) fn given<'a>(args: &[&'a str], index: usize) -> Option<&'a str> {
    args.get(index).copied().filter(|text| !text.is_empty())
}

/// Whether `text` says yes; anything that is not one of the known spellings says no.
pub(super) fn boolean(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

/// A whole number in `least..=most`.
pub(super) fn whole<T: TryFrom<i64>>(text: &str, least: i64, most: i64) -> Result<T, Invalid> {
    text.parse::<i64>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| Invalid::value(text, format!("a whole number from {least} to {most}")))
}

/// A whole number of pixels, `0..=`[`MAX_LENGTH_PX`].
pub(super) fn length_px(text: &str) -> Result<u32, Invalid> {
    whole(text, 0, i64::from(MAX_LENGTH_PX))
}

/// A quality, 0..=100.
pub(super) fn quality(text: &str) -> Result<u8, Invalid> {
    whole(text, 0, 100)
}

/// A share, 0..=1.
pub(super) fn share(text: &str) -> Result<f64, Invalid> {
    number(text, 0.0, 1.0)
}

/// Text in URL-safe base64.
pub(super) fn encoded_text(text: &str) -> Result<String, Invalid> {
    base64url::decode(text)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Invalid::value(text, "text in URL-safe base64"))
}

/// A number that is 0 or at least `0.000001` in size, and lies in `least..=most`; never -0.
pub(super) fn number(text: &str, least: f64, most: f64) -> Result<f64, Invalid> {
    float(text)
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| Invalid::value(text, format!("a number from {least} to {most}")))
}

fn float(text: &str) -> Option<f64> {
    // Keeps out `inf` and `nan`, which the standard parser takes.
    let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(numeric) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    (value == 0.0 || value.abs() >= MIN_NUMBER).then_some(value + 0.0)
}

/// A format by its name.
pub(super) fn format(text: &str) -> Result<Format, Invalid> {
    Format::from_name(text).ok_or_else(|| Invalid::value(text, "the name of an image format"))
}

/// A colour of three or six hexadecimal digits.
pub(super) fn hex_color(text: &str) -> Result<Rgb, Invalid> {
    parse_hex(text).ok_or_else(|| Invalid::value(text, "a colour of 3 or 6 hexadecimal digits"))
}

fn parse_hex(text: &str) -> Option<Rgb> {
    let mut digits = [0u8; 6];
    let count = text.len();
    if count != 3 && count != 6 {
        return None;
    }
    for (digit, character) in digits.iter_mut().zip(text.chars()) {
        *digit = u8::try_from(character.to_digit(16)?).ok()?;
    }
    let [a, b, c, d, e, f] = digits;
    Some(match count {
        3 => rgb(a * 17, b * 17, c * 17),
        _ => rgb(a * 16 + b, c * 16 + d, e * 16 + f),
    })
}

/// A colour of three decimal channels.
pub(super) fn decimal_color(r: &str, g: &str, b: &str) -> Result<Rgb, Invalid> {
    Ok(rgb(channel(r)?, channel(g)?, channel(b)?))
}

fn channel(text: &str) -> Result<u8, Invalid> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Invalid::value(text, "a whole number from 0 to 255"))
}

const fn rgb(r: u8, g: u8, b: u8) -> Rgb {
    Rgb { r, g, b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_spellings_are_true() {
        for text in ["1", "t", "T", "TRUE", "true", "True"] {
            assert!(boolean(text), "{text}");
        }
        for text in ["", "0", "f", "false", "yes", "tRUE", "2", "on", " 1"] {
            assert!(!boolean(text), "{text}");
        }
    }

    #[test]
    fn lengths_are_whole_and_bounded() {
        for (text, length) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("+7", Some(7)),
            ("0300", Some(300)),
            ("1000000", Some(1_000_000)),
            ("1000001", None),
            ("-1", None),
            ("1.0", None),
            ("1e3", None),
            ("", None),
            (" 1", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(length_px(text).ok(), length, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_finite_and_bounded() {
        for (text, value) in [
            ("1", Some(1.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("+2", Some(2.0)),
            ("1e2", Some(100.0)),
            ("-0.0", Some(0.0)),
            ("0.000001", Some(0.000_001)),
            ("0.0000001", None),
            ("NaN", None),
            ("inf", None),
            ("-inf", None),
            ("infinity", None),
            ("1e308", None),
            ("1e999", None),
            ("0x10", None),
            ("1_000", None),
            ("", None),
            ("e", None),
            ("1,5", None),
        ] {
            assert_eq!(number(text, -200.0, 200.0).ok(), value, "{text:?}");
        }
        let zero = number("-0", -1.0, 1.0).unwrap();
        assert!(zero.is_sign_positive());
    }

    #[test]
    fn colors_have_three_or_six_hexadecimal_digits() {
        for (text, color) in [
            ("fff", Some(rgb(255, 255, 255))),
            ("1aF", Some(rgb(17, 170, 255))),
            ("80FF01", Some(rgb(128, 255, 1))),
            ("#fff", None),
            ("ff", None),
            ("ffff", None),
            ("fffffff", None),
            ("ggg", None),
            ("é1", None),
            ("ééé", None),
            ("+ff", None),
        ] {
            assert_eq!(hex_color(text).ok(), color, "{text:?}");
        }
        assert_eq!(
            decimal_color("0", "128", "255").ok(),
            Some(rgb(0, 128, 255))
        );
        assert!(decimal_color("256", "0", "0").is_err());
        assert!(decimal_color("+1", "0", "0").is_err());
        assert!(decimal_color("", "0", "0").is_err());
    }
}
