//! Words as a picture, for watermarks.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::Tree;

use super::svg::{options, straight};
use super::{Error, Format, Layout, Pixels, panic_text, unwinding};

pub use super::fonts::FONT_SET;

/// The most characters of a text.
pub const MAX_CHARS: usize = 256;
/// The greatest height of letters, in pixels.
pub const MAX_HEIGHT_PX: f32 = 2048.0;
/// The largest picture of a text.
const MAX_PIXELS: u64 = 16_000_000;
/// Room around a text for what sticks out of its lines, in heights of its letters.
const MARGIN_EM: f32 = 0.5;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Red, green and blue.
    pub color: [u8; 3],
    /// The size of the font: the height of a line of capital and small letters, in pixels.
    pub height_px: f32,
}

/// Writes `text` in the sans-serif font that comes with the binary, one line for each of its own, cropped to what can
/// be seen of it. Characters that no font here has are left out or shown as a box.
///
/// # Errors
///
/// [`Error::Unwritable`] where the text is empty to the eye, has more than [`MAX_CHARS`] characters, or would make a
/// picture of more than 16 million pixels.
pub fn render(text: &str, ink: &Ink) -> Result<Pixels, Error> {
    if text.chars().count() > MAX_CHARS {
        return Err(unwritable("more than 256 characters"));
    }
    if !(1.0..=MAX_HEIGHT_PX).contains(&ink.height_px) {
        return Err(unwritable("letters of no such height"));
    }
    unwinding(
        || written(text, ink),
        |payload| Error::codec(Format::Svg, panic_text(&*payload)),
    )
}

fn unwritable(why: &str) -> Error {
    Error::unwritable(Format::Svg, format_args!("a text with {why}"))
}

fn written(text: &str, ink: &Ink) -> Result<Pixels, Error> {
    let document = document(text, ink);
    let tree =
        Tree::from_str(&document, &options()).map_err(|error| Error::codec(Format::Svg, error))?;
    let bounds = tree.root().abs_layer_bounding_box();
    let margin = (ink.height_px * MARGIN_EM).ceil();
    let side = |length: f32| (length + 2.0 * margin).ceil() as u32;
    let (width, height) = (side(bounds.width()), side(bounds.height()));
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(unwritable("more than 16 million pixels"));
    }
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| unwritable("no room"))?;
    let place = Transform::from_translate(margin - bounds.x(), margin - bounds.y());
    resvg::render(&tree, place, &mut pixmap.as_mut());
    cropped(&straight(pixmap)).ok_or_else(|| unwritable("nothing to see"))
}

/// A drawing of the text alone. The lines are a line and a fifth apart.
fn document(text: &str, ink: &Ink) -> String {
    let [red, green, blue] = ink.color;
    let size = ink.height_px;
    let lines: String = text
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let y = size * 1.2 * at as f32;
            format!("<text y='{y}'>{}</text>", escaped(line))
        })
        .collect();
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xml:space='preserve' width='1' height='1' font-size='{size}' \
         font-family='sans-serif' fill='rgb({red},{green},{blue})'>{lines}</svg>"
    )
}

/// The text as markup shows it; a control character is a space.
fn escaped(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '&' => markup.push_str("&amp;"),
            '\u{FFFE}' | '\u{FFFF}' => markup.push(' '),
            letter if letter.is_control() => markup.push(' '),
            letter => markup.push(letter),
        }
    }
    markup
}

/// What is left without the clear rows and columns around it; `None` where all is clear.
fn cropped(pixels: &Pixels) -> Option<Pixels> {
    let seen = |row: &[u8]| row.chunks_exact(4).any(|pixel| pixel[3] > 0);
    let top = pixels.rows().position(seen)?;
    let bottom = pixels.rows().rposition(seen)? + 1;
    let mut left = pixels.width() as usize;
    let mut right = 0;
    for row in pixels.rows() {
        let mut columns = row.chunks_exact(4);
        if let Some(first) = columns.position(|pixel| pixel[3] > 0) {
            left = left.min(first);
            let last = row.chunks_exact(4).rposition(|pixel| pixel[3] > 0);
            right = right.max(last.unwrap_or(first) + 1);
        }
    }
    let rows = pixels.rows().skip(top).take(bottom - top);
    let data = rows.flat_map(|row| &row[left * 4..right * 4]).copied();
    let (width, height) = ((right - left) as u32, (bottom - top) as u32);
    Some(Pixels::new(width, height, Layout::Rgba, data.collect()))
}

#[cfg(test)]
mod tests;
