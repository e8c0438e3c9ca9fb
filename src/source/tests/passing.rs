//! Headers that pass, where settings say so.

use ::http::{HeaderMap, HeaderName, HeaderValue};

use super::origin::{Origin, Step, head, respond};
use super::*;

fn passing() -> Config {
    Config {
        passthrough: Passthrough {
            request_headers: vec!["x-user".to_owned()],
            response_headers: vec!["x-rights".to_owned()],
            cookies: Cookies::All,
            custom_headers: vec![("Authorization".to_owned(), "Bearer key".to_owned())],
        },
        source_cache_bytes: 1 << 20,
        ..config()
    }
}

fn client(user: &'static str) -> HeaderMap {
    let pairs = [("x-user", user), ("cookie", "a=b"), ("x-other", "1")];
    pairs
        .into_iter()
        .map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        })
        .collect()
}

async fn fetch_for(fetcher: &Fetcher, url: &str, user: &'static str) -> Image {
    let url = source(url);
    let passed = fetcher.passed(&url, &client(user));
    match fetcher.fetch(&url, &Terms::passing(&passed)).await.unwrap() {
        Fetched::Image(image) => image,
        Fetched::NotModified(..) => panic!("not modified"),
    }
}

#[tokio::test]
async fn named_headers_reach_the_origin_and_come_back() {
    let headers = "x-rights: mine\r\nx-internal: 1\r\n";
    let origin = Origin::always(respond("200 OK", headers, &png(4))).await;
    let image = fetch_for(&fetcher(passing()), &origin.url("/"), "7").await;
    let head = origin.heads().remove(0);
    for present in [
        "x-user: 7\r\n",
        "cookie: a=b\r\n",
        "authorization: bearer key\r\n",
    ] {
        assert!(head.contains(present), "{head}");
    }
    assert!(!head.contains("x-other"), "{head}");
    let kept: Vec<_> = image.kept_headers.iter().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(image.kept_headers["x-rights"], "mine");
}

#[tokio::test]
async fn what_was_had_for_one_client_is_not_anothers() {
    let origin = Origin::always(respond("200 OK", "", &png(4))).await;
    let fetcher = fetcher(passing());
    for (user, downloads) in [("1", 1), ("2", 2), ("1", 2), ("2", 2)] {
        fetch_for(&fetcher, &origin.url("/"), user).await;
        assert_eq!(origin.heads().len(), downloads, "{user}");
    }
    fetcher.forget(&source(&origin.url("/")));
    assert_eq!(fetcher.kept_bytes(), 0);
}

#[tokio::test]
async fn nothing_passes_to_where_the_source_redirects() {
    let elsewhere = Origin::always(respond("200 OK", "", &png(4))).await;
    let there = elsewhere.url("/there");
    let origin = Origin::start(move |asked| {
        let location = if asked.starts_with("get /near") {
            &there
        } else {
            "/near"
        };
        vec![Step::Send(head(
            "302 Found",
            &format!("location: {location}\r\ncontent-length: 0\r\n"),
        ))]
    })
    .await;
    fetch_for(&fetcher(passing()), &origin.url("/far"), "7").await;
    let secrets = ["x-user", "cookie", "authorization"];
    for head in origin.heads() {
        assert!(secrets.iter().all(|secret| head.contains(secret)), "{head}");
    }
    let head = elsewhere.heads().remove(0);
    assert!(
        !secrets.iter().any(|secret| head.contains(secret)),
        "{head}"
    );
}
