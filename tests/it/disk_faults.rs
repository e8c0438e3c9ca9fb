//! A folder of the cache that fails while the server runs: what is served, what is said, and what heals.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{DISK, MEMORY, Origin, Process, Server, eventually, is_made, status};

fn serve(dir: &Path) -> Server {
    Server::start(&[("CACHE_DIR", dir.to_str().unwrap())])
}

fn wait_until_told(server: &Server) {
    eventually("the failure is told", || {
        server.admin("/ready").text().contains("disk cache: ")
    });
    assert_eq!(server.admin("/ready").status, 200, "it serves on");
    assert!(server.metric("inkfish_cache_errors_total{tier=\"disk\"}") >= 1.0);
}

/// Has things made until one of them is kept again, and nothing is wrong any more.
fn wait_until_well(server: &Server, origin: &Origin) {
    let mut width = 100;
    eventually("the folder is well again", || {
        width += 1;
        server.get(&origin.asking(&format!("rs:fit:{width}")));
        server.admin("/ready").text() == "ready\n"
    });
}

/// Removes a folder, in which the server may be writing.
fn remove(dir: &Path) {
    eventually("the folder is removed", || {
        !dir.exists() || fs::remove_dir_all(dir).is_ok()
    });
}

/// What befalls the folder.
struct Fault {
    name: &'static str,
    befall: fn(&Path),
    heal: fn(&Path),
}

const FAULTS: [Fault; 3] = [
    Fault {
        name: "it is removed, and nobody brings it back",
        befall: remove,
        heal: |_| (),
    },
    Fault {
        name: "a file takes its place for a while",
        befall: |dir| {
            eventually("a file is in its place", || {
                remove(dir);
                fs::write(dir, "in the way").is_ok()
            });
        },
        heal: |dir| fs::remove_file(dir).unwrap(),
    },
    Fault {
        name: "files take the places of its folders for a while",
        befall: |dir| {
            for path in ["tmp", "journal"].map(|name| dir.join(name)) {
                eventually("a file is in its place", || {
                    remove(&path);
                    fs::write(&path, "in the way").is_ok()
                });
            }
        },
        heal: |dir| {
            for name in ["tmp", "journal"] {
                fs::remove_file(dir.join(name)).unwrap();
            }
        },
    },
];

#[test]
fn whatever_befalls_the_folder_images_are_served_and_it_is_used_again_when_it_can_be() {
    for Fault { name, befall, heal } in FAULTS {
        let (origin, above) = (Origin::with_picture(), TempDir::new().unwrap());
        let dir = above.path().join("cache");
        let server = serve(&dir);
        let before = origin.asking("rs:fit:10");
        assert!(is_made(&server.get(&before)), "{name}");
        server.wait_until_idle();
        befall(&dir);
        assert_eq!(status(&server.get(&before)), MEMORY, "{name}");
        let during = origin.asking("rs:fit:20");
        assert!(is_made(&server.get(&during)), "{name}");
        assert_eq!(status(&server.get(&during)), MEMORY, "{name}");
        heal(&dir);
        wait_until_well(&server, &origin);
        let after = origin.asking("rs:fit:30");
        assert!(is_made(&server.get(&after)), "{name}");
        server.stop();
        let server = serve(&dir);
        assert_eq!(status(&server.get(&after)), DISK, "{name}");
    }
}

#[test]
fn a_folder_that_a_file_has_taken_the_place_of_is_told_of() {
    let (origin, above) = (Origin::with_picture(), TempDir::new().unwrap());
    let dir = above.path().join("cache");
    let server = serve(&dir);
    eventually("a file is in its place", || {
        remove(&dir);
        fs::write(&dir, "in the way").is_ok()
    });
    server.get(&origin.asking("rs:fit:10"));
    wait_until_told(&server);
}

#[test]
fn while_the_disk_is_full_images_are_served_and_afterwards_they_are_kept_again() {
    let (origin, dir) = (Origin::with_picture(), TempDir::new().unwrap());
    let process = Process::serve_limited(&[("INKFISH_CACHE_DIR", dir.path().to_str().unwrap())]);
    let get = |width: u32| process.get(&origin.asking(&format!("rs:fit:{width}")));
    assert!(is_made(&get(10)));
    process.limit_files(Some(0));
    assert!(is_made(&get(20)));
    assert_eq!(status(&get(20)), MEMORY);
    assert_eq!(status(&get(10)), MEMORY);
    let ready = || process.admin("/ready").text();
    eventually("the failure is told", || ready().contains("disk cache: "));
    process.limit_files(None);
    let mut width = 100;
    eventually("the folder is well again", || {
        width += 1;
        get(width);
        ready() == "ready\n"
    });
}

/// Files of others: 20,000, or a million with `make test-long`.
fn foreign_files() -> u32 {
    match std::env::var_os("INKFISH_TEST_LONG") {
        Some(_) => 1_000_000,
        None => 20_000,
    }
}

#[test]
fn files_of_others_in_the_folder_cost_nothing_and_stay() {
    let (origin, dir) = (Origin::with_picture(), TempDir::new().unwrap());
    let path = origin.asking("rs:fit:10");
    let server = serve(dir.path());
    assert!(is_made(&server.get(&path)));
    server.stop();
    let folders = ["", "tmp", "journal", "sources"].map(|name| dir.path().join(name));
    for number in 0..foreign_files() {
        let folder = &folders[number as usize % folders.len()];
        fs::write(folder.join(format!("foreign-{number}")), "").unwrap();
    }
    let server = serve(dir.path());
    assert_eq!(status(&server.get(&path)), DISK);
    assert!(is_made(&server.get(&origin.asking("rs:fit:20"))));
    server.stop();
    let is_foreign = |name: &fs::DirEntry| name.file_name().as_encoded_bytes().starts_with(b"for");
    let left = folders.iter().map(|folder| {
        let names = fs::read_dir(folder).unwrap().flatten();
        names.filter(is_foreign).count()
    });
    assert_eq!(left.sum::<usize>() as u32, foreign_files());
}

#[test]
fn a_journal_of_rubbish_is_read_past_and_let_go() {
    let (origin, dir) = (Origin::with_picture(), TempDir::new().unwrap());
    let path = origin.asking("rs:fit:10");
    let server = serve(dir.path());
    assert!(is_made(&server.get(&path)));
    server.stop();
    let journal = dir.path().join("journal");
    for file in fs::read_dir(&journal).unwrap().flatten() {
        let mut bytes = fs::read(file.path()).unwrap();
        bytes.truncate(bytes.len().saturating_sub(10));
        fs::write(file.path(), bytes).unwrap();
    }
    // Files of times that have passed, of which a round is to make nothing.
    for (name, bytes) in [
        ("000000000001.notes", b"INJ INJ INJ".repeat(1000)),
        ("000000000002.notes", Vec::new()),
        ("000000000003-00000000000000ff.sealed", vec![0xff; 100_000]),
    ] {
        fs::write(journal.join(name), bytes).unwrap();
    }
    let server = serve(dir.path());
    assert_eq!(status(&server.get(&path)), DISK);
    eventually("the rubbish is let go", || {
        let names = fs::read_dir(&journal).unwrap().flatten();
        let is_past = |it: &fs::DirEntry| {
            it.file_name()
                .as_encoded_bytes()
                .starts_with(b"00000000000")
        };
        names.filter(is_past).count() == 0
    });
    assert_eq!(server.metric("inkfish_cache_sweep_failures_total"), 0.0);
}
