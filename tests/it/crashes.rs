//! Killing the server at any moment, under load: what is told, kept and purged holds over it.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use inkfish::cache::{Cache, Config, Limits, Parts};
use inkfish::clock::{Clock, Timestamp};
use tempfile::TempDir;

use crate::support::{Origin, PATIENCE, Process, Response, TOKEN, eventually, hash_of};

const SOURCES: u32 = 6;
const WIDTHS: u32 = 8;
const CLIENTS: u64 = 3;
const ASKS_PER_PURGE: u32 = 20;
/// Fewer than there are variants, so that each life of the server begins with evicting.
const FILES: u64 = 20;
/// The metric of the files that whoever keeps the folder knows; 0 of any other process.
const HELD_FILES: &str = "inkfish_cache_disk_files ";
/// The random choices are the same in every run.
const SEED: u64 = 0x696e_6b66_6973_6821;

/// Lives of the server.
fn lives() -> u64 {
    match std::env::var_os("INKFISH_TEST_LONG") {
        Some(_) => 1_000,
        None => 50,
    }
}

/// Sources that change, and what is known of each.
struct World {
    origin: Origin,
    dir: TempDir,
    sources: Vec<Arc<Source>>,
    /// The bytes of each variant, by source, generation and width, as they were first answered.
    told: Mutex<HashMap<[u32; 3], u64>>,
    /// Answers that came from the folder.
    hits: AtomicU32,
}

/// A picture of one colour, which tells its generation.
#[derive(Default)]
struct Source {
    /// What the origin has.
    generation: AtomicU32,
    /// The oldest that may be served: a purge of those before it was acknowledged.
    oldest: AtomicU32,
}

/// Random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % u64::from(bound)) as u32
    }
}

impl World {
    fn new() -> Self {
        let origin = Origin::start();
        let sources: Vec<Arc<Source>> = (0..SOURCES).map(|_| Arc::default()).collect();
        for (number, source) in sources.iter().enumerate() {
            let source = Arc::clone(source);
            origin.on(&path_of(number as u32), move |_, stream| {
                let picture = picture(source.generation.load(Ordering::SeqCst));
                let _ = stream.write_all(&Response::ok("image/png", picture).bytes());
            });
        }
        Self {
            origin,
            dir: tempfile::tempdir().unwrap(),
            sources,
            told: Mutex::default(),
            hits: AtomicU32::default(),
        }
    }

    fn serve(&self) -> Process {
        let files = FILES.to_string();
        Process::serve(&[
            ("INKFISH_CACHE_DIR", self.dir.path().to_str().unwrap()),
            ("INKFISH_CACHE_MEMORY_BYTES", "0"),
            ("INKFISH_SOURCE_CACHE_BYTES", "0"),
            ("INKFISH_CACHE_DISK_ENTRIES", &files),
            ("INKFISH_SWEEP_INTERVAL", "1"),
            ("INKFISH_PURGE_TOKEN", TOKEN),
            ("INKFISH_ACCESS_LOG", "false"),
        ])
    }

    /// One life of the server, which ends amid a random answer.
    fn live(&self, life: u64) {
        let mut random = Random(SEED ^ life);
        let process = self.serve();
        let addresses = [process.address(), process.admin_address()];
        let (answered, answers) = mpsc::channel();
        let answers_in_life = 5 + random.below(40);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let random = Random(SEED ^ life << 8 ^ client);
                let (process, answered) = (&addresses, answered.clone());
                scope.spawn(move || self.use_until_killed(*process, random, &answered));
            }
            drop(answered);
            for _ in 0..answers_in_life {
                let answer = answers.recv_timeout(PATIENCE);
                answer.unwrap_or_else(|_| panic!("life {life} ended by itself"));
            }
            // With SIGKILL.
            drop(process);
        });
    }

    /// Asks and, from time to time, purges; counts what was answered in full.
    fn use_until_killed(
        &self,
        [public, admin]: [SocketAddr; 2],
        mut random: Random,
        answered: &mpsc::Sender<()>,
    ) {
        loop {
            let number = random.below(SOURCES);
            let answer = match random.below(ASKS_PER_PURGE) {
                0 => self.purge(admin, number),
                _ => self.ask(public, [number, 1 + random.below(WIDTHS)]),
            };
            // Nobody counts any more once the server is to be killed.
            let counted = answer.map(|()| answered.send(()));
            if counted.is_none() {
                return;
            }
        }
    }

    fn ask(&self, to: SocketAddr, [number, width]: [u32; 2]) -> Option<()> {
        let url = self.origin.url(&path_of(number));
        let oldest = self.sources[number as usize].oldest.load(Ordering::SeqCst);
        let request = format!(
            "GET /unsafe/rs:force:{width}:{width}/f:png/plain/{url} HTTP/1.1\r\n\
             Host: test\r\nConnection: close\r\n\r\n"
        );
        let (head, body) = exchange(to, &request)?;
        let is_hit = head.contains("detail=hit_disk");
        self.hits.fetch_add(is_hit.into(), Ordering::Relaxed);
        self.judge([number, width], oldest, &body);
        Some(())
    }

    fn judge(&self, [number, width]: [u32; 2], oldest: u32, body: &[u8]) {
        let picture = image::load_from_memory(body).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (width, width));
        let generation = generation_of(picture.get_pixel(0, 0));
        assert!(
            generation >= oldest,
            "source {number}: generation {generation} was purged, {oldest} is the oldest"
        );
        let mut told = self.told.lock().unwrap();
        let first = *told
            .entry([number, generation, width])
            .or_insert_with(|| hash_of(body));
        assert_eq!(first, hash_of(body), "not the bytes that were told first");
    }

    /// Changes a source and purges what was made of it.
    fn purge(&self, to: SocketAddr, number: u32) -> Option<()> {
        let source = &self.sources[number as usize];
        let next = source.generation.fetch_add(1, Ordering::SeqCst) + 1;
        let order = format!(r#"{{"source": "{}"}}"#, self.origin.url(&path_of(number)));
        let length = order.len();
        let request = format!(
            "POST /purge HTTP/1.1\r\nHost: admin\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{order}"
        );
        exchange(to, &request)?;
        source.oldest.fetch_max(next, Ordering::SeqCst);
        Some(())
    }

    /// Files under the digits of keys, and files that are being written.
    fn files(&self) -> (usize, usize) {
        let temporary = files_under(&self.dir.path().join("tmp"));
        let keyed = files_under(self.dir.path());
        let is_keyed = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 58);
        (
            keyed.iter().filter(|path| is_keyed(path)).count(),
            temporary.len(),
        )
    }
}

fn path_of(number: u32) -> String {
    format!("/{number}.png")
}

/// A picture whose colour tells its generation.
fn picture(generation: u32) -> Vec<u8> {
    let [_, red, green, blue] = generation.to_be_bytes();
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(16, 16, Rgb([red, green, blue]))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn generation_of(Rgb([red, green, blue]): &Rgb<u8>) -> u32 {
    u32::from_be_bytes([0, *red, *green, *blue])
}

/// The head and the body of a whole answer; `None` where the server was killed before it was over.
fn exchange(address: SocketAddr, request: &str) -> Option<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map(|(_, value)| value.parse::<usize>().unwrap())?;
    let body = answer.split_off(end);
    if body.len() < length {
        return None;
    }
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    Some((head, body))
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A folder that goes meanwhile holds nothing.
        for item in fs::read_dir(folder).into_iter().flatten().flatten() {
            match item.file_type().unwrap().is_dir() {
                true => folders.push(item.path()),
                false => files.push(item.path()),
            }
        }
    }
    files
}

/// The folder of dead processes, as one that starts some hours later finds it.
fn open_later(dir: &Path, runtime: &tokio::runtime::Runtime) -> Cache {
    let later = Clock::system()
        .now()
        .after(Duration::from_secs(2 * 60 * 60));
    let config = Config {
        dir: Some(dir.to_owned()),
        disk_limits: Limits {
            entries: FILES,
            ..Config::default().disk_limits
        },
        ..Config::default()
    };
    let parts = Parts {
        clock: Clock::manual(Timestamp::from_millis(later.as_millis())),
        runtime: runtime.handle().clone(),
        shared: None,
    };
    Cache::open(config, parts).unwrap()
}

#[test]
fn whenever_the_server_is_killed_nothing_torn_or_purged_is_served_and_nothing_is_left_behind() {
    let world = World::new();
    (0..lives()).for_each(|life| world.live(life));
    let told = world.told.lock().unwrap().len();
    assert!(told > 100, "only {told} variants were ever answered");
    let hits = world.hits.load(Ordering::Relaxed);
    assert!(hits > 100, "only {hits} answers came from the folder");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cache = open_later(world.dir.path(), &runtime);
    cache.keep_folder().unwrap();
    let (held, _) = world.files();
    assert!(held as u64 <= FILES, "{held} files: some are in no journal");
    let scanned = cache.scan_folder(&|_, _| ()).unwrap();
    assert_eq!((scanned.damaged, scanned.failed), (0, 0));
    assert_eq!(world.files().1, 0, "files that were never published");
}

#[test]
fn when_the_process_that_keeps_the_folder_is_killed_the_other_one_keeps_it() {
    let world = World::new();
    let first = world.serve();
    let leads = |process: &Process| {
        let metrics = process.admin("/metrics").text();
        let held = metrics
            .lines()
            .find_map(|line| line.strip_prefix(HELD_FILES));
        held.is_some_and(|count| count.trim() != "0")
    };
    world.ask(first.address(), [0, 1]).unwrap();
    eventually("the first process keeps the folder", || leads(&first));
    let second = world.serve();
    let addresses = [&first, &second].map(|process| [process.address(), process.admin_address()]);
    let (answered, answers) = mpsc::channel();
    thread::scope(|scope| {
        for (client, process) in addresses.into_iter().cycle().take(4).enumerate() {
            let (world, random) = (&world, Random(SEED ^ client as u64));
            let answered = answered.clone();
            scope.spawn(move || world.use_until_killed(process, random, &answered));
        }
        drop(answered);
        let wait = |answers_to_come| {
            for _ in 0..answers_to_come {
                answers.recv_timeout(PATIENCE).unwrap();
            }
        };
        wait(100);
        assert!(!leads(&second), "there is one keeper");
        // Amid whatever it sweeps and evicts.
        drop(first);
        wait(100);
        eventually("the second process keeps the folder", || leads(&second));
        drop(second);
    });
    let third = world.serve();
    eventually("no more is kept than there is room for", || {
        world.files().0 as u64 <= FILES
    });
    drop(third);
}
