//! Inkfish, an image origin: it fetches a source image by URL, makes the variant that the URL path asks for,
//! keeps it in memory and on disk, and serves it.
//!
//! The modules are the parts of `docs/architecture.md`; imports run in one direction, which
//! `tests/it/layering.rs` holds.

pub mod app;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod identify;
pub mod image;
pub mod optimize;
pub mod purge;
pub mod request;
pub mod server;
pub mod source;
pub mod telemetry;
pub mod transform;
pub mod workers;
