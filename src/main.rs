//! The binary: arguments in, an exit code out. All the rest is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    rutter::cli::main(std::env::args_os())
}
