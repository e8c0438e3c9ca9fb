//! An uncompressed image in memory.

use std::borrow::Cow;

/// How the samples of [`Pixels`] are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One channel of luminance.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; colour is straight, not premultiplied.
    Rgba,
    /// Cyan, magenta, yellow, black; 0 is no ink. Exists between decoding and conversion to sRGB only.
    Cmyk,
}

impl Layout {
    /// Channels, and so samples, a pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// How many bits a sample of [`Pixels`] has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 8 bits, in a byte.
    #[default]
    Eight,
    /// 16 bits, in a native-endian `u16`.
    Sixteen,
}

impl Depth {
    /// Bytes a sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::Sixteen => 2,
        }
    }
}

/// An uncompressed image: height rows of width pixels, tightly packed, from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    layout: Layout,
    samples: Samples,
}

#[derive(Clone, PartialEq, Eq)]
enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Samples {
    fn count(&self) -> usize {
        match self {
            Self::Eight(samples) => samples.len(),
            Self::Sixteen(samples) => samples.len(),
        }
    }
}

impl Pixels {
    /// Wraps `data`, which holds height x width x channels samples of 8 bits, row by row.
    ///
    /// # Panics
    ///
    /// When a side is zero or the length of `data` is not exactly that product: a caller's mistake.
    pub fn new(width: u32, height: u32, layout: Layout, data: Vec<u8>) -> Self {
        Self::of(width, height, layout, Samples::Eight(data))
    }

    /// Wraps `samples`, which holds height x width x channels samples of 16 bits, row by row.
    ///
    /// # Panics
    ///
    /// When a side is zero or the length of `samples` is not exactly that product: a caller's mistake.
    pub fn new16(width: u32, height: u32, layout: Layout, samples: Vec<u16>) -> Self {
        Self::of(width, height, layout, Samples::Sixteen(samples))
    }

    fn of(width: u32, height: u32, layout: Layout, samples: Samples) -> Self {
        assert!(width > 0 && height > 0, "an image has at least one pixel");
        assert_eq!(
            samples.count(),
            byte_length(width, height, layout),
            "samples match the dimensions"
        );
        Self {
            width,
            height,
            layout,
            samples,
        }
    }

    /// An image of one colour in 8 bits; `color` has one sample a channel.
    ///
    /// # Panics
    ///
    /// When a side is zero or `color` has another number of samples than the layout.
    pub fn filled(width: u32, height: u32, layout: Layout, color: &[u8]) -> Self {
        assert_eq!(color.len(), layout.channels(), "one sample a channel");
        Self::new(
            width,
            height,
            layout,
            color.repeat(width as usize * height as usize),
        )
    }

    /// Width in pixels, at least 1.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// How the samples are laid out.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// How many bits a sample has.
    pub const fn depth(&self) -> Depth {
        match self.samples {
            Samples::Eight(_) => Depth::Eight,
            Samples::Sixteen(_) => Depth::Sixteen,
        }
    }

    /// The bytes of the samples, row by row from the top: a sample each, or two in native order for one of 16 bits.
    pub fn data(&self) -> &[u8] {
        match &self.samples {
            Samples::Eight(samples) => samples,
            Samples::Sixteen(samples) => bytemuck::cast_slice(samples),
        }
    }

    /// The bytes of the samples, to change in place.
    pub fn data_mut(&mut self) -> &mut [u8] {
        match &mut self.samples {
            Samples::Eight(samples) => samples,
            Samples::Sixteen(samples) => bytemuck::cast_slice_mut(samples),
        }
    }

    /// The samples of 8 bits, given away; deeper ones are rounded to 8 bits.
    pub fn into_data(self) -> Vec<u8> {
        match self.samples {
            Samples::Eight(samples) => samples,
            Samples::Sixteen(samples) => samples.into_iter().map(narrow).collect(),
        }
    }

    /// The samples, row by row from the top, where they have 16 bits; nothing where they have 8.
    pub fn samples16(&self) -> &[u16] {
        match &self.samples {
            Samples::Eight(_) => &[],
            Samples::Sixteen(samples) => samples,
        }
    }

    /// The samples in 16 bits, given away; those of 8 bits are widened.
    pub fn into_samples16(self) -> Vec<u16> {
        match self.samples {
            Samples::Eight(samples) => samples.into_iter().map(widen).collect(),
            Samples::Sixteen(samples) => samples,
        }
    }

    /// The same image with 8 bits a sample, each rounded to the nearest.
    pub fn into_eight(self) -> Self {
        match self.samples {
            Samples::Eight(_) => self,
            Samples::Sixteen(_) => {
                let (width, height, layout) = (self.width, self.height, self.layout);
                Self::new(width, height, layout, self.into_data())
            }
        }
    }

    /// This image with 8 bits a sample: itself where it has no more, else a copy with each rounded to the nearest.
    pub fn eight(&self) -> Cow<'_, Self> {
        match &self.samples {
            Samples::Eight(_) => Cow::Borrowed(self),
            Samples::Sixteen(samples) => {
                let data = samples.iter().map(|sample| narrow(*sample)).collect();
                Cow::Owned(Self::new(self.width, self.height, self.layout, data))
            }
        }
    }

    /// The bytes of the samples with the high one first, as files have them; of 8 bits, the samples.
    pub fn to_be_bytes(&self) -> Cow<'_, [u8]> {
        match &self.samples {
            Samples::Eight(samples) => Cow::Borrowed(samples),
            Samples::Sixteen(samples) => {
                let bytes = samples.iter().flat_map(|sample| sample.to_be_bytes());
                Cow::Owned(bytes.collect())
            }
        }
    }

    /// Bytes from the start of one row to the start of the next.
    pub fn stride(&self) -> usize {
        self.width as usize * self.pixel_bytes()
    }

    /// Bytes a pixel.
    pub const fn pixel_bytes(&self) -> usize {
        self.layout.channels() * self.depth().bytes()
    }

    /// The rows from the top, each of [`Pixels::stride`] bytes.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.data().chunks_exact(self.stride())
    }

    /// The rows from the top where samples have 16 bits; nothing where they have 8.
    pub fn rows16(&self) -> impl DoubleEndedIterator<Item = &[u16]> + ExactSizeIterator {
        let samples = self.width as usize * self.layout.channels();
        self.samples16().chunks_exact(samples)
    }
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height, layout) = (self.width, self.height, self.layout);
        let deep = match self.samples {
            Samples::Eight(_) => "",
            Samples::Sixteen(_) => " of 16 bits",
        };
        write!(f, "Pixels({width}x{height} {layout:?}{deep})")
    }
}

/// Bytes that an image of these dimensions takes in 8 bits a sample: height x width x channels.
pub(crate) fn byte_length(width: u32, height: u32, layout: Layout) -> usize {
    width as usize * height as usize * layout.channels()
}

/// A sample of 16 bits in 8, rounded to the nearest: cutting the low byte off would darken by half a level.
pub(crate) const fn narrow(sample: u16) -> u8 {
    ((sample as u32 * 255 + 32_767) / 65_535) as u8
}

/// A sample of 8 bits in 16: white is white.
pub(crate) const fn widen(sample: u8) -> u16 {
    sample as u16 * 257
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_16_bits_are_rounded_to_8_and_those_of_8_come_back() {
        for sample in 0..=u16::MAX {
            let exact = (f64::from(sample) / 257.0).round() as u8;
            assert_eq!(narrow(sample), exact, "{sample}");
        }
        for sample in 0..=u8::MAX {
            assert_eq!(narrow(widen(sample)), sample);
        }
    }

    #[test]
    fn deep_pixels_are_counted_in_bytes_and_in_samples() {
        let pixels = Pixels::new16(2, 1, Layout::Rgb, vec![0, 128, 129, 0x1234, 65_535, 65_407]);
        assert_eq!((pixels.depth(), pixels.stride()), (Depth::Sixteen, 12));
        assert_eq!(pixels.data().len(), 12);
        assert_eq!(pixels.data()[6..8], 0x1234_u16.to_ne_bytes());
        assert_eq!(pixels.to_be_bytes()[6..8], [0x12, 0x34]);
        assert_eq!(pixels.rows16().next().unwrap()[4], 65_535);
        let eight = pixels.eight().into_owned();
        assert_eq!(eight, pixels.into_eight());
        assert!(matches!(eight.eight(), Cow::Borrowed(_)));
        assert_eq!(eight.data(), [0, 0, 1, 18, 255, 255]);
        assert_eq!((eight.depth(), eight.stride()), (Depth::Eight, 6));
        assert!(eight.samples16().is_empty() && eight.rows16().next().is_none());
    }

    #[test]
    fn shallow_pixels_are_deepened_without_a_change_of_colour() {
        let pixels = Pixels::new(3, 1, Layout::Grey, vec![0, 77, 255]);
        let samples = pixels.clone().into_samples16();
        assert_eq!(samples, [0, 77 * 257, 65_535]);
        assert_eq!(
            Pixels::new16(3, 1, Layout::Grey, samples).into_eight(),
            pixels
        );
    }
}
