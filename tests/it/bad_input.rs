//! URLs that mean nothing, origins that misbehave, and bytes that are no image: a clear answer, in time and in bounds.

use crate::support::{Connection, Origin, Response, Server, fixture, is_housekeeping};

const UNREACHABLE: &str = "Source is unreachable";
const INVALID: &str = "Invalid source image";
const INCOMPLETE: &str = "Source response is incomplete";
const BROKEN: &str = "Broken or unsupported image";

/// More than the buffers of two sockets hold: what was taken of it tells whether anybody went on reading.
const LARGE: usize = 31 << 20;

fn plain(url: &str) -> String {
    format!("/unsafe/plain/{url}")
}

fn picture() -> Vec<u8> {
    fixture("jpeg/baseline-420.jpg")
}

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

#[track_caller]
fn assert_verdict(server: &Server, url: &str, (status, phrase): (u16, &str)) {
    let verdict = server.get(&plain(url)).verdict();
    assert_eq!(verdict, (status, phrase.to_owned()), "{url}");
}

#[test]
fn a_url_that_means_nothing_touches_neither_network_nor_disk() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", Response::ok("image/jpeg", picture()));
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&[("CACHE_DIR", dir.path().to_str().unwrap())]);
    let before = files(dir.path());
    let url = origin.url("/cat.jpg");
    for target in [
        "/unsafe".to_owned(),
        "/unsafe/".to_owned(),
        "/unsafe/plain/".to_owned(),
        "/unsafe/w:20".to_owned(),
        format!("/unsafe/w:/plain/{url}"),
        format!("/unsafe/w:-1/plain/{url}"),
        format!("/unsafe/w:99999999999999999999/plain/{url}"),
        format!("/unsafe/dpr:NaN/plain/{url}"),
        format!("/unsafe/no-such-option:1/plain/{url}"),
        format!("/unsafe/pr:no-such-preset/plain/{url}"),
        format!("/unsafe/rs:fill:1:2:3:4:5:6:7:8/plain/{url}"),
        format!("/unsafe/plain/{url}@no-such-format"),
        format!("/unsafe/plain/{url}@png@jpg"),
        format!("/unsafe/plain/{url}%zz"),
        format!("/unsafe/plain/{url}%4"),
        "/unsafe/plain/http://".to_owned(),
        "/unsafe/plain/http://[::1".to_owned(),
        "/unsafe/plain/http://a:99999/cat.jpg".to_owned(),
        format!("/unsafe/plain/http://me@{}/cat.jpg", origin.address()),
        "/unsafe/!!!".to_owned(),
        "/unsafe/YQ.png.png".to_owned(),
        "/unsafe/enc/AAAA".to_owned(),
        format!("/unsafe/exp:1/plain/{url}"),
    ] {
        let reply = server.get(&target);
        assert!(
            matches!(reply.status, 403 | 404),
            "{target}: {}",
            reply.status
        );
        assert!(!reply.body.is_empty(), "{target} says why");
        assert_eq!(origin.connections(), 0, "{target}");
    }
    assert_eq!(server.get(&format!("/w:20/plain/{url}")).status, 403);
    assert_eq!(origin.connections(), 0);
    assert_eq!(files(dir.path()), before);
}

/// Paths of everything under a folder.
fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if is_housekeeping(&path) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
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
fn bytes_are_believed_and_not_what_is_said_of_them() {
    let origin = Origin::start();
    origin.serve("/a.html", Response::ok("text/html", picture()));
    origin.serve("/b.gif", Response::status(200).body(picture()));
    let page = fixture("other/not-an-image.html");
    origin.serve("/c.jpg", Response::ok("image/jpeg", page));
    origin.serve("/d.jpg", Response::ok("image/jpeg", ""));
    let server = Server::start(&[]);
    for path in ["/a.html", "/b.gif"] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_eq!(reply.header("content-type"), Some("image/jpeg"), "{path}");
        reply.image();
    }
    for path in ["/c.jpg", "/d.jpg"] {
        assert_verdict(&server, &origin.url(path), (422, INVALID));
    }
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
fn formats_that_are_not_read_here_are_named_unsupported() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (name, phrase) in [
        ("head.heic", "HEIC images are not supported"),
        ("movie.mp4", INVALID),
        ("not-an-image.json", INVALID),
    ] {
        let path = format!("/{name}");
        let bytes = fixture(&format!("other/{name}"));
        origin.serve(&path, Response::ok("image/jpeg", bytes));
        assert_verdict(&server, &origin.url(&path), (422, phrase));
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

/// Small files of every kind of input, to be damaged.
const SEEDS: [&str; 24] = [
    "jpeg/baseline-420.jpg",
    "jpeg/cmyk-adobe-icc.jpg",
    "jpeg/grey-icc-dark.jpg",
    "jpeg/orientation-6.jpg",
    "jpeg/progressive-420.jpg",
    "jpeg/restart-intervals.jpg",
    "jpeg/xmp.jpg",
    "png/animated-3-frames.png",
    "png/exif-orientation-6.png",
    "png/grey-1-interlaced-17x13.png",
    "png/icc-display-p3.png",
    "png/palette-4-interlaced.png",
    "png/palette-8-trns-red-clear-green-half.png",
    "png/rgba-16.png",
    "png/xmp.png",
    "webp/animated-alpha-3-frames.webp",
    "webp/exif-orientation-6.webp",
    "webp/icc-swapped-red-green.webp",
    "webp/lossless-alpha.webp",
    "webp/lossy-alpha.webp",
    "gif/animated-3-frames-first-smaller.gif",
    "gif/interlaced.gif",
    "gif/transparent-arrow.gif",
    "other/1x1.ico",
];

/// Mutants that are made of each seed.
const MUTANTS: usize = 20;

/// Numbers that look random and are the same in each run (xorshift64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// A damaged copy of `seed`.
    fn mutant(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let length = self.below(bytes.len() - at).min(64);
            match self.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at..at + length].fill_with(|| self.byte()),
                3 => bytes[at..at + length].fill([0, 0xff][self.below(2)]),
                4 => drop(bytes.drain(at..at + length.min(bytes.len() - 1))),
                _ => bytes.extend_from_within(at..at + length),
            }
        }
        bytes
    }
}

#[test]
fn damaged_files_are_answered_one_by_one_and_leave_nothing_behind() {
    let origin = Origin::start();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut paths = Vec::new();
    for seed in SEEDS {
        let whole = fixture(seed);
        for number in 0..MUTANTS {
            let path = format!("/{number}/{seed}");
            let bytes = noise.mutant(&whole);
            origin.serve(&path, Response::ok("image/jpeg", bytes));
            paths.push(path);
        }
    }
    let server = Server::start(&[("MAX_SRC_RESOLUTION", "1")]);
    let mut client = server.connect();
    let mut answered = [0; 2];
    for (index, path) in paths.iter().enumerate() {
        let options = [
            "w:20",
            "rs:fill:9:30/f:webp",
            "rot:90/f:png",
            "c:5:5/bg:fff/f:gif",
        ];
        let options = options[index % options.len()];
        let target = format!("/unsafe/{options}/plain/{}", origin.url(path));
        let reply = client.request("GET", &target, &[]);
        let phrase = reply.text();
        match (reply.status, phrase.as_str()) {
            (200, _) => drop(reply.image()),
            (422, INVALID | BROKEN) => {}
            other => panic!("{path}: {other:?}"),
        }
        answered[usize::from(reply.status == 200)] += 1;
    }
    assert!(
        answered.iter().all(|count| *count > 50),
        "a mix: {answered:?}"
    );
    assert_eq!(server.get("/health").status, 200);
    server.wait_until_idle();
}

#[test]
fn random_bytes_are_no_image() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let mut client = server.connect();
    for number in 0..100 {
        let length = noise.below(2_000);
        let bytes: Vec<u8> = (0..length).map(|_| noise.byte()).collect();
        let path = format!("/{number}");
        origin.serve(&path, Response::ok("image/png", bytes));
        let reply = client.request("GET", &plain(&origin.url(&path)), &[]);
        assert_eq!(reply.verdict(), (422, INVALID.to_owned()), "{number}");
    }
    server.wait_until_idle();
}
