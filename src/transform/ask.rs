//! What a URL asks for, parsed and nothing more: no default is filled in, no source is known.

mod choice;
mod color;
mod fold;
mod output;
mod placement;
mod transform;
mod watermark;

pub use choice::Choice;
pub use color::{Colorize, Duotone, Gradient, Monochrome, Rgb, UnsharpAsk, UnsharpMode};
pub use output::{
    Autoquality, AutoqualityMethod, AvifAsk, HashKind, Hashsum, JpegAsk, PngAsk, SCORE_LEVELS,
    WebpAsk,
};
pub use placement::{
    Compass, Crop, CropAspectRatio, Extend, Flip, Gravity, Kernel, Padding, ResizingType, Trim,
    Turn, Zoom,
};
pub use transform::{Transform, Variant};
pub use watermark::{Watermark, WatermarkPosition};
