//! Addresses that are never dialled, however they are spelled, and sources that are not allowed.

use crate::support::{Origin, Response, Server, fixture};

/// Nothing but the public network; no failure is kept, so that each request is judged by itself.
const CLOSED: [(&str, &str); 2] = [
    ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", "false"),
    ("ERROR_TTL", "0"),
];

fn origin() -> Origin {
    let origin = Origin::start();
    let picture = Response::ok("image/jpeg", fixture("jpeg/baseline-420.jpg"));
    origin.serve("/cat.jpg", picture);
    origin
}

fn target(authority: &str) -> String {
    format!("/unsafe/plain/http://{authority}/cat.jpg")
}

#[track_caller]
fn assert_forbidden(server: &Server, target: &str) {
    let verdict = server.get(target).verdict();
    assert_eq!(verdict, (404, "Invalid source URL".to_owned()), "{target}");
}

#[test]
fn loopback_is_refused_in_every_spelling_and_never_connected_to() {
    let origin = origin();
    let port = origin.address().port();
    let server = Server::start(&CLOSED);
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7F.0x0.0x0.0x1",
        "0177.0.0.01",
        "017700000001",
        "0x7f.1",
        "0",
        "0.0.0.0",
        // Full-width and circled digits, which names are normalised from.
        "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1",
        "%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1",
        "127%E3%80%820.0.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[2001::80ff:fffe]",
        "[2606:4700::5efe:127.0.0.1]",
    ] {
        assert_forbidden(&server, &target(&format!("{host}:{port}")));
    }
    assert_eq!(origin.connections(), 0);
}

#[test]
fn whatever_is_not_globally_reachable_unicast_is_refused() {
    let server = Server::start(&CLOSED);
    for host in [
        "10.0.0.1",
        "10.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.1.1",
        "0xC0A80101",
        "100.64.0.1",
        "169.254.1.1",
        "169.254.169.254",
        "2852039166",
        "100.100.100.200",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[100::1]",
        "[2001:db8::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::169.254.169.254]",
        "[2002:a00:1::1]",
    ] {
        assert_forbidden(&server, &target(host));
    }
}

#[test]
fn a_name_is_as_good_as_the_address_behind_it() {
    let origin = origin();
    let authority = format!("pictures.test:{}", origin.address().port());
    let server = Server::start(&CLOSED);
    for address in [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00::1",
    ] {
        server.names.set("pictures.test", address);
        assert_forbidden(&server, &target(&authority));
    }
    assert_eq!(origin.connections(), 0);
}

#[test]
fn a_name_that_changes_its_answer_is_judged_anew_for_each_connection() {
    let origin = origin();
    let authority = format!("rebound.test:{}", origin.address().port());
    let server = Server::start(&[("ERROR_TTL", "0"), ("CACHE_TTL", "0")]);
    server.names.set("rebound.test", "127.0.0.1");
    server.get(&target(&authority)).image();

    server.names.set("rebound.test", "10.0.0.1");
    let other = target(&authority).replace("cat.jpg", "other.jpg");
    assert_forbidden(&server, &other);
    assert_forbidden(&server, &target(&authority));
    assert_eq!(origin.connections(), 1);
}

#[test]
fn each_switch_opens_its_own_class_alone() {
    let origin = origin();
    let port = origin.address().port();
    for (switch, opened) in [
        ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", true),
        ("ALLOW_PRIVATE_SOURCE_ADDRESSES", false),
        ("ALLOW_LINK_LOCAL_SOURCE_ADDRESSES", false),
    ] {
        let server = Server::start(&[CLOSED[0], (switch, "true")]);
        let reply = server.get(&target(&format!("127.0.0.1:{port}")));
        assert_eq!(reply.status == 200, opened, "{switch}: {}", reply.text());
        assert_forbidden(&server, &target("224.0.0.1"));
    }
}

#[test]
fn a_raw_source_is_guarded_like_any_other() {
    let origin = origin();
    let server = Server::start(&CLOSED);
    let raw = format!("/unsafe/raw:1/plain/{}", origin.url("/cat.jpg"));
    assert_forbidden(&server, &raw);
    assert_eq!(origin.connections(), 0);
}

#[test]
fn only_allowed_sources_are_fetched() {
    let origin = origin();
    let address = origin.address();
    let patterns = format!(
        "http://{address}/cat*,http://*.pictures.test:{}/",
        address.port()
    );
    let server = Server::start(&[("ALLOWED_SOURCES", &patterns), ("ERROR_TTL", "0")]);
    server.names.set("a.pictures.test", "127.0.0.1");
    server.names.set("evil.test", "127.0.0.1");
    let port = address.port();
    for url in [
        format!("http://{address}/cat.jpg"),
        format!("HTTP://0x7f.1:{port}/x/../cat.jpg"),
        format!("http://A.pictures.TEST:{port}/cat.jpg"),
    ] {
        let reply = server.get(&format!("/unsafe/plain/{url}"));
        assert_eq!(reply.status, 200, "{url}: {}", reply.text());
    }
    let seen = origin.connections();
    for url in [
        format!("http://{address}/dog.jpg"),
        format!("http://{address}/catalogue/../dog.jpg"),
        format!("https://{address}/cat.jpg"),
        format!("http://evil.test:{port}/cat.jpg"),
        format!("http://evil.test:{port}/.pictures.test:{port}/cat.jpg"),
        format!("http://a.pictures.test.evil.test:{port}/cat.jpg"),
        "http://a.pictures.test/cat.jpg".to_owned(),
        "local:///cat.jpg".to_owned(),
    ] {
        assert_forbidden(&server, &format!("/unsafe/plain/{url}"));
    }
    assert_eq!(origin.connections(), seen);
}

#[test]
fn what_is_held_is_not_served_from_a_source_that_is_allowed_no_more() {
    let origin = origin();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    let target = target(&origin.address().to_string());
    let server = Server::start(&[("CACHE_DIR", dir)]);
    server.get(&target).image();
    let clock = server.clock.clone();
    server.stop();

    let narrowed = [("CACHE_DIR", dir), ("ALLOWED_SOURCES", "https://")];
    assert_forbidden(&Server::start_at(clock, &narrowed), &target);
}
