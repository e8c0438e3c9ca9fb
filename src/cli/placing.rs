//! Putting a file in its place: written beside it and renamed, so that whoever looks finds the old file or the new one.
//!
//! What is not finished has a name of its own and is locked while its writer lives; what a killed writer left is
//! removed by the next.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

/// How the name of an unfinished file ends; it begins with a dot.
const UNFINISHED: &str = ".inkfish-part";

/// What may be in the place already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Nothing: it stays.
    Nothing,
    /// Anything: it is replaced.
    Anything,
}

/// Whether a file of this name is one that a writer has not finished.
pub(super) fn is_unfinished(name: &Path) -> bool {
    let name = name.as_os_str().as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(UNFINISHED.as_bytes())
}

/// Removes an unfinished file whose writer is no more.
pub(super) fn clear(path: &Path) {
    // One that is gone, or whose writer lives, is no matter.
    if let Ok(file) = File::open(path)
        && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
    {
        let _ = fs::remove_file(path);
    }
}

/// Writes `bytes` to `at` with the owner and the mode of `like`, the folders on the way to it included.
///
/// # Errors
/// What the file system refuses; the place is then as it was, and nothing lies beside it.
pub(super) fn place(
    bytes: &[u8],
    at: &Path,
    like: Option<&Metadata>,
    over: Over,
) -> anyhow::Result<()> {
    let folder = at.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let unfinished = unfinished(at);
    clear(&unfinished);
    let written = written(bytes, &unfinished, like);
    let placed = written.and_then(|file| {
        renamed(&unfinished, at, over)?;
        // Locked until it has its name.
        drop(file);
        Ok(())
    });
    placed.with_context(|| format!("cannot write {}", at.display()))
}

/// The name of a file while it is written, beside its place.
fn unfinished(at: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(at.file_name().unwrap_or_default());
    name.push(UNFINISHED);
    at.with_file_name(name)
}

/// A file that is whole and on the disk, and locked; where that fails, there is none.
fn written(bytes: &[u8], path: &Path, like: Option<&Metadata>) -> anyhow::Result<File> {
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let file = match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("somebody else is writing it")
        }
        created => created?,
    };
    let filled = filled(&file, bytes, like);
    if filled.is_err() {
        // The reason is told; that this failed too would tell no more.
        let _ = fs::remove_file(path);
    }
    filled?;
    Ok(file)
}

fn filled(mut file: &File, bytes: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    // Where there are no locks, what is left by the killed stays.
    let _ = flock(file, FlockOperation::NonBlockingLockExclusive);
    file.write_all(bytes)?;
    if let Some(like) = like {
        // Only some may give files away; the mode comes after it, which giving away may change.
        let _ = fchown(file, Some(like.uid()), Some(like.gid()));
        file.set_permissions(like.permissions())?;
    }
    file.sync_all()
}

fn renamed(from: &Path, to: &Path, over: Over) -> anyhow::Result<()> {
    let renamed = match over {
        Over::Anything => fs::rename(from, to).map_err(anyhow::Error::from),
        Over::Nothing => match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => Err(anyhow::anyhow!("it is there already")),
            renamed => renamed.map_err(anyhow::Error::from),
        },
    };
    if renamed.is_err() {
        let _ = fs::remove_file(from);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_takes_its_place_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("deep/cat.jpg");
        place(b"one", &at, None, Over::Nothing).unwrap();
        assert!(place(b"two", &at, None, Over::Nothing).is_err());
        assert_eq!(fs::read(&at).unwrap(), b"one");
        place(b"two", &at, None, Over::Anything).unwrap();
        assert_eq!(fs::read(&at).unwrap(), b"two");
        assert_eq!(names(at.parent().unwrap()), ["cat.jpg"]);
    }

    #[test]
    fn what_the_killed_left_is_removed_and_what_is_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cat.jpg");
        fs::write(unfinished(&at), "half").unwrap();
        place(b"one", &at, None, Over::Nothing).unwrap();
        assert_eq!(names(folder.path()), ["cat.jpg"]);
        let held = written(b"half", &unfinished(&at), None).unwrap();
        clear(&unfinished(&at));
        let fault = place(b"two", &at, None, Over::Anything).unwrap_err();
        assert!(format!("{fault:#}").contains("somebody else"), "{fault:#}");
        drop(held);
        clear(&unfinished(&at));
        assert_eq!(names(folder.path()), ["cat.jpg"]);
    }
}
