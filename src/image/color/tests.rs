use moxcms::ColorProfile;

use super::*;
use crate::identify::{ColorType, Facts};
use crate::image::Format;
use crate::image::decode::{How, Scale, decode};
use crate::image::testing::{difference, facts, picture};

const SWAPPED: &[u8] = include_bytes!("../../../fixtures/profiles/swapped-red-green.icc");
const GREY_DARK: &[u8] = include_bytes!("../../../fixtures/profiles/grey-dark.icc");
const CMYK: &[u8] = include_bytes!("../../../fixtures/profiles/cmyk.icc");

fn encoded(profile: &ColorProfile) -> Vec<u8> {
    profile.encode().unwrap()
}

#[test]
fn srgb_profiles_change_nothing() {
    let srgb = encoded(&ColorProfile::new_srgb());
    for layout in [Layout::Rgb, Layout::Rgba] {
        let pixels = picture(40, 30, layout);
        assert_eq!(to_srgb(pixels.clone(), Some(&srgb)).unwrap(), pixels);
        assert!(matches!(conversion(&srgb, layout), Conversion::Nothing));
    }
}

#[test]
fn colours_of_a_profile_are_converted_and_alpha_is_kept() {
    let swapped = to_srgb(
        Pixels::filled(3, 2, Layout::Rgba, &[250, 10, 30, 77]),
        Some(SWAPPED),
    );
    let pixels = swapped.unwrap();
    let wanted = Pixels::filled(3, 2, Layout::Rgba, &[10, 250, 30, 77]);
    assert!(
        difference(pixels.data(), wanted.data()) < 6.0,
        "{:?}",
        &pixels.data()[..4]
    );
}

#[test]
fn display_p3_grows_stronger_and_white_stays_white() {
    let p3 = encoded(&ColorProfile::new_display_p3());
    for (from, to) in [
        ([255, 255, 255], [255, 255, 255]),
        ([0, 0, 0], [0, 0, 0]),
        ([200, 100, 100], [213, 94, 97]),
        ([128, 128, 128], [128, 128, 128]),
    ] {
        let pixels = to_srgb(Pixels::filled(1, 1, Layout::Rgb, &from), Some(&p3)).unwrap();
        assert!(
            difference(pixels.data(), &to) <= 2.0,
            "{from:?}: {:?}",
            pixels.data()
        );
    }
}

#[test]
fn grey_stays_grey_in_another_curve() {
    let pixels = to_srgb(Pixels::filled(2, 2, Layout::Grey, &[128]), Some(GREY_DARK)).unwrap();
    assert_eq!(pixels.layout(), Layout::Grey);
    // 0.5 to the 4th is 0.0635 of the light, which is 0.28 in sRGB's curve.
    assert!(pixels.data()[0].abs_diff(71) <= 2, "{:?}", pixels.data());
    let ends = to_srgb(
        Pixels::new(2, 1, Layout::Grey, vec![0, 255]),
        Some(GREY_DARK),
    )
    .unwrap();
    assert_eq!(ends.data(), [0, 255]);
}

#[test]
fn inks_without_a_profile_go_by_the_formula() {
    for (ink, rgb) in [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([255, 0, 0, 0], [0, 255, 255]),
        ([0, 0, 0, 255], [0, 0, 0]),
        ([0, 51, 102, 127], [128, 102, 77]),
    ] {
        for unusable in [None, Some(b"no profile".as_slice()), Some(SWAPPED)] {
            let pixels = to_srgb(Pixels::filled(5, 5, Layout::Cmyk, &ink), unusable).unwrap();
            assert_eq!(pixels, Pixels::filled(5, 5, Layout::Rgb, &rgb), "{ink:?}");
        }
    }
}

#[test]
fn inks_with_a_profile_go_by_it() {
    for (ink, rgb) in [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([255, 255, 255, 255], [0, 0, 0]),
    ] {
        let pixels = to_srgb(Pixels::filled(9, 5, Layout::Cmyk, &ink), Some(CMYK)).unwrap();
        assert_eq!(pixels.layout(), Layout::Rgb);
        assert!(
            difference(&pixels.data()[..3], &rgb) < 25.0,
            "{ink:?}: {:?}",
            &pixels.data()[..3]
        );
    }
    let cyan = to_srgb(
        Pixels::filled(1, 1, Layout::Cmyk, &[255, 0, 0, 0]),
        Some(CMYK),
    )
    .unwrap();
    assert!(
        cyan.data()[0] < 100 && cyan.data()[2] > 150,
        "{:?}",
        cyan.data()
    );
}

#[test]
fn unusable_profiles_are_ignored() {
    let pixels = picture(20, 10, Layout::Rgb);
    let large = vec![0; MAX_PROFILE_BYTES + 1];
    for icc in [
        &b""[..],
        b"garbage",
        &SWAPPED[..200],
        CMYK,
        GREY_DARK,
        &large,
    ] {
        assert_eq!(to_srgb(pixels.clone(), Some(icc)).unwrap(), pixels);
    }
}

#[test]
fn damaged_profiles_never_panic() {
    for profile in [SWAPPED, GREY_DARK, CMYK] {
        for at in (0..profile.len()).step_by(3) {
            let mut damaged = profile.to_vec();
            damaged[at] ^= 0xff;
            for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba, Layout::Cmyk] {
                let pixels = Pixels::filled(2, 2, layout, &[7; 4][..layout.channels()]);
                let converted = to_srgb(pixels, Some(&damaged)).unwrap();
                assert_eq!((converted.width(), converted.height()), (2, 2));
            }
        }
    }
}

#[test]
fn only_the_last_conversions_are_kept() {
    for gamma in 0..40_u8 {
        let profile = encoded(&ColorProfile::new_gray_with_gamma(
            1.0 + f32::from(gamma) / 20.0,
        ));
        to_srgb(Pixels::filled(1, 1, Layout::Grey, &[90]), Some(&profile)).unwrap();
    }
    assert!(KEPT.lock().unwrap().len() <= KEPT_CONVERSIONS);
}

#[test]
fn fixtures_show_the_flag_once_converted() {
    let flag = include_bytes!("../../../fixtures/png/rgb-8.png");
    let flag = decode(flag, &facts(Format::Png, 48, 32), &How::at(Scale::Full)).unwrap();
    let cases: [(&str, Format, ColorType, Option<&[u8]>); 6] = [
        (
            "jpeg/cmyk-adobe-inverted.jpg",
            Format::Jpeg,
            ColorType::Cmyk,
            None,
        ),
        (
            "jpeg/ycck-adobe-inverted.jpg",
            Format::Jpeg,
            ColorType::Ycck,
            None,
        ),
        (
            "jpeg/cmyk-adobe-icc.jpg",
            Format::Jpeg,
            ColorType::Cmyk,
            Some(CMYK),
        ),
        (
            "jpeg/icc-swapped-red-green.jpg",
            Format::Jpeg,
            ColorType::Rgb,
            Some(SWAPPED),
        ),
        (
            "png/icc-swapped-red-green.png",
            Format::Png,
            ColorType::Rgb,
            Some(SWAPPED),
        ),
        (
            "webp/icc-swapped-red-green.webp",
            Format::WebP,
            ColorType::Rgb,
            Some(SWAPPED),
        ),
    ];
    for (name, format, color_type, icc) in cases {
        let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        let facts = Facts {
            color_type,
            ..facts(format, 48, 32)
        };
        let pixels = decode(&std::fs::read(path).unwrap(), &facts, &How::at(Scale::Full)).unwrap();
        let pixels = to_srgb(pixels, icc).unwrap();
        let off = difference(pixels.data(), flag.data());
        assert!(off < 14.0, "{name}: {off}");
    }
}
