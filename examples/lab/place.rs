//! Where everything of the lab is: its folder, its hosts, their addresses, and the names by which
//! runbooks know them. The one table that all other modules go by.

use std::net::Ipv4Addr;
use std::path::PathBuf;

/// Which of several labs on one machine this is: what `RUTTER_LAB` says, of letters and digits; else
/// the one without a name.
fn name() -> String {
    let name = std::env::var("RUTTER_LAB").unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The folder of all that the lab writes: keys, logs, state, data of daemons.
pub fn folder() -> PathBuf {
    PathBuf::from(format!("/var/tmp/rutter-lab{}", name()))
}

/// Every namespace's name begins so.
pub fn prefix() -> String {
    format!("rlab{}-", name())
}

/// A machine of the lab: a network namespace with one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// As runbooks call it, and as its own `hostname` says.
    pub name: &'static str,
    pub address: Ipv4Addr,
}

const fn host(name: &'static str, last: u8) -> Host {
    Host { name, address: Ipv4Addr::new(10, 77, 0, last) }
}

/// Stands in for Azure Resource Manager, Azure DevOps and Cloudflare's API; TLS on 443.
pub const CLOUD: Host = host("cloud", 2);
/// Through which every request to a tenant goes; TLS on 443, tunnels on 7844, control on 8080.
pub const EDGE: Host = host("edge", 3);
/// Where rutter runs.
pub const RUNNER: Host = host("runner", 4);
/// Where the load comes from.
pub const LOAD: Host = host("load", 5);
pub const WEB1_LINUX: Host = host("THB-P-WEB1-LINUX", 11);
pub const WEB8_LINUX: Host = host("THB-P-WEB8-LINUX", 12);
pub const WEB1_WIN: Host = host("THB-P-WEB1-WIN", 21);
pub const WEB8_WIN: Host = host("THB-P-WEB8-WIN", 22);

/// Where kodiai is built and deployed, by deploy.sh, az and psql.
pub const KODIAI_BUILDER: Host = host("kodiai-builder", 31);
/// kodiai's PostgreSQL.
pub const KODIAI_DATABASE: Host = host("kodiai-db", 32);
/// Where kodiai's replicas run.
pub const KODIAI_APP: Host = host("kodiai-app", 33);

/// The instances of the web app, and the front end of its platform.
pub const SLOT_1: Host = host("slot-1", 41);
pub const SLOT_2: Host = host("slot-2", 42);
pub const SLOT_3: Host = host("slot-3", 43);
pub const SLOT_FRONT: Host = host("slot-front", 44);

/// All machines of the flagship's scene.
pub const WEB_N: [Host; 8] = [CLOUD, EDGE, RUNNER, LOAD, WEB1_LINUX, WEB8_LINUX, WEB1_WIN, WEB8_WIN];

/// HAProxy of the rolling deployment; the site behind it, on 80.
pub const BALANCER: Host = host("Balancer", 50);
/// The web servers behind it.
pub const SERVERS: [Host; 2] = [host("Server1", 51), host("Server2", 52)];
/// The Windows machine from which is deployed.
pub const DEPLOYER: Host = host("DeployAgent", 53);

impl Host {
    /// The name of its namespace.
    pub fn namespace(self) -> String {
        format!("{}{}", prefix(), self.name)
    }

    /// What it keeps: its keys, its sockets, its daemon's data.
    pub fn folder(self) -> PathBuf {
        path("hosts").join(self.name)
    }

    /// Where its Docker daemon listens, if it has one.
    pub fn docker(self) -> String {
        format!("unix://{}", self.folder().join("docker.sock").display())
    }
}

/// A file or folder of the lab.
pub fn path(name: &str) -> PathBuf {
    folder().join(name)
}

/// The log of a part, such as `edge` or `dockerd-THB-P-WEB1-LINUX`.
pub fn log(part: &str) -> PathBuf {
    path("log").join(format!("{part}.log"))
}
