//! The AV1 encoder libaom behind a safe function.
//!
//! It is given our own pixels only. libaom's errors are return values; it jumps out of its own depths within itself.

#![expect(unsafe_code, reason = "libaom is a C library")]

use std::ffi::{CStr, c_int, c_uint};
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::slice;

use libaom_sys::{
    AOM_BITS_8, AOM_CODEC_CX_FRAME_PKT, AOM_CODEC_OK, AOM_CR_FULL_RANGE, AOM_ENCODER_ABI_VERSION,
    AOM_IMG_FMT_I420, AOM_IMG_FMT_I444, AOM_Q, AOM_RC_ONE_PASS, AOM_TUNE_SSIM, AOM_USAGE_ALL_INTRA,
    AOME_SET_CPUUSED, AOME_SET_CQ_LEVEL, AOME_SET_TUNING, AV1E_SET_COLOR_PRIMARIES,
    AV1E_SET_COLOR_RANGE, AV1E_SET_LOSSLESS, AV1E_SET_MATRIX_COEFFICIENTS, AV1E_SET_ROW_MT,
    AV1E_SET_SKIP_POSTPROC_FILTERING, AV1E_SET_TILE_COLUMNS, AV1E_SET_TILE_ROWS,
    AV1E_SET_TRANSFER_CHARACTERISTICS, aom_codec_av1_cx, aom_codec_control, aom_codec_ctx_t,
    aom_codec_destroy, aom_codec_enc_cfg_t, aom_codec_enc_config_default, aom_codec_enc_init_ver,
    aom_codec_encode, aom_codec_err_t, aom_codec_err_to_string, aom_codec_get_cx_data, aom_image_t,
};

use super::{Error, Format};
use crate::identify::avif::CodePoints;

/// The largest quantizer, which loses most.
pub(super) const MAX_QUANTIZER: u8 = 63;

/// Planes of 8 bits a sample in full range, tightly packed.
pub(super) struct Planes {
    /// Width of the luma plane.
    pub(super) width: u32,
    /// Height of the luma plane.
    pub(super) height: u32,
    /// Height times width samples.
    pub(super) luma: Vec<u8>,
    /// Blue and red differences; none for grey.
    pub(super) chroma: Option<Chroma>,
}

/// The chroma planes of a picture.
pub(super) struct Chroma {
    pub(super) blue: Vec<u8>,
    pub(super) red: Vec<u8>,
    pub(super) resolution: Resolution,
}

/// How much of the luma's resolution chroma planes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// Half the width and height, rounded up (4:2:0).
    Quarter,
    /// All of it (4:4:4).
    Full,
}

/// What may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing.
    None,
    /// What a quantizer of 0..=[`MAX_QUANTIZER`] takes.
    Quantizer(u8),
}

/// How a picture is coded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// 0 (slowest) ..=9.
    pub(super) speed: u8,
    pub(super) loss: Loss,
    /// What the samples mean, which is written into the data.
    pub(super) points: CodePoints,
    /// Doublings of the number of tile columns and rows.
    pub(super) tiles: (u8, u8),
}

impl Resolution {
    /// The length of a plane's side.
    pub(super) const fn of(self, side_px: u32) -> u32 {
        match self {
            Self::Quarter => side_px.div_ceil(2),
            Self::Full => side_px,
        }
    }
}

/// Codes one picture as AV1 units: a sequence header and a frame.
pub(super) fn encode(planes: &Planes, settings: &Settings) -> Result<Vec<u8>, Error> {
    planes.check()?;
    let mut encoder = Encoder::open(planes)?;
    encoder.set(settings)?;
    let neutral = planes.neutral();
    encoder.encode(&planes.image(&neutral))
}

impl Planes {
    fn resolution(&self) -> Resolution {
        let chroma = self.chroma.as_ref();
        chroma.map_or(Resolution::Quarter, |chroma| chroma.resolution)
    }

    /// Width and height of a chroma plane.
    fn chroma_size(&self) -> (usize, usize) {
        let resolution = self.resolution();
        (
            resolution.of(self.width) as usize,
            resolution.of(self.height) as usize,
        )
    }

    /// libaom reads as many samples as the dimensions say.
    fn check(&self) -> Result<(), Error> {
        let (width, height) = self.chroma_size();
        let luma = self.width as usize * self.height as usize;
        let chroma = self.chroma.as_ref().is_none_or(|chroma| {
            chroma.blue.len() == width * height && chroma.red.len() == width * height
        });
        match self.luma.len() == luma && luma > 0 && chroma {
            true => Ok(()),
            false => Err(failed("planes unlike their dimensions")),
        }
    }

    /// A chroma plane of no colour where there is none: libaom copies one even for grey.
    fn neutral(&self) -> Vec<u8> {
        let (width, height) = self.chroma_size();
        match self.chroma {
            Some(_) => Vec::new(),
            None => vec![128; width * height],
        }
    }

    fn image(&self, neutral: &[u8]) -> aom_image_t {
        let (blue, red) = match &self.chroma {
            Some(chroma) => (chroma.blue.as_slice(), chroma.red.as_slice()),
            None => (neutral, neutral),
        };
        let (format, shift) = match self.resolution() {
            Resolution::Quarter => (AOM_IMG_FMT_I420, 1),
            Resolution::Full => (AOM_IMG_FMT_I444, 0),
        };
        let (chroma_width, _) = self.chroma_size();
        // SAFETY: the structure is numbers and nullable pointers.
        let mut image: aom_image_t = unsafe { mem::zeroed() };
        image.fmt = format;
        image.monochrome = c_int::from(self.chroma.is_none());
        image.range = AOM_CR_FULL_RANGE;
        (image.w, image.h) = (self.width, self.height);
        (image.d_w, image.d_h) = (self.width, self.height);
        image.bit_depth = 8;
        (image.x_chroma_shift, image.y_chroma_shift) = (shift, shift);
        // libaom reads from them only.
        image.planes = [&self.luma, blue, red].map(|plane| plane.as_ptr().cast_mut());
        image.stride = [
            self.width as c_int,
            chroma_width as c_int,
            chroma_width as c_int,
        ];
        image
    }
}

/// A libaom encoder of one picture.
struct Encoder {
    /// In a place of its own, as libaom may keep pointers to it.
    context: Box<aom_codec_ctx_t>,
}

impl Encoder {
    fn open(planes: &Planes) -> Result<Self, Error> {
        let config = config(planes)?;
        // SAFETY: the structure is numbers and nullable pointers.
        let mut context: Box<aom_codec_ctx_t> = Box::new(unsafe { mem::zeroed() });
        // SAFETY: the context may be written to, and the configuration is copied during the call. A failed call
        // leaves nothing to destroy.
        let result = unsafe {
            let interface = aom_codec_av1_cx();
            let version = AOM_ENCODER_ABI_VERSION as c_int;
            aom_codec_enc_init_ver(&raw mut *context, interface, &config, 0, version)
        };
        checked(result)?;
        Ok(Self { context })
    }

    fn set(&mut self, settings: &Settings) -> Result<(), Error> {
        let (quantizer, lossless) = match settings.loss {
            Loss::None => (0, 1),
            Loss::Quantizer(quantizer) => (quantizer.min(MAX_QUANTIZER), 0),
        };
        let points = settings.points;
        let controls = [
            (AOME_SET_CPUUSED, c_int::from(settings.speed.min(9))),
            (AOME_SET_CQ_LEVEL, c_int::from(quantizer)),
            (AV1E_SET_LOSSLESS, lossless),
            (AOME_SET_TUNING, AOM_TUNE_SSIM as c_int),
            (AV1E_SET_ROW_MT, 0),
            (AV1E_SET_TILE_COLUMNS, c_int::from(settings.tiles.0)),
            (AV1E_SET_TILE_ROWS, c_int::from(settings.tiles.1)),
            (AV1E_SET_COLOR_PRIMARIES, c_int::from(points.primaries)),
            (
                AV1E_SET_TRANSFER_CHARACTERISTICS,
                c_int::from(points.transfer),
            ),
            (AV1E_SET_MATRIX_COEFFICIENTS, c_int::from(points.matrix)),
            (AV1E_SET_COLOR_RANGE, c_int::from(points.full_range)),
            // Nothing is predicted from the only frame, so its last filters need not be run here.
            (AV1E_SET_SKIP_POSTPROC_FILTERING, 1),
        ];
        for (control, value) in controls {
            // SAFETY: the context is open, and each of these controls takes one int (or unsigned int).
            checked(unsafe { aom_codec_control(&raw mut *self.context, control as c_int, value) })?;
        }
        Ok(())
    }

    fn encode(&mut self, image: &aom_image_t) -> Result<Vec<u8>, Error> {
        // SAFETY: the context is open, and the image's planes have as many samples as its dimensions say, as was
        // checked; libaom copies them during the call.
        checked(unsafe { aom_codec_encode(&raw mut *self.context, image, 0, 1, 0) })?;
        let mut coded = self.packets();
        // SAFETY: without an image the encoder is told that no more will come.
        checked(unsafe { aom_codec_encode(&raw mut *self.context, ptr::null(), 0, 1, 0) })?;
        coded.extend(self.packets());
        match coded.is_empty() {
            true => Err(failed("no data")),
            false => Ok(coded),
        }
    }

    /// The data that is ready.
    fn packets(&mut self) -> Vec<u8> {
        let mut coded = Vec::new();
        let mut iterator = ptr::null();
        // SAFETY: the context is open; packets and their data are valid until the next call but those in the loop,
        // and the union holds a frame where the kind says so.
        unsafe {
            while let Some(packet) =
                aom_codec_get_cx_data(&raw mut *self.context, &mut iterator).as_ref()
            {
                if packet.kind == AOM_CODEC_CX_FRAME_PKT && packet.data.frame.sz > 0 {
                    let frame = &packet.data.frame;
                    coded.extend_from_slice(slice::from_raw_parts(frame.buf.cast(), frame.sz));
                }
            }
        }
        coded
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context was opened, and is destroyed once.
        unsafe { aom_codec_destroy(&raw mut *self.context) };
    }
}

fn config(planes: &Planes) -> Result<aom_codec_enc_cfg_t, Error> {
    let mut config = MaybeUninit::uninit();
    // SAFETY: the call fills in the whole configuration, or fails.
    let mut config = unsafe {
        checked(aom_codec_enc_config_default(
            aom_codec_av1_cx(),
            config.as_mut_ptr(),
            AOM_USAGE_ALL_INTRA,
        ))?;
        config.assume_init()
    };
    config.g_w = planes.width;
    config.g_h = planes.height;
    // One picture, which gives it the short header of stills.
    config.g_limit = 1;
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    config.g_pass = AOM_RC_ONE_PASS;
    config.g_bit_depth = AOM_BITS_8;
    config.g_input_bit_depth = 8;
    // 4:4:4 is of the high profile; grey of the main one.
    config.g_profile = c_uint::from(planes.resolution() == Resolution::Full);
    config.monochrome = c_uint::from(planes.chroma.is_none());
    config.rc_end_usage = AOM_Q;
    config.rc_min_quantizer = 0;
    config.rc_max_quantizer = MAX_QUANTIZER.into();
    Ok(config)
}

fn checked(result: aom_codec_err_t) -> Result<(), Error> {
    if result == AOM_CODEC_OK {
        return Ok(());
    }
    // SAFETY: the text is a constant of the library, which has one for any number.
    let text = unsafe { CStr::from_ptr(aom_codec_err_to_string(result)) };
    Err(failed(&text.to_string_lossy()))
}

fn failed(detail: &str) -> Error {
    Error::codec(Format::Avif, detail)
}
