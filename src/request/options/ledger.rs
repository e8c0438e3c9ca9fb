//! The choices read so far, and the values that a later option may leave as they are.

use crate::identify::Format;
use crate::transform::ask::{
    Autoquality, AutoqualityMethod, Choice, Colorize, Compass, Crop, CropAspectRatio, Duotone,
    Extend, Flip, Gradient, Gravity, JpegAsk, Monochrome, Padding, PngAsk, Rgb, Trim, UnsharpAsk,
    Watermark, WatermarkPosition, WebpAsk,
};

/// Where a choice was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::request) enum Origin {
    /// In the URL itself.
    #[default]
    Url,
    /// In a preset that the URL named, or in the default preset.
    Preset,
}

/// One choice and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::request) struct Chosen {
    pub(in crate::request) choice: Choice,
    pub(in crate::request) origin: Origin,
}

/// The choices of one request in the order of application.
///
/// Options may leave a slot blank (`padding::10`, `flip::1`, `gravity:no` after offsets were given); the
/// ledger remembers what was there, across presets too, so that every [`Choice`] it holds is complete and the
/// later of two of one kind says everything.
#[derive(Debug, Default)]
pub(in crate::request) struct Ledger {
    choices: Vec<Chosen>,
    origin: Origin,
    kept: Kept,
}

/// What blank slots keep.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Of the pipeline that is being read.
    pub(super) picture: Picture,
    /// Of the file, for all pipelines.
    pub(super) file: File,
}

/// What blank slots keep of one pipeline.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) padding: Padding,
    pub(super) flip: Flip,
    pub(super) gravity: Gravity,
    pub(super) crop: Crop,
    pub(super) crop_aspect_ratio: Option<CropAspectRatio>,
    pub(super) extend: Extend,
    pub(super) extend_aspect_ratio: Extend,
    pub(super) trim: Option<Trim>,
    pub(super) monochrome: Monochrome,
    pub(super) duotone: Duotone,
    pub(super) colorize: Colorize,
    pub(super) gradient: Gradient,
    pub(super) unsharp_masking: UnsharpAsk,
    pub(super) watermark: Watermark,
    pub(super) watermark_size: (u32, u32),
}

/// What blank slots keep of the file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) format_quality: Vec<(Format, u8)>,
    pub(super) skip_processing: Vec<Format>,
    pub(super) autoquality: Autoquality,
    pub(super) jpeg: JpegAsk,
    pub(super) png: PngAsk,
    pub(super) webp: WebpAsk,
}

impl Ledger {
    /// Says where the choices that follow are written.
    pub(super) fn begin(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// Adds a choice, which says everything by itself.
    pub(super) fn choose(&mut self, choice: Choice) {
        self.kept.note(&choice);
        self.choices.push(Chosen {
            choice,
            origin: self.origin,
        });
    }

    /// The choices, in order.
    pub(in crate::request) fn choices(&self) -> &[Chosen] {
        &self.choices
    }

    /// What blank slots keep of the pipeline that is being read.
    pub(super) const fn picture(&self) -> &Picture {
        &self.kept.picture
    }

    /// What blank slots keep of the file.
    pub(super) const fn file(&self) -> &File {
        &self.kept.file
    }

    /// Adds qualities by format to those so far, each over an earlier one of its format.
    pub(super) fn choose_format_quality(&mut self, pairs: &[(Format, u8)]) {
        let mut all = self.kept.file.format_quality.clone();
        for &(format, quality) in pairs {
            match all.binary_search_by_key(&format, |pair| pair.0) {
                Ok(at) => all[at].1 = quality,
                Err(at) => all.insert(at, (format, quality)),
            }
        }
        self.choose(Choice::FormatQuality(all));
    }

    /// Adds source formats that are returned as they are to those so far.
    pub(super) fn choose_skip_processing(&mut self, formats: &[Format]) {
        let mut all = self.kept.file.skip_processing.clone();
        for &format in formats {
            if let Err(at) = all.binary_search(&format) {
                all.insert(at, format);
            }
        }
        self.choose(Choice::SkipProcessing(all));
    }
}

impl Kept {
    fn note(&mut self, choice: &Choice) {
        if *choice == Choice::NextPipeline {
            self.picture = Picture::default();
        }
        self.picture.note(choice);
        self.file.note(choice);
    }
}

impl Picture {
    fn note(&mut self, choice: &Choice) {
        match choice {
            Choice::Padding(padding) => self.padding = *padding,
            Choice::Flip(flip) => self.flip = *flip,
            Choice::Gravity(gravity) => self.gravity = *gravity,
            Choice::Crop(crop) => self.crop = *crop,
            Choice::CropAspectRatio(ratio) => self.crop_aspect_ratio = *ratio,
            Choice::Extend(extend) => self.extend = *extend,
            Choice::ExtendAspectRatio(extend) => self.extend_aspect_ratio = *extend,
            Choice::Trim(trim) => self.trim = *trim,
            Choice::Monochrome(tint) => self.monochrome = *tint,
            Choice::Duotone(tints) => self.duotone = *tints,
            Choice::Colorize(color) => self.colorize = *color,
            Choice::Gradient(gradient) => self.gradient = *gradient,
            Choice::UnsharpMasking(unsharp) => self.unsharp_masking = *unsharp,
            Choice::Watermark(watermark) => self.watermark = *watermark,
            Choice::WatermarkSize { width, height } => self.watermark_size = (*width, *height),
            _ => {}
        }
    }
}

impl File {
    fn note(&mut self, choice: &Choice) {
        match choice {
            Choice::FormatQuality(pairs) => self.format_quality.clone_from(pairs),
            Choice::SkipProcessing(formats) => self.skip_processing.clone_from(formats),
            Choice::Autoquality(autoquality) => self.autoquality = autoquality.clone(),
            Choice::JpegOptions(jpeg) => self.jpeg = *jpeg,
            Choice::PngOptions(png) => self.png = *png,
            Choice::WebpOptions(webp) => self.webp = *webp,
            _ => {}
        }
    }
}

const BLACK: Rgb = Rgb { r: 0, g: 0, b: 0 };

impl Default for Picture {
    /// What a slot that was never given holds.
    fn default() -> Self {
        Self {
            padding: Padding::default(),
            flip: Flip::default(),
            gravity: Gravity::default(),
            crop: Crop::default(),
            crop_aspect_ratio: None,
            extend: Extend::default(),
            extend_aspect_ratio: Extend::default(),
            trim: None,
            monochrome: Monochrome {
                intensity: 0.0,
                color: Rgb {
                    r: 0xb3,
                    g: 0xb3,
                    b: 0xb3,
                },
            },
            duotone: Duotone {
                intensity: 0.0,
                shadows: BLACK,
                highlights: Rgb {
                    r: 255,
                    g: 255,
                    b: 255,
                },
            },
            colorize: Colorize {
                opacity: 0.0,
                color: BLACK,
                keep_alpha: false,
            },
            gradient: Gradient {
                opacity: 0.0,
                color: BLACK,
                direction: 0.0,
                start: 0.0,
                stop: 1.0,
            },
            unsharp_masking: UnsharpAsk::default(),
            watermark: Watermark {
                opacity: 0.0,
                position: WatermarkPosition::At(Compass::Center),
                x: 0.0,
                y: 0.0,
                scale: 0.0,
            },
            watermark_size: (0, 0),
        }
    }
}

impl Default for File {
    fn default() -> Self {
        Self {
            format_quality: Vec::new(),
            skip_processing: Vec::new(),
            autoquality: Autoquality {
                method: AutoqualityMethod::None,
                target: None,
                min: None,
                max: None,
                error: None,
            },
            jpeg: JpegAsk::default(),
            png: PngAsk::default(),
            webp: WebpAsk::default(),
        }
    }
}
