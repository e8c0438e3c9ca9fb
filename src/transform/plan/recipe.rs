//! Everything that decides the bytes of a result, as text.

use std::fmt::{Debug, Display, Write};

use super::case::quality;
use super::{Defaults, OUTPUT_EPOCH};
use crate::image::Format;
use crate::transform::ask::{Transform, Variant};

/// The canonical text of everything that decides a result's bytes besides the source: the ask with its presets
/// applied, the settings where the ask is silent, and the epoch of the encoders.
///
/// Settings that only refuse (`max_src_pixels`) are left out: they make no other bytes. Made for each look-up, so
/// an ask costs what it says: what it leaves as it is by itself is left out.
pub fn recipe(transform: &Transform, defaults: &Defaults, variant: Variant) -> String {
    let mut text = Text(String::with_capacity(256));
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

fn size(text: &mut Text, transform: &Transform) {
    let silence = Transform::default();
    text.say_unless("type", &silence.resizing_type, &transform.resizing_type);
    text.say_unless("width", &silence.width, &transform.width);
    text.say_unless("height", &silence.height, &transform.height);
    text.say_unless("min-width", &silence.min_width, &transform.min_width);
    text.say_unless("min-height", &silence.min_height, &transform.min_height);
    text.say_unless("zoom", &silence.zoom, &transform.zoom);
    text.say_unless("dpr", &silence.dpr, &transform.dpr);
    text.say_unless("enlarge", &silence.enlarge, &transform.enlarge);
}

fn layout(text: &mut Text, transform: &Transform) {
    let silence = Transform::default();
    text.say_unless("extend", &silence.extend, &transform.extend);
    text.say_unless(
        "extend_ar",
        &silence.extend_aspect_ratio,
        &transform.extend_aspect_ratio,
    );
    text.say_unless("gravity", &silence.gravity, &transform.gravity);
    text.say_unless("crop", &silence.crop, &transform.crop);
    text.say_unless("padding", &silence.padding, &transform.padding);
    text.say_unless("rotate", &silence.rotate, &transform.rotate);
    text.say_unless("flip", &silence.flip, &transform.flip);
    text.say_unless("background", &silence.background, &transform.background);
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
    text.say_names("skip", &skipped);
}

/// The quality that holds for each format: one if the URL names it, else by format, the URL's over the settings'.
fn qualities(text: &mut Text, transform: &Transform, defaults: &Defaults) {
    for format in Format::ALL.into_iter().filter(|format| format.encodes()) {
        text.say(format.name(), quality(transform, defaults, format));
    }
}

fn settings(text: &mut Text, defaults: &Defaults) {
    text.say_names("preferred", &defaults.preferred_formats);
    text.say_names("enforced", &defaults.enforced);
    text.say("jpeg", format_args!("{:?}", defaults.jpeg));
    text.say("webp", format_args!("{:?}", defaults.webp));
    text.say("max_result_dimension", defaults.max_result_dimension);
    text.say("shrink_on_load", defaults.shrink_on_load);
}
