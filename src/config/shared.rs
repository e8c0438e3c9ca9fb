//! The store that several nodes share below their folders.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::fault::Fault;
use super::gather::Settings;
use crate::cache;

/// The store that several nodes share below their folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedSettings {
    /// Where it is.
    pub place: SharedPlace,
    /// How it is used.
    pub config: cache::SharedConfig,
}

/// Where the store that several nodes share is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedPlace {
    /// In a bucket.
    Bucket {
        /// The name of the store, as the settings of object stores call it.
        store: String,
        /// The bucket, or container.
        bucket: String,
        /// What stands before the name of every object; empty for nothing.
        prefix: String,
    },
    /// In a folder that all of them mount.
    Folder(PathBuf),
}

impl Settings {
    pub(super) fn shared(&self, faults: &mut Vec<Fault>) -> Option<SharedSettings> {
        let text = self.text("SHARED_CACHE_URL")?;
        let Some(place) = self.shared_place(&text) else {
            faults.push(Fault::new(format!(
                "INKFISH_SHARED_CACHE_URL: expected `s3://BUCKET/PREFIX`, `gs://…`, `abs://…` or `file:///PATH`, got \
                 {text:?} from {}",
                self.entry("SHARED_CACHE_URL").origin
            )));
            return None;
        };
        self.check_writers(faults);
        let config = cache::SharedConfig {
            ttl: self.seconds("SHARED_CACHE_TTL"),
            patience: Duration::from_secs_f64(self.fraction("SHARED_CACHE_PATIENCE")),
            queue_bytes: self.number("SHARED_CACHE_QUEUE_BYTES"),
            ..cache::SharedConfig::default()
        };
        Some(SharedSettings { place, config })
    }

    fn shared_place(&self, text: &str) -> Option<SharedPlace> {
        let url = Url::parse(text).ok()?;
        let usual = match url.scheme() {
            "file" => return url.to_file_path().ok().map(SharedPlace::Folder),
            "s3" => "S3",
            "gs" => "GCS",
            "abs" => "ABS",
            _ => return None,
        };
        let store = self.text("SHARED_CACHE_STORE");
        Some(SharedPlace::Bucket {
            store: store.unwrap_or_else(|| usual.to_owned()),
            bucket: url.host_str()?.to_owned(),
            prefix: url.path().trim_matches('/').to_owned(),
        })
    }

    /// Purges reach other writers through Redis alone, and outlive a restart in the folder alone.
    fn check_writers(&self, faults: &mut Vec<Fault>) {
        if self.is_set("REDIS_URL") {
            return;
        }
        if !self.flag("SHARED_CACHE_SINGLE_WRITER") {
            faults.push(Fault::new(
                "INKFISH_SHARED_CACHE_URL: nodes that share a store learn of purges through INKFISH_REDIS_URL; set it, \
                 or INKFISH_SHARED_CACHE_SINGLE_WRITER=true where this is the only node",
            ));
        }
        if !self.is_set("CACHE_DIR") {
            faults.push(Fault::new(
                "INKFISH_SHARED_CACHE_URL: without INKFISH_REDIS_URL what was purged is remembered in INKFISH_CACHE_DIR; \
                 set it",
            ));
        }
    }
}
