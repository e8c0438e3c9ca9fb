//! Samples as libjpeg gives them: rows of pixels, or a row of blocks of each component.

use std::ptr;

use mozjpeg_sys::{JDIMENSION, jpeg_decompress_struct, jpeg_read_raw_data, jpeg_read_scanlines};

use crate::image::{Error, Format};

/// Rows asked for in one call; a row of blocks of 4:2:0 has as many.
pub(super) const ROWS_A_CALL: usize = 16;

/// One row of blocks of a component, as tall and wide as libjpeg may write.
pub(super) struct Strip {
    rows: usize,
    stride: usize,
    data: Vec<u8>,
}

impl Strip {
    pub(super) fn new(rows: usize, stride: usize) -> Self {
        Self {
            rows,
            stride,
            data: vec![0; rows * stride],
        }
    }

    /// Adds the rows that a plane of this size lacks still.
    pub(super) fn append_to(&self, plane: &mut Vec<u8>, width: usize, height: usize) {
        let lacking = height - plane.len() / width;
        for row in self.data.chunks_exact(self.stride).take(lacking) {
            plane.extend_from_slice(&row[..width]);
        }
    }
}

/// Fills `rows`, at most [`ROWS_A_CALL`] of `stride` bytes, as far as libjpeg gives rows at once.
pub(super) fn read_rows(
    cinfo: &mut jpeg_decompress_struct,
    rows: &mut [u8],
    stride: usize,
) -> Result<(), Error> {
    let mut pointers = [ptr::null_mut(); ROWS_A_CALL];
    let count = rows.len() / stride;
    for (pointer, row) in pointers.iter_mut().zip(rows.chunks_exact_mut(stride)) {
        *pointer = row.as_mut_ptr();
    }
    // SAFETY: the first `count` pointers are distinct rows of `stride` bytes, and `stride` is output_width
    // times output_components, which is what libjpeg writes a row.
    let read = unsafe { jpeg_read_scanlines(cinfo, pointers.as_mut_ptr(), count as JDIMENSION) };
    if read == 0 {
        return Err(Error::broken(Format::Jpeg, "rows are missing"));
    }
    Ok(())
}

/// Fills the strips with the next row of blocks.
pub(super) fn read_strips(
    cinfo: &mut jpeg_decompress_struct,
    strips: &mut [Strip; 3],
) -> Result<(), Error> {
    let mut rows = [[ptr::null_mut(); ROWS_A_CALL]; 3];
    for (rows, strip) in rows.iter_mut().zip(&mut *strips) {
        let each = strip.data.chunks_exact_mut(strip.stride);
        for (pointer, row) in rows.iter_mut().zip(each) {
            *pointer = row.as_mut_ptr();
        }
    }
    let mut planes = rows.each_mut().map(|rows| rows.as_mut_ptr());
    let lines = strips[0].rows as JDIMENSION;
    // SAFETY: a row of blocks is, at this scale, as many rows of each component as its strip has, none longer than
    // the strip's: whole blocks of 16 pixels in the file, chroma being scaled as luma is.
    let read = unsafe { jpeg_read_raw_data(cinfo, planes.as_mut_ptr(), lines) };
    if read == 0 {
        return Err(Error::broken(Format::Jpeg, "rows are missing"));
    }
    Ok(())
}
