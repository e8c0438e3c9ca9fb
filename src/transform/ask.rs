//! What a URL asks for, parsed and nothing more: no default is filled in, no source is known.

mod fold;

use crate::identify::Format;
use crate::image::encode::{AvifSubsample, WebpCompression, WebpPreset};

/// One option of the URL, parsed. Meta options (`resize`, `size`) are a sequence of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// How width and height are met.
    ResizingType(ResizingType),
    /// Width in CSS pixels; 0 is from the ratio.
    Width(u32),
    /// Height in CSS pixels; 0 is from the ratio.
    Height(u32),
    /// Least width in CSS pixels; 0 is none.
    MinWidth(u32),
    /// Least height in CSS pixels; 0 is none.
    MinHeight(u32),
    /// Factors for width and height, each above 0.
    Zoom(Zoom),
    /// Device pixel ratio, above 0.
    Dpr(f64),
    /// Whether the image may grow beyond its own size.
    Enlarge(bool),
    /// Whether the canvas grows to the asked size, and where the image lies on it.
    Extend(Extend),
    /// Whether the canvas grows to the asked aspect ratio, and where the image lies on it.
    ExtendAspectRatio(Extend),
    /// Which part stays when something is cut off.
    Gravity(Gravity),
    /// How pixels are sampled when the size changes.
    ResizingAlgorithm(Kernel),
    /// What is cut out before resizing.
    Crop(Crop),
    /// The ratio that the crop box is brought to; `None` leaves it as it is.
    CropAspectRatio(Option<CropAspectRatio>),
    /// The border that is cut off before everything else; `None` switches it off.
    Trim(Option<Trim>),
    /// Space around the result.
    Padding(Padding),
    /// Whether EXIF orientation is obeyed.
    AutoRotate(bool),
    /// Clockwise turn after EXIF orientation.
    Rotate(Turn),
    /// Mirroring after the turn.
    Flip(Flip),
    /// Colour under transparency; `None` switches it off.
    Background(Option<Rgb>),
    /// Opacity of the background, 0..=1.
    BackgroundAlpha(f64),
    /// Added to every colour sample, -255..=255.
    Brightness(i32),
    /// Factor of the distance from middle grey, above 0.
    Contrast(f64),
    /// Factor of the distance from grey, above 0.
    Saturation(f64),
    /// One tint instead of colours; an intensity of 0 is off.
    Monochrome(Monochrome),
    /// Two tints instead of colours; an intensity of 0 is off.
    Duotone(Duotone),
    /// Sigma of a Gaussian blur in pixels; 0 is off.
    Blur(f64),
    /// Sigma of sharpening in pixels; 0 is off.
    Sharpen(f64),
    /// Side of the blocks in pixels; 0 and 1 are off.
    Pixelate(u32),
    /// Sharpening after downscaling; fields left blank take the settings' values.
    UnsharpMasking(UnsharpAsk),
    /// A colour laid over the image; an opacity of 0 is off.
    Colorize(Colorize),
    /// A colour that fades in over the image; an opacity of 0 is off.
    Gradient(Gradient),
    /// The watermark laid over the result; an opacity of 0 is off.
    Watermark(Watermark),
    /// URL of the watermark instead of the configured one; empty is none.
    WatermarkUrl(String),
    /// Text of the watermark instead of an image; empty is none.
    WatermarkText(String),
    /// Size of the watermark in CSS pixels; a side of 0 is from the ratio, both 0 is unset.
    WatermarkSize {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// Quality 0..=100; 0 is unset.
    Quality(u8),
    /// Quality by format, each 0..=100; 0 is unset.
    FormatQuality(Vec<(Format, u8)>),
    /// How quality would be searched for.
    Autoquality(Autoquality),
    /// The most bytes of the file, as far as quality brings it there; 0 is no limit.
    MaxBytes(u64),
    /// How JPEG is written.
    JpegOptions(JpegAsk),
    /// How PNG is written.
    PngOptions(PngAsk),
    /// How WebP is written.
    WebpOptions(WebpAsk),
    /// How AVIF is written.
    AvifOptions(AvifAsk),
    /// Output format.
    Format(Format),
    /// The smallest of the formats that can hold the image, found by trial; a later [`Choice::Format`] takes it back.
    BestFormat,
    /// Whether metadata is dropped.
    StripMetadata(bool),
    /// Whether the author and the rights stay where metadata is dropped.
    KeepCopyright(bool),
    /// Resolution that the file declares, in dots an inch; 0 leaves it alone.
    Dpi(f64),
    /// Whether more than 8 bits a sample stay where the format can hold them.
    PreserveHdr(bool),
    /// Whether an embedded thumbnail is taken instead of the image.
    EnforceThumbnail(bool),
    /// Which page or frame is taken, from 0.
    Page(u32),
    /// How many pages are stacked, at least 1.
    Pages(u32),
    /// Whether an animation comes out as one picture.
    DisableAnimation(bool),
    /// Whether the image is converted to sRGB and its profile dropped.
    StripColorProfile(bool),
    /// Source formats that are returned as they are if the output format is theirs or unset.
    SkipProcessing(Vec<Format>),
    /// Whether the source is streamed untouched.
    Raw(bool),
    /// Text without meaning that makes another cache key.
    Cachebuster(String),
    /// Unix time in seconds after which the URL is gone; 0 or less is never.
    Expires(i64),
    /// Stem of the file name in Content-Disposition.
    Filename(String),
    /// Whether Content-Disposition says attachment.
    ReturnAttachment(bool),
    /// URL of the image that is shown where the source fails; empty is none.
    FallbackImageUrl(String),
    /// Checksum that the source must have; `None` takes it back.
    Hashsum(Option<Hashsum>),
    /// Whether the cache is neither asked nor filled.
    BypassCache(bool),
    /// Names by which the result can be purged.
    CacheTags(Vec<String>),
    /// Most pixels of the source, frames included; 0 is no limit.
    MaxSrcPixels(u64),
    /// Most bytes of the source; 0 is no limit.
    MaxSrcBytes(u64),
    /// Most frames of an animation, at least 1.
    MaxAnimationFrames(u32),
    /// Most pixels of one frame of an animation; 0 is no limit.
    MaxAnimationFramePixels(u64),
    /// Longest side of the result in pixels; 0 is no limit.
    MaxResultDimension(u32),
    /// What follows is asked of the result of what was asked so far.
    NextPipeline,
    /// Presets by name, applied here.
    Preset(Vec<String>),
}

/// How width and height are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResizingType {
    /// Inside the box, ratio kept.
    #[default]
    Fit,
    /// Covers the box, ratio kept, the rest cut off.
    Fill,
    /// Like fill; an image smaller than the box is cut to the box's ratio instead.
    FillDown,
    /// Exactly the box, ratio ignored.
    Force,
    /// Fill if source and box are both landscape or both portrait, else fit.
    Auto,
}

/// A compass point: where the inner box lies in the outer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compass {
    /// The middle.
    #[default]
    Center,
    /// Top, centred.
    North,
    /// Bottom, centred.
    South,
    /// Right, centred.
    East,
    /// Left, centred.
    West,
    /// Top right.
    NorthEast,
    /// Top left.
    NorthWest,
    /// Bottom right.
    SouthEast,
    /// Bottom left.
    SouthWest,
}

/// Where the inner box lies in the outer one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gravity {
    /// At a compass point, moved by offsets: pixels from 1 upwards in size, below that a share of the outer side.
    Compass {
        /// The point.
        at: Compass,
        /// Offset along the width.
        x: f64,
        /// Offset along the height.
        y: f64,
    },
    /// Around a focal point, each coordinate a share 0..=1 of the outer side.
    FocalPoint {
        /// Share of the width.
        x: f64,
        /// Share of the height.
        y: f64,
    },
    /// Where there is most to see.
    Smart,
}

/// How pixels are sampled when the size changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// The nearest pixel.
    Nearest,
    /// A triangle.
    Linear,
    /// Catmull-Rom.
    Cubic,
    /// Lanczos with two lobes.
    Lanczos2,
    /// Lanczos with three lobes.
    #[default]
    Lanczos3,
}

/// The ratio that the crop box is brought to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropAspectRatio {
    /// Width divided by height, above 0.
    pub ratio: f64,
    /// Whether the box grows to the ratio, as far as the image goes, instead of shrinking.
    pub enlarge: bool,
}

/// What counts as a border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// How far a sample may be from the border's colour, 0..=255.
    pub threshold: f64,
    /// The border's colour; `None` takes that of the top left pixel.
    pub color: Option<Rgb>,
    /// Whether left and right lose the same, the smaller of both.
    pub equal_horizontally: bool,
    /// Whether top and bottom lose the same, the smaller of both.
    pub equal_vertically: bool,
}

/// One tint instead of colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Monochrome {
    /// How much of it shows, 0..=1; 0 is off.
    pub intensity: f64,
    /// The tint.
    pub color: Rgb,
}

/// Two tints instead of colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duotone {
    /// How much of it shows, 0..=1; 0 is off.
    pub intensity: f64,
    /// The tint of what is dark.
    pub shadows: Rgb,
    /// The tint of what is light.
    pub highlights: Rgb,
}

/// When a result is sharpened after scaling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnsharpMode {
    /// Where the image was made smaller and no sharpening was asked for.
    #[default]
    Auto,
    /// Never.
    None,
    /// Always.
    Always,
}

/// Sharpening after scaling, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnsharpAsk {
    /// When.
    pub mode: Option<UnsharpMode>,
    /// How much, above 0.
    pub weight: Option<f64>,
    /// How much less for larger images, above 0.
    pub divider: Option<f64>,
}

/// A colour laid over the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colorize {
    /// How much of it shows, 0..=1; 0 is off.
    pub opacity: f64,
    /// The colour.
    pub color: Rgb,
    /// Whether what is transparent stays so.
    pub keep_alpha: bool,
}

/// A colour that fades in over the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradient {
    /// How much of it shows at its full end, 0..=1; 0 is off.
    pub opacity: f64,
    /// The colour.
    pub color: Rgb,
    /// Where it goes, in degrees clockwise: 0 grows downwards, 90 to the left, 180 upwards, 270 to the right.
    pub direction: f64,
    /// Where it begins, as a share 0..=1 of the way.
    pub start: f64,
    /// Where it is full, as a share 0..=1 of the way.
    pub stop: f64,
}

/// Where a watermark lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatermarkPosition {
    /// Once, at a compass point, moved by offsets.
    At(Compass),
    /// Over and over, from the middle, with offsets as gaps.
    Replicated,
    /// Over and over like a chessboard, with offsets as gaps.
    Chessboard,
}

/// The watermark laid over the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watermark {
    /// How much of it shows, 0..=1; 0 is off.
    pub opacity: f64,
    /// Where it lies.
    pub position: WatermarkPosition,
    /// Offset or gap along the width: pixels from 1 upwards in size, below that a share of the result's width.
    pub x: f64,
    /// Offset or gap along the height: pixels from 1 upwards in size, below that a share of the result's height.
    pub y: f64,
    /// Its size as a share of the result; 0 leaves it as it is.
    pub scale: f64,
}

/// How quality would be searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoquality {
    /// By what it is judged.
    pub method: AutoqualityMethod,
    /// What is aimed at, in the method's own unit; `None` takes the settings' value.
    pub target: Option<f64>,
    /// Least quality, 1..=100.
    pub min: Option<u8>,
    /// Greatest quality, 1..=100.
    pub max: Option<u8>,
    /// How far from the target is near enough.
    pub error: Option<f64>,
}

/// By what quality would be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AutoqualityMethod {
    /// Not at all.
    #[default]
    None,
    /// By the size of the file.
    Size,
    /// By structural dissimilarity.
    Dssim,
    /// By a learned model; taken as [`AutoqualityMethod::Ssimulacra2`].
    Ml,
    /// By SSIMULACRA2.
    Ssimulacra2,
}

/// How JPEG is written, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JpegAsk {
    /// Progressive scans.
    pub progressive: Option<bool>,
    /// Chroma at full resolution.
    pub no_subsample: Option<bool>,
    /// Trellis quantisation.
    pub trellis_quant: Option<bool>,
    /// Overshoot deringing.
    pub overshoot_deringing: Option<bool>,
    /// Search for the best scans; progressive only.
    pub optimize_scans: Option<bool>,
    /// Quantisation table, 0..=8.
    pub quant_table: Option<u8>,
}

/// How PNG is written, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PngAsk {
    /// Interlaced by Adam7.
    pub interlaced: Option<bool>,
    /// Reduced to a palette.
    pub quantize: Option<bool>,
    /// Colours of the palette, 2..=256.
    pub colors: Option<u16>,
}

/// How WebP is written, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebpAsk {
    /// How the pixels are coded.
    pub compression: Option<WebpCompression>,
    /// Slower, sharper chroma.
    pub smart_subsample: Option<bool>,
    /// What the encoder is tuned for.
    pub preset: Option<WebpPreset>,
}

/// How AVIF is written, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AvifAsk {
    /// Chroma resolution.
    pub subsample: Option<AvifSubsample>,
}

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashKind {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A checksum that the source must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashsum {
    /// Its kind.
    pub kind: HashKind,
    /// Its bytes.
    pub digest: Vec<u8>,
}

/// Factors of the asked size, each above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// Factor of the width.
    pub x: f64,
    /// Factor of the height.
    pub y: f64,
}

/// Growth of the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extend {
    /// Whether it grows.
    pub enabled: bool,
    /// Where the image lies on the canvas.
    pub gravity: Gravity,
}

/// What is cut out before resizing, measured on the image as seen after orientation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crop {
    /// Width: 0 is all, below 1 a share of the side, else pixels.
    pub width: f64,
    /// Height: 0 is all, below 1 a share of the side, else pixels.
    pub height: f64,
    /// Which part; `None` takes the gravity of the transform.
    pub gravity: Option<Gravity>,
}

/// Space around the result, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Above.
    pub top: u32,
    /// To the right.
    pub right: u32,
    /// Below.
    pub bottom: u32,
    /// To the left.
    pub left: u32,
}

/// A clockwise turn by quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    /// None.
    #[default]
    Zero,
    /// 90 degrees.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees.
    ThreeQuarters,
}

/// Mirroring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flip {
    /// Left and right swapped.
    pub horizontal: bool,
    /// Top and bottom swapped.
    pub vertical: bool,
}

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

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
    /// Whether an embedded thumbnail is taken instead of the image.
    pub enforce_thumbnail: Option<bool>,
    /// Which page or frame is taken, from 0.
    pub page: u32,
    /// How many pages are stacked, at least 1.
    pub pages: u32,
    /// Whether an animation comes out as one picture.
    pub disable_animation: bool,
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

impl Default for Gravity {
    fn default() -> Self {
        Self::Compass {
            at: Compass::Center,
            x: 0.0,
            y: 0.0,
        }
    }
}

impl Default for Zoom {
    fn default() -> Self {
        Self { x: 1.0, y: 1.0 }
    }
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
            enforce_thumbnail: None,
            page: 0,
            pages: 1,
            disable_animation: false,
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
