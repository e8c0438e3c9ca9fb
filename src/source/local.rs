//! Sources in files under one root.
//!
//! A path never leads out of the root, by `..`, by a link, or by a race between the two: the kernel resolves it
//! beneath the open root (openat2). Where that call is missing, no link is followed at all.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use tokio::task::spawn_blocking;

use super::deadline::Deadline;
use super::gate::{Gate, Pass};
use super::intake::{Bounds, Intake, Received};
use super::{Cause, Config, Error, Fault, Validators};

/// The name under which local files share the limits of a host.
pub(super) const LOCAL_HOST: &str = "local";

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// Tries of a path that is being renamed while it is resolved.
const TRIES: usize = 16;

/// The files under a root.
#[derive(Debug)]
pub(super) struct Local {
    root: PathBuf,
    gate: Arc<Gate>,
}

/// An open source file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) validators: Validators,
    pub(super) pass: Pass,
}

impl Local {
    /// The files under the root of `config`, if it has one.
    pub(super) fn try_new(config: &Config, gate: Arc<Gate>) -> Result<Option<Self>, Fault> {
        let Some(root) = config.local_root.clone() else {
            return Ok(None);
        };
        if !root.is_dir() {
            let problem = format!("{} is no folder that can be read", root.display());
            return Err(Fault::new("local_root", problem));
        }
        Ok(Some(Self { root, gate }))
    }

    /// Opens the regular file at `path`, which is taken as beginning at the root.
    pub(super) async fn open(&self, path: &str, deadline: &mut Deadline) -> Result<Opened, Error> {
        let pass = deadline.pausing(self.gate.enter(LOCAL_HOST)).await?;
        let (root, path) = (self.root.clone(), path.trim_start_matches('/').to_owned());
        let opening = spawn_blocking(move || Opened::open(&root, &path, pass));
        deadline.bound(LOCAL_HOST, opening).await?.map_err(failed)?
    }
}

impl Opened {
    fn open(root: &Path, path: &str, pass: Pass) -> Result<Self, Error> {
        let file = File::from(open_beneath(root, path).map_err(explained)?);
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(Error::NoSuchFile {
                reason: "it is no regular file",
            });
        }
        let modified = metadata.modified().map_err(failed)?;
        let (mtime, nanos) = (metadata.mtime(), metadata.mtime_nsec());
        let (size, inode) = (metadata.size(), metadata.ino());
        Ok(Self {
            file,
            size,
            validators: Validators {
                etag: Some(format!("\"{size:x}-{mtime:x}.{nanos:x}-{inode:x}\"")),
                last_modified: Some(httpdate::fmt_http_date(modified)),
            },
            pass,
        })
    }

    /// Whether the file is the version that `held` names; the tag decides where there is one.
    pub(super) fn is_version(&self, held: &Validators) -> bool {
        match &held.etag {
            Some(_) => held.etag == self.validators.etag,
            None => {
                held.last_modified.is_some() && held.last_modified == self.validators.last_modified
            }
        }
    }

    /// Reads the file, as far as it is an image within `bounds`.
    ///
    /// Dropping the future does not stop the read, which keeps its place and its memory until it ends.
    pub(super) async fn receive(
        self,
        bounds: &Bounds,
        deadline: &mut Deadline,
    ) -> Result<Received, Error> {
        let intake = deadline
            .pausing(Intake::open(bounds, Some(self.size)))
            .await?;
        let reading = spawn_blocking(move || self.read(intake));
        deadline.bound(LOCAL_HOST, reading).await?.map_err(failed)?
    }

    fn read(mut self, mut intake: Intake) -> Result<Received, Error> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = self.file.read(&mut chunk).map_err(failed)?;
            match chunk.get(..count) {
                None | Some([]) => return intake.finish(),
                Some(read) => intake.push(read)?,
            }
        }
    }
}

/// Opens `path` for reading without leaving `root`. A FIFO is opened too, but without waiting for its writer.
fn open_beneath(root: &Path, path: &str) -> rustix::io::Result<OwnedFd> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(root, folder, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..TRIES {
        match rustix::fs::openat2(&root, path, FILE, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            // Absent in the kernel, or shut by a sandbox that does not know it.
            Err(Errno::NOSYS | Errno::PERM) => return open_stepwise(root, path),
            outcome => return outcome,
        }
    }
    Err(Errno::AGAIN)
}

const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Opens `path` one name at a time, refusing links and `..`.
fn open_stepwise(root: OwnedFd, path: &str) -> rustix::io::Result<OwnedFd> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = root;
    let mut names = path
        .split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .peekable();
    while let Some(name) = names.next() {
        if name == ".." {
            return Err(Errno::XDEV);
        }
        let flags = if names.peek().is_some() { folder } else { FILE };
        at = rustix::fs::openat(&at, name, flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(at)
}

fn explained(error: Errno) -> Error {
    let reason = match error {
        Errno::NOENT | Errno::NOTDIR => "there is no such file",
        Errno::XDEV => "its path leads out of the root",
        Errno::LOOP => "its path leads through a link that is not followed",
        Errno::ACCESS => "it may not be read",
        Errno::NAMETOOLONG | Errno::INVAL | Errno::NXIO => "it is no regular file",
        other => return failed(other),
    };
    Error::NoSuchFile { reason }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Unreachable {
        host: LOCAL_HOST.to_owned(),
        cause: Cause::File,
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Opens `path` under `root` the way of a kernel without openat2.
    fn stepwise(root: &Path, path: &str) -> rustix::io::Result<OwnedFd> {
        let root = rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        open_stepwise(root, path)
    }

    #[test]
    fn without_openat2_files_are_opened_and_no_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("a")).unwrap();
        fs::write(root.join("a/b"), b"x").unwrap();
        symlink("a", root.join("folder")).unwrap();
        symlink("a/b", root.join("file")).unwrap();
        for (path, outcome) in [
            ("a/b", None),
            ("a//./b", None),
            ("folder/b", Some(Errno::NOTDIR)),
            ("file", Some(Errno::LOOP)),
            ("a/../a/b", Some(Errno::XDEV)),
            ("..", Some(Errno::XDEV)),
            ("a/c", Some(Errno::NOENT)),
        ] {
            assert_eq!(stepwise(root, path).err(), outcome, "{path}");
        }
    }
}
