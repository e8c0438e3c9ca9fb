//! Two nodes on one store, before the suite of [`conformance`](crate::cache::conformance).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::super::conformance::{Subject, conform};
use super::*;

/// Two nodes on one store: what one puts the other finds.
pub(super) struct Nodes<B> {
    pub(super) nodes: [Shared; 2],
    below: B,
    turn: AtomicUsize,
}

impl<B> Nodes<B> {
    pub(super) fn new(below: B, store: SharedStore) -> Self {
        let node = || Shared::open(config(), store.clone(), clock(), Handle::current()).unwrap();
        Self {
            nodes: [node(), node()],
            below,
            turn: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> &Shared {
        &self.nodes[self.turn.fetch_add(1, Ordering::SeqCst) % 2]
    }
}

/// What lies below the nodes.
pub(super) trait Below {
    async fn file(&self, name: Name) -> Option<Vec<u8>>;
    async fn plant(&self, name: Name, file: Vec<u8>);
}

impl Below for Arc<Store> {
    async fn file(&self, name: Name) -> Option<Vec<u8>> {
        Store::file(self, name).await
    }

    async fn plant(&self, name: Name, file: Vec<u8>) {
        Store::plant(self, name, file).await;
    }
}

impl Below for tempfile::TempDir {
    async fn file(&self, name: Name) -> Option<Vec<u8>> {
        fs::read(self.path().join(name.to_string())).ok()
    }

    async fn plant(&self, name: Name, file: Vec<u8>) {
        let path = self.path().join(name.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
}

impl<B: Below> Subject for Nodes<B> {
    const ORDERS_RIVALS: bool = true;

    fn sample(&self) -> (Header, Record) {
        (header(), record())
    }

    async fn put_entry(&self, key: Key, entry: Entry) {
        self.next().keep(key, entry).await;
    }

    async fn entry(&self, key: &Key, source: &Key) -> Option<Entry> {
        self.next().entry(key, source).await
    }

    async fn put_record(&self, source: Key, record: Record) {
        let node = self.next();
        node.put_record(source, Arc::new(record));
        assert_eq!(node.settle(DAY).await, 0);
    }

    async fn record(&self, source: &Key) -> Option<Record> {
        self.next().record(source).await
    }

    async fn file(&self, key: &Key, source: &Key) -> Option<Vec<u8>> {
        self.below.file(Name::entry(*key, *source)).await
    }

    async fn plant(&self, key: &Key, source: &Key, file: Vec<u8>) {
        self.below.plant(Name::entry(*key, *source), file).await;
    }

    async fn settle(&self) {
        for node in &self.nodes {
            assert_eq!(node.settle(DAY).await, 0);
        }
    }
}

#[tokio::test]
async fn two_nodes_on_a_bucket_conform() {
    let store = Arc::new(Store::default());
    conform(&Nodes::new(Arc::clone(&store), bucket(&store))).await;
}

#[tokio::test]
async fn two_nodes_on_a_mounted_folder_conform() {
    let dir = tempfile::tempdir().unwrap();
    let store = SharedStore::Folder(dir.path().to_owned());
    conform(&Nodes::new(dir, store)).await;
}
