//! What is read of a source that holds several pictures, and how much of it may be.

use super::Error;
use super::case::Case;
use crate::image::Format;
use crate::image::decode::Range;
use crate::image::encode::animates;

/// What is read of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Reading {
    /// One picture.
    One,
    /// This many pictures, laid one below the other.
    Stacked(u32),
    /// The frames of an animation.
    Moving(Range),
}

impl Reading {
    /// How many pictures are read.
    pub(in crate::transform) const fn pictures(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Stacked(pages) => pages,
            Self::Moving(range) => range.count,
        }
    }

    /// How many pictures lie one below the other.
    pub(in crate::transform) const fn stacked(self) -> u32 {
        match self {
            Self::Stacked(pages) => pages,
            Self::One | Self::Moving(_) => 1,
        }
    }

    pub(in crate::transform) const fn moves(self) -> bool {
        matches!(self, Self::Moving(_))
    }
}

impl Case<'_> {
    /// The frames that the result would show if its format can move.
    pub(super) fn frames(&self) -> Option<Range> {
        let most = self.max_animation_frames();
        if !self.facts.animated || self.transform.disable_animation || most <= 1 {
            return None;
        }
        let first = self.page();
        let count = match self.facts.frames {
            Some(frames) => most.min(frames.saturating_sub(first)),
            None => most,
        };
        (count > 1).then_some(Range { first, count })
    }

    /// What is read for a result of this format.
    pub(super) fn reading(&self, format: Format) -> Reading {
        if let Some(range) = self.frames().filter(|_| animates(format)) {
            return Reading::Moving(range);
        }
        let pages = self.facts.frames.unwrap_or(1).saturating_sub(self.page());
        match self.transform.pages.min(pages) {
            0 | 1 => Reading::One,
            pages => Reading::Stacked(pages),
        }
    }

    /// The page or frame that comes first; the last one where there are not as many.
    pub(super) fn page(&self) -> u32 {
        let last = self.facts.frames.unwrap_or(1).saturating_sub(1);
        self.transform.page.min(last)
    }

    /// Refuses a source of which more pixels would be read than the limits allow. Drawings have no pixels.
    pub(super) fn within_pixels(&self, reading: Reading) -> Result<(), Error> {
        let (width, height) = (self.facts.width, self.facts.height);
        let frame = u64::from(width) * u64::from(height);
        let max_pixels = match self.max_frame_pixels() {
            Some(of_frame) if reading.moves() => of_frame.saturating_mul(reading.pictures().into()),
            _ => self.max_src_pixels(),
        };
        if self.is_drawing() || frame.saturating_mul(reading.pictures().into()) <= max_pixels {
            return Ok(());
        }
        Err(Error::SourceTooLarge {
            width,
            height,
            max_pixels,
        })
    }

    /// The most pixels of a source.
    pub(super) fn max_src_pixels(&self) -> u64 {
        unless_zero(self.transform.max_src_pixels, self.defaults.max_src_pixels).unwrap_or(u64::MAX)
    }

    /// The most pixels of one frame of an animation, which then count instead of those of all frames.
    fn max_frame_pixels(&self) -> Option<u64> {
        unless_zero(
            self.transform.max_animation_frame_pixels,
            self.defaults.max_animation_frame_pixels,
        )
    }

    fn max_animation_frames(&self) -> u32 {
        self.transform
            .max_animation_frames
            .unwrap_or(self.defaults.max_animation_frames)
    }
}

/// The ask's limit over the settings'; 0 is none.
fn unless_zero(asked: Option<u64>, settings: u64) -> Option<u64> {
    Some(asked.unwrap_or(settings)).filter(|limit| *limit > 0)
}
