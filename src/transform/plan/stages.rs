//! The passes of a plan, one for each pipeline of the ask.

use super::case::Case;
use super::course::{Course, Scene};
use super::format::surrounds;
use super::steps::{ByLook, Flatten, Profile, Stage};
use super::{Decoded, Error, Marking, Reading, filters, sampling};
use crate::identify::ColorType;
use crate::image::Format;
use crate::image::decode::{How, Scale};
use crate::transform::ask::{Rgb, Transform, UnsharpMode};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::{Attention, Frame, Geometry, MAX_RESULT_PIXELS, Size};

/// The formats that the result may come out in, as far as the passes care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// This one.
    Format(Format),
    /// Any that holds what was made.
    Any,
}

impl Target {
    const fn format(self) -> Option<Format> {
        match self {
            Self::Format(format) => Some(format),
            Self::Any => None,
        }
    }

    fn holds_alpha(self) -> bool {
        self.format().is_none_or(Format::holds_alpha)
    }
}

/// How the source is decoded, and what is done with it.
pub(super) struct Staged {
    pub(super) how: How,
    pub(super) decoded: Size,
    pub(super) stages: Vec<Stage>,
}

impl Staged {
    /// The size of what comes out, as far as no look changes it.
    pub(super) fn result(&self) -> Size {
        self.stages
            .last()
            .map_or(self.decoded, |stage| stage.pass.result())
    }
}

impl Case<'_> {
    /// The passes, each on the result of the one before.
    pub(super) fn staged(&self, target: Target, reading: Reading) -> Result<Staged, Error> {
        let count = 1 + self.transform.pipelines.len();
        let (how, mut scene) = self.first_scene(target, reading)?;
        let decoded = Size {
            height: scene.decoded.size().height / reading.stacked(),
            ..scene.decoded.size()
        };
        let mut stages: Vec<Stage> = Vec::with_capacity(count);
        for (index, pipeline) in self.pipelines().enumerate() {
            let of_pass = if index + 1 == count {
                target
            } else {
                Target::Any
            };
            if let Some(before) = stages.last() {
                scene = self.next_scene(pipeline, of_pass, before.pass.result());
            }
            let course = self.course(pipeline, scene, of_pass, reading);
            stages.push(stage(course, stages.last())?);
        }
        Ok(Staged {
            how,
            decoded,
            stages,
        })
    }

    /// The size of what the first pass works on, as stored; a side of zero, which no header that was identified
    /// has, counts as one. A drawing that is too large for the limits is taken for a smaller one.
    pub(super) fn stored(&self, reading: Reading) -> Size {
        let size = Size {
            width: self.facts.width.max(1),
            height: self.facts.height.max(1).saturating_mul(reading.stacked()),
        };
        if self.is_drawing() {
            size.within(self.max_src_pixels().min(MAX_RESULT_PIXELS))
        } else {
            size
        }
    }

    fn frame(&self, pipeline: &Transform, target: Target, stored: Size) -> Frame {
        Frame {
            stored,
            orientation: Dihedral::from(pipeline.rotate).then(pipeline.flip.into()),
            max_result_dimension: self
                .transform
                .max_result_dimension
                .unwrap_or(self.defaults.max_result_dimension),
            enlarges: pipeline.enlarge,
            format: target.format(),
            attention: Attention::default(),
        }
    }

    fn first_scene(&self, target: Target, reading: Reading) -> Result<(How, Scene), Error> {
        let first = if self.transform.pipelines.is_empty() {
            target
        } else {
            Target::Any
        };
        let frame = self.frame(self.transform, first, self.stored(reading));
        let frame = Frame {
            orientation: self.upright().then(frame.orientation),
            enlarges: frame.enlarges || self.is_drawing(),
            ..frame
        };
        let geometry = Geometry::new(self.transform, &frame)?;
        let how = self.how(&frame, &geometry, reading);
        let decoded = match how.render {
            Some((width, height)) => Decoded::rendered(Size { width, height }, frame.stored),
            None => Decoded::at(how.scale, frame.stored, self.facts.format),
        };
        Ok((how, Scene { frame, decoded }))
    }

    fn next_scene(&self, pipeline: &Transform, target: Target, size: Size) -> Scene {
        Scene {
            frame: self.frame(pipeline, target, size),
            decoded: Decoded::whole(size),
        }
    }

    fn how(&self, frame: &Frame, geometry: &Geometry, reading: Reading) -> How {
        let trims = self.transform.trim.is_some();
        let shrinks = self.defaults.shrink_on_load && !trims && reading == Reading::One;
        let scale = if shrinks {
            sampling::scale(frame, geometry, self.facts)
        } else {
            Scale::Full
        };
        let rendered = match trims {
            true => frame.stored,
            false => sampling::rendered(frame, geometry, self.max_src_pixels()),
        };
        How {
            scale,
            page: self.page(),
            render: self
                .is_drawing()
                .then_some((rendered.width, rendered.height)),
            deep: false,
        }
    }

    fn course(
        &self,
        pipeline: &Transform,
        scene: Scene,
        target: Target,
        reading: Reading,
    ) -> Course {
        Course {
            transform: Transform {
                trim: pipeline.trim.filter(|_| !reading.moves()),
                pipelines: Vec::new(),
                ..pipeline.clone()
            },
            scene,
            linear: self.defaults.linear_light,
            unsharp: self.defaults.unsharp_masking,
            flatten: self.flatten(pipeline, target),
            mark: Marking::of(pipeline, self.defaults),
        }
    }

    /// The background that was asked for, or white where the format has no alpha.
    fn flatten(&self, pipeline: &Transform, target: Target) -> Option<Flatten> {
        let (background, alpha) = background(pipeline, target)?;
        let color_type = self.facts.color_type;
        let grey_source = matches!(color_type, ColorType::Grey | ColorType::GreyAlpha);
        Some(Flatten {
            background,
            alpha,
            // A profile may leave a tint, and so may anything else that is done.
            grey: grey_source
                && !self.may_have_profile()
                && background.is_grey()
                && self.pipelines().all(|pipeline| !self.tints(pipeline)),
        })
    }

    /// Whether a pipeline may bring colour to grey, but for what it lays around.
    fn tints(&self, pipeline: &Transform) -> bool {
        let unsharp = filters::settled(pipeline, &self.defaults.unsharp_masking);
        let filtered = filters::filters(pipeline, &unsharp, filters::Scaling::UpOrNone);
        let sharpened = unsharp.mode != UnsharpMode::None;
        !filtered.is_empty() || sharpened || pipeline.watermark.is_some()
    }

    pub(super) fn profile(&self, formats: &[Format]) -> Profile {
        let strips = self
            .transform
            .strip_color_profile
            .unwrap_or(self.defaults.strip_color_profile);
        match self.facts.color_type {
            ColorType::Cmyk | ColorType::Ycck => Profile::ConvertInk,
            _ if strips => Profile::Convert,
            ColorType::Rgb | ColorType::Rgba | ColorType::Palette
                if formats.iter().copied().all(holds_profile) =>
            {
                Profile::Keep
            }
            ColorType::Grey if self.stays_grey(formats) => Profile::Keep,
            _ => Profile::Convert,
        }
    }

    /// Whether grey pixels are grey in the file too, so that a profile for grey fits them.
    fn stays_grey(&self, formats: &[Format]) -> bool {
        let held = formats
            .iter()
            .all(|format| matches!(format, Format::Jpeg | Format::Png));
        let grey_around = |pipeline: &Transform| {
            let added = surrounds(pipeline) || pipeline.extend_aspect_ratio.enabled;
            !added || self.background_is_grey(pipeline, formats)
        };
        // Grey with alpha is decoded to colour.
        let mut pipelines = self.pipelines();
        held && !self.facts.alpha
            && pipelines.all(|pipeline| !self.tints(pipeline) && grey_around(pipeline))
    }

    fn background_is_grey(&self, pipeline: &Transform, formats: &[Format]) -> bool {
        let target = match formats {
            [format] if self.transform.pipelines.is_empty() => Target::Format(*format),
            _ => Target::Any,
        };
        self.flatten(pipeline, target)
            .is_some_and(|flatten| flatten.is_opaque() && flatten.background.is_grey())
    }
}

/// Decides a pass, as far as its course does without a look at its pixels.
fn stage(course: Course, before: Option<&Stage>) -> Result<Stage, Error> {
    let geometry = course.geometry(&course.scene)?;
    let pass = course.pass(&course.scene, &geometry);
    let resized = before.is_some_and(Stage::is_resized_by_look) || course.trim().is_some();
    let by_look = match course.looks(&geometry) {
        _ if resized => ByLook::Sizes,
        true => ByLook::Places,
        false => ByLook::Nothing,
    };
    Ok(Stage {
        pass,
        open: (by_look != ByLook::Nothing).then(|| Box::new(course)),
        by_look,
    })
}

/// The colour below transparency and its opacity.
fn background(pipeline: &Transform, target: Target) -> Option<(Rgb, u8)> {
    let default = || (!target.holds_alpha()).then_some((Rgb::WHITE, 255));
    let alpha = (pipeline.background_alpha * 255.0).round() as u8;
    match pipeline.background {
        Some(color) if alpha == 255 => Some((color, 255)),
        Some(color) if alpha > 0 && target.holds_alpha() => Some((color, alpha)),
        Some(color) if alpha > 0 => Some((over_white(color, alpha), 255)),
        _ => default(),
    }
}

/// What a partly transparent colour looks like where the format has no alpha.
fn over_white(color: Rgb, alpha: u8) -> Rgb {
    let mixed = |sample: u8| {
        let (sample, alpha) = (u32::from(sample), u32::from(alpha));
        ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    Rgb {
        r: mixed(color.r),
        g: mixed(color.g),
        b: mixed(color.b),
    }
}

const fn holds_profile(format: Format) -> bool {
    matches!(
        format,
        Format::Jpeg | Format::Png | Format::WebP | Format::Avif | Format::Tiff
    )
}
