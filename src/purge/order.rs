//! What a client orders to be purged, as it writes it.

use serde_json::{Map, Value, json};

use super::Error;
use crate::cache::Force;

/// Longest order in bytes.
pub const MAX_ORDER_BYTES: usize = 64 << 10;

/// An order to purge something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is to be purged.
    pub target: Target,
    /// Whether it is then stale or gone.
    pub force: Force,
}

/// What is to be purged, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every variant of an image, by its path as requested; what its signature says does not matter.
    Url(String),
    /// Everything that is made of a source.
    Source(String),
    /// Everything whose URL names a tag.
    Tag(String),
    /// Everything that is made of sources which begin like this; it ends with a slash.
    Prefix(String),
    /// Everything.
    All,
}

impl Order {
    /// Reads an order: a JSON object with one of `url`, `source`, `tag` and `prefix`, each a text, or `all: true`, and
    /// with `soft`, a boolean, or without.
    ///
    /// ```
    /// use inkfish::purge::{Order, Target};
    ///
    /// let order = Order::parse(br#"{"tag": "shop"}"#).unwrap();
    /// assert_eq!(order.target, Target::Tag("shop".into()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for anything else.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        if text.len() > MAX_ORDER_BYTES {
            return Err(malformed("it is longer than 64 KiB"));
        }
        let members: Map<String, Value> = serde_json::from_slice(text)
            .map_err(|error| malformed(&format!("it is not a JSON object: {error}")))?;
        let mut target = None;
        let mut force = Force::Hard;
        for (name, value) in &members {
            if name == "soft" {
                force = force_of(value)?;
            } else if target.replace(Target::parse(name, value)?).is_some() {
                return Err(malformed("it names more than one thing to purge"));
            }
        }
        let target = target.ok_or_else(|| {
            malformed("it names nothing to purge: one of `url`, `source`, `tag`, `prefix` or `all`")
        })?;
        Ok(Self { target, force })
    }

    /// The text that [`Order::parse`] reads.
    pub fn to_json(&self) -> Value {
        let (name, value) = match &self.target {
            Target::Url(text) => ("url", json!(text)),
            Target::Source(text) => ("source", json!(text)),
            Target::Tag(text) => ("tag", json!(text)),
            Target::Prefix(text) => ("prefix", json!(text)),
            Target::All => ("all", json!(true)),
        };
        let mut order = Map::new();
        order.insert(name.to_owned(), value);
        if self.force == Force::Soft {
            order.insert("soft".to_owned(), json!(true));
        }
        Value::Object(order)
    }
}

impl Target {
    fn parse(name: &str, value: &Value) -> Result<Self, Error> {
        let text = || match value {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            _ => Err(malformed(&format!("`{name}` is not a text"))),
        };
        match name {
            "url" => text().map(Self::Url),
            "source" => text().map(Self::Source),
            "tag" => text().map(Self::Tag),
            "prefix" => text().map(Self::Prefix),
            "all" if *value == Value::Bool(true) => Ok(Self::All),
            "all" => Err(malformed("`all` is not `true`")),
            _ => Err(malformed(&format!(
                "it has a member {name:?}; known are `url`, `source`, `tag`, `prefix`, `all` and `soft`"
            ))),
        }
    }
}

fn force_of(value: &Value) -> Result<Force, Error> {
    match value {
        Value::Bool(true) => Ok(Force::Soft),
        Value::Bool(false) => Ok(Force::Hard),
        _ => Err(malformed("`soft` is neither `true` nor `false`")),
    }
}

fn malformed(reason: &str) -> Error {
    Error::Malformed(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Order, String> {
        Order::parse(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_order_names_one_thing_and_how_hard_it_goes() {
        let rows = [
            (
                r#"{"url":"/x/w:1/a"}"#,
                Target::Url("/x/w:1/a".into()),
                Force::Hard,
            ),
            (
                r#"{"source":"http://a/b"}"#,
                Target::Source("http://a/b".into()),
                Force::Hard,
            ),
            (
                r#"{"soft":true,"tag":"t"}"#,
                Target::Tag("t".into()),
                Force::Soft,
            ),
            (
                r#"{"prefix":"http://a/","soft":false}"#,
                Target::Prefix("http://a/".into()),
                Force::Hard,
            ),
            (r#" {"all": true} "#, Target::All, Force::Hard),
        ];
        for (text, target, force) in rows {
            let order = parse(text).unwrap();
            assert_eq!(order, Order { target, force }, "{text}");
            assert_eq!(parse(&order.to_json().to_string()), Ok(order));
        }
    }

    #[test]
    fn what_is_no_order_is_refused_with_a_sentence() {
        let rows = [
            ("", "not a JSON object"),
            ("[]", "not a JSON object"),
            ("{}", "names nothing to purge"),
            (r#"{"soft":true}"#, "names nothing to purge"),
            (r#"{"url":""}"#, "`url` is not a text"),
            (r#"{"tag":7}"#, "`tag` is not a text"),
            (r#"{"all":false}"#, "`all` is not `true`"),
            (r#"{"all":1}"#, "`all` is not `true`"),
            (r#"{"tag":"a","source":"http://a/b"}"#, "more than one"),
            (r#"{"tag":"a","soft":"yes"}"#, "neither `true` nor `false`"),
            (r#"{"tags":"a"}"#, "has a member \"tags\""),
        ];
        for (text, reason) in rows {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
        let long = format!(r#"{{"tag":"{}"}}"#, "a".repeat(MAX_ORDER_BYTES));
        assert!(parse(&long).unwrap_err().contains("64 KiB"));
    }
}
