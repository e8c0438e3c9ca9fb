use moxcms::ColorProfile;
use proptest::prelude::*;

use super::*;
use crate::identify::{ColorType, Facts};
use crate::image::Format;
use crate::image::decode::{How, Scale, decode};
use crate::image::testing::{difference, facts, picture};

mod spaces;

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
        assert!(matches!(
            conversion(&srgb, layout, Depth::Eight),
            Conversion::Nothing
        ));
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
    // The profile's black shines a little, where the formula's does not.
    for (ink, rgb) in [
        ([0, 0, 0, 0], [255; 3]),
        ([0, 0, 0, 255], [14; 3]),
        ([255, 0, 0, 0], [0, 255, 255]),
        ([0, 255, 255, 0], [255, 0, 0]),
    ] {
        let pixels = to_srgb(Pixels::filled(9, 5, Layout::Cmyk, &ink), Some(CMYK)).unwrap();
        assert_eq!(pixels.layout(), Layout::Rgb);
        let off = difference(&pixels.data()[..3], &rgb);
        assert!(off < 6.0, "{ink:?}: {:?}", &pixels.data()[..3]);
    }
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
        // Densely within the header and the list of tags, where it tells most.
        for at in (0..200).step_by(3).chain((200..profile.len()).step_by(41)) {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn profiles_of_noise_and_mutated_profiles_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        which in 0..6_usize,
        end in any::<prop::sample::Index>(),
        deep: bool,
    ) {
        let mut profile = match which {
            0 => SWAPPED.to_vec(),
            1 => GREY_DARK.to_vec(),
            2 => CMYK.to_vec(),
            3 => encoded(&ColorProfile::new_display_p3()),
            4 => profile_of_cicp(9, 16).unwrap(),
            _ => include_bytes!("../../../fixtures/profiles/display-p3.icc").to_vec(),
        };
        for (n, (index, byte)) in at.iter().enumerate() {
            // Every other one within the header and the list of tags, where it tells most.
            let within = if n % 2 == 0 { profile.len() } else { profile.len().min(300) };
            profile[index.index(within)] = *byte;
        }
        if which % 2 == 0 {
            profile.truncate(end.index(profile.len()) + 1);
        }
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba, Layout::Cmyk] {
            let samples = vec![40_000; 6 * layout.channels()];
            let pixels = Pixels::new16(3, 2, layout, samples);
            let pixels = if deep { pixels } else { pixels.into_eight() };
            let converted = to_srgb(pixels, Some(&profile)).unwrap();
            prop_assert_eq!((converted.width(), converted.height()), (3, 2));
        }
    }
}

/// Every tag of the list points to the same table, which takes most of the profile.
#[test]
fn a_profile_that_lists_its_table_many_times_is_read_once_or_not_at_all() {
    let table = CMYK
        .windows(4)
        .position(|name| name == b"A2B0" || name == b"A2B1");
    let tag = &CMYK[table.unwrap()..][..12];
    for tags in [200_u32, 100_000] {
        let mut bomb = CMYK[..128].to_vec();
        bomb.extend(tags.to_be_bytes());
        let start = u32::from_be_bytes(tag[4..8].try_into().unwrap()) as usize;
        let length = u32::from_be_bytes(tag[8..].try_into().unwrap()) as usize;
        let at = 132 + tags * 12;
        for n in 0..tags {
            bomb.extend([b"A2B0", b"A2B1", b"A2B2", b"B2A0"][n as usize % 4]);
            bomb.extend(at.to_be_bytes());
            bomb.extend((length as u32).to_be_bytes());
        }
        bomb.extend(&CMYK[start..start + length]);
        let found = to_srgb(Pixels::filled(1, 1, Layout::Cmyk, &[0; 4]), Some(&bomb)).unwrap();
        assert!(
            found.data().iter().all(|sample| *sample > 230),
            "{:?}",
            found.data()
        );
    }
}
