//! An uncompressed image in memory.

/// How the samples of [`Pixels`] are laid out; every sample is 8 bits.
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
    /// Channels, and so bytes, a pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// An uncompressed image: height rows of width pixels, tightly packed, from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    layout: Layout,
    data: Vec<u8>,
}

impl Pixels {
    /// Wraps `data`, which holds height x width x channels samples, row by row.
    ///
    /// # Panics
    ///
    /// When a side is zero or the length of `data` is not exactly that product: a caller's mistake.
    pub fn new(width: u32, height: u32, layout: Layout, data: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "an image has at least one pixel");
        assert_eq!(
            data.len(),
            byte_length(width, height, layout),
            "samples match the dimensions"
        );
        Self {
            width,
            height,
            layout,
            data,
        }
    }

    /// An image of one colour; `color` has one sample a channel.
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

    /// The samples, row by row from the top.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The samples, to change in place.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// The samples, given away.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }

    /// Bytes from the start of one row to the start of the next.
    pub fn stride(&self) -> usize {
        self.width as usize * self.layout.channels()
    }

    /// The rows from the top, each of [`Pixels::stride`] bytes.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.data.chunks_exact(self.stride())
    }
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Pixels({}x{} {:?})",
            self.width, self.height, self.layout
        )
    }
}

/// Bytes that an image of these dimensions takes: height x width x channels.
pub(crate) fn byte_length(width: u32, height: u32, layout: Layout) -> usize {
    width as usize * height as usize * layout.channels()
}
