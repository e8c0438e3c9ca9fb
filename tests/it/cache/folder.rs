//! Files that are damaged, a folder that breaks, and processes that share one or are killed over it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Folder, SMALL};
use crate::support::{
    DISK, MEMORY, MISS, Origin, Process, Response, Server, eventually, picture, status,
};

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
