//! Purges that are in force here and that Redis has not taken yet, written down: where this process cannot send them
//! any more, the next one on the folder does.
//!
//! A file of lines for all processes on the folder. Nothing is lost by a crash: what is torn is read as a soft purge of
//! everything, and what is sent twice purges twice.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::file_in;
use crate::cache::{Extent, Force, Purge, Scope};

/// Most bytes of the file, some 50,000 purges; past them it says that everything is to be purged.
const MAX_BYTES: u64 = 1 << 20;

/// The file; without a folder there is none, and nothing is written down.
#[derive(Debug)]
pub(super) struct Unsent(Option<Mutex<File>>);

impl Unsent {
    /// Opens the file in `dir`, which is made where it lacks.
    pub(super) fn open(dir: Option<&Path>) -> io::Result<Self> {
        let Some(dir) = dir else {
            return Ok(Self(None));
        };
        let file = file_in(dir, "unsent")?;
        File::open(dir)?.sync_all()?;
        Ok(Self(Some(Mutex::new(file))))
    }

    /// What is written down, by whomever. Blocks.
    pub(super) fn read(&self) -> io::Result<Vec<Purge>> {
        self.locked(|file| Ok(lines(file)?.iter().map(|line| parsed(line)).collect()))
    }

    /// Writes a purge down; it is on the disk then. Blocks.
    pub(super) fn add(&self, purge: Purge) -> io::Result<()> {
        self.locked(|file| {
            let (end, added) = (file.metadata()?.len(), line(purge));
            if end + added.len() as u64 <= MAX_BYTES {
                file.write_all_at(added.as_bytes(), end)?;
            } else {
                let all = [Force::Soft, Force::Hard].map(|force| line(Purge::all(force)));
                rewrite(file, &all.concat())?;
            }
            file.sync_data()
        })
    }

    /// Takes out what was sent, each once. Blocks.
    pub(super) fn remove(&self, sent: &[Purge]) -> io::Result<()> {
        self.locked(|file| {
            let mut gone: HashMap<String, usize> = HashMap::new();
            for purge in sent {
                *gone.entry(line(*purge)).or_default() += 1;
            }
            let mut kept = lines(file)?;
            kept.retain(|line| match gone.get_mut(line) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            });
            rewrite(file, &kept.concat())
        })
    }

    /// Nobody else touches the file meanwhile, of this process or of another.
    fn locked<T: Default>(&self, work: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        let Some(file) = &self.0 else {
            return Ok(T::default());
        };
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        let done = work(&file);
        file.unlock()?;
        done
    }
}

/// The lines as they are written. One begins with its line break, so that one that is torn spoils no other.
fn lines(file: &File) -> io::Result<Vec<String>> {
    let mut bytes = vec![0; file.metadata()?.len().min(MAX_BYTES) as usize];
    file.read_exact_at(&mut bytes, 0)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines.map(|line| format!("\n{line}")).collect())
}

/// Writes shorter text in the place of the old: of what is in both, a crash in between takes nothing.
fn rewrite(file: &File, text: &str) -> io::Result<()> {
    file.write_all_at(text.as_bytes(), 0)?;
    file.set_len(text.len() as u64)
}

fn line(purge: Purge) -> String {
    let force = match purge.force {
        Force::Hard => "hard",
        Force::Soft => "soft",
    };
    match purge.extent {
        Extent::All => format!("\nall {force}"),
        Extent::Of(scope) => format!("\n{:016x} {force}", scope.number()),
    }
}

fn parsed(line: &str) -> Purge {
    known(line).unwrap_or(Purge::all(Force::Soft))
}

fn known(line: &str) -> Option<Purge> {
    let (extent, force) = line.trim_start().split_once(' ')?;
    let extent = match extent {
        "all" => Extent::All,
        scope => Extent::Of(Scope::from_number(u64::from_str_radix(scope, 16).ok()?)),
    };
    let force = match force {
        "hard" => Force::Hard,
        "soft" => Force::Soft,
        _ => return None,
    };
    Some(Purge { extent, force })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn purge(number: u64, force: Force) -> Purge {
        Purge::of(Scope::from_number(number), force)
    }

    #[test]
    fn what_is_written_is_read_by_the_next_until_it_is_taken_out() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two] = [(); 2].map(|()| Unsent::open(Some(dir.path())).unwrap());
        let (hard, soft) = (purge(7, Force::Hard), purge(u64::MAX, Force::Soft));
        let all = Purge::all(Force::Hard);
        for purge in [hard, soft, hard, all] {
            one.add(purge).unwrap();
        }
        assert_eq!(two.read().unwrap(), [hard, soft, hard, all]);
        two.remove(&[hard, all, purge(8, Force::Hard)]).unwrap();
        assert_eq!(one.read().unwrap(), [soft, hard]);
        one.remove(&[soft, hard]).unwrap();
        assert_eq!(fs::read(dir.path().join("unsent")).unwrap(), b"");
    }

    #[test]
    fn what_is_torn_is_a_soft_purge_of_everything_and_spoils_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let unsent = Unsent::open(Some(dir.path())).unwrap();
        unsent.add(purge(7, Force::Hard)).unwrap();
        let path = dir.path().join("unsent");
        let whole = fs::read(&path).unwrap();
        for end in 2..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            unsent.add(purge(8, Force::Hard)).unwrap();
            let expected = [Purge::all(Force::Soft), purge(8, Force::Hard)];
            assert_eq!(unsent.read().unwrap(), expected, "{end}");
        }
    }

    #[test]
    fn what_there_is_no_room_for_becomes_purges_of_everything() {
        let dir = tempfile::tempdir().unwrap();
        let unsent = Unsent::open(Some(dir.path())).unwrap();
        let many = "\n0000000000000001 soft".repeat(MAX_BYTES as usize / 22);
        fs::write(dir.path().join("unsent"), many).unwrap();
        unsent.add(purge(2, Force::Hard)).unwrap();
        unsent.add(purge(3, Force::Hard)).unwrap();
        let all = [Force::Soft, Force::Hard].map(Purge::all);
        assert_eq!(
            unsent.read().unwrap(),
            [all[0], all[1], purge(3, Force::Hard)]
        );
    }

    #[test]
    fn without_a_folder_nothing_is_written_down() {
        let unsent = Unsent::open(None).unwrap();
        unsent.add(Purge::all(Force::Hard)).unwrap();
        assert_eq!(unsent.read().unwrap(), []);
    }
}
