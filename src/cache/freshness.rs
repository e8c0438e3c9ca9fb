//! Whether an entry may be served, and what is wrong with it where it is not fresh. Pure.

use std::time::Duration;

use super::entry::{Digest, Header};
use super::record::Record;
use crate::clock::Timestamp;

/// How far ahead of the clock a validation may lie: what is further was written by a clock that was wrong.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// How long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Age of a source's last validation at which it is to be revalidated.
    pub ttl: Duration,
    /// Age at which an entry is not served any more, not even stale.
    pub keep: Duration,
}

/// What an entry is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It answers a request.
    Fresh,
    /// It may answer a request where nothing better can be had in time.
    Stale(StaleReason),
    /// It answers nothing any more.
    Gone,
}

/// Why an entry is stale, and so what makes it fresh. Of several reasons the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleReason {
    /// The source has other bytes now. It has to be fetched: a 304 would confirm those other bytes.
    Changed,
    /// The source was not validated within the TTL. A 304 makes the entry fresh.
    Expired,
    /// Another recipe would make it now. The source is fine; the entry can be remade at leisure.
    Recipe,
}

impl StaleReason {
    /// The text of logs and headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Expired => "expired",
            Self::Recipe => "recipe",
        }
    }
}

impl Lifetimes {
    /// Judges an entry by its `header`, the `record` of its source, and the `recipe` that would make it at `now`.
    ///
    /// Without a record nothing is known of a validation, and the entry is as old as its making.
    pub fn judge(
        &self,
        header: &Header,
        record: Option<&Record>,
        recipe: &Digest,
        now: Timestamp,
    ) -> Freshness {
        let validated = record.map_or(Timestamp::default(), |record| record.validated_at);
        if now.since(validated.max(header.created)) >= self.keep {
            Freshness::Gone
        } else if record.is_some_and(|record| record.digest != header.source_digest) {
            Freshness::Stale(StaleReason::Changed)
        } else if !self.is_current(validated, now) {
            Freshness::Stale(StaleReason::Expired)
        } else if &header.recipe != recipe {
            Freshness::Stale(StaleReason::Recipe)
        } else {
            Freshness::Fresh
        }
    }

    fn is_current(&self, validated: Timestamp, now: Timestamp) -> bool {
        validated <= now.after(CLOCK_SLACK) && now.since(validated) < self.ttl
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::header;
    use super::super::record::tests::sample as record;
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const MOMENT: Duration = Duration::from_millis(1);
    const LIFETIMES: Lifetimes = Lifetimes {
        ttl: DAY,
        keep: Duration::from_secs(30 * 24 * 60 * 60),
    };
    const RECIPE: Digest = [0x44; 32];
    const OTHER: Digest = [0x45; 32];

    #[test]
    fn an_entry_is_judged_by_its_source_its_recipe_and_time() {
        let made = header().created;
        let changed = Record {
            digest: [0; 32],
            ..record()
        };
        let revalidated = Record {
            validated_at: made.after(DAY * 40),
            ..record()
        };
        let soft_purged = Record {
            validated_at: Timestamp::default(),
            ..record()
        };
        let from_the_future = Record {
            validated_at: made.after(CLOCK_SLACK + MOMENT),
            ..record()
        };
        let expired = Freshness::Stale(StaleReason::Expired);
        let cases = [
            (
                "just validated",
                Some(record()),
                RECIPE,
                Duration::ZERO,
                Freshness::Fresh,
            ),
            (
                "within the TTL",
                Some(record()),
                RECIPE,
                DAY - MOMENT,
                Freshness::Fresh,
            ),
            ("at the TTL", Some(record()), RECIPE, DAY, expired),
            (
                "revalidated",
                Some(revalidated.clone()),
                RECIPE,
                DAY * 40,
                Freshness::Fresh,
            ),
            (
                "slightly ahead",
                Some(revalidated),
                RECIPE,
                DAY * 40 - CLOCK_SLACK,
                Freshness::Fresh,
            ),
            (
                "from a wrong clock",
                Some(from_the_future),
                RECIPE,
                Duration::ZERO,
                expired,
            ),
            ("without a record", None, RECIPE, Duration::ZERO, expired),
            (
                "soft purged",
                Some(soft_purged),
                RECIPE,
                Duration::ZERO,
                expired,
            ),
            (
                "other bytes",
                Some(changed.clone()),
                RECIPE,
                Duration::ZERO,
                Freshness::Stale(StaleReason::Changed),
            ),
            (
                "other bytes, long ago",
                Some(changed.clone()),
                OTHER,
                DAY,
                Freshness::Stale(StaleReason::Changed),
            ),
            (
                "another recipe",
                Some(record()),
                OTHER,
                Duration::ZERO,
                Freshness::Stale(StaleReason::Recipe),
            ),
            (
                "another recipe, at the TTL",
                Some(record()),
                OTHER,
                DAY,
                expired,
            ),
            (
                "almost past keeping",
                Some(record()),
                RECIPE,
                LIFETIMES.keep - MOMENT,
                expired,
            ),
            (
                "past keeping",
                Some(record()),
                RECIPE,
                LIFETIMES.keep,
                Freshness::Gone,
            ),
            (
                "past keeping, without a record",
                None,
                RECIPE,
                LIFETIMES.keep,
                Freshness::Gone,
            ),
            (
                "other bytes, past keeping",
                Some(changed),
                RECIPE,
                LIFETIMES.keep,
                Freshness::Gone,
            ),
        ];
        for (case, record, recipe, age, freshness) in cases {
            let judged = LIFETIMES.judge(&header(), record.as_ref(), &recipe, made.after(age));
            assert_eq!(judged, freshness, "{case}");
        }
    }
}
