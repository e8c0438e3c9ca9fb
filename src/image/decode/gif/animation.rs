//! The frames of a GIF, composed one after the other (GIF89a specification, 23).

use gif::{Decoder, DisposalMethod, Repeat};

use super::{canvas_pixels, colors, error_of, open};
use crate::identify::Facts;
use crate::image::decode::frames::{Area, Canvas, Frame, Frames, MISSING_DELAY_MS, Range};
use crate::image::{Error, Format, buffer, panic_text, unwinding};

/// The unit of a delay.
const DELAY_UNIT_MS: u32 = 10;

/// The most pixels that are drawn only to know what a later frame stands on: seconds of work.
const MAX_UNSEEN_PIXELS: u64 = 1 << 29;

/// The frames of a range. Those before it are drawn from the last one on that stands for itself.
pub(super) fn frames<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    let start = guarded(|| first_needed(file, facts, range.first))?;
    let mut player = guarded(|| Player::try_new(file, facts))?;
    guarded(|| player.skip(start, range.first))?;
    let loops = player.loops();
    Ok(Frames::new(loops, range.count, move || {
        guarded(|| player.advance())
    }))
}

/// Bytes held at the peak: the canvas, a part of it that is put back later, the frame that is handed out, and an
/// index a pixel.
pub(super) fn peak_bytes(facts: &Facts) -> u64 {
    canvas_pixels(facts)
        .saturating_mul(13)
        .saturating_add(super::FIXED_BYTES)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    unwinding(work, |payload| {
        Error::broken(Format::Gif, panic_text(&*payload))
    })
}

/// What a descriptor says of its frame.
#[derive(Clone, Copy)]
struct Description {
    area: Area,
    disposal: DisposalMethod,
    transparent: Option<u8>,
    delay_ms: u32,
}

impl Description {
    fn of(frame: &gif::Frame<'_>) -> Self {
        Self {
            area: Area {
                left: frame.left.into(),
                top: frame.top.into(),
                width: frame.width.into(),
                height: frame.height.into(),
            },
            disposal: frame.dispose,
            transparent: frame.transparent,
            delay_ms: match frame.delay {
                0 => MISSING_DELAY_MS,
                units => u32::from(units) * DELAY_UNIT_MS,
            },
        }
    }
}

/// The number of the frame to start with so that the frame `wanted` comes out right.
fn first_needed(file: &[u8], facts: &Facts, wanted: u32) -> Result<u32, Error> {
    if wanted == 0 {
        return Ok(0);
    }
    let mut decoder = open(file, facts)?;
    let (mut start, mut clears) = (0, false);
    for number in 0..=wanted {
        let frame = decoder.next_frame_info().map_err(error_of)?;
        let frame = Description::of(frame.ok_or_else(no_such_page)?);
        let covers = frame.area.covers(facts);
        // A frame that is taken back shows what was before it.
        let stays = frame.disposal != DisposalMethod::Previous;
        if clears || covers && stays && frame.transparent.is_none() {
            start = number;
        }
        clears = covers && frame.disposal == DisposalMethod::Background;
    }
    Ok(start)
}

fn no_such_page() -> Error {
    Error::broken(Format::Gif, "no such page")
}

/// How a frame is taken off the canvas before the next is drawn.
enum Removal {
    None,
    Clear(Area),
    Restore(Area, Vec<u8>),
}

struct Player<'f> {
    decoder: Decoder<&'f [u8]>,
    canvas: Canvas,
    canvas_pixels: u64,
    /// The indices of the last frame.
    indices: Vec<u8>,
    removal: Removal,
}

impl<'f> Player<'f> {
    fn try_new(file: &'f [u8], facts: &Facts) -> Result<Self, Error> {
        Ok(Self {
            decoder: open(file, facts)?,
            canvas: Canvas::try_new(facts)?,
            canvas_pixels: canvas_pixels(facts),
            indices: Vec::new(),
            removal: Removal::None,
        })
    }

    /// How often the file wants to be played: once where it says nothing, and else once more than it repeats.
    fn loops(&self) -> u32 {
        match self.decoder.repeat() {
            Repeat::Infinite => 0,
            Repeat::Finite(repeats) => u32::from(repeats) + 1,
        }
    }

    /// Passes over frames up to `start`, and draws those up to `first`.
    fn skip(&mut self, start: u32, first: u32) -> Result<(), Error> {
        for _ in 0..start {
            self.decoder.next_frame_info().map_err(error_of)?;
        }
        let mut unseen = 0_u64;
        for _ in start..first {
            let frame = self.draw_next()?.ok_or_else(no_such_page)?;
            unseen = unseen.saturating_add(frame.area.pixels());
            if unseen > MAX_UNSEEN_PIXELS {
                return Err(Error::broken(Format::Gif, "a page too far on"));
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Frame>, Error> {
        let Some(frame) = self.draw_next()? else {
            return Ok(None);
        };
        Ok(Some(Frame {
            pixels: self.canvas.pixels()?,
            delay_ms: frame.delay_ms,
        }))
    }

    /// Takes the last frame off and draws the next, if there is one.
    fn draw_next(&mut self) -> Result<Option<Description>, Error> {
        let Some(frame) = self.decoder.next_frame_info().map_err(error_of)? else {
            return Ok(None);
        };
        let frame = Description::of(frame);
        self.read_indices(frame.area)?;
        match std::mem::replace(&mut self.removal, Removal::None) {
            Removal::None => {}
            Removal::Clear(area) => self.canvas.clear(area),
            Removal::Restore(area, saved) => self.canvas.restore(area, &saved),
        }
        self.removal = match frame.disposal {
            DisposalMethod::Any | DisposalMethod::Keep => Removal::None,
            DisposalMethod::Background => Removal::Clear(frame.area),
            DisposalMethod::Previous => {
                Removal::Restore(frame.area, self.canvas.saved(frame.area)?)
            }
        };
        self.draw(frame)?;
        Ok(Some(frame))
    }

    fn read_indices(&mut self, area: Area) -> Result<(), Error> {
        if area.pixels() > self.canvas_pixels {
            return Err(Error::dishonest(
                Format::Gif,
                "a frame larger than its canvas",
            ));
        }
        let count = area.pixels() as usize;
        if self.indices.len() < count {
            self.indices = Vec::new();
            self.indices =
                buffer(count).ok_or_else(|| Error::codec(Format::Gif, "out of memory"))?;
            self.indices.resize(count, 0);
        }
        if count == 0 {
            return Ok(());
        }
        let indices = &mut self.indices[..count];
        self.decoder.read_into_buffer(indices).map_err(error_of)
    }

    fn draw(&mut self, frame: Description) -> Result<(), Error> {
        let palette = self.decoder.palette().map_err(error_of)?;
        let colors = colors(palette, frame.transparent);
        let rows = self
            .indices
            .chunks_exact((frame.area.width as usize).max(1));
        for (row, indices) in self.canvas.rows(frame.area).zip(rows) {
            for (pixel, index) in row.chunks_exact_mut(4).zip(indices) {
                if frame.transparent != Some(*index) {
                    pixel.copy_from_slice(&colors[usize::from(*index)]);
                }
            }
        }
        Ok(())
    }
}
