//! One request for an image, with the keys it is found by.

use crate::cache::{Key, KeyBuilder};
use crate::request::Request;
use crate::transform::ask::Variant;
use crate::transform::plan::{Defaults, recipe};

/// What is asked for, and the digests that name it. Made once a request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The parsed URL.
    pub request: Request,
    /// What the client's headers chose.
    pub variant: Variant,
    /// Names the entry: source, transform as asked, variant.
    pub(super) key: Key,
    /// Names the source's record.
    pub(super) source_key: Key,
    /// Digest of everything else that decides the bytes: settings, presets, the output epoch.
    pub(super) recipe: [u8; 32],
}

impl Ask {
    /// Names what is asked for; `defaults` are the settings that decide bytes.
    pub fn new(request: Request, variant: Variant, defaults: &Defaults) -> Self {
        let source = request.source.as_str().as_bytes();
        let key = KeyBuilder::new("entry")
            .part("source", source)
            .part("transform", request.asked.as_bytes())
            .part("variant", &variant_part(variant))
            .finish();
        let source_key = KeyBuilder::new("source").part("source", source).finish();
        let recipe =
            *blake3::hash(recipe(&request.transform, defaults, variant).as_bytes()).as_bytes();
        Self {
            request,
            variant,
            key,
            source_key,
            recipe,
        }
    }
}

/// A byte or more for each field, all of them, so that no two variants are one.
fn variant_part(variant: Variant) -> [u8; 8] {
    let [a, b, c, d] = variant.width.unwrap_or_default().to_be_bytes();
    [
        u8::from(variant.webp),
        u8::from(variant.avif),
        variant.dpr_tenths.unwrap_or_default(),
        u8::from(variant.save_data),
        a,
        b,
        c,
        d,
    ]
}
