use super::*;

fn told(target: Target, force: Force, keys: &[&str]) -> Told {
    Told {
        order: Order { target, force },
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
    }
}

fn request(hook: &str, told: &Told) -> Option<Request<Full<Bytes>>> {
    Hook::parse(hook).unwrap().request(told, Some("Token abc"))
}

#[test]
fn a_hook_is_a_form_and_a_url() {
    for good in [
        "xkey=http://127.0.0.1:6081",
        " json = https://hook.example/purge?x=y",
    ] {
        assert!(Hook::parse(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "http://a",
        "xkey=",
        "ban=http://a",
        "xkey=ftp://a",
        "path=http://u:p@a",
    ] {
        assert!(Hook::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn each_form_tells_in_its_own_way() {
    let url = told(Target::Url("/x/w:1/a".into()), Force::Soft, &["u-1"]);
    let tag = told(Target::Tag("shop".into()), Force::Hard, &["shop", "b"]);
    let xkey = request("xkey=http://edge:6081", &tag).unwrap();
    assert_eq!((xkey.method().as_str(), xkey.uri().path()), ("PURGE", "/"));
    assert_eq!(xkey.headers()["xkey-purge"], "shop b");
    let xkey = request("xkey=http://edge:6081", &url).unwrap();
    assert_eq!(xkey.headers()["xkey-softpurge"], "u-1");
    let path = request("path=http://edge/img/", &url).unwrap();
    assert_eq!(path.uri(), "http://edge/img/x/w:1/a");
    assert!(request("path=http://edge/", &tag).is_none());
    let json = request("json=https://edge/hook", &tag).unwrap();
    assert_eq!((json.method(), json.uri().path()), (&Method::POST, "/hook"));
    assert_eq!(json.headers()["authorization"], "Token abc");
    let all = told(Target::All, Force::Hard, &[]);
    assert!(request("xkey=http://edge", &all).is_none());
    assert!(request("json=http://edge", &all).is_some());
}

#[test]
fn what_is_due_first_goes_first() {
    let told = Arc::new(told(Target::All, Force::Hard, &[]));
    let now = Instant::now();
    let due = |millis, number| {
        Reverse(Due {
            at: now + Duration::from_millis(millis),
            number,
            told: Arc::clone(&told),
            attempt: 0,
            round: Round::AtOnce,
        })
    };
    let mut heap = BinaryHeap::from([due(5, 1), due(1, 3), due(1, 2)]);
    let mut order = Vec::new();
    while let Some(Reverse(due)) = heap.pop() {
        order.push(due.number);
    }
    assert_eq!(order, [2, 3, 1]);
}
