//! The store that several nodes share, opened as the settings say.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::Error;
use crate::cache::{Shared, SharedStore};
use crate::clock::Clock;
use crate::config::{Config, Fault, SharedPlace};
use crate::source::{self, BucketConfig, Resolve};

/// Opens the store of `config`; none where the settings name none. Nothing is asked of it yet.
pub(super) fn open(
    config: &Config,
    resolver: &Arc<dyn Resolve>,
    (clock, runtime): (&Clock, &Handle),
) -> Result<Option<Shared>, Error> {
    let Some(settings) = &config.shared else {
        return Ok(None);
    };
    let store = match &settings.place {
        SharedPlace::Folder(path) => SharedStore::Folder(path.clone()),
        SharedPlace::Bucket {
            store,
            bucket,
            prefix,
        } => {
            let wanted = BucketConfig {
                store: store.clone(),
                bucket: bucket.clone(),
                max_object_bytes: settings.config.max_object_bytes as usize,
            };
            SharedStore::Bucket {
                store: source::open_bucket(&config.source, &wanted, Arc::clone(resolver)).map_err(
                    |fault| {
                        Error::Settings(vec![Fault::new(format!(
                            "INKFISH_SHARED_CACHE_STORE: {}",
                            fault.problem
                        ))])
                    },
                )?,
                prefix: prefix.clone(),
            }
        }
    };
    let opened = Shared::open(
        settings.config.clone(),
        store,
        clock.clone(),
        runtime.clone(),
    );
    Ok(Some(opened?))
}
