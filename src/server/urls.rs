//! URLs that were read before, so that the next request for one of them costs a look-up.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;

use crate::delivery::{Ask, Delivery, Wanted};
use crate::request::{Error, InfoRequest, Named, Parser, Request};

/// URLs that are kept; each takes some 3 KiB.
const SLOTS: usize = 4096;
/// Longer targets are read each time.
const LONGEST_KEPT: usize = 1024;
/// Variants of a URL that are kept: with, without, and neither of the two formats that clients choose.
const KEPT_VARIANTS: usize = 3;

/// Reads URLs, and keeps what it has read.
///
/// Kept is what the whole target and the parser decide, and nothing else: a target of other bytes is another URL,
/// whose signature is checked. When a URL expires and whether its sources are allowed is judged at each request. A
/// reload puts another in its place, so that nothing outlives the keys and presets that it was read with.
#[derive(Debug)]
pub struct Urls {
    parser: Arc<Parser>,
    hasher: RandomState,
    /// Each target has one place, where the last comer stays.
    slots: Box<[ArcSwapOption<Known>]>,
}

/// A URL that was understood.
#[derive(Debug)]
pub(super) struct Known {
    /// As it was sent.
    pub(super) target: Box<str>,
    /// What it asks for.
    pub(super) request: Arc<Request>,
    /// The same, named, for clients of whom nothing passes to the source; of each variant one, in no order.
    asks: [OnceLock<Ask>; KEPT_VARIANTS],
}

impl Urls {
    /// Reads URLs with `parser`.
    pub fn new(parser: Arc<Parser>) -> Self {
        Self::with_slots(parser, SLOTS)
    }

    fn with_slots(parser: Arc<Parser>, slots: usize) -> Self {
        Self {
            parser,
            hasher: RandomState::new(),
            slots: (0..slots).map(|_| ArcSwapOption::empty()).collect(),
        }
    }

    /// Reads the target of a request for an image.
    pub(super) fn read(&self, target: &str) -> Result<Arc<Known>, Error> {
        let slot = self.slot(target);
        if let Some(known) = slot
            .load()
            .as_ref()
            .filter(|known| *known.target == *target)
        {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(Known::new(target, self.parser.parse(target)?));
        if target.len() <= LONGEST_KEPT {
            slot.store(Some(Arc::clone(&known)));
        }
        Ok(known)
    }

    /// Reads the target of a request for what is known of a source.
    pub(super) fn read_info(&self, target: &str) -> Result<InfoRequest, Error> {
        self.parser.parse_info(target)
    }

    /// Reads a target of either kind, whatever its signature says, and keeps nothing; says too whether the signature
    /// is good.
    pub(super) fn read_unsigned(&self, target: &str) -> Result<(Named, bool), Error> {
        let named = self.parser.parse_unsigned(target)?;
        let signed = match &named {
            Named::Image(_) => self.parser.parse(target).map(|_| ()),
            Named::Info(_) => self.parser.parse_info(target).map(|_| ()),
        };
        Ok((named, signed.is_ok()))
    }

    fn slot(&self, target: &str) -> &ArcSwapOption<Known> {
        let hash = self.hasher.hash_one(target) as usize;
        &self.slots[hash % self.slots.len()]
    }
}

impl Known {
    fn new(target: &str, request: Request) -> Self {
        Self {
            target: target.into(),
            request: Arc::new(request),
            asks: Default::default(),
        }
    }

    /// What a client asks for with it; `wanted` is of its request.
    pub(super) fn ask(&self, delivery: &Delivery, wanted: Wanted<'_>) -> Cow<'_, Ask> {
        if delivery.passes(&wanted) {
            return Cow::Owned(delivery.ask(wanted));
        }
        let kept = self.asks.iter();
        let mut kept = kept.map(|place| place.get_or_init(|| delivery.ask(wanted)));
        match kept.find(|ask| ask.is_for(wanted.variant)) {
            Some(ask) => Cow::Borrowed(ask),
            None => Cow::Owned(delivery.ask(wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Config, FULL_SIZE, KeyPair, Signer};

    const CAT: &str = "/w:1/plain/http://shop.example/cat.jpg";
    const DOG: &str = "/w:2/plain/http://shop.example/dog.jpg";

    fn keys() -> Vec<KeyPair> {
        vec![KeyPair {
            key: b"secret".to_vec(),
            salt: b"hello".to_vec(),
        }]
    }

    /// With one place, so that every two targets meet.
    fn urls() -> Urls {
        let config = Config {
            keys: keys(),
            signature_size: FULL_SIZE,
            ..Config::default()
        };
        Urls::with_slots(Arc::new(Parser::try_new(config).expect("holds")), 1)
    }

    fn signature(path: &str) -> String {
        let signer = Signer::try_new(&keys(), FULL_SIZE).expect("a key");
        signer.sign(path)
    }

    fn signed(path: &str) -> String {
        format!("/{}{path}", signature(path))
    }

    #[test]
    fn a_url_that_comes_again_is_not_read_again() {
        let urls = urls();
        let first = urls.read(&signed(CAT)).expect("is signed");
        let again = urls.read(&signed(CAT)).expect("is kept");
        assert!(Arc::ptr_eq(&first, &again));
    }

    #[test]
    fn a_kept_url_vouches_for_no_other() {
        let urls = urls();
        urls.read(&signed(CAT)).expect("is signed");
        let stolen = format!("/{}{DOG}", signature(CAT));
        let unsigned = format!("/unsafe{CAT}");
        let longer = format!("{}x", signed(CAT));
        for forged in [stolen, unsigned, longer, CAT.to_owned()] {
            let refused = urls.read(&forged);
            assert!(matches!(refused, Err(Error::Forbidden)), "{forged}");
        }
    }

    #[test]
    fn urls_that_share_a_place_do_not_share_what_they_ask() {
        let urls = urls();
        for (path, asked) in [(CAT, "width:1"), (DOG, "width:2"), (CAT, "width:1")] {
            let known = urls.read(&signed(path)).expect("is signed");
            assert_eq!(known.request.asked, asked);
        }
    }

    #[test]
    fn long_urls_are_read_each_time() {
        let urls = urls();
        let target = signed(&format!("{CAT}{}", "x".repeat(LONGEST_KEPT)));
        let first = urls.read(&target).expect("is signed");
        let again = urls.read(&target).expect("is signed");
        assert!(!Arc::ptr_eq(&first, &again));
    }
}
