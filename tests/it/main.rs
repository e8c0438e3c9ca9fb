//! The integration target: the real server over sockets, and rules about the code itself.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test or its helpers, fails the test"
)]

mod admission;
mod bad_input;
mod bombs;
mod cache;
mod cli;
mod clients;
mod coalescing;
mod comparing;
mod connections;
mod crashes;
mod damage;
mod disk_faults;
mod effects;
mod erasing;
mod explaining;
mod files;
mod formats;
mod framing;
mod golden;
mod guard;
mod handover;
mod hooks;
mod http;
mod info;
mod layering;
mod limits;
mod marks;
mod matrix;
mod motion;
mod negotiation;
mod object_stores;
mod observing;
mod optimizing;
mod passing;
mod pixels;
mod purging;
mod quality;
mod ranges;
mod refining;
mod serving;
mod shared_store;
mod sizes;
mod sources;
mod spreading;
mod standing_in;
mod streams;
mod support;
mod sweeping;
mod urls;
mod warming;
