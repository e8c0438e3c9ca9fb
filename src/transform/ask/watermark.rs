//! What is laid over the result.

use super::Compass;

/// Where a watermark lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatermarkPosition {
    /// Once, at a compass point, moved by offsets.
    At(Compass),
    /// Over and over, from the middle, with offsets as gaps.
    Replicated,
    /// Over and over like a chessboard, with offsets as gaps.
    Chessboard,
}

/// The watermark laid over the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watermark {
    /// How much of it shows, 0..=1; 0 is off.
    pub opacity: f64,
    /// Where it lies.
    pub position: WatermarkPosition,
    /// Offset or gap along the width: pixels from 1 upwards in size, below that a share of the result's width.
    pub x: f64,
    /// Offset or gap along the height: pixels from 1 upwards in size, below that a share of the result's height.
    pub y: f64,
    /// Its size as a share of the result; 0 leaves it as it is.
    pub scale: f64,
}
