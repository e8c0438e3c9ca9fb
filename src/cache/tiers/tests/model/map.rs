//! What the cache is held against: a map with a TTL and purges.

use std::collections::HashMap;

use super::*;

/// What may be purged: everything, a prefix, sources, tags, URLs.
pub(super) const GROUPS: u8 = 2 + SOURCES + TAGS + KEYS;
pub(super) const TAGS: u8 = 3;
pub(super) const PREFIX: u8 = 1;
pub(super) const SOURCE: u8 = 2;
pub(super) const TAG: u8 = SOURCE + SOURCES;
pub(super) const URL: u8 = TAG + TAGS;

pub(super) fn extent_of(what: u8) -> Extent {
    match what {
        0 => Extent::All,
        group => Extent::Of(scope(group)),
    }
}

pub(super) fn scope(group: u8) -> Scope {
    Scope::from_number(group.into())
}

pub(super) fn scopes_of(key: u8) -> Vec<Scope> {
    [PREFIX, SOURCE + key % SOURCES, TAG + key % TAGS, URL + key]
        .map(scope)
        .to_vec()
}

/// A map of entries and a map of records, each of which keeps what supersedes the other, and the last purges.
#[derive(Default)]
pub(super) struct Model {
    pub(super) entries: HashMap<u8, Entry>,
    pub(super) records: HashMap<u8, Record>,
    purges: HashMap<Extent, Floor>,
    /// All that was ever put, for where the maps forget.
    stored: Vec<Entry>,
    validated: Vec<(u8, Record)>,
}

impl Model {
    pub(super) fn put(&mut self, key: u8, entry: &Entry, record: &Record) {
        if entry.header.sequence < self.floor(key).hard {
            return;
        }
        self.stored.push(entry.clone());
        let held = self.entries.get(&key);
        if held.is_none_or(|held| entry.header.supersedes(&held.header)) {
            self.entries.insert(key, entry.clone());
        }
        self.put_record(key % SOURCES, record);
    }

    pub(super) fn put_record(&mut self, source: u8, record: &Record) {
        self.validated.push((source, record.clone()));
        let held = self.records.get(&source);
        if held.is_none_or(|held| record.supersedes(held)) {
            self.records.insert(source, record.clone());
        }
    }

    pub(super) fn purge(&mut self, extent: Extent, force: Force, number: Sequence) {
        let floor = self.purges.entry(extent).or_default();
        match force {
            Force::Soft => floor.soft = number,
            Force::Hard => floor.hard = number,
        }
    }

    pub(super) fn floor(&self, key: u8) -> Floor {
        let of = |extent| self.purges.get(&extent).copied().unwrap_or_default();
        let scopes = scopes_of(key).into_iter().map(Extent::Of);
        scopes.fold(of(Extent::All), |floor, scope| floor.max(of(scope)))
    }

    /// What a look-up is to find.
    pub(super) fn look(&self, key: u8, recipe: u8, now: Timestamp) -> Seen {
        let Some(entry) = self.entries.get(&key) else {
            return Seen::Miss;
        };
        let (record, floor) = (self.records.get(&(key % SOURCES)), self.floor(key));
        let validated = record.map_or(Timestamp::default(), |record| record.validated_at);
        let body = entry.body.clone();
        let is_kept = now.since(validated.max(entry.header.created)) < DAY * 30;
        if entry.header.sequence < floor.hard || !is_kept {
            Seen::Miss
        } else if record.is_some_and(|record| record.digest != entry.header.source_digest) {
            Seen::Stale(body, StaleReason::Changed)
        } else if record.is_some_and(|record| record.sequence < floor.soft) {
            Seen::Stale(body, StaleReason::Purged)
        } else if now.since(validated) >= DAY {
            Seen::Stale(body, StaleReason::Expired)
        } else if entry.header.recipe != [recipe; 32] {
            Seen::Stale(body, StaleReason::Recipe)
        } else {
            Seen::Fresh(body)
        }
    }

    /// Whether what was found may be, though anything may have been forgotten: it is what was stored there, no purge
    /// since took it, and fresh it is by what was known of its source within a day, after the last soft purge.
    pub(super) fn allows(&self, key: u8, recipe: u8, (found, now): (&Seen, Timestamp)) -> bool {
        let (body, is_fresh) = match found {
            Seen::Miss => return true,
            Seen::Fresh(body) => (body, true),
            Seen::Stale(body, reason) => (body, *reason == StaleReason::Recipe),
        };
        let stored = self.stored.iter().find(|entry| entry.body == *body);
        let (floor, entry) = (self.floor(key), &stored.expect("it was stored").header);
        let is_of_now = |at: Timestamp, age| now.since(at) < age;
        let validated = || {
            let of_source = self.validated.iter().filter(|it| it.0 == key % SOURCES);
            of_source.map(|(_, record)| record)
        };
        let is_kept = is_of_now(entry.created, DAY * 30)
            || validated().any(|record| is_of_now(record.validated_at, DAY * 30));
        let is_confirmed = validated().any(|record| {
            let is_later = record.sequence >= floor.soft;
            is_later && record.digest == entry.source_digest && is_of_now(record.validated_at, DAY)
        });
        let is_of_recipe = matches!(found, Seen::Stale(..)) || entry.recipe == [recipe; 32];
        entry.scopes == scopes_of(key)
            && entry.sequence >= floor.hard
            && is_kept
            && is_of_recipe
            && (!is_fresh || is_confirmed)
    }
}

/// A [`Lookup`] without the tier.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    Fresh(Body),
    Stale(Body, StaleReason),
    Miss,
}

impl From<Lookup> for Seen {
    fn from(lookup: Lookup) -> Self {
        match lookup {
            Lookup::Fresh(hit) => Self::Fresh(hit.entry.body.clone()),
            Lookup::Stale(hit, reason, _) => Self::Stale(hit.entry.body.clone(), reason),
            Lookup::Miss => Self::Miss,
        }
    }
}
