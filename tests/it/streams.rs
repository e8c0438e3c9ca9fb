//! Images that are too large to be held in memory: they are read from the folder while they are sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

use crate::support::{Connection, DISK, MISS, Origin, Reply, Response, Server, eventually, status};

const SOURCE: &str = "/large.png";

/// Some blocks.
const LARGE: (u32, u32) = (900, 700);
/// More than the sockets of a connection hold.
const HUGE: (u32, u32) = (3_000, 2_200);
/// What a client of a file takes of the memory for transfers: two readings of four blocks.
const READER_BYTES: f64 = 2.0 * 4.0 * 65_536.0;

/// A source, the folder that its image is kept in, and the image.
struct Kept {
    origin: Origin,
    dir: TempDir,
    path: String,
    whole: Reply,
}

impl Kept {
    /// Has a server make the image, and stops it.
    fn of(size: (u32, u32)) -> Self {
        let origin = Origin::start();
        origin.serve(SOURCE, picture(size, 1));
        let dir = tempfile::tempdir().unwrap();
        let path = origin.asking_for(SOURCE, "f:bmp");
        let server = serve(dir.path(), &[]);
        let whole = server.get(&path);
        assert_eq!((whole.status, status(&whole)), (200, MISS));
        server.stop();
        Self {
            origin,
            dir,
            path,
            whole,
        }
    }

    fn serve(&self, settings: &[(&str, &str)]) -> Server {
        serve(self.dir.path(), settings)
    }

    /// The file of the image: no other is as large.
    fn file(&self) -> PathBuf {
        let (mut files, mut folders) = (Vec::new(), vec![self.dir.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(folder).unwrap().flatten() {
                match item.file_type().unwrap().is_dir() {
                    true => folders.push(item.path()),
                    false => files.push(item.path()),
                }
            }
        }
        files.retain(|file| fs::metadata(file).unwrap().len() > self.whole.body.len() as u64);
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// Asks for the image on a connection of its own, and reads nothing of the answer.
    fn ask(&self, server: &Server) -> Connection {
        let mut connection = server.connect();
        connection.ask("GET", &self.path, &[]);
        connection
    }

    #[track_caller]
    fn assert_whole(&self, reply: &Reply) {
        assert_eq!(reply.status, 200);
        assert!(reply.body == self.whole.body);
    }
}

fn serve(dir: &Path, settings: &[(&str, &str)]) -> Server {
    let own = [
        ("CACHE_DIR", dir.to_str().unwrap()),
        ("CACHE_STREAM_BYTES", "1MiB"),
    ];
    Server::start(&[&own[..], settings].concat())
}

/// A picture in which no two blocks are alike; others have another `seed`.
fn picture((width, height): (u32, u32), seed: u32) -> Response {
    let pixel = |x: u32, y: u32| {
        let number = (x + y * width).wrapping_mul(seed);
        Rgb([x as u8, y as u8, (number >> 8) as u8])
    };
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, pixel)
        .write_to(&mut file, ImageFormat::Png)
        .unwrap();
    Response::ok("image/png", file.into_inner())
}

fn transfer_bytes(server: &Server) -> f64 {
    server.metric("inkfish_transfer_memory_bytes")
}

#[test]
fn a_large_image_is_answered_from_the_folder_each_time() {
    let kept = Kept::of(LARGE);
    let server = kept.serve(&[]);
    for _time in 0..2 {
        let reply = server.get(&kept.path);
        assert_eq!(status(&reply), DISK);
        kept.assert_whole(&reply);
        for name in ["etag", "content-type", "content-length", "accept-ranges"] {
            assert!(reply.header(name).is_some(), "{name}");
            assert_eq!(reply.header(name), kept.whole.header(name), "{name}");
        }
    }
    server.wait_until_idle();
    let small = kept.serve(&[("CACHE_STREAM_BYTES", "4MiB")]);
    for expected in [DISK, "Inkfish; hit; detail=hit_memory"] {
        let reply = small.get(&kept.path);
        assert_eq!(status(&reply), expected);
        kept.assert_whole(&reply);
    }
    assert_eq!(kept.origin.hits(SOURCE), 1);
}

#[test]
fn what_has_no_bytes_reads_none() {
    let kept = Kept::of(LARGE);
    let (server, length) = (kept.serve(&[]), kept.whole.body.len().to_string());
    let mut connection = server.connect();
    let head = connection.request("HEAD", &kept.path, &[("Range", "bytes=0-1")]);
    assert_eq!((head.status, status(&head)), (200, DISK));
    assert_eq!(head.header("content-length"), Some(&*length));
    let etag = kept.whole.header("etag").unwrap();
    let held = connection.request("GET", &kept.path, &[("If-None-Match", etag)]);
    assert_eq!((held.status, status(&held)), (304, DISK));
    assert_eq!(held.header("etag"), Some(etag));
    let past = format!("bytes={length}-");
    let past = connection.request("GET", &kept.path, &[("Range", &past)]);
    assert_eq!(past.status, 416);
    kept.assert_whole(&connection.request("GET", &kept.path, &[]));
    server.wait_until_idle();
}

#[test]
fn a_part_is_cut_from_the_blocks_that_hold_it() {
    let kept = Kept::of(LARGE);
    let (server, whole) = (kept.serve(&[]), &kept.whole.body);
    let (etag, length) = (kept.whole.header("etag").unwrap(), whole.len());
    let mut connection = server.connect();
    for (range, part) in [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=65535-65536".to_owned(), 65_535..65_537),
        ("bytes=65536-131071".to_owned(), 65_536..131_072),
        ("bytes=100000-900000".to_owned(), 100_000..900_001),
        ("bytes=300000-".to_owned(), 300_000..length),
        ("bytes=-70000".to_owned(), length - 70_000..length),
        (format!("bytes=0-{length}"), 0..length),
    ] {
        let headers = [("Range", &*range), ("If-Range", etag)];
        let reply = connection.request("GET", &kept.path, &headers);
        assert_eq!((reply.status, status(&reply)), (206, DISK), "{range}");
        assert!(reply.body == whole[part.clone()], "{range}");
        let told = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        assert_eq!(reply.header("content-range"), Some(&*told));
    }
    let other = [("Range", "bytes=0-1"), ("If-Range", "\"other\"")];
    kept.assert_whole(&connection.request("GET", &kept.path, &other));
    server.wait_until_idle();
}

#[test]
fn a_client_that_does_not_read_takes_little_memory_and_is_given_up() {
    const CLIENTS: usize = 4;
    let kept = Kept::of(HUGE);
    let server = kept.serve(&[("WRITE_RESPONSE_TIMEOUT", "2")]);
    let waiting: Vec<_> = (0..CLIENTS).map(|_| kept.ask(&server)).collect();
    let expected = READER_BYTES * CLIENTS as f64;
    eventually("all of them are being sent to", || {
        transfer_bytes(&server) == expected
    });
    server.wait_until_idle();
    drop(waiting);
}

#[test]
fn an_image_that_is_replaced_or_removed_is_sent_to_its_end() {
    let kept = Kept::of(HUGE);
    let server = kept.serve(&[("CACHE_TTL", "0")]);
    let being_sent = |clients: f64| {
        eventually("it is being sent", || {
            transfer_bytes(&server) == READER_BYTES * clients
        });
    };
    let mut first = kept.ask(&server);
    being_sent(1.0);
    kept.origin.serve(SOURCE, picture(HUGE, 3));
    let new = server.get(&kept.path);
    assert_eq!(status(&new), MISS);
    assert!(new.body != kept.whole.body);
    being_sent(1.0);
    let mut second = kept.ask(&server);
    being_sent(2.0);
    fs::remove_file(kept.file()).unwrap();
    kept.assert_whole(&first.read_reply(true));
    assert!(second.read_reply(true).body == new.body);
    server.wait_until_idle();
}

#[test]
fn a_damaged_block_is_not_sent_and_the_image_is_made_anew() {
    let kept = Kept::of(LARGE);
    let server = kept.serve(&[]);
    let (file, whole) = (kept.file(), &kept.whole.body);
    let mut bytes = fs::read(&file).unwrap();
    let middle = whole.len() / 2;
    let at = bytes.len() - whole.len() + middle;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let start = server.get_with(&kept.path, &[("Range", "bytes=0-99")]);
    assert_eq!((start.status, &*start.body), (206, &whole[..100]));
    let sent = kept.ask(&server).rest();
    let head = sent
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let sent = &sent[head + 4..];
    assert!(sent.len() <= middle, "{} of {middle}", sent.len());
    assert!(*sent == whole[..sent.len()]);
    for expected in [MISS, DISK] {
        let reply = server.get(&kept.path);
        assert_eq!(status(&reply), expected);
        kept.assert_whole(&reply);
    }
    assert_eq!(kept.origin.hits(SOURCE), 2);
    server.wait_until_idle();
}

#[test]
fn curl_continues_a_large_image_that_was_cut_off() {
    let kept = Kept::of(LARGE);
    let (server, whole) = (kept.serve(&[]), &kept.whole.body);
    let file = kept.dir.path().join("picture");
    fs::write(&file, &whole[..1_234_567]).unwrap();
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "20"])
        .args(["--continue-at", "-", "--output"])
        .arg(&file)
        .arg(format!("http://{}{}", server.address(), kept.path))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(fs::read(&file).unwrap() == *whole);
}
