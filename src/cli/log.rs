//! What the engine says of itself, for those who look for a fault in it: `RUTTER_LOG=debug`.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

const VARIABLE: &str = "RUTTER_LOG";

/// Begins logging to standard error, if it is asked for; without, it costs nothing.
pub fn start() {
    let Some(wanted) = std::env::var_os(VARIABLE).filter(|wanted| !wanted.is_empty()) else { return };
    let filter = EnvFilter::builder().parse_lossy(wanted.to_string_lossy());
    let colours = io::stderr().is_terminal();
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(io::stderr);
    // A logger that is there already stays.
    let _ = logger.try_init();
}
