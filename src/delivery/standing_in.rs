//! The image that stands in for one whose source cannot be had.

use std::sync::Arc;

use super::{Ask, Delivered, Delivery, Error, Wanted};
use crate::request::Request;
use crate::source::Passed;

impl Delivery {
    /// The image that stands in where `error` kept the one that was asked for from being delivered: the URL's, else
    /// the settings', made as the URL asks. Where there is none, or it fails too, the first error stays.
    ///
    /// # Errors
    ///
    /// `error`.
    pub async fn stand_in(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        error: Error,
    ) -> Result<Delivered, Error> {
        if !error.is_of_the_source() {
            return Err(error);
        }
        let Some(ask) = self.fallback(wanted) else {
            return Err(error);
        };
        match self.deliver(&ask).await {
            Ok(delivered) => Ok(Delivered {
                stands_in: Some(error),
                ..delivered
            }),
            Err(second) => {
                tracing::warn!(error = %second, "the fallback image cannot be made");
                Err(error)
            }
        }
    }

    fn fallback(&self, wanted: Wanted<'_>) -> Option<Ask> {
        let (request, variant) = (wanted.request, wanted.variant);
        let defaults = &self.config.defaults;
        if let Some(source) = &request.answer.fallback {
            let mut request = Request {
                source: source.clone(),
                ..Request::clone(request)
            };
            // The checksum is that of the source which it stands in for.
            request.answer.hashsum = None;
            let request = Arc::new(request);
            return Some(Ask::image(request, variant, Passed::none(), defaults));
        }
        let still = Arc::clone(self.config.fallback.as_ref()?);
        Some(Ask::of_still(Arc::clone(request), still, variant, defaults))
    }
}
