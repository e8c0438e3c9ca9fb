//! How far the stream was followed: remembered in the folder of the purge log, for all processes on it.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::entry::Id;
use super::file_in;

/// Longest content of the file.
const MAX_BYTES: usize = 128;

/// The place in the stream up to which purges are in force here.
#[derive(Debug)]
pub(super) struct Cursor {
    node: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Mutex<Id>),
    /// Holds the name of the node and the id, a line each. It is not synced: what a crash takes back is applied again.
    File(File),
}

impl Cursor {
    /// Opens the cursor in `dir`, which is made where it lacks; without one it begins at the start of the stream.
    pub(super) fn open(dir: Option<&Path>) -> io::Result<Self> {
        let Some(dir) = dir else {
            return Ok(Self {
                node: new_name(),
                place: Place::Memory(Mutex::default()),
            });
        };
        let file = file_in(dir, "stream")?;
        file.lock()?;
        let node = match read(&file)? {
            Some((node, _)) => node,
            None => {
                let node = new_name();
                write(&file, &node, Id::default())?;
                node
            }
        };
        file.unlock()?;
        let place = Place::File(file);
        Ok(Self { node, place })
    }

    /// The name of the folder among all that follow the stream.
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// The last entry that is in force here.
    pub(super) fn at(&self) -> io::Result<Id> {
        match &self.place {
            Place::Memory(id) => Ok(*id.lock().unwrap_or_else(PoisonError::into_inner)),
            Place::File(file) => Ok(read(file)?.map_or(Id::default(), |(_, id)| id)),
        }
    }

    /// Moves on to what `step` makes of the place; nobody else does meanwhile. Blocks.
    pub(super) fn advance<E: From<io::Error>>(
        &self,
        step: impl FnOnce(Id) -> Result<Id, E>,
    ) -> Result<Id, E> {
        match &self.place {
            Place::Memory(id) => {
                let mut id = id.lock().unwrap_or_else(PoisonError::into_inner);
                *id = step(*id)?;
                Ok(*id)
            }
            Place::File(file) => {
                file.lock()?;
                let stepped = self.advance_in(file, step);
                file.unlock()?;
                stepped
            }
        }
    }

    fn advance_in<E: From<io::Error>>(
        &self,
        file: &File,
        step: impl FnOnce(Id) -> Result<Id, E>,
    ) -> Result<Id, E> {
        let before = read(file)?.map_or(Id::default(), |(_, id)| id);
        let after = step(before)?;
        if after != before {
            write(file, &self.node, after)?;
        }
        Ok(after)
    }
}

/// The node and its place; `None` for a file that is new or damaged.
fn read(file: &File) -> io::Result<Option<(String, Id)>> {
    let mut bytes = [0; MAX_BYTES];
    let length = file.read_at(&mut bytes, 0)?;
    let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
    let mut lines = text.lines();
    let node = lines.next().filter(|node| node.len() == 32);
    let id = lines.next().and_then(Id::parse);
    Ok(node.map(str::to_owned).zip(id))
}

fn write(file: &File, node: &str, id: Id) -> io::Result<()> {
    let text = format!("{node}\n{id}\n");
    file.write_all_at(text.as_bytes(), 0)?;
    file.set_len(text.len() as u64)
}

/// As good as unique: two keyed hashes whose keys the system gave.
fn new_name() -> String {
    let half = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn id(millis: u64) -> Id {
        Id { millis, count: 3 }
    }

    #[test]
    fn processes_on_one_folder_share_its_name_and_place() {
        let dir = tempfile::tempdir().unwrap();
        let one = Cursor::open(Some(dir.path())).unwrap();
        let two = Cursor::open(Some(dir.path())).unwrap();
        assert_eq!(one.node(), two.node());
        assert_eq!(two.at().unwrap(), Id::default());
        let moved = one.advance(|_| io::Result::Ok(id(123_456))).unwrap();
        assert_eq!((moved, two.at().unwrap()), (id(123_456), id(123_456)));
        let failed = two.advance(|_| Err(io::Error::other("no")));
        assert!(failed.is_err());
        two.advance(|at| io::Result::Ok(Id { millis: 9, ..at }))
            .unwrap();
        assert_eq!(one.at().unwrap(), id(9));
        let again = Cursor::open(Some(dir.path())).unwrap();
        assert_eq!((again.node(), again.at().unwrap()), (one.node(), id(9)));
    }

    #[test]
    fn a_damaged_file_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        for damage in ["", "x", "\n\n", &"a".repeat(500)] {
            fs::write(dir.path().join("stream"), damage).unwrap();
            let cursor = Cursor::open(Some(dir.path())).unwrap();
            assert_eq!(cursor.at().unwrap(), Id::default());
            assert_eq!(cursor.node().len(), 32);
        }
    }

    #[test]
    fn without_a_folder_every_cursor_is_another_node() {
        let (one, two) = (Cursor::open(None).unwrap(), Cursor::open(None).unwrap());
        assert_ne!(one.node(), two.node());
        one.advance(|_| io::Result::Ok(id(1))).unwrap();
        assert_eq!(
            (one.at().unwrap(), two.at().unwrap()),
            (id(1), Id::default())
        );
    }
}
