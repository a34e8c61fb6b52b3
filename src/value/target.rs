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

    /// What it is called in `shell NAME`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Shell::Sh => "sh",
            Shell::Bash => "bash",
            Shell::PowerShell => "powershell",
            Shell::Pwsh => "pwsh",
            Shell::Cmd => "cmd",
        }
    }

    /// Whether it starts the programs of Windows, whose names and options are in any case.
    #[must_use]
    pub fn is_of_windows(self) -> bool {
        matches!(self, Shell::PowerShell | Shell::Pwsh | Shell::Cmd)
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
    pub login: Login,
    pub auth: Option<Auth>,
    pub headers: Vec<(String, String)>,
    pub env: Vec<(String, String)>,
    /// The limit of a request that names none.
    pub within: Option<Duration>,
}

/// How an `ssh` target is logged in to, beyond what ssh_config says. Secrets stand by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// `identity "PATH"`: the private key to use, and no other.
    pub identity: Option<String>,
    /// `passphrase SECRET`: opens the private key.
    pub passphrase: Option<String>,
    /// `password SECRET`
    pub password: Option<String>,
    /// `sudo SECRET`: the password that sudo asks for there.
    pub sudo: Option<String>,
    pub host_key: HostKey,
}

/// Whether a host must prove who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HostKey {
    /// Its key stands in known_hosts, or the run stops.
    #[default]
    Checked,
    /// `host key unchecked`: any key will do.
    Unchecked,
}

/// How an HTTP request says who asks. Secrets stand by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `bearer SECRET`
    Bearer { secret: String },
    /// `basic USER SECRET`
    Basic { user: String, secret: String },
}
