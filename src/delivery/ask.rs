//! One request, with the keys it is found by.

use std::sync::{Arc, OnceLock};

use super::scopes::{self, Named};
use super::still::Still;
use crate::cache::{Digest, Key, KeyBuilder};
use crate::request::{Answer, InfoRequest, Request, SourceUrl};
use crate::source::Passed;
use crate::transform::ask::Variant;
use crate::transform::plan::{Defaults, OUTPUT_EPOCH, recipe};

/// What is asked for, and the digests that name it. Made once a request, or kept from an earlier one of the same
/// URL; the URL's own part is shared.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it is made of.
    pub(super) origin: Origin,
    /// What is made of it.
    pub(super) product: Product,
    /// What of the client's headers goes to the source.
    pub(super) passed: Passed,
    /// Names the entry: source, what was asked, variant.
    pub(super) key: Key,
    /// Names the flight: the entry, and the limits of the URL, which may end a flight but are no part of the entry.
    pub(super) flight: Key,
    /// Names the source's record.
    pub(super) source_key: Key,
    /// Digest of everything else that decides the bytes: settings, presets, the output epoch.
    pub(super) recipe: Digest,
    /// The path of the URL as it was sent, where that leads here again.
    pub(super) path: Option<Arc<str>>,
    /// The names under which caches in front of us may purge the answer, made at the first.
    labels: OnceLock<Box<str>>,
}

/// What something is made of.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The source that the URL names.
    Source,
    /// An image of our own, which stands in for it.
    Still(Arc<Still>),
}

/// What is made.
#[derive(Clone, Debug)]
pub(super) enum Product {
    /// A derivative.
    Image {
        /// What the URL asks for.
        request: Arc<Request>,
        /// What the client's headers chose.
        variant: Variant,
    },
    /// What is known of the source.
    Info(Arc<InfoRequest>),
}

impl Ask {
    /// Names the image that is asked for; `defaults` are the settings that decide bytes.
    pub(super) fn image(
        request: Arc<Request>,
        variant: Variant,
        passed: Passed,
        defaults: &Defaults,
    ) -> Self {
        Self::of(request, Origin::Source, (variant, passed), defaults)
    }

    /// The same ask, of an image of our own.
    pub(super) fn of_still(
        request: Arc<Request>,
        still: Arc<Still>,
        variant: Variant,
        defaults: &Defaults,
    ) -> Self {
        let chosen = (variant, Passed::none());
        Self::of(request, Origin::Still(still), chosen, defaults)
    }

    fn of(
        request: Arc<Request>,
        origin: Origin,
        (variant, passed): (Variant, Passed),
        defaults: &Defaults,
    ) -> Self {
        let names = Names {
            origin: &origin,
            source: &request.source,
            mark: request.watermark.as_ref(),
            passed: passed.digest(),
            bypass: request.answer.bypass_cache,
        };
        let key = names
            .part_of(KeyBuilder::new("entry"))
            .part("transform", request.asked.as_bytes())
            .part("variant", &variant_part(variant))
            .finish();
        let recipe = recipe(&request.transform, defaults, variant);
        Self {
            key,
            flight: flight(key, &request.answer, request.transform.max_src_pixels),
            source_key: names.part_of(KeyBuilder::new("source")).finish(),
            recipe: *blake3::hash(recipe.as_bytes()).as_bytes(),
            origin,
            product: Product::Image { request, variant },
            passed,
            path: None,
            labels: OnceLock::new(),
        }
    }

    /// The same, asked for by this path.
    pub(super) fn by(self, path: &str) -> Self {
        Self {
            path: Some(path.into()),
            ..self
        }
    }

    /// Names what is asked about a source.
    pub(super) fn info(request: Arc<InfoRequest>, passed: Passed) -> Self {
        let names = Names {
            origin: &Origin::Source,
            source: &request.source,
            mark: None,
            passed: passed.digest(),
            bypass: request.answer.bypass_cache,
        };
        let key = names
            .part_of(KeyBuilder::new("info"))
            .part("ask", request.asked.as_bytes())
            .finish();
        Self {
            key,
            flight: flight(key, &request.answer, request.max_src_pixels),
            source_key: names.part_of(KeyBuilder::new("source")).finish(),
            recipe: *blake3::hash(format!("info {OUTPUT_EPOCH}").as_bytes()).as_bytes(),
            origin: Origin::Source,
            product: Product::Info(request),
            passed,
            path: None,
            labels: OnceLock::new(),
        }
    }

    /// Whether it is for clients whose headers chose `variant`.
    pub fn is_for(&self, variant: Variant) -> bool {
        matches!(&self.product, Product::Image { variant: chosen, .. } if *chosen == variant)
    }

    /// The text that `make` makes of what the answer may be named by; made once.
    pub fn labels(&self, make: impl FnOnce(Named<'_>) -> String) -> &str {
        self.labels.get_or_init(|| make(self.named()).into())
    }

    pub(super) fn named(&self) -> Named<'_> {
        Named {
            source: self.named_source(),
            mark: self.mark(),
            url: match &self.product {
                Product::Image { request, .. } => scopes::url(request),
                Product::Info(request) => scopes::info_url(request),
            },
            variant: self.key,
            tags: &self.answer().cache_tags,
        }
    }

    /// What concerns the answer and not its bytes.
    pub(super) fn answer(&self) -> &Answer {
        match &self.product {
            Product::Image { request, .. } => &request.answer,
            Product::Info(request) => &request.answer,
        }
    }

    /// The source that the URL names.
    pub(super) fn named_source(&self) -> &SourceUrl {
        match &self.product {
            Product::Image { request, .. } => &request.source,
            Product::Info(request) => &request.source,
        }
    }

    /// The source, unless an image of our own stands in for it.
    pub(super) fn source(&self) -> Option<&SourceUrl> {
        match self.origin {
            Origin::Source => Some(self.named_source()),
            Origin::Still(_) => None,
        }
    }

    /// The source of the watermark that the URL names.
    pub(super) fn mark(&self) -> Option<&SourceUrl> {
        match &self.product {
            Product::Image { request, .. } => request.watermark.as_ref(),
            Product::Info(_) => None,
        }
    }

    /// The most pixels of the source, where the URL says so; 0 is as many as the settings allow.
    pub(super) fn max_src_pixels(&self) -> Option<u64> {
        match &self.product {
            Product::Image { request, .. } => request.transform.max_src_pixels,
            Product::Info(request) => request.max_src_pixels,
        }
    }
}

/// The key of the record of `source`, where nothing of a client passes to it and no watermark is beside it.
pub fn record_key(source: &SourceUrl) -> Key {
    let names = Names {
        origin: &Origin::Source,
        source,
        mark: None,
        passed: None,
        bypass: false,
    };
    names.part_of(KeyBuilder::new("source")).finish()
}

/// What the keys of entry and record have in common.
struct Names<'a> {
    origin: &'a Origin,
    source: &'a SourceUrl,
    /// A record is of source and watermark together: one that changed makes another image.
    mark: Option<&'a SourceUrl>,
    passed: Option<[u8; 32]>,
    bypass: bool,
}

impl Names<'_> {
    fn part_of(&self, mut key: KeyBuilder) -> KeyBuilder {
        key = match self.origin {
            Origin::Source => key.part("source", self.source.as_str().as_bytes()),
            Origin::Still(still) => key.part("still", &still.digest),
        };
        if let Some(mark) = self.mark {
            key = key.part("watermark", mark.as_str().as_bytes());
        }
        if let Some(digest) = self.passed {
            key = key.part("passed", &digest);
        }
        // Nobody who wants what is held joins a flight that keeps nothing.
        if self.bypass {
            key.part("bypass", &[1])
        } else {
            key
        }
    }
}

/// Nobody shares the failure of a flight that a limit of another URL ended.
fn flight(entry: Key, answer: &Answer, max_src_pixels: Option<u64>) -> Key {
    let limits = [answer.max_src_bytes, max_src_pixels];
    if limits == [None, None] {
        return entry;
    }
    let [bytes, pixels] = limits.map(|limit| limit.unwrap_or_default().to_be_bytes());
    KeyBuilder::new("flight")
        .part("entry", entry.as_bytes())
        .part("bytes", &bytes)
        .part("pixels", &pixels)
        .finish()
}

/// A byte or more for each field, all of them, so that no two variants are one.
fn variant_part(variant: Variant) -> [u8; 8] {
    let [a, b, c, d] = variant.width.unwrap_or_default().to_be_bytes();
    let Variant {
        webp,
        avif,
        dpr_tenths,
        width: _,
        save_data,
    } = variant;
    let dpr = dpr_tenths.unwrap_or_default();
    [webp.into(), avif.into(), dpr, save_data.into(), a, b, c, d]
}
