//! A host that is a machine of its own beside its network: with a name, processes, mounts, `/etc`, `/run`
//! and homes that are not those of the machine below. All of it ends with its first process.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::place::{self, Host};
use crate::system::{Process, Result, signal, wait_until};
use crate::{namespaces, parts};

/// The user who logs in to machines; may do all by sudo, without a password.
pub const USER: &str = "ops";

/// Begins with lines that say `name`, `folder`, `lab` and `user`.
const BOOT: &str = "\
set -eu
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd /run/lock /run/etc
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
mkdir -p $folder/home/$user
chown 7077:7077 $folder/home/$user
mount --bind $folder/home /home
hostname $name
echo $name >/etc/hostname
cat $lab/hosts.txt >/etc/hosts
echo \"$user:x:7077:7077:$user:/home/$user:/bin/sh\" >>/etc/passwd
echo \"$user:x:7077:\" >>/etc/group
echo \"$user:*:19000:0:99999:7:::\" >>/etc/shadow
mkdir -p /etc/sudoers.d /etc/ssh
echo \"$user ALL=(ALL:ALL) NOPASSWD: ALL\" >/etc/sudoers.d/rutter-lab
chmod 440 /etc/sudoers.d/rutter-lab
cat $lab/ssh/id_ed25519.pub >/etc/ssh/rutter-lab-keys
touch $folder/booted
exec env --ignore-signal=CHLD sleep infinity
";

/// Starts a machine, unless it runs. Its network must be there.
pub fn boot(host: Host) -> Result {
    if runs(host) {
        return Ok(());
    }
    let folder = host.folder();
    fs::create_dir_all(&folder)?;
    let booted = folder.join("booted");
    let _ = fs::remove_file(&booted);
    fs::write(folder.join("boot"), script(host))?;
    let mut command = namespaces::enter(host);
    command.args(["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child"]);
    command.args(["--propagation", "private", "--mount-proc", "sh"]).arg(folder.join("boot"));
    parts::start(&part(host), command)?;
    let what = format!("{} has booted", host.name);
    parts::await_part(&part(host), &what, Duration::from_secs(20), |_| booted.exists())
}

fn script(host: Host) -> String {
    let (name, folder, lab) = (host.name, host.folder(), place::folder());
    format!("name={name} folder={} lab={} user={USER}\n{BOOT}", folder.display(), lab.display())
}

/// Ends a machine at once, with all that runs on it, as a power cut does.
pub fn halt(host: Host) -> Result {
    if let Some(first) = first_process(host) {
        signal("KILL", &first.to_string());
    }
    parts::end(&part(host))?;
    let gone = || Ok(namespaces::processes(&host.namespace()).is_empty());
    wait_until(&format!("the end of what runs on {}", host.name), Duration::from_secs(10), gone)
}

pub fn runs(host: Host) -> bool {
    parts::runs(&part(host))
}

/// Begins a command line that is carried out on a host: inside the machine, or where there is none, in
/// the host's network.
pub fn enter(host: Host) -> Command {
    let Some(first) = first_process(host) else { return namespaces::enter(host) };
    let mut command = Command::new("nsenter");
    command.args(["--target", &first.to_string(), "--net", "--mount", "--uts", "--pid", "--"]);
    command
}

/// The machine's process 1, as the machine below numbers it.
fn first_process(host: Host) -> Option<u32> {
    let outer = parts::leader(&part(host))?;
    Process::all().into_iter().find(|process| process.parent == outer).map(|process| process.pid)
}

fn part(host: Host) -> String {
    format!("machine-{}", host.name)
}
