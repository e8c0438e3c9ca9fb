//! Sources: from a URL to the bytes of an image, within limits.
//!
//! It owns everything between a [`SourceUrl`](crate::request::SourceUrl) and its bytes: which URLs and addresses may
//! be fetched at all, connections and redirects, credentials of object stores, time, memory, the number of fetches
//! at a time, and the early look that ends a download which is no image. Fetches of one source at one time are one
//! download, and sources are kept for a while in bounded memory. What failed is told in an [`Error`] that says whose
//! doing it is; it is not kept here.
//!
//! # Invariants
//!
//! - An address is dialled only after the guard has judged that very address, on every hop of a redirect.
//! - A credential is sent to the endpoint that it was configured with and to nobody else; a header or cookie of a
//!   client only where a setting names it, and only to the authority that the source names.
//! - No proxy setting of the environment is read.
//! - A fetch ends within its time limit, and holds no more memory than its share of the [`TransferBudget`]; kept
//!   sources have a budget of their own.
//! - No content coding is asked for; gzip is undone within the limit of bytes, others are refused.

mod allowed;
mod answer;
mod budget;
mod cache;
mod client;
mod config;
mod connect;
mod deadline;
mod error;
mod fetcher;
mod flights;
mod gate;
mod guard;
mod http;
mod intake;
mod lifetime;
mod local;
mod origins;
mod passed;
mod resolve;
mod stores;
mod stream;
mod tls;
mod validators;

#[cfg(test)]
mod tests;

pub use allowed::AllowedSources;
pub use budget::{TransferBudget, TransferPermit};
pub use cache::KeptSource;
pub use config::{Config, Fault};
pub use error::{Cause, Culprit, Error, Phase};
pub use fetcher::{Fetched, Fetcher, Image, Terms};
pub use guard::AddressClass;
pub use http::CDN_LOOP_ID;
pub use lifetime::{Lifetime, Sharing};
pub use passed::{Cookies, Passed, Passthrough};
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use stores::{
    Addressing, BucketConfig, Credentials, S3Key, Secret, StoreConfig, StoreKind, open_bucket,
};
pub use stream::{FORWARDED_HEADERS, KEPT_HEADERS, Streamed, StreamedBody};
pub use validators::Validators;
