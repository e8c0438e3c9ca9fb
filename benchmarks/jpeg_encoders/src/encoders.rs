//! The encoders, all behind one function: pixels, sampling of chroma and quality in, a file out.

mod jpegli;
mod libjpeg;
mod pure;
mod tables;

use anyhow::Result;

use crate::picture::Picture;

/// How much of the colours is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Chroma {
    /// 4:4:4.
    Full,
    /// 4:2:0.
    Quarter,
}

impl Chroma {
    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "4:4:4",
            Self::Quarter => "4:2:0",
        }
    }

    /// The width and height in pixels of a sample of chroma.
    fn px(self) -> u8 {
        match self {
            Self::Full => 1,
            Self::Quarter => 2,
        }
    }
}

/// An encoder with its settings.
pub(crate) struct Encoder {
    /// What it is called in the figures.
    pub(crate) name: &'static str,
    /// Writes a picture at a quality from 1 to 100, which means little beyond this encoder.
    pub(crate) encode: fn(&Picture, Chroma, u8) -> Result<Vec<u8>>,
}

/// All of them, that which the others stand beside first.
pub(crate) const ENCODERS: &[Encoder] = &[
    Encoder {
        name: "mozjpeg",
        encode: libjpeg::refined,
    },
    Encoder {
        name: "mozjpeg, smooth tables",
        encode: tables::encode,
    },
    Encoder {
        name: "mozjpeg, fast",
        encode: libjpeg::fast,
    },
    Encoder {
        name: "libjpeg-turbo",
        encode: libjpeg::turbo,
    },
    Encoder {
        name: "mozjpeg-rs",
        encode: pure::mozjpeg_rs,
    },
    Encoder {
        name: "jpegli",
        encode: jpegli::encode,
    },
    Encoder {
        name: "jpeg-encoder",
        encode: pure::jpeg_encoder,
    },
];
