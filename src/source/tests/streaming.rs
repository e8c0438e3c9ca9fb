//! Sources passed through untouched.

use std::time::Duration;

use ::http::header::{ACCEPT_ENCODING, COOKIE, IF_NONE_MATCH, RANGE};
use ::http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;

use super::origin::{Origin, Step, head, respond};
use super::*;

fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
        .collect()
}

async fn stream(fetcher: &Fetcher, url: &str) -> Result<Streamed, Error> {
    fetcher
        .stream(&source(url), &HeaderMap::new(), &Passed::none())
        .await
}

#[tokio::test]
async fn an_answer_is_relayed_with_its_status_and_the_kept_headers() {
    let sent = "content-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-range: bytes 0-3/9\r\n\
                accept-ranges: bytes\r\netag: \"a\"\r\nlast-modified: now\r\n\
                set-cookie: a=b\r\nserver: x\r\ncache-control: no-store\r\n";
    for status in ["200 OK", "206 Partial Content", "404 Not Found", "500 Oops"] {
        let origin = Origin::always(respond(status, sent, b"body")).await;
        let streamed = stream(&fetcher(config()), &origin.url("/")).await.unwrap();
        assert!(status.starts_with(streamed.status.as_str()));
        let mut names: Vec<_> = streamed.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "accept-ranges",
            "content-encoding",
            "content-range",
            "content-type",
            "etag",
            "last-modified",
        ];
        assert_eq!(names, expected);
        let body = streamed.body.collect().await.unwrap().to_bytes();
        assert_eq!(body, "body");
    }
}

#[tokio::test]
async fn only_the_headers_that_are_listed_are_forwarded() {
    let origin = Origin::always(respond("200 OK", "", b"")).await;
    let asked = headers(&[
        (IF_NONE_MATCH, "\"a\""),
        (ACCEPT_ENCODING, "br"),
        (RANGE, "bytes=0-3"),
        (COOKIE, "secret"),
    ]);
    let streamed = fetcher(config())
        .stream(&source(&origin.url("/")), &asked, &Passed::none())
        .await;
    assert!(streamed.is_ok());
    let head = origin.heads().remove(0);
    for sent in [
        "if-none-match: \"a\"",
        "accept-encoding: br",
        "range: bytes=0-3",
    ] {
        assert!(head.contains(sent), "{head}");
    }
    assert!(!head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn a_stream_past_the_byte_limit_ends_with_an_error() {
    let steps = vec![
        Step::Send(head("200 OK", "")),
        Step::Endless(vec![b'x'; 5_000]),
    ];
    let origin = Origin::always(steps).await;
    let fetcher = fetcher(Config {
        max_bytes: 100_000,
        ..config()
    });
    let streamed = stream(&fetcher, &origin.url("/")).await.unwrap();
    let error = streamed.body.collect().await.unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 100_000 });
    origin.left_alone().await;
    let declared = Origin::always(vec![Step::Send(head(
        "200 OK",
        "content-length: 100001\r\n",
    ))])
    .await;
    let error = stream(&fetcher, &declared.url("/")).await.unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 100_000 });
}

#[tokio::test]
async fn a_stream_that_stalls_or_breaks_off_ends_with_an_error() {
    let part = [head("200 OK", "content-length: 10\r\n"), b"part".to_vec()].concat();
    for (last, stalls) in [(Step::Silence, true), (Step::Close, false)] {
        let origin = Origin::always(vec![Step::Send(part.clone()), last]).await;
        let fetcher = fetcher(Config {
            download_timeout: Duration::from_millis(150),
            ..config()
        });
        let streamed = stream(&fetcher, &origin.url("/")).await.unwrap();
        let error = streamed.body.collect().await.unwrap_err();
        assert_eq!(matches!(error, Error::Timeout { .. }), stalls, "{error}");
        assert_eq!(
            matches!(error, Error::Incomplete { .. }),
            !stalls,
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_stream_holds_its_place_until_it_is_dropped() {
    let part = [head("200 OK", "content-length: 10\r\n"), b"part".to_vec()].concat();
    let origin = Origin::always(vec![Step::Send(part), Step::Silence]).await;
    let fetcher = fetcher(Config {
        max_fetches: 1,
        fetch_queue: 0,
        ..config()
    });
    let streamed = stream(&fetcher, &origin.url("/")).await.unwrap();
    let turned_away = stream(&fetcher, &origin.url("/")).await;
    assert!(matches!(turned_away, Err(Error::Busy { .. })));
    drop(streamed);
    origin.left_alone().await;
    assert!(stream(&fetcher, &origin.url("/")).await.is_ok());
}
