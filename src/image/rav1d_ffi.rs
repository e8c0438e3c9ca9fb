//! The AV1 decoder rav1d behind safe functions.
//!
//! Its interface is that of a C library, although it is written in Rust: it takes pointers, and a panic inside it
//! ends the process. One thread decodes, the caller's.

#![expect(unsafe_code, reason = "rav1d has the interface of a C library")]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, copy_nonoverlapping};
use std::slice;

use rav1d::Dav1dResult;
use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
    DAV1D_PIXEL_LAYOUT_I444, Dav1dSequenceHeader,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture,
    dav1d_open, dav1d_parse_sequence_header, dav1d_picture_unref, dav1d_send_data,
};

use super::{Error, Format};
use crate::identify::avif::CodePoints;

/// How much of the luma's resolution the chroma planes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// There are none.
    None,
    /// Half the width and height (4:2:0).
    Quarter,
    /// Half the width (4:2:2).
    Half,
    /// All of it (4:4:4).
    Full,
}

/// What a coded picture declares before its first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Bits a sample: 8, 10 or 12.
    pub(super) bit_depth: u8,
    /// The planes it has.
    pub(super) chroma: Chroma,
    /// Its colour space.
    pub(super) points: CodePoints,
}

/// A decoded picture: a plane of luma, and two of chroma unless it is grey.
pub(super) struct Planes {
    picture: Dav1dPicture,
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
pub(super) enum Row<'a> {
    /// Of 8 bits.
    Eight(&'a [u8]),
    /// Of 10 or 12 bits.
    More(&'a [u16]),
}

/// Reads the first sequence header of a coded picture.
pub(super) fn sequence(coded: &[u8]) -> Result<Sequence, Error> {
    let start = NonNull::from(coded).cast();
    let mut header = MaybeUninit::<Dav1dSequenceHeader>::uninit();
    let out = NonNull::new(header.as_mut_ptr());
    // SAFETY: `out` may be written to, and `start` begins a slice of the length that is given.
    let result = unsafe { dav1d_parse_sequence_header(out, Some(start), coded.len()) };
    checked(result, "no sequence header")?;
    // SAFETY: the call succeeded, so that it wrote the whole header.
    let header = unsafe { header.assume_init_ref() };
    sequence_of(header)
}

/// Decodes the first picture of `coded`, of at most `max_pixels`.
pub(super) fn decode(coded: &[u8], max_pixels: u32) -> Result<Planes, Error> {
    let decoder = Decoder::open(max_pixels)?;
    decoder.send(coded)?;
    decoder.picture()
}

struct Decoder {
    context: Option<Dav1dContext>,
}

impl Decoder {
    fn open(max_pixels: u32) -> Result<Self, Error> {
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the call writes all of the settings. A logger without a callback is never called.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::from(&mut settings).cast());
            settings.assume_init_mut().logger = Dav1dLogger::new(None, None);
            settings.assume_init()
        };
        settings.n_threads = 1;
        settings.max_frame_delay = 1;
        settings.apply_grain = 1;
        settings.operating_point = 0;
        settings.all_layers = 0;
        settings.frame_size_limit = max_pixels;
        let mut decoder = Self { context: None };
        let context = NonNull::from(&mut decoder.context);
        // SAFETY: `context` may be written to, and `settings` read.
        let result = unsafe { dav1d_open(Some(context), Some(NonNull::from(&mut settings))) };
        match result.0 {
            0 => Ok(decoder),
            _ => Err(Error::codec(Format::Avif, "the decoder does not start")),
        }
    }

    /// Gives the decoder all of the data; it decodes up to the first picture.
    fn send(&self, coded: &[u8]) -> Result<(), Error> {
        let mut data = Dav1dData::default();
        let of = NonNull::from(&mut data);
        // SAFETY: `of` may be written to; the call allocates as many bytes as are copied, or returns null. What
        // was not taken is given back by `dav1d_data_unref`, which does nothing to what was.
        unsafe {
            let room = dav1d_data_create(Some(of), coded.len());
            if room.is_null() {
                return Err(Error::codec(Format::Avif, "out of memory"));
            }
            copy_nonoverlapping(coded.as_ptr(), room, coded.len());
            let result = dav1d_send_data(self.context, Some(of));
            dav1d_data_unref(Some(of));
            checked(result, "damaged data")
        }
    }

    fn picture(&self) -> Result<Planes, Error> {
        let mut picture = Dav1dPicture::default();
        let of = NonNull::from(&mut picture);
        // SAFETY: `of` may be written to, and the context is open as long as `self`.
        let result = unsafe { dav1d_get_picture(self.context, Some(of)) };
        checked(result, "no picture")?;
        // SAFETY: a picture that was got keeps its sequence header alive.
        let header = picture.seq_hdr.map(|header| unsafe { header.as_ref() });
        let header = header.ok_or_else(|| broken("no sequence header"))?;
        let sequence = sequence_of(header)?;
        Planes { picture, sequence }.checked()
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is that of `dav1d_open`, or none, and is closed once. Pictures outlive it.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.context))) };
    }
}

impl Planes {
    /// Holds the picture against its own header, on which the rows rely.
    fn checked(self) -> Result<Self, Error> {
        let parameters = &self.picture.p;
        let planes = match self.sequence.chroma {
            Chroma::None => 1,
            _ => 3,
        };
        let there = self.picture.data.iter().take(planes).all(Option::is_some);
        let same_depth = parameters.bpc == c_int::from(self.sequence.bit_depth);
        let same_layout = chroma_of(parameters.layout) == Some(self.sequence.chroma);
        if there && same_depth && same_layout && parameters.w > 0 && parameters.h > 0 {
            return Ok(self);
        }
        Err(broken("a picture unlike its header"))
    }

    /// What the picture was declared as.
    pub(super) fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// Width and height of the luma plane.
    pub(super) fn size(&self) -> (u32, u32) {
        let parameters = &self.picture.p;
        (parameters.w.unsigned_abs(), parameters.h.unsigned_abs())
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
        let (of, stride) = match plane {
            Plane::Luma => (0, 0),
            Plane::Blue => (1, 1),
            Plane::Red => (2, 1),
        };
        let start = self.picture.data[of].filter(|_| number < height);
        let offset = self.picture.stride[stride] * number as isize;
        match (start, self.sequence.bit_depth) {
            (None, 8) => Row::Eight(&[]),
            (None, _) => Row::More(&[]),
            // SAFETY: the plane has `height` rows, of which this is one, that begin `stride` bytes apart and have
            // `width` samples each. They live as long as the picture and are not written to any more.
            (Some(start), 8) => Row::Eight(unsafe {
                slice::from_raw_parts(start.as_ptr().byte_offset(offset).cast(), width as usize)
            }),
            // SAFETY: as above; at this depth a sample has two bytes, and planes and strides are aligned to 64.
            (Some(start), _) => Row::More(unsafe {
                slice::from_raw_parts(start.as_ptr().byte_offset(offset).cast(), width as usize)
            }),
        }
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        // SAFETY: the picture was got from the decoder and is given back once.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.picture))) };
    }
}

fn sequence_of(header: &Dav1dSequenceHeader) -> Result<Sequence, Error> {
    let bit_depth = match header.hbd {
        0 => 8,
        1 => 10,
        2 => 12,
        _ => return Err(broken("an unknown depth")),
    };
    let chroma = chroma_of(header.layout).ok_or_else(|| broken("an unknown layout"))?;
    // Each is a byte in the file.
    let points = CodePoints {
        primaries: header.pri as u8,
        transfer: header.trc as u8,
        matrix: header.mtrx as u8,
        full_range: header.color_range != 0,
    };
    Ok(Sequence {
        bit_depth,
        chroma,
        points,
    })
}

const fn chroma_of(layout: u32) -> Option<Chroma> {
    match layout {
        DAV1D_PIXEL_LAYOUT_I400 => Some(Chroma::None),
        DAV1D_PIXEL_LAYOUT_I420 => Some(Chroma::Quarter),
        DAV1D_PIXEL_LAYOUT_I422 => Some(Chroma::Half),
        DAV1D_PIXEL_LAYOUT_I444 => Some(Chroma::Full),
        _ => None,
    }
}

fn checked(result: Dav1dResult, what: &str) -> Result<(), Error> {
    match -result.0 {
        0 => Ok(()),
        // A frame above the limit (ERANGE of Linux).
        34 => Err(Error::dishonest(
            Format::Avif,
            "a frame that is larger than promised",
        )),
        _ => Err(broken(what)),
    }
}

fn broken(what: &str) -> Error {
    Error::broken(Format::Avif, what)
}
