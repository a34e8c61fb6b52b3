//! Secure shells: the key that opens every machine, each machine's own key, and sshd on port 22.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::machine::{self, USER};
use crate::parts;
use crate::place::{self, Host};
use crate::system::{Result, run};

/// Makes the keys that are not there yet, and writes down for the client whose is whose.
pub fn keys(hosts: &[Host]) -> Result {
    fs::create_dir_all(place::path("ssh"))?;
    key(&place::path("ssh/id_ed25519"))?;
    let mut known = String::new();
    for host in hosts {
        fs::create_dir_all(host.folder())?;
        let own = host.folder().join("ssh_host_key");
        key(&own)?;
        let public = fs::read_to_string(own.with_extension("pub"))?;
        known += &format!("{},{} {public}", host.name, host.address);
    }
    fs::write(place::path("ssh/known_hosts"), known)?;
    fs::write(place::path("ssh/config"), client())?;
    fs::set_permissions(place::path("ssh/config"), fs::Permissions::from_mode(0o600))?;
    Ok(())
}

fn key(path: &Path) -> Result {
    if path.exists() {
        return Ok(());
    }
    let path = path.display().to_string();
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "rutter-lab", "-f", &path]).map(drop)
}

/// The client's configuration, for rutter and for `ssh`.
fn client() -> String {
    let folder = place::path("ssh").display().to_string();
    format!(
        "Host *\n  User {USER}\n  IdentityFile {folder}/id_ed25519\n  IdentitiesOnly yes\n  \
         UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile none\n"
    )
}

/// Starts sshd on a machine, unless it runs. `path` stands before the usual folders in the PATH of those
/// who log in.
pub fn serve(host: Host, path: Option<&Path>) -> Result {
    let config = host.folder().join("sshd_config");
    fs::write(&config, server(host, path))?;
    let name = format!("sshd-{}", host.name);
    let config = config.display().to_string();
    parts::start(&name, {
        let mut command = machine::enter(host);
        command.args(["/usr/sbin/sshd", "-D", "-e", "-f", &config]);
        command
    })?;
    parts::await_port(&name, 22, Duration::from_secs(20))
}

fn server(host: Host, path: Option<&Path>) -> String {
    let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let path = path.map(|path| format!("{}:", path.display())).unwrap_or_default();
    format!(
        "Port 22\nHostKey {}/ssh_host_key\nAuthorizedKeysFile /etc/ssh/rutter-lab-keys\nPidFile none\n\
         SetEnv PATH={path}{usual}\nAllowUsers {USER}\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nUsePAM no\nUseDNS no\nPrintMotd no\nSubsystem sftp internal-sftp\n",
        host.folder().display()
    )
}
