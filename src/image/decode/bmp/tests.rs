use proptest::prelude::*;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::decode::{How, Scale, decode};
use crate::image::encode::encode;
use crate::image::testing::{options, picture};

fn decoded(file: &[u8]) -> Result<Pixels, Error> {
    match identify(file, true) {
        Identified::Image(facts) => decode(file, &facts, &How::at(Scale::Full)),
        other => Err(Error::broken(Format::Bmp, format!("{other:?}"))),
    }
}

#[test]
fn what_was_written_is_read_back() {
    for (width, height) in [(1, 1), (31, 17)] {
        let original = picture(width, height, Layout::Rgb);
        let file = encode(&original, &options(Format::Bmp)).unwrap();
        assert_eq!(decoded(&file).unwrap(), original);
    }
}

#[test]
fn a_bitmap_of_a_size_that_it_has_no_bytes_for_is_broken() {
    let mut file = encode(&picture(8, 8, Layout::Rgb), &options(Format::Bmp)).unwrap();
    for side in [9_u32, 65_535] {
        file[18..22].copy_from_slice(&side.to_le_bytes());
        let error = decoded(&file).unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..300, byte: u8, keep in 0_usize..300) {
        let mut file = encode(&picture(8, 8, Layout::Rgb), &options(Format::Bmp)).unwrap();
        if let Some(place) = file.get_mut(at) {
            *place = byte;
        }
        file.truncate(keep);
        if let Identified::Image(facts) = identify(&file, true)
            && u64::from(facts.width) * u64::from(facts.height) < 1 << 20
        {
            let _ = decode(&file, &facts, &How::at(Scale::Full));
        }
    }
}
