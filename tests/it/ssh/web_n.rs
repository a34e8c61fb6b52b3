//! The flagship runbook, as it is shipped and with the params it is shipped with, carried out by the
//! binary: its SSH steps by real sshds and a real sudo, with stand-ins for `docker` and `powershell`
//! on the PATH; its HTTP requests by a proxy that stands in for the clouds. Covered is the whole way
//! of the first scenario of its world: every stage, the approvals and the checklist.

mod cloud;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::cloud::{Cloud, deploy};
use super::lab::{Host, Lab, Sshd, User, permit};

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/ha-windows-worker-rolling-reboot");
const STAND_INS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ssh/web_n");

/// The tunnels and tenants of the params file.
fn tenants() -> Vec<(String, String)> {
    let params = fs::read_to_string(format!("{RUNBOOK}.params.yaml")).unwrap();
    let all = |key: &str| -> Vec<String> {
        params
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix(key))
            .map(str::to_owned)
            .collect()
    };
    all("tunnel: ").into_iter().zip(all("name: ")).collect()
}

/// What is true at first: all on WEB1, nothing on WEB8, an update staged.
fn set_the_scene(state: &Path, tenants: &[(String, String)]) {
    for folder in ["WEB1", "WEB8", "vm"] {
        fs::create_dir_all(state.join(folder)).unwrap();
        permit(&state.join(folder), 0o777);
    }
    for (_, tenant) in tenants {
        deploy(
            &state.join(format!("WEB1/{tenant}-prod-webappcaddy-stack")),
            &["webapp", "caddy", "cloudflared"],
        );
        deploy(&state.join("WEB1").join(tenant), &["tasks"]);
    }
    for (name, value) in [("pending", "True"), ("ubr", "4052"), ("boots", "1")] {
        fs::write(state.join("vm").join(name), value).unwrap();
    }
    fs::write(state.join("asked"), "").unwrap();
    permit(&state.join("asked"), 0o666);
}

/// A machine of a pair, where `ops` may do all by sudo.
fn machine(lab: &mut Lab, name: &str, pair: &str) -> Host {
    let keep = "Defaults env_keep += \"STATE PAIR\"\n";
    let mut ops = User::new("rutter-ops", "x").sudoer_unasked();
    ops.sudo += &format!("{keep}Defaults secure_path=\"{}:/usr/bin:/bin\"\n", lab.text("bin"));
    let sshd = Sshd::new().users(&[ops]).environment("PAIR", pair).environment("STATE", &lab.text("world"));
    lab.start(name, sshd.environment("PATH", &format!("{}:/usr/bin:/bin", lab.text("bin"))))
}

fn stand_ins(lab: &Lab) {
    fs::create_dir(lab.path("bin")).unwrap();
    for name in ["docker", "powershell"] {
        fs::copy(format!("{STAND_INS}/{name}"), lab.path("bin").join(name)).unwrap();
        permit(&lab.path("bin").join(name), 0o755);
    }
}

/// Runs `command` at a terminal of its own, where somebody says yes to all; gives the exit code.
fn approved(command: &mut Command) -> i32 {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = screen.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..read]);
        if seen.ends_with(b"[yes/no] ") {
            seen.clear();
            keyboard.write_all(b"yes\n").unwrap();
        }
    }
    child.wait().unwrap().code().unwrap()
}

/// The binary's `run` of the runbook, its report in `report.txt`.
fn rutter_run(lab: &Lab, proxy: &str) -> Command {
    let run = format!(
        "{} run {RUNBOOK}.runbook --params {RUNBOOK}.params.yaml --ssh-config {} >report.txt 2>&1",
        env!("CARGO_BIN_EXE_rutter"),
        lab.config().display()
    );
    let mut command = super::lab::program("script");
    command.args(["-qefc", &run, "/dev/null"]).current_dir(lab.folder());
    command
        .env("HOME", lab.folder())
        .env("XDG_STATE_HOME", lab.path("state"))
        .env("TERM", "dumb")
        .env("USER", "ann");
    command.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", lab.path("cloud-ca.pem"));
    command.envs(TOKENS.map(|(name, value)| (name, value)));
    command
}

const TOKENS: [(&str, &str); 3] = [
    ("AZURE_TOKEN", "azure-Zaunkoenig"),
    ("ADO_TOKEN", "ado-Zaunkoenig"),
    ("CLOUDFLARE_TOKEN", "cf-Zaunkoenig"),
];

struct Scene {
    lab: Lab,
    hosts: Vec<Host>,
    proxy: String,
    state: PathBuf,
    tenants: Vec<(String, String)>,
}

fn scene() -> Scene {
    let (mut lab, tenants) = (Lab::new(), tenants());
    let state = lab.path("world");
    set_the_scene(&state, &tenants);
    stand_ins(&lab);
    let machines = [("THB-P-WEB1-LINUX", "WEB1"), ("THB-P-WEB8-LINUX", "WEB8"), ("THB-P-WEB1-WIN", "WEB1")];
    let hosts = machines.map(|(name, pair)| machine(&mut lab, name, pair)).to_vec();
    lab.configure("User rutter-ops\n");
    let names = ["management.azure.com", "dev.azure.com", "api.cloudflare.com", "*.myhomealign.com"];
    let proxy = cloud::start(&lab, &names, Cloud { state: state.clone(), tunnels: tenants.clone() });
    Scene { lab, hosts, proxy, state, tenants }
}

#[test]
fn the_runbook_is_carried_out_as_it_is_shipped() {
    let scene = scene();
    let code = approved(&mut rutter_run(&scene.lab, &scene.proxy));
    let report = fs::read_to_string(scene.lab.path("report.txt")).unwrap();
    assert_eq!(code, 0, "{report}");
    assert!(report.contains("Build 10.0.20348.4052 -> 10.0.20348.4053"), "{report}");
    let mut left: Vec<_> = fs::read_dir(scene.state.join("WEB8")).unwrap().collect();
    assert!(left.pop().is_none(), "the spare is empty");
    assert_eq!(fs::read_dir(scene.state.join("WEB1")).unwrap().count(), 2 * scene.tenants.len());
    for host in &scene.hosts {
        assert_eq!(host.log_ins(), 1, "one connection for all the run: {}", host.log());
    }
    assert_docker_was_asked(&scene);
    for (_, secret) in TOKENS {
        assert!(!report.contains(secret));
    }
}

/// Each tenant's traffic is cut over before its stack is taken away, once.
fn assert_docker_was_asked(scene: &Scene) {
    let asked = fs::read_to_string(scene.state.join("asked")).unwrap();
    let places = |line: String| -> Vec<usize> {
        asked.lines().enumerate().filter(|(_, asked)| *asked == line).map(|(at, _)| at).collect()
    };
    for (_, tenant) in &scene.tenants {
        let stack = format!("{tenant}-prod-webappcaddy-stack");
        let cut = places(format!("WEB1 docker service scale {stack}_cloudflared=0"));
        let removed = places(format!("WEB1 docker stack rm {stack}"));
        let cleaned = places(format!("WEB8 docker stack rm {stack}"));
        assert_eq!((cut.len(), removed.len(), cleaned.len()), (1, 1, 1), "{asked}");
        assert!(cut[0] < removed[0] && removed[0] < cleaned[0], "{asked}");
    }
}
