//! What passes every layer, and how.

use crate::support::{Edge, Origins, turn};

#[test]
fn an_image_comes_through_every_layer_with_the_bytes_of_its_origin() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Inkfish) else {
        return;
    };
    let path = edge.path(1, 64);
    let client = edge.client();
    let through = edge.client_machine.within(|| client.get(&path)).unwrap();
    let url = format!("http://{}{path}", edge.origins[0].address());
    let direct = edge.origins[0].machine.run("curl", &["--silent", "--dump-header", "-", "-o", "/dev/null", &url]);
    assert_eq!(through.status, 200, "{}", through.head);
    assert!(direct.contains(through.header("etag").unwrap()), "{direct}");
    println!("{}", through.head);
}
