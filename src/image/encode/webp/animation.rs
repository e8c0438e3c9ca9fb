//! Frames to an animated WebP (RFC 9649, 2.7).
//!
//! A frame is cut down to what changes. Without loss, what does not change within that is clear and the frame is laid
//! over the one before; with loss it replaces what was there, since a mask would cost more than it saves.

use super::{MAX_SIDE_PX, settings, unwritable, write};
use crate::image::encode::animation::{Area, Samples};
use crate::image::encode::{Options, WebpCompression};
use crate::image::metadata::Metadata;
use crate::image::palette::CLEAR;
use crate::image::{Error, Format, Layout, Pixels, buffer};

/// Flags of the extended header.
const HAS_ANIMATION: u8 = 0x02;
const HAS_XMP: u8 = 0x04;
const HAS_EXIF: u8 = 0x08;
const HAS_ALPHA: u8 = 0x10;
const HAS_ICC: u8 = 0x20;

/// Where those flags stand, in the first chunk of the file.
const FLAGS_AT: usize = 20;

/// A flag of a frame: it replaces what was there, alpha too.
const NOT_BLENDED: u8 = 0x02;

const MAX_DELAY_MS: u32 = (1 << 24) - 1;

/// Headers of a frame, with a margin.
const FRAME_BYTES: u64 = 256;

/// An animated WebP that is being written.
pub(in crate::image::encode) struct Animation {
    size: (usize, usize),
    options: Options,
    file: Vec<u8>,
    /// What the last frame shows; empty before the first.
    canvas: Samples,
}

/// How a frame meets what was there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blending {
    Over,
    Replace,
}

impl Animation {
    pub(in crate::image::encode) fn try_new(
        (width, height): (u32, u32),
        loops: u32,
        options: &Options,
    ) -> Result<Self, Error> {
        let sides = 1..=MAX_SIDE_PX;
        if !sides.contains(&width) || !sides.contains(&height) {
            let detail = format!("a side is not of 1 to {MAX_SIDE_PX} pixels");
            return Err(unwritable(detail));
        }
        let mut options = options.clone();
        let metadata = std::mem::take(&mut options.metadata);
        let file = begun((width, height), loops, &metadata);
        // What comes after the frames is kept for the end.
        options.metadata = Metadata {
            icc: None,
            ..metadata
        };
        Ok(Self {
            size: (width as usize, height as usize),
            options,
            file,
            canvas: Vec::new(),
        })
    }

    pub(in crate::image::encode) fn push(
        &mut self,
        samples: Samples,
        delay_ms: u32,
    ) -> Result<(), Error> {
        match self.changed(&samples) {
            Some(area) => self.push_area(area, &samples, delay_ms)?,
            None => {
                let nothing = Pixels::filled(1, 1, Layout::Rgba, &CLEAR);
                let image = self.coded(&nothing, WebpCompression::Lossless)?;
                self.append(Area::CORNER, Blending::Over, delay_ms, &image)?;
            }
        }
        self.canvas = samples;
        Ok(())
    }

    pub(in crate::image::encode) fn finish(mut self) -> Result<Vec<u8>, Error> {
        if self.canvas.is_empty() {
            return Err(unwritable("no frames"));
        }
        let metadata = std::mem::take(&mut self.options.metadata);
        for (name, body) in [(b"EXIF", metadata.exif), (b"XMP ", metadata.xmp)] {
            if let Some(body) = body {
                chunk(&mut self.file, name, &body);
            }
        }
        let length = u32::try_from(self.file.len() - 8);
        let length = length.map_err(|_| unwritable("more than 4 GiB"))?;
        self.file[4..8].copy_from_slice(&length.to_le_bytes());
        Ok(self.file)
    }

    /// Two canvases and a part of one, what a still image of it takes, and the file, which may have to be moved as it
    /// grows; without loss, noise takes four bytes a pixel and a little.
    pub(in crate::image::encode) fn peak_bytes((width, height): (u32, u32), frames: u32) -> u64 {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        let file = pixels
            .saturating_mul(10)
            .saturating_add(3 * FRAME_BYTES)
            .saturating_mul(u64::from(frames));
        file.saturating_add(pixels.saturating_mul(12))
            .saturating_add(super::peak_bytes(width, height))
    }

    /// The area that differs from the last frame, which begins at even numbers; all of the first frame.
    fn changed(&self, samples: &[[u8; 4]]) -> Option<Area> {
        let (width, height) = self.size;
        if self.canvas.is_empty() {
            return Some(Area {
                width,
                height,
                ..Area::CORNER
            });
        }
        let area = Area::of_differences(width, (&self.canvas, samples), |a, b| a != b)?;
        let (left, top) = (area.left & !1, area.top & !1);
        Some(Area {
            left,
            top,
            width: area.width + area.left - left,
            height: area.height + area.top - top,
        })
    }

    fn push_area(&mut self, area: Area, samples: &[[u8; 4]], delay_ms: u32) -> Result<(), Error> {
        let compression = self.options.webp.compression;
        let blending = match compression {
            WebpCompression::Lossy => Blending::Replace,
            _ => self.blending(area, samples),
        };
        let pixels = self.cut(area, samples, blending)?;
        let image = self.coded(&pixels, compression)?;
        self.append(area, blending, delay_ms, &image)
    }

    /// A frame can be laid over the one before if everything that changes becomes opaque.
    fn blending(&self, area: Area, samples: &[[u8; 4]]) -> Blending {
        if self.canvas.is_empty() {
            return Blending::Replace;
        }
        let width = self.size.0;
        let rows = area
            .rows(&self.canvas, width)
            .zip(area.rows(samples, width));
        let mut pixels = rows.flat_map(|(before, now)| before.iter().zip(now));
        match pixels.all(|(before, now)| before == now || now[3] == 255) {
            true => Blending::Over,
            false => Blending::Replace,
        }
    }

    /// An area of a frame as it is coded: without alpha where it has none.
    fn cut(&self, area: Area, samples: &[[u8; 4]], blending: Blending) -> Result<Pixels, Error> {
        let width = self.size.0;
        let keeps = |before: &[u8; 4], now: &[u8; 4]| blending == Blending::Over && before == now;
        let before = self.canvas.chunks_exact(width).skip(area.top);
        let mut before = before.map(|row| &row[area.left..]);
        let bytes = area.width * area.height * 4;
        let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::WebP, "out of memory"))?;
        for row in area.rows(samples, width) {
            let before = before.next().unwrap_or_default();
            for (x, now) in row.iter().enumerate() {
                let kept = before.get(x).is_some_and(|before| keeps(before, now));
                data.extend_from_slice(if kept { &CLEAR } else { now });
            }
        }
        let (width, height) = (area.width as u32, area.height as u32);
        if data.chunks_exact(4).any(|pixel| pixel[3] != 255) {
            return Ok(Pixels::new(width, height, Layout::Rgba, data));
        }
        let opaque = Pixels::new(width, height, Layout::Rgba, data);
        let rgb = crate::image::encode::without_alpha(&opaque);
        Ok(Pixels::new(width, height, Layout::Rgb, rgb))
    }

    /// A picture as a file of its own, without metadata.
    fn coded(&self, pixels: &Pixels, compression: WebpCompression) -> Result<Vec<u8>, Error> {
        let mut webp = self.options.webp;
        webp.compression = compression;
        write(&settings(self.options.quality, webp), pixels)
    }

    fn append(
        &mut self,
        area: Area,
        blending: Blending,
        delay_ms: u32,
        image: &[u8],
    ) -> Result<(), Error> {
        let chunks = pictures(image);
        let length: usize = 16 + chunks.iter().map(|chunk| chunk.len()).sum::<usize>();
        let length = u32::try_from(length).map_err(|_| unwritable("a frame of 4 GiB"))?;
        if chunks.iter().any(|chunk| chunk.starts_with(b"ALPH")) || has_lossless_alpha(image) {
            self.file[FLAGS_AT] |= HAS_ALPHA;
        }
        self.make_room(length as usize + 8)?;
        let flags = match blending {
            Blending::Over => 0,
            Blending::Replace => NOT_BLENDED,
        };
        let file = &mut self.file;
        file.extend_from_slice(b"ANMF");
        file.extend_from_slice(&length.to_le_bytes());
        for field in [area.left / 2, area.top / 2, area.width - 1, area.height - 1] {
            file.extend_from_slice(&u24(field as u32));
        }
        file.extend_from_slice(&u24(delay_ms.min(MAX_DELAY_MS)));
        file.push(flags);
        chunks
            .iter()
            .for_each(|chunk| file.extend_from_slice(chunk));
        Ok(())
    }

    /// Grows the file by a quarter at most of what is needed.
    fn make_room(&mut self, bytes: usize) -> Result<(), Error> {
        if self.file.capacity() - self.file.len() >= bytes {
            return Ok(());
        }
        let room = self.file.try_reserve_exact(bytes + self.file.len() / 4);
        room.map_err(|_| Error::codec(Format::WebP, "out of memory"))
    }
}

/// A file up to its first frame; its length is not known yet, nor whether it has alpha.
fn begun((width, height): (u32, u32), loops: u32, metadata: &Metadata) -> Vec<u8> {
    let mut flags = HAS_ANIMATION;
    for (flag, part) in [
        (HAS_ICC, &metadata.icc),
        (HAS_EXIF, &metadata.exif),
        (HAS_XMP, &metadata.xmp),
    ] {
        flags |= if part.is_some() { flag } else { 0 };
    }
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    let [width, height] = [u24(width - 1), u24(height - 1)];
    chunk(
        &mut file,
        b"VP8X",
        &[&[flags, 0, 0, 0], &width[..], &height].concat(),
    );
    if let Some(icc) = &metadata.icc {
        chunk(&mut file, b"ICCP", icc);
    }
    let loops = u16::try_from(loops).unwrap_or(u16::MAX).to_le_bytes();
    // A clear background, which nobody paints.
    chunk(&mut file, b"ANIM", &[&[0; 4], &loops[..]].concat());
    file
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    file.extend_from_slice(name);
    file.extend_from_slice(&(body.len() as u32).to_le_bytes());
    file.extend_from_slice(body);
    if body.len() % 2 == 1 {
        file.push(0);
    }
}

/// The chunks of a still file that make its picture, each with its header and padding.
fn pictures(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = file.get(12..).unwrap_or_default();
    let mut pictures = Vec::new();
    while let Some(length) = rest.get(4..8).and_then(|length| length.first_chunk::<4>()) {
        let length = u32::from_le_bytes(*length) as usize;
        let whole = (8 + length.next_multiple_of(2)).min(rest.len());
        let (chunk, others) = rest.split_at(whole);
        if matches!(&chunk[..4], b"ALPH" | b"VP8 " | b"VP8L") {
            pictures.push(chunk);
        }
        rest = others;
    }
    pictures
}

/// Whether a lossless file says that it has alpha (RFC 9649, 3.4).
fn has_lossless_alpha(file: &[u8]) -> bool {
    file.get(12..16) == Some(b"VP8L") && file.get(24).is_some_and(|bits| bits & 0x10 != 0)
}

fn u24(number: u32) -> [u8; 3] {
    let [low, middle, high, _] = number.to_le_bytes();
    [low, middle, high]
}
