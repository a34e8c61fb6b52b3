//! Which targets can be reached, as whom and how: for people and for programs.

use anstyle::Style;
use serde::Serialize;
use serde_json::json;

use super::harmless::harmless_line;
use super::layout::{BAD, DIM, GOOD, WARN, marks};
use super::look::Look;
use super::words::plural;

/// A target and what came of asking for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostRow {
    /// As the runbook calls it.
    pub target: String,
    /// `ssh`, `local`, `http` or the name of a plugin.
    pub backend: String,
    pub address: String,
    #[serde(flatten)]
    pub state: HostState,
}

/// Whether a target can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum HostState {
    /// Someone was let in.
    Reached {
        /// `user@host:port`
        who: String,
        /// The hosts on the way, in order.
        via: Vec<String>,
        /// What opened the door: a key with its type, fingerprint and place, or `password`.
        by: String,
        /// The host's own key.
        host_key: String,
        /// Where known_hosts has it; nothing if it was not checked.
        record: Option<String>,
    },
    Unreachable {
        /// As far as the configuration could be read.
        who: Option<String>,
        why: String,
    },
    /// It was not asked.
    NotAsked { why: String },
}

/// Whether no target is out of reach.
#[must_use]
pub fn all_reached(rows: &[HostRow]) -> bool {
    !rows.iter().any(|row| matches!(row.state, HostState::Unreachable { .. }))
}

/// A block for each target, and a line that counts them.
#[must_use]
pub fn hosts_as_text(rows: &[HostRow], look: Look) -> String {
    let width = rows.iter().map(|row| console::measure_text_width(&harmless_line(&row.target))).max();
    let width = width.unwrap_or(0);
    let mut lines: Vec<String> = rows.iter().flat_map(|row| row_lines(row, width, look)).collect();
    lines.push(foot(rows));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The same for programs.
#[must_use]
pub fn hosts_as_json(rows: &[HostRow]) -> serde_json::Value {
    let [reached, unreachable, not_asked] = counts(rows);
    json!({ "hosts": rows, "reached": reached, "unreachable": unreachable, "not_asked": not_asked })
}

fn row_lines(row: &HostRow, width: usize, look: Look) -> Vec<String> {
    let (style, mark) = match &row.state {
        HostState::Reached { .. } => (GOOD, "✓"),
        HostState::Unreachable { .. } => (BAD, "✗"),
        HostState::NotAsked { .. } => (DIM, "·"),
    };
    let name = harmless_line(&row.target);
    let gap = width.saturating_sub(console::measure_text_width(&name));
    let mut told = told(row).into_iter();
    let (first_style, first) = told.next().unwrap_or_default();
    let mark = look.paint(style, marks(look).plain(mark));
    let mut lines =
        vec![format!("{mark} {name}{:gap$}  {}", "", look.paint(first_style, harmless_line(&first)))];
    let indent = width + 4;
    lines.extend(
        told.map(|(style, text)| format!("{:indent$}{}", "", look.paint(style, harmless_line(&text)))),
    );
    lines
}

/// What is told of a target, line by line.
fn told(row: &HostRow) -> Vec<(Style, String)> {
    let plain = Style::new();
    match &row.state {
        HostState::Reached { who, via, by, host_key, record } => {
            let way: String = via.iter().map(|host| format!(" via {host}")).collect();
            let (style, record) = match record {
                Some(place) => (DIM, format!("on record in {place}")),
                None => (WARN, "not checked".to_owned()),
            };
            vec![
                (plain, format!("{who}{way}")),
                (DIM, format!("let in by {by}")),
                (style, format!("host key {host_key}, {record}")),
            ]
        }
        HostState::Unreachable { who, why } => {
            let place = who.clone().unwrap_or_else(|| format!("{} {}", row.backend, row.address));
            vec![(plain, place), (BAD, why.clone())]
        }
        HostState::NotAsked { why } => {
            let place = format!("{} {}", row.backend, row.address);
            vec![(DIM, format!("{}: {why}", place.trim_end()))]
        }
    }
}

fn counts(rows: &[HostRow]) -> [usize; 3] {
    rows.iter().fold([0; 3], |mut counts, row| {
        counts[match row.state {
            HostState::Reached { .. } => 0,
            HostState::Unreachable { .. } => 1,
            HostState::NotAsked { .. } => 2,
        }] += 1;
        counts
    })
}

fn foot(rows: &[HostRow]) -> String {
    let [reached, unreachable, not_asked] = counts(rows);
    let asked = reached + unreachable;
    let said = match (asked, unreachable) {
        (0, _) => "no ssh target to ask".to_owned(),
        (_, 0) => format!("{} can be reached", plural(asked, "host", "hosts")),
        (_, _) => format!("{reached} of {} can be reached", plural(asked, "host", "hosts")),
    };
    if not_asked == 0 {
        said
    } else {
        format!("{said}, {} not asked", plural(not_asked, "target", "targets"))
    }
}

#[cfg(test)]
mod tests {
    use super::{HostRow, HostState, all_reached, hosts_as_text};
    use crate::report::Look;

    fn row(target: &str, backend: &str, address: &str, state: HostState) -> HostRow {
        HostRow { target: target.into(), backend: backend.into(), address: address.into(), state }
    }

    #[test]
    fn columns_stand_under_each_other_and_nothing_escapes() {
        let reached = HostState::Reached {
            who: "deploy@web1:22".into(),
            via: vec!["ops@gate:22".into(), "ops@inner:2222".into()],
            by: "ssh-ed25519 SHA256:abc (/keys/a)".into(),
            host_key: "ssh-ed25519 SHA256:xyz".into(),
            record: Some("/known:3".into()),
        };
        let gone = HostState::Unreachable { who: None, why: "no\u{1b}[31m".into() };
        let here = HostState::NotAsked { why: "this machine".into() };
        let rows = [
            row("web", "ssh", "web1", reached),
            row("database", "ssh", "db", gone),
            row("here", "local", "", here),
        ];
        let wanted = "+ web       deploy@web1:22 via ops@gate:22 via ops@inner:2222\n            \
            let in by ssh-ed25519 SHA256:abc (/keys/a)\n            \
            host key ssh-ed25519 SHA256:xyz, on record in /known:3\n\
            x database  ssh db\n            no␛[31m\n\
            * here      local: this machine\n\
            1 of 2 hosts can be reached, 1 target not asked\n";
        assert_eq!(hosts_as_text(&rows, Look::PLAIN), wanted);
        assert!(!all_reached(&rows) && all_reached(&rows[2..]));
    }
}
