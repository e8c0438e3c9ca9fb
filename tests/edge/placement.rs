//! Which origin an image is at home at.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{eventually, next_body};

const SOURCES: u32 = 2_000;

/// Sources that are called hot, for a test of them.
const HOT: &str = r"~^http://shop\.example/hot/ $share;";
const HOT_SOURCES: u32 = 50;
const HOT_SIZES: u32 = 200;

/// A request's path for a source, as `plain`.
fn path(source: u32) -> String {
    format!("/_/w:300/plain/http://shop.example/pictures/{source}.jpg")
}

/// Paths for the sizes of a hot source.
fn hot_paths(source: u32) -> impl Iterator<Item = String> {
    (1..=HOT_SIZES)
        .map(move |width| format!("/_/w:{width}/plain/http://shop.example/hot/{source}.jpg"))
}

/// Over how many homes the sizes of a source are spread, and what part of them is at the one that has most.
#[derive(Debug)]
struct Spread {
    homes: usize,
    fullest: f64,
}

/// Nginx with the committed placement and so many origins, which answer with their number; all on sockets of a folder.
struct Balancer {
    nginx: Child,
    folder: TempDir,
}

impl Balancer {
    /// `None` where there is no Nginx, which is said.
    fn start(origins: u32, hot_sources: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(origins, hot_sources);
        fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let log = fs::File::create(folder.path().join("nginx.log")).unwrap();
        let nginx = Command::new("nginx")
            .current_dir(folder.path())
            .args(["-p", ".", "-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .inspect_err(|error| eprintln!("skipped: nginx does not start ({error})"))
            .ok()?;
        let balancer = Self { nginx, folder };
        eventually("the balancer listens", || balancer.connect().is_ok());
        Some(balancer)
    }

    fn connect(&self) -> std::io::Result<UnixStream> {
        UnixStream::connect(self.folder.path().join("balancer"))
    }

    /// The homes of paths, in their order.
    fn homes<P: AsRef<str>>(&self, paths: impl IntoIterator<Item = P>) -> Vec<String> {
        let mut reader = BufReader::new(self.connect().unwrap());
        let home = |path: P| {
            let path = path.as_ref();
            let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
            reader.get_mut().write_all(request.as_bytes()).unwrap();
            String::from_utf8(next_body(&mut reader)).unwrap()
        };
        paths.into_iter().map(home).collect()
    }

    /// How a hot source is spread; each of its sizes has one home.
    fn spread(&self, source: u32) -> Spread {
        let homes = self.homes(hot_paths(source));
        assert!(self.homes(hot_paths(source)) == homes, "asked again");
        Spread {
            homes: homes.iter().collect::<HashSet<_>>().len(),
            fullest: fullest(&homes),
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // It is one process, and may have ended by itself.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

fn configuration(origins: u32, hot_sources: &str) -> String {
    let placement = concat!(env!("CARGO_MANIFEST_DIR"), "/nginx/parts/placement.conf");
    let list = |line: fn(u32) -> String| (1..=origins).map(line).collect::<String>();
    let upstreams = list(|number| format!("server unix:origin-{number};\n"));
    let servers = list(|number| {
        format!("server {{ listen unix:origin-{number}; location / {{ return 200 {number}; }} }}\n")
    });
    let folders: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nevents {{}}\nhttp {{\n\
         access_log off;\nmerge_slashes off;\nkeepalive_requests 100000;\n{folders}\
         include {placement};\n\
         map $image_source $hot_share {{ default \"\"; {hot_sources} }}\n\
         upstream origins {{ hash $home consistent;\n{upstreams}}}\n{servers}\
         server {{ listen unix:balancer; location / {{ proxy_pass http://origins; }} }}\n}}\n"
    )
}

#[test]
fn everything_that_is_made_of_a_source_has_one_home() {
    let Some(balancer) = Balancer::start(10, "") else {
        return;
    };
    let plain = "http://shop.example/cat.jpg";
    let encoded = "aHR0cDovL3Nob3AuZXhhbXBsZS9jYXQuanBn";
    let families = [
        vec![
            format!("/_/plain/{plain}"),
            format!("/c2ln/w:300/plain/{plain}"),
            format!("/c2ln/rs:fill:300:400/g:sm/q:80/plain/{plain}@webp"),
            format!("/c2ln/rs%3Afill%3A300/plain/{plain}@avif?v=2"),
            format!("/c2ln/thumb/plain/{plain}"),
            format!("/c2ln/w:300/-/rot:90/plain/{plain}"),
            format!("/info/c2ln/plain/{plain}"),
        ],
        vec![
            format!("/_/{encoded}"),
            format!("/c2ln/w:300/{encoded}"),
            format!("/c2ln/w:300/{encoded}.webp?v=2"),
            format!("/c2ln/w:300/-/rot:90/{encoded}.avif"),
            format!("/info/c2ln/s:1/{encoded}"),
        ],
        vec![
            format!("/_/enc/{encoded}"),
            format!("/c2ln/w:300/h:200/enc/{encoded}.png"),
        ],
    ];
    for family in families {
        let homes = balancer.homes(&family);
        let strays: Vec<_> = family
            .iter()
            .zip(&homes)
            .filter(|(_, home)| **home != homes[0])
            .collect();
        assert!(strays.is_empty(), "not at home at {}: {strays:?}", homes[0]);
    }
}

#[test]
fn a_hot_source_is_spread_over_several_homes_and_every_other_stays_at_its_own() {
    for (origins, fewest) in [(1, 1.0), (2, 1.5), (3, 2.0), (10, 3.0)] {
        let (Some(without), Some(with)) =
            (Balancer::start(origins, ""), Balancer::start(origins, HOT))
        else {
            return;
        };
        let cold = || (0..SOURCES).map(path);
        assert!(without.homes(cold()) == with.homes(cold()), "of others");
        let spread: Vec<Spread> = (0..HOT_SOURCES).map(|source| with.spread(source)).collect();
        assert!(spread.iter().all(|spread| spread.homes <= 4), "{spread:?}");
        let mean =
            |of: fn(&Spread) -> f64| spread.iter().map(of).sum::<f64>() / spread.len() as f64;
        let (homes, fullest) = (mean(|it| it.homes as f64), mean(|it| it.fullest));
        println!(
            "{origins} origins: a hot source has {homes:.1} homes, of its sizes {:.0} % at the fullest",
            fullest * 100.0
        );
        assert!(homes >= fewest, "{homes}");
        let whole = spread.iter().filter(|spread| spread.homes == 4);
        assert!(whole.clone().all(|it| it.fullest < 0.4), "{spread:?}");
    }
}

#[test]
fn one_origin_more_takes_its_share_and_moves_nothing_else() {
    for origins in [1, 2, 3, 10] {
        let Some(new) = with_one_more(origins, "sources", || (0..SOURCES).map(path)) else {
            return;
        };
        let newcomer = origins + 1;
        println!(
            "  the fullest of {newcomer} has {:.2} of its share",
            fullest(&new) * f64::from(newcomer)
        );
    }
}

#[test]
fn one_origin_more_takes_its_share_of_hot_sources_and_moves_nothing_else() {
    for origins in [1, 2, 3, 10] {
        let sizes = || (0..HOT_SOURCES).flat_map(hot_paths);
        if with_one_more(origins, "sizes of hot sources", sizes).is_none() {
            return;
        }
    }
}

/// Adds an origin to so many, and returns the homes that paths have then; `None` where there is no Nginx.
fn with_one_more<P: Iterator<Item = String>>(
    origins: u32,
    what: &str,
    paths: impl Fn() -> P,
) -> Option<Vec<String>> {
    let before = Balancer::start(origins, HOT)?;
    let after = Balancer::start(origins + 1, HOT)?;
    let (old, new) = (before.homes(paths()), after.homes(paths()));
    let both = old.iter().zip(&new);
    let moved: Vec<&String> = both
        .filter(|(old, new)| old != new)
        .map(|(_, new)| new)
        .collect();
    let newcomer = (origins + 1).to_string();
    assert!(
        moved.iter().all(|home| **home == newcomer),
        "between others"
    );
    let share = moved.len() as f64 / new.len() as f64;
    let fair = 1.0 / f64::from(origins + 1);
    println!(
        "{origins} origins and one more: {:.1} % of {what} move, 1/{newcomer} is {:.1} %",
        share * 100.0,
        fair * 100.0,
    );
    assert!((0.5..1.6).contains(&(share / fair)), "{share} of {fair}");
    Some(new)
}

/// The share of the origin that has most.
fn fullest(homes: &[String]) -> f64 {
    let mut counts = HashMap::new();
    for home in homes {
        *counts.entry(home).or_insert(0_u32) += 1;
    }
    let most = counts.values().max().copied().unwrap_or_default();
    f64::from(most) / homes.len() as f64
}
