//! What the engine says of itself, for those who look for a fault in it: `RUTTER_LOG=debug`.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use super::veil;
use crate::report::harmless_painted;

const VARIABLE: &str = "RUTTER_LOG";

/// Begins logging to standard error, if it is asked for; without, it costs nothing.
pub fn start() {
    let Some(wanted) = std::env::var_os(VARIABLE).filter(|wanted| !wanted.is_empty()) else { return };
    let filter = EnvFilter::builder().parse_lossy(wanted.to_string_lossy());
    let colours = io::stderr().is_terminal();
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(|| Veiled);
    // A logger that is there already stays.
    let _ = logger.try_init();
}

/// Standard error, without secrets. An entry comes in one piece.
struct Veiled;

impl Write for Veiled {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let text = veil::over(&text);
        io::stderr().lock().write_all(harmless_painted(&text).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
