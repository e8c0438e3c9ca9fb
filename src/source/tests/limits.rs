//! What is too large, too slow, too many, or no image.

use std::time::{Duration, Instant};

use super::origin::{Origin, Step, head, respond};
use super::*;

/// Limits of time that a test can wait for.
fn hasty() -> Config {
    Config {
        first_byte_timeout: Duration::from_millis(60),
        connect_timeout: Duration::from_millis(60),
        download_timeout: Duration::from_millis(200),
        ..config()
    }
}

#[tokio::test]
async fn a_download_ends_as_soon_as_its_bytes_are_no_image() {
    let chunked = head("200 OK", "content-type: image/png\r\n");
    let steps = vec![
        Step::Send(chunked),
        Step::Endless(b"<!DOCTYPE html><html><body>".repeat(10)),
    ];
    let origin = Origin::always(steps).await;
    let error = fetch(&fetcher(config()), &origin.url("/"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotAnImage { .. }), "{error}");
    origin.left_alone().await;
}

#[tokio::test]
async fn a_download_ends_as_soon_as_it_declares_too_many_pixels() {
    let steps = vec![
        Step::Send([head("200 OK", ""), GIANT_GIF.to_vec()].concat()),
        Step::Silence,
    ];
    let origin = Origin::always(steps).await;
    let error = fetch(&fetcher(config()), &origin.url("/"))
        .await
        .unwrap_err();
    let expected = Error::TooManyPixels {
        pixels: 65_535 * 65_535,
        limit: 50_000_000,
    };
    assert_eq!(error, expected);
    origin.left_alone().await;
}

#[tokio::test]
async fn a_file_that_ends_within_its_header_is_no_image() {
    for body in [&b""[..], b"\x89PNG", &png(4)[..20]] {
        let origin = Origin::always(respond("200 OK", "", body)).await;
        let error = fetch(&fetcher(config()), &origin.url("/"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NotAnImage { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_byte_limit_holds_to_the_byte() {
    let body = png(64);
    let len = body.len() as u64;
    let declared = respond("200 OK", "", &body);
    let undeclared = vec![
        Step::Send([head("200 OK", ""), body.clone()].concat()),
        Step::Close,
    ];
    for steps in [declared, undeclared] {
        let origin = Origin::always(steps).await;
        for (max_bytes, fits) in [(len, true), (len - 1, false)] {
            let config = Config {
                max_bytes,
                ..config()
            };
            let outcome = fetch(&fetcher(config), &origin.url("/")).await;
            match outcome {
                Ok(_) => assert!(fits),
                Err(error) => {
                    assert_eq!((error, fits), (Error::TooLarge { limit: len - 1 }, false))
                }
            }
        }
    }
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_unread() {
    let steps = vec![
        Step::Send(head("200 OK", "content-length: 99999999999\r\n")),
        Step::Silence,
    ];
    let origin = Origin::always(steps).await;
    let error = fetch(&fetcher(config()), &origin.url("/"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    origin.left_alone().await;
}

#[tokio::test]
async fn an_endless_image_ends_at_the_byte_limit() {
    let mut steps = vec![Step::Send([head("200 OK", ""), png(600)].concat())];
    steps.push(Step::Endless(vec![0; 10_000]));
    let origin = Origin::always(steps).await;
    let config = Config {
        max_bytes: 2 << 20,
        ..config()
    };
    let error = fetch(&fetcher(config), &origin.url("/")).await.unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 2 << 20 });
    origin.left_alone().await;
}

#[tokio::test]
async fn a_silent_or_slow_origin_is_left_within_the_time() {
    let silent = vec![Step::Silence];
    let half_a_head = vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Silence];
    let half_a_body = vec![
        Step::Send([head("200 OK", ""), png(64)[..300].to_vec()].concat()),
        Step::Silence,
    ];
    for (steps, expected) in [
        (silent, Phase::FirstByte),
        (half_a_head, Phase::FirstByte),
        (half_a_body, Phase::Download),
    ] {
        let origin = Origin::always(steps).await;
        let began = Instant::now();
        let error = fetch(&fetcher(hasty()), &origin.url("/"))
            .await
            .unwrap_err();
        let Error::Timeout { phase, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(phase, expected);
        assert!(began.elapsed() < Duration::from_secs(1));
        origin.left_alone().await;
    }
}

#[tokio::test]
async fn a_look_up_that_never_ends_is_left_within_the_time() {
    struct Never;
    impl Resolve for Never {
        fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
            Box::pin(std::future::pending())
        }
    }
    let trust = Trust::Anything;
    let fetcher = Fetcher::with_trust(hasty(), Clock::system(), (Arc::new(Never), trust));
    let error = fetch(&fetcher.ok().unwrap(), "http://a.example/").await;
    let Err(Error::Timeout { phase, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(phase, Phase::Connect);
}

#[tokio::test]
async fn a_dropped_fetch_closes_its_connection_and_gives_everything_back() {
    let half = [head("200 OK", ""), png(64)[..300].to_vec()].concat();
    for steps in [vec![Step::Silence], vec![Step::Send(half), Step::Silence]] {
        let origin = Origin::always(steps).await;
        let fetcher = fetcher(Config {
            max_fetches: 1,
            fetch_queue: 0,
            ..config()
        });
        let url = origin.url("/");
        tokio::select! {
            outcome = fetch(&fetcher, &url) => panic!("{outcome:?}"),
            () = origin.asked() => {}
        }
        origin.left_alone().await;
        assert_eq!(
            fetcher.budget().free_bytes(),
            fetcher.budget().total_bytes()
        );
        let next = Origin::always(respond("200 OK", "", &png(4))).await;
        fetch(&fetcher, &next.url("/")).await.unwrap();
    }
}

#[tokio::test]
async fn fetches_past_the_limits_and_the_queue_are_turned_away() {
    let origin = Origin::always(vec![Step::Silence]).await;
    let fetcher = fetcher(Config {
        max_fetches_per_host: 1,
        fetch_queue: 0,
        ..config()
    });
    let url = origin.url("/");
    let running = fetch(&fetcher, &url);
    let turned_away = async {
        origin.asked().await;
        fetch(&fetcher, &origin.url("/other")).await
    };
    tokio::select! {
        outcome = running => panic!("{outcome:?}"),
        outcome = turned_away => assert!(matches!(outcome, Err(Error::Busy { .. }))),
    }
}

#[tokio::test]
async fn bytes_are_counted_until_the_image_is_dropped() {
    let body = png(600);
    let origin = Origin::always(respond("200 OK", "", &body)).await;
    let fetcher = fetcher(Config {
        max_bytes: 400 << 10,
        transfer_bytes: 600 << 10,
        download_timeout: Duration::from_millis(300),
        ..config()
    });
    let held = fetch(&fetcher, &origin.url("/")).await.unwrap();
    let used = fetcher.budget().total_bytes() - fetcher.budget().free_bytes();
    assert_eq!(used, (body.len() as u64).div_ceil(1024) * 1024);
    let error = fetch(&fetcher, &origin.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(held);
    fetch(&fetcher, &origin.url("/")).await.unwrap();
}

#[tokio::test]
async fn a_body_that_outgrows_the_free_budget_does_not_wait_for_more() {
    let steps = vec![
        Step::Send([head("200 OK", ""), png(600)].concat()),
        Step::Close,
    ];
    let origin = Origin::always(steps).await;
    let fetcher = fetcher(Config {
        max_bytes: 512 << 10,
        transfer_bytes: 600 << 10,
        ..config()
    });
    let error = fetch(&fetcher, &origin.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert_eq!(
        fetcher.budget().free_bytes(),
        fetcher.budget().total_bytes()
    );
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let broken = Config {
        allowed_sources: vec!["https://a".to_owned(), "b/".to_owned()],
        max_bytes: 0,
        download_timeout: Duration::ZERO,
        local_root: Some("/nowhere/at/all".into()),
        user_agent: "a\nb".to_owned(),
        ..config()
    };
    let names = Arc::new(Names::default());
    let Err(faults) = Fetcher::try_new(broken, Clock::system(), names) else {
        panic!("it started");
    };
    let mut fields: Vec<_> = faults.iter().map(|fault| fault.field).collect();
    fields.sort_unstable();
    let expected = [
        "allowed_sources",
        "allowed_sources",
        "download_timeout",
        "local_root",
        "max_bytes",
        "user_agent",
    ];
    assert_eq!(fields, expected);
}
