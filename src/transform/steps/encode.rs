//! Pixels to the file of the result.

use bytes::Bytes;

use super::exif;
use crate::image::metadata::Metadata;
use crate::image::{self, Error, Pixels};
use crate::transform::plan::{Profile, Steps, Tags};

/// Writes the result with the metadata of the source that is kept.
pub(in crate::transform) fn encode(
    pixels: &Pixels,
    steps: &Steps,
    source: &Metadata,
) -> Result<Vec<u8>, Error> {
    let options = image::encode::Options {
        metadata: kept(steps, source),
        ..steps.encoding.clone()
    };
    image::encode::encode(pixels, &options)
}

fn kept(steps: &Steps, source: &Metadata) -> Metadata {
    let keeps_tags = steps.tags != Tags::Strip;
    Metadata {
        icc: kept_if(steps.profile == Profile::Keep, &source.icc),
        exif: match steps.tags {
            Tags::KeepUpright => source.exif.as_deref().map(exif::upright),
            Tags::Keep => source.exif.clone(),
            Tags::Strip => None,
        },
        iptc: kept_if(keeps_tags, &source.iptc),
        xmp: kept_if(keeps_tags, &source.xmp),
    }
}

fn kept_if(keep: bool, block: &Option<Bytes>) -> Option<Bytes> {
    block.clone().filter(|_| keep)
}
