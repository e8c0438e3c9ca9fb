//! The size of every result, to the pixel: the arithmetic of the URL contract through the whole server.

use crate::support::Gallery;

type Size = (u32, u32);

/// Asks for each row's options of a blank source and compares the size of the picture that comes.
#[track_caller]
fn check(gallery: &Gallery, table: &[(Size, &str, Size)]) {
    let mut connection = gallery.server.connect();
    for (source, options, expected) in table {
        let found = gallery.size(&mut connection, options, *source);
        assert_eq!(found, *expected, "{options} of {source:?}");
    }
}

#[test]
fn a_type_meets_a_box_in_its_own_way() {
    check(
        &Gallery::open(&[]),
        &[
            // One side: the other follows from the ratio, except under force, which keeps it.
            ((200, 100), "w:50", (50, 25)),
            ((200, 100), "h:50", (100, 50)),
            ((200, 100), "rt:fill/w:50", (50, 25)),
            ((200, 100), "rt:fill-down/h:50", (100, 50)),
            ((200, 100), "rt:force/w:50", (50, 100)),
            ((200, 100), "rt:force/h:30", (200, 30)),
            ((200, 100), "rt:auto/h:50", (100, 50)),
            // A box inside the source.
            ((200, 100), "rs:fit:50:50", (50, 25)),
            ((200, 100), "rs:fit:150:20", (40, 20)),
            ((100, 200), "rs:fit:50:50", (25, 50)),
            ((200, 100), "rs:fill:50:50", (50, 50)),
            ((200, 100), "rs:fill:150:20", (150, 20)),
            ((200, 100), "rs:fill-down:50:50", (50, 50)),
            ((200, 100), "rs:force:20:90", (20, 90)),
            // Auto fills where box and source lie alike; a square counts as landscape.
            ((200, 100), "rs:auto:60:50", (60, 50)),
            ((200, 100), "rs:auto:50:50", (50, 50)),
            ((200, 100), "rs:auto:50:60", (50, 25)),
            ((100, 200), "rs:auto:50:60", (50, 60)),
            ((100, 200), "rs:auto:60:50", (25, 50)),
            // A box that reaches beyond the source: no type enlarges.
            ((200, 100), "w:400", (200, 100)),
            ((200, 100), "rs:fit:400:50", (100, 50)),
            ((200, 100), "rs:fit:400:400", (200, 100)),
            ((200, 100), "rs:fill:400:400", (200, 100)),
            ((200, 100), "rs:fill:300:50", (200, 50)),
            ((200, 100), "rs:fill:100:150", (100, 100)),
            // Fill-down keeps the ratio of the box: 200 * 50 / 300 = 33.3, 100 * 100 / 150 = 66.7.
            ((200, 100), "rs:fill-down:300:50", (200, 33)),
            ((200, 100), "rs:fill-down:100:150", (67, 100)),
            ((200, 100), "rs:fill-down:400:400", (100, 100)),
            // Force does too: shrinks of 1/2 and 2 become 1 and 4.
            ((200, 100), "rs:force:400:50", (200, 25)),
            ((200, 100), "rs:force:400:400", (100, 100)),
        ],
    );
}

#[test]
fn sides_round_half_away_from_zero_and_never_vanish() {
    check(
        &Gallery::open(&[]),
        &[
            // 101 / 4 = 25.25, 102 / 4 = 25.5, 103 / 4 = 25.75.
            ((200, 101), "w:50", (50, 25)),
            ((200, 102), "w:50", (50, 26)),
            ((200, 103), "w:50", (50, 26)),
            ((640, 3), "w:8", (8, 1)),
            ((3, 640), "h:8", (1, 8)),
            ((1, 1), "rs:fit:1:1", (1, 1)),
            ((3, 7), "w:2", (2, 5)),
        ],
    );
}

#[test]
fn enlarge_lets_a_picture_grow_to_its_box() {
    check(
        &Gallery::open(&[]),
        &[
            ((20, 10), "w:40/el:1", (40, 20)),
            ((20, 10), "rs:fit:40:40:1", (40, 20)),
            ((20, 10), "rs:fill:40:40:1", (40, 40)),
            ((20, 10), "rs:fill-down:30:5:1", (30, 5)),
            ((20, 10), "rs:force:40:5:1", (40, 5)),
            ((20, 10), "s:0:40:1", (80, 40)),
            ((20, 10), "s:40:0:0", (20, 10)),
        ],
    );
}

#[test]
fn dpr_and_zoom_multiply_the_size() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "w:50/dpr:2", (100, 50)),
            ((200, 100), "w:50/dpr:1.5", (75, 38)),
            ((200, 100), "w:50/dpr:0.5", (25, 13)),
            ((200, 100), "w:50/dpr:5", (200, 100)),
            ((200, 100), "dpr:0.5", (100, 50)),
            ((200, 100), "dpr:2", (200, 100)),
            ((200, 100), "dpr:1.5/el:1", (300, 150)),
            // What is missing of the size is taken from dpr first.
            ((200, 100), "w:400/dpr:0.5", (200, 100)),
            ((200, 100), "w:400/dpr:0.25", (100, 50)),
            ((200, 100), "rs:fill:80:80/dpr:2", (100, 100)),
            ((200, 100), "z:0.5", (100, 50)),
            ((200, 100), "w:50/z:2", (100, 50)),
            ((200, 100), "rs:fit:50:50/z:2:1", (100, 25)),
            ((200, 100), "w:50/z:1:2", (50, 50)),
            ((200, 100), "z:3", (200, 100)),
            ((200, 100), "z:1.5/el:1", (300, 150)),
            ((200, 100), "rs:fill:40:40/z:2/dpr:1.25", (100, 100)),
        ],
    );
}

#[test]
fn least_sides_enlarge_and_the_excess_is_cut() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "mw:300", (300, 150)),
            ((200, 100), "mh:300", (600, 300)),
            ((200, 100), "mw:300/mh:300", (600, 300)),
            ((200, 100), "w:100/mw:50/mh:20", (100, 50)),
            // Scaled to 100x50 for the least width; the asked side cuts, an unset one does not.
            ((200, 100), "w:50/mw:100", (50, 50)),
            ((200, 100), "h:50/mh:100", (200, 50)),
            ((200, 100), "rs:fit:50:50/mw:100", (50, 50)),
            // 40x20 becomes 80x40, of which dpr makes 160x80; the box is 80x80.
            ((200, 100), "rs:fit:40:40/mh:40/dpr:2", (80, 80)),
        ],
    );
}

#[test]
fn extend_grows_the_canvas_to_the_box_or_its_ratio() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "rs:fit:50:50:0:1", (50, 50)),
            ((200, 100), "rs:fit:400:400:0:1", (400, 400)),
            ((200, 100), "s:400:0:0:1", (400, 100)),
            ((200, 100), "s:0:400:0:1", (200, 400)),
            ((200, 100), "rs:fill:300:50:0:1", (300, 50)),
            ((200, 100), "rs:fit:50:50/ex:1/dpr:2", (100, 100)),
            // At half the ratio the whole composition is half as large.
            ((200, 100), "s:400:400/ex:1/dpr:0.5", (200, 200)),
            ((200, 100), "s:400:400/ex:1/dpr:2", (400, 400)),
            // To the ratio: never beyond what one side needs.
            ((200, 100), "rs:fit:50:50/exar:1", (50, 50)),
            ((200, 100), "rs:fit:400:400/exar:1", (200, 200)),
            ((200, 100), "rs:fit:30:40/exar:1", (30, 40)),
            ((100, 200), "rs:fit:400:300/exar:1", (267, 200)),
            // Without both sides there is no ratio.
            ((200, 100), "w:50/exar:1", (50, 25)),
            ((200, 100), "rs:fit:50:50/ex:0/exar:0", (50, 25)),
        ],
    );
}

#[test]
fn a_crop_comes_before_the_resize() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "c:50:60", (50, 60)),
            ((200, 100), "c:50", (50, 100)),
            ((200, 100), "c:0:40", (200, 40)),
            ((200, 100), "c:0.5:0.25", (100, 25)),
            ((200, 100), "c:1:1", (1, 1)),
            ((200, 100), "c:50.9:60.9", (50, 60)),
            ((200, 100), "c:999:999", (200, 100)),
            ((200, 100), "c:0.001:0.001", (1, 1)),
            // 33 * 0.5 = 16.5.
            ((33, 33), "c:0.5:0.5", (17, 17)),
            ((200, 100), "c:100:100/w:50", (50, 50)),
            ((200, 100), "c:100:100/rs:fill:50:20", (50, 20)),
            ((200, 100), "c:50:50/w:100", (50, 50)),
            ((200, 100), "c:50:50/w:100/el:1", (100, 100)),
            ((200, 100), "c:100:50/dpr:0.5", (50, 25)),
        ],
    );
}

#[test]
fn padding_is_added_around_and_scaled_by_dpr() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "w:50/pd:10", (70, 45)),
            ((200, 100), "w:50/pd:10:5", (60, 45)),
            ((200, 100), "w:50/pd:1:2:3:4", (56, 29)),
            ((200, 100), "w:50/pd:1:2:3", (54, 29)),
            ((200, 100), "pd:0:7", (214, 100)),
            ((200, 100), "w:50/pd:10/dpr:2", (140, 90)),
            // 5 * 0.5 = 2.5 is rounded to even.
            ((200, 100), "w:50/pd:5/dpr:0.5", (29, 17)),
            // dpr does not get beyond 1 here, and neither does the padding.
            ((200, 100), "pd:10/dpr:3", (220, 120)),
            ((200, 100), "rs:fit:50:50/ex:1/pd:3", (56, 56)),
        ],
    );
}

#[test]
fn a_turn_swaps_the_sides_that_everything_else_is_said_of() {
    check(
        &Gallery::open(&[]),
        &[
            ((200, 100), "rot:90", (100, 200)),
            ((200, 100), "rot:180", (200, 100)),
            ((200, 100), "rot:270", (100, 200)),
            ((200, 100), "rot:450", (100, 200)),
            ((200, 100), "rot:90/w:50", (50, 100)),
            ((200, 100), "rot:90/rs:fill:50:20", (50, 20)),
            ((200, 100), "rot:90/c:30:40", (30, 40)),
            ((200, 100), "rot:270/c:0.5:0.25", (50, 50)),
            ((200, 100), "rot:90/rs:force:20:90", (20, 90)),
            ((200, 100), "rot:90/pd:1:2:3:4", (106, 204)),
            ((200, 100), "fl:1:1/w:50", (50, 25)),
        ],
    );
}

#[test]
fn an_orientation_of_exif_swaps_them_too_unless_it_is_ignored() {
    let gallery = Gallery::open(&[]);
    for orientation in 1..=8 {
        let file = format!("jpeg/orientation-{orientation}.jpg");
        let table = [
            ("", (48, 32), (32, 48)),
            ("w:24", (24, 16), (24, 36)),
            ("rs:fill:12:20", (12, 20), (12, 20)),
            ("c:10:20", (10, 20), (10, 20)),
            ("rot:90", (32, 48), (48, 32)),
            ("rot:90/w:16", (16, 24), (16, 11)),
        ];
        for (options, upright, sideways) in table {
            let ignored = format!("ar:0/{options}");
            let stored = if orientation < 5 { upright } else { sideways };
            let sizes = [options, ignored.trim_end_matches('/')]
                .map(|options| gallery.show(options, &file).size());
            assert_eq!(sizes, [upright, stored], "{options} of {file}");
        }
    }
}

#[test]
fn a_setting_ignores_orientation_where_the_url_is_silent() {
    let gallery = Gallery::open(&[("AUTO_ROTATE", "false")]);
    assert_eq!(gallery.show("", "jpeg/orientation-6.jpg").size(), (32, 48));
    assert_eq!(
        gallery.show("ar:1", "jpeg/orientation-6.jpg").size(),
        (48, 32)
    );
}

#[test]
fn a_result_past_the_limit_is_scaled_down_whole() {
    check(
        &Gallery::open(&[("MAX_RESULT_DIMENSION", "100")]),
        &[
            ((200, 100), "w:0", (100, 50)),
            ((20, 10), "w:400/el:1", (100, 50)),
            ((20, 10), "rs:fill:400:400:1", (100, 100)),
            ((20, 10), "s:400:400:0:1", (100, 100)),
            ((20, 10), "mw:1000", (100, 50)),
            ((200, 100), "w:50", (50, 25)),
        ],
    );
}

#[test]
fn shrinking_decoders_change_no_size() {
    let table = [
        ("w:599", (599, 399)),
        ("w:150", (150, 100)),
        ("w:7", (7, 5)),
        ("c:333:333:noea/w:100", (100, 100)),
    ];
    for disabled in ["false", "true"] {
        let gallery = Gallery::open(&[("DISABLE_SHRINK_ON_LOAD", disabled)]);
        for file in ["jpeg/photo-1200x800.jpg", "webp/photo-1200x800.webp"] {
            for (options, expected) in table {
                let size = gallery.show(options, file).size();
                assert_eq!(size, expected, "{options} of {file}, disabled: {disabled}");
            }
        }
    }
}

#[test]
fn sources_of_one_pixel_and_of_odd_sizes_work() {
    let gallery = Gallery::open(&[]);
    for extension in ["jpg", "png", "webp"] {
        let folder = if extension == "jpg" {
            "jpeg"
        } else {
            extension
        };
        let dot = format!("{folder}/size-1x1.{extension}");
        assert_eq!(gallery.show("", &dot).size(), (1, 1), "{dot}");
        assert_eq!(
            gallery.show("rs:fit:4:4:1/pd:1", &dot).size(),
            (6, 6),
            "{dot}"
        );
    }
    for odd in [
        "jpeg/size-17x13.jpg",
        "webp/size-17x13.webp",
        "png/grey-1-interlaced-17x13.png",
    ] {
        assert_eq!(gallery.show("", odd).size(), (17, 13), "{odd}");
        assert_eq!(gallery.show("w:9", odd).size(), (9, 7), "{odd}");
        assert_eq!(
            gallery.show("rs:fill:5:11/rot:90", odd).size(),
            (5, 11),
            "{odd}"
        );
    }
}
