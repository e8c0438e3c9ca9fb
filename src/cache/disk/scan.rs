//! Looking at every file of the folder: the repair of what the journal lost.
//!
//! Folders are opened by the names that they can have, so foreign files beside them cost nothing; those in a leaf
//! folder are passed over one by one.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;

use super::super::error::Error;
use super::super::frame::Kind;
use super::super::key::Key;
use super::Disk;
use super::journal::Bucket;
use super::note::Note;
use super::pass::{Depth, Judge, Pass, Place, Swept, in_parallel};
use crate::clock::Timestamp;

/// Second-level folders of one tree.
const BRANCHES: u32 = 1 << 16;
const TREES: [Kind; 2] = [Kind::Entry, Kind::Record];
/// How long before a scan a file may have been written that got its name during the scan only.
const PUBLISHING: Duration = Duration::from_secs(60 * 60);

/// What a scan is to do.
pub struct Scan<'a> {
    /// The time that it takes for now.
    pub now: Timestamp,
    /// How much of each file is checked.
    pub depth: Depth,
    /// What is to become of each file.
    pub judge: &'a Judge<'a>,
    /// Told how many folders of the second level are done, and how many there can be. Called by many threads.
    pub progress: &'a (dyn Fn(u32, u32) + Sync),
}

/// A folder of the second level.
#[derive(Clone, Copy)]
struct Branch {
    kind: Kind,
    bytes: [u8; 2],
}

/// What a walk does with the files that it finds.
struct Walk<'a> {
    disk: &'a Disk,
    pass: Pass<'a>,
    noting: Noting,
}

/// Whether what stays is noted in the journal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Noting {
    Anew,
    Not,
}

impl Disk {
    /// Looks at every file: removes what is to go, what is damaged, what dead writers left and what folders are
    /// empty, and writes the journal anew. Foreign files and those of other releases are left alone.
    ///
    /// It needs no lock: processes may read, publish and sweep meanwhile. One that is cut off leaves a journal that
    /// holds more than it needs to.
    ///
    /// # Errors
    /// Where the journal cannot be sealed, or the folder of temporary files not be listed.
    pub fn scan(&self, scan: &Scan<'_>) -> Result<Swept, Error> {
        let journal_error = |error| Error::io("rewrite", self.journal.dir())(error);
        let old = self.seal_all().map_err(journal_error)?;
        let mut swept = self.walk(scan, Noting::Anew);
        if swept.failed == 0 && swept.unnoted == 0 {
            self.retire(old, scan.now).map_err(journal_error)?;
            self.journal.declare_whole().map_err(journal_error)?;
        }
        swept.gone += self.temporaries.remove_leftovers()? as u64;
        Ok(swept)
    }

    /// Looks at every file, and does with each what is to be done.
    pub(super) fn walk(&self, scan: &Scan<'_>, noting: Noting) -> Swept {
        let pass = self.pass(scan.now, scan.depth, scan.judge);
        let disk = self;
        Walk { disk, pass, noting }.run(scan.progress)
    }

    fn seal_all(&self) -> io::Result<Vec<Bucket>> {
        let sealed = self.journal.buckets()?.into_iter().map(Bucket::seal);
        sealed.filter_map(Result::transpose).collect()
    }

    /// Removes old files of the journal. What was being published when they were sealed is noted again.
    fn retire(&self, old: Vec<Bucket>, began: Timestamp) -> io::Result<()> {
        let since = began
            .as_millis()
            .saturating_sub(PUBLISHING.as_millis() as u64);
        for bucket in old {
            for note in bucket.notes()? {
                let note = note?;
                if note.written / 1_000_000 >= since {
                    self.journal.add(&note)?;
                }
            }
            self.journal.let_go(bucket)?;
        }
        Ok(())
    }
}

impl Walk<'_> {
    fn run(&self, progress: &(dyn Fn(u32, u32) + Sync)) -> Swept {
        let done = AtomicU32::new(0);
        in_parallel(BRANCHES as usize, &|index, swept| {
            let bytes = (index as u16).to_be_bytes();
            for kind in TREES {
                self.branch(Branch { kind, bytes }, swept);
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, BRANCHES);
        })
    }

    fn branch(&self, branch: Branch, swept: &mut Swept) {
        let [first, second] = branch.bytes;
        let path = self.disk.root(branch.kind);
        let path = path.join(format!("{first:02x}/{second:02x}"));
        let Some(mut folder) = open_folder(CWD, path.as_path(), swept) else {
            return;
        };
        while let Some(name) = next_name(&mut folder, swept) {
            if let Some(third) = hex_bytes::<1>(&name) {
                let leaf = [first, second, third[0]];
                self.leaf(&folder, &name, (branch.kind, leaf), swept);
            }
        }
    }

    /// Looks at the files of one leaf folder, and removes it if it is empty then.
    fn leaf(&self, branch: &Dir, name: &CStr, leaf: (Kind, [u8; 3]), swept: &mut Swept) {
        let Ok(branch) = branch.fd() else {
            swept.failed += 1;
            return;
        };
        let Some(mut folder) = open_folder(branch, name, swept) else {
            return;
        };
        let mut left = 0;
        while let Some(name) = next_name(&mut folder, swept) {
            left += u64::from(self.file(&folder, &name, leaf, swept));
        }
        if left == 0 && unlinkat(branch, name, AtFlags::REMOVEDIR).is_ok() {
            swept.folders += 1;
        }
    }

    /// Looks at one file; answers whether it is one of ours that stays.
    fn file(
        &self,
        folder: &Dir,
        name: &CStr,
        (kind, leaf): (Kind, [u8; 3]),
        swept: &mut Swept,
    ) -> bool {
        let (Some(rest), Ok(dir)) = (hex_bytes::<29>(name), folder.fd()) else {
            return false;
        };
        let mut key = [0; 32];
        key[..3].copy_from_slice(&leaf);
        key[3..].copy_from_slice(&rest);
        let place = Place {
            dir,
            path: Path::new(name.to_str().unwrap_or_default()),
            kind,
            key: Key::from_bytes(key),
        };
        let note = self.pass.visit(&place, swept);
        note.inspect(|note| self.note(note, swept)).is_some()
    }

    fn note(&self, note: &Note, swept: &mut Swept) {
        if self.noting == Noting::Anew && self.disk.journal.add(note).is_err() {
            swept.unnoted += 1;
        }
    }
}

/// Opens a folder; `None` where there is none, or something else.
fn open_folder<P: rustix::path::Arg>(dir: impl AsFd, path: P, swept: &mut Swept) -> Option<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let opened = openat(dir, path, flags, Mode::empty()).and_then(|fd: OwnedFd| Dir::new(fd));
    match opened {
        Ok(folder) => Some(folder),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => None,
        Err(_) => {
            swept.failed += 1;
            None
        }
    }
}

fn next_name(folder: &mut Dir, swept: &mut Swept) -> Option<std::ffi::CString> {
    match folder.read()? {
        Ok(name) => Some(name.file_name().to_owned()),
        Err(_) => {
            swept.failed += 1;
            None
        }
    }
}

/// The bytes whose digits a name is, as we write them.
fn hex_bytes<const N: usize>(name: &CStr) -> Option<[u8; N]> {
    let digits = name.to_bytes();
    let mut bytes = [0; N];
    let ours = !digits.iter().any(u8::is_ascii_uppercase);
    (ours && hex::decode_to_slice(digits, &mut bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests;
