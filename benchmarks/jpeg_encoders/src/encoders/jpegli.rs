//! jpegli, in YCbCr, set as its own command sets it.
#![expect(unsafe_code, reason = "the bindings are of its C interface")]

use std::ffi::{c_float, c_int, c_ulong};
use std::{mem, ptr};

use anyhow::{Result, ensure};
use jpegli_sys::{
    J_COLOR_SPACE, boolean, jpegli_compress_struct, jpegli_create_compress,
    jpegli_destroy_compress, jpegli_error_mgr, jpegli_finish_compress, jpegli_mem_dest,
    jpegli_set_defaults, jpegli_start_compress, jpegli_std_error, jpegli_write_scanlines,
};

use super::Chroma;
use crate::picture::Picture;

const TRUE: boolean = 1;

/// The script of most scans.
const MOST_SCANS: c_int = 2;

// What the bindings leave out.
unsafe extern "C" {
    fn jpegli_quality_to_distance(quality: c_int) -> c_float;
    fn jpegli_set_distance(info: *mut jpegli_compress_struct, distance: c_float, base: boolean);
    fn jpegli_set_progressive_level(info: *mut jpegli_compress_struct, level: c_int);
}

/// jpegli with adaptive quantisation, a table for each channel and progressive scans.
pub(super) fn encode(picture: &Picture, chroma: Chroma, quality: u8) -> Result<Vec<u8>> {
    // No file takes as much: pure noise stays below 1.5 bytes a sample.
    let mut file = vec![0; picture.rgb.len() * 3 / 2 + (64 << 10)];
    let (mut end, mut length) = (file.as_mut_ptr(), file.len() as c_ulong);
    // SAFETY: both are plain structs of C, which are all zeros before they are set up.
    let (mut errors, mut info): (jpegli_error_mgr, jpegli_compress_struct) =
        unsafe { (mem::zeroed(), mem::zeroed()) };
    // SAFETY: `errors`, `file`, `end` and `length` outlive `info`, which is not moved. Errors end the process.
    unsafe {
        info.common.err = jpegli_std_error(&mut errors);
        jpegli_create_compress(&mut info);
        jpegli_mem_dest(&mut info, &mut end, &mut length);
        set(&mut info, picture, chroma, quality);
        write(&mut info, picture);
        jpegli_destroy_compress(&mut info);
    }
    ensure!(ptr::eq(end, file.as_ptr()), "the file needs more room");
    file.truncate(length as usize);
    Ok(file)
}

/// Settings. What the distance comes to depends on the sampling, which is thus set before.
///
/// # Safety
///
/// `info` was created.
unsafe fn set(info: &mut jpegli_compress_struct, picture: &Picture, chroma: Chroma, quality: u8) {
    info.image_width = picture.width;
    info.image_height = picture.height;
    info.input_components = 3;
    info.in_color_space = J_COLOR_SPACE::JCS_RGB;
    // SAFETY: `info` was created, and has three components from the second call on.
    unsafe {
        jpegli_set_defaults(info);
        (*info.comp_info).h_samp_factor = chroma.px().into();
        (*info.comp_info).v_samp_factor = chroma.px().into();
        info.optimize_coding = TRUE;
        jpegli_set_distance(info, jpegli_quality_to_distance(quality.into()), TRUE);
        jpegli_set_progressive_level(info, MOST_SCANS);
    }
}

/// Writes all rows.
///
/// # Safety
///
/// `info` was created and set, for the size of `picture`.
unsafe fn write(info: &mut jpegli_compress_struct, picture: &Picture) {
    // SAFETY: there are as many rows of three samples a pixel as `info` was told.
    unsafe {
        jpegli_start_compress(info, TRUE);
        for row in picture.rgb.chunks_exact(3 * picture.width as usize) {
            jpegli_write_scanlines(info, &row.as_ptr(), 1);
        }
        jpegli_finish_compress(info);
    }
}
