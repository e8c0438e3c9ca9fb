//! What the table learns of the folder, and what a loss of it costs.

use super::super::learning::LEARN_EVERY;
use super::*;

#[test]
fn what_was_published_before_the_table_was_known_is_learnt_from_the_journal() {
    let folder = Folder::new();
    let other = folder.keeper(PLENTY);
    (0..30).for_each(|number| put(&other, number));
    folder.settled(entries(12));
    assert_eq!(folder.held(30).len(), 12);
}

#[test]
fn a_snapshot_carries_the_order_of_use_over_a_restart() {
    let folder = Folder::new();
    let keeper = folder.filled(30);
    keeper.uses.note(&key(0));
    keeper.round().unwrap();
    keeper.save();
    drop(keeper);
    folder.settled(entries(5));
    let held = folder.held(30);
    assert!(held.len() == 5 && held.contains(&0), "{held:?}");
}

#[test]
fn a_damaged_snapshot_costs_the_order_of_use_and_no_more() {
    let folder = Folder::new();
    let keeper = folder.filled(30);
    keeper.save();
    drop(keeper);
    let snapshot = folder.dir.path().join("recency");
    let mut bytes = fs::read(&snapshot).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&snapshot, bytes).unwrap();
    folder.settled(entries(5));
    assert_eq!(folder.held(30).len(), 5);
}

#[test]
fn what_was_evicted_does_not_come_back_with_the_journal() {
    let folder = Folder::new();
    let keeper = folder.settled(entries(10));
    (0..40).for_each(|number| put(&keeper, number));
    keeper.round().unwrap();
    let held = folder.held(40);
    folder.clock.advance(LEARN_EVERY);
    keeper.round().unwrap();
    assert_eq!(keeper.counts().evicted, 30);
    assert_eq!(folder.held(40), held);
}

#[test]
fn where_snapshot_and_journal_are_lost_a_scan_finds_what_there_is() {
    let folder = Folder::new();
    drop(folder.filled(30));
    folder.lose(["journal", "recency"]);
    let keeper = folder.settled(entries(10));
    assert_eq!(folder.held(30).len(), 10);
    assert_eq!(keeper.disk.notes().unwrap().count(), 30);
}

#[test]
fn an_empty_folder_is_not_scanned() {
    let folder = Folder::new();
    let keeper = folder.settled(PLENTY);
    assert_eq!(keeper.state().repaired_at, None);
}

#[test]
fn what_another_process_publishes_counts_within_a_minute() {
    let folder = Folder::new();
    let [keeper, other] = [0; 2].map(|_| folder.keeper(entries(10)));
    keeper.round().unwrap();
    (0..20).for_each(|number| put(&other, number));
    keeper.round().unwrap();
    assert_eq!(folder.held(20).len(), 20);
    folder.clock.advance(LEARN_EVERY);
    keeper.round().unwrap();
    assert_eq!(folder.held(20).len(), 10);
}

#[test]
fn what_a_cut_journal_lost_is_found_by_a_scan() {
    let folder = Folder::new();
    drop(folder.filled(30));
    folder.lose(["recency", "none"]);
    for file in fs::read_dir(folder.dir.path().join("journal")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "notes") {
            let file = File::options().write(true).open(path);
            file.unwrap().set_len(80 * 10 + 5).unwrap();
        }
    }
    let keeper = folder.settled(entries(12));
    assert_eq!(keeper.counts().held_entries, 10, "as many as are noted");
    folder.clock.advance(LEARN_EVERY);
    keeper.round().unwrap();
    assert_eq!(folder.held(30).len(), 12);
}

#[test]
fn what_was_removed_or_confirmed_counts_as_it_is() {
    let folder = Folder::new();
    let keeper = folder.filled(4);
    let held = || {
        keeper.round().unwrap();
        keeper.counts().held_entries
    };
    assert_eq!(held(), 4);
    fs::write(key(0).path_under(folder.dir.path()), b"rubbish").unwrap();
    keeper.disk.entry(&key(0)).unwrap();
    keeper.disk.remove_entry(&key(1)).unwrap();
    assert_eq!(held(), 2);
    let due = START.after(DAY);
    keeper.disk.put_record(&key(9), &record(), due).unwrap();
    assert_eq!(held(), 3);
}
