//! Test users, who are there only in the namespaces of their server.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Lab, Sshd, as_root, me};

/// Someone who may log in, by password or by the lab's key.
#[derive(Clone, Debug)]
pub struct User {
    pub name: &'static str,
    pub password: &'static str,
    pub shell: &'static str,
    /// Lines of sudoers.
    pub sudo: String,
}

impl User {
    pub fn new(name: &'static str, password: &'static str) -> User {
        User { name, password, shell: "/bin/sh", sudo: String::new() }
    }

    pub fn shell(self, shell: &'static str) -> User {
        User { shell, ..self }
    }

    /// May do all by sudo, which asks for the password.
    pub fn sudoer(self) -> User {
        let sudo = format!("{} ALL=(ALL:ALL) ALL\n", self.name);
        User { sudo, ..self }
    }

    /// The same, and is asked each time.
    pub fn sudoer_always_asked(self) -> User {
        let User { name, sudo, .. } = self.clone().sudoer();
        User { sudo: format!("{sudo}Defaults:{name} timestamp_timeout=0\n"), ..self }
    }

    /// May do all by sudo, which asks nothing.
    pub fn sudoer_unasked(self) -> User {
        let sudo = format!("{} ALL=(ALL:ALL) NOPASSWD: ALL\n", self.name);
        User { sudo, ..self }
    }

    fn home(&self, lab: &Lab) -> String {
        lab.text(&format!("home/{}", self.name))
    }

    /// What makes the user, once /etc is a copy.
    fn making(&self, lab: &Lab) -> String {
        let User { name, password, shell, sudo } = self;
        let home = self.home(lab);
        let credentials = format!("'{name}:{}'", password.replace('\'', "'\\''"));
        format!(
            "mkdir -p {home}\nuseradd -M -U -d {home} -s {shell} {name}\nchown {name}: {home}\n\
             printf '%s\\n' {credentials} | chpasswd -c SHA512\n\
             mkdir -p /etc/sudoers.d\necho '{sudo}' >/etc/sudoers.d/{name}\nchmod 440 /etc/sudoers.d/{name}\n"
        )
    }
}

/// Copies of what is to be changed, seen in this namespace only.
const COPIES: &str = "\
set -eu
exec 1>&2
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd /run/etc
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
";

/// A shell of root in namespaces of its own, which makes the users and then does `tail`. All in the
/// namespaces ends with that shell.
pub(super) fn launch(lab: &Lab, folder: &Path, sshd: &Sshd, tail: &str) -> Command {
    require_namespaces();
    let mut script = COPIES.to_owned();
    for user in &sshd.users {
        script += &user.making(lab);
    }
    writeln!(script, "{}\nset +e\n{tail}", sshd.setup).unwrap();
    let mut unshare = as_root("unshare");
    // In a file, since passwords are in it: tests look for them in everybody's arguments.
    std::fs::write(folder.join("launch"), script).unwrap();
    unshare.args(["--mount", "--pid", "--fork", "--kill-child", "sh"]).arg(folder.join("launch"));
    unshare
}

/// Fails, and says what is needed, where users can't be made without changing the machine.
fn require_namespaces() {
    let mut probe = as_root("unshare");
    probe.args([
        "--mount",
        "--pid",
        "--fork",
        "sh",
        "-c",
        "mount --make-rprivate / && mount -t tmpfs tmpfs /run",
    ]);
    let output = probe.stdin(Stdio::null()).output();
    let why = match &output {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "this test makes users in a private mount namespace, so that /etc stays as it is, and {} may not: {why}\n\
         run the tests as root, or as one who may `sudo -n`; in a container, with `--privileged` or \
         `--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`",
        me()
    );
}
