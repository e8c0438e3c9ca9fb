//! The optional cache of externals.

use std::time::Duration;

use crate::support::{Edge, Origins, Site, eventually, is_long, turn};

/// For so long an edge cache may answer what it has, and a second in which a busy machine makes it anew.
const EDGE_CACHE: Duration = Duration::from_secs(11);

/// What browsers and others send for images, and what origins are told of it: the table of all that stand in front.
fn accepts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = include_str!("accept.tsv").lines();
    let rows = table.filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let mut columns = line.split('\t').skip(1);
        let (accept, left) = (columns.next().unwrap(), columns.next().unwrap());
        (accept, if left == "-" { "" } else { left })
    })
}

/// The header of a request; none where nothing is said.
fn header(accept: &str) -> String {
    match accept {
        "" => String::new(),
        accept => format!("Accept: {accept}\r\n"),
    }
}

#[test]
fn the_edge_cache_keeps_one_copy_of_each_variant_that_exists() {
    let _turn = turn();
    let switch_on = |site: &Site| site.switch_on("edge-cache");
    let Some(edge) = Edge::try_start_with(Origins::Recorders, switch_on) else {
        return;
    };
    let target = "/_/w:10/plain/http://a.example/b.jpg";
    let mut expected: Vec<&str> = Vec::new();
    for (accept, told) in accepts() {
        let answer = edge.request("GET", target, &header(accept));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("vary"), Some("Accept"), "{}", answer.head);
        if !expected.contains(&told) {
            expected.push(told);
        }
    }
    let heads = edge.take_requests();
    let asked: Vec<&str> = heads
        .iter()
        .map(|head| head.header("accept").unwrap_or_default())
        .collect();
    assert_eq!(asked, expected);
    // A query is no other image, and credentials pass the cache by.
    edge.get(&format!("{target}?v=2"));
    edge.request("GET", target, "Authorization: Bearer a\r\n");
    assert_eq!(edge.take_requests().len(), 1);
}

#[test]
fn origins_answer_what_the_edge_cache_tells_them_as_they_answer_the_client() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Inkfish) else {
        return;
    };
    let path = edge.path(1, 16);
    // One of these keys is of the variant.
    let variant = |accept: &str| {
        let asked = format!("Accept: {accept}");
        edge.origins[0].answers(&path, ("surrogate-key", &asked))
    };
    for (accept, told) in accepts() {
        assert_eq!(variant(accept), variant(told), "{accept}");
    }
    let told = ["image/avif", "image/webp", ""].map(variant);
    assert!(told[0] != told[1] && told[1] != told[2] && told[0] != told[2]);
}

#[test]
fn the_edge_cache_has_forgotten_old_bytes_ten_seconds_after_a_purge() {
    if !is_long() {
        return;
    }
    let _turn = turn();
    let change = |site: &Site| {
        site.trust_client();
        site.switch_on("edge-cache");
    };
    let Some(edge) = Edge::try_start_with(Origins::Inkfish, change) else {
        return;
    };
    let path = edge.path(1, 64);
    let old = edge.get(&path);
    edge.sources.change_picture();
    assert_eq!(edge.purge(&path), 200);
    assert_eq!(edge.get(&path).body, old.body, "the edge cache keeps it");
    let took = eventually("the new bytes are there", || {
        edge.get(&path).body != old.body
    });
    println!(
        "the edge cache has the new bytes after {} ms",
        took.as_millis()
    );
    assert!(took < EDGE_CACHE, "{took:?}");
}
