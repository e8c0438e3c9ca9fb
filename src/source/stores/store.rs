//! One configured store: whose objects it serves, and how they are asked for.

use std::sync::Arc;

use http::{HeaderMap, Uri};
use object_store::aws::{AmazonS3Builder, AwsCredential, AwsCredentialProvider};
use object_store::azure::{
    AzureAccessKey, AzureCredential, AzureCredentialProvider, MicrosoftAzureBuilder,
};
use object_store::gcp::{GcpCredential, GcpCredentialProvider, GoogleCloudStorageBuilder};
use object_store::path::Path;
use object_store::{GetRange, ObjectStore, StaticCredentialProvider};
use url::{Position, Url};

use super::super::client::causes;
use super::super::{Cause, Error, Fault};
use super::config::{Addressing, Credentials, Listing, S3Key, Secret, StoreConfig, StoreKind};
use super::no_object;
use super::signing::{Signed, Slot, Transport, options};
use crate::request::{Object, Scheme};

/// A bucket for the store that only finds credentials.
const NO_BUCKET: &str = "none";

/// An object store.
pub(super) struct Store {
    config: StoreConfig,
    base: Url,
    identity: Identity,
    transport: Transport,
}

/// Who we are to a store; nobody where there is no provider. A provider renews what it hands out.
enum Identity {
    S3(Option<AwsCredentialProvider>),
    Gcs(Option<GcpCredentialProvider>),
    Azure(Option<AzureCredentialProvider>),
}

impl Store {
    /// The store of `config`. Nothing is asked yet.
    pub(super) fn try_new(config: StoreConfig, transport: Transport) -> Result<Self, Fault> {
        let base = config.base()?;
        let identity = Identity::of(&config, &transport)
            .map_err(|error| Fault::new("stores", format!("{}: {error}", config.name)))?;
        Ok(Self {
            config,
            base,
            identity,
            transport,
        })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.config.scheme()
    }

    /// How it comes to serve `bucket`, if it does.
    pub(super) fn serves(&self, bucket: &str) -> Option<Listing> {
        self.config.serves(bucket)
    }

    /// Whether nobody may serve `bucket`.
    pub(super) fn denies(&self, bucket: &str) -> bool {
        self.config.denies(bucket)
    }

    /// The host that errors and limits name; of virtual hosts the part that they share.
    pub(super) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The signed request for `object` with the conditions and the range that `asked` holds.
    pub(super) async fn signed(
        &self,
        object: &Object<'_>,
        asked: &HeaderMap,
    ) -> Result<Signed, Error> {
        let path = path(object)?;
        let slot = Slot::default();
        let mut options = options(asked, &slot);
        options.version = object.version.map(str::to_owned);
        if matches!(
            (&self.identity, &options.range),
            (Identity::Azure(_), Some(GetRange::Suffix(_)))
        ) {
            // It has no such ranges; the whole answers any.
            options.range = None;
        }
        let bucket = self.bucket(object.bucket).map_err(|e| self.failed(&e))?;
        let outcome = bucket.get_opts(&path, options).await;
        match (slot.take(), outcome) {
            (Some(signed), _) if self.is_own(&signed.uri, object.bucket) => Ok(signed),
            (None, Err(error)) => Err(self.failed(&error)),
            _ => Err(self.no_request("the request leads elsewhere")),
        }
    }

    /// One bucket of it. Making it reads and asks nothing, so none is kept.
    pub(super) fn bucket(&self, bucket: &str) -> object_store::Result<Box<dyn ObjectStore>> {
        Ok(match &self.identity {
            Identity::S3(provider) => Box::new(
                self.s3(bucket)
                    .with_skip_signature(provider.is_none())
                    .with_credentials(provider.clone().unwrap_or_else(no_s3))
                    .build()?,
            ),
            Identity::Gcs(provider) => Box::new(
                GoogleCloudStorageBuilder::new()
                    .with_base_url(self.endpoint())
                    .with_bucket_name(bucket)
                    .with_http_connector(self.transport.clone())
                    .with_retry(self.transport.retry())
                    .with_skip_signature(provider.is_none())
                    .with_credentials(provider.clone().unwrap_or_else(no_gcs))
                    .build()?,
            ),
            Identity::Azure(provider) => Box::new(
                MicrosoftAzureBuilder::new()
                    .with_account(self.account())
                    .with_endpoint(self.endpoint().to_owned())
                    .with_container_name(bucket)
                    .with_http_connector(self.transport.clone())
                    .with_retry(self.transport.retry())
                    .with_skip_signature(provider.is_none())
                    .with_credentials(provider.clone().unwrap_or_else(no_azure))
                    .build()?,
            ),
        })
    }

    fn s3(&self, bucket: &str) -> AmazonS3Builder {
        let is_virtual = self.addressing() == Addressing::VirtualHost;
        let endpoint = if is_virtual {
            self.endpoint().replacen("://", &format!("://{bucket}."), 1)
        } else {
            self.endpoint().to_owned()
        };
        AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_virtual_hosted_style_request(is_virtual)
            .with_region(self.config.kind.region())
            .with_bucket_name(bucket)
            // Not every server that speaks its protocol can remove several at once.
            .with_disable_bulk_delete(true)
            .with_http_connector(self.transport.clone())
            .with_retry(self.transport.retry())
    }

    fn addressing(&self) -> Addressing {
        match self.config.kind {
            StoreKind::S3 { addressing, .. } => addressing,
            _ => Addressing::Path,
        }
    }

    fn account(&self) -> &str {
        match &self.config.kind {
            StoreKind::Azure { account, .. } => account,
            _ => "",
        }
    }

    /// The URL under which its buckets lie, without a slash at its end.
    fn endpoint(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Whether `uri` leads to the configured endpoint: credentials go nowhere else.
    fn is_own(&self, uri: &Uri, bucket: &str) -> bool {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let prefix = match self.addressing() {
            Addressing::Path => String::new(),
            Addressing::VirtualHost => format!("{bucket}."),
        };
        let own = &self.base[Position::BeforeHost..Position::AfterPort];
        uri.scheme_str() == Some(self.base.scheme())
            && authority.strip_prefix(prefix.as_str()) == Some(own)
    }

    /// Our own error where there is one behind `error`, else that the request could not be made.
    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        let ours = causes(error).find_map(|cause| cause.downcast_ref::<Error>());
        match ours {
            Some(ours) => ours.clone(),
            None => self.no_request("no credentials could be had"),
        }
    }

    /// What the crate says may hold URLs and answers of token services, so only the step is told.
    fn no_request(&self, detail: &str) -> Error {
        Error::Unreachable {
            host: self.host().to_owned(),
            cause: Cause::Credentials,
            detail: format!("{detail} for store {}", self.config.name),
        }
    }
}

impl Identity {
    fn of(config: &StoreConfig, transport: &Transport) -> object_store::Result<Self> {
        Ok(match &config.kind {
            StoreKind::S3 { credentials, .. } => Self::S3(match credentials {
                Credentials::Anonymous => None,
                Credentials::Key(key) => Some(s3_key(key)),
                Credentials::Environment => Some(
                    AmazonS3Builder::from_env()
                        .with_region(config.kind.region())
                        .with_bucket_name(NO_BUCKET)
                        .with_http_connector(transport.clone())
                        .with_retry(transport.retry())
                        .build()?
                        .credentials()
                        .clone(),
                ),
            }),
            StoreKind::Gcs { credentials } => Self::Gcs(gcs(credentials, transport)?),
            StoreKind::Azure {
                account,
                credentials,
            } => Self::Azure(azure(account, credentials, transport)?),
        })
    }
}

fn s3_key(key: &S3Key) -> AwsCredentialProvider {
    Arc::new(StaticCredentialProvider::new(AwsCredential {
        key_id: key.access_key_id.clone(),
        secret_key: key.secret_access_key.reveal().to_owned(),
        token: key
            .session_token
            .as_ref()
            .map(|token| token.reveal().to_owned()),
    }))
}

fn gcs(
    credentials: &Credentials<Secret>,
    transport: &Transport,
) -> object_store::Result<Option<GcpCredentialProvider>> {
    let builder = match credentials {
        Credentials::Anonymous => return Ok(None),
        Credentials::Key(key) => {
            GoogleCloudStorageBuilder::new().with_service_account_key(key.reveal())
        }
        Credentials::Environment => GoogleCloudStorageBuilder::from_env(),
    };
    let store = builder
        .with_bucket_name(NO_BUCKET)
        .with_http_connector(transport.clone())
        .with_retry(transport.retry())
        .build()?;
    Ok(Some(store.credentials().clone()))
}

fn azure(
    account: &str,
    credentials: &Credentials<Secret>,
    transport: &Transport,
) -> object_store::Result<Option<AzureCredentialProvider>> {
    Ok(match credentials {
        Credentials::Anonymous => None,
        Credentials::Key(key) => {
            let key = AzureCredential::AccessKey(AzureAccessKey::try_new(key.reveal())?);
            Some(Arc::new(StaticCredentialProvider::new(key)))
        }
        Credentials::Environment => {
            let store = MicrosoftAzureBuilder::from_env()
                .with_account(account)
                .with_container_name(NO_BUCKET)
                .with_http_connector(transport.clone())
                .with_retry(transport.retry())
                .build()?;
            Some(store.credentials().clone())
        }
    })
}

// Stand-ins that keep the crate from looking for credentials of its own; nothing is signed with them.

fn no_s3() -> AwsCredentialProvider {
    Arc::new(StaticCredentialProvider::new(AwsCredential {
        key_id: String::new(),
        secret_key: String::new(),
        token: None,
    }))
}

fn no_gcs() -> GcpCredentialProvider {
    let bearer = String::new();
    Arc::new(StaticCredentialProvider::new(GcpCredential { bearer }))
}

fn no_azure() -> AzureCredentialProvider {
    let none = AzureCredential::BearerToken(String::new());
    Arc::new(StaticCredentialProvider::new(none))
}

/// The key as `object_store` takes it: it has no keys with empty or dot segments.
fn path(object: &Object<'_>) -> Result<Path, Error> {
    Path::parse(object.key)
        .ok()
        .filter(|path| path.as_ref() == object.key)
        .ok_or_else(|| no_object(object, "its key has an empty segment, or one of dots alone"))
}
