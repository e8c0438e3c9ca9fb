//! Adverts of a stranger who claims the public address.
//!
//! That they are good ones is seen where nothing is in their way.

use crate::support::{Advert, Balancer, EXTERNAL_1, Edge, Origins, Site, eventually, turn};

/// Adverts of each family that are sent at a time.
const ADVERTS: usize = 20;

/// From an address that is none of the four.
const STRANGER: Advert = Advert {
    sources: ["203.0.113.200", "2001:db8:1::200"],
    hops: 255,
};

/// In the name of external-2, from another network.
const FROM_AFAR: Advert = Advert {
    sources: ["203.0.113.2", "2001:db8:1::2"],
    hops: 254,
};

/// How often a balancer has changed its state, and how often it has refused an advert.
fn changes_and_refusals(balancer: &Balancer) -> (usize, usize) {
    let log = balancer.log();
    let count = |words| log.matches(words).count();
    (count(" Entering "), count("not a unicast peer"))
}

/// Sends adverts to the first external, and waits until it has nothing more to read.
#[track_caller]
fn send(edge: &Edge, advert: &Advert) {
    let first = &edge.balancers[EXTERNAL_1];
    first.count_forged_adverts();
    for _ in 0..ADVERTS {
        edge.client_machine.within(|| advert.send());
    }
    eventually("adverts of both families arrive", || {
        first.forged_adverts() == 2 * ADVERTS
    });
    eventually("Keepalived has read what came", || first.has_read_adverts());
}

/// Who of those that keep adverts from the first external is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    Firewall,
    Keepalived,
}

/// Sends adverts, by which the first external is not moved, because of one keeper.
#[track_caller]
fn moves_nothing(edge: &Edge, advert: &Advert, keeper: Keeper) {
    let first = &edge.balancers[EXTERNAL_1];
    let (changes, refusals) = changes_and_refusals(first);
    send(edge, advert);
    let now = changes_and_refusals(first);
    assert_eq!(now.0, changes, "{advert:?} {keeper:?}");
    assert_eq!(now.1 > refusals, keeper == Keeper::Keepalived, "{advert:?}");
    assert!(first.has_address(), "{advert:?} {keeper:?}");
}

/// Sends adverts until the first external has given way to one.
#[track_caller]
fn takes_the_address(edge: &Edge, advert: &Advert) {
    let changes = || changes_and_refusals(&edge.balancers[EXTERNAL_1]).0;
    let before = changes();
    eventually("adverts are believed", || {
        send(edge, advert);
        changes() > before
    });
}

fn drop_firewall(edge: &Edge) {
    let machine = &edge.balancers[EXTERNAL_1].machine;
    machine.run("nft", &["delete table inet inkfish_vrrp"]);
}

#[test]
fn neither_the_firewall_nor_keepalived_gives_the_address_to_a_stranger() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    moves_nothing(&edge, &STRANGER, Keeper::Firewall);
    drop_firewall(&edge);
    moves_nothing(&edge, &STRANGER, Keeper::Keepalived);
}

#[test]
fn a_stranger_takes_the_address_where_nobody_looks_who_it_is() {
    let _turn = turn();
    let careless = |site: &Site| {
        let file = "keepalived/keepalived.conf";
        site.replace(file, "    check_unicast_src\n", "");
    };
    let Some(edge) = Edge::try_start_with(Origins::Recorders, careless) else {
        return;
    };
    moves_nothing(&edge, &STRANGER, Keeper::Firewall);
    drop_firewall(&edge);
    takes_the_address(&edge, &STRANGER);
}

#[test]
fn the_firewall_gives_the_address_to_nobody_who_is_behind_a_router() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    moves_nothing(&edge, &FROM_AFAR, Keeper::Firewall);
    drop_firewall(&edge);
    takes_the_address(&edge, &FROM_AFAR);
}
