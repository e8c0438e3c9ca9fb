//! One text for choices that mean the same.

use super::options::{Chosen, Origin};
use super::print::print;
use crate::transform::ask::Choice;

/// The canonical choices: presets and beginnings of pipelines stay where they are, and in each run between two
/// of them the later of a kind stands for all of its kind, and kinds are in one order.
///
/// Applied twice it changes nothing more. It changes no meaning, since every choice is complete in itself.
pub(super) fn canonical<'c>(choices: impl IntoIterator<Item = &'c Choice>) -> Vec<&'c Choice> {
    let mut sorted: Vec<&Choice> = Vec::new();
    let mut run = 0;
    for choice in choices {
        if matches!(choice, Choice::Preset(_) | Choice::NextPipeline) {
            sorted.push(choice);
            run = sorted.len();
            continue;
        }
        match sorted[run..].binary_search_by_key(&rank(choice), |other| rank(other)) {
            Ok(at) => sorted[run + at] = choice,
            Err(at) => sorted.insert(run + at, choice),
        }
    }
    sorted
}

/// The canonical text of what a URL asks for: presets by name, and without what is decided for each answer
/// anew (`expires`, `filename`, `return_attachment`, `bypass_cache`, the limit of the source's bytes). The limit of its
/// pixels is in it: a drawing above it is drawn smaller.
///
/// What no recipe tells stands last, also where a preset set it: a new cachebuster, tag, checksum or fallback must
/// change the text.
pub(super) fn asked(choices: &[Chosen], separator: &str) -> String {
    let written = choices
        .iter()
        .filter(|chosen| chosen.origin == Origin::Url)
        .map(|chosen| &chosen.choice)
        .filter(|choice| standing(choice) == Standing::InPlace);
    let last = OUTSIDE_THE_RECIPE
        .iter()
        .filter_map(|is_kind| last_of(choices, is_kind))
        .filter(|choice| says_something(choice));
    print(canonical(written).into_iter().chain(last), separator)
}

/// The kinds of choice that stand last, in their order.
const OUTSIDE_THE_RECIPE: [fn(&Choice) -> bool; 4] = [
    |choice| matches!(choice, Choice::FallbackImageUrl(_)),
    |choice| matches!(choice, Choice::Hashsum(_)),
    |choice| matches!(choice, Choice::CacheTags(_)),
    |choice| matches!(choice, Choice::Cachebuster(_)),
];

fn last_of<'c>(choices: &'c [Chosen], is_kind: &fn(&Choice) -> bool) -> Option<&'c Choice> {
    let mut all = choices.iter().map(|chosen| &chosen.choice);
    all.rfind(|choice| is_kind(choice))
}

fn says_something(choice: &Choice) -> bool {
    match choice {
        Choice::FallbackImageUrl(text) | Choice::Cachebuster(text) => !text.is_empty(),
        Choice::CacheTags(tags) => !tags.is_empty(),
        Choice::Hashsum(hashsum) => hashsum.is_some(),
        _ => true,
    }
}

/// Where a choice stands in the text of what was asked.
#[derive(PartialEq, Eq)]
enum Standing {
    InPlace,
    Last,
    /// It is decided for each answer anew.
    Nowhere,
}

fn standing(choice: &Choice) -> Standing {
    match choice {
        Choice::Expires(_)
        | Choice::Filename(_)
        | Choice::ReturnAttachment(_)
        | Choice::BypassCache(_)
        | Choice::MaxSrcBytes(_) => Standing::Nowhere,
        choice if OUTSIDE_THE_RECIPE.iter().any(|is_kind| is_kind(choice)) => Standing::Last,
        _ => Standing::InPlace,
    }
}

/// The place of a kind among kinds; choices of one kind share it.
const fn rank(choice: &Choice) -> u8 {
    match choice {
        Choice::ResizingType(_) => 0,
        Choice::Width(_) => 1,
        Choice::Height(_) => 2,
        Choice::MinWidth(_) => 3,
        Choice::MinHeight(_) => 4,
        Choice::Zoom(_) => 5,
        Choice::Dpr(_) => 6,
        Choice::Enlarge(_) => 7,
        Choice::Extend(_) => 8,
        Choice::ExtendAspectRatio(_) => 9,
        Choice::Gravity(_) => 10,
        Choice::ResizingAlgorithm(_) => 11,
        Choice::Crop(_) => 12,
        Choice::CropAspectRatio(_) => 13,
        Choice::Trim(_) => 14,
        Choice::Padding(_) => 15,
        Choice::AutoRotate(_) => 16,
        Choice::Rotate(_) => 17,
        Choice::Flip(_) => 18,
        Choice::Background(_) => 19,
        Choice::BackgroundAlpha(_) => 20,
        Choice::Brightness(_) => 21,
        Choice::Contrast(_) => 22,
        Choice::Saturation(_) => 23,
        Choice::Monochrome(_) => 24,
        Choice::Duotone(_) => 25,
        Choice::Blur(_) => 26,
        Choice::Sharpen(_) => 27,
        Choice::Pixelate(_) => 28,
        Choice::UnsharpMasking(_) => 29,
        Choice::Colorize(_) => 30,
        Choice::Gradient(_) => 31,
        Choice::Watermark(_) => 32,
        Choice::WatermarkUrl(_) => 33,
        Choice::WatermarkText(_) => 34,
        Choice::WatermarkSize { .. } => 35,
        Choice::Quality(_) => 36,
        Choice::FormatQuality(_) => 37,
        Choice::Autoquality(_) => 38,
        Choice::MaxBytes(_) => 39,
        Choice::JpegOptions(_) => 40,
        Choice::PngOptions(_) => 41,
        Choice::WebpOptions(_) => 42,
        Choice::AvifOptions(_) => 43,
        Choice::Format(_) | Choice::BestFormat => 44,
        Choice::StripMetadata(_) => 45,
        Choice::KeepCopyright(_) => 46,
        Choice::Dpi(_) => 47,
        Choice::PreserveHdr(_) => 48,
        Choice::EnforceThumbnail(_) => 49,
        Choice::Page(_) => 50,
        Choice::Pages(_) => 51,
        Choice::DisableAnimation(_) => 52,
        Choice::StripColorProfile(_) => 53,
        Choice::SkipProcessing(_) => 54,
        Choice::MaxSrcPixels(_) => 55,
        Choice::MaxSrcBytes(_) => 56,
        Choice::MaxAnimationFrames(_) => 57,
        Choice::MaxAnimationFramePixels(_) => 58,
        Choice::MaxResultDimension(_) => 59,
        Choice::Raw(_) => 60,
        Choice::FallbackImageUrl(_) => 61,
        Choice::Hashsum(_) => 62,
        Choice::BypassCache(_) => 63,
        Choice::CacheTags(_) => 64,
        Choice::Cachebuster(_) => 65,
        Choice::Expires(_) => 66,
        Choice::Filename(_) => 67,
        Choice::ReturnAttachment(_) => 68,
        Choice::NextPipeline => 69,
        Choice::Preset(_) => 70,
    }
}
