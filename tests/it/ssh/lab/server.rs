//! One sshd: its options, its start on free addresses, its log, its end with all it started.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::users::{self, User};
use super::{Lab, Process, as_root, marked, me, output, patience, program, signal};

/// A server to be started. The first line that says an option counts.
#[derive(Clone)]
pub struct Sshd {
    pub(super) addresses: usize,
    pub(super) host_keys: Vec<&'static str>,
    pub(super) options: String,
    pub(super) environment: Vec<(String, String)>,
    pub(super) users: Vec<User>,
    pub(super) known: bool,
    pub(super) setup: String,
}

impl Sshd {
    /// On one address, with an ed25519 key that the client knows.
    pub fn new() -> Sshd {
        Sshd {
            addresses: 1,
            host_keys: vec!["ed25519"],
            options: String::new(),
            environment: vec![],
            users: vec![],
            known: true,
            setup: String::new(),
        }
    }

    /// Several hosts (at most 16): the client knows them as `name0`, `name1` …
    pub fn on_addresses(self, addresses: usize) -> Sshd {
        Sshd { addresses, ..self }
    }

    pub fn host_keys(self, kinds: &[&'static str]) -> Sshd {
        Sshd { host_keys: kinds.to_vec(), ..self }
    }

    /// A line of sshd_config.
    pub fn option(mut self, line: &str) -> Sshd {
        self.options += line;
        self.options.push('\n');
        self
    }

    /// A variable in the environment of every session.
    pub fn environment(mut self, name: &str, value: &str) -> Sshd {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its key does not get into the client's known_hosts.
    pub fn unknown(self) -> Sshd {
        Sshd { known: false, ..self }
    }

    /// Logs in these users, in namespaces of its own.
    pub fn users(self, users: &[User]) -> Sshd {
        Sshd { users: users.to_vec(), ..self }
    }

    /// What a shell does as root before the server starts, in its namespaces.
    pub fn setup(self, text: &str) -> Sshd {
        Sshd { setup: text.to_owned(), ..self }
    }
}

/// A server that runs.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub addresses: Vec<Ipv4Addr>,
    pub port: u16,
    folder: PathBuf,
    /// The shell that started sshd.
    launcher: u32,
    /// In the environment of all its sessions.
    mark: String,
}

impl Host {
    pub fn address(&self) -> String {
        self.addresses[0].to_string()
    }

    /// What it has told so far (LogLevel VERBOSE).
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    /// How many TCP connections it has accepted.
    pub fn connections(&self) -> usize {
        self.log().lines().filter(|line| line.starts_with("Connection from ")).count()
    }

    /// How many log-ins it has accepted.
    pub fn log_ins(&self) -> usize {
        self.log().lines().filter(|line| line.starts_with("Accepted ") && line.contains(" ssh2")).count()
    }

    pub fn public_key(&self, kind: &str) -> String {
        fs::read_to_string(self.folder.join(format!("host_{kind}.pub"))).unwrap()
    }

    /// The processes of sshd that serve connections, the listening one apart.
    pub fn serving(&self) -> Vec<u32> {
        let servers = |process: &Process| process.name.starts_with("sshd");
        let all: Vec<Process> = Process::under(self.launcher).into_iter().filter(servers).collect();
        let listening: Vec<u32> =
            all.iter().filter(|one| one.arguments.contains("[listener]")).map(|one| one.pid).collect();
        all.iter().map(|one| one.pid).filter(|pid| !listening.contains(pid)).collect()
    }

    /// The processes that its sessions started, also those that left them.
    pub fn started(&self) -> Vec<Process> {
        let own = format!("{}/", self.folder.display());
        let servers =
            |process: &Process| process.name.starts_with("sshd") || process.arguments.contains(&own);
        let mut all = marked(&self.mark);
        all.extend(Process::under(self.launcher));
        all.retain(|process| !servers(process));
        all.sort_by_key(|process| process.pid);
        all.dedup_by_key(|process| process.pid);
        all
    }

    /// Ends the connections and leaves the server and what it started.
    pub fn drop_connections(&self) {
        signal("KILL", self.serving());
    }
}

/// A server with the process to end it by.
pub(super) struct Running {
    pub(super) host: Host,
    child: Child,
}

impl Running {
    /// Ends the server, its connections and whatever they started.
    pub(super) fn end(&mut self) {
        // Those that are stopped and those that ignore a signal end by this one too.
        let under = Process::under(self.host.launcher).into_iter().map(|process| process.pid);
        let left = self.host.started().into_iter().map(|process| process.pid);
        signal("KILL", under.chain(left).collect::<Vec<_>>());
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        signal("KILL", self.host.started().into_iter().map(|process| process.pid));
    }
}

pub(super) fn start(lab: &Lab, name: &str, sshd: &Sshd) -> Running {
    let folder = lab.path(&format!("sshd-{name}"));
    fs::create_dir(&folder).unwrap();
    for kind in &sshd.host_keys {
        lab.new_key(&format!("sshd-{name}/host_{kind}"), kind, "");
    }
    let addresses: Vec<Ipv4Addr> = (0..sshd.addresses).map(|_| fresh_address()).collect();
    let port = free_port(&addresses);
    let mark = format!("RUTTER_LAB={}", folder.display());
    fs::write(folder.join("config"), configuration(lab, &folder, sshd, &addresses, port)).unwrap();
    let log = File::create(folder.join("log")).unwrap();
    let mut child = launch(lab, &folder, sshd).stdin(Stdio::piped()).stderr(log).spawn().unwrap();
    // Closed only at the end: the launcher reads it, and ends with whoever holds it.
    child.stdin.as_mut().unwrap().flush().unwrap();
    let host = Host { name: name.to_owned(), addresses, port, folder, launcher: child.id(), mark };
    await_listening(&mut child, &host);
    Running { host, child }
}

fn configuration(lab: &Lab, folder: &Path, sshd: &Sshd, addresses: &[Ipv4Addr], port: u16) -> String {
    let listen: String = addresses.iter().map(|address| format!("ListenAddress {address}\n")).collect();
    let keys = sshd
        .host_keys
        .iter()
        .map(|kind| format!("HostKey {}\n", folder.join(format!("host_{kind}")).display()));
    // What stands in one's own .bashrc is no part of a test.
    let home = if sshd.users.is_empty() { format!(" \"HOME={}\"", folder.display()) } else { String::new() };
    let variables = sshd.environment.iter().map(|(name, value)| format!(" \"{name}={value}\""));
    format!(
        "{}Port {port}\n{listen}{}SetEnv \"RUTTER_LAB={}\"{home}{}\nAuthorizedKeysFile {}\n\
         PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPermitUserRC no\nUseDNS no\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nLogLevel VERBOSE\n{}",
        sshd.options,
        keys.collect::<String>(),
        folder.display(),
        variables.collect::<String>(),
        lab.text("authorized_keys"),
        // The one option that may not stand twice.
        if sshd.options.contains("Subsystem") { "" } else { "Subsystem sftp internal-sftp\n" },
    )
}

/// A shell that starts sshd, and ends when its standard input does.
fn launch(lab: &Lab, folder: &Path, sshd: &Sshd) -> Command {
    let server = format!("{} -D -e -f {}", sshd_path(), folder.join("config").display());
    // Whichever ends first, sshd or the launcher's standard input, ends the other.
    let tail = format!(
        "exec 3<&0\n{server} >/dev/null 3<&- & server=$!\n(read -r end <&3; kill $server 2>/dev/null) & wait $server\n"
    );
    if sshd.users.is_empty() && sshd.setup.is_empty() {
        ready_run_sshd();
        let mut shell = program("sh");
        shell.arg("-c").arg(tail);
        return shell;
    }
    users::launch(lab, folder, sshd, &tail)
}

fn sshd_path() -> String {
    let found = output(program("sh").args(["-c", "command -v sshd || true"]));
    assert!(!found.is_empty(), "these tests need OpenSSH's server: tests/all.sh installs it");
    found.trim().to_owned()
}

/// Where sshd, when root starts it, shuts its unprivileged part in; a service would make it.
fn ready_run_sshd() {
    if me() == "root" {
        output(as_root("mkdir").args(["-p", "-m", "755", "/run/sshd"]));
    }
}

/// An address of 127.0.0.0/8 that no other test of this machine has: by process and count.
fn fresh_address() -> Ipv4Addr {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let block = 1 + (std::process::id() % 200) as u8;
    Ipv4Addr::new(127, block, (count / 250) as u8, 1 + (count % 250) as u8)
}

fn free_port(addresses: &[Ipv4Addr]) -> u16 {
    let free = |port: &u16| addresses.iter().all(|address| TcpListener::bind((*address, *port)).is_ok());
    let offered = || TcpListener::bind((addresses[0], 0)).unwrap().local_addr().unwrap().port();
    (0..50).map(|_| offered()).find(free).unwrap()
}

#[track_caller]
fn await_listening(child: &mut Child, host: &Host) {
    let end = patience();
    while host.log().matches("Server listening on ").count() < host.addresses.len() {
        let over = child.try_wait().unwrap().is_some() || Instant::now() > end;
        assert!(!over, "sshd did not start:\n{}", host.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}
