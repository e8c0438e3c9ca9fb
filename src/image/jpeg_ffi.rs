//! The JPEG decoder of libjpeg behind a safe function.
//!
//! The safe wrapper crate reaches neither the memory limit nor the messages that libjpeg traces, and a hostile
//! file needs both watched.
//!
//! libjpeg keeps raw pointers into the structures that it is given, so all of them live in one heap allocation
//! that never moves and is touched through raw pointers alone. Its errors unwind out of the C code, which is
//! compiled for that; [`decode`] catches them.

#![expect(unsafe_code, reason = "libjpeg is a C library")]

mod messages;
mod rows;
mod units;

use std::ffi::{c_long, c_ulong};
use std::marker::PhantomData;
use std::mem;
use std::ptr::NonNull;

use mozjpeg_sys::{
    J_COLOR_SPACE, J_DCT_METHOD, jpeg_create_decompress, jpeg_decompress_struct,
    jpeg_destroy_decompress, jpeg_error_mgr, jpeg_mem_src, jpeg_read_header, jpeg_start_decompress,
    jpeg_std_error,
};

use super::decode::Scale;
use super::{Error, Format, Layout, Pixels, Planes, buffer, unwinding};
use messages::{Watch, note};
pub(super) use messages::{error_of, unwind};
use rows::{ROWS_A_CALL, Strip, read_rows, read_strips};

unsafe extern "C" {
    /// In `jpeg_inside.c`; touches what `jpeg_start_decompress` has set up and calls nothing.
    fn inkfish_scale_chroma(cinfo: *mut jpeg_decompress_struct);
}

/// What the caller knows about a file, and what libjpeg is held to.
pub(super) struct Promise {
    /// Width in pixels, before scaling.
    pub(super) width: u32,
    /// Height in pixels, before scaling.
    pub(super) height: u32,
    /// Bytes that libjpeg may allocate for whole-image buffers and what it needs beside them.
    pub(super) working_bytes: u64,
    /// Whether coefficients of a progressive file that were not sent are guessed from the means around.
    pub(super) smooths: bool,
}

/// A decoded file.
pub(super) struct Decoded {
    /// Grey, RGB, or CMYK with the samples as they stand in the file.
    pub(super) pixels: Pixels,
    /// Whether the file has Adobe's marker (APP14): its CMYK is stored inverted.
    pub(super) adobe: bool,
}

/// Who reads the Huffman codes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// We do, where the file is one that we read; nothing comes of it where that is damaged.
    Ours,
    /// libjpeg does, and makes the best of it.
    Libjpeg,
}

/// Decodes a whole file at `scale`; a truncated one is grey where its data ends.
pub(super) fn decode(file: &[u8], promise: &Promise, scale: Scale) -> Result<Decoded, Error> {
    by_either(|reading| decode_by(file, promise, scale, reading))
}

fn decode_by(
    file: &[u8],
    promise: &Promise,
    scale: Scale,
    reading: Reading,
) -> Result<Option<Decoded>, Error> {
    unwinding(
        || {
            let mut decompressor = Decompressor::new(file, promise.working_bytes);
            let layout = decompressor.read_header(promise)?;
            decompressor.start(promise, scale);
            decompressor.read_codes(reading);
            let pixels = decompressor.read_pixels(promise, scale, layout);
            let adobe = decompressor.watch().adobe;
            decompressor.unless_given_up(|| {
                Ok(Decoded {
                    pixels: pixels?,
                    adobe,
                })
            })
        },
        error_of,
    )
}

/// What comes of a file by our reading, or else by that of libjpeg, which gives nothing up.
fn by_either<T>(made: impl Fn(Reading) -> Result<Option<T>, Error>) -> Result<T, Error> {
    match made(Reading::Ours)? {
        Some(made) => Ok(made),
        None => {
            made(Reading::Libjpeg)?.ok_or_else(|| Error::codec(Format::Jpeg, "codes are not read"))
        }
    }
}

/// Decodes a whole file at `scale` to the planes that it holds, where these are YCbCr in 4:2:0.
pub(super) fn decode_planes(
    file: &[u8],
    promise: &Promise,
    scale: Scale,
) -> Result<Option<Planes>, Error> {
    by_either(|reading| decode_planes_by(file, promise, scale, reading))
}

fn decode_planes_by(
    file: &[u8],
    promise: &Promise,
    scale: Scale,
    reading: Reading,
) -> Result<Option<Option<Planes>>, Error> {
    unwinding(
        || {
            let mut decompressor = Decompressor::new(file, promise.working_bytes);
            decompressor.read_header(promise)?;
            if !decompressor.has_quarter_chroma() {
                return Ok(Some(None));
            }
            decompressor.cinfo().raw_data_out = 1;
            decompressor.start(promise, scale);
            // SAFETY: decompression has started, and the three components were checked.
            unsafe { inkfish_scale_chroma(decompressor.cinfo()) };
            decompressor.read_codes(reading);
            let planes = decompressor.read_planes(promise, scale);
            decompressor.unless_given_up(|| planes.map(Some))
        },
        error_of,
    )
}

/// Everything that libjpeg holds pointers to.
struct State {
    cinfo: jpeg_decompress_struct,
    errors: jpeg_error_mgr,
    watch: Watch,
}

/// A libjpeg decompressor that reads from memory.
pub(super) struct Decompressor<'file> {
    state: NonNull<State>,
    file: PhantomData<&'file [u8]>,
}

impl<'file> Decompressor<'file> {
    pub(super) fn new(file: &'file [u8], working_bytes: u64) -> Self {
        // SAFETY: both C structures are numbers, nullable pointers, and enums that have a variant 0.
        let (cinfo, errors) = unsafe { (mem::zeroed(), mem::zeroed()) };
        let watch = Watch::default();
        let boxed = Box::new(State {
            cinfo,
            errors,
            watch,
        });
        let decompressor = Self {
            state: NonNull::from(Box::leak(boxed)),
            file: PhantomData,
        };
        let state = decompressor.state.as_ptr();
        // SAFETY: `state` is valid, and stays where it is until `drop`; the pointers stored in it point into
        // itself. `jpeg_create_decompress` clears all of `cinfo` but `err` and `client_data` and sets `mem`.
        // `file` outlives `self`. Should a call unwind, `drop` destroys what exists so far.
        unsafe {
            jpeg_std_error(&mut (*state).errors);
            (*state).errors.error_exit = Some(unwind);
            (*state).errors.emit_message = Some(note);
            (*state).cinfo.common.err = &raw mut (*state).errors;
            (*state).cinfo.common.client_data = (&raw mut (*state).watch).cast();
            jpeg_create_decompress(&raw mut (*state).cinfo);
            (*(*state).cinfo.common.mem).max_memory_to_use =
                c_long::try_from(working_bytes).unwrap_or(c_long::MAX);
            jpeg_mem_src(&mut (*state).cinfo, file.as_ptr(), file.len() as c_ulong);
        }
        decompressor
    }

    pub(super) fn cinfo(&mut self) -> &mut jpeg_decompress_struct {
        // SAFETY: `state` is valid as long as `self`, and `&mut self` makes this the only reference to it on
        // the Rust side; libjpeg uses its own pointers during calls only.
        unsafe { &mut (*self.state.as_ptr()).cinfo }
    }

    pub(super) fn watch(&mut self) -> &Watch {
        // SAFETY: as in `cinfo`.
        unsafe { &(*self.state.as_ptr()).watch }
    }

    fn watch_mut(&mut self) -> &mut Watch {
        // SAFETY: as in `cinfo`.
        unsafe { &mut (*self.state.as_ptr()).watch }
    }

    /// Reads up to the first scan, checks what was promised, and chooses the layout of the result.
    pub(super) fn read_header(&mut self, promise: &Promise) -> Result<Layout, Error> {
        let cinfo = self.cinfo();
        // SAFETY: `cinfo` was created and given a source in `new`.
        unsafe { jpeg_read_header(cinfo, 1) };
        if (cinfo.image_width, cinfo.image_height) != (promise.width, promise.height) {
            let found = format!("{}x{} pixels", cinfo.image_width, cinfo.image_height);
            let detail = format!("{}x{} promised, {found}", promise.width, promise.height);
            return Err(Error::dishonest(Format::Jpeg, detail));
        }
        // SAFETY: `jpeg_mem_src` made the source manager, which lives as long as `cinfo`.
        let data_bytes = unsafe { (*cinfo.src).bytes_in_buffer };
        // An end marker at most: nothing to be lenient about.
        if data_bytes <= 2 {
            return Err(Error::broken(Format::Jpeg, "no image data"));
        }
        choose_layout(cinfo)
    }

    fn start(&mut self, promise: &Promise, scale: Scale) {
        let cinfo = self.cinfo();
        cinfo.do_block_smoothing = promise.smooths.into();
        cinfo.scale_num = 8 / scale.divisor();
        cinfo.scale_denom = 8;
        // The accurate method. The fast one saves a fifth of the time at full size, nothing once scaled
        // (2725x2225 in 4:2:0), and shows in smooth areas.
        cinfo.dct_method = J_DCT_METHOD::JDCT_ISLOW;
        // SAFETY: the header was read. The source never suspends, so the result is always true.
        unsafe { jpeg_start_decompress(cinfo) };
    }

    /// Settles who reads codes, before anything is read.
    fn read_codes(&mut self, reading: Reading) {
        if reading == Reading::Ours {
            self.watch_mut().units = units::take_over(self.cinfo());
        }
    }

    /// What was made of the file, if it was read to its end.
    fn unless_given_up<T>(
        &mut self,
        made: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.watch().has_given_up {
            true => Ok(None),
            false => made().map(Some),
        }
    }

    fn read_pixels(
        &mut self,
        promise: &Promise,
        scale: Scale,
        layout: Layout,
    ) -> Result<Pixels, Error> {
        let (width, height) = (scale.of(promise.width), scale.of(promise.height));
        let cinfo = self.cinfo();
        if (cinfo.output_width, cinfo.output_height) != (width, height)
            || usize::try_from(cinfo.output_components) != Ok(layout.channels())
        {
            return Err(Error::codec(Format::Jpeg, "unexpected output dimensions"));
        }
        let stride = width as usize * layout.channels();
        let mut data = buffer(stride * height as usize)
            .ok_or_else(|| Error::codec(Format::Jpeg, "out of memory"))?;
        while cinfo.output_scanline < height {
            let done = cinfo.output_scanline as usize;
            let rows = ROWS_A_CALL.min(height as usize - done);
            // Zeroed strip by strip just before it is written, so that it is still in the cache.
            data.resize((done + rows) * stride, 0);
            read_rows(cinfo, &mut data[done * stride..], stride)?;
        }
        Ok(Pixels::new(width, height, layout, data))
    }

    /// Whether the file holds luma and two planes of chroma at half its width and height.
    fn has_quarter_chroma(&mut self) -> bool {
        let cinfo = self.cinfo();
        if cinfo.jpeg_color_space != J_COLOR_SPACE::JCS_YCbCr || cinfo.num_components != 3 {
            return false;
        }
        // SAFETY: libjpeg has set up as many components as it counts, until it is destroyed.
        let components = unsafe { std::slice::from_raw_parts(cinfo.comp_info, 3) };
        components
            .iter()
            .map(|component| (component.h_samp_factor, component.v_samp_factor))
            .eq([(2, 2), (1, 1), (1, 1)])
    }

    /// Row of blocks after row of blocks, without what pads the last ones.
    fn read_planes(&mut self, promise: &Promise, scale: Scale) -> Result<Planes, Error> {
        let (width, height) = (scale.of(promise.width), scale.of(promise.height));
        let cinfo = self.cinfo();
        if (cinfo.output_width, cinfo.output_height) != (width, height) {
            return Err(Error::codec(Format::Jpeg, "unexpected output dimensions"));
        }
        let block = 8 / scale.divisor() as usize;
        let columns = promise.width.div_ceil(16) as usize * block;
        let mut strips = [2, 1, 1].map(|factor| Strip::new(factor * block, factor * columns));
        let sizes = [0, 1, 1].map(|halvings| {
            (
                width.div_ceil(1 << halvings),
                height.div_ceil(1 << halvings),
            )
        });
        let mut planes = [const { Vec::new() }; 3];
        for (plane, (width, height)) in planes.iter_mut().zip(sizes) {
            *plane = buffer(width as usize * height as usize)
                .ok_or_else(|| Error::codec(Format::Jpeg, "out of memory"))?;
        }
        while cinfo.output_scanline < height {
            read_strips(cinfo, &mut strips)?;
            for ((plane, strip), (width, height)) in planes.iter_mut().zip(&strips).zip(sizes) {
                strip.append_to(plane, width as usize, height as usize);
            }
        }
        let [y, cb, cr] = planes;
        let grey = |(width, height), data| Pixels::new(width, height, Layout::Grey, data);
        Ok(Planes::new(
            grey(sizes[0], y),
            grey(sizes[1], cb),
            grey(sizes[2], cr),
        ))
    }
}

impl Drop for Decompressor<'_> {
    fn drop(&mut self) {
        // SAFETY: `state` came from a leaked box and is given back once, after libjpeg has let go of it.
        // Destroying works in any state, after an error too, and neither allocates nor reports.
        unsafe {
            jpeg_destroy_decompress(&mut (*self.state.as_ptr()).cinfo);
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

/// The layout that keeps the colours of the file; sets libjpeg's output colour space to it.
fn choose_layout(cinfo: &mut jpeg_decompress_struct) -> Result<Layout, Error> {
    let (space, layout) = match cinfo.jpeg_color_space {
        J_COLOR_SPACE::JCS_GRAYSCALE => (J_COLOR_SPACE::JCS_GRAYSCALE, Layout::Grey),
        J_COLOR_SPACE::JCS_YCbCr | J_COLOR_SPACE::JCS_RGB => (J_COLOR_SPACE::JCS_RGB, Layout::Rgb),
        J_COLOR_SPACE::JCS_CMYK | J_COLOR_SPACE::JCS_YCCK => {
            (J_COLOR_SPACE::JCS_CMYK, Layout::Cmyk)
        }
        _ => return Err(Error::broken(Format::Jpeg, "unknown colour space")),
    };
    cinfo.out_color_space = space;
    Ok(layout)
}

#[cfg(test)]
mod tests;
