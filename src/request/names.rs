//! The names of values in URLs, both ways.

use crate::image::encode::{AvifSubsample, WebpCompression, WebpPreset};
use crate::transform::ask::{
    AutoqualityMethod, Compass, HashKind, Kernel, ResizingType, SCORE_LEVELS, UnsharpMode,
    WatermarkPosition,
};

const RESIZING_TYPES: [(&str, ResizingType); 5] = [
    ("fit", ResizingType::Fit),
    ("fill", ResizingType::Fill),
    ("fill-down", ResizingType::FillDown),
    ("force", ResizingType::Force),
    ("auto", ResizingType::Auto),
];

const COMPASS: [(&str, Compass); 9] = [
    ("ce", Compass::Center),
    ("no", Compass::North),
    ("so", Compass::South),
    ("ea", Compass::East),
    ("we", Compass::West),
    ("noea", Compass::NorthEast),
    ("nowe", Compass::NorthWest),
    ("soea", Compass::SouthEast),
    ("sowe", Compass::SouthWest),
];

const KERNELS: [(&str, Kernel); 5] = [
    ("nearest", Kernel::Nearest),
    ("linear", Kernel::Linear),
    ("cubic", Kernel::Cubic),
    ("lanczos2", Kernel::Lanczos2),
    ("lanczos3", Kernel::Lanczos3),
];

const UNSHARP_MODES: [(&str, UnsharpMode); 3] = [
    ("auto", UnsharpMode::Auto),
    ("none", UnsharpMode::None),
    ("always", UnsharpMode::Always),
];

/// Degrees clockwise from downwards.
const GRADIENT_DIRECTIONS: [(&str, u16); 4] =
    [("down", 0), ("left", 90), ("up", 180), ("right", 270)];

/// Those besides the compass points.
const TILINGS: [(&str, WatermarkPosition); 2] = [
    ("re", WatermarkPosition::Replicated),
    ("ch", WatermarkPosition::Chessboard),
];

const AUTOQUALITY_METHODS: [(&str, AutoqualityMethod); 5] = [
    ("none", AutoqualityMethod::None),
    ("size", AutoqualityMethod::Size),
    ("dssim", AutoqualityMethod::Dssim),
    ("ml", AutoqualityMethod::Ml),
    ("ssimulacra2", AutoqualityMethod::Ssimulacra2),
];

const WEBP_COMPRESSIONS: [(&str, WebpCompression); 3] = [
    ("lossy", WebpCompression::Lossy),
    ("near_lossless", WebpCompression::NearLossless),
    ("lossless", WebpCompression::Lossless),
];

const WEBP_PRESETS: [(&str, WebpPreset); 6] = [
    ("default", WebpPreset::Default),
    ("picture", WebpPreset::Picture),
    ("photo", WebpPreset::Photo),
    ("drawing", WebpPreset::Drawing),
    ("icon", WebpPreset::Icon),
    ("text", WebpPreset::Text),
];

const AVIF_SUBSAMPLES: [(&str, AvifSubsample); 3] = [
    ("auto", AvifSubsample::Auto),
    ("on", AvifSubsample::On),
    ("off", AvifSubsample::Off),
];

const HASH_KINDS: [(&str, HashKind); 4] = [
    ("md5", HashKind::Md5),
    ("sha1", HashKind::Sha1),
    ("sha256", HashKind::Sha256),
    ("sha512", HashKind::Sha512),
];

/// The resizing type of a name.
pub(super) fn resizing_type(name: &str) -> Option<ResizingType> {
    value_of(&RESIZING_TYPES, name)
}

/// The name of a resizing type.
pub(super) fn of_resizing_type(kind: ResizingType) -> &'static str {
    name_of(&RESIZING_TYPES, kind)
}

/// The compass point of a name.
pub(super) fn compass(name: &str) -> Option<Compass> {
    value_of(&COMPASS, name)
}

/// The name of a compass point.
pub(super) fn of_compass(point: Compass) -> &'static str {
    name_of(&COMPASS, point)
}

/// The sampling kernel of a name.
pub(super) fn kernel(name: &str) -> Option<Kernel> {
    value_of(&KERNELS, name)
}

/// The name of a sampling kernel.
pub(super) fn of_kernel(value: Kernel) -> &'static str {
    name_of(&KERNELS, value)
}

/// The mode of unsharp masking of a name.
pub(super) fn unsharp_mode(name: &str) -> Option<UnsharpMode> {
    value_of(&UNSHARP_MODES, name)
}

/// The name of a mode of unsharp masking.
pub(super) fn of_unsharp_mode(value: UnsharpMode) -> &'static str {
    name_of(&UNSHARP_MODES, value)
}

/// The degrees of a direction's name, clockwise from downwards.
pub(super) fn gradient_direction(name: &str) -> Option<u16> {
    value_of(&GRADIENT_DIRECTIONS, name)
}

/// The watermark's position of a name.
pub(super) fn watermark_position(name: &str) -> Option<WatermarkPosition> {
    value_of(&TILINGS, name).or_else(|| compass(name).map(WatermarkPosition::At))
}

/// The name of a watermark's position.
pub(super) fn of_watermark_position(position: WatermarkPosition) -> &'static str {
    match position {
        WatermarkPosition::At(point) => of_compass(point),
        tiling => name_of(&TILINGS, tiling),
    }
}

/// The method of autoquality of a name.
pub(super) fn autoquality_method(name: &str) -> Option<AutoqualityMethod> {
    value_of(&AUTOQUALITY_METHODS, name)
}

/// The name of a method of autoquality.
pub(super) fn of_autoquality_method(value: AutoqualityMethod) -> &'static str {
    name_of(&AUTOQUALITY_METHODS, value)
}

/// The score of a name.
pub(super) fn score(name: &str) -> Option<f64> {
    value_of(&SCORE_LEVELS, name)
}

/// The compression of WebP of a name.
pub(super) fn webp_compression(name: &str) -> Option<WebpCompression> {
    value_of(&WEBP_COMPRESSIONS, name)
}

/// The name of a compression of WebP.
pub(super) fn of_webp_compression(value: WebpCompression) -> &'static str {
    name_of(&WEBP_COMPRESSIONS, value)
}

/// The preset of WebP of a name.
pub(super) fn webp_preset(name: &str) -> Option<WebpPreset> {
    value_of(&WEBP_PRESETS, name)
}

/// The name of a preset of WebP.
pub(super) fn of_webp_preset(value: WebpPreset) -> &'static str {
    name_of(&WEBP_PRESETS, value)
}

/// The chroma resolution of AVIF of a name.
pub(super) fn avif_subsample(name: &str) -> Option<AvifSubsample> {
    value_of(&AVIF_SUBSAMPLES, name)
}

/// The name of a chroma resolution of AVIF.
pub(super) fn of_avif_subsample(value: AvifSubsample) -> &'static str {
    name_of(&AVIF_SUBSAMPLES, value)
}

/// The kind of checksum of a name.
pub(super) fn hash_kind(name: &str) -> Option<HashKind> {
    value_of(&HASH_KINDS, name)
}

/// The name of a kind of checksum.
pub(super) fn of_hash_kind(value: HashKind) -> &'static str {
    name_of(&HASH_KINDS, value)
}

fn value_of<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|row| row.0 == name).map(|row| row.1)
}

fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table
        .iter()
        .find(|row| row.1 == value)
        .map(|row| row.0)
        .expect("every value has a row")
}
