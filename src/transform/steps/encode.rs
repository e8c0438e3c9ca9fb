//! What the file of the result keeps of the source's metadata.

use bytes::Bytes;

use crate::image::metadata::{Metadata, copyright_only, without_orientation};
use crate::transform::plan::{Profile, Steps, Tags};

/// The metadata of the source that is kept.
pub(in crate::transform) fn kept(steps: &Steps, source: &Metadata) -> Metadata {
    let tags = match steps.tags {
        Tags::Strip => Metadata::default(),
        Tags::KeepCopyright => copyright_only(source),
        Tags::Keep => source.clone(),
        Tags::KeepUpright => Metadata {
            exif: source.exif.as_deref().map(without_orientation),
            ..source.clone()
        },
    };
    Metadata {
        icc: kept_if(steps.profile == Profile::Keep, &source.icc),
        ..tags
    }
}

fn kept_if(keep: bool, block: &Option<Bytes>) -> Option<Bytes> {
    block.clone().filter(|_| keep)
}
