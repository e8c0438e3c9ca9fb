//! What comes of an answer.

use std::io::Write;
use std::time::Duration;

use ::http::HeaderMap;
use flate2::write::GzEncoder;

use super::origin::{Origin, Step, chunked, head, respond};
use super::*;

#[tokio::test]
async fn an_image_comes_with_facts_validators_and_digest() {
    let body = png(16);
    let headers = "etag: \"v1\"\r\nlast-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let origin = Origin::always(respond("200 OK", headers, &body)).await;
    let fetcher = fetcher(config());
    let image = fetch(&fetcher, &origin.url("/cat.png?x=1")).await.unwrap();
    assert_eq!(image.bytes, body);
    assert_eq!((image.facts.width, image.facts.height), (16, 16));
    assert_eq!(image.digest, *blake3::hash(&body).as_bytes());
    assert_eq!(image.validators.etag.as_deref(), Some("\"v1\""));
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(image.validators.last_modified.as_deref(), Some(date));
}

#[tokio::test]
async fn the_request_names_us_and_asks_for_no_coding() {
    let origin = Origin::always(respond("200 OK", "", &png(4))).await;
    fetch(&fetcher(config()), &origin.url("/a?b=%20c"))
        .await
        .unwrap();
    let head = origin.heads().remove(0);
    assert!(head.starts_with("get /a?b=%20c http/1.1\r\n"), "{head}");
    assert!(
        head.contains(&format!("host: {}\r\n", origin.address())),
        "{head}"
    );
    assert!(head.contains("user-agent: inkfish/"), "{head}");
    assert!(head.contains("accept: image/*,*/*;q=0.8\r\n"), "{head}");
    assert!(head.contains("cdn-loop: inkfish\r\n"), "{head}");
    for absent in ["accept-encoding", "cookie", "authorization", "referer"] {
        assert!(!head.contains(absent), "{head}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_to_its_end() {
    let body = png(600);
    assert!(body.len() > 300_000);
    let in_chunks = [
        head("200 OK", "transfer-encoding: chunked\r\n"),
        chunked(&body, 10_000),
    ];
    let until_close = [head("200 OK", ""), body.clone()];
    for steps in [
        vec![Step::Send(in_chunks.concat())],
        vec![Step::Send(until_close.concat()), Step::Close],
    ] {
        let origin = Origin::always(steps).await;
        let image = fetch(&fetcher(config()), &origin.url("/")).await.unwrap();
        assert_eq!(image.bytes, body);
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_replaced_when_it_was_closed_meanwhile() {
    let once = [respond("200 OK", "", &png(4)), vec![Step::Close]].concat();
    let origin = Origin::always(once).await;
    let fetcher = fetcher(config());
    for _ in 0..5 {
        fetch(&fetcher, &origin.url("/")).await.unwrap();
    }
}

#[tokio::test]
async fn a_status_without_a_source_is_told_with_its_retry_after() {
    for (status, code, retry_after) in [
        ("404 Not Found", 404, None),
        ("410 Gone", 410, None),
        ("429 Too Many Requests", 429, Some(30)),
        ("500 Oops", 500, None),
        ("503 Busy", 503, Some(30)),
        ("204 No Content", 204, None),
        ("302 Found", 302, None),
        ("304 Not Modified", 304, None),
    ] {
        let headers = retry_after.map_or(String::new(), |s| format!("retry-after: {s}\r\n"));
        let origin = Origin::always(vec![Step::Send(head(status, &headers)), Step::Close]).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        let expected = Error::Status {
            host: "127.0.0.1".to_owned(),
            status: code,
            retry_after: retry_after.map(Duration::from_secs),
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_part_of_a_source_is_refused_unless_it_is_the_whole() {
    let body = png(4);
    for (range, whole) in [
        (format!("bytes 0-{}/{}", body.len() - 1, body.len()), true),
        (
            format!("bytes 0-{}/{}", body.len() - 1, body.len() + 1),
            false,
        ),
    ] {
        let headers = format!("content-range: {range}\r\n");
        let origin = Origin::always(respond("206 Partial Content", &headers, &body)).await;
        let outcome = fetch(&fetcher(config()), &origin.url("/")).await;
        match outcome {
            Ok(_) => assert!(whole, "{range}"),
            Err(error) => assert!(!whole && matches!(error, Error::Partial { .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn an_unchanged_source_is_not_sent_again() {
    let origin = Origin::start(|head| {
        if head.contains("if-none-match: \"v1\"\r\n") {
            return vec![Step::Send(super::origin::head(
                "304 Not Modified",
                "last-modified: now\r\n",
            ))];
        }
        respond("200 OK", "etag: \"v2\"\r\n", &png(4))
    })
    .await;
    let fetcher = fetcher(config());
    let held = |etag: &str| Validators {
        etag: Some(etag.to_owned()),
        last_modified: Some("then".to_owned()),
    };
    let url = source(&origin.url("/"));
    let unchanged = fetcher
        .fetch(&url, &holding(&held("\"v1\"")))
        .await
        .unwrap();
    let Fetched::NotModified(now, _) = unchanged else {
        panic!("{unchanged:?}");
    };
    assert_eq!(now.etag.as_deref(), Some("\"v1\""));
    assert_eq!(now.last_modified.as_deref(), Some("now"));
    let changed = fetcher
        .fetch(&url, &holding(&held("\"v0\"")))
        .await
        .unwrap();
    assert!(matches!(changed, Fetched::Image(_)));
    assert!(origin.heads()[0].contains("if-modified-since: then\r\n"));
}

#[tokio::test]
async fn a_coded_body_is_refused_unless_it_is_gzip() {
    for (coding, refused) in [("br", true), ("gzip, br", true), ("identity", false)] {
        let headers = format!("content-encoding: {coding}\r\n");
        let origin = Origin::always(respond("200 OK", &headers, &png(4))).await;
        let outcome = fetch(&fetcher(config()), &origin.url("/")).await;
        assert_eq!(matches!(outcome, Err(Error::Encoded { .. })), refused);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const GZIPPED: &str = "content-encoding: gzip\r\n";

#[tokio::test]
async fn gzip_is_undone() {
    let body = png(300);
    let origin = Origin::always(respond("200 OK", GZIPPED, &gzip(&body))).await;
    let image = fetch(&fetcher(config()), &origin.url("/")).await.unwrap();
    assert_eq!(image.bytes, body);
    assert_eq!(image.digest, *blake3::hash(&body).as_bytes());
}

#[tokio::test]
async fn a_gzip_bomb_and_damaged_gzip_end_early() {
    let mut bomb = png(4);
    bomb.resize(64 << 20, 0);
    let bomb = gzip(&bomb);
    assert!(bomb.len() < 100_000);
    let config = Config {
        max_bytes: 1 << 20,
        ..config()
    };
    let whole = gzip(&png(100));
    let cut = &whole[..whole.len() - 9];
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (body, is_bomb) in [(&bomb[..], true), (cut, false), (&flipped, false)] {
        let origin = Origin::always(respond("200 OK", GZIPPED, body)).await;
        let error = fetch(&fetcher(config.clone()), &origin.url("/"))
            .await
            .unwrap_err();
        match error {
            Error::TooLarge { .. } => assert!(is_bomb),
            Error::Incomplete { .. } => assert!(!is_bomb),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_incomplete() {
    let body = png(64);
    let part = &body[..body.len() - 1];
    let coded = chunked(&body, 100);
    for sent in [
        [
            head("200 OK", &format!("content-length: {}\r\n", body.len())),
            part.to_vec(),
        ],
        [
            head("200 OK", "transfer-encoding: chunked\r\n"),
            coded[..coded.len() - 5].to_vec(),
        ],
    ] {
        let origin = Origin::always(vec![Step::Send(sent.concat()), Step::Close]).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error}");
    }
}

#[tokio::test]
async fn bytes_past_the_declared_length_are_not_read() {
    let body = png(4);
    let length = format!("content-length: {}\r\n", body.len());
    let sent = [head("200 OK", &length), body.clone(), b"more".to_vec()].concat();
    let origin = Origin::always(vec![Step::Send(sent), Step::Close]).await;
    let image = fetch(&fetcher(config()), &origin.url("/")).await.unwrap();
    assert_eq!(image.bytes, body);
}

#[tokio::test]
async fn what_is_no_http_is_unreachable() {
    let long_head = head("200 OK", &format!("x: {}\r\n", "y".repeat(200_000)));
    for sent in [
        b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(),
        b"\x00\x01".to_vec(),
        long_head,
        vec![],
    ] {
        let origin = Origin::always(vec![Step::Send(sent), Step::Close]).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        let is_protocol = matches!(
            error,
            Error::Unreachable {
                cause: Cause::Protocol,
                ..
            }
        );
        assert!(is_protocol, "{error}");
    }
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_unreachable() {
    let closed = Origin::always(vec![]).await.url("/");
    for (url, expected) in [
        (closed.as_str(), Cause::Connect),
        ("http://nowhere.example/", Cause::Dns),
    ] {
        let error = fetch(&fetcher(config()), url).await.unwrap_err();
        let Error::Unreachable { cause, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(cause, expected);
    }
}

#[tokio::test]
async fn a_fetch_can_be_spawned_on_another_thread() {
    let origin = Origin::always(respond("200 OK", "", &png(4))).await;
    let fetcher = Arc::new(fetcher(config()));
    let url = source(&origin.url("/"));
    let spawned = tokio::spawn(async move {
        let streamed = fetcher
            .stream(&url, &HeaderMap::new(), &Passed::none())
            .await
            .unwrap();
        assert_eq!(streamed.status, 200);
        fetcher.fetch(&url, &Terms::passing(&Passed::none())).await
    });
    assert!(spawned.await.unwrap().is_ok());
}
