//! The pixels of one optimization, with what is found out about them on the way, once and only if it is asked for.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use super::Error;
use super::chroma::{self, Chroma};
use super::content::{self, Kind};
use super::guess;
use super::metric::{LEAST_SIDE_PX, MEASURED_PIXELS, Reference};
use crate::image::{Layout, Pixels};

/// Pixels of 8 bits, grey, RGB, or RGBA with something to see through.
pub(super) struct Picture<'a> {
    pixels: Cow<'a, Pixels>,
    reference: OnceCell<Reference>,
    chroma: OnceCell<Chroma>,
    kind: OnceCell<Kind>,
    difficulty: Cell<Option<f64>>,
    stand_in: Option<Box<Picture<'a>>>,
}

impl<'a> Picture<'a> {
    /// Pixels without what nobody sees: more than 8 bits, alpha that hides nothing, colours that are hidden.
    pub(super) fn of(pixels: &'a Pixels) -> Self {
        Self {
            pixels: visible(pixels.eight()),
            reference: OnceCell::new(),
            chroma: OnceCell::new(),
            kind: OnceCell::new(),
            difficulty: Cell::new(None),
            stand_in: None,
        }
    }

    /// The same, for which `larger`, the same picture, stands in where this one is too small to be measured.
    pub(super) fn with_stand_in(self, larger: Option<&'a Pixels>) -> Self {
        let stand_in = larger.map(|larger| Box::new(Self::of(larger)));
        Self { stand_in, ..self }
    }

    /// What is measured in place of it, if it is too small and that is not.
    pub(super) fn stand_in(&self) -> Option<&Self> {
        let stand_in = self.stand_in.as_deref().filter(|_| self.is_small());
        stand_in.filter(|larger| !larger.is_small())
    }

    pub(super) fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    /// Whether it is too small to be measured.
    pub(super) fn is_small(&self) -> bool {
        self.pixels.width().min(self.pixels.height()) < LEAST_SIDE_PX
    }

    /// What files are compared with.
    pub(super) fn reference(&self) -> Result<&Reference, Error> {
        if let Some(reference) = self.reference.get() {
            return Ok(reference);
        }
        let reference = Reference::of(&self.pixels, MEASURED_PIXELS)?;
        Ok(self.reference.get_or_init(|| reference))
    }

    /// The resolution that its colours need; graphics have edges everywhere.
    pub(super) fn chroma(&self) -> Chroma {
        *self.chroma.get_or_init(|| match self.kind() {
            Kind::Graphic => Chroma::Full,
            Kind::Photo => chroma::needed(&self.pixels),
        })
    }

    pub(super) fn kind(&self) -> Kind {
        *self.kind.get_or_init(|| content::kind(&self.pixels))
    }

    /// How hard it is to write: as it was found to be, or else as far as its pixels tell.
    pub(super) fn difficulty(&self) -> f64 {
        self.difficulty.get().unwrap_or_else(|| {
            let told = guess::difficulty(&self.pixels);
            self.found_difficulty(told);
            told
        })
    }

    /// Notes how hard it was: what is hard for one encoder is hard for the others.
    pub(super) fn found_difficulty(&self, difficulty: f64) {
        self.difficulty.set(Some(difficulty));
    }
}

/// Pixels without alpha that hides nothing, and without the colours of what is wholly transparent.
fn visible(pixels: Cow<'_, Pixels>) -> Cow<'_, Pixels> {
    if pixels.layout() != Layout::Rgba {
        return pixels;
    }
    let (each, _) = pixels.data().as_chunks::<4>();
    let (width, height) = (pixels.width(), pixels.height());
    if each.iter().all(|pixel| pixel[3] == 255) {
        let data = each.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]);
        return Cow::Owned(Pixels::new(width, height, Layout::Rgb, data.collect()));
    }
    if each.iter().all(|pixel| pixel[3] > 0 || *pixel == [0; 4]) {
        return pixels;
    }
    let cleared = |pixel: &[u8; 4]| if pixel[3] == 0 { [0; 4] } else { *pixel };
    let data = each.iter().flat_map(cleared).collect();
    Cow::Owned(Pixels::new(width, height, Layout::Rgba, data))
}
