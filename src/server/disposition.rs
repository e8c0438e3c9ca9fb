//! Content-Disposition (RFC 6266): how a browser names the file if it is saved.

use http::HeaderValue;

/// `inline` or `attachment` with `filename="STEM.EXTENSION"`.
///
/// Quotes in the stem become `%22`, as browsers write them; control characters and bytes outside ASCII are
/// percent-encoded, since the plain parameter has no other way to carry them. An empty stem is `image`.
pub(super) fn content_disposition(kind: Kind, stem: &str, extension: &str) -> HeaderValue {
    let mut text = String::with_capacity(stem.len() + 40);
    text.push_str(match kind {
        Kind::Inline => "inline; filename=\"",
        Kind::Attachment => "attachment; filename=\"",
    });
    push_escaped(&mut text, if stem.is_empty() { "image" } else { stem });
    text.push('.');
    push_escaped(&mut text, extension);
    text.push('"');
    HeaderValue::try_from(text).expect("escaped text is visible ASCII")
}

/// Whether the browser shows the image or offers to save it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Show it.
    Inline,
    /// Offer to save it.
    Attachment,
}

fn push_escaped(text: &mut String, part: &str) {
    for byte in part.bytes() {
        match byte {
            b'"' | b'\\' | 0..=0x1f | 0x7f.. => text.push_str(&format!("%{byte:02X}")),
            _ => text.push(char::from(byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_escaped_so_that_no_header_breaks() {
        let rows = [
            (Kind::Inline, "cat", "inline; filename=\"cat.jpg\""),
            (Kind::Attachment, "cat", "attachment; filename=\"cat.jpg\""),
            (Kind::Inline, "", "inline; filename=\"image.jpg\""),
            (
                Kind::Inline,
                "a\"b\r\nc",
                "inline; filename=\"a%22b%0D%0Ac.jpg\"",
            ),
            (Kind::Inline, "né", "inline; filename=\"n%C3%A9.jpg\""),
        ];
        for (kind, stem, expected) in rows {
            assert_eq!(content_disposition(kind, stem, "jpg"), expected);
        }
    }
}
