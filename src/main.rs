//! The binary: arguments in, an exit code out. All the rest is in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Trees of many small nodes are made and dropped all the time: a sixth of a lint was the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    rutter::cli::main(std::env::args_os())
}
