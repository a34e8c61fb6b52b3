//! When rutter itself is wrong: the terminal is given back, and the message says whose fault it is.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal, Write};
use std::panic;

use super::veil;
use crate::report::harmless;

const SHOW_CURSOR: &[u8] = b"\x1b[?25h";

/// From now on a panic is told as what it is.
pub fn watch() {
    panic::set_hook(Box::new(|info| {
        if io::stdout().is_terminal() {
            // Nothing can be done about a terminal that is gone.
            let _ = io::stdout().write_all(SHOW_CURSOR);
        }
        let place = info.location().map(ToString::to_string);
        let told = told(info.payload_as_str(), place.as_deref(), &Backtrace::capture());
        let _ = io::stderr().write_all(told.as_bytes());
    }));
}

/// What is said of a panic. Its message may hold what was being worked on, and so a secret.
fn told(message: Option<&str>, place: Option<&str>, way: &Backtrace) -> String {
    let place = place.unwrap_or("an unknown place");
    let message = message.unwrap_or("no message");
    let way = match way.status() {
        BacktraceStatus::Captured => format!("{way}"),
        _ => "RUST_BACKTRACE=1 shows the way there\n".to_owned(),
    };
    let told = format!("at {place}: {message}\n{way}");
    let told = match veil::over_at_once(&told) {
        Some(told) => harmless(&told).into_owned(),
        None => format!("at {place}; its message is held back: it can't be told whether a secret is in it\n"),
    };
    format!("error: this is a mistake in rutter, not in your runbook; please report it:\n{told}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Secrets;
    use crate::value::SecretString;

    #[test]
    fn a_panic_says_where_and_why_and_no_secret() {
        let secrets: Secrets = [("token", SecretString::new("Kuckuck-im-Nest+4711"))].into_iter().collect();
        veil::draw(&secrets);
        for form in ["Kuckuck-im-Nest+4711", "S3Vja3Vjay1pbS1OZXN0KzQ3MTE=", "Kuckuck-im-Nest%2B4711"] {
            let message = format!("called `Result::unwrap()` on {form}\u{1b}[2J");
            let told = told(Some(&message), Some("src/x.rs:1:2"), &Backtrace::disabled());
            assert!(told.contains("at src/x.rs:1:2: called `Result::unwrap()` on •••"), "{told}");
            assert!(
                !told.contains("uckuck") && !told.contains("Vja3V") && !told.contains('\u{1b}'),
                "{told}"
            );
        }
        assert!(told(None, None, &Backtrace::disabled()).contains("at an unknown place: no message"));
    }
}
