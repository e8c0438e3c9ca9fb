//! What is known of an image as JSON. Numbers of purges go past what JavaScript holds, so that they are text.

use serde_json::{Value, json};

use crate::cache::{
    Floor, Freshness, Grace, Peeked, Place, Record, Sequence, Sight, Sighting, Tier,
};
use crate::clock::Timestamp;
use crate::delivery::{Explained, KeptFailure, Standing};
use crate::source::KeptSource;
use crate::telemetry::Rfc3339;
use crate::transform::ask::Variant;

/// Everything but what is known of the path and of this node.
pub(super) fn told(explained: &Explained) -> Value {
    let now = explained.now;
    let sight = &explained.sight;
    let place = |found: &Option<Place>| found.as_ref().map(|found| place(found, now));
    json!({
        "now": time(now),
        "source": explained.source,
        "watermark": explained.watermark,
        "asked": explained.asked,
        "variant": explained.variant.map(variant),
        "private": explained.private,
        "kept": explained.kept,
        "key": explained.key.to_string(),
        "record_key": explained.record_key.to_string(),
        "recipe": hex::encode(explained.recipe),
        "memory": sight.memory.as_ref().map(|found| entry(found, now)),
        "disk": place(&sight.disk),
        "shared": place(&sight.shared),
        "passed_by": sight.is_passed_by,
        "record": record(sight),
        "source_cache": explained.source_cache.as_ref().map(|kept| source(kept, now)),
        "downloading": explained.is_downloading,
        "under_way": explained.is_under_way,
        "failure": explained.failure.as_ref().map(failure),
        "purges": purges(explained),
    })
}

fn variant(variant: Variant) -> Value {
    json!({
        "webp": variant.webp,
        "avif": variant.avif,
        "dpr": variant.dpr_tenths.map(|tenths| f64::from(tenths) / 10.0),
        "width": variant.width,
        "save_data": variant.save_data,
    })
}

fn place(place: &Place, now: Timestamp) -> Value {
    let (state, reason) = match &place.entry {
        Peeked::Absent => ("absent", None),
        Peeked::Held(_) => ("held", None),
        Peeked::Unreadable(reason) => ("unreadable", Some(reason.clone())),
        Peeked::NotAsked(circuit) => {
            let reason = format!("its circuit is {}", circuit.name());
            ("not asked", Some(reason))
        }
    };
    let held = match &place.entry {
        Peeked::Held(found) => entry(found, now),
        _ => Value::Null,
    };
    json!({ "name": place.name, "state": state, "reason": reason, "entry": held })
}

fn entry(found: &Sighting, now: Timestamp) -> Value {
    let header = &found.header;
    let (state, reason, grace) = match found.freshness {
        Freshness::Fresh => ("fresh", None, None),
        Freshness::Stale(reason, grace) => ("stale", Some(reason.name()), Some(grace_name(grace))),
        Freshness::Gone => ("gone", None, None),
    };
    json!({
        "bytes": found.bytes,
        "created": time(header.created),
        "age_seconds": now.since(header.created).as_secs(),
        "stage": header.stage.name(),
        "format": header.format,
        "width": header.width,
        "height": header.height,
        "recipe": hex::encode(header.recipe),
        "source_digest": hex::encode(header.source_digest),
        "sequence": number(header.sequence),
        "freshness": state,
        "reason": reason,
        "grace": grace,
        "fresh_until": found.fresh_until.map(time),
        "kept_until": time(found.kept_until),
    })
}

const fn grace_name(grace: Grace) -> &'static str {
    match grace {
        Grace::Spent => "it answers nothing until its source confirmed it",
        Grace::OnError => "it answers where its source fails",
        Grace::AtOnce => "it answers while it is renewed",
    }
}

fn record(sight: &Sight) -> Option<Value> {
    let (tier, record) = sight.record.as_ref()?;
    Some(of_record((*tier, record), sight.fresh_until))
}

fn of_record((tier, record): (Tier, &Record), fresh_until: Option<Timestamp>) -> Value {
    json!({
        "tier": tier.name(),
        "source_digest": hex::encode(record.digest),
        "etag": record.etag,
        "last_modified": record.last_modified,
        "validated": time(record.validated_at),
        "fresh_until": fresh_until.map(time),
        "sequence": number(record.sequence),
    })
}

fn source(kept: &KeptSource, now: Timestamp) -> Value {
    json!({
        "bytes": kept.bytes,
        "source_digest": hex::encode(kept.digest),
        "etag": kept.validators.etag,
        "last_modified": kept.validators.last_modified,
        "validated": time(kept.validated),
        "fresh_until": time(kept.until),
        "is_fresh": now < kept.until,
        "sequence": number(Sequence(kept.sequence)),
    })
}

fn failure(kept: &KeptFailure) -> Value {
    json!({ "of": kept.of, "error": kept.error, "until": time(kept.until) })
}

fn purges(explained: &Explained) -> Value {
    let groups = explained.purges.iter();
    let groups: Vec<Value> = groups
        .map(|Standing { group, floor }| {
            json!({ "group": group, "hard": number(floor.hard), "soft": number(floor.soft) })
        })
        .collect();
    let Floor { hard, soft } = explained.floor;
    json!({
        "newest": number(explained.newest_purge),
        "hard": number(hard),
        "soft": number(soft),
        "groups": groups,
    })
}

/// The number of a purge; null where there was none.
fn number(sequence: Sequence) -> Option<String> {
    (sequence != Sequence::default()).then(|| sequence.0.to_string())
}

fn time(time: Timestamp) -> String {
    Rfc3339(time).to_string()
}
