//! A folder that several machines mount, laid out as a bucket is.
//!
//! ```text
//! DIR/dd/73/22/REST/…     the objects
//! DIR/locks/dd            held by whoever replaces an object in `DIR/dd`
//! DIR/tmp/                files that are being written
//! ```
//!
//! A thread that hangs on a dead mount keeps its lane, so no more of them hang than there are lanes. A file system
//! without locks lets either of two that write at the same time win; both are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::super::error::Error as Unkept;
use super::super::key::Key;
use super::super::temporary::Temporaries;
use super::access::{Limits, Names, Object, Seen, Written, within};
use super::error::SharedError;
use super::name::Name;
use crate::clock::Clock;

/// Names that a listing is ahead of its reader.
const NAMES_AHEAD: usize = 256;

/// What tells a file from the one that takes its place: nothing is written to a file that has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    inode: u64,
    modified: (i64, i64),
    bytes: u64,
}

/// A mounted folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: Arc<Root>,
    runtime: Handle,
}

/// The folder as blocking threads use it.
#[derive(Debug)]
struct Root {
    dir: PathBuf,
    temporaries: Temporaries,
}

impl Folder {
    /// Opens `dir`, which is made where it is absent, and has what dead writers left there removed.
    ///
    /// # Errors
    /// Where it can be neither found nor made.
    pub(super) fn open(dir: PathBuf, clock: Clock, runtime: Handle) -> Result<Self, Unkept> {
        let temporaries = Temporaries::open(dir.join("tmp"), clock)?;
        let root = Arc::new(Root { dir, temporaries });
        let cleaned = Arc::clone(&root);
        // What cannot be removed now is found again at the next start.
        runtime.spawn_blocking(move || cleaned.temporaries.remove_leftovers().ok());
        Ok(Self { root, runtime })
    }

    pub(super) fn path(&self, name: Name) -> PathBuf {
        self.root.path(name)
    }

    pub(super) async fn read(
        &self,
        name: Name,
        limits: Limits,
        lane: OwnedSemaphorePermit,
    ) -> Result<Option<Object>, SharedError> {
        let opening = self.run(lane, move |root| open(&root.path(name)));
        let (opened, lane) = within(limits.patience, opening).await?;
        let Some((file, mark)) = opened else {
            return Ok(None);
        };
        let bytes = mark.bytes;
        limits.check(bytes)?;
        let reading = self.run(lane, move |_| read(file, mark, bytes));
        let (object, _) = within(limits.time_for(bytes), reading).await?;
        Ok(Some(object))
    }

    pub(super) async fn peek(
        &self,
        name: Name,
        bytes: u64,
        lane: OwnedSemaphorePermit,
    ) -> Result<Option<Object>, SharedError> {
        let peeking = self.run(lane, move |root| match open(&root.path(name))? {
            Some((file, mark)) => read(file, mark, bytes).map(Some),
            None => Ok(None),
        });
        Ok(peeking.await?.0)
    }

    pub(super) async fn write(
        &self,
        name: Name,
        (parts, seen): ([Bytes; 2], Option<Mark>),
        lane: OwnedSemaphorePermit,
    ) -> Result<Written, SharedError> {
        // Gone with the caller, who may erase what a thread that wakes up later would bring back.
        let caller = Arc::new(());
        let awaited = Arc::downgrade(&caller);
        let is_awaited = move || awaited.strong_count() > 0;
        let writing = self.run(lane, move |root| {
            root.replace(name, &parts, (seen.as_ref(), is_awaited))
        });
        let (written, _) = writing.await?;
        drop(caller);
        Ok(written)
    }

    pub(super) async fn remove(
        &self,
        name: Name,
        lane: OwnedSemaphorePermit,
    ) -> Result<(), SharedError> {
        drop(self.run(lane, move |root| root.remove(name)).await?);
        Ok(())
    }

    pub(super) fn names(&self, source: Option<Key>) -> Names {
        let (sender, receiver) = mpsc::channel(NAMES_AHEAD);
        let root = Arc::clone(&self.root);
        self.runtime.spawn_blocking(move || {
            let below = source.map(|source| Name::folder(&source));
            let listed = root.list(below.as_deref().unwrap_or_default(), &sender);
            if let Err(error) = listed {
                // Whoever listed may have left.
                let _ = sender.blocking_send(Err(error.into()));
            }
        });
        stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        })
        .boxed()
    }

    /// Runs `operation` on a blocking thread, which holds the lane for as long as it takes.
    async fn run<T, F>(
        &self,
        lane: OwnedSemaphorePermit,
        operation: F,
    ) -> Result<(T, OwnedSemaphorePermit), SharedError>
    where
        T: Send + 'static,
        F: FnOnce(&Root) -> Result<T, SharedError> + Send + 'static,
    {
        let root = Arc::clone(&self.root);
        self.runtime
            .spawn_blocking(move || Ok((operation(&root)?, lane)))
            .await
            .unwrap_or(Err(SharedError::Stopped))
    }
}

impl Root {
    fn path(&self, name: Name) -> PathBuf {
        self.dir.join(name.to_string())
    }

    fn replace(
        &self,
        name: Name,
        parts: &[Bytes],
        (seen, is_awaited): (Option<&Mark>, impl Fn() -> bool),
    ) -> Result<Written, SharedError> {
        let path = self.path(name);
        let (mut file, temporary) = self.temporaries.create()?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        let _lock = self.lock(name);
        let held = absent_as_none(fs::symlink_metadata(&path))?.map(|held| Mark::of(&held));
        if held.as_ref() != seen || !is_awaited() {
            return Ok(Written::Outrun);
        }
        temporary.publish(&path)?;
        Ok(Written::Done)
    }

    /// Removes an object, and its source's folder where that was the last.
    fn remove(&self, name: Name) -> Result<(), SharedError> {
        let path = self.path(name);
        let _lock = self.lock(name);
        absent_as_none(fs::remove_file(&path))?;
        if let Some(folder) = path.parent() {
            // It is not empty as a rule.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// The lock of all that write under the first two digits of `name`; `None` where the file system has none.
    fn lock(&self, name: Name) -> Option<File> {
        let locks = self.dir.join("locks");
        let path = locks.join(&name.to_string()[..2]);
        let open = || OpenOptions::new().create(true).append(true).open(&path);
        let file = open()
            .or_else(|_| fs::create_dir_all(&locks).and_then(|()| open()))
            .ok()?;
        flock(&file, FlockOperation::LockExclusive).ok()?;
        Some(file)
    }

    /// Sends the names of all objects in the folder `below`; what is not ours is passed over.
    fn list(&self, below: &str, names: &Sender) -> io::Result<()> {
        let Some(found) = absent_as_none(fs::read_dir(self.dir.join(below)))? else {
            return Ok(());
        };
        for found in found {
            let found = found?;
            let name = match (below, found.file_name().to_str()) {
                (_, None) => continue,
                ("", Some(name)) => name.to_owned(),
                (below, Some(name)) => format!("{below}/{name}"),
            };
            if found.file_type()?.is_dir() {
                if may_hold_objects(&name) {
                    self.list(&name, names)?;
                }
            } else if let Some(name) = Name::parse(&name)
                && names.blocking_send(Ok(name)).is_err()
            {
                return Ok(());
            }
        }
        Ok(())
    }
}

type Sender = mpsc::Sender<Result<Name, SharedError>>;

/// Whether the folder is one of those on the way to an object: three of two digits, and one of the rest.
fn may_hold_objects(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let lengths = [2, 2, 2, 58];
    parts.len() <= lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length)
}

impl Mark {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            bytes: metadata.len(),
        }
    }
}

/// Opens a regular file, and never waits for the other end of a pipe. What is no file of ours is as good as absent.
fn open(path: &Path) -> Result<Option<(File, Mark)>, SharedError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from);
    let Some(file) = absent_as_none(opened)?.map(File::from) else {
        return Ok(None);
    };
    let metadata = file.metadata()?;
    let mark = Mark::of(&metadata);
    Ok(metadata.is_file().then_some((file, mark)))
}

fn read(file: File, mark: Mark, most: u64) -> Result<Object, SharedError> {
    let length = usize::try_from(mark.bytes.min(most)).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(length);
    file.take(length as u64).read_to_end(&mut bytes)?;
    Ok(Object {
        bytes: bytes.into(),
        seen: Seen::Mark(mark),
    })
}

/// That there is no such file, be it for want of a folder on the way, is no error.
fn absent_as_none<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
