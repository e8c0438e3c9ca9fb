//! Reading of untrusted bytes that may end anywhere.

use super::Format;

/// Why a parser came to no facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The bytes end before the header does.
    Short,
    /// The bytes are no image that can be read, with a phrase that says why.
    Refused(&'static str),
    /// An image of a format that is only recognised.
    Unread(Format),
}

/// How much of the file the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The start, maybe all of it.
    Start,
    /// All of it.
    Whole,
}

/// `length` bytes from `at` on.
pub(crate) fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Halt> {
    let end = at.checked_add(length).ok_or(Halt::Short)?;
    bytes.get(at..end).ok_or(Halt::Short)
}

/// The byte at `at`.
pub(crate) fn byte(bytes: &[u8], at: usize) -> Result<u8, Halt> {
    bytes.get(at).copied().ok_or(Halt::Short)
}

/// `N` bytes from `at` on.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Halt> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk);
    found.copied().ok_or(Halt::Short)
}

/// The big-endian number of two bytes at `at`.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Result<u16, Halt> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// The big-endian number of four bytes at `at`.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Result<u32, Halt> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// The little-endian number of two bytes at `at`.
pub(crate) fn le16(bytes: &[u8], at: usize) -> Result<u16, Halt> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The little-endian number of four bytes at `at`.
pub(crate) fn le32(bytes: &[u8], at: usize) -> Result<u32, Halt> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// The little-endian number of three bytes at `at`.
pub(crate) fn le24(bytes: &[u8], at: usize) -> Result<u32, Halt> {
    let [low, middle, high] = array(bytes, at)?;
    Ok(u32::from_le_bytes([low, middle, high, 0]))
}
