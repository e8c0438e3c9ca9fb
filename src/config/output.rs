//! What settings decide of the bytes of results.

use super::gather::Settings;
use super::kind::{Kind, Raw, Value};
use super::resolve::LONGEST_SIDE;
use super::values::unless_zero;
use crate::identify::Format;
use crate::image::encode::{
    AvifOptions, AvifSubsample, JpegOptions, JpegSubsample, PngOptions, WebpCompression,
    WebpOptions, WebpPreset,
};
use crate::transform::ask::{AutoqualityMethod, UnsharpMode};
use crate::transform::plan::{Defaults, Searching, Spared, Unsharp};

impl Settings {
    pub(super) fn output(&self) -> Defaults {
        Defaults {
            quality: self.small("QUALITY"),
            format_quality: self.format_quality(),
            preferred_formats: self.formats("PREFERRED_FORMATS"),
            skip_processing: self.formats("SKIP_PROCESSING_FORMATS"),
            auto_rotate: self.flag("AUTO_ROTATE"),
            enforce_thumbnail: self.flag("ENFORCE_THUMBNAIL"),
            strip_metadata: self.flag("STRIP_METADATA"),
            keep_copyright: self.flag("KEEP_COPYRIGHT"),
            strip_metadata_dpi: self.fraction("STRIP_METADATA_DPI"),
            strip_color_profile: self.flag("STRIP_COLOR_PROFILE"),
            preserve_hdr: self.flag("PRESERVE_HDR"),
            linear_light: self.flag("USE_LINEAR_COLORSPACE"),
            jpeg: self.jpeg(),
            jpeg_spared: self.jpeg_spared(),
            png: PngOptions {
                quantize: self.flag("PNG_QUANTIZE"),
                colors: self.small("PNG_QUANTIZATION_COLORS"),
            },
            webp: self.webp(),
            avif: self.avif(),
            searching: self.searching(),
            unsharp_masking: self.unsharp_masking(),
            max_result_dimension: u32::try_from(unless_zero(
                self.number("MAX_RESULT_DIMENSION"),
                LONGEST_SIDE,
            ))
            .expect("the range of MAX_RESULT_DIMENSION ends at 65535"),
            max_src_pixels: self.number("MAX_SRC_RESOLUTION"),
            max_animation_frames: self.small("MAX_ANIMATION_FRAMES"),
            max_animation_frame_pixels: self.number("MAX_ANIMATION_FRAME_RESOLUTION"),
            enforced: self.enforced(),
            shrink_on_load: !self.flag("DISABLE_SHRINK_ON_LOAD"),
            always_rasterize_svg: self.flag("ALWAYS_RASTERIZE_SVG"),
            sanitize_svg: self.flag("SANITIZE_SVG"),
            watermark_opacity: self.fraction("WATERMARK_OPACITY"),
            watermark_digest: None,
            best_format: self.flag("BEST_FORMAT_BY_DEFAULT"),
            best_format_max_pixels: self.number("BEST_FORMAT_MAX_RESOLUTION"),
        }
    }

    fn jpeg(&self) -> JpegOptions {
        JpegOptions {
            progressive: self.flag("JPEG_PROGRESSIVE"),
            subsample: match self.flag("JPEG_NO_SUBSAMPLE") {
                true => JpegSubsample::Off,
                false => JpegSubsample::Auto,
            },
            trellis_quant: self.flag("JPEG_TRELLIS_QUANT"),
            overshoot_deringing: self.flag("JPEG_OVERSHOOT_DERINGING"),
            optimize_scans: self.flag("JPEG_OPTIMIZE_SCANS"),
            quant_table: self.small("JPEG_QUANT_TABLE"),
        }
    }

    /// What is switched off by name; by default it is off only where somebody waits.
    fn jpeg_spared(&self) -> Spared {
        Spared {
            progressive: self.refuses("JPEG_PROGRESSIVE"),
            trellis: self.refuses("JPEG_TRELLIS_QUANT") || self.refuses("JPEG_OVERSHOOT_DERINGING"),
            scans: self.refuses("JPEG_OPTIMIZE_SCANS"),
        }
    }

    fn webp(&self) -> WebpOptions {
        WebpOptions {
            effort: self.small("WEBP_EFFORT"),
            compression: match self.word("WEBP_COMPRESSION").as_str() {
                "lossless" => WebpCompression::Lossless,
                "near_lossless" => WebpCompression::NearLossless,
                _ => WebpCompression::Lossy,
            },
            smart_subsample: self.flag("WEBP_SMART_SUBSAMPLE"),
            preset: match self.word("WEBP_PRESET").as_str() {
                "picture" => WebpPreset::Picture,
                "photo" => WebpPreset::Photo,
                "drawing" => WebpPreset::Drawing,
                "icon" => WebpPreset::Icon,
                "text" => WebpPreset::Text,
                _ => WebpPreset::Default,
            },
        }
    }

    fn avif(&self) -> AvifOptions {
        AvifOptions {
            speed: self.small("AVIF_SPEED"),
            subsample: match self.word("AVIF_SUBSAMPLE").as_str() {
                "on" => AvifSubsample::On,
                "off" => AvifSubsample::Off,
                _ => AvifSubsample::Auto,
            },
        }
    }

    fn searching(&self) -> Searching {
        let usual = Searching::default();
        let score = Some(self.fraction("AUTOQUALITY")).filter(|score| *score > 0.0);
        let method = match self.word("AUTOQUALITY_METHOD").as_str() {
            _ if score.is_some() => AutoqualityMethod::Ssimulacra2,
            "size" => AutoqualityMethod::Size,
            "dssim" => AutoqualityMethod::Dssim,
            "ml" | "ssimulacra2" => AutoqualityMethod::Ssimulacra2,
            _ => AutoqualityMethod::None,
        };
        let target = self.given_fraction("AUTOQUALITY_TARGET");
        let scored = target.filter(|_| method == AutoqualityMethod::Ssimulacra2);
        Searching {
            method,
            score: score.or(scored).unwrap_or(usual.score),
            target,
            error: self.given_fraction("AUTOQUALITY_ALLOWED_ERROR"),
            min: self.given_quality("AUTOQUALITY_MIN"),
            max: self.given_quality("AUTOQUALITY_MAX"),
            format_min: self.qualities("AUTOQUALITY_FORMAT_MIN"),
            format_max: self.qualities("AUTOQUALITY_FORMAT_MAX"),
            max_pixels: self.number("AUTOQUALITY_MAX_RESOLUTION"),
            dpr_fall: self.fraction("AUTOQUALITY_DPR_FALL"),
        }
    }

    fn given_fraction(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Fraction(fraction) => Some(*fraction),
            _ => None,
        }
    }

    fn given_quality(&self, name: &str) -> Option<u8> {
        match self.value(name) {
            Value::Number(quality) => u8::try_from(*quality).ok(),
            _ => None,
        }
    }

    fn qualities(&self, name: &str) -> Vec<(Format, u8)> {
        match self.value(name) {
            Value::FormatQuality(pairs) => pairs.clone(),
            _ => Vec::new(),
        }
    }

    fn unsharp_masking(&self) -> Unsharp {
        Unsharp {
            mode: match self.word("UNSHARP_MASKING_MODE").as_str() {
                "auto" => UnsharpMode::Auto,
                "always" => UnsharpMode::Always,
                _ => UnsharpMode::None,
            },
            weight: self.fraction("UNSHARP_MASKING_WEIGHT"),
            divider: self.fraction("UNSHARP_MASKING_DIVIDER"),
        }
    }

    /// The formats that override the one of the URL, the one that goes before first.
    fn enforced(&self) -> Vec<Format> {
        [
            ("ENFORCE_AVIF", Format::Avif),
            ("ENFORCE_WEBP", Format::WebP),
        ]
        .into_iter()
        .filter(|(name, _)| self.flag(name))
        .map(|(_, format)| format)
        .collect()
    }

    fn word(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    fn format_quality(&self) -> Vec<(Format, u8)> {
        let default = Raw::Text(self.entry("FORMAT_QUALITY").setting.default.into());
        let base = Kind::FormatQuality.parse(&default);
        let mut merged: Vec<(Format, u8)> = Vec::new();
        for value in [base.as_ref(), Some(self.value("FORMAT_QUALITY"))] {
            let Some(Value::FormatQuality(pairs)) = value else {
                continue;
            };
            for (format, quality) in pairs {
                merged.retain(|(known, _)| known != format);
                merged.push((*format, *quality));
            }
        }
        merged
    }
}
