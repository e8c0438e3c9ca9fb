//! Choices of a URL folded into one transform.

use super::{Choice, Transform};
use crate::identify::Format;
use std::collections::{BTreeMap, BTreeSet};

impl Transform {
    /// What the choices come to, applied from left to right: later ones overwrite.
    ///
    /// Qualities by format and formats to skip add up over repeated choices. Choices that say nothing about
    /// pixels (presets, which are applied by then, and what concerns the answer alone) are passed over.
    pub fn from_choices<'a>(choices: impl IntoIterator<Item = &'a Choice>) -> Self {
        let mut transform = Self::default();
        for choice in choices {
            transform.take(choice);
        }
        transform
    }

    fn take(&mut self, choice: &Choice) {
        if matches!(choice, Choice::NextPipeline) {
            self.pipelines.push(Self::default());
            return;
        }
        self.with_output(choice);
        if let Some(last) = self.pipelines.last_mut() {
            last.with_picture(choice);
        } else {
            self.with_picture(choice);
        }
    }

    /// What is asked of the picture, each pipeline for itself.
    fn with_picture(&mut self, choice: &Choice) {
        match choice {
            Choice::ResizingType(kind) => self.resizing_type = *kind,
            Choice::Width(width) => self.width = *width,
            Choice::Height(height) => self.height = *height,
            Choice::MinWidth(width) => self.min_width = *width,
            Choice::MinHeight(height) => self.min_height = *height,
            Choice::Zoom(zoom) => self.zoom = *zoom,
            Choice::Dpr(dpr) => self.dpr = *dpr,
            Choice::Enlarge(enlarge) => self.enlarge = *enlarge,
            Choice::Extend(extend) => self.extend = *extend,
            Choice::ExtendAspectRatio(extend) => self.extend_aspect_ratio = *extend,
            Choice::Gravity(gravity) => self.gravity = *gravity,
            Choice::Crop(crop) => self.crop = *crop,
            Choice::Padding(padding) => self.padding = *padding,
            Choice::Rotate(turn) => self.rotate = *turn,
            Choice::Flip(flip) => self.flip = *flip,
            Choice::Background(color) => self.background = *color,
            Choice::ResizingAlgorithm(kernel) => self.resizing_algorithm = *kernel,
            Choice::CropAspectRatio(ratio) => self.crop_aspect_ratio = *ratio,
            Choice::Trim(trim) => self.trim = *trim,
            Choice::BackgroundAlpha(alpha) => self.background_alpha = *alpha,
            Choice::Brightness(brightness) => self.brightness = *brightness,
            Choice::Contrast(contrast) => self.contrast = *contrast,
            Choice::Saturation(saturation) => self.saturation = *saturation,
            Choice::Monochrome(tint) => {
                self.monochrome = Some(*tint).filter(|tint| tint.intensity > 0.0);
            }
            Choice::Duotone(tints) => {
                self.duotone = Some(*tints).filter(|tints| tints.intensity > 0.0);
            }
            Choice::Blur(sigma) => self.blur = *sigma,
            Choice::Sharpen(sigma) => self.sharpen = *sigma,
            Choice::Pixelate(side) => self.pixelate = *side,
            Choice::UnsharpMasking(unsharp) => self.unsharp_masking = *unsharp,
            Choice::Colorize(color) => {
                self.colorize = Some(*color).filter(|color| color.opacity > 0.0);
            }
            Choice::Gradient(gradient) => {
                self.gradient = Some(*gradient).filter(|gradient| gradient.opacity > 0.0);
            }
            Choice::Watermark(watermark) => {
                self.watermark = Some(*watermark).filter(|watermark| watermark.opacity > 0.0);
            }
            Choice::WatermarkUrl(url) => self.watermark_url = given(url),
            Choice::WatermarkText(text) => self.watermark_text = given(text),
            Choice::WatermarkSize { width, height } => {
                self.watermark_size = Some((*width, *height)).filter(|size| *size != (0, 0));
            }
            _ => {}
        }
    }

    /// What is asked of source and file, once for all pipelines.
    fn with_output(&mut self, choice: &Choice) {
        match choice {
            Choice::Quality(quality) => {
                self.quality = Some(*quality).filter(|quality| *quality > 0)
            }
            Choice::FormatQuality(more) => self.format_quality = merged(&self.format_quality, more),
            Choice::Autoquality(autoquality) => self.autoquality = Some(autoquality.clone()),
            Choice::MaxBytes(bytes) => self.max_bytes = *bytes,
            Choice::JpegOptions(jpeg) => self.jpeg = *jpeg,
            Choice::PngOptions(png) => self.png = *png,
            Choice::WebpOptions(webp) => self.webp = *webp,
            Choice::AvifOptions(avif) => self.avif = *avif,
            Choice::Format(format) => (self.format, self.best_format) = (Some(*format), false),
            Choice::BestFormat => (self.format, self.best_format) = (None, true),
            Choice::AutoRotate(obey) => self.auto_rotate = Some(*obey),
            Choice::StripMetadata(strip) => self.strip_metadata = Some(*strip),
            Choice::KeepCopyright(keep) => self.keep_copyright = Some(*keep),
            Choice::Dpi(dpi) => self.dpi = Some(*dpi).filter(|dpi| *dpi > 0.0),
            Choice::PreserveHdr(preserve) => self.preserve_hdr = Some(*preserve),
            Choice::StripColorProfile(strip) => self.strip_color_profile = Some(*strip),
            Choice::Page(page) => self.page = *page,
            Choice::Pages(pages) => self.pages = (*pages).max(1),
            Choice::DisableAnimation(disable) => self.disable_animation = *disable,
            Choice::EnforceThumbnail(on) => self.enforce_thumbnail = Some(*on),
            Choice::MaxSrcPixels(pixels) => self.max_src_pixels = Some(*pixels),
            Choice::MaxAnimationFrames(frames) => self.max_animation_frames = Some(*frames),
            Choice::MaxAnimationFramePixels(pixels) => {
                self.max_animation_frame_pixels = Some(*pixels);
            }
            Choice::MaxResultDimension(side) => self.max_result_dimension = Some(*side),
            Choice::SkipProcessing(more) => {
                self.skip_processing = united(&self.skip_processing, more)
            }
            _ => {}
        }
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Qualities with later ones over earlier ones; 0 takes one back. Sorted, so that equal asks are equal values.
fn merged(earlier: &[(Format, u8)], later: &[(Format, u8)]) -> Vec<(Format, u8)> {
    let mut qualities = BTreeMap::new();
    qualities.extend(earlier.iter().copied());
    qualities.extend(later.iter().copied());
    qualities
        .into_iter()
        .filter(|(_, quality)| *quality > 0)
        .collect()
}

fn united(earlier: &[Format], later: &[Format]) -> Vec<Format> {
    let both: BTreeSet<_> = earlier.iter().chain(later).copied().collect();
    both.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{
        Compass, Crop, Extend, Flip, Gravity, Padding, ResizingType, Rgb, Turn, Zoom,
    };
    use super::*;

    const CORNER: Gravity = Gravity::Compass {
        at: Compass::NorthWest,
        x: 1.0,
        y: 2.0,
    };

    #[test]
    fn no_choices_are_the_default() {
        assert_eq!(Transform::from_choices(&[]), Transform::default());
    }

    #[test]
    fn each_choice_sets_its_own_field() {
        let none = Transform::default;
        let extend = Extend {
            enabled: true,
            gravity: CORNER,
        };
        let crop = Crop {
            width: 0.5,
            height: 20.0,
            gravity: Some(CORNER),
        };
        let flip = Flip {
            horizontal: true,
            vertical: false,
        };
        let padding = Padding {
            top: 1,
            right: 2,
            bottom: 3,
            left: 4,
        };
        let zoom = Zoom { x: 2.0, y: 3.0 };
        let red = Some(Rgb { r: 255, g: 0, b: 0 });
        #[rustfmt::skip]
        let table = [
            (Choice::ResizingType(ResizingType::Fill), Transform { resizing_type: ResizingType::Fill, ..none() }),
            (Choice::Width(7), Transform { width: 7, ..none() }),
            (Choice::Height(7), Transform { height: 7, ..none() }),
            (Choice::MinWidth(7), Transform { min_width: 7, ..none() }),
            (Choice::MinHeight(7), Transform { min_height: 7, ..none() }),
            (Choice::Zoom(zoom), Transform { zoom, ..none() }),
            (Choice::Dpr(1.5), Transform { dpr: 1.5, ..none() }),
            (Choice::Enlarge(true), Transform { enlarge: true, ..none() }),
            (Choice::Extend(extend), Transform { extend, ..none() }),
            (Choice::ExtendAspectRatio(extend), Transform { extend_aspect_ratio: extend, ..none() }),
            (Choice::Gravity(CORNER), Transform { gravity: CORNER, ..none() }),
            (Choice::Crop(crop), Transform { crop, ..none() }),
            (Choice::Padding(padding), Transform { padding, ..none() }),
            (Choice::AutoRotate(false), Transform { auto_rotate: Some(false), ..none() }),
            (Choice::Rotate(Turn::Half), Transform { rotate: Turn::Half, ..none() }),
            (Choice::Flip(flip), Transform { flip, ..none() }),
            (Choice::Background(red), Transform { background: red, ..none() }),
            (Choice::Quality(70), Transform { quality: Some(70), ..none() }),
            (Choice::Format(Format::WebP), Transform { format: Some(Format::WebP), ..none() }),
            (Choice::StripMetadata(false), Transform { strip_metadata: Some(false), ..none() }),
            (Choice::StripColorProfile(true), Transform { strip_color_profile: Some(true), ..none() }),
            (Choice::Raw(true), none()),
            (Choice::Cachebuster("x".into()), none()),
            (Choice::Expires(1), none()),
            (Choice::Filename("x".into()), none()),
            (Choice::ReturnAttachment(true), none()),
            (Choice::Preset(vec!["x".into()]), none()),
        ];
        for (choice, expected) in table {
            assert_eq!(Transform::from_choices([&choice]), expected, "{choice:?}");
        }
    }

    #[test]
    fn later_choices_overwrite_and_zero_takes_back() {
        let choices = [
            Choice::Width(1),
            Choice::Quality(70),
            Choice::Background(Some(Rgb { r: 1, g: 2, b: 3 })),
            Choice::Width(2),
            Choice::Quality(0),
            Choice::Background(None),
        ];
        let expected = Transform {
            width: 2,
            ..Transform::default()
        };
        assert_eq!(Transform::from_choices(&choices), expected);
    }

    #[test]
    fn qualities_by_format_and_skipped_formats_add_up() {
        let choices = [
            Choice::FormatQuality(vec![(Format::WebP, 70), (Format::Jpeg, 60)]),
            Choice::FormatQuality(vec![
                (Format::Jpeg, 50),
                (Format::WebP, 0),
                (Format::Avif, 40),
            ]),
            Choice::SkipProcessing(vec![Format::Gif]),
            Choice::SkipProcessing(vec![Format::Png, Format::Gif]),
        ];
        let transform = Transform::from_choices(&choices);
        assert_eq!(
            transform.format_quality,
            [(Format::Jpeg, 50), (Format::Avif, 40)]
        );
        assert_eq!(transform.skip_processing, [Format::Png, Format::Gif]);
    }
}
