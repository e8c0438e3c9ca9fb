//! Names to addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

/// The future of a [`Resolve`].
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks names up. What it answers is judged by the guard, so it needs no judgement of its own.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of `host`, best first. It is not asked about address literals.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The resolver of the operating system (`getaddrinfo`), on tokio's threads for blocking work.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address: SocketAddr| address.ip()).collect())
        })
    }
}
