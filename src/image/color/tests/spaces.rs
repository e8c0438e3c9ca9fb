//! Wide spaces and HDR, against matrices and curves by hand.

use super::*;

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
