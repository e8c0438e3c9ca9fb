//! JPEG (ITU-T T.81): the segments before the first scan.

use super::bytes::{Halt, be16, byte, slice};
use super::{ColorType, Facts, Format, Orientation, Subtype, exif};

/// How many segments a file may have before its first scan. An ICC profile and extended XMP take dozens.
const MAX_SEGMENTS: u32 = 2048;
/// How many bytes between two segments are passed over: fill bytes are legal, and decoders forgive others.
const MAX_STRAY_BYTES: usize = 1024;

/// What precedes an EXIF block in APP1.
pub(crate) const EXIF_IDENTIFIER: &[u8] = b"Exif\0\0";
/// What precedes the numbers and the piece of an ICC profile in APP2.
pub(crate) const ICC_IDENTIFIER: &[u8] = b"ICC_PROFILE\0";

/// Markers (T.81, table B.1) that mean something here.
pub(crate) mod marker {
    pub(crate) const TEM: u8 = 0x01;
    pub(crate) const SOF0: u8 = 0xC0;
    pub(crate) const SOF2: u8 = 0xC2;
    pub(crate) const RST0: u8 = 0xD0;
    pub(crate) const RST7: u8 = 0xD7;
    pub(crate) const SOI: u8 = 0xD8;
    pub(crate) const EOI: u8 = 0xD9;
    pub(crate) const SOS: u8 = 0xDA;
    pub(crate) const DQT: u8 = 0xDB;
    pub(crate) const APP1: u8 = 0xE1;
    pub(crate) const APP2: u8 = 0xE2;
    pub(crate) const APP13: u8 = 0xED;
    pub(crate) const APP14: u8 = 0xEE;
}

/// A marker and what its segment holds, without the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    /// The second byte of the marker.
    pub(crate) marker: u8,
    /// The content.
    pub(crate) content: &'a [u8],
}

/// The segments of a file from its start to the header of its first scan, which is the last.
#[derive(Clone, Debug)]
pub(crate) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: u32,
}

impl<'a> Segments<'a> {
    /// The segments of a file that begins with SOI.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 2,
            seen: 0,
        }
    }

    /// What follows the last segment.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next segment, past markers that stand alone.
    pub(crate) fn advance(&mut self) -> Result<Segment<'a>, Halt> {
        loop {
            let marker = self.marker()?;
            self.seen += 1;
            if self.seen > MAX_SEGMENTS {
                return Err(Halt::Refused("JPEG with too many segments"));
            }
            match marker {
                marker::TEM | marker::RST0..=marker::RST7 => {}
                marker::SOI => return Err(Halt::Refused("JPEG that starts twice")),
                marker::EOI => return Err(Halt::Refused("JPEG without a picture")),
                0x02..=0xBF | 0xF0..=0xFD => {
                    return Err(Halt::Refused("JPEG with an unknown segment"));
                }
                _ => return self.segment(marker),
            }
        }
    }

    /// Passes over fill and stray bytes to the next marker, as decoders do (T.81, B.1.1.2).
    fn marker(&mut self) -> Result<u8, Halt> {
        let start = self.at;
        let mut after_fill = false;
        while self.at - start <= MAX_STRAY_BYTES {
            let next = byte(self.bytes, self.at)?;
            self.at += 1;
            if after_fill && !matches!(next, 0 | 0xFF) {
                return Ok(next);
            }
            after_fill = next == 0xFF;
        }
        Err(Halt::Refused("JPEG with too much between its segments"))
    }

    fn segment(&mut self, marker: u8) -> Result<Segment<'a>, Halt> {
        let length = usize::from(be16(self.bytes, self.at)?);
        let Some(content_bytes) = length.checked_sub(2) else {
            return Err(Halt::Refused("JPEG with a broken segment"));
        };
        let content = slice(self.bytes, self.at + 2, content_bytes)?;
        self.at += length;
        Ok(Segment { marker, content })
    }
}

/// What the segments before the picture say.
#[derive(Default)]
struct Header {
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    icc: bool,
    adobe_transform: Option<u8>,
}

/// The frame header.
struct Frame {
    subtype: Subtype,
    width: u16,
    height: u16,
    components: u8,
}

/// Reads up to the first scan: some writers put profiles between the frame header and the scan.
pub(super) fn facts(bytes: &[u8]) -> Result<Facts, Halt> {
    let mut segments = Segments::new(bytes);
    let mut header = Header::default();
    loop {
        let segment = segments.advance()?;
        if segment.marker == marker::SOS {
            return header.facts();
        }
        header.take(segment)?;
    }
}

impl Header {
    fn take(&mut self, segment: Segment<'_>) -> Result<(), Halt> {
        let content = segment.content;
        match segment.marker {
            0xC0..=0xC2 if self.frame.is_some() => {
                return Err(Halt::Refused("JPEG with two frames"));
            }
            0xC0 => self.frame = Some(frame(content, Subtype::Baseline)?),
            0xC1 => self.frame = Some(frame(content, Subtype::Extended)?),
            0xC2 => self.frame = Some(frame(content, Subtype::Progressive)?),
            0xC3 => return Err(Halt::Refused("lossless JPEG, which is not read")),
            0xC9..=0xCB => {
                return Err(Halt::Refused(
                    "JPEG with arithmetic coding, which is not read",
                ));
            }
            0xC5..=0xC7 | 0xCD..=0xCF | 0xDE | 0xDF => {
                return Err(Halt::Refused("hierarchical JPEG, which is not read"));
            }
            0xC8 => return Err(Halt::Refused("JPEG with an unknown segment")),
            marker::APP1 => self.take_exif(content),
            marker::APP2 => self.icc |= content.starts_with(ICC_IDENTIFIER),
            marker::APP14 if content.starts_with(b"Adobe") => {
                self.adobe_transform = content.get(11).copied().or(self.adobe_transform);
            }
            _ => {}
        }
        Ok(())
    }

    /// The first EXIF block counts.
    fn take_exif(&mut self, content: &[u8]) {
        if let (None, Some(block)) = (self.orientation, content.strip_prefix(EXIF_IDENTIFIER)) {
            self.orientation = Some(exif::orientation(block));
        }
    }

    fn facts(self) -> Result<Facts, Halt> {
        let frame = self
            .frame
            .ok_or(Halt::Refused("JPEG without a frame header"))?;
        let color_type = match (frame.components, self.adobe_transform) {
            (1, _) => ColorType::Grey,
            (3, _) => ColorType::Rgb,
            (_, None | Some(0)) => ColorType::Cmyk,
            (_, Some(_)) => ColorType::Ycck,
        };
        Ok(Facts {
            format: Format::Jpeg,
            subtype: Some(frame.subtype),
            width: frame.width.into(),
            height: frame.height.into(),
            orientation: self.orientation.unwrap_or_default(),
            color_type,
            bit_depth: 8,
            alpha: false,
            icc: self.icc,
            exif: self.orientation.is_some(),
            animated: false,
            frames: Some(1),
        })
    }
}

/// Reads a frame header (T.81, B.2.2). A height of zero, which a later DNL segment would give, is refused.
fn frame(content: &[u8], subtype: Subtype) -> Result<Frame, Halt> {
    let [
        precision,
        high,
        low,
        wide,
        narrow,
        components,
        parameters @ ..,
    ] = content
    else {
        return Err(Halt::Refused("JPEG with a broken frame header"));
    };
    let frame = Frame {
        subtype,
        width: u16::from_be_bytes([*wide, *narrow]),
        height: u16::from_be_bytes([*high, *low]),
        components: *components,
    };
    if *precision != 8 {
        return Err(Halt::Refused(
            "JPEG of other than 8 bits a sample, which is not read",
        ));
    }
    if frame.width == 0 || frame.height == 0 {
        return Err(Halt::Refused("JPEG without a size"));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(Halt::Refused("JPEG of other than 1, 3 or 4 components"));
    }
    if parameters.len() != 3 * usize::from(*components) || !parameters.chunks(3).all(is_sampled) {
        return Err(Halt::Refused("JPEG with a broken frame header"));
    }
    Ok(frame)
}

/// Whether a component's sampling factors are within 1..=4.
fn is_sampled(component: &[u8]) -> bool {
    let factors = component.get(1).copied().unwrap_or(0);
    (1..=4).contains(&(factors >> 4)) && (1..=4).contains(&(factors & 15))
}
