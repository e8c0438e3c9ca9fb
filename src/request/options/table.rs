//! Every option of an image, by its names.

use super::Meaning::{self, Bypass, Plain, Presets, Security};
use super::ledger::Ledger;
use super::{Sheet, encoding, filters, geometry, handling, limits, output, placement, watermark};

/// The names of an option, the long one first, and what it does.
type Row = (&'static [&'static str], Meaning<Ledger>);

/// Every option that there is for images.
#[rustfmt::skip]
pub(super) const OPTIONS: &[Row] = &[
    (&["resize", "rs"], Plain(geometry::resize)),
    (&["size", "s"], Plain(geometry::size)),
    (&["resizing_type", "rt"], Plain(geometry::resizing_type)),
    (&["resizing_algorithm", "ra"], Plain(geometry::resizing_algorithm)),
    (&["width", "w"], Plain(geometry::width)),
    (&["height", "h"], Plain(geometry::height)),
    (&["min-width", "mw"], Plain(geometry::min_width)),
    (&["min-height", "mh"], Plain(geometry::min_height)),
    (&["zoom", "z"], Plain(geometry::zoom)),
    (&["dpr"], Plain(geometry::dpr)),
    (&["enlarge", "el"], Plain(geometry::enlarge)),
    (&["extend", "ex"], Plain(placement::extend)),
    (&["extend_aspect_ratio", "extend_ar", "exar"], Plain(placement::extend_aspect_ratio)),
    (&["gravity", "g"], Plain(placement::gravity)),
    (&["crop", "c"], Plain(placement::crop)),
    (&["crop_aspect_ratio", "crop_ar", "car"], Plain(placement::crop_aspect_ratio)),
    (&["trim", "t"], Plain(placement::trim)),
    (&["padding", "pd"], Plain(placement::padding)),
    (&["auto_rotate", "ar"], Plain(geometry::auto_rotate)),
    (&["rotate", "rot"], Plain(geometry::rotate)),
    (&["flip", "fl"], Plain(placement::flip)),
    (&["background", "bg"], Plain(output::background)),
    (&["background_alpha", "bga"], Plain(output::background_alpha)),
    (&["adjust", "a"], Plain(filters::adjust)),
    (&["brightness", "br"], Plain(filters::brightness)),
    (&["contrast", "co"], Plain(filters::contrast)),
    (&["saturation", "sa"], Plain(filters::saturation)),
    (&["monochrome", "mc"], Plain(filters::monochrome)),
    (&["duotone", "dt"], Plain(filters::duotone)),
    (&["blur", "bl"], Plain(filters::blur)),
    (&["sharpen", "sh"], Plain(filters::sharpen)),
    (&["pixelate", "pix"], Plain(filters::pixelate)),
    (&["unsharp_masking", "ush"], Plain(filters::unsharp_masking)),
    (&["colorize", "col"], Plain(filters::colorize)),
    (&["gradient", "gr"], Plain(filters::gradient)),
    (&["watermark", "wm"], Plain(watermark::watermark)),
    (&["watermark_url", "wmu"], Plain(watermark::watermark_url)),
    (&["watermark_text", "wmt"], Plain(watermark::watermark_text)),
    (&["watermark_size", "wms"], Plain(watermark::watermark_size)),
    (&["quality", "q"], Plain(encoding::quality)),
    (&["format_quality", "fq"], Plain(output::format_quality)),
    (&["autoquality", "aq"], Plain(encoding::autoquality)),
    (&["max_bytes", "mb"], Plain(encoding::max_bytes)),
    (&["jpeg_options", "jpgo"], Plain(encoding::jpeg_options)),
    (&["png_options", "pngo"], Plain(encoding::png_options)),
    (&["webp_options", "webpo"], Plain(encoding::webp_options)),
    (&["avif_options", "avifo"], Plain(encoding::avif_options)),
    (&["format", "f", "ext"], Plain(output::format)),
    (&["strip_metadata", "sm"], Plain(output::strip_metadata)),
    (&["keep_copyright", "kcr"], Plain(output::keep_copyright)),
    (&["dpi"], Plain(output::dpi)),
    (&["strip_color_profile", "scp"], Plain(output::strip_color_profile)),
    (&["preserve_hdr", "ph"], Plain(output::preserve_hdr)),
    (&["enforce_thumbnail", "eth"], Plain(output::enforce_thumbnail)),
    (&["page", "pg"], Plain(output::page)),
    (&["pages", "pgs"], Plain(output::pages)),
    (&["disable_animation", "da"], Plain(output::disable_animation)),
    // The last is what the official client for Node writes.
    (&["skip_processing", "skp", "sp"], Plain(output::skip_processing)),
    (&["raw"], Plain(handling::raw)),
    (&["cachebuster", "cb"], Plain(handling::cachebuster)),
    (&["expires", "exp"], Plain(handling::expires)),
    (&["filename", "fn"], Plain(handling::filename)),
    (&["return_attachment", "att"], Plain(handling::return_attachment)),
    (&["fallback_image_url", "fiu"], Plain(handling::fallback_image_url)),
    (&["hashsum", "hs"], Plain(handling::hashsum)),
    (&["cache_tags", "ct"], Plain(handling::cache_tags)),
    (&["bypass_cache", "bc"], Bypass(handling::bypass_cache)),
    (&["max_src_resolution", "msr"], Security(limits::max_src_resolution)),
    (&["max_src_file_size", "msfs"], Security(limits::max_src_file_size)),
    (&["max_animation_frames", "maf"], Security(limits::max_animation_frames)),
    (&["max_animation_frame_resolution", "mafr"], Security(limits::max_animation_frame_resolution)),
    (&["max_result_dimension", "mrd"], Security(limits::max_result_dimension)),
    (&["preset", "pr"], Presets),
];

impl Sheet for Ledger {
    fn meaning(name: &str) -> Option<Meaning<Self>> {
        find(OPTIONS, name)
    }

    fn ledger(&mut self) -> &mut Ledger {
        self
    }
}

/// What the option of a name does.
pub(super) fn find<L>(options: &[(&[&str], Meaning<L>)], name: &str) -> Option<Meaning<L>> {
    let row = options.iter().find(|(names, _)| names.contains(&name))?;
    Some(row.1)
}
