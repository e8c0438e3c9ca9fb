//! A PNG copied chunk by chunk: what is coded as it stands, without what is told beside it.

use flate2::Crc;

use crate::identify::png::{Chunk, Chunks};
use crate::image::encode;
use crate::optimize::png::chunks as metadata;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1A\n";

/// Bytes of a chunk before its content: length and name.
const HEAD_BYTES: usize = 8;

/// The file with other metadata, if it is whole. A decoder has read it.
pub(super) fn copied(file: &[u8], options: &encode::Options) -> Option<Vec<u8>> {
    let mut chunks = Chunks::new(file);
    let mut copy = SIGNATURE.to_vec();
    loop {
        let chunk = chunks.advance().ok()?;
        if is_kept(chunk, options) {
            let end = chunk.at + chunk.length + 4;
            copy.extend_from_slice(file.get(chunk.at - HEAD_BYTES..end)?);
        }
        match &chunk.name {
            b"IHDR" => metadata(options).for_each(|(name, content)| add(&mut copy, name, &content)),
            b"IEND" => return Some(copy),
            _ => {}
        }
    }
}

/// Whether a chunk says something about the pixels.
fn is_kept(chunk: Chunk, options: &encode::Options) -> bool {
    match &chunk.name {
        b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => true,
        b"gAMA" | b"cHRM" | b"sRGB" | b"cICP" => true,
        b"iCCP" => options.metadata.icc.is_some(),
        _ => false,
    }
}

/// Adds a chunk; blocks of metadata are of a few megabytes at most.
fn add(copy: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    let mut check = Crc::new();
    check.update(&name);
    check.update(content);
    copy.extend((content.len() as u32).to_be_bytes());
    copy.extend(name);
    copy.extend_from_slice(content);
    copy.extend(check.sum().to_be_bytes());
}
