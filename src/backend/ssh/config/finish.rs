//! What a config said of a host, made into what is needed to connect to it.
//!
//! In: the settings that apply. Out: a [`HostConfig`] with defaults, tokens and paths filled in.
//! Must not know: files, patterns.

use std::net::IpAddr;
use std::path::PathBuf;

use super::myself::{Myself, variable};
use super::names::{Hop, check_host, check_user};
use super::settings::{Place, Placed, Settings, Way};
use super::tokens::{Connection, Filled, Tokens, percent, percent_and_dollar};
use super::{ConfigError, HostConfig, Proxy, Wanted};

/// Tried in this order when the config names none: readconf.c, `fill_default_options`.
const IDENTITIES: [&str; 5] =
    ["~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk"];
const USER_KNOWN_HOSTS: [&str; 2] = ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"];
const GLOBAL_KNOWN_HOSTS: [&str; 2] = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

/// The name to connect to: what `HostName` says, in small letters; addresses in their usual form.
pub fn host_name(settings: &Settings, named: &str) -> Result<String, ConfigError> {
    let name = match &settings.host_name {
        Some(name) => percent(&name.value, &[('h', named)]).map_err(|why| name.at.error(why))?,
        None => named.to_owned(),
    };
    let at = settings.host_name.as_ref().map_or_else(Place::default, |name| name.at.clone());
    check_host(&name).map_err(|why| at.error(why))?;
    Ok(match name.parse::<IpAddr>().map(|address| address.to_string()) {
        Err(_) => name.to_ascii_lowercase(),
        Ok(usual) if usual.eq_ignore_ascii_case(&name) => name,
        Ok(usual) => usual,
    })
}

/// The whole of it. `host` is the settled name.
pub fn finish(
    settings: &Settings,
    wanted: &Wanted<'_>,
    host: String,
    me: &Myself,
) -> Result<HostConfig, ConfigError> {
    let port = settings.port.unwrap_or(22);
    let alias = settings.host_key_alias.as_ref().map(|alias| alias.value.to_ascii_lowercase());
    let connection = |user| Connection {
        me,
        original: wanted.host,
        host: &host,
        port,
        user,
        alias: alias.as_deref().unwrap_or(wanted.host),
        jump: settings.last_hop(),
    };
    let user = user(settings, wanted, &connection(""))?;
    let connection = connection(&user);
    let filled = Filled::new(&connection);
    let fill = Fill { me, tokens: &filled.tokens(&connection) };
    let proxy = proxy(settings, &connection)?;
    Ok(HostConfig {
        port,
        identity_files: identity_files(settings, wanted, &fill)?,
        identities_only: settings.identities_only.unwrap_or(false) || wanted.identity.is_some(),
        certificate_files: fill.all(&settings.certificate_files)?,
        identity_agent: agent(settings, &fill)?,
        user_known_hosts: fill.list(settings.user_known_hosts.as_ref(), &USER_KNOWN_HOSTS)?,
        global_known_hosts: global_known_hosts(settings, me)?,
        revoked_host_keys: fill.list(settings.revoked_host_keys.as_ref(), &[])?,
        proxy,
        connect_timeout: settings.connect_timeout.filter(|time| !time.is_zero()),
        alive_interval: settings.alive_interval,
        alive_count_max: settings.alive_count_max.unwrap_or(3),
        host_key_alias: alias.clone(),
        host_name: host.clone(),
        user,
    })
}

/// A user that the config names may hold tokens, all but those made of the user.
fn user(
    settings: &Settings,
    wanted: &Wanted<'_>,
    connection: &Connection<'_>,
) -> Result<String, ConfigError> {
    let Some(named) = &settings.user else { return Ok(connection.me.user.clone()) };
    let filled = Filled::new(connection);
    let tokens: Vec<_> =
        filled.tokens(connection).into_iter().filter(|(key, _)| !"rC".contains(*key)).collect();
    let user = match wanted.user {
        Some(user) => user.to_owned(),
        None => percent_and_dollar(&named.value, &tokens).map_err(|why| named.at.error(why))?,
    };
    check_user(&user).map_err(|why| named.at.error(why))?;
    Ok(user)
}

/// Fills tokens, variables and `~` into paths.
struct Fill<'a> {
    me: &'a Myself,
    tokens: &'a Tokens<'a>,
}

impl Fill<'_> {
    fn path(&self, path: &str, at: &Place) -> Result<PathBuf, ConfigError> {
        let full = self.me.tilde(path).and_then(|path| percent_and_dollar(&path, self.tokens));
        full.map(PathBuf::from).map_err(|why| at.error(why))
    }

    fn all(&self, paths: &[Placed<String>]) -> Result<Vec<PathBuf>, ConfigError> {
        let given = paths.iter().filter(|path| !path.value.eq_ignore_ascii_case("none"));
        given.map(|path| self.path(&path.value, &path.at)).collect()
    }

    fn list(
        &self,
        given: Option<&Placed<Vec<String>>>,
        defaults: &[&str],
    ) -> Result<Vec<PathBuf>, ConfigError> {
        match given {
            Some(paths) => paths.value.iter().map(|path| self.path(path, &paths.at)).collect(),
            None => defaults.iter().map(|path| self.path(path, &Place::default())).collect(),
        }
    }
}

/// The key of the target and no other, or those of the config, or the usual ones.
fn identity_files(
    settings: &Settings,
    wanted: &Wanted<'_>,
    fill: &Fill<'_>,
) -> Result<Vec<PathBuf>, ConfigError> {
    match wanted.identity {
        Some(path) => Ok(vec![fill.path(path, &Place::default())?]),
        None if settings.identity_files.is_empty() => fill.list(None, &IDENTITIES),
        None => fill.all(&settings.identity_files),
    }
}

/// The paths of the system take `~` and no tokens.
fn global_known_hosts(settings: &Settings, me: &Myself) -> Result<Vec<PathBuf>, ConfigError> {
    let Some(given) = &settings.global_known_hosts else {
        return Ok(GLOBAL_KNOWN_HOSTS.iter().map(PathBuf::from).collect());
    };
    let full = |path: &String| me.tilde(path).map(PathBuf::from).map_err(|why| given.at.error(why));
    given.value.iter().map(full).collect()
}

/// Where the agent listens: what `IdentityAgent` says, else `SSH_AUTH_SOCK`.
fn agent(settings: &Settings, fill: &Fill<'_>) -> Result<Option<PathBuf>, ConfigError> {
    let of = |name: &str| variable(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(named) = &settings.identity_agent else { return Ok(of("SSH_AUTH_SOCK")) };
    match named.value.as_str() {
        "none" => Ok(None),
        "SSH_AUTH_SOCK" => Ok(of("SSH_AUTH_SOCK")),
        text => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => Ok(of(name)),
            None => fill.path(text, &named.at).map(Some),
        },
    }
}

fn proxy(settings: &Settings, connection: &Connection<'_>) -> Result<Proxy, ConfigError> {
    let port = connection.port.to_string();
    let (host, original, user) = (connection.host, connection.original, connection.user);
    let tokens = [('h', host), ('k', connection.alias), ('n', original), ('p', &port), ('r', user)];
    match &settings.way {
        None => Ok(Proxy::Direct),
        Some(Placed { value: Way::Command(command), .. }) if command.eq_ignore_ascii_case("none") => {
            Ok(Proxy::Direct)
        }
        Some(Placed { value: Way::Command(command), at }) => {
            percent(command, &tokens).map(Proxy::Command).map_err(|why| at.error(why))
        }
        Some(Placed { value: Way::Jump(hops), at }) => {
            let hops: Result<Vec<Hop>, String> = hops.iter().map(|hop| expanded(hop, &tokens)).collect();
            let hops = hops.map_err(|why| at.error(why))?;
            not_in_a_circle(&hops, connection).map_err(|why| at.error(why))?;
            Ok(Proxy::Jump(hops))
        }
    }
}

fn expanded(hop: &Hop, tokens: &Tokens<'_>) -> Result<Hop, String> {
    let host = percent(&hop.host, tokens)?;
    let user = hop.user.as_deref().map(|user| percent(user, tokens)).transpose()?;
    check_host(&host)?;
    user.as_deref().map_or(Ok(()), check_user)?;
    Ok(Hop { user, host, port: hop.port })
}

/// A host cannot be reached through itself.
fn not_in_a_circle(hops: &[Hop], connection: &Connection<'_>) -> Result<(), String> {
    let itself = |hop: &Hop| {
        let user = hop.user.as_deref().unwrap_or(connection.user);
        hop.host == connection.host && hop.port.unwrap_or(22) == connection.port && user == connection.user
    };
    match hops.last().is_some_and(itself) {
        true => Err(format!("`{}` is to be reached through itself", connection.host)),
        false => Ok(()),
    }
}
