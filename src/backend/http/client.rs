//! The clients of a run, each made when it is first needed.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Url, redirect};

use crate::value::Effect;

/// Longer than any network that is still of use, and shorter than the limit of a request: a host
/// that does not answer at all is known to have got nothing.
const CONNECT: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);

/// One client for each way to go: straight or by a proxy, on a kept connection or a fresh one.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: [OnceLock<Result<Client, String>>; 4],
}

impl Clients {
    /// The client for a request.
    ///
    /// No proxy leads to this machine. A `once` goes on a connection of its own: one that was kept
    /// may be closed by the other side just then, and leave its outcome in doubt for nothing.
    pub(super) fn client(&self, url: &Url, effect: Effect) -> Result<&Client, String> {
        let (straight, fresh) = (is_here(url), effect == Effect::Once);
        let made =
            self.made[usize::from(straight) + 2 * usize::from(fresh)].get_or_init(|| build(straight, fresh));
        made.as_ref().map_err(Clone::clone)
    }
}

fn build(straight: bool, fresh: bool) -> Result<Client, String> {
    // Another part of the process may have installed it before; that one is as good.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("rutter/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    if straight {
        builder = builder.no_proxy();
    }
    if fresh {
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
