//! The choice of the output format.

use super::Defaults;
use crate::identify::Facts;
use crate::image::Format;
use crate::transform::ask::{Transform, Variant};

/// The format of the result.
///
/// The URL's, unless a negotiated WebP is enforced; else the negotiated one; else the source's if it is preferred;
/// else the first preferred one that can hold the result.
pub(super) fn choose(
    transform: &Transform,
    defaults: &Defaults,
    facts: &Facts,
    variant: Variant,
) -> Format {
    match transform.format {
        Some(format) if !(variant.webp && defaults.enforced.contains(&Format::WebP)) => format,
        _ if variant.webp => Format::WebP,
        _ if defaults.preferred_formats.contains(&facts.format) => facts.format,
        _ => preferred(transform, defaults, facts),
    }
}

fn preferred(transform: &Transform, defaults: &Defaults, facts: &Facts) -> Format {
    let needs_alpha = expects_alpha(transform, facts);
    let formats = || defaults.preferred_formats.iter().copied();
    formats()
        .find(|format| !needs_alpha || format.holds_alpha())
        .or_else(|| formats().next())
        // The settings see to it that there is one; PNG holds anything.
        .unwrap_or(Format::Png)
}

/// Whether the result may be transparent anywhere: the source is, or something is added around it, and no
/// background covers that.
fn expects_alpha(transform: &Transform, facts: &Facts) -> bool {
    let padded = transform.padding != crate::transform::ask::Padding::default();
    transform.background.is_none() && (facts.alpha || padded || transform.extend.enabled)
}
