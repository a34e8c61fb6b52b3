//! Asking the ssh targets of a plan: whether each can be reached, as whom, by which key.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::failure::{Error, reason};
use super::screen::Screen;
use super::secrets;
use crate::backend::{ConfigFiles, Credentials, HostReport, Outputs, Ssh};
use crate::ids::StepKey;
use crate::plan::{Plan, PlannedPlace, Preview};
use crate::report::{HostRow, HostState};
use crate::run::Secrets;
use crate::value::{BackendKind, Target};

/// A host that takes its time must not keep the others from being told.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks all of them at once. Nothing is carried out anywhere.
pub fn ask(
    plan: &Plan,
    preview: &Preview,
    files: ConfigFiles,
    screen: &Screen,
) -> Result<Vec<HostRow>, Error> {
    let secrets = log_in_secrets(plan, preview, screen)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failed = |error| Error::input(format!("hosts can't be asked: {}", reason(&error)));
    let runtime = runtime.map_err(failed)?;
    let nobody_reads = Arc::new(|_: &StepKey, _: &str| ());
    let ssh = Ssh::new(files, Outputs::from(nobody_reads));
    let (all, done) = (preview.places.iter().filter(|place| is_asked(place)).count(), Cell::new(0_usize));
    let rows = runtime.block_on(join_all(preview.places.iter().map(async |place| {
        let row = row(place, &ssh, &secrets).await;
        if is_asked(place) {
            done.set(done.get() + 1);
            screen.progress(&format!("asked {} of {all} hosts", done.get()));
        }
        row
    })));
    screen.progress("");
    Ok(rows)
}

fn is_asked(place: &PlannedPlace) -> bool {
    matches!(place, PlannedPlace::Known(target) if target.backend == BackendKind::Ssh)
}

/// The secrets that open doors; what else a runbook needs is not asked for.
fn log_in_secrets(plan: &Plan, preview: &Preview, screen: &Screen) -> Result<Secrets, Error> {
    let logins = preview.places.iter().map(|place| &place.target().login);
    let names: Vec<&String> =
        logins.flat_map(|login| [&login.passphrase, &login.password]).flatten().collect();
    secrets::fetch_those(plan, screen, |name| names.iter().any(|wanted| *wanted == name))
}

async fn row(place: &PlannedPlace, ssh: &Ssh, secrets: &Secrets) -> HostRow {
    let target = place.target();
    let not_asked = |why: &str| HostState::NotAsked { why: why.to_owned() };
    let (backend, state) = match (&target.backend, place) {
        (BackendKind::Local, _) => ("local", not_asked("this machine")),
        (BackendKind::Http, _) => ("http", not_asked("not asked")),
        (BackendKind::Plugin(name), _) => (name.as_str(), not_asked("not asked")),
        (BackendKind::Ssh, PlannedPlace::Later(_)) => ("ssh", not_asked("only known while the run goes")),
        (BackendKind::Ssh, PlannedPlace::Known(_)) => ("ssh", asked(target, ssh, secrets).await),
    };
    HostRow {
        target: target.name.clone(),
        backend: backend.to_owned(),
        address: target.address.clone(),
        state,
    }
}

async fn asked(target: &Target, ssh: &Ssh, secrets: &Secrets) -> HostState {
    let secret = |name: &Option<String>| name.as_deref().and_then(|name| secrets.get(name)).cloned();
    let login = &target.login;
    let (passphrase, password) = (secret(&login.passphrase), secret(&login.password));
    let credentials = Credentials { passphrase, password, sudo: None };
    match tokio::time::timeout(PATIENCE, ssh.probe(target, &credentials)).await {
        Ok(report) => state(report),
        Err(_) => {
            let why = format!("no answer within {} s", PATIENCE.as_secs());
            HostState::Unreachable { who: None, why }
        }
    }
}

fn state(report: HostReport) -> HostState {
    let HostReport { who, via, reached } = report;
    match reached {
        Err(why) => HostState::Unreachable { who, why },
        Ok(reached) => HostState::Reached {
            who: who.unwrap_or_default(),
            via,
            by: reached.by,
            host_key: reached.host_key.key,
            record: reached.host_key.record,
        },
    }
}
