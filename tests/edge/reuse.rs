//! Connections between the layers are kept, and what that is worth.

use std::fmt;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{EXTERNAL_1, Edge, INTERNAL_1, Machine, Origins, PATIENCE, next_body, turn};

/// Requests in a row: with them a connection that is kept carries 5,000 at least.
const REQUESTS: u32 = 5_100;

/// Fewer, where each leaves a connection behind.
const REQUESTS_WITHOUT: u32 = 1_000;

/// What a number of requests cost.
struct Cost {
    connections: u32,
    /// Connections that the kernel of the internal keeps for a minute after they have ended.
    lingering: usize,
    time_per_request: Duration,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (connections, lingering) = (self.connections, self.lingering);
        let micros = self.time_per_request.as_micros();
        write!(
            f,
            "{connections} connections, {lingering} in TIME_WAIT, {micros} us a request"
        )
    }
}

/// Asks an internal for one image, as an external does, and says what that cost between it and its origins.
fn cost(edge: &Edge, requests: u32) -> Cost {
    let path = edge.path(1, 32);
    let (connections, lingering) = (connections(edge), lingering(edge));
    let begun = Instant::now();
    let external = &edge.balancers[EXTERNAL_1].machine;
    external.within(|| ask(&path, requests));
    let time = begun.elapsed();
    Cost {
        connections: self::connections(edge) - connections,
        lingering: self::lingering(edge).saturating_sub(lingering),
        time_per_request: time / requests,
    }
}

fn ask(path: &str, requests: u32) {
    let stream = TcpStream::connect("10.0.0.11:8080").unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: img.example\r\n\r\n");
    let mut reader = BufReader::new(stream);
    for _ in 0..requests {
        reader.get_mut().write_all(request.as_bytes()).unwrap();
        next_body(&mut reader);
    }
}

/// Connections that the origins have taken so far.
fn connections(edge: &Edge) -> u32 {
    let of_one = |machine: &Machine| {
        let metrics = machine.run("curl", &["--silent", "http://127.0.0.1:8081/metrics"]);
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("inkfish_connections_total "));
        line.unwrap().parse::<u32>().unwrap()
    };
    edge.origins
        .iter()
        .map(|origin| of_one(&origin.machine))
        .sum()
}

/// Connections to origins that have ended and are not forgotten yet.
fn lingering(edge: &Edge) -> usize {
    let filter = [
        "--no-header",
        "--tcp",
        "state",
        "time-wait",
        "dport = :8080",
    ];
    let list = edge.balancers[INTERNAL_1].machine.run("ss", &filter);
    list.lines().count()
}

#[test]
fn a_connection_carries_thousands_of_requests() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Inkfish) else {
        return;
    };
    let kept = cost(&edge, REQUESTS);
    let internal = &edge.balancers[INTERNAL_1];
    let common = "nginx/parts/common.conf";
    internal
        .site
        .replace(common, "proxy_http_version 1.1", "proxy_http_version 1.0");
    internal
        .site
        .replace(common, "Connection \"\"", "Connection close");
    internal.reload();
    let not_kept = cost(&edge, REQUESTS_WITHOUT);
    println!("{REQUESTS} requests over kept connections: {kept}");
    println!("{REQUESTS_WITHOUT} requests by HTTP/1.0: {not_kept}");
    // The checks of Keepalived ask, too, over connections of their own.
    assert!(kept.connections <= 20 && kept.lingering <= 20, "{kept}");
    assert!(not_kept.connections >= REQUESTS_WITHOUT, "{not_kept}");
    // How many the system lets linger in all, it decides by itself.
    assert!(not_kept.lingering > kept.lingering, "{not_kept}");
}
