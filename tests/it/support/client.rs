//! A small HTTP/1.1 client that shows answers as they are, byte for byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The value of the header `name`, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        assert!(values.next().is_none(), "{name} is sent once");
        Some(value)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status and body, which is all there is to say of a refusal.
    pub(crate) fn verdict(&self) -> (u16, String) {
        (self.status, self.text())
    }

    /// The body as pixels, by a decoder that shares nothing with ours.
    #[track_caller]
    pub(crate) fn image(&self) -> image::DynamicImage {
        assert_eq!(self.status, 200, "{}", self.text());
        image::load_from_memory(&self.body).unwrap()
    }

    /// Width and height of the body's image.
    #[track_caller]
    pub(crate) fn size(&self) -> (u32, u32) {
        let image = self.image();
        (image.width(), image.height())
    }
}

/// A connection that is kept open between requests.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.reader.get_mut().write_all(bytes).unwrap();
    }

    /// Sends a request with extra headers.
    pub(crate) fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: test\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.send(head.as_bytes());
    }

    /// Asks and reads the answer.
    pub(crate) fn request(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.ask(method, target, headers);
        self.read_reply(method != "HEAD")
    }

    /// Posts an order to an admin address, and reads the answer.
    pub(crate) fn order(&mut self, target: &str, token: &str, order: &str) -> Reply {
        let length = order.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: admin\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {length}\r\n\r\n{order}"
        );
        self.send(request.as_bytes());
        self.read_reply(true)
    }

    /// Reads one answer; one to HEAD has no body whatever its length says.
    pub(crate) fn read_reply(&mut self, has_body: bool) -> Reply {
        self.try_read_reply(has_body).expect("an answer")
    }

    /// Reads one answer, or `None` where the connection was closed instead.
    pub(crate) fn try_read_reply(&mut self, has_body: bool) -> Option<Reply> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        if has_body && status != 304 && status != 204 {
            reply.body = self.body(&reply);
        }
        Some(reply)
    }

    /// Everything until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = self.reader.read_to_end(&mut rest);
        rest
    }

    /// The socket, for tests that misbehave.
    pub(crate) fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    fn body(&mut self, reply: &Reply) -> Vec<u8> {
        if let Some(length) = reply.header("content-length") {
            let mut body = vec![0; length.parse().unwrap()];
            self.reader.read_exact(&mut body).unwrap();
            return body;
        }
        match reply.header("transfer-encoding") {
            Some("chunked") => self.chunks(),
            _ => self.rest(),
        }
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let Some(line) = self.line() else { return body };
            let length = usize::from_str_radix(&line, 16).unwrap();
            let mut chunk = vec![0; length + 2];
            if self.reader.read_exact(&mut chunk).is_err() {
                return body;
            }
            body.extend_from_slice(&chunk[..length]);
            if length == 0 {
                return body;
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.reader
            .read_line(&mut line)
            .ok()
            .filter(|length| *length > 0)?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}
