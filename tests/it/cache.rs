//! What is kept, for how long, and what becomes of it when files, sources and settings change.

#![expect(clippy::unwrap_used, reason = "what fails here, fails its test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{
    MODIFIED, Origin, PICTURE, Process, Reply, Response, Server, eventually, fixture,
    is_housekeeping, picture,
};

const SMALL: &str = "rs:fit:24:24";

/// The default of `CACHE_TTL`.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const MISS: &str = "Inkfish; fwd=uri-miss; stored";
const MEMORY: &str = "Inkfish; hit; detail=hit_memory";
const DISK: &str = "Inkfish; hit; detail=hit_disk";
const STALE: &str = "Inkfish; hit; detail=stale";
const REVALIDATED: &str = "Inkfish; fwd=stale; fwd-status=304";

/// A folder to keep images in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A server that keeps images here.
    #[track_caller]
    fn serve(&self, settings: &[(&str, &str)]) -> Server {
        let dir = self.path().to_str().unwrap();
        Server::start(&[&[("CACHE_DIR", dir)], settings].concat())
    }

    /// The one entry that is kept here.
    fn entry(&self) -> PathBuf {
        let mut entries = self.files();
        entries.retain(|path| path.components().count() == 4);
        assert_eq!(entries.len(), 1, "{entries:?}");
        self.path().join(&entries[0])
    }

    /// All files, as they are named from here.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(folder).unwrap().flatten() {
                if is_housekeeping(&item.path()) {
                    continue;
                }
                if item.file_type().unwrap().is_dir() {
                    folders.push(item.path());
                } else {
                    files.push(item.path().strip_prefix(self.path()).unwrap().into());
                }
            }
        }
        files
    }
}

fn status(reply: &Reply) -> &str {
    reply.header("cache-status").unwrap_or("none")
}

fn etag(reply: &Reply) -> &str {
    reply.header("etag").unwrap()
}

/// Has the origin answer conditions, and say of itself whatever `validator` says.
fn serve_conditionally(origin: &Origin, validator: (&'static str, &'static str), answer: Response) {
    let answer = answer.header(validator.0, validator.1);
    origin.on(PICTURE, move |request, stream| {
        let asked = request
            .header("if-none-match")
            .or(request.header("if-modified-since"));
        let answer = match asked {
            Some(held) if held == validator.1 => {
                Response::status(304).header(validator.0, validator.1)
            }
            _ => answer.clone(),
        };
        let _ = stream.write_all(&answer.bytes());
    });
}

fn unmarked_picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/baseline-420.jpg"))
}

fn another_picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/grey.jpg"))
}

#[test]
fn what_was_made_is_found_in_memory_and_after_a_restart_in_the_folder() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    let server = folder.serve(&[]);
    let made = server.get(&path);
    assert_eq!(status(&made), MISS);
    assert_eq!(status(&server.get(&path)), MEMORY);
    server.stop();
    let server = folder.serve(&[]);
    for expected in [DISK, MEMORY] {
        let held = server.get(&path);
        assert_eq!(status(&held), expected);
        assert_eq!(held.body, made.body);
        for name in [
            "etag",
            "last-modified",
            "content-type",
            "content-disposition",
        ] {
            assert_eq!(held.header(name), made.header(name), "{name}");
        }
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn an_entry_lies_under_the_first_digits_of_its_key() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let server = folder.serve(&[]);
    server.get(&origin.asking(SMALL));
    server.stop();
    let mut files = folder.files();
    files.sort_by_key(|path| path.components().count());
    let parts = |path: &Path| -> Vec<String> {
        let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
        parts.collect()
    };
    let is_key = |parts: &[String]| {
        let lengths: Vec<_> = parts.iter().map(String::len).collect();
        lengths == [2, 2, 2, 58] && parts.concat().chars().all(|it| it.is_ascii_hexdigit())
    };
    let [entry, record] = files
        .iter()
        .map(|path| parts(path))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert!(is_key(&entry), "{entry:?}");
    assert!(record[0] == "sources" && is_key(&record[1..]), "{record:?}");
}

#[test]
fn without_a_folder_nothing_survives_and_without_memory_the_folder_does_it_all() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    for first in [MISS, DISK] {
        let server = folder.serve(&[("CACHE_MEMORY_BYTES", "0")]);
        assert_eq!(status(&server.get(&path)), first);
        assert_eq!(status(&server.get(&path)), DISK);
        server.stop();
        let server = Server::start(&[]);
        assert_eq!(status(&server.get(&path)), MISS);
        assert_eq!(status(&server.get(&path)), MEMORY);
    }
}

/// What happens to a file.
struct Fate {
    name: &'static str,
    happen: fn(&Path),
    is_removed: bool,
}

fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

const FATES: [Fate; 9] = [
    Fate {
        name: "a byte of the body is flipped",
        happen: |path| rewrite(path, |bytes| *bytes.last_mut().unwrap() ^= 1),
        is_removed: true,
    },
    Fate {
        name: "a byte of the head is flipped",
        happen: |path| rewrite(path, |bytes| bytes[40] ^= 1),
        is_removed: true,
    },
    Fate {
        name: "the version is flipped",
        happen: |path| rewrite(path, |bytes| bytes[4] ^= 2),
        is_removed: true,
    },
    Fate {
        name: "it is cut off",
        happen: |path| rewrite(path, |bytes| bytes.truncate(bytes.len() / 2)),
        is_removed: true,
    },
    Fate {
        name: "it is longer than it should be",
        happen: |path| rewrite(path, |bytes| bytes.push(0)),
        is_removed: true,
    },
    Fate {
        name: "it is empty",
        happen: |path| rewrite(path, Vec::clear),
        is_removed: true,
    },
    Fate {
        name: "it is no file of ours",
        happen: |path| {
            rewrite(path, |bytes| {
                *bytes = b"a shopping list, and a long one".to_vec()
            })
        },
        is_removed: true,
    },
    Fate {
        name: "it is a link to something else",
        happen: |path| {
            fs::rename(path, path.with_extension("moved")).unwrap();
            std::os::unix::fs::symlink(path.with_extension("moved"), path).unwrap();
        },
        is_removed: true,
    },
    Fate {
        name: "another release wrote it",
        happen: |path| {
            rewrite(path, |bytes| {
                bytes[4..6].copy_from_slice(&2_u16.to_le_bytes());
                bytes[6..8].copy_from_slice(&(!2_u16).to_le_bytes());
            });
        },
        is_removed: false,
    },
];

#[test]
fn a_file_that_is_not_what_it_should_be_is_a_miss() {
    let origin = Origin::with_picture();
    let path = origin.asking(SMALL);
    for fate in FATES {
        let folder = Folder::new();
        let server = folder.serve(&[]);
        let made = server.get(&path);
        server.stop();
        (fate.happen)(&folder.entry());
        let server = folder.serve(&[]);
        let again = server.get(&path);
        assert_eq!(status(&again), MISS, "{}", fate.name);
        assert_eq!(again.body, made.body, "{}", fate.name);
        let damaged = server.metric("inkfish_cache_damaged_total{tier=\"disk\"}");
        assert_eq!(
            damaged,
            f64::from(u8::from(fate.is_removed)),
            "{}",
            fate.name
        );
        server.stop();
        let server = folder.serve(&[]);
        assert_eq!(status(&server.get(&path)), DISK, "{}", fate.name);
    }
}

#[test]
fn only_files_that_are_damaged_are_removed() {
    let origin = Origin::with_picture();
    for (index, fate) in FATES.iter().enumerate() {
        let (folder, name) = (Folder::new(), format!("/{index}.jpg"));
        origin.serve(&name, picture());
        let path = origin.asking_for(&name, SMALL);
        let server = folder.serve(&[]);
        server.get(&path);
        server.stop();
        let entry = folder.entry();
        (fate.happen)(&entry);
        origin.serve(&name, Response::status(404));
        let server = folder.serve(&[]);
        assert_eq!(server.get(&path).status, 404, "{}", fate.name);
        let is_gone = fs::symlink_metadata(&entry).is_err();
        assert_eq!(is_gone, fate.is_removed, "{}", fate.name);
    }
}

#[test]
fn a_source_is_revalidated_after_its_time_by_what_it_said_of_itself() {
    for (validator, condition) in [
        (("ETag", "\"v1\""), "if-none-match"),
        (("ETag", "W/\"v1\""), "if-none-match"),
        (("Last-Modified", MODIFIED), "if-modified-since"),
    ] {
        let (origin, folder) = (Origin::start(), Folder::new());
        serve_conditionally(&origin, validator, unmarked_picture());
        let (path, other) = (origin.asking(SMALL), origin.asking("rs:fit:12:12"));
        let server = folder.serve(&[]);
        let made = server.get(&path);
        server.get(&other);
        let hits = origin.hits(PICTURE);
        // A stop settles the folder: of two records that are written at the same time either may win.
        server.stop();
        let server = folder.serve(&[]);
        server.get(&path);
        server.get(&other);
        server.clock.advance(DAY - Duration::from_secs(1));
        assert_eq!(status(&server.get(&path)), MEMORY);
        server.clock.advance(Duration::from_secs(1));
        let renewed = server.get(&path);
        assert_eq!(status(&renewed), REVALIDATED, "{validator:?}");
        assert_eq!(renewed.body, made.body);
        let year = Some("max-age=31536000, public");
        assert_eq!(renewed.header("cache-control"), year);
        let asked = origin.requests(PICTURE).pop().unwrap();
        assert_eq!(asked.header(condition), Some(validator.1));
        assert_eq!(status(&server.get(&path)), MEMORY);
        assert_eq!(
            status(&server.get(&other)),
            MEMORY,
            "one answer renews every variant"
        );
        assert_eq!(origin.hits(PICTURE), hits + 1);
        let clock = server.clock.clone();
        server.stop();
        let dir = folder.path().to_str().unwrap();
        let server = Server::start_at(clock, &[("CACHE_DIR", dir)]);
        assert_eq!(
            status(&server.get(&other)),
            DISK,
            "the renewal outlives a restart"
        );
    }
}

#[test]
fn a_source_without_validators_is_fetched_and_compared() {
    let origin = Origin::start();
    origin.serve(PICTURE, unmarked_picture());
    let server = Server::start(&[("CACHE_TTL", "60")]);
    let path = origin.asking(SMALL);
    let made = server.get(&path);
    server.clock.advance(Duration::from_secs(60));
    let renewed = server.get(&path);
    assert_eq!(status(&renewed), REVALIDATED);
    assert_eq!(renewed.body, made.body);
    assert_eq!(origin.hits(PICTURE), 2);
}

#[test]
fn a_source_that_changed_is_made_anew_for_every_variant() {
    let origin = Origin::start();
    serve_conditionally(&origin, ("ETag", "\"v1\""), unmarked_picture());
    let server = Server::start(&[]);
    let (path, other) = (origin.asking(SMALL), origin.asking("rs:fit:12:12"));
    let (made, made_other) = (server.get(&path), server.get(&other));
    serve_conditionally(&origin, ("ETag", "\"v2\""), another_picture());
    assert_eq!(status(&server.get(&path)), MEMORY);
    server.clock.advance(DAY);
    let (renewed, renewed_other) = (server.get(&path), server.get(&other));
    assert_eq!((status(&renewed), status(&renewed_other)), (MISS, MISS));
    assert_ne!(etag(&renewed), etag(&made));
    assert_ne!(etag(&renewed_other), etag(&made_other));
    assert_eq!(status(&server.get(&path)), MEMORY);
}

#[test]
fn while_a_source_fails_what_is_held_is_served_for_a_short_time() {
    let origin = Origin::start();
    let cut_off = unmarked_picture().lying_about_length(1 << 20);
    for (failure, is_passing) in [
        (Response::status(500), true),
        (Response::status(503).header("Retry-After", "30"), true),
        (Response::status(429), true),
        (cut_off, true),
        (Response::status(404), false),
        (Response::status(410), false),
        (Response::ok("text/html", "<html>gone"), false),
    ] {
        origin.serve(PICTURE, unmarked_picture());
        let server = Server::start(&[("CDN_CACHE_CONTROL", "600")]);
        let path = origin.asking(SMALL);
        let made = server.get(&path);
        server.clock.advance(DAY);
        origin.serve(PICTURE, failure.clone());
        let reply = server.get(&path);
        if !is_passing {
            assert!([404, 410, 422].contains(&reply.status), "{failure:?}");
            continue;
        }
        assert_eq!(status(&reply), STALE, "{failure:?}");
        assert_eq!(reply.header("cache-control"), Some("max-age=10, public"));
        assert_eq!(
            reply.header("cdn-cache-control"),
            Some("max-age=10, public")
        );
        assert_eq!(reply.body, made.body);
        origin.serve(PICTURE, unmarked_picture());
        server.clock.advance(Duration::from_secs(60));
        assert_eq!(status(&server.get(&path)), REVALIDATED, "{failure:?}");
    }
}

#[test]
fn a_failure_is_remembered_for_a_moment() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for options in [SMALL, "rs:fit:12:12", "rs:fit:6:6"] {
        assert_eq!(server.get(&origin.asking(options)).status, 404);
    }
    assert_eq!(
        origin.hits(PICTURE),
        1,
        "one failure counts for all variants"
    );
    origin.serve(PICTURE, picture());
    server.clock.advance(Duration::from_secs(5));
    assert_eq!(server.get(&origin.asking(SMALL)).status, 200);
}

#[test]
fn what_nobody_may_keep_longer_is_gone() {
    let origin = Origin::start();
    serve_conditionally(&origin, ("ETag", "\"v1\""), unmarked_picture());
    let server = Server::start(&[("CACHE_TTL", "60"), ("CACHE_KEEP", "600")]);
    let path = origin.asking(SMALL);
    server.get(&path);
    server.clock.advance(Duration::from_secs(600));
    assert_eq!(status(&server.get(&path)), MISS);
    let asked = origin.requests(PICTURE).pop().unwrap();
    assert_eq!(asked.header("if-none-match"), None);
}

/// A setting that decides bytes, and an image in whose bytes it shows.
struct Deciding {
    setting: &'static str,
    value: &'static str,
    fixture: &'static str,
    options: &'static str,
}

const fn deciding(
    setting: &'static str,
    value: &'static str,
    fixture: &'static str,
    options: &'static str,
) -> Deciding {
    Deciding {
        setting,
        value,
        fixture,
        options,
    }
}

const DECIDING: [Deciding; 47] = [
    deciding(
        "AUTOQUALITY",
        "low",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200",
    ),
    deciding(
        "AUTOQUALITY_METHOD",
        "ml",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200",
    ),
    deciding(
        "AUTOQUALITY_TARGET",
        "0.0001",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim",
    ),
    deciding(
        "AUTOQUALITY_ALLOWED_ERROR",
        "0.1",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim:0.002:1:100",
    ),
    deciding(
        "AUTOQUALITY_MIN",
        "79",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim:0.05",
    ),
    deciding(
        "AUTOQUALITY_FORMAT_MIN",
        "jpeg=79",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim:0.05",
    ),
    deciding(
        "AUTOQUALITY_MAX",
        "71",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim:0.0001",
    ),
    deciding(
        "AUTOQUALITY_FORMAT_MAX",
        "jpeg=71",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:dssim:0.0001",
    ),
    deciding(
        "AUTOQUALITY_MAX_RESOLUTION",
        "0.01",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:200:200/aq:ml:40",
    ),
    deciding(
        "AUTOQUALITY_DPR_FALL",
        "30",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:100:100/dpr:2/q:auto",
    ),
    deciding("PREFERRED_FORMATS", "png", "jpeg/grey.jpg", SMALL),
    deciding("SKIP_PROCESSING_FORMATS", "jpg", "jpeg/grey.jpg", SMALL),
    deciding("QUALITY", "30", "jpeg/photo-1200x800.jpg", "rs:fit:60:60"),
    deciding(
        "FORMAT_QUALITY",
        "jpeg=30",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding("JPEG_PROGRESSIVE", "true", "jpeg/grey.jpg", SMALL),
    deciding(
        "WEBP_EFFORT",
        "1",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:webp",
    ),
    deciding("STRIP_METADATA", "false", "jpeg/xmp.jpg", SMALL),
    deciding(
        "STRIP_COLOR_PROFILE",
        "false",
        "jpeg/icc-swapped-red-green.jpg",
        SMALL,
    ),
    deciding("AUTO_ROTATE", "false", "jpeg/orientation-6.jpg", SMALL),
    deciding(
        "ENFORCE_THUMBNAIL",
        "true",
        "foreign/avif-thumbnail.avif",
        SMALL,
    ),
    deciding(
        "DISABLE_SHRINK_ON_LOAD",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "JPEG_NO_SUBSAMPLE",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "PNG_QUANTIZE",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:png",
    ),
    deciding(
        "WEBP_COMPRESSION",
        "lossless",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:webp",
    ),
    deciding(
        "AVIF_SUBSAMPLE",
        "off",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:avif",
    ),
    deciding(
        "USE_LINEAR_COLORSPACE",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "UNSHARP_MASKING_MODE",
        "always",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding("ALWAYS_RASTERIZE_SVG", "true", "other/plain.svg", SMALL),
    deciding("MAX_RESULT_DIMENSION", "10", "jpeg/grey.jpg", SMALL),
    deciding(
        "PRESETS",
        "sharp=q:30,thumb=s:10:10",
        "jpeg/photo-1200x800.jpg",
        "pr:thumb",
    ),
    deciding(
        "PRESETS",
        "default=q:30,thumb=s:60:60",
        "jpeg/photo-1200x800.jpg",
        "pr:thumb",
    ),
    deciding(
        "JPEG_TRELLIS_QUANT",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "JPEG_OVERSHOOT_DERINGING",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "JPEG_OPTIMIZE_SCANS",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/jpgo:1",
    ),
    deciding(
        "JPEG_QUANT_TABLE",
        "3",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60",
    ),
    deciding(
        "PNG_QUANTIZATION_COLORS",
        "8",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:png/pngo::1",
    ),
    deciding(
        "WEBP_PRESET",
        "text",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:webp",
    ),
    deciding(
        "WEBP_SMART_SUBSAMPLE",
        "true",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:webp",
    ),
    deciding(
        "AVIF_SPEED",
        "5",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/f:avif",
    ),
    deciding("KEEP_COPYRIGHT", "false", "jpeg/xmp.jpg", SMALL),
    deciding("STRIP_METADATA_DPI", "300", "jpeg/grey.jpg", SMALL),
    deciding("PRESERVE_HDR", "true", "png/rgb-16.png", SMALL),
    deciding(
        "UNSHARP_MASKING_WEIGHT",
        "4",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/ush:always",
    ),
    deciding(
        "UNSHARP_MASKING_DIVIDER",
        "5",
        "jpeg/photo-1200x800.jpg",
        "rs:fit:60:60/ush:always",
    ),
    deciding("SANITIZE_SVG", "false", "other/with-prolog.svg", SMALL),
    deciding(
        "BEST_FORMAT_BY_DEFAULT",
        "true",
        "jpeg/size-1x1.jpg",
        "w:20/el:1",
    ),
    deciding(
        "BEST_FORMAT_MAX_RESOLUTION",
        "0.0001",
        "jpeg/size-1x1.jpg",
        "w:20/el:1/f:best",
    ),
];

/// Settings of the section that make no other bytes of one variant: they choose the variant.
const SHOWING_NOTHING: [&str; 6] = [
    "AUTO_WEBP",
    "ENFORCE_WEBP",
    "AUTO_AVIF",
    "ENFORCE_AVIF",
    "ENABLE_CLIENT_HINTS",
    "SAVE_DATA",
];

#[test]
fn a_setting_that_decides_bytes_has_entries_remade_behind_a_stale_answer() {
    // A few at once: each starts three servers.
    for rows in DECIDING.chunks(12) {
        thread::scope(|scope| {
            for row in rows {
                scope.spawn(|| check_remake(row));
            }
        });
    }
}

fn check_remake(row: &Deciding) {
    let (origin, folder) = (Origin::start(), Folder::new());
    origin.serve(PICTURE, Response::ok("image/any", fixture(row.fixture)));
    let path = origin.asking(row.options);
    let presets = ("PRESETS", "thumb=s:60:60");
    let server = folder.serve(&[presets]);
    let old = server.get(&path);
    assert_eq!(status(&old), MISS, "{}: {}", row.setting, old.text());
    server.stop();
    let server = folder.serve(&[presets, (row.setting, row.value)]);
    let stale = server.get(&path);
    assert_eq!(status(&stale), STALE, "{}", row.setting);
    assert_eq!(stale.body, old.body, "{}", row.setting);
    assert_eq!(stale.header("cache-control"), Some("max-age=10, public"));
    eventually("the entry is remade", || {
        status(&server.get(&path)) == MEMORY
    });
    assert_ne!(etag(&server.get(&path)), etag(&old), "{}", row.setting);
    assert_eq!(origin.hits(PICTURE), 2, "{}", row.setting);
    server.stop();
    // A disk that is too busy loses a writing, which then is done again.
    for is_last in [false, true] {
        let server = folder.serve(&[presets, (row.setting, row.value)]);
        if status(&server.get(&path)) == DISK {
            return;
        }
        assert!(!is_last, "{} is remade once", row.setting);
        eventually("the entry is remade", || {
            status(&server.get(&path)) == MEMORY
        });
        server.stop();
    }
}

#[test]
fn every_setting_of_formats_and_quality_is_held_to_that() {
    let page = inkfish::config::markdown();
    let (_, section) = page.split_once("\n## Formats and quality\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let listed = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `INKFISH_")?.split('`').next());
    let tried: Vec<_> = DECIDING.iter().map(|row| row.setting).collect();
    let mut count = 0;
    for setting in listed {
        let is_known = tried.contains(&setting) || SHOWING_NOTHING.contains(&setting);
        assert!(is_known, "{setting} decides bytes; try it in DECIDING");
        count += 1;
    }
    assert!(count > 10, "{section}");
}

#[test]
fn a_setting_that_decides_no_bytes_leaves_entries_fresh() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    folder.serve(&[]).get(&path);
    for (setting, value) in [
        ("TTL", "60"),
        ("ENABLE_DEBUG_HEADERS", "true"),
        ("MAX_SRC_RESOLUTION", "1"),
        ("MAX_SRC_FILE_SIZE", "1MiB"),
        ("AUTO_WEBP", "true"),
        ("PRESETS", "unused=q:1"),
        ("WORKERS", "1"),
    ] {
        let server = folder.serve(&[(setting, value)]);
        assert_eq!(status(&server.get(&path)), DISK, "{setting}");
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn limits_bind_what_was_made_before_they_were_lowered() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    folder.serve(&[]).get(&path);
    for (setting, value, expected) in [
        ("MAX_SRC_RESOLUTION", "0.001", 422),
        ("MAX_SRC_FILE_SIZE", "100", 422),
        ("ALLOWED_SOURCES", "http://shop.example/", 404),
    ] {
        let server = folder.serve(&[(setting, value)]);
        for _from_disk_and_memory in 0..2 {
            let reply = server.get(&path);
            assert_eq!(reply.status, expected, "{setting}");
            assert_eq!(reply.header("cache-control"), Some("s-maxage=10"));
            let conditional = server.get_with(&path, &[("If-None-Match", "*")]);
            assert_eq!(conditional.status, expected, "{setting}");
        }
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn the_key_is_of_what_decides_bytes_and_of_the_cachebuster() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let at = |options: &str| origin.asking(options);
    assert_eq!(status(&server.get(&at("s:24:24"))), MISS);
    for same in [
        "s:24:24/fn:dog",
        "s:24:24/att:1",
        "s:24:24/exp:1900000000",
        "size:24:24",
        "w:24/h:24",
        "w:9/w:24/h:24",
    ] {
        let reply = server.get(&at(same));
        assert_eq!(status(&reply), MEMORY, "{same}");
    }
    for other in ["s:24:24/cb:1", "s:24:24/cb:2", "s:24:23", "s:24:24/q:50"] {
        assert_eq!(status(&server.get(&at(other))), MISS, "{other}");
        assert_eq!(status(&server.get(&at(other))), MEMORY, "{other}");
    }
}

#[test]
fn a_folder_that_breaks_while_running_costs_nothing_but_itself() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let server = folder.serve(&[]);
    assert_eq!(server.admin("/ready").text(), "ready\n");
    // Neither a permission nor a full disk: tests may run as root, and on any disk.
    fs::remove_dir_all(folder.path().join("tmp")).unwrap();
    fs::write(folder.path().join("tmp"), "in the way").unwrap();
    let path = origin.asking(SMALL);
    assert_eq!(status(&server.get(&path)), MISS);
    assert_eq!(status(&server.get(&path)), MEMORY);
    eventually("the failure is told", || {
        server.admin("/ready").text().contains("disk cache: ")
    });
    let ready = server.admin("/ready");
    assert_eq!(ready.status, 200, "it serves on");
    assert!(ready.text().starts_with("ready\n"), "{}", ready.text());
    assert!(server.metric("inkfish_cache_errors_total{tier=\"disk\"}") >= 1.0);
    fs::remove_file(folder.path().join("tmp")).unwrap();
    fs::create_dir(folder.path().join("tmp")).unwrap();
    server.get(&origin.asking("rs:fit:12:12"));
    eventually("the folder is well again", || {
        server.admin("/ready").text() == "ready\n"
    });
}

#[test]
fn a_folder_that_cannot_be_used_stops_the_start() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let variables = [
        ("INKFISH_ALLOW_UNSIGNED", "true"),
        ("INKFISH_BIND", "127.0.0.1:0"),
        ("INKFISH_ADMIN_BIND", "127.0.0.1:0"),
        ("INKFISH_CACHE_DIR", file.to_str().unwrap()),
    ];
    let output = crate::support::run(&["serve"], &variables);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("INKFISH_CACHE_DIR"), "{told}");
}

#[test]
fn two_processes_may_share_one_folder() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let servers = [folder.serve(&[]), folder.serve(&[])];
    let path = origin.asking(SMALL);
    let made = servers[0].get(&path);
    // Files that are still being written lie beside those that have their names.
    let is_entry = |path: &PathBuf| path.components().count() == 4;
    eventually("it is in the folder", || {
        folder.files().iter().any(is_entry)
    });
    let shared = servers[1].get(&path);
    assert_eq!(status(&shared), DISK);
    assert_eq!(shared.body, made.body);
}

/// Kills, each between one answer and whatever the process does behind it: 50, or 1,000 with `make test-long`.
fn kills() -> u32 {
    match std::env::var_os("INKFISH_TEST_LONG") {
        Some(_) => 1_000,
        None => 50,
    }
}

#[test]
fn whatever_a_killed_process_was_doing_no_answer_is_torn() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let reference = Server::start(&[]);
    let path = |width: u32| origin.asking(&format!("rs:fit:{width}"));
    let right: Vec<_> = (1..=8)
        .map(|width| reference.get(&path(width)).body)
        .collect();
    let mut hits = 0;
    for kill in 0..kills() {
        let dir = folder.path().to_str().unwrap();
        let process =
            Process::serve(&[("INKFISH_CACHE_DIR", dir), ("INKFISH_ACCESS_LOG", "false")]);
        for width in [kill % 8 + 1, (kill + 3) % 8 + 1] {
            let reply = process.get(&path(width));
            assert_eq!(reply.status, 200);
            assert!(
                reply.body == right[width as usize - 1],
                "torn after kill {kill}"
            );
            hits += u32::from(status(&reply) == DISK);
        }
        if kill + 1 == kills() {
            let damaged = "inkfish_cache_damaged_total{tier=\"disk\"} 0";
            let metrics = process.admin("/metrics").text();
            assert!(metrics.lines().any(|line| line == damaged), "{metrics}");
        }
        // Dropping the process kills it with SIGKILL.
        drop(process);
    }
    assert!(hits > 0, "no answer came from the folder");
}
