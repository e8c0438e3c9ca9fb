//! Whether a picture has few colours, which is counted only where the answer can decide something.

use std::cell::{Cell, OnceCell};

use crate::image::palette::{Alpha, Quantizer};
use crate::image::{Depth, Layout, Pixels};

/// A palette of a file.
const PALETTE: Quantizer = Quantizer {
    colors: 256,
    alpha: Alpha::Exact,
};

/// The colours of a picture, counted when somebody asks for the first time, and no further than a palette goes: the
/// walk over a photograph ends within its first rows.
pub struct Colors<'a> {
    pixels: &'a Pixels,
    fit: OnceCell<bool>,
    walks: Cell<u32>,
}

impl<'a> Colors<'a> {
    /// Those of grey, RGB or RGBA; nothing is counted yet.
    pub const fn of(pixels: &'a Pixels) -> Self {
        Self {
            pixels,
            fit: OnceCell::new(),
            walks: Cell::new(0),
        }
    }

    /// The picture.
    pub const fn pixels(&self) -> &'a Pixels {
        self.pixels
    }

    /// Whether a palette holds all of them, so that it loses nothing. All that is fully clear is one colour. Grey of
    /// 8 bits has no more, and deep pixels are not made for palettes: neither is counted.
    pub fn fit_a_palette(&self) -> bool {
        match (self.pixels.layout(), self.pixels.depth()) {
            (Layout::Grey, Depth::Eight) => true,
            (Layout::Cmyk, _) | (_, Depth::Sixteen) => false,
            (Layout::Rgb | Layout::Rgba, Depth::Eight) => *self.fit.get_or_init(|| self.walk()),
        }
    }

    /// How many there are, where a palette holds all of them; of deep pixels and of inks that is not known.
    pub fn count(&self) -> Option<usize> {
        match self.pixels.depth() {
            Depth::Eight => PALETTE.count(self.pixels),
            Depth::Sixteen => None,
        }
    }

    /// How often the pixels were walked over to see whether they fit: once at most.
    pub fn walks(&self) -> u32 {
        self.walks.get()
    }

    fn walk(&self) -> bool {
        self.walks.set(self.walks.get() + 1);
        PALETTE.holds(self.pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::testing::noise;

    fn row(colors: u32) -> Pixels {
        let samples = (0..colors).flat_map(|n| [(n % 256) as u8, (n / 256) as u8, 7]);
        Pixels::new(colors, 1, Layout::Rgb, samples.collect())
    }

    #[test]
    fn a_palette_s_worth_fits_and_what_is_clear_is_one_colour() {
        assert!(Colors::of(&row(256)).fit_a_palette());
        assert!(!Colors::of(&row(257)).fit_a_palette());
        let mut clear = noise(40, 40, Layout::Rgba);
        let alphas = clear.data_mut().iter_mut().skip(3).step_by(4);
        alphas.for_each(|alpha| *alpha = 0);
        assert!(Colors::of(&clear).fit_a_palette());
        assert!(!Colors::of(&noise(40, 40, Layout::Rgba)).fit_a_palette());
    }

    #[test]
    fn colours_are_numbered_up_to_a_palette_s_worth() {
        let grey = Pixels::new(4, 1, Layout::Grey, vec![1, 1, 2, 1]);
        let deep = Pixels::new16(1, 1, Layout::Rgb, vec![0; 3]);
        for (pixels, expected) in [
            (row(1), Some(1)),
            (row(256), Some(256)),
            (row(257), None),
            (grey, Some(2)),
            (deep, None),
        ] {
            assert_eq!(Colors::of(&pixels).count(), expected, "{pixels:?}");
        }
    }

    #[test]
    fn colours_are_counted_once_and_only_where_they_can_be_few_or_many() {
        let deep = Pixels::new16(1, 1, Layout::Rgb, vec![0; 3]);
        let table = [
            (row(3), true, 1),
            (row(300), false, 1),
            (noise(9, 9, Layout::Grey), true, 0),
            (deep, false, 0),
        ];
        for (pixels, fit, walks) in table {
            let colors = Colors::of(&pixels);
            assert_eq!(colors.walks(), 0, "{pixels:?}");
            assert_eq!(colors.fit_a_palette(), fit, "{pixels:?}");
            assert_eq!(colors.fit_a_palette(), fit, "{pixels:?}");
            assert_eq!(colors.walks(), walks, "{pixels:?}");
        }
    }
}
