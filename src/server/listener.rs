//! Accepting connections: threads with a runtime each, one shared listening socket, one limit on connections.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
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
    let (seats, inboxes): (Vec<_>, Vec<_>) =
        (0..config.threads.max(1)).map(|_| Seat::new()).unzip();
    let seats: Arc<[Seat]> = seats.into();
    let threads = inboxes
        .into_iter()
        .enumerate()
        .map(|(index, inbox)| {
            let acceptor = Acceptor {
                index,
                seats: Arc::clone(&seats),
                inbox,
                handler: Arc::clone(&handler),
                slots: Arc::clone(&slots),
                config,
                stop: stop.clone(),
            };
            spawn(listener.try_clone()?, acceptor)
        })
        .collect::<io::Result<_>>()?;
    Ok(Listening { address, threads })
}

fn spawn<H: Handle>(
    listener: TcpListener,
    acceptor: Acceptor<H>,
) -> io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name(format!("serve-{}", acceptor.index))
        .spawn(move || {
            runtime.block_on(async move {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => acceptor.run(listener).await,
                    Err(error) => tracing::error!(%error, "cannot poll the listening socket"),
                }
            });
        })
}

/// One thread among those that serve. Whoever the kernel woke for a connection gives it to the thread that has
/// fewest: left to itself, the kernel wakes the same thread again and again.
struct Seat {
    open: AtomicUsize,
    inbox: mpsc::UnboundedSender<Accepted>,
}

/// A connection on its way to its thread; the slots bound how many there are.
struct Accepted {
    stream: std::net::TcpStream,
    address: SocketAddr,
    place: Place,
}

/// A connection's share in the limit of all, counted at its thread's seat.
struct Place {
    seats: Arc<[Seat]>,
    index: usize,
    _slot: OwnedSemaphorePermit,
}

impl Seat {
    fn new() -> (Self, mpsc::UnboundedReceiver<Accepted>) {
        let (sender, inbox) = mpsc::unbounded_channel();
        let open = AtomicUsize::new(0);
        (
            Self {
                open,
                inbox: sender,
            },
            inbox,
        )
    }
}

impl Place {
    /// A place at the seat with the fewest connections.
    fn take(seats: &Arc<[Seat]>, slot: OwnedSemaphorePermit) -> Self {
        let open = |index: &usize| seats[*index].open.load(Ordering::Relaxed);
        let index = (0..seats.len()).min_by_key(open).unwrap_or_default();
        seats[index].open.fetch_add(1, Ordering::Relaxed);
        Self {
            seats: Arc::clone(seats),
            index,
            _slot: slot,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.seats[self.index].open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Acceptor<H> {
    index: usize,
    seats: Arc<[Seat]>,
    inbox: mpsc::UnboundedReceiver<Accepted>,
    handler: Arc<H>,
    slots: Arc<Semaphore>,
    config: Config,
    stop: watch::Receiver<bool>,
}

impl<H: Handle> Acceptor<H> {
    async fn run(mut self, listener: tokio::net::TcpListener) {
        let mut connections = JoinSet::new();
        let (mut stop, slots) = (self.stop.clone(), Arc::clone(&self.slots));
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                (stream, address, slot) = accept(&listener, &slots) => {
                    let place = Place::take(&self.seats, slot);
                    if place.index == self.index {
                        connections.spawn(self.served(stream, address, place));
                    } else {
                        self.hand_over(stream, address, place);
                    }
                }
                Some(Accepted { stream, address, place }) = self.inbox.recv() => {
                    match TcpStream::from_std(stream) {
                        Ok(stream) => { connections.spawn(self.served(stream, address, place)); }
                        Err(error) => tracing::warn!(%error, "cannot poll a connection"),
                    }
                }
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

    fn hand_over(&self, stream: TcpStream, address: SocketAddr, place: Place) {
        let seat = &self.seats[place.index];
        match stream.into_std() {
            // A thread that has stopped takes nothing any more, and neither should we.
            Ok(stream) => drop(seat.inbox.send(Accepted {
                stream,
                address,
                place,
            })),
            Err(error) => tracing::warn!(%error, "cannot hand a connection over"),
        }
    }

    /// Serves a connection to its end.
    fn served(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        place: Place,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (handler, timeouts, stop) = (
            Arc::clone(&self.handler),
            self.config.timeouts,
            self.stop.clone(),
        );
        async move {
            let open = handler.connected();
            serve(stream, address, handler, timeouts, stop).await;
            drop((open, place));
        }
    }
}

/// Waits for a free slot and a connection.
async fn accept(
    listener: &tokio::net::TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let slot = Arc::clone(slots)
            .acquire_owned()
            .await
            .expect("the slots are never closed");
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address, slot),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
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
