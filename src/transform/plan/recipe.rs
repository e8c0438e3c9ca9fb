//! Everything that decides the bytes of a result, as text.

use std::fmt::{Debug, Display, Write};
use std::sync::LazyLock;

use super::output::{Saving, avif, jpeg, png, quality, webp};
use super::{Defaults, OUTPUT_EPOCH, Searching, Spared, filters};
use crate::image::Format;
use crate::image::text::FONT_SET;
use crate::transform::ask::{Transform, Variant};

/// An ask that says nothing.
static SILENCE: LazyLock<Transform> = LazyLock::new(Transform::default);

/// The canonical text of everything that decides a result's bytes besides the source: the ask with its presets
/// applied, the settings where the ask is silent, what the client's headers add, and the epoch of the encoders.
///
/// Limits that only refuse are left out: they make no other bytes. So is that of the settings on source pixels, though
/// a drawing above it is drawn smaller: of sources that are no drawings, which are nearly all, it remakes nothing. An
/// ask costs what it says: what it leaves as it is by itself is left out.
pub fn recipe(transform: &Transform, defaults: &Defaults, variant: Variant) -> String {
    let mut text = Text(String::with_capacity(512));
    text.say("epoch", OUTPUT_EPOCH);
    pipeline(&mut text, transform, defaults);
    for next in &transform.pipelines {
        text.0.push_str("then/");
        pipeline(&mut text, next, defaults);
    }
    source(&mut text, transform, defaults);
    metadata(&mut text, transform, defaults);
    formats(&mut text, transform, defaults);
    settings(&mut text, defaults);
    text.say_unless("variant", &Variant::default(), &variant);
    text.0
}

/// `name:value` pairs, one after the other, each closed by a slash.
struct Text(String);

impl Text {
    fn say(&mut self, name: &str, value: impl Display) {
        write!(self.0, "{name}:{value}/").expect("a string takes all text");
    }

    /// Says a value other than the one that silence means.
    fn say_unless<T: PartialEq + Debug>(&mut self, name: &str, silence: &T, value: &T) {
        if value != silence {
            write!(self.0, "{name}:{value:?}/").expect("a string takes all text");
        }
    }

    fn say_names(&mut self, name: &str, formats: &[Format]) {
        self.0.push_str(name);
        for format in formats {
            self.0.push(':');
            self.0.push_str(format.name());
        }
        self.0.push('/');
    }
}

fn pipeline(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    size(text, transform);
    layout(text, transform);
    colors(text, transform);
    watermark(text, transform);
    text.say_unless(
        "unsharp",
        &super::Unsharp::default(),
        &filters::settled(transform, &defaults.unsharp_masking),
    );
}

fn size(text: &mut Text, transform: &Transform) {
    let silence = &*SILENCE;
    text.say_unless("type", &silence.resizing_type, &transform.resizing_type);
    text.say_unless("width", &silence.width, &transform.width);
    text.say_unless("height", &silence.height, &transform.height);
    text.say_unless("min-width", &silence.min_width, &transform.min_width);
    text.say_unless("min-height", &silence.min_height, &transform.min_height);
    text.say_unless("zoom", &silence.zoom, &transform.zoom);
    text.say_unless("dpr", &silence.dpr, &transform.dpr);
    text.say_unless("enlarge", &silence.enlarge, &transform.enlarge);
    text.say_unless(
        "kernel",
        &silence.resizing_algorithm,
        &transform.resizing_algorithm,
    );
}

fn layout(text: &mut Text, transform: &Transform) {
    let silence = &*SILENCE;
    text.say_unless("extend", &silence.extend, &transform.extend);
    text.say_unless(
        "extend_ar",
        &silence.extend_aspect_ratio,
        &transform.extend_aspect_ratio,
    );
    text.say_unless("gravity", &silence.gravity, &transform.gravity);
    text.say_unless("crop", &silence.crop, &transform.crop);
    text.say_unless(
        "crop_ar",
        &silence.crop_aspect_ratio,
        &transform.crop_aspect_ratio,
    );
    text.say_unless("trim", &silence.trim, &transform.trim);
    text.say_unless("padding", &silence.padding, &transform.padding);
    text.say_unless("rotate", &silence.rotate, &transform.rotate);
    text.say_unless("flip", &silence.flip, &transform.flip);
}

fn colors(text: &mut Text, transform: &Transform) {
    let silence = &*SILENCE;
    text.say_unless("background", &silence.background, &transform.background);
    text.say_unless(
        "background_alpha",
        &silence.background_alpha,
        &transform.background_alpha,
    );
    text.say_unless("brightness", &silence.brightness, &transform.brightness);
    text.say_unless("contrast", &silence.contrast, &transform.contrast);
    text.say_unless("saturation", &silence.saturation, &transform.saturation);
    text.say_unless("monochrome", &silence.monochrome, &transform.monochrome);
    text.say_unless("duotone", &silence.duotone, &transform.duotone);
    text.say_unless("blur", &silence.blur, &transform.blur);
    text.say_unless("sharpen", &silence.sharpen, &transform.sharpen);
    text.say_unless("pixelate", &silence.pixelate, &transform.pixelate);
    text.say_unless("colorize", &silence.colorize, &transform.colorize);
    text.say_unless("gradient", &silence.gradient, &transform.gradient);
}

fn watermark(text: &mut Text, transform: &Transform) {
    let silence = &*SILENCE;
    text.say_unless("mark", &silence.watermark, &transform.watermark);
    text.say_unless("mark_url", &silence.watermark_url, &transform.watermark_url);
    text.say_unless(
        "mark_text",
        &silence.watermark_text,
        &transform.watermark_text,
    );
    text.say_unless(
        "mark_size",
        &silence.watermark_size,
        &transform.watermark_size,
    );
}

/// What is read of the source, by the ask or else by the settings.
fn source(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    let silence = &*SILENCE;
    text.say(
        "auto_rotate",
        transform.auto_rotate.unwrap_or(defaults.auto_rotate),
    );
    text.say_unless(
        "max_src_pixels",
        &silence.max_src_pixels,
        &transform.max_src_pixels,
    );
    text.say_unless("page", &silence.page, &transform.page);
    text.say_unless("pages", &silence.pages, &transform.pages);
    text.say_unless(
        "still",
        &silence.disable_animation,
        &transform.disable_animation,
    );
    text.say_unless("thumbnail", &false, &defaults.takes_thumbnail(transform));
    let frames = transform.max_animation_frames;
    text.say("frames", frames.unwrap_or(defaults.max_animation_frames));
    let side = transform.max_result_dimension;
    text.say(
        "max_result_dimension",
        side.unwrap_or(defaults.max_result_dimension),
    );
    let mut skipped = [
        &transform.skip_processing[..],
        &defaults.skip_processing[..],
    ]
    .concat();
    skipped.sort_unstable();
    skipped.dedup();
    text.say_names("skip", &skipped);
}

/// What is kept besides the pixels, by the ask or else by the settings.
fn metadata(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    let settled = [
        (
            "strip_metadata",
            transform.strip_metadata,
            defaults.strip_metadata,
        ),
        (
            "keep_copyright",
            transform.keep_copyright,
            defaults.keep_copyright,
        ),
        (
            "strip_color_profile",
            transform.strip_color_profile,
            defaults.strip_color_profile,
        ),
        (
            "preserve_hdr",
            transform.preserve_hdr,
            defaults.preserve_hdr,
        ),
    ];
    for (name, asked, by_settings) in settled {
        text.say(name, asked.unwrap_or(by_settings));
    }
    text.say_unless("dpi", &None, &transform.dpi);
    text.say("strip_metadata_dpi", defaults.strip_metadata_dpi);
}

/// The format of the file and how each is written. One quality holds for each format: that of the URL, or else by
/// format, the URL's over the settings'. That less is taken for a client that saves bytes, the variant says.
fn formats(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    let silence = &*SILENCE;
    text.say("format", transform.format.map_or("", Format::name));
    text.say("best", transform.best_format);
    for format in Format::ALL.into_iter().filter(|format| format.encodes()) {
        let quality = quality(transform, defaults, format, Saving::Nothing);
        text.say(format.name(), quality);
    }
    text.say_unless("autoquality", &silence.autoquality, &transform.autoquality);
    text.say_unless("max_bytes", &silence.max_bytes, &transform.max_bytes);
    text.say("jpeg", format_args!("{:?}", jpeg(transform, defaults)));
    text.say("png", format_args!("{:?}", png(transform, defaults)));
    text.say("webp", format_args!("{:?}", webp(transform, defaults)));
    text.say("avif", format_args!("{:?}", avif(transform, defaults)));
}

fn settings(text: &mut Text, defaults: &Defaults) {
    text.say_names("preferred", &defaults.preferred_formats);
    text.say_names("enforced", &defaults.enforced);
    text.say("best_by_settings", defaults.best_format);
    text.say("best_pixels", defaults.best_format_max_pixels);
    text.say("shrink_on_load", defaults.shrink_on_load);
    text.say("linear_light", defaults.linear_light);
    text.say("rasterize", defaults.always_rasterize_svg);
    text.say("sanitize", defaults.sanitize_svg);
    text.say("mark_opacity", defaults.watermark_opacity);
    text.say("fonts", FONT_SET);
    text.say_unless("spared", &Spared::default(), &defaults.jpeg_spared);
    text.say_unless("searching", &Searching::default(), &defaults.searching);
    text.say_unless("mark_digest", &None, &defaults.watermark_digest);
}
