//! A JPEG copied part by part: what is coded as it stands, without what is told beside it.

use crate::identify::jpeg::{Segments, marker};
use crate::image::encode::{self, jpeg_segments};

/// Markers (T.81, table B.1) that only this copy has to know.
const APP0: u8 = 0xE0;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

const JFIF: &[u8] = b"JFIF\0";
const ADOBE: &[u8] = b"Adobe";

/// The length of Adobe's segment.
const ADOBE_BYTES: usize = 12;

/// The file with other metadata, if it is whole and has a place for it. A decoder has read it without a warning.
pub(super) fn copied(file: &[u8], options: &encode::Options) -> Option<Vec<u8>> {
    let mut segments = Segments::new(file);
    let (mut jfif, mut adobe, mut tables) = (None, None, Vec::new());
    let start = loop {
        let segment = segments.advance().ok()?;
        match segment.marker {
            APP0 if segment.content.starts_with(JFIF) => jfif = Some(jfif_content(options.dpi)),
            marker::APP14 if segment.content.starts_with(ADOBE) => {
                adobe = segment.content.get(..ADOBE_BYTES);
            }
            APP0..=APP15 | COM => {}
            marker::SOS => break segment.content,
            other => tables.push((other, segment.content)),
        }
    };
    if options.dpi.is_some() && jfif.is_none() {
        return None;
    }
    let mut copy = vec![0xFF, marker::SOI];
    if let Some(jfif) = jfif {
        write(&mut copy, APP0, &jfif);
    }
    for (app, content) in jpeg_segments(&options.metadata) {
        write(&mut copy, APP0 + app, &content);
    }
    if let Some(adobe) = adobe {
        write(&mut copy, marker::APP14, adobe);
    }
    for (marker, content) in tables {
        write(&mut copy, marker, content);
    }
    write(&mut copy, marker::SOS, start);
    copy_scans(segments.rest(), &mut copy)?;
    Some(copy)
}

/// Version 1.1, the resolution, no thumbnail.
fn jfif_content(dpi: Option<f64>) -> [u8; 14] {
    let dots = dpi.map(|dots| dots.round().clamp(1.0, f64::from(u16::MAX)) as u16);
    let [high, low] = dots.unwrap_or(1).to_be_bytes();
    let unit = u8::from(dots.is_some());
    let [j, f, i, f_, end] = *b"JFIF\0";
    [j, f, i, f_, end, 1, 1, unit, high, low, high, low, 0, 0]
}

fn write(copy: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // Contents come from segments, or were made for one.
    let length = content.len() as u16 + 2;
    copy.extend([0xFF, marker]);
    copy.extend(length.to_be_bytes());
    copy.extend_from_slice(content);
}

/// Copies what is coded from the first scan's on, with the tables of later scans, to the end of the picture; what
/// stands behind it stays behind.
fn copy_scans(mut rest: &[u8], copy: &mut Vec<u8>) -> Option<()> {
    loop {
        let coded = coded_bytes(rest)?;
        copy.extend_from_slice(&rest[..coded]);
        rest = &rest[coded..];
        loop {
            let (marker, content, after) = part(rest)?;
            rest = after;
            match marker {
                marker::EOI => {
                    copy.extend([0xFF, marker::EOI]);
                    return Some(());
                }
                APP0..=APP15 | COM => {}
                marker => write(copy, marker, content),
            }
            if marker == marker::SOS {
                break;
            }
        }
    }
}

/// How far coded data goes: zeros behind FF, fill bytes and restarts are of it, any other marker is not.
fn coded_bytes(rest: &[u8]) -> Option<usize> {
    let ends =
        |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF | marker::RST0..=marker::RST7);
    rest.windows(2).position(ends)
}

/// A marker, what its segment holds, and what follows.
fn part(rest: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [0xFF, marker, after @ ..] = rest else {
        return None;
    };
    match (*marker, after) {
        (marker::EOI, _) => Some((*marker, &[], after)),
        (0xFF, _) => part(&rest[1..]),
        (_, [high, low, ..]) => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let content = after.get(2..length)?;
            Some((*marker, content, &after[length..]))
        }
        _ => None,
    }
}
