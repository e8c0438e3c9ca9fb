//! Frames to an animated GIF.
//!
//! A frame is cut down to what changes, and what does not change within that is clear. It is written when the next one
//! is known: where a pixel becomes clear again, the frame before must take itself off.

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::lzw;
use crate::image::encode::animation::{Area, Samples};
use crate::image::palette::{Alpha, CLEAR, Indexed, Quantizer};
use crate::image::{Error, panic_text, unwinding};

const QUANTIZER: Quantizer = Quantizer {
    colors: 256,
    alpha: Alpha::Binary,
};

/// The unit of a delay.
const DELAY_UNIT_MS: u64 = 10;

/// What counts as no change is this part of the loss: the eye is keen on what should stand still.
const STILLNESS: u8 = 4;

/// The descriptor of a frame and its colours, with a margin.
const FRAME_BYTES: u64 = 1 << 10;

/// An animated GIF that is being written.
pub(in crate::image::encode) struct Animation {
    size: (u16, u16),
    loops: u32,
    /// By how much colours may be off where that makes the file smaller.
    pub(in crate::image::encode) loss: u8,
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
            loss: 0,
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

    /// Four canvases, and indices and a compressed frame in two ways; the file in a buffer that doubles as it grows, at 1.5 bytes a
    /// pixel at worst.
    pub(in crate::image::encode) fn peak_bytes((width, height): (u32, u32), frames: u32) -> u64 {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        let file = pixels
            .saturating_mul(5)
            .saturating_add(3 * FRAME_BYTES)
            .saturating_mul(u64::from(frames));
        let work = pixels.saturating_mul(24);
        file.saturating_add(work)
            .saturating_add(Quantizer::peak_bytes(width, height))
    }

    fn write(&mut self, held: Held, next: Option<&[[u8; 4]]>) -> Result<(), Error> {
        let drawn = self.drawn(held.samples);
        let cut = self.cut(&drawn, next)?;
        let width = usize::from(self.size.0);
        let packed = self.packed(&cut, &drawn)?;
        self.base = drawn;
        if cut.disposal == DisposalMethod::Background {
            let rows = self.base.chunks_exact_mut(width);
            for row in rows.skip(cut.area.top).take(cut.area.height) {
                row[cut.area.left..cut.area.left + cut.area.width].fill(CLEAR);
            }
        }
        let delay = self.clock.units(held.delay_ms);
        unwinding(
            || self.write_frame(&cut, packed, delay).map_err(super::codec),
            |payload| super::codec(panic_text(&*payload)),
        )
    }

    /// The frame with what hardly changes as it was drawn last, not as it was wanted last: slow changes are drawn too,
    /// once they add up.
    fn drawn(&self, mut samples: Samples) -> Samples {
        let most = self.loss / STILLNESS;
        if most > 0 {
            for (sample, base) in samples.iter_mut().zip(&self.base) {
                let off = sample
                    .iter()
                    .zip(base)
                    .map(|(now, before)| now.abs_diff(*before));
                if sample[3] == base[3] && off.max() <= Some(most) {
                    *sample = *base;
                }
            }
        }
        samples
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

    /// The frame with its palette, compressed: exact if there is a way, and the smaller one of two. What stays may be
    /// clear, or be drawn again, which continues the runs beside it.
    fn packed(&self, cut: &Cut, samples: &[[u8; 4]]) -> Result<Packed, Error> {
        let of_changes = QUANTIZER.exact_samples(&cut.samples);
        let width = usize::from(self.size.0);
        let mut whole = room(cut.area)?;
        whole.extend(cut.area.rows(samples, width).flatten());
        // What becomes clear cannot be drawn.
        let whole = Some(whole).filter(|whole| !whole.contains(&CLEAR));
        let of_all = whole.and_then(|whole| QUANTIZER.exact_samples(&whole));
        let exact = of_changes.into_iter().chain(of_all);
        let packed = exact.map(|indexed| self.compressed(indexed));
        if let Some(smallest) = packed.min_by_key(Packed::bytes) {
            return Ok(smallest);
        }
        let indexed = QUANTIZER.indexed_samples(&cut.samples, cut.area.width);
        let indexed = indexed.ok_or_else(|| super::codec("out of memory"))?;
        Ok(self.compressed(indexed))
    }

    /// A frame with the colours of the file, if they have all of its own.
    fn compressed(&self, mut indexed: Indexed) -> Packed {
        let shared = self
            .file
            .as_ref()
            .map_or(Shared::No, |file| renumbered(&mut indexed, &file.colors));
        Packed {
            codes: lzw::compressed(&indexed, self.loss),
            colors: indexed.colors,
            shared,
        }
    }

    fn write_frame(&mut self, cut: &Cut, packed: Packed, delay: u16) -> Result<(), EncodingError> {
        let (file, shared) = match &mut self.file {
            Some(file) => (file, packed.shared),
            None => {
                let file = begun(self.size, self.loops, &packed.colors)?;
                (self.file.insert(file), Shared::Yes)
            }
        };
        let side = |px: usize| u16::try_from(px).unwrap_or(u16::MAX);
        file.encoder.write_lzw_pre_encoded_frame(&Frame {
            left: side(cut.area.left),
            top: side(cut.area.top),
            width: side(cut.area.width),
            height: side(cut.area.height),
            delay,
            dispose: cut.disposal,
            transparent: super::clear(&packed.colors),
            palette: (shared == Shared::No).then(|| super::rgb(&packed.colors)),
            buffer: packed.codes.into(),
            ..Frame::default()
        })
    }
}

/// A frame as it goes into the file.
struct Packed {
    /// Those of the file where they are shared.
    colors: Vec<[u8; 4]>,
    shared: Shared,
    codes: Vec<u8>,
}

impl Packed {
    fn bytes(&self) -> usize {
        let colors = match self.shared {
            Shared::Yes => 0,
            Shared::No => 3 * self.colors.len().next_power_of_two(),
        };
        self.codes.len() + colors
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
fn begun(size: (u16, u16), loops: u32, first: &[[u8; 4]]) -> Result<File, EncodingError> {
    let mut colors = first.to_vec();
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
#[derive(Clone, Copy, PartialEq, Eq)]
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
    indexed.colors = colors.to_vec();
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
