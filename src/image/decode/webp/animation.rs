//! The frames of a WebP, composed one after the other (RFC 9649, 2.7.1).

use super::{HUFFMAN_BYTES, broken, decode_still, guarded};
use crate::identify::Facts;
use crate::image::decode::Scale;
use crate::image::decode::frames::{Area, Canvas, Frame, Frames, MISSING_DELAY_MS, Range};
use crate::image::{Error, Format, Layout};

/// Bytes from the start of an ANMF chunk's body to its first inner chunk.
const FRAME_HEADER_BYTES: usize = 16;

/// Flags of a frame.
const CLEARED_AFTERWARDS: u8 = 1;
const NOT_BLENDED: u8 = 2;

/// The most pixels that are decoded only to know what a later frame stands on: seconds of work.
const MAX_UNSEEN_PIXELS: u64 = 1 << 28;

/// The frames of a range. Those before it are decoded from the last one on that stands for itself.
pub(super) fn frames<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    if !is_animated(file) {
        return still(file, facts, range);
    }
    let mut player = Player {
        parts: Parts::try_new(file, facts)?,
        canvas: Canvas::try_new(facts)?,
        cleared: None,
    };
    let start = first_needed(Parts::try_new(file, facts)?, facts, range.first)?;
    guarded(|| player.skip(start, range.first))?;
    Ok(Frames::new(loops(file), range.count, move || {
        guarded(|| player.advance())
    }))
}

/// Bytes held at the peak: the canvas, the frame that is handed out or the one that is decoded, and libwebp's own,
/// which is most for alpha and lossless images; every frame may be coded in another way.
pub(super) fn peak_bytes(facts: &Facts) -> u64 {
    let canvas = u64::from(facts.width).saturating_mul(u64::from(facts.height));
    let rows = u64::from(facts.width).saturating_mul(super::ROW_BYTES_A_COLUMN);
    canvas
        .saturating_mul(13)
        .saturating_add(rows)
        .saturating_add(HUFFMAN_BYTES + super::FIXED_BYTES)
}

/// A still image is an animation of one frame.
fn still<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    if range.first > 0 {
        return Err(no_such_page());
    }
    let area = Area {
        left: 0,
        top: 0,
        width: facts.width,
        height: facts.height,
    };
    let mut part = Some(Part {
        area,
        delay_ms: MISSING_DELAY_MS,
        flags: NOT_BLENDED,
        image: file,
    });
    let mut canvas = Canvas::try_new(facts)?;
    Ok(Frames::new(1, range.count, move || {
        part.take()
            .map(|part| guarded(|| shown(&mut canvas, &part)))
            .transpose()
    }))
}

fn shown(canvas: &mut Canvas, part: &Part<'_>) -> Result<Frame, Error> {
    draw(canvas, part)?;
    Ok(Frame {
        pixels: canvas.pixels()?,
        delay_ms: part.delay_ms,
    })
}

/// Whether a file says that it is an animation.
pub(super) fn is_animated(file: &[u8]) -> bool {
    // RFC 9649, 2.7: the flag stands in the extended header.
    file.starts_with(b"RIFF")
        && file.get(12..16) == Some(b"VP8X")
        && file.get(20).is_some_and(|flags| flags & 2 != 0)
}

/// Width and height of the canvas, which follow the flags of the VP8X chunk.
fn canvas(file: &[u8]) -> Option<(u32, u32)> {
    let body = file.get(24..30)?;
    Some((u24(body)?.checked_add(1)?, u24(&body[3..])?.checked_add(1)?))
}

/// How often a file wants to be played: the ANIM chunk says it after the background colour.
fn loops(file: &[u8]) -> u32 {
    let mut chunks = Chunks(file.get(12..).unwrap_or_default());
    let settings = chunks.find(|(name, _)| matches!(*name, b"ANIM" | b"ANMF"));
    match settings {
        Some((b"ANIM", &[_, _, _, _, low, high, ..])) => u16::from_le_bytes([low, high]).into(),
        _ => 0,
    }
}

/// A frame as it stands in the file.
pub(super) struct Part<'f> {
    pub(super) area: Area,
    delay_ms: u32,
    flags: u8,
    /// The chunks of the picture.
    pub(super) image: &'f [u8],
}

impl<'f> Part<'f> {
    fn parse(body: &'f [u8]) -> Option<Self> {
        Some(Self {
            area: Area {
                left: u24(body)? * 2,
                top: u24(body.get(3..)?)? * 2,
                width: u24(body.get(6..)?)? + 1,
                height: u24(body.get(9..)?)? + 1,
            },
            delay_ms: match u24(body.get(12..)?)? {
                0 => MISSING_DELAY_MS,
                delay_ms => delay_ms,
            },
            flags: *body.get(15)?,
            image: body.get(FRAME_HEADER_BYTES..)?,
        })
    }

    /// Whether nothing of what was there before is seen through it.
    fn replaces(&self) -> bool {
        // Lossy colour without an ALPH chunk before it is opaque.
        self.flags & NOT_BLENDED != 0 || self.image.starts_with(b"VP8 ")
    }

    fn is_cleared(&self) -> bool {
        self.flags & CLEARED_AFTERWARDS != 0
    }
}

/// The frames of a file, not decoded.
pub(super) struct Parts<'f> {
    chunks: Chunks<'f>,
    canvas: (u32, u32),
}

impl<'f> Parts<'f> {
    /// The frames of a file whose canvas is as promised.
    pub(super) fn try_new(file: &'f [u8], facts: &Facts) -> Result<Self, Error> {
        let promised = (facts.width, facts.height);
        if canvas(file) != Some(promised) {
            let detail = "another canvas than promised";
            return Err(Error::dishonest(Format::WebP, detail));
        }
        Ok(Self {
            chunks: Chunks(file.get(12..).unwrap_or_default()),
            canvas: promised,
        })
    }
}

impl<'f> Iterator for Parts<'f> {
    type Item = Result<Part<'f>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, body) = self.chunks.find(|(name, _)| *name == b"ANMF")?;
        let Some(part) = Part::parse(body) else {
            return Some(Err(broken("a frame cut off in its header")));
        };
        let right = part.area.left.saturating_add(part.area.width);
        let bottom = part.area.top.saturating_add(part.area.height);
        if right > self.canvas.0 || bottom > self.canvas.1 {
            return Some(Err(broken("a frame beyond its canvas")));
        }
        Some(Ok(part))
    }
}

/// The number of the frame to start with so that the frame `wanted` comes out right.
fn first_needed(parts: Parts<'_>, facts: &Facts, wanted: u32) -> Result<u32, Error> {
    let (mut start, mut clears, mut last) = (0, false, None);
    for (number, part) in (0..=wanted).zip(parts) {
        let part = part?;
        let covers = part.area.covers(facts);
        if clears || covers && part.replaces() {
            start = number;
        }
        clears = covers && part.is_cleared();
        last = Some(number);
    }
    match last {
        Some(last) if last == wanted => Ok(start),
        _ => Err(no_such_page()),
    }
}

fn no_such_page() -> Error {
    broken("no such page")
}

struct Player<'f> {
    parts: Parts<'f>,
    canvas: Canvas,
    /// What is made clear before the next frame is drawn.
    cleared: Option<Area>,
}

impl<'f> Player<'f> {
    /// Passes over frames up to `start`, and draws those up to `first`.
    fn skip(&mut self, start: u32, first: u32) -> Result<(), Error> {
        for _ in 0..start {
            self.parts.next();
        }
        let mut unseen = 0_u64;
        for _ in start..first {
            let part = self.draw_next()?.ok_or_else(no_such_page)?;
            unseen = unseen.saturating_add(part.area.pixels());
            if unseen > MAX_UNSEEN_PIXELS {
                return Err(broken("a page too far on"));
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Frame>, Error> {
        let Some(part) = self.draw_next()? else {
            return Ok(None);
        };
        Ok(Some(Frame {
            pixels: self.canvas.pixels()?,
            delay_ms: part.delay_ms,
        }))
    }

    fn draw_next(&mut self) -> Result<Option<Part<'f>>, Error> {
        let Some(part) = self.parts.next().transpose()? else {
            return Ok(None);
        };
        if let Some(area) = self.cleared.take() {
            self.canvas.clear(area);
        }
        draw(&mut self.canvas, &part)?;
        self.cleared = part.is_cleared().then_some(part.area);
        Ok(Some(part))
    }
}

/// Decodes a frame and puts it on the canvas.
pub(super) fn draw(canvas: &mut Canvas, part: &Part<'_>) -> Result<(), Error> {
    let size = (part.area.width, part.area.height);
    let pixels = decode_still(part.image, size, Scale::Full)?;
    for (target, row) in canvas.rows(part.area).zip(pixels.rows()) {
        match pixels.layout() {
            Layout::Rgba if part.replaces() => target.copy_from_slice(row),
            Layout::Rgba => blend_row(target, row),
            _ => opaque_row(target, row),
        }
    }
    Ok(())
}

fn opaque_row(target: &mut [u8], row: &[u8]) {
    for (target, pixel) in target.chunks_exact_mut(4).zip(row.chunks_exact(3)) {
        target[..3].copy_from_slice(pixel);
        target[3] = 255;
    }
}

fn blend_row(target: &mut [u8], row: &[u8]) {
    for (target, pixel) in target.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        match (pixel[3], target[3]) {
            (0, _) => {}
            (255, _) | (_, 0) => target.copy_from_slice(pixel),
            _ => blend(target, pixel),
        }
    }
}

/// Lays a translucent pixel over another, both with straight alpha.
fn blend(below: &mut [u8], above: &[u8]) {
    let over = u32::from(above[3]) * 255;
    let under = u32::from(below[3]) * (255 - u32::from(above[3]));
    let alpha = over + under;
    for channel in 0..3 {
        let sum = u32::from(above[channel]) * over + u32::from(below[channel]) * under;
        below[channel] = ((sum + alpha / 2) / alpha) as u8;
    }
    below[3] = ((alpha + 127) / 255) as u8;
}

fn u24(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.get(..3)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
}

/// The chunks of a RIFF file: names and bodies, the last one as far as it is there.
struct Chunks<'f>(&'f [u8]);

impl<'f> Iterator for Chunks<'f> {
    type Item = (&'f [u8; 4], &'f [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (header, rest) = self.0.split_at_checked(8)?;
        let (name, length) = header.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let body = &rest[..length.min(rest.len())];
        self.0 = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, body))
    }
}
