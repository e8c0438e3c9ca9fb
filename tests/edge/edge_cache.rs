//! The optional cache of externals.

use crate::support::{Edge, Origins, Site, turn};

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
