use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    /// A process on the folder, in the time that the machine calls `boot`.
    fn process(&self, boot: &str) -> Wholeness {
        Wholeness {
            boot: Some(boot.to_owned()),
            ..Wholeness::of(self.0.path())
        }
    }
}

fn folder() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

fn synced() -> io::Result<()> {
    Ok(())
}

#[test]
fn it_is_said_for_as_long_as_the_machine_runs() {
    let folder = folder();
    assert!(!folder.process("one").is_declared());
    folder.process("one").declare().unwrap();
    assert!(folder.process("one").is_declared());
    assert!(!folder.process("two").is_declared());
    folder.process("one").doubt().unwrap();
    folder.process("one").doubt().unwrap();
    assert!(!folder.process("one").is_declared());
}

#[test]
fn where_the_machine_names_no_time_nothing_is_said() {
    let folder = folder();
    let process = Wholeness {
        boot: None,
        ..folder.process("")
    };
    process.declare().unwrap();
    assert!(!process.is_declared());
    fs::write(folder.0.path().join("whole"), FOR_GOOD).unwrap();
    assert!(process.is_declared(), "as long as nothing is added");
    process.join().unwrap();
    assert!(!process.is_declared());
}

#[test]
fn the_last_to_leave_says_it_for_good_and_the_first_to_join_takes_it_back() {
    let folder = folder();
    let [one, other] = [(); 2].map(|()| folder.process("one"));
    one.declare().unwrap();
    one.join().unwrap();
    other.join().unwrap();
    one.leave(|| panic!("another adds notes yet")).unwrap();
    assert!(!folder.process("two").is_declared());
    other.leave(synced).unwrap();
    let later = folder.process("two");
    assert!(later.is_declared());
    later.join().unwrap();
    assert!(later.is_declared());
    drop(later);
    assert!(!folder.process("three").is_declared(), "it died");
    assert!(
        folder.process("two").is_declared(),
        "but the machine did not"
    );
}

#[test]
fn what_cannot_be_brought_to_disk_is_not_said_for_good() {
    let folder = folder();
    let process = folder.process("one");
    process.declare().unwrap();
    process.join().unwrap();
    assert!(
        process
            .leave(|| Err(io::ErrorKind::StorageFull.into()))
            .is_err()
    );
    assert!(!folder.process("two").is_declared());
}

#[test]
fn what_is_in_doubt_stays_in_doubt_whoever_joins_and_leaves() {
    let folder = folder();
    let process = folder.process("one");
    process.join().unwrap();
    process.leave(|| panic!("there is nothing to say")).unwrap();
    assert!(!process.is_declared());
}

#[test]
fn nothing_is_added_by_who_has_left() {
    let folder = folder();
    let process = folder.process("one");
    assert_eq!(process.while_joined(|| Ok(1)).unwrap(), None);
    process.join().unwrap();
    assert_eq!(process.while_joined(|| Ok(1)).unwrap(), Some(1));
    process.leave(synced).unwrap();
    assert_eq!(process.while_joined(|| Ok(1)).unwrap(), None);
}
