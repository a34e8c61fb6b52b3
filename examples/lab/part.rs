//! The parts of the lab that run as processes of their own: `lab part NAME`, in a host's namespace or in
//! a container. Each runs on one thread.

use std::io;

use clap::Subcommand;
use tokio::signal::unix::{SignalKind, signal};

use crate::rolling::{iis, scripts};
use crate::system::Result;
use crate::web::Tls;
use crate::web_n::clouds;
use crate::{caddy, edge, kodiai, load, slots, tunnel, webapp, worker};

/// What `lab part` can run.
#[derive(Debug, Subcommand)]
pub enum Part {
    /// TLS in front, tunnels behind
    Edge(edge::Args),
    /// A tunnel's connector
    Cloudflared(tunnel::Args),
    /// The proxy between the connector and webapp
    Caddy(caddy::Args),
    /// A tenant's webapp, as a container
    Webapp(webapp::Args),
    /// The tenants' webapp, as a process on a Windows worker
    Origin(webapp::Origin),
    /// Azure, Azure DevOps and Cloudflare
    Cloud(Tls),
    /// Windows PowerShell, on a worker
    Powershell(worker::Args),
    /// A replica of kodiai
    Kodiai(kodiai::app::Args),
    /// Container Apps, on which kodiai runs
    KodiaiPlatform(Tls),
    /// The webhooks that GitHub sends to kodiai
    Deliveries(kodiai::deliveries::Args),
    /// Requests at a steady rate, and a report of how they were answered
    Load(load::Args),
    /// A Windows web server: its site, and what manages it
    Iis(iis::Args),
    /// Windows PowerShell, on a web server and on the machine that deploys
    IisPowershell(scripts::Args),
    /// A process of the web app
    SlotApp(slots::app::Args),
    /// An instance of the web app: its application pools
    SlotWorker(slots::worker::Args),
    /// The front end of the web app's platform
    SlotFront(Tls),
    /// Azure, for the web app
    SlotCloud(Tls),
}

/// Runs a part until it ends, or is ended by SIGTERM.
pub fn run(part: Part) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        match part {
            Part::Edge(args) => until_told(edge::run(args)).await,
            Part::Cloudflared(args) => tunnel::run(args).await,
            Part::Caddy(args) => until_told(caddy::run(args)).await,
            Part::Webapp(args) => until_told(webapp::run(args)).await,
            Part::Origin(args) => until_told(webapp::run_origin(args)).await,
            Part::Cloud(args) => until_told(clouds::run(args)).await,
            Part::Powershell(args) => worker::powershell(&args),
            Part::Kodiai(args) => kodiai::app::run(args).await,
            Part::KodiaiPlatform(args) => until_told(kodiai::platform(args)).await,
            Part::Deliveries(args) => kodiai::deliveries::run(args).await,
            Part::Load(args) => load::run(args).await,
            Part::Iis(args) => until_told(iis::run(args)).await,
            Part::IisPowershell(args) => scripts::run(&args),
            Part::SlotApp(args) => until_told(slots::app::run(args)).await,
            Part::SlotWorker(args) => until_told(slots::worker::run(args)).await,
            Part::SlotFront(args) => until_told(slots::front::run(args)).await,
            Part::SlotCloud(args) => until_told(slots::cloud::run(args)).await,
        }
    });
    Ok(result?)
}

/// The first process of a container is ended by SIGTERM only if it listens to it.
async fn until_told(part: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    tokio::select! {
        result = part => result,
        _ = term.recv() => Ok(()),
    }
}
