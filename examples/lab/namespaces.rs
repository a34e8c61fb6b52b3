//! The wire: a network namespace for each host, joined by a bridge in a namespace of its own, so that
//! nothing of it is in the machine's own network.

use std::path::Path;
use std::process::Command;

use crate::place::{self, Host};
use crate::system::{Result, output, run};

/// Makes the namespaces that are not there yet, each with its one address.
pub fn create(hosts: &[Host]) -> Result {
    let net = net();
    if !exists(&net) {
        run("ip", &["netns", "add", &net])?;
        run("ip", &["-n", &net, "link", "add", "br0", "type", "bridge"])?;
        run("ip", &["-n", &net, "link", "set", "br0", "up"])?;
    }
    hosts.iter().filter(|host| !exists(&host.namespace())).try_for_each(|host| join(*host, &net))
}

fn join(host: Host, net: &str) -> Result {
    let (namespace, outer) = (host.namespace(), outer(host));
    let address = format!("{}/24", host.address);
    run("ip", &["netns", "add", &namespace])?;
    let pair = ["link", "add", &outer, "type", "veth", "peer", "name", "eth0", "netns", &namespace];
    run("ip", &[&["-n", net], &pair[..]].concat())?;
    run("ip", &["-n", net, "link", "set", &outer, "master", "br0", "up"])?;
    run("ip", &["-n", &namespace, "link", "set", "lo", "up"])?;
    run("ip", &["-n", &namespace, "address", "add", &address, "dev", "eth0"])?;
    run("ip", &["-n", &namespace, "link", "set", "eth0", "up"])?;
    Ok(())
}

/// Plugs a host's cable in or pulls it out.
pub fn link(host: Host, plugged: bool) -> Result {
    let state = if plugged { "up" } else { "down" };
    run("ip", &["-n", &net(), "link", "set", &outer(host), state]).map(drop)
}

/// Begins a command line that is carried out in a host's network, and otherwise in the machine as it is.
pub fn enter(host: Host) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/var/run/netns/{}", host.namespace()));
    command
}

/// The namespaces of this lab, by name.
pub fn all() -> Vec<String> {
    let entries = std::fs::read_dir("/var/run/netns").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut all: Vec<String> = names.filter(|name| name.starts_with(&place::prefix())).collect();
    all.sort();
    all
}

/// The processes in a namespace.
pub fn processes(namespace: &str) -> Vec<String> {
    let pids = output(Command::new("ip").args(["netns", "pids", namespace])).unwrap_or_default();
    pids.lines().map(str::to_owned).collect()
}

/// Removes all namespaces of this lab, and with them their links.
pub fn remove() -> Result {
    all().iter().try_for_each(|name| run("ip", &["netns", "delete", name]).map(drop))
}

pub fn exists(namespace: &str) -> bool {
    Path::new("/var/run/netns").join(namespace).exists()
}

fn net() -> String {
    format!("{}net", place::prefix())
}

/// The bridge's end of a host's cable.
fn outer(host: Host) -> String {
    format!("h{}", host.address.octets()[3])
}
