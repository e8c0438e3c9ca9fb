//! The edge as an operator runs it: real Nginx, Keepalived and Varnish read the files of `nginx/`, `keepalived/` and
//! `vcl/`, each machine a network namespace. Where none can be made, the tests say so and pass.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test or its helpers, fails the test"
)]

mod edge_cache;
mod failover;
mod forging;
mod passing;
mod placement;
mod purging;
mod reuse;
mod support;
mod varnish;
