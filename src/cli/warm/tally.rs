//! What came of the requests of a warm-up.

use std::collections::BTreeMap;

use super::caller::Drained;

/// Words that are told apart at most; a server has fewer.
const MAX_WORDS: usize = 64;

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The server had it.
    Held,
    /// It was made for this.
    Made,
    /// There was no image.
    Failed,
}

/// What came of all of them so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) asked: u64,
    pub(super) held: u64,
    pub(super) made: u64,
    pub(super) failed: u64,
    pub(super) bytes: u64,
    /// How often each was said: what `Cache-Status` says of us, a status that is no success, or that there was no
    /// answer.
    said: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts an answer.
    pub(super) fn answered(&mut self, drained: &Drained) {
        self.bytes += drained.body_bytes;
        let status = drained.status;
        let said = drained.headers.get("cache-status");
        let said = said.and_then(|value| ours(value.to_str().ok()?));
        match (200..300).contains(&status) {
            true => self.count(fate(said), said.unwrap_or("no Cache-Status of Inkfish")),
            false => self.count(Fate::Failed, &format!("status {status}")),
        }
    }

    /// Counts a request without an answer.
    pub(super) fn unanswered(&mut self) {
        self.count(Fate::Failed, "no answer");
    }

    fn count(&mut self, fate: Fate, said: &str) {
        self.asked += 1;
        match fate {
            Fate::Held => self.held += 1,
            Fate::Made => self.made += 1,
            Fate::Failed => self.failed += 1,
        }
        if self.said.len() < MAX_WORDS || self.said.contains_key(said) {
            *self.said.entry(said.to_owned()).or_default() += 1;
        }
    }

    /// The counts, a line each, and below them what was said.
    pub(super) fn lines(&self) -> String {
        let rows = [
            ("asked", self.asked),
            ("already held", self.held),
            ("made", self.made),
            ("failed", self.failed),
            ("bytes", self.bytes),
        ];
        let counts = rows.map(|(name, count)| format!("{name}: {count}\n"));
        let said = self.said.iter();
        let said = said.map(|(word, count)| format!("  {word}: {count}\n"));
        let heading = match self.said.is_empty() {
            true => "",
            false => "by Cache-Status:\n",
        };
        let said: String = said.collect();
        format!("{}{heading}{said}", counts.concat())
    }
}

/// What we say in a list of which every cache on the way has a member.
fn ours(list: &str) -> Option<&str> {
    let mut members = list.split(',').map(str::trim);
    members.find_map(|member| member.strip_prefix("Inkfish; "))
}

/// Without a word of ours it came from a cache in front, which holds it.
fn fate(said: Option<&str>) -> Fate {
    match said {
        Some(said) if said.starts_with("fwd=uri-miss") || said.starts_with("fwd=bypass") => {
            Fate::Made
        }
        _ => Fate::Held,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn drained(status: u16, said: &'static str) -> Drained {
        let mut headers = HeaderMap::new();
        headers.insert("cache-status", HeaderValue::from_static(said));
        Drained {
            status,
            headers,
            body_bytes: 10,
        }
    }

    #[test]
    fn answers_count_by_what_the_server_says_of_them() {
        let mut tally = Tally::default();
        for (status, said) in [
            (200, "Inkfish; hit; detail=hit_memory"),
            (200, "Inkfish; hit; detail=hit_memory"),
            (200, "Inkfish; fwd=uri-miss; stored, \"nginx\"; fwd=miss"),
            (200, "\"nginx\"; hit"),
            (200, "Inkfish; fwd=stale; fwd-status=304"),
            (404, "Inkfish"),
        ] {
            tally.answered(&drained(status, said));
        }
        tally.unanswered();
        let expected = "asked: 7\nalready held: 4\nmade: 1\nfailed: 2\nbytes: 60\nby Cache-Status:\n  \
                        fwd=stale; fwd-status=304: 1\n  fwd=uri-miss; stored: 1\n  \
                        hit; detail=hit_memory: 2\n  no Cache-Status of Inkfish: 1\n  \
                        no answer: 1\n  status 404: 1\n";
        assert_eq!(tally.lines(), expected);
    }
}
