//! Varnish before each origin.

use crate::support::{Edge, Origins, Site, turn};

#[test]
fn what_varnish_holds_is_answered_while_every_origin_is_dead() {
    let _turn = turn();
    let started = Edge::try_start_with(Origins::BehindVarnish, Site::ask_varnish);
    let Some(mut edge) = started else {
        return;
    };
    let (held, unknown) = (edge.path(1, 64), edge.path(2, 64));
    let before = edge.get(&held);
    assert_eq!(before.status, 200);
    for origin in &mut edge.origins {
        origin.kill();
    }
    let after = edge.get(&held);
    assert_eq!((after.status, after.body), (200, before.body));
    let refused = edge.get(&unknown);
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
}
