use super::super::entry::Sequence;
use super::super::entry::tests::header;
use super::super::record::tests::sample;
use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(1);
const LIFETIMES: Lifetimes = Lifetimes {
    ttl: DAY,
    floor: MINUTE,
    ceiling: HOUR,
    stale_while_revalidate: Duration::ZERO,
    stale_if_error: None,
    keep: Keep {
        variants: Duration::from_secs(30 * 24 * 60 * 60),
        uploads: HOUR,
        web_uploads: Duration::from_secs(12 * 60 * 60),
    },
};
const KEEP: Duration = LIFETIMES.keep.variants;
const RECIPE: Digest = [0x44; 32];
const OTHER: Digest = [0x45; 32];
const NO_PURGE: Floor = Floor {
    hard: Sequence(0),
    soft: Sequence(0),
};

/// The header of a variant.
fn variant() -> Header {
    Header {
        class: Class::Variant,
        ..header()
    }
}

/// The record of a source whose origin says nothing.
fn record() -> Record {
    Record {
        terms: Terms::default(),
        ..sample()
    }
}

fn said(fresh_for: Duration) -> Record {
    Record {
        terms: Terms {
            fresh_for: Some(fresh_for),
            ..Terms::default()
        },
        ..sample()
    }
}

fn judge(lifetimes: &Lifetimes, known: &Known<'_>, age: Duration) -> Freshness {
    lifetimes.judge(&variant(), known, variant().created.after(age))
}

fn known(record: &Record) -> Known<'_> {
    Known {
        record: Some(record),
        recipe: &RECIPE,
        floor: NO_PURGE,
    }
}

#[test]
fn an_entry_is_judged_by_its_source_its_recipe_and_time() {
    let made = variant().created;
    let changed = Record {
        digest: [0; 32],
        ..record()
    };
    let revalidated = Record {
        validated_at: made.after(DAY * 40),
        ..record()
    };
    let from_the_future = Record {
        validated_at: made.after(CLOCK_SLACK + MOMENT),
        ..record()
    };
    let expired = Freshness::Stale(StaleReason::Expired, Grace::OnError);
    let other_bytes = Freshness::Stale(StaleReason::Changed, Grace::OnError);
    let other_recipe = Freshness::Stale(StaleReason::Recipe, Grace::AtOnce);
    let zero = Duration::ZERO;
    let rows = [
        (
            "just validated",
            Some(record()),
            RECIPE,
            zero,
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
            zero,
            expired,
        ),
        ("without a record", None, RECIPE, zero, expired),
        (
            "other bytes",
            Some(changed.clone()),
            RECIPE,
            zero,
            other_bytes,
        ),
        (
            "other bytes, long ago",
            Some(changed.clone()),
            OTHER,
            DAY,
            other_bytes,
        ),
        ("another recipe", Some(record()), OTHER, zero, other_recipe),
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
            KEEP - MOMENT,
            expired,
        ),
        (
            "past keeping",
            Some(record()),
            RECIPE,
            KEEP,
            Freshness::Gone,
        ),
        (
            "past keeping, without a record",
            None,
            RECIPE,
            KEEP,
            Freshness::Gone,
        ),
        (
            "other bytes, past keeping",
            Some(changed),
            RECIPE,
            KEEP,
            Freshness::Gone,
        ),
    ];
    for (case, record, recipe, age, expected) in rows {
        let known = Known {
            record: record.as_ref(),
            recipe: &recipe,
            floor: NO_PURGE,
        };
        assert_eq!(judge(&LIFETIMES, &known, age), expected, "{case}");
    }
}

#[test]
fn what_an_origin_says_counts_between_floor_and_ceiling() {
    let expired = Freshness::Stale(StaleReason::Expired, Grace::OnError);
    let rows = [
        (Duration::ZERO, MINUTE - MOMENT, Freshness::Fresh),
        (Duration::ZERO, MINUTE, expired),
        (MINUTE * 5, MINUTE * 5 - MOMENT, Freshness::Fresh),
        (MINUTE * 5, MINUTE * 5, expired),
        (DAY, HOUR - MOMENT, Freshness::Fresh),
        (DAY, HOUR, expired),
    ];
    for (fresh_for, age, expected) in rows {
        let record = said(fresh_for);
        let judged = judge(&LIFETIMES, &known(&record), age);
        assert_eq!(judged, expected, "{fresh_for:?} after {age:?}");
        let now = variant().created.after(age);
        let remaining = LIFETIMES.remaining(&record, now).unwrap();
        assert_eq!(remaining.is_zero(), expected != Freshness::Fresh);
    }
    assert_eq!(LIFETIMES.remaining(&record(), variant().created), None);
}

#[test]
fn a_stale_entry_is_used_within_its_grace() {
    let limited = Lifetimes {
        stale_while_revalidate: MINUTE,
        stale_if_error: Some(HOUR),
        ..LIFETIMES
    };
    let generous = Record {
        terms: Terms {
            stale_while_revalidate: Some(HOUR),
            stale_if_error: Some(Duration::ZERO),
            ..Terms::default()
        },
        ..record()
    };
    let rows = [
        (record(), DAY, Grace::AtOnce),
        (record(), DAY + MINUTE, Grace::OnError),
        (record(), DAY + HOUR, Grace::Spent),
        (generous.clone(), DAY + MINUTE, Grace::AtOnce),
        (generous, DAY + HOUR, Grace::Spent),
    ];
    for (record, age, grace) in rows {
        let expected = Freshness::Stale(StaleReason::Expired, grace);
        assert_eq!(judge(&limited, &known(&record), age), expected, "{age:?}");
    }
    let unknown = Known {
        record: None,
        recipe: &RECIPE,
        floor: NO_PURGE,
    };
    let expected = Freshness::Stale(StaleReason::Expired, Grace::Spent);
    assert_eq!(judge(&limited, &unknown, DAY), expected);
}

#[test]
fn a_purge_concerns_what_is_older_than_it() {
    let at_once = Lifetimes {
        stale_while_revalidate: MINUTE,
        ..LIFETIMES
    };
    let held = variant().sequence.0;
    let purged = |grace| Freshness::Stale(StaleReason::Purged, grace);
    let rows = [
        (0, 0, LIFETIMES, Freshness::Fresh),
        (held, held, LIFETIMES, Freshness::Fresh),
        (held + 1, 0, LIFETIMES, Freshness::Gone),
        (0, held + 1, LIFETIMES, purged(Grace::OnError)),
        (0, held + 1, at_once, purged(Grace::AtOnce)),
        (held + 1, held + 1, at_once, Freshness::Gone),
    ];
    for (hard, soft, lifetimes, expected) in rows {
        let floor = Floor {
            hard: Sequence(hard),
            soft: Sequence(soft),
        };
        let record = record();
        let known = Known {
            floor,
            ..known(&record)
        };
        let judged = judge(&lifetimes, &known, Duration::ZERO);
        assert_eq!(judged, expected, "hard {hard}, soft {soft}");
    }
    let confirmed = Record {
        sequence: Sequence(held + 1),
        ..record()
    };
    let floor = Floor {
        hard: Sequence(0),
        soft: Sequence(held + 1),
    };
    let known = Known {
        floor,
        ..known(&confirmed)
    };
    assert_eq!(judge(&LIFETIMES, &known, Duration::ZERO), Freshness::Fresh);
}

#[test]
fn each_class_is_kept_for_its_own_time() {
    let rows = [
        (Class::Upload, HOUR),
        (Class::WebUpload, HOUR * 12),
        (Class::Variant, KEEP),
    ];
    for (class, keep) in rows {
        let header = Header { class, ..variant() };
        let at = |age| LIFETIMES.judge(&header, &known(&record()), header.created.after(age));
        assert_ne!(at(keep - MOMENT), Freshness::Gone, "{class:?}");
        assert_eq!(at(keep), Freshness::Gone, "{class:?}");
    }
}
