//! What a client may do with a connection, and how long.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::{
    Connection, Origin, PATIENCE, PICTURE, Reply, Response, Server, eventually, fixture, picture,
};

const SMALL: &str = "rs:fit:24:24";

/// The shortest time that settings know.
const SECOND: Duration = Duration::from_secs(1);

/// Bytes that no socket buffers on both sides hold together.
const LARGE_BYTES: usize = 24 << 20;

/// How long it takes until the server closes; whatever it sends before is thrown away.
fn closed_after(connection: &mut Connection) -> Duration {
    let start = Instant::now();
    connection.rest();
    start.elapsed()
}

/// An origin with a source of [`LARGE_BYTES`] that `skp:jpg` answers as it is.
fn large() -> (Origin, String) {
    let origin = Origin::start();
    let mut bytes = fixture("jpeg/baseline-420.jpg");
    bytes.resize(LARGE_BYTES, 0);
    origin.serve("/large.jpg", Response::ok("image/jpeg", bytes));
    let path = origin.asking_for("/large.jpg", "skp:jpg");
    (origin, path)
}

#[test]
fn requests_follow_each_other_on_one_connection() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let mut connection = server.connect();
    for (target, status) in [
        (origin.asking(SMALL), 200),
        (origin.asking_for("/missing", SMALL), 404),
        ("/unsafe/nonsense".to_owned(), 404),
        ("/health".to_owned(), 200),
        (origin.asking(SMALL), 200),
    ] {
        assert_eq!(connection.request("GET", &target, &[]).status, status);
    }
    assert_eq!(server.metric("inkfish_connections_total"), 1.0);
    let last = connection.request("GET", "/health", &[("Connection", "close")]);
    assert_eq!(last.status, 200);
    assert_eq!(connection.rest(), b"");
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let widths = [20, 8, 30, 12];
    let requests: String = widths
        .iter()
        .map(|width| format!("rs:fit:{width}"))
        .map(|options| {
            format!(
                "GET {} HTTP/1.1\r\nHost: test\r\n\r\n",
                origin.asking(&options)
            )
        })
        .collect();
    connection.send(requests.as_bytes());
    for width in widths {
        assert_eq!(connection.read_reply(true).size().0, width);
    }
}

#[test]
fn a_client_of_http_1_0_is_served_and_the_connection_closed() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    connection.send(b"GET /health HTTP/1.0\r\n\r\n");
    assert_eq!(connection.read_reply(true).text(), "inkfish is running\n");
    assert_eq!(connection.rest(), b"");
}

#[test]
fn what_is_no_http_is_refused() {
    let server = Server::start(&[]);
    for nonsense in ["\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", "GET\r\n\r\n"] {
        let mut connection = server.connect();
        connection.send(nonsense.as_bytes());
        let reply = connection.try_read_reply(true);
        assert!(
            reply.is_none_or(|reply| reply.status == 400),
            "{nonsense:?}"
        );
    }
}

/// A client of HTTP/2 without TLS and without an upgrade.
struct Http2(http2::SendRequest<Empty<Bytes>>);

impl Http2 {
    async fn connect(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let io = TokioIo::new(stream);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    async fn request(&self, method: &str, target: &str) -> (http::response::Parts, Bytes) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://test{target}"))
            .body(Empty::new())
            .unwrap();
        let answer = self.0.clone().send_request(request).await.unwrap();
        let (head, body) = answer.into_parts();
        (head, body.collect().await.unwrap().to_bytes())
    }
}

/// Runs a client of HTTP/2. The server is started and stopped outside, for it has runtimes of its own.
fn speaking_http_2<T>(client: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bounded = async { tokio::time::timeout(PATIENCE, client).await };
    runtime.block_on(bounded).unwrap()
}

#[test]
fn http_2_is_spoken_on_the_same_port_with_the_same_answers() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    let reply = server.get(&path);
    speaking_http_2(async {
        let client = Http2::connect(server.address()).await;
        let (head, body) = client.request("GET", &path).await;
        assert_eq!(head.version, http::Version::HTTP_2);
        assert_eq!(head.status, 200);
        assert_eq!(body, reply.body);
        for name in ["etag", "content-type", "content-length", "cache-control"] {
            assert_eq!(head.headers[name], reply.header(name).unwrap(), "{name}");
        }
        let (head, body) = client.request("HEAD", &path).await;
        assert_eq!(
            head.headers["content-length"],
            reply.header("content-length").unwrap()
        );
        assert!(body.is_empty());
        let (head, _) = client.request("GET", "/unsafe/nonsense").await;
        assert_eq!(head.status, 404);
    });
}

#[test]
fn streams_of_one_connection_do_not_wait_for_each_other() {
    let origin = Origin::with_picture();
    let gate = origin.gated("/slow.jpg", picture());
    let server = Server::start(&[]);
    let (slow, quick) = (origin.asking_for("/slow.jpg", SMALL), origin.asking(SMALL));
    speaking_http_2(async {
        let client = Http2::connect(server.address()).await;
        let waiting = client.request("GET", &slow);
        let others = async {
            for _ in 0..3 {
                assert_eq!(client.request("GET", &quick).await.0.status, 200);
            }
            gate.open();
        };
        let (answer, ()) = tokio::join!(waiting, others);
        assert_eq!(answer.0.status, 200);
    });
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let server = Server::start(&[("READ_REQUEST_TIMEOUT", "1"), ("KEEP_ALIVE_TIMEOUT", "60")]);
    let time = closed_after(&mut server.connect());
    assert!(time >= SECOND / 2 && time < PATIENCE, "{time:?}");
}

#[test]
fn a_head_that_trickles_in_has_no_longer_than_one_that_never_comes() {
    let server = Server::start(&[("READ_REQUEST_TIMEOUT", "1"), ("KEEP_ALIVE_TIMEOUT", "60")]);
    let mut connection = server.connect();
    let start = Instant::now();
    connection.send(b"GET /health HTTP/1.1\r\nX-Long: ");
    let pause = Some(Duration::from_millis(50));
    connection.stream().set_read_timeout(pause).unwrap();
    // Nothing comes, until the server has had enough.
    while matches!(connection.stream().peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    {
        assert!(start.elapsed() < PATIENCE, "it goes on for ever");
        if std::io::Write::write_all(&mut connection.stream(), b"x").is_err() {
            break;
        }
    }
    assert!(start.elapsed() >= SECOND, "{:?}", start.elapsed());
}

#[test]
fn a_connection_between_requests_is_closed_after_a_time_of_its_own() {
    let server = Server::start(&[("READ_REQUEST_TIMEOUT", "60"), ("KEEP_ALIVE_TIMEOUT", "1")]);
    let mut connection = server.connect();
    assert_eq!(connection.request("GET", "/health", &[]).status, 200);
    let time = closed_after(&mut connection);
    assert!(time >= SECOND / 2 && time < PATIENCE, "{time:?}");
}

#[test]
fn without_a_keep_alive_time_each_answer_is_the_last() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("KEEP_ALIVE_TIMEOUT", "0"), ("READ_REQUEST_TIMEOUT", "60")]);
    let mut connection = server.connect();
    assert_eq!(
        connection.request("GET", &origin.asking(SMALL), &[]).size(),
        (24, 16)
    );
    assert_eq!(connection.rest(), b"");
}

#[test]
fn a_client_that_stops_reading_loses_its_connection() {
    let (_origin, path) = large();
    let server = Server::start(&[
        ("WRITE_RESPONSE_TIMEOUT", "1"),
        ("KEEP_ALIVE_TIMEOUT", "60"),
    ]);
    let mut connection = server.connect();
    connection.ask("GET", &path, &[]);
    eventually("the answer is on its way", || {
        server.metric("inkfish_requests_total{status=\"200\",cache=\"miss\"}") == 1.0
    });
    eventually("the server gives up", || {
        server.metric("inkfish_open_connections") == 0.0
    });
    assert!(connection.rest().len() < LARGE_BYTES);
    eventually("what the client held is given back", || {
        server.metric("inkfish_transfer_memory_bytes") == 0.0
    });
}

#[test]
fn a_client_that_pauses_within_an_answer_is_not_idling() {
    let (_origin, path) = large();
    let server = Server::start(&[
        ("WRITE_RESPONSE_TIMEOUT", "60"),
        ("KEEP_ALIVE_TIMEOUT", "1"),
    ]);
    let mut connection = server.connect();
    connection.ask("GET", &path, &[]);
    // Another connection tells when the idle time has passed.
    let mut idle = server.connect();
    eventually("the answer is on its way", || {
        server.metric("inkfish_requests_total{status=\"200\",cache=\"miss\"}") == 1.0
    });
    idle.request("GET", "/health", &[]);
    closed_after(&mut idle);
    assert_eq!(connection.read_reply(true).body.len(), LARGE_BYTES);
}

#[test]
fn a_head_past_all_measure_is_refused() {
    let server = Server::start(&[]);
    let rows = [
        format!("GET /health HTTP/1.1\r\nX-Long: {}", "x".repeat(70 << 10)),
        format!("GET /{} HTTP/1.1\r\n", "x".repeat(70 << 10)),
        format!("GET /health HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1_000)),
    ];
    for head in rows {
        let mut connection = server.connect();
        connection.send(head.as_bytes());
        let status = connection.read_reply(true).status;
        assert!([414, 431].contains(&status), "{status}: {}", &head[..40]);
    }
}

#[test]
fn no_more_connections_are_taken_than_may_be_open() {
    let server = Server::start(&[("MAX_CLIENTS", "2")]);
    let mut open: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for connection in &mut open {
        assert_eq!(connection.request("GET", "/health", &[]).status, 200);
    }
    let mut waiting = server.connect();
    waiting.ask("GET", "/health", &[]);
    let pause = Some(Duration::from_millis(100));
    waiting.stream().set_read_timeout(pause).unwrap();
    let unanswered = waiting.stream().read(&mut [0]).unwrap_err();
    assert_eq!(unanswered.kind(), ErrorKind::WouldBlock);
    assert_eq!(server.metric("inkfish_connections_total"), 2.0);
    assert_eq!(
        server.admin("/health").status,
        200,
        "the admin address has a limit of its own"
    );
    waiting.stream().set_read_timeout(Some(PATIENCE)).unwrap();
    open.pop();
    assert_eq!(waiting.read_reply(true).status, 200);
}

/// Stops the server while `during` runs; what both took to end is waited for.
fn stop_while<T>(server: Server, during: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let stopping = scope.spawn(|| server.stop());
        let result = during();
        stopping.join().unwrap();
        result
    })
}

#[test]
fn a_stop_answers_what_is_in_hand_and_takes_nothing_new() {
    let origin = Origin::start();
    let gate = origin.gated(PICTURE, picture());
    let server = Server::start(&[("KEEP_ALIVE_TIMEOUT", "60"), ("READ_REQUEST_TIMEOUT", "60")]);
    let address = server.address();
    let (mut working, mut idle, mut silent) =
        (server.connect(), server.connect(), server.connect());
    assert_eq!(idle.request("GET", "/health", &[]).status, 200);
    working.ask("GET", &origin.asking(SMALL), &[]);
    gate.wait_for(1);
    eventually("all are taken", || {
        server.metric("inkfish_open_connections") == 3.0
    });
    let reply = stop_while(server, || {
        assert_eq!(idle.rest(), b"", "an idle connection is closed at once");
        assert_eq!(silent.rest(), b"", "and so is one that never asked");
        eventually("no new connection is taken", || {
            TcpStream::connect(address).is_err()
        });
        gate.open();
        working.read_reply(true)
    });
    assert_eq!(reply.size(), (24, 16));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(working.rest(), b"");
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let origin = Origin::start();
    let gate = origin.gated(PICTURE, picture());
    let server = Server::start(&[("GRACEFUL_STOP_TIMEOUT", "1"), ("DOWNLOAD_TIMEOUT", "60")]);
    let mut working = server.connect();
    working.ask("GET", &origin.asking(SMALL), &[]);
    gate.wait_for(1);
    let (stopped, told) = mpsc::channel();
    thread::spawn(move || {
        server.stop();
        // The test may be over: then nobody waits.
        let _ = stopped.send(());
    });
    told.recv_timeout(PATIENCE).expect("the server stops");
    assert_eq!(
        working
            .try_read_reply(true)
            .map(|reply: Reply| reply.status),
        None
    );
    gate.open();
}
