//! The images that settings name: watermark and fallback.

use std::path::PathBuf;
use std::time::Duration;

use super::gather::Settings;
use crate::request::SourceUrl;

/// An image that settings name, in one of three ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSetting {
    /// The file itself.
    Data(Vec<u8>),
    /// Where the file lies.
    Path(PathBuf),
    /// The source, held to the rules of sources.
    Url(SourceUrl),
}

/// What is shown where a source fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackSettings {
    /// The image of URLs that name none; `None` answers with the error.
    pub image: Option<ImageSetting>,
    /// The status with it; `None` keeps that of the failure.
    pub http_code: Option<u16>,
    /// The max-age that clients are told with it; `None` is that of other images.
    pub ttl: Option<Duration>,
}

impl Settings {
    pub(super) fn watermark(&self) -> Option<ImageSetting> {
        self.image(["WATERMARK_DATA", "WATERMARK_PATH", "WATERMARK_URL"])
    }

    pub(super) fn fallback(&self) -> FallbackSettings {
        let code: u16 = self.small("FALLBACK_IMAGE_HTTP_CODE");
        FallbackSettings {
            image: self.image([
                "FALLBACK_IMAGE_DATA",
                "FALLBACK_IMAGE_PATH",
                "FALLBACK_IMAGE_URL",
            ]),
            http_code: Some(code).filter(|code| *code > 0),
            ttl: Some(self.seconds("FALLBACK_IMAGE_TTL")).filter(|ttl| !ttl.is_zero()),
        }
    }

    /// The first that is set of the three.
    fn image(&self, [data, path, url]: [&str; 3]) -> Option<ImageSetting> {
        let url = || {
            let url = SourceUrl::parse(&self.text(url)?);
            Some(url.expect("its kind in the table is that of sources"))
        };
        self.bytes(data)
            .map(ImageSetting::Data)
            .or_else(|| self.path(path).map(ImageSetting::Path))
            .or_else(|| url().map(ImageSetting::Url))
    }
}
