//! Results that equal their golden images.

use super::*;

/// Each is named by its input and by what is asked of it; the golden image has the same name.
fn golden() -> Vec<(&'static str, &'static str, Vec<Choice>)> {
    let red = Choice::Background(Some(Rgb {
        r: 220,
        g: 40,
        b: 40,
    }));
    let padding = Choice::Padding(Padding {
        top: 1,
        right: 2,
        bottom: 3,
        left: 4,
    });
    let extend = |at| Extend {
        enabled: true,
        gravity: towards(at),
    };
    let crop = Crop {
        width: 0.5,
        height: 20.0,
        gravity: Some(Gravity::FocalPoint { x: 0.25, y: 0.75 }),
    };
    let fill =
        |width, height| [vec![kind(ResizingType::Fill)], size(width, height).to_vec()].concat();
    let fit = |width, height| size(width, height).to_vec();
    vec![
        ("png/rgb-8.png", "w:30", fit(30, 0)),
        (
            "png/rgb-8.png",
            "w:96_el:1",
            [fit(96, 0), vec![Choice::Enlarge(true)]].concat(),
        ),
        ("png/rgb-8.png", "rs:fill:20:20", fill(20, 20)),
        (
            "png/rgb-8.png",
            "rs:fill:20:30_g:ea",
            [fill(20, 30), vec![Choice::Gravity(towards(Compass::East))]].concat(),
        ),
        (
            "png/rgb-8.png",
            "rs:force:20:30_rot:90",
            [
                vec![kind(ResizingType::Force), Choice::Rotate(Turn::Quarter)],
                fit(20, 30),
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "c:0.5:20:fp:0.25:0.75",
            vec![Choice::Crop(crop)],
        ),
        (
            "png/rgb-8.png",
            "c:0.5:20:fp:0.25:0.75_w:15_rot:270",
            [
                vec![Choice::Crop(crop), Choice::Rotate(Turn::ThreeQuarters)],
                fit(15, 0),
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "s:60:40_ex:1:soea",
            [
                fit(60, 40),
                vec![Choice::Extend(extend(Compass::SouthEast))],
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "s:24:24_exar:1_pd:1:2:3:4_bg:dc2828",
            [
                fit(24, 24),
                vec![
                    Choice::ExtendAspectRatio(extend(Compass::Center)),
                    padding.clone(),
                    red.clone(),
                ],
            ]
            .concat(),
        ),
        ("png/exif-orientation-6.png", "w:24", fit(24, 0)),
        ("png/rgba-8.png", "w:24", fit(24, 0)),
        (
            "png/rgba-8.png",
            "w:24_bg:dc2828",
            [fit(24, 0), vec![red]].concat(),
        ),
        ("png/rgba-8-clear-edges-over-green.png", "w:20", fit(20, 0)),
        ("png/grey-8.png", "w:24", fit(24, 0)),
        ("png/grey-8.png", "pd:1:2:3:4", vec![padding]),
        (
            "png/palette-8.png",
            "w:24_dpr:1.5",
            [fit(24, 0), vec![Choice::Dpr(1.5)]].concat(),
        ),
        ("gif/transparent-arrow.gif", "w:24_f:png", fit(24, 0)),
        (
            "jpeg/photo-1200x800.jpg",
            "rs:fill:60:60_f:png",
            fill(60, 60),
        ),
    ]
}

#[test]
fn results_equal_their_golden_images() {
    for (fixture, ask, mut choices) in golden() {
        choices.push(Choice::Format(Format::Png));
        let found = made(fixture, &choices).bytes;
        let (_, input) = fixture.split_once('/').unwrap();
        let name = format!("{input}__{}.png", ask.replace(':', "-"));
        let path = fixtures().join("golden").join(&name);
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let decoded = |bytes: &[u8]| ::image::load_from_memory(bytes).unwrap();
        let golden =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if decoded(&golden) != decoded(&found) {
            let left = std::env::temp_dir().join(&name);
            std::fs::write(&left, &found).unwrap();
            panic!("{name} differs; the result is left at {}", left.display());
        }
    }
}
