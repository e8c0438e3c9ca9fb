//! Bounded work: queues, places and budgets that are full answer at once, and hold nothing once it is over.

use std::io::Write;
use std::time::Duration;

use crate::support::{
    Connection, MEMORY, MISS, Origin, Reply, Response, STALE, Server, eventually, fixture, status,
};

/// Options of a job that takes a worker a while: many pixels for a slow encoder.
const SLOW: &str = "w:1600/el:1/f:webp";
const QUICK: &str = "w:20";

/// One megabyte for all bytes on their way.
const TIGHT: [(&str, &str); 2] = [
    ("TRANSFER_MEMORY_BYTES", "1MiB"),
    ("MAX_SRC_FILE_SIZE", "1MiB"),
];

fn origin() -> Origin {
    let origin = Origin::start();
    let photo = Response::ok("image/jpeg", fixture("jpeg/photo-1200x800.jpg"));
    for path in ["/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg"] {
        origin.serve(path, photo.clone());
    }
    origin
}

/// An answer whose length is not known before its end.
fn chunked(bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        bytes.len()
    );
    [head.as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat()
}

fn target(origin: &Origin, options: &str, path: &str) -> String {
    format!("/unsafe/{options}/plain/{}", origin.url(path))
}

fn ask(server: &Server, target: &str) -> Connection {
    let mut client = server.connect();
    client.ask("GET", target, &[]);
    client
}

#[track_caller]
fn wait_for(server: &Server, gauge: &str, value: f64) {
    eventually(gauge, || {
        server.metric(&format!("inkfish_{gauge}")) == value
    });
}

#[track_caller]
fn assert_busy(reply: &Reply) {
    assert_eq!(reply.verdict(), (503, "Too many requests".to_owned()));
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[test]
fn past_a_full_queue_misses_are_turned_away_at_once_and_hits_are_not() {
    let origin = origin();
    let server = Server::start(&[
        ("WORKERS", "1"),
        ("REQUESTS_QUEUE_SIZE", "1"),
        ("TIMEOUT", "60"),
    ]);
    let held = target(&origin, QUICK, "/d.jpg");
    assert_eq!(status(&server.get(&held)), MISS);

    let mut running = ask(&server, &target(&origin, SLOW, "/a.jpg"));
    wait_for(&server, "running_jobs", 1.0);
    assert!(server.metric("inkfish_pixel_memory_bytes") > 0.0);
    let mut queued = ask(&server, &target(&origin, QUICK, "/b.jpg"));
    wait_for(&server, "queue_jobs", 1.0);

    let turned_away = target(&origin, QUICK, "/c.jpg");
    assert_busy(&server.get(&turned_away));
    assert_eq!(origin.hits("/c.jpg"), 0, "nothing is fetched for it");
    assert_eq!(status(&server.get(&held)), MEMORY);
    assert_eq!(
        server.metric("inkfish_queue_jobs"),
        1.0,
        "the worker was busy all the time"
    );

    assert_eq!(status(&running.read_reply(true)), MISS);
    assert_eq!(status(&queued.read_reply(true)), MISS);
    // Overload says nothing about the image, so nothing is kept of it.
    assert_eq!(status(&server.get(&turned_away)), MISS);
    server.wait_until_idle();
}

#[test]
fn work_that_nobody_waits_for_is_dropped_before_its_start_and_finished_after() {
    let origin = origin();
    let server = Server::start(&[("WORKERS", "1"), ("TIMEOUT", "60")]);
    let (slow, quick) = (
        target(&origin, SLOW, "/a.jpg"),
        target(&origin, QUICK, "/b.jpg"),
    );
    let running = ask(&server, &slow);
    wait_for(&server, "running_jobs", 1.0);
    let queued = ask(&server, &quick);
    wait_for(&server, "queue_jobs", 1.0);

    drop(queued);
    wait_for(&server, "queue_jobs", 0.0);
    assert_eq!(
        server.metric("inkfish_running_jobs"),
        1.0,
        "nothing was started in its place"
    );
    drop(running);
    assert_ne!(status(&server.get(&slow)), MISS, "it was running already");
    assert_eq!(status(&server.get(&quick)), MISS, "it never ran");
    server.wait_until_idle();
}

#[test]
fn an_image_that_needs_more_than_the_whole_memory_is_refused_at_once() {
    let origin = origin();
    let server = Server::start(&[("PIXEL_MEMORY_BYTES", "16MiB")]);
    let reply = server.get(&target(&origin, "w:3000/el:1", "/a.jpg"));
    assert_eq!(reply.verdict(), (422, "Invalid source image".to_owned()));
    assert_eq!(reply.header("cache-control"), Some("s-maxage=10"));
    server.get(&target(&origin, QUICK, "/a.jpg")).image();
    server.wait_until_idle();
}

/// A small file of many pixels, all of one grey.
fn bomb() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(7_000, 7_000)
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

#[test]
fn a_small_file_of_many_pixels_counts_by_its_pixels() {
    let origin = Origin::start();
    let bytes = bomb();
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    origin.serve("/bomb.png", Response::ok("image/png", bytes));
    let server = Server::start(&[("PIXEL_MEMORY_BYTES", "64MiB")]);
    let reply = server.get(&target(&origin, QUICK, "/bomb.png"));
    assert_eq!(reply.verdict(), (422, "Invalid source image".to_owned()));
    server.wait_until_idle();
}

#[test]
fn past_the_places_for_fetches_and_their_queue_misses_are_turned_away_at_once() {
    let origin = origin();
    let photo = Response::ok("image/jpeg", fixture("jpeg/photo-1200x800.jpg"));
    let settings = [
        ("MAX_FETCHES", "1"),
        ("FETCH_QUEUE_SIZE", "1"),
        ("SERVER_THREADS", "1"),
    ];
    let server = Server::start(&settings);
    let held = target(&origin, QUICK, "/d.jpg");
    assert_eq!(status(&server.get(&held)), MISS);

    let gate = origin.gated("/a.jpg", photo);
    let mut fetching = ask(&server, &target(&origin, QUICK, "/a.jpg"));
    gate.wait_for(1);
    // With one thread that serves, this one is in the queue before the next is looked at.
    let mut waiting = ask(&server, &target(&origin, QUICK, "/b.jpg"));
    let turned_away = target(&origin, QUICK, "/c.jpg");
    assert_busy(&server.get(&turned_away));
    assert_eq!(status(&server.get(&held)), MEMORY);
    assert_eq!(origin.hits("/b.jpg"), 0);

    gate.open();
    assert_eq!(status(&fetching.read_reply(true)), MISS);
    assert_eq!(status(&waiting.read_reply(true)), MISS);
    assert_eq!(status(&server.get(&turned_away)), MISS);
    server.wait_until_idle();
}

#[test]
fn a_slow_host_takes_no_place_from_the_others() {
    let origin = origin();
    let stall = origin.stall("/slow.jpg", "");
    let server = Server::start(&[("MAX_FETCHES_PER_HOST", "1"), ("FETCH_QUEUE_SIZE", "0")]);
    server.names.set("other.test", ["127.0.0.1"]);
    let slow = ask(&server, &target(&origin, QUICK, "/slow.jpg"));
    stall.wait_until_asked(1);
    assert_busy(&server.get(&target(&origin, QUICK, "/a.jpg")));
    let other = target(&origin, QUICK, "/a.jpg").replace("127.0.0.1", "other.test");
    assert_eq!(status(&server.get(&other)), MISS);
    drop(slow);
    stall.wait_until_closed(1);
    server.wait_until_idle();
}

#[test]
fn an_entry_past_its_time_is_better_than_being_turned_away() {
    let origin = origin();
    let stall = origin.stall("/slow.jpg", "");
    let settings = [
        ("MAX_FETCHES", "1"),
        ("FETCH_QUEUE_SIZE", "0"),
        ("CACHE_TTL", "60"),
    ];
    let server = Server::start(&settings);
    let held = target(&origin, QUICK, "/a.jpg");
    assert_eq!(status(&server.get(&held)), MISS);
    server.clock.advance(Duration::from_secs(60));
    let _slow = ask(&server, &target(&origin, QUICK, "/slow.jpg"));
    stall.wait_until_asked(1);
    let reply = server.get(&held);
    assert_eq!(status(&reply), STALE);
    assert_eq!(reply.header("cache-control"), Some("max-age=10, public"));
}

#[test]
fn a_raw_source_keeps_its_place_until_the_client_has_it() {
    let origin = origin();
    let stall = origin.stall(
        "/slow.jpg",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    );
    let server = Server::start(&[("MAX_FETCHES", "1"), ("FETCH_QUEUE_SIZE", "0")]);
    let raw = ask(&server, &target(&origin, "raw:1", "/slow.jpg"));
    stall.wait_until_asked(1);
    assert_busy(&server.get(&target(&origin, "raw:1", "/a.jpg")));
    assert_busy(&server.get(&target(&origin, QUICK, "/a.jpg")));
    drop(raw);
    stall.wait_until_closed(1);
    eventually("a free place", || {
        server.get(&target(&origin, QUICK, "/a.jpg")).status == 200
    });
}

#[test]
fn while_bytes_on_their_way_take_all_memory_large_answers_are_turned_away() {
    let origin = origin();
    let megabyte = "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
    let stall = origin.stall("/slow.jpg", megabyte);
    let server = Server::start(&TIGHT);
    let (small, large) = (
        target(&origin, QUICK, "/a.jpg"),
        target(&origin, "w:600/f:png", "/a.jpg"),
    );
    assert_eq!(status(&server.get(&small)), MISS);
    let body = server.get(&large).body;
    assert!(body.len() > 64 << 10, "{}", body.len());
    server.wait_until_idle();

    let slow = ask(&server, &target(&origin, QUICK, "/slow.jpg"));
    stall.wait_until_asked(1);
    wait_for(&server, "transfer_memory_bytes", 1_048_576.0);
    assert_busy(&server.get(&large));
    assert_eq!(status(&server.get(&small)), MEMORY);
    drop(slow);
    server.wait_until_idle();
    assert_eq!(status(&server.get(&large)), MEMORY);
}

#[test]
fn sources_on_their_way_leave_memory_for_answers() {
    let origin = origin();
    let most = "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
    let stall = origin.stall("/slow.jpg", most);
    let mut roomy = TIGHT.to_vec();
    roomy.push(("TRANSFER_MEMORY_BYTES", "1365KiB"));
    let server = Server::start(&roomy);
    let large = target(&origin, "w:600/f:png", "/a.jpg");
    let body = server.get(&large).body;
    assert!(body.len() > 64 << 10, "{}", body.len());
    server.wait_until_idle();

    let slow = ask(&server, &target(&origin, QUICK, "/slow.jpg"));
    stall.wait_until_asked(1);
    wait_for(&server, "transfer_memory_bytes", 1_048_576.0);
    assert_eq!(status(&server.get(&large)), MEMORY);
    drop(slow);
}

#[test]
fn a_source_of_unknown_length_that_finds_no_more_memory_is_turned_away() {
    let origin = origin();
    let most = "HTTP/1.1 200 OK\r\nContent-Length: 716800\r\n\r\n";
    let stall = origin.stall("/slow.jpg", most);
    let mut padded = fixture("jpeg/photo-1200x800.jpg");
    padded.resize(400 << 10, 0);
    let bytes = chunked(&padded);
    origin.on("/padded.jpg", move |_, stream| {
        let _ = stream.write_all(&bytes);
    });
    let server = Server::start(&TIGHT);
    let slow = ask(&server, &target(&origin, QUICK, "/slow.jpg"));
    stall.wait_until_asked(1);
    wait_for(&server, "transfer_memory_bytes", 716_800.0);

    let padded = target(&origin, QUICK, "/padded.jpg");
    assert_busy(&server.get(&padded));
    drop(slow);
    server.wait_until_idle();
    assert_eq!(status(&server.get(&padded)), MISS);
    server.wait_until_idle();
}
