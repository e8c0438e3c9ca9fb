//! How long clients and CDNs may keep an answer.

use std::time::Duration;

use super::{NOW, SMALL};
use crate::support::{Origin, Response, Server};

/// Settings, options, and what Cache-Control and CDN-Cache-Control say then.
type Keeping<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, Option<&'a str>);

#[test]
fn clients_may_keep_an_answer_as_long_as_ttl_and_expires_both_allow() {
    let origin = Origin::with_picture();
    let soon = format!("exp:{}", NOW + 30);
    let late = format!("exp:{}", NOW + 1_000_000_000);
    let year = "max-age=31536000, public";
    let rows: [Keeping<'_>; 8] = [
        (&[], SMALL, year, None),
        (&[], &soon, "max-age=30, public", None),
        (&[], &late, year, None),
        (&[], "exp:0", year, None),
        (&[("TTL", "60")], SMALL, "max-age=60, public", None),
        (&[("TTL", "0")], SMALL, "no-cache", None),
        (
            &[("TTL", "60"), ("CDN_CACHE_CONTROL", "600")],
            SMALL,
            "max-age=60, public",
            Some("max-age=600, public"),
        ),
        (
            &[("TTL", "0"), ("CDN_CACHE_CONTROL", "600")],
            &soon,
            "no-cache",
            Some("max-age=30, public"),
        ),
    ];
    for (settings, options, browser, cdn) in rows {
        let server = Server::start(settings);
        let path = origin.asking(options);
        for found in ["made", "held"] {
            let reply = server.get(&path);
            let told = (
                reply.header("cache-control"),
                reply.header("cdn-cache-control"),
            );
            assert_eq!(told, (Some(browser), cdn), "{settings:?} {options} {found}");
            assert_eq!(reply.header("age"), None);
            assert_eq!(reply.header("expires"), None);
        }
    }
}

#[test]
fn max_age_counts_from_the_answer_and_not_from_the_making() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(&format!("exp:{}", NOW + 30));
    server.get(&path);
    server.clock.advance(Duration::from_secs(20));
    let reply = server.get(&path);
    assert_eq!(reply.header("cache-control"), Some("max-age=10, public"));
}

#[test]
fn cdns_keep_lasting_errors_for_ten_seconds_and_passing_ones_not_at_all() {
    let origin = Origin::start();
    for status in [403, 404, 410, 500, 503] {
        origin.serve(&format!("/{status}"), Response::status(status));
    }
    origin.serve("/text", Response::ok("image/jpeg", "no picture"));
    let server = Server::start(&[]);
    let rows = [
        (origin.asking_for("/404", SMALL), 404, "s-maxage=10"),
        (origin.asking_for("/410", SMALL), 410, "s-maxage=10"),
        (origin.asking_for("/text", SMALL), 422, "s-maxage=10"),
        (origin.asking_for("/403", SMALL), 403, "no-store"),
        (origin.asking_for("/500", SMALL), 502, "no-store"),
        (origin.asking_for("/503", SMALL), 502, "no-store"),
        ("/unsafe/nonsense:1/plain/x".into(), 404, "s-maxage=10"),
        (origin.asking("exp:1"), 404, "s-maxage=10"),
    ];
    for (path, status, keep) in rows {
        let reply = server.get(&path);
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("cache-control"), Some(keep), "{path}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        for name in [
            "etag",
            "last-modified",
            "cdn-cache-control",
            "content-disposition",
        ] {
            assert_eq!(reply.header(name), None, "{name} of {path}");
        }
    }
}
