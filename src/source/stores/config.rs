//! Settings of object stores.

use std::fmt;

use url::Url;

use super::super::Fault;
use crate::request::Scheme;

/// One object store with one set of credentials.
///
/// An object is asked for at the first store of its kind that lists its bucket among `allowed_buckets`, else at the
/// first that lists none at all. A bucket that any store of the kind denies is served by none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// What settings and faults call it.
    pub name: String,
    /// Whose protocol it speaks, and who we are to it.
    pub kind: StoreKind,
    /// Where it is; unset, the cloud that the protocol comes from. It may be a private address, it is never
    /// redirected, and nothing else gets the credentials.
    pub endpoint: Option<Url>,
    /// Buckets that it serves; empty for all.
    pub allowed_buckets: Vec<String>,
    /// Buckets that no store of its kind serves, whatever else is said.
    pub denied_buckets: Vec<String>,
}

/// The protocol of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Amazon S3, or what speaks its protocol: `s3://bucket/key`.
    S3 {
        /// The region that signatures name; unset, `us-east-1`.
        region: Option<String>,
        /// Where the bucket stands in URLs.
        addressing: Addressing,
        /// Who we are.
        credentials: Credentials<S3Key>,
    },
    /// Google Cloud Storage: `gs://bucket/key`.
    Gcs {
        /// Who we are: the JSON of a service account's key.
        credentials: Credentials<Secret>,
    },
    /// Azure Blob Storage: `abs://container/key`.
    Azure {
        /// The storage account.
        account: String,
        /// Who we are: the account's shared key, in base64.
        credentials: Credentials<Secret>,
    },
}

/// Where the bucket stands in the URLs of an S3 store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// In the path, which every server understands.
    #[default]
    Path,
    /// Before the host.
    VirtualHost,
}

/// Who we are to a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials<K> {
    /// Nobody: requests are not signed, and public objects are all there is.
    Anonymous,
    /// What the environment says, by the variables and files that the cloud's own tools read, and past those the
    /// metadata service of the machine.
    #[default]
    Environment,
    /// The holder of this key.
    Key(K),
}

/// A key of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Key {
    /// The public half.
    pub access_key_id: String,
    /// The private half.
    pub secret_access_key: Secret,
    /// What comes with a key of limited life.
    pub session_token: Option<Secret>,
}

/// A text that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl StoreConfig {
    /// The scheme of the URLs of its objects.
    pub fn scheme(&self) -> Scheme {
        match self.kind {
            StoreKind::S3 { .. } => Scheme::S3,
            StoreKind::Gcs { .. } => Scheme::Gcs,
            StoreKind::Azure { .. } => Scheme::Azure,
        }
    }

    /// How it comes to serve `bucket`, if it does.
    pub(super) fn serves(&self, bucket: &str) -> Option<Listing> {
        if self.allowed_buckets.is_empty() {
            return Some(Listing::All);
        }
        is_among(bucket, &self.allowed_buckets).then_some(Listing::Named)
    }

    /// Whether nobody may serve `bucket`.
    pub(super) fn denies(&self, bucket: &str) -> bool {
        is_among(bucket, &self.denied_buckets)
    }

    /// The URL under which its buckets lie.
    pub(super) fn base(&self) -> Result<Url, Fault> {
        let fault = |problem: &str| Fault::new("stores", format!("{}: {problem}", self.name));
        let base = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => Url::parse(&self.kind.cloud())
                .map_err(|_| fault("its region or account cannot stand in a host"))?,
        };
        let is_plain = base.query().is_none()
            && base.fragment().is_none()
            && base.username().is_empty()
            && base.password().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !is_plain {
            return Err(fault(
                "its endpoint must be http:// or https:// with a host",
            ));
        }
        Ok(base)
    }
}

fn is_among(bucket: &str, buckets: &[String]) -> bool {
    buckets.iter().any(|listed| listed == bucket)
}

/// How a store comes to serve a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    Named,
    All,
}

impl StoreKind {
    /// The address of the cloud.
    fn cloud(&self) -> String {
        match self {
            Self::S3 { .. } => format!("https://s3.{}.amazonaws.com", self.region()),
            Self::Gcs { .. } => "https://storage.googleapis.com".to_owned(),
            Self::Azure { account, .. } => format!("https://{account}.blob.core.windows.net"),
        }
    }

    pub(super) fn region(&self) -> &str {
        match self {
            Self::S3 {
                region: Some(region),
                ..
            } => region,
            _ => "us-east-1",
        }
    }
}
