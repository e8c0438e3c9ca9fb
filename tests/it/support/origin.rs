//! An origin that does as it is told: serves, refuses, stalls, lies, and counts.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

use super::PATIENCE;

type Handler = Arc<dyn Fn(&Request, &mut TcpStream) + Send + Sync>;

/// A request as the origin received it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of the header `name`, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// What an origin answers.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    declared_length: Option<usize>,
}

impl Response {
    pub(crate) fn ok(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", media_type)
            .body(body)
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            declared_length: None,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Says another length than the body has.
    pub(crate) fn lying_about_length(mut self, length: usize) -> Self {
        self.declared_length = Some(length);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 304 {
            let length = self.declared_length.unwrap_or(self.body.len());
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[derive(Default)]
struct State {
    handlers: HashMap<String, Handler>,
    requests: Vec<Request>,
    connections: usize,
}

/// A server on a port of its own; its threads end with the process.
pub(crate) struct Origin {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Origin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let state = Arc::clone(&origin.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                state.lock().unwrap().connections += 1;
                let state = Arc::clone(&state);
                thread::spawn(move || answer(stream, &state));
            }
        });
        origin
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers `path` with `response` from now on.
    pub(crate) fn serve(&self, path: &str, response: Response) {
        self.on(path, move |_, stream| {
            // A client that has seen enough hangs up.
            let _ = stream.write_all(&response.bytes());
        });
    }

    /// Has `handler` answer `path` from now on.
    pub(crate) fn on(
        &self,
        path: &str,
        handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static,
    ) {
        self.state
            .lock()
            .unwrap()
            .handlers
            .insert(path.to_owned(), Arc::new(handler));
    }

    /// Answers `path` with `response`, but only once the gate is opened.
    pub(crate) fn gated(&self, path: &str, response: Response) -> Gate {
        let gate = Gate::default();
        let inner = gate.clone();
        self.on(path, move |_, stream| {
            inner.pass();
            let _ = stream.write_all(&response.bytes());
        });
        gate
    }

    /// Sends `bytes` for `path` and then nothing, until the other side hangs up.
    pub(crate) fn stall(&self, path: &str, bytes: impl Into<Vec<u8>>) -> Stall {
        let stall = Stall::default();
        let (inner, bytes) = (stall.clone(), bytes.into());
        self.on(path, move |_, stream| {
            let _ = stream.write_all(&bytes);
            inner.asked.arrive();
            // A close and a reset are one here; only silence is not.
            if !matches!(stream.read(&mut [0; 64]), Err(error) if is_timeout(&error)) {
                inner.closed.arrive();
            }
        });
        stall
    }

    /// Sends `head` for `path` and then `chunk` without end, until the other side hangs up; the bytes that were
    /// taken until then come out of the channel.
    pub(crate) fn pour(
        &self,
        path: &str,
        (head, chunk): (impl Into<Vec<u8>>, impl Into<Vec<u8>>),
    ) -> mpsc::Receiver<usize> {
        let (sender, taken) = mpsc::channel();
        let (head, chunk) = (head.into(), chunk.into());
        self.on(path, move |_, stream| {
            let mut sent = 0;
            let mut next = &head;
            while stream.write_all(next).is_ok() {
                sent += next.len();
                next = &chunk;
            }
            let _ = sender.send(sent);
        });
        taken
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Requests for `path` so far.
    pub(crate) fn hits(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// The requests for `path` so far.
    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        let state = self.state.lock().unwrap();
        state
            .requests
            .iter()
            .filter(|request| request.target == path)
            .cloned()
            .collect()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let Some(request) = read(&stream) else { return };
    let handler = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        let path = request.target.split('?').next().unwrap_or_default();
        state
            .handlers
            .get(&request.target)
            .or_else(|| state.handlers.get(path))
            .cloned()
    };
    match handler {
        Some(handler) => handler(&request, &mut stream),
        None => {
            let _ = stream.write_all(&Response::status(404).bytes());
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines();
    let line = lines.next()?.ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    while let Some((name, value)) = lines.next()?.ok()?.split_once(": ") {
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    let length = request.header("content-length").unwrap_or("0");
    request.body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}

/// What becomes of requests that are never answered to their end.
#[derive(Clone, Default)]
pub(crate) struct Stall {
    asked: Gate,
    closed: Gate,
}

impl Stall {
    /// Waits until `count` requests have had all that they will get.
    pub(crate) fn wait_until_asked(&self, count: usize) {
        self.asked.wait_for(count);
    }

    /// Waits until the other side has hung up on `count` of them.
    pub(crate) fn wait_until_closed(&self, count: usize) {
        self.closed.wait_for(count);
    }
}

/// Holds requests back until it is opened, and knows how many have come to it.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Default)]
struct Passage {
    arrived: usize,
    open: bool,
}

impl Gate {
    /// Lets everybody through, now and later.
    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Waits until `count` requests have come to the gate.
    pub(crate) fn wait_for(&self, count: usize) {
        let (passage, changed) = &*self.0;
        let held = passage.lock().unwrap();
        let (held, waited) = changed
            .wait_timeout_while(held, PATIENCE, |held| held.arrived < count)
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{} of {count} requests came",
            held.arrived
        );
    }

    fn arrive(&self) {
        self.0.0.lock().unwrap().arrived += 1;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        self.arrive();
        let (passage, changed) = &*self.0;
        let held = passage.lock().unwrap();
        // Ends at the latest with the test's patience, so that no thread outlives its use by much.
        drop(
            changed
                .wait_timeout_while(held, PATIENCE, |held| !held.open)
                .unwrap(),
        );
    }
}
