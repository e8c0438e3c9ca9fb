//! What every pass over files has in common: reading a head, asking what is to become of the file, and doing it.

use std::ops::AddAssign;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;
use rustix::process::{getpriority_process, setpriority_process};

use super::super::entry::Header;
use super::super::error::Error;
use super::super::frame::{Head, Kind, Unreadable};
use super::super::key::Key;
use super::super::record::Record;
use super::changes::{Change, Changes};
use super::file::{self, Opened, Refusal, written_and_blocks};
use super::folders::{Folders, Leaf};
use super::groups::Groups;
use super::note::Note;
use crate::clock::Timestamp;

/// Threads of a pass. Most of their time they wait for the disk, so there are more of them than cores.
const THREADS: usize = 16;
/// What a thread takes at a time.
const BATCH: usize = 16;
/// How much nicer than the threads that serve.
const NICER: i32 = 5;
/// When a file is looked at again that could be neither read nor removed.
const RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// When a file of another release is looked at again.
const FOREIGN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A file of the folder, and the facts that its head states.
#[derive(Debug)]
pub struct Resident {
    /// The key that it is found by.
    pub key: Key,
    /// Blocks of 512 bytes that it takes, apart from its leaf folder.
    pub blocks: u32,
    /// What its head states.
    pub facts: Facts,
}

/// What the head of a file states.
#[derive(Debug)]
pub enum Facts {
    /// It is an entry.
    Entry(Box<Header>),
    /// It is the record of a source.
    Record(Record),
}

/// What is to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes.
    Gone,
    /// It stays, and is to be asked about again at that time.
    Until(Timestamp),
}

/// How much of a file is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Its head.
    Heads,
    /// Its body, too, if it is one that is read block by block; shorter ones are checked whenever they are read.
    LongBodies,
}

/// What a pass has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that were removed because they were to go.
    pub gone: u64,
    /// Files that were removed because they failed a check.
    pub damaged: u64,
    /// Blocks of 512 bytes of the files that were removed.
    pub freed_blocks: u64,
    /// Files that stay.
    pub kept: u64,
    /// Files of another release, and folders in the place of a file, which stay.
    pub foreign: u64,
    /// Notes of files that were no longer there, or had been replaced.
    pub outdated: u64,
    /// Files and folders that could not be read or removed.
    pub failed: u64,
    /// Leaf folders that were removed.
    pub folders: u64,
    /// Notes that could not be written, so that their file is found by a later pass only.
    pub unnoted: u64,
}

/// The judge of a pass: what is to become of a file.
pub type Judge<'a> = dyn Fn(&Resident) -> Fate + Sync + 'a;

/// A pass over files.
pub(super) struct Pass<'a> {
    pub(super) now: Timestamp,
    pub(super) depth: Depth,
    pub(super) judge: &'a Judge<'a>,
    pub(super) folders: &'a Folders,
    pub(super) changes: &'a Changes,
}

/// A file that is to be removed: why, and the blocks that it takes, as far as that is known.
#[derive(Clone, Copy)]
enum Condemned {
    Due(u32),
    Damaged(u32),
}

/// Where a file is: its path under an open folder.
pub(super) struct Place<'a> {
    pub(super) dir: BorrowedFd<'a>,
    pub(super) path: &'a Path,
    pub(super) kind: Kind,
    pub(super) key: Key,
}

impl AddAssign for Swept {
    fn add_assign(&mut self, more: Self) {
        self.gone += more.gone;
        self.damaged += more.damaged;
        self.freed_blocks += more.freed_blocks;
        self.kept += more.kept;
        self.foreign += more.foreign;
        self.outdated += more.outdated;
        self.failed += more.failed;
        self.folders += more.folders;
        self.unnoted += more.unnoted;
    }
}

impl Swept {
    fn removed(&mut self, condemned: Condemned) {
        let (count, blocks) = match condemned {
            Condemned::Due(blocks) => (&mut self.gone, blocks),
            Condemned::Damaged(blocks) => (&mut self.damaged, blocks),
        };
        *count += 1;
        self.freed_blocks += u64::from(blocks);
    }
}

impl Pass<'_> {
    /// Looks at one file and does what is to be done. Answers the note that the file is found by later, if it stays.
    pub(super) fn visit(&self, place: &Place<'_>, swept: &mut Swept) -> Option<Note> {
        match inspect(place) {
            Ok((resident, opened)) => self.settle(place, &resident, opened, swept),
            Err(Refusal::Absent) => {
                swept.outdated += 1;
                None
            }
            Err(Refusal::Unreadable(Unreadable::UnknownVersion(_))) => {
                swept.foreign += 1;
                Some(place.note(self.now.after(FOREIGN_AFTER)))
            }
            Err(Refusal::Unreadable(Unreadable::Damaged(_))) => {
                self.remove(place, Condemned::Damaged(0), swept)
            }
            Err(Refusal::Io(_)) => self.fail(place, swept),
        }
    }

    fn settle(
        &self,
        place: &Place<'_>,
        resident: &Resident,
        opened: Opened,
        swept: &mut Swept,
    ) -> Option<Note> {
        let (written, blocks) = written_and_blocks(&opened.facts);
        let Fate::Until(due) = (self.judge)(resident) else {
            return self.remove(place, Condemned::Due(blocks), swept);
        };
        if self.depth == Depth::LongBodies && is_damaged(opened) {
            return self.remove(place, Condemned::Damaged(blocks), swept);
        }
        swept.kept += 1;
        let groups = match &resident.facts {
            Facts::Entry(header) => Groups::of(header),
            Facts::Record(_) => Groups::of_source(&resident.key),
        };
        Some(Note {
            written,
            blocks,
            groups,
            ..place.note(due)
        })
    }

    fn remove(&self, place: &Place<'_>, condemned: Condemned, swept: &mut Swept) -> Option<Note> {
        match unlinkat(place.dir, place.path, AtFlags::empty()) {
            Ok(()) => {
                swept.removed(condemned);
                self.folders.add(Leaf::of(place.kind, &place.key));
                self.changes.add(Change::Removed(place.key));
            }
            Err(Errno::NOENT | Errno::NOTDIR) => swept.outdated += 1,
            Err(Errno::ISDIR) => swept.foreign += 1,
            Err(_) => return self.fail(place, swept),
        }
        None
    }

    fn fail(&self, place: &Place<'_>, swept: &mut Swept) -> Option<Note> {
        swept.failed += 1;
        Some(place.note(self.now.after(RETRY_AFTER)))
    }
}

impl Place<'_> {
    /// A note of whatever file is there, whoever wrote it.
    fn note(&self, due: Timestamp) -> Note {
        Note {
            kind: self.kind,
            key: self.key,
            written: Note::WHICHEVER,
            blocks: 0,
            due,
            groups: Groups::ANY,
        }
    }
}

/// Does `work` for each number below `count`, on a few threads below the priority of those that serve.
pub(super) fn in_parallel(count: usize, work: &(dyn Fn(usize, &mut Swept) + Sync)) -> Swept {
    let next = AtomicUsize::new(0);
    let run = || {
        lower_priority();
        let mut swept = Swept::default();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            if start >= count {
                return swept;
            }
            (start..count.min(start + BATCH)).for_each(|index| work(index, &mut swept));
        }
    };
    let mut sum = Swept::default();
    thread::scope(|scope| {
        let threads = THREADS.min(count.div_ceil(BATCH));
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        for thread in threads {
            sum += thread.join().expect("a judge does not panic");
        }
    });
    sum
}

fn inspect(place: &Place<'_>) -> Result<(Resident, Opened), Refusal> {
    let opened = file::open(place.kind, place.dir, place.path)?;
    let head = opened.head()?;
    let facts = match place.kind {
        Kind::Entry => {
            let head = Head::parse(Kind::Entry, &head)?;
            Facts::Entry(Box::new(Header::decode(&place.key, &head)?))
        }
        Kind::Record => Facts::Record(Record::decode(&place.key, &head)?),
    };
    let (_, blocks) = written_and_blocks(&opened.facts);
    let resident = Resident {
        key: place.key,
        blocks,
        facts,
    };
    Ok((resident, opened))
}

/// Whether a long body fails a check. What cannot be read now may be whole.
fn is_damaged(opened: Opened) -> bool {
    let body = opened.into_body().ok().flatten();
    body.is_some_and(|body| matches!(body.verify(), Err(Error::Damaged(_))))
}

/// Makes the calling thread nicer; on Linux a thread has a nice value of its own.
fn lower_priority() {
    // A thread that keeps its priority works all the same.
    let _ = getpriority_process(None)
        .and_then(|nice| setpriority_process(None, (nice + NICER).min(19)));
}
