//! Colour spaces by number (ITU-T H.273), as profiles.

use std::sync::LazyLock;

use moxcms::{
    CicpColorPrimaries, ColorPrimaries, ColorProfile, ToneReprCurve, TransferCharacteristics,
    WHITE_POINT_D65, WHITE_POINT_DCI_P3, XyY, curve_from_gamma,
};

/// The white of a page, in candela a square metre (ITU-R BT.2408): what becomes the white of sRGB, or nearly.
const PAGE_WHITE: f64 = 203.0;

/// The brightest that is told apart: what HDR pictures are mastered for.
const PEAK: f64 = 1_000.0;

/// Up to this share of the page's white light is left as it is; what is above is compressed.
const KNEE: f64 = 0.6;

const CURVE_POINTS: u32 = 4_096;

/// H.273, table 2 and 3.
const BT709: u8 = 1;
const UNSPECIFIED: u8 = 2;
const SRGB: u8 = 13;
const PQ: u8 = 16;
const HLG: u8 = 18;

static OF_PQ: LazyLock<Vec<u16>> = LazyLock::new(|| compressed(pq));
static OF_HLG: LazyLock<Vec<u16>> = LazyLock::new(|| compressed(hlg));

/// The ICC profile of code points of ITU-T H.273: colour primaries, and transfer characteristics.
///
/// `None` where they mean sRGB, or nothing that is known here. What is unspecified is taken as sRGB's, and the curves
/// of video cameras as that of sRGB, as browsers do. The curves of HDR (PQ and HLG) are brought down to what a page
/// can show: light up to 60 % of the page's white (203 cd/m²) as it is, brighter light compressed, from 1000 cd/m²
/// on white.
pub fn profile_of_cicp(primaries: u8, transfer: u8) -> Option<Vec<u8>> {
    let primaries = if primaries == UNSPECIFIED {
        BT709
    } else {
        primaries
    };
    let transfer = if shown_as_srgb(transfer) {
        SRGB
    } else {
        transfer
    };
    if (primaries, transfer) == (BT709, SRGB) {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    profile.description = None;
    let (white, primaries) = chromaticities(primaries)?;
    profile.update_rgb_colorimetry(white, primaries);
    set_curve(&mut profile, curve(transfer)?);
    profile.encode().ok()
}

/// Gives a profile that names a curve of HDR the same curve compressed.
pub(super) fn tone_map(profile: &mut ColorProfile) {
    let transfer = profile.cicp.map(|cicp| cicp.transfer_characteristics);
    let transfer = match transfer {
        Some(TransferCharacteristics::Smpte2084) => PQ,
        Some(TransferCharacteristics::Hlg) => HLG,
        _ => return,
    };
    profile.cicp = None;
    if let Some(curve) = curve(transfer) {
        set_curve(profile, curve);
    }
}

fn set_curve(profile: &mut ColorProfile, curve: ToneReprCurve) {
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
}

/// sRGB, unspecified, and the curves of BT.709, BT.601 and BT.2020: those of cameras, which no screen inverts.
const fn shown_as_srgb(transfer: u8) -> bool {
    matches!(transfer, BT709 | UNSPECIFIED | 6 | SRGB | 14 | 15)
}

fn chromaticities(primaries: u8) -> Option<(XyY, ColorPrimaries)> {
    let named = CicpColorPrimaries::try_from(primaries).ok()?;
    let white = match named {
        CicpColorPrimaries::Smpte431 => WHITE_POINT_DCI_P3,
        CicpColorPrimaries::Bt709
        | CicpColorPrimaries::Bt470Bg
        | CicpColorPrimaries::Bt601
        | CicpColorPrimaries::Smpte240
        | CicpColorPrimaries::Bt2020
        | CicpColorPrimaries::Smpte432
        | CicpColorPrimaries::Ebu3213 => WHITE_POINT_D65,
        _ => return None,
    };
    Some((white, named.try_into().ok()?))
}

fn curve(transfer: u8) -> Option<ToneReprCurve> {
    Some(match transfer {
        SRGB => {
            ToneReprCurve::Parametric(vec![2.4, 1. / 1.055, 0.055 / 1.055, 1. / 12.92, 0.04045])
        }
        4 => curve_from_gamma(2.2),
        5 => curve_from_gamma(2.8),
        8 => ToneReprCurve::Lut(Vec::new()),
        PQ => ToneReprCurve::Lut(OF_PQ.clone()),
        HLG => ToneReprCurve::Lut(OF_HLG.clone()),
        _ => return None,
    })
}

/// The table of a curve that gives light in candela a square metre, brought down to what a page can show.
fn compressed(light: impl Fn(f64) -> f64) -> Vec<u16> {
    let last = f64::from(CURVE_POINTS - 1);
    let shown = |point| shown(light(f64::from(point) / last) / PAGE_WHITE);
    (0..CURVE_POINTS)
        .map(|point| (shown(point) * 65_535.0 + 0.5) as u16)
        .collect()
}

/// The light that is shown, of light in units of the page's white. Above the knee it is Reinhard's curve, extended
/// so that it reaches 1 at the peak, and as steep at the knee as what is below.
fn shown(light: f64) -> f64 {
    if light <= KNEE {
        return light.max(0.0);
    }
    let room = 1.0 - KNEE;
    let over = (light - KNEE) / room;
    let peak = (PEAK / PAGE_WHITE - KNEE) / room;
    let over = over.min(peak);
    KNEE + room * over * (1.0 + over / (peak * peak)) / (1.0 + over)
}

/// The light of PQ's signal (SMPTE ST 2084).
fn pq(signal: f64) -> f64 {
    const M1: f64 = 2_610.0 / 16_384.0;
    const M2: f64 = 2_523.0 / 32.0;
    const C1: f64 = 3_424.0 / 4_096.0;
    const C2: f64 = 2_413.0 / 128.0;
    const C3: f64 = 2_392.0 / 128.0;
    let power = signal.powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// The light of HLG's signal (ITU-R BT.2100) on a screen of the peak, each channel for itself.
fn hlg(signal: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    const C: f64 = 0.559_910_73;
    let scene = if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - C) / A).exp() + B) / 12.0
    };
    PEAK * scene.powf(1.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_hdr_are_those_of_their_standards() {
        // BT.2408, table 1: signals of the page's white, and of middle grey's 26 cd/m².
        for (light, expected) in [
            (pq(0.58), 203.0),
            (pq(0.38), 26.0),
            (pq(1.0), 10_000.0),
            (hlg(0.75), 203.0),
            (hlg(0.38), 26.0),
            (hlg(1.0), 1_000.0),
        ] {
            assert!((light / expected - 1.0).abs() < 0.04, "{light}: {expected}");
        }
    }

    #[test]
    fn what_is_shown_rises_to_white_and_dark_stays_as_it_is() {
        let steps = (0..=600).map(|step| shown(f64::from(step) / 100.0));
        let steps: Vec<f64> = steps.collect();
        assert!(steps.is_sorted());
        assert_eq!((steps[30], steps[600]), (0.3, 1.0));
        assert!((0.75..0.9).contains(&steps[100]), "{}", steps[100]);
        assert!((shown(KNEE + 1e-6) - KNEE - 1e-6).abs() < 1e-9, "no kink");
    }

    #[test]
    fn what_is_srgb_or_unknown_needs_no_profile() {
        for (primaries, transfer) in [
            (1, 13),
            (2, 2),
            (1, 1),
            (2, 13),
            (1, 6),
            (3, 13),
            (1, 99),
            (10, 13),
        ] {
            assert!(
                profile_of_cicp(primaries, transfer).is_none(),
                "{primaries}/{transfer}"
            );
        }
        for primaries in [5, 6, 7, 9, 11, 12, 22] {
            assert!(profile_of_cicp(primaries, 13).is_some(), "{primaries}");
        }
        for transfer in [4, 5, 8, 16, 18] {
            assert!(profile_of_cicp(1, transfer).is_some(), "{transfer}");
        }
    }
}
