//! A connection to the server that is kept while it lasts, and what is heard on it.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

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
    connection: Option<SendRequest<Empty<Bytes>>>,
}

impl Caller {
    /// Asks at `address`, a host and a port. The patience is for the head of an answer, and for each part of its body.
    pub(super) fn new(address: impl Into<String>, patience: Duration) -> Self {
        Self {
            address: address.into(),
            patience,
            connection: None,
        }
    }

    /// Asks for `path`, and reads the answer without keeping its body, however long that is.
    ///
    /// # Errors
    /// Why there was none. Where a kept connection failed before the answer began, it is asked again on a new one.
    pub(super) async fn drain(
        &mut self,
        path: &str,
        headers: &HeaderMap,
    ) -> anyhow::Result<Drained> {
        let drained = self.exchange(path, headers).await;
        if drained.is_err() {
            // A connection on which something failed is not used again.
            self.connection = None;
        }
        drained.with_context(|| format!("cannot ask {}", self.address))
    }

    async fn exchange(&mut self, path: &str, headers: &HeaderMap) -> anyhow::Result<Drained> {
        let request = self.request(path, headers)?;
        let patience = self.patience;
        let sent = timeout(patience, self.send_again(request)).await;
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

    fn request(&self, path: &str, headers: &HeaderMap) -> anyhow::Result<Request<Empty<Bytes>>> {
        let host = HeaderValue::try_from(&self.address).context("this is no address")?;
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = path.parse().context("this is no path")?;
        *request.headers_mut() = headers.clone();
        request.headers_mut().insert(HOST, host);
        Ok(request)
    }

    fn late<T>(&self) -> anyhow::Result<T> {
        bail!("no answer within {:?}", self.patience)
    }

    /// Sends what may be sent twice: the other side may close a kept connection at any time.
    async fn send_again(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> anyhow::Result<Response<Incoming>> {
        if self.connection.is_some()
            && let Ok(response) = self.send(request.clone()).await
        {
            return Ok(response);
        }
        self.connection = None;
        self.send(request).await
    }

    async fn send(&mut self, request: Request<Empty<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        Ok(self.connection().await?.send_request(request).await?)
    }

    /// The connection that is open, unless the other side has closed it, or a new one.
    async fn connection(&mut self) -> anyhow::Result<&mut SendRequest<Empty<Bytes>>> {
        let mut sender = match self.connection.take() {
            Some(sender) => sender,
            None => self.open().await?,
        };
        if sender.ready().await.is_err() {
            sender = self.open().await?;
        }
        Ok(self.connection.insert(sender))
    }

    async fn open(&self) -> anyhow::Result<SendRequest<Empty<Bytes>>> {
        let stream = TcpStream::connect(&self.address).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
