//! What a URL asks to know about a source.

use crate::transform::ask::{Crop, HashKind};

/// What a URL asks to know about a source, field by field.
///
/// The defaults are what can be told from the first bytes and the metadata; what needs pixels is off.
#[derive(Clone, Debug, PartialEq)]
pub struct InfoAsk {
    /// Whether the bytes of the file are counted.
    pub size: bool,
    /// Whether format and media type are named.
    pub format: bool,
    /// Whether width, height and orientation are told.
    pub dimensions: bool,
    /// Whether EXIF is listed, and by which names.
    pub exif: ExifAsk,
    /// Whether IPTC and the resolution that Photoshop writes are listed.
    pub iptc: bool,
    /// Whether XMP is listed.
    pub xmp: bool,
    /// Whether the streams of a video are listed. Nothing here is a video, so this never lists anything.
    pub video_meta: bool,
    /// Whether the colour space is named.
    pub colorspace: bool,
    /// Whether channels are counted.
    pub bands: bool,
    /// Whether the type of the samples is named.
    pub sample_format: bool,
    /// Whether pages or frames are counted.
    pub pages_number: bool,
    /// Whether there is an alpha channel, and whether it is put to use.
    pub alpha: AlphaAsk,
    /// The box that such a crop would cut out; without both sides there is none.
    pub crop: Crop,
    /// The most colours of the palette, 2..=256; 0 is off.
    pub palette: u16,
    /// The mean colour.
    pub average: AverageAsk,
    /// Six colours by their character.
    pub dominant_colors: DominantColorsAsk,
    /// BlurHash components along width and height, each 1..=9; `None` is off.
    pub blurhash: Option<(u8, u8)>,
    /// Whether the ThumbHash is calculated.
    pub thumb_hash: bool,
    /// Whether the perceptual hash is calculated.
    pub perceptual_hash: bool,
    /// The checksums of the file that are calculated.
    pub hashsums: Vec<HashKind>,
    /// Which page or frame the pixels are taken from, from 0.
    pub page: u32,
}

/// Whether EXIF is listed, and by which names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExifAsk {
    /// Not listed.
    Off,
    /// By descriptions that people read: `Manufacturer`.
    #[default]
    Described,
    /// By names that programs know: `Exif.Image.Make`.
    Canonical,
}

/// Whether there is an alpha channel, and whether it is put to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AlphaAsk {
    /// Not told.
    #[default]
    Off,
    /// Whether the file can be transparent.
    Presence,
    /// That, and whether any pixel is.
    Transparency,
}

/// The mean colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AverageAsk {
    /// Not told.
    #[default]
    Off,
    /// Of what can be seen at all.
    IgnoreTransparent,
    /// Of everything, clear pixels included.
    All,
}

/// Six colours by their character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DominantColorsAsk {
    /// Not told.
    #[default]
    Off,
    /// Those that the picture has.
    Found,
    /// All six; those that the picture lacks are made from the others.
    BuildMissed,
}

impl Default for InfoAsk {
    fn default() -> Self {
        Self {
            size: true,
            format: true,
            dimensions: true,
            exif: ExifAsk::default(),
            iptc: true,
            xmp: true,
            video_meta: true,
            colorspace: false,
            bands: false,
            sample_format: false,
            pages_number: false,
            alpha: AlphaAsk::default(),
            crop: Crop::default(),
            palette: 0,
            average: AverageAsk::default(),
            dominant_colors: DominantColorsAsk::default(),
            blurhash: None,
            thumb_hash: false,
            perceptual_hash: false,
            hashsums: Vec::new(),
            page: 0,
        }
    }
}
