use std::ffi::c_int;
use std::fs;

use mozjpeg::{ColorSpace, Compress};
use proptest::prelude::*;

use super::*;
use crate::identify::{Facts, Identified, identify};
use crate::image::testing::{noise, picture};

const SCALES: [Scale; 4] = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];

unsafe extern "C" {
    fn jsimd_can_idct_islow() -> c_int;
    fn jsimd_can_idct_4x4() -> c_int;
    fn jsimd_can_ycc_rgb() -> c_int;
    fn jsimd_can_fdct_islow() -> c_int;
}

/// Without nasm the library builds without a word, several times slower.
#[test]
fn libjpeg_was_built_with_its_simd() {
    let _linked = jpeg_std_error;
    // SAFETY: functions without parameters that look at the processor.
    let answers = unsafe {
        [
            jsimd_can_idct_islow(),
            jsimd_can_idct_4x4(),
            jsimd_can_ycc_rgb(),
            jsimd_can_fdct_islow(),
        ]
    };
    assert_eq!(answers, [1; 4], "install nasm and rebuild mozjpeg-sys");
}

/// A file of one scan, with Huffman tables of its own or those of the standard.
fn file_of(pixels: &Pixels, chroma: (u8, u8), quality: f32, optimizes: bool) -> Vec<u8> {
    let space = match pixels.layout() {
        Layout::Grey => ColorSpace::JCS_GRAYSCALE,
        Layout::Cmyk => ColorSpace::JCS_CMYK,
        _ => ColorSpace::JCS_RGB,
    };
    let mut compress = Compress::new(space);
    compress.set_fastest_defaults();
    compress.set_size(pixels.width() as usize, pixels.height() as usize);
    compress.set_quality(quality);
    compress.set_optimize_coding(optimizes);
    if space == ColorSpace::JCS_RGB {
        compress.set_chroma_sampling_pixel_sizes(chroma, chroma);
    }
    let mut started = compress.start_compress(Vec::new()).unwrap();
    started.write_scanlines(pixels.data()).unwrap();
    started.finish().unwrap()
}

fn promise(file: &[u8]) -> Option<Promise> {
    let Identified::Image(Facts { width, height, .. }) = identify(file, true) else {
        return None;
    };
    Some(Promise {
        width,
        height,
        working_bytes: 1 << 30,
        smooths: true,
    })
}

/// What a decoder says of a file, for comparing.
type Said = Result<Option<(Pixels, bool)>, String>;

fn said(file: &[u8], promise: &Promise, scale: Scale, reading: Reading) -> Said {
    let decoded = decode_by(file, promise, scale, reading).map_err(|error| error.to_string())?;
    Ok(decoded.map(|decoded| (decoded.pixels, decoded.adobe)))
}

/// Compares what comes of our reading with what comes of libjpeg's; answers whether we read the file.
#[track_caller]
fn agrees(file: &[u8], promise: &Promise, scale: Scale) -> bool {
    let theirs = said(file, promise, scale, Reading::Libjpeg);
    let ours = said(file, promise, scale, Reading::Ours);
    let is_read = ours.as_ref().is_ok_and(Option::is_some);
    assert!(ours == theirs || ours == Ok(None), "{scale:?}");
    let planes = |reading| {
        decode_planes_by(file, promise, scale, reading).map_err(|error| error.to_string())
    };
    let (ours, theirs) = (planes(Reading::Ours), planes(Reading::Libjpeg));
    assert!(ours == theirs || ours == Ok(None), "{scale:?}: planes");
    is_read
}

#[test]
fn codes_of_sequential_files_are_read_as_libjpeg_reads_them() {
    let pictures = [Layout::Rgb, Layout::Grey, Layout::Cmyk].map(|layout| {
        [
            picture(203, 77, layout),
            noise(64, 49, layout),
            picture(1, 1, layout),
        ]
    });
    for pixels in pictures.as_flattened() {
        for chroma in [(1, 1), (2, 1), (2, 2), (1, 2)] {
            for quality in [3.0, 50.0, 92.0, 100.0] {
                for optimizes in [false, true] {
                    let file = file_of(pixels, chroma, quality, optimizes);
                    let promise = promise(&file).unwrap();
                    for scale in SCALES {
                        let is_read = agrees(&file, &promise, scale);
                        assert!(is_read, "{chroma:?} {quality} {optimizes} {scale:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn files_of_others_are_read_as_libjpeg_reads_them() {
    let folder = format!("{}/fixtures/jpeg", env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = fs::read(&path).unwrap();
        let Some(promise) = promise(&file) else {
            continue;
        };
        let is_truncated = path.ends_with("truncated.jpg");
        for scale in SCALES {
            let is_read = agrees(&file, &promise, scale);
            assert_eq!(is_read, !is_truncated, "{} {scale:?}", path.display());
        }
    }
}

proptest! {
    #[test]
    fn damaged_files_come_out_as_libjpeg_makes_them(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
        restarts in any::<bool>(),
        scale in prop::sample::select(&SCALES[..]),
    ) {
        let mut file = match restarts {
            true => fs::read(format!("{}/fixtures/jpeg/restart-intervals.jpg", env!("CARGO_MANIFEST_DIR"))).unwrap(),
            false => file_of(&picture(90, 70, Layout::Rgb), (2, 2), 85.0, true),
        };
        let Some(promise) = promise(&file) else {
            unreachable!("it is whole");
        };
        let data = file.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap() + 14;
        for (at, value) in damage {
            let at = data + at.index(file.len() - data);
            file[at] = value;
        }
        if is_cut {
            file.truncate(data + end.index(file.len() - data));
        }
        agrees(&file, &promise, scale);
    }
}
