//! Sizes, boxes, and where they lie.

use super::Rgb;

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
    /// Where there is most to see.
    Smart,
}

/// How pixels are sampled when the size changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// The nearest pixel.
    Nearest,
    /// A triangle.
    Linear,
    /// Catmull-Rom.
    Cubic,
    /// Lanczos with two lobes.
    Lanczos2,
    /// Lanczos with three lobes.
    #[default]
    Lanczos3,
}

/// The ratio that the crop box is brought to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropAspectRatio {
    /// Width divided by height, above 0.
    pub ratio: f64,
    /// Whether the box grows to the ratio, as far as the image goes, instead of shrinking.
    pub enlarge: bool,
}

/// What counts as a border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// How far a sample may be from the border's colour, 0..=255.
    pub threshold: f64,
    /// The border's colour; `None` takes that of the top left pixel.
    pub color: Option<Rgb>,
    /// Whether left and right lose the same, the smaller of both.
    pub equal_horizontally: bool,
    /// Whether top and bottom lose the same, the smaller of both.
    pub equal_vertically: bool,
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
