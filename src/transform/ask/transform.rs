//! What all choices of a URL come to, and what the headers of the client add.

use super::{
    Autoquality, AvifAsk, Colorize, Crop, CropAspectRatio, Duotone, Extend, Flip, Gradient,
    Gravity, JpegAsk, Kernel, Monochrome, Padding, PngAsk, ResizingType, Rgb, Trim, Turn,
    UnsharpAsk, Watermark, WebpAsk, Zoom,
};
use crate::identify::Format;

/// Which representation of one URL a client gets, as far as its headers decide it; the part of the cache key
/// that is not in the URL. Empty where the URL or the settings leave nothing to decide.
///
/// Every field is normalised to a few values before it gets here, so that no header can multiply entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Whether WebP was negotiated.
    pub webp: bool,
    /// Whether AVIF was negotiated.
    pub avif: bool,
    /// Device pixel ratio of the client in tenths: 10, 15, 20 or 30; `None` where the URL says it or nobody does.
    pub dpr_tenths: Option<u8>,
    /// Width of the place in CSS pixels, rounded up to a multiple of 100; `None` where the URL says it or nobody does.
    pub width: Option<u32>,
    /// Whether the client asked for fewer bytes, and the URL names no quality.
    pub save_data: bool,
}

/// What a URL asks for: its choices with presets applied, later ones over earlier ones.
///
/// `None` means that the URL is silent and a setting decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    /// How width and height are met.
    pub resizing_type: ResizingType,
    /// Width in CSS pixels; 0 is from the ratio.
    pub width: u32,
    /// Height in CSS pixels; 0 is from the ratio.
    pub height: u32,
    /// Least width in CSS pixels; 0 is none.
    pub min_width: u32,
    /// Least height in CSS pixels; 0 is none.
    pub min_height: u32,
    /// Factors of the asked size.
    pub zoom: Zoom,
    /// Device pixel ratio, above 0.
    pub dpr: f64,
    /// Whether the image may grow beyond its own size.
    pub enlarge: bool,
    /// Canvas to the asked size.
    pub extend: Extend,
    /// Canvas to the asked aspect ratio.
    pub extend_aspect_ratio: Extend,
    /// Which part stays when something is cut off.
    pub gravity: Gravity,
    /// How pixels are sampled when the size changes.
    pub resizing_algorithm: Kernel,
    /// What is cut out before resizing.
    pub crop: Crop,
    /// The ratio that the crop box is brought to.
    pub crop_aspect_ratio: Option<CropAspectRatio>,
    /// The border that is cut off before everything else.
    pub trim: Option<Trim>,
    /// Space around the result.
    pub padding: Padding,
    /// Whether EXIF orientation is obeyed.
    pub auto_rotate: Option<bool>,
    /// Clockwise turn after EXIF orientation.
    pub rotate: Turn,
    /// Mirroring after the turn.
    pub flip: Flip,
    /// Colour under transparency.
    pub background: Option<Rgb>,
    /// Opacity of the background, 0..=1.
    pub background_alpha: f64,
    /// Added to every colour sample, -255..=255.
    pub brightness: i32,
    /// Factor of the distance from middle grey, above 0.
    pub contrast: f64,
    /// Factor of the distance from grey, above 0.
    pub saturation: f64,
    /// One tint instead of colours.
    pub monochrome: Option<Monochrome>,
    /// Two tints instead of colours.
    pub duotone: Option<Duotone>,
    /// Sigma of a Gaussian blur in pixels; 0 is off.
    pub blur: f64,
    /// Sigma of sharpening in pixels; 0 is off.
    pub sharpen: f64,
    /// Side of the blocks in pixels; 0 and 1 are off.
    pub pixelate: u32,
    /// Sharpening after scaling.
    pub unsharp_masking: UnsharpAsk,
    /// A colour laid over the image.
    pub colorize: Option<Colorize>,
    /// A colour that fades in over the image.
    pub gradient: Option<Gradient>,
    /// The watermark laid over the result, and what it is made of.
    pub watermark: Option<Watermark>,
    /// URL of the watermark instead of the configured one.
    pub watermark_url: Option<String>,
    /// Text of the watermark instead of an image.
    pub watermark_text: Option<String>,
    /// Size of the watermark in CSS pixels, width and height; a side of 0 is from the ratio.
    pub watermark_size: Option<(u32, u32)>,
    /// Quality 1..=100.
    pub quality: Option<u8>,
    /// Quality 1..=100 by format.
    pub format_quality: Vec<(Format, u8)>,
    /// How quality would be searched for.
    pub autoquality: Option<Autoquality>,
    /// The most bytes of the file, as far as quality brings it there; 0 is no limit.
    pub max_bytes: u64,
    /// How JPEG is written.
    pub jpeg: JpegAsk,
    /// How PNG is written.
    pub png: PngAsk,
    /// How WebP is written.
    pub webp: WebpAsk,
    /// How AVIF is written.
    pub avif: AvifAsk,
    /// Output format.
    pub format: Option<Format>,
    /// Whether the smallest of the formats that can hold the image is taken, found by trial.
    pub best_format: bool,
    /// Whether metadata is dropped.
    pub strip_metadata: Option<bool>,
    /// Whether the author and the rights stay where metadata is dropped.
    pub keep_copyright: Option<bool>,
    /// Resolution that the file declares, in dots an inch; `None` leaves it alone.
    pub dpi: Option<f64>,
    /// Whether more than 8 bits a sample stay where the format can hold them.
    pub preserve_hdr: Option<bool>,
    /// Which page or frame is taken, from 0.
    pub page: u32,
    /// How many pages are stacked, at least 1.
    pub pages: u32,
    /// Whether an animation comes out as one picture.
    pub disable_animation: bool,
    /// Whether the thumbnail within the source is taken in its place, where there is one.
    pub enforce_thumbnail: Option<bool>,
    /// Most frames of an animation, instead of the settings' limit.
    pub max_animation_frames: Option<u32>,
    /// Most pixels of one frame of an animation, instead of the settings' limit; 0 is no limit.
    pub max_animation_frame_pixels: Option<u64>,
    /// Most pixels of the source, instead of the settings' limit; 0 is no limit.
    pub max_src_pixels: Option<u64>,
    /// Longest side of the result in pixels, instead of the settings' limit; 0 is no limit.
    pub max_result_dimension: Option<u32>,
    /// Whether the image is converted to sRGB and its profile dropped.
    pub strip_color_profile: Option<bool>,
    /// Source formats that are returned as they are.
    pub skip_processing: Vec<Format>,
    /// What is asked of the result in turn. What concerns source and file (format, quality, limits, metadata,
    /// pages) is asked once, of all pipelines, and stands in the first; in these it has its default.
    pub pipelines: Vec<Transform>,
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            resizing_type: ResizingType::default(),
            width: 0,
            height: 0,
            min_width: 0,
            min_height: 0,
            zoom: Zoom::default(),
            dpr: 1.0,
            enlarge: false,
            extend: Extend::default(),
            extend_aspect_ratio: Extend::default(),
            gravity: Gravity::default(),
            resizing_algorithm: Kernel::default(),
            crop: Crop::default(),
            crop_aspect_ratio: None,
            trim: None,
            padding: Padding::default(),
            auto_rotate: None,
            rotate: Turn::default(),
            flip: Flip::default(),
            background: None,
            background_alpha: 1.0,
            brightness: 0,
            contrast: 1.0,
            saturation: 1.0,
            monochrome: None,
            duotone: None,
            blur: 0.0,
            sharpen: 0.0,
            pixelate: 0,
            unsharp_masking: UnsharpAsk::default(),
            colorize: None,
            gradient: None,
            watermark: None,
            watermark_url: None,
            watermark_text: None,
            watermark_size: None,
            quality: None,
            format_quality: Vec::new(),
            autoquality: None,
            max_bytes: 0,
            jpeg: JpegAsk::default(),
            png: PngAsk::default(),
            webp: WebpAsk::default(),
            avif: AvifAsk::default(),
            format: None,
            best_format: false,
            strip_metadata: None,
            keep_copyright: None,
            dpi: None,
            preserve_hdr: None,
            page: 0,
            pages: 1,
            disable_animation: false,
            enforce_thumbnail: None,
            max_animation_frames: None,
            max_animation_frame_pixels: None,
            max_src_pixels: None,
            max_result_dimension: None,
            strip_color_profile: None,
            skip_processing: Vec::new(),
            pipelines: Vec::new(),
        }
    }
}
