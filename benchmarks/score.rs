//! Prints how close a picture is to another one by SSIMULACRA2: 100 is the same, 90 cannot be told apart, 70 is good.
//!
//! `score REFERENCE FILE…`: a line a file. All are of one size, in formats that Inkfish reads.

use std::path::Path;

use anyhow::{Context, bail};
use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use inkfish::identify::{Identified, identify};
use inkfish::image::decode::{How, Scale, decode};
use inkfish::image::{Layout, Pixels};

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args_os().skip(1);
    let reference = rgb(Path::new(&paths.next().context("no reference was named")?))?;
    for path in paths {
        let picture = rgb(Path::new(&path))?;
        println!("{:.3}", score(&reference, &picture)?);
    }
    Ok(())
}

fn score(reference: &Pixels, picture: &Pixels) -> anyhow::Result<f64> {
    Ok(compute_ssimulacra2(&slice(reference)?, &slice(picture)?)?)
}

fn slice(pixels: &Pixels) -> anyhow::Result<PixelSlice<'_>> {
    let (width, height) = (pixels.width(), pixels.height());
    let descriptor = PixelDescriptor::RGB8_SRGB;
    Ok(PixelSlice::new(
        pixels.data(),
        width,
        height,
        pixels.stride(),
        descriptor,
    )?)
}

/// The opaque pixels of a file, as they stand in it.
fn rgb(path: &Path) -> anyhow::Result<Pixels> {
    let file = std::fs::read(path).with_context(|| path.display().to_string())?;
    let Identified::Image(facts) = identify(&file, true) else {
        bail!("{}: no image", path.display());
    };
    let pixels = decode(&file, &facts, &How::at(Scale::Full))?;
    let (width, height) = (pixels.width(), pixels.height());
    let data = match pixels.layout() {
        Layout::Rgb => return Ok(pixels),
        Layout::Grey => pixels.data().iter().flat_map(|grey| [*grey; 3]).collect(),
        Layout::Rgba => pixels
            .data()
            .chunks_exact(4)
            .flat_map(|p| [p[0], p[1], p[2]])
            .collect(),
        Layout::Cmyk => bail!("{}: not in RGB", path.display()),
    };
    Ok(Pixels::new(width, height, Layout::Rgb, data))
}
