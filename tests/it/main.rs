//! The integration target: the real server over sockets, and rules about the code itself.

mod cache;
mod cli;
mod connections;
mod http;
mod layering;
mod observing;
mod serving;
mod support;
