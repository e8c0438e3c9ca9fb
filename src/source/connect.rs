//! The connector: the only way from here to an origin, and the place where the guard stands.
//!
//! Literals and names go through the same steps: addresses, guard, TCP to the very address that was judged, TLS
//! under the name of the URL. No proxy setting of the environment is read.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tower::Service;

use super::deadline::timed_out;
use super::guard::{Guard, Refusal};
use super::{Cause, Error, Phase, Resolve};

/// Addresses of one name that are tried; more than any honest name has.
const MOST_ADDRESSES: usize = 8;
/// Head start of one address before the next is tried beside it (RFC 8305, 5: 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);
/// Connections that are open at a time and still wait for a second use; others are closed after their first.
const MOST_POOLED: usize = 256;

/// Makes connections for the HTTP client.
#[derive(Clone)]
pub(super) struct Connector {
    inner: Arc<Inner>,
}

struct Inner {
    guard: Guard,
    resolver: Arc<dyn Resolve>,
    tls: Arc<ClientConfig>,
    limit: Duration,
    open: Arc<AtomicUsize>,
}

/// What a [`Connector`] is made of.
pub(super) struct Parts {
    pub(super) guard: Guard,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: Arc<ClientConfig>,
    /// Time for a whole connection.
    pub(super) limit: Duration,
}

/// A connection to an origin.
pub(super) struct Link {
    stream: TokioIo<Pin<Box<dyn Stream>>>,
    speaks_http2: bool,
    open: OpenCount,
}

trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// Where a URI leads.
struct Target {
    host: String,
    port: u16,
    is_tls: bool,
}

/// Counts one open connection until it is dropped.
struct OpenCount(Arc<AtomicUsize>);

impl Connector {
    pub(super) fn new(parts: Parts) -> Self {
        let inner = Inner {
            guard: parts.guard,
            resolver: parts.resolver,
            tls: parts.tls,
            limit: parts.limit,
            open: Arc::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Link, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let target = Target::of(&uri)?;
            timeout(inner.limit, inner.connect(&target))
                .await
                .unwrap_or_else(|_| Err(timed_out(&target.host, Phase::Connect)))
        })
    }
}

impl Inner {
    async fn connect(&self, target: &Target) -> Result<Link, Error> {
        let addresses = self.addresses(target).await?;
        let permitted = self.permitted(target, addresses)?;
        let tcp = first_to_answer(permitted)
            .await
            .map_err(|detail| target.unreachable(Cause::Connect, detail))?;
        self.check_peer(target, &tcp)?;
        let (stream, speaks_http2) = self.secured(target, tcp).await?;
        Ok(Link {
            stream: TokioIo::new(stream),
            speaks_http2,
            open: OpenCount::new(&self.open),
        })
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, Error> {
        if let Ok(literal) = target.host.parse() {
            return Ok(vec![literal]);
        }
        match self.resolver.resolve(&target.host).await {
            Ok(addresses) if addresses.is_empty() => {
                Err(target.unreachable(Cause::Dns, "no address".to_owned()))
            }
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(target.unreachable(Cause::Dns, error.to_string())),
        }
    }

    /// The addresses that may be dialled; an error if that is none of them.
    fn permitted(&self, target: &Target, ips: Vec<IpAddr>) -> Result<Vec<SocketAddr>, Error> {
        let mut permitted = Vec::new();
        let mut refused = None;
        for ip in ips {
            let address = SocketAddr::new(ip.to_canonical(), target.port);
            match self.guard.judge(address) {
                Ok(()) => permitted.push(address),
                Err(refusal) => refused = refused.or(Some(target.refused(address, refusal))),
            }
        }
        permitted.truncate(MOST_ADDRESSES);
        match refused {
            Some(error) if permitted.is_empty() => Err(error),
            _ => Ok(permitted),
        }
    }

    /// Judges where the connection has really led, before a byte is written to it.
    fn check_peer(&self, target: &Target, tcp: &TcpStream) -> Result<(), Error> {
        let ends = tcp
            .local_addr()
            .and_then(|local| Ok((local, tcp.peer_addr()?)));
        let (local, peer) =
            ends.map_err(|error| target.unreachable(Cause::Connect, error.to_string()))?;
        self.guard
            .judge(peer)
            .map_err(|refusal| target.refused(peer, refusal))?;
        if self.guard.is_own_connection(local, peer) {
            return Err(target.refused(peer, Refusal::OwnListener));
        }
        Ok(())
    }

    /// The stream as HTTP is spoken over it, and whether that is HTTP/2.
    async fn secured(
        &self,
        target: &Target,
        tcp: TcpStream,
    ) -> Result<(Pin<Box<dyn Stream>>, bool), Error> {
        let failed = |detail: String| target.unreachable(Cause::Tls, detail);
        // A failure to switch Nagle off costs time and nothing else.
        let _ = tcp.set_nodelay(true);
        if !target.is_tls {
            return Ok((Box::pin(tcp), false));
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|e| failed(e.to_string()))?;
        let tls = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, tcp)
            .await
            .map_err(|e| failed(e.to_string()))?;
        let speaks_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Box::pin(tls), speaks_http2))
    }
}

/// Connects to the addresses in their order, each with a head start before the next, and keeps the first that
/// answers; the error is that of the last one to fail.
async fn first_to_answer(addresses: Vec<SocketAddr>) -> Result<TcpStream, String> {
    let mut untried = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut failure = "no address".to_owned();
    loop {
        if let Some(address) = untried.next() {
            attempts.spawn(TcpStream::connect(address));
        }
        let is_last = untried.len() == 0;
        tokio::select! {
            answer = attempts.join_next() => match answer {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(error))) => failure = error.to_string(),
                Some(Err(error)) => failure = error.to_string(),
                None => return Err(failure),
            },
            () = sleep(HEAD_START), if !is_last => {}
        }
    }
}

impl Target {
    fn of(uri: &Uri) -> Result<Self, Error> {
        let host = uri.host().unwrap_or_default();
        let is_tls = uri.scheme_str() == Some("https");
        let target = Self {
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            is_tls,
        };
        if target.host.is_empty() || target.port == 0 {
            return Err(target.unreachable(Cause::Connect, "no host or port".to_owned()));
        }
        Ok(target)
    }

    fn unreachable(&self, cause: Cause, detail: String) -> Error {
        Error::Unreachable {
            host: self.host.clone(),
            cause,
            detail,
        }
    }

    fn refused(&self, address: SocketAddr, refusal: Refusal) -> Error {
        let host = self.host.clone();
        match refusal {
            Refusal::Class(class) => Error::ForbiddenAddress {
                host,
                address: address.ip(),
                class,
            },
            Refusal::OwnListener => Error::Loop { host, address },
        }
    }
}

impl OpenCount {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }

    fn is_crowded(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST_POOLED
    }
}

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        if self.open.is_crowded() {
            // The pool bounds idle connections a host, not hosts: a poisoned one is not kept.
            connected.poison();
        }
        if self.speaks_http2 {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
