//! Everything that decides the bytes of a result, as text.

use std::fmt::Display;

use super::case::quality;
use super::{Defaults, OUTPUT_EPOCH};
use crate::image::Format;
use crate::transform::ask::{Extend, Gravity, Rgb, Transform, Variant};

/// The canonical text of everything that decides a result's bytes besides the source: the ask with its presets
/// applied, the settings where the ask is silent, and the epoch of the encoders.
///
/// Settings that only refuse (`max_src_pixels`) are left out: they make no other bytes.
pub fn recipe(transform: &Transform, defaults: &Defaults, variant: Variant) -> String {
    let mut text = Text::default();
    text.say("epoch", OUTPUT_EPOCH);
    size(&mut text, transform);
    layout(&mut text, transform);
    settled(&mut text, transform, defaults);
    qualities(&mut text, transform, defaults);
    settings(&mut text, defaults);
    text.say("webp", variant.webp);
    text.0
}

/// `name:value` pairs, one after the other, each closed by a slash.
#[derive(Default)]
struct Text(String);

impl Text {
    fn say(&mut self, name: &str, value: impl Display) {
        self.0.push_str(&format!("{name}:{value}/"));
    }
}

fn size(text: &mut Text, transform: &Transform) {
    text.say("type", format!("{:?}", transform.resizing_type));
    text.say("width", transform.width);
    text.say("height", transform.height);
    text.say("min-width", transform.min_width);
    text.say("min-height", transform.min_height);
    text.say("zoom", format!("{}:{}", transform.zoom.x, transform.zoom.y));
    text.say("dpr", transform.dpr);
    text.say("enlarge", transform.enlarge);
}

fn layout(text: &mut Text, transform: &Transform) {
    let (crop, padding) = (transform.crop, transform.padding);
    text.say("extend", extend(transform.extend));
    text.say("extend_ar", extend(transform.extend_aspect_ratio));
    text.say("gravity", gravity(transform.gravity));
    text.say("crop", format!("{}:{}", crop.width, crop.height));
    text.say(
        "crop-gravity",
        crop.gravity.map_or_else(String::new, gravity),
    );
    text.say(
        "padding",
        format!(
            "{}:{}:{}:{}",
            padding.top, padding.right, padding.bottom, padding.left
        ),
    );
    text.say("rotate", format!("{:?}", transform.rotate));
    text.say(
        "flip",
        format!("{}:{}", transform.flip.horizontal, transform.flip.vertical),
    );
    text.say(
        "background",
        transform.background.map_or_else(String::new, color),
    );
}

/// What the URL may say and the settings say otherwise.
fn settled(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    text.say(
        "auto_rotate",
        transform.auto_rotate.unwrap_or(defaults.auto_rotate),
    );
    text.say(
        "strip_metadata",
        transform.strip_metadata.unwrap_or(defaults.strip_metadata),
    );
    text.say(
        "strip_color_profile",
        transform
            .strip_color_profile
            .unwrap_or(defaults.strip_color_profile),
    );
    text.say("format", transform.format.map_or("", Format::name));
    let mut skipped = [
        &transform.skip_processing[..],
        &defaults.skip_processing[..],
    ]
    .concat();
    skipped.sort_unstable();
    skipped.dedup();
    text.say("skip", names(&skipped));
}

/// The quality that holds for each format: one if the URL names it, else by format, the URL's over the settings'.
fn qualities(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    for format in Format::ALL.into_iter().filter(|format| format.encodes()) {
        text.say(format.name(), quality(transform, defaults, format));
    }
}

fn settings(text: &mut Text, defaults: &Defaults) {
    text.say("preferred", names(&defaults.preferred_formats));
    text.say("enforce_webp", defaults.enforce_webp);
    text.say("jpeg_progressive", defaults.jpeg_progressive);
    text.say("png_interlaced", defaults.png_interlaced);
    text.say("webp_effort", defaults.webp_effort);
    text.say("max_result_dimension", defaults.max_result_dimension);
    text.say("shrink_on_load", defaults.shrink_on_load);
}

fn extend(extend: Extend) -> String {
    format!("{}:{}", extend.enabled, gravity(extend.gravity))
}

fn gravity(gravity: Gravity) -> String {
    match gravity {
        Gravity::Compass { at, x, y } => format!("{at:?}:{x}:{y}"),
        Gravity::FocalPoint { x, y } => format!("fp:{x}:{y}"),
    }
}

fn color(Rgb { r, g, b }: Rgb) -> String {
    format!("{r:02x}{g:02x}{b:02x}")
}

fn names(formats: &[Format]) -> String {
    let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
    names.join(",")
}
