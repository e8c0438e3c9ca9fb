//! Whether an entry may be served, and what is wrong with it where it is not fresh. Pure.

use std::time::Duration;

use super::entry::{Class, Digest, Header};
use super::purge::Floor;
use super::record::Record;
use super::terms::Terms;
use crate::clock::Timestamp;

/// How far ahead of the clock a validation may lie: what is further was written by a clock that was wrong.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Age of a source's last validation at which it is to be revalidated, where its origin says nothing.
    pub ttl: Duration,
    /// The least that counts of what an origin says.
    pub floor: Duration,
    /// The most that counts of what an origin says.
    pub ceiling: Duration,
    /// How much longer an entry answers at once while its source is revalidated behind.
    pub stale_while_revalidate: Duration,
    /// How much longer an entry answers where its source fails; `None` is for as long as it is kept.
    pub stale_if_error: Option<Duration>,
    /// Ages at which entries are not served any more, not even stale.
    pub keep: Keep,
}

/// How long entries are kept, by their class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Variants, from the last validation of their source.
    pub variants: Duration,
    /// Results of uploads by the API, from their making.
    pub uploads: Duration,
    /// Results of uploads from the web page, from their making.
    pub web_uploads: Duration,
}

/// What an entry is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It answers a request.
    Fresh,
    /// It may answer a request where nothing better can be had in time.
    Stale(StaleReason, Grace),
    /// It answers nothing any more.
    Gone,
}

/// Why an entry is stale, and so what makes it fresh. Of several reasons the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleReason {
    /// The source has other bytes now. It has to be fetched: a 304 would confirm those other bytes.
    Changed,
    /// It was purged softly. A 304 makes the entry fresh.
    Purged,
    /// The source was not validated within its lifetime. A 304 makes the entry fresh.
    Expired,
    /// Another recipe would make it now. The source is fine; the entry can be remade at leisure.
    Recipe,
}

/// How far a stale entry may be used. The order is from less to more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grace {
    /// Not at all: it is only good for being confirmed by its source.
    Spent,
    /// Where the source fails.
    OnError,
    /// At once, while the source is asked behind.
    AtOnce,
}

/// What an entry is judged by, besides its header and the time.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What is known of its source.
    pub record: Option<&'a Record>,
    /// What would make it now.
    pub recipe: &'a Digest,
    /// The last purges that concern it.
    pub floor: Floor,
}

impl Default for Lifetimes {
    /// A day; what an origin says between nothing and 30 days; nothing stale but where the source fails.
    fn default() -> Self {
        Self {
            ttl: DAY,
            floor: Duration::ZERO,
            ceiling: DAY * 30,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: None,
            keep: Keep::default(),
        }
    }
}

impl Default for Keep {
    /// Variants for 30 days, results of uploads for 1 hour, those from the web page for 12.
    fn default() -> Self {
        Self {
            variants: DAY * 30,
            uploads: DAY / 24,
            web_uploads: DAY / 2,
        }
    }
}

impl StaleReason {
    /// The text of logs and headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Purged => "purged",
            Self::Expired => "expired",
            Self::Recipe => "recipe",
        }
    }
}

impl Keep {
    /// When an entry may go that was made at `created` and whose source was validated at `validated`.
    pub fn until(&self, class: Class, created: Timestamp, validated: Timestamp) -> Timestamp {
        match class {
            Class::Variant => created.max(validated).after(self.variants),
            Class::Upload => created.after(self.uploads),
            Class::WebUpload => created.after(self.web_uploads),
        }
    }
}

impl Lifetimes {
    /// Judges the entry of `header` by what is `known` at `now`.
    ///
    /// Without a record nothing is known of a validation, and the entry is as old as its making.
    pub fn judge(&self, header: &Header, known: &Known<'_>, now: Timestamp) -> Freshness {
        let record = known.record;
        let validated = record.map_or(Timestamp::default(), |record| record.validated_at);
        let until = self.keep.until(header.class, header.created, validated);
        if header.sequence < known.floor.hard || until <= now {
            return Freshness::Gone;
        }
        let age = self.age(validated, now);
        let fresh_for = self.fresh_for(record);
        if record.is_some_and(|record| record.digest != header.source_digest) {
            Freshness::Stale(
                StaleReason::Changed,
                self.grace(record, age).min(Grace::OnError),
            )
        } else if record.is_some_and(|record| record.sequence < known.floor.soft) {
            Freshness::Stale(
                StaleReason::Purged,
                self.grace(record, age.min(Some(fresh_for))),
            )
        } else if age.is_none_or(|age| age >= fresh_for) {
            Freshness::Stale(StaleReason::Expired, self.grace(record, age))
        } else if &header.recipe != known.recipe {
            Freshness::Stale(StaleReason::Recipe, Grace::AtOnce)
        } else {
            Freshness::Fresh
        }
    }

    /// How much longer its origin lets what is known of a source be used at `now`; `None` where it gave no time.
    pub fn remaining(&self, record: &Record, now: Timestamp) -> Option<Duration> {
        record.terms.fresh_for?;
        let age = now.since(record.validated_at);
        Some(self.fresh_for(Some(record)).saturating_sub(age))
    }

    /// Until when a source with this `record` needs no validation.
    pub(super) fn fresh_until(&self, record: &Record) -> Timestamp {
        record.validated_at.after(self.fresh_for(Some(record)))
    }

    /// Time since the last validation; `None` where there was none, or a clock that was wrong wrote it down.
    fn age(&self, validated: Timestamp, now: Timestamp) -> Option<Duration> {
        let is_known = validated > Timestamp::default() && validated <= now.after(CLOCK_SLACK);
        is_known.then(|| now.since(validated))
    }

    fn fresh_for(&self, record: Option<&Record>) -> Duration {
        let said = record.and_then(|record| record.terms.fresh_for);
        // The ceiling wins where somebody set it below the floor.
        said.map_or(self.ttl, |time| time.max(self.floor).min(self.ceiling))
    }

    /// How far an entry may be used that is past its lifetime, `age` after the last validation.
    fn grace(&self, record: Option<&Record>, age: Option<Duration>) -> Grace {
        let Some(age) = age else {
            return match self.stale_if_error {
                None => Grace::OnError,
                Some(_) => Grace::Spent,
            };
        };
        let terms = record.map_or(Terms::default(), |record| record.terms);
        let over = age.saturating_sub(self.fresh_for(record));
        let at_once = terms
            .stale_while_revalidate
            .unwrap_or(self.stale_while_revalidate);
        let on_error = terms.stale_if_error.or(self.stale_if_error);
        if over < at_once {
            Grace::AtOnce
        } else if on_error.is_none_or(|time| over < time) {
            Grace::OnError
        } else {
            Grace::Spent
        }
    }
}

#[cfg(test)]
mod tests;
