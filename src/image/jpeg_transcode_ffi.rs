//! The coefficients of a JPEG out of libjpeg and into it, behind safe functions.
//!
//! As in `jpeg_ffi`, what libjpeg holds pointers to lives in one heap allocation that never moves, and its errors
//! unwind out of the C code and are caught here.

#![expect(unsafe_code, reason = "libjpeg is a C library")]

use std::ffi::{c_int, c_uint};
use std::mem;
use std::ptr::{self, NonNull};
use std::slice;

use mozjpeg_sys::{
    J_BOOLEAN_PARAM, J_COLOR_SPACE, J_INT_PARAM, JINT_COMPRESS_PROFILE_VALUE, JPEG_LIB_VERSION,
    JPOOL_IMAGE, jpeg_CreateCompress, jpeg_alloc_quant_table, jpeg_c_set_bool_param,
    jpeg_c_set_int_param, jpeg_common_struct, jpeg_component_info, jpeg_compress_struct,
    jpeg_destination_mgr, jpeg_destroy_compress, jpeg_error_mgr, jpeg_finish_compress,
    jpeg_read_coefficients, jpeg_set_colorspace, jpeg_set_defaults, jpeg_simple_progression,
    jpeg_std_error, jpeg_write_coefficients, jpeg_write_marker, jvirt_barray_control,
};

use super::coefficients::{Block, Coefficients, Component, Inks, Scans};
use super::jpeg_ffi::{Decompressor, Promise, error_of, unwind};
use super::{Error, Format, unwinding};

/// The coefficients of which a decoder smooths what a progressive file does not tell in full.
const SMOOTHED: usize = 10;

/// Room that a file begins with.
const FIRST_BYTES: usize = 64 << 10;

/// Reads the coefficients of a whole file that is without fault.
pub(super) fn read(file: &[u8], promise: &Promise) -> Result<Coefficients, Error> {
    unwinding(
        || {
            let mut decompressor = Decompressor::new(file, promise.working_bytes);
            decompressor.read_header(promise)?;
            // SAFETY: the header was read; the source never suspends.
            let arrays = unsafe { jpeg_read_coefficients(decompressor.cinfo()) };
            if decompressor.watch().warnings > 0 || !is_complete(&mut decompressor) {
                return Err(Error::broken(Format::Jpeg, "damaged or cut off"));
            }
            let adobe = decompressor.watch().adobe;
            let components = read_components(&mut decompressor, arrays)?;
            Ok(Coefficients {
                width: promise.width,
                height: promise.height,
                inks: inks(decompressor.cinfo().jpeg_color_space, adobe)?,
                components,
            })
        },
        error_of,
    )
}

/// Whether the scans of a progressive file told every coefficient in full: what they left out is smoothed by some
/// decoders, and would not be in a file that tells zeros.
fn is_complete(decompressor: &mut Decompressor<'_>) -> bool {
    let cinfo = decompressor.cinfo();
    if cinfo.coef_bits.is_null() {
        return true;
    }
    let count = cinfo.num_components as usize;
    // SAFETY: for progressive files libjpeg keeps 64 numbers for each component, from the first on, until the end.
    let bits = unsafe { slice::from_raw_parts(cinfo.coef_bits.cast::<[c_int; 64]>(), count) };
    bits.iter()
        .all(|bits| bits[..SMOOTHED].iter().all(|bits| *bits == 0))
}

fn inks(space: J_COLOR_SPACE, adobe: bool) -> Result<Inks, Error> {
    Ok(match space {
        J_COLOR_SPACE::JCS_GRAYSCALE => Inks::Grey,
        J_COLOR_SPACE::JCS_YCbCr => Inks::YCbCr,
        J_COLOR_SPACE::JCS_RGB => Inks::Rgb,
        J_COLOR_SPACE::JCS_CMYK if adobe => Inks::CmykOfAdobe,
        J_COLOR_SPACE::JCS_CMYK => Inks::Cmyk,
        J_COLOR_SPACE::JCS_YCCK => Inks::Ycck,
        _ => return Err(Error::broken(Format::Jpeg, "unknown colour space")),
    })
}

fn read_components(
    decompressor: &mut Decompressor<'_>,
    arrays: *mut *mut jvirt_barray_control,
) -> Result<Vec<Component>, Error> {
    let cinfo = decompressor.cinfo();
    let count = cinfo.num_components as usize;
    // SAFETY: libjpeg has set up as many components, and an array for each, until it is destroyed.
    let (infos, arrays) = unsafe {
        (
            slice::from_raw_parts(cinfo.comp_info, count),
            slice::from_raw_parts(arrays, count),
        )
    };
    let mut components = Vec::new();
    for (info, array) in infos.iter().zip(arrays) {
        // SAFETY: where the component was in a scan, it has a table that lives as long as `cinfo`.
        let table = unsafe { info.quant_table.as_ref() };
        let table = table.ok_or_else(|| Error::broken(Format::Jpeg, "a component is missing"))?;
        let mut component = Component {
            across: info.h_samp_factor as u8,
            down: info.v_samp_factor as u8,
            columns: info.width_in_blocks as usize,
            rows: info.height_in_blocks as usize,
            table: table.quantval,
            blocks: Vec::new(),
        };
        let blocks = component.columns * component.rows;
        let room = component.blocks.try_reserve_exact(blocks);
        room.map_err(|_| Error::codec(Format::Jpeg, "out of memory"))?;
        for row in 0..component.rows {
            // SAFETY: the array has `rows` rows of at least `columns` blocks, none of which is borrowed.
            let blocks = unsafe { row_of(&raw mut cinfo.common, *array, row, component.columns) };
            component.blocks.extend_from_slice(blocks);
        }
        components.push(component);
    }
    Ok(components)
}

/// A row of an array of blocks.
///
/// # Safety
///
/// The array is one of `common`, realised, and has this row, of at least `columns` blocks, which nothing else
/// borrows for as long as the result lives.
unsafe fn row_of<'a>(
    common: *mut jpeg_common_struct,
    array: *mut jvirt_barray_control,
    row: usize,
    columns: usize,
) -> &'a mut [Block] {
    // SAFETY: promised by the caller; the manager's functions are there as long as `common`. Written or not, all
    // of the array is in memory.
    unsafe {
        let manager = &*(*common).mem;
        let access = manager.access_virt_barray.expect("libjpeg sets it");
        let rows = access(&mut *common, array, row as c_uint, 1, 1);
        slice::from_raw_parts_mut(*rows, columns)
    }
}

/// What goes into a file beside the coefficients.
pub(super) struct Wrapping<'a> {
    /// Numbers and contents of APP segments, in their order.
    pub(super) segments: &'a [(u8, Vec<u8>)],
    /// Dots an inch.
    pub(super) density: Option<u16>,
}

/// Writes coefficients as a file. They are [within bounds](Coefficients::is_sound).
pub(super) fn write(
    coefficients: &Coefficients,
    scans: Scans,
    wrapping: &Wrapping<'_>,
) -> Result<Vec<u8>, Error> {
    unwinding(
        || {
            let mut compressor = Compressor::new();
            compressor.set_up(coefficients, wrapping.density);
            compressor.choose_scans(scans);
            compressor.write(coefficients, wrapping.segments);
            Ok(compressor.file())
        },
        error_of,
    )
}

/// Everything that libjpeg holds pointers to.
struct State {
    cinfo: jpeg_compress_struct,
    errors: jpeg_error_mgr,
    output: Output,
    arrays: [*mut jvirt_barray_control; 4],
}

/// Where libjpeg writes to. It knows the first field alone.
#[repr(C)]
struct Output {
    manager: jpeg_destination_mgr,
    /// All of the room that there is, whether written to or not.
    file: Vec<u8>,
}

/// A libjpeg compressor that writes to memory.
struct Compressor {
    state: NonNull<State>,
}

impl Compressor {
    fn new() -> Self {
        // SAFETY: the C structures are numbers, nullable pointers, and enums that have a variant 0.
        let (cinfo, errors) = unsafe { (mem::zeroed(), mem::zeroed()) };
        let manager = jpeg_destination_mgr {
            next_output_byte: ptr::null_mut(),
            free_in_buffer: 0,
            init_destination: Some(begin),
            empty_output_buffer: Some(grow),
            term_destination: Some(end),
        };
        let file = Vec::new();
        let boxed = Box::new(State {
            cinfo,
            errors,
            output: Output { manager, file },
            arrays: [ptr::null_mut(); 4],
        });
        let compressor = Self {
            state: NonNull::from(Box::leak(boxed)),
        };
        let state = compressor.state.as_ptr();
        // SAFETY: `state` is valid, and stays where it is until `drop`; the pointers stored in it point into
        // itself. Should a call unwind, `drop` destroys what exists so far.
        unsafe {
            jpeg_std_error(&mut (*state).errors);
            (*state).errors.error_exit = Some(unwind);
            (*state).errors.emit_message = Some(pass_over);
            (*state).cinfo.common.err = &raw mut (*state).errors;
            let size = mem::size_of::<jpeg_compress_struct>();
            jpeg_CreateCompress(&raw mut (*state).cinfo, JPEG_LIB_VERSION, size);
            (*state).cinfo.dest = (&raw mut (*state).output).cast();
        }
        compressor
    }

    fn cinfo(&mut self) -> &mut jpeg_compress_struct {
        // SAFETY: `state` is valid as long as `self`, and `&mut self` makes this the only reference to it on
        // the Rust side; libjpeg uses its own pointers during calls only.
        unsafe { &mut (*self.state.as_ptr()).cinfo }
    }

    fn set_up(&mut self, coefficients: &Coefficients, density: Option<u16>) {
        let (space, adobe) = space_of(coefficients.inks);
        let cinfo = self.cinfo();
        cinfo.image_width = coefficients.width;
        cinfo.image_height = coefficients.height;
        cinfo.input_components = coefficients.components.len() as c_int;
        cinfo.in_color_space = space;
        let plain = JINT_COMPRESS_PROFILE_VALUE::JCP_FASTEST as c_int;
        // SAFETY: `cinfo` was created, and nothing has been started.
        unsafe {
            jpeg_c_set_int_param(cinfo, J_INT_PARAM::JINT_COMPRESS_PROFILE, plain);
            jpeg_set_defaults(cinfo);
            jpeg_set_colorspace(cinfo, space);
        }
        cinfo.optimize_coding = 1;
        cinfo.write_Adobe_marker = c_int::from(adobe);
        if let Some(dots) = density {
            (cinfo.density_unit, cinfo.X_density, cinfo.Y_density) = (1, dots, dots);
        }
        for (at, component) in coefficients.components.iter().enumerate() {
            let tables = coefficients.components[..at].iter();
            let same = tables.take_while(|before| before.table != component.table);
            self.set_up_component(at, same.count(), component);
        }
    }

    /// Gives a component its table, which is that of the component numbered `table`: itself or one before it.
    fn set_up_component(&mut self, at: usize, table: usize, component: &Component) {
        let cinfo = self.cinfo();
        // SAFETY: `jpeg_set_defaults` has allocated ten components; tables are allocated when first asked for, and
        // live as long as `cinfo`.
        unsafe {
            let info: &mut jpeg_component_info = &mut *cinfo.comp_info.add(at);
            info.h_samp_factor = component.across.into();
            info.v_samp_factor = component.down.into();
            info.quant_tbl_no = table as c_int;
            if cinfo.quant_tbl_ptrs[table].is_null() {
                cinfo.quant_tbl_ptrs[table] = jpeg_alloc_quant_table(&mut cinfo.common);
            }
            (*cinfo.quant_tbl_ptrs[table]).quantval = component.table;
        }
    }

    fn choose_scans(&mut self, scans: Scans) {
        if scans == Scans::Sequential {
            return;
        }
        let cinfo = self.cinfo();
        let small = JINT_COMPRESS_PROFILE_VALUE::JCP_MAX_COMPRESSION as c_int;
        let search = c_int::from(scans == Scans::Searched);
        // SAFETY: parameters are set, and nothing has been started.
        unsafe {
            jpeg_c_set_int_param(cinfo, J_INT_PARAM::JINT_COMPRESS_PROFILE, small);
            jpeg_c_set_bool_param(cinfo, J_BOOLEAN_PARAM::JBOOLEAN_OPTIMIZE_SCANS, search);
            jpeg_simple_progression(cinfo);
        }
    }

    fn write(&mut self, coefficients: &Coefficients, segments: &[(u8, Vec<u8>)]) {
        let state = self.state.as_ptr();
        // SAFETY: `state` is valid as long as `self`. The arrays are requested before they are realised by
        // `jpeg_write_coefficients`, have the room that the components say, and are filled before they are read by
        // `jpeg_finish_compress`.
        unsafe {
            let cinfo = &mut (*state).cinfo;
            let request = (*cinfo.common.mem).request_virt_barray;
            let request = request.expect("libjpeg sets it");
            for (array, of) in (*state).arrays.iter_mut().zip(&coefficients.components) {
                let (across, down) = (usize::from(of.across), usize::from(of.down));
                let columns = of.columns.next_multiple_of(across) as c_uint;
                let rows = of.rows.next_multiple_of(down) as c_uint;
                let down = c_uint::from(of.down);
                *array = request(&mut cinfo.common, JPOOL_IMAGE, 1, columns, rows, down);
            }
            jpeg_write_coefficients(cinfo, (&raw mut (*state).arrays).cast());
            for (app, body) in segments {
                let marker = 0xE0 + c_int::from(*app);
                jpeg_write_marker(cinfo, marker, body.as_ptr(), body.len() as c_uint);
            }
            for (array, of) in (*state).arrays.iter().zip(&coefficients.components) {
                for (row, blocks) in of.blocks.chunks_exact(of.columns).enumerate() {
                    row_of(&raw mut cinfo.common, *array, row, of.columns).copy_from_slice(blocks);
                }
            }
            jpeg_finish_compress(cinfo);
        }
    }

    /// What was written.
    fn file(self) -> Vec<u8> {
        // SAFETY: `state` is valid as long as `self`, and libjpeg writes no more.
        unsafe { mem::take(&mut (*self.state.as_ptr()).output.file) }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: `state` came from a leaked box and is given back once, after libjpeg has let go of it.
        unsafe {
            jpeg_destroy_compress(&mut (*self.state.as_ptr()).cinfo);
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

/// libjpeg's `init_destination`: called before the first byte.
unsafe extern "C-unwind" fn begin(cinfo: &mut jpeg_compress_struct) {
    // SAFETY: libjpeg calls this with the destination of `Compressor::new`, which is the start of an output.
    let output = unsafe { &mut *cinfo.dest.cast::<Output>() };
    output.file.resize(FIRST_BYTES, 0);
    offer(output, 0);
}

/// libjpeg's `empty_output_buffer`: called when the room is used up. Where there is no more, zero makes libjpeg
/// give up.
unsafe extern "C-unwind" fn grow(cinfo: &mut jpeg_compress_struct) -> c_int {
    // SAFETY: as in `begin`.
    let output = unsafe { &mut *cinfo.dest.cast::<Output>() };
    let used = output.file.len();
    if output.file.try_reserve_exact(used).is_err() {
        return 0;
    }
    output.file.resize(2 * used, 0);
    offer(output, used);
    1
}

/// libjpeg's `term_destination`: called after the last byte.
unsafe extern "C-unwind" fn end(cinfo: &mut jpeg_compress_struct) {
    // SAFETY: as in `begin`.
    let output = unsafe { &mut *cinfo.dest.cast::<Output>() };
    let used = output.file.len() - output.manager.free_in_buffer;
    output.file.truncate(used);
    output.file.shrink_to_fit();
}

/// Lets libjpeg write to what is not used.
fn offer(output: &mut Output, used: usize) {
    output.manager.free_in_buffer = output.file.len() - used;
    output.manager.next_output_byte = output.file[used..].as_mut_ptr();
}

/// What libjpeg calls the inks, and whether they need Adobe's marker to be understood.
const fn space_of(inks: Inks) -> (J_COLOR_SPACE, bool) {
    match inks {
        Inks::Grey => (J_COLOR_SPACE::JCS_GRAYSCALE, false),
        Inks::YCbCr => (J_COLOR_SPACE::JCS_YCbCr, false),
        Inks::Rgb => (J_COLOR_SPACE::JCS_RGB, true),
        Inks::Cmyk => (J_COLOR_SPACE::JCS_CMYK, false),
        Inks::CmykOfAdobe => (J_COLOR_SPACE::JCS_CMYK, true),
        Inks::Ycck => (J_COLOR_SPACE::JCS_YCCK, true),
    }
}

/// libjpeg's `emit_message`: what it has to tell while it writes is of no interest.
unsafe extern "C-unwind" fn pass_over(_: &mut jpeg_common_struct, _: c_int) {}
