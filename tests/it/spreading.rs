//! Purges on several nodes, through a real Redis.

use std::fs;
use std::net::TcpStream;
use std::thread;

use tempfile::TempDir;

use crate::support::{
    DISK, MEMORY, Origin, Process, Redis, Server, TOKEN, eventually, is_made, status,
};

const ALL: &str = r#"{"all": true}"#;
const SPRING: &str = r#"{"tag": "spring"}"#;
const SMALL: &str = "rs:fit:24:24";
const TAGGED: &str = "rs:fit:24:24/ct:spring";

/// A server that shares purges through `redis`.
fn node(redis: &Redis, settings: &[(&str, &str)]) -> Server {
    let ours = [("PURGE_TOKEN", TOKEN), ("REDIS_URL", &redis.url())];
    Server::start(&[&ours, settings].concat())
}

/// The same, once it knows all purges that there are.
fn followed(redis: &Redis, settings: &[(&str, &str)]) -> Server {
    let node = node(redis, settings);
    wait_until_confirmed(&node);
    node
}

fn wait_until_confirmed(node: &Server) {
    eventually("purges are confirmed", || !is_unconfirmed(node));
}

fn is_unconfirmed(node: &Server) -> bool {
    let ready = node.admin("/ready");
    assert_eq!(ready.status, 200, "Redis takes no node out of service");
    ready.text().contains("purge: unconfirmed")
}

/// Waits until as many purges of other nodes, and those of its own that came back, are in force.
fn wait_until_applied(node: &Server, count: f64) {
    eventually("purges are applied", || {
        node.metric("inkfish_purge_stream_applied_total") >= count
    });
}

fn purge(node: &Server, order: &str) -> (u16, String) {
    let reply = node.order(TOKEN, order);
    let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    (reply.status, answer["unconfirmed"].to_string())
}

fn confirmed() -> (u16, String) {
    (200, "[]".to_owned())
}

#[test]
fn a_purge_on_one_node_holds_on_all() {
    let (origin, redis) = (Origin::with_picture(), Redis::start());
    let nodes = [followed(&redis, &[]), followed(&redis, &[])];
    let (path, tagged) = (origin.asking(SMALL), origin.asking(TAGGED));
    for node in &nodes {
        node.get(&path).image();
        node.get(&tagged).image();
    }
    assert_eq!(purge(&nodes[0], SPRING), confirmed());
    wait_until_applied(&nodes[1], 1.0);
    for node in &nodes {
        assert!(is_made(&node.get(&tagged)));
        assert_eq!(status(&node.get(&path)), MEMORY);
    }
    assert_eq!(purge(&nodes[1], ALL), confirmed());
    wait_until_applied(&nodes[0], 2.0);
    assert!(nodes.iter().all(|node| is_made(&node.get(&path))));
}

#[test]
fn a_node_that_was_away_learns_what_it_missed_and_no_more() {
    let (origin, redis) = (Origin::with_picture(), Redis::start());
    let folder = TempDir::new().unwrap();
    let dir = [("CACHE_DIR", folder.path().to_str().unwrap())];
    let (path, tagged) = (origin.asking(SMALL), origin.asking(TAGGED));
    let stays = followed(&redis, &[]);
    assert_eq!(purge(&stays, ALL), confirmed());
    let leaves = followed(&redis, &dir);
    leaves.get(&path).image();
    leaves.get(&tagged).image();
    leaves.stop();
    assert_eq!(purge(&stays, SPRING), confirmed());
    let back = followed(&redis, &dir);
    assert!(is_made(&back.get(&tagged)));
    assert_eq!(status(&back.get(&path)), DISK, "it knew the first purge");
    assert_eq!(back.metric("inkfish_purge_stream_gaps_total"), 0.0);
}

#[test]
fn a_purge_while_redis_is_dead_holds_here_at_once_and_elsewhere_when_it_is_back() {
    let (origin, mut redis) = (Origin::with_picture(), Redis::start());
    let nodes = [followed(&redis, &[]), followed(&redis, &[])];
    let path = origin.asking(SMALL);
    nodes.iter().for_each(|node| drop(node.get(&path).image()));
    redis.kill();
    assert_eq!(purge(&nodes[0], ALL), (202, r#"["redis"]"#.to_owned()));
    assert!(is_made(&nodes[0].get(&path)));
    assert_eq!(status(&nodes[1].get(&path)), MEMORY);
    assert!(is_unconfirmed(&nodes[0]));
    assert_eq!(nodes[0].metric("inkfish_purge_unconfirmed"), 1.0);
    assert_eq!(nodes[0].metric("inkfish_purge_stream_waiting"), 1.0);
    redis.restart();
    wait_until_applied(&nodes[1], 1.0);
    assert!(is_made(&nodes[1].get(&path)));
    nodes.iter().for_each(wait_until_confirmed);
    assert_eq!(status(&nodes[0].get(&path)), MEMORY, "it holds there once");
    assert_eq!(purge(&nodes[1], ALL), confirmed());
}

#[test]
fn what_waits_for_redis_is_sent_before_the_node_stops() {
    let (origin, mut redis) = (Origin::with_picture(), Redis::start());
    let (leaves, stays) = (followed(&redis, &[]), followed(&redis, &[]));
    let path = origin.asking(SMALL);
    stays.get(&path).image();
    redis.kill();
    assert_eq!(purge(&leaves, ALL), (202, r#"["redis"]"#.to_owned()));
    let address = leaves.address();
    thread::scope(|scope| {
        scope.spawn(|| leaves.stop());
        eventually("it stops", || TcpStream::connect(address).is_err());
        redis.restart();
    });
    wait_until_applied(&stays, 1.0);
    assert!(is_made(&stays.get(&path)));
}

#[test]
fn what_waits_for_redis_outlives_a_process_that_is_killed() {
    let (origin, mut redis) = (Origin::with_picture(), Redis::start());
    let (folder, url) = (TempDir::new().unwrap(), redis.url());
    let variables = [
        ("INKFISH_PURGE_TOKEN", TOKEN),
        ("INKFISH_REDIS_URL", &url),
        ("INKFISH_CACHE_DIR", folder.path().to_str().unwrap()),
    ];
    let (killed, stays) = (Process::serve(&variables), followed(&redis, &[]));
    let path = origin.asking(SMALL);
    stays.get(&path).image();
    redis.kill();
    assert_eq!(killed.order(TOKEN, ALL).status, 202);
    drop(killed);
    redis.restart();
    wait_until_confirmed(&stays);
    assert_eq!(status(&stays.get(&path)), MEMORY);
    let _next = Process::serve(&variables);
    wait_until_applied(&stays, 1.0);
    assert!(is_made(&stays.get(&path)));
    let unsent = folder.path().join("purges/unsent");
    eventually("nothing waits any more", || {
        fs::metadata(&unsent).unwrap().len() == 0
    });
}

#[test]
fn a_stream_that_was_cut_past_us_or_began_anew_is_a_soft_purge_of_everything() {
    for loss in ["XTRIM inkfish:purges MAXLEN 0", "FLUSHALL"] {
        let (origin, redis) = (Origin::with_picture(), Redis::start());
        let folder = TempDir::new().unwrap();
        let dir = [("CACHE_DIR", folder.path().to_str().unwrap())];
        let path = origin.asking(SMALL);
        let stays = followed(&redis, &[]);
        assert_eq!(purge(&stays, SPRING), confirmed());
        let leaves = followed(&redis, &dir);
        leaves.get(&path).image();
        leaves.stop();
        assert_eq!(purge(&stays, SPRING), confirmed());
        redis.ask(loss);
        let back = followed(&redis, &dir);
        assert_eq!(
            back.metric("inkfish_purge_stream_gaps_total"),
            1.0,
            "{loss}"
        );
        let reply = back.get(&path);
        assert!(
            !status(&reply).contains("; hit"),
            "{loss}: {}",
            status(&reply)
        );
        back.stop();
        let again = followed(&redis, &dir);
        assert_eq!(
            again.metric("inkfish_purge_stream_gaps_total"),
            0.0,
            "{loss}"
        );
        assert_eq!(status(&again.get(&path)), DISK, "{loss}");
        assert_eq!(purge(&again, ALL), confirmed());
    }
}

#[test]
fn servers_on_one_folder_apply_a_purge_once() {
    let redis = Redis::start();
    let folder = TempDir::new().unwrap();
    let dir = [("CACHE_DIR", folder.path().to_str().unwrap())];
    let origin = Origin::with_picture();
    let path = origin.asking(SMALL);
    let servers = [followed(&redis, &dir), followed(&redis, &dir)];
    let applied = || -> f64 {
        let count = |server: &Server| server.metric("inkfish_purge_stream_applied_total");
        servers.iter().map(count).sum()
    };
    for round in 1..=5 {
        servers
            .iter()
            .for_each(|server| drop(server.get(&path).image()));
        assert_eq!(purge(&servers[round % 2], ALL), confirmed());
        assert!(is_made(&servers[1].get(&path)));
        assert_eq!(applied(), round as f64);
    }
}

#[test]
fn a_purge_that_no_replica_has_is_not_confirmed() {
    let redis = Redis::start();
    let replica = Redis::replica_of(&redis);
    let node = followed(&redis, &[]);
    // Right after its first copy a replica confirms, and then for a second may not.
    eventually("the replica confirms", || purge(&node, ALL) == confirmed());
    let unreplicated = || node.metric("inkfish_purge_stream_unreplicated_total");
    let before = unreplicated();
    replica.freeze();
    assert_eq!(purge(&node, ALL), (202, r#"["replica"]"#.to_owned()));
    assert_eq!(unreplicated(), before + 1.0);
}

#[test]
fn without_redis_a_node_starts_and_serves_and_strictly_without_its_folder() {
    let (origin, mut redis) = (Origin::with_picture(), Redis::start());
    let folder = TempDir::new().unwrap();
    let dir = folder.path().to_str().unwrap();
    let path = origin.asking(SMALL);
    let strict = [
        ("CACHE_DIR", dir),
        ("CACHE_MEMORY_BYTES", "0"),
        ("PURGE_STRICT", "on"),
    ];
    redis.kill();
    let node = node(&redis, &strict);
    eventually("the folder is passed by", || {
        node.get(&path).image();
        is_made(&node.get(&path))
    });
    assert!(is_unconfirmed(&node));
    redis.restart();
    wait_until_confirmed(&node);
    eventually("the folder is looked at again", || {
        status(&node.get(&path)) == DISK
    });
}
