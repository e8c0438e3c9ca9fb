//! Erasing from the store, and from the queue before it.

use super::*;

#[tokio::test]
async fn an_erased_source_leaves_nothing_in_the_store_or_in_the_queue() {
    let store = held();
    let one_writer = SharedConfig {
        writers: 1,
        ..config()
    };
    let shared = Arc::new(open(&store, one_writer));
    store.held.as_ref().unwrap().add_permits(5);
    for number in 0..4 {
        shared.keep(Key::from_bytes([number; 32]), sample()).await;
    }
    let other = Key::from_bytes([0x99; 32]);
    shared.put_record(other, Arc::new(record()));
    assert_eq!(shared.settle(DAY).await, 0);
    for number in 4..7 {
        shared.put_entry(Key::from_bytes([number; 32]), Arc::new(sample()));
    }
    while store.puts() < 6 {
        tokio::task::yield_now().await;
    }
    let erasing = {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { shared.erase_source(&SOURCE).await })
    };
    tokio::task::yield_now().await;
    assert!(!erasing.is_finished(), "one write is under way");
    store.held.as_ref().unwrap().add_permits(1);
    let erased = Erased {
        removed: 5,
        withdrawn: 2,
        failed: 0,
    };
    assert_eq!(erasing.await.unwrap().unwrap(), erased);
    assert_eq!(store.names().await, 1);
    assert_eq!(shared.record(&other).await, Some(record()));
}

#[tokio::test]
async fn an_erasure_by_header_takes_what_it_names_with_the_records_and_what_is_damaged() {
    let store = Arc::new(Store::default());
    let shared = open(&store, config());
    let sources = [1, 2].map(|number| Key::from_bytes([number; 32]));
    for source in sources {
        for number in 0..3 {
            let header = Header { source, ..header() };
            let entry = Entry::new(header, Bytes::from(vec![0; 2 << 20]));
            shared.keep(Key::from_bytes([number; 32]), entry).await;
        }
        shared.put_record(source, Arc::new(record()));
        assert_eq!(shared.settle(DAY).await, 0);
    }
    let damaged = Name::entry(KEY, sources[1]);
    store.plant(damaged, b"nothing of ours".to_vec()).await;
    let mut later = store
        .file(Name::entry(Key::from_bytes([0; 32]), sources[1]))
        .await
        .unwrap();
    later[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    store.plant(Name::entry(KEY, sources[0]), later).await;
    let named = sources[0];
    let erased = shared.erase_where(|header| header.source == named).await;
    let expected = Erased {
        removed: 3 + 1 + 2,
        withdrawn: 0,
        failed: 1,
    };
    assert_eq!(erased.unwrap(), expected);
    assert_eq!(store.names().await, 3 + 1);
}

#[tokio::test]
async fn a_mounted_folder_is_listed_for_what_is_ours_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = SharedStore::Folder(dir.path().to_owned());
    let shared = Shared::open(config(), store, clock(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    shared.put_record(SOURCE, Arc::new(record()));
    assert_eq!(shared.settle(DAY).await, 0);
    for foreign in ["notes", "22/22/22/notes", "22/notes/a"] {
        let path = dir.path().join(foreign);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "foreign").unwrap();
    }
    let erased = shared.erase_where(|_| true).await.unwrap();
    assert_eq!(erased.removed, 2);
    assert!(dir.path().join("22/22/22/notes").is_file());
    assert!(!dir.path().join("22/22/22").join("22".repeat(29)).exists());
    assert_eq!(
        shared.erase_source(&SOURCE).await.unwrap(),
        Erased::default()
    );
}
