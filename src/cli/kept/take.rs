//! Taking a run, and its locks, into the hands of this process.

use std::time::Duration;

use super::place::Place;
use super::since::moment;
use crate::cli::failure::Error;
use crate::cli::screen::Screen;
use crate::ids::RunId;
use crate::journal::store::{Acquired, Holder, Lease, Leases, Settings, lock_lease, run_lease};

/// How often it is looked whether a holder still lives.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Who has it.
#[derive(Clone, Debug)]
pub struct Held(pub Lease);

/// Takes the lease of `run` and `locks`, all or none. Of a holder that may be gone it waits for a sign
/// of life, or until none has come for so long that the lease has expired.
pub fn take(
    place: &Place,
    run: &RunId,
    locks: &[String],
    user: &str,
    screen: &Screen,
) -> Result<Leases, Error> {
    let names: Vec<_> =
        std::iter::once(run_lease(run)).chain(locks.iter().map(|text| lock_lease(text))).collect();
    let holder = Holder::here(user, run);
    let mut seen: Option<Lease> = None;
    loop {
        match place.store.acquire(&names, &holder).map_err(|error| Error::store(&error))? {
            Acquired::Leases(leases) => return Ok(leases),
            Acquired::Held(lease) if seen.as_ref().is_some_and(|seen| lives(seen, &lease)) => {
                return Err(Held(lease).refusal(run, place));
            }
            Acquired::Held(lease) => {
                if seen.as_ref().is_none_or(|seen| seen.name != lease.name) {
                    screen.remark(&Held(lease.clone()).waiting());
                }
                seen = Some(lease);
            }
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Who carries `run` out, as far as can be told from one look.
pub fn holder(place: &Place, run: &RunId) -> Result<Option<Held>, Error> {
    Ok(lease(place, run)?.filter(|lease| !is_gone(lease)).map(Held))
}

/// The lease of `run`, if it was not given back; its holder may be gone.
pub fn lease(place: &Place, run: &RunId) -> Result<Option<Lease>, Error> {
    let leases = place.store.leases().map_err(|error| Error::store(&error))?;
    Ok(leases.into_iter().find(|lease| lease.name == run_lease(run)))
}

/// Whether its holder is gone, or has given no sign of life for too long.
pub fn is_gone(lease: &Lease) -> bool {
    lease.quiet >= Settings::default().expiry || lease.holder.is_proven_dead()
}

/// Whether somebody does.
pub fn is_carried_out(place: &Place, run: &RunId) -> Result<bool, Error> {
    holder(place, run).map(|held| held.is_some())
}

/// Whether its holder gave a sign of life between two looks.
pub fn lives(before: &Lease, after: &Lease) -> bool {
    before.name == after.name && (after.fence != before.fence || after.quiet < before.quiet)
}

impl Held {
    /// `ann on ops1, process 812, since 2026-11-22 14:02:11`
    pub fn by(&self) -> String {
        let Lease { holder, taken, .. } = &self.0;
        format!("{} on {}, process {}, since {}", holder.user, holder.host, holder.pid, moment(*taken))
    }

    fn waiting(&self) -> String {
        let what = self.what();
        format!("{what} is held by {}: waiting for a sign of life", self.by())
    }

    fn what(&self) -> String {
        match self.0.name.split_once(':') {
            Some(("lock", text)) => format!("the lock \"{text}\""),
            Some(("run", run)) => format!("run {run}"),
            _ => format!("`{}`", self.0.name),
        }
    }

    /// Why `run` can't be carried out now.
    fn refusal(&self, run: &RunId, place: &Place) -> Error {
        let own = self.0.name == run_lease(run);
        let option = &place.option;
        match own {
            true => Error::held(format!("run {run} is being carried out by {}", self.by())).help(format!(
                "`rutter show {run}{option}` says where it stands, `rutter stop {run}{option}` stops it"
            )),
            false => Error::held(format!(
                "{} is held by run {}: {}; nothing was sent",
                self.what(),
                self.0.holder.run,
                self.by()
            ))
            .help(format!("`rutter show {}{option}` says where that run stands", self.0.holder.run)),
        }
    }
}
