//! The integration target: the real server over sockets, and rules about the code itself.

mod formats;
mod layering;
mod pixels;
mod serving;
mod sizes;
mod support;
mod urls;
