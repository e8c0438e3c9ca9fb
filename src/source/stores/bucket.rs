//! A bucket for whoever keeps objects of its own in one of the stores.

use std::sync::Arc;

use object_store::ObjectStore;

use super::super::origins::client_of_stores;
use super::super::tls::Trust;
use super::super::{Config, Fault, Resolve};
use super::signing::Transport;
use super::store::Store;

/// Longest page of a listing, in bytes: of five thousand names in Azure, with what is told of each.
const LISTING_BYTES: usize = 16 << 20;

/// Which bucket is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketConfig {
    /// The name of the store among [`Config::stores`]. What it serves as a source is of no matter here.
    pub store: String,
    /// The bucket, or container.
    pub bucket: String,
    /// Longest object that is read, in bytes; longer answers break off.
    pub max_object_bytes: usize,
}

/// The client of a bucket, over connections of its own. Nothing is asked yet.
///
/// It sends each request once, to the store's endpoint alone, and has no time limit but that of connecting: whoever
/// asks has patience of his own.
///
/// # Errors
///
/// Where there is no such store, or its settings are wrong.
pub fn open_bucket(
    config: &Config,
    wanted: &BucketConfig,
    resolver: Arc<dyn Resolve>,
) -> Result<Arc<dyn ObjectStore>, Fault> {
    let store = config
        .stores
        .iter()
        .find(|store| store.name == wanted.store);
    let store = store.ok_or_else(|| {
        let problem = format!("there is none of the name {:?}", wanted.store);
        Fault::new("stores", problem)
    })?;
    let tls = Trust::of(config).client_config();
    let transport = Transport {
        client: client_of_stores(config, (resolver, tls)),
        answer_bytes: wanted.max_object_bytes.max(LISTING_BYTES),
        retries: 0,
    };
    let store = Store::try_new(store.clone(), transport)?;
    let bucket = store.bucket(&wanted.bucket).map_err(|error| {
        let problem = format!("{}: {error}", wanted.store);
        Fault::new("stores", problem)
    })?;
    Ok(Arc::from(bucket))
}
