//! One text for choices that mean the same.

use std::fmt::{self, Write as _};

use super::options::{Chosen, Origin};
use super::{base64url, names};
use crate::transform::ask::{Choice, Crop, Extend, Gravity, Padding, Rgb, Turn};

/// The canonical choices: presets stay where they are, and in each run between two of them the later of a
/// kind stands for all of its kind, and kinds are in one order.
///
/// Applied twice it changes nothing more. It changes no meaning, since every choice is complete in itself.
pub(super) fn canonical<'c>(choices: impl IntoIterator<Item = &'c Choice>) -> Vec<&'c Choice> {
    let mut sorted: Vec<&Choice> = Vec::new();
    let mut run = 0;
    for choice in choices {
        if matches!(choice, Choice::Preset(_)) {
            sorted.push(choice);
            run = sorted.len();
            continue;
        }
        match sorted[run..].binary_search_by_key(&rank(choice), |other| rank(other)) {
            Ok(at) => sorted[run + at] = choice,
            Err(at) => sorted.insert(run + at, choice),
        }
    }
    sorted
}

/// The text of `choices` as options of a URL: long names, every argument written out.
pub(super) fn print<'c>(choices: impl IntoIterator<Item = &'c Choice>, separator: &str) -> String {
    let mut printer = Printer {
        text: String::with_capacity(128),
        separator,
    };
    for choice in choices {
        printer.choice(choice);
    }
    printer.text
}

/// The canonical text of what a URL asks for: presets by name, and without what is decided for each answer
/// anew (`expires`, `filename`, `return_attachment`).
///
/// The cachebuster stands last, also where a preset set it: a new one must change the text.
pub(super) fn asked(choices: &[Chosen], separator: &str) -> String {
    let written = choices
        .iter()
        .filter(|chosen| chosen.origin == Origin::Url)
        .map(|chosen| &chosen.choice)
        .filter(|choice| shapes_the_entry(choice));
    let cachebuster = choices
        .iter()
        .map(|chosen| &chosen.choice)
        .rfind(|choice| matches!(choice, Choice::Cachebuster(_)))
        .filter(|choice| !matches!(choice, Choice::Cachebuster(text) if text.is_empty()));
    print(canonical(written).into_iter().chain(cachebuster), separator)
}

fn shapes_the_entry(choice: &Choice) -> bool {
    !matches!(
        choice,
        Choice::Expires(_)
            | Choice::Filename(_)
            | Choice::ReturnAttachment(_)
            | Choice::Cachebuster(_)
    )
}

/// The place of a kind among kinds; choices of one kind share it.
fn rank(choice: &Choice) -> u8 {
    match choice {
        Choice::ResizingType(_) => 0,
        Choice::Width(_) => 1,
        Choice::Height(_) => 2,
        Choice::MinWidth(_) => 3,
        Choice::MinHeight(_) => 4,
        Choice::Zoom(_) => 5,
        Choice::Dpr(_) => 6,
        Choice::Enlarge(_) => 7,
        Choice::Extend(_) => 8,
        Choice::ExtendAspectRatio(_) => 9,
        Choice::Gravity(_) => 10,
        Choice::Crop(_) => 11,
        Choice::Padding(_) => 12,
        Choice::AutoRotate(_) => 13,
        Choice::Rotate(_) => 14,
        Choice::Flip(_) => 15,
        Choice::Background(_) => 16,
        Choice::Quality(_) => 17,
        Choice::FormatQuality(_) => 18,
        Choice::Format(_) => 19,
        Choice::StripMetadata(_) => 20,
        Choice::StripColorProfile(_) => 21,
        Choice::SkipProcessing(_) => 22,
        Choice::Raw(_) => 23,
        Choice::Cachebuster(_) => 24,
        Choice::Expires(_) => 25,
        Choice::Filename(_) => 26,
        Choice::ReturnAttachment(_) => 27,
        Choice::Preset(_) => 28,
        _ => 255,
    }
}

struct Printer<'s> {
    text: String,
    separator: &'s str,
}

impl Printer<'_> {
    fn choice(&mut self, choice: &Choice) {
        match choice {
            Choice::ResizingType(kind) => {
                self.option("resizing_type")
                    .arg(names::of_resizing_type(*kind));
            }
            Choice::Width(px) => self.plain("width", px),
            Choice::Height(px) => self.plain("height", px),
            Choice::MinWidth(px) => self.plain("min-width", px),
            Choice::MinHeight(px) => self.plain("min-height", px),
            Choice::Zoom(zoom) => drop(self.option("zoom").arg(zoom.x).arg(zoom.y)),
            Choice::Dpr(ratio) => self.plain("dpr", ratio),
            Choice::Enlarge(on) => self.switch("enlarge", *on),
            Choice::Extend(extend) => self.extend("extend", extend),
            Choice::ExtendAspectRatio(extend) => self.extend("extend_aspect_ratio", extend),
            Choice::Gravity(gravity) => drop(self.option("gravity").gravity(gravity)),
            Choice::Crop(crop) => self.crop(crop),
            Choice::Padding(padding) => self.padding(padding),
            Choice::AutoRotate(on) => self.switch("auto_rotate", *on),
            Choice::Rotate(turn) => self.plain("rotate", degrees(*turn)),
            Choice::Flip(flip) => {
                let (horizontal, vertical) = (u8::from(flip.horizontal), u8::from(flip.vertical));
                self.option("flip").arg(horizontal).arg(vertical);
            }
            Choice::Background(color) => self.plain("background", Hex(*color)),
            Choice::Quality(quality) => self.plain("quality", quality),
            Choice::FormatQuality(pairs) => {
                self.option("format_quality");
                for (format, quality) in pairs {
                    self.arg(format.name()).arg(quality);
                }
            }
            Choice::Format(format) => self.plain("format", format.name()),
            Choice::StripMetadata(on) => self.switch("strip_metadata", *on),
            Choice::StripColorProfile(on) => self.switch("strip_color_profile", *on),
            Choice::SkipProcessing(formats) => {
                self.option("skip_processing");
                self.list(formats.iter().map(|format| format.name()));
            }
            Choice::Raw(on) => self.switch("raw", *on),
            Choice::Cachebuster(text) => self.plain("cachebuster", text),
            Choice::Expires(seconds) => self.plain("expires", seconds),
            // In base64, because a name may hold slashes and separators once it is decoded.
            Choice::Filename(name) => {
                self.option("filename")
                    .arg(base64url::encode(name.as_bytes()))
                    .arg(1);
            }
            Choice::ReturnAttachment(on) => self.switch("return_attachment", *on),
            Choice::Preset(names) => {
                self.option("preset");
                self.list(names.iter().map(String::as_str));
            }
            _ => {}
        }
    }

    fn option(&mut self, name: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('/');
        }
        self.text.push_str(name);
        self
    }

    fn arg(&mut self, value: impl fmt::Display) -> &mut Self {
        write!(self.text, "{}{value}", self.separator).expect("a string takes all text");
        self
    }

    fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.option(name).arg(value);
    }

    fn switch(&mut self, name: &str, on: bool) {
        self.plain(name, u8::from(on));
    }

    fn list<'v>(&mut self, values: impl Iterator<Item = &'v str>) {
        for value in values {
            self.arg(value);
        }
    }

    fn gravity(&mut self, gravity: &Gravity) -> &mut Self {
        match gravity {
            Gravity::Compass { at, x, y } => self.arg(names::of_compass(*at)).arg(x).arg(y),
            Gravity::FocalPoint { x, y } => self.arg("fp").arg(x).arg(y),
            Gravity::Smart => self.arg("sm"),
        }
    }

    fn extend(&mut self, name: &str, extend: &Extend) {
        self.option(name)
            .arg(u8::from(extend.enabled))
            .gravity(&extend.gravity);
    }

    fn crop(&mut self, crop: &Crop) {
        self.option("crop").arg(crop.width).arg(crop.height);
        if let Some(gravity) = &crop.gravity {
            self.gravity(gravity);
        }
    }

    fn padding(&mut self, padding: &Padding) {
        self.option("padding")
            .arg(padding.top)
            .arg(padding.right)
            .arg(padding.bottom)
            .arg(padding.left);
    }
}

const fn degrees(turn: Turn) -> u16 {
    match turn {
        Turn::Zero => 0,
        Turn::Quarter => 90,
        Turn::Half => 180,
        Turn::ThreeQuarters => 270,
    }
}

/// Six hexadecimal digits, or nothing for no colour.
struct Hex(Option<Rgb>);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Rgb { r, g, b }) => write!(f, "{r:02x}{g:02x}{b:02x}"),
            None => Ok(()),
        }
    }
}
