//! A bucket of an object store.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutOptions, PutPayload, UpdateVersion,
};

use super::super::key::Key;
use super::access::{Limits, Names, Object, Seen, Written, within};
use super::error::SharedError;
use super::name::Name;

/// What names one state of an object: its entity tag, and its generation where the store counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    e_tag: Option<String>,
    generation: Option<String>,
}

/// A bucket, or what lies in it under a prefix.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Bucket {
    pub(super) fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        let prefix = Path::from(prefix);
        Self { store, prefix }
    }

    pub(super) async fn read(
        &self,
        name: Name,
        limits: Limits,
    ) -> Result<Option<Object>, SharedError> {
        let asked = self.get(name, GetOptions::default());
        let Some(answer) = within(limits.patience, asked).await? else {
            return Ok(None);
        };
        let bytes = answer.meta.size;
        limits.check(bytes)?;
        within(limits.time_for(bytes), object(answer))
            .await
            .map(Some)
    }

    pub(super) async fn peek(&self, name: Name, bytes: u64) -> Result<Option<Object>, SharedError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(0..bytes)),
            ..GetOptions::default()
        };
        match self.get(name, options).await {
            Ok(Some(answer)) => object(answer).await.map(Some),
            Ok(None) => Ok(None),
            Err(error) => self.empty(name).await.ok_or(error).map(Some),
        }
    }

    /// The object `name` if it is empty: a store refuses any range of it.
    async fn empty(&self, name: Name) -> Option<Object> {
        let meta = self.store.head(&self.path(name)).await.ok()?;
        (meta.size == 0).then(|| Object {
            bytes: Bytes::new(),
            seen: Seen::Version(Version::of(&meta)),
        })
    }

    pub(super) async fn write(
        &self,
        name: Name,
        parts: [Bytes; 2],
        seen: Option<Version>,
    ) -> Result<Written, SharedError> {
        let mode = match seen {
            None => PutMode::Create,
            Some(Version { e_tag, generation }) => PutMode::Update(UpdateVersion {
                e_tag,
                version: generation,
            }),
        };
        let options = PutOptions {
            mode,
            ..PutOptions::default()
        };
        let parts = PutPayload::from_iter(parts.into_iter().filter(|part| !part.is_empty()));
        match self.store.put_opts(&self.path(name), parts, options).await {
            Ok(_) => Ok(Written::Done),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Written::Outrun),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn remove(&self, name: Name) -> Result<(), SharedError> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn names(&self, source: Option<&Key>) -> Names {
        let under = match source {
            Some(source) => self.under(&Name::folder(source)),
            None => self.prefix.clone(),
        };
        let prefix = self.prefix.clone();
        self.store
            .list(Some(&under))
            .try_filter_map(move |meta| {
                let name = meta.location.prefix_match(&prefix).and_then(|parts| {
                    let parts: Vec<_> = parts.collect();
                    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
                    Name::parse(&parts.join("/"))
                });
                async move { Ok(name) }
            })
            .err_into()
            .boxed()
    }

    async fn get(&self, name: Name, options: GetOptions) -> Result<Option<GetResult>, SharedError> {
        match self.store.get_opts(&self.path(name), options).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn path(&self, name: Name) -> Path {
        self.under(&name.to_string())
    }

    fn under(&self, rest: &str) -> Path {
        match self.prefix.as_ref() {
            "" => Path::from(rest),
            prefix => Path::from(format!("{prefix}/{rest}")),
        }
    }
}

impl Version {
    fn of(meta: &ObjectMeta) -> Self {
        Self {
            e_tag: meta.e_tag.clone(),
            generation: meta.version.clone(),
        }
    }
}

/// The bytes of an answer, all of them.
async fn object(answer: GetResult) -> Result<Object, SharedError> {
    let seen = Seen::Version(Version::of(&answer.meta));
    let bytes = answer.bytes().await?;
    Ok(Object { bytes, seen })
}
