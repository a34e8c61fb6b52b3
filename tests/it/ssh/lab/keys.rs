//! Keys, certificates and agents, made by OpenSSH's own tools.

use std::fs;
use std::path::PathBuf;

use super::{Lab, output, patience, program, wait_until};

impl Lab {
    /// A private key `name`, and `name.pub`.
    pub fn new_key(&self, name: &str, kind: &str, passphrase: &str) -> PathBuf {
        let path = self.path(name);
        output(program("ssh-keygen").args(["-q", "-t", kind, "-N", passphrase, "-C", name, "-f"]).arg(&path));
        path
    }

    /// The SHA256 fingerprint of `name.pub`, as ssh shows it.
    pub fn fingerprint(&self, name: &str) -> String {
        let listed = output(program("ssh-keygen").arg("-lf").arg(self.path(&format!("{name}.pub"))));
        listed.split_whitespace().nth(1).unwrap().to_owned()
    }

    /// A certificate `key-cert.pub` over `key.pub` by the authority `ca`; `args` say for whom.
    pub fn certify(&self, ca: &str, key: &str, args: &[&str]) -> PathBuf {
        let mut keygen = program("ssh-keygen");
        keygen.args(["-q", "-s"]).arg(self.path(ca)).args(["-I", key]).args(args);
        output(keygen.arg(self.path(&format!("{key}.pub"))));
        self.path(&format!("{key}-cert.pub"))
    }

    /// The line of `name.pub`.
    pub fn public(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap().trim().to_owned()
    }

    /// An agent that holds `keys`; gives its socket.
    pub fn agent(&mut self, keys: &[&str]) -> PathBuf {
        let socket = self.path(&format!("agent{}", self.agents.len()));
        let mut agent = program("ssh-agent");
        agent.arg("-D").arg("-a").arg(&socket).stdout(std::process::Stdio::null());
        self.agents.push(agent.spawn().unwrap());
        wait_until(patience(), "the agent's socket", || socket.exists());
        for key in keys {
            output(program("ssh-add").env("SSH_AUTH_SOCK", &socket).arg("-q").arg(self.path(key)));
        }
        socket
    }

    /// Replaces the names in known_hosts by their hashes, as `HashKnownHosts yes` has them.
    pub fn hash_known_hosts(&self) {
        output(program("ssh-keygen").arg("-Hf").arg(self.path("known_hosts")));
        fs::remove_file(self.path("known_hosts.old")).unwrap();
    }
}
