//! What Photoshop puts into APP13 of JPEG: resources by number, one of which holds IPTC.

use crate::identify::jpeg::{Segments, marker};

/// The number of the resource that holds IPTC.
pub const IPTC: u16 = 0x0404;
/// The number of the resource that holds the resolution.
pub const RESOLUTION: u16 = 0x03ED;

/// What precedes the resources in a segment.
const IDENTIFIER: &[u8] = b"Photoshop 3.0\0";
/// What precedes each resource.
const SIGNATURE: &[u8] = b"8BIM";

/// One resource: its number, and what it holds.
pub type Resource<'a> = (u16, &'a [u8]);

/// The resources of a JPEG before its first scan. A broken one ends its segment.
pub fn resources_of(file: &[u8]) -> impl Iterator<Item = Resource<'_>> {
    let mut segments = Segments::new(file);
    std::iter::from_fn(move || segments.advance().ok())
        .take_while(|segment| segment.marker != marker::SOS)
        .filter(|segment| segment.marker == marker::APP13)
        .flat_map(|segment| resources(segment.content))
}

/// The resources in the content of one segment, up to the first that is broken.
pub(super) fn resources(content: &[u8]) -> impl Iterator<Item = Resource<'_>> {
    let mut rest = content.strip_prefix(IDENTIFIER).unwrap_or_default();
    std::iter::from_fn(move || {
        let (found, after) = resource(rest)?;
        rest = after;
        Some(found)
    })
}

/// The first resource, and what follows: a signature, a number, a name of even length with its length before it, the
/// length of the content, and the content, padded to an even length.
fn resource(bytes: &[u8]) -> Option<(Resource<'_>, &[u8])> {
    let (number, rest) = bytes.strip_prefix(SIGNATURE)?.split_first_chunk()?;
    let name_bytes = (1 + usize::from(*rest.first()?)).next_multiple_of(2);
    let (length, rest) = rest.get(name_bytes..)?.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let content = rest.get(..length)?;
    // The last one may lack its padding.
    let after = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
    Some(((u16::from_be_bytes(*number), content), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_up_to_the_first_broken_one() {
        let content =
            b"Photoshop 3.0\08BIM\x04\x04\x02ab\0\0\0\0\x03xyz\08BIM\x03\xED\0\0\0\0\0\x01r";
        let found: Vec<_> = resources(content).collect();
        assert_eq!(found, [(IPTC, &b"xyz"[..]), (RESOLUTION, b"r")]);
        for length in 0..content.len() {
            let whole = usize::from(length >= 31);
            assert_eq!(
                resources(&content[..length]).count(),
                whole,
                "{length} bytes"
            );
        }
    }
}
