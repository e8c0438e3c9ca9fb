//! Six colours by their character: vibrant and muted, each light, medium and dark.

use serde::Serialize;

use super::ask::DominantColorsAsk;
use super::palette::palette;

/// How many colours are chosen from.
const CANDIDATES: usize = 32;
/// Pixels less opaque than this are not looked at.
const LEAST_ALPHA: u8 = 125;
/// How much it matters to have the saturation, the lightness, and many pixels.
const WEIGHTS: [f64; 3] = [0.24, 0.52, 0.24];

/// A colour without alpha, as JSON has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) struct Color {
    r: u8,
    g: u8,
    b: u8,
}

/// The six, as far as the picture has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Dominant {
    #[serde(skip_serializing_if = "Option::is_none")]
    vibrant: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    light_vibrant: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dark_vibrant: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    light_muted: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dark_muted: Option<Color>,
}

/// A range with the value that is best.
#[derive(Clone, Copy)]
struct Aim {
    least: f64,
    best: f64,
    most: f64,
}

impl Aim {
    const fn new(least: f64, best: f64, most: f64) -> Self {
        Self { least, best, most }
    }

    fn takes(self, value: f64) -> bool {
        (self.least..=self.most).contains(&value)
    }
}

const VIBRANT: Aim = Aim::new(0.35, 1.0, 1.0);
const MUTED: Aim = Aim::new(0.0, 0.3, 0.4);
const LIGHT: Aim = Aim::new(0.55, 0.74, 1.0);
const MEDIUM: Aim = Aim::new(0.3, 0.5, 0.7);
const DARK: Aim = Aim::new(0.0, 0.26, 0.45);

/// Saturation and lightness of each of the six, in the order in which they choose.
const TARGETS: [(Aim, Aim); 6] = [
    (VIBRANT, LIGHT),
    (VIBRANT, MEDIUM),
    (VIBRANT, DARK),
    (MUTED, LIGHT),
    (MUTED, MEDIUM),
    (MUTED, DARK),
];

impl Dominant {
    /// Those of a picture. No colour is taken twice.
    pub(super) fn of(pixels: &[[u8; 4]], ask: DominantColorsAsk) -> Self {
        let mut found = chosen(pixels);
        if ask == DominantColorsAsk::BuildMissed {
            found = completed(found);
        }
        let colors = found.map(|color| color.map(Hsl::color));
        let [
            light_vibrant,
            vibrant,
            dark_vibrant,
            light_muted,
            muted,
            dark_muted,
        ] = colors;
        Self {
            vibrant,
            light_vibrant,
            dark_vibrant,
            muted,
            light_muted,
            dark_muted,
        }
    }
}

fn chosen(pixels: &[[u8; 4]]) -> [Option<Hsl>; 6] {
    let visible: Vec<_> = pixels
        .iter()
        .copied()
        .filter(|pixel| pixel[3] >= LEAST_ALPHA)
        .collect();
    if visible.is_empty() {
        return [None; 6];
    }
    let swatches = palette(&visible, CANDIDATES);
    let most = f64::from(swatches[0].count);
    let mut candidates: Vec<_> = swatches
        .iter()
        .map(|swatch| (Hsl::of(swatch.color), f64::from(swatch.count) / most))
        .collect();
    TARGETS.map(|target| {
        let scores = candidates
            .iter()
            .map(|&(color, share)| score(color, share, target));
        let (best, _) = scores
            .enumerate()
            .filter_map(|(index, score)| Some((index, score?)))
            .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        Some(candidates.remove(best).0)
    })
}

fn score(color: Hsl, share: f64, (saturation, lightness): (Aim, Aim)) -> Option<f64> {
    let fits = saturation.takes(color.saturation) && lightness.takes(color.lightness);
    let nearness = [
        1.0 - (color.saturation - saturation.best).abs(),
        1.0 - (color.lightness - lightness.best).abs(),
        share,
    ];
    let score = nearness
        .iter()
        .zip(WEIGHTS)
        .map(|(near, weight)| near * weight)
        .sum();
    fits.then_some(score)
}

/// Each that is missing is made from one that is not: of the same saturation if there is one, else of the same
/// lightness, else from any.
fn completed(found: [Option<Hsl>; 6]) -> [Option<Hsl>; 6] {
    std::array::from_fn(|index| {
        let (saturation, lightness) = TARGETS[index];
        let family = index / 3 * 3;
        let kin = [
            family + 1,
            family,
            family + 2,
            (index + 3) % 6,
            1,
            4,
            0,
            3,
            2,
            5,
        ];
        let made = kin.into_iter().find_map(|kin| found[kin]).map(|color| Hsl {
            hue: color.hue,
            saturation: if saturation.takes(color.saturation) || color.saturation == 0.0 {
                color.saturation
            } else {
                saturation.best
            },
            lightness: lightness.best,
        });
        found[index].or(made)
    })
}

/// Hue 0..6, saturation and lightness 0..=1.
#[derive(Clone, Copy)]
struct Hsl {
    hue: f64,
    saturation: f64,
    lightness: f64,
}

impl Hsl {
    fn of([r, g, b, _]: [u8; 4]) -> Self {
        let [r, g, b] = [r, g, b].map(|sample| f64::from(sample) / 255.0);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let (lightness, chroma) = ((most + least) / 2.0, most - least);
        if chroma == 0.0 {
            return Self {
                hue: 0.0,
                saturation: 0.0,
                lightness,
            };
        }
        let hue = if most == r {
            (g - b) / chroma + if g < b { 6.0 } else { 0.0 }
        } else if most == g {
            (b - r) / chroma + 2.0
        } else {
            (r - g) / chroma + 4.0
        };
        Self {
            hue,
            saturation: chroma / (1.0 - (2.0 * lightness - 1.0).abs()),
            lightness,
        }
    }

    fn color(self) -> Color {
        let chroma = (1.0 - (2.0 * self.lightness - 1.0).abs()) * self.saturation;
        let sample = |offset: f64| {
            let place = (self.hue + offset) % 6.0;
            let share = (2.0 - (place - 3.0).abs()).clamp(0.0, 1.0);
            let value = self.lightness - chroma / 2.0 + chroma * (1.0 - share);
            (value * 255.0).round() as u8
        };
        Color {
            r: sample(0.0),
            g: sample(4.0),
            b: sample(2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(r: u8, g: u8, b: u8) -> Option<Color> {
        Some(Color { r, g, b })
    }

    #[test]
    fn every_colour_survives_the_way_to_hue_and_back() {
        for r in (0..=255).step_by(15) {
            for (g, b) in (0..=255)
                .step_by(17)
                .flat_map(|g| [(g, 0), (g, 77), (g, 255)])
            {
                assert_eq!(Some(Hsl::of([r, g, b, 255]).color()), rgb(r, g, b));
            }
        }
    }

    #[test]
    fn each_colour_goes_where_its_character_is() {
        let pixels = [
            vec![[230, 25, 25, 255]; 50],
            vec![[10, 20, 90, 255]; 40],
            vec![[120, 130, 140, 255]; 80],
            vec![[0, 255, 0, 0]; 500],
        ]
        .concat();
        let expected = Dominant {
            vibrant: rgb(230, 25, 25),
            dark_vibrant: rgb(10, 20, 90),
            muted: rgb(120, 130, 140),
            ..Dominant::default()
        };
        assert_eq!(Dominant::of(&pixels, DominantColorsAsk::Found), expected);
    }

    #[test]
    fn what_is_missing_is_made_of_what_is_there() {
        let found = Dominant::of(&[[230, 25, 25, 255]], DominantColorsAsk::BuildMissed);
        assert_eq!(found.vibrant, rgb(230, 25, 25));
        let all = [
            found.light_vibrant,
            found.dark_vibrant,
            found.muted,
            found.light_muted,
        ];
        for color in all.into_iter().chain([found.dark_muted]) {
            let Color { r, g, b } = color.unwrap();
            assert!(r > g && g.abs_diff(b) <= 1, "{color:?}");
        }
        assert!(found.light_vibrant.unwrap().g > found.dark_vibrant.unwrap().r);
    }

    #[test]
    fn a_clear_picture_has_none() {
        for ask in [DominantColorsAsk::Found, DominantColorsAsk::BuildMissed] {
            assert_eq!(Dominant::of(&[[9, 9, 9, 0]], ask), Dominant::default());
        }
    }
}
