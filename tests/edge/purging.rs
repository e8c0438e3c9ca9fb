//! A purge that is sent to the public address.

use crate::support::{EXTERNAL_1, Edge, OriginMachine, Origins, Site, eventually, turn};

/// The bytes that each origin answers to whoever asks it alone, by their tag.
fn at_origins(edge: &Edge, path: &str) -> Vec<Option<String>> {
    let tag = |origin: &OriginMachine| origin.answers(path, ("etag", "Accept: */*"));
    edge.origins.iter().map(tag).collect()
}

#[test]
fn nothing_serves_the_old_bytes_after_a_purge_of_the_public_address() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, Site::trust_client) else {
        return;
    };
    let path = edge.path(1, 64);
    let (old, old_tags) = (edge.get(&path), at_origins(&edge, &path));
    edge.sources.change_picture();
    assert_eq!(edge.get(&path).body, old.body, "it is held");
    assert_eq!(at_origins(&edge, &path), old_tags, "by both origins");
    assert_eq!(edge.purge(&path), 200);
    let new = edge.get(&path);
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
    assert_eq!(edge.get(&path).body, new.body, "by the standby");
}
