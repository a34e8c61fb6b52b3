//! The script that is sent in a command's place.

use std::sync::LazyLock;

use super::place;
use crate::backend::marks::Nonce;
use crate::backend::{Claim, Command};
use crate::shell::{self, Place, Unquotable};
use crate::value::Shell;

static COMMON: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("common.sh")));
static SUPERVISOR: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("supervisor.sh")));
static CLIENT: LazyLock<String> = LazyLock::new(|| without_comments(include_str!("client.sh")));

/// A folder that every host has, and that a restart leaves as it is.
pub(in crate::backend) const SPARE: &str = "/var/tmp";

/// A command to be carried out under a claim.
pub(in crate::backend) struct Order<'o> {
    pub claim: &'o Claim,
    /// As it was asked for.
    pub command: &'o Command,
    /// As the shell is to read it.
    pub text: &'o str,
    pub shell: Shell,
    /// The host's own deadline.
    pub seconds: u64,
    pub nonce: &'o Nonce,
    /// Where claims are made when there is no place at home: [`SPARE`].
    pub spare: &'o str,
    /// Whether anything comes on stdin; behind it goes [`Order::end_of_input`].
    pub fed: bool,
}

impl Order<'_> {
    /// For any shell of the sh family, the command's own aside.
    pub fn script(&self) -> Result<String, Unquotable> {
        let quoted = |text: &str| shell::quote(text, Place::Bare { alone: false }, Shell::Sh);
        let set = [
            ("word", self.nonce.as_str()),
            ("key", &place::folder(self.claim)),
            ("n", &self.claim.fence.to_string()),
            ("secs", &self.seconds.to_string()),
            ("end", &if self.fed { self.end_of_input() } else { String::new() }),
            ("var", self.spare),
            ("what", &place::what(self.command, self.shell)),
            ("shell", if self.shell == Shell::Bash { "bash" } else { "sh" }),
            ("common", &COMMON),
            ("supervisor", &SUPERVISOR),
            ("command", self.text),
        ];
        let mut script = String::new();
        for (name, value) in set {
            script += &format!("rt_{name}={}\n", quoted(value)?);
        }
        Ok(script + &COMMON + &CLIENT)
    }

    /// Tells input that is whole from input that broke off.
    pub fn end_of_input(&self) -> String {
        format!("{}.end", self.nonce.as_str())
    }
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    lines.fold(String::new(), |text, line| text + line + "\n")
}
