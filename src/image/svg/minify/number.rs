//! Numbers in fewer letters.

use std::fmt::Write;

/// A number as it is written: digits before a power of ten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros at its end; 0 is nought.
    digits: u64,
    exponent: i32,
}

/// How a number may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// With a point.
    Plain,
    /// With a point, or as a power of ten where that is shorter.
    Scientific,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Digits, and so many zeros.
    Whole(usize),
    /// Digits with a point after so many.
    Mixed(usize),
    /// A point, so many zeros, and digits.
    Part(usize),
    /// Digits and a power.
    Power,
}

/// The most zeros that are written.
const MAX_ZEROS: i32 = 64;

impl Decimal {
    /// Reads all of a text as a number of SVG of at most 19 digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match split(text)? {
            (number, "") => Some(number),
            _ => None,
        }
    }

    /// A whole number divided by a power of ten.
    pub(super) const fn of(number: i64, places: u8) -> Self {
        Self::new(number < 0, number.unsigned_abs(), -(places as i32))
    }

    const fn new(is_negative: bool, mut digits: u64, mut exponent: i32) -> Self {
        while digits != 0 && digits.is_multiple_of(10) {
            digits /= 10;
            exponent += 1;
        }
        Self {
            is_negative: is_negative && digits != 0,
            digits,
            exponent: if digits == 0 { 0 } else { exponent },
        }
    }

    /// Bytes of its shortest text.
    pub(super) fn length(self, notation: Notation) -> usize {
        let count = self.count();
        let sign = usize::from(self.is_negative);
        sign + match self.form(notation) {
            Form::Whole(zeros) => count + zeros,
            Form::Mixed(_) => count + 1,
            Form::Part(zeros) => count + 1 + zeros,
            Form::Power => count + self.power_length(),
        }
    }

    /// Writes its shortest text.
    pub(super) fn write(self, notation: Notation, text: &mut String) {
        if self.is_negative {
            text.push('-');
        }
        let zeros = |zeros| std::iter::repeat_n('0', zeros);
        let start = text.len();
        let digits = self.digits;
        let written = match self.form(notation) {
            Form::Whole(count) => write!(text, "{digits}").map(|()| text.extend(zeros(count))),
            Form::Mixed(before) => {
                write!(text, "{digits}").map(|()| text.insert(start + before, '.'))
            }
            Form::Part(count) => {
                text.push('.');
                text.extend(zeros(count));
                write!(text, "{digits}")
            }
            Form::Power => write!(text, "{digits}e{}", self.exponent),
        };
        written.expect("a string takes all text");
    }

    /// The shortest text for it.
    pub(super) fn text(self, notation: Notation) -> String {
        let mut text = String::new();
        self.write(notation, &mut text);
        text
    }

    /// Whether its text begins with a minus.
    pub(super) const fn is_negative(self) -> bool {
        self.is_negative
    }

    /// Whether the text of what is positive begins with a point.
    pub(super) fn begins_with_point(self, notation: Notation) -> bool {
        matches!(self.form(notation), Form::Part(_))
    }

    /// Whether there is a point in its text.
    pub(super) fn has_point(self, notation: Notation) -> bool {
        matches!(self.form(notation), Form::Part(_) | Form::Mixed(_))
    }

    fn form(self, notation: Notation) -> Form {
        let count = self.count();
        let before = i64::from(self.exponent) + count as i64;
        let zeros = |zeros: i32| usize::try_from(zeros).unwrap_or(0);
        let plain = match usize::try_from(before) {
            _ if self.exponent.abs() > MAX_ZEROS => return Form::Power,
            _ if self.exponent >= 0 => Form::Whole(zeros(self.exponent)),
            Ok(before) if before > 0 => return Form::Mixed(before),
            _ => Form::Part(zeros(-self.exponent) - count),
        };
        let more = match plain {
            Form::Whole(zeros) => zeros,
            Form::Part(zeros) => zeros + 1,
            Form::Mixed(_) | Form::Power => 0,
        };
        match notation {
            Notation::Scientific if self.power_length() < more => Form::Power,
            _ => plain,
        }
    }

    const fn count(self) -> usize {
        match self.digits.checked_ilog10() {
            Some(most) => most as usize + 1,
            None => 1,
        }
    }

    /// Bytes of its power of ten.
    const fn power_length(self) -> usize {
        let sign = if self.exponent < 0 { 1 } else { 0 };
        match self.exponent.unsigned_abs().checked_ilog10() {
            Some(most) => 2 + sign + most as usize,
            None => 2,
        }
    }
}

/// The number at the start of a text, and what follows it.
pub(super) fn split(text: &str) -> Option<(Decimal, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = digits(unsigned);
    let (part, rest) = match rest.strip_prefix('.').map(digits) {
        Some(("", _)) => return None,
        Some(found) => found,
        None => ("", rest),
    };
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let (power, rest) = power(rest);
    let places = i32::try_from(part.len()).ok()?;
    let exponent = power?.checked_sub(places)?;
    let number = Decimal::new(text.starts_with('-'), value(whole, part)?, exponent);
    Some((number, rest))
}

/// The digits of a number, unless they are too many.
fn value(whole: &str, part: &str) -> Option<u64> {
    let mut figures = whole.bytes().chain(part.bytes());
    figures.try_fold(0_u64, |value, figure| {
        let value = value.checked_mul(10)?;
        value.checked_add(u64::from(figure - b'0'))
    })
}

/// The power of ten at the start of a text, nought where there is none, and what follows it; no power where it is
/// beyond all numbers. What begins like one may be a unit.
fn power(text: &str) -> (Option<i32>, &str) {
    let Some(rest) = text.strip_prefix(['e', 'E']) else {
        return (Some(0), text);
    };
    let sign = usize::from(rest.starts_with(['-', '+']));
    let (figures, after) = digits(&rest[sign..]);
    if figures.is_empty() {
        return (Some(0), text);
    }
    let power = rest[..sign + figures.len()].parse::<i32>().ok();
    (power.filter(|power| power.abs() < 1000), after)
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// A number with a unit, shorter; nothing where it is none.
pub(super) fn measure(text: &str, units: &[&str]) -> Option<String> {
    let (number, unit) = split(text.trim())?;
    let known = units.contains(&unit.to_ascii_lowercase().as_str());
    known.then(|| number.text(Notation::Plain) + unit)
}

/// Units of lengths, which may be missing.
pub(super) const UNITS: &[&str] = &["", "px", "em", "ex", "in", "cm", "mm", "pt", "pc", "%"];

/// A length of an attribute, shorter: without a unit it is in pixels. Those without a unit are rounded to the digits that
/// tell a number of single precision, in which all renderers keep lengths.
pub(super) fn length(text: &str) -> Option<String> {
    let text = text.trim();
    let (number, unit) = split(text)?;
    match unit.to_ascii_lowercase().as_str() {
        "" | "px" => Some(single(number).text(Notation::Plain)),
        unit if UNITS.contains(&unit) => measure(text, UNITS),
        _ => None,
    }
}

/// The number with the fewest digits that is the same in single precision.
fn single(number: Decimal) -> Decimal {
    let value: Option<f64> = number.text(Notation::Scientific).parse().ok();
    let short = value.map(|value| (value as f32).to_string());
    let short = short.and_then(|short| Decimal::parse(&short));
    match short {
        Some(short) if short.count() < number.count() => short,
        _ => number,
    }
}

/// The numbers of a list, divided by spaces and commas, each made shorter by `shorter`.
pub(super) fn list(text: &str, shorter: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut items = Vec::new();
    for part in text.trim().split(',') {
        let before = items.len();
        for item in part.split_ascii_whitespace() {
            items.push(shorter(item)?);
        }
        // Two commas in a row, or one at an end.
        if items.len() == before && text.contains(',') {
            return None;
        }
    }
    Some(items.join(" "))
}

/// A number alone, shorter.
pub(super) fn plain(text: &str) -> Option<String> {
    measure(text, &[""])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_what_says_nothing() {
        for (text, plain, scientific) in [
            ("0", "0", "0"),
            ("-0.00", "0", "0"),
            ("+1.50", "1.5", "1.5"),
            ("00012", "12", "12"),
            ("0.5", ".5", ".5"),
            ("-0.25", "-.25", "-.25"),
            ("100", "100", "100"),
            ("1000", "1000", "1e3"),
            ("-120000", "-120000", "-12e4"),
            ("0.001", ".001", ".001"),
            ("0.0001", ".0001", "1e-4"),
            ("1e3", "1000", "1e3"),
            ("12.5e1", "125", "125"),
            ("1.25E-1", ".125", ".125"),
            ("10.010", "10.01", "10.01"),
            ("1e70", "1e70", "1e70"),
            ("-5e-80", "-5e-80", "-5e-80"),
            ("123e-70", "123e-70", "123e-70"),
        ] {
            let number = Decimal::parse(text).unwrap();
            assert_eq!(number.length(Notation::Plain), plain.len(), "{text}");
            assert_eq!(
                number.length(Notation::Scientific),
                scientific.len(),
                "{text}"
            );
            assert_eq!(number.text(Notation::Plain), plain, "{text}");
            assert_eq!(number.text(Notation::Scientific), scientific, "{text}");
        }
        assert_eq!(Decimal::of(-1250, 3).text(Notation::Plain), "-1.25");
        assert_eq!(Decimal::of(7, 0).text(Notation::Plain), "7");
    }

    #[test]
    fn what_is_no_number_is_left() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            "e3",
            "1e",
            "--1",
            "1 2",
            "0x1",
            "1e99999",
            "nan",
            "1,",
            "١",
            "12345678901234567890123",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_lose_pixels_and_keep_other_units() {
        for (text, expected) in [
            ("10px", Some("10")),
            ("10.0PX", Some("10")),
            (" 1.50em ", Some("1.5em")),
            ("0.50%", Some(".5%")),
            ("0mm", Some("0mm")),
            ("1e3em", Some("1000em")),
            ("123.456789012", Some("123.45679")),
            ("123456789.5", Some("123456790")),
            ("0.30000000000000004", Some(".3")),
            ("10vw", None),
            ("calc(1px)", None),
            ("auto", None),
        ] {
            assert_eq!(length(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_divided_by_spaces() {
        for (text, expected) in [
            ("0, 0, 24.0,24.0", Some("0 0 24 24")),
            (" 0  0\n10 10 ", Some("0 0 10 10")),
            ("0.5", Some(".5")),
            ("1,,2", None),
            ("1,2,", None),
            ("1-2", None),
            ("none", None),
        ] {
            assert_eq!(list(text, plain).as_deref(), expected, "{text}");
        }
    }
}
