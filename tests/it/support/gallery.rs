//! The server over the committed fixtures and blank pictures of any size, for tests of what it makes of them.

use image::{ImageFormat, RgbImage};

use super::{Connection, Origin, Reply, Response, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// A server whose `local` sources are the fixtures, and an origin for made pictures.
pub(crate) struct Gallery {
    pub(crate) server: Server,
    origin: Origin,
}

impl Gallery {
    /// Starts both, the server with `settings` over those of every test.
    #[track_caller]
    pub(crate) fn open(settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("LOCAL_FILESYSTEM_ROOT", FIXTURES)];
        all.extend(settings);
        Self {
            server: Server::start(&all),
            origin: Origin::start(),
        }
    }

    /// What `options` (none, or segments divided by slashes) make of a fixture, named as `png/rgb-8.png@webp`.
    pub(crate) fn show(&self, options: &str, fixture: &str) -> Reply {
        self.server.get(&Self::target(options, fixture))
    }

    /// The same, to a client that accepts `accept`.
    pub(crate) fn show_to(&self, accept: &str, options: &str, fixture: &str) -> Reply {
        let target = Self::target(options, fixture);
        self.server.get_with(&target, &[("Accept", accept)])
    }

    /// The size of what `options` make of a blank picture, asked on a connection of the caller's.
    #[track_caller]
    pub(crate) fn size(&self, on: &mut Connection, options: &str, blank: (u32, u32)) -> (u32, u32) {
        let path = format!("/{}x{}.png", blank.0, blank.1);
        self.origin
            .serve(&path, Response::ok("image/png", png(blank)));
        let target = format!("/unsafe/{options}/plain/{}", self.origin.url(&path));
        on.request("GET", &target, &[]).size()
    }

    /// Serves `body` and shows what `options` make of it.
    pub(crate) fn show_bytes(&self, options: &str, name: &str, body: Vec<u8>) -> Reply {
        let path = format!("/{name}");
        self.origin
            .serve(&path, Response::ok("application/octet-stream", body));
        let url = self.origin.url(&path);
        self.server
            .get(&format!("/unsafe{}/plain/{url}", segment(options)))
    }

    fn target(options: &str, fixture: &str) -> String {
        format!("/unsafe{}/plain/local:///{fixture}", segment(options))
    }
}

fn segment(options: &str) -> String {
    if options.is_empty() {
        String::new()
    } else {
        format!("/{options}")
    }
}

fn png((width, height): (u32, u32)) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::new(width, height)
        .write_to(&mut file, ImageFormat::Png)
        .unwrap();
    file.into_inner()
}
