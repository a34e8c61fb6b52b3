//! What a config says for one host, gathered statement by statement.
//!
//! In: settings in the order in which they apply. Out: the first of each kind, all of those that add up.
//! Must not know: files, patterns; what tokens mean.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::ConfigError;
use super::names::Hop;
use super::statement::Setting;

/// Where a setting stands; in no file if a target gives it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub file: Option<Arc<Path>>,
    pub line: usize,
}

impl Place {
    pub fn error(&self, why: String) -> ConfigError {
        let file = self.file.as_deref().unwrap_or(Path::new("")).to_owned();
        ConfigError { file, line: self.line, why }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub value: T,
    pub at: Place,
}

/// How the connection goes out, whichever of `ProxyJump` and `ProxyCommand` came first.
#[derive(Clone, Debug)]
pub enum Way {
    Jump(Vec<Hop>),
    Command(String),
}

#[derive(Debug, Default)]
pub struct Settings {
    pub host_name: Option<Placed<String>>,
    pub user: Option<Placed<String>>,
    pub port: Option<u16>,
    pub identity_files: Vec<Placed<String>>,
    pub identities_only: Option<bool>,
    pub certificate_files: Vec<Placed<String>>,
    pub identity_agent: Option<Placed<String>>,
    pub user_known_hosts: Option<Placed<Vec<String>>>,
    pub global_known_hosts: Option<Placed<Vec<String>>>,
    pub revoked_host_keys: Option<Placed<Vec<String>>>,
    pub host_key_alias: Option<Placed<String>>,
    pub way: Option<Placed<Way>>,
    /// `ProxyJump none` came first: no later jump counts, though a command still does.
    pub no_jump: bool,
    pub connect_timeout: Option<Duration>,
    pub alive_interval: Option<Duration>,
    pub alive_count_max: Option<u32>,
    pub ignore_unknown: Option<String>,
    pub tag: Option<String>,
    pub canonicalize: Option<bool>,
}

impl Settings {
    /// Takes a setting unless one of its kind is there. Files of keys add up instead.
    pub fn take(&mut self, setting: &Setting, at: &Place) -> Result<(), ConfigError> {
        let placed = |value: &String| Placed { value: value.clone(), at: at.clone() };
        match setting {
            Setting::HostName(name) => first(&mut self.host_name, || placed(name)),
            Setting::User(name) => first(&mut self.user, || placed(name)),
            Setting::Port(port) => first(&mut self.port, || *port),
            Setting::IdentityFile(path) => add(&mut self.identity_files, placed(path)),
            Setting::IdentitiesOnly(only) => first(&mut self.identities_only, || *only),
            Setting::CertificateFile(path) => add(&mut self.certificate_files, placed(path)),
            Setting::IdentityAgent(path) => first(&mut self.identity_agent, || placed(path)),
            Setting::UserKnownHosts(paths) => first(&mut self.user_known_hosts, || here(paths, at)),
            Setting::GlobalKnownHosts(paths) => first(&mut self.global_known_hosts, || here(paths, at)),
            Setting::RevokedHostKeys(paths) => first(&mut self.revoked_host_keys, || here(paths, at)),
            Setting::HostKeyAlias(name) => first(&mut self.host_key_alias, || placed(name)),
            Setting::ProxyJump(hops) => self.jump(hops, at),
            Setting::ProxyCommand(command) => {
                first(&mut self.way, || here(&Way::Command(command.clone()), at))
            }
            Setting::ConnectTimeout(time) => self.connect_timeout = self.connect_timeout.or(*time),
            Setting::AliveInterval(time) => self.alive_interval = self.alive_interval.or(*time),
            Setting::AliveCountMax(count) => first(&mut self.alive_count_max, || *count),
            Setting::IgnoreUnknown(list) => first(&mut self.ignore_unknown, || list.clone()),
            Setting::Tag(tag) => first(&mut self.tag, || tag.clone()),
            Setting::CanonicalizeHostname(canonical) => first(&mut self.canonicalize, || *canonical),
            Setting::RefuseConnection(why) => {
                return Err(at.error(format!("the config refuses this host: {why}")));
            }
        }
        Ok(())
    }

    fn jump(&mut self, hops: &[Hop], at: &Place) {
        if hops.is_empty() {
            self.no_jump |= !matches!(&self.way, Some(Placed { value: Way::Jump(_), .. }));
        } else if !self.no_jump {
            first(&mut self.way, || here(&Way::Jump(hops.to_vec()), at));
        }
    }

    /// The name of the last hop before the host, for `%j`.
    pub fn last_hop(&self) -> &str {
        match &self.way {
            Some(Placed { value: Way::Jump(hops), .. }) => hops.last().map_or("", |hop| &hop.host),
            Some(Placed { value: Way::Command(_), .. }) | None => "",
        }
    }
}

fn here<T: Clone>(value: &T, at: &Place) -> Placed<T> {
    Placed { value: value.clone(), at: at.clone() }
}

fn first<T>(slot: &mut Option<T>, value: impl FnOnce() -> T) {
    if slot.is_none() {
        *slot = Some(value());
    }
}

fn add(files: &mut Vec<Placed<String>>, file: Placed<String>) {
    if files.iter().all(|known| known.value != file.value) {
        files.push(file);
    }
}
