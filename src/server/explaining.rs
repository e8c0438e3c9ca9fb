//! How an image stands, told by `POST /explain` on the admin address: its names, and what every layer has of it.

mod told;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::Value;

use super::Public;
use super::body::Body;
use super::image::client_headers;
use super::plain;
use super::purging::{Purging, Refusal, read, refusal};
use super::router::Route;
use crate::delivery::{Ask, Wanted};
use crate::request::Named;

/// Who may ask how an image stands, and what is looked at.
#[derive(Clone)]
pub struct Explaining {
    /// Whose token counts.
    pub purging: Purging,
    /// What is explained.
    pub public: Arc<Public>,
    /// Which node this is.
    pub node: Node,
}

/// One of the machines that serve.
#[derive(Clone, Debug)]
pub struct Node {
    /// The name of the machine.
    pub name: String,
    /// Whether it shares purges with others.
    pub shares_purges: bool,
    /// Whether it shares a store with others.
    pub shares_store: bool,
}

/// What is asked: a path as a client would ask for it, and headers that it would send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

impl Node {
    /// Where an image is at home.
    fn home(&self) -> &'static str {
        match (self.shares_purges, self.shares_store) {
            (false, false) => "this node, which knows of no other",
            (true, false) => "any node that is asked; they share purges",
            (false, true) => "this node; it alone writes to its store",
            (true, true) => "any node that is asked; they share purges and a store",
        }
    }
}

impl Explaining {
    /// Answers a question in a body: `{"path": "…", "headers": [["Accept", "…"]]}`.
    pub(super) async fn ordered(&self, request: Request<Incoming>) -> Response<Body> {
        match self.explain(request).await {
            Ok(told) => plain::json(StatusCode::OK, &told),
            Err(refusal) => refusal.page(),
        }
    }

    async fn explain(&self, request: Request<Incoming>) -> Result<Value, Refusal> {
        self.purging.admit(request.headers())?;
        let text = read(request.into_body()).await?;
        let question: Question = serde_json::from_slice(&text)
            .map_err(|error| refused(format_args!("this is no question: {error}")))?;
        let headers = headers(&question.headers)?;
        let (ask, is_signed) = self.ask(&question.path, &headers)?;
        let explained = self.public.delivery.explain(&ask).await;
        let explained = explained.map_err(refused)?;
        let mut told = told::told(&explained);
        told["path"] = question.path.into();
        told["signature"] = match is_signed {
            true => "good".into(),
            false => "not that of the path: clients are answered 403".into(),
        };
        told["node"] = self.node.name.as_str().into();
        told["home"] = self.node.home().into();
        Ok(told)
    }

    /// What a client would ask for with this path, and whether its signature is good.
    fn ask(&self, path: &str, headers: &HeaderMap) -> Result<(Ask, bool), Refusal> {
        let public = &self.public;
        let bare = path.split('?').next().unwrap_or_default();
        match public.config.paths.route(&Method::GET, bare) {
            Route::Image | Route::Info => {}
            _ => return Err(refused("this path asks for no image")),
        }
        let read = public.urls.load().read_unsigned(path);
        let (named, is_signed) = read.map_err(refused)?;
        let ask = match named {
            Named::Image(request) => {
                let request = &Arc::new(request);
                let client = client_headers(headers);
                public.delivery.ask(Wanted {
                    request,
                    path,
                    variant: public.negotiation.variant(&client, request),
                    headers,
                })
            }
            Named::Info(request) => public.delivery.ask_info(&Arc::new(request), headers),
        };
        Ok((ask, is_signed))
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, Refusal> {
    let read = |(name, value): &(String, String)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value).ok()?))
    };
    let mut headers = HeaderMap::new();
    for pair in pairs {
        let (name, value) = read(pair)
            .ok_or_else(|| refused(format_args!("no client could send the header {:?}", pair.0)))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn refused(reason: impl std::fmt::Display) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, &reason.to_string())
}
