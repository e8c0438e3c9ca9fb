//! How much more work a file gets where nobody waits for it.

use super::case::Case;
use super::output::Way;
use super::search::Search;
use crate::image::{Format, encode};

/// The most effort of the WebP encoder.
const WEBP_EFFORT: u8 = 6;
/// How much slower AVIF is written.
const AVIF_SPEEDS: u8 = 2;

/// Work on JPEG that settings refuse by name, also where nobody waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spared {
    /// Progressive scans.
    pub progressive: bool,
    /// Trellis quantisation and deringing, which the encoder switches together.
    pub trellis: bool,
    /// Searching for the best scans.
    pub scans: bool,
}

impl Way {
    /// The same for nobody who waits: where the quality is said it stays, and only effort rises.
    pub(super) fn refined(mut self) -> Self {
        match (&self.search, self.options.format) {
            (Search::Fixed | Search::Score(_), Format::Jpeg) => {
                self.options.jpeg = self.jpeg_effort;
            }
            (Search::Fixed, Format::WebP) => self.options.webp.effort = WEBP_EFFORT,
            (Search::Fixed, Format::Avif) => {
                let avif = &mut self.options.avif;
                avif.speed = avif.speed.saturating_sub(AVIF_SPEEDS);
            }
            (Search::Fixed, Format::Png) if !self.options.png.quantize => {
                self.search = Search::without_loss();
            }
            _ => {}
        }
        self.search = self.search.refined();
        self
    }
}

impl Case<'_> {
    /// How JPEG is written where nobody waits: all that neither the URL nor the settings refuse.
    pub(super) fn jpeg_effort(&self, usual: encode::JpegOptions) -> encode::JpegOptions {
        let (asked, spared) = (&self.transform.jpeg, self.defaults.jpeg_spared);
        let refused = |asked: Option<bool>| asked == Some(false);
        let trellis =
            !(spared.trellis || refused(asked.trellis_quant) || refused(asked.overshoot_deringing));
        let progressive = !(spared.progressive || refused(asked.progressive));
        let scans = !(spared.scans || refused(asked.optimize_scans));
        encode::JpegOptions {
            progressive: usual.progressive || progressive,
            trellis_quant: usual.trellis_quant || trellis,
            overshoot_deringing: usual.overshoot_deringing || trellis,
            optimize_scans: usual.optimize_scans || scans,
            ..usual
        }
    }
}
