//! Codes of sequential files, read by us instead of by libjpeg, which does all else as ever.

use std::ffi::{c_int, c_uint};
use std::{mem, slice};

use mozjpeg_sys::jpeg_decompress_struct;

use super::messages::Watch;
use crate::image::huffman::{Block, Coding, Definition, MAX_BLOCKS, Scan, Tables};

/// What a scan is coded with. In C this is `struct inkfish_coded`.
#[repr(C)]
struct Coded {
    blocks: c_int,
    restart_interval: c_uint,
    component: [u8; MAX_BLOCKS],
    dc: [u8; MAX_BLOCKS],
    ac: [u8; MAX_BLOCKS],
    side: [u8; MAX_BLOCKS],
    dc_tables: [*const Definition; 4],
    ac_tables: [*const Definition; 4],
}

/// libjpeg's `decode_mcu`.
type Decode = unsafe extern "C-unwind" fn(&mut jpeg_decompress_struct, *mut *mut Block) -> c_int;

unsafe extern "C" {
    /// In `jpeg_inside.c`; reads what `jpeg_start_decompress` has set up and calls nothing.
    fn inkfish_coding(cinfo: *mut jpeg_decompress_struct, coded: *mut Coded) -> c_int;

    /// In `jpeg_inside.c`; sets one pointer.
    fn inkfish_read_units(cinfo: *mut jpeg_decompress_struct, decode: Decode);
}

/// Has libjpeg ask us for each unit of blocks, once decompression has started, where the file is one that we read: the
/// scan is to be kept where [`decode`] finds it.
pub(super) fn take_over(cinfo: &mut jpeg_decompress_struct) -> Option<Scan> {
    // SAFETY: numbers and nullable pointers.
    let mut coded: Coded = unsafe { mem::zeroed() };
    // SAFETY: decompression has started.
    if unsafe { inkfish_coding(cinfo, &mut coded) } == 0 {
        return None;
    }
    let count = usize::try_from(coded.blocks).ok()?;
    let codings: Vec<Coding> = (0..count.min(MAX_BLOCKS))
        .map(|block| Coding {
            component: coded.component[block],
            mean: coded.dc[block],
            others: coded.ac[block],
            is_mean: coded.side[block] == 1,
        })
        .collect();
    // SAFETY: the tables live as long as `cinfo`, which is borrowed; counts and symbols follow each other there.
    let table = |table: *const Definition| unsafe { table.as_ref() };
    let tables = Tables {
        means: coded.dc_tables.map(table),
        others: coded.ac_tables.map(table),
    };
    let scan = Scan::new(tables, &codings, coded.restart_interval)?;
    // SAFETY: decompression has started; nothing was read yet.
    unsafe { inkfish_read_units(cinfo, decode) };
    Some(scan)
}

/// Reads the next unit; where that cannot be done, libjpeg takes it that there are no more bytes yet.
unsafe extern "C-unwind" fn decode(
    cinfo: &mut jpeg_decompress_struct,
    blocks: *mut *mut Block,
) -> c_int {
    // SAFETY: `client_data` was set in `Decompressor::new` and lives as long as `cinfo`; no reference to the watch is
    // held on the Rust side while libjpeg runs. The source is the rest of a file in memory.
    let (watch, source) = unsafe {
        let watch = &mut *cinfo.common.client_data.cast::<Watch>();
        (watch, &mut *cinfo.src)
    };
    let Some(scan) = &mut watch.units else {
        return 0;
    };
    // SAFETY: libjpeg keeps the blocks of a unit, as many as it counts, behind each other, and set them to zero.
    let (file, blocks) = unsafe {
        let file = slice::from_raw_parts(source.next_input_byte, source.bytes_in_buffer);
        (file, slice::from_raw_parts_mut(*blocks, scan.blocks()))
    };
    let Some(read) = scan.read(file, blocks) else {
        watch.has_given_up = true;
        return 0;
    };
    source.next_input_byte = file[read..].as_ptr();
    source.bytes_in_buffer -= read;
    1
}
