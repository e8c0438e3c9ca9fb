//! Redirects: followed by hand, and judged hop by hop.

use super::origin::{Origin, Step, respond};
use super::*;

/// An origin whose `/image` is one and whose other paths are redirects: `/STATUS/LOCATION`, a `|` for each `/`.
async fn redirecting_origin() -> Origin {
    Origin::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path.split('/').collect::<Vec<_>>()[..] {
            ["", status, location] if status != "image" => {
                redirect(status, &location.replace('|', "/"))
            }
            _ => respond("200 OK", "", &png(4)),
        }
    })
    .await
}

fn redirect(status: &str, location: &str) -> Vec<Step> {
    respond(
        &format!("{status} Moved"),
        &format!("location: {location}\r\n"),
        b"elsewhere",
    )
}

#[tokio::test]
async fn relative_and_absolute_redirects_of_every_status_are_followed() {
    let origin = redirecting_origin().await;
    let fetcher = fetcher(config());
    let absolute = origin.url("|image").replace('/', "|");
    for status in [301, 302, 303, 307, 308] {
        for location in ["|image", "..|image#top", absolute.as_str()] {
            let url = origin.url(&format!("/{status}/{location}"));
            let fetched = fetch(&fetcher, &url).await;
            assert!(fetched.is_ok(), "{url}: {fetched:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_without_a_location_and_other_statuses_are_not_followed() {
    for steps in [
        respond("302 Found", "", b""),
        respond("300 Many", "location: /image\r\n", b""),
        respond("305 Proxy", "location: /image\r\n", b""),
    ] {
        let origin = Origin::always(steps).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Status { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_loop_of_redirects_ends_at_the_limit() {
    let origin = Origin::always(redirect("302", "/again")).await;
    for limit in [0, 3] {
        let fetcher = fetcher(Config {
            max_redirects: limit,
            ..config()
        });
        let before = origin.heads().len();
        let error = fetch(&fetcher, &origin.url("/")).await.unwrap_err();
        assert_eq!(error, Error::TooManyRedirects { limit });
        assert_eq!(origin.heads().len() - before, limit as usize + 1);
    }
}

#[tokio::test]
async fn a_redirect_to_what_may_not_be_fetched_is_refused() {
    let is_bad = |error: &Error| matches!(error, Error::BadRedirect { .. });
    let is_forbidden = |error: &Error| matches!(error, Error::ForbiddenAddress { .. });
    for location in [
        "local:///etc/passwd",
        "file:///etc/passwd",
        "ftp://a.example/",
        "data:image/png,x",
        "http://user:secret@a.example/",
        "http://",
        "http://[::1",
    ] {
        let origin = Origin::always(redirect("302", location)).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        assert!(is_bad(&error), "{location}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/",
        "//10.0.0.1/",
        "http://[::ffff:192.168.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "https://169.254.169.254/",
    ] {
        let origin = Origin::always(redirect("302", location)).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        assert!(is_forbidden(&error), "{location}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_does_not_leave_the_allowed_sources() {
    let other = redirecting_origin().await;
    let origin = Origin::always(redirect("302", &other.url("/image"))).await;
    let fetcher = fetcher(Config {
        allowed_sources: vec![origin.url("/")],
        ..config()
    });
    let error = fetch(&fetcher, &origin.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::NotAllowed { .. }), "{error}");
    assert!(other.heads().is_empty());
}

#[tokio::test]
async fn a_redirect_to_the_same_host_needs_no_second_place() {
    let origin = redirecting_origin().await;
    let fetcher = fetcher(Config {
        max_fetches: 1,
        max_fetches_per_host: 1,
        fetch_queue: 0,
        ..config()
    });
    let fetched = fetch(&fetcher, &origin.url("/302/|image")).await;
    assert!(fetched.is_ok(), "{fetched:?}");
}
