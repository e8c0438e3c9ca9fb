use super::super::disk::{Disk, Found, Opened};
use super::super::entry::Entry;
use super::super::entry::tests::{KEY, header};
use super::super::gate::Bounds;
use super::super::health::Health;
use super::*;
use crate::clock::{Clock, Timestamp};
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Handle;

const BLOCK: usize = BodyReader::BLOCK_BYTES as usize;
/// Eighteen blocks and a bit.
const LENGTH: usize = 18 * BLOCK + 7;

struct Folder {
    dir: tempfile::TempDir,
    disk: Arc<Disk>,
    health: Arc<Health>,
}

impl Folder {
    /// A folder with an entry of `body`.
    fn of(body: Vec<u8>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), Duration::ZERO, Clock::system()).unwrap();
        let folder = Self {
            dir,
            disk: Arc::new(disk),
            health: Arc::default(),
        };
        folder.put(body);
        folder
    }

    fn put(&self, body: Vec<u8>) {
        let entry = Entry::new(header(), body.into());
        let due = Timestamp::default();
        self.disk.put_entry(&KEY, &entry, due).unwrap();
    }

    fn path(&self) -> PathBuf {
        KEY.path_under(self.dir.path())
    }

    /// Opens the body as a look-up does.
    fn open(&self) -> Arc<FileBody> {
        let bounds = Bounds {
            operations: 4,
            patience: Duration::from_secs(20),
        };
        let (disk, health) = (Arc::clone(&self.disk), Arc::clone(&self.health));
        let gate = Gate::new(disk, bounds, Handle::current(), health);
        match self.disk.open_entry(&KEY, 1 << 20).unwrap() {
            Found::Whole(Opened::Streamed(_, reader)) => Arc::new(FileBody::new(KEY, reader, gate)),
            other => panic!("not streamed: {other:?}"),
        }
    }

    /// Flips a bit of the body's block `index`.
    fn damage(&self, index: usize) {
        let mut file = fs::read(self.path()).unwrap();
        let start = file.len() - LENGTH;
        file[start + index * BLOCK + 5] ^= 1;
        fs::write(self.path(), file).unwrap();
    }
}

fn body() -> Vec<u8> {
    (0..LENGTH).map(|at| (at / 7 % 251) as u8).collect()
}

/// Reads all of `range`, as whoever sends it does.
async fn read(file: &Arc<FileBody>, mut range: Range<u64>) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while !range.is_empty() {
        let bytes = file.read(range.clone()).await?;
        assert!(!bytes.is_empty() && bytes.len() as u64 <= FileBody::READING_BYTES);
        range.start += bytes.len() as u64;
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}

#[tokio::test]
async fn what_is_read_is_what_was_written() {
    let (folder, body) = (Folder::of(body()), body());
    let file = folder.open();
    assert_eq!(file.bytes(), LENGTH as u64);
    let ends = [
        0,
        1,
        BLOCK - 1,
        BLOCK,
        BLOCK + 1,
        4 * BLOCK,
        9 * BLOCK,
        LENGTH - 1,
        LENGTH,
    ];
    for start in ends {
        for end in ends.into_iter().filter(|end| *end >= start) {
            let read = read(&file, start as u64..end as u64).await.unwrap();
            assert!(read == body[start..end], "{start}..{end}");
        }
    }
}

#[tokio::test]
async fn damage_is_met_only_where_it_is_and_never_passed_on() {
    let (folder, body) = (Folder::of(body()), body());
    folder.damage(9);
    let file = folder.open();
    let (before, after) = (9 * BLOCK, 10 * BLOCK);
    for range in [0..before, after..LENGTH] {
        let read = read(&file, range.start as u64..range.end as u64).await;
        assert!(read.unwrap() == body[range]);
    }
    assert!(folder.path().exists());
    let outcome = read(&file, 0..LENGTH as u64).await;
    assert!(matches!(outcome, Err(Error::Damaged(_))), "{outcome:?}");
    assert!(!folder.path().exists(), "the next look-up is a miss");
    let counts = folder.health.disk.counts();
    assert_eq!((counts.damaged, counts.errors), (1, 0));
}

#[tokio::test]
async fn what_is_being_read_outlasts_its_entry() {
    let (folder, body) = (Folder::of(body()), body());
    let replaced = folder.open();
    folder.put(vec![9; LENGTH]);
    let removed = folder.open();
    folder.disk.remove_entry(&KEY).unwrap();
    let all = 0..LENGTH as u64;
    assert!(read(&replaced, all.clone()).await.unwrap() == body);
    assert!(read(&removed, all).await.unwrap() == vec![9; LENGTH]);
}

#[test]
fn bytes_are_compared_and_files_are_not_read() {
    let body = |bytes: &'static [u8]| Body::from(Bytes::from_static(bytes));
    assert_eq!(body(b"a"), body(b"a"));
    assert_ne!(body(b"a"), body(b"b"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    let folder = Folder::of(vec![0; LENGTH]);
    let file = Body::File(folder.open());
    assert_eq!(file, file.clone());
    assert_ne!(file, Body::File(folder.open()));
    assert_eq!((file.len(), file.in_memory()), (LENGTH, None));
}

proptest! {
    #[test]
    fn a_reading_begins_its_range_and_is_bounded(start in 0u64..1 << 30, length in 1u64..1 << 30) {
        let range = start..start + length;
        let blocks = blocks_of(&range);
        let of_block = |index: usize| index as u64 * BodyReader::BLOCK_BYTES;
        prop_assert!(of_block(blocks.start) <= start && start < of_block(blocks.end));
        prop_assert!(of_block(blocks.len()) <= FileBody::READING_BYTES);
        prop_assert!(of_block(blocks.end) < range.end + BodyReader::BLOCK_BYTES);
    }
}
