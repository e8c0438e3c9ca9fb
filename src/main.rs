//! The `inkfish` command.

use std::process::ExitCode;

/// Image buffers are large and short-lived, and made by many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    inkfish::cli::run().unwrap_or_else(|error| {
        eprintln!("inkfish: {error:#}");
        ExitCode::FAILURE
    })
}
