//! The integration target: the real server over sockets, and rules about the code itself.

mod layering;
mod serving;
mod support;
