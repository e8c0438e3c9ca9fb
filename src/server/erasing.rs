//! Erasure over HTTP: `POST /erase` on the admin address.

use std::fmt::Display;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::body::Body;
use super::plain;
use super::purging::{Purging, Refusal, failed, read, refusal};
use crate::cache::{BLOCK_BYTES, Erasure, Search};
use crate::purge::{Erased, Eraser};

/// Who may erase, and who does it.
#[derive(Clone)]
pub struct Erasing {
    /// Whose token counts.
    pub purging: Purging,
    /// Erases.
    pub eraser: Arc<Eraser>,
}

impl Erasing {
    /// Answers an order in a body: `{"source": "URL"}`.
    pub(super) async fn ordered(&self, request: Request<Incoming>) -> Response<Body> {
        match self.erase(request).await {
            Ok(erased) => told(&erased),
            Err(refusal) => refusal.page(),
        }
    }

    async fn erase(&self, request: Request<Incoming>) -> Result<Erased, Refusal> {
        self.purging.admit(request.headers())?;
        let text = read(request.into_body()).await?;
        let source = source(&text)?;
        let erased = self.eraser.erase(&source).await;
        match &erased {
            Ok(erased) => tracing::info!(
                purge.sequence = erased.receipt.sequence.0,
                complete = erased.tiers.is_complete(),
                "erased"
            ),
            Err(error) => tracing::warn!(%error, "not erased"),
        }
        erased.map_err(|error| failed(&error))
    }
}

fn source(text: &[u8]) -> Result<String, Refusal> {
    let members: Option<Map<String, Value>> = serde_json::from_slice(text).ok();
    let named = members.filter(|members| members.len() == 1);
    match named.as_ref().and_then(|members| members.get("source")) {
        Some(Value::String(source)) => Ok(source.clone()),
        _ => Err(refusal(
            StatusCode::BAD_REQUEST,
            "this is no order to erase: it is not an object with `source`, a text, alone",
        )),
    }
}

/// 200 where nothing is left here and all nodes know of the purge, 202 where that is not sure of the nodes, and 500
/// where something may be left.
fn told(erased: &Erased) -> Response<Body> {
    let status = match (erased.tiers.is_complete(), &erased.receipt.unconfirmed[..]) {
        (false, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (true, []) => StatusCode::OK,
        (true, _) => StatusCode::ACCEPTED,
    };
    plain::json(status, &report(erased))
}

fn report(erased: &Erased) -> Value {
    json!({
        "complete": erased.tiers.is_complete(),
        "sequence": erased.receipt.sequence.0.to_string(),
        "unconfirmed": erased.receipt.unconfirmed,
        "sources": erased.sources,
        "queued": erased.queued,
        "memory": erased.tiers.memory,
        "disk": disk(&erased.tiers),
        "shared": shared(&erased.tiers),
        "seconds": erased.took.as_millis() as f64 / 1000.0,
    })
}

fn disk(tiers: &Erasure) -> Value {
    match &tiers.disk {
        None => Value::Null,
        Some(Ok((swept, search))) => json!({
            "searched": match search {
                Search::Journal => "journal",
                Search::Files => "files",
            },
            "removed": swept.gone + swept.damaged,
            "bytes": swept.freed_blocks * BLOCK_BYTES,
            "failed": swept.failed,
            "of_other_releases": swept.foreign,
        }),
        Some(Err(error)) => trouble(error),
    }
}

fn shared(tiers: &Erasure) -> Value {
    match &tiers.shared {
        None => Value::Null,
        Some(Ok(erased)) => json!({
            "removed": erased.removed,
            "withdrawn": erased.withdrawn,
            "failed": erased.failed,
        }),
        Some(Err(error)) => trouble(error),
    }
}

fn trouble(error: &impl Display) -> Value {
    json!({ "error": error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_to_erase_names_a_source_and_nothing_else() {
        let named = source(br#"{"source": "http://a/b"}"#).ok();
        assert_eq!(named.as_deref(), Some("http://a/b"));
        for text in [
            "",
            "[]",
            "{}",
            r#"{"source": 1}"#,
            r#"{"all": true}"#,
            r#"{"source": "http://a/b", "soft": true}"#,
        ] {
            assert!(source(text.as_bytes()).is_err(), "{text}");
        }
    }
}
