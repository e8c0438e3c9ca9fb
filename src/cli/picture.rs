//! A file as the picture that it shows.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::identify::{Identified, identify};
use crate::image::decode::{How, Scale, decode};
use crate::image::{Format, Pixels};
use crate::transform::ask::{Transform, Variant};
use crate::transform::pipeline;
use crate::transform::plan::{Defaults, Plan};

/// The most pixels of a picture that is looked at.
const MAX_PIXELS: u64 = 100_000_000;

/// The most bytes of its file.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// The pixels of a file as they are seen: upright, in sRGB, 8 bits a sample; of an animation the first picture.
///
/// # Errors
/// A file that cannot be read, is no image, is too large or is broken.
pub(super) fn seen(path: &Path) -> anyhow::Result<Pixels> {
    pixels(path).with_context(|| format!("cannot read {}", path.display()))
}

fn pixels(path: &Path) -> anyhow::Result<Pixels> {
    let bytes = fs::metadata(path)?.len();
    anyhow::ensure!(
        bytes <= MAX_FILE_BYTES,
        "it has more than {} MiB",
        MAX_FILE_BYTES >> 20
    );
    let file = fs::read(path)?;
    let facts = match identify(&file, true) {
        Identified::Image(facts) => facts,
        Identified::NotAnImage(reason) => bail!("not an image: {reason}"),
        Identified::Unsupported(format) => bail!("{} is not read", format.name()),
        Identified::NeedsMore(_) => bail!("the header does not end"),
    };
    // A file without a loss carries what the pipeline makes of orientation, inks and profiles.
    let transform = Transform {
        format: Some(Format::Png),
        disable_animation: true,
        ..Transform::default()
    };
    let defaults = Defaults {
        max_src_pixels: MAX_PIXELS,
        max_result_dimension: 0,
        ..Defaults::default()
    };
    let plan = Plan::new(&transform, &defaults, &facts, Variant::default())?;
    let made = pipeline::run(&file, &facts, &plan, None)?;
    let Identified::Image(facts) = identify(&made.bytes, true) else {
        bail!("what was written is no image");
    };
    Ok(decode(&made.bytes, &facts, &How::at(Scale::Full))?)
}
