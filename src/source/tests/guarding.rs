//! The guard at the point where addresses are dialled.

use super::origin::{Origin, Step, respond};
use super::*;

/// A named origin: the port is the origin's, the name is the resolver's.
fn named_url(origin: &Origin) -> String {
    format!("http://images.example:{}/", origin.address().port())
}

/// An origin that closes each connection, so that the next fetch looks its name up again.
async fn closing_origin() -> Origin {
    Origin::always([respond("200 OK", "", &png(4)), vec![Step::Close]].concat()).await
}

#[tokio::test]
async fn loopback_is_refused_unless_switched_on() {
    let origin = closing_origin().await;
    let port = origin.address().port();
    let shut = fetcher(Config::default());
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0",
    ] {
        let error = fetch(&shut, &format!("http://{host}:{port}/")).await;
        assert!(
            matches!(error, Err(Error::ForbiddenAddress { .. })),
            "{host}"
        );
    }
    assert!(origin.heads().is_empty());
    let open = fetcher(config());
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let fetched = fetch(&open, &format!("http://{host}:{port}/")).await;
        assert!(fetched.is_ok(), "{host}: {fetched:?}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_judged_by_each_answer() {
    let origin = closing_origin().await;
    let names = Names::new(
        "images.example",
        [&["127.0.0.1"], &["169.254.169.254"], &["::ffff:10.0.0.1"]],
    );
    let fetcher = named_fetcher(config(), names);
    assert!(fetch(&fetcher, &named_url(&origin)).await.is_ok());
    for class in [AddressClass::LinkLocal, AddressClass::Private] {
        let error = fetch(&fetcher, &named_url(&origin)).await.unwrap_err();
        let Error::ForbiddenAddress { class: found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(found, class);
    }
}

#[tokio::test]
async fn forbidden_addresses_among_the_answers_are_passed_over() {
    let origin = closing_origin().await;
    let names = Names::new(
        "images.example",
        [&["169.254.169.254", "10.0.0.1", "127.0.0.1"]],
    );
    let fetched = fetch(&named_fetcher(config(), names), &named_url(&origin)).await;
    assert!(fetched.is_ok(), "{fetched:?}");
}

#[tokio::test]
async fn a_dead_address_does_not_hide_a_living_one() {
    let origin = closing_origin().await;
    let names = Names::new("images.example", [&["127.0.0.2", "127.0.0.1"]]);
    let fetched = fetch(&named_fetcher(config(), names), &named_url(&origin)).await;
    assert!(fetched.is_ok(), "{fetched:?}");
}

#[tokio::test]
async fn our_own_listener_is_never_dialled() {
    let origin = closing_origin().await;
    let wildcard = std::net::SocketAddr::from(([0, 0, 0, 0], origin.address().port()));
    for own in [origin.address(), wildcard] {
        let fetcher = fetcher(Config {
            own_listeners: vec![own],
            ..config()
        });
        let error = fetch(&fetcher, &origin.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Loop { .. }), "{error}");
    }
    assert!(origin.heads().is_empty());
}

#[tokio::test]
async fn a_url_outside_the_allowed_sources_is_refused_before_anything_is_dialled() {
    let origin = closing_origin().await;
    let fetcher = fetcher(Config {
        allowed_sources: vec![origin.url("/photos/")],
        ..config()
    });
    let (inside, outside) = (origin.url("/photos/a.png"), origin.url("/private/a.png"));
    assert!(fetcher.permits(&source(&inside)).is_ok());
    let error = fetch(&fetcher, &outside).await.unwrap_err();
    assert!(matches!(error, Error::NotAllowed { .. }), "{error}");
    assert!(origin.heads().is_empty());
    assert!(fetch(&fetcher, &inside).await.is_ok());
}
