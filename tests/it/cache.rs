//! What is kept, for how long, and what becomes of it when files, sources and settings change.

mod folder;
mod revalidation;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{DISK, MEMORY, MISS, Origin, PICTURE, Reply, Server, is_housekeeping, status};

const SMALL: &str = "rs:fit:24:24";

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

fn etag(reply: &Reply) -> &str {
    reply.header("etag").unwrap()
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
