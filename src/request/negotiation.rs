//! Which representation of a URL a client gets.

mod accept;
mod hints;

use super::Request;
use crate::identify::Format;
use crate::transform::ask::Variant;
use accept::Accepted;
use hints::{css_width, dpr, dpr_tenths, save_data};

/// What the server offers to clients by their headers.
///
/// A format is offered to a client whose Accept header names it (wildcards name nothing) with a quality above 0,
/// unless it gives the other offered format a higher quality. Hints have a say where the URL has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Negotiation {
    /// WebP where the URL names no format.
    pub auto_webp: bool,
    /// WebP also where the URL names another format.
    pub enforce_webp: bool,
    /// AVIF where the URL names no format.
    pub auto_avif: bool,
    /// AVIF also where the URL names another format.
    pub enforce_avif: bool,
    /// Device pixel ratio and width where the URL names none.
    pub client_hints: bool,
    /// Less quality for clients that ask for fewer bytes, where the URL names no quality.
    pub save_data: bool,
}

/// The headers of a client that may decide what it gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientHeaders<'h> {
    /// `Accept`.
    pub accept: Option<&'h str>,
    /// `Sec-CH-DPR`, or `DPR` where that is absent.
    pub dpr: Option<&'h str>,
    /// `Sec-CH-Width`, or `Width` where that is absent.
    pub width: Option<&'h str>,
    /// `Save-Data`.
    pub save_data: Option<&'h str>,
}

/// What the headers of a client may decide for one URL: a matter of URL and settings alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    webp: bool,
    avif: bool,
    dpr: bool,
    width: bool,
    save_data: bool,
}

impl Negotiation {
    /// The variant for a request and the headers that came with it.
    pub fn variant(self, headers: &ClientHeaders<'_>, request: &Request) -> Variant {
        let open = self.open(request);
        let accepted = Accepted::read(headers.accept.unwrap_or_default());
        let webp = if open.webp { accepted.webp } else { 0 };
        let avif = if open.avif { accepted.avif } else { 0 };
        let ratio = headers.dpr.and_then(dpr);
        let width = headers.width.and_then(|width| css_width(width, ratio));
        Variant {
            webp: webp > 0 && webp >= avif,
            avif: avif > 0 && avif >= webp,
            dpr_tenths: ratio.filter(|_| open.dpr).and_then(dpr_tenths),
            width: width.filter(|_| open.width),
            save_data: open.save_data && headers.save_data.is_some_and(save_data),
        }
    }

    /// The `Vary` of every answer to the request, errors and 304 included; `None` where no header has a say.
    pub fn vary(self, request: &Request) -> Option<&'static str> {
        let open = self.open(request);
        // The width of the place comes of both hints.
        let hints = (open.dpr, open.width);
        Some(match (open.webp || open.avif, hints, open.save_data) {
            (false, (false, false), false) => return None,
            (false, (false, false), true) => "Save-Data",
            (false, (true, false), false) => "Sec-CH-DPR, DPR",
            (false, (true, false), true) => "Sec-CH-DPR, DPR, Save-Data",
            (false, (_, true), false) => "Sec-CH-DPR, DPR, Sec-CH-Width, Width",
            (false, (_, true), true) => "Sec-CH-DPR, DPR, Sec-CH-Width, Width, Save-Data",
            (true, (false, false), false) => "Accept",
            (true, (false, false), true) => "Accept, Save-Data",
            (true, (true, false), false) => "Accept, Sec-CH-DPR, DPR",
            (true, (true, false), true) => "Accept, Sec-CH-DPR, DPR, Save-Data",
            (true, (_, true), false) => "Accept, Sec-CH-DPR, DPR, Sec-CH-Width, Width",
            (true, (_, true), true) => "Accept, Sec-CH-DPR, DPR, Sec-CH-Width, Width, Save-Data",
        })
    }

    fn open(self, request: &Request) -> Open {
        if request.answer.raw {
            return Open::default();
        }
        let (webp, avif) = self.open_formats(request.transform.format);
        Open {
            webp,
            avif,
            dpr: self.client_hints && request.silence.dpr,
            width: self.client_hints && request.silence.width,
            save_data: self.save_data && request.transform.quality.is_none(),
        }
    }

    /// Whether WebP and AVIF are open, given the format that the URL names. A format that it names is no choice,
    /// except that an enforced AVIF must be known to go before an enforced WebP.
    fn open_formats(self, named: Option<Format>) -> (bool, bool) {
        match named {
            None => (
                self.auto_webp || self.enforce_webp,
                self.auto_avif || self.enforce_avif,
            ),
            Some(Format::WebP) => (false, self.enforce_avif),
            Some(Format::Avif) => (self.enforce_webp, self.enforce_webp && self.enforce_avif),
            Some(_) => (self.enforce_webp, self.enforce_avif),
        }
    }
}

#[cfg(test)]
mod tests;
