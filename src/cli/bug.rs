//! When rutter itself is wrong: the terminal is given back, and the message says whose fault it is.

use std::io::{self, IsTerminal, Write};
use std::panic;

const SHOW_CURSOR: &[u8] = b"\x1b[?25h";

/// From now on a panic is told as what it is.
pub fn watch() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if io::stdout().is_terminal() {
            // Nothing can be done about a terminal that is gone.
            let _ = io::stdout().write_all(SHOW_CURSOR);
        }
        let _ = writeln!(
            io::stderr(),
            "error: this is a mistake in rutter, not in your runbook; please report it:"
        );
        usual(info);
    }));
}
