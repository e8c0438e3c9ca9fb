//! The shared tier on servers that check signatures and conditions.

#[path = "../../src/cache/conformance.rs"]
mod conformance;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use inkfish::cache::{
    Class, Entry, Header, Key, Record, Sequence, Shared, SharedConfig, SharedStore, SourceFacts,
    Stage,
};
use inkfish::clock::{Clock, Timestamp};
use inkfish::source::{
    Addressing, BucketConfig, Config, Credentials, Resolve, Resolving, S3Key, Secret, StoreConfig,
    StoreKind, open_bucket,
};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use tokio::runtime::Handle;
use url::Url;

use crate::support::{Azurite, S3Server};
use conformance::{Subject, conform};

const LONG: Duration = Duration::from_secs(60);
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Nothing here has a name.
struct NoNames;

impl Resolve for NoNames {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Ok(Vec::<IpAddr>::new()) })
    }
}

fn s3(secret: &str) -> StoreConfig {
    let credentials = Credentials::Key(S3Key {
        access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: None,
    });
    let kind = StoreKind::S3 {
        region: None,
        addressing: Addressing::Path,
        credentials,
    };
    store(kind, &S3Server::shared().url())
}

fn azure() -> StoreConfig {
    let kind = StoreKind::Azure {
        account: Azurite::ACCOUNT.to_owned(),
        credentials: Credentials::Key(Secret::new(Azurite::KEY)),
    };
    store(kind, &Azurite::shared().url())
}

fn store(kind: StoreKind, endpoint: &str) -> StoreConfig {
    StoreConfig {
        name: "shared".to_owned(),
        kind,
        endpoint: Some(Url::parse(endpoint).unwrap()),
        allowed_buckets: Vec::new(),
        denied_buckets: Vec::new(),
    }
}

fn bucket(store: StoreConfig, bucket: &str) -> Arc<dyn ObjectStore> {
    let config = Config {
        stores: vec![store],
        ..Config::default()
    };
    let wanted = BucketConfig {
        store: "shared".to_owned(),
        bucket: bucket.to_owned(),
        max_object_bytes: 8 << 20,
    };
    open_bucket(&config, &wanted, Arc::new(NoNames)).unwrap()
}

fn s3_bucket(name: &str) -> Arc<dyn ObjectStore> {
    S3Server::shared().create_bucket(name);
    bucket(s3(S3Server::SECRET_ACCESS_KEY), name)
}

fn azure_bucket(name: &str) -> Arc<dyn ObjectStore> {
    Azurite::shared().create_container(name);
    bucket(azure(), name)
}

fn open(store: &Arc<dyn ObjectStore>, prefix: &str) -> Shared {
    let store = SharedStore::Bucket {
        store: Arc::clone(store),
        prefix: prefix.to_owned(),
    };
    let config = SharedConfig {
        patience: LONG,
        write_patience: LONG,
        ..SharedConfig::default()
    };
    Shared::open(config, store, Clock::manual(NOW), Handle::current()).unwrap()
}

fn header() -> Header {
    Header {
        created: NOW,
        source: Key::from_bytes([0x22; 32]),
        source_digest: [0x33; 32],
        sequence: Sequence(7),
        stage: Stage::Fast,
        recipe: [0x44; 32],
        body_digest: [0; 32],
        format: "webp".to_owned(),
        media_type: "image/webp".to_owned(),
        width: 600,
        height: 400,
        source_facts: SourceFacts::default(),
        etag: String::new(),
        last_modified: None,
        tags: Vec::new(),
        class: Class::Variant,
        scopes: Vec::new(),
        score: None,
    }
}

fn record() -> Record {
    Record {
        digest: [0x33; 32],
        validated_at: NOW,
        sequence: Sequence(7),
        etag: None,
        last_modified: None,
        terms: Default::default(),
    }
}

/// Two nodes on one bucket, which take turns.
struct Nodes {
    store: Arc<dyn ObjectStore>,
    prefix: &'static str,
    nodes: [Shared; 2],
    turn: AtomicUsize,
}

impl Nodes {
    fn new(store: Arc<dyn ObjectStore>, prefix: &'static str) -> Self {
        Self {
            nodes: [open(&store, prefix), open(&store, prefix)],
            store,
            prefix,
            turn: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> &Shared {
        &self.nodes[self.turn.fetch_add(1, Ordering::SeqCst) % 2]
    }

    /// Where the entry `key` lies.
    fn path(&self, key: &Key, source: &Key) -> Path {
        let source = source.to_string();
        let (first, second, third) = (&source[..2], &source[2..4], &source[4..6]);
        let rest = format!("{first}/{second}/{third}/{}/{key}", &source[6..]);
        Path::from(format!("{}/{rest}", self.prefix))
    }
}

impl Subject for Nodes {
    // A server of the tests that is busy may answer a read with what a rival is just replacing; who wins then is
    // shown over a folder.
    const ORDERS_RIVALS: bool = false;

    fn sample(&self) -> (Header, Record) {
        (header(), record())
    }

    async fn put_entry(&self, key: Key, entry: Entry) {
        let node = self.next();
        node.put_entry(key, Arc::new(entry));
        assert_eq!(node.settle(LONG).await, 0);
    }

    async fn entry(&self, key: &Key, source: &Key) -> Option<Entry> {
        self.next().entry(key, source).await
    }

    async fn put_record(&self, source: Key, record: Record) {
        let node = self.next();
        node.put_record(source, Arc::new(record));
        assert_eq!(node.settle(LONG).await, 0);
    }

    async fn record(&self, source: &Key) -> Option<Record> {
        self.next().record(source).await
    }

    async fn file(&self, key: &Key, source: &Key) -> Option<Vec<u8>> {
        match self.store.get(&self.path(key, source)).await {
            Ok(object) => Some(object.bytes().await.unwrap().to_vec()),
            Err(Error::NotFound { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    async fn plant(&self, key: &Key, source: &Key, file: Vec<u8>) {
        let path = self.path(key, source);
        self.store.put(&path, file.into()).await.unwrap();
    }

    async fn settle(&self) {
        for node in &self.nodes {
            assert_eq!(node.settle(LONG).await, 0);
        }
    }
}

/// That conditions hold on this server, or what follows would prove nothing.
async fn refuses_wrong_conditions(store: &Arc<dyn ObjectStore>) {
    let path = Path::from("conditions");
    let put = |mode: PutMode| store.put_opts(&path, "body".into(), mode.into());
    let update = |e_tag: Option<String>| {
        put(PutMode::Update(UpdateVersion {
            e_tag,
            version: None,
        }))
    };
    let absent = update(Some("\"none\"".to_owned())).await;
    assert!(
        matches!(absent, Err(Error::Precondition { .. })),
        "{absent:?}"
    );
    let first = put(PutMode::Create).await.unwrap();
    let again = put(PutMode::Create).await;
    assert!(
        matches!(again, Err(Error::AlreadyExists { .. })),
        "{again:?}"
    );
    let wrong = update(Some("\"00000000000000000000000000000000\"".to_owned())).await;
    assert!(
        matches!(wrong, Err(Error::Precondition { .. })),
        "{wrong:?}"
    );
    update(first.e_tag).await.unwrap();
}

/// That an erasure leaves nothing of a source, and all of another.
async fn erases_one_source(store: &Arc<dyn ObjectStore>) {
    let shared = open(store, "erased");
    let sources = [1, 2].map(|number| Key::from_bytes([number; 32]));
    for source in sources {
        for number in 0..20 {
            let header = Header { source, ..header() };
            let entry = Entry::new(header, vec![number; 1000].into());
            shared.put_entry(Key::from_bytes([number; 32]), Arc::new(entry));
        }
        shared.put_record(source, Arc::new(record()));
    }
    assert_eq!(shared.settle(LONG).await, 0);
    let erased = shared.erase_source(&sources[0]).await.unwrap();
    assert_eq!((erased.removed, erased.failed), (21, 0));
    assert_eq!(shared.record(&sources[0]).await, None);
    assert_eq!(shared.record(&sources[1]).await, Some(record()));
    let rest = shared.erase_where(|_| true).await.unwrap();
    assert_eq!((rest.removed, rest.failed), (21, 0));
}

#[tokio::test]
async fn s3_refuses_a_wrong_condition_and_the_tier_on_it_conforms() {
    let store = s3_bucket("shared-cache");
    refuses_wrong_conditions(&store).await;
    conform(&Nodes::new(Arc::clone(&store), "images/v1")).await;
    erases_one_source(&store).await;
}

#[tokio::test]
async fn azure_refuses_a_wrong_condition_and_the_tier_on_it_conforms() {
    let store = azure_bucket("shared-cache");
    refuses_wrong_conditions(&store).await;
    conform(&Nodes::new(Arc::clone(&store), "images/v1")).await;
    erases_one_source(&store).await;
}

#[tokio::test]
async fn a_wrong_secret_makes_misses_and_is_told() {
    S3Server::shared().create_bucket("forbidden");
    let shared = open(&bucket(s3("wrong"), "forbidden"), "");
    let source = header().source;
    assert_eq!(shared.record(&source).await, None);
    let counts = shared.counts();
    assert_eq!((counts.misses, counts.read_errors), (1, 1));
    let told = counts.last_error.unwrap();
    assert_eq!(told, "the shared store does not permit it");
}

#[test]
fn a_store_that_is_not_configured_is_named() {
    let wanted = BucketConfig {
        store: "elsewhere".to_owned(),
        bucket: "shared-cache".to_owned(),
        max_object_bytes: 1,
    };
    let fault = open_bucket(&Config::default(), &wanted, Arc::new(NoNames)).unwrap_err();
    assert_eq!(fault.field, "stores");
    assert_eq!(fault.problem, "there is none of the name \"elsewhere\"");
}
