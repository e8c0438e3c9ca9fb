//! What a path may answer, whatever breaks meanwhile.

use super::{Answer, Client, eventually};

/// A body and the tag that it is told by.
#[derive(Debug, PartialEq, Eq)]
struct Body {
    tag: String,
    bytes: Vec<u8>,
}

impl Body {
    fn of(answer: &Answer) -> Self {
        Self {
            tag: answer.header("etag").unwrap_or_default().to_owned(),
            bytes: answer.body.clone(),
        }
    }

    fn half(&self) -> usize {
        self.bytes.len() / 2
    }

    /// Asks for what is missing to a client who has the first half.
    fn rest(&self) -> Rest {
        let (half, tag) = (self.half(), self.tag.clone());
        let lines = format!("Range: bytes={half}-\r\nIf-Range: {tag}\r\n");
        Rest { tag, lines }
    }

    fn is_completed_by(&self, answer: &Answer) -> bool {
        let (half, length) = (self.half(), self.bytes.len());
        let range = format!("bytes {half}-{}/{length}", length - 1);
        answer.header("content-range") == Some(&range) && answer.body == self.bytes[half..]
    }
}

/// The lines that ask for the rest of a body, and its tag.
pub(super) struct Rest {
    tag: String,
    pub(super) lines: String,
}

/// The bodies of one path: that which it had at first, and one more where it is refined.
pub(super) struct Bodies {
    fast: Body,
    refined: Option<Body>,
}

impl Bodies {
    /// Those of a path, of which the first is learned by asking until it is answered.
    pub(super) fn learn(client: &Client, path: &str) -> Self {
        let mut fast = None;
        eventually("a path is answered", || {
            let answer = client.get(path).ok();
            fast = answer.filter(|answer| answer.status == 200);
            fast.is_some()
        });
        Self {
            fast: Body::of(&fast.unwrap()),
            refined: None,
        }
    }

    /// Asks for the rest of one of them, of each in its turn.
    pub(super) fn rest(&self, turn: usize) -> Rest {
        let refined = self.refined.as_ref().filter(|_| turn % 2 == 1);
        refined.unwrap_or(&self.fast).rest()
    }

    /// Whether an answer to somebody who has asked for everything is one of them.
    pub(super) fn have(&mut self, answer: &Answer) -> bool {
        let body = Body::of(answer);
        match answer.header("inkfish-stage") {
            _ if body == self.fast => true,
            Some("refined") => *self.refined.get_or_insert_with(|| Body::of(answer)) == body,
            _ => false,
        }
    }

    /// Whether an answer to somebody who has asked for the rest of one is that, or one of them from its start.
    pub(super) fn complete(&mut self, rest: &Rest, answer: &Answer) -> bool {
        if answer.status != 206 {
            return self.have(answer);
        }
        let begun = self.all().find(|body| body.tag == rest.tag);
        answer.header("etag") == Some(&rest.tag)
            && begun.is_some_and(|body| body.is_completed_by(answer))
    }

    /// The tags of all of them.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.all().map(|body| body.tag.as_str())
    }

    fn all(&self) -> impl Iterator<Item = &Body> {
        [&self.fast].into_iter().chain(&self.refined)
    }
}
