use moxcms::ColorProfile;
use proptest::prelude::*;

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

const SRGB_PRIMARIES: [[f64; 2]; 3] = [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];
const P3_PRIMARIES: [[f64; 2]; 3] = [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]];
const ADOBE_PRIMARIES: [[f64; 2]; 3] = [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06]];
const REC2020_PRIMARIES: [[f64; 2]; 3] = [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]];
const D65: [f64; 2] = [0.3127, 0.3290];

type Matrix = [[f64; 3]; 3];

fn times(m: &Matrix, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
}

fn inverse(m: &Matrix) -> Matrix {
    let minor = |r: usize, c: usize| {
        let (r1, r2) = ((r + 1) % 3, (r + 2) % 3);
        let (c1, c2) = ((c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let determinant: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    std::array::from_fn(|r| std::array::from_fn(|c| minor(c, r) / determinant))
}

/// Linear RGB to XYZ, by the definition of primaries and white.
fn to_xyz(primaries: [[f64; 2]; 3]) -> Matrix {
    let xyz = |[x, y]: [f64; 2]| [x / y, 1.0, (1.0 - x - y) / y];
    let columns = primaries.map(xyz);
    let matrix: Matrix = std::array::from_fn(|r| std::array::from_fn(|c| columns[c][r]));
    let scale = times(&inverse(&matrix), xyz(D65));
    matrix.map(|row| std::array::from_fn(|c| row[c] * scale[c]))
}

fn srgb_light(sample: f64) -> f64 {
    if sample <= 0.04045 {
        sample / 12.92
    } else {
        ((sample + 0.055) / 1.055).powf(2.4)
    }
}

fn srgb_sample(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.0031308 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

/// What a colour of a space with the white of sRGB is in sRGB, from 0 to 1.
fn by_hand(color: [f64; 3], primaries: [[f64; 2]; 3], light: impl Fn(f64) -> f64) -> [f64; 3] {
    let xyz = times(&to_xyz(primaries), color.map(light));
    times(&inverse(&to_xyz(SRGB_PRIMARIES)), xyz).map(srgb_sample)
}

const COLORS: [[u8; 3]; 10] = [
    [255, 255, 255],
    [0, 0, 0],
    [128, 128, 128],
    [200, 100, 100],
    [100, 160, 90],
    [60, 80, 200],
    [255, 0, 0],
    [0, 255, 0],
    [30, 28, 25],
    [250, 200, 60],
];

/// A profile, and what it stands for: its primaries and the light of its samples.
type Space = (Vec<u8>, [[f64; 2]; 3], fn(f64) -> f64);

fn space(name: &str) -> Space {
    match name {
        "display p3" => (
            encoded(&ColorProfile::new_display_p3()),
            P3_PRIMARIES,
            srgb_light,
        ),
        "adobe rgb" => {
            let profile = encoded(&ColorProfile::new_adobe_rgb());
            (profile, ADOBE_PRIMARIES, |sample| sample.powf(2.199_218_75))
        }
        "rec. 2020 by number" => (
            profile_of_cicp(9, 14).unwrap(),
            REC2020_PRIMARIES,
            srgb_light,
        ),
        "p3 by number" => (profile_of_cicp(12, 13).unwrap(), P3_PRIMARIES, srgb_light),
        _ => (profile_of_cicp(1, 8).unwrap(), SRGB_PRIMARIES, |sample| {
            sample
        }),
    }
}

#[test]
fn wide_colours_land_where_they_must_at_both_depths() {
    for name in [
        "display p3",
        "adobe rgb",
        "rec. 2020 by number",
        "p3 by number",
        "linear",
    ] {
        let (profile, primaries, light) = space(name);
        for color in COLORS {
            let wanted = by_hand(
                color.map(|sample| f64::from(sample) / 255.0),
                primaries,
                light,
            );
            let pixels = Pixels::new(1, 1, Layout::Rgb, color.to_vec());
            let deep = Pixels::new16(1, 1, Layout::Rgb, pixels.clone().into_samples16());
            let found = to_srgb(pixels, Some(&profile)).unwrap();
            for (found, wanted) in found.data().iter().zip(wanted) {
                let off = (f64::from(*found) - wanted * 255.0).abs();
                assert!(
                    off < 2.0,
                    "{name} {color:?}: {found}, not {}",
                    wanted * 255.0
                );
            }
            let found = to_srgb(deep, Some(&profile)).unwrap();
            for (found, wanted) in found.samples16().iter().zip(wanted) {
                let off = (f64::from(*found) / 257.0 - wanted * 255.0).abs();
                assert!(
                    off < 0.75,
                    "{name} {color:?}: {found}, not {}",
                    wanted * 65_535.0
                );
            }
        }
    }
}

#[test]
fn deep_gradients_stay_deep_and_alpha_is_kept() {
    let (profile, ..) = space("display p3");
    let samples = (0..4_096_u16)
        .flat_map(|n| [n * 16, n * 8, n * 4, n])
        .collect();
    let pixels = Pixels::new16(4_096, 1, Layout::Rgba, samples);
    let found = to_srgb(pixels, Some(&profile)).unwrap();
    let (found, _) = found.samples16().as_chunks::<4>();
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(n, pixel)| usize::from(pixel[3]) == n)
    );
    let mut reds: Vec<u16> = found.iter().map(|pixel| pixel[0]).collect();
    assert!(reds.is_sorted());
    reds.dedup();
    assert!(reds.len() > 2_000, "{}", reds.len());
}

#[test]
fn deep_grey_goes_by_its_curve_and_deep_inks_come_out_in_eight_bits() {
    let samples = (0..=u16::MAX).collect();
    let greys = Pixels::new16(256, 256, Layout::Grey, samples);
    let found = to_srgb(greys, Some(GREY_DARK)).unwrap();
    assert!(found.samples16().is_sorted());
    let eight = to_srgb(Pixels::filled(1, 1, Layout::Grey, &[128]), Some(GREY_DARK)).unwrap();
    let deep = f64::from(found.samples16()[128 * 257]) / 257.0;
    assert!((deep - f64::from(eight.data()[0])).abs() <= 1.0, "{deep}");
    let inks = Pixels::new16(1, 1, Layout::Cmyk, vec![0, 0, 0, 65_535]);
    let found = to_srgb(inks, None).unwrap();
    assert_eq!(found, Pixels::filled(1, 1, Layout::Rgb, &[0, 0, 0]));
}

#[test]
fn hdr_is_bright_where_paper_is_and_dark_where_it_is_dark() {
    // BT.2408: signals of the page's white, of middle grey, of the peak, and of black.
    for (transfer, signals) in [
        (16, [0.58, 0.38, 0.7518, 0.0]),
        (18, [0.75, 0.38, 1.0, 0.0]),
    ] {
        let profile = profile_of_cicp(9, transfer).unwrap();
        let samples = signals
            .iter()
            .flat_map(|signal| [(signal * 65_535.0) as u16; 3]);
        let pixels = Pixels::new16(4, 1, Layout::Rgb, samples.collect());
        let found = to_srgb(pixels, Some(&profile)).unwrap().into_eight();
        let found: Vec<u8> = found.data().iter().step_by(3).copied().collect();
        let [white, middle, peak, black] = found[..] else {
            unreachable!()
        };
        assert!((220..=240).contains(&white), "{transfer}: {found:?}");
        // 26 of 203 is 0.128 of the light, which is 101 of 255.
        assert!((96..=106).contains(&middle), "{transfer}: {found:?}");
        assert!(peak >= 253 && black == 0, "{transfer}: {found:?}");
    }
}

#[test]
fn a_profile_that_names_a_curve_of_hdr_is_brought_down_too() {
    let samples = vec![(0.58 * 65_535.0) as u16; 3];
    for profile in [
        ColorProfile::new_bt2020_pq(),
        ColorProfile::new_display_p3_pq(),
    ] {
        let pixels = Pixels::new16(1, 1, Layout::Rgb, samples.clone());
        let found = to_srgb(pixels, Some(&encoded(&profile)))
            .unwrap()
            .into_eight();
        assert!(
            found.data().iter().all(|sample| *sample > 200),
            "{:?}",
            found.data()
        );
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
