//! Asking a server that runs: one connection, which is kept while it lasts.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::{Config, Listen};

/// Most bytes of an answer that are kept.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// What was answered, but for the body, which was read to its end and dropped.
#[derive(Clone, Debug)]
pub(super) struct Drained {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body_bytes: u64,
}

/// Asks one address, a question at a time.
pub(super) struct Caller {
    address: String,
    patience: Duration,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Asking {
    /// A request without a body.
    pub(super) fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// The same, with a bearer token.
    ///
    /// # Errors
    /// A token that no header can hold.
    pub(super) fn authorized(mut self, token: &str) -> anyhow::Result<Self> {
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let value = value.context("the token holds what no header can")?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }
}

impl Answer {
    /// The body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim_end().to_owned()
    }

    /// Whether the status is one of success.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Caller {
    /// Asks at `address`, a host and a port. Each answer may take as long as `patience`.
    pub(super) fn new(address: impl Into<String>, patience: Duration) -> Self {
        Self {
            address: address.into(),
            patience,
            connection: None,
        }
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// Why there was none. Nothing is asked twice.
    pub(super) async fn ask(&mut self, asking: Asking) -> anyhow::Result<Answer> {
        let answer = timeout(self.patience, self.exchange(asking)).await;
        self.told(answer.unwrap_or_else(|_| self.late()))
    }

    /// Asks, and reads the answer without keeping its body, however long that is: the patience is for its head, and
    /// for each part of the body.
    ///
    /// # Errors
    /// Why there was none. Where a kept connection failed before the answer began, it is asked again on a new one.
    pub(super) async fn drain(&mut self, asking: Asking) -> anyhow::Result<Drained> {
        let drained = self.exchange_and_drop(asking).await;
        self.told(drained)
    }

    /// A connection on which something failed is not used again.
    fn told<T>(&mut self, outcome: anyhow::Result<T>) -> anyhow::Result<T> {
        if outcome.is_err() {
            self.connection = None;
        }
        outcome.with_context(|| format!("cannot ask {}", self.address))
    }

    fn late<T>(&self) -> anyhow::Result<T> {
        bail!("no answer within {:?}", self.patience)
    }

    async fn exchange(&mut self, asking: Asking) -> anyhow::Result<Answer> {
        let (head, body) = self.send(asking).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error))?;
        Ok(Answer {
            status: head.status.as_u16(),
            body: body.to_bytes(),
        })
    }

    async fn exchange_and_drop(&mut self, asking: Asking) -> anyhow::Result<Drained> {
        let patience = self.patience;
        let sent = timeout(patience, self.send_again(asking)).await;
        let (head, mut body) = sent.unwrap_or_else(|_| self.late())?.into_parts();
        let mut body_bytes = 0;
        while let Some(frame) = timeout(patience, body.frame())
            .await
            .or_else(|_| self.late())?
        {
            body_bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(Drained {
            status: head.status.as_u16(),
            headers: head.headers,
            body_bytes,
        })
    }

    /// Sends what may be sent twice: the other side may close a kept connection at any time.
    async fn send_again(&mut self, asking: Asking) -> anyhow::Result<Response<Incoming>> {
        if self.connection.is_some()
            && let Ok(response) = self.send(asking.clone()).await
        {
            return Ok(response);
        }
        self.connection = None;
        self.send(asking).await
    }

    async fn send(&mut self, asking: Asking) -> anyhow::Result<Response<Incoming>> {
        let host = HeaderValue::try_from(&self.address).context("this is no address")?;
        let mut request = Request::new(Full::new(asking.body));
        *request.method_mut() = asking.method;
        *request.uri_mut() = asking.target.parse().context("this is no path")?;
        *request.headers_mut() = asking.headers;
        request.headers_mut().insert(HOST, host);
        Ok(self.connection().await?.send_request(request).await?)
    }

    /// The connection that is open, unless the other side has closed it, or a new one.
    async fn connection(&mut self) -> anyhow::Result<&mut SendRequest<Full<Bytes>>> {
        let mut sender = match self.connection.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.open().await?,
        };
        if sender.ready().await.is_err() {
            sender = self.open().await?;
        }
        Ok(self.connection.insert(sender))
    }

    async fn open(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(&self.address).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// The address that listens on `listen`, as somebody on this machine reaches it.
pub(super) fn reached(listen: Listen) -> SocketAddr {
    match listen {
        Listen::At(address) if !address.ip().is_unspecified() => address,
        Listen::At(address) => ([127, 0, 0, 1], address.port()).into(),
        Listen::Everywhere { port } => ([127, 0, 0, 1], port).into(),
    }
}

/// The token of orders.
///
/// # Errors
/// Where the settings have none.
pub(super) fn token(config: &Config) -> anyhow::Result<&str> {
    let token = config.purge.token.as_deref();
    token.context("INKFISH_PURGE_TOKEN is not set, here as for the server")
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
            assert_eq!(reached(listen).to_string(), expected);
        }
    }
}
