//! Origins that are silent, endless, or lie.

use super::{BROKEN, INCOMPLETE, INVALID, UNREACHABLE, assert_verdict, picture, plain};
use crate::support::{Connection, Origin, Response, Server, fixture};

/// More than the buffers of two sockets hold: what was taken of it tells whether anybody went on reading.
const LARGE: usize = 31 << 20;

/// The picture, with another width and height in its frame header (ITU T.81, B.2.2).
fn picture_declaring(width: u16, height: u16) -> Vec<u8> {
    let bytes = picture();
    let marker = bytes.windows(2).position(|two| two == [0xff, 0xc0]);
    let size = [height.to_be_bytes(), width.to_be_bytes()].concat();
    patched(bytes, marker.unwrap() + 5, &size)
}

/// `bytes` with others from `at` on.
fn patched(mut bytes: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// The head of a good answer with one more header.
fn head(header: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").into_bytes()
}

/// Bytes as one chunk of a chunked body.
fn chunk(bytes: &[u8]) -> Vec<u8> {
    let length = format!("{:x}\r\n", bytes.len());
    [length.as_bytes(), bytes, b"\r\n"].concat()
}

/// Sends exactly these bytes for `path`, and closes.
fn say(origin: &Origin, path: &str, bytes: Vec<u8>) {
    origin.on(path, move |_, stream| {
        let _ = std::io::Write::write_all(stream, &bytes);
    });
}

#[test]
fn origins_that_fall_silent_are_given_up_after_their_time() {
    let origin = Origin::start();
    let length = format!("Content-Length: {}", picture().len());
    let image = [head(&length), picture()].concat();
    let stalls = [
        ("/nothing", Vec::new()),
        ("/half-a-head", b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        ("/no-body", head(&length)),
        ("/half-a-body", image[..image.len() - 1].to_vec()),
        (
            "/no-next-chunk",
            [head("Transfer-Encoding: chunked"), chunk(&picture())].concat(),
        ),
    ]
    .map(|(path, bytes)| (path, origin.stall(path, bytes)));
    let continues = "HTTP/1.1 100 Continue\r\n\r\n";
    let endless = origin.pour("/continue", (continues, continues));

    // Nothing here takes longer than the whole download may.
    let server = Server::start(&[("DOWNLOAD_TIMEOUT", "1"), ("ERROR_TTL", "0")]);
    let paths = stalls.iter().map(|(path, _)| *path).chain(["/continue"]);
    let clients: Vec<_> = paths
        .map(|path| (path, ask(&server, &origin, path)))
        .collect();
    for (path, mut client) in clients {
        let verdict = client.read_reply(true).verdict();
        assert_eq!(verdict, (504, UNREACHABLE.to_owned()), "{path}");
    }
    for (_, stall) in stalls {
        stall.wait_until_closed(1);
    }
    endless.recv().unwrap();
    server.wait_until_idle();
}

fn ask(server: &Server, origin: &Origin, path: &str) -> Connection {
    let mut client = server.connect();
    client.ask("GET", &plain(&origin.url(path)), &[]);
    client
}

#[test]
fn a_head_that_never_comes_has_a_shorter_time_than_the_download() {
    let origin = Origin::start();
    let stall = origin.stall("/nothing", "");
    let server = Server::start(&[
        ("CONNECT_TIMEOUT", "1"),
        ("FIRST_BYTE_TIMEOUT", "1"),
        ("DOWNLOAD_TIMEOUT", "60"),
        ("TIMEOUT", "60"),
    ]);
    assert_verdict(&server, &origin.url("/nothing"), (504, UNREACHABLE));
    stall.wait_until_closed(1);
}

#[test]
fn what_never_ends_is_cut_off_at_the_limits() {
    let origin = Origin::start();
    let chunked = "Transfer-Encoding: chunked";
    let no_length = "X-Length: none";
    let zeros = vec![0; 64 << 10];
    let header = format!("X-More: {}\r\n", "a".repeat(1000));
    let begun = [head(chunked), chunk(&picture())].concat();
    let begun_until_close = [head(no_length), picture()].concat();
    let cases = [
        (
            "/head",
            (404, UNREACHABLE),
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            header.into_bytes(),
        ),
        (
            "/line",
            (404, UNREACHABLE),
            b"HTTP/1.1 200 ".to_vec(),
            b"OK".repeat(1000),
        ),
        ("/no-image", (422, INVALID), head(chunked), chunk(&zeros)),
        ("/image", (422, INVALID), begun, chunk(&zeros)),
        (
            "/image-until-close",
            (422, INVALID),
            begun_until_close,
            zeros,
        ),
    ];
    let server = Server::start(&[
        ("MAX_SRC_FILE_SIZE", "1MiB"),
        ("DOWNLOAD_TIMEOUT", "60"),
        ("TIMEOUT", "60"),
    ]);
    for (path, verdict, head, chunk) in cases {
        let taken = origin.pour(path, (head, chunk));
        assert_verdict(&server, &origin.url(path), verdict);
        assert!(taken.recv().unwrap() < LARGE, "{path}");
    }
    server.wait_until_idle();
}

#[test]
fn a_download_ends_as_soon_as_its_bytes_are_seen_to_be_none_that_are_wanted() {
    let origin = Origin::start();
    let html = b"<!DOCTYPE html><title>Sign in</title>".repeat(1000);
    let zeros = vec![0; 64 << 10];
    let heads = [
        ("/page", (422, INVALID), html.clone(), html),
        (
            "/huge",
            (422, INVALID),
            picture_declaring(65_000, 65_000),
            zeros.clone(),
        ),
        (
            "/one-too-many",
            (422, INVALID),
            picture_declaring(7_073, 7_073),
            zeros.clone(),
        ),
        (
            "/huge-png",
            (422, INVALID),
            patched(fixture("png/rgb-8.png"), 16, &[0, 1, 0, 0, 0, 1, 0, 0]),
            zeros.clone(),
        ),
        (
            "/huge-gif",
            (422, INVALID),
            patched(fixture("gif/gif89a.gif"), 6, &[0xff; 4]),
            zeros.clone(),
        ),
        ("/avif", (422, INVALID), fixture("other/head.avif"), zeros),
    ];
    let length = format!("Content-Type: image/jpeg\r\nContent-Length: {LARGE}");
    // 7073 squared is just over the 50 million pixels of the default.
    let server = Server::start(&[("DOWNLOAD_TIMEOUT", "60"), ("TIMEOUT", "60")]);
    for (path, verdict, first, then) in heads {
        let taken = origin.pour(path, ([head(&length), first].concat(), then));
        assert_verdict(&server, &origin.url(path), verdict);
        assert!(taken.recv().unwrap() < LARGE, "{path} was read to its end");
    }
    server.wait_until_idle();
}

#[test]
fn a_source_that_declares_more_bytes_than_the_limit_is_not_read() {
    let origin = Origin::start();
    let stall = origin.stall("/large", head("Content-Length: 1048577"));
    let server = Server::start(&[("MAX_SRC_FILE_SIZE", "1MiB")]);
    assert_verdict(&server, &origin.url("/large"), (422, INVALID));
    stall.wait_until_closed(1);
}

#[test]
fn an_origin_that_lies_about_length_is_found_out() {
    let origin = Origin::start();
    let bytes = picture();
    let jpeg = || Response::ok("image/jpeg", picture());
    let chunked = head("Transfer-Encoding: chunked");
    let more = jpeg().lying_about_length(bytes.len() + 1).bytes();
    let none = jpeg().lying_about_length(0).bytes();
    let png = fixture("png/rgb-8.png");
    let less = Response::ok("image/png", png.clone()).lying_about_length(png.len() / 2);
    let wrong_chunk = [&chunked[..], b"zz\r\n", &bytes[..]].concat();
    let twice = head("Content-Length: 5\r\nContent-Length: 6");
    let server = Server::start(&[]);
    for (path, verdict, said) in [
        ("/more", (422, INCOMPLETE), more),
        ("/less", (422, BROKEN), less.bytes()),
        ("/none", (422, INVALID), none),
        (
            "/no-last-chunk",
            (422, INCOMPLETE),
            [chunked, chunk(&bytes)].concat(),
        ),
        ("/wrong-chunk", (422, INCOMPLETE), wrong_chunk),
        (
            "/twice",
            (404, UNREACHABLE),
            [twice, bytes.clone()].concat(),
        ),
        ("/negative", (404, UNREACHABLE), head("Content-Length: -1")),
        ("/words", (404, UNREACHABLE), head("Content-Length: many")),
    ] {
        say(&origin, path, said);
        assert_verdict(&server, &origin.url(path), verdict);
    }
    say(&origin, "/until-close", [head("X: y"), bytes].concat());
    server.get(&plain(&origin.url("/until-close"))).image();
}

#[test]
fn a_content_coding_that_is_not_gzip_is_not_undone() {
    let origin = Origin::start();
    let coded =
        |coding: &str| Response::ok("image/jpeg", picture()).header("Content-Encoding", coding);
    let server = Server::start(&[]);
    for coding in ["br", "zstd", "deflate", "gzip, br"] {
        let path = format!("/{}", coding.replace(", ", "-"));
        origin.serve(&path, coded(coding));
        assert_verdict(&server, &origin.url(&path), (404, UNREACHABLE));
    }
    origin.serve("/identity", coded("identity"));
    server.get(&plain(&origin.url("/identity"))).image();
}

#[test]
fn an_origin_that_does_not_speak_http_is_unreachable() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (path, said) in [
        ("/nothing", &b""[..]),
        ("/ssh", b"SSH-2.0-OpenSSH_9.6\r\n"),
        ("/noise", &[0xff; 300]),
        ("/old", b"<html>HTTP/0.9</html>"),
        ("/status", b"HTTP/1.1 2000 OK\r\n\r\n"),
        ("/cut", b"HTTP/1.1 200 OK\r\nContent-Le"),
    ] {
        say(&origin, path, said.to_vec());
        assert_verdict(&server, &origin.url(path), (404, UNREACHABLE));
    }
}

#[test]
fn a_raw_source_is_held_to_the_same_bytes_and_time() {
    let origin = Origin::start();
    let large = origin.stall("/large", head("Content-Length: 1048577"));
    let silent = origin.stall("/silent", "");
    let endless = head("Transfer-Encoding: chunked");
    let taken = origin.pour("/endless", (endless, chunk(&[0; 64 << 10])));
    let stalled = origin.stall(
        "/stalled",
        [head("Content-Length: 9"), b"half".to_vec()].concat(),
    );
    let server = Server::start(&[("MAX_SRC_FILE_SIZE", "1MiB"), ("DOWNLOAD_TIMEOUT", "1")]);
    let raw = |path| format!("/unsafe/raw:1/plain/{}", origin.url(path));

    let mut clients = ["/large", "/silent", "/endless", "/stalled"].map(|path| {
        let mut client = server.connect();
        client.ask("GET", &raw(path), &[("Connection", "close")]);
        client
    });
    let [refused, given_up, cut_off, broken_off] = clients
        .each_mut()
        .map(|client| String::from_utf8_lossy(&client.rest()).into_owned());
    assert!(refused.starts_with("HTTP/1.1 422") && refused.ends_with(INVALID));
    assert!(given_up.starts_with("HTTP/1.1 504") && given_up.ends_with(UNREACHABLE));
    // The heads of these were good: all that is left is to end before the end.
    assert!(cut_off.starts_with("HTTP/1.1 200") && !cut_off.ends_with("\r\n0\r\n\r\n"));
    assert!(broken_off.starts_with("HTTP/1.1 200") && broken_off.ends_with("\r\n\r\nhalf"));
    large.wait_until_closed(1);
    silent.wait_until_closed(1);
    assert!(taken.recv().unwrap() < LARGE);
    stalled.wait_until_closed(1);
}
