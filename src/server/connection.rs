//! One client connection as a byte stream that cannot be held open for nothing.
//!
//! hyper has no timer for the first bytes, none for writes, and one for heads and idling together. Here each
//! phase has its own: waiting for a first byte, receiving a head, idling between requests, and writing
//! without progress. While a request is in hand nothing but writing is timed; its own timeouts hold then.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How far the reading side's timer is put off while it does not count. It always runs, because hyper does not
/// read again after an answer where its last read is waiting still: only a timer that runs can be set anew then.
const PUT_OFF: Duration = Duration::from_secs(60);

/// How long each phase of a connection may last.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the first byte of a head (or of the connection) to the whole head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Writing without the client taking a byte.
    pub write: Duration,
}

/// What a connection is doing, shared between its stream and the requests on it.
#[derive(Debug, Default)]
pub(super) struct Phase {
    in_hand: AtomicU32,
    /// Counts every change, so that the stream knows when to set its timer anew.
    changes: AtomicU64,
}

/// A request in hand; dropping it gives the connection back to idling.
#[derive(Debug)]
pub(super) struct InHand(Arc<Phase>);

impl Phase {
    /// Marks a request as in hand until the guard is dropped, which is when its answer has been sent.
    pub(super) fn begin(self: &Arc<Self>) -> InHand {
        self.in_hand.fetch_add(1, Ordering::AcqRel);
        self.changes.fetch_add(1, Ordering::AcqRel);
        InHand(Arc::clone(self))
    }

    fn is_busy(&self) -> bool {
        self.in_hand.load(Ordering::Acquire) > 0
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.in_hand.fetch_sub(1, Ordering::AcqRel);
        self.0.changes.fetch_add(1, Ordering::AcqRel);
    }
}

/// A stream whose reads and writes fail with [`io::ErrorKind::TimedOut`] once their phase has lasted too long.
pub(super) struct Guarded<S> {
    stream: S,
    phase: Arc<Phase>,
    timeouts: Timeouts,
    read: ReadTimer,
    write: Option<Pin<Box<Sleep>>>,
}

/// The timer of the reading side: which phase it was set for, and when that phase ends.
struct ReadTimer {
    sleep: Pin<Box<Sleep>>,
    seen_changes: u64,
    in_head: bool,
    /// Bytes were written since the timer was set: an answer that is being taken slowly is not idling.
    wrote: bool,
}

impl<S> Guarded<S> {
    /// Guards a fresh connection: its first head is due from now.
    pub(super) fn new(stream: S, phase: Arc<Phase>, timeouts: Timeouts) -> Self {
        let read = ReadTimer {
            sleep: Box::pin(tokio::time::sleep(timeouts.head)),
            seen_changes: phase.changes.load(Ordering::Acquire),
            in_head: true,
            wrote: false,
        };
        Self {
            stream,
            phase,
            timeouts,
            read,
            write: None,
        }
    }

    /// Sets the timer anew where requests came or went, or bytes were written, since the last look. Looked at
    /// when reading and when flushing, which is what follows the end of a request.
    fn follow_phase(&mut self) {
        let changes = self.phase.changes.load(Ordering::Acquire);
        if changes != self.read.seen_changes || self.read.wrote {
            self.read.seen_changes = changes;
            self.read.in_head = false;
            self.read.wrote = false;
            self.read
                .sleep
                .as_mut()
                .reset(Instant::now() + self.timeouts.idle);
        }
    }

    /// The first bytes after idling begin a head.
    fn note_bytes(&mut self) {
        if !self.read.in_head && !self.phase.is_busy() {
            self.read.in_head = true;
            self.read
                .sleep
                .as_mut()
                .reset(Instant::now() + self.timeouts.head);
        }
    }

    /// Whether silence of the client means anything: not while it waits for us, and not while it takes an answer.
    fn awaits_client(&self) -> bool {
        !self.phase.is_busy() && self.write.is_none()
    }

    /// Pending while writing makes no progress, an error once it has not for too long.
    fn stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let limit = self.timeouts.write;
        let timer = self
            .write
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(timed_out("the client stopped reading"))
    }

    fn progress<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(done) => {
                self.write = None;
                Poll::Ready(done)
            }
            Poll::Pending => self.stalled(cx).map(Err),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.follow_phase();
        let before = buf.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            if buf.filled().len() > before {
                this.note_bytes();
            }
            return Poll::Ready(done);
        }
        loop {
            ready!(this.read.sleep.as_mut().poll(cx));
            if this.awaits_client() {
                return Poll::Ready(Err(timed_out("no request came in time")));
            }
            this.read.sleep.as_mut().reset(Instant::now() + PUT_OFF);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.read.wrote |= result.is_ready();
        self.progress(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.read.wrote |= result.is_ready();
        self.progress(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.follow_phase();
        self.progress(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.progress(cx, result)
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const TIMEOUTS: Timeouts = Timeouts {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        write: Duration::from_secs(5),
    };

    fn pair() -> (Guarded<DuplexStream>, DuplexStream, Arc<Phase>) {
        let (near, far) = duplex(16);
        let phase = Arc::new(Phase::default());
        (Guarded::new(near, Arc::clone(&phase), TIMEOUTS), far, phase)
    }

    async fn failure_after(guarded: &mut Guarded<DuplexStream>) -> Duration {
        let start = Instant::now();
        let error = guarded.read(&mut [0; 8]).await.expect_err("nothing comes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_is_given_up_after_the_head_timeout() {
        let (mut guarded, _far, _phase) = pair();
        assert_eq!(failure_after(&mut guarded).await.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickling_head_is_given_up_in_the_same_time() {
        let (mut guarded, mut far, _phase) = pair();
        let start = Instant::now();
        let trickle = tokio::spawn(async move {
            while far.write_all(b"G").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut byte = [0; 1];
        while guarded.read(&mut byte).await.is_ok() {}
        assert_eq!(start.elapsed().as_secs(), 10);
        drop(guarded);
        trickle.await.expect("the writer ends");
    }

    #[tokio::test(start_paused = true)]
    async fn idling_between_requests_has_a_timeout_of_its_own() {
        let (mut guarded, mut far, phase) = pair();
        far.write_all(b"GET").await.expect("room");
        guarded.read_exact(&mut [0; 3]).await.expect("bytes");
        drop(phase.begin());
        assert_eq!(failure_after(&mut guarded).await.as_secs(), 75);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_against_the_clock_while_a_request_is_in_hand() {
        let (mut guarded, _far, phase) = pair();
        let in_hand = phase.begin();
        let waited =
            tokio::time::timeout(Duration::from_secs(1_000), guarded.read(&mut [0; 8])).await;
        assert!(waited.is_err(), "the read is still waiting");
        drop(in_hand);
        assert_eq!(failure_after(&mut guarded).await.as_secs(), 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_waits_since_before_an_answer_is_timed_from_its_end() {
        let (guarded, _far, phase) = pair();
        let (mut reading, mut writing) = tokio::io::split(guarded);
        let in_hand = phase.begin();
        let start = Instant::now();
        let read = tokio::spawn(async move { reading.read(&mut [0; 8]).await });
        tokio::time::sleep(Duration::from_secs(200)).await;
        drop(in_hand);
        writing.write_all(b"answer").await.expect("room");
        writing.flush().await.expect("no error");
        let error = read.await.expect("no panic").expect_err("nothing comes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 275);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_pauses_within_an_answer_is_not_idling() {
        let (near, mut far) = duplex(16);
        let timeouts = Timeouts {
            write: TIMEOUTS.idle * 3,
            ..TIMEOUTS
        };
        let guarded = Guarded::new(near, Arc::default(), timeouts);
        let (mut reading, mut writing) = tokio::io::split(guarded);
        let read = tokio::spawn(async move { reading.read(&mut [0; 8]).await });
        let write = tokio::spawn(async move { writing.write_all(&[0; 32]).await });
        tokio::time::sleep(TIMEOUTS.idle * 2).await;
        assert!(!read.is_finished());
        far.read_exact(&mut [0; 32]).await.expect("the answer");
        write.await.expect("no panic").expect("all is taken");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_is_given_up() {
        let (mut guarded, _far, _phase) = pair();
        let start = Instant::now();
        let error = guarded
            .write_all(&[0; 64])
            .await
            .expect_err("the pipe holds 16 bytes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 5);
    }
}
