//! Purging through the server: what goes, what stays, and for how long that holds.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{MEMORY, Origin, PATIENCE, Server, TOKEN, is_made, picture, status};

const SMALL: &str = "rs:fit:24:24";
const OTHER: &str = "rs:fit:16:16";

fn server(settings: &[(&str, &str)]) -> Server {
    Server::start(&[&[("PURGE_TOKEN", TOKEN)], settings].concat())
}

#[test]
fn each_kind_of_order_takes_what_it_names_and_leaves_the_rest() {
    let origin = Origin::with_picture();
    origin.serve("/shop/dog.jpg", picture());
    let server = server(&[]);
    let cat = origin.asking(SMALL);
    let tagged = origin.asking(&format!("{SMALL}/ct:spring"));
    let dog = origin.asking_for("/shop/dog.jpg", SMALL);
    let all = [&cat, &tagged, &dog];
    let source = origin.url("/pictures/cat.jpg");
    let prefix = origin.url("/shop/");
    let rows = [
        (format!(r#"{{"url": "{cat}"}}"#), [true, false, false]),
        (r#"{"tag": "spring"}"#.to_owned(), [false, true, false]),
        (format!(r#"{{"source": "{source}"}}"#), [true, true, false]),
        (format!(r#"{{"prefix": "{prefix}"}}"#), [false, false, true]),
        (r#"{"all": true}"#.to_owned(), [true; 3]),
    ];
    for (order, goes) in rows {
        for path in all {
            server.get(path).image();
        }
        let reply = server.order(TOKEN, &order);
        assert_eq!(reply.status, 200, "{order}: {}", reply.text());
        let made = all.map(|path| is_made(&server.get(path)));
        assert_eq!(made, goes, "{order}");
    }
}

#[test]
fn the_path_of_an_image_can_be_purged_where_it_is_served() {
    let origin = Origin::with_picture();
    let server = server(&[]);
    let (path, other) = (origin.asking(SMALL), origin.asking(OTHER));
    for path in [&path, &other] {
        server.get(path).image();
    }
    let token = format!("Bearer {TOKEN}");
    let purged = server.request("PURGE", &path, &[("Authorization", &token)]);
    assert_eq!(purged.status, 200, "{}", purged.text());
    assert!(is_made(&server.get(&path)));
    assert_eq!(status(&server.get(&other)), MEMORY);
}

#[test]
fn nobody_purges_without_the_token() {
    let origin = Origin::with_picture();
    let path = origin.asking(SMALL);
    let without = Server::start(&[]);
    assert_eq!(without.order(TOKEN, r#"{"all": true}"#).status, 403);
    let server = server(&[]);
    server.get(&path).image();
    assert_eq!(
        server.order("sixteen letters?", r#"{"all": true}"#).status,
        403
    );
    assert_eq!(server.request("PURGE", &path, &[]).status, 403);
    assert_eq!(status(&server.get(&path)), MEMORY);
    for order in [
        "",
        "{}",
        r#"{"all": false}"#,
        r#"{"tag": "a", "all": true}"#,
        r#"{"prefix": "x"}"#,
    ] {
        let status = server.order(TOKEN, order).status;
        assert!((400..500).contains(&status), "{order}: {status}");
    }
    assert_eq!(status(&server.get(&path)), MEMORY);
}

#[test]
fn a_soft_purge_asks_the_source_and_serves_what_is_held_while_it_fails() {
    let origin = Origin::start();
    origin.serve("/a.jpg", picture().header("ETag", "\"1\""));
    let server = server(&[("SOURCE_CACHE_BYTES", "0")]);
    let path = origin.asking_for("/a.jpg", SMALL);
    let first = server.get(&path);
    first.image();
    let order = r#"{"all": true, "soft": true}"#;
    assert_eq!(server.order(TOKEN, order).status, 200);
    origin.serve("/a.jpg", crate::support::Response::status(503));
    let stale = server.get(&path);
    assert!(status(&stale).contains("stale"), "{}", status(&stale));
    assert_eq!(stale.body, first.body);
    server.clock.advance(Duration::from_secs(60));
    origin.serve("/a.jpg", picture());
    server.get(&path).image();
    assert_eq!(status(&server.get(&path)), MEMORY);
    assert_eq!(server.order(TOKEN, r#"{"all": true}"#).status, 200);
    origin.serve("/a.jpg", crate::support::Response::status(503));
    server.clock.advance(Duration::from_secs(60));
    assert!(
        server.get(&path).status >= 500,
        "nothing purged hard is served"
    );
}

#[test]
fn after_a_soft_purge_only_so_many_wait_for_the_source_and_what_is_held_answers_the_others() {
    const AT_ONCE: usize = 32;
    let origin = Origin::with_picture();
    let server = server(&[("SOURCE_CACHE_BYTES", "0")]);
    let paths: Vec<_> = (1..=AT_ONCE + 8)
        .map(|width| origin.asking(&format!("w:{width}")))
        .collect();
    for path in &paths {
        server.get(path).image();
    }
    let order = r#"{"all": true, "soft": true}"#;
    assert_eq!(server.order(TOKEN, order).status, 200);
    let gate = origin.gated("/pictures/cat.jpg", picture());
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for path in &paths {
            let (server, tell) = (&server, tell.clone());
            scope.spawn(move || tell.send(status(&server.get(path)).to_owned()).unwrap());
        }
        for _ in 0..8 {
            let first = told.recv_timeout(PATIENCE).unwrap();
            assert_eq!(first, "Inkfish; hit; detail=stale");
        }
        gate.open();
        for _ in 0..AT_ONCE {
            let asked = told.recv_timeout(PATIENCE).unwrap();
            assert!(!asked.contains("detail=stale"), "{asked}");
        }
    });
}

#[test]
fn a_purge_holds_after_a_restart_and_for_others_on_the_folder() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let dir = [("CACHE_DIR", folder.path().to_str().unwrap())];
    let path = origin.asking(SMALL);
    let servers = [server(&dir), server(&dir)];
    for server in &servers {
        server.get(&path).image();
    }
    assert_eq!(servers[0].order(TOKEN, r#"{"all": true}"#).status, 200);
    assert!(is_made(&servers[1].get(&path)));
    assert_eq!(servers[1].order(TOKEN, r#"{"all": true}"#).status, 200);
    for server in servers {
        server.stop();
    }
    assert!(is_made(&server(&dir).get(&path)));
}

#[test]
fn what_was_being_made_when_a_purge_came_is_not_kept_as_fresh() {
    let origin = Origin::start();
    let gate = origin.gated("/slow.jpg", picture());
    let server = server(&[]);
    let path = origin.asking_for("/slow.jpg", SMALL);
    std::thread::scope(|scope| {
        let early = scope.spawn(|| server.get(&path).status);
        gate.wait_for(1);
        assert_eq!(server.order(TOKEN, r#"{"all": true}"#).status, 200);
        let late = scope.spawn(|| server.get(&path).status);
        gate.wait_for(2);
        gate.open();
        assert_eq!([early, late].map(|it| it.join().unwrap()), [200, 200]);
    });
    assert_eq!(
        origin.hits("/slow.jpg"),
        2,
        "nobody joined what began before"
    );
    assert_eq!(status(&server.get(&path)), MEMORY);
}
