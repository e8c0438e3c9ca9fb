//! Fields of a head, written and read in order: fixed little-endian numbers, digests, and bounded texts.

use super::frame::Unreadable;
use super::scope::Scope;

/// Longest text of one field.
pub(super) const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Most tags of one entry.
pub(super) const MAX_TAGS: usize = 64;
/// Most groups that one entry belongs to.
pub(super) const MAX_SCOPES: usize = 256;

const ENDS_EARLY: Unreadable = Unreadable::Damaged("fields end early");

/// Collects fields.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

/// Takes fields off the front of what is left.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl Writer {
    /// A digest, a number's little-endian bytes, or another field whose length is fixed.
    pub(super) fn fixed<const N: usize>(&mut self, bytes: &[u8; N]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A text with its length before it; the caller has asked [`fits`].
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        debug_assert!(fits(text), "the caller checks texts before it writes them");
        self.fixed(&(text.len() as u16).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// An optional text; an empty one is read back as absent.
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or_default())
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, texts: &[String]) -> &mut Self {
        self.fixed(&(texts.len() as u16).to_le_bytes());
        texts.iter().fold(self, |fields, text| fields.text(text))
    }

    /// A list of scopes; the caller keeps to [`MAX_SCOPES`].
    pub(super) fn scopes(&mut self, scopes: &[Scope]) -> &mut Self {
        self.fixed(&(scopes.len() as u16).to_le_bytes());
        scopes.iter().fold(self, |fields, scope| {
            fields.fixed(&scope.number().to_le_bytes())
        })
    }

    /// What was written.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'a> Reader<'a> {
    /// Reads `fields` from the front.
    pub(super) const fn new(fields: &'a [u8]) -> Self {
        Self(fields)
    }

    /// The next `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(ENDS_EARLY)?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Result<u8, Unreadable> {
        self.fixed().map(|[byte]| byte)
    }

    /// The next number of 16 bits.
    pub(super) fn u16(&mut self) -> Result<u16, Unreadable> {
        self.fixed().map(u16::from_le_bytes)
    }

    /// The next number of 32 bits.
    pub(super) fn u32(&mut self) -> Result<u32, Unreadable> {
        self.fixed().map(u32::from_le_bytes)
    }

    /// The next number of 64 bits.
    pub(super) fn u64(&mut self) -> Result<u64, Unreadable> {
        self.fixed().map(u64::from_le_bytes)
    }

    /// The next text.
    pub(super) fn text(&mut self) -> Result<String, Unreadable> {
        let length = usize::from(self.u16()?);
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(ENDS_EARLY)?;
        self.0 = rest;
        std::str::from_utf8(bytes)
            .ok()
            .filter(|text| fits(text))
            .map(str::to_owned)
            .ok_or(Unreadable::Damaged("a text is none of ours"))
    }

    /// The next optional text.
    pub(super) fn optional_text(&mut self) -> Result<Option<String>, Unreadable> {
        self.text().map(|text| (!text.is_empty()).then_some(text))
    }

    /// The next list of texts.
    pub(super) fn texts(&mut self) -> Result<Vec<String>, Unreadable> {
        let count = usize::from(self.u16()?);
        if count > MAX_TAGS {
            return Err(Unreadable::Damaged("more tags than any entry of ours"));
        }
        (0..count).map(|_| self.text()).collect()
    }

    /// The next list of scopes.
    pub(super) fn scopes(&mut self) -> Result<Vec<Scope>, Unreadable> {
        let count = usize::from(self.u16()?);
        if count > MAX_SCOPES {
            return Err(Unreadable::Damaged("more scopes than any entry of ours"));
        }
        (0..count)
            .map(|_| self.u64().map(Scope::from_number))
            .collect()
    }

    /// Whether nothing is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a text is short enough for a field.
pub(super) const fn fits(text: &str) -> bool {
    text.len() <= MAX_TEXT_BYTES
}
