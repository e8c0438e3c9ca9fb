//! mozjpeg, as Inkfish has it write, and in the way of the libjpeg-turbo that it is built on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, anyhow};
use mozjpeg::qtable::{MSSSIM_Chroma, MSSSIM_Luma};
use mozjpeg::{ColorSpace, Compress};

use super::Chroma;
use crate::picture::Picture;

/// The refined stage: trellis, deringing, progressive with a search of scans, the tables for MS-SSIM.
pub(super) fn refined(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let mut compress = Compress::new(ColorSpace::JCS_RGB);
    prepare(&mut compress, picture, chroma, quality);
    set_tables(&mut compress, quality);
    compress.set_optimize_scans(true);
    compress.set_progressive_mode();
    written(compress, picture)
}

/// The fast stage: baseline, without trellis, the same tables.
pub(super) fn fast(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let mut compress = Compress::new(ColorSpace::JCS_RGB);
    compress.set_fastest_defaults();
    prepare(&mut compress, picture, chroma, quality);
    set_tables(&mut compress, quality);
    written(compress, picture)
}

/// What libjpeg-turbo writes: baseline, the tables of Annex K.
pub(super) fn turbo(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let mut compress = Compress::new(ColorSpace::JCS_RGB);
    compress.set_fastest_defaults();
    prepare(&mut compress, picture, chroma, quality);
    written(compress, picture)
}

fn prepare(compress: &mut Compress, picture: &Picture, chroma: Chroma, quality: u8) {
    let px = (chroma.px(), chroma.px());
    compress.set_size(picture.width as usize, picture.height as usize);
    compress.set_quality(quality.into());
    compress.set_chroma_sampling_pixel_sizes(px, px);
    compress.set_optimize_coding(true);
}

fn set_tables(compress: &mut Compress, quality: u8) {
    let quality = f32::from(quality);
    compress.set_luma_qtable(&MSSSIM_Luma.scaled(quality, quality));
    compress.set_chroma_qtable(&MSSSIM_Chroma.scaled(quality, quality));
}

/// The file; libjpeg reports errors by unwinding.
fn written(compress: Compress, picture: &Picture) -> Result<Vec<u8>> {
    let write = || {
        let mut started = compress.start_compress(Vec::new())?;
        started.write_scanlines(&picture.rgb)?;
        Ok(started.finish()?)
    };
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| Err(anyhow!("libjpeg gave up")))
}
