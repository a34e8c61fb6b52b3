//! Real OpenSSH servers on loopback, each with keys, options and a log of its own.
//!
//! Addresses of 127.0.0.0/8 are the hosts. A test makes a [`Lab`], starts servers in it, and hands
//! [`Lab::config`] to whoever connects; when the lab is dropped, also by a panic, every server and
//! all it started are gone, and the logs of a failed test are shown. Servers that log in test users
//! ([`Sshd::users`]) run in namespaces of their own, with copies of /etc and /run: the machine stays
//! as it is.

mod keys;
mod processes;
mod server;
mod test;
mod users;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use processes::{Process, Watch, alive, as_root, marked, signal, wait_until};
pub use server::{Host, Sshd};
pub use users::User;

/// The folder of a test with its keys, its servers, and a client's files about them.
pub struct Lab {
    folder: TempDir,
    servers: Vec<server::Running>,
    agents: Vec<Child>,
    /// What stands in the client's configuration before the hosts; the first value counts.
    first: String,
    /// `Host` blocks of the servers.
    hosts: String,
}

impl Lab {
    /// A lab with a user's key, `id_ed25519`, that every server accepts.
    pub fn new() -> Lab {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab { folder, servers: vec![], agents: vec![], first: String::new(), hosts: String::new() };
        // Test users must come through to their homes.
        permit(&lab.path(""), 0o755);
        fs::write(lab.path("known_hosts"), "").unwrap();
        fs::write(lab.path("authorized_keys"), "").unwrap();
        lab.new_key("id_ed25519", "ed25519", "");
        lab.authorize("id_ed25519");
        lab
    }

    /// A lab with one server, `web`.
    pub fn with_one(sshd: Sshd) -> (Lab, Host) {
        let mut lab = Lab::new();
        let host = lab.start("web", sshd);
        (lab, host)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a server that the client knows as `name`, and by its key.
    pub fn start(&mut self, name: &str, sshd: Sshd) -> Host {
        let running = server::start(self, name, &sshd);
        let host = running.host.clone();
        self.servers.push(running);
        self.describe(&host, &sshd);
        self.configure("");
        host
    }

    fn describe(&mut self, host: &Host, sshd: &Sshd) {
        for (at, address) in host.addresses.iter().enumerate() {
            let name =
                if host.addresses.len() == 1 { host.name.clone() } else { format!("{}{at}", host.name) };
            writeln!(self.hosts, "Host {name}\n  HostName {address}\n  Port {}", host.port).unwrap();
            for kind in sshd.host_keys.iter().filter(|_| sshd.known) {
                self.know(&format!("[{address}]:{}", host.port), &host.public_key(kind));
            }
        }
    }

    /// Adds `text` to what the client's configuration says first.
    pub fn configure(&mut self, text: &str) {
        self.first.push_str(text);
        let last = format!(
            "Host *\n  User {}\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n",
            me(),
            self.text("id_ed25519"),
            self.text("known_hosts"),
        );
        fs::write(self.path("ssh_config"), format!("{}\n{}{last}", self.first, self.hosts)).unwrap();
    }

    /// The client's configuration.
    pub fn config(&self) -> PathBuf {
        self.path("ssh_config")
    }

    /// A line of known_hosts: `names` have the key `public`.
    pub fn know(&self, names: &str, public: &str) {
        let known = fs::read_to_string(self.path("known_hosts")).unwrap();
        let key: Vec<&str> = public.split_whitespace().take(2).collect();
        fs::write(self.path("known_hosts"), format!("{known}{names} {}\n", key.join(" "))).unwrap();
    }

    /// Every server lets in who has the private key `name`.
    pub fn authorize(&self, name: &str) {
        let public = fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        let before = fs::read_to_string(self.path("authorized_keys")).unwrap();
        fs::write(self.path("authorized_keys"), before + &public).unwrap();
    }

    /// OpenSSH's own client, which does nothing that a person is needed for.
    pub fn ssh(&self, args: &[&str]) -> Command {
        let mut ssh = program("ssh");
        ssh.arg("-F").arg(self.config()).args(["-o", "BatchMode=yes"]).args(args).stdin(Stdio::null());
        ssh
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for server in &mut self.servers {
            server.end();
            if std::thread::panicking() {
                eprintln!("-- sshd {}:\n{}", server.host.name, server.host.log());
            }
        }
        for agent in &mut self.agents {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        // What a test user wrote, only root may remove.
        if self.folder.path().join("home").exists() && me() != "root" {
            let _ = as_root("rm").arg("-rf").arg(self.folder.path().join("home")).status();
        }
    }
}

/// A program with nothing of the environment but the PATH.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", std::env::var("PATH").unwrap() + ":/usr/sbin:/sbin");
    command
}

/// Runs a program that must succeed, and gives what it printed.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; see tests/all.sh"));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{err}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Who runs the tests.
pub fn me() -> String {
    use std::sync::OnceLock;
    static ME: OnceLock<String> = OnceLock::new();
    ME.get_or_init(|| output(program("id").arg("-un")).trim().to_owned()).clone()
}

pub fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A time after which a test that waits has hung. Generous, so that a busy machine passes.
pub fn patience() -> Instant {
    Instant::now() + Duration::from_secs(60)
}
