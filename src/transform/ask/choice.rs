//! One option of the URL, parsed.

use super::{
    Autoquality, AvifAsk, Colorize, Crop, CropAspectRatio, Duotone, Extend, Flip, Gradient,
    Gravity, Hashsum, JpegAsk, Kernel, Monochrome, Padding, PngAsk, ResizingType, Rgb, Trim, Turn,
    UnsharpAsk, Watermark, WebpAsk, Zoom,
};
use crate::identify::Format;

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
    /// Whether an embedded thumbnail would be taken instead of the image; none is read, so it changes nothing.
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
