//! How the file of the result is written.

use std::iter;

use super::Defaults;
use super::case::Case;
use super::search::Search;
use super::steps::Tags;
use crate::image::metadata::Metadata;
use crate::image::{Format, encode};
use crate::optimize::{Goal, Stage};
use crate::transform::ask::Transform;

/// The quality that is left of a setting's for a client that asked for fewer bytes, in hundredths.
const SAVED_QUALITY_PERCENT: u32 = 75;

/// The least side that is written as AVIF: below it, decoders have trouble and nothing is saved.
pub(in crate::transform) const LEAST_AVIF_SIDE_PX: u32 = 16;

/// How the file of the result is written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Output {
    /// How the format is written that was chosen, or is tried first.
    main: Way,
    /// How the other formats are written that may come out, in the order in which they are tried.
    others: Vec<Way>,
    /// Which of them comes out.
    pub(in crate::transform) selection: Selection,
    /// The most bytes of the file, as far as quality brings it there; 0 is no limit.
    pub(in crate::transform) max_bytes: u64,
}

/// How one format is written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Way {
    /// Everything that is said. Metadata is filled in when the source's is known.
    pub(in crate::transform) options: encode::Options,
    /// How its quality is found.
    pub(in crate::transform) search: Search,
    /// How JPEG is written where nobody waits.
    pub(super) jpeg_effort: encode::JpegOptions,
}

impl Way {
    /// The same, with metadata to embed.
    pub(in crate::transform) fn with_metadata(&self, metadata: &Metadata) -> Self {
        Self {
            options: encode::Options {
                metadata: metadata.clone(),
                ..self.options.clone()
            },
            ..self.clone()
        }
    }

    /// What is said and what is looked for, where quality is found by how it looks.
    pub(in crate::transform) const fn searched(&self) -> Option<(&encode::Options, &Goal)> {
        match &self.search {
            Search::Score(goal) => Some((&self.options, goal)),
            Search::Fixed | Search::Bytes { .. } => None,
        }
    }
}

/// Which of several formats comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Selection {
    /// The first; the others where the picture is too small for it.
    First,
    /// That of the smallest file.
    Smallest,
}

impl Output {
    /// How the format that comes first is written.
    pub(in crate::transform) const fn main(&self) -> &Way {
        &self.main
    }

    /// The format that comes first.
    pub(in crate::transform) const fn format(&self) -> Format {
        self.main.options.format
    }

    /// How each of the formats is written that may come out, in order.
    pub(in crate::transform) fn ways(&self) -> impl Iterator<Item = &Way> {
        iter::once(&self.main).chain(&self.others)
    }

    /// How a format is written, where it may come out.
    pub(in crate::transform) fn way(&self, format: Format) -> Option<&Way> {
        self.ways().find(|way| way.options.format == format)
    }

    /// Whether the quality of a file is found by how it looks.
    pub(super) fn is_measured(&self) -> bool {
        self.ways().any(|way| way.searched().is_some())
    }

    /// Whether it is for nobody who waits.
    pub(super) fn is_refined(&self) -> bool {
        let mut searched = self.ways().filter_map(Way::searched);
        searched.any(|(_, goal)| goal.stage == Stage::Refined)
    }

    /// The same, with every search changed.
    pub(super) fn searching(mut self, change: impl Fn(Search) -> Search) -> Self {
        for way in iter::once(&mut self.main).chain(&mut self.others) {
            way.search = change(way.search.clone());
        }
        self
    }
}

impl Output {
    /// The same for nobody who waits.
    pub(super) fn refined(self) -> Self {
        Self {
            main: self.main.refined(),
            others: self.others.into_iter().map(Way::refined).collect(),
            ..self
        }
    }
}

impl Case<'_> {
    /// The output in the format that was chosen.
    pub(super) fn output(&self, format: Format) -> Output {
        let stand_ins: &[Format] = match format {
            // The least sizes are written as one of these; whether there is alpha, the pixels tell.
            Format::Avif => &[Format::Png, Format::Jpeg],
            _ => &[],
        };
        self.output_in(format, stand_ins, Selection::First)
    }

    /// The output in the smallest of the formats that the client takes.
    pub(super) fn smallest_output(&self) -> Output {
        let negotiated = [
            (Format::WebP, self.variant.webp),
            (Format::Avif, self.variant.avif),
        ];
        let negotiated = negotiated
            .into_iter()
            .filter(|(format, taken)| *taken && format.encodes())
            .map(|(format, _)| format);
        let others: Vec<_> = iter::once(Format::Png).chain(negotiated).collect();
        self.output_in(Format::Jpeg, &others, Selection::Smallest)
    }

    fn output_in(&self, main: Format, others: &[Format], selection: Selection) -> Output {
        Output {
            main: self.way(main),
            others: others.iter().map(|format| self.way(*format)).collect(),
            selection,
            max_bytes: self.transform.max_bytes,
        }
    }

    fn way(&self, format: Format) -> Way {
        let options = encode::Options {
            format,
            quality: quality(self.transform, self.defaults, format, self.saving()),
            jpeg: jpeg(self.transform, self.defaults),
            png: png(self.transform, self.defaults),
            webp: webp(self.transform, self.defaults),
            avif: avif(self.transform, self.defaults),
            dpi: self.dpi(),
            metadata: Metadata::default(),
        };
        Way {
            jpeg_effort: self.jpeg_effort(options.jpeg),
            options,
            search: self.search(format),
        }
    }

    fn saving(&self) -> Saving {
        if self.variant.save_data {
            Saving::Bytes
        } else {
            Saving::Nothing
        }
    }

    /// The resolution that was asked for, or where metadata is dropped, that of the settings.
    fn dpi(&self) -> Option<f64> {
        let of_settings = Some(self.defaults.strip_metadata_dpi);
        let stripped = of_settings.filter(|dpi| *dpi > 0.0 && self.strips_metadata());
        self.transform.dpi.or(stripped)
    }

    fn strips_metadata(&self) -> bool {
        self.transform
            .strip_metadata
            .unwrap_or(self.defaults.strip_metadata)
    }

    pub(super) fn tags(&self) -> Tags {
        let keeps_copyright = self
            .transform
            .keep_copyright
            .unwrap_or(self.defaults.keep_copyright);
        match (self.strips_metadata(), self.auto_rotates()) {
            (true, _) if keeps_copyright => Tags::KeepCopyright,
            (true, _) => Tags::Strip,
            (false, true) => Tags::KeepUpright,
            (false, false) => Tags::Keep,
        }
    }
}

/// Whether the client asked for fewer bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saving {
    Nothing,
    Bytes,
}

/// The URL's quality, then the URL's for this format, then the settings' for it, then the settings'; the settings'
/// are lowered for a client that saves bytes.
pub(super) fn quality(
    transform: &Transform,
    defaults: &Defaults,
    format: Format,
    saving: Saving,
) -> u8 {
    let of_format = |qualities: &[(Format, u8)]| {
        let named = qualities.iter().find(|(named, _)| *named == format);
        named.map(|(_, quality)| *quality)
    };
    let of_url = transform
        .quality
        .or_else(|| of_format(&transform.format_quality));
    let of_settings = || {
        let quality = of_format(&defaults.format_quality).unwrap_or(defaults.quality);
        match saving {
            Saving::Nothing => quality,
            Saving::Bytes => (u32::from(quality) * SAVED_QUALITY_PERCENT / 100) as u8,
        }
    };
    of_url.unwrap_or_else(of_settings).clamp(1, 100)
}

pub(super) fn jpeg(transform: &Transform, defaults: &Defaults) -> encode::JpegOptions {
    let (asked, settings) = (transform.jpeg, defaults.jpeg);
    encode::JpegOptions {
        progressive: asked.progressive.unwrap_or(settings.progressive),
        subsample: match asked.no_subsample {
            Some(true) => encode::JpegSubsample::Off,
            Some(false) => encode::JpegSubsample::Auto,
            None => settings.subsample,
        },
        trellis_quant: asked.trellis_quant.unwrap_or(settings.trellis_quant),
        overshoot_deringing: asked
            .overshoot_deringing
            .unwrap_or(settings.overshoot_deringing),
        optimize_scans: asked.optimize_scans.unwrap_or(settings.optimize_scans),
        quant_table: asked.quant_table.unwrap_or(settings.quant_table),
    }
}

/// Interlacing is not written.
pub(super) fn png(transform: &Transform, defaults: &Defaults) -> encode::PngOptions {
    let (asked, settings) = (transform.png, defaults.png);
    encode::PngOptions {
        quantize: asked.quantize.unwrap_or(settings.quantize),
        colors: asked.colors.unwrap_or(settings.colors),
    }
}

pub(super) fn webp(transform: &Transform, defaults: &Defaults) -> encode::WebpOptions {
    let (asked, settings) = (transform.webp, defaults.webp);
    encode::WebpOptions {
        effort: settings.effort,
        compression: asked.compression.unwrap_or(settings.compression),
        smart_subsample: asked.smart_subsample.unwrap_or(settings.smart_subsample),
        preset: asked.preset.unwrap_or(settings.preset),
    }
}

pub(super) fn avif(transform: &Transform, defaults: &Defaults) -> encode::AvifOptions {
    let (asked, settings) = (transform.avif, defaults.avif);
    encode::AvifOptions {
        speed: settings.speed,
        subsample: asked.subsample.unwrap_or(settings.subsample),
    }
}
