//! Who is told of purges, and the request that tells.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, request};
use http_body_util::Full;
use serde_json::json;
use url::Url;

use super::Told;
use crate::cache::Force;
use crate::purge::order::Target;

/// How a hook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `PURGE` with the surrogate keys in `xkey-purge` or `xkey-softpurge`, as Varnish's xkey takes them.
    Xkey,
    /// `PURGE` of the path that was ordered; orders of anything else than a URL are not told.
    Path,
    /// `POST` of the order and the surrogate keys as JSON.
    Json,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// How.
    pub form: Form,
    /// Where.
    pub url: Url,
}

impl Form {
    /// The form as settings name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xkey => "xkey",
            Self::Path => "path",
            Self::Json => "json",
        }
    }
}

impl Hook {
    /// Reads `FORM=URL`, such as `xkey=http://127.0.0.1:6081`.
    pub fn parse(text: &str) -> Option<Self> {
        let (form, url) = text.split_once('=')?;
        let mut forms = [Form::Xkey, Form::Path, Form::Json].into_iter();
        let form = forms.find(|known| known.name() == form.trim())?;
        let url = Url::parse(url.trim()).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let fits = matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain;
        fits.then_some(Self { form, url })
    }

    /// The request that tells of a purge; `None` where there is nothing to say.
    pub(super) fn request(
        &self,
        told: &Told,
        authorization: Option<&str>,
    ) -> Option<Request<Full<Bytes>>> {
        let purge =
            || request::Builder::new().method(Method::from_bytes(b"PURGE").expect("a token"));
        let request = match self.form {
            Form::Xkey if told.keys.is_empty() => return None,
            Form::Xkey => purge()
                .uri(self.url.as_str())
                .header(xkey_header(told.order.force), told.keys.join(" "))
                .body(Full::default()),
            Form::Path => purge()
                .uri(self.under(&told.order.target)?)
                .body(Full::default()),
            Form::Json => {
                let mut body = told.order.to_json();
                body["keys"] = json!(told.keys);
                let mut post = Request::post(self.url.as_str())
                    .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                if let Some(value) = authorization {
                    post = post.header(AUTHORIZATION, value);
                }
                post.body(Full::from(body.to_string()))
            }
        };
        request.ok()
    }

    fn under(&self, target: &Target) -> Option<String> {
        match target {
            Target::Url(path) => Some(format!("{}{path}", self.url.as_str().trim_end_matches('/'))),
            _ => None,
        }
    }

    /// Whether a purge that comes to no request is one that the hook should have been told.
    pub(super) fn misses(&self, told: &Told) -> bool {
        match self.form {
            Form::Xkey => true,
            Form::Path => matches!(told.order.target, Target::Url(_)),
            Form::Json => true,
        }
    }
}

const fn xkey_header(force: Force) -> &'static str {
    match force {
        Force::Hard => "xkey-purge",
        Force::Soft => "xkey-softpurge",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purge::order::Order;

    fn told(target: Target, force: Force, keys: &[&str]) -> Told {
        Told {
            order: Order { target, force },
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        }
    }

    fn request(hook: &str, told: &Told) -> Option<Request<Full<Bytes>>> {
        Hook::parse(hook).unwrap().request(told, Some("Token abc"))
    }

    #[test]
    fn a_hook_is_a_form_and_a_url() {
        for good in [
            "xkey=http://127.0.0.1:6081",
            " json = https://hook.example/purge?x=y",
        ] {
            assert!(Hook::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "http://a",
            "xkey=",
            "ban=http://a",
            "xkey=ftp://a",
            "path=http://u:p@a",
        ] {
            assert!(Hook::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_form_tells_in_its_own_way() {
        let url = told(Target::Url("/x/w:1/a".into()), Force::Soft, &["u-1"]);
        let tag = told(Target::Tag("shop".into()), Force::Hard, &["shop", "b"]);
        let xkey = request("xkey=http://edge:6081", &tag).unwrap();
        assert_eq!((xkey.method().as_str(), xkey.uri().path()), ("PURGE", "/"));
        assert_eq!(xkey.headers()["xkey-purge"], "shop b");
        let xkey = request("xkey=http://edge:6081", &url).unwrap();
        assert_eq!(xkey.headers()["xkey-softpurge"], "u-1");
        let path = request("path=http://edge/img/", &url).unwrap();
        assert_eq!(path.uri(), "http://edge/img/x/w:1/a");
        assert!(request("path=http://edge/", &tag).is_none());
        let json = request("json=https://edge/hook", &tag).unwrap();
        assert_eq!((json.method(), json.uri().path()), (&Method::POST, "/hook"));
        assert_eq!(json.headers()["authorization"], "Token abc");
        let all = told(Target::All, Force::Hard, &[]);
        assert!(request("xkey=http://edge", &all).is_none());
        assert!(request("json=http://edge", &all).is_some());
    }
}
