//! Where things happen: a target with its address filled in.

use std::time::Duration;

/// What carries requests to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendKind {
    Local,
    Ssh,
    Http,
    Plugin(String),
}

/// The language of a target's command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shell {
    Sh,
    Bash,
    PowerShell,
    Pwsh,
    Cmd,
}

impl Shell {
    /// The shell that `shell NAME` means.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "sh" => Shell::Sh,
            "bash" => Shell::Bash,
            "powershell" => Shell::PowerShell,
            "pwsh" => Shell::Pwsh,
            "cmd" => Shell::Cmd,
            _ => return None,
        })
    }
}

/// A target whose address, user and clauses are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As the runbook calls it.
    pub name: String,
    pub backend: BackendKind,
    /// `ssh`: the host; `http`: the base URL, or nothing; `local`: nothing.
    pub address: String,
    pub shell: Shell,
    pub user: Option<String>,
    pub port: Option<u16>,
    pub jump: Option<String>,
    pub auth: Option<Auth>,
    pub headers: Vec<(String, String)>,
    pub env: Vec<(String, String)>,
    /// The limit of a request that names none.
    pub within: Option<Duration>,
}

/// How an HTTP request says who asks. Secrets stand by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `bearer SECRET`
    Bearer { secret: String },
    /// `basic USER SECRET`
    Basic { user: String, secret: String },
}
