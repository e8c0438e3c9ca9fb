use super::*;

/// The verdict on an address as a URL spells it, through the parser that requests go through.
fn verdict(guard: &Guard, spelled: &str) -> Result<(), Refusal> {
    let url = url::Url::parse(&format!("http://{spelled}:81/")).unwrap();
    let ip = match url.host().unwrap() {
        url::Host::Ipv4(v4) => IpAddr::V4(v4),
        url::Host::Ipv6(v6) => IpAddr::V6(v6),
        url::Host::Domain(name) => panic!("{name} is no address"),
    };
    guard.judge(SocketAddr::new(ip, 81))
}

fn open_to(allowed: &[AddressClass]) -> Guard {
    Guard {
        allowed: allowed.to_vec(),
        own_listeners: Vec::new(),
    }
}

#[test]
fn public_addresses_are_dialled() {
    for spelled in [
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "223.255.255.255",
        "[2606:4700::1111]",
        "[2a00::1]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::8.8.8.8]",
        "[2002:808:808::1]",
        "[2001:0:808:808::f7f7:f7f7]",
        "[2606:4700::5efe:8.8.8.8]",
    ] {
        assert_eq!(verdict(&Guard::default(), spelled), Ok(()), "{spelled}");
    }
}

#[test]
fn every_special_address_is_refused_in_every_spelling() {
    use AddressClass::{LinkLocal, Loopback, Private, Unusable};
    for (spelled, class) in [
        ("127.0.0.1", Loopback),
        ("127.255.255.255", Loopback),
        ("0.0.0.0", Loopback),
        ("0", Loopback),
        ("2130706433", Loopback),
        ("0x7f000001", Loopback),
        ("0x7f.1", Loopback),
        ("0177.0.0.01", Loopback),
        ("017700000001", Loopback),
        ("127.1", Loopback),
        ("127.0.0.1.", Loopback),
        ("%31%32%37.0.0.1", Loopback),
        ("\u{ff11}\u{ff12}\u{ff17}.0.0.1", Loopback),
        ("[::1]", Loopback),
        ("[::]", Loopback),
        ("[0:0:0:0:0:0:0:1]", Loopback),
        ("[::ffff:127.0.0.1]", Loopback),
        ("[::ffff:7f00:1]", Loopback),
        ("[::ffff:0.0.0.0]", Loopback),
        ("[64:ff9b::127.0.0.1]", Loopback),
        ("[2002:7f00:1::]", Loopback),
        ("[2001:0:808:808::80ff:fffe]", Loopback),
        ("[2001:0:7f00:1::f7f7:f7f7]", Loopback),
        ("[2606:4700::5efe:127.0.0.1]", Loopback),
        ("[2606:4700::200:5efe:127.0.0.1]", Loopback),
        ("169.254.169.254", LinkLocal),
        ("0xa9fea9fe", LinkLocal),
        ("2852039166", LinkLocal),
        ("0251.0376.0251.0376", LinkLocal),
        ("[::ffff:169.254.169.254]", LinkLocal),
        ("[fe80::1]", LinkLocal),
        ("[febf::1]", LinkLocal),
        ("[fd00:ec2::254]", LinkLocal),
        ("[fd20:ce::254]", LinkLocal),
        ("100.100.100.200", LinkLocal),
        ("168.63.129.16", LinkLocal),
        ("10.0.0.1", Private),
        ("012.0.0.1", Private),
        ("172.16.0.1", Private),
        ("172.31.255.255", Private),
        ("192.168.1.1", Private),
        ("100.64.0.1", Private),
        ("100.127.255.255", Private),
        ("[fc00::1]", Private),
        ("[fdff::1]", Private),
        ("[64:ff9b::10.0.0.1]", Private),
        ("[64:ff9b:1::8.8.8.8]", Private),
        ("[2002:c0a8:101::1]", Private),
        ("0.1.2.3", Unusable),
        ("192.0.0.192", Unusable),
        ("192.0.2.1", Unusable),
        ("192.88.99.1", Unusable),
        ("198.18.0.1", Unusable),
        ("198.19.255.255", Unusable),
        ("198.51.100.1", Unusable),
        ("203.0.113.1", Unusable),
        ("224.0.0.1", Unusable),
        ("239.255.255.255", Unusable),
        ("240.0.0.1", Unusable),
        ("255.255.255.255", Unusable),
        ("[::2]", Unusable),
        ("[::8.8.8.8]", Unusable),
        ("[::ffff:0:8.8.8.8]", Unusable),
        ("[100::1]", Unusable),
        ("[2001:2::1]", Unusable),
        ("[2001:db8::1]", Unusable),
        ("[3fff::1]", Unusable),
        ("[4000::1]", Unusable),
        ("[5f00::1]", Unusable),
        ("[fec0::1]", Unusable),
        ("[ff02::1]", Unusable),
    ] {
        let refused = Err(Refusal::Class(class));
        assert_eq!(verdict(&Guard::default(), spelled), refused, "{spelled}");
    }
}

#[test]
fn a_switch_opens_its_class_and_nothing_else() {
    use AddressClass::{LinkLocal, Loopback, Private};
    let cases = [
        (Loopback, "[::ffff:127.0.0.1]"),
        (LinkLocal, "169.254.169.254"),
        (Private, "[64:ff9b:1::10.0.0.1]"),
    ];
    for (opened, _) in cases {
        for (class, spelled) in cases {
            let is_open = verdict(&open_to(&[opened]), spelled).is_ok();
            assert_eq!(is_open, opened == class, "{opened} and {spelled}");
        }
    }
}

#[test]
fn an_address_in_a_tunnel_needs_its_own_switch() {
    let guard = open_to(&[AddressClass::Private]);
    for spelled in [
        "[64:ff9b:1::127.0.0.1]",
        "[64:ff9b:1:7f00:0:100::]",
        "[64:ff9b:1:7f:0:1::]",
        "[fd00::5efe:127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
    ] {
        assert!(verdict(&guard, spelled).is_err(), "{spelled}");
    }
}

#[test]
fn unusable_addresses_stay_shut_with_every_switch_on() {
    let guard = open_to(&[
        AddressClass::Loopback,
        AddressClass::LinkLocal,
        AddressClass::Private,
    ]);
    for spelled in ["224.0.0.1", "255.255.255.255", "[::10.0.0.1]", "[ff02::1]"] {
        let refused = Err(Refusal::Class(AddressClass::Unusable));
        assert_eq!(verdict(&guard, spelled), refused, "{spelled}");
    }
}

#[test]
fn own_listeners_are_refused_by_address_and_behind_a_wildcard() {
    let guard = |own: &str| Guard {
        allowed: vec![AddressClass::Loopback, AddressClass::Private],
        own_listeners: vec![own.parse().unwrap()],
    };
    for (own, spelled, refused) in [
        ("127.0.0.1:81", "127.0.0.1", true),
        ("127.0.0.1:81", "[::ffff:127.0.0.1]", true),
        ("127.0.0.1:80", "127.0.0.1", false),
        ("10.1.1.1:81", "127.0.0.1", false),
        ("0.0.0.0:81", "127.0.0.9", true),
        ("[::]:81", "127.0.0.1", true),
        ("0.0.0.0:81", "10.0.0.1", false),
    ] {
        let is_refused = verdict(&guard(own), spelled) == Err(Refusal::OwnListener);
        assert_eq!(is_refused, refused, "{own} and {spelled}");
    }
    let wildcard = guard("0.0.0.0:81");
    let within: SocketAddr = "10.0.0.1:5000".parse().unwrap();
    assert!(wildcard.is_own_connection(within, "10.0.0.1:81".parse().unwrap()));
    assert!(!wildcard.is_own_connection(within, "10.0.0.1:82".parse().unwrap()));
    assert!(!wildcard.is_own_connection(within, "10.0.0.2:81".parse().unwrap()));
}
