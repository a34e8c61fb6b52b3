//! The ssh backend against real OpenSSH servers on loopback (see [`lab`]).
//!
//! `tests/all.sh` installs what is needed. Nothing of the machine's own settings is read or changed.

mod hosts;
mod lab;
