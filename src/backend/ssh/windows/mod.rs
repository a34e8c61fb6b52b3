//! Commands for hosts whose target says `powershell`, `pwsh` or `cmd`.
//!
//! In: a command, and what came back. Out: what goes over the wire, stderr as people mean it, the
//! exit code. Must not know: connections, channels.
//!
//! The server's default shell may be cmd or PowerShell, and is never asked to read the command: it
//! starts PowerShell with a small program (`bootstrap.ps1`, by `-EncodedCommand`), in words that
//! both read alike. The program reads the command from stdin: ten digits, then so many bytes of
//! ASCII: how it is run (`line`, `script`, `cmd`), its text, and the names and values of its
//! environment, each in base64, parted by commas. (No JSON: `ConvertFrom-Json` makes dates of texts.)
//! What follows on stdin is left for the command: for a program that it starts, byte for byte, and
//! for a script that uses `$input`, as lines.
//!
//! It exits with the code of the last program that ran, when that is not 0; with N for `exit N`; with
//! 1 when the last statement failed or an error ended it; else with 0. PowerShell as the
//! server's default shell makes 1 of all codes but 0, so the code is told at the end of stderr as
//! well: [`exit_code`] reads it, [`plain_stderr`] takes it out. Only an `exit N` of the command
//! itself can't be told so.
//!
//! No PowerShell was there to try this on: it is held to what is published of 5.1 and 7. What it
//! can't do: an empty value of a variable (Windows takes it for none), a constrained language mode.

mod bootstrap;
mod clixml;
mod told;

pub(super) use self::bootstrap::wire;
pub(super) use self::told::{exit_code, plain_stderr};
