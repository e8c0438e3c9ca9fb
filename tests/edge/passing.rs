//! What passes every layer, and what does not.

use crate::support::{
    Balancer, Client, EXTERNAL_1, EXTERNAL_2, Edge, Head, INTERNAL_1, Origins, PATIENCE, Site,
    eventually, turn,
};

/// Request targets that a careless proxy changes.
const TARGETS: &[&str] = &[
    "/_/w:10/plain/http://a.example/b.jpg",
    "/_/w:10/plain/http://a.example//b//c.jpg",
    "/_/w:10/plain/http:/a.example/b.jpg",
    "//_//w:10/plain/http://a.example/b.jpg",
    "/_/w:10/plain/http%3A%2F%2Fa.example%2Fb.jpg",
    "/_/w%3A10/plain/http%3a%2f%2fa.example%2fb.jpg",
    "/_/w:10/plain/http://a.example/b%252Fc.jpg",
    "/_/w:10/plain/http://a.example/b/../c.jpg",
    "/_/w:10/plain/http://a.example/b/./c.jpg",
    "/_/w:10/plain/http://a.example/b.jpg@webp",
    "/_/w:10/plain/http://a.example/b%40c.jpg@webp",
    "/_/w:10/plain/http://a.example/b%20c+d.jpg",
    "/_/w:10/plain/http://a.example/%E2%9C%93/%c3%a9.jpg",
    "/_/w:10/plain/http://a.example/b.jpg?v=1&w=%2F",
    "/_/w:10/plain/http://a.example/b.jpg%3Fv=1",
    "/_/w:10/-/rs:fill:1:1/aHR0cDovL2EuZXhhbXBsZS9i/LmpwZw.webp",
    "/_/w:10/enc/c2VjcmV0/",
    "/_/fn:a;b,c!d~e'f(g)*h/plain/local:///b.jpg",
    "/info/_/plain/http://a.example/b.jpg",
];

/// What is wrong with the targets that arrive at the origins.
fn changed_on_the_way(edge: &Edge, ask: impl Fn(&str)) -> Vec<String> {
    let arrive = |target: &&str| {
        edge.take_requests();
        ask(target);
        let lines: Vec<String> = edge
            .take_requests()
            .into_iter()
            .map(|head| head.line().to_owned())
            .collect();
        let expected = format!("GET {target} HTTP/1.1");
        (lines != [expected.as_str()]).then(|| format!("{expected} arrives as {lines:?}"))
    };
    TARGETS.iter().filter_map(arrive).collect()
}

#[test]
fn an_image_comes_through_every_layer_with_the_bytes_of_its_origin() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Inkfish) else {
        return;
    };
    let path = edge.path(0, 64);
    let through = edge.get(&path);
    let url = format!("http://{}{path}", edge.origins[0].address());
    let ask = [
        "--silent",
        "--dump-header",
        "-",
        "--output",
        "/dev/null",
        &url,
    ];
    let direct = edge.origins[0].machine.run("curl", &ask);
    assert_eq!(through.status, 200, "{}", through.head);
    assert!(direct.contains(through.header("etag").unwrap()), "{direct}");
    let image = image::load_from_memory(&through.body).unwrap();
    assert_eq!((image.width(), image.height()), (64, 43));
    let by_ipv6 = Client::new("[2001:db8:1::10]:443", &edge.certificate, PATIENCE);
    let answer = edge.client_machine.within(|| by_ipv6.get(&path));
    assert_eq!(answer.unwrap().body, through.body, "by IPv6");
}

#[test]
fn request_targets_arrive_as_they_were_sent() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    let by_http_1 = |edge: &Edge| changed_on_the_way(edge, |target| drop(edge.get(target)));
    let by_http_2 = |edge: &Edge| {
        changed_on_the_way(edge, |target| {
            let url = format!("https://img.example{target}");
            edge.curl(&["--http2", "--path-as-is", "--output", "/dev/null", &url]);
        })
    };
    let none = Vec::<String>::new();
    assert_eq!(by_http_1(&edge), none, "HTTP/1.1 by externals");
    assert_eq!(by_http_2(&edge), none, "HTTP/2 by externals");
    edge.lose_power(EXTERNAL_1);
    edge.lose_power(EXTERNAL_2);
    edge.wait_until_answered();
    assert_eq!(by_http_1(&edge), none, "HTTP/1.1 by internals");
    assert_eq!(by_http_2(&edge), none, "HTTP/2 by internals");
}

#[test]
fn origins_learn_who_asks_and_nothing_that_a_client_made_up() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    let (client, target) = (edge.client(), TARGETS[0]);
    let heads = |lines: &str| {
        edge.take_requests();
        let asked = edge
            .client_machine
            .within(|| client.request("GET", target, lines));
        assert_eq!(asked.unwrap().status, 200);
        edge.take_requests().remove(0)
    };
    let head = heads(
        "X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n\
         X-Request-Id: order-77_b\r\n",
    );
    assert_eq!(head.header("x-forwarded-for"), Some("203.0.113.200"));
    assert_eq!(head.header("x-forwarded-proto"), Some("https"));
    assert_eq!(head.header("x-forwarded-host"), None);
    assert_eq!(head.header("x-request-id"), Some("order-77_b"));
    assert_eq!(head.header("connection"), None);
    assert_eq!(head.header("host"), Some("img.example"));
    let head = heads("X-Request-Id: a b\r\n");
    assert_eq!(head.header("x-request-id").map(str::len), Some(32));
}

#[test]
fn what_is_not_for_clients_is_refused_before_it_reaches_an_origin() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    let (client, target) = (edge.client(), TARGETS[0]);
    let long = format!("/_/{}", "a".repeat(17 * 1024));
    let rows = [
        ("PURGE", target, "", 403),
        ("GET", target, "Content-Length: 2000\r\n", 413),
        ("GET", &long, "", 414),
    ];
    for (method, target, lines, status) in rows {
        let answer = edge
            .client_machine
            .within(|| client.request(method, target, lines));
        assert_eq!(answer.unwrap().status, status, "{method} {lines}");
    }
    let url = format!("https://img.example{target}");
    let status = ["--output", "/dev/null", "--write-out", "%{http_code}", &url];
    let other_name = [&["--header", "Host: other.example"], &status[..]].concat();
    assert_eq!(edge.curl(&other_name), "421");
    assert_eq!(edge.take_requests(), Vec::<Head>::new());
    // From inside, where the list allows it.
    let inside = Client::new("10.0.0.1:443", &edge.certificate, PATIENCE);
    let purge = || inside.request("PURGE", target, "Authorization: Bearer token\r\n");
    assert_eq!(edge.origins[0].machine.within(purge).unwrap().status, 200);
    let arrived = edge.take_requests().remove(0);
    assert_eq!(arrived.line(), format!("PURGE {target} HTTP/1.1"));
    assert_eq!(arrived.header("authorization"), Some("Bearer token"));
    // The inner port is for externals.
    let url = format!("http://10.0.0.11:8080{target}");
    let ask = [
        "--silent",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        &url,
    ];
    assert_eq!(edge.origins[0].machine.run("curl", &ask), "403");
    assert_eq!(edge.balancers[0].machine.run("curl", &ask), "200");
}

#[test]
fn clients_speak_modern_tls_and_http_2() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    let ask = |arguments: &[&str], url: &str| {
        let out = "%{http_version} %{http_code} %{ssl_verify_result} %{redirect_url}";
        let all = [
            arguments,
            &["--output", "/dev/null", "--write-out", out, url],
        ]
        .concat();
        edge.curl(&all)
    };
    let url = format!("https://img.example{}", TARGETS[0]);
    assert_eq!(ask(&["--http2"], &url), "2 200 0 ");
    assert_eq!(ask(&["--http1.1"], &url), "1.1 200 0 ");
    assert_eq!(ask(&["--tlsv1.2", "--tls-max", "1.2"], &url), "2 200 0 ");
    assert_eq!(ask(&["--tlsv1.3"], &url), "2 200 0 ");
    let old = edge
        .client_machine
        .command("curl")
        .args([
            "--silent",
            "--tls-max",
            "1.1",
            "--insecure",
            "https://203.0.113.10/",
        ])
        .status();
    assert!(!old.unwrap().success(), "TLS 1.1");
    let plain = ["--resolve", "img.example:80:203.0.113.10", "--path-as-is"];
    let odd = "/_/w:1/plain/http://a.example//b%2Fc.jpg";
    let told = ask(&plain, &format!("http://img.example{odd}"));
    assert_eq!(told, format!("1.1 308 0 https://img.example{odd}"));
}

#[test]
fn one_client_is_slowed_down_and_the_rate_is_the_sites() {
    let _turn = turn();
    let site = |site: &Site| {
        site.replace("nginx/site.conf", "rate=200r/s", "rate=1r/m");
        site.replace("nginx/parts/clients.conf", "burst=400", "burst=40");
    };
    let Some(edge) = Edge::try_start_with(Origins::Recorders, site) else {
        return;
    };
    let status = ["--output", "/dev/null", "--write-out", "%{http_code}\n"];
    let urls = [
        "--http2",
        "https://img.example/_/w:[1-100]/plain/http://a.example/b.jpg",
    ];
    let told = edge.curl(&[&status[..], &urls].concat());
    let count = |code: &str| told.lines().filter(|line| *line == code).count();
    // What waited for the edge to start has asked, too.
    assert!((10..=41).contains(&count("200")), "{told}");
    assert_eq!(count("200") + count("429"), 100);
}

#[test]
fn the_log_is_json_without_signatures() {
    let _turn = turn();
    let Some(edge) = Edge::try_start(Origins::Recorders) else {
        return;
    };
    let target = "/s3cret-signature/w:10/plain/http://a.example/%22quoted%22.jpg?v=1";
    assert_eq!(edge.get(target).status, 200);
    for (kind, machines) in [
        ("an external", EXTERNAL_1..INTERNAL_1),
        ("an internal", INTERNAL_1..4),
    ] {
        let line = || {
            let balancers = edge.balancers[machines.clone()].iter();
            let text: String = balancers.map(Balancer::access_log).collect();
            let mut lines = text.lines();
            lines
                .find(|line| line.contains("quoted"))
                .map(str::to_owned)
        };
        eventually(&format!("{kind} has logged it"), || line().is_some());
        let line = line().unwrap();
        let logged: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            logged["path"],
            "/-/w:10/plain/http://a.example/%22quoted%22.jpg"
        );
        assert_eq!(
            (&logged["status"], &logged["method"]),
            (&200.into(), &"GET".into())
        );
        assert_eq!(logged["remote"], "203.0.113.200");
        assert!(!line.contains("s3cret"), "{line}");
    }
}
