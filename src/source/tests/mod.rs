//! The fetcher against scripted origins on loopback.

mod fetching;
mod guarding;
mod keeping;
mod limits;
mod local;
mod origin;
mod passing;
mod redirects;
mod stores;
mod streaming;
mod tls;

use std::collections::HashMap;
use std::io::{self, Cursor};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};

use super::tls::Trust;
use super::*;
use crate::clock::Clock;
use crate::request::SourceUrl;

/// A resolver whose answers are written down; the last answer for a name repeats.
#[derive(Default)]
struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
}

impl Names {
    fn new<const N: usize>(host: &str, answers: [&[&str]; N]) -> Arc<Self> {
        let answers = answers.map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect());
        let answers = HashMap::from([(host.to_owned(), answers.to_vec())]);
        Arc::new(Self {
            answers: Mutex::new(answers),
        })
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(host) {
            Some(list) if list.len() > 1 => Ok(list.remove(0)),
            Some(list) => Ok(list[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        Box::pin(std::future::ready(answer))
    }
}

/// Settings that reach the origins of the tests, each time anew.
fn config() -> Config {
    Config {
        allow_loopback: true,
        source_cache_bytes: 0,
        ..Config::default()
    }
}

fn fetcher(config: Config) -> Fetcher {
    named_fetcher(config, Arc::new(Names::default()))
}

fn named_fetcher(config: Config, names: Arc<Names>) -> Fetcher {
    let trust = Trust::Roots(rustls::RootCertStore::empty());
    Fetcher::with_trust(config, Clock::system(), (names, trust))
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn source(url: &str) -> SourceUrl {
    SourceUrl::parse(url).unwrap()
}

/// Terms of somebody who holds the version with these validators.
fn holding(held: &Validators) -> Terms<'_> {
    static NONE: LazyLock<Passed> = LazyLock::new(Passed::none);
    Terms {
        held: Some(held),
        ..Terms::passing(&NONE)
    }
}

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Image, Error> {
    match fetcher
        .fetch(&source(url), &Terms::passing(&Passed::none()))
        .await?
    {
        Fetched::Image(image) => Ok(image),
        Fetched::NotModified(validators, _) => panic!("not modified: {validators:?}"),
    }
}

/// A PNG of noise, so that its length in bytes grows with its sides.
fn png(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let noise = image::GrayImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Luma([(state >> 24) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    noise.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The header of a GIF of 65535 by 65535 pixels.
const GIANT_GIF: &[u8] =
    b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
