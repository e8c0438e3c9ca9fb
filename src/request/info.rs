//! What a request for information asks for.

use super::options::Chosen;
use super::print::Printer;
use super::{Answer, SourceUrl, names};
use crate::transform::ask::Choice;
use crate::transform::info::{AlphaAsk, AverageAsk, DominantColorsAsk, ExifAsk, InfoAsk};

/// A request for information about a source, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct InfoRequest {
    /// The source.
    pub source: SourceUrl,
    /// Canonical text of what was asked, presets applied: part of the cache key.
    pub asked: String,
    /// What is to be told.
    pub ask: InfoAsk,
    /// The most pixels of the source, instead of the settings' limit; 0 is no limit.
    pub max_src_pixels: Option<u64>,
    /// What concerns the answer and its making.
    pub answer: Answer,
}

impl InfoRequest {
    pub(super) fn new(source: SourceUrl, ask: InfoAsk, answer: Answer, choices: &[Chosen]) -> Self {
        let last = |pick: fn(&Choice) -> Option<u64>| {
            let mut picked = choices.iter().filter_map(|chosen| pick(&chosen.choice));
            picked.next_back()
        };
        Self {
            source,
            asked: asked(&ask, choices),
            ask,
            max_src_pixels: last(|choice| match choice {
                Choice::MaxSrcPixels(pixels) => Some(*pixels),
                _ => None,
            }),
            answer,
        }
    }
}

/// Every field, and after them what makes another entry of the same.
fn asked(ask: &InfoAsk, choices: &[Chosen]) -> String {
    let mut printer = Printer::new(":");
    header(&mut printer, ask);
    pixels(&mut printer, ask);
    for is_kind in KEYED {
        let mut all = choices.iter().map(|chosen| &chosen.choice);
        if let Some(choice) = all.rfind(|choice| is_kind(choice)) {
            printer.choice(choice);
        }
    }
    printer.finish()
}

const KEYED: [fn(&Choice) -> bool; 4] = [
    |choice| matches!(choice, Choice::Crop(_)),
    |choice| matches!(choice, Choice::Hashsum(_)),
    |choice| matches!(choice, Choice::CacheTags(_)),
    |choice| matches!(choice, Choice::Cachebuster(_)),
];

fn header(printer: &mut Printer<'_>, ask: &InfoAsk) {
    printer.switch("size", ask.size);
    printer.switch("format", ask.format);
    printer.switch("dimensions", ask.dimensions);
    let exif = match ask.exif {
        ExifAsk::Off => (0, 0),
        ExifAsk::Named => (1, 0),
        ExifAsk::Canonical => (1, 1),
    };
    printer.pair("exif", exif.0, exif.1);
    printer.switch("iptc", ask.iptc);
    printer.switch("xmp", ask.xmp);
    printer.switch("video_meta", ask.video_meta);
    printer.switch("colorspace", ask.colorspace);
    printer.switch("bands", ask.bands);
    printer.switch("sample_format", ask.sample_format);
    printer.switch("pages_number", ask.pages_number);
}

fn pixels(printer: &mut Printer<'_>, ask: &InfoAsk) {
    let alpha = match ask.alpha {
        AlphaAsk::Off => (0, 0),
        AlphaAsk::Presence => (1, 0),
        AlphaAsk::Transparency => (1, 1),
    };
    printer.pair("alpha", alpha.0, alpha.1);
    printer.plain("palette", ask.palette);
    let average = match ask.average {
        AverageAsk::Off => (0, 0),
        AverageAsk::IgnoreTransparent => (1, 1),
        AverageAsk::All => (1, 0),
    };
    printer.pair("average", average.0, average.1);
    let dominant = match ask.dominant_colors {
        DominantColorsAsk::Off => (0, 0),
        DominantColorsAsk::Found => (1, 0),
        DominantColorsAsk::BuildMissed => (1, 1),
    };
    printer.pair("dominant_colors", dominant.0, dominant.1);
    let (x, y) = ask.blurhash.unwrap_or_default();
    printer.pair("blurhash", x, y);
    printer.switch("thumb_hash", ask.thumb_hash);
    printer.switch("perceptual_hash", ask.perceptual_hash);
    printer.list(
        "calc_hashsums",
        ask.hashsums.iter().map(|kind| names::of_hash_kind(*kind)),
    );
    printer.plain("page", ask.page);
}
