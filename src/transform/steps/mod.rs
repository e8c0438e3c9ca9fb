//! The steps of the pipeline, one file each.
//!
//! A step takes an image and returns an image; one that has nothing to do returns it unmoved.

mod alpha;
mod attention;
mod color;
mod decode;
mod embed;
mod encode;
mod exif;
mod filter;
mod flatten;
mod orient;
mod sample;
mod trim;
mod watermark;

pub(super) use attention::attention;
pub(super) use color::{ink_to_srgb, to_srgb};
pub(super) use decode::decode;
pub(super) use embed::embed;
pub(super) use encode::encode;
pub(super) use flatten::flatten;
pub(super) use orient::orient;
pub(super) use sample::{fit, sample};
