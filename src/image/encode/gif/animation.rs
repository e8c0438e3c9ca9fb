//! Frames to an animated GIF.
//!
//! A frame is cut down to what changes, and what does not change within that is clear. It is written when the next one
//! is known: where a pixel becomes clear again, the frame before must take itself off.

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use crate::image::encode::animation::{Area, Samples};
use crate::image::palette::{Alpha, CLEAR, Indexed, Quantizer};
use crate::image::{Error, panic_text, unwinding};

const QUANTIZER: Quantizer = Quantizer {
    colors: 256,
    alpha: Alpha::Binary,
};

/// The unit of a delay.
const DELAY_UNIT_MS: u64 = 10;

/// The descriptor of a frame and its colours, with a margin.
const FRAME_BYTES: u64 = 1 << 10;

/// An animated GIF that is being written.
pub(in crate::image::encode) struct Animation {
    size: (u16, u16),
    loops: u32,
    /// Begun with the first frame, whose colours are those of the file.
    file: Option<File>,
    /// What the frame that is held will be drawn on.
    base: Samples,
    held: Option<Held>,
    clock: Clock,
}

struct File {
    encoder: Encoder<Vec<u8>>,
    colors: Vec<[u8; 4]>,
}

/// A frame that waits for the next one.
struct Held {
    samples: Samples,
    delay_ms: u32,
}

/// What is written of a frame, and how.
struct Cut {
    area: Area,
    disposal: DisposalMethod,
    /// What does not change is clear.
    samples: Samples,
}

impl Animation {
    pub(in crate::image::encode) fn try_new(size: (u32, u32), loops: u32) -> Result<Self, Error> {
        let side = |px: u32| {
            let side = u16::try_from(px).ok().filter(|side| *side > 0);
            side.ok_or_else(|| super::unwritable("a side is not of 1 to 65535 pixels"))
        };
        Ok(Self {
            size: (side(size.0)?, side(size.1)?),
            loops,
            file: None,
            base: Vec::new(),
            held: None,
            clock: Clock::default(),
        })
    }

    pub(in crate::image::encode) fn push(
        &mut self,
        samples: Samples,
        delay_ms: u32,
    ) -> Result<(), Error> {
        if let Some(held) = self.held.take() {
            self.write(held, Some(&samples))?;
        }
        self.held = Some(Held { samples, delay_ms });
        Ok(())
    }

    pub(in crate::image::encode) fn finish(mut self) -> Result<Vec<u8>, Error> {
        if let Some(held) = self.held.take() {
            self.write(held, None)?;
        }
        let file = self.file.ok_or_else(|| super::unwritable("no frames"))?;
        file.encoder.into_inner().map_err(super::codec)
    }

    /// Four canvases, indices, and a compressed frame; the file in a buffer that doubles as it grows, at 1.5 bytes a
    /// pixel at worst.
    pub(in crate::image::encode) fn peak_bytes((width, height): (u32, u32), frames: u32) -> u64 {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        let file = pixels
            .saturating_mul(5)
            .saturating_add(3 * FRAME_BYTES)
            .saturating_mul(u64::from(frames));
        let work = pixels.saturating_mul(20);
        file.saturating_add(work)
            .saturating_add(Quantizer::peak_bytes(width, height))
    }

    fn write(&mut self, held: Held, next: Option<&[[u8; 4]]>) -> Result<(), Error> {
        let cut = self.cut(&held.samples, next)?;
        let width = usize::from(self.size.0);
        let indexed = self.indexed(&cut, &held.samples)?;
        self.base = held.samples;
        if cut.disposal == DisposalMethod::Background {
            let rows = self.base.chunks_exact_mut(width);
            for row in rows.skip(cut.area.top).take(cut.area.height) {
                row[cut.area.left..cut.area.left + cut.area.width].fill(CLEAR);
            }
        }
        let delay = self.clock.units(held.delay_ms);
        unwinding(
            || self.write_frame(&cut, indexed, delay).map_err(super::codec),
            |payload| super::codec(panic_text(&*payload)),
        )
    }

    /// What must be drawn over the base: all of the first frame; later what changes, and what must be gone before the
    /// next frame.
    fn cut(&self, samples: &[[u8; 4]], next: Option<&[[u8; 4]]>) -> Result<Cut, Error> {
        let width = usize::from(self.size.0);
        let is_first = self.base.is_empty();
        let changed = if is_first {
            let height = usize::from(self.size.1);
            Some(Area {
                width,
                height,
                ..Area::CORNER
            })
        } else {
            Area::of_differences(width, (&self.base, samples), |a, b| a != b)
        };
        let vanishing = next.and_then(|next| {
            Area::of_differences(width, (samples, next), |now, then| {
                now != CLEAR && then == CLEAR
            })
        });
        let area = match (changed, vanishing) {
            (Some(one), Some(other)) => one.with(other),
            (one, other) => one.or(other).unwrap_or(Area::CORNER),
        };
        Ok(Cut {
            area,
            disposal: match vanishing {
                Some(_) => DisposalMethod::Background,
                None => DisposalMethod::Keep,
            },
            samples: self.changes(area, samples)?,
        })
    }

    /// An area of a frame, clear where it is as it was.
    fn changes(&self, area: Area, samples: &[[u8; 4]]) -> Result<Samples, Error> {
        let width = usize::from(self.size.0);
        let mut cut = room(area)?;
        if self.base.is_empty() {
            cut.extend(area.rows(samples, width).flatten());
            return Ok(cut);
        }
        let pairs = area.rows(&self.base, width).zip(area.rows(samples, width));
        for (before, now) in pairs {
            let pixels = before.iter().zip(now);
            cut.extend(pixels.map(|(before, now)| if before == now { CLEAR } else { *now }));
        }
        Ok(cut)
    }

    /// The frame with its palette: exact if there is a way.
    fn indexed(&self, cut: &Cut, samples: &[[u8; 4]]) -> Result<Indexed, Error> {
        if let Some(exact) = QUANTIZER.exact_samples(&cut.samples) {
            return Ok(exact);
        }
        let width = usize::from(self.size.0);
        // All of 256 colours may be needed, none left to say that a pixel stays.
        let mut whole = room(cut.area)?;
        whole.extend(cut.area.rows(samples, width).flatten());
        let whole = Some(whole).filter(|whole| !whole.contains(&CLEAR));
        if let Some(exact) = whole.and_then(|whole| QUANTIZER.exact_samples(&whole)) {
            return Ok(exact);
        }
        let indexed = QUANTIZER.indexed_samples(&cut.samples, cut.area.width);
        indexed.ok_or_else(|| super::codec("out of memory"))
    }

    fn write_frame(
        &mut self,
        cut: &Cut,
        mut indexed: Indexed,
        delay: u16,
    ) -> Result<(), EncodingError> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(begun(self.size, self.loops, &indexed)?),
        };
        let palette = match renumbered(&mut indexed, &file.colors) {
            Shared::Yes => None,
            Shared::No => Some(super::rgb(&indexed.colors)),
        };
        let colors = if palette.is_some() {
            &indexed.colors
        } else {
            &file.colors
        };
        let side = |px: usize| u16::try_from(px).unwrap_or(u16::MAX);
        file.encoder.write_frame(&Frame {
            left: side(cut.area.left),
            top: side(cut.area.top),
            width: side(cut.area.width),
            height: side(cut.area.height),
            delay,
            dispose: cut.disposal,
            transparent: super::clear(colors),
            palette,
            buffer: indexed.indices.into(),
            ..Frame::default()
        })
    }
}

/// An empty list with room for an area.
fn room(area: Area) -> Result<Samples, Error> {
    let mut samples = Vec::new();
    let room = samples.try_reserve_exact(area.width * area.height);
    room.map_err(|_| super::codec("out of memory"))?;
    Ok(samples)
}

/// A file with the colours of its first frame, and a clear one where there is room.
fn begun(size: (u16, u16), loops: u32, first: &Indexed) -> Result<File, EncodingError> {
    let mut colors = first.colors.clone();
    if super::clear(&colors).is_none() && colors.len() < 256 {
        colors.push(CLEAR);
    }
    let mut encoder = Encoder::new(Vec::new(), size.0, size.1, &super::rgb(&colors))?;
    match loops {
        0 => encoder.set_repeat(Repeat::Infinite)?,
        1 => {}
        // The file says how often it repeats after the first time.
        more => {
            let repeats = u16::try_from(more - 1).unwrap_or(u16::MAX);
            encoder.set_repeat(Repeat::Finite(repeats))?;
        }
    }
    Ok(File { encoder, colors })
}

/// Whether a frame uses the colours of the file.
enum Shared {
    Yes,
    No,
}

/// Turns the indices of a frame into those of the file's colours, if they have all of the frame's.
fn renumbered(indexed: &mut Indexed, colors: &[[u8; 4]]) -> Shared {
    let mut numbers = [0_u8; 256];
    for (number, color) in numbers.iter_mut().zip(&indexed.colors) {
        let at = colors.iter().position(|shared| shared == color);
        let Some(shared) = at.and_then(|at| u8::try_from(at).ok()) else {
            return Shared::No;
        };
        *number = shared;
    }
    for index in &mut indexed.indices {
        *index = numbers[usize::from(*index)];
    }
    Shared::Yes
}

/// Rounds the moments at which frames end, not the delays, so that errors do not add up.
#[derive(Default)]
struct Clock {
    shown_ms: u64,
    written: u64,
}

impl Clock {
    /// A delay in units, at least one.
    fn units(&mut self, delay_ms: u32) -> u16 {
        self.shown_ms += u64::from(delay_ms);
        let end = (self.shown_ms + DELAY_UNIT_MS / 2) / DELAY_UNIT_MS;
        let units = end.saturating_sub(self.written).max(1);
        let units = u16::try_from(units).unwrap_or(u16::MAX);
        self.written += u64::from(units);
        units
    }
}
