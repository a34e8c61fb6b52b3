//! A pair's swarm: one Docker daemon on its Linux host, which is a swarm of one node that bears the name
//! of the pair's Windows host; and the images that its services run.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::place::Host;
use crate::system::{Result, output};
use crate::{ground, machine, parts};

/// Starts the daemon of a pair, unless it runs.
pub fn start(linux: Host, windows: Host) -> Result {
    let mut command = machine::enter(linux);
    command.args(["unshare", "--uts", "sh", "-c", &daemon(linux, windows)]);
    parts::start(&part(linux), command)
}

fn part(linux: Host) -> String {
    format!("dockerd-{}", linux.name)
}

/// What starts the daemon: its socket is where `docker` looks for one on its machine.
fn daemon(linux: Host, windows: Host) -> String {
    let (folder, socket, cgroup) = (linux.folder().display().to_string(), linux.docker(), ground::cgroup());
    format!(
        "hostname {}; mkdir -p {folder}/docker; ln -sf {folder}/docker.sock /run/docker.sock; \
         exec dockerd --data-root {folder}/docker --exec-root /run/docker --pidfile /run/docker.pid \
         -H {socket} --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /{cgroup} \
         --default-address-pool base=172.30.0.0/16,size=24 --log-level warn",
        windows.name
    )
}

/// Makes a swarm of the daemon's own node, once it answers, unless it is one.
pub fn form(linux: Host) -> Result {
    let (name, answers) = (part(linux), |_| docker(linux, &["version"]).is_ok());
    parts::await_part(&name, &format!("{name} answers"), Duration::from_secs(60), answers)?;
    if docker(linux, &["info", "--format", "{{.Swarm.LocalNodeState}}"])?.trim() == "active" {
        return Ok(());
    }
    let address = linux.address.to_string();
    let pool = ["--default-addr-pool", "10.200.0.0/16", "--default-addr-pool-mask-length", "24"];
    docker(linux, &[&["swarm", "init", "--advertise-addr", &address], &pool[..]].concat()).map(drop)
}

/// Carries out a command of `docker` against the daemon of a host.
pub fn docker(linux: Host, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("docker");
    command.env_remove("DOCKER_CONTEXT").args(["--host", &linux.docker()]).args(arguments);
    output(&mut command)
}

/// Makes an image of a folder with everything that is to be in it.
pub fn import(linux: Host, image: &str, root: &Path) -> Result {
    let tar = root.with_extension("tar").display().to_string();
    output(Command::new("tar").args(["-C", &root.display().to_string(), "-cf", &tar, "."]))?;
    docker(linux, &["import", &tar, image]).map(drop)
}
