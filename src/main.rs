//! The binary: arguments in, an exit code out. All the rest is in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A rehearsal makes and drops small texts by the million.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    rutter::cli::main(std::env::args_os())
}
