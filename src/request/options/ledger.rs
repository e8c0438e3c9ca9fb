//! The choices read so far, and the values that a later option may leave as they are.

use crate::identify::Format;
use crate::transform::ask::{Choice, Crop, Extend, Flip, Gravity, Padding};

/// Where a choice was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::request) enum Origin {
    /// In the URL itself.
    #[default]
    Url,
    /// In a preset that the URL named, or in the default preset.
    Preset,
}

/// One choice and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::request) struct Chosen {
    pub(in crate::request) choice: Choice,
    pub(in crate::request) origin: Origin,
}

/// The choices of one request in the order of application.
///
/// Options may leave a slot blank (`padding::10`, `flip::1`, `gravity:no` after offsets were given); the
/// ledger remembers what was there, across presets too, so that every [`Choice`] it holds is complete and the
/// later of two of one kind says everything.
#[derive(Debug, Default)]
pub(in crate::request) struct Ledger {
    choices: Vec<Chosen>,
    origin: Origin,
    padding: Padding,
    flip: Flip,
    gravity: Gravity,
    crop: Crop,
    extend: Extend,
    extend_aspect_ratio: Extend,
    format_quality: Vec<(Format, u8)>,
    skip_processing: Vec<Format>,
}

impl Ledger {
    /// Says where the choices that follow are written.
    pub(super) fn begin(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// Adds a choice that says everything by itself.
    pub(super) fn choose(&mut self, choice: Choice) {
        self.choices.push(Chosen {
            choice,
            origin: self.origin,
        });
    }

    /// The choices, in order.
    pub(in crate::request) fn choices(&self) -> &[Chosen] {
        &self.choices
    }

    /// The gravity so far.
    pub(super) const fn gravity(&self) -> Gravity {
        self.gravity
    }

    /// Adds a gravity.
    pub(super) fn choose_gravity(&mut self, gravity: Gravity) {
        self.gravity = gravity;
        self.choose(Choice::Gravity(gravity));
    }

    /// The crop so far.
    pub(super) const fn crop(&self) -> Crop {
        self.crop
    }

    /// Adds a crop.
    pub(super) fn choose_crop(&mut self, crop: Crop) {
        self.crop = crop;
        self.choose(Choice::Crop(crop));
    }

    /// The growth of the canvas to the asked size so far.
    pub(super) const fn extend(&self) -> Extend {
        self.extend
    }

    /// Adds a growth of the canvas to the asked size.
    pub(super) fn choose_extend(&mut self, extend: Extend) {
        self.extend = extend;
        self.choose(Choice::Extend(extend));
    }

    /// The growth of the canvas to the asked ratio so far.
    pub(super) const fn extend_aspect_ratio(&self) -> Extend {
        self.extend_aspect_ratio
    }

    /// Adds a growth of the canvas to the asked ratio.
    pub(super) fn choose_extend_aspect_ratio(&mut self, extend: Extend) {
        self.extend_aspect_ratio = extend;
        self.choose(Choice::ExtendAspectRatio(extend));
    }

    /// The mirroring so far.
    pub(super) const fn flip(&self) -> Flip {
        self.flip
    }

    /// Adds a mirroring.
    pub(super) fn choose_flip(&mut self, flip: Flip) {
        self.flip = flip;
        self.choose(Choice::Flip(flip));
    }

    /// The padding so far.
    pub(super) const fn padding(&self) -> Padding {
        self.padding
    }

    /// Adds a padding.
    pub(super) fn choose_padding(&mut self, padding: Padding) {
        self.padding = padding;
        self.choose(Choice::Padding(padding));
    }

    /// Adds qualities by format to those so far, each over an earlier one of its format.
    pub(super) fn choose_format_quality(&mut self, pairs: &[(Format, u8)]) {
        for &(format, quality) in pairs {
            match self
                .format_quality
                .binary_search_by_key(&format, |pair| pair.0)
            {
                Ok(at) => self.format_quality[at].1 = quality,
                Err(at) => self.format_quality.insert(at, (format, quality)),
            }
        }
        self.choose(Choice::FormatQuality(self.format_quality.clone()));
    }

    /// Adds source formats that are returned as they are to those so far.
    pub(super) fn choose_skip_processing(&mut self, formats: &[Format]) {
        for &format in formats {
            if let Err(at) = self.skip_processing.binary_search(&format) {
                self.skip_processing.insert(at, format);
            }
        }
        self.choose(Choice::SkipProcessing(self.skip_processing.clone()));
    }
}
