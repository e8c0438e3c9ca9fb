//! Times a large cache folder: its sweep beside `find -mmin -delete` on the same tree, look-ups, purges, a start.
//!
//! `cargo run --release --example bench_cache -- DIR [ENTRIES [PART…]]` makes the folder DIR, which must not exist, fills
//! it with ENTRIES small entries (1,000,000) of which one in a hundred has expired, and prints figures as JSON. What was
//! removed is made anew before each measurement. Cold measurements need the right to drop the system's caches.

mod lookups;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use inkfish::cache::{
    Class, Depth, Disk, DiskErasure, Entry, Facts, Fate, Found, Groups, Header, Key, KeyBuilder,
    Record, Resident, Scan, Scope, Search, Sequence, SourceFacts, Stage, Swept, Terms,
};
use inkfish::clock::{Clock, Timestamp};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// One entry in so many has expired.
const EXPIRED_IN: u64 = 100;
/// The file of an entry then fills one block of 4 KiB.
const BODY_BYTES: usize = 3_300;
const WRITERS: usize = 8;
/// Sources that the entries are made of.
const SOURCES: u64 = 1_000;

/// The folder, and what it holds.
struct Tree {
    dir: PathBuf,
    entries: u64,
    now: Timestamp,
    /// Which figures are taken: `sweep`, `start`, `scan`, `lookups`; all where none is named.
    parts: Vec<String>,
}

/// Whether the system has what it needs in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caches {
    Cold,
    Warm,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments
        .next()
        .context("usage: bench_cache DIR [ENTRIES [PART…]]")?;
    let entries = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let tree = Tree {
        dir: dir.into(),
        entries,
        now: Clock::system().now(),
        parts: arguments.collect(),
    };
    fs::create_dir(&tree.dir).context("the folder must be a new one")?;
    let figures = tree.measure();
    if let Ok(figures) = &figures {
        println!("{figures:#}");
    }
    eprintln!("removing the folder, which takes about as long as filling it");
    fs::remove_dir_all(&tree.dir)?;
    figures.map(drop)
}

impl Tree {
    fn measure(&self) -> Result<Value> {
        let (_, fill) = timed(|| self.fill(1));
        eprintln!("filled in {fill:.1} s");
        let mut figures = json!({
            "entries": self.entries,
            "expired": self.expired(),
            "fill_seconds": fill,
        });
        for (name, caches) in [("cold", Caches::Cold), ("warm", Caches::Warm)] {
            if !self.takes("sweep") {
                continue;
            }
            if caches == Caches::Cold && !self.drop_caches() {
                figures[name] = json!("the system's caches may not be dropped here");
                continue;
            }
            figures[name] = self.compare(caches)?;
        }
        if self.takes("start") {
            figures["start"] = self.start()?;
        }
        if self.takes("scan") {
            figures["scan"] = self.walks()?;
            self.fill(EXPIRED_IN);
        }
        if self.takes("lookups") {
            self.put_records()?;
            figures["lookups"] = lookups::measure(&self.dir, self.entries)?;
        }
        Ok(figures)
    }

    fn takes(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|named| named == part)
    }

    /// The sweep and `find`, each on the whole tree.
    fn compare(&self, caches: Caches) -> Result<Value> {
        let disk = self.disk()?;
        self.prepare(caches);
        let (swept, sweep) = timed(|| disk.sweep(self.now, &|file| self.judge(file)));
        ensure!(swept?.gone == self.expired(), "the sweep missed some");
        self.prepare_again(caches);
        eprintln!("swept in {sweep:.3} s");
        let (folders, folder_pass) = timed(|| disk.remove_folders(usize::MAX));
        self.fill(EXPIRED_IN);
        self.prepare(caches);
        let (found, find) = timed(|| self.find_and_delete());
        eprintln!("found in {find:.1} s");
        ensure!(found?, "find failed");
        ensure!(self.first_is_gone(&disk)?, "find missed some");
        self.fill(EXPIRED_IN);
        Ok(json!({
            "sweep_seconds": sweep,
            "find_seconds": find,
            "ratio": find / sweep,
            "folder_pass_seconds": folder_pass,
            "folders_removed": folders,
        }))
    }

    /// What a start costs with the folder full: opening it, the first entry, and reading the whole journal.
    fn start(&self) -> Result<Value> {
        self.drop_caches();
        let (disk, open) = timed(|| self.disk());
        let (found, first) = timed(|| disk?.entry(&key(1)).map_err(anyhow::Error::from));
        ensure!(matches!(found?, Found::Whole(_)), "the first entry is gone");
        let disk = self.disk()?;
        let (notes, journal) = timed(|| disk.notes().map(Iterator::count));
        Ok(json!({
            "open_seconds": open,
            "first_entry_seconds": first,
            "journal_seconds": journal,
            "notes": notes?,
        }))
    }

    /// An erasure by the journal, one by all files, and a scan, with cold caches where they may be dropped.
    fn walks(&self) -> Result<Value> {
        let disk = self.disk()?;
        let (_, by_journal) = self.erase(&disk, Search::Journal)?;
        self.fill(EXPIRED_IN);
        fs::remove_dir_all(self.dir.join("journal"))?;
        let (erased, by_files) = self.erase(&disk, Search::Files)?;
        self.drop_caches();
        let (scanned, scan) = timed(|| self.scan(&disk));
        Ok(json!({
            "erase_seconds": by_journal,
            "erase_by_files_seconds": by_files,
            "files": erased.gone + erased.kept,
            "scan_seconds": scan,
            "removed": scanned?.gone,
        }))
    }

    /// Erases the source of the first entry.
    fn erase(&self, disk: &Disk, search: Search) -> Result<(Swept, f64)> {
        self.drop_caches();
        let unwanted = source(0);
        let erasure = DiskErasure {
            groups: vec![Groups::of_source(&unwanted)],
            judge: &|file| matches!(&file.facts, Facts::Entry(it) if it.source == unwanted),
            until: &|_| self.now.after(DAY),
            now: self.now,
        };
        let ((erased, found_by), seconds) = timed(|| disk.erase(&erasure));
        eprintln!("erased {} in {seconds:.1} s", erased.gone);
        ensure!(found_by == search, "it went by something else");
        ensure!(erased.failed == 0 && erased.gone > 0, "it missed some");
        Ok((erased, seconds))
    }

    fn scan(&self, disk: &Disk) -> Result<Swept> {
        Ok(disk.scan(&Scan {
            now: self.now,
            depth: Depth::Heads,
            judge: &|file| self.judge(file),
            progress: &|_, _| (),
        })?)
    }

    fn disk(&self) -> Result<Disk> {
        Ok(Disk::open(&self.dir, KEEP, Clock::system())?)
    }

    /// Writes every `step`-th entry.
    fn fill(&self, step: u64) {
        let written = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    // As things were when the expired ones were written.
                    let past = Clock::manual(Timestamp::from_millis(
                        self.now.as_millis() - (KEEP + DAY * 2).as_millis() as u64,
                    ));
                    let old = Disk::open(&self.dir, KEEP, past).expect("the folder opens");
                    let new = self.disk().expect("the folder opens");
                    loop {
                        let index = written.fetch_add(step, Ordering::Relaxed);
                        if index >= self.entries {
                            return;
                        }
                        let disk = if is_expired(index) { &old } else { &new };
                        self.put(disk, index).expect("an entry is written");
                    }
                });
            }
        });
    }

    /// Writes what is known of each source.
    fn put_records(&self) -> Result<()> {
        let disk = self.disk()?;
        for number in (0..SOURCES).filter(|number| !is_expired(*number)) {
            let record = Record {
                digest: *source(number).as_bytes(),
                validated_at: self.now,
                sequence: Sequence(0),
                etag: None,
                last_modified: None,
                terms: Terms::default(),
            };
            disk.put_record(&source(number), &record, self.now.after(KEEP))?;
        }
        Ok(())
    }

    fn put(&self, disk: &Disk, index: u64) -> Result<()> {
        let key = key(index);
        let created = self.created(index);
        disk.put_entry(&key, &entry(index, created), created.after(KEEP))?;
        if is_expired(index) {
            let digits = key.to_string();
            let [first, second, third] = [0, 2, 4].map(|at| &digits[at..at + 2]);
            let path = self.dir.join(first).join(second).join(third);
            let written = SystemTime::UNIX_EPOCH + Duration::from_millis(created.as_millis());
            File::open(path.join(&digits[6..]))?.set_modified(written)?;
        }
        Ok(())
    }

    /// Those that have expired did so within the last day, the others will within the keep time.
    fn created(&self, index: u64) -> Timestamp {
        let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let age = match is_expired(index) {
            true => KEEP + Duration::from_secs(4 * 60 * 60 + spread % (20 * 60 * 60)),
            false => Duration::from_secs(spread % (29 * DAY.as_secs())),
        };
        Timestamp::from_millis(self.now.as_millis() - age.as_millis() as u64)
    }

    fn judge(&self, file: &Resident) -> Fate {
        let Facts::Entry(header) = &file.facts else {
            return Fate::Gone;
        };
        let due = header.created.after(KEEP);
        if due <= self.now {
            Fate::Gone
        } else {
            Fate::Until(due)
        }
    }

    fn expired(&self) -> u64 {
        self.entries.div_ceil(EXPIRED_IN)
    }

    fn prepare(&self, caches: Caches) {
        match caches {
            Caches::Cold => {
                self.drop_caches();
            }
            Caches::Warm => {
                self.write_out();
                // Every name and every inode is in memory after the second time, if there is room.
                for _ in 0..2 {
                    run(Command::new("find").arg(&self.dir).args(["-size", "+1G"]));
                }
                read_expired(self);
            }
        }
    }

    fn prepare_again(&self, caches: Caches) {
        if caches == Caches::Cold {
            self.drop_caches();
        }
    }

    fn find_and_delete(&self) -> Result<bool> {
        let minutes = (KEEP.as_secs() / 60).to_string();
        let mut find = Command::new("find");
        find.arg(&self.dir)
            .args(["-type", "f", "-mmin", &format!("+{minutes}"), "-delete"]);
        Ok(find.status()?.success())
    }

    /// Has what was written on disk, so that nobody else's flush waits for it.
    fn write_out(&self) {
        run(Command::new("sync").arg("-f").arg(&self.dir));
    }

    /// Writes out the folder and drops what the system holds of files; answers whether it may.
    fn drop_caches(&self) -> bool {
        self.write_out();
        fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
    }

    fn first_is_gone(&self, disk: &Disk) -> Result<bool> {
        Ok(matches!(disk.entry(&key(0))?, Found::Nothing))
    }
}

/// Has the heads of the expired entries in memory, as those that were just served are.
fn read_expired(tree: &Tree) {
    let disk = tree.disk().expect("the folder opens");
    for index in (0..tree.entries).step_by(EXPIRED_IN as usize) {
        let _ = disk.entry(&key(index));
    }
}

fn is_expired(index: u64) -> bool {
    index.is_multiple_of(EXPIRED_IN)
}

fn key(index: u64) -> Key {
    KeyBuilder::new("bench")
        .part("index", &index.to_le_bytes())
        .finish()
}

/// The source of the entry `index`; those of expired ones are known no longer.
fn source(index: u64) -> Key {
    let number = index % SOURCES + if is_expired(index) { SOURCES } else { 0 };
    KeyBuilder::new("bench source")
        .part("number", &number.to_le_bytes())
        .finish()
}

fn entry(index: u64, created: Timestamp) -> Entry {
    let source = source(index);
    let header = Header {
        created,
        source,
        source_digest: *source.as_bytes(),
        sequence: Sequence(0),
        stage: Stage::Fast,
        recipe: lookups::RECIPE,
        body_digest: [0; 32],
        score: None,
        format: "webp".to_owned(),
        media_type: "image/webp".to_owned(),
        width: 600,
        height: 400,
        source_facts: SourceFacts::default(),
        etag: String::new(),
        last_modified: None,
        tags: vec!["shop".to_owned()],
        class: Class::Variant,
        scopes: (0..6).map(Scope::from_number).collect(),
    };
    Entry::new(header, Bytes::from(vec![index as u8; BODY_BYTES]))
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command runs");
    assert!(status.success(), "{command:?}");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let outcome = work();
    (outcome, start.elapsed().as_secs_f64())
}
