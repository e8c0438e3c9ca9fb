//! A server that has one picture under every path, and keeps what it was asked for.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Machine, PATIENCE, fixture};

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

/// The requests so far.
type Requests = Arc<Mutex<Vec<Head>>>;

/// The bytes of the picture.
type Picture = Arc<Mutex<Arc<[u8]>>>;

/// The pictures that it has, one after the other.
const PICTURES: [&str; 2] = ["jpeg/photo-1200x800.jpg", "jpeg/progressive-420.jpg"];

/// What is in the name of a picture that no buffers on its way hold whole.
pub(crate) const LARGE: &str = "large";
const LARGE_BYTES: usize = 24 << 20;

/// It stands where an origin or the host of sources would; its threads end with the process.
pub(crate) struct Recorder {
    requests: Requests,
    picture: Picture,
}

impl Recorder {
    /// Listens at an address of `machine`.
    pub(crate) fn start(machine: &Machine, address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let listener = machine.within(|| TcpListener::bind(address)).unwrap();
        let requests = Requests::default();
        let picture = Arc::new(Mutex::new(fixture(PICTURES[0]).into()));
        let recorder = Self {
            requests: Arc::clone(&requests),
            picture: Arc::clone(&picture),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, picture) = (Arc::clone(&requests), Arc::clone(&picture));
                thread::spawn(move || answer(&stream, &requests, &picture));
            }
        });
        recorder
    }

    /// Has another picture from now on.
    pub(crate) fn change_picture(&self) {
        *self.picture.lock().unwrap() = fixture(PICTURES[1]).into();
    }

    /// Takes what came so far.
    pub(crate) fn take(&self) -> Vec<Head> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

/// Answers one request after the other.
fn answer(stream: &TcpStream, requests: &Requests, picture: &Picture) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    loop {
        let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        if head.is_empty() {
            return;
        }
        let is_large = head[0].contains(LARGE);
        let picture = Arc::clone(&picture.lock().unwrap());
        let padding = vec![0; if is_large { LARGE_BYTES } else { 0 }];
        let length = picture.len() + padding.len();
        requests.lock().unwrap().push(Head(head));
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
