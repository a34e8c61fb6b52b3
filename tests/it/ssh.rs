//! The ssh backend against real OpenSSH servers on loopback (see [`lab`]).
//!
//! `tests/all.sh` installs what is needed. Nothing of the machine's own settings is read or changed.

mod claims;
mod connections;
mod ending;
mod files;
mod fleet;
mod host_keys;
mod hosts;
pub(crate) mod lab;
mod logins;
mod output;
mod secrets;
mod shells;
mod support;
mod ways;
mod web_n;
