//! ssh_config(5), read as OpenSSH's client reads it (readconf.c), as far as rutter has use for it.
//!
//! In: a host as a target names it. Out: where and how to connect, or the line at fault.
//! Must not know: connections, keys, targets.
//!
//! The first value of a keyword wins, files of keys add up, `Match final` makes the files be read a
//! second time. What differs from `ssh`: names are not made canonical by DNS
//! (`CanonicalizeHostname`), `Match localnetwork` is an error, and names of hosts and users are
//! checked wherever they come from.

mod criterion;
mod file;
mod finish;
mod myself;
mod names;
mod settings;
mod statement;
mod tokens;
mod walk;
mod words;

pub use names::Hop;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use file::Files;
use myself::Myself;
use settings::{Place, Placed, Settings};
use statement::Setting;
use walk::Walk;

/// Which files are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFiles {
    /// `~/.ssh/config`, then `/etc/ssh/ssh_config`: as `ssh` does.
    #[default]
    Standard,
    /// This file and no other, as with `ssh -F FILE`.
    Only(PathBuf),
    /// None, as with `ssh -F none`.
    None,
}

/// The config of one run: files are read once, then any number of hosts asked for.
#[derive(Debug)]
pub struct SshConfig {
    which: ConfigFiles,
    files: Files,
    me: Myself,
}

/// A host as the runbook names it, and what its target's clauses say; they win over the config, as
/// `ssh`'s `-l`, `-p` and `-J` do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    pub host: &'a str,
    pub user: Option<&'a str>,
    pub port: Option<u16>,
    pub jump: Option<&'a str>,
    /// The private key to use, and no other: `-i FILE` with `IdentitiesOnly yes` and no key of the config.
    pub identity: Option<&'a str>,
}

/// All that is needed to connect to a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// `HostName`: in small letters, not resolved.
    pub host_name: String,
    /// `User`, or the local user.
    pub user: String,
    pub port: u16,
    /// `IdentityFile`, in the order to try; they need not exist.
    pub identity_files: Vec<PathBuf>,
    /// Only these keys, whatever an agent offers besides.
    pub identities_only: bool,
    pub certificate_files: Vec<PathBuf>,
    /// Where the agent listens; `SSH_AUTH_SOCK` is already looked up. Nothing: no agent.
    pub identity_agent: Option<PathBuf>,
    pub user_known_hosts: Vec<PathBuf>,
    pub global_known_hosts: Vec<PathBuf>,
    /// Files of keys that no host may have (`RevokedHostKeys`).
    pub revoked_host_keys: Vec<PathBuf>,
    /// The name under which known_hosts has the host, in small letters.
    pub host_key_alias: Option<String>,
    pub proxy: Proxy,
    /// Nothing: as long as the system tries.
    pub connect_timeout: Option<Duration>,
    /// `ServerAliveInterval`. Nothing: the config doesn't say. Zero: it says never.
    pub alive_interval: Option<Duration>,
    pub alive_count_max: u32,
}

/// How the connection goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    Direct,
    /// Through other hosts, first hop first. The last hop is found through the config with the hops
    /// before it as its `jump`; a first hop may have hops of its own there.
    Jump(Vec<Hop>),
    /// Through the pipes of a command, tokens filled in; `ssh` runs it as `$SHELL -c "exec COMMAND"`.
    Command(String),
}

/// What is wrong with a config, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Empty if it is the target that is at fault.
    pub file: PathBuf,
    /// 0 if it is the file as a whole.
    pub line: usize,
    pub why: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_os_str().is_empty(), self.line) {
            (true, _) => write!(f, "{}", self.why),
            (false, 0) => write!(f, "{}: {}", self.file.display(), self.why),
            (false, line) => write!(f, "{}:{line}: {}", self.file.display(), self.why),
        }
    }
}

impl std::error::Error for ConfigError {}

impl SshConfig {
    /// Reads the files, so that what is wrong with them is known before any host is asked for.
    pub fn load(files: &ConfigFiles) -> Result<Self, ConfigError> {
        let config = SshConfig { which: files.clone(), files: Files::default(), me: Myself::find() };
        config.walk("", "", Settings::default()).open_all(files)?;
        Ok(config)
    }

    /// What applies to one host. `Match exec` runs a command, so this may take a while.
    pub fn host(&self, wanted: &Wanted<'_>) -> Result<HostConfig, ConfigError> {
        let nowhere = |why| Place::default().error(why);
        names::check_host(wanted.host).map_err(nowhere)?;
        let mut first = self.walk(wanted.host, wanted.host, given(wanted)?);
        first.read(&self.which)?;
        let host = finish::host_name(&first.settings, wanted.host)?;
        let again = first.wants_last || first.settings.canonicalize == Some(true);
        let mut settings = first.settings;
        if again {
            settings.host_name = Some(Placed { value: host.clone(), at: Place::default() });
            let mut last = Walk { last_reading: true, ..self.walk(wanted.host, &host, settings) };
            last.read(&self.which)?;
            settings = last.settings;
        }
        finish::finish(&settings, wanted, host, &self.me)
    }

    fn walk<'a>(&'a self, original: &'a str, name: &str, settings: Settings) -> Walk<'a> {
        Walk {
            files: &self.files,
            me: &self.me,
            original,
            name: name.to_owned(),
            settings,
            last_reading: false,
            wants_last: false,
            seen: 0,
        }
    }
}

/// The clauses of a target, before anything of the config.
fn given(wanted: &Wanted<'_>) -> Result<Settings, ConfigError> {
    let place = Place::default();
    // Checked before anything is read: a `Match exec` may put it into a command.
    wanted.user.map_or(Ok(()), names::check_user).map_err(|why| place.error(why))?;
    let jump = wanted.jump.map(names::hops).transpose().map_err(|why| place.error(why))?;
    let user = wanted.user.map(|user| Setting::User(user.to_owned()));
    let mut settings = Settings::default();
    for setting in [user, wanted.port.map(Setting::Port), jump.map(Setting::ProxyJump)].iter().flatten() {
        settings.take(setting, &place)?;
    }
    Ok(settings)
}
