//! Accepting connections: threads with a runtime each, one shared listening socket, one limit on connections.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use super::body::Body;
use super::connection::{Guarded, Phase, Timeouts};
use super::error;

/// The largest head of a request, in bytes; longer ones are 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long to wait after a failed accept: out of file descriptors, mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener is told.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Threads that accept and serve, at least 1.
    pub threads: usize,
    /// Connections at once over all threads; more wait in the kernel's queue.
    pub max_connections: usize,
    /// How long each phase of a connection may last.
    pub timeouts: Timeouts,
    /// How long open connections may finish after a stop.
    pub drain: Duration,
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The client's address, as the socket sees it.
    pub(super) address: SocketAddr,
    /// The state of its connection.
    pub(super) phase: Arc<Phase>,
}

/// What answers requests.
pub(super) trait Handle: Send + Sync + 'static {
    /// Answers one request; failures are answers too.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Response<Body>> + Send;

    /// A value that lives as long as a connection.
    type Open: Send;

    /// Told when a connection opens; what it returns is dropped when the connection has closed.
    fn connected(&self) -> Self::Open;
}

/// Threads that serve; they end after the stop signal.
pub struct Listening {
    address: SocketAddr,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Listening {
    /// The address that is listened on, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every thread has drained and ended. Blocks.
    pub fn join(self) {
        for thread in self.threads {
            // A panic there was logged by the panic hook; the others still drain.
            let _ = thread.join();
        }
    }
}

/// Serves `listener` with `handler` until `stop` turns true, then lets open connections finish.
///
/// # Errors
///
/// When the socket or a runtime cannot be set up.
pub(super) fn listen<H: Handle>(
    listener: TcpListener,
    handler: Arc<H>,
    config: Config,
    stop: watch::Receiver<bool>,
) -> io::Result<Listening> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let slots = Arc::new(Semaphore::new(config.max_connections));
    let threads = (0..config.threads.max(1))
        .map(|index| {
            let acceptor = Acceptor {
                handler: Arc::clone(&handler),
                slots: Arc::clone(&slots),
                config,
                stop: stop.clone(),
            };
            spawn(index, listener.try_clone()?, acceptor)
        })
        .collect::<io::Result<_>>()?;
    Ok(Listening { address, threads })
}

fn spawn<H: Handle>(
    index: usize,
    listener: TcpListener,
    acceptor: Acceptor<H>,
) -> io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name(format!("serve-{index}"))
        .spawn(move || {
            runtime.block_on(async move {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => acceptor.run(listener).await,
                    Err(error) => tracing::error!(%error, "cannot poll the listening socket"),
                }
            });
        })
}

struct Acceptor<H> {
    handler: Arc<H>,
    slots: Arc<Semaphore>,
    config: Config,
    stop: watch::Receiver<bool>,
}

impl<H: Handle> Acceptor<H> {
    async fn run(self, listener: tokio::net::TcpListener) {
        let mut connections = JoinSet::new();
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                connection = self.accept(&listener) => { connections.spawn(connection); }
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.config.drain, drained)
            .await
            .is_err()
        {
            tracing::warn!("connections were still open at the end of the graceful stop");
        }
    }

    /// Waits for a free slot and a connection; what it returns serves that connection.
    async fn accept(
        &self,
        listener: &tokio::net::TcpListener,
    ) -> impl Future<Output = ()> + Send + 'static {
        loop {
            let slot = Arc::clone(&self.slots)
                .acquire_owned()
                .await
                .expect("the slots are never closed");
            match listener.accept().await {
                Ok((stream, address)) => {
                    let (handler, config, stop) =
                        (Arc::clone(&self.handler), self.config, self.stop.clone());
                    return async move {
                        let open = handler.connected();
                        serve(stream, address, handler, config.timeouts, stop).await;
                        drop((open, slot));
                    };
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn serve<H: Handle>(
    stream: TcpStream,
    address: SocketAddr,
    handler: Arc<H>,
    timeouts: Timeouts,
    mut stop: watch::Receiver<bool>,
) {
    prepare(&stream, timeouts.write);
    let phase = Arc::new(Phase::default());
    let peer = Peer {
        address,
        phase: Arc::clone(&phase),
    };
    let service = ServiceBuilder::new()
        .layer(CatchPanicLayer::custom(after_panic))
        .service_fn(move |request| {
            let (handler, peer) = (Arc::clone(&handler), peer.clone());
            async move { Ok::<_, Infallible>(handler.handle(request, peer).await) }
        });
    let protocol = protocol(timeouts.idle);
    let io = TokioIo::new(Guarded::new(stream, phase, timeouts));
    let mut connection =
        std::pin::pin!(protocol.serve_connection(io, TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client = %address, %error, "the connection ended early");
    }
}

/// A bug costs its own request an answer, and nothing else; the panic hook has logged it.
fn after_panic(_payload: Box<dyn Any + Send>) -> Response<Body> {
    error::INTERNAL.response()
}

/// Ends when the stop signal is given, or nobody can give it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// Small answers leave at once, and a peer that vanished is noticed by the kernel too.
fn prepare(stream: &TcpStream, write_timeout: Duration) {
    let socket = socket2::SockRef::from(stream);
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(write_timeout)));
    if let Err(error) = set {
        tracing::debug!(%error, "cannot set socket options");
    }
}

/// HTTP/1.1 and prior-knowledge HTTP/2 on one port, each within bounds. Heads and idling are timed by [`Guarded`].
fn protocol(idle: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES)
        .keep_alive(!idle.is_zero());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(128 * 1024)
        .max_header_list_size(32 * 1024)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(Some(128))
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}
