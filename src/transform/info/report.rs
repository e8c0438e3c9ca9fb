//! The report, as JSON has it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ask::{AlphaAsk, AverageAsk, DominantColorsAsk, InfoAsk};
use super::dominant::Dominant;
use super::iptc::{Fields, Photoshop};
use super::look::{Look, is_smart};
use super::xmp::Properties;
use super::{exif, hashes, header, iptc, palette, xmp};
use crate::identify::Facts;
use crate::image::metadata;
use crate::transform::ask::Crop;

/// What is told; what was not asked for, or is not there, is left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orientation: Option<u8>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exif: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    iptc: Fields,
    #[serde(skip_serializing_if = "Option::is_none")]
    photoshop: Option<Photoshop>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    xmp: Properties,
    #[serde(skip_serializing_if = "Option::is_none")]
    colorspace: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<Alpha>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crop: Option<CropBox>,
    #[serde(skip_serializing_if = "Option::is_none")]
    palette: Option<Vec<Rgba>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average: Option<Rgba>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dominant_colors: Option<Dominant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blurhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumb_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    perceptual_hash: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hashsums: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct Alpha {
    alpha: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    transparency: Option<bool>,
}

/// A box in shares of width and height.
#[derive(Debug, Serialize)]
struct CropBox {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Rgba {
    r: u8,
    g: u8,
    b: u8,
    a: u8,
}

impl From<[u8; 4]> for Rgba {
    fn from([r, g, b, a]: [u8; 4]) -> Self {
        Self { r, g, b, a }
    }
}

impl Report {
    /// The report on a file; `look` is there if pixels are needed.
    pub(super) fn of(file: &[u8], facts: &Facts, ask: &InfoAsk, look: Option<&Look>) -> Self {
        let size = header::size(facts);
        let metadata = metadata::read(file, facts.format);
        let packet = metadata.xmp.as_deref().filter(|_| ask.xmp);
        let iptc = metadata.iptc.as_deref().filter(|_| ask.iptc);
        let photoshop = ask.iptc.then(|| Photoshop::of(file, facts.format));
        let report = Self {
            size: ask.size.then_some(file.len() as u64),
            format: ask.format.then_some(facts.format.name()),
            mime_type: ask.format.then_some(facts.format.media_type()),
            width: ask.dimensions.then_some(size.width),
            height: ask.dimensions.then_some(size.height),
            orientation: ask.dimensions.then_some(facts.orientation.exif()),
            exif: exif::fields(metadata.exif.as_deref().unwrap_or_default(), ask.exif),
            iptc: iptc.map(iptc::fields).unwrap_or_default(),
            photoshop: photoshop.flatten(),
            xmp: packet.map(xmp::properties).unwrap_or_default(),
            colorspace: ask.colorspace.then(|| header::colorspace(facts)),
            bands: ask.bands.then(|| header::bands(facts)),
            sample_format: ask.sample_format.then(|| header::sample_format(facts)),
            pages_number: ask.pages_number.then(|| header::pages(file, facts)),
            alpha: alpha(facts, ask, look),
            crop: crop(&ask.crop, facts, look),
            hashsums: hashes::hashsums(file, &ask.hashsums),
            ..Self::default()
        };
        match look {
            Some(look) => report.with_statistics(ask, look),
            None => report,
        }
    }

    fn with_statistics(self, ask: &InfoAsk, look: &Look) -> Self {
        let pixels = look.pixels();
        let width = look.copy.width();
        let colors = usize::from(ask.palette);
        let dominant = ask.dominant_colors;
        Self {
            palette: (colors > 0).then(|| swatches(&pixels, colors)),
            average: average(&pixels, ask.average),
            dominant_colors: (dominant != DominantColorsAsk::Off)
                .then(|| Dominant::of(&pixels, dominant)),
            blurhash: ask
                .blurhash
                .and_then(|components| hashes::blurhash(&pixels, width, components)),
            thumb_hash: ask.thumb_hash.then(|| hashes::thumb_hash(&pixels, width)),
            perceptual_hash: ask
                .perceptual_hash
                .then(|| hashes::perceptual_hash(&pixels, width)),
            ..self
        }
    }
}

fn alpha(facts: &Facts, ask: &InfoAsk, look: Option<&Look>) -> Option<Alpha> {
    let transparency = match ask.alpha {
        AlphaAsk::Off => return None,
        AlphaAsk::Presence => None,
        AlphaAsk::Transparency => look.map(|look| look.transparent),
    };
    Some(Alpha {
        alpha: facts.alpha,
        transparency,
    })
}

fn crop(asked: &Crop, facts: &Facts, look: Option<&Look>) -> Option<CropBox> {
    let outer = header::size(facts);
    let inner = header::crop_size(asked, outer)?;
    let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
    let (width, height) = (
        share(inner.width, outer.width),
        share(inner.height, outer.height),
    );
    let smart = look.filter(|_| is_smart(asked));
    let (left, top) = match smart.map(|look| look.attention((width, height))) {
        Some((x, y)) => (x * (1.0 - width), y * (1.0 - height)),
        None => {
            let (x, y) = header::crop_place(asked, outer, inner);
            (share(x, outer.width), share(y, outer.height))
        }
    };
    Some(CropBox {
        left,
        top,
        width,
        height,
    })
}

fn swatches(pixels: &[[u8; 4]], colors: usize) -> Vec<Rgba> {
    let swatches = palette::palette(pixels, colors);
    swatches.iter().map(|swatch| swatch.color.into()).collect()
}

fn average(pixels: &[[u8; 4]], ask: AverageAsk) -> Option<Rgba> {
    match ask {
        AverageAsk::Off => None,
        AverageAsk::All => Some(palette::mean(pixels).into()),
        AverageAsk::IgnoreTransparent => {
            let visible = pixels.iter().copied().filter(|pixel| pixel[3] > 0);
            Some(palette::mean(&visible.collect::<Vec<_>>()).into())
        }
    }
}
