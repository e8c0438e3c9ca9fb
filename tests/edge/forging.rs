//! Adverts of a stranger who claims the public address.
//!
//! That they are good ones is seen where nothing is in their way.

use crate::support::{Advert, EXTERNAL_1, Edge, Origins, Site, eventually, turn};

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

/// How often the first external has given way to a forged advert, and how often it has refused one.
fn believed_and_refused(edge: &Edge) -> (usize, usize) {
    let log = edge.balancers[EXTERNAL_1].log();
    let count = |words| log.matches(words).count();
    (
        count("with higher priority 254"),
        count("not a unicast peer"),
    )
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

/// Sends adverts, which the first external does not believe because of one keeper.
#[track_caller]
fn moves_nothing(edge: &Edge, advert: &Advert, keeper: Keeper) {
    let before = believed_and_refused(edge);
    send(edge, advert);
    let refused = || believed_and_refused(edge).1;
    match keeper {
        Keeper::Firewall => assert_eq!(refused(), before.1, "{advert:?}"),
        Keeper::Keepalived => {
            eventually("an advert is refused", || {
                send(edge, advert);
                refused() > before.1
            });
        }
    }
    assert_eq!(
        believed_and_refused(edge).0,
        before.0,
        "{advert:?} {keeper:?}"
    );
}

/// Sends adverts until the first external has given way to one.
#[track_caller]
fn takes_the_address(edge: &Edge, advert: &Advert) {
    let believed = || believed_and_refused(edge).0;
    let before = believed();
    eventually("an advert is believed", || {
        send(edge, advert);
        believed() > before
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
