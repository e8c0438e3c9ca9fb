//! A store in memory that counts what it is asked, and fails as it is told.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use tokio::sync::Semaphore;

use super::super::*;
use super::path;

/// How a store behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Mood {
    #[default]
    Well,
    /// Refuses everything.
    Broken,
    /// Answers nothing.
    Dead,
}

/// A store in memory that counts what it is asked, and fails as it is told.
#[derive(Debug, Default)]
pub(super) struct Store {
    objects: InMemory,
    mood: AtomicUsize,
    puts: AtomicU64,
    /// Writes wait for it while it has no permits; it is not used while there is none.
    pub(super) held: Option<Semaphore>,
}

impl Store {
    pub(super) fn set(&self, mood: Mood) {
        self.mood.store(mood as usize, Ordering::SeqCst);
    }

    pub(super) fn puts(&self) -> u64 {
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

    pub(super) async fn file(&self, name: Name) -> Option<Vec<u8>> {
        let object = self.objects.get(&path(name)).await.ok()?;
        Some(object.bytes().await.unwrap().to_vec())
    }

    pub(super) async fn plant(&self, name: Name, file: Vec<u8>) {
        self.objects.put(&path(name), file.into()).await.unwrap();
    }

    pub(super) async fn names(&self) -> usize {
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

/// A store whose writes wait for a permit each.
pub(super) fn held() -> Arc<Store> {
    Arc::new(Store {
        held: Some(Semaphore::new(0)),
        ..Store::default()
    })
}
