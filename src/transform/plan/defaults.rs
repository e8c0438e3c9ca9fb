//! What settings decide.

use super::effort::Spared;
use super::search::Searching;
use crate::image::{Format, encode};
use crate::transform::ask::{Transform, UnsharpMode};

/// What settings decide where the URL is silent, and the limits that no URL lifts.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Quality 1..=100 where nothing more exact is said.
    pub quality: u8,
    /// Quality 1..=100 by format, over `quality`.
    pub format_quality: Vec<(Format, u8)>,
    /// The formats of results whose URL names none: the source's if it is here, else the first that can hold
    /// the result. Not empty.
    pub preferred_formats: Vec<Format>,
    /// Whether EXIF orientation is obeyed.
    pub auto_rotate: bool,
    /// Whether the thumbnail within a source is taken in its place, where there is one.
    pub enforce_thumbnail: bool,
    /// Whether metadata is dropped.
    pub strip_metadata: bool,
    /// Whether the author and the rights stay where metadata is dropped.
    pub keep_copyright: bool,
    /// Resolution that is declared where metadata is dropped, in dots an inch; 0 is none.
    pub strip_metadata_dpi: f64,
    /// Whether images are converted to sRGB and their profiles dropped.
    pub strip_color_profile: bool,
    /// Whether more than 8 bits a sample stay where the format can hold them.
    pub preserve_hdr: bool,
    /// Whether images are scaled in linear light.
    pub linear_light: bool,
    /// How JPEG is written.
    pub jpeg: encode::JpegOptions,
    /// What is not done to JPEG even where nobody waits.
    pub jpeg_spared: Spared,
    /// How PNG is written.
    pub png: encode::PngOptions,
    /// How WebP is written.
    pub webp: encode::WebpOptions,
    /// How AVIF is written.
    pub avif: encode::AvifOptions,
    /// How quality is searched for.
    pub searching: Searching,
    /// Sharpening after scaling.
    pub unsharp_masking: Unsharp,
    /// The longest side of a result in pixels; 0 is no limit but that of memory.
    pub max_result_dimension: u32,
    /// The most pixels of a source, the frames that are read included.
    pub max_src_pixels: u64,
    /// The most frames that are read of an animation, at least 1.
    pub max_animation_frames: u32,
    /// The most pixels of one frame of an animation; 0 is no limit but that of sources.
    pub max_animation_frame_pixels: u64,
    /// Source formats that are returned as they are if the output format is theirs or unset.
    pub skip_processing: Vec<Format>,
    /// Negotiated formats that override the format that the URL names.
    pub enforced: Vec<Format>,
    /// Whether decoders that can shrink while decoding may do so.
    pub shrink_on_load: bool,
    /// Whether a drawing becomes pixels also where no format is named.
    pub always_rasterize_svg: bool,
    /// Whether a drawing that is passed through is rid of everything active and foreign.
    pub sanitize_svg: bool,
    /// Factor of every watermark's opacity, above 0 and at most 1.
    pub watermark_opacity: f64,
    /// BLAKE3 of the configured watermark; `None` where there is none.
    pub watermark_digest: Option<[u8; 32]>,
    /// Whether the smallest format is looked for where the URL names none.
    pub best_format: bool,
    /// The most pixels of a result for which formats are tried; 0 is no limit.
    pub best_format_max_pixels: u64,
}

/// Sharpening after scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsharp {
    /// When.
    pub mode: UnsharpMode,
    /// How much, above 0.
    pub weight: f64,
    /// How much less for larger images, above 0.
    pub divider: f64,
}

impl Default for Defaults {
    /// What holds where no setting says anything.
    fn default() -> Self {
        Self {
            quality: 80,
            format_quality: vec![(Format::WebP, 79), (Format::Avif, 63), (Format::Jxl, 77)],
            preferred_formats: vec![Format::Jpeg, Format::Png, Format::Gif],
            auto_rotate: true,
            enforce_thumbnail: false,
            strip_metadata: true,
            keep_copyright: true,
            strip_metadata_dpi: 72.0,
            strip_color_profile: true,
            preserve_hdr: false,
            linear_light: false,
            jpeg: encode::JpegOptions::default(),
            jpeg_spared: Spared::default(),
            png: encode::PngOptions::default(),
            webp: encode::WebpOptions::default(),
            avif: encode::AvifOptions::default(),
            searching: Searching::default(),
            unsharp_masking: Unsharp::default(),
            max_result_dimension: 16_384,
            max_src_pixels: 50_000_000,
            max_animation_frames: 1,
            max_animation_frame_pixels: 0,
            skip_processing: Vec::new(),
            enforced: Vec::new(),
            shrink_on_load: true,
            always_rasterize_svg: false,
            sanitize_svg: true,
            watermark_opacity: 1.0,
            watermark_digest: None,
            best_format: false,
            best_format_max_pixels: 0,
        }
    }
}

impl Defaults {
    /// Whether the thumbnail within a source is taken in its place, where there is one.
    pub fn takes_thumbnail(&self, transform: &Transform) -> bool {
        transform
            .enforce_thumbnail
            .unwrap_or(self.enforce_thumbnail)
    }
}

impl Default for Unsharp {
    /// Off: results are sharpened only where that is asked for.
    fn default() -> Self {
        Self {
            mode: UnsharpMode::None,
            weight: 1.0,
            divider: 24.0,
        }
    }
}
