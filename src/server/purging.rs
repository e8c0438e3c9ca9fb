//! Purging over HTTP: `POST /purge` on the admin address, `PURGE` of an image's path on the public one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::json;
use tokio::time::timeout;

use super::bearer::is_authorized;
use super::body::Body;
use super::{image, plain};
use crate::cache::Force;
use crate::purge::{Error, MAX_ORDER_BYTES, Order, Purger, Receipt, Target};

/// Says how hard a `PURGE` goes: `soft` or `hard`, which it is without.
const INKFISH_PURGE: HeaderName = HeaderName::from_static("inkfish-purge");
/// For the body of an order to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who may purge, and who does it.
#[derive(Clone)]
pub struct Purging {
    /// Carries orders out.
    pub purger: Arc<Purger>,
    /// The bearer token of orders; `None` refuses all of them.
    pub token: Option<String>,
}

/// Why an order is not carried out.
pub(super) struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Purging {
    /// Answers an order in a body.
    pub(super) async fn ordered(&self, request: Request<Incoming>) -> Response<Body> {
        let outcome = match self.admit(request.headers()) {
            Ok(()) => self.read_and_purge(request.into_body()).await,
            Err(refusal) => Err(refusal),
        };
        answer(outcome)
    }

    /// Answers `PURGE` of an image.
    pub(super) async fn image(&self, request: &Request<Incoming>) -> Response<Body> {
        let outcome = match self.order_of(request) {
            Ok(order) => self.purge(&order).await,
            Err(refusal) => Err(refusal),
        };
        answer(outcome)
    }

    fn order_of(&self, request: &Request<Incoming>) -> Result<Order, Refusal> {
        self.admit(request.headers())?;
        Ok(Order {
            target: Target::Url(image::target(request).to_owned()),
            force: force(request.headers())?,
        })
    }

    async fn read_and_purge(&self, body: Incoming) -> Result<Receipt, Refusal> {
        let text = read(body).await?;
        let order = Order::parse(&text).map_err(|error| failed(&error))?;
        self.purge(&order).await
    }

    async fn purge(&self, order: &Order) -> Result<Receipt, Refusal> {
        let receipt = self.purger.purge(order).await;
        let text = order.to_json();
        match receipt {
            Ok(receipt) => {
                let sequence = receipt.sequence.0;
                tracing::info!(purge.order = %text, purge.sequence = sequence, "purged");
                Ok(receipt)
            }
            Err(error) => {
                tracing::warn!(purge.order = %text, %error, "not purged");
                Err(failed(&error))
            }
        }
    }

    /// Refuses who has not the token.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let forbidden = |reason| Err(refusal(StatusCode::FORBIDDEN, reason));
        let Some(token) = &self.token else {
            return forbidden("purging is off: INKFISH_PURGE_TOKEN is not set");
        };
        match is_authorized(headers, token) {
            true => Ok(()),
            false => forbidden("the bearer token is missing or another"),
        }
    }
}

fn force(headers: &HeaderMap) -> Result<Force, Refusal> {
    match headers.get(INKFISH_PURGE).map(HeaderValue::as_bytes) {
        None | Some(b"hard") => Ok(Force::Hard),
        Some(b"soft") => Ok(Force::Soft),
        Some(_) => Err(refusal(
            StatusCode::BAD_REQUEST,
            "Inkfish-Purge is neither `soft` nor `hard`",
        )),
    }
}

/// The text of an order, which has its time and its length.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let text = timeout(PATIENCE, Limited::new(body, MAX_ORDER_BYTES).collect())
        .await
        .map_err(|_| {
            refusal(
                StatusCode::REQUEST_TIMEOUT,
                "the order did not arrive in time",
            )
        })?
        .map_err(|error| unread(&*error))?;
    Ok(text.to_bytes())
}

fn unread(error: &(dyn std::error::Error + 'static)) -> Refusal {
    if error.is::<LengthLimitError>() {
        let reason = "the order is longer than 64 KiB";
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, reason);
    }
    refusal(StatusCode::BAD_REQUEST, "the order did not arrive whole")
}

pub(super) fn failed(error: &Error) -> Refusal {
    let status = match error {
        Error::Malformed(_) | Error::Refused(..) => StatusCode::BAD_REQUEST,
        Error::Log(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Busy | Error::Stopped => StatusCode::SERVICE_UNAVAILABLE,
    };
    refusal(status, &error.to_string())
}

pub(super) fn refusal(status: StatusCode, reason: &str) -> Refusal {
    Refusal {
        status,
        reason: reason.to_owned(),
    }
}

impl Refusal {
    pub(super) fn page(&self) -> Response<Body> {
        plain::json(self.status, &json!({ "error": self.reason }))
    }
}

/// 200 where every node knows of the purge, 202 where that is not sure. Numbers go past what JavaScript holds, so that
/// they are sent as text.
fn answer(outcome: Result<Receipt, Refusal>) -> Response<Body> {
    match outcome {
        Ok(receipt) if receipt.unconfirmed.is_empty() => told(StatusCode::OK, &receipt),
        Ok(receipt) => told(StatusCode::ACCEPTED, &receipt),
        Err(refusal) => refusal.page(),
    }
}

fn told(status: StatusCode, receipt: &Receipt) -> Response<Body> {
    let content = json!({
        "sequence": receipt.sequence.0.to_string(),
        "unconfirmed": receipt.unconfirmed,
    });
    plain::json(status, &content)
}
