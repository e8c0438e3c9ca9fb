//! Choices as options of a URL: long names, every argument written out.

use std::fmt::{self, Write as _};

use super::options::{BEST, NEXT_PIPELINE, TOP_LEFT};
use super::{base64url, names};
use crate::transform::ask::{
    Autoquality, AvifAsk, Choice, Colorize, Crop, CropAspectRatio, Duotone, Extend, Flip, Gradient,
    Gravity, Hashsum, JpegAsk, Padding, PngAsk, Rgb, Trim, Turn, UnsharpAsk, Watermark, WebpAsk,
};

/// The text of `choices` as options of a URL.
pub(super) fn print<'c>(choices: impl IntoIterator<Item = &'c Choice>, separator: &str) -> String {
    let mut printer = Printer::new(separator);
    for choice in choices {
        printer.choice(choice);
    }
    printer.finish()
}

/// Writes options one after the other.
pub(super) struct Printer<'s> {
    text: String,
    separator: &'s str,
}

impl<'s> Printer<'s> {
    pub(super) fn new(separator: &'s str) -> Self {
        Self {
            text: String::with_capacity(128),
            separator,
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Writes one choice.
    pub(super) fn choice(&mut self, choice: &Choice) {
        match choice {
            Choice::ResizingType(kind) => {
                self.plain("resizing_type", names::of_resizing_type(*kind))
            }
            Choice::Width(px) => self.plain("width", px),
            Choice::Height(px) => self.plain("height", px),
            Choice::MinWidth(px) => self.plain("min-width", px),
            Choice::MinHeight(px) => self.plain("min-height", px),
            Choice::Zoom(zoom) => self.option("zoom").arg(zoom.x).arg(zoom.y).end(),
            Choice::Dpr(ratio) => self.plain("dpr", ratio),
            Choice::Enlarge(on) => self.switch("enlarge", *on),
            Choice::Extend(extend) => self.extend("extend", extend),
            Choice::ExtendAspectRatio(extend) => self.extend("extend_aspect_ratio", extend),
            Choice::Gravity(gravity) => self.option("gravity").gravity(gravity).end(),
            Choice::ResizingAlgorithm(kernel) => {
                self.plain("resizing_algorithm", names::of_kernel(*kernel));
            }
            Choice::Crop(crop) => self.crop(crop),
            Choice::CropAspectRatio(ratio) => self.crop_aspect_ratio(*ratio),
            Choice::Trim(trim) => self.trim(*trim),
            Choice::Padding(padding) => self.padding(padding),
            Choice::AutoRotate(on) => self.switch("auto_rotate", *on),
            Choice::Rotate(turn) => self.plain("rotate", degrees(*turn)),
            Choice::Flip(flip) => self.flip(*flip),
            Choice::Background(color) => self.plain("background", Blank(color.map(Hex))),
            Choice::BackgroundAlpha(alpha) => self.plain("background_alpha", alpha),
            Choice::Brightness(steps) => self.plain("brightness", steps),
            Choice::Contrast(factor) => self.plain("contrast", factor),
            Choice::Saturation(factor) => self.plain("saturation", factor),
            Choice::Monochrome(tint) => {
                let option = self.option("monochrome");
                option.arg(tint.intensity).arg(Hex(tint.color)).end();
            }
            Choice::Duotone(tints) => self.duotone(tints),
            Choice::Blur(sigma) => self.plain("blur", sigma),
            Choice::Sharpen(sigma) => self.plain("sharpen", sigma),
            Choice::Pixelate(px) => self.plain("pixelate", px),
            Choice::UnsharpMasking(unsharp) => self.unsharp_masking(unsharp),
            Choice::Colorize(color) => self.colorize(color),
            Choice::Gradient(gradient) => self.gradient(gradient),
            Choice::Watermark(watermark) => self.watermark(watermark),
            Choice::WatermarkUrl(url) => self.encoded("watermark_url", url),
            Choice::WatermarkText(text) => self.encoded("watermark_text", text),
            Choice::WatermarkSize { width, height } => {
                self.option("watermark_size").arg(width).arg(height).end();
            }
            Choice::Quality(quality) => self.plain("quality", quality),
            Choice::FormatQuality(pairs) => {
                self.option("format_quality");
                for (format, quality) in pairs {
                    self.arg(format.name()).arg(quality);
                }
            }
            Choice::Autoquality(autoquality) => self.autoquality(autoquality),
            Choice::MaxBytes(bytes) => self.plain("max_bytes", bytes),
            Choice::JpegOptions(jpeg) => self.jpeg_options(jpeg),
            Choice::PngOptions(png) => self.png_options(png),
            Choice::WebpOptions(webp) => self.webp_options(webp),
            Choice::AvifOptions(AvifAsk { subsample }) => {
                self.plain(
                    "avif_options",
                    Blank(subsample.map(names::of_avif_subsample)),
                );
            }
            Choice::Format(format) => self.plain("format", format.name()),
            Choice::BestFormat => self.plain("format", BEST),
            Choice::StripMetadata(on) => self.switch("strip_metadata", *on),
            Choice::KeepCopyright(on) => self.switch("keep_copyright", *on),
            Choice::Dpi(dots) => self.plain("dpi", dots),
            Choice::PreserveHdr(on) => self.switch("preserve_hdr", *on),
            Choice::StripColorProfile(on) => self.switch("strip_color_profile", *on),
            Choice::SkipProcessing(formats) => {
                self.list(
                    "skip_processing",
                    formats.iter().map(|format| format.name()),
                );
            }
            Choice::EnforceThumbnail(on) => self.switch("enforce_thumbnail", *on),
            Choice::Page(index) => self.plain("page", index),
            Choice::Pages(count) => self.plain("pages", count),
            Choice::DisableAnimation(on) => self.switch("disable_animation", *on),
            Choice::MaxSrcPixels(pixels) => self.megapixels("max_src_resolution", *pixels),
            Choice::MaxSrcBytes(bytes) => self.plain("max_src_file_size", bytes),
            Choice::MaxAnimationFrames(count) => self.plain("max_animation_frames", count),
            Choice::MaxAnimationFramePixels(pixels) => {
                self.megapixels("max_animation_frame_resolution", *pixels);
            }
            Choice::MaxResultDimension(px) => self.plain("max_result_dimension", px),
            Choice::Raw(on) => self.switch("raw", *on),
            Choice::Cachebuster(text) => self.plain("cachebuster", text),
            Choice::Expires(seconds) => self.plain("expires", seconds),
            // In base64, because a name may hold slashes and separators once it is decoded.
            Choice::Filename(name) => {
                let name = base64url::encode(name.as_bytes());
                self.option("filename").arg(name).arg(1).end();
            }
            Choice::ReturnAttachment(on) => self.switch("return_attachment", *on),
            Choice::FallbackImageUrl(url) => self.encoded("fallback_image_url", url),
            Choice::Hashsum(hashsum) => self.hashsum(hashsum.as_ref()),
            Choice::BypassCache(on) => self.switch("bypass_cache", *on),
            Choice::CacheTags(tags) if tags.is_empty() => self.plain("cache_tags", ""),
            Choice::CacheTags(tags) => self.list("cache_tags", tags.iter().map(String::as_str)),
            Choice::NextPipeline => self.option(NEXT_PIPELINE).end(),
            Choice::Preset(names) => self.list("preset", names.iter().map(String::as_str)),
        }
    }

    fn option(&mut self, name: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('/');
        }
        self.text.push_str(name);
        self
    }

    fn arg(&mut self, value: impl fmt::Display) -> &mut Self {
        write!(self.text, "{}{value}", self.separator).expect("a string takes all text");
        self
    }

    /// Ends a chain of arguments.
    fn end(&mut self) {}

    pub(super) fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.option(name).arg(value);
    }

    pub(super) fn switch(&mut self, name: &str, on: bool) {
        self.plain(name, u8::from(on));
    }

    pub(super) fn pair(&mut self, name: &str, first: impl fmt::Display, second: impl fmt::Display) {
        self.option(name).arg(first).arg(second);
    }

    pub(super) fn list<'v>(&mut self, name: &str, values: impl Iterator<Item = &'v str>) {
        self.option(name);
        for value in values {
            self.arg(value);
        }
    }

    fn encoded(&mut self, name: &str, text: &str) {
        self.plain(name, base64url::encode(text.as_bytes()));
    }

    /// Millions of pixels, so exactly that the pixels come back.
    fn megapixels(&mut self, name: &str, pixels: u64) {
        self.plain(name, pixels as f64 / 1e6);
    }

    fn gravity(&mut self, gravity: &Gravity) -> &mut Self {
        match gravity {
            Gravity::Compass { at, x, y } => self.arg(names::of_compass(*at)).arg(x).arg(y),
            Gravity::FocalPoint { x, y } => self.arg("fp").arg(x).arg(y),
            Gravity::Smart => self.arg("sm"),
        }
    }

    fn extend(&mut self, name: &str, extend: &Extend) {
        self.option(name)
            .arg(u8::from(extend.enabled))
            .gravity(&extend.gravity);
    }

    fn crop(&mut self, crop: &Crop) {
        self.option("crop").arg(crop.width).arg(crop.height);
        if let Some(gravity) = &crop.gravity {
            self.gravity(gravity);
        }
    }

    fn crop_aspect_ratio(&mut self, ratio: Option<CropAspectRatio>) {
        match ratio {
            Some(CropAspectRatio { ratio, enlarge }) => {
                self.pair("crop_aspect_ratio", ratio, u8::from(enlarge));
            }
            None => self.plain("crop_aspect_ratio", 0),
        }
    }

    fn trim(&mut self, trim: Option<Trim>) {
        let Some(trim) = trim else {
            return self.plain("trim", "");
        };
        self.option("trim").arg(trim.threshold);
        match trim.color {
            Some(color) => self.arg(Hex(color)),
            None => self.arg(TOP_LEFT),
        };
        self.arg(u8::from(trim.equal_horizontally))
            .arg(u8::from(trim.equal_vertically));
    }

    fn padding(&mut self, padding: &Padding) {
        self.option("padding")
            .arg(padding.top)
            .arg(padding.right)
            .arg(padding.bottom)
            .arg(padding.left);
    }

    fn flip(&mut self, flip: Flip) {
        self.pair("flip", u8::from(flip.horizontal), u8::from(flip.vertical));
    }

    fn duotone(&mut self, tints: &Duotone) {
        self.option("duotone")
            .arg(tints.intensity)
            .arg(Hex(tints.shadows))
            .arg(Hex(tints.highlights));
    }

    fn unsharp_masking(&mut self, unsharp: &UnsharpAsk) {
        self.option("unsharp_masking")
            .arg(Blank(unsharp.mode.map(names::of_unsharp_mode)))
            .arg(Blank(unsharp.weight))
            .arg(Blank(unsharp.divider));
    }

    fn colorize(&mut self, color: &Colorize) {
        self.option("colorize")
            .arg(color.opacity)
            .arg(Hex(color.color))
            .arg(u8::from(color.keep_alpha));
    }

    fn gradient(&mut self, gradient: &Gradient) {
        self.option("gradient")
            .arg(gradient.opacity)
            .arg(Hex(gradient.color))
            .arg(gradient.direction)
            .arg(gradient.start)
            .arg(gradient.stop);
    }

    fn watermark(&mut self, watermark: &Watermark) {
        // A scale that is not there is blank: 0 is no scale that a URL may name.
        let scale = Some(watermark.scale).filter(|scale| *scale > 0.0);
        self.option("watermark")
            .arg(watermark.opacity)
            .arg(names::of_watermark_position(watermark.position))
            .arg(watermark.x)
            .arg(watermark.y)
            .arg(Blank(scale));
    }

    fn autoquality(&mut self, autoquality: &Autoquality) {
        self.option("autoquality")
            .arg(names::of_autoquality_method(autoquality.method))
            .arg(Blank(autoquality.target))
            .arg(Blank(autoquality.min))
            .arg(Blank(autoquality.max))
            .arg(Blank(autoquality.error));
    }

    fn jpeg_options(&mut self, jpeg: &JpegAsk) {
        self.option("jpeg_options")
            .arg(Blank(jpeg.progressive.map(u8::from)))
            .arg(Blank(jpeg.no_subsample.map(u8::from)))
            .arg(Blank(jpeg.trellis_quant.map(u8::from)))
            .arg(Blank(jpeg.overshoot_deringing.map(u8::from)))
            .arg(Blank(jpeg.optimize_scans.map(u8::from)))
            .arg(Blank(jpeg.quant_table));
    }

    fn png_options(&mut self, png: &PngAsk) {
        self.option("png_options")
            .arg(Blank(png.interlaced.map(u8::from)))
            .arg(Blank(png.quantize.map(u8::from)))
            .arg(Blank(png.colors));
    }

    fn webp_options(&mut self, webp: &WebpAsk) {
        self.option("webp_options")
            .arg(Blank(webp.compression.map(names::of_webp_compression)))
            .arg(Blank(webp.smart_subsample.map(u8::from)))
            .arg(Blank(webp.preset.map(names::of_webp_preset)));
    }

    fn hashsum(&mut self, hashsum: Option<&Hashsum>) {
        match hashsum {
            Some(Hashsum { kind, digest }) => {
                self.pair("hashsum", names::of_hash_kind(*kind), hex::encode(digest));
            }
            None => self.plain("hashsum", "none"),
        }
    }
}

const fn degrees(turn: Turn) -> u16 {
    match turn {
        Turn::Zero => 0,
        Turn::Quarter => 90,
        Turn::Half => 180,
        Turn::ThreeQuarters => 270,
    }
}

/// Six hexadecimal digits.
struct Hex(Rgb);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rgb { r, g, b } = self.0;
        write!(f, "{r:02x}{g:02x}{b:02x}")
    }
}

/// A value, or nothing where there is none.
struct Blank<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Blank<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}
