//! A purge that is sent to the public address.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{
    Answer, Client, EXTERNAL_1, Edge, OriginMachine, Origins, PATIENCE, PICTURES, Site, eventually,
    is_long, turn,
};

/// For so long an edge cache may answer what it has.
const EDGE_CACHE: Duration = Duration::from_secs(10);

/// Where externals answer by their own addresses.
const EXTERNALS: [&str; 2] = ["203.0.113.1:443", "203.0.113.2:443"];

fn with_edge_cache(site: &Site) {
    site.trust_client();
    site.switch_on("edge-cache");
}

fn behind_varnish(site: &Site) {
    site.trust_client();
    site.ask_varnish();
}

/// The tags of the bytes that origins answer to whoever asks them alone, in the words of our client.
fn at_origins(edge: &Edge, path: &str) -> Vec<Option<String>> {
    edge.origins.iter().map(|origin| at(origin, path)).collect()
}

fn at(origin: &OriginMachine, path: &str) -> Option<String> {
    origin.answers(path, ("etag", "Accept:"))
}

/// The bytes of a picture that is about to change.
struct Old {
    body: Vec<u8>,
    /// A digest of them, in which both origins agree.
    tag: Option<String>,
}

impl Old {
    fn learn(edge: &Edge, path: &str) -> Self {
        let answer = edge.get(path);
        assert_eq!(answer.status, 200);
        Self {
            tag: answer.header("etag").map(str::to_owned),
            body: answer.body,
        }
    }

    fn is(&self, answer: &Answer) -> bool {
        answer.body == self.body
    }

    /// No layer has it for the path any more, nor has the standby when it takes the address.
    fn is_nowhere(&self, edge: &mut Edge, path: &str) {
        let new = edge.get(path);
        assert_eq!(new.status, 200);
        assert!(!self.is(&new), "the home of the source");
        self.is_forgotten(edge, path, &new);
    }

    /// No layer has it any more, soon: caches before origins are told of a purge after it.
    fn is_forgotten_soon(&self, edge: &mut Edge, path: &str) {
        let mut new = None;
        let took = eventually("the home of the source has new bytes", || {
            let answer = edge.get(path);
            new = (answer.status == 200 && !self.is(&answer)).then_some(answer);
            new.is_some()
        });
        println!("its home has heard of it after {} ms", took.as_millis());
        self.is_forgotten(edge, path, &new.unwrap());
    }

    /// No other layer has it any more, soon, nor has the standby when it takes the address.
    fn is_forgotten(&self, edge: &mut Edge, path: &str, new: &Answer) {
        let took = eventually("every origin has heard of it", || {
            !at_origins(edge, path).contains(&self.tag)
        });
        println!("every origin has heard of it after {} ms", took.as_millis());
        edge.lose_power(EXTERNAL_1);
        edge.wait_until_answered();
        assert_eq!(edge.get(path).body, new.body, "by the standby");
    }

    /// Waits until it is gone from the public address, where nobody gets it who asks [`EDGE_CACHE`] after `since`.
    fn wait_until_forgotten(&self, edge: &Edge, path: &str, since: Instant) {
        let mut times = 0;
        eventually("the new bytes are there", || {
            let begun = since.elapsed();
            let answer = edge.get(path);
            assert!(!self.is(&answer) || begun <= EDGE_CACHE, "{begun:?}");
            times += usize::from(self.is(&answer));
            answer.status == 200 && !self.is(&answer)
        });
        let took = since.elapsed().as_millis();
        println!("the new bytes are there after {took} ms; before, {times} were told the old ones");
    }
}

/// Has every origin fetch the source of a path that nobody has asked for, changes and purges it, does `act`, and only
/// then lets the source answer, with the bytes that it had when it was asked.
fn purge_during_a_fetch(edge: &Edge, path: &str, act: impl FnOnce()) {
    edge.sources.take();
    edge.sources.hold();
    thread::scope(|scope| {
        for origin in &edge.origins {
            scope.spawn(|| at(origin, path));
        }
        scope.spawn(|| edge.get(path));
        edge.sources.wait_for(edge.origins.len());
        edge.sources.change_pictures();
        assert_eq!(edge.purge(path), 200);
        act();
        edge.sources.release();
    });
}

#[test]
fn nothing_serves_the_old_bytes_after_a_purge_of_the_public_address() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, Site::trust_client) else {
        return;
    };
    let path = edge.path(1, 64);
    let old = Old::learn(&edge, &path);
    let everywhere = [old.tag.clone(), old.tag.clone()];
    assert_eq!(at_origins(&edge, &path), everywhere);
    edge.sources.change_pictures();
    assert!(old.is(&edge.get(&path)), "it is held");
    assert_eq!(at_origins(&edge, &path), everywhere, "by both origins");
    assert_eq!(edge.purge(&path), 200);
    old.is_nowhere(&mut edge, &path);
}

#[test]
fn nothing_serves_the_old_bytes_that_were_being_fetched_when_a_purge_came() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, Site::trust_client) else {
        return;
    };
    let (path, twin) = (edge.path(1, 64), edge.path(1 + PICTURES, 64));
    let old = Old::learn(&edge, &twin);
    thread::scope(|scope| {
        let mut late = None;
        purge_during_a_fetch(&edge, &path, || {
            late = Some(scope.spawn(|| edge.get(&path)));
            edge.sources.wait_for(edge.origins.len() + 1);
        });
        let late = late.unwrap().join().unwrap();
        assert!(
            !old.is(&late),
            "who came after the purge waits for nothing older"
        );
    });
    old.is_nowhere(&mut edge, &path);
}

#[test]
fn varnish_has_forgotten_old_bytes_soon_after_a_purge() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::BehindVarnish, behind_varnish) else {
        return;
    };
    let path = edge.path(1, 64);
    let old = Old::learn(&edge, &path);
    for origin in &edge.origins {
        let asked = || origin.answers(&path, ("cache-status", "Accept:"));
        asked();
        assert!(asked().unwrap().ends_with("Varnish; hit"));
    }
    edge.sources.change_pictures();
    assert_eq!(edge.purge(&path), 200);
    old.is_forgotten_soon(&mut edge, &path);
}

#[test]
fn varnish_has_forgotten_old_bytes_soon_after_the_fetch_that_a_purge_met() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::BehindVarnish, behind_varnish) else {
        return;
    };
    let (path, twin) = (edge.path(1, 64), edge.path(1 + PICTURES, 64));
    let old = Old::learn(&edge, &twin);
    purge_during_a_fetch(&edge, &path, || {});
    old.is_forgotten_soon(&mut edge, &path);
}

#[test]
fn an_edge_cache_has_forgotten_old_bytes_ten_seconds_after_a_purge() {
    if !is_long() {
        return;
    }
    forgotten_after_a_purge(|_| {});
}

#[test]
fn the_edge_cache_of_a_standby_has_forgotten_old_bytes_ten_seconds_after_a_purge() {
    if !is_long() {
        return;
    }
    forgotten_after_a_purge(|edge| {
        edge.lose_power(EXTERNAL_1);
        edge.wait_until_answered();
    });
}

/// Purges what the caches of both externals have, does `act`, and waits until clients get the new bytes.
fn forgotten_after_a_purge(act: impl FnOnce(&mut Edge)) {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, with_edge_cache) else {
        return;
    };
    let path = edge.path(1, 64);
    let old = Old::learn(&edge, &path);
    edge.sources.change_pictures();
    for address in EXTERNALS {
        let external = Client::new(address, &edge.certificate, PATIENCE);
        let answer = edge.client_machine.within(|| external.get(&path)).unwrap();
        assert!(old.is(&answer), "{address} has it");
    }
    assert_eq!(edge.purge(&path), 200);
    let purged = Instant::now();
    act(&mut edge);
    old.wait_until_forgotten(&edge, &path, purged);
}

#[test]
fn an_edge_cache_has_forgotten_old_bytes_ten_seconds_after_the_fetch_that_a_purge_met() {
    if !is_long() {
        return;
    }
    let _turn = turn();
    let Some(edge) = Edge::try_start_with(Origins::Inkfish, with_edge_cache) else {
        return;
    };
    let (path, twin) = (edge.path(1, 64), edge.path(1 + PICTURES, 64));
    let old = Old::learn(&edge, &twin);
    purge_during_a_fetch(&edge, &path, || {});
    old.wait_until_forgotten(&edge, &path, Instant::now());
}
