//! Asking a server that runs: where it is, who asks, and orders to its admin address.

use std::time::Duration;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use http_body_util::Full;
use serde_json::Value;
use tokio::time::timeout;

use crate::config::{Config, Listen};
use crate::purge::{Client, Reply};

/// What is posted to admin addresses.
#[derive(Clone, Debug)]
pub(super) struct Post {
    path: &'static str,
    authorization: HeaderValue,
    body: Bytes,
}

impl Post {
    /// Posts `content` to `path`, with the token of the settings.
    ///
    /// # Errors
    /// Where the settings have no token, or one that no header can hold.
    pub(super) fn new(
        path: &'static str,
        content: &Value,
        config: &Config,
    ) -> anyhow::Result<Self> {
        let token = config.purge.token.as_deref();
        let token = token.context("INKFISH_PURGE_TOKEN is not set, here as for the server")?;
        Ok(Self {
            path,
            authorization: bearer(token)?,
            body: content.to_string().into(),
        })
    }

    /// Sends it to `address`, a host and a port, and reads the answer, which may take as long as `patience`.
    ///
    /// # Errors
    /// Why there was none. Nothing is asked twice.
    pub(super) async fn send(&self, address: &str, patience: Duration) -> anyhow::Result<Reply> {
        let request = Request::post(format!("http://{address}{}", self.path))
            .header(AUTHORIZATION, self.authorization.clone())
            .body(Full::new(self.body.clone()))
            .with_context(|| format!("{address:?} is no address"))?;
        let reply = match timeout(patience, Client::default().send(request)).await {
            Ok(reply) => reply.map_err(|reason| anyhow!(reason)),
            Err(_) => Err(anyhow!("no answer within {patience:?}")),
        };
        reply.with_context(|| format!("cannot ask {address}"))
    }
}

/// The value of `Authorization` with this bearer token.
///
/// # Errors
/// A token that no header can hold.
pub(super) fn bearer(token: &str) -> anyhow::Result<HeaderValue> {
    let value = HeaderValue::try_from(format!("Bearer {token}"));
    value.context("the token holds what no header can")
}

/// The address that listens on `listen`, as somebody on this machine reaches it.
pub(super) fn reached(listen: Listen) -> String {
    match listen {
        Listen::At(address) if !address.ip().is_unspecified() => address.to_string(),
        Listen::At(address) => format!("127.0.0.1:{}", address.port()),
        Listen::Everywhere { port } => format!("127.0.0.1:{port}"),
    }
}

/// Runs `work` to its end on a runtime of its own.
///
/// # Errors
/// Those of the work, and what keeps a runtime from starting.
pub(super) fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_on_this_machine() {
        let at = |text: &str| Listen::At(text.parse().unwrap());
        let rows = [
            (at("192.0.2.7:81"), "192.0.2.7:81"),
            (at("0.0.0.0:81"), "127.0.0.1:81"),
            (at("[::]:81"), "127.0.0.1:81"),
            (Listen::Everywhere { port: 81 }, "127.0.0.1:81"),
        ];
        for (listen, expected) in rows {
            assert_eq!(reached(listen), expected);
        }
    }
}
