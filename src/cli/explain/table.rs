//! What a server tells of an image as rows for people.

use std::fmt::Write;

use serde_json::Value;

/// Characters of the first column.
const NAME_WIDTH: usize = 14;

/// A row a fact; where there are several about one thing, its name stands at the first.
pub(super) fn table(told: &Value) -> String {
    let sections = [
        ("path", vec![text(&told["path"])]),
        ("signature", vec![text(&told["signature"])]),
        ("source", named(told)),
        ("options", vec![or(&told["asked"], "none")]),
        ("variant", vec![variant(told)]),
        ("key", vec![text(&told["key"])]),
        ("recipe", vec![text(&told["recipe"])]),
        ("node", vec![text(&told["node"])]),
        ("home", vec![text(&told["home"])]),
        ("memory", memory(told)),
        ("disk", place(told, "disk", "INKFISH_CACHE_DIR is not set")),
        (
            "shared store",
            place(told, "shared", "INKFISH_SHARED_CACHE_URL is not set"),
        ),
        ("record", record(&told["record"])),
        ("source cache", record(&told["source_cache"])),
        ("under way", vec![under_way(told)]),
        ("kept failure", vec![failure(&told["failure"])]),
        ("purges", purges(&told["purges"])),
    ];
    sections.into_iter().map(rows).collect()
}

fn rows((name, facts): (&str, Vec<String>)) -> String {
    let mut text = String::new();
    for (index, fact) in facts.iter().enumerate() {
        let name = if index == 0 { name } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:NAME_WIDTH$}{fact}");
    }
    text
}

fn named(told: &Value) -> Vec<String> {
    let mark = told["watermark"].as_str();
    let mark = mark.map(|mark| format!("watermark {mark}"));
    let private = (told["private"] == true)
        .then(|| "for one client alone: its headers pass to the source".to_owned());
    let unkept = (told["kept"] == false)
        .then(|| "nothing is kept of it: the URL asks past the cache".to_owned());
    let facts = [Some(text(&told["source"])), mark, private, unkept];
    facts.into_iter().flatten().collect()
}

fn variant(told: &Value) -> String {
    let variant = &told["variant"];
    if variant.is_null() {
        return "no image: what is known of the source".to_owned();
    }
    let flag = |name: &str, word: &str| (variant[name] == true).then(|| word.to_owned());
    let number = |name: &str, word: &str| {
        let value = &variant[name];
        (!value.is_null()).then(|| format!("{word} {value}"))
    };
    let chosen = [
        flag("avif", "AVIF"),
        flag("webp", "WebP"),
        number("dpr", "DPR"),
        number("width", "width"),
        flag("save_data", "Save-Data"),
    ];
    let chosen: Vec<String> = chosen.into_iter().flatten().collect();
    match &chosen[..] {
        [] => "nothing is chosen by the client's headers".to_owned(),
        chosen => format!("{}, by the client's headers", chosen.join(", ")),
    }
}

fn memory(told: &Value) -> Vec<String> {
    match &told["memory"] {
        Value::Null => vec!["not held".to_owned()],
        held => entry(held),
    }
}

fn place(told: &Value, tier: &str, unset: &str) -> Vec<String> {
    let place = &told[tier];
    if place.is_null() {
        return vec![format!("none: {unset}")];
    }
    let state = match place["state"].as_str() {
        Some("held") => entry(&place["entry"]),
        Some(state) => vec![match place["reason"].as_str() {
            Some(reason) => format!("{state}: {reason}"),
            None => state.to_owned(),
        }],
        None => Vec::new(),
    };
    let passed_by = (told["passed_by"] == true)
        .then(|| "not looked at for now: purges of other nodes may be missed".to_owned());
    let name = vec![text(&place["name"])];
    [state, name, passed_by.into_iter().collect()].concat()
}

fn entry(entry: &Value) -> Vec<String> {
    let state = match entry["freshness"].as_str() {
        Some("fresh") => format!("fresh until {}", text(&entry["fresh_until"])),
        Some("stale") => format!(
            "stale ({}): {}",
            text(&entry["reason"]),
            text(&entry["grace"])
        ),
        _ => "gone: it answers nothing any more".to_owned(),
    };
    vec![
        state,
        format!(
            "{} bytes, {} of {}x{}, {}",
            entry["bytes"],
            text(&entry["format"]),
            entry["width"],
            entry["height"],
            text(&entry["stage"]),
        ),
        format!(
            "made {} ({} s ago), may go {}",
            text(&entry["created"]),
            entry["age_seconds"],
            text(&entry["kept_until"])
        ),
    ]
}

/// Of the record of a source, and of a source that is kept.
fn record(record: &Value) -> Vec<String> {
    if record.is_null() {
        return vec!["none".to_owned()];
    }
    let validators = format!(
        "ETag {}, Last-Modified {}",
        or(&record["etag"], "none"),
        or(&record["last_modified"], "none")
    );
    let place = record["tier"].as_str().map(|tier| format!("in {tier}"));
    let bytes = record["bytes"]
        .as_u64()
        .map(|bytes| format!("{bytes} bytes"));
    let place = place.or(bytes).unwrap_or_default();
    let times = format!(
        "{place}, validated {}, until {}",
        text(&record["validated"]),
        text(&record["fresh_until"])
    );
    vec![
        times,
        validators,
        format!("digest {}", text(&record["source_digest"])),
    ]
}

fn under_way(told: &Value) -> String {
    match (told["under_way"] == true, told["downloading"] == true) {
        (false, false) => "nothing",
        (false, true) => "its source is being downloaded, for another variant",
        (true, false) => "it is being made",
        (true, true) => "it is being made; its source is being downloaded",
    }
    .to_owned()
}

fn failure(failure: &Value) -> String {
    match failure {
        Value::Null => "none".to_owned(),
        failure => format!(
            "of the {}, until {}: {}",
            text(&failure["of"]),
            text(&failure["until"]),
            text(&failure["error"])
        ),
    }
}

fn purges(purges: &Value) -> Vec<String> {
    let floor = |of: &Value| {
        let (hard, soft) = (or(&of["hard"], "none"), or(&of["soft"], "none"));
        format!("hard {hard}, soft {soft}")
    };
    let all = match purges["newest"].is_null() {
        true => "there was none".to_owned(),
        false => format!(
            "the last: {}; the newest of all is {}",
            floor(purges),
            text(&purges["newest"])
        ),
    };
    let groups = purges["groups"].as_array().into_iter().flatten();
    let groups = groups.map(|group| format!("of {}: {}", text(&group["group"]), floor(group)));
    std::iter::once(all).chain(groups).collect()
}

fn text(value: &Value) -> String {
    or(value, "unknown")
}

fn or(value: &Value, absent: &str) -> String {
    match value.as_str() {
        Some("") | None => absent.to_owned(),
        // What comes from origins and URLs moves no cursor.
        Some(text) => text.replace(char::is_control, "\u{fffd}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(told: &Value, name: &str) -> String {
        let table = table(told);
        let rows = table.lines().skip_while(|row| !row.starts_with(name));
        let facts = rows
            .enumerate()
            .take_while(|(index, row)| *index == 0 || row.starts_with(' '));
        let facts: Vec<&str> = facts.map(|(_, row)| row[NAME_WIDTH..].trim()).collect();
        facts.join("; ")
    }

    #[test]
    fn what_is_nowhere_says_why() {
        let told = json!({ "purges": {}, "variant": {} });
        let rows = [
            ("memory", "not held"),
            ("disk", "none: INKFISH_CACHE_DIR is not set"),
            ("record", "none"),
            ("under way", "nothing"),
            ("kept failure", "none"),
            ("purges", "there was none"),
            ("variant", "nothing is chosen by the client's headers"),
            ("options", "none"),
        ];
        for (name, expected) in rows {
            assert_eq!(row(&told, name), expected, "{name}");
        }
    }

    #[test]
    fn an_entry_says_whether_it_answers_and_what_it_is() {
        let entry = json!({
            "freshness": "stale", "reason": "expired", "grace": "it answers where its source fails",
            "bytes": 9, "format": "webp", "width": 3, "height": 2, "stage": "fast",
            "created": "then", "age_seconds": 5, "kept_until": "later",
        });
        let place = json!({ "state": "held", "name": "/cache/ab", "entry": entry });
        let expected = "stale (expired): it answers where its source fails; \
                        9 bytes, webp of 3x2, fast; made then (5 s ago), may go later; /cache/ab";
        assert_eq!(row(&json!({ "disk": place }), "disk"), expected);
    }

    #[test]
    fn a_store_that_is_not_asked_says_so() {
        let place = json!({ "state": "not asked", "reason": "its circuit is open", "name": "a/b" });
        let told = json!({ "shared": place });
        assert_eq!(
            row(&told, "shared store"),
            "not asked: its circuit is open; a/b"
        );
    }
}
