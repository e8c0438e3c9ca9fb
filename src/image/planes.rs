//! A picture as luma and chroma.

use super::{Layout, Pixels};

/// Luma, and chroma at half its width and height, rounded up: YCbCr of BT.601 in full range as JPEG has it, in 4:2:0.
///
/// Each plane is a picture in grey. A sample of chroma lies in the middle of the four pixels that share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    y: Pixels,
    cb: Pixels,
    cr: Pixels,
}

impl Planes {
    /// Puts planes together.
    ///
    /// # Panics
    ///
    /// When a plane is not grey, or chroma not half as large as luma: a caller's mistake.
    pub fn new(y: Pixels, cb: Pixels, cr: Pixels) -> Self {
        let half = (y.width().div_ceil(2), y.height().div_ceil(2));
        for chroma in [&cb, &cr] {
            assert_eq!((chroma.width(), chroma.height()), half, "chroma's size");
        }
        for plane in [&y, &cb, &cr] {
            assert_eq!(plane.layout(), Layout::Grey, "a plane's layout");
        }
        Self { y, cb, cr }
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.y.width()
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.y.height()
    }

    /// Luma, then the differences of blue and of red.
    pub const fn each(&self) -> [&Pixels; 3] {
        [&self.y, &self.cb, &self.cr]
    }

    /// Luma, then the differences of blue and of red, by value.
    pub fn into_each(self) -> [Pixels; 3] {
        [self.y, self.cb, self.cr]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Pixels {
        Pixels::filled(width, height, Layout::Grey, &[9])
    }

    #[test]
    fn chroma_of_odd_sides_is_rounded_up() {
        let planes = Planes::new(grey(5, 3), grey(3, 2), grey(3, 2));
        assert_eq!((planes.width(), planes.height()), (5, 3));
    }

    #[test]
    #[should_panic(expected = "chroma's size")]
    fn chroma_of_another_size_is_a_mistake() {
        Planes::new(grey(5, 3), grey(2, 2), grey(3, 2));
    }
}
