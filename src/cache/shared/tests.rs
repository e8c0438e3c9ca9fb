use std::fmt;
use std::fs;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use tokio::sync::Semaphore;

use super::super::conformance::{Subject, conform};
use super::super::entry::tests::{KEY, header, sample};
use super::super::record::tests::{SOURCE, sample as record};
use super::super::sight::Peeked;
use super::super::{Sequence, Stage};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const PREFIX: &str = "images/v1";

/// A clock that stands where the samples were made.
fn clock() -> Clock {
    Clock::manual(header().created)
}

fn config() -> SharedConfig {
    SharedConfig {
        patience: SECOND,
        ttl: DAY,
        ..SharedConfig::default()
    }
}

fn bucket(store: &Arc<Store>) -> SharedStore {
    let store = Arc::clone(store) as Arc<dyn ObjectStore>;
    let prefix = PREFIX.to_owned();
    SharedStore::Bucket { store, prefix }
}

fn open(store: &Arc<Store>, config: SharedConfig) -> Shared {
    Shared::open(config, bucket(store), clock(), Handle::current()).unwrap()
}

fn path(name: Name) -> Path {
    Path::from(format!("{PREFIX}/{name}"))
}

/// How a store behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
enum Mood {
    #[default]
    Well,
    /// Refuses everything.
    Broken,
    /// Answers nothing.
    Dead,
}

/// A store in memory that counts what it is asked, and fails as it is told.
#[derive(Debug, Default)]
struct Store {
    objects: InMemory,
    mood: AtomicUsize,
    puts: AtomicU64,
    /// Writes wait for it while it has no permits; it is not used while there is none.
    held: Option<Semaphore>,
}

impl Store {
    fn set(&self, mood: Mood) {
        self.mood.store(mood as usize, Ordering::SeqCst);
    }

    fn puts(&self) -> u64 {
        self.puts.load(Ordering::SeqCst)
    }

    async fn be(&self) -> object_store::Result<()> {
        const BROKEN: usize = Mood::Broken as usize;
        const DEAD: usize = Mood::Dead as usize;
        match self.mood.load(Ordering::SeqCst) {
            BROKEN => Err(object_store::Error::Generic {
                store: "test",
                source: "broken".into(),
            }),
            DEAD => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn file(&self, name: Name) -> Option<Vec<u8>> {
        let object = self.objects.get(&path(name)).await.ok()?;
        Some(object.bytes().await.unwrap().to_vec())
    }

    async fn plant(&self, name: Name, file: Vec<u8>) {
        self.objects.put(&path(name), file.into()).await.unwrap();
    }

    async fn names(&self) -> usize {
        use futures_util::StreamExt;
        self.objects.list(None).count().await
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

type Doing<'f, T> = std::pin::Pin<Box<dyn Future<Output = object_store::Result<T>> + Send + 'f>>;

impl ObjectStore for Store {
    fn put_opts<'s, 'p, 'f>(
        &'s self,
        path: &'p Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Doing<'f, PutResult>
    where
        's: 'f,
        'p: 'f,
    {
        Box::pin(async move {
            self.puts.fetch_add(1, Ordering::SeqCst);
            self.be().await?;
            if let Some(held) = &self.held {
                held.acquire().await.unwrap().forget();
            }
            self.objects.put_opts(path, payload, options).await
        })
    }

    fn put_multipart_opts<'s, 'p, 'f>(
        &'s self,
        path: &'p Path,
        options: PutMultipartOptions,
    ) -> Doing<'f, Box<dyn MultipartUpload>>
    where
        's: 'f,
        'p: 'f,
    {
        self.objects.put_multipart_opts(path, options)
    }

    fn get_opts<'s, 'p, 'f>(&'s self, path: &'p Path, options: GetOptions) -> Doing<'f, GetResult>
    where
        's: 'f,
        'p: 'f,
    {
        Box::pin(async move {
            self.be().await?;
            self.objects.get_opts(path, options).await
        })
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.objects.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    fn list_with_delimiter<'s, 'p, 'f>(&'s self, prefix: Option<&'p Path>) -> Doing<'f, ListResult>
    where
        's: 'f,
        'p: 'f,
    {
        self.objects.list_with_delimiter(prefix)
    }

    fn copy_opts<'s, 'a, 'b, 'f>(
        &'s self,
        from: &'a Path,
        to: &'b Path,
        options: CopyOptions,
    ) -> Doing<'f, ()>
    where
        's: 'f,
        'a: 'f,
        'b: 'f,
    {
        self.objects.copy_opts(from, to, options)
    }
}

impl Shared {
    /// Puts an entry and waits until it is written, or not.
    async fn keep(&self, key: Key, entry: Entry) {
        self.put_entry(key, Arc::new(entry));
        assert_eq!(self.settle(DAY).await, 0);
    }
}

/// Two nodes on one store: what one puts the other finds.
struct Nodes<B> {
    nodes: [Shared; 2],
    below: B,
    turn: AtomicUsize,
}

impl<B> Nodes<B> {
    fn new(below: B, store: SharedStore) -> Self {
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
trait Below {
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

#[tokio::test]
async fn an_object_is_the_file_that_a_folder_would_keep() {
    let store = Arc::new(Store::default());
    open(&store, config()).keep(KEY, sample()).await;
    let name = Name::entry(KEY, SOURCE);
    let expected = super::super::entry::tests::file_of(&KEY, &sample());
    assert_eq!(store.file(name).await, Some(expected));
}

#[tokio::test]
async fn what_has_outlived_its_time_is_a_miss_and_removed() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    shared.put_record(SOURCE, Arc::new(record()));
    assert_eq!(shared.settle(DAY).await, 0);
    clock.advance(DAY);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
    assert_eq!(shared.record(&SOURCE).await, Some(record()));
    clock.advance(Duration::from_millis(1));
    assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    assert_eq!(shared.record(&SOURCE).await, None);
    assert_eq!(shared.settle(DAY).await, 0);
    assert_eq!(store.names().await, 0);
    let counts = shared.counts();
    assert_eq!((counts.expired, counts.removed, counts.misses), (2, 2, 2));
}

#[tokio::test]
async fn what_has_outlived_its_time_gives_way_to_anything() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    clock.advance(DAY * 2);
    let header = Header {
        created: clock.now(),
        sequence: Sequence(1),
        ..header()
    };
    let younger = Entry::new(header, Bytes::from_static(b"younger"));
    shared.keep(KEY, younger.clone()).await;
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(younger));
}

#[tokio::test]
async fn what_two_nodes_made_alike_is_written_once() {
    let store = Arc::new(Store::default());
    let nodes = Nodes::new(Arc::clone(&store), bucket(&store));
    let [one, other] = &nodes.nodes;
    one.keep(KEY, sample()).await;
    let header = Header {
        created: header().created.after(SECOND),
        ..header()
    };
    let alike = Entry::new(header, sample().body.in_memory().unwrap().clone());
    other.keep(KEY, alike).await;
    assert_eq!(store.puts(), 1);
    assert_eq!(other.counts().superseded, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_store_costs_its_patience_a_few_times_and_then_nothing() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    store.set(Mood::Dead);
    let begun = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    }
    assert_eq!(begun.elapsed(), SECOND * 5);
    let counts = shared.counts();
    assert_eq!((counts.read_errors, counts.read_refusals), (5, 95));
    assert_eq!(counts.reads, CircuitState::Open);
    store.set(Mood::Well);
    clock.advance(SECOND);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
    assert_eq!(shared.counts().reads, CircuitState::Closed);
    assert_eq!(shared.counts().last_error, None);
}

#[tokio::test(start_paused = true)]
async fn a_peek_leaves_no_trace_and_a_store_that_is_left_alone_in_peace() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    let peek = shared.peek(&KEY, &SOURCE).await;
    assert_eq!((peek.entry, peek.record), (Peeked::Absent, Peeked::Absent));
    assert_eq!(peek.name, path(Name::entry(KEY, SOURCE)).to_string());
    shared.put_record(SOURCE, Arc::new(record()));
    shared.keep(KEY, sample()).await;
    let counts = shared.counts();
    let peek = shared.peek(&KEY, &SOURCE).await;
    let bytes = store.file(Name::entry(KEY, SOURCE)).await.unwrap().len() as u64;
    assert_eq!(peek.entry, Peeked::Held((sample().header, bytes)));
    assert_eq!(peek.record, Peeked::Held(record()));
    clock.advance(DAY * 2);
    let past = shared.peek(&KEY, &SOURCE).await;
    assert!(
        matches!(past.entry, Peeked::Unreadable(_)),
        "{:?}",
        past.entry
    );
    store.set(Mood::Broken);
    for _ in 0..9 {
        let refused = shared.peek(&KEY, &SOURCE).await;
        assert!(matches!(refused.entry, Peeked::Unreadable(_)));
    }
    assert_eq!(shared.settle(DAY).await, 0);
    assert_eq!(shared.counts(), counts, "a peek is no read");
    assert_eq!(store.names().await, 2, "what is too old is left");
    for _ in 0..5 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    }
    store.set(Mood::Well);
    let alone = shared.peek(&KEY, &SOURCE).await;
    assert_eq!(alone.entry, Peeked::NotAsked(CircuitState::Open));
}

#[tokio::test]
async fn a_store_that_refuses_writes_is_still_read() {
    let store = Arc::new(Store::default());
    let shared = open(&store, config());
    shared.keep(KEY, sample()).await;
    store.set(Mood::Broken);
    for number in 0..20 {
        shared.keep(Key::from_bytes([number; 32]), sample()).await;
    }
    let counts = shared.counts();
    assert_eq!((counts.write_errors, counts.dropped), (5, 15));
    assert_eq!(counts.writes, CircuitState::Open);
    assert!(counts.last_error.is_some());
    store.set(Mood::Well);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
}

#[tokio::test]
async fn an_object_that_is_too_long_is_neither_written_nor_read() {
    let store = Arc::new(Store::default());
    open(&store, config()).keep(KEY, sample()).await;
    let small = SharedConfig {
        max_object_bytes: 100,
        ..config()
    };
    let shared = open(&store, small);
    for _ in 0..10 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
        shared.keep(KEY, sample()).await;
    }
    let counts = shared.counts();
    assert_eq!((counts.reads, counts.writes), Default::default());
    assert_eq!((counts.read_errors, counts.write_errors), (10, 10));
    assert_eq!(store.puts(), 1);
}

/// A store whose writes wait for a permit each.
fn held() -> Arc<Store> {
    Arc::new(Store {
        held: Some(Semaphore::new(0)),
        ..Store::default()
    })
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_into_the_queue_is_dropped() {
    let store = held();
    let bounded = SharedConfig {
        queue_jobs: 3,
        ..config()
    };
    let shared = open(&store, bounded);
    for number in 0..5 {
        shared.put_entry(Key::from_bytes([number; 32]), Arc::new(sample()));
    }
    let counts = shared.counts();
    assert_eq!((counts.dropped, counts.queued), (2, 3));
    assert!(counts.queued_bytes > 0);
    assert_eq!(shared.settle(SECOND).await, 3);
    store.held.as_ref().unwrap().add_permits(3);
    assert_eq!(shared.settle(SECOND).await, 0);
    assert_eq!(shared.counts().written, 3);
}

#[tokio::test]
async fn what_others_outrun_at_every_try_is_given_up() {
    let store = held();
    let shared = open(&store, config());
    shared.put_entry(KEY, Arc::new(sample()));
    for sequence in 1..=2_u64 {
        while store.puts() < sequence {
            tokio::task::yield_now().await;
        }
        let rival = Header {
            sequence: Sequence(sequence),
            stage: Stage::Fast,
            ..header()
        };
        let rival = Entry::new(rival, Bytes::from_static(b"rival"));
        let file = super::super::entry::tests::file_of(&KEY, &rival);
        store.plant(Name::entry(KEY, SOURCE), file).await;
        store.held.as_ref().unwrap().add_permits(1);
    }
    assert_eq!(shared.settle(DAY).await, 0);
    let counts = shared.counts();
    assert_eq!((counts.outrun, counts.written), (1, 0));
}

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
