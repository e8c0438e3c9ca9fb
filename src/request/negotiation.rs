//! Which representation of a URL a client gets.

use super::Request;
use crate::identify::Format;
use crate::transform::ask::Variant;

/// What the server offers to clients whose Accept header names WebP.
///
/// The header is searched for `image/webp`; preferences (`q=`) and wildcards are not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Negotiation {
    /// WebP where the URL names no format.
    pub auto_webp: bool,
    /// WebP also where the URL names another format.
    pub enforce_webp: bool,
}

impl Negotiation {
    /// The variant for a request and the Accept header that came with it.
    pub fn variant(self, accept: Option<&str>, request: &Request) -> Variant {
        let accepted = accept.is_some_and(|accept| accept.contains("image/webp"));
        Variant {
            webp: accepted && self.varies(request),
            ..Variant::default()
        }
    }

    /// Whether the Accept header has a say: a matter of URL and settings alone, the same for every answer.
    pub fn varies(self, request: &Request) -> bool {
        if request.answer.raw {
            return false;
        }
        match request.transform.format {
            Some(Format::WebP) => false,
            Some(_) => self.enforce_webp,
            None => self.auto_webp || self.enforce_webp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Config, Parser};

    const OFF: Negotiation = Negotiation {
        auto_webp: false,
        enforce_webp: false,
    };
    const AUTO: Negotiation = Negotiation {
        auto_webp: true,
        ..OFF
    };
    const ENFORCE: Negotiation = Negotiation {
        enforce_webp: true,
        ..OFF
    };

    fn request(options: &str) -> Request {
        let config = Config {
            allow_unsigned: true,
            ..Config::default()
        };
        let parser = Parser::try_new(config).unwrap();
        parser
            .parse(&format!("/_{options}/plain/http://a/b.jpg"))
            .unwrap()
    }

    #[test]
    fn url_and_settings_alone_decide_whether_accept_has_a_say() {
        for (options, off, auto, enforce) in [
            ("", false, true, true),
            ("/f:jpg", false, false, true),
            ("/f:webp", false, false, false),
            ("/raw:1", false, false, false),
        ] {
            let request = request(options);
            let varies = [OFF, AUTO, ENFORCE].map(|negotiation| negotiation.varies(&request));
            assert_eq!(varies, [off, auto, enforce], "{options}");
        }
    }

    #[test]
    fn a_client_gets_webp_when_its_accept_names_it() {
        for (accept, webp) in [
            (None, false),
            (Some(""), false),
            (Some("*/*"), false),
            (Some("image/*"), false),
            (Some("image/avif,image/webp,*/*;q=0.8"), true),
            (Some("image/webp;q=0"), true),
        ] {
            let request = request("");
            assert_eq!(
                AUTO.variant(accept, &request),
                Variant {
                    webp,
                    ..Variant::default()
                }
            );
            assert_eq!(
                ENFORCE.variant(accept, &request),
                Variant {
                    webp,
                    ..Variant::default()
                }
            );
            assert_eq!(OFF.variant(accept, &request), Variant::default());
        }
        let jpeg = request("/f:jpg");
        let accept = Some("image/webp");
        assert_eq!(AUTO.variant(accept, &jpeg), Variant::default());
        assert_eq!(
            ENFORCE.variant(accept, &jpeg),
            Variant {
                webp: true,
                ..Variant::default()
            }
        );
    }
}
