use super::*;

const CORNER: Point = Point { x: 0, y: 0 };

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
    Point { x: left, y: top }.rect(size(width, height))
}

fn window(left: f64, top: f64, width: f64, height: f64) -> Window {
    Window {
        left,
        top,
        width,
        height,
    }
}

/// Pixels by a rule of column and row.
fn drawn<const CHANNELS: usize>(
    size: Size,
    layout: Layout,
    rule: impl Fn(u32, u32) -> [u8; CHANNELS],
) -> Pixels {
    let rows = 0..size.height;
    let data = rows
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| rule(x, y))
        .collect();
    Pixels::new(size.width, size.height, layout, data)
}

fn texture(size: Size) -> Pixels {
    drawn(size, Layout::Rgb, |x, y| {
        [
            (x * 7 % 256) as u8,
            (y * 5 % 256) as u8,
            ((x ^ y) % 256) as u8,
        ]
    })
}

fn sampled(pixels: &Pixels, sampling: &Sampling) -> Pixels {
    sample(pixels.clone(), sampling, Format::Png).unwrap()
}

#[test]
fn a_whole_image_at_its_own_size_is_not_moved() {
    let pixels = texture(size(20, 10));
    let before = pixels.data().as_ptr();
    let sampling = Sampling::whole(size(20, 10), size(20, 10));
    let after = sample(pixels, &sampling, Format::Png).unwrap();
    assert_eq!(after.data().as_ptr(), before);
}

#[test]
fn a_part_at_its_own_size_is_copied_exactly() {
    let pixels = texture(size(20, 10));
    let sampling = Sampling {
        view: rect(3, 2, 10, 6),
        window: window(2.0, 1.0, 4.0, 3.0),
        size: size(4, 3),
        ..Sampling::whole(size(20, 10), size(20, 10))
    };
    let expected = drawn(size(4, 3), Layout::Rgb, |x, y| {
        let (x, y) = (x + 5, y + 3);
        [(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]
    });
    assert!(sampled(&pixels, &sampling) == expected);
}

#[test]
fn scaling_what_is_shown_equals_scaling_all_and_cutting() {
    let (from, to) = (size(200, 160), size(75, 60));
    let pixels = texture(from);
    let whole = sampled(&pixels, &Sampling::whole(from, to));
    let step = 200.0 / 75.0;
    let shown = Sampling {
        window: window(11.0 * step, 7.0 * step, 40.0 * step, 30.0 * step),
        size: size(40, 30),
        ..Sampling::whole(from, to)
    };
    let part = sampled(&pixels, &shown);
    for (y, row) in part.rows().enumerate() {
        let expected = whole.rows().nth(y + 7).unwrap();
        let expected = &expected[11 * 3..51 * 3];
        let off = row.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(1), "row {y} is off by {off:?}");
    }
}

#[test]
fn nothing_outside_of_the_view_bleeds_in() {
    let from = size(100, 100);
    let pixels = drawn(from, Layout::Grey, |x, _| [if x < 50 { 10 } else { 250 }]);
    let left_half = Sampling {
        view: rect(0, 0, 50, 100),
        window: window(0.0, 0.0, 50.0, 100.0),
        size: size(10, 20),
        ..Sampling::whole(from, from)
    };
    let found = sampled(&pixels, &left_half);
    assert!(found.data().iter().all(|&value| value == 10));
}

#[test]
fn colour_under_clear_pixels_never_shows() {
    // Red where it is opaque, green where it is clear; the mixed pixels must be red at some alpha.
    let from = size(64, 64);
    let pixels = drawn(from, Layout::Rgba, |x, _| {
        if x < 30 {
            [200, 0, 0, 255]
        } else {
            [0, 255, 0, 0]
        }
    });
    let found = sampled(&pixels, &Sampling::whole(from, size(10, 10)));
    for pixel in found.data().chunks_exact(4) {
        let [red, green, _, alpha] = pixel else {
            unreachable!()
        };
        assert_eq!(*green, 0, "{pixel:?}");
        assert!(*alpha == 0 || red.abs_diff(200) <= 1, "{pixel:?}");
    }
    assert!(
        found
            .data()
            .chunks_exact(4)
            .any(|pixel| !matches!(pixel[3], 0 | 255))
    );
}

#[test]
fn an_opaque_image_with_alpha_stays_opaque_and_equals_the_one_without() {
    let (from, to) = (size(64, 48), size(20, 15));
    let plain = texture(from);
    let (colors, _) = plain.data().as_chunks::<3>();
    let data = colors
        .iter()
        .flat_map(|&[r, g, b]| [r, g, b, 255])
        .collect();
    let with_alpha = Pixels::new(64, 48, Layout::Rgba, data);
    let expected = sampled(&plain, &Sampling::whole(from, to));
    let found = sampled(&with_alpha, &Sampling::whole(from, to));
    let (expected, _) = expected.data().as_chunks::<3>();
    let (found, _) = found.data().as_chunks::<4>();
    for ([r, g, b, alpha], expected) in found.iter().zip(expected) {
        assert_eq!(([*r, *g, *b], *alpha), (*expected, 255));
    }
}

#[test]
fn only_the_view_decides_whether_there_is_transparency() {
    let pixels = drawn(size(4, 4), Layout::Rgba, |x, y| {
        [0, 0, 0, if (x, y) == (3, 3) { 254 } else { 255 }]
    });
    assert!(is_transparent(&pixels, CORNER.rect(size(4, 4))));
    assert!(!is_transparent(&pixels, CORNER.rect(size(3, 4))));
    assert!(!is_transparent(&pixels, CORNER.rect(size(4, 3))));
    assert!(is_transparent(&pixels, rect(3, 3, 1, 1)));
}

#[test]
fn scratch_memory_of_a_huge_job_is_given_back() {
    let from = size(2_000, 1_500);
    let pixels = Pixels::filled(2_000, 1_500, Layout::Rgba, &[1, 2, 3, 4]);
    sampled(&pixels, &Sampling::whole(from, size(100, 75)));
    let kept = RESIZER.with_borrow(Resizer::size_of_internal_buffers);
    assert!(kept <= KEPT_SCRATCH_BYTES, "{kept}");
}

#[test]
fn a_pixel_can_become_an_image_and_an_image_a_pixel() {
    for (from, to) in [(size(1, 1), size(300, 200)), (size(300, 200), size(1, 1))] {
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            let color = vec![77; layout.channels()];
            let pixels = Pixels::filled(from.width, from.height, layout, &color);
            let found = sampled(&pixels, &Sampling::whole(from, to));
            assert!(found.data().iter().all(|&value| value.abs_diff(77) <= 1));
        }
    }
}

#[test]
fn fit_scales_to_the_size_and_is_nothing_without_one() {
    let pixels = texture(size(20, 10));
    let found = fit(pixels.clone(), Some(size(10, 5)), Format::WebP).unwrap();
    assert_eq!((found.width(), found.height()), (10, 5));
    assert!(fit(pixels.clone(), None, Format::WebP).unwrap() == pixels);
}

/// The weight of a sample at a distance.
type Weight = fn(f64) -> f64;

/// One row scaled by the definition: every sample a mean of those under the kernel, which is stretched to shrink.
fn by_definition(row: &[f64], width: usize, kernel: Weight, support: f64) -> Vec<f64> {
    let step = row.len() as f64 / width as f64;
    let stretch = step.max(1.0);
    let at = |x: usize| {
        let center = (x as f64 + 0.5) * step;
        let weight = |i: usize| kernel((i as f64 + 0.5 - center) / stretch);
        let near = (0..row.len())
            .filter(|i| (*i as f64 + 0.5 - center).abs() <= support * stretch)
            .collect::<Vec<_>>();
        let sum: f64 = near.iter().map(|&i| weight(i)).sum();
        near.iter().map(|&i| weight(i) * row[i]).sum::<f64>() / sum
    };
    (0..width).map(at).collect()
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    match x {
        0.0..1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        1.0..2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

fn lanczos<const LOBES: u8>(x: f64) -> f64 {
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            (PI * x).sin() / (PI * x)
        }
    };
    let lobes = f64::from(LOBES);
    if x.abs() < lobes {
        sinc(x) * sinc(x / lobes)
    } else {
        0.0
    }
}

#[test]
fn each_kernel_is_the_one_of_its_name_at_both_depths() {
    let kernels: [(Kernel, Weight, f64); 4] = [
        (Kernel::Linear, triangle, 1.0),
        (Kernel::Cubic, catmull_rom, 2.0),
        (Kernel::Lanczos2, lanczos::<2>, 2.0),
        (Kernel::Lanczos3, lanczos::<3>, 3.0),
    ];
    let samples: Vec<u8> = (0..60_u32).map(|x| (x * x * 37 % 200 + 20) as u8).collect();
    let row: Vec<f64> = samples.iter().map(|&sample| sample.into()).collect();
    let shallow = Pixels::new(60, 1, Layout::Grey, samples);
    let deep = Pixels::new16(60, 1, Layout::Grey, shallow.clone().into_samples16());
    let mut results = Vec::new();
    for (kernel, function, support) in kernels {
        for width in [17, 41, 150] {
            let sampling = Sampling {
                kernel,
                ..Sampling::whole(size(60, 1), size(width, 1))
            };
            let expected = by_definition(&row, width as usize, function, support);
            let found = sampled(&shallow, &sampling);
            for (found, expected) in found.data().iter().zip(&expected) {
                let off = (f64::from(*found) - expected.clamp(0.0, 255.0)).abs();
                assert!(off <= 1.0, "{kernel:?} to {width} is off by {off}");
            }
            for (found, expected) in sampled(&deep, &sampling).samples16().iter().zip(&expected) {
                let off = (f64::from(*found) - (expected * 257.0).clamp(0.0, 65_535.0)).abs();
                assert!(off <= 4.0, "{kernel:?} to {width} is off by {off} of 65535");
            }
            results.push(found.into_data());
        }
    }
    results.sort();
    results.dedup();
    assert_eq!(results.len(), 12, "every kernel differs");
}

#[test]
fn the_nearest_pixel_is_taken_whole_even_where_it_is_half_clear() {
    let pixels = drawn(size(9, 9), Layout::Rgba, |x, y| {
        [x as u8 * 20, y as u8 * 20, 3, 77]
    });
    let sampling = Sampling {
        kernel: Kernel::Nearest,
        ..Sampling::whole(size(9, 9), size(3, 3))
    };
    let expected = drawn(size(3, 3), Layout::Rgba, |x, y| {
        [x as u8 * 60 + 20, y as u8 * 60 + 20, 3, 77]
    });
    assert!(sampled(&pixels, &sampling) == expected);
}

#[test]
fn half_of_the_light_is_188_and_half_of_the_samples_128() {
    let from = size(64, 64);
    let board = |x: u32, y: u32| if (x + y).is_multiple_of(2) { 255 } else { 0 };
    let grey = drawn(from, Layout::Grey, |x, y| [board(x, y)]);
    let rgb = drawn(from, Layout::Rgb, |x, y| [board(x, y); 3]);
    for pixels in [grey, rgb] {
        for (linear, expected) in [(false, 128_u8), (true, 188)] {
            let sampling = Sampling {
                linear,
                ..Sampling::whole(from, size(8, 8))
            };
            let center = |pixels: &Pixels| pixels.rows().nth(4).unwrap()[pixels.stride() / 2];
            let found = center(&sampled(&pixels, &sampling));
            assert!(found.abs_diff(expected) <= 1, "{linear}: {found}");
            let deep = Pixels::new16(64, 64, pixels.layout(), pixels.clone().into_samples16());
            let found = center(&sampled(&deep, &sampling).into_eight());
            assert!(
                found.abs_diff(expected) <= 1,
                "{linear}: {found} of 16 bits"
            );
        }
    }
}

#[test]
fn light_is_taken_from_the_view_alone() {
    let from = size(40, 20);
    let pixels = drawn(from, Layout::Rgba, |x, _| {
        if x < 20 {
            [90, 60, 30, 255]
        } else {
            [255, 255, 255, 9]
        }
    });
    let sampling = Sampling {
        view: rect(0, 0, 20, 20),
        window: window(0.0, 0.0, 20.0, 20.0),
        size: size(7, 7),
        linear: true,
        ..Sampling::whole(from, from)
    };
    let found = sampled(&pixels, &sampling);
    assert!(found == Pixels::filled(7, 7, Layout::Rgba, &[90, 60, 30, 255]));
}

#[test]
fn a_deep_gradient_keeps_more_than_256_levels() {
    let samples = (0..4_000).map(|x| x * 4).collect();
    let pixels = Pixels::new16(4_000, 1, Layout::Grey, samples);
    for linear in [false, true] {
        let sampling = Sampling {
            linear,
            ..Sampling::whole(size(4_000, 1), size(1_000, 1))
        };
        let mut levels = sampled(&pixels, &sampling).samples16().to_vec();
        levels.dedup();
        assert!(levels.len() > 900, "{linear}: {} levels", levels.len());
        assert!(levels.is_sorted());
    }
}

#[test]
fn deep_colour_under_clear_pixels_never_shows_nor_does_overshooting_tint_it() {
    let from = size(64, 8);
    let row = (0..64).flat_map(|x| match x {
        0..31 => [60_000, 20_000, 0, u16::MAX],
        _ => [0, 65_535, 0, 0],
    });
    let row: Vec<u16> = row.collect();
    let pixels = Pixels::new16(64, 8, Layout::Rgba, row.repeat(8));
    for linear in [false, true] {
        let sampling = Sampling {
            linear,
            ..Sampling::whole(from, size(21, 3))
        };
        let found = sampled(&pixels, &sampling);
        let (found, _) = found.samples16().as_chunks::<4>();
        for [red, green, _, alpha] in found {
            let tinted = red.abs_diff(60_000) > 600 || green.abs_diff(20_000) > 600;
            assert!(*alpha < 600 || !tinted, "{red} {green} at {alpha}");
        }
        assert!(
            found
                .iter()
                .any(|pixel| (1_000..60_000).contains(&pixel[3]))
        );
    }
}
