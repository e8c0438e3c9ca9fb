//! The decisions behind a plan.

use std::iter;

use super::marking;
use super::peak;
use super::search::{self, Search};
use super::stages::{Staged, Target};
use super::steps::{Profile, Stage, Steps, Work};
use super::{Defaults, Error, Output, Plan, Reading, Selection};
use crate::identify::{ColorType, Facts};
use crate::image::{Depth, Format};
use crate::transform::ask::{Transform, Variant};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::Size;

/// What a plan is made from.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The ask, with what the client's headers add.
    pub(super) transform: &'a Transform,
    pub(super) defaults: &'a Defaults,
    pub(super) facts: &'a Facts,
    pub(super) variant: Variant,
}

impl Case<'_> {
    pub(super) fn plan(&self) -> Result<Plan, Error> {
        if self.stays_drawn() {
            return Ok(self.drawn());
        }
        if self.skips() {
            self.within_pixels(Reading::One)?;
            return Ok(self.untouched(Work::Passthrough));
        }
        self.remade()
    }

    /// The pipelines of the ask, each on the result of the one before.
    pub(super) fn pipelines(&self) -> impl Iterator<Item = &Transform> {
        iter::once(self.transform).chain(&self.transform.pipelines)
    }

    /// Whether the source is a drawing, which has no pixels until it is rendered.
    pub(super) fn is_drawing(&self) -> bool {
        self.facts.format == Format::Svg
    }

    /// Whether a drawing comes out as one: where that is asked for, or it may be passed on and no format is named.
    fn stays_drawn(&self) -> bool {
        let unnamed = self.transform.format.is_none() && !self.transform.best_format;
        let named = self.transform.format == Some(Format::Svg);
        self.is_drawing()
            && (named || self.skips() || unnamed && !self.defaults.always_rasterize_svg)
    }

    fn drawn(&self) -> Plan {
        if self.defaults.sanitize_svg {
            self.untouched(Work::Sanitised)
        } else {
            self.untouched(Work::Passthrough)
        }
    }

    /// Whether the source is returned as it is: its format is listed, and no other one is named.
    fn skips(&self) -> bool {
        let source = self.facts.format;
        let listed = self.transform.skip_processing.contains(&source)
            || self.defaults.skip_processing.contains(&source);
        let wanted = self.transform.format.is_none_or(|format| format == source);
        listed && wanted && !self.transform.best_format
    }

    /// A plan that makes no pixels.
    fn untouched(&self, work: Work) -> Plan {
        let size = Size {
            width: self.facts.width.max(1),
            height: self.facts.height.max(1),
        };
        Plan {
            format: self.facts.format,
            size: Dihedral::from(self.facts.orientation).size(size),
            peak_bytes: 0,
            work,
            mark: None,
            larger: None,
        }
    }

    fn remade(&self) -> Result<Plan, Error> {
        let source = self.facts.format;
        if !source.decodes() {
            self.within_pixels(Reading::One)?;
            return Err(Error::Undecodable { format: source });
        }
        match self.smallest()? {
            Some(plan) => Ok(plan),
            None => self.chosen(),
        }
    }

    /// The plan that looks for the smallest format, where that is wanted.
    fn smallest(&self) -> Result<Option<Plan>, Error> {
        if !self.tries_formats() {
            return Ok(None);
        }
        let reading = self.reading(Format::Jpeg);
        self.within_pixels(reading)?;
        let staged = self.staged(Target::Any, reading)?;
        let size = staged.result();
        if !self.tries_at(size) {
            return Ok(None);
        }
        Ok(Some(self.made(staged, reading, self.smallest_output())))
    }

    /// The plan for the format that was named, negotiated or preferred.
    fn chosen(&self) -> Result<Plan, Error> {
        let format = self.format();
        let reading = self.reading(format);
        self.within_pixels(reading)?;
        if !format.encodes() {
            return Err(Error::Unwritable { format });
        }
        let staged = self.staged(Target::Format(format), reading)?;
        Ok(self.made(staged, reading, self.output(format)))
    }

    fn made(&self, staged: Staged, reading: Reading, output: Output) -> Plan {
        let formats: Vec<_> = output.ways().map(|way| way.options.format).collect();
        let Staged {
            mut how,
            decoded,
            stages,
        } = staged;
        let profile = self.profile(&formats);
        let depth = self.depth(&output, &stages);
        how.deep = self.is_deep(reading) && (depth == Depth::Sixteen || self.converts(profile));
        let depth = if how.deep { depth } else { Depth::Eight };
        let mut steps = Steps {
            reading,
            how,
            decoded,
            depth,
            profile,
            stages,
            tags: self.tags(),
            output,
            max_mark_pixels: self.max_src_pixels(),
        };
        steps.output = self.demanding(&steps);
        Plan {
            larger: self.larger(&steps),
            format: steps.output.format(),
            size: steps.result(),
            peak_bytes: peak::bytes(&steps, self.facts),
            mark: marking::source(self.pipelines(), self.defaults),
            work: Work::Remade(Box::new(steps)),
        }
    }

    /// The output, with every search as the picture wants it: none where it has too many pixels to be measured, and a
    /// closer one where it has lost before.
    fn demanding(&self, steps: &Steps) -> Output {
        let size = steps.result();
        let pixels = u64::from(size.width) * u64::from(size.height);
        let most = self.defaults.searching.max_pixels;
        let score = search::least_score(steps, self.facts);
        let output = steps.output.clone();
        output.searching(|search| match search {
            Search::Score(_) if most > 0 && pixels > most => Search::Fixed,
            search => search.at_least(score),
        })
    }

    /// Whether the source has samples of more than 8 bits that can be had as they are.
    fn is_deep(&self, reading: Reading) -> bool {
        let facts = self.facts;
        let ink = matches!(facts.color_type, ColorType::Cmyk | ColorType::Ycck);
        facts.bit_depth > 8 && !ink && reading == Reading::One
    }

    /// Whether colours of another space become sRGB: of the few levels of a wide space, bands would show.
    fn converts(&self, profile: Profile) -> bool {
        profile == Profile::Convert && self.may_have_profile()
    }

    /// Whether a colour space may come with the pixels; that of some formats is known only when they are read whole.
    pub(super) fn may_have_profile(&self) -> bool {
        self.facts.icc || matches!(self.facts.format, Format::Avif | Format::Jxl)
    }

    /// How deep samples of more than 8 bits end up: as they are where that is wanted, and everything on the way to a
    /// file that holds them can carry them.
    fn depth(&self, output: &Output, stages: &[Stage]) -> Depth {
        let wanted = self
            .transform
            .preserve_hdr
            .unwrap_or(self.defaults.preserve_hdr);
        let main = &output.main().options;
        let held = match main.format {
            Format::Png => !main.png.quantize,
            Format::Tiff => true,
            _ => false,
        };
        let carried = |stage: &Stage| {
            let pass = &stage.pass;
            pass.filters.is_empty() && pass.mark.is_none() && stage.open.is_none()
        };
        let chosen = output.selection == Selection::First;
        if wanted && held && chosen && stages.iter().all(carried) {
            Depth::Sixteen
        } else {
            Depth::Eight
        }
    }

    /// What EXIF orientation comes to.
    pub(super) fn upright(&self) -> Dihedral {
        if self.auto_rotates() {
            self.facts.orientation.into()
        } else {
            Dihedral::Identity
        }
    }

    pub(super) fn auto_rotates(&self) -> bool {
        self.transform
            .auto_rotate
            .unwrap_or(self.defaults.auto_rotate)
    }
}
