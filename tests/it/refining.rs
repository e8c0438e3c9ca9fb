//! The refined stage: what is answered quickly is made smaller behind, and what is told meanwhile.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{
    Connection, MEMORY, Origin, Process, Reply, Response, Server, TOKEN, eventually, fixture,
};

const PHOTO: &str = "/photo.jpg";
const SMALL: &str = "rs:fit:600:600";
/// An image whose refining takes a good part of a second or more: time enough to come between.
const SLOW: &str = "rs:fit:200:200/f:avif";
const SHORT: &str = "max-age=60, public";
const FULL: &str = "max-age=31536000, public";

fn photo() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/photo-1200x800.jpg"))
}

fn origin() -> Origin {
    let origin = Origin::start();
    origin.serve(PHOTO, photo());
    origin
}

fn server(settings: &[(&str, &str)]) -> Server {
    Server::start(&[&[("REFINE", "on")], settings].concat())
}

/// A process of its own, whose log tells what became of each job: nobody has to ask again and again, and keep the
/// threads of the lowest priority from working.
fn process(settings: &[(&str, &str)]) -> Process {
    let base = [
        ("INKFISH_REFINE", "on"),
        ("INKFISH_REFINE_MIN_BYTES", "0"),
        ("INKFISH_AVIF_SPEED", "4"),
        ("INKFISH_LOG_LEVEL", "debug"),
        ("INKFISH_PURGE_TOKEN", TOKEN),
    ];
    Process::serve(&[&base, settings].concat())
}

/// Waits until a job has ended so.
#[track_caller]
fn wait_for(process: &Process, outcome: &str) {
    let line = process.log.wait_for("an image has left the queue");
    assert!(line.contains(outcome), "{line}");
}

fn metric(process: &Process, series: &str) -> Option<String> {
    let text = process.admin("/metrics").text();
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(str::to_owned)
}

fn stage(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("inkfish-stage").unwrap()
}

fn kept(reply: &Reply) -> &str {
    reply.header("cache-control").unwrap()
}

/// The jobs in the queue's folder, by how often they were begun.
fn jobs(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir.join("refine")).into_iter().flatten();
    let names = files
        .flatten()
        .filter_map(|file| file.file_name().into_string().ok());
    names
        .filter_map(|name| name.split_once('.').map(|(_, begun)| begun.to_owned()))
        .collect()
}

fn folder() -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap().to_owned();
    (dir, path)
}

#[test]
fn a_cold_image_is_answered_quickly_and_then_smaller() {
    let (origin, (dir, folder)) = (origin(), folder());
    let path = origin.asking_for(PHOTO, SMALL);
    for settings in [&[][..], &[("INKFISH_CACHE_DIR", folder.as_str())]] {
        let process = process(settings);
        let fast = process.get(&path);
        assert_eq!((stage(&fast), kept(&fast)), ("fast", SHORT));
        let source_bytes = fixture("jpeg/photo-1200x800.jpg").len().to_string();
        assert_eq!(fast.header("inkfish-source-bytes"), Some(&*source_bytes));
        wait_for(&process, "refined");
        let refined = process.get(&path);
        assert_eq!((stage(&refined), kept(&refined)), ("refined", FULL));
        assert_eq!(refined.header("cache-status"), Some(MEMORY));
        assert!(refined.body.len() < fast.body.len());
        assert_eq!(refined.size(), fast.size());
        let etag = fast.header("etag").unwrap();
        let headers = [("If-None-Match", etag)];
        let again = Connection::open(process.address()).request("GET", &path, &headers);
        assert!(again.status == 200 && again.body == refined.body);
        let saved = metric(&process, "inkfish_refine_saved_bytes_total").unwrap();
        assert_eq!(saved, (fast.body.len() - refined.body.len()).to_string());
        let pending = metric(&process, "inkfish_refine_pending_jobs");
        assert_eq!(pending.as_deref(), Some("0"));
    }
    assert_eq!(origin.hits(PHOTO), 2, "nothing is fetched to be refined");
    assert!(jobs(dir.path()).is_empty());
    let restarted = process(&[("INKFISH_CACHE_DIR", &folder)]);
    let held = restarted.get(&path);
    assert_eq!((stage(&held), kept(&held)), ("refined", FULL));
}

#[test]
fn a_png_is_coded_better_with_the_same_pixels() {
    let (origin, process) = (origin(), process(&[]));
    let path = origin.asking_for(PHOTO, "rs:fit:150:150/f:png");
    let fast = process.get(&path);
    assert_eq!(stage(&fast), "fast");
    wait_for(&process, "refined");
    let refined = process.get(&path);
    assert_eq!(stage(&refined), "refined");
    assert!(refined.body.len() < fast.body.len());
    let pixels = |reply: &Reply| image::load_from_memory(&reply.body).unwrap().to_rgb8();
    assert!(pixels(&refined) == pixels(&fast));
}

#[test]
fn switched_off_nothing_is_queued_and_nothing_is_told() {
    let (origin, (dir, folder)) = (origin(), folder());
    let server = server(&[("REFINE", "off"), ("CACHE_DIR", &folder)]);
    let path = origin.asking_for(PHOTO, SMALL);
    for _ in 0..2 {
        let fast = server.get(&path);
        assert_eq!((stage(&fast), kept(&fast)), ("fast", FULL));
    }
    assert!(!dir.path().join("refine").exists());
}

#[test]
fn what_more_work_makes_no_smaller_is_not_queued() {
    let origin = origin();
    origin.serve(
        "/moving.gif",
        Response::ok("image/gif", fixture("demo/swim.gif")),
    );
    let server = server(&[("MAX_ANIMATION_FRAMES", "9"), ("REFINE_MIN_BYTES", "2KiB")]);
    let tiny = origin.asking_for(PHOTO, "rs:fit:16:16");
    let tiff = origin.asking_for(PHOTO, "rs:fit:60:60/f:tiff");
    let moving = origin.asking_for("/moving.gif", "rs:fit:60:60/f:webp");
    for path in [tiny, tiff, moving] {
        let reply = server.get(&path);
        assert_eq!((stage(&reply), kept(&reply)), ("fast", FULL), "{path}");
    }
    let untouched = origin.asking_for(PHOTO, "skip_processing:jpg");
    assert_eq!(stage(&server.get(&untouched)), "passthrough");
    let info = server.get(&format!("/info/unsafe/plain/{}", origin.url(PHOTO)));
    assert_eq!((info.header("inkfish-stage"), kept(&info)), (None, FULL));
    assert_eq!(server.metric("inkfish_refine_pending_jobs"), 0.0);
}

#[test]
fn what_the_queue_has_no_room_for_counts_as_refined() {
    let origin = Origin::start();
    // Decoders stop at the end of the image.
    let mut long = fixture("jpeg/photo-1200x800.jpg");
    long.resize(2 << 20, 0);
    origin.serve(PHOTO, Response::ok("image/jpeg", long));
    let server = server(&[("REFINE_QUEUE_BYTES", "1MiB")]);
    let path = origin.asking_for(PHOTO, SMALL);
    for _ in 0..2 {
        let reply = server.get(&path);
        assert_eq!((stage(&reply), kept(&reply)), ("refined", FULL));
    }
    let refused = "inkfish_refine_jobs_total{outcome=\"refused\"}";
    assert_eq!(server.metric(refused), 1.0);
}

#[test]
fn a_purge_in_between_wins() {
    let (origin, (dir, folder)) = (origin(), folder());
    let process = process(&[("INKFISH_CACHE_DIR", &folder)]);
    let path = origin.asking_for(PHOTO, SLOW);
    assert_eq!(kept(&process.get(&path)), SHORT);
    eventually("it is begun", || jobs(dir.path()) == ["1"]);
    let token = format!("Bearer {TOKEN}");
    let headers = [("Authorization", token.as_str())];
    let purged = Connection::open(process.address()).request("PURGE", &path, &headers);
    assert_eq!(purged.status, 200);
    wait_for(&process, "dropped");
    let made = process.get(&path);
    let status = made.header("cache-status").unwrap();
    assert!(status.contains("fwd=uri-miss"), "{status}");
    assert_eq!(stage(&made), "fast");
}

#[test]
fn a_source_that_changed_is_not_replaced_by_old_pixels() {
    let origin = origin();
    // Each request asks the source.
    let process = process(&[("INKFISH_CACHE_TTL", "0")]);
    let path = origin.asking_for(PHOTO, SLOW);
    let old = process.get(&path);
    let other = Response::ok("image/jpeg", fixture("jpeg/baseline-444.jpg"));
    origin.serve(PHOTO, other);
    let new = process.get(&path);
    assert_eq!((stage(&new), kept(&new)), ("fast", SHORT));
    assert!(new.body != old.body);
    // The old ones are dropped where they were begun already, and else never begun.
    process.log.wait_for("left the queue outcome=\"unchanged\"");
    let held = process.get(&path);
    assert!(held.body.len() <= new.body.len() && held.body != old.body);
}

#[test]
fn hits_decide_where_the_settings_say_so() {
    let origin = origin();
    let process = process(&[("INKFISH_REFINE_HITS", "2")]);
    let path = origin.asking_for(PHOTO, SMALL);
    for _ in 0..2 {
        let reply = process.get(&path);
        assert_eq!((stage(&reply), kept(&reply)), ("fast", FULL));
    }
    assert_eq!(stage(&process.get(&path)), "fast");
    wait_for(&process, "refined");
    assert_eq!(stage(&process.get(&path)), "refined");
    assert_eq!(origin.hits(PHOTO), 1);
}

#[test]
fn the_same_image_is_refined_to_the_same_bytes() {
    let origin = origin();
    let path = origin.asking_for(PHOTO, &format!("{SMALL}/f:webp"));
    let refined = || {
        let process = process(&[]);
        process.get(&path);
        wait_for(&process, "refined");
        process.get(&path).body
    };
    assert!(refined() == refined());
}

#[test]
fn caches_in_front_are_told_where_the_settings_say_so() {
    let origin = origin();
    let path = origin.asking_for(PHOTO, SMALL);
    let edge = format!("/edge{path}");
    origin.serve(&edge, Response::status(200));
    let hook = format!("path={}", origin.url("/edge"));
    for (told, hits) in [("off", 0), ("on", 1)] {
        let process = process(&[
            ("INKFISH_REFINE_PURGE", told),
            ("INKFISH_PURGE_HOOKS", &hook),
        ]);
        process.get(&path);
        wait_for(&process, "refined");
        eventually("the cache is told", || origin.hits(&edge) == hits);
        // Our own entry was not purged by it.
        assert_eq!(process.get(&path).header("cache-status"), Some(MEMORY));
    }
}

#[test]
fn it_is_switched_off_and_on_again_without_a_restart() {
    let (origin, (_dir, folder)) = (origin(), folder());
    let settings = tempfile::NamedTempFile::new().unwrap();
    let process = process(&[
        ("INKFISH_CACHE_DIR", folder.as_str()),
        ("INKFISH_CONFIG", settings.path().to_str().unwrap()),
        ("INKFISH_REFINE", ""),
    ]);
    let say = |refine: &str| {
        fs::write(settings.path(), format!("refine = '{refine}'")).unwrap();
        process.hang_up();
    };
    let asking = |width: u32| origin.asking_for(PHOTO, &format!("w:{width}"));
    say("off");
    process.log.wait_for("are loaded anew");
    assert_eq!(kept(&process.get(&asking(300))), FULL);
    say("on");
    let mut width = 300;
    eventually("it is on again", || {
        width += 1;
        kept(&process.get(&asking(width))) == SHORT
    });
    wait_for(&process, "refined");
}

#[test]
fn an_erased_source_is_gone_from_the_queue_too() {
    let (origin, (dir, folder)) = (origin(), folder());
    let server = server(&[
        ("CACHE_DIR", folder.as_str()),
        ("PURGE_TOKEN", TOKEN),
        ("AVIF_SPEED", "4"),
        ("REFINE_MIN_BYTES", "0"),
    ]);
    assert_eq!(server.get(&origin.asking_for(PHOTO, SLOW)).status, 200);
    eventually("it is begun", || jobs(dir.path()) == ["1"]);
    let sources = dir.path().join("refine/sources");
    assert_eq!(fs::read_dir(&sources).unwrap().count(), 1);
    let order = format!(r#"{{"source": "{}"}}"#, origin.url(PHOTO));
    let erased = server.post("/erase", TOKEN, &order);
    assert_eq!(erased.status, 200, "{}", erased.text());
    // Whether it is withdrawn or finds its entry gone, whichever comes first.
    eventually("it is gone", || jobs(dir.path()).is_empty());
    eventually("its source is gone", || {
        fs::read_dir(&sources).unwrap().count() == 0
    });
}

#[test]
fn a_job_outlives_its_process() {
    let (origin, (dir, folder)) = (origin(), folder());
    let path = origin.asking_for(PHOTO, SLOW);
    let settings = [("INKFISH_CACHE_DIR", folder.as_str())];
    let first = process(&settings);
    let fast = first.get(&path);
    assert_eq!((stage(&fast), kept(&fast)), ("fast", SHORT));
    eventually("it is begun", || jobs(dir.path()) == ["1"]);
    drop(first);
    let second = process(&settings);
    assert_eq!(kept(&second.get(&path)), SHORT);
    wait_for(&second, "refined");
    let refined = second.get(&path);
    assert_eq!((stage(&refined), kept(&refined)), ("refined", FULL));
    assert!(refined.body.len() < fast.body.len());
    assert_eq!(origin.hits(PHOTO), 1);
    assert!(jobs(dir.path()).is_empty());
}

#[test]
fn a_job_that_takes_its_process_down_is_begun_twice_and_then_given_up() {
    let (origin, (dir, folder)) = (origin(), folder());
    let path = origin.asking_for(PHOTO, SLOW);
    let settings = [("INKFISH_CACHE_DIR", folder.as_str())];
    let mut answers = Vec::new();
    for begun in ["1", "2"] {
        let process = process(&settings);
        let reply = process.get(&path);
        assert_eq!((stage(&reply), kept(&reply)), ("fast", SHORT));
        answers.push(reply.body);
        eventually("it is begun", || jobs(dir.path()) == [begun]);
    }
    let last = process(&settings);
    wait_for(&last, "abandoned");
    let held = last.get(&path);
    assert_eq!((stage(&held), kept(&held)), ("refined", FULL));
    assert!(answers.iter().all(|body| *body == held.body));
    assert!(jobs(dir.path()).is_empty());
}

#[test]
fn a_stop_leaves_the_job_to_the_next_process_untried() {
    let (origin, (dir, folder)) = (origin(), folder());
    let process = process(&[("INKFISH_CACHE_DIR", &folder)]);
    process.get(&origin.asking_for(PHOTO, SLOW));
    eventually("it is begun", || jobs(dir.path()) == ["1"]);
    assert!(process.terminate().success());
    assert_eq!(jobs(dir.path()), ["0"]);
}
