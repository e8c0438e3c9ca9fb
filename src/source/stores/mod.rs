//! Sources in object stores: S3, Google Cloud Storage, Azure Blob Storage.
//!
//! The endpoints are the operator's. They may be private, which the guard of other sources forbids; in return they
//! are asked at their exact authority, no redirect is followed, and nobody else gets the credentials.

mod bucket;
mod config;
mod named;
mod signing;
mod store;

use std::sync::Arc;
use std::time::Duration;

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, StatusCode};
use tokio::time::sleep;

pub use bucket::{BucketConfig, open_bucket};
pub use config::{Addressing, Credentials, S3Key, Secret, StoreConfig, StoreKind};

use super::answer::Answer;
use super::client::Client;
use super::deadline::Deadline;
use super::gate::Gate;
use super::{Cause, Config, Error, Fault};
use crate::request::{Object, SourceUrl};
use config::Listing;
use signing::{TOKEN_BYTES, Transport};
use store::Store;

/// Pause before a request is sent a second time.
const PAUSE: Duration = Duration::from_millis(100);

/// Time that must be left for a second try to be worth it.
const ROOM: Duration = Duration::from_millis(500);

/// The configured stores.
pub(super) struct Stores {
    stores: Vec<Store>,
    client: Client,
    gate: Arc<Gate>,
    headers: HeaderMap,
    first_byte: Duration,
}

impl Stores {
    /// The stores of `config`, asked through `client` with `headers`; their faults are added to `faults`.
    pub(super) fn new(
        config: &Config,
        (client, gate): (Client, Arc<Gate>),
        headers: HeaderMap,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let transport = Transport {
            client: client.clone(),
            answer_bytes: TOKEN_BYTES,
            retries: 1,
        };
        let mut stores = Vec::new();
        for config in &config.stores {
            match Store::try_new(config.clone(), transport.clone()) {
                Ok(store) => stores.push(store),
                Err(fault) => faults.push(fault),
            }
        }
        Self {
            stores,
            client,
            gate,
            headers,
            first_byte: config.head_timeout(),
        }
    }

    /// Whether there is a store that serves the bucket of `source`.
    pub(super) fn permits(&self, source: &SourceUrl, object: &Object<'_>) -> Result<(), Error> {
        self.store(source, object).map(|_| ())
    }

    /// Asks for `object`, which `source` names, with the conditions, range and accepted codings in `asked`.
    ///
    /// A store that fails in passing is asked a second time.
    pub(super) async fn ask(
        &self,
        (source, object): (&SourceUrl, &Object<'_>),
        asked: &HeaderMap,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let store = self.store(source, object)?;
        let first = self.attempt((store, object), asked, deadline).await;
        if !is_passing(&first) || deadline.remaining() < ROOM {
            return first;
        }
        drop(first);
        sleep(PAUSE).await;
        self.attempt((store, object), asked, deadline).await
    }

    async fn attempt(
        &self,
        (store, object): (&Store, &Object<'_>),
        asked: &HeaderMap,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let host = store.host();
        let pass = deadline.pausing(self.gate.enter(host)).await?;
        let response = async {
            let signed = store.signed(object, asked).await?;
            let mut headers = self.headers.clone();
            headers.extend(signed.headers);
            if let Some(codings) = asked.get(ACCEPT_ENCODING) {
                headers.insert(ACCEPT_ENCODING, codings.clone());
            }
            self.client.get(host, (&signed.uri, &headers)).await
        };
        let response = deadline
            .bound_first_byte(host, (self.first_byte, response))
            .await??;
        Ok(Answer {
            host: host.to_owned(),
            response,
            pass,
        })
    }

    /// The first store that lists the bucket, else the first that lists none.
    fn store(&self, source: &SourceUrl, object: &Object<'_>) -> Result<&Store, Error> {
        let scheme = source.scheme();
        let of_kind = || self.stores.iter().filter(|store| store.scheme() == scheme);
        if of_kind().next().is_none() {
            return Err(Error::SchemeDisabled {
                scheme: scheme.name(),
            });
        }
        if of_kind().any(|store| store.denies(object.bucket)) {
            return Err(no_object(object, "its bucket is denied"));
        }
        let serving =
            |listing| of_kind().find(|store| store.serves(object.bucket) == Some(listing));
        serving(Listing::Named)
            .or_else(|| serving(Listing::All))
            .ok_or_else(|| no_object(object, "no store serves its bucket"))
    }
}

/// The error of an object that nobody is asked for.
fn no_object(object: &Object<'_>, reason: &'static str) -> Error {
    Error::NoObject {
        bucket: object.bucket.to_owned(),
        reason,
    }
}

/// Whether the outcome may be another at once.
fn is_passing(outcome: &Result<Answer, Error>) -> bool {
    match outcome {
        Ok(answer) => matches!(
            answer.response.status(),
            StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ),
        Err(Error::Unreachable { cause, .. }) => {
            matches!(cause, Cause::Connect | Cause::Protocol)
        }
        Err(_) => false,
    }
}
