//! mozjpeg as in the refined stage, but with tables that rise with the frequency and soon level off, where those of the
//! others rise to the end.
#![expect(
    unsafe_code,
    reason = "the safe wrapper takes no other tables than its own"
)]

use std::ffi::c_ulong;
use std::{mem, ptr};

use anyhow::{Result, ensure};
use mozjpeg_sys::{
    J_COLOR_SPACE, jpeg_add_quant_table, jpeg_compress_struct, jpeg_create_compress,
    jpeg_destroy_compress, jpeg_error_mgr, jpeg_finish_compress, jpeg_mem_dest, jpeg_set_defaults,
    jpeg_simple_progression, jpeg_start_compress, jpeg_std_error, jpeg_write_scanlines,
};

use super::Chroma;
use crate::picture::Picture;

/// The step of the mean of a block at quality 50.
const LEAST_STEP: f32 = 12.0;

/// The square of the frequency at which steps have risen by half of what they ever rise.
const HALF_WAY: f32 = 6.0;

/// How often the least step the greatest is more, of brightness and of colours.
const RISES: [f32; 2] = [4.0, 2.5];

/// How much coarser steps of colours are where there are four times as many samples of them.
const FULL_CHROMA: f32 = 2.3;

/// Per cent of a table that are meant.
const WHOLE: i32 = 100;

/// All that mozjpeg has but its tables: its defaults are trellis, deringing and a search of progressive scans.
pub(super) fn encode(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    let tables = tables(chroma, quality);
    // No file takes as much: pure noise stays below 1.5 bytes a sample.
    let mut file = vec![0; picture.rgb.len() * 3 / 2 + (64 << 10)];
    let (mut end, mut length) = (file.as_mut_ptr(), file.len() as c_ulong);
    // SAFETY: both are plain structs of C, which are all zeros before they are set up.
    let (mut errors, mut info): (jpeg_error_mgr, jpeg_compress_struct) =
        unsafe { (mem::zeroed(), mem::zeroed()) };
    // SAFETY: `errors`, `file`, `end` and `length` outlive `info`, which is not moved. Errors end the process.
    unsafe {
        info.common.err = jpeg_std_error(&mut errors);
        jpeg_create_compress(&mut info);
        jpeg_mem_dest(&mut info, &mut end, &mut length);
        set(&mut info, picture, chroma, &tables);
        write(&mut info, picture);
        jpeg_destroy_compress(&mut info);
    }
    ensure!(ptr::eq(end, file.as_ptr()), "the file needs more room");
    file.truncate(length as usize);
    Ok(file)
}

/// The tables of brightness and of colours.
fn tables(chroma: Chroma, quality: u8) -> [[u32; 64]; 2] {
    let coarser = match chroma {
        Chroma::Full => FULL_CHROMA,
        Chroma::Quarter => 1.0,
    };
    let least = LEAST_STEP * scale(quality.into());
    [table(least, RISES[0]), table(least * coarser, RISES[1])]
}

/// A table in rows.
fn table(least: f32, rise: f32) -> [u32; 64] {
    std::array::from_fn(|at| {
        let squared = ((at / 8).pow(2) + (at % 8).pow(2)) as f32;
        let step = least * (1.0 + rise * squared / (squared + HALF_WAY));
        (step.round() as u32).clamp(1, 255)
    })
}

/// What libjpeg multiplies tables by at a quality.
fn scale(quality: f32) -> f32 {
    match quality < 50.0 {
        true => 50.0 / quality,
        false => (100.0 - quality) / 50.0,
    }
}

/// Settings.
///
/// # Safety
///
/// `info` was created.
unsafe fn set(
    info: &mut jpeg_compress_struct,
    picture: &Picture,
    chroma: Chroma,
    tables: &[[u32; 64]; 2],
) {
    info.image_width = picture.width;
    info.image_height = picture.height;
    info.input_components = 3;
    info.in_color_space = J_COLOR_SPACE::JCS_RGB;
    // SAFETY: `info` was created, and has three components from the first call on. The first is of brightness, the
    // others have factors of 1.
    unsafe {
        jpeg_set_defaults(info);
        (*info.comp_info).h_samp_factor = chroma.px().into();
        (*info.comp_info).v_samp_factor = chroma.px().into();
        for (number, table) in (0..).zip(tables) {
            jpeg_add_quant_table(info, number, table.as_ptr(), WHOLE, 1);
        }
        info.optimize_coding = 1;
        jpeg_simple_progression(info);
    }
}

/// Writes all rows.
///
/// # Safety
///
/// `info` was created and set, for the size of `picture`.
unsafe fn write(info: &mut jpeg_compress_struct, picture: &Picture) {
    // SAFETY: there are as many rows of three samples a pixel as `info` was told.
    unsafe {
        jpeg_start_compress(info, 1);
        for row in picture.rgb.chunks_exact(3 * picture.width as usize) {
            jpeg_write_scanlines(info, &row.as_ptr(), 1);
        }
        jpeg_finish_compress(info);
    }
}
