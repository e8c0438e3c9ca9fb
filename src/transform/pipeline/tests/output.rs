//! Chained pipelines, files by trial and by size, backgrounds that shine through, pages and marks.

use super::*;
use crate::image::Layout;
use crate::transform::geometry::Size;

const WIDE_OPEN: Variant = Variant {
    webp: true,
    avif: false,
    dpr_tenths: None,
    width: None,
    save_data: false,
};

fn read(fixture: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(fixture)).unwrap()
}

fn planned(file: &[u8], choices: &[Choice], variant: Variant) -> Plan {
    let transform = Transform::from_choices(choices);
    Plan::new(&transform, &defaults(), &facts_of(file), variant).unwrap()
}

fn red(alpha: f64) -> [Choice; 2] {
    let color = Rgb {
        r: 220,
        g: 40,
        b: 40,
    };
    [
        Choice::Background(Some(color)),
        Choice::BackgroundAlpha(alpha),
    ]
}

#[test]
fn a_chain_is_the_same_as_one_after_the_other() {
    let first = [Choice::Width(30), Choice::Rotate(Turn::Quarter)];
    let second = [
        kind(ResizingType::Fill),
        Choice::Width(12),
        Choice::Height(12),
        Choice::Gravity(towards(Compass::NorthWest)),
        Choice::Format(Format::Png),
    ];
    let chained = [&first[..], &[Choice::NextPipeline], &second[..]].concat();
    let at_once = seen("jpeg/orientation-6.jpg", &chained).to_rgb8();
    let between = [&first[..], &[Choice::Format(Format::Png)]].concat();
    let between = made("jpeg/orientation-6.jpg", &between).bytes;
    let facts = facts_of(&between);
    let plan = planned(&between, &second, Variant::default());
    let last = run(&between, &facts, &plan, None).unwrap().bytes;
    let one_by_one = ::image::load_from_memory(&last).unwrap().to_rgb8();
    assert_eq!(at_once, one_by_one);
}

#[test]
fn what_a_background_lets_through_stays_clear() {
    let padding = Choice::Padding(Padding {
        top: 2,
        ..Padding::default()
    });
    let half = [red(0.5).to_vec(), vec![padding.clone()]].concat();
    let image = seen("png/rgb-8-trns-arrow.png", &half).to_rgba8();
    assert_eq!(image.get_pixel(0, 0).0, [220, 40, 40, 128]);
    assert_eq!(image.get_pixel(24, 16).0, [220, 40, 40, 128]);
    assert_eq!(image.get_pixel(2, 4).0[3], 255);
    let jpeg = [half, vec![Choice::Format(Format::Jpeg)]].concat();
    let pixel = seen("png/rgb-8-trns-arrow.png", &jpeg).to_rgb8();
    // Half of the red over white.
    let off = pixel.get_pixel(24, 0).0;
    let near = |(found, expected): (u8, u8)| found.abs_diff(expected) < 12;
    assert!(off.into_iter().zip([237, 147, 147]).all(near), "{off:?}");
}

#[test]
fn quality_falls_until_the_file_is_small_enough() {
    let sized = |limit| {
        let choices = [Choice::Width(300), Choice::MaxBytes(limit)];
        made("jpeg/photo-1200x800.jpg", &choices).bytes.len()
    };
    let free = sized(0);
    assert_eq!(sized(free as u64), free);
    for limit in [free * 2 / 3, free / 3, free / 5] {
        assert!(sized(limit as u64) <= limit, "{limit} of {free}");
    }
    // The least quality is as small as it gets.
    assert!(sized(1) < free / 4);
}

#[test]
fn formats_without_a_quality_are_as_large_as_they_are() {
    let choices = [Choice::MaxBytes(1)];
    let plain = made("png/rgb-8.png", &[]).bytes;
    assert_eq!(made("png/rgb-8.png", &choices).bytes, plain);
}

#[test]
fn the_smallest_of_the_formats_comes_out() {
    let table = [
        ("jpeg/photo-1200x800.jpg", vec![Format::Jpeg, Format::WebP]),
        ("png/rgba-8.png", vec![Format::Png, Format::WebP]),
        ("png/palette-8.png", vec![Format::Png, Format::WebP]),
    ];
    for (fixture, formats) in table {
        let file = read(fixture);
        let width = Choice::Width(40);
        let plan = planned(&file, &[width.clone(), Choice::BestFormat], WIDE_OPEN);
        let best = run(&file, &facts_of(&file), &plan, None).unwrap();
        let tried: Vec<_> = formats
            .into_iter()
            .map(|format| made(fixture, &[width.clone(), Choice::Format(format)]))
            .collect();
        let least = tried.iter().map(|made| made.bytes.len()).min().unwrap();
        // By itself a format is written from the planes of a photograph, for a trial from its pixels.
        let off = best.bytes.len().abs_diff(least);
        assert!(off * 25 <= least, "{fixture}: {off} of {least}");
        let smallest = tried.iter().find(|made| made.bytes.len() == least);
        assert_eq!(
            smallest.map(|made| made.format),
            Some(best.format),
            "{fixture}"
        );
    }
}

#[test]
fn a_client_that_takes_only_what_everybody_takes_gets_that() {
    let photo = read("jpeg/photo-1200x800.jpg");
    let choices = [Choice::Width(60), Choice::BestFormat];
    let plan = planned(&photo, &choices, Variant::default());
    let made = run(&photo, &facts_of(&photo), &plan, None).unwrap();
    assert_eq!(made.format, Format::Jpeg);
    assert_eq!(facts_of(&made.bytes).format, Format::Jpeg);
}

#[test]
fn what_a_look_may_change_comes_out_whatever_is_seen() {
    let smart = [
        kind(ResizingType::Fill),
        Choice::Width(10),
        Choice::Height(30),
        Choice::Gravity(Gravity::Smart),
    ];
    let file = read("jpeg/orientation-6.jpg");
    let plan = planned(&file, &smart, Variant::default());
    let made = run(&file, &facts_of(&file), &plan, None).unwrap();
    assert_eq!((made.width, made.height), (10, 30));
}

#[test]
fn a_stack_is_as_high_as_its_pages() {
    let page = read("gif/animated-2-frames-once.gif");
    let facts = facts_of(&page);
    let plan = planned(
        &page,
        &[Choice::Pages(2), Choice::Format(Format::Png)],
        Variant::default(),
    );
    let made = run(&page, &facts, &plan, None).unwrap();
    assert_eq!((made.width, made.height), (facts.width, 2 * facts.height));
}

#[test]
fn a_mark_is_drawn_at_the_size_that_it_has_over_the_picture() {
    let mark = Mark {
        bytes: read("jpeg/orientation-6.jpg").into(),
        facts: facts_of(&read("jpeg/orientation-6.jpg")),
    };
    let watermark = |scale| {
        Choice::Watermark(crate::transform::ask::Watermark {
            opacity: 1.0,
            position: crate::transform::ask::WatermarkPosition::At(Compass::Center),
            x: 0.0,
            y: 0.0,
            scale,
        })
    };
    let url = || Choice::WatermarkUrl("mark".to_owned());
    let source = read("png/rgb-8.png");
    let under = Size {
        width: 480,
        height: 320,
    };
    for (scale, expected) in [(0.0, (48, 32)), (0.5, (240, 160)), (0.01, (5, 3))] {
        let plan = planned(&source, &[watermark(scale), url()], Variant::default());
        assert!(plan.needs_mark());
        let Work::Remade(steps) = plan.work() else {
            panic!("no pixels are made")
        };
        let marking = steps.stages[0].pass.mark.as_ref().unwrap();
        let drawn = mark::drawn(marking, Some(&mark), under).unwrap().unwrap();
        assert_eq!((drawn.width(), drawn.height()), expected, "{scale}");
        assert_eq!(drawn.layout(), Layout::Rgba);
        assert!(drawn.data().chunks_exact(4).all(|pixel| pixel[3] == 255));
        // Without the file, nothing is laid.
        assert!(mark::drawn(marking, None, under).unwrap().is_none());
    }
}
