//! The text of a drawing, unpacked and bounded.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use resvg::usvg::roxmltree::{Document, ParsingOptions};

use crate::image::{Error, Format};

/// The longest text of a drawing in bytes, unpacked. The largest that are made by hand or exported for the web have
/// a tenth of it.
pub(crate) const MAX_TEXT_BYTES: usize = 8 << 20;

/// The most elements as they are written.
const MAX_ELEMENTS: usize = 100_000;
/// The deepest nesting of elements.
pub(super) const MAX_DEPTH: usize = 128;
/// The most attributes of one element.
const MAX_ATTRIBUTES: usize = 128;
/// The most declarations of namespaces in all.
const MAX_NAMESPACES: usize = 1024;

/// The text of a drawing, unpacked where it is packed, without its byte order mark.
///
/// # Errors
///
/// [`Error::Broken`] where it is too long, not UTF-8, or declares entities.
pub(crate) fn text(file: &[u8]) -> Result<Cow<'_, str>, Error> {
    let bytes = match file.starts_with(b"\x1F\x8B") {
        true => Cow::Owned(unpacked(file)?),
        false => Cow::Borrowed(file),
    };
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(refused("longer than 8 MiB"));
    }
    let text = match bytes {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| error.utf8_error()),
    };
    let text = text.map_err(|_| refused("not UTF-8"))?;
    // Wherever the words stand: a document that has them in a comment can be spared.
    match text.contains("<!ENTITY") {
        true => Err(refused("entities are not read")),
        false => Ok(without_mark(text)),
    }
}

fn without_mark(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Cow::Owned(mut text) => {
            if text.starts_with('\u{FEFF}') {
                text.remove(0);
            }
            Cow::Owned(text)
        }
    }
}

/// Unpacks as much as a text may have, and a byte more, so that longer ones show.
fn unpacked(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = GzDecoder::new(file)
        .take(MAX_TEXT_BYTES as u64 + 1)
        .read_to_end(&mut bytes);
    read.map_err(|error| Error::broken(Format::Svg, error))?;
    Ok(bytes)
}

/// Reads the text as markup, once it is known to nest and to name no more than it may.
///
/// # Errors
///
/// [`Error::Broken`] where it is above a bound or not well-formed.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Error> {
    within_bounds(text)?;
    let options = ParsingOptions {
        // A document type is passed over; it declares no entities, as `text` saw to.
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| Error::broken(Format::Svg, error))
}

/// Counts elements, nesting, attributes and namespaces without keeping any: for each of these there is a
/// reader of drawings whose time or stack grows faster than they do.
fn within_bounds(text: &str) -> Result<(), Error> {
    let mut reader = Reader::from_str(text);
    let mut seen = Seen::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => seen.start(&tag, 1)?,
            Ok(Event::Empty(tag)) => seen.start(&tag, 0)?,
            Ok(Event::End(_)) => seen.depth = seen.depth.saturating_sub(1),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(Error::broken(Format::Svg, error)),
        }
    }
}

#[derive(Default)]
struct Seen {
    elements: usize,
    depth: usize,
    namespaces: usize,
}

impl Seen {
    fn start(&mut self, tag: &BytesStart<'_>, deeper: usize) -> Result<(), Error> {
        self.elements += 1;
        self.depth += deeper;
        let mut attributes = 0;
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| Error::broken(Format::Svg, error))?;
            attributes += 1;
            self.namespaces += usize::from(attribute.key.as_ref().starts_with(b"xmlns"));
        }
        if self.elements > MAX_ELEMENTS {
            return Err(refused("too many elements"));
        }
        if self.depth + 1 > MAX_DEPTH {
            return Err(refused("elements nested too deeply"));
        }
        if attributes > MAX_ATTRIBUTES || self.namespaces > MAX_NAMESPACES {
            return Err(refused("too many attributes"));
        }
        Ok(())
    }
}

/// The error of a drawing that is not read.
pub(super) fn refused(why: &'static str) -> Error {
    Error::broken(Format::Svg, why)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn why(file: &[u8]) -> String {
        text(file).unwrap_err().to_string()
    }

    #[test]
    fn packed_text_is_unpacked() {
        assert_eq!(text(&packed(b"<svg/>")).unwrap(), "<svg/>");
        assert_eq!(text("\u{FEFF}<svg/>".as_bytes()).unwrap(), "<svg/>");
        assert_eq!(
            text(&packed("\u{FEFF}<svg/>".as_bytes())).unwrap(),
            "<svg/>"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let bomb = packed(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert!(why(&bomb).contains("8 MiB"));
        assert!(why(&vec![b' '; MAX_TEXT_BYTES + 1]).contains("8 MiB"));
        assert!(why(&packed(b"<svg/>")[..12]).contains("broken"));
        assert!(why(b"<\0s\0v\0g\0/\0>\0\xFF\xFE").contains("UTF-8"));
        assert!(why(b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>").contains("entities"));
    }
}
