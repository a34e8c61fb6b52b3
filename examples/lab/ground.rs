//! Lays the ground for scenes, says what is there, and removes it all.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::place::{self, RUNNER};
use crate::scene::{self, Scene};
use crate::system::{Result, output, run, signal, wait_until};
use crate::{namespaces, parts, runner, ssh, trust};

/// Brings up the ground, as far as it isn't there yet, and a scene on it.
pub fn up(scene: &dyn Scene) -> Result {
    require()?;
    // What is measured is the runbook, not what else the machine does: all that is started from here
    // inherits this.
    let _ = run("renice", &["-n", "-10", "-p", &std::process::id().to_string()]);
    // Where a kernel weighs sessions against each other, the session's niceness counts.
    let _ = fs::write("/proc/self/autogroup", "-10");
    come_first();
    for folder in ["bin", "log", "run", "hosts"] {
        fs::create_dir_all(place::path(folder))?;
    }
    programs()?;
    trust::establish(names())?;
    fs::write(place::path("hosts.txt"), scene::table())?;
    ssh::keys(&scene::hosts())?;
    namespaces::create(&[vec![RUNNER], scene.hosts()].concat())?;
    runner::up()?;
    scene.up()
}

/// What is measured is the runbook, not how busy the machine is: what the lab starts from now on, and the
/// containers of its daemons, come before what else runs here. Where that can't be, it isn't.
fn come_first() {
    let own = std::process::id().to_string();
    let _ = output(Command::new("renice").args(["-n", "-10", "-p", &own]));
    let root = Path::new("/sys/fs/cgroup");
    for (hierarchy, file, weight) in
        [(root.join("cpu"), "cpu.shares", "10240"), (root.into(), "cpu.weight", "1000")]
    {
        let own = hierarchy.join(cgroup());
        // All containers together are one among the machine's processes, unless their group weighs more.
        if hierarchy.join("cgroup.procs").exists() && fs::create_dir_all(&own).is_ok() {
            let _ = fs::write(own.join(file), weight);
        }
    }
}

/// All names for the one certificate.
fn names() -> Vec<String> {
    let mut names: Vec<String> = scene::hosts().iter().map(|host| host.name.to_owned()).collect();
    names.extend(scene::all().iter().flat_map(|scene| scene.names()).map(|(_, name)| name));
    names.sort();
    names.dedup();
    names
}

/// Fails, and says what is needed, where the lab can't work.
fn require() -> Result {
    let needed = [
        ("iproute2", "ip"),
        ("iptables", "iptables"),
        ("util-linux", "nsenter"),
        ("docker.io", "dockerd"),
        ("openssh-server", "sshd"),
        ("sudo", "sudo"),
        ("busybox-static", "busybox"),
        ("haproxy", "haproxy"),
        ("postgresql", "psql"),
        ("bsdutils", "script"),
        ("curl", "curl"),
        ("socat", "socat"),
    ];
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let is_there = |program: &str| folders.iter().any(|folder| Path::new(folder).join(program).exists());
    let missing = needed.iter().filter(|(_, program)| !is_there(program));
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    if !missing.is_empty() {
        return Err(format!("the lab needs: apt-get install {}", missing.join(" ")).into());
    }
    match output(Command::new("id").arg("-u"))?.trim() {
        "0" => Ok(()),
        _ => Err("the lab makes namespaces: it needs root".into()),
    }
}

/// Copies rutter and the lab's own binary, so that they may be built anew while the lab is up.
fn programs() -> Result {
    let own = std::env::current_exe()?;
    let copy = place::path("bin/lab");
    if own == copy {
        return Ok(());
    }
    install(&own, &copy)?;
    install(&rutter(&own)?, &place::path("bin/rutter"))
}

/// The `rutter` of the same build. Under `cargo run` it is built if it is older than its sources.
fn rutter(own: &Path) -> Result<PathBuf> {
    let folder = own.parent().and_then(Path::parent).ok_or("the lab's binary has no folder")?;
    if let Ok(cargo) = std::env::var("CARGO") {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--bin", "rutter"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        build.args(folder.ends_with("release").then_some("--release"));
        output(&mut build)?;
    }
    let rutter = folder.join("rutter");
    if !rutter.exists() {
        return Err(format!("{} is not there: cargo build --bin rutter", rutter.display()).into());
    }
    Ok(rutter)
}

fn install(from: &Path, to: &Path) -> Result {
    let part = to.with_extension("new");
    fs::copy(from, &part)?;
    fs::set_permissions(&part, fs::Permissions::from_mode(0o755))?;
    Ok(fs::rename(part, to)?)
}

/// What runs, a line each.
pub fn status() -> Vec<String> {
    let namespace = |name: &String| format!("namespace {name}");
    let part = |name: &String| {
        let state = if parts::runs(name) { "runs" } else { "has ended" };
        format!("part {name} {state}")
    };
    let namespaces = namespaces::all();
    namespaces.iter().map(namespace).chain(parts::all().iter().map(part)).collect()
}

/// Ends everything and removes what it left, however far `up` had come.
pub fn down() -> Result {
    let (machines, others): (Vec<String>, Vec<String>) =
        parts::all().into_iter().partition(|name| name.starts_with("machine-"));
    for name in machines.iter().chain(&others) {
        if let Some(leader) = parts::leader(name) {
            signal("KILL", &format!("-{leader}"));
        }
    }
    let mut left = vec![];
    let gone = wait_until("the end of what runs in the lab", Duration::from_secs(20), || {
        left = namespaces::all().iter().flat_map(|name| namespaces::processes(name)).collect();
        left.iter().for_each(|pid| signal("KILL", pid));
        Ok(left.is_empty())
    });
    gone.map_err(|error| format!("{error}: {}", left.join(" ")))?;
    namespaces::remove()?;
    unmount()?;
    remove_cgroups(Path::new("/sys/fs/cgroup"));
    match fs::remove_dir_all(place::folder()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", place::folder().display()).into())
        }
        _ => Ok(()),
    }
}

/// Undoes what is mounted in the lab's folder, the last first.
fn unmount() -> Result {
    let table = fs::read_to_string("/proc/self/mounts")?;
    let under = |point: &&str| Path::new(point).starts_with(place::folder());
    let points: Vec<&str> = table.lines().filter_map(|line| line.split(' ').nth(1)).filter(under).collect();
    points.iter().rev().try_for_each(|point| output(Command::new("umount").args(["-l", point])).map(drop))
}

/// The name of the lab's cgroup, below which its daemons put their containers.
pub fn cgroup() -> String {
    format!("{}docker", place::prefix())
}

/// Lets containers go before other work of the machine, too: their cgroup weighs as little as one process
/// unless it is told otherwise.
pub fn favour_containers() {
    for cgroup in cgroups(Path::new("/sys/fs/cgroup")) {
        for (file, weight) in [("cpu.shares", "262144"), ("cpu.weight", "10000")] {
            if cgroup.join(file).exists() {
                let _ = fs::write(cgroup.join(file), weight);
            }
        }
    }
}

/// The lab's cgroup, in each hierarchy that there is.
fn cgroups(root: &Path) -> Vec<PathBuf> {
    let hierarchies = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    hierarchies.chain([root.to_owned()]).map(|hierarchy| hierarchy.join(cgroup())).collect()
}

/// Removes the lab's cgroups of all hierarchies; they are empty by now.
fn remove_cgroups(root: &Path) {
    cgroups(root).iter().for_each(|cgroup| remove_tree(cgroup));
}

fn remove_tree(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_tree(&entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}
