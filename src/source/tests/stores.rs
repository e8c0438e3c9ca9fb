//! Object stores at a scripted endpoint: what is asked, of whom, and what their answers become.

use ::http::HeaderMap;
use ::http::header::{IF_NONE_MATCH, RANGE};
use url::Url;

use super::origin::{Origin, Step, head, respond};
use super::*;

const KEY_ID: &str = "AKIDEXAMPLE";

fn s3(name: &str, origin: &Origin) -> StoreConfig {
    StoreConfig {
        name: name.to_owned(),
        kind: StoreKind::S3 {
            region: Some("eu-central-1".to_owned()),
            addressing: Addressing::Path,
            credentials: Credentials::Key(S3Key {
                access_key_id: KEY_ID.to_owned(),
                secret_access_key: Secret::new("secret"),
                session_token: Some(Secret::new("session")),
            }),
        },
        endpoint: Some(Url::parse(&origin.url("/")).unwrap()),
        allowed_buckets: Vec::new(),
        denied_buckets: Vec::new(),
    }
}

fn gcs(origin: &Origin) -> StoreConfig {
    StoreConfig {
        kind: StoreKind::Gcs {
            credentials: Credentials::Anonymous,
        },
        ..s3("gcs", origin)
    }
}

/// Endpoints are dialled though loopback is shut to everything that a URL names.
fn stored<const N: usize>(stores: [StoreConfig; N]) -> Fetcher {
    fetcher(Config {
        stores: stores.to_vec(),
        allow_loopback: false,
        ..config()
    })
}

async fn an_image() -> Origin {
    Origin::always(respond("200 OK", "etag: \"v1\"\r\n", &png(4))).await
}

#[tokio::test]
async fn a_request_to_s3_is_signed_for_its_region() {
    let origin = an_image().await;
    let image = fetch(&stored([s3("main", &origin)]), "s3://shop/a b/%+ü.png?v/1").await;
    assert_eq!(image.unwrap().validators.etag.as_deref(), Some("\"v1\""));
    let head = origin.heads().remove(0);
    let line = "get /shop/a%20b/%25%2b%c3%bc.png?versionid=v%2f1 http/1.1\r\n";
    assert!(head.starts_with(line), "{head}");
    let scope = format!("credential={}/", KEY_ID.to_lowercase());
    for part in [
        &scope,
        "/eu-central-1/s3/aws4_request",
        "x-amz-security-token: session",
    ] {
        assert!(head.contains(part), "{head}");
    }
    assert!(head.contains("user-agent: inkfish/"), "{head}");
    assert_eq!(head.matches("\r\nhost: ").count(), 1, "{head}");
}

#[tokio::test]
async fn a_request_of_nobody_is_not_signed() {
    let origin = an_image().await;
    let mut nobody = s3("main", &origin);
    nobody.kind = StoreKind::S3 {
        region: None,
        addressing: Addressing::Path,
        credentials: Credentials::Anonymous,
    };
    let azure = StoreConfig {
        kind: StoreKind::Azure {
            account: "acct".to_owned(),
            credentials: Credentials::Anonymous,
        },
        ..s3("azure", &origin)
    };
    let fetcher = stored([nobody, gcs(&origin), azure]);
    for (url, line) in [
        ("s3://shop/a.png", "get /shop/a.png http/1.1"),
        (
            "gs://shop/a.png?42",
            "get /shop/a%2epng?generation=42 http/1.1",
        ),
        ("abs://shop/a.png?v", "get /shop/a.png?versionid=v http/1.1"),
    ] {
        fetch(&fetcher, url).await.unwrap();
        let head = origin.heads().pop().unwrap();
        assert!(head.starts_with(line), "{head}");
        assert!(!head.contains("authorization"), "{head}");
    }
}

#[tokio::test]
async fn a_virtual_host_carries_the_bucket() {
    let origin = an_image().await;
    let port = origin.address().port();
    let endpoint = format!("http://store.test:{port}");
    let virtual_host = StoreConfig {
        kind: StoreKind::S3 {
            region: None,
            addressing: Addressing::VirtualHost,
            credentials: Credentials::Anonymous,
        },
        endpoint: Some(Url::parse(&endpoint).unwrap()),
        ..s3("virtual", &origin)
    };
    let names = Names::new("shop.store.test", [&["127.0.0.1"]]);
    let config = Config {
        stores: vec![virtual_host],
        ..config()
    };
    let fetcher = named_fetcher(config, names);
    fetch(&fetcher, "s3://shop/a.png").await.unwrap();
    let head = origin.heads().remove(0);
    assert!(head.starts_with("get /a.png http/1.1"), "{head}");
    let host = format!("host: shop.store.test:{port}\r\n");
    assert!(head.contains(&host), "{head}");
}

#[tokio::test]
async fn a_bucket_is_asked_for_where_it_is_listed() {
    let (first, second) = (an_image().await, an_image().await);
    let listed = StoreConfig {
        allowed_buckets: vec!["b".to_owned(), "d".to_owned()],
        ..s3("listed", &second)
    };
    let rest = StoreConfig {
        denied_buckets: vec!["d".to_owned()],
        ..s3("rest", &first)
    };
    let fetcher = stored([rest, listed]);
    fetch(&fetcher, "s3://a/k").await.unwrap();
    fetch(&fetcher, "s3://b/k").await.unwrap();
    assert!(first.heads()[0].starts_with("get /a/k"));
    assert!(second.heads()[0].starts_with("get /b/k"));
    let error = fetch(&fetcher, "s3://d/k").await.unwrap_err();
    assert!(matches!(error, Error::NoObject { .. }), "{error}");
    assert_eq!(fetcher.permits(&source("s3://d/k")), Err(error));
    assert_eq!((first.heads().len(), second.heads().len()), (1, 1));
}

#[tokio::test]
async fn without_a_store_for_it_nothing_is_asked() {
    let origin = an_image().await;
    let only = StoreConfig {
        allowed_buckets: vec!["b".to_owned()],
        ..s3("only", &origin)
    };
    let fetcher = stored([only]);
    let disabled = Error::SchemeDisabled { scheme: "gs" };
    assert_eq!(fetch(&fetcher, "gs://b/k").await.unwrap_err(), disabled);
    for url in ["s3://other/k", "s3://b/a//b", "s3://b/../k", "s3://b/k/"] {
        let error = fetch(&fetcher, url).await.unwrap_err();
        assert!(matches!(error, Error::NoObject { .. }), "{url}: {error}");
    }
    assert_eq!(origin.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn patterns_of_allowed_sources_hold_for_objects() {
    let origin = an_image().await;
    let fetcher = fetcher(Config {
        stores: vec![s3("main", &origin)],
        allowed_sources: vec!["s3://shop/public/".to_owned()],
        ..config()
    });
    fetch(&fetcher, "s3://shop/public/a").await.unwrap();
    let error = fetch(&fetcher, "s3://shop/private/a").await.unwrap_err();
    assert!(matches!(error, Error::NotAllowed { .. }), "{error}");
}

#[tokio::test]
async fn a_store_is_not_followed_and_its_passing_failures_are_tried_again() {
    for (status, code, requests) in [
        ("301 Moved Permanently", 301, 1),
        ("307 Temporary Redirect", 307, 1),
        ("403 Forbidden", 403, 1),
        ("404 Not Found", 404, 1),
        ("501 Not Implemented", 501, 1),
        ("503 Slow Down", 503, 2),
        ("500 Internal Server Error", 500, 2),
    ] {
        let origin =
            Origin::always(respond(status, "location: http://127.0.0.1:1/\r\n", b"")).await;
        let error = fetch(&stored([s3("main", &origin)]), "s3://b/k")
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Status { status, .. } if status == code),
            "{error}"
        );
        assert_eq!(origin.heads().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_version_that_is_held_is_asked_about() {
    let origin = Origin::always(vec![Step::Send(head("304 Not Modified", ""))]).await;
    let held = Validators {
        etag: Some("\"v1\"".to_owned()),
        last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
    };
    let outcome = stored([gcs(&origin)])
        .fetch(&source("gs://b/k"), &holding(&held))
        .await;
    assert!(matches!(outcome, Ok(Fetched::NotModified(now, _)) if now == held));
    let head = origin.heads().remove(0);
    for condition in [
        "if-none-match: \"v1\"\r\n",
        "if-modified-since: sun, 06 nov 1994 08:49:37 gmt\r\n",
    ] {
        assert!(head.contains(condition), "{head}");
    }
}

#[tokio::test]
async fn an_explanation_of_a_store_is_not_passed_through() {
    let origin = Origin::always(respond("403 Forbidden", "", b"<StringToSign>")).await;
    let fetcher = stored([s3("main", &origin)]);
    let mut asked = HeaderMap::new();
    asked.insert(RANGE, "bytes=0-9".parse().unwrap());
    asked.insert(IF_NONE_MATCH, "\"v1\"".parse().unwrap());
    let error = fetcher
        .stream(&source("s3://b/k"), &asked, &Passed::none())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 403, .. }),
        "{error}"
    );
    let head = origin.heads().remove(0);
    assert!(head.contains("range: bytes=0-9\r\n"), "{head}");
    assert!(head.contains("if-none-match: \"v1\"\r\n"), "{head}");
}

#[tokio::test]
async fn a_service_account_signs_its_own_token() {
    let origin = an_image().await;
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let key = serde_json::json!({
        "type": "service_account",
        "client_email": "robot@example",
        "private_key_id": "1",
        "private_key": pair.serialize_pem(),
    });
    let store = StoreConfig {
        kind: StoreKind::Gcs {
            credentials: Credentials::Key(Secret::new(key.to_string())),
        },
        ..gcs(&origin)
    };
    fetch(&stored([store]), "gs://b/k").await.unwrap();
    let head = origin.heads().remove(0);
    assert!(head.contains("authorization: bearer eyj"), "{head}");
}

#[tokio::test]
async fn bad_stores_stop_the_start() {
    let origin = an_image().await;
    let endpoint = |text: &str| StoreConfig {
        endpoint: Some(Url::parse(text).unwrap()),
        ..s3("bad", &origin)
    };
    let no_key = |kind| StoreConfig {
        kind,
        ..s3("bad", &origin)
    };
    for store in [
        endpoint("ftp://host/"),
        endpoint("http://user@host/"),
        endpoint("http://host/?query"),
        no_key(StoreKind::Gcs {
            credentials: Credentials::Key(Secret::new("{}")),
        }),
        no_key(StoreKind::Azure {
            account: "acct".to_owned(),
            credentials: Credentials::Key(Secret::new("not base64!")),
        }),
    ] {
        let config = Config {
            stores: vec![store],
            ..config()
        };
        let trust = Trust::Anything;
        let names = Arc::new(Names::default());
        let faults = Fetcher::with_trust(config, Clock::system(), (names, trust)).err();
        let faults = faults.unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].field, "stores");
        assert!(
            faults[0].problem.starts_with("bad: "),
            "{}",
            faults[0].problem
        );
    }
}

#[test]
fn secrets_are_not_shown() {
    let secret = Secret::new("hush");
    assert!(!format!("{:?}", Credentials::Key(secret)).contains("hush"));
}
