//! Sources: from a URL to the bytes of an image, within limits.
//!
//! It owns everything between a [`SourceUrl`](crate::request::SourceUrl) and its bytes: which URLs and addresses may
//! be fetched at all, connections and redirects, time, memory, the number of fetches at a time, and the early look
//! that ends a download which is no image. It keeps nothing and retries nothing on its own; what failed is told in
//! an [`Error`] that says whose doing it is.
//!
//! # Invariants
//!
//! - An address is dialled only after the guard has judged that very address, on every hop of a redirect.
//! - No proxy setting of the environment is read and no cookie or credential is sent.
//! - A fetch ends within its time limit, and holds no more memory than its share of the [`TransferBudget`].
//! - A body in a content coding is refused: none is asked for.

mod allowed;
mod budget;
mod config;
mod connect;
mod deadline;
mod error;
mod fetcher;
mod gate;
mod guard;
mod http;
mod intake;
mod local;
mod resolve;
mod stream;
mod tls;
mod validators;

#[cfg(test)]
mod tests;

pub use allowed::AllowedSources;
pub use budget::{TransferBudget, TransferPermit};
pub use config::{Config, Fault};
pub use error::{Cause, Culprit, Error, Phase};
pub use fetcher::{Fetched, Fetcher, Image};
pub use guard::AddressClass;
pub use http::CDN_LOOP_ID;
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use stream::{FORWARDED_HEADERS, KEPT_HEADERS, Streamed, StreamedBody};
pub use validators::Validators;
