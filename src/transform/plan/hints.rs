//! What the client's headers add to the ask.

use std::borrow::Cow;

use crate::transform::ask::{Transform, Variant};

/// The ask with the width and the device pixel ratio of the client, which belong to its first pipeline.
pub(super) fn applied(transform: &Transform, variant: Variant) -> Cow<'_, Transform> {
    if variant.width.is_none() && variant.dpr_tenths.is_none() {
        return Cow::Borrowed(transform);
    }
    Cow::Owned(Transform {
        width: variant.width.unwrap_or(transform.width),
        dpr: variant
            .dpr_tenths
            .filter(|tenths| *tenths > 0)
            .map_or(transform.dpr, |tenths| f64::from(tenths) / 10.0),
        ..transform.clone()
    })
}
