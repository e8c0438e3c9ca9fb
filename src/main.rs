//! The `inkfish` command.

use std::ffi::c_long;
use std::process::ExitCode;

use libmimalloc_sys::{mi_option_set, mi_option_t};

/// Image buffers are large and short-lived, and made by many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Milliseconds that freed memory is kept for the next use. The allocator's own second lets the resident memory of
/// a burst pile up past the budgets that bound what is in use.
const PURGE_DELAY_MILLIS: c_long = 10;

/// The option behind it (mimalloc 3, `mi_option_purge_delay`), which the bindings do not name.
const PURGE_DELAY: mi_option_t = 15;

#[expect(
    unsafe_code,
    reason = "the allocator's options are set through its C interface"
)]
fn give_memory_back_soon() {
    // SAFETY: sets one word in the allocator's table of options; the index is in range, and no other thread runs.
    unsafe { mi_option_set(PURGE_DELAY, PURGE_DELAY_MILLIS) }
}

fn main() -> ExitCode {
    give_memory_back_soon();
    inkfish::cli::run().unwrap_or_else(|error| {
        eprintln!("inkfish: {error:#}");
        ExitCode::FAILURE
    })
}
