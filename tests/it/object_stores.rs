//! Sources in object stores, read from servers that check what they are asked.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{CONTENT_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use inkfish::clock::Clock;
use inkfish::request::SourceUrl;
use inkfish::source::{
    Addressing, Config, Credentials, Error, Fetched, Fetcher, Image, Passed, Resolve, Resolving,
    S3Key, Secret, StoreConfig, StoreKind, Terms, Validators,
};
use url::Url;

use crate::support::{Azurite, S3Server, fixture};

const PICTURE: &str = "png/rgb-8.png";
const OTHER: &str = "png/grey-8.png";

/// Nothing here has a name.
struct NoNames;

impl Resolve for NoNames {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Ok(Vec::<IpAddr>::new()) })
    }
}

fn s3(secret: &str) -> StoreConfig {
    StoreConfig {
        name: "s3".to_owned(),
        kind: StoreKind::S3 {
            region: None,
            addressing: Addressing::Path,
            credentials: Credentials::Key(S3Key {
                access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
                secret_access_key: Secret::new(secret),
                session_token: None,
            }),
        },
        endpoint: Some(Url::parse(&S3Server::shared().url()).unwrap()),
        allowed_buckets: Vec::new(),
        denied_buckets: vec!["denied".to_owned()],
    }
}

fn azure(key: &str) -> StoreConfig {
    StoreConfig {
        name: "azure".to_owned(),
        kind: StoreKind::Azure {
            account: Azurite::ACCOUNT.to_owned(),
            credentials: Credentials::Key(Secret::new(key)),
        },
        endpoint: Some(Url::parse(&Azurite::shared().url()).unwrap()),
        allowed_buckets: Vec::new(),
        denied_buckets: Vec::new(),
    }
}

fn fetcher(store: StoreConfig) -> Fetcher {
    limited(store, Config::default())
}

/// Loopback stays shut to all but the configured endpoint.
fn limited(store: StoreConfig, config: Config) -> Fetcher {
    let config = Config {
        stores: vec![store],
        source_cache_bytes: 0,
        ..config
    };
    Fetcher::try_new(config, Clock::system(), Arc::new(NoNames)).unwrap()
}

fn source(url: &str) -> SourceUrl {
    SourceUrl::parse(url).unwrap()
}

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Image, Error> {
    match fetcher
        .fetch(&source(url), &Terms::passing(&Passed::none()))
        .await?
    {
        Fetched::Image(image) => Ok(image),
        Fetched::NotModified(..) => panic!("not modified"),
    }
}

async fn is_unchanged(fetcher: &Fetcher, url: &str, held: &Validators) -> bool {
    let passed = Passed::none();
    let terms = Terms {
        held: Some(held),
        ..Terms::passing(&passed)
    };
    let outcome = fetcher.fetch(&source(url), &terms).await;
    matches!(outcome, Ok(Fetched::NotModified(..)))
}

fn status(outcome: Result<Image, Error>) -> u16 {
    match outcome {
        Err(Error::Status { status, .. }) => status,
        other => panic!("{other:?}"),
    }
}

/// What `range` of the object comes through untouched: status, `Content-Range` and bytes.
async fn part(fetcher: &Fetcher, url: &str, range: &'static str) -> (StatusCode, String, Vec<u8>) {
    let asked = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
    let streamed = fetcher.stream(&source(url), &asked, &Passed::none()).await;
    let streamed = streamed.unwrap();
    let range = streamed.headers.get(CONTENT_RANGE);
    let range = range.map_or("", |range| range.to_str().unwrap()).to_owned();
    let bytes = streamed.body.collect().await.unwrap().to_bytes();
    (streamed.status, range, bytes.to_vec())
}

fn other_tag() -> Validators {
    Validators {
        etag: Some("\"other\"".to_owned()),
        last_modified: None,
    }
}

#[tokio::test]
async fn objects_of_s3_are_read_by_key_and_by_version() {
    let server = S3Server::shared();
    server.put("photos", "a b/ü+%.png", &fixture(PICTURE));
    server.put_version("photos", ("a b/ü+%.png", "v1"), &fixture(OTHER));
    let fetcher = fetcher(s3(S3Server::SECRET_ACCESS_KEY));
    let newest = fetch(&fetcher, "s3://photos/a b/ü+%.png").await.unwrap();
    assert_eq!(newest.bytes, fixture(PICTURE));
    let older = fetch(&fetcher, "s3://photos/a b/ü+%.png?v1").await.unwrap();
    assert_eq!(older.bytes, fixture(OTHER));
    let missing = fetch(&fetcher, "s3://photos/a b/ü+%.png?v2").await;
    assert_eq!(status(missing), 404);
}

#[tokio::test]
async fn an_object_of_s3_that_stands_is_not_sent_again() {
    S3Server::shared().put("photos", "held.png", &fixture(PICTURE));
    let fetcher = fetcher(s3(S3Server::SECRET_ACCESS_KEY));
    let url = "s3://photos/held.png";
    let held = fetch(&fetcher, url).await.unwrap().validators;
    assert!(is_unchanged(&fetcher, url, &held).await);
    assert!(!is_unchanged(&fetcher, url, &other_tag()).await);
}

#[tokio::test]
async fn s3_refuses_a_wrong_secret_and_nobody() {
    S3Server::shared().put("photos", "secret.png", &fixture(PICTURE));
    let url = "s3://photos/secret.png";
    assert_eq!(status(fetch(&fetcher(s3("wrong")), url).await), 403);
    let nobody = StoreConfig {
        kind: StoreKind::S3 {
            region: None,
            addressing: Addressing::Path,
            credentials: Credentials::Anonymous,
        },
        ..s3("")
    };
    assert_eq!(status(fetch(&fetcher(nobody), url).await), 403);
}

#[tokio::test]
async fn what_is_not_there_or_denied_is_told_apart_from_the_rest() {
    S3Server::shared().put("denied", "a.png", &fixture(PICTURE));
    let fetcher = fetcher(s3(S3Server::SECRET_ACCESS_KEY));
    for url in ["s3://photos/none.png", "s3://nowhere/none.png"] {
        assert_eq!(status(fetch(&fetcher, url).await), 404, "{url}");
    }
    let denied = fetch(&fetcher, "s3://denied/a.png").await.unwrap_err();
    assert!(matches!(denied, Error::NoObject { .. }), "{denied}");
}

#[tokio::test]
async fn limits_hold_for_objects() {
    let server = S3Server::shared();
    server.put("photos", "limited.png", &fixture(PICTURE));
    server.put("photos", "page.html", &fixture("other/not-an-image.html"));
    let url = "s3://photos/limited.png";
    let store = || s3(S3Server::SECRET_ACCESS_KEY);
    let small = Config {
        max_bytes: 64,
        ..Config::default()
    };
    let error = fetch(&limited(store(), small), url).await.unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 64 });
    let coarse = Config {
        max_pixels: 4,
        ..Config::default()
    };
    let error = fetch(&limited(store(), coarse), url).await.unwrap_err();
    assert!(matches!(error, Error::TooManyPixels { limit: 4, .. }));
    let error = fetch(&fetcher(store()), "s3://photos/page.html").await;
    assert!(matches!(error, Err(Error::NotAnImage { .. })), "{error:?}");
}

#[tokio::test]
async fn parts_of_an_object_of_s3_come_through() {
    let bytes = fixture(PICTURE);
    S3Server::shared().put("photos", "parts.png", &bytes);
    let fetcher = fetcher(s3(S3Server::SECRET_ACCESS_KEY));
    let (url, size) = ("s3://photos/parts.png", bytes.len());
    let partial = StatusCode::PARTIAL_CONTENT;
    for (range, first, last) in [
        ("bytes=0-9", 0, 9),
        ("bytes=20-", 20, size - 1),
        ("bytes=-5", size - 5, size - 1),
    ] {
        let expected = (
            partial,
            format!("bytes {first}-{last}/{size}"),
            bytes[first..=last].to_vec(),
        );
        assert_eq!(part(&fetcher, url, range).await, expected, "{range}");
    }
    let whole = (StatusCode::OK, String::new(), bytes);
    assert_eq!(part(&fetcher, url, "bytes=0-1,4-5").await, whole);
}

#[tokio::test]
async fn blobs_of_azure_are_read_whole_in_parts_and_not_twice() {
    let bytes = fixture(PICTURE);
    let server = Azurite::shared();
    server.create_container("photos");
    server.put("photos", "a.png", &bytes);
    let fetcher = fetcher(azure(Azurite::KEY));
    let url = "abs://photos/a.png";
    let image = fetch(&fetcher, url).await.unwrap();
    assert_eq!(image.bytes, bytes);
    assert!(is_unchanged(&fetcher, url, &image.validators).await);
    assert!(!is_unchanged(&fetcher, url, &other_tag()).await);
    let expected = (
        StatusCode::PARTIAL_CONTENT,
        format!("bytes 3-9/{}", bytes.len()),
        bytes[3..=9].to_vec(),
    );
    assert_eq!(part(&fetcher, url, "bytes=3-9").await, expected);
    // It knows no ranges that count from the end: the whole answers them.
    let whole = (StatusCode::OK, String::new(), bytes);
    assert_eq!(part(&fetcher, url, "bytes=-5").await, whole);
}

#[tokio::test]
async fn azure_refuses_a_wrong_key_and_tells_what_is_not_there() {
    let server = Azurite::shared();
    server.create_container("private");
    server.put("private", "a.png", &fixture(PICTURE));
    let wrong = fetcher(azure("d3Jvbmc="));
    assert_eq!(status(fetch(&wrong, "abs://private/a.png").await), 403);
    let right = fetcher(azure(Azurite::KEY));
    for url in ["abs://private/none.png", "abs://nowhere/a.png"] {
        assert_eq!(status(fetch(&right, url).await), 404, "{url}");
    }
}
