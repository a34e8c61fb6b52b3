//! `rutter hosts` and `rutter plan --live`: who is let in where, by what, and who is not.

use std::process::{Command, Output};

use serde_json::{Value, json};

use super::lab::{Host, Lab, Sshd, me};

/// A lab with a host that is known, one behind it, one that is a stranger, and a runbook over them.
struct Fleet {
    lab: Lab,
    web: Host,
    inner: Host,
}

const RUNBOOK: &str = r#"runbook "Fleet"

param fleet: list of string

secret word = env "RUTTER_TEST_WORD"
secret token = env "RUTTER_TEST_NEVER_SET"

target here = local
target api = http "https://api.example.net/v1", bearer token
target locked = ssh "web0", identity "locked", passphrase word

stage "All" {
  for each name in fleet {
    target host = ssh "{{ name }}"
    check on host $ true
  }
  let said = check on here $ echo web1
  target found = ssh "{{ said.text }}"
  check on found $ true
  check on locked $ true
  check on api GET "/"
}
"#;

impl Fleet {
    fn new() -> Fleet {
        let mut lab = Lab::new();
        let web = lab.start("web", Sshd::new().on_addresses(2));
        let inner = lab.start("inner", Sshd::new());
        lab.start("stranger", Sshd::new().unknown());
        lab.new_key("locked", "ed25519", "open sesame");
        lab.authorize("locked");
        lab.configure("Host inner\n  ProxyJump web1\nHost down\n  HostName 127.0.0.1\n  Port 1\n");
        std::fs::write(lab.path("fleet.runbook"), RUNBOOK).unwrap();
        Fleet { lab, web, inner }
    }

    fn rutter(&self, command: &[&str], fleet: &str) -> Output {
        let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
        rutter.args(command).arg(self.lab.path("fleet.runbook")).args(["-p", &format!("fleet={fleet}")]);
        rutter.arg("--ssh-config").arg(self.lab.config());
        rutter.env("RUTTER_TEST_WORD", "open sesame").env_remove("RUTTER_TEST_NEVER_SET").output().unwrap()
    }

    /// The fingerprint of a public key, as `ssh-keygen` says it.
    fn fingerprint(&self, public: &str) -> String {
        std::fs::write(self.lab.path("one.pub"), public).unwrap();
        let said =
            super::lab::output(super::lab::program("ssh-keygen").arg("-lf").arg(self.lab.path("one.pub")));
        said.split_whitespace().nth(1).unwrap().to_owned()
    }

    fn at(&self, host: &Host, number: usize) -> String {
        format!("{}@{}:{}", me(), host.addresses[number], host.port)
    }

    /// How `host` shows itself, with line `line` of known_hosts.
    fn own_key(&self, host: &Host, line: usize) -> (String, String) {
        let key = format!("ssh-ed25519 {}", self.fingerprint(&host.public_key("ed25519")));
        (key, format!("{}:{line}", self.lab.text("known_hosts")))
    }
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_host_is_told_with_its_way_and_its_keys() {
    let fleet = Fleet::new();
    let output = fleet.rutter(&["hosts"], r#"["web1","inner","web1"]"#);
    let [web0, web1, inner] = [fleet.at(&fleet.web, 0), fleet.at(&fleet.web, 1), fleet.at(&fleet.inner, 0)];
    let key = |name: &str| {
        let public = fleet.fingerprint(&fleet.lab.public(name));
        format!("ssh-ed25519 {public} ({})", fleet.lab.text(name))
    };
    let host = |host: &Host, line| {
        let (key, record) = fleet.own_key(host, line);
        format!("host key {key}, on record in {record}")
    };
    let (usual, locked) = (key("id_ed25519"), key("locked"));
    let wanted = format!(
        "* here    local: this machine\n\
         * api     http https://api.example.net/v1: not asked\n\
         + locked  {web0}\n          let in by {locked}\n          {}\n\
         + host    {web1}\n          let in by {usual}\n          {}\n\
         + host    {inner} via {web1}\n          let in by {usual}\n          {}\n\
         * found   ssh ‹said.text›: only known while the run goes\n\
         3 hosts can be reached, 3 targets not asked\n",
        host(&fleet.web, 1),
        host(&fleet.web, 2),
        host(&fleet.inner, 3),
    );
    assert_eq!(text(&output), wanted, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_out_of_reach_says_why() {
    let fleet = Fleet::new();
    let output = fleet.rutter(&["hosts", "--format", "json"], r#"["web1","down","stranger0","stranger"]"#);
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&said["reached"], &said["unreachable"], &said["not_asked"]),
        (&json!(2), &json!(3), &json!(3))
    );
    let of = |address: &str| {
        let mut found = said["hosts"].as_array().unwrap().iter().filter(|host| host["address"] == address);
        found.next().unwrap().clone()
    };
    let (key, record) = fleet.own_key(&fleet.web, 2);
    let public = format!(
        "ssh-ed25519 {} ({})",
        fleet.fingerprint(&fleet.lab.public("id_ed25519")),
        fleet.lab.text("id_ed25519")
    );
    let web = json!({
        "target": "host", "backend": "ssh", "address": "web1", "state": "reached", "who": fleet.at(&fleet.web, 1),
        "via": [], "by": public, "host_key": key, "record": record,
    });
    assert_eq!(of("web1"), web);
    let down = of("down");
    assert_eq!(
        (&down["state"], &down["who"]),
        (&json!("unreachable"), &json!(format!("{}@127.0.0.1:1", me())))
    );
    assert!(down["why"].as_str().unwrap().contains("refused"), "{down}");
    assert!(of("stranger")["why"].as_str().unwrap().contains("is not known: ssh-ed25519 SHA256:"), "{said}");
    assert_eq!(of("stranger0")["state"], "unreachable");
}

#[test]
fn a_live_plan_shows_the_steps_and_the_hosts() {
    let fleet = Fleet::new();
    let planned = text(&fleet.rutter(&["plan"], r#"["web1","down"]"#));
    let live = fleet.rutter(&["plan", "--live"], r#"["web1","down"]"#);
    let hosts = fleet.rutter(&["hosts"], r#"["web1","down"]"#);
    assert_eq!(text(&live), format!("{planned}\n{}", text(&hosts)));
    assert_eq!((live.status.code(), hosts.status.code()), (Some(1), Some(1)));
    let json: Value =
        serde_json::from_slice(&fleet.rutter(&["plan", "--live", "--format", "json"], r#"["web1"]"#).stdout)
            .unwrap();
    assert_eq!((&json["live"]["unreachable"], &json["live"]["reached"]), (&json!(0), &json!(2)));
    assert!(fleet.web.log_ins() > 0 && fleet.web.started().is_empty(), "nothing is carried out");
}

/// Sixty addresses on one run: each is told, and in the order of the runbook.
#[test]
fn a_fleet_is_asked_at_once() {
    let mut fleet = Fleet::new();
    let names: Vec<String> =
        ["a", "b", "c", "d"].iter().flat_map(|name| (0..15).map(move |at| format!("{name}{at}"))).collect();
    for name in ["a", "b", "c", "d"] {
        fleet.lab.start(name, Sshd::new().on_addresses(15).option("MaxStartups 100"));
    }
    let output = fleet.rutter(&["hosts", "--format", "json"], &json!(names).to_string());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = said["hosts"].as_array().unwrap().iter().filter(|host| host["target"] == "host");
    let told: Vec<&str> = told.map(|host| host["address"].as_str().unwrap()).collect();
    assert_eq!(told, names);
}
