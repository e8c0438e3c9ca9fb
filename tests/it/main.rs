//! The integration target: the real server over sockets, and rules about the code itself.

mod admission;
mod bad_input;
mod coalescing;
mod guard;
mod layering;
mod serving;
mod sources;
mod support;
