//! The edge's books: which connections it holds to which tunnel, who gets the next request, and how
//! far a connector that leaves has got. Nothing here does any I/O.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Serving,
    /// Its connector has said that it goes; it is given requests until the edge drops it.
    Draining,
    /// It is given nothing more; what it has is finished.
    Leaving,
}

#[derive(Debug)]
struct Held<C> {
    id: u64,
    connector: String,
    side: String,
    state: State,
    in_flight: usize,
    carrier: C,
}

#[derive(Debug)]
struct Tunnel<C> {
    turn: usize,
    held: Vec<Held<C>>,
}

/// All connections, by tunnel. `C` is what carries a request.
#[derive(Debug)]
pub struct Pool<C> {
    next: u64,
    tunnels: BTreeMap<String, Tunnel<C>>,
    /// The tunnel of each connection.
    by_id: HashMap<u64, String>,
}

impl<C: Clone> Pool<C> {
    /// A pool of these tunnels; no other is known.
    pub fn new(tunnels: impl IntoIterator<Item = String>) -> Self {
        let empty = |name| (name, Tunnel { turn: 0, held: Vec::new() });
        Self { next: 0, tunnels: tunnels.into_iter().map(empty).collect(), by_id: HashMap::new() }
    }

    pub fn knows(&self, tunnel: &str) -> bool {
        self.tunnels.contains_key(tunnel)
    }

    /// Registers a connection to a tunnel that is known; gives its number.
    pub fn add(&mut self, tunnel: &str, connector: &str, side: &str, carrier: C) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Some(known) = self.tunnels.get_mut(tunnel) {
            let (connector, side) = (connector.to_owned(), side.to_owned());
            known.held.push(Held { id, connector, side, state: State::Serving, in_flight: 0, carrier });
            self.by_id.insert(id, tunnel.to_owned());
        }
        id
    }

    /// The connection whose turn it is. Its request is in flight until [`Pool::done`].
    pub fn pick(&mut self, tunnel: &str) -> Option<(u64, C)> {
        let tunnel = self.tunnels.get_mut(tunnel)?;
        let count = tunnel.held.len();
        for step in 0..count {
            let at = (tunnel.turn + step) % count;
            let held = &mut tunnel.held[at];
            if held.state != State::Leaving {
                tunnel.turn = at + 1;
                held.in_flight += 1;
                return Some((held.id, held.carrier.clone()));
            }
        }
        None
    }

    /// A request has been answered, or has failed.
    pub fn done(&mut self, id: u64) {
        if let Some(held) = self.held(id) {
            held.in_flight -= 1;
        }
    }

    /// Its connector has said that it goes.
    pub fn drain(&mut self, id: u64) {
        self.set(id, State::Draining);
    }

    /// It is given nothing more.
    pub fn leave(&mut self, id: u64) {
        self.set(id, State::Leaving);
    }

    /// Nothing is in flight on it, or it is gone.
    pub fn is_idle(&mut self, id: u64) -> bool {
        self.held(id).is_none_or(|held| held.in_flight == 0)
    }

    /// Forgets a connection; the number of requests that were in flight on it.
    pub fn remove(&mut self, id: u64) -> usize {
        let Some(tunnel) = self.by_id.remove(&id).and_then(|name| self.tunnels.get_mut(&name)) else {
            return 0;
        };
        let Some(at) = tunnel.held.iter().position(|held| held.id == id) else { return 0 };
        tunnel.held.remove(at).in_flight
    }

    /// What the control tells: by tunnel, its connectors with their connections.
    pub fn shown(&self) -> Value {
        let shown = self.tunnels.iter().map(|(name, tunnel)| (name.clone(), tunnel.shown()));
        Value::Object(shown.collect())
    }

    fn set(&mut self, id: u64, state: State) {
        if let Some(held) = self.held(id) {
            held.state = state;
        }
    }

    fn held(&mut self, id: u64) -> Option<&mut Held<C>> {
        let tunnel = self.tunnels.get_mut(self.by_id.get(&id)?)?;
        tunnel.held.iter_mut().find(|held| held.id == id)
    }
}

impl<C> Tunnel<C> {
    fn shown(&self) -> Value {
        let mut connectors: Vec<(&str, &str, usize, usize)> = Vec::new();
        for held in &self.held {
            let draining = usize::from(held.state != State::Serving);
            match connectors.iter_mut().find(|seen| seen.0 == held.connector) {
                Some(seen) => (seen.2, seen.3) = (seen.2 + 1, seen.3 + draining),
                None => connectors.push((&held.connector, &held.side, 1, draining)),
            }
        }
        let shown = connectors.into_iter().map(|(connector, side, conns, draining)| {
            json!({"connector": connector, "side": side, "conns": conns, "draining": draining})
        });
        Value::Array(shown.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool<&'static str> {
        let mut pool = Pool::new(["t".to_owned(), "other".to_owned()]);
        pool.add("t", "source", "WEB1", "a");
        pool.add("t", "spare", "WEB8", "b");
        pool
    }

    fn picks(pool: &mut Pool<&'static str>, count: usize) -> Vec<&'static str> {
        (0..count).filter_map(|_| pool.pick("t")).map(|(_, carrier)| carrier).collect()
    }

    #[test]
    fn requests_go_round_all_connections_of_their_own_tunnel() {
        let mut pool = pool();
        pool.add("other", "source", "WEB1", "x");
        assert_eq!(picks(&mut pool, 5), ["a", "b", "a", "b", "a"]);
    }

    #[test]
    fn a_draining_connection_is_given_requests_until_it_leaves() {
        let mut pool = pool();
        pool.drain(0);
        assert_eq!(picks(&mut pool, 4), ["a", "b", "a", "b"]);
        pool.leave(0);
        assert_eq!(picks(&mut pool, 3), ["b", "b", "b"]);
    }

    #[test]
    fn a_tunnel_with_no_connection_or_only_leaving_ones_gives_none() {
        let mut pool = pool();
        pool.leave(0);
        pool.leave(1);
        assert!(pool.pick("t").is_none());
        assert!(pool.pick("other").is_none());
        assert!(pool.pick("unknown").is_none());
    }

    #[test]
    fn a_leaving_connection_is_idle_once_all_it_was_given_is_done() {
        let mut pool = pool();
        let (id, _) = pool.pick("t").unwrap();
        pool.leave(id);
        assert!(!pool.is_idle(id));
        pool.done(id);
        assert!(pool.is_idle(id));
        assert_eq!(pool.remove(id), 0);
    }

    #[test]
    fn a_connection_that_breaks_is_gone_at_once_and_tells_what_was_in_flight() {
        let mut pool = pool();
        let (id, _) = pool.pick("t").unwrap();
        assert_eq!(pool.remove(id), 1);
        pool.done(id);
        assert_eq!(picks(&mut pool, 2), ["b", "b"]);
        assert_eq!(pool.remove(id), 0);
    }

    #[test]
    fn the_control_counts_connections_by_connector_draining_ones_among_them() {
        let mut pool = pool();
        pool.add("t", "source", "WEB1", "c");
        pool.drain(0);
        pool.leave(2);
        assert_eq!(
            pool.shown(),
            json!({
                "other": [],
                "t": [
                    {"connector": "source", "side": "WEB1", "conns": 2, "draining": 2},
                    {"connector": "spare", "side": "WEB8", "conns": 1, "draining": 0},
                ],
            })
        );
    }
}
