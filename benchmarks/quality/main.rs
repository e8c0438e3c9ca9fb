//! What the optimizer makes of a folder of pictures, beside fixed qualities and beside sharp at its best.
//!
//! `bench_quality DIR EVERY [SHARP]` prints a line of JSON for one of EVERY PNGs in the folders of DIR, in no order.
//! SHARP is the folder where sharp and `encode.mjs` stand; without it there is nothing beside. All cores are used; what a
//! file costs is the processor time of the thread that made it.

mod dissimilarity;
mod oracle;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use inkfish::identify::{Identified, identify};
use inkfish::image::decode::{How, Scale, decode};
use inkfish::image::encode::{Options, encode};
use inkfish::image::{Format, Layout, Pixels};
use inkfish::optimize::{Abort, Goal, Kind, Stage, Target, comparison, kind, optimize};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use dissimilarity::dissimilarity;
use oracle::Oracle;

/// The score that is asked for.
const TARGET: f64 = 75.0;
/// That of graphics, which the optimizer holds to more.
const GRAPHIC_TARGET: f64 = 85.0;
const ERROR: f64 = 0.5;

/// The qualities at which each format is written besides, from the lowest.
const FIXED: [(Format, &[u8]); 3] = [
    (Format::Jpeg, &[55, 70, 80, 87, 90, 92, 94, 96]),
    (Format::WebP, &[60, 75, 85, 92, 96]),
    (Format::Avif, &[44, 56]),
];

/// What the refined stage has libwebp and libaom do.
const REFINED_EFFORT: u8 = 6;
const REFINED_SPEED: u8 = 6;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: bench_quality DIR EVERY [SHARP]";
    let folder = arguments.next().context(usage)?;
    let every = arguments.next().context(usage)?;
    let every: usize = every.to_str().context(usage)?.parse().context(usage)?;
    let sharp = arguments.next();
    let pictures: Vec<_> = pictures(&folder)?.into_iter().step_by(every).collect();
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| work(&pictures, &next, sharp.as_deref())))
            .collect();
        let mut ends = workers.into_iter().map(|worker| worker.join());
        ends.try_for_each(|end| end.expect("a worker ends"))
    })
}

/// The PNGs in the folders of a folder.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for class in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        for file in fs::read_dir(class?.path())? {
            found.push(file?.path());
        }
    }
    found.sort();
    Ok(found)
}

fn work(pictures: &[PathBuf], next: &AtomicUsize, sharp: Option<&Path>) -> Result<()> {
    let mut oracle = sharp.map(Oracle::start).transpose()?;
    while let Some(path) = pictures.get(next.fetch_add(1, Ordering::Relaxed)) {
        let picture = Picture::read(path)?;
        let figures = picture.figures(oracle.as_mut());
        println!("{}", figures.with_context(|| path.display().to_string())?);
    }
    Ok(())
}

/// A picture before any loss.
struct Picture<'a> {
    path: &'a Path,
    pixels: Pixels,
    target: f64,
}

impl<'a> Picture<'a> {
    fn read(path: &'a Path) -> Result<Self> {
        let pixels = decoded(&fs::read(path)?)?;
        let target = match kind(&pixels) {
            Kind::Graphic => GRAPHIC_TARGET,
            Kind::Photo => TARGET,
        };
        Ok(Self {
            path,
            pixels,
            target,
        })
    }

    fn figures(&self, oracle: Option<&mut Oracle>) -> Result<Value> {
        let mut figures = json!({
            "picture": self.path.file_stem().map(|stem| stem.to_string_lossy()),
            "class": self.path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()),
            "pixels": self.pixels.width() as u64 * self.pixels.height() as u64,
            "target": self.target,
        });
        for (format, qualities) in FIXED.iter().filter(|(format, _)| self.fits(*format)) {
            let fixed = |quality: &u8| self.fixed(*format, *quality);
            figures[format.name()] = json!({
                "fast": self.optimized(*format, Stage::Fast)?,
                "refined": self.optimized(*format, Stage::Refined)?,
                "fixed": qualities.iter().map(fixed).collect::<Result<Vec<_>>>()?,
            });
        }
        if let Some(oracle) = oracle.filter(|_| self.fits(Format::Jpeg)) {
            let score = |file: &[u8]| self.score(&decoded(file)?);
            figures["oracle"] = oracle.best(self.path, self.target, score)?;
        }
        Ok(figures)
    }

    /// Whether a format holds what there is: JPEG has no alpha.
    fn fits(&self, format: Format) -> bool {
        format != Format::Jpeg || self.pixels.layout() != Layout::Rgba
    }

    /// What the optimizer makes of it at a stage, and what that takes.
    fn optimized(&self, format: Format, stage: Stage) -> Result<Value> {
        let goal = Goal {
            target: Target {
                score: TARGET,
                error: ERROR,
            },
            quality: 1..=100,
            stage,
        };
        let way = way(format, stage);
        let begun = processor_ms();
        let made = optimize(&self.pixels, &[(&way, &goal)], &Abort::default())?;
        let cpu_ms = processor_ms() - begun;
        let mut figures = self.judged(&made.file, made.quality)?;
        figures["cpu_ms"] = json!(cpu_ms);
        figures["encodes"] = json!(made.encodes);
        Ok(figures)
    }

    /// The file of a quality, by the encoder alone.
    fn fixed(&self, format: Format, quality: u8) -> Result<Value> {
        let way = Options {
            quality,
            ..way(format, Stage::Refined)
        };
        self.judged(&encode(&self.pixels, &way)?, Some(quality))
    }

    fn judged(&self, file: &[u8], quality: Option<u8>) -> Result<Value> {
        let seen = decoded(file)?;
        Ok(json!({
            "bytes": file.len(),
            "quality": quality,
            "score": self.score(&seen)?,
            "dissimilarity": self.dissimilarity(&seen),
        }))
    }

    /// How dissimilar a file's brightness is; nothing where something is transparent.
    fn dissimilarity(&self, seen: &Pixels) -> Option<f64> {
        let is_opaque = |pixels: &Pixels| pixels.layout() != Layout::Rgba;
        (is_opaque(&self.pixels) && is_opaque(seen)).then(|| {
            let width = self.pixels.width() as usize;
            dissimilarity(&luma(&self.pixels), &luma(seen), width)
        })
    }

    /// The score of what a decoder made of a file, of all of it and of what lies within a flat border.
    fn score(&self, seen: &Pixels) -> Result<f64> {
        let found = comparison::compare(&self.pixels, seen)?;
        Ok(found.inner_score.unwrap_or(f64::INFINITY).min(found.score))
    }
}

/// How a format is written at a stage where neither URL nor settings say anything.
fn way(format: Format, stage: Stage) -> Options {
    let mut way = Options::new(format);
    if stage == Stage::Refined {
        way.jpeg.progressive = true;
        way.jpeg.trellis_quant = true;
        way.jpeg.overshoot_deringing = true;
        way.jpeg.optimize_scans = true;
        way.webp.effort = REFINED_EFFORT;
        way.avif.speed = REFINED_SPEED;
    }
    way
}

/// The brightness of opaque pixels.
fn luma(pixels: &Pixels) -> Vec<f32> {
    let of_rgb =
        |p: &[u8]| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
    match pixels.layout().channels() {
        1 => pixels.data().iter().map(|grey| f32::from(*grey)).collect(),
        channels => pixels.data().chunks_exact(channels).map(of_rgb).collect(),
    }
}

fn decoded(file: &[u8]) -> Result<Pixels> {
    let Identified::Image(facts) = identify(file, true) else {
        bail!("no image");
    };
    Ok(decode(file, &facts, &How::at(Scale::Full))?)
}

/// What this thread has had of a processor so far.
fn processor_ms() -> f64 {
    let taken = clock_gettime(ClockId::ThreadCPUTime);
    taken.tv_sec as f64 * 1e3 + taken.tv_nsec as f64 / 1e6
}
