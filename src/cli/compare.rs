//! `inkfish compare`: how much two pictures differ, and where.

mod map;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use serde_json::{Value, json};

use super::picture::seen;
use super::placing::{Over, place};
use crate::image::{Format, Pixels, encode};
use crate::optimize::comparison::{Comparison, Psnr, compare as compared, differences};

/// The most pixels of which a map is drawn: it takes fifty bytes for each.
const MAX_MAP_PIXELS: u64 = 50_000_000;

#[derive(Debug, clap::Args)]
pub(super) struct CompareArguments {
    /// The picture as it should look.
    a: PathBuf,
    /// The picture that is judged.
    b: PathBuf,
    /// Prints a JSON object instead; a ratio that is infinite is null there.
    #[arg(long)]
    json: bool,
    /// Draws where they differ into this file, as PNG: from yellow, where it shows, to red over a grey copy of A.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

/// Prints how much two pictures differ, each as it is seen: upright, in sRGB, of an animation the first picture.
///
/// # Errors
/// Files that cannot be read, pictures of different sizes, and a map that cannot be written.
pub(super) fn compare(
    arguments: CompareArguments,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let (a, b) = (seen(&arguments.a)?, seen(&arguments.b)?);
    ensure!(
        (a.width(), a.height()) == (b.width(), b.height()),
        "{} is {}x{} and {} is {}x{}: only pictures of one size are compared",
        arguments.a.display(),
        a.width(),
        a.height(),
        arguments.b.display(),
        b.width(),
        b.height(),
    );
    let found = compared(&a, &b)?;
    if let Some(path) = &arguments.map {
        place(&drawn(&a, &b)?, path, None, Over::Anything)?;
    }
    match arguments.json {
        true => writeln!(out, "{}", object(&found, &a))?,
        false => write!(out, "{}", lines(&found, &a))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The map of two pictures, as a file.
fn drawn(a: &Pixels, b: &Pixels) -> anyhow::Result<Vec<u8>> {
    let pixels = u64::from(a.width()) * u64::from(a.height());
    let most = MAX_MAP_PIXELS;
    ensure!(pixels <= most, "no map is drawn of more than {most} pixels");
    let map = map::drawn(a, &differences(a, b)?);
    Ok(encode::encode(&map, &encode::Options::new(Format::Png))?)
}

fn object(found: &Comparison, a: &Pixels) -> Value {
    let Psnr {
        red,
        green,
        blue,
        alpha,
        all,
    } = found.psnr;
    json!({
        "width": a.width(),
        "height": a.height(),
        "equal": all.is_infinite(),
        "ssimulacra2": found.score,
        "ssimulacra2_within_border": found.inner_score,
        // What is infinite becomes null.
        "psnr": { "red": red, "green": green, "blue": blue, "alpha": alpha, "all": all },
    })
}

fn lines(found: &Comparison, a: &Pixels) -> String {
    let psnr = found.psnr;
    let mut lines = vec![
        format!("size: {}x{}", a.width(), a.height()),
        format!("SSIMULACRA2: {:.2}", found.score),
    ];
    let inner = found.inner_score;
    lines.extend(inner.map(|score| format!("SSIMULACRA2 within the flat border: {score:.2}")));
    lines.push(format!("PSNR: {}", decibels(psnr.all)));
    lines.push(format!("PSNR red: {}", decibels(psnr.red)));
    lines.push(format!("PSNR green: {}", decibels(psnr.green)));
    lines.push(format!("PSNR blue: {}", decibels(psnr.blue)));
    let alpha = psnr.alpha;
    lines.extend(alpha.map(|alpha| format!("PSNR alpha: {}", decibels(alpha))));
    if psnr.all.is_infinite() {
        lines.push("every pixel is the same".to_owned());
    } else if Comparison::is_vague(a) {
        lines.push("the score says little of a picture this small".to_owned());
    }
    lines.join("\n") + "\n"
}

fn decibels(ratio: f64) -> String {
    match ratio.is_infinite() {
        true => "infinite".to_owned(),
        false => format!("{ratio:.2} dB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(all: f64) -> Comparison {
        let psnr = Psnr {
            red: f64::INFINITY,
            green: 40.0,
            blue: 41.5,
            alpha: None,
            all,
        };
        Comparison {
            score: 75.125,
            inner_score: Some(70.0),
            psnr,
        }
    }

    #[test]
    fn what_is_infinite_is_told_in_words_and_is_null_in_json() {
        let pixels = Pixels::filled(200, 150, crate::image::Layout::Rgb, &[1, 2, 3]);
        let text = lines(&found(42.0), &pixels);
        let expected = [
            "size: 200x150",
            "SSIMULACRA2: 75.12",
            "SSIMULACRA2 within the flat border: 70.00",
            "PSNR: 42.00 dB",
            "PSNR red: infinite",
            "PSNR green: 40.00 dB",
            "PSNR blue: 41.50 dB",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        assert!(lines(&found(f64::INFINITY), &pixels).ends_with("every pixel is the same\n"));
        let object = object(&found(42.0), &pixels);
        assert_eq!(object["psnr"]["red"], Value::Null);
        assert_eq!(object["psnr"]["green"], 40.0);
        assert_eq!(object["equal"], false);
    }
}
