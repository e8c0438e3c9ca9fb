//! The file: how it is written, and what the source must be.

use crate::image::encode::{AvifSubsample, WebpCompression, WebpPreset};

/// How quality is searched for.
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

/// By what quality is judged.
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

/// Scores of SSIMULACRA2 that have names.
pub const SCORE_LEVELS: [(&str, f64); 5] = [
    ("low", 60.0),
    ("medium", 70.0),
    ("high", 80.0),
    ("best", 90.0),
    ("lossless", 100.0),
];

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
