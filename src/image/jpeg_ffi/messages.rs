//! What libjpeg says: errors, warnings, and the traces by which a hostile file is known.

use std::any::Any;
use std::ffi::{CStr, c_char, c_int};
use std::mem;
use std::panic::resume_unwind;

use mozjpeg_sys::{JERR_NO_BACKING_STORE, JTRC_ADOBE, JTRC_SOS, jpeg_common_struct};

use crate::image::huffman::Scan;
use crate::image::{Error, Format, panic_text};

/// Scans that one file may have: each costs a pass over the whole image, however few bytes it has.
/// Encoders write ten; libvips draws the line here too.
const MAX_SCANS: u32 = 100;

/// libjpeg's `JMSG_LENGTH_MAX`.
const MESSAGE_BYTES: usize = 200;

/// What callbacks note while libjpeg runs.
#[derive(Default)]
pub(in crate::image) struct Watch {
    scans: u32,
    /// Whether Adobe's marker (APP14) was seen.
    pub(in crate::image) adobe: bool,
    /// How often libjpeg made something up for what is damaged or missing.
    pub(in crate::image) warnings: u32,
    /// The scan, where its codes are read by us.
    pub(super) units: Option<Scan>,
    /// Whether it turned out that we do not read them.
    pub(super) has_given_up: bool,
}

/// What libjpeg, or a callback here, gave up with.
struct Fatal {
    code: c_int,
    message: String,
}

pub(in crate::image) fn error_of(payload: Box<dyn Any + Send>) -> Error {
    let fatal = match payload.downcast::<Fatal>() {
        Ok(fatal) => fatal,
        Err(other) => return Error::codec(Format::Jpeg, panic_text(&*other)),
    };
    // The memory limit is known to libjpeg as the want of a temporary file.
    if fatal.code == JERR_NO_BACKING_STORE as c_int {
        return Error::dishonest(Format::Jpeg, "needs more memory than its header tells");
    }
    Error::broken(Format::Jpeg, fatal.message)
}

/// libjpeg's `error_exit`, which must not return.
#[cold]
pub(in crate::image) unsafe extern "C-unwind" fn unwind(cinfo: &mut jpeg_common_struct) {
    // SAFETY: libjpeg calls this with the structure that `Decompressor::new` gave the error manager.
    let (code, message) = unsafe { ((*cinfo.err).msg_code, message(cinfo)) };
    // Not a panic: the hook that prints panics is passed over.
    resume_unwind(Box::new(Fatal { code, message }));
}

/// libjpeg's `emit_message`: called for each warning, and for each trace message whatever the trace level. Counting
/// every warning is as bounded as the file.
pub(super) unsafe extern "C-unwind" fn note(cinfo: &mut jpeg_common_struct, level: c_int) {
    if level > 1 || level == 0 {
        return;
    }
    // SAFETY: `client_data` and `err` were set in `Decompressor::new` and live as long as `cinfo`; no
    // reference to the watch is held on the Rust side while libjpeg runs.
    let (watch, code) = unsafe {
        let watch = &mut *cinfo.client_data.cast::<Watch>();
        (watch, (*cinfo.err).msg_code)
    };
    if level < 0 {
        watch.warnings += 1;
    } else if code == JTRC_ADOBE as c_int {
        watch.adobe = true;
    } else if code == JTRC_SOS as c_int {
        watch.scans += 1;
        if watch.scans > MAX_SCANS {
            let message = format!("more than {MAX_SCANS} scans");
            resume_unwind(Box::new(Fatal { code, message }));
        }
    }
}

/// The text of the message that libjpeg has just set.
///
/// # Safety
///
/// `cinfo.err` must be an error manager that `jpeg_std_error` filled in.
unsafe fn message(cinfo: &mut jpeg_common_struct) -> String {
    type Declared = unsafe extern "C-unwind" fn(&mut jpeg_common_struct, &[u8; 80]);
    type Real = unsafe extern "C-unwind" fn(&mut jpeg_common_struct, *mut c_char);
    // SAFETY: promised by the caller.
    let Some(format) = (unsafe { (*cinfo.err).format_message }) else {
        return "unknown error".into();
    };
    let mut text = [0; MESSAGE_BYTES];
    // SAFETY: the C function is `void (j_common_ptr, char *)`; it writes at most JMSG_LENGTH_MAX bytes, the
    // terminating zero included, which the declared type gets wrong in length and mutability.
    unsafe {
        let format = mem::transmute::<Declared, Real>(format);
        format(cinfo, text.as_mut_ptr().cast());
    }
    let text = CStr::from_bytes_until_nul(&text).unwrap_or_default();
    text.to_string_lossy().into_owned()
}
