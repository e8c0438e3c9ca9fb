//! The start of SVG: what stands before the root element, and the size that its start tag declares.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::ops::Range;

use flate2::read::GzDecoder;

use super::bytes::{Halt, byte};
use super::{ColorType, Facts, Format, Orientation};

/// How much of a packed drawing is unpacked to find its root element.
const MAX_UNPACKED_HEAD_BYTES: u64 = 256 << 10;

/// The longest side of a drawing in pixels; a larger one is shrunk to it, its ratio kept.
const MAX_SIDE_PX: f32 = 65_535.0;

/// The pixels of an `em` where no style says more.
pub(crate) const EM_PX: f32 = 16.0;

/// The width and height of a drawing that states neither, as browsers have it.
pub(crate) const DEFAULT_SIZE_PX: (f32, f32) = (300.0, 150.0);

const NOT_SVG: Halt = Halt::Refused("markup, but not SVG");
const MALFORMED: Halt = Halt::Refused("an SVG whose first element is malformed");
const ENTITIES: Halt = Halt::Refused("an SVG that declares entities, which are not read");
const NO_AREA: Halt = Halt::Refused("an SVG without an area");

/// What the root element declares.
pub(super) fn facts(head: &[u8]) -> Result<Facts, Halt> {
    let (width, height) = natural_size(head)?;
    let shrink = (MAX_SIDE_PX / width.max(height)).min(1.0);
    Ok(Facts {
        format: Format::Svg,
        subtype: None,
        width: whole_px(width * shrink),
        height: whole_px(height * shrink),
        orientation: Orientation::UPRIGHT,
        color_type: ColorType::Rgba,
        bit_depth: 8,
        alpha: true,
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    })
}

/// What the root element of a drawing in gzip declares.
pub(super) fn packed_facts(head: &[u8]) -> Result<Facts, Halt> {
    let mut text = Vec::new();
    let unpacked = GzDecoder::new(head)
        .take(MAX_UNPACKED_HEAD_BYTES)
        .read_to_end(&mut text);
    let full = text.len() as u64 >= MAX_UNPACKED_HEAD_BYTES;
    let broken = unpacked.is_err_and(|error| error.kind() != ErrorKind::UnexpectedEof);
    match facts(&text) {
        Err(Halt::Short) if full => Err(Halt::Refused("a header without an end")),
        Err(Halt::Short) if broken => Err(Halt::Refused("packed, and broken within its header")),
        Err(Halt::Refused(_)) if !is_markup(&text) => Err(Halt::Refused("packed, but not SVG")),
        answer => answer,
    }
}

/// Rounded up, at least 1; what only the conversion of units adds does not count.
fn whole_px(side: f32) -> u32 {
    (side - 0.001).ceil().max(1.0) as u32
}

fn is_markup(text: &[u8]) -> bool {
    past_mark(text).trim_ascii_start().starts_with(b"<")
}

fn past_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// Width and height of the drawing in CSS pixels, as its width, height and view box tell.
pub(crate) fn natural_size(text: &[u8]) -> Result<(f32, f32), Halt> {
    let frame = Frame::read(root_attributes(past_mark(text))?)?;
    let (width, height) = frame.size();
    let sound = |side: f32| side.is_finite() && side > 0.0;
    match sound(width) && sound(height) {
        true => Ok((width, height)),
        false => Err(NO_AREA),
    }
}

/// The text of a drawing that has no view box, with its width and height in pixels where it states a share of the
/// viewport, or nothing that is read: what it is made of may be as large as a share of them.
pub(crate) fn with_size(text: &str) -> Result<Cow<'_, str>, Halt> {
    let attributes = root_attributes(text.as_bytes())?;
    let frame = Frame::read(attributes)?;
    let start = text.len() - attributes.len();
    let (width, height) = frame.size();
    let sides = [
        ("width", frame.width, width),
        ("height", frame.height, height),
    ];
    let unstated = |length| !matches!(length, Some(Length::Px(_)));
    let mut sized = Cow::Borrowed(text);
    for (name, length, px) in sides {
        if frame.view.is_none() && unstated(length) {
            let text = sized.to_mut();
            match value(text.as_bytes(), start, name.as_bytes())? {
                Some(place) => text.replace_range(place, &px.to_string()),
                None => text.insert_str(start, &format!(" {name}=\"{px}\"")),
            }
        }
    }
    Ok(sized)
}

/// Where the value of an attribute stands, given where the attributes begin.
fn value(text: &[u8], start: usize, of: &[u8]) -> Result<Option<Range<usize>>, Halt> {
    let mut attributes = text.get(start..).unwrap_or_default();
    while let Some((name, value, rest)) = attribute(attributes)? {
        if name == of {
            // A quote stands between.
            let end = text.len() - rest.len() - 1;
            return Ok(Some(end - value.len()..end));
        }
        attributes = rest;
    }
    Ok(None)
}

/// What the root element says of its size.
#[derive(Default)]
struct Frame {
    width: Option<Length>,
    height: Option<Length>,
    /// Width and height of the view box.
    view: Option<(f32, f32)>,
}

#[derive(Clone, Copy)]
enum Length {
    Px(f32),
    /// A share of the viewport.
    Share(f32),
}

impl Frame {
    fn read(mut attributes: &[u8]) -> Result<Self, Halt> {
        let mut frame = Self::default();
        while let Some((name, value, rest)) = attribute(attributes)? {
            match name {
                b"width" => frame.width = length(value),
                b"height" => frame.height = length(value),
                b"viewBox" => frame.view = view_box(value),
                _ => {}
            }
            attributes = rest;
        }
        Ok(frame)
    }

    /// Where one side is stated and there is a view box, the other follows from its ratio; what is not stated
    /// fills the viewport.
    fn size(&self) -> (f32, f32) {
        let (wide, high) = self.view.unwrap_or(DEFAULT_SIZE_PX);
        match (self.width, self.height) {
            (Some(width), None) if self.view.is_some() => {
                let width = width.of(wide);
                (width, high * width / wide)
            }
            (None, Some(height)) if self.view.is_some() => {
                let height = height.of(high);
                (wide * height / high, height)
            }
            (width, height) => (
                width.map_or(wide, |width| width.of(wide)),
                height.map_or(high, |height| height.of(high)),
            ),
        }
    }
}

impl Length {
    fn of(self, viewport: f32) -> f32 {
        match self {
            Self::Px(px) => px,
            Self::Share(share) => viewport * share,
        }
    }
}

/// A length with its unit at 96 px an inch; `None` where it is none, so that it counts as not stated.
fn length(text: &[u8]) -> Option<Length> {
    let (number, unit) = number(text.trim_ascii_start())?;
    let px = match unit {
        b"" | b"px" => 1.0,
        b"pt" => 96.0 / 72.0,
        b"pc" => 16.0,
        b"in" => 96.0,
        b"cm" => 96.0 / 2.54,
        b"mm" => 96.0 / 25.4,
        b"em" => EM_PX,
        b"ex" => EM_PX / 2.0,
        b"%" => return Some(Length::Share(number / 100.0)),
        _ => return None,
    };
    Some(Length::Px(number * px))
}

/// Width and height of a view box that has an area.
fn view_box(text: &[u8]) -> Option<(f32, f32)> {
    let mut rest = text;
    let mut sides = [0.0; 4];
    for side in &mut sides {
        let from = rest
            .iter()
            .position(|b| !b.is_ascii_whitespace() && *b != b',');
        (*side, rest) = number(rest.get(from?..)?)?;
    }
    let [.., width, height] = sides;
    (width > 0.0 && height > 0.0).then_some((width, height))
}

/// The number that `text` begins with, and what follows it. An `e` belongs to it where digits follow.
fn number(text: &[u8]) -> Option<(f32, &[u8])> {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let sign = |at: usize| matches!(text.get(at), Some(b'+' | b'-'));
    let digits = |from: usize| (from..).take_while(|at| digit(*at)).count();
    let mut end = usize::from(sign(0));
    end += digits(end);
    if text.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let power = end + 1 + usize::from(sign(end + 1));
        if digit(power) {
            end = power + digits(power);
        }
    }
    let (number, rest) = text.split_at_checked(end)?;
    let number = str::from_utf8(number).ok()?.parse().ok()?;
    Some((number, rest))
}

/// The next attribute of a start tag, name and raw value, and what follows; `None` at its end.
#[expect(clippy::type_complexity, reason = "read once, and taken apart at once")]
fn attribute(text: &[u8]) -> Result<Option<(&[u8], &[u8], &[u8])>, Halt> {
    let text = text.trim_ascii_start();
    if matches!(byte(text, 0)?, b'>' | b'/') {
        return Ok(None);
    }
    let ends = |b: &u8| b.is_ascii_whitespace() || b"=<>\"'/".contains(b);
    let (name, rest) = split(text, text.iter().position(ends))?;
    let rest = rest.trim_ascii_start();
    if name.is_empty() || byte(rest, 0)? != b'=' {
        return Err(MALFORMED);
    }
    let rest = rest.get(1..).unwrap_or_default().trim_ascii_start();
    let quote = byte(rest, 0)?;
    if !matches!(quote, b'"' | b'\'') {
        return Err(MALFORMED);
    }
    let rest = rest.get(1..).unwrap_or_default();
    let (value, rest) = split(rest, rest.iter().position(|b| *b == quote))?;
    Ok(Some((name, value, rest.get(1..).unwrap_or_default())))
}

fn split(text: &[u8], at: Option<usize>) -> Result<(&[u8], &[u8]), Halt> {
    text.split_at_checked(at.ok_or(Halt::Short)?)
        .ok_or(Halt::Short)
}

/// What follows the name of the root element, which must be `svg`.
fn root_attributes(text: &[u8]) -> Result<&[u8], Halt> {
    let mut rest = text;
    loop {
        rest = match past_prolog(rest.trim_ascii_start())? {
            Prolog::More(rest) => rest,
            Prolog::Root(attributes) => return Ok(attributes),
        };
    }
}

enum Prolog<'a> {
    /// What follows a declaration, comment or document type.
    More(&'a [u8]),
    /// What follows the name of the root element.
    Root(&'a [u8]),
}

fn past_prolog(text: &[u8]) -> Result<Prolog<'_>, Halt> {
    let starts = |with: &[u8]| begins(text, with);
    if starts(b"<?")? {
        return past(text, b"?>").map(Prolog::More);
    }
    if starts(b"<!--")? {
        return past(text.get(4..).unwrap_or_default(), b"-->").map(Prolog::More);
    }
    if starts(b"<!DOCTYPE")? {
        return past_document_type(text).map(Prolog::More);
    }
    if !(starts(b"<svg")? || starts(b"<svg:svg")?) {
        return Err(NOT_SVG);
    }
    let name_ends =
        |at| byte(text, at).map(|next| next.is_ascii_whitespace() || b">/".contains(&next));
    if name_ends(4)? {
        return Ok(Prolog::Root(text.get(4..).unwrap_or_default()));
    }
    match starts(b"<svg:svg")? && name_ends(8)? {
        true => Ok(Prolog::Root(text.get(8..).unwrap_or_default())),
        false => Err(NOT_SVG),
    }
}

/// Whether `text` begins with `prefix`; [`Halt::Short`] while it may yet.
fn begins(text: &[u8], prefix: &[u8]) -> Result<bool, Halt> {
    if text.len() < prefix.len() && prefix.starts_with(text) {
        return Err(Halt::Short);
    }
    Ok(text.starts_with(prefix))
}

/// A document type must be that of SVG. Its internal subset is passed over without a look inside quotes, and
/// must declare no entities.
fn past_document_type(text: &[u8]) -> Result<&[u8], Halt> {
    let after = text.get(9..).unwrap_or_default();
    let name = after.trim_ascii_start();
    if !begins(name, b"svg")? {
        return Err(NOT_SVG);
    }
    let stops = name.iter().position(|next| b"[>".contains(next));
    let stop = stops.ok_or(Halt::Short)?;
    let rest = name.get(stop..).unwrap_or_default();
    match rest.first() {
        Some(b'[') if declares_entities(rest) => Err(ENTITIES),
        Some(b'[') => past(past(rest, b"]")?, b">"),
        _ => Ok(rest.get(1..).unwrap_or_default()),
    }
}

/// Whether an entity is declared before the subset ends.
fn declares_entities(subset: &[u8]) -> bool {
    let end = subset.iter().position(|next| *next == b']');
    let subset = subset
        .get(..end.unwrap_or(subset.len()))
        .unwrap_or_default();
    subset.windows(8).any(|window| window == b"<!ENTITY")
}

/// The bytes after the first occurrence of `mark`.
fn past<'a>(text: &'a [u8], mark: &[u8]) -> Result<&'a [u8], Halt> {
    let found = text.windows(mark.len()).position(|window| window == mark);
    let at = found.ok_or(Halt::Short)?;
    Ok(text.get(at + mark.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests;
