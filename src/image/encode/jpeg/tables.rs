//! Quantisation tables: those of mozjpeg, and our own.

use std::ptr;

use mozjpeg::qtable::{
    AhumadaWatsonPeterson, AnnexK_Chroma, AnnexK_Luma, Flat, KleinSilversteinCarney, MSSSIM_Chroma,
    MSSSIM_Luma, NRobidoux, PSNRHVS_Chroma, PSNRHVS_Luma, PetersonAhumadaWatson, QTable,
    WatsonTaylorBorthwick,
};
use mozjpeg::{CompInfoExt, Compress};
use mozjpeg_sys::JQUANT_TBL;

/// The number of our own tables, after those of mozjpeg: steps rise with the frequency and soon level off, where those of
/// the others rise to the end.
///
/// At scores of SSIMULACRA2 of 65 to 85 they take 0.91 to 0.92 times the bytes of those for MS-SSIM in 4:2:0 (0.93 to 0.95
/// without trellis), and 0.83 to 0.86 times in 4:4:4.
pub const OWN_QUANT_TABLES: u8 = 9;

/// The step of the mean of a block at a quality of 50.
const LEAST_STEP: f32 = 12.0;

/// The square of the frequency, in half waves a block, at which steps have risen by half of what they ever rise.
const HALF_WAY: f32 = 6.0;

/// By how many times the least step they rise, of luma and of chroma.
const RISES: [f32; 2] = [4.0, 2.5];

/// How much coarser steps of chroma are where there are four times as many samples of it.
const FULL_CHROMA: f32 = 2.3;

/// Sets the tables of luma and chroma that have a number, for a quality of 1..=100 and chroma whose samples have so many
/// pixels.
pub(super) fn set(compress: &mut Compress, number: u8, (quality, chroma_px): (u8, (u8, u8))) {
    let (luma, chroma) = match number {
        OWN_QUANT_TABLES => {
            let [luma, chroma] = own(quality, chroma_px);
            (table(compress, luma), table(compress, chroma))
        }
        _ => {
            let (luma, chroma) = of_mozjpeg(number);
            let quality = f32::from(quality);
            (
                Some(luma.scaled(quality, quality)),
                Some(chroma.scaled(quality, quality)),
            )
        }
    };
    if let (Some(luma), Some(chroma)) = (luma, chroma) {
        compress.set_luma_qtable(&luma);
        compress.set_chroma_qtable(&chroma);
    }
}

/// The steps of our own tables, in rows.
fn own(quality: u8, (across, down): (u8, u8)) -> [[u16; 64]; 2] {
    let least = LEAST_STEP * scale(quality.into());
    // Twice the samples, half the way.
    let coarser = FULL_CHROMA.powf(1.0 - f32::from(across * down).log2() / 2.0);
    [steps(least, RISES[0]), steps(least * coarser, RISES[1])]
}

fn steps(least: f32, rise: f32) -> [u16; 64] {
    std::array::from_fn(|at| {
        let squared = ((at / 8).pow(2) + (at % 8).pow(2)) as f32;
        let step = least * (1.0 + rise * squared / (squared + HALF_WAY));
        // Baseline holds no more.
        (step.round() as u16).clamp(1, 255)
    })
}

/// What libjpeg multiplies tables by at a quality.
fn scale(quality: f32) -> f32 {
    match quality < 50.0 {
        true => 50.0 / quality,
        false => (100.0 - quality) / 50.0,
    }
}

/// Steps as a table. The wrapper makes one of numbers only where it reads them off a component.
fn table(compress: &mut Compress, steps: [u16; 64]) -> Option<QTable> {
    let mut held = JQUANT_TBL::default();
    held.quantval = steps;
    let component = compress.components_mut().first_mut()?;
    let before = std::mem::replace(&mut component.quant_table, ptr::from_mut(&mut held));
    let table = component.qtable();
    component.quant_table = before;
    table
}

/// The tables for luma and chroma, numbered as mozjpeg does.
fn of_mozjpeg(number: u8) -> (&'static QTable, &'static QTable) {
    match number {
        1 => (&Flat, &Flat),
        2 => (&MSSSIM_Luma, &MSSSIM_Chroma),
        3 => (&NRobidoux, &NRobidoux),
        4 => (&PSNRHVS_Luma, &PSNRHVS_Chroma),
        5 => (&KleinSilversteinCarney, &KleinSilversteinCarney),
        6 => (&WatsonTaylorBorthwick, &WatsonTaylorBorthwick),
        7 => (&AhumadaWatsonPeterson, &AhumadaWatsonPeterson),
        8 => (&PetersonAhumadaWatson, &PetersonAhumadaWatson),
        _ => (&AnnexK_Luma, &AnnexK_Chroma),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_rise_with_the_frequency_and_fall_with_the_quality() {
        let [luma, chroma] = own(50, (2, 2));
        assert_eq!((luma[0], luma[1], luma[63], chroma[63]), (12, 19, 57, 40));
        assert_eq!(luma[1], luma[8], "rows are as columns");
        assert_eq!(own(100, (2, 2)), [[1; 64]; 2]);
        assert_eq!(own(1, (1, 1)), [[255; 64]; 2]);
    }

    #[test]
    fn more_samples_of_chroma_have_coarser_steps() {
        let step = |chroma_px| own(50, chroma_px)[1][0];
        assert_eq!([(2, 2), (2, 1), (1, 1)].map(step), [12, 18, 28]);
        assert_eq!(own(50, (1, 1))[0], own(50, (2, 2))[0]);
    }
}
