//! A server that has one picture under every path, and keeps what it was asked for.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::{Machine, PATIENCE, eventually, fixture};

/// The head of a request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head(Vec<String>);

impl Head {
    /// Method, target and version.
    pub(crate) fn line(&self) -> &str {
        &self.0[0]
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.iter().filter_map(|line| line.split_once(": "));
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// How many pictures it has.
pub(crate) const PICTURES: u32 = NAMES.len() as u32;

/// Their files. A source whose name is a number has the one of this number, and after the last comes the first.
const NAMES: [&str; 4] = [
    "jpeg/photo-1200x800.jpg",
    "demo/agate.jpg",
    "demo/valley.jpg",
    "demo/ember.webp",
];

/// What is in the name of a picture that no buffers on its way hold whole.
pub(crate) const LARGE: &str = "large";
const LARGE_BYTES: usize = 24 << 20;

/// It stands where an origin or the host of sources would; its threads end with the process.
pub(crate) struct Recorder(Arc<Shared>);

impl Recorder {
    /// Listens at an address of `machine`.
    pub(crate) fn start(machine: &Machine, address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let listener = machine.within(|| TcpListener::bind(address)).unwrap();
        let shared = Arc::new(Shared {
            pictures: Mutex::new(NAMES.map(|name| fixture(name).into())),
            ..Shared::default()
        });
        let recorder = Self(Arc::clone(&shared));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.answer(&stream));
            }
        });
        recorder
    }

    /// Has another picture of every source from now on.
    pub(crate) fn change_pictures(&self) {
        self.0.pictures.lock().unwrap().rotate_left(1);
    }

    /// Keeps every answer back from now on; each has the picture of the time when it was asked for.
    pub(crate) fn hold(&self) {
        *self.0.is_held.lock().unwrap() = true;
    }

    /// Gives the answers that were kept back, and those that come.
    pub(crate) fn release(&self) {
        *self.0.is_held.lock().unwrap() = false;
        self.0.released.notify_all();
    }

    /// Takes what came so far.
    pub(crate) fn take(&self) -> Vec<Head> {
        std::mem::take(&mut *self.0.requests.lock().unwrap())
    }

    /// Waits until so many requests came since the last were taken.
    #[track_caller]
    pub(crate) fn wait_for(&self, requests: usize) {
        let came = || self.0.requests.lock().unwrap().len();
        eventually("the server is asked", || came() >= requests);
    }
}

/// What its threads share.
#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Head>>,
    pictures: Mutex<[Arc<[u8]>; NAMES.len()]>,
    is_held: Mutex<bool>,
    released: Condvar,
}

impl Shared {
    /// Answers one request after the other.
    fn answer(&self, stream: &TcpStream) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        loop {
            let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            if head.is_empty() {
                return;
            }
            let (picture, padding) = (self.picture(&head[0]), padding(&head[0]));
            self.requests.lock().unwrap().push(Head(head));
            self.wait_while_held();
            let length = picture.len() + padding.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\
                 Cache-Control: max-age=31536000, public\r\nVary: Accept\r\n\r\n"
            );
            let mut writer = stream;
            // Who asked may be gone.
            let _ = writer.write_all(answer.as_bytes());
            let _ = writer.write_all(&picture);
            let _ = writer.write_all(&padding);
        }
    }

    /// The picture of the source that the line of a request names.
    fn picture(&self, line: &str) -> Arc<[u8]> {
        let name = line.split_once(".jpg").map_or("", |(path, _)| path);
        let number = name.rsplit('/').next().map(str::parse);
        let number: usize = number.and_then(Result::ok).unwrap_or_default();
        let pictures = self.pictures.lock().unwrap();
        Arc::clone(&pictures[number % pictures.len()])
    }

    fn wait_while_held(&self) {
        let is_held = self.is_held.lock().unwrap();
        drop(self.released.wait_while(is_held, |is_held| *is_held));
    }
}

/// What follows a picture whose name says that it is large.
fn padding(line: &str) -> Vec<u8> {
    vec![0; if line.contains(LARGE) { LARGE_BYTES } else { 0 }]
}
