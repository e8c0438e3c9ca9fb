//! The images that settings name, loaded before anything is served.

use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::Error;
use crate::config::{Config, Fault, ImageSetting};
use crate::delivery::Still;
use crate::source::{Fetched, Fetcher, Passed, Terms};

/// The watermark and the fallback image.
#[derive(Clone, Debug, Default)]
pub(super) struct Stills {
    pub(super) watermark: Option<Arc<Still>>,
    pub(super) fallback: Option<Arc<Still>>,
}

impl Stills {
    /// Loads both. One that cannot be had, or that is no image, stops the start.
    pub(super) fn load(
        config: &Config,
        fetcher: &Fetcher,
        runtime: &Handle,
    ) -> Result<Self, Error> {
        let load = |name: &str, setting: &Option<ImageSetting>| {
            let Some(setting) = setting else {
                return Ok(None);
            };
            let still = runtime.block_on(still(setting, fetcher));
            still
                .map(|still| Some(Arc::new(still)))
                .map_err(|problem| Fault::new(format!("INKFISH_{name}: {problem}")))
        };
        let watermark = load("WATERMARK", &config.watermark);
        let fallback = load("FALLBACK_IMAGE", &config.fallback.image);
        match (watermark, fallback) {
            (Ok(watermark), Ok(fallback)) => Ok(Self {
                watermark,
                fallback,
            }),
            (watermark, fallback) => Err(Error::Settings(
                [watermark.err(), fallback.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

async fn still(setting: &ImageSetting, fetcher: &Fetcher) -> Result<Still, String> {
    let bytes = match setting {
        ImageSetting::Data(data) => Bytes::copy_from_slice(data),
        ImageSetting::Path(path) => {
            let file = std::fs::read(path);
            file.map_err(|error| format!("{}: {error}", path.display()))?
                .into()
        }
        ImageSetting::Url(source) => {
            let fetched = fetcher
                .fetch(source, &Terms::passing(&Passed::none()))
                .await;
            return match fetched.map_err(|error| error.to_string())? {
                Fetched::Image(image) => Still::try_new(image.bytes),
                Fetched::NotModified(..) => Err("304 to a fetch without validators".to_owned()),
            };
        }
    };
    Still::try_new(bytes)
}
