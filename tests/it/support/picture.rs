//! One small picture, for tests that need a picture and do not care which.

use super::{Origin, Response, fixture};

/// Where it lies at its origin.
pub(crate) const PICTURE: &str = "/pictures/cat.jpg";

/// When its origin says that it was changed.
pub(crate) const MODIFIED: &str = "Tue, 15 Nov 1994 12:45:26 GMT";

/// The origin's answer for it.
pub(crate) fn picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/baseline-420.jpg")).header("Last-Modified", MODIFIED)
}

impl Origin {
    /// An origin that has the picture.
    pub(crate) fn with_picture() -> Self {
        let origin = Self::start();
        origin.serve(PICTURE, picture());
        origin
    }

    /// The path that asks us for the picture with these options.
    pub(crate) fn asking(&self, options: &str) -> String {
        self.asking_for(PICTURE, options)
    }

    /// The path that asks us for what lies at `path` here, with these options.
    pub(crate) fn asking_for(&self, path: &str, options: &str) -> String {
        format!("/unsafe/{options}/plain/{}", self.url(path))
    }
}
