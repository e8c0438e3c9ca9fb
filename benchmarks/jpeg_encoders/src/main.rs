//! What JPEG encoders take for a folder of pictures at equal scores.
//!
//! `jpeg_encoders DIR EVERY` prints a line of JSON for one of EVERY pictures (PNG without alpha, JPEG) in the folders of
//! DIR: for each encoder and sampling of chroma, the bytes and the processor time at each score. One core is used.

mod curve;
mod encoders;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use curve::Curve;
use encoders::{Chroma, ENCODERS, Encoder};
use picture::{Judge, Picture};

/// The scores at which bytes are compared.
const SCORES: [f64; 3] = [60.0, 75.0, 85.0];

/// Pictures of more than this are cropped to it.
const MOST_PIXELS: u32 = 1_000_000;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: jpeg_encoders DIR EVERY";
    let folder = arguments.next().context(usage)?;
    let every = arguments.next().context(usage)?;
    let every: usize = every.to_str().context(usage)?.parse().context(usage)?;
    for path in pictures(&folder)?.iter().step_by(every) {
        let figures = figures(path).with_context(|| path.display().to_string())?;
        if let Some(figures) = figures {
            println!("{figures}");
        }
    }
    Ok(())
}

/// The files in the folders of a folder.
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

/// What all encoders make of a picture; nothing where it has alpha, which JPEG has not.
fn figures(path: &Path) -> Result<Option<Value>> {
    let Some(picture) = Picture::read(path)? else {
        return Ok(None);
    };
    let picture = picture.cropped(MOST_PIXELS);
    let judge = Judge::of(&picture)?;
    let encoders = ENCODERS.iter().map(|encoder| {
        let found = chromas(encoder, &picture, &judge).context(encoder.name)?;
        Ok((encoder.name.to_owned(), found))
    });
    Ok(Some(json!({
        "picture": path.file_stem().map(|stem| stem.to_string_lossy()),
        "class": path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()),
        "pixels": picture.pixels(),
        "encoders": encoders.collect::<Result<Map<_, _>>>()?,
    })))
}

/// What an encoder makes of a picture, by sampling of chroma.
fn chromas(encoder: &Encoder, picture: &Picture, judge: &Judge) -> Result<Value> {
    let found = [Chroma::Quarter, Chroma::Full].map(|chroma| {
        let mut curve =
            Curve::new(|quality| judge.written(|| (encoder.encode)(picture, chroma, quality)));
        Ok((chroma.name().to_owned(), at_scores(&mut curve)?))
    });
    found.into_iter().collect()
}

/// The points of a curve at all scores, by score.
fn at_scores(curve: &mut Curve<'_>) -> Result<Value> {
    let found = SCORES.map(|score| Ok((score.to_string(), json!(curve.at(score)?))));
    found.into_iter().collect()
}
