//! What a running server tells: its log, a line for each request, and metrics.
//!
//! Nothing here holds up a request: lines go through a bounded channel and are dropped, and counted, where
//! nobody reads them; the metrics of a request are atomics that were looked up once.

pub mod access;
pub mod logging;
pub mod metrics;
mod outcome;
mod rfc3339;

pub use outcome::{Outcome, Phase, Phases};
pub use rfc3339::Rfc3339;

/// The form of the log and of the access log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    #[default]
    Human,
    /// A JSON object a line.
    Json,
}
