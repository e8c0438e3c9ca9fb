//! Drawings as documents: what is read of them, within which bounds, and the harmless, short copy that is passed on.
//!
//! A drawing is a program of sorts: small ones can ask for work without end. Before it is drawn, its text, its
//! elements with all they refer to, and the work of painting it are counted against fixed bounds; what is above
//! one of them is refused as broken. No entities are read, no files, and no addresses but data within the file.

mod cost;
mod css;
mod document;
mod drawing;
mod matching;
mod minify;
mod sanitize;
mod weight;
mod words;

pub use minify::minified;
pub use sanitize::sanitized;

pub(crate) use cost::{MAX_LAYER_PIXELS, MAX_LAYERS};
pub(crate) use document::text;
pub(crate) use drawing::{Drawing, options, parse, straight};
