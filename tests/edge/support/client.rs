//! A client of the public address, over TLS, a connection a request.

use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::site::{Certificate, NAME};

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing of an answer came.
    Unanswered(String),
    /// The body ends before its length.
    Cut,
}

/// Asks from the network of the thread that calls.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    patience: Duration,
    config: Arc<ClientConfig>,
}

impl Client {
    pub(crate) fn new(address: &str, certificate: &Certificate, patience: Duration) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.trusted()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address: address.parse().unwrap(),
            patience,
            config: Arc::new(config),
        }
    }

    /// The same client, who waits so long for each step.
    pub(crate) fn with_patience(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    pub(crate) fn get(&self, target: &str) -> Result<Answer, Fault> {
        self.request("GET", target, "")
    }

    /// Sends a request with more lines in its head, each with its end.
    pub(crate) fn request(&self, method: &str, target: &str, lines: &str) -> Result<Answer, Fault> {
        let mut received = Vec::new();
        let mut stream = self.send(method, target, lines).map_err(unanswered)?;
        match stream.read_to_end(&mut received) {
            Err(error) if received.is_empty() => Err(unanswered(error)),
            // The length says whether that was all.
            _ => parse(&received),
        }
    }

    /// Asks for an image and takes so many bytes of its answer for now.
    pub(crate) fn begin(&self, target: &str, bytes: usize) -> Begun {
        let mut stream = self.send("GET", target, "").unwrap();
        let mut received = vec![0; bytes];
        stream.read_exact(&mut received).unwrap();
        Begun { stream, received }
    }

    fn send(&self, method: &str, target: &str, lines: &str) -> io::Result<Stream> {
        let stream = TcpStream::connect_timeout(&self.address, self.patience)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
        let connection =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n{lines}\r\n"
        );
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// An answer that is taken slowly.
pub(crate) struct Begun {
    stream: Stream,
    received: Vec<u8>,
}

impl Begun {
    /// Takes the rest.
    pub(crate) fn finish(mut self) -> Result<Answer, Fault> {
        // The length says whether that was all.
        let _ = self.stream.read_to_end(&mut self.received);
        parse(&self.received)
    }
}

/// The body of the next answer on a connection that is kept; nothing but 200 is taken for one.
pub(crate) fn next_body(reader: &mut impl BufRead) -> Vec<u8> {
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(head[0].contains(" 200 "), "{head:?}");
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    body
}

fn unanswered(error: io::Error) -> Fault {
    Fault::Unanswered(error.to_string())
}

fn parse(received: &[u8]) -> Result<Answer, Fault> {
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let end = end.ok_or_else(|| Fault::Unanswered("no whole head".to_owned()))?;
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let answer = Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: received[end + 4..].to_vec(),
        head,
    };
    let length = answer.header("content-length").map(str::parse);
    match length {
        Some(Ok(length)) if answer.body.len() < length => Err(Fault::Cut),
        _ => Ok(answer),
    }
}
