//! The clients of a run, each made when it is first needed.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Url, redirect};

use crate::backend::{Lane, Terms};
use crate::value::Effect;

/// Longer than any network that is still of use, and shorter than the limit of a request: a host
/// that does not answer at all is known to have got nothing.
const CONNECT: Duration = Duration::from_secs(10);
/// As long as what a guard says holds: a request that has no connection by then is asked about anew.
const SOON: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(30);

/// One client for each way to go.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: [OnceLock<Result<Client, String>>; 16],
}

/// What tells the clients of a run apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// By no proxy.
    straight: bool,
    /// On a connection of its own.
    fresh: bool,
    /// What watches over the steps never waits for them.
    watch: bool,
    /// What a guard let pass must be sent soon: a connection that takes longer comes too late.
    soon: bool,
}

impl Kind {
    /// No proxy leads to this machine. A `once` goes on a connection of its own: one that was kept
    /// may be closed by the other side just then, and leave its outcome in doubt for nothing.
    pub fn of(url: &Url, effect: Effect, terms: &Terms) -> Self {
        let (watch, soon) = (terms.lane == Lane::Watch, terms.fresh_for.is_some());
        Self { straight: is_here(url), fresh: effect == Effect::Once, watch, soon }
    }

    fn number(self) -> usize {
        let Self { straight, fresh, watch, soon } = self;
        [straight, fresh, watch, soon].iter().fold(0, |number, is| 2 * number + usize::from(*is))
    }
}

impl Clients {
    /// The client for a request.
    pub(super) fn client(&self, kind: Kind) -> Result<&Client, String> {
        let made = self.made[kind.number()].get_or_init(|| build(kind));
        made.as_ref().map_err(Clone::clone)
    }
}

fn build(kind: Kind) -> Result<Client, String> {
    // Another part of the process may have installed it before; that one is as good.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("rutter/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(if kind.soon { SOON } else { CONNECT })
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    if kind.straight {
        builder = builder.no_proxy();
    }
    if kind.fresh {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().map_err(|error| format!("TLS can't be set up: {error}"))
}

/// Whether the address is this machine.
fn is_here(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address
        .map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}
