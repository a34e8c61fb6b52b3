//! Moments as people of this machine read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report;

/// `2026-11-22 14:02:11`, by the clock on the wall here.
pub fn moment(at: Timestamp) -> String {
    report::moment(at, &TimeZone::system())
}

/// Now.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "for people")]
    Timestamp::now()
}
