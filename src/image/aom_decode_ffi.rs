//! The AV1 decoder libaom behind a safe function.
//!
//! It is handed untrusted data. libaom reports errors by return values; it jumps out of its own depths within itself.
//! What it allocates follows from the sequence header alone, which the caller has read and judged.
//!
//! Not the decoder rav1d, which would need no C: version 1.1 meets damaged tiles with a panic inside a function that
//! cannot unwind, which ends the process.

#![expect(unsafe_code, reason = "libaom is a C library")]

use std::ffi::{CStr, c_int};
use std::mem;
use std::ptr::{self, NonNull};
use std::slice;

use libaom_sys::{
    AOM_CODEC_MEM_ERROR, AOM_CODEC_OK, AOM_DECODER_ABI_VERSION, AOM_IMG_FMT_HIGHBITDEPTH,
    AOM_IMG_FMT_I420, AOM_IMG_FMT_I422, AOM_IMG_FMT_I444, AV1D_SET_OPERATING_POINT,
    AV1D_SET_OUTPUT_ALL_LAYERS, aom_codec_av1_dx, aom_codec_control, aom_codec_ctx_t,
    aom_codec_dec_cfg_t, aom_codec_dec_init_ver, aom_codec_decode, aom_codec_destroy,
    aom_codec_err_t, aom_codec_err_to_string, aom_codec_get_frame, aom_image_t,
};

use super::{Error, Format};
use crate::identify::av1::{Chroma, Sequence};

/// A decoded picture: a plane of luma, and two of chroma unless it is grey.
pub(super) struct Planes {
    /// Owns the picture, and lives as long.
    _decoder: Decoder,
    image: NonNull<aom_image_t>,
    sequence: Sequence,
}

/// One of the planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    Luma,
    Blue,
    Red,
}

/// A row of samples at the depth that they are kept in.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    /// Of 8 bits.
    Eight(&'a [u8]),
    /// Of 10 or 12 bits.
    More(&'a [u16]),
}

/// Decodes the picture in `coded`, whose header is `sequence`; of several layers the last.
pub(super) fn decode(coded: &[u8], sequence: &Sequence) -> Result<Planes, Error> {
    let mut decoder = Decoder::open()?;
    decoder.set(AV1D_SET_OPERATING_POINT, 0)?;
    decoder.set(AV1D_SET_OUTPUT_ALL_LAYERS, 0)?;
    decoder.decode(coded)?;
    decoder.into_planes(*sequence)
}

struct Decoder {
    /// In a place of its own, as libaom may keep pointers to it.
    context: Box<aom_codec_ctx_t>,
}

impl Decoder {
    fn open() -> Result<Self, Error> {
        let config = aom_codec_dec_cfg_t {
            threads: 1,
            w: 0,
            h: 0,
            // Planes of 8 bits a sample where the picture has no more.
            allow_lowbitdepth: 1,
        };
        // SAFETY: the structure is numbers and nullable pointers.
        let mut context: Box<aom_codec_ctx_t> = Box::new(unsafe { mem::zeroed() });
        // SAFETY: the context may be written to, and the configuration is copied during the call. A failed call
        // leaves nothing to destroy.
        let result = unsafe {
            let interface = aom_codec_av1_dx();
            let version = AOM_DECODER_ABI_VERSION as c_int;
            aom_codec_dec_init_ver(&raw mut *context, interface, &config, 0, version)
        };
        match result {
            AOM_CODEC_OK => Ok(Self { context }),
            _ => Err(Error::codec(Format::Avif, text(result))),
        }
    }

    fn set(&mut self, control: u32, value: c_int) -> Result<(), Error> {
        // SAFETY: the context is open, and the controls used here take one int.
        checked(unsafe { aom_codec_control(&raw mut *self.context, control as c_int, value) })
    }

    /// Decodes all of the data.
    fn decode(&mut self, coded: &[u8]) -> Result<(), Error> {
        // SAFETY: the context is open, and the data is read during the call only.
        let result = unsafe {
            let context = &raw mut *self.context;
            aom_codec_decode(context, coded.as_ptr(), coded.len(), ptr::null_mut())
        };
        checked(result)
    }

    fn into_planes(mut self, sequence: Sequence) -> Result<Planes, Error> {
        let mut iterator = ptr::null();
        // SAFETY: the context is open.
        let image = unsafe { aom_codec_get_frame(&raw mut *self.context, &mut iterator) };
        let image = NonNull::new(image).ok_or_else(|| broken("no picture"))?;
        let planes = Planes {
            _decoder: self,
            image,
            sequence,
        };
        match planes.is_as_declared() {
            true => Ok(planes),
            false => Err(broken("a picture unlike its header")),
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context was opened, and is destroyed once.
        unsafe { aom_codec_destroy(&raw mut *self.context) };
    }
}

impl Planes {
    fn image(&self) -> &aom_image_t {
        // SAFETY: the picture is valid until the next call of its decoder but those for pictures, and there is none.
        unsafe { self.image.as_ref() }
    }

    /// Whether the picture is what its header says, on which the rows rely.
    fn is_as_declared(&self) -> bool {
        let image = self.image();
        let grey = self.sequence.chroma == Chroma::None;
        let layout = match self.sequence.chroma {
            // libaom gives grey chroma planes, which hold nothing of use.
            Chroma::None | Chroma::Quarter => AOM_IMG_FMT_I420,
            Chroma::Half => AOM_IMG_FMT_I422,
            Chroma::Full => AOM_IMG_FMT_I444,
        };
        let depth = match self.sequence.bit_depth {
            8 => 0,
            _ => AOM_IMG_FMT_HIGHBITDEPTH,
        };
        let planes = if grey { 1 } else { 3 };
        image.fmt == layout | depth
            && image.bit_depth == u32::from(self.sequence.bit_depth)
            && (image.monochrome != 0) == grey
            && image
                .planes
                .iter()
                .take(planes)
                .all(|plane| !plane.is_null())
            && (image.d_w, image.d_h) != (0, 0)
    }

    /// What the picture was declared as.
    pub(super) fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// Width and height of the luma plane.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.image().d_w, self.image().d_h)
    }

    /// Width and height of a plane; none where the picture is grey.
    fn size_of(&self, plane: Plane) -> (u32, u32) {
        let (width, height) = self.size();
        match (plane, self.sequence.chroma) {
            (Plane::Luma, _) | (_, Chroma::Full) => (width, height),
            (_, Chroma::None) => (0, 0),
            (_, Chroma::Half) => (width.div_ceil(2), height),
            (_, Chroma::Quarter) => (width.div_ceil(2), height.div_ceil(2)),
        }
    }

    /// A row of a plane; past the last one, and in a plane that is not there, it is empty.
    pub(super) fn row(&self, plane: Plane, number: u32) -> Row<'_> {
        let (width, height) = self.size_of(plane);
        let width = if number < height { width as usize } else { 0 };
        let deep = self.sequence.bit_depth > 8;
        if width == 0 {
            return if deep {
                Row::More(&[])
            } else {
                Row::Eight(&[])
            };
        }
        let of = match plane {
            Plane::Luma => 0,
            Plane::Blue => 1,
            Plane::Red => 2,
        };
        let image = self.image();
        // SAFETY: the plane has `height` rows, of which this is one, that begin `stride` bytes apart and have `width`
        // samples each, of two bytes and aligned to it where the picture is deep. They live as long as the decoder
        // and are not written to any more.
        unsafe {
            let start = image.planes[of].offset(image.stride[of] as isize * number as isize);
            match deep {
                true => Row::More(slice::from_raw_parts(start.cast(), width)),
                false => Row::Eight(slice::from_raw_parts(start, width)),
            }
        }
    }
}

fn checked(result: aom_codec_err_t) -> Result<(), Error> {
    match result {
        AOM_CODEC_OK => Ok(()),
        AOM_CODEC_MEM_ERROR => Err(Error::codec(Format::Avif, "out of memory")),
        _ => Err(broken(text(result))),
    }
}

fn text(result: aom_codec_err_t) -> String {
    // SAFETY: the text is a constant of the library, which has one for any number.
    let text = unsafe { CStr::from_ptr(aom_codec_err_to_string(result)) };
    text.to_string_lossy().into_owned()
}

fn broken(what: impl std::fmt::Display) -> Error {
    Error::broken(Format::Avif, what)
}
