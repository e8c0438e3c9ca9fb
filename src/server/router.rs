//! Every route of the public port, in one place.

use http::Method;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An image: everything that is none of the others.
    Image,
    /// What is known of a source.
    Info,
    /// The page that says what this is.
    Landing,
    /// Whether the process answers; no facts.
    Health,
    /// A purge of every variant of an image.
    Purge,
    /// What an image request may do, for CORS.
    Options,
    /// Something that browsers ask for by themselves and that is not here.
    Nothing,
    /// A method that no route has.
    MethodNotAllowed,
}

/// The method that purges; no standard has it, and caches agree on it.
const PURGE: &str = "PURGE";

/// Methods that some route answers, as the Allow header lists them.
pub(super) const ALLOWED_METHODS: &str = "GET, HEAD, OPTIONS";

/// Paths that are not images, as the settings shape them.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Prefix of every path, without a slash at its end; empty for none.
    pub prefix: String,
    /// A second path of the health check, under the prefix; empty for none.
    pub health_check: String,
}

impl Paths {
    /// The route of a request, from its method and its target without the query.
    pub(super) fn route(&self, method: &Method, path: &str) -> Route {
        match *method {
            Method::GET | Method::HEAD => self.route_of_read(path),
            Method::OPTIONS => Route::Options,
            _ if method.as_str() == PURGE => Route::Purge,
            _ => Route::MethodNotAllowed,
        }
    }

    fn route_of_read(&self, path: &str) -> Route {
        if path == "/favicon.ico" || path.starts_with("/.well-known/") {
            return Route::Nothing;
        }
        if path == "/health" {
            return Route::Health;
        }
        let Some(inner) = path.strip_prefix(self.prefix.as_str()) else {
            return if path == "/" {
                Route::Landing
            } else {
                Route::Image
            };
        };
        match inner {
            "" | "/" => Route::Landing,
            "/health" => Route::Health,
            _ if inner.starts_with("/info/") => Route::Info,
            _ if !self.health_check.is_empty() && inner == self.health_check => Route::Health,
            _ => Route::Image,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purge() -> Method {
        Method::from_bytes(b"PURGE").expect("a token")
    }

    #[test]
    fn every_path_has_one_route() {
        let paths = Paths {
            prefix: "/img".into(),
            health_check: "/alive".into(),
        };
        let rows = [
            (Method::GET, "/", Route::Landing),
            (Method::GET, "/img", Route::Landing),
            (Method::GET, "/img/", Route::Landing),
            (Method::GET, "/health", Route::Health),
            (Method::HEAD, "/img/health", Route::Health),
            (Method::GET, "/img/alive", Route::Health),
            (Method::GET, "/alive", Route::Image),
            (Method::GET, "/favicon.ico", Route::Nothing),
            (Method::GET, "/.well-known/x", Route::Nothing),
            (Method::GET, "/img/sig/w:1/plain/http://a/b", Route::Image),
            (Method::GET, "/img/info/sig/plain/http://a/b", Route::Info),
            (Method::GET, "/info/sig/plain/http://a/b", Route::Image),
            (
                Method::OPTIONS,
                "/img/sig/w:1/plain/http://a/b",
                Route::Options,
            ),
            (Method::POST, "/health", Route::MethodNotAllowed),
            (purge(), "/img/sig/w:1/plain/http://a/b", Route::Purge),
            (purge(), "/img/info/sig/plain/http://a/b", Route::Purge),
        ];
        for (method, path, expected) in rows {
            assert_eq!(paths.route(&method, path), expected, "{method} {path}");
        }
    }
}
