//! What the swarms run: images of the lab's own binary, each tenant's two stacks, and the log shipper
//! that is on every pair.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::swarm::{docker, import};
use crate::place::{self, EDGE, Host, WEB1_LINUX, WEB1_WIN, WEB8_LINUX, WEB8_WIN};
use crate::system::{Result, output};
use crate::tenants::Tenant;

/// The image of everything that runs in containers. Its tag is the version that webapp tells.
const IMAGE: &str = "rutter-lab/webappcaddy:9f3c1ab";

/// A pair of hosts that carries tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Such as `WEB1`.
    pub side: &'static str,
    pub linux: Host,
    pub windows: Host,
}

/// Where the tenants live.
pub const WEB1: Pair = Pair { side: "WEB1", linux: WEB1_LINUX, windows: WEB1_WIN };
/// The spare.
pub const WEB8: Pair = Pair { side: "WEB8", linux: WEB8_LINUX, windows: WEB8_WIN };
pub const PAIRS: [Pair; 2] = [WEB1, WEB8];

/// One of a tenant's two stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// webapp, caddy and cloudflared
    Web,
    /// InterfaceTaskService
    Tasks,
}

impl Which {
    /// The stack's name.
    pub fn stack(self, tenant: &Tenant) -> String {
        match self {
            Which::Web => tenant.stack.clone(),
            Which::Tasks => tenant.name.clone(),
        }
    }
}

/// Deploys a tenant's stack on a pair, or brings it up to date there. The swarm starts it after that.
pub fn deploy(pair: Pair, tenant: &Tenant, which: Which) -> Result {
    let (stack, folder) = (which.stack(tenant), place::path("stacks"));
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}-{stack}.yml", pair.side));
    fs::write(&file, compose(pair, tenant, which))?;
    let file = file.display().to_string();
    docker(pair.linux, &["stack", "deploy", "--resolve-image", "never", "--compose-file", &file, &stack])
        .map(drop)
}

/// Removes a stack from a pair, if it is there.
pub fn remove(pair: Pair, stack: &str) -> Result {
    docker(pair.linux, &["stack", "rm", stack]).map(drop)
}

/// The stacks on a pair.
pub fn stacks(pair: Pair) -> Result<Vec<String>> {
    let list = docker(pair.linux, &["stack", "ls", "--format", "{{.Name}}"])?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// The services on a pair, each with its running and wanted tasks, such as `demo_tasks 1/1`.
pub fn services(pair: Pair) -> Result<Vec<String>> {
    let list = docker(pair.linux, &["service", "ls", "--format", "{{.Name}} {{.Replicas}}"])?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn compose(pair: Pair, tenant: &Tenant, which: Which) -> String {
    let file = match which {
        Which::Web => include_str!("web.yml"),
        Which::Tasks => include_str!("tasks.yml"),
    };
    let file = file.replace("$IMAGE", IMAGE).replace("$TENANT", &tenant.name);
    let file = file.replace("$TUNNEL", &tenant.tunnel).replace("$SIDE", pair.side);
    file.replace("$WORKER", &format!("{}:8000", pair.windows.address))
        .replace("$EDGE", &format!("{}:7844", EDGE.address))
}

/// Makes the image on a pair's daemon, and starts the log shipper there, unless that was done.
pub fn prepare(pair: Pair) -> Result {
    if docker(pair.linux, &["image", "ls", "-q", IMAGE])?.is_empty() {
        import(pair.linux, IMAGE, &root()?)?;
    }
    let present = docker(pair.linux, &["service", "ls", "-q", "--filter", "name=logspout"])?;
    if present.is_empty() {
        let create = ["service", "create", "--detach", "--no-resolve-image", "--name", "logspout"];
        docker(pair.linux, &[&create[..], &[IMAGE, "/bin/busybox", "sh", "-c", ENDLESS]].concat())?;
    }
    Ok(())
}

const ENDLESS: &str = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

/// The folder with everything that is in the image: the lab's binary with its libraries, and busybox.
fn root() -> Result<std::path::PathBuf> {
    let root = place::path("image");
    for folder in ["bin", "tmp", "etc"] {
        fs::create_dir_all(root.join(folder))?;
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
    fs::copy(busybox.ok_or("busybox is not installed")?, root.join("bin/busybox"))?;
    let own = place::path("bin/lab");
    fs::copy(&own, root.join("lab"))?;
    for library in libraries(&own)? {
        let to = root.join(library.trim_start_matches('/'));
        fs::create_dir_all(to.parent().ok_or("a library without a folder")?)?;
        fs::copy(&library, to)?;
    }
    for name in ["sh", "sleep", "nslookup", "timeout", "wget", "date"] {
        let link = root.join("bin").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink("busybox", link)?;
        }
    }
    let entrypoint = root.join("bin/cloudflared-entrypoint");
    fs::write(&entrypoint, include_str!("cloudflared.sh"))?;
    output(Command::new("chmod").args(["755", &entrypoint.display().to_string()]))?;
    Ok(root)
}

/// The libraries that a program is linked with, the loader among them.
fn libraries(program: &Path) -> Result<Vec<String>> {
    let list = output(Command::new("ldd").arg(program))?;
    let path = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(str::to_owned);
    Ok(list.lines().filter_map(path).collect())
}
