//! A scripted origin: raw bytes over TCP, so that it can lie in every way.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What the origin does next on a connection.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes again and again until the other side hangs up.
    Endless(Vec<u8>),
    /// Waits for a permit, and uses it up.
    Await(Arc<Semaphore>),
    /// Says nothing until the other side hangs up.
    Silence,
    /// Hangs up.
    Close,
}

pub(super) struct Origin {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

/// What the origin has seen.
#[derive(Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    asked: Notify,
    left_alone: Notify,
}

type Script = Arc<dyn Fn(&str) -> Vec<Step> + Send + Sync>;

impl Origin {
    /// An origin that answers each request by `script`, which is given the head of the request.
    pub(super) async fn start(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, script): (Arc<Seen>, Script) = (Arc::default(), Arc::new(script));
        let task = tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(converse(stream, Arc::clone(&script), Arc::clone(&seen)));
                }
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    /// An origin that answers every request alike.
    pub(super) async fn always(steps: Vec<Step>) -> Self {
        Self::start(move |_| steps.clone()).await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The heads of the requests so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// Waits until a request has come.
    pub(super) async fn asked(&self) {
        self.seen.asked.notified().await;
    }

    /// Waits until the other side has hung up during `Endless` or `Silence`.
    pub(super) async fn left_alone(&self) {
        let waiting = self.seen.left_alone.notified();
        timeout(Duration::from_secs(2), waiting).await.unwrap();
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers the requests of one connection.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Script,
    seen: Arc<Seen>,
) {
    while let Some(head) = read_head(&mut stream).await {
        seen.heads.lock().unwrap().push(head.clone());
        seen.asked.notify_one();
        for step in script(&head) {
            if !take(step, &mut stream, &seen).await {
                return;
            }
        }
    }
}

/// Takes one step, and says whether the connection goes on.
async fn take(step: Step, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), seen: &Seen) -> bool {
    match step {
        Step::Send(bytes) => return stream.write_all(&bytes).await.is_ok(),
        Step::Await(permits) => {
            let gone =
                async { while stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {} };
            tokio::select! {
                permit = permits.acquire() => {
                    permit.unwrap().forget();
                    return true;
                }
                () = gone => {}
            }
        }
        Step::Endless(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        Step::Silence => while stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {},
        Step::Close => return false,
    }
    seen.left_alone.notify_one();
    false
}

pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).to_ascii_lowercase())
}

/// A response with a length, as one step.
pub(super) fn respond(status: &str, headers: &str, body: &[u8]) -> Vec<Step> {
    let length = format!("content-length: {}\r\n{headers}", body.len());
    vec![Step::Send([head(status, &length), body.to_vec()].concat())]
}

/// The head of a response.
pub(super) fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes()
}

/// A body in chunks of `size`, closed by the last one.
pub(super) fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut coded = Vec::new();
    for chunk in body.chunks(size) {
        coded.extend(format!("{:x}\r\n", chunk.len()).bytes());
        coded.extend(chunk);
        coded.extend(b"\r\n");
    }
    coded.extend(b"0\r\n\r\n");
    coded
}
