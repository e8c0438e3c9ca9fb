//! Colours, and what is done to them.

/// One tint instead of colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Monochrome {
    /// How much of it shows, 0..=1; 0 is off.
    pub intensity: f64,
    /// The tint.
    pub color: Rgb,
}

/// Two tints instead of colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duotone {
    /// How much of it shows, 0..=1; 0 is off.
    pub intensity: f64,
    /// The tint of what is dark.
    pub shadows: Rgb,
    /// The tint of what is light.
    pub highlights: Rgb,
}

/// When a result is sharpened after scaling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnsharpMode {
    /// Where the image was made smaller and no sharpening was asked for.
    #[default]
    Auto,
    /// Never.
    None,
    /// Always.
    Always,
}

/// Sharpening after scaling, as far as the URL says it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnsharpAsk {
    /// When.
    pub mode: Option<UnsharpMode>,
    /// How much, above 0.
    pub weight: Option<f64>,
    /// How much less for larger images, above 0.
    pub divider: Option<f64>,
}

/// A colour laid over the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colorize {
    /// How much of it shows, 0..=1; 0 is off.
    pub opacity: f64,
    /// The colour.
    pub color: Rgb,
    /// Whether what is transparent stays so.
    pub keep_alpha: bool,
}

/// A colour that fades in over the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradient {
    /// How much of it shows at its full end, 0..=1; 0 is off.
    pub opacity: f64,
    /// The colour.
    pub color: Rgb,
    /// Where it goes, in degrees clockwise: 0 grows downwards, 90 to the left, 180 upwards, 270 to the right.
    pub direction: f64,
    /// Where it begins, as a share 0..=1 of the way.
    pub start: f64,
    /// Where it is full, as a share 0..=1 of the way.
    pub stop: f64,
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
