use super::*;

fn recipe_of(transform: &Transform, defaults: &Defaults) -> String {
    recipe(transform, defaults, Variant::default())
}

#[test]
fn each_default_that_changes_bytes_changes_the_recipe() {
    let none = defaults;
    #[rustfmt::skip]
    let table = [
        Defaults { quality: 81, ..none() },
        Defaults { format_quality: vec![(Format::WebP, 78)], ..none() },
        Defaults { format_quality: vec![], ..none() },
        Defaults { preferred_formats: vec![Format::Png, Format::Jpeg, Format::Gif], ..none() },
        Defaults { auto_rotate: false, ..none() },
        Defaults { strip_metadata: false, ..none() },
        Defaults { strip_color_profile: false, ..none() },
        Defaults { jpeg: encode::JpegOptions { progressive: true, ..none().jpeg }, ..none() },
        Defaults { webp: encode::WebpOptions { effort: 5, ..none().webp }, ..none() },
        Defaults { max_result_dimension: 16_383, ..none() },
        Defaults { skip_processing: vec![Format::Gif], ..none() },
        Defaults { enforced: vec![Format::WebP], ..none() },
        Defaults { shrink_on_load: false, ..none() },
        Defaults { keep_copyright: false, ..none() },
        Defaults { strip_metadata_dpi: 0.0, ..none() },
        Defaults { preserve_hdr: true, ..none() },
        Defaults { linear_light: true, ..none() },
        Defaults { png: encode::PngOptions { quantize: true, ..none().png }, ..none() },
        Defaults { avif: encode::AvifOptions { speed: 9, ..none().avif }, ..none() },
        Defaults { unsharp_masking: Unsharp { mode: UnsharpMode::Auto, ..Unsharp::default() }, ..none() },
        Defaults { unsharp_masking: Unsharp { weight: 2.0, ..Unsharp::default() }, ..none() },
        Defaults { max_animation_frames: 2, ..none() },
        Defaults { always_rasterize_svg: true, ..none() },
        Defaults { sanitize_svg: false, ..none() },
        Defaults { watermark_opacity: 0.5, ..none() },
        Defaults { watermark_digest: Some([1; 32]), ..none() },
        Defaults { watermark_digest: Some([2; 32]), ..none() },
        Defaults { best_format: true, ..none() },
        Defaults { best_format_max_pixels: 1, ..none() },
    ];
    let transform = Transform::default();
    let mut recipes: Vec<_> = table
        .iter()
        .map(|defaults| recipe_of(&transform, defaults))
        .collect();
    recipes.push(recipe_of(&transform, &none()));
    let silent = Variant::default;
    #[rustfmt::skip]
    let variants = [
        Variant { webp: true, ..silent() },
        Variant { avif: true, ..silent() },
        Variant { dpr_tenths: Some(20), ..silent() },
        Variant { width: Some(100), ..silent() },
        Variant { save_data: true, ..silent() },
    ];
    recipes.extend(variants.map(|variant| recipe(&transform, &none(), variant)));
    recipes.sort_unstable();
    recipes.dedup();
    assert_eq!(recipes.len(), table.len() + 1 + variants.len());
}

#[test]
fn a_default_that_the_url_overrides_or_that_only_refuses_leaves_the_recipe() {
    let said = Transform {
        quality: Some(70),
        auto_rotate: Some(true),
        strip_metadata: Some(true),
        strip_color_profile: Some(false),
        ..Transform::default()
    };
    let others = Defaults {
        quality: 10,
        format_quality: vec![(Format::Jpeg, 20)],
        auto_rotate: false,
        strip_metadata: false,
        strip_color_profile: true,
        max_animation_frame_pixels: 1,
        ..defaults()
    };
    assert_eq!(recipe_of(&said, &others), recipe_of(&said, &defaults()));
}

#[test]
fn each_part_of_the_ask_changes_the_recipe() {
    let none = Transform::default;
    let gravity = Gravity::FocalPoint { x: 0.5, y: 0.25 };
    let corner = Gravity::Compass {
        at: Compass::NorthWest,
        x: 0.0,
        y: 0.0,
    };
    let extend = Extend {
        enabled: true,
        gravity,
    };
    let crop = Crop {
        width: 0.5,
        height: 0.5,
        gravity: None,
    };
    let flip = |horizontal, vertical| Flip {
        horizontal,
        vertical,
    };
    #[rustfmt::skip]
    let table = [
        none(),
        Transform { resizing_type: ResizingType::Fill, ..none() },
        Transform { width: 1, ..none() },
        Transform { height: 1, ..none() },
        Transform { min_width: 1, ..none() },
        Transform { min_height: 1, ..none() },
        Transform { zoom: Zoom { x: 2.0, y: 1.0 }, ..none() },
        Transform { zoom: Zoom { x: 1.0, y: 2.0 }, ..none() },
        Transform { dpr: 2.0, ..none() },
        Transform { enlarge: true, ..none() },
        Transform { extend, ..none() },
        Transform { extend: Extend { enabled: true, gravity: corner }, ..none() },
        Transform { extend_aspect_ratio: extend, ..none() },
        Transform { gravity, ..none() },
        Transform { gravity: corner, ..none() },
        Transform { crop, ..none() },
        Transform { crop: Crop { gravity: Some(gravity), ..crop }, ..none() },
        Transform { padding: Padding { top: 1, ..Padding::default() }, ..none() },
        Transform { padding: Padding { left: 1, ..Padding::default() }, ..none() },
        Transform { auto_rotate: Some(false), ..none() },
        Transform { rotate: Turn::Half, ..none() },
        Transform { flip: flip(true, false), ..none() },
        Transform { flip: flip(false, true), ..none() },
        Transform { background: Some(Rgb::WHITE), ..none() },
        Transform { quality: Some(1), ..none() },
        Transform { format_quality: vec![(Format::Jpeg, 1)], ..none() },
        Transform { format: Some(Format::Png), ..none() },
        Transform { strip_metadata: Some(false), ..none() },
        Transform { strip_color_profile: Some(false), ..none() },
        Transform { skip_processing: vec![Format::Jpeg], ..none() },
        Transform { resizing_algorithm: Kernel::Cubic, ..none() },
        Transform { crop_aspect_ratio: Some(CropAspectRatio { ratio: 1.0, enlarge: false }), ..none() },
        Transform { crop_aspect_ratio: Some(CropAspectRatio { ratio: 1.0, enlarge: true }), ..none() },
        Transform { trim: Some(TRIM), ..none() },
        Transform { background_alpha: 0.5, ..none() },
        Transform { brightness: 1, ..none() },
        Transform { contrast: 2.0, ..none() },
        Transform { saturation: 2.0, ..none() },
        Transform { monochrome: Some(Monochrome { intensity: 1.0, color: Rgb::WHITE }), ..none() },
        Transform { duotone: Some(Duotone { intensity: 1.0, shadows: Rgb::WHITE, highlights: Rgb::WHITE }), ..none() },
        Transform { blur: 1.0, ..none() },
        Transform { sharpen: 1.0, ..none() },
        Transform { pixelate: 2, ..none() },
        Transform { unsharp_masking: UnsharpAsk { mode: Some(UnsharpMode::Always), ..UnsharpAsk::default() }, ..none() },
        Transform { colorize: Some(Colorize { opacity: 1.0, color: Rgb::WHITE, keep_alpha: false }), ..none() },
        Transform { gradient: Some(AskedGradient { opacity: 1.0, color: Rgb::WHITE, direction: 0.0, start: 0.0, stop: 1.0 }), ..none() },
        Transform { watermark: Some(WATERMARK), ..none() },
        Transform { watermark_url: Some("a".into()), ..none() },
        Transform { watermark_text: Some("a".into()), ..none() },
        Transform { watermark_size: Some((1, 2)), ..none() },
        Transform { max_bytes: 1, ..none() },
        Transform { jpeg: JpegAsk { progressive: Some(true), ..JpegAsk::default() }, ..none() },
        Transform { png: PngAsk { colors: Some(2), ..PngAsk::default() }, ..none() },
        Transform { webp: WebpAsk { smart_subsample: Some(true), ..WebpAsk::default() }, ..none() },
        Transform { avif: AvifAsk { subsample: Some(encode::AvifSubsample::Off) }, ..none() },
        Transform { best_format: true, ..none() },
        Transform { keep_copyright: Some(false), ..none() },
        Transform { dpi: Some(300.0), ..none() },
        Transform { preserve_hdr: Some(true), ..none() },
        Transform { page: 1, ..none() },
        Transform { pages: 2, ..none() },
        Transform { disable_animation: true, ..none() },
        Transform { max_animation_frames: Some(7), ..none() },
        Transform { max_result_dimension: Some(7), ..none() },
        Transform { pipelines: vec![none()], ..none() },
        Transform { pipelines: vec![fitted(1, 0)], ..none() },
        Transform { pipelines: vec![none(), none()], ..none() },
    ];
    let mut recipes: Vec<_> = table
        .iter()
        .map(|transform| recipe_of(transform, &defaults()))
        .collect();
    recipes.sort_unstable();
    recipes.dedup();
    assert_eq!(recipes.len(), table.len());
}
