//! From a target to a connection that is logged in.
//!
//! In: where to, and with which secrets. Out: a [`Connection`], or the [`Refusal`] that says why not.
//! Every way out leaves the host as it was: nothing is carried out here.

mod dial;
mod failure;
mod host_key;
mod keys;
mod login;
mod means;
mod socket;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::client::{Config, Handle, connect_stream};
use russh::keys::Algorithm;
use russh::{Preferred, cipher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::config::{ConfigFiles, Hop, HostConfig, Proxy, SshConfig, Wanted};
use super::known_hosts::{HostName, KnownFiles, KnownHosts};
use super::place::Place;
use super::pool::Pool;
use super::refusal::Refusal;
use super::report::HostKeySeen;
use super::sessions::Sessions;
use crate::backend::Credentials;
use crate::value::HostKey;
pub(super) use failure::{plainly, said};
use host_key::{Judge, Watch};
use keys::Keys;

/// How many connections are opened at once.
const OPENING: usize = 50;
/// How long dialling and the handshake may take, when ssh_config says nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a silent host is asked whether it is there, when ssh_config says nothing.
const ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// How often a connection that was dropped before the log-in is tried again.
const DROPPED: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// AES-GCM first: with a peer that lacks the strict key exchange, ChaCha20-Poly1305 is open to the
/// Terrapin attack (CVE-2023-48795).
const CIPHERS: [cipher::Name; 6] = [
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];
/// Jump hosts that are reached through jump hosts, at most.
const DEEPEST: usize = 8;

/// A connection that is logged in. Dropped, it is closed.
pub(super) struct Connection {
    pub handle: Handle<Judge>,
    pub sessions: Sessions,
    /// What the host said of its log-in shell, once a command has asked.
    pub login_shell: OnceLock<String>,
    /// `user@host:port`
    pub who: String,
    pub via: Vec<String>,
    pub by: String,
    pub host_key: HostKeySeen,
    watch: Watch,
    /// What carries this connection lives as long as it does.
    _way: Option<Arc<Connection>>,
}

impl Connection {
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Why it ended.
    pub fn lost(&self) -> String {
        self.watch.lost().unwrap_or_else(|| "the connection was closed".to_owned())
    }
}

/// Opens connections.
pub(super) struct Connector {
    files: ConfigFiles,
    config: OnceLock<Result<SshConfig, Refusal>>,
    known: KnownFiles,
    keys: Keys,
    opening: Semaphore,
}

impl Connector {
    pub fn new(files: ConfigFiles) -> Self {
        Self {
            files,
            config: OnceLock::new(),
            known: KnownFiles::default(),
            keys: Keys::default(),
            opening: Semaphore::new(OPENING),
        }
    }

    /// What the configuration says of a place.
    pub fn host(&self, place: &Place) -> Result<HostConfig, Refusal> {
        let refused = |error: super::config::ConfigError| Refusal::Refused(error.to_string());
        let config = self.config.get_or_init(|| SshConfig::load(&self.files).map_err(refused));
        let wanted = Wanted {
            host: &place.address,
            user: place.user.as_deref(),
            port: place.port,
            jump: place.jump.as_deref(),
            identity: place.identity.as_deref(),
        };
        config.as_ref().map_err(Clone::clone)?.host(&wanted).map_err(refused)
    }

    /// A new connection; one that is dropped before it is logged in is tried again, for a while.
    pub async fn open(
        &self,
        pool: &Pool,
        place: &Place,
        credentials: &Credentials,
    ) -> Result<Connection, Refusal> {
        let host = self.host(place)?;
        let mut pause = FIRST_PAUSE;
        for _ in 1..DROPPED {
            match self.attempt(pool, place, &host, credentials).await {
                Err(Refusal::Dropped(_)) => sleep(pause + jitter(pause)).await,
                done => return done,
            }
            pause *= 2;
        }
        self.attempt(pool, place, &host, credentials).await
    }

    async fn attempt(
        &self,
        pool: &Pool,
        place: &Place,
        host: &HostConfig,
        credentials: &Credentials,
    ) -> Result<Connection, Refusal> {
        let limit = host.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let way = self.way(pool, place, host).await?;
        // Taken after the way is open: those that wait for a jump host must not keep it from opening.
        let _opening = self.opening.acquire().await;
        let watch = Watch::default();
        let shaken = timeout(limit, self.shake_hands(place, host, way.as_deref(), &watch)).await;
        let too_long = || Refusal::Unreachable(format!("no answer within {limit:?}"));
        let mut handle = shaken.map_err(|_| too_long())??;
        let by = login::log_in(&mut handle, &watch, (host, credentials), &self.keys).await?;
        let host_key = match watch.host_key() {
            Some(Ok(seen)) => seen,
            Some(Err(refusal)) => return Err(refusal),
            None => return Err(Refusal::Refused("the host showed no key".to_owned())),
        };
        let mut via = way.as_ref().map(|way| way.via.clone()).unwrap_or_default();
        via.extend(way.as_ref().map(|way| way.who.clone()));
        let (sessions, login_shell) = (Sessions::default(), OnceLock::new());
        Ok(Connection { handle, sessions, login_shell, who: who(host), via, by, host_key, watch, _way: way })
    }

    /// The connection to the last jump host, shared by all that go through it.
    async fn way(
        &self,
        pool: &Pool,
        place: &Place,
        host: &HostConfig,
    ) -> Result<Option<Arc<Connection>>, Refusal> {
        let Proxy::Jump(hops) = &host.proxy else { return Ok(None) };
        let Some((last, before)) = hops.split_last() else { return Ok(None) };
        if place.depth >= DEEPEST {
            let why = format!("the way through {} goes round in circles", last.host);
            return Err(Refusal::Refused(why));
        }
        let jump = Place::of_hop(last, before, place);
        let opened = Box::pin(pool.connection(self, &jump, &Credentials::default())).await;
        opened.map(Some).map_err(|refusal| refusal.through(&last.host))
    }

    async fn shake_hands(
        &self,
        place: &Place,
        host: &HostConfig,
        way: Option<&Connection>,
        watch: &Watch,
    ) -> Result<Handle<Judge>, Refusal> {
        let known = self.known(host);
        let (config, judge) = (settings(host, &known), judge(place, host, known, watch));
        match (&host.proxy, way) {
            (Proxy::Command(text), _) => greet(config, dial::command(text)?, judge).await,
            (_, Some(way)) => {
                let (name, port) = (host.host_name.clone(), host.port.into());
                let channel = way.handle.channel_open_direct_tcpip(name, port, "127.0.0.1", 0).await;
                let unreachable = |error| {
                    let why = format!("{}:{} can't be reached", host.host_name, host.port);
                    Refusal::Unreachable(format!("from {}: {why}: {}", way.who, plainly(&error)))
                };
                greet(config, channel.map_err(unreachable)?.into_stream(), judge).await
            }
            (_, None) => greet(config, dial::straight(&host.host_name, host.port).await?, judge).await,
        }
    }

    /// Each file is read once.
    fn known(&self, host: &HostConfig) -> KnownHosts {
        let files = host.user_known_hosts.iter().chain(&host.global_known_hosts);
        self.known.open(files, &host.revoked_host_keys)
    }
}

/// `user@host:port`
pub(super) fn who(host: &HostConfig) -> String {
    match host.host_name.contains(':') {
        true => format!("{}@[{}]:{}", host.user, host.host_name, host.port),
        false => format!("{}@{}:{}", host.user, host.host_name, host.port),
    }
}

fn judge(place: &Place, host: &HostConfig, known: KnownHosts, watch: &Watch) -> Judge {
    let (name, port) = names(host);
    Judge { host: name.to_owned(), port, known, check: place.host_key, watch: watch.clone() }
}

/// As known_hosts has the host: an alias stands without a port.
fn names(host: &HostConfig) -> (&str, u16) {
    match &host.host_key_alias {
        Some(alias) => (alias, 22),
        None => (&host.host_name, host.port),
    }
}

async fn greet<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    config: Config,
    stream: S,
    judge: Judge,
) -> Result<Handle<Judge>, Refusal> {
    let watch = judge.watch.clone();
    let greeted = connect_stream(Arc::new(config), stream, judge).await;
    greeted.map_err(|error| match watch.host_key() {
        Some(Err(refusal)) => refusal,
        Some(Ok(_)) | None => failure::handshake(&error),
    })
}

fn settings(host: &HostConfig, known: &KnownHosts) -> Config {
    let (name, port) = names(host);
    let name = HostName { host: name, port };
    let mut preferred = Preferred::default();
    let on_record = known.algorithms(&name);
    let mut key: Vec<Algorithm> = preferred.key.to_vec();
    // Asked for another kind, a host shows a key that is not on record.
    key.sort_by_key(|algorithm| !on_record.iter().any(|known| same_kind(known, algorithm)));
    if known.has_authority(&name) {
        preferred.host_key_certificates = Cow::Owned(key.clone());
    }
    preferred.key = Cow::Owned(key);
    preferred.cipher = Cow::Borrowed(&CIPHERS);
    Config {
        preferred,
        keepalive_interval: Some(alive_interval(host)),
        keepalive_max: usize::try_from(host.alive_count_max).unwrap_or(usize::MAX),
        nodelay: true,
        ..Config::default()
    }
}

/// A config that says never (0) is not heeded: a run must notice that a host is gone.
fn alive_interval(host: &HostConfig) -> Duration {
    host.alive_interval.filter(|interval| !interval.is_zero()).unwrap_or(ALIVE_INTERVAL)
}

/// RSA's hash belongs to a signature, not to a key.
fn same_kind(one: &Algorithm, other: &Algorithm) -> bool {
    match (one, other) {
        (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
        (one, other) => one == other,
    }
}

/// Up to as long again, so that those that were dropped together do not come back together.
fn jitter(pause: Duration) -> Duration {
    let mut byte = [0];
    let drawn = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut byte);
    pause * u32::from(drawn.map_or(0, |()| byte[0])) / 256
}

/// `[user@]host[:port]`
fn spelled(hop: &Hop) -> String {
    let user = hop.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    let host = if hop.host.contains(':') { format!("[{}]", hop.host) } else { hop.host.clone() };
    let port = hop.port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{user}{host}{port}")
}

impl Place {
    /// A jump host, reached through those before it, or else as its own configuration says.
    fn of_hop(hop: &Hop, before: &[Hop], to: &Place) -> Self {
        let before: Vec<_> = before.iter().map(spelled).collect();
        Self {
            address: hop.host.clone(),
            user: hop.user.clone(),
            port: hop.port,
            jump: (!before.is_empty()).then(|| before.join(",")),
            identity: None,
            host_key: HostKey::Checked,
            lane: to.lane,
            depth: to.depth + 1,
        }
    }
}
