//! Many hosts at once.

use super::lab::{Lab, Sshd};
use super::support::run;

const RUNBOOK: &str = "\
param hosts: list of string
stage \"All\" {
  for each host in hosts, 200 at a time {
    target node = ssh \"{{ host }}\"
    let seen = run on node $ set $SSH_CONNECTION; echo $3
    assert seen.text | length > 0
  }
}
";

#[test]
fn two_hundred_hosts_at_once() {
    let mut lab = Lab::new();
    let groups = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];
    let mut servers = vec![];
    let mut hosts = vec![];
    for group in groups {
        let server = lab.start(group, Sshd::new().on_addresses(16).option("MaxStartups 200"));
        hosts.extend((0..16).map(|at| format!("{group}{at}")));
        servers.push(server);
    }
    hosts.truncate(200);
    std::fs::write(lab.path("params.json"), serde_json::json!({ "hosts": hosts }).to_string()).unwrap();
    let ended = run(&lab, RUNBOOK, &["--params", "params.json"]);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    let log_ins: usize = servers.iter().map(super::lab::Host::log_ins).sum();
    assert_eq!(log_ins, 200, "one connection a host");
    for server in &servers[..12] {
        for address in &server.addresses {
            assert!(ended.out.contains(&format!("| {address}")), "{address}");
        }
    }
}
