//! The first thing anybody does: a picture by its URL.

use crate::support::{Origin, Response, Server, fixture};

#[test]
fn a_picture_is_fetched_resized_and_served_and_then_held() {
    let origin = Origin::start();
    origin.serve(
        "/cat.jpg",
        Response::ok("image/jpeg", fixture("demo/valley.jpg")),
    );
    let server = Server::start(&[]);
    let path = format!("/unsafe/rs:fill:60:40/plain/{}", origin.url("/cat.jpg"));

    let first = server.get(&path);
    assert_eq!(first.size(), (60, 40));
    assert_eq!(first.header("content-type"), Some("image/jpeg"));
    assert_eq!(
        first.header("cache-status"),
        Some("Inkfish; fwd=uri-miss; stored")
    );

    let second = server.get(&path);
    assert_eq!(
        second.header("cache-status"),
        Some("Inkfish; hit; detail=hit_memory")
    );
    assert_eq!(second.body, first.body);
    assert_eq!(origin.hits("/cat.jpg"), 1);
}
