//! What a URL asks for, parsed and nothing more: no default is filled in, no source is known.

mod fold;

use crate::identify::Format;

/// One option of the URL, parsed. Meta options (`resize`, `size`) are a sequence of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// How width and height are met.
    ResizingType(ResizingType),
    /// Width in CSS pixels; 0 is from the ratio.
    Width(u32),
    /// Height in CSS pixels; 0 is from the ratio.
    Height(u32),
    /// Least width in CSS pixels; 0 is none.
    MinWidth(u32),
    /// Least height in CSS pixels; 0 is none.
    MinHeight(u32),
    /// Factors for width and height, each above 0.
    Zoom(Zoom),
    /// Device pixel ratio, above 0.
    Dpr(f64),
    /// Whether the image may grow beyond its own size.
    Enlarge(bool),
    /// Whether the canvas grows to the asked size, and where the image lies on it.
    Extend(Extend),
    /// Whether the canvas grows to the asked aspect ratio, and where the image lies on it.
    ExtendAspectRatio(Extend),
    /// Which part stays when something is cut off.
    Gravity(Gravity),
    /// What is cut out before resizing.
    Crop(Crop),
    /// Space around the result.
    Padding(Padding),
    /// Whether EXIF orientation is obeyed.
    AutoRotate(bool),
    /// Clockwise turn after EXIF orientation.
    Rotate(Turn),
    /// Mirroring after the turn.
    Flip(Flip),
    /// Colour under transparency; `None` switches it off.
    Background(Option<Rgb>),
    /// Quality 0..=100; 0 is unset.
    Quality(u8),
    /// Quality by format, each 0..=100; 0 is unset.
    FormatQuality(Vec<(Format, u8)>),
    /// Output format.
    Format(Format),
    /// Whether metadata is dropped.
    StripMetadata(bool),
    /// Whether the image is converted to sRGB and its profile dropped.
    StripColorProfile(bool),
    /// Source formats that are returned as they are if the output format is theirs or unset.
    SkipProcessing(Vec<Format>),
    /// Whether the source is streamed untouched.
    Raw(bool),
    /// Text without meaning that makes another cache key.
    Cachebuster(String),
    /// Unix time in seconds after which the URL is gone; 0 or less is never.
    Expires(i64),
    /// Stem of the file name in Content-Disposition.
    Filename(String),
    /// Whether Content-Disposition says attachment.
    ReturnAttachment(bool),
    /// Presets by name, applied here.
    Preset(Vec<String>),
}

/// How width and height are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResizingType {
    /// Inside the box, ratio kept.
    #[default]
    Fit,
    /// Covers the box, ratio kept, the rest cut off.
    Fill,
    /// Like fill; an image smaller than the box is cut to the box's ratio instead.
    FillDown,
    /// Exactly the box, ratio ignored.
    Force,
    /// Fill if source and box are both landscape or both portrait, else fit.
    Auto,
}

/// A compass point: where the inner box lies in the outer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compass {
    /// The middle.
    #[default]
    Center,
    /// Top, centred.
    North,
    /// Bottom, centred.
    South,
    /// Right, centred.
    East,
    /// Left, centred.
    West,
    /// Top right.
    NorthEast,
    /// Top left.
    NorthWest,
    /// Bottom right.
    SouthEast,
    /// Bottom left.
    SouthWest,
}

/// Where the inner box lies in the outer one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gravity {
    /// At a compass point, moved by offsets: pixels from 1 upwards in size, below that a share of the outer side.
    Compass {
        /// The point.
        at: Compass,
        /// Offset along the width.
        x: f64,
        /// Offset along the height.
        y: f64,
    },
    /// Around a focal point, each coordinate a share 0..=1 of the outer side.
    FocalPoint {
        /// Share of the width.
        x: f64,
        /// Share of the height.
        y: f64,
    },
}

/// Factors of the asked size, each above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// Factor of the width.
    pub x: f64,
    /// Factor of the height.
    pub y: f64,
}

/// Growth of the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extend {
    /// Whether it grows.
    pub enabled: bool,
    /// Where the image lies on the canvas.
    pub gravity: Gravity,
}

/// What is cut out before resizing, measured on the image as seen after orientation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crop {
    /// Width: 0 is all, below 1 a share of the side, else pixels.
    pub width: f64,
    /// Height: 0 is all, below 1 a share of the side, else pixels.
    pub height: f64,
    /// Which part; `None` takes the gravity of the transform.
    pub gravity: Option<Gravity>,
}

/// Space around the result, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Above.
    pub top: u32,
    /// To the right.
    pub right: u32,
    /// Below.
    pub bottom: u32,
    /// To the left.
    pub left: u32,
}

/// A clockwise turn by quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    /// None.
    #[default]
    Zero,
    /// 90 degrees.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees.
    ThreeQuarters,
}

/// Mirroring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flip {
    /// Left and right swapped.
    pub horizontal: bool,
    /// Top and bottom swapped.
    pub vertical: bool,
}

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// Which representation of one URL a client gets, as far as its headers decide it; the part of the cache key
/// that is not in the URL. Empty where the URL or the settings leave nothing to decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Whether WebP was negotiated.
    pub webp: bool,
}

/// What a URL asks for: its choices with presets applied, later ones over earlier ones.
///
/// `None` means that the URL is silent and a setting decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    /// How width and height are met.
    pub resizing_type: ResizingType,
    /// Width in CSS pixels; 0 is from the ratio.
    pub width: u32,
    /// Height in CSS pixels; 0 is from the ratio.
    pub height: u32,
    /// Least width in CSS pixels; 0 is none.
    pub min_width: u32,
    /// Least height in CSS pixels; 0 is none.
    pub min_height: u32,
    /// Factors of the asked size.
    pub zoom: Zoom,
    /// Device pixel ratio, above 0.
    pub dpr: f64,
    /// Whether the image may grow beyond its own size.
    pub enlarge: bool,
    /// Canvas to the asked size.
    pub extend: Extend,
    /// Canvas to the asked aspect ratio.
    pub extend_aspect_ratio: Extend,
    /// Which part stays when something is cut off.
    pub gravity: Gravity,
    /// What is cut out before resizing.
    pub crop: Crop,
    /// Space around the result.
    pub padding: Padding,
    /// Whether EXIF orientation is obeyed.
    pub auto_rotate: Option<bool>,
    /// Clockwise turn after EXIF orientation.
    pub rotate: Turn,
    /// Mirroring after the turn.
    pub flip: Flip,
    /// Colour under transparency.
    pub background: Option<Rgb>,
    /// Quality 1..=100.
    pub quality: Option<u8>,
    /// Quality 1..=100 by format.
    pub format_quality: Vec<(Format, u8)>,
    /// Output format.
    pub format: Option<Format>,
    /// Whether metadata is dropped.
    pub strip_metadata: Option<bool>,
    /// Whether the image is converted to sRGB and its profile dropped.
    pub strip_color_profile: Option<bool>,
    /// Source formats that are returned as they are.
    pub skip_processing: Vec<Format>,
}

impl Default for Gravity {
    fn default() -> Self {
        Self::Compass {
            at: Compass::Center,
            x: 0.0,
            y: 0.0,
        }
    }
}

impl Default for Zoom {
    fn default() -> Self {
        Self { x: 1.0, y: 1.0 }
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            resizing_type: ResizingType::default(),
            width: 0,
            height: 0,
            min_width: 0,
            min_height: 0,
            zoom: Zoom::default(),
            dpr: 1.0,
            enlarge: false,
            extend: Extend::default(),
            extend_aspect_ratio: Extend::default(),
            gravity: Gravity::default(),
            crop: Crop::default(),
            padding: Padding::default(),
            auto_rotate: None,
            rotate: Turn::default(),
            flip: Flip::default(),
            background: None,
            quality: None,
            format_quality: Vec::new(),
            format: None,
            strip_metadata: None,
            strip_color_profile: None,
            skip_processing: Vec::new(),
        }
    }
}
