//! A purge that is sent to the public address.

use std::time::Duration;

use crate::support::{
    Answer, Client, Edge, Origins, PATIENCE, Site, TOKEN, eventually, is_long, turn,
};

const EXTERNAL_1: usize = 0;

/// For so long an edge cache may answer what it has, and a second in which a busy machine makes it anew.
const EDGE_CACHE: Duration = Duration::from_secs(11);

/// Lets the client's machine purge.
fn trust_client(site: &Site) {
    site.replace("nginx/site.conf", "10.0.0.0/24 1;", "203.0.113.200/32 1;");
}

fn get(edge: &Edge, path: &str) -> Answer {
    let client = edge.client();
    edge.client_machine.within(|| client.get(path)).unwrap()
}

/// What each origin answers to whoever asks it alone.
fn at_origins(edge: &Edge, path: &str) -> Vec<String> {
    let ask = |number: usize| {
        let origin = &edge.origins[number];
        let url = format!("http://{}{path}", origin.address());
        let head = [
            "--silent",
            "--dump-header",
            "-",
            "--output",
            "/dev/null",
            &url,
        ];
        let head = origin.machine.run("curl", &head).to_ascii_lowercase();
        let tag = head.lines().find(|line| line.starts_with("etag: "));
        tag.unwrap_or_default().to_owned()
    };
    (0..2).map(ask).collect()
}

fn purge(edge: &Edge, path: &str) -> u16 {
    let client = edge.client();
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    edge.client_machine
        .within(|| client.request("PURGE", path, &token))
        .unwrap()
        .status
}

#[test]
fn nothing_serves_the_old_bytes_after_a_purge_of_the_public_address() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, trust_client) else {
        return;
    };
    let path = edge.path(1, 64);
    let (old, old_tags) = (get(&edge, &path), at_origins(&edge, &path));
    edge.sources.change_picture();
    assert_eq!(get(&edge, &path).body, old.body, "it is held");
    assert_eq!(at_origins(&edge, &path), old_tags, "by both origins");
    assert_eq!(purge(&edge, &path), 200);
    let new = get(&edge, &path);
    assert_eq!(new.status, 200);
    assert!(new.body != old.body, "the home of the source");
    let took = eventually("the other origin has heard of it", || {
        at_origins(&edge, &path)
            .iter()
            .all(|tag| !old_tags.contains(tag))
    });
    println!(
        "the other origin has heard of it after {} ms",
        took.as_millis()
    );
    edge.lose_power(EXTERNAL_1);
    edge.wait_until_answered();
    assert_eq!(get(&edge, &path).body, new.body, "by the standby");
}

#[test]
fn the_edge_cache_has_forgotten_old_bytes_ten_seconds_after_a_purge() {
    if !is_long() {
        return;
    }
    let _turn = turn();
    let change = |site: &Site| {
        trust_client(site);
        site.switch_on("edge-cache");
    };
    let Some(edge) = Edge::try_start_with(Origins::Inkfish, change) else {
        return;
    };
    let path = edge.path(1, 64);
    let old = get(&edge, &path);
    edge.sources.change_picture();
    assert_eq!(purge(&edge, &path), 200);
    assert_eq!(get(&edge, &path).body, old.body, "the edge cache keeps it");
    let client: Client = edge.client().with_patience(PATIENCE);
    let took = edge.client_machine.within(|| {
        eventually("the new bytes are there", || {
            client
                .get(&path)
                .is_ok_and(|answer| answer.body != old.body)
        })
    });
    println!(
        "the edge cache has the new bytes after {} ms",
        took.as_millis()
    );
    assert!(took < EDGE_CACHE, "{took:?}");
}
