//! One download for several: at the same time, and one after the other.

use std::time::Duration;

use super::origin::{Origin, Step, head, respond};
use super::*;
use crate::clock::Timestamp;

const TTL: Duration = Duration::from_secs(60);

fn keeping(bytes: u64) -> Config {
    Config {
        source_cache_bytes: bytes,
        source_cache_ttl: TTL,
        ..config()
    }
}

fn keeper(config: Config) -> (Fetcher, Clock) {
    let clock = Clock::manual(Timestamp::from_millis(1_000_000));
    let trust = Trust::Roots(rustls::RootCertStore::empty());
    let names = Arc::new(Names::default());
    let fetcher = Fetcher::with_trust(config, clock.clone(), (names, trust)).unwrap();
    (fetcher, clock)
}

/// An origin whose source has the tag `v1` and stays as it is.
async fn steady(body: Vec<u8>) -> Origin {
    Origin::start(move |asked| {
        if asked.contains("if-none-match: \"v1\"\r\n") {
            return vec![Step::Send(head("304 Not Modified", ""))];
        }
        respond("200 OK", "etag: \"v1\"\r\n", &body)
    })
    .await
}

#[tokio::test]
async fn a_source_that_was_had_is_not_downloaded_again() {
    let origin = steady(png(16)).await;
    let (fetcher, _) = keeper(keeping(1 << 20));
    let first = fetch(&fetcher, &origin.url("/a")).await.unwrap();
    let second = fetch(&fetcher, &origin.url("/a")).await.unwrap();
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(first.digest, second.digest);
    assert_eq!(origin.heads().len(), 1);
    fetch(&fetcher, &origin.url("/b")).await.unwrap();
    assert_eq!(origin.heads().len(), 2);
}

#[tokio::test]
async fn without_room_every_fetch_is_a_download() {
    let origin = steady(png(16)).await;
    for bytes in [0, 1024] {
        let (fetcher, _) = keeper(keeping(bytes));
        let before = origin.heads().len();
        for _ in 0..2 {
            fetch(&fetcher, &origin.url("/")).await.unwrap();
        }
        assert_eq!(origin.heads().len(), before + 2);
        assert_eq!(fetcher.kept_bytes(), 0);
    }
}

#[tokio::test]
async fn past_its_time_a_kept_source_is_asked_about_and_renewed() {
    let origin = steady(png(16)).await;
    let (fetcher, clock) = keeper(keeping(1 << 20));
    fetch(&fetcher, &origin.url("/")).await.unwrap();
    clock.advance(TTL);
    for _ in 0..2 {
        let image = fetch(&fetcher, &origin.url("/")).await.unwrap();
        assert_eq!(image.bytes, png(16));
        assert_eq!(image.validators.etag.as_deref(), Some("\"v1\""));
    }
    let heads = origin.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[1].contains("if-none-match"), "{}", heads[1]);
}

#[tokio::test]
async fn a_kept_source_that_changed_is_replaced() {
    let origin = Origin::start(|asked| {
        let (tag, side) = if asked.contains("if-none-match: \"v1\"") {
            ("v2", 20)
        } else {
            ("v1", 10)
        };
        respond("200 OK", &format!("etag: \"{tag}\"\r\n"), &png(side))
    })
    .await;
    let (fetcher, clock) = keeper(keeping(1 << 20));
    let first = fetch(&fetcher, &origin.url("/")).await.unwrap();
    clock.advance(TTL);
    let second = fetch(&fetcher, &origin.url("/")).await.unwrap();
    let third = fetch(&fetcher, &origin.url("/")).await.unwrap();
    assert_eq!((first.facts.width, second.facts.width), (10, 20));
    assert_eq!(third.digest, second.digest);
    assert_eq!(origin.heads().len(), 2);
}

#[tokio::test]
async fn who_holds_a_version_has_the_origin_asked() {
    let origin = steady(png(16)).await;
    let (fetcher, clock) = keeper(keeping(1 << 20));
    let url = source(&origin.url("/"));
    let image = fetch(&fetcher, &origin.url("/")).await.unwrap();
    clock.advance(TTL);
    let outcome = fetcher.fetch(&url, &holding(&image.validators)).await;
    assert!(matches!(outcome, Ok(Fetched::NotModified(..))));
    assert_eq!(origin.heads().len(), 2);
    // What the origin said renews what is kept, too.
    fetch(&fetcher, &origin.url("/")).await.unwrap();
    assert_eq!(origin.heads().len(), 2);
}

#[tokio::test]
async fn who_holds_a_version_without_validators_has_the_origin_asked_too() {
    let origin = Origin::always(respond("200 OK", "", &png(16))).await;
    let (fetcher, _) = keeper(keeping(1 << 20));
    fetch(&fetcher, &origin.url("/")).await.unwrap();
    let url = source(&origin.url("/"));
    let held = Validators::default();
    let outcome = fetcher.fetch(&url, &holding(&held)).await;
    assert!(matches!(outcome, Ok(Fetched::Image(_))));
    assert_eq!(origin.heads().len(), 2);
}

#[tokio::test]
async fn a_burst_is_one_download() {
    let origin = steady(png(64)).await;
    for config in [keeping(1 << 20), keeping(0)] {
        let before = origin.heads().len();
        let (fetcher, _) = keeper(config);
        let fetcher = Arc::new(fetcher);
        let url = origin.url("/");
        let burst = futures_util::future::join_all((0..8).map(|_| fetch(&fetcher, &url))).await;
        for image in burst {
            assert_eq!(image.unwrap().bytes, png(64));
        }
        assert_eq!(origin.heads().len(), before + 1);
    }
}

#[tokio::test]
async fn a_download_goes_on_while_anybody_waits_and_ends_with_the_last() {
    let body = png(64);
    let started = head("200 OK", &format!("content-length: {}\r\n", body.len()));
    let (part, rest) = body.split_at(40);
    let release = Arc::new(tokio::sync::Semaphore::new(0));
    let origin = Origin::always(vec![
        Step::Send([started, part.to_vec()].concat()),
        Step::Await(Arc::clone(&release)),
        Step::Send(rest.to_vec()),
    ])
    .await;
    let (fetcher, _) = keeper(keeping(0));
    let fetcher = Arc::new(fetcher);
    let wait = || {
        let (fetcher, url) = (Arc::clone(&fetcher), origin.url("/"));
        tokio::spawn(async move { fetch(&fetcher, &url).await })
    };
    let leader = wait();
    origin.asked().await;
    let follower = wait();
    tokio::task::yield_now().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    release.add_permits(1);
    assert_eq!(follower.await.unwrap().unwrap().bytes, body);
    assert_eq!(origin.heads().len(), 1);

    let last = wait();
    origin.asked().await;
    last.abort();
    assert!(last.await.unwrap_err().is_cancelled());
    origin.left_alone().await;
}

#[tokio::test]
async fn the_least_recently_used_goes_first_and_the_bound_holds() {
    let body = png(200);
    let origin = steady(body.clone()).await;
    let room = 2 * (body.len() as u64 + 4096) + 1024;
    let (fetcher, _) = keeper(keeping(room));
    for (path, downloads) in [
        ("/a", 1),
        ("/b", 2),
        ("/a", 2),
        ("/c", 3),
        ("/a", 3),
        ("/b", 4),
    ] {
        drop(fetch(&fetcher, &origin.url(path)).await.unwrap());
        assert_eq!(origin.heads().len(), downloads, "{path}");
        assert!(fetcher.kept_bytes() <= room);
    }
}

#[tokio::test]
async fn an_evicted_source_counts_for_as_long_as_it_is_read() {
    let body = png(200);
    let origin = steady(body.clone()).await;
    let room = body.len() as u64 + 4096;
    let (fetcher, _) = keeper(keeping(room));
    let total = fetcher.budget().free_bytes();
    let first = fetch(&fetcher, &origin.url("/a")).await.unwrap();
    assert_eq!(fetcher.budget().free_bytes(), total);
    let second = fetch(&fetcher, &origin.url("/b")).await.unwrap();
    assert!(fetcher.kept_bytes() > 0);
    assert!(fetcher.budget().free_bytes() < total);
    drop((first, second));
    assert_eq!(fetcher.kept_bytes(), 0);
    assert_eq!(fetcher.budget().free_bytes(), total);
}

#[tokio::test]
async fn what_is_forgotten_is_downloaded_anew_even_while_it_is_on_its_way() {
    let body = png(64);
    let release = Arc::new(tokio::sync::Semaphore::new(0));
    let origin = Origin::always({
        let mut steps = vec![Step::Await(Arc::clone(&release))];
        steps.extend(respond("200 OK", "etag: \"v1\"\r\n", &body));
        steps
    })
    .await;
    let (fetcher, _) = keeper(keeping(1 << 20));
    let fetcher = Arc::new(fetcher);
    let url = source(&origin.url("/"));
    let early = tokio::spawn({
        let (fetcher, url) = (Arc::clone(&fetcher), origin.url("/"));
        async move { fetch(&fetcher, &url).await }
    });
    origin.asked().await;
    fetcher.forget(&url);
    release.add_permits(2);
    early.await.unwrap().unwrap();
    fetch(&fetcher, &origin.url("/")).await.unwrap();
    assert_eq!(origin.heads().len(), 2);
    fetch(&fetcher, &origin.url("/")).await.unwrap();
    assert_eq!(origin.heads().len(), 2);
    fetcher.forget(&url);
    assert_eq!(fetcher.kept_bytes(), 0);
}

#[tokio::test]
async fn errors_are_not_kept() {
    let origin = Origin::always(respond("404 Not Found", "", b"")).await;
    let (fetcher, _) = keeper(keeping(1 << 20));
    for _ in 0..2 {
        fetch(&fetcher, &origin.url("/")).await.unwrap_err();
    }
    assert_eq!(origin.heads().len(), 2);
}
