//! The integration target: the real server over sockets, and rules about the code itself.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test or its helpers, fails the test"
)]

mod admission;
mod bad_input;
mod coalescing;
mod guard;
mod layering;
mod serving;
mod sources;
mod support;
