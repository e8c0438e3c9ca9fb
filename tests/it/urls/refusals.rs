//! What is wrong with a path is known before anything is asked for or kept.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use super::{invalid_url, verdict};
use crate::support::{Server, is_housekeeping};

/// Options that another server may have, and that are unknown here.
const UNBUILT: [&str; 12] = [
    "blur_areas:1:0:0:1:1",
    "progressive_blur:1",
    "crop_objects:1",
    "g:obj:face",
    "g:sm:1:1",
    "wmr:90",
    "wmsh:1",
    "style:YQ",
    "icc:srgb",
    "vts:1",
    "f:heic",
    "f:mp4",
];

/// Options whose name is known and whose arguments are not.
const MALFORMED: [&str; 52] = [
    "w:",
    "w:x",
    "w:-1",
    "w:1.5",
    "w:1:2",
    "w:99999999999999999999",
    "h:",
    "mw:-1",
    "mh:x",
    "rs:cover:9:9",
    "rs:fill:9:9:0:0:ce:0:0:0",
    "rt:",
    "rt:Fill",
    "s:9:9:9:9:9:9:9:9",
    "z:0",
    "z:-1",
    "z:x",
    "z:1:2:3",
    "dpr:0",
    "dpr:-2",
    "dpr:NaN",
    "dpr:inf",
    "dpr:",
    "g:",
    "g:middle",
    "g:re",
    "g:fp",
    "g:fp:0.5",
    "g:fp:0.5:1.5",
    "g:fp:x:0",
    "g:no:x",
    "c:-1:5",
    "c:x",
    "c:5:5:xx",
    "pd:-1",
    "pd:x",
    "pd:1:2:3:4:5",
    "rot:45",
    "rot:x",
    "rot:",
    "fl:1:1:1",
    "bg:ff",
    "bg:ggg",
    "bg:1:2",
    "bg:256:0:0",
    "bg:1:2:3:4",
    "q:101",
    "q:-1",
    "fq:jpg",
    "fq:xyz:50",
    "f:tif",
    "f:",
];

/// Everything else that is wrong with a path, after the signature.
const CROOKED: [&str; 16] = [
    "",
    "/",
    "/w:9",
    "/w:9/",
    "/w:9/plain/",
    "/w:9/plain",
    "/fill/9/9/plain/SOURCE",
    "/w:9//plain/SOURCE",
    "/nonsense:1/plain/SOURCE",
    "/:/plain/SOURCE",
    "/w:9/plain/SOURCE@png@jpg",
    "/w:9/plain/SOURCE@tif",
    "/w:9/plain/SOURCE%zz",
    "/w:9/plain/%",
    "/w:9/not*base64",
    "/w:9/aHR0cDovL2EvYi5qcGc.png.jpg",
];

/// How many files there are below a folder.
fn files_below(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !is_housekeeping(path))
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}

#[test]
fn what_is_malformed_is_refused_without_a_connection_or_a_cache_file() {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    origin.set_nonblocking(true).unwrap();
    let source = format!("http://{}/a.png", origin.local_addr().unwrap());
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(&[("CACHE_DIR", cache.path().to_str().unwrap())]);
    let fresh = files_below(cache.path());
    let options = UNBUILT
        .iter()
        .chain(&MALFORMED)
        .map(|option| format!("/{option}/plain/{source}"));
    let crooked = CROOKED.iter().map(|path| path.replace("SOURCE", &source));
    let mut connection = server.connect();
    for path in options.chain(crooked) {
        let reply = connection.request("GET", &format!("/_{path}"), &[]);
        assert_eq!(verdict(&reply), invalid_url(), "{path}");
    }
    let long = format!("/_/cb:{}/plain/{source}", "x".repeat(9000));
    assert!(matches!(server.get(&long).status, 404 | 414 | 431));
    let many = format!("/_{}/plain/{source}", "/w:9".repeat(600));
    assert_eq!(verdict(&server.get(&many)), invalid_url());
    let error = origin.accept().expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(files_below(cache.path()), fresh);
}

#[test]
fn sources_that_cannot_be_asked_for_are_refused_without_a_connection() {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    origin.set_nonblocking(true).unwrap();
    let address = origin.local_addr().unwrap();
    let server = Server::start(&[]);
    let unreachable = (404, "Source is unreachable".to_owned());
    for (source, expected) in [
        (format!("ftp://{address}/a.png"), unreachable.clone()),
        (format!("file://{address}/a.png"), unreachable.clone()),
        ("s3://bucket/a.png".to_owned(), unreachable.clone()),
        ("local:///a.png".to_owned(), unreachable),
        (format!("http://user:word%40{address}/a.png"), invalid_url()),
        (format!("http://user%40{address}/a.png"), invalid_url()),
        ("http://".to_owned(), invalid_url()),
        ("http:///".to_owned(), invalid_url()),
        ("http://a b/".replace(' ', "%20"), invalid_url()),
        ("http://[::1/a.png".to_owned(), invalid_url()),
        ("http://127.0.0.1:99999/a.png".to_owned(), invalid_url()),
    ] {
        let reply = server.get(&format!("/_/w:9/plain/{source}"));
        assert_eq!(verdict(&reply), expected, "{source}");
    }
    let error = origin.accept().expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}
