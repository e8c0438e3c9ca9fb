use proptest::prelude::*;

use super::*;

#[test]
fn paths_are_written_in_their_shortest_form() {
    for (data, expected) in [
        ("M 10.0 20.0 L 30 40", "M10 20 30 40"),
        ("M10,20 L10,40 L30,40 Z", "M10 20v20h20z"),
        ("M 0 0 L 100 0 L 100 100 L 0 100 Z", "M0 0H100V100H0z"),
        ("m 100.5 100.5 l 0.5 -0.5", "m100.5 100.5.5-.5"),
        ("M0.5 0.25 L 0.75 0.125", "M.5.25.75.125"),
        ("M 1000 1000 L 1001 1001 L 1000 1002", "M1e3 1e3l1 1-1 1"),
        (
            "M0 0 C 1 1 2 2 3 3 C 4 4 5 6 7 8",
            "M0 0C1 1 2 2 3 3S5 6 7 8",
        ),
        ("M0 0 Q 1 2 2 0 Q 3 -2 4 0", "M0 0Q1 2 2 0T4 0"),
        ("M 0 0 A 10.0 10.0 0.0 0 1 20 0", "M0 0A10 10 0 0 1 20 0"),
        ("M 5 5 M 6 6 L 7 7", "M5 5M6 6 7 7"),
        ("M0 0 L 1 1 Z L 2 2", "M0 0 1 1zL2 2"),
        ("M 12.3456789012 98.7654321098", "M12.345679 98.765432"),
        ("M 0 0 L 0 0 L 0 0", "M0 0H0H0"),
    ] {
        let found = shorter(data);
        let found = found.as_deref().unwrap_or(data);
        assert_eq!(found.len(), expected.len(), "{data}: {found}");
        assert!(draws_the_same(data, found), "{data}: {found}");
    }
    assert_eq!(
        shorter("M10,20 L10,40 L30,40 Z").as_deref(),
        Some("M10 20V40H30z")
    );
}

#[test]
fn what_was_one_point_stays_one() {
    for (data, kept) in [
        // Half circles turn with the last digit of their ends.
        (
            "M 35.629282 40.026 A 13.316 13.316 0 1 0 8.997282,40.026 A 13.316 13.316 0 1 0 35.629282 40.026 z",
            "A13.316 13.316 0 1 0 8.997282 40.026 13.316 13.316 0 1 0 35.629282 40.026z",
        ),
        // Where it begins.
        (
            "M 11.79 167.103 L 385.483 164.865 L 11.79 167.103 z",
            "L11.79 167.103z",
        ),
        // Where a curve begins.
        (
            "M 9.1 9.2 C 1 2 3 4 530.78 17.9 C 530.78 17.9 82.3 17.8 90 17.9",
            "c0 0-448.48-.1-440.78 0",
        ),
    ] {
        let found = shorter(data).unwrap();
        assert!(found.ends_with(kept), "{found}");
    }
}

#[test]
fn what_ends_in_an_error_is_left() {
    for data in [
        "",
        "none",
        "L 1 1",
        "M 1 1 L 2",
        "M 1 1 L 2 2 x",
        "M 1e999 0 L 1 1",
        "M 1 1 Z 2 2",
        "M0 0A1 1 0 2 0 5 5",
    ] {
        assert_eq!(shorter(data), None, "{data}");
    }
}

#[test]
fn what_is_short_already_stays() {
    for data in ["M0 0h1v1z", "M9 9l1-1", "M0 0"] {
        assert_eq!(shorter(data), None, "{data}");
    }
}

#[test]
fn points_are_pairs_of_numbers() {
    for (text, expected) in [
        ("0,0 10.0,10.50 -5,0.5", Some("0 0 10 10.5-5 .5")),
        ("0.5,0.5", Some(".5.5")),
        ("1,2,", None),
        ("a", None),
    ] {
        assert_eq!(points(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_long_path_is_short_at_once() {
    let data = format!("M 0 0 {}", "l 1.50 -2.25 ".repeat(200_000));
    let short = shorter(&data).unwrap();
    assert!(short.len() * 4 < data.len() * 3, "{}", short.len());
}

/// A number as drawing programs write it.
fn number() -> impl Strategy<Value = String> {
    let plain = (-2000.0..2000.0_f64, 0_usize..9);
    prop_oneof![
        plain.prop_map(|(number, places)| format!("{number:.places$}")),
        (-9..9_i32).prop_map(|number| number.to_string()),
        (-99..99_i32, -6..6_i32).prop_map(|(number, power)| format!("{number}e{power}")),
        any::<f32>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
    ]
}

fn command() -> impl Strategy<Value = String> {
    let of = |letter: &'static str, count: usize| {
        let numbers = proptest::collection::vec(number(), count * 2..=count * 2);
        let spaces = prop_oneof![Just(" "), Just(","), Just(" , ")];
        (numbers, spaces, any::<bool>()).prop_map(move |(numbers, space, is_relative)| {
            let letter = match is_relative {
                true => letter.to_ascii_lowercase(),
                false => letter.to_owned(),
            };
            format!("{letter}{}", numbers.join(space))
        })
    };
    let single = (number(), "[HhVv]").prop_map(|(number, letter)| format!("{letter} {number}"));
    let arc = (
        number(),
        number(),
        number(),
        number(),
        "[aA]",
        "[01]",
        "[01]",
    )
        .prop_map(|(radius, angle, x, y, letter, large, sweep)| {
            format!("{letter}{radius} {radius} {angle} {large} {sweep} {x} {y}")
        });
    prop_oneof![
        of("M", 1),
        of("L", 1),
        of("L", 3),
        of("C", 3),
        of("S", 2),
        of("Q", 2),
        of("T", 1),
        single,
        arc,
        Just("z".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_path_draws_the_same_in_no_more_bytes(
        start in (number(), number()),
        commands in proptest::collection::vec(command(), 0..12),
    ) {
        let data = format!("M{} {}{}", start.0, start.1, commands.concat());
        if let Some(short) = shorter(&data) {
            prop_assert!(short.len() < data.len());
            prop_assert!(draws_the_same(&data, &short), "{short}");
        }
    }

    #[test]
    fn paths_of_curves_and_lines_are_all_found_again(
        start in (0..500_i32, 0..500_i32),
        steps in proptest::collection::vec((-50.0..50.0_f64, -50.0..50.0_f64), 1..20),
    ) {
        let steps: String = steps.iter().map(|(x, y)| format!("l {x:.4} , {y:.4} ")).collect();
        let data = format!("m {} {} {steps}", start.0, start.1);
        let short = shorter(&data);
        prop_assert!(short.is_some_and(|short| draws_the_same(&data, &short)), "{data}");
    }

    #[test]
    fn any_text_is_read_without_a_panic(data in "[MmLlHhVvCcSsQqTtAaZz0-9eE., +-]{0,60}") {
        if let Some(short) = shorter(&data) {
            prop_assert!(draws_the_same(&data, &short));
        }
    }
}
