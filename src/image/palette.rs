//! Pixels to a palette and indices into it.
//!
//! A picture that has few enough colours keeps every one of them exactly. Otherwise the colours are chosen by
//! weight and distance, opaque and translucent ones apart, and the rest is told by mild dithering. Fully clear
//! pixels are of one colour whatever they hide. The same pixels always give the same palette and indices.

mod choose;
mod exact;
mod map;
mod nearest;

use super::{Layout, Pixels};

/// Pixels at least this opaque count as opaque where alpha is all or nothing.
pub(crate) const OPAQUE_FROM: u8 = 128;

/// The clear colour, as it stands in palettes.
pub(crate) const CLEAR: [u8; 4] = [0; 4];

/// Fewer colours than this leave no room for translucent ones.
const MIN_COLORS_FOR_LEVELS: u16 = 4;

/// What becomes of alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpha {
    /// Pixels are clear or opaque, split at half.
    Binary,
    /// Translucent colours are kept; they become binary below four colours.
    Levels,
    /// Every pixel keeps its own alpha, and colours are chosen for each of its levels apart. Where there are more
    /// levels than colours, there is no palette.
    Exact,
}

/// How colours are told that the palette has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dither {
    /// By mixing those that it has, mildly: gradients stay smooth.
    #[default]
    Mild,
    /// By the nearest that it has: flat parts stay flat, and compress.
    None,
}

/// How a picture is brought to a palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantizer {
    /// The most colours of the palette, 2..=256, the clear one included.
    pub colors: u16,
    /// What becomes of alpha.
    pub alpha: Alpha,
}

/// A picture of at most 256 colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Red, green, blue and alpha of every colour: the least opaque first, then from dark to light.
    pub colors: Vec<[u8; 4]>,
    /// The number of the colour of every pixel, row by row from the top.
    pub indices: Vec<u8>,
}

impl Quantizer {
    /// Brings grey, RGB or RGBA pixels to a palette, dithered mildly; nothing when memory is short or the pixels are
    /// inks.
    pub fn indexed(self, pixels: &Pixels) -> Option<Indexed> {
        self.dithered(pixels, Dither::Mild)
    }

    /// Brings grey, RGB or RGBA pixels to a palette; nothing when memory is short or the pixels are inks.
    pub fn dithered(self, pixels: &Pixels, dither: Dither) -> Option<Indexed> {
        let samples = self.samples(pixels)?;
        self.dithered_samples(&samples, pixels.width() as usize, dither)
    }

    /// Brings RGBA samples, in rows of `width`, to a palette; nothing when memory is short. Clear samples must be
    /// [`CLEAR`], and the others opaque where alpha is binary.
    pub(crate) fn indexed_samples(self, samples: &[[u8; 4]], width: usize) -> Option<Indexed> {
        self.dithered_samples(samples, width, Dither::Mild)
    }

    fn dithered_samples(
        self,
        samples: &[[u8; 4]],
        width: usize,
        dither: Dither,
    ) -> Option<Indexed> {
        if let Some(exact) = self.exact_samples(samples) {
            return Some(exact);
        }
        let limit = usize::from(self.colors.clamp(2, 256));
        let colors = choose::colors(samples, limit, self.alpha)?;
        let way = map::Way {
            alpha: self.alpha,
            dither,
        };
        let indices = map::indices(samples, width, &colors, way)?;
        Some(Indexed { colors, indices }.sorted())
    }

    /// The samples with a palette of all their colours, if they are few enough.
    pub(crate) fn exact_samples(self, samples: &[[u8; 4]]) -> Option<Indexed> {
        let limit = usize::from(self.colors.clamp(2, 256));
        Some(exact::indexed(samples, limit)?.sorted())
    }

    /// Whether the palette holds every colour of grey, RGB or RGBA pixels of 8 bits, so that nothing is lost. Looks no
    /// further than to the first that is too many.
    pub fn holds(self, pixels: &Pixels) -> bool {
        self.count(pixels).is_some()
    }

    /// How many colours grey, RGB or RGBA pixels of 8 bits have, where a palette holds every one of them.
    pub fn count(self, pixels: &Pixels) -> Option<usize> {
        let limit = usize::from(self.colors.clamp(2, 256));
        let each = pixels.data().chunks_exact(pixels.layout().channels());
        match pixels.layout() {
            Layout::Grey => exact::count(each.map(|grey| [grey[0], grey[0], grey[0], 255]), limit),
            Layout::Rgb => exact::count(each.map(|rgb| [rgb[0], rgb[1], rgb[2], 255]), limit),
            Layout::Rgba => exact::count(each.map(|rgba| self.sample(rgba)), limit),
            Layout::Cmyk => None,
        }
    }

    /// What is needed besides [`Quantizer::peak_bytes`] where alpha is exact.
    pub const EXACT_ALPHA_BYTES: u64 = choose::LEVELS_BYTES;

    /// An upper bound of the bytes that [`Quantizer::indexed`] holds at its peak, what it returns included.
    pub const fn peak_bytes(width: u32, height: u32) -> u64 {
        let pixels = (width as u64).saturating_mul(height as u64);
        pixels
            .saturating_mul(5)
            .saturating_add(width as u64 * map::BYTES_A_COLUMN)
            .saturating_add(choose::FIXED_BYTES + map::FIXED_BYTES)
    }

    /// The pixels as RGBA, with alpha as it will be; nothing when memory is short or the pixels are inks.
    pub(crate) fn samples(self, pixels: &Pixels) -> Option<Vec<[u8; 4]>> {
        let channels = pixels.layout().channels();
        let mut samples = Vec::new();
        let count = pixels.data().len() / channels;
        samples.try_reserve_exact(count).ok()?;
        let each = pixels.data().chunks_exact(channels);
        match pixels.layout() {
            Layout::Grey => samples.extend(each.map(|grey| [grey[0], grey[0], grey[0], 255])),
            Layout::Rgb => samples.extend(each.map(|rgb| [rgb[0], rgb[1], rgb[2], 255])),
            Layout::Rgba => samples.extend(each.map(|rgba| self.sample(rgba))),
            Layout::Cmyk => return None,
        }
        Some(samples)
    }

    /// An RGBA pixel as the palette sees it.
    pub(crate) fn sample(self, rgba: &[u8]) -> [u8; 4] {
        let binary = match self.alpha {
            Alpha::Binary => true,
            Alpha::Levels => self.colors < MIN_COLORS_FOR_LEVELS,
            Alpha::Exact => false,
        };
        match rgba[3] {
            0 => CLEAR,
            alpha if !binary => [rgba[0], rgba[1], rgba[2], alpha],
            alpha if alpha < OPAQUE_FROM => CLEAR,
            _ => [rgba[0], rgba[1], rgba[2], 255],
        }
    }
}

impl Indexed {
    /// The picture as it is seen: RGBA where a colour is not opaque, else RGB.
    pub fn pixels(&self, width: u32, height: u32) -> Pixels {
        let layout = match self.colors.iter().all(|color| color[3] == 255) {
            true => Layout::Rgb,
            false => Layout::Rgba,
        };
        let channels = layout.channels();
        let each = self.indices.iter();
        let samples = each.flat_map(|index| &self.colors[usize::from(*index)][..channels]);
        Pixels::new(width, height, layout, samples.copied().collect())
    }

    /// The same picture with its colours in order: what is not opaque comes first, as PNG likes it.
    fn sorted(mut self) -> Self {
        let mut order: Vec<u8> = (0..=255).take(self.colors.len()).collect();
        order.sort_by_key(|number| {
            let [r, g, b, alpha] = self.colors[usize::from(*number)];
            let light = 2 * u32::from(r) + 5 * u32::from(g) + u32::from(b);
            (alpha, light, r, b)
        });
        let mut numbers = [0_u8; 256];
        for (new, old) in (0..=255_u8).zip(&order) {
            numbers[usize::from(*old)] = new;
        }
        for index in &mut self.indices {
            *index = numbers[usize::from(*index)];
        }
        let colors = order.iter().map(|old| self.colors[usize::from(*old)]);
        self.colors = colors.collect();
        self
    }
}

#[cfg(test)]
mod tests;
